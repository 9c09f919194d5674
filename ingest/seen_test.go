package ingest

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"trailbox/schema"
	"trailbox/schema/storetest"
)

// create opens a new store, which ends with the test.
func create(t *testing.T) *schema.Store {
	t.Helper()
	return createAt(t, filepath.Join(t.TempDir(), "t.duckdb"))
}

// createAt makes a store at path, or opens the one that is there for writing.
func createAt(t *testing.T, path string) *schema.Store {
	t.Helper()
	return createWith(t, path, 0)
}

// createWith is createAt with so many bytes of memory for DuckDB, 0 for as many as it likes.
func createWith(t *testing.T, path string, memory int64) *schema.Store {
	t.Helper()
	var store *schema.Store
	if _, err := os.Stat(path); err != nil {
		store = storetest.Create(t, path, memory)
	} else if store, err = schema.Create(t.Context(), path, memory); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

// guid is the eventID number n.
func guid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// record is a CloudTrail record of that eventID and time; name makes its bytes differ.
func record(id int, eventTime, name string) string {
	return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":%q,"eventName":%q,"eventID":%q}`, eventTime, name, guid(id))
}

// event is what the decoder makes of a record, as far as repeats are concerned.
func event(store *schema.Store, record string, id int, eventTime string, file, position int32) *schema.Event {
	ev := &schema.Event{File: file, Position: position, Hash: xxh3.HashSeed([]byte(record), store.HashSeed())}
	ev.Compact = ev.Hash
	if eventTime != "" {
		ev.EventTime = at(eventTime)
	}
	if id != 0 {
		ev.Leaves[schema.ColEventID] = []byte(guid(id))
		ev.EventID, _ = schema.ParseGUID(ev.Leaves[schema.ColEventID])
	}
	return ev
}

func (v verdict) String() string {
	return [...]string{"new", "repeat", "conflict"}[v]
}

// A sighting is a record that seen is asked about, and what it should say.
type sighting struct {
	record         string
	id             int    // 0: without an eventID
	eventTime      string // empty: without one
	what           verdict
	file, position int32 // of a repeat: where it was first
}

// sight asks about each; the place of the i-th is file 100, position i.
func sight(t *testing.T, s *seen, sightings []sighting) {
	t.Helper()
	var near vicinity
	for i, g := range sightings {
		what, first, err := s.add(t.Context(), event(s.store, g.record, g.id, g.eventTime, 100, int32(i)), &near)
		if err != nil {
			t.Fatal(err)
		}
		if what != g.what {
			t.Errorf("%d: %s is said to be %s, not %s", i, g.record, what, g.what)
		}
		if what == repeat && (first.file != g.file || first.position != g.position) {
			t.Errorf("%d: %s is said to have been first in file %d, position %d", i, g.record, first.file, first.position)
		}
	}
}

func begin(t *testing.T, store *schema.Store) *seen {
	t.Helper()
	s, err := newSeen(t.Context(), store, DefaultMemory)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const monday, tuesday = "2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z"

// Within a run, before anything of it is in the store.
func TestSeenInRun(t *testing.T) {
	store := create(t)
	a, b, c := record(1, monday, "A"), record(1, monday, "B"), record(1, monday, "C")
	other, later := record(2, monday, "A"), record(1, tuesday, "A")
	for _, test := range []struct {
		name      string
		sightings []sighting
	}{
		{"new, repeat, new", []sighting{
			{record: a, id: 1, eventTime: monday},
			{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0},
			{record: other, id: 2, eventTime: monday},
			{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0},
			{record: other, id: 2, eventTime: monday, what: repeat, file: 100, position: 2},
		}},
		{"one eventID, three contents", []sighting{
			{record: a, id: 1, eventTime: monday},
			{record: b, id: 1, eventTime: monday, what: conflict},
			{record: c, id: 1, eventTime: monday, what: conflict},
			{record: c, id: 1, eventTime: monday, what: repeat, file: 100, position: 2},
			{record: b, id: 1, eventTime: monday, what: repeat, file: 100, position: 1},
			{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0},
		}},
		// The same bytes have the same time, so each day is looked at alone; an
		// eventID that comes again on another day goes unnoticed.
		{"two days", []sighting{
			{record: a, id: 1, eventTime: monday},
			{record: later, id: 1, eventTime: tuesday},
			{record: later, id: 1, eventTime: tuesday, what: repeat, file: 100, position: 1},
			{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0},
		}},
		{"last and first second", []sighting{
			{record: record(1, "2026-03-02T23:59:59Z", "A"), id: 1, eventTime: "2026-03-02T23:59:59Z"},
			{record: record(2, "2026-03-03T00:00:00Z", "A"), id: 2, eventTime: "2026-03-03T00:00:00Z"},
			{record: record(1, "2026-03-02T23:59:59Z", "A"), id: 1, eventTime: "2026-03-02T23:59:59Z", what: repeat, file: 100, position: 0},
			{record: record(2, "2026-03-03T00:00:00Z", "A"), id: 2, eventTime: "2026-03-03T00:00:00Z", what: repeat, file: 100, position: 1},
			{record: record(1, "2026-03-02T00:00:00Z", "A"), id: 1, eventTime: "2026-03-02T00:00:00Z", what: conflict},
		}},
		{"without eventID", []sighting{
			{record: `{"eventName":"A"}`, eventTime: monday},
			{record: `{"eventName":"B"}`, eventTime: monday},
			{record: `{"eventName":"A"}`, eventTime: monday, what: repeat, file: 100, position: 0},
			{record: `{"eventName":"B"}`, eventTime: monday, what: repeat, file: 100, position: 1},
		}},
		{"without eventTime", []sighting{
			{record: `{"eventName":"A"}`, id: 1},
			{record: `{"eventName":"A"}`, id: 1, what: repeat, file: 100, position: 0},
			{record: `{"eventName":"B"}`, id: 1, what: conflict},
			{record: `{"eventName":"B"}`, id: 1, what: repeat, file: 100, position: 2},
			{record: `{"eventName":"C"}`, id: 2},
		}},
		{"without both", []sighting{
			{record: `{"eventName":"A"}`},
			{record: `{"eventName":"A"}`, what: repeat, file: 100, position: 0},
			{record: `{"eventName":"B"}`},
		}},
		{"before 1970", []sighting{
			{record: "x", id: 1, eventTime: "1969-12-31T23:59:59.9Z"},
			{record: "y", id: 1, eventTime: "1970-01-01T00:00:00Z"},
			{record: "x", id: 1, eventTime: "1969-12-31T23:59:59.9Z", what: repeat, file: 100, position: 0},
		}},
	} {
		t.Run(test.name, func(t *testing.T) { sight(t, begin(t, store), test.sightings) })
	}
}

// The same bytes are of the same account and Region, so each place is looked at alone,
// in the run and in the store.
func TestSeenPlaces(t *testing.T) {
	place := func(account, region string) string {
		return fmt.Sprintf(`{"eventTime":%q,"eventName":"A","eventID":%q,"recipientAccountId":%q,"awsRegion":%q}`, monday, guid(1), account, region)
	}
	store := create(t)
	here, there := place("111122223333", "us-east-1"), place("111122223333", "eu-west-1")
	mustRun(t, store, Options{Concurrency: 1}, &shelf{objects: []object{{uri: "/1.json", data: logFile(here)}}})
	s := begin(t, store)
	for i, test := range []struct {
		record, account, region string
		what                    verdict
	}{
		{there, "111122223333", "eu-west-1", newEvent},
		{here, "111122223333", "us-east-1", repeat},
		{there, "111122223333", "eu-west-1", repeat},
		{place("111122223333", "us-east-1") + " ", "111122223333", "us-east-1", conflict},
		{place("444455556666", "us-east-1"), "444455556666", "us-east-1", newEvent},
		{place("us-east-1", "111122223333"), "us-east-1", "111122223333", newEvent},
	} {
		ev := event(store, test.record, 1, monday, 100, int32(i))
		ev.Leaves[schema.ColRecipientAccountID], ev.Leaves[schema.ColAWSRegion] = []byte(test.account), []byte(test.region)
		if what, _, err := s.add(t.Context(), ev, new(vicinity)); what != test.what || err != nil {
			t.Errorf("%d: %s, %v; want %s", i, what, err, test.what)
		}
	}
	if got := s.size.Load(); got != 5 {
		t.Errorf("it holds %d events, not 5: of the store only those of the place", got)
	}
}

// An eventID is the same in capitals; the record's bytes are not.
func TestSeenCapitals(t *testing.T) {
	s := begin(t, create(t))
	for i, test := range []struct {
		id   string
		hash uint64
		what verdict
	}{
		{"0a0b0c0d-0000-4000-8000-000000000001", 1, newEvent},
		{"0A0B0C0D-0000-4000-8000-000000000001", 2, conflict},
		{"0a0b0c0d-0000-4000-8000-000000000001", 1, repeat},
	} {
		ev := &schema.Event{EventTime: at(monday), Hash: test.hash, Compact: test.hash}
		ev.Leaves[schema.ColEventID] = []byte(test.id)
		ev.EventID, _ = schema.ParseGUID(ev.Leaves[schema.ColEventID])
		if what, _, err := s.add(t.Context(), ev, new(vicinity)); what != test.what || err != nil {
			t.Errorf("%d: %s, %v", i, what, err)
		}
	}
}

// What earlier runs have stored, in each of the ways in which a record can be told.
func TestSeenInStore(t *testing.T) {
	store := create(t)
	a, b, c := record(1, monday, "A"), record(1, monday, "B"), record(1, monday, "C")
	later := record(2, tuesday, "A")
	noID := `{"eventVersion":"1.0","eventTime":"2026-03-02T11:00:00Z","eventName":"old"}`
	noTime := `{"eventVersion":"1.08","eventName":"timeless","eventID":"` + guid(3) + `"}`
	neither := `{"eventVersion":"1.0","eventName":"neither"}`
	first := &shelf{objects: []object{
		{uri: "/1.json", data: logFile(a, b, noTime)},
		{uri: "/2.json", data: logFile(c, later, noID, neither)},
	}}
	if summary := mustRun(t, store, Options{Concurrency: 1}, first); summary.EventsNew != 7 || summary.Conflicts != 2 {
		t.Fatalf("%+v", summary)
	}
	sightings := []sighting{
		{record: c, id: 1, eventTime: monday, what: repeat, file: 2, position: 0},
		{record: a, id: 1, eventTime: monday, what: repeat, file: 1, position: 0},
		{record: b, id: 1, eventTime: monday, what: repeat, file: 1, position: 1},
		{record: later, id: 2, eventTime: tuesday, what: repeat, file: 2, position: 1},
		{record: noID, eventTime: "2026-03-02T11:00:00Z", what: repeat, file: 2, position: 2},
		{record: noTime, id: 3, what: repeat, file: 1, position: 2},
		{record: neither, what: repeat, file: 2, position: 3},
		// Other contents, and other days.
		{record: record(1, monday, "D"), id: 1, eventTime: monday, what: conflict},
		{record: record(1, monday, "D"), id: 1, eventTime: monday, what: repeat, file: 100, position: 7},
		{record: record(3, monday, "A"), id: 3, eventTime: monday},
		{record: `{"eventName":"X"}`, id: 3, what: conflict},
		{record: record(1, "2026-03-04T00:00:00Z", "A"), id: 1, eventTime: "2026-03-04T00:00:00Z"},
	}
	sight(t, begin(t, store), sightings)
	// In another order a day's events are read on behalf of a new one.
	sight(t, begin(t, store), []sighting{
		{record: record(9, monday, "A"), id: 9, eventTime: monday},
		{record: b, id: 1, eventTime: monday, what: repeat, file: 1, position: 1},
	})
}

// Above its limit seen lets go of everything, once that is in the store, and finds it
// there again.
func TestSeenLetsGo(t *testing.T) {
	store := create(t)
	a, b, c := record(1, monday, "A"), record(2, tuesday, "B"), record(1, monday, "C")
	d := `{"eventVersion":"1.08","eventName":"D","eventID":"` + guid(4) + `"}`
	s := begin(t, store)
	s.limit = 4
	sight(t, s, []sighting{
		{record: a, id: 1, eventTime: monday},
		{record: b, id: 2, eventTime: tuesday},
		{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0}, // takes no room
		{record: c, id: 1, eventTime: monday, what: conflict},
	})
	s.committed()
	if got := s.size.Load(); got != 3 || len(s.buckets) != 2 {
		t.Fatalf("below the limit it holds %d events of %d buckets, not 3 of 2", got, len(s.buckets))
	}
	sight(t, s, []sighting{
		{record: a, id: 1, eventTime: monday, what: repeat, file: 100, position: 0},
		{record: d, id: 4},
	})

	mustRun(t, store, Options{Concurrency: 1}, &shelf{objects: []object{{uri: "/1.json", data: logFile(a, b, c, d)}}})
	s.committed()
	if got := s.size.Load(); got != 0 || len(s.buckets) != 0 {
		t.Fatalf("at the limit it holds %d events of %d buckets", got, len(s.buckets))
	}
	sight(t, s, []sighting{
		{record: d, id: 4, what: repeat, file: 1, position: 3},
		{record: c, id: 1, eventTime: monday, what: repeat, file: 1, position: 2},
		{record: a, id: 1, eventTime: monday, what: repeat, file: 1, position: 0},
		{record: record(1, monday, "E"), id: 1, eventTime: monday, what: conflict},
	})
	// Of the stored days those that came up are held: two of Monday and the one
	// without a time, and the new one.
	if got := s.size.Load(); got != 4 {
		t.Errorf("it holds %d events, not 4", got)
	}
	sight(t, s, []sighting{{record: b, id: 2, eventTime: tuesday, what: repeat, file: 1, position: 1}})
}

// Many threads, each with all of the records: each record is new once, and the store
// is asked once a day.
func TestSeenConcurrently(t *testing.T) {
	const threads, events = 8, 200
	store := create(t)
	stored := record(events, monday, "stored")
	mustRun(t, store, Options{}, &shelf{objects: []object{{uri: "/1.json", data: logFile(stored)}}})
	s := begin(t, store)
	var mu sync.Mutex
	var counts [3]int
	var wg sync.WaitGroup
	for thread := range threads {
		wg.Go(func() {
			var near vicinity
			for i := range events {
				day := at(monday).AddDate(0, 0, i%3).Format(time.RFC3339)
				ev := event(store, record(i, day, "E"), i+1000, day, int32(thread), int32(i))
				if i == 0 {
					ev = event(store, stored, events, monday, int32(thread), 0)
				}
				what, _, err := s.add(t.Context(), ev, &near)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				counts[what]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if want := [3]int{events - 1, threads*events - (events - 1), 0}; counts != want {
		t.Errorf("new, repeat, conflict: %v, want %v", counts, want)
	}
	if got := s.size.Load(); got != events {
		t.Errorf("it holds %d events, not %d", got, events)
	}
}

// What is kept for the next event is of no use to one of another day or place, or without a time.
func TestVicinity(t *testing.T) {
	s := begin(t, create(t))
	of := func(eventTime, account, region string) *schema.Event {
		ev := event(s.store, record(1, eventTime, "E"), 1, eventTime, 0, 0)
		ev.Leaves[schema.ColRecipientAccountID], ev.Leaves[schema.ColAWSRegion] = []byte(account), []byte(region)
		return ev
	}
	events := []*schema.Event{
		of(monday, "111122223333", "us-east-1"), of(monday, "111122223333", "us-east-2"), of(monday, "444455556666", "us-east-1"),
		of(monday, "", "us-east-1"), of(tuesday, "111122223333", "us-east-1"), of("", "111122223333", "us-east-1"),
	}
	for i, before := range events {
		for j, ev := range events {
			var near vicinity
			if _, _, err := s.add(t.Context(), before, &near); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.add(t.Context(), ev, &near); err != nil {
				t.Fatal(err)
			}
			if want, err := s.bucket(t.Context(), ev); err != nil || near.bucket != want && !ev.EventTime.IsZero() || near.has(ev) == ev.EventTime.IsZero() {
				t.Errorf("%d behind %d: another bucket, %v", j, i, err)
			}
		}
	}
	if got := s.size.Load(); got != int64(len(events)) {
		t.Errorf("%d events, not %d", got, len(events))
	}
}

func TestDayOf(t *testing.T) {
	for text, want := range map[string]int32{
		"1970-01-01T00:00:00Z":      0,
		"1970-01-01T23:59:59Z":      0,
		"1970-01-02T00:00:00Z":      1,
		"1969-12-31T23:59:59.5Z":    -1,
		"1969-12-31T00:00:00Z":      -1,
		"1969-12-30T23:59:59Z":      -2,
		"2026-03-02T00:00:00Z":      20514, // 56*365 + 14 leap days + 31 + 28 + 1
		"2026-03-02T23:59:59.9999Z": 20514,
		"2026-03-03T01:00:00+02:00": 20514,
	} {
		if got := dayOf(at(text)); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}

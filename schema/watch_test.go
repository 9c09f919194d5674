package schema_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"trailbox/schema"
)

// What was told is there with what is due, in the order in which it came, and a
// delivery ends only when its receiver has taken it.
func TestTell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	at := func(minute int) time.Time { return time.Date(2026, 3, 2, 10, minute, 0, 0, time.UTC) }
	store := create(t, path)
	a := schema.Watched{Rule: "alarm|a", Since: at(0), Settled: at(1), File: 7}
	b := schema.Watched{Rule: "rule|b\x00\"'", Since: at(0), Settled: at(1)}
	ahead := schema.Watched{Rule: "alarm|a", Since: at(0), Settled: at(20), File: 9}
	tell := func(news schema.News) {
		t.Helper()
		if err := store.Tell(t.Context(), news); err != nil {
			t.Fatal(err)
		}
	}
	tell(schema.News{Watched: []schema.Watched{a, b}})
	tell(schema.News{
		Watched: []schema.Watched{ahead},
		Told: []schema.Told{
			{Series: "x", State: "ALARM", Happened: at(5), Notice: "2"},
			{Series: "x", State: "OK", Happened: at(6)},
			{Series: "m", Happened: at(4), Notice: "1"},
			{Series: "y", State: "ALARM", Happened: at(10)},
		},
		Notices: []schema.Notice{
			{ID: "2", Made: at(12).Add(1500 * time.Microsecond), Message: `{"two":"\u0000\ud800"}`},
			{ID: "1", Made: at(12), Message: `{"one":"ä"}`},
		},
		Receivers: []string{"mail", "file"},
	})
	tell(schema.News{Notices: []schema.Notice{{ID: "0", Made: at(13), Message: "{}"}}, Receivers: []string{"file"}})

	watched, err := store.Watched(t.Context())
	if want := map[string]schema.Watched{a.Rule: ahead, b.Rule: b}; err != nil || !reflect.DeepEqual(watched, want) {
		t.Errorf("watched is %v, %v; want %v", watched, err, want)
	}
	told, err := store.Told(t.Context(), at(7))
	if want := []schema.Told{{Series: "x", State: "OK", Happened: at(6)}, {Series: "y", State: "ALARM", Happened: at(10)}}; err != nil || !reflect.DeepEqual(told, want) {
		t.Errorf("told is %v, %v; want %v", told, err, want)
	}

	pending := func(want ...string) []schema.DueNotice {
		t.Helper()
		due, err := store.Pending(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range due {
			got = append(got, d.ID+" "+d.Receiver)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("due is %q, want %q", got, want)
		}
		return due
	}
	due := pending("2 file", "2 mail", "1 file", "1 mail", "0 file")
	if d := due[0]; d.Message != `{"two":"\u0000\ud800"}` || !d.Due.Equal(at(12).Add(1500*time.Microsecond)) || !d.Made.Equal(d.Due) {
		t.Errorf("%+v", d)
	}
	err = store.Record(t.Context(), []schema.Attempt{
		{Notice: "2", Receiver: "mail", Done: at(14)},
		{Notice: "2", Receiver: "file", Due: at(15), Error: "no room\xff"},
		{Notice: "1", Receiver: "file", Done: at(14)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = schema.OpenFor(t.Context(), path, schema.Grants{Write: true}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	due = pending("2 file", "1 mail", "0 file")
	if d := due[0]; d.Attempts != 1 || d.Error != "no room\uFFFD" || !d.Due.Equal(at(15)) {
		t.Errorf("%+v", d)
	}
	if d := due[1]; d.Attempts != 0 || d.Error != "" {
		t.Errorf("%+v", d)
	}
	if err := store.Record(t.Context(), []schema.Attempt{{Notice: "0", Receiver: "file", Done: at(16)}}); err != nil {
		t.Fatal(err)
	}
	pending("2 file", "1 mail")
}

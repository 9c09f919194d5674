package ingest

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"trailbox/schema"
)

// maxSeen is how many events [seen] holds before it lets go of them: 2 million at
// some 60 bytes each are 120 MB. What is needed again is read from the store.
const maxSeen = 2 << 20

// seen tells repeats from new events. It holds the events of the days that came
// up so far, by eventID: those of this run, and, as soon as a day comes up that
// the store has, the stored ones of that day. A repeat has the same bytes and so
// the same day; that keeps the cost independent of the store's size.
type seen struct {
	store *schema.Store
	limit int64 // maxSeen

	mu     sync.Mutex
	days   map[int64]*daySeen // by day since 1970; noDay for events without a time
	stored map[int64]bool     // days that the store has events of
	size   atomic.Int64       // events in days
}

const noDay = -1 << 62

// daySeen is one day's events.
type daySeen struct {
	load sync.Once
	err  error // of load

	mu     sync.Mutex
	events map[seenKey]seenEvent
}

// A seenKey is an eventID, or the record's hash where there is none. Events of one
// eventID and other bytes get another salt.
type seenKey struct {
	id   [16]byte
	salt uint64
}

type seenEvent struct {
	hash           uint64
	file, position int32
}

// A verdict is what seen makes of a record.
type verdict uint8

const (
	newEvent verdict = iota
	repeat           // the same bytes are known
	conflict         // new, though the eventID is known: with other bytes
)

func newSeen(ctx context.Context, store *schema.Store) (*seen, error) {
	s := &seen{store: store, limit: maxSeen, days: map[int64]*daySeen{}, stored: map[int64]bool{noDay: true}}
	days, err := store.Days(ctx)
	for _, day := range days {
		s.stored[dayOf(day)] = true
	}
	return s, err
}

func dayOf(t time.Time) int64 {
	if t.IsZero() {
		return noDay
	}
	const day = 24 * 60 * 60
	seconds := t.Unix()
	if seconds < 0 {
		seconds -= day - 1
	}
	return seconds / day
}

// add notes the event, and says what it is; of a repeat also where it was first.
func (s *seen) add(ctx context.Context, ev *schema.Event) (verdict, seenEvent, error) {
	d, err := s.day(ctx, dayOf(ev.EventTime))
	if err != nil {
		return newEvent, seenEvent{}, err
	}
	id, ok := schema.ParseGUID(ev.Leaves[schema.ColEventID])
	key := keyOf(id, ok, ev.Hash)
	d.mu.Lock()
	defer d.mu.Unlock()
	what, first := d.add(key, seenEvent{ev.Hash, ev.File, ev.Position})
	if what != repeat {
		s.size.Add(1)
	}
	return what, first, nil
}

func keyOf(id [16]byte, ok bool, hash uint64) seenKey {
	if !ok {
		binary.BigEndian.PutUint64(id[:], hash)
	}
	return seenKey{id: id}
}

func (d *daySeen) add(key seenKey, ev seenEvent) (verdict, seenEvent) {
	known, ok := d.events[key]
	if !ok {
		d.events[key] = ev
		return newEvent, ev
	}
	if known.hash == ev.hash {
		return repeat, known
	}
	key.salt = ev.hash
	if known, ok = d.events[key]; ok {
		return repeat, known
	}
	d.events[key] = ev
	return conflict, ev
}

// day returns a day's events, read from the store if it has any.
func (s *seen) day(ctx context.Context, day int64) (*daySeen, error) {
	s.mu.Lock()
	d := s.days[day]
	if d == nil {
		d = &daySeen{events: map[seenKey]seenEvent{}}
		s.days[day] = d
	}
	stored := s.stored[day]
	s.mu.Unlock()
	if stored {
		d.load.Do(func() { d.err = s.read(ctx, d, day) })
	}
	return d, d.err
}

func (s *seen) read(ctx context.Context, d *daySeen, day int64) error {
	var start time.Time
	if day != noDay {
		start = time.Unix(day*24*60*60, 0).UTC()
	}
	for e, err := range s.store.KnownEvents(ctx, start) {
		if err != nil {
			return err
		}
		d.add(keyOf(e.EventID, e.HasID, e.Hash), seenEvent{e.Hash, e.File, e.Position})
		s.size.Add(1)
	}
	return nil
}

// committed tells that all events added so far are in the store.
func (s *seen) committed() {
	if s.size.Load() < s.limit {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for day := range s.days {
		s.stored[day] = true
	}
	clear(s.days)
	s.size.Store(0)
}

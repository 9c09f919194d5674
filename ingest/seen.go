package ingest

import (
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trailbox/schema"
)

// seenShare is the part of [Options].Memory, in bytes for each event, that [seen] holds
// before it lets go of them: with 1 GiB a million. With those of the batch at hand, and at
// some 85 bytes each, they are a sixth of it. What is needed again is read from the store.
const seenShare = 1024

// seen tells repeats from new events. It holds the events of the buckets that came
// up so far, by eventID: those of this run, and, as soon as a bucket comes up that
// the store has, the stored ones of that bucket. A repeat has the same bytes and so
// falls into the same bucket; that keeps the cost independent of the store's size.
type seen struct {
	store *schema.Store
	limit int64

	mu      sync.Mutex
	places  map[schema.Place]int32 // numbered as they come up
	buckets map[bucket]*bucketSeen
	stored  map[bucket]bool // that the store has events of
	size    atomic.Int64    // events in buckets
}

// A bucket is a UTC day in one place.
type bucket struct {
	day   int32 // since 1970
	place int32
}

// timeless is the bucket of all events without a time.
var timeless = bucket{place: -1}

// bucketSeen is one bucket's events.
type bucketSeen struct {
	load sync.Once
	err  error // of load

	mu     sync.Mutex
	events map[seenKey]seenEvent
}

// A seenKey is an eventID, or a hash of the record where there is none. Events of one
// eventID and other bytes get another salt, and so does another dress of an event.
type seenKey struct {
	id   [16]byte
	salt uint64
}

type seenEvent struct {
	hash           uint64
	file, position int32 // the position of another dress is the complement of the event's
}

// A verdict is what seen makes of a record.
type verdict uint8

const (
	newEvent verdict = iota
	repeat           // the same bytes are known, or the same but for white space
	conflict         // new, though the eventID is known: with other bytes
)

// A first is where a record that repeats one was first.
type first struct {
	file, position int32
	dressed        bool // the bytes there are not the same
	doubtful       bool // the event there has the eventID of another
}

func newSeen(ctx context.Context, store *schema.Store, memory int64) (*seen, error) {
	s := &seen{
		store: store, limit: memory / seenShare,
		places: map[schema.Place]int32{}, buckets: map[bucket]*bucketSeen{}, stored: map[bucket]bool{timeless: true},
	}
	for day, err := range store.KnownDays(ctx) {
		if err != nil {
			return nil, err
		}
		s.stored[bucket{dayOf(day.Day), s.place(day.Place)}] = true
	}
	return s, nil
}

// place returns the number of a place; mu is held.
func (s *seen) place(p schema.Place) int32 {
	n, ok := s.places[p]
	if !ok {
		n = int32(len(s.places))
		s.places[schema.Place{Account: strings.Clone(p.Account), Region: strings.Clone(p.Region)}] = n
	}
	return n
}

func dayOf(t time.Time) int32 {
	const day = 24 * 60 * 60
	seconds := t.Unix()
	if seconds < 0 {
		seconds -= day - 1
	}
	return int32(seconds / day)
}

// add notes the event, and says what it is; of a repeat also where it was first. To a nil
// seen all events are new.
func (s *seen) add(ctx context.Context, ev *schema.Event) (verdict, first, error) {
	if s == nil {
		return newEvent, first{}, nil
	}
	b, err := s.bucket(ctx, ev)
	if err != nil {
		return newEvent, first{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var what verdict
	var where first
	if ev.Leaves[schema.ColEventID] != nil {
		what, where = b.add(seenKey{id: ev.EventID}, seenEvent{ev.Hash, ev.File, ev.Position}, ev.Compact)
	} else {
		what, where = b.addNameless(seenEvent{ev.Hash, ev.File, ev.Position}, ev.Compact)
	}
	if what != repeat {
		s.size.Add(1)
	}
	return what, where, nil
}

// namelessKey is the key of a record without an eventID.
func namelessKey(hash uint64) (key seenKey) {
	binary.BigEndian.PutUint64(key.id[:], hash)
	return key
}

// addNameless notes an event without an eventID, by its hash and by that without white space, which of
// stored ones is not known.
func (b *bucketSeen) addNameless(ev seenEvent, compact uint64) (verdict, first) {
	for _, hash := range [...]uint64{ev.hash, compact} {
		if known, ok := b.events[namelessKey(hash)]; ok {
			return repeat, first{file: known.file, position: known.position, dressed: known.hash != ev.hash}
		}
	}
	b.events[namelessKey(ev.hash)], b.events[namelessKey(compact)] = ev, ev
	return newEvent, first{}
}

// add notes an event; compact is its hash without white space.
func (b *bucketSeen) add(key seenKey, ev seenEvent, compact uint64) (verdict, first) {
	known, ok := b.events[key]
	if !ok {
		b.note(key, ev, compact)
		return newEvent, first{}
	}
	if known.hash == ev.hash || known.hash == compact {
		return repeat, first{file: known.file, position: known.position, dressed: known.hash != ev.hash}
	}
	for _, hash := range [...]uint64{ev.hash, compact} {
		salted := key
		salted.salt = hash
		if known, ok = b.events[salted]; !ok {
			continue
		}
		if known.position < 0 { // another dress of an event
			return repeat, first{file: known.file, position: ^known.position, dressed: true}
		}
		return repeat, first{file: known.file, position: known.position, dressed: hash != ev.hash, doubtful: true}
	}
	key.salt = ev.hash
	b.note(key, ev, compact)
	return conflict, first{}
}

// note notes an event, and the dress in which AWS delivers it if it has another.
func (b *bucketSeen) note(key seenKey, ev seenEvent, compact uint64) {
	b.events[key] = ev
	if compact != ev.hash {
		key.salt = compact
		b.events[key] = seenEvent{compact, ev.file, ^ev.position}
	}
}

// bucket returns the events of the bucket that an event falls into, read from the
// store if it has any.
func (s *seen) bucket(ctx context.Context, ev *schema.Event) (*bucketSeen, error) {
	s.mu.Lock()
	at := timeless
	if !ev.EventTime.IsZero() {
		account, region := ev.Leaves[schema.ColRecipientAccountID], ev.Leaves[schema.ColAWSRegion]
		place, ok := s.places[schema.Place{Account: string(account), Region: string(region)}] // makes no strings
		if !ok {
			place = s.place(schema.Place{Account: string(account), Region: string(region)})
		}
		at = bucket{dayOf(ev.EventTime), place}
	}
	b := s.buckets[at]
	if b == nil {
		b = &bucketSeen{events: map[seenKey]seenEvent{}}
		s.buckets[at] = b
	}
	stored := s.stored[at]
	s.mu.Unlock()
	if stored {
		b.load.Do(func() { b.err = s.read(ctx, b, ev) })
	}
	return b, b.err
}

// read reads what the store has of the bucket that an event falls into.
func (s *seen) read(ctx context.Context, b *bucketSeen, ev *schema.Event) error {
	day := schema.KnownDay{Place: schema.Place{
		Account: string(ev.Leaves[schema.ColRecipientAccountID]),
		Region:  string(ev.Leaves[schema.ColAWSRegion]),
	}}
	if !ev.EventTime.IsZero() {
		day.Day = time.Unix(int64(dayOf(ev.EventTime))*24*60*60, 0).UTC()
	}
	for e, err := range s.store.KnownEvents(ctx, day) {
		if err != nil {
			return err
		}
		if stored := (seenEvent{e.Hash, e.File, e.Position}); e.HasID {
			b.add(seenKey{id: e.EventID}, stored, e.Hash)
		} else {
			b.addNameless(stored, e.Hash)
		}
		s.size.Add(1)
	}
	return nil
}

// committed tells that all events added so far are in the store.
func (s *seen) committed() {
	if s.size.Load() >= s.limit {
		s.forget()
	}
}

// forget lets go of all events. What is needed of them is read from the store: not all of
// those that were added may be there.
func (s *seen) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range s.buckets {
		s.stored[at] = true
	}
	clear(s.buckets)
	s.size.Store(0)
}

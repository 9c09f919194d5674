package ingest

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trailbox/schema"
)

// seenShare is the part of [Options].Memory, in bytes for each event, that [seen] holds
// before it lets go of them: with 768 MiB some 790,000. With those of the batch at hand, and at
// some 70 bytes each, they are an eighth of it. What is needed again is read from the store.
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
	events map[[16]byte]seenEvent // by their eventIDs, or by hashes of records where there is none
	others map[seenKey]seenEvent  // events of an eventID that one with other bytes has, and other dresses of events; they are few
}

// A seenKey is an eventID and the hash of a record with that.
type seenKey struct {
	id   [16]byte
	hash uint64
}

// A vicinity is what seen keeps for who adds one event after another, most of them of the same bucket, until
// the batch ends.
type vicinity struct {
	day             int32
	account, region []byte
	bucket          *bucketSeen // nil for none
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
// seen all events are new. near is what the last call has left there, which is of the same batch.
func (s *seen) add(ctx context.Context, ev *schema.Event, near *vicinity) (verdict, first, error) {
	if s == nil {
		return newEvent, first{}, nil
	}
	b := near.bucket
	if b == nil || !near.has(ev) {
		var err error
		if b, err = s.bucket(ctx, ev); err != nil {
			return newEvent, first{}, err
		}
		near.set(ev, b)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var what verdict
	var where first
	if ev.Leaves[schema.ColEventID] != nil {
		what, where = b.add(ev.EventID, seenEvent{ev.Hash, ev.File, ev.Position}, ev.Compact)
	} else {
		what, where = b.addNameless(seenEvent{ev.Hash, ev.File, ev.Position}, ev.Compact)
	}
	if what != repeat {
		s.size.Add(1)
	}
	return what, where, nil
}

// has reports whether an event is of the bucket.
func (v *vicinity) has(ev *schema.Event) bool {
	return !ev.EventTime.IsZero() && dayOf(ev.EventTime) == v.day &&
		bytes.Equal(ev.Leaves[schema.ColRecipientAccountID], v.account) && bytes.Equal(ev.Leaves[schema.ColAWSRegion], v.region)
}

// set keeps the bucket of an event, unless it is that of those without a time.
func (v *vicinity) set(ev *schema.Event, b *bucketSeen) {
	if v.bucket = nil; ev.EventTime.IsZero() {
		return
	}
	v.day, v.bucket = dayOf(ev.EventTime), b
	v.account = append(v.account[:0], ev.Leaves[schema.ColRecipientAccountID]...)
	v.region = append(v.region[:0], ev.Leaves[schema.ColAWSRegion]...)
}

// namelessKey is the key of a record without an eventID.
func namelessKey(hash uint64) (key [16]byte) {
	binary.BigEndian.PutUint64(key[:], hash)
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
func (b *bucketSeen) add(id [16]byte, ev seenEvent, compact uint64) (verdict, first) {
	known, ok := b.events[id]
	if !ok {
		b.events[id] = ev
		b.dress(id, ev, compact)
		return newEvent, first{}
	}
	if known.hash == ev.hash || known.hash == compact {
		return repeat, first{file: known.file, position: known.position, dressed: known.hash != ev.hash}
	}
	for _, hash := range [...]uint64{ev.hash, compact} {
		if known, ok = b.others[seenKey{id, hash}]; !ok {
			continue
		}
		if known.position < 0 { // another dress of an event
			return repeat, first{file: known.file, position: ^known.position, dressed: true}
		}
		return repeat, first{file: known.file, position: known.position, dressed: hash != ev.hash, doubtful: true}
	}
	b.other(seenKey{id, ev.hash}, ev)
	b.dress(id, ev, compact)
	return conflict, first{}
}

// dress notes the dress in which AWS delivers an event if it has another.
func (b *bucketSeen) dress(id [16]byte, ev seenEvent, compact uint64) {
	if compact != ev.hash {
		b.other(seenKey{id, compact}, seenEvent{compact, ev.file, ^ev.position})
	}
}

func (b *bucketSeen) other(key seenKey, ev seenEvent) {
	if b.others == nil {
		b.others = map[seenKey]seenEvent{}
	}
	b.others[key] = ev
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
		b = &bucketSeen{events: map[[16]byte]seenEvent{}}
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
			b.add(e.EventID, stored, e.Hash)
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

package ingest

import (
	"context"

	"golang.org/x/sync/semaphore"

	"trailbox/schema"
)

// A fetched is an object that was fetched, or could not be.
type fetched struct {
	source    Source
	object    Object
	key       schema.Key
	file      int32 // its number
	data      []byte
	signature schema.Signature // of a digest file
	err       error
	odd       error           // what is to be said of it though it can be read
	entry     *schema.LogFile // its row as it is to be: it is not read
	look      bool            // its name does not tell what it is
	room      int64           // of the queue, that it takes
	unpacked  int64           // bytes that it unpacks to, by what it says itself
	held      int64           // these, if it is large; see batch.unpark
}

// A queue hands fetched objects from those who fetch to those who load. It holds
// a bounded number of bytes, not of objects: log files are small, but not all. Room
// is made before an object is fetched, so that the bound is on those under way too.
type queue struct {
	limit int64 // bytes
	room  *semaphore.Weighted
	items chan fetched
}

func newQueue(limit int64) *queue {
	// The channel's own bound is for objects that could not be fetched, which have
	// no bytes: 24 MiB are some 1,200 log files as they usually are.
	return &queue{limit: limit, room: semaphore.NewWeighted(limit), items: make(chan fetched, 4096)}
}

// reserve waits for room for an object of that size. What is larger than the queue
// takes all of it.
func (q *queue) reserve(ctx context.Context, f *fetched, size int64) error {
	f.room = min(max(0, size), q.limit)
	if err := q.room.Acquire(ctx, f.room); err != nil {
		f.room = 0
		return context.Cause(ctx)
	}
	return nil
}

// push hands an object on; the room that it has goes with it.
func (q *queue) push(ctx context.Context, f fetched) error {
	select {
	case q.items <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// release gives the room back that an object has.
func (q *queue) release(f *fetched) {
	q.room.Release(f.room)
	f.room = 0
}

// A taker takes what was looked at.
type taker interface {
	reserve(ctx context.Context, f *fetched, size int64) error
	release(f *fetched)
	push(ctx context.Context, f fetched) error
}

// close says that nothing more will be pushed.
func (q *queue) close() { close(q.items) }

// pop waits for an object; ok is false when there are no more.
func (q *queue) pop(ctx context.Context) (f fetched, ok bool, err error) {
	select {
	case f, ok = <-q.items:
		q.release(&f)
		return f, ok, nil
	case <-ctx.Done():
		return fetched{}, false, context.Cause(ctx)
	}
}

package ingest

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// A fetched is an object that was fetched, or could not be.
type fetched struct {
	object Object
	key    Key
	file   int32 // its number
	data   []byte
	err    error
}

// A queue hands fetched objects from those who fetch to those who load. It holds
// a bounded number of bytes, not of objects: log files are small, but not all.
type queue struct {
	limit int64 // bytes
	room  *semaphore.Weighted
	items chan fetched
}

func newQueue(limit int64) *queue {
	// The channel's own bound is for objects that could not be fetched, which have
	// no bytes: 64 MiB are some 3,000 log files as they usually are.
	return &queue{limit: limit, room: semaphore.NewWeighted(limit), items: make(chan fetched, 4096)}
}

// weight is what an object takes of the queue's room; one that is larger than all
// of it takes all of it.
func (q *queue) weight(f *fetched) int64 { return min(int64(len(f.data)), q.limit) }

// push waits for room.
func (q *queue) push(ctx context.Context, f fetched) error {
	if err := q.room.Acquire(ctx, q.weight(&f)); err != nil {
		return context.Cause(ctx)
	}
	select {
	case q.items <- f:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// close says that nothing more will be pushed.
func (q *queue) close() { close(q.items) }

// pop waits for an object; ok is false when there are no more.
func (q *queue) pop(ctx context.Context) (f fetched, ok bool, err error) {
	select {
	case f, ok = <-q.items:
		if ok {
			q.taken(&f)
		}
		return f, ok, nil
	case <-ctx.Done():
		return fetched{}, false, context.Cause(ctx)
	}
}

// taken says that f, which came out of items, is out of the queue.
func (q *queue) taken(f *fetched) { q.room.Release(q.weight(f)) }

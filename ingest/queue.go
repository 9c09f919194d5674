package ingest

import (
	"context"
	"sync"
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
	mu     sync.Mutex
	moved  chan struct{} // closed and replaced whenever something changes
	items  []fetched
	bytes  int64
	limit  int64 // bytes
	closed bool
}

func newQueue(limit int64) *queue {
	return &queue{limit: limit, moved: make(chan struct{})}
}

// signal wakes all who wait; mu is held.
func (q *queue) signal() {
	close(q.moved)
	q.moved = make(chan struct{})
}

// push waits for room. An object larger than the whole queue is let in alone.
func (q *queue) push(ctx context.Context, f fetched) error {
	for {
		q.mu.Lock()
		if q.bytes == 0 || q.bytes+int64(len(f.data)) <= q.limit {
			q.items = append(q.items, f)
			q.bytes += int64(len(f.data))
			q.signal()
			q.mu.Unlock()
			return nil
		}
		moved := q.moved
		q.mu.Unlock()
		select {
		case <-moved:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// close says that nothing more will be pushed.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

// wait waits for something to pop and reports whether there will be.
func (q *queue) wait(ctx context.Context) (bool, error) {
	for {
		q.mu.Lock()
		ready, closed, moved := len(q.items) > 0, q.closed, q.moved
		q.mu.Unlock()
		if ready || closed {
			return ready, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// pop waits for an object; ok is false when there are no more.
func (q *queue) pop(ctx context.Context) (f fetched, ok bool, err error) {
	for {
		if ok, err := q.wait(ctx); !ok || err != nil {
			return fetched{}, false, err
		}
		q.mu.Lock()
		if len(q.items) > 0 {
			f = q.items[0]
			q.items[0] = fetched{}
			q.items = q.items[1:]
			q.bytes -= int64(len(f.data))
			q.signal()
			q.mu.Unlock()
			return f, true, nil
		}
		q.mu.Unlock() // another was faster
	}
}

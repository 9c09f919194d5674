package ingest

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"trailbox/schema"
)

// The tests of this file run in bubbles: there synctest.Wait waits until every other
// goroutine is blocked for good, and one that is left behind fails the test.

var errEnough = errors.New("enough")

func bytesOf(n int) fetched { return fetched{data: make([]byte, n)} }

// put makes room for an object and pushes it.
func put(ctx context.Context, q *queue, f fetched) error {
	if err := q.reserve(ctx, &f, int64(len(f.data))); err != nil {
		return err
	}
	return q.push(ctx, f)
}

// pushing puts the objects one after another, and says on its channel what came of
// each.
func pushing(ctx context.Context, q *queue, objects ...fetched) <-chan error {
	done := make(chan error, len(objects))
	go func() {
		for _, f := range objects {
			done <- put(ctx, q, f)
		}
	}()
	return done
}

// pop takes an object of that many bytes off the queue.
func pop(t *testing.T, q *queue, size int) {
	t.Helper()
	if f, ok, err := q.pop(t.Context()); !ok || err != nil || len(f.data) != size {
		t.Fatalf("got %d bytes, %t, %v; want %d bytes", len(f.data), ok, err, size)
	}
}

func TestQueueHoldsItsBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(10)
		pushed := pushing(t.Context(), q, bytesOf(4), bytesOf(6), bytesOf(1), bytesOf(7), bytesOf(3))
		// After each step: how many were pushed in all.
		for _, step := range []struct{ pop, want int }{
			{0, 2}, // 4+6 is all of the room
			{4, 3}, // 6+1, and 7 more would be 14
			{6, 4}, // 1+7, and 3 more would be 11
			{1, 5}, // 7+3
			{7, 5},
			{3, 5},
		} {
			if step.pop > 0 {
				pop(t, q, step.pop)
			}
			synctest.Wait()
			if len(pushed) != step.want {
				t.Fatalf("after popping %d bytes %d objects were pushed, want %d", step.pop, len(pushed), step.want)
			}
		}
	})
}

// What is larger than the queue's room passes alone.
func TestQueueLargeObject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(10)
		pushed := pushing(t.Context(), q, bytesOf(1), bytesOf(25), bytesOf(1), bytesOf(10))
		for _, step := range []struct{ pop, want int }{{0, 1}, {1, 2}, {25, 3}, {1, 4}, {10, 4}} {
			if step.pop > 0 {
				pop(t, q, step.pop)
			}
			synctest.Wait()
			if len(pushed) != step.want {
				t.Fatalf("after popping %d bytes %d objects were pushed, want %d", step.pop, len(pushed), step.want)
			}
		}
	})
}

// What could not be fetched has no bytes and needs no room.
func TestQueueObjectsWithoutBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(10)
		pushed := pushing(t.Context(), q, bytesOf(10), fetched{err: errEnough}, fetched{err: errEnough})
		synctest.Wait()
		if len(pushed) != 3 {
			t.Fatalf("%d objects were pushed, want 3", len(pushed))
		}
		pop(t, q, 10)
		for range 2 {
			if f, ok, err := q.pop(t.Context()); !ok || err != nil || f.err != errEnough {
				t.Errorf("got %+v, %t, %v", f, ok, err)
			}
		}
	})
}

// Many push and one pops: what is in the queue never weighs more than its room.
func TestQueueManyPushers(t *testing.T) {
	const pushers, each, limit = 8, 50, 100
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(limit)
		weights := make(chan int, pushers*each) // of what was pushed
		for p := range pushers {
			random := rand.New(rand.NewPCG(1, uint64(p)))
			go func() {
				for range each {
					size := random.IntN(limit + limit/4)
					if err := put(t.Context(), q, bytesOf(size)); err != nil {
						t.Error(err)
					}
					weights <- min(size, limit)
				}
			}()
		}
		held := 0
		for range pushers * each {
			synctest.Wait()
			for range len(weights) {
				held += <-weights
			}
			if held > limit {
				t.Fatalf("%d bytes are in the queue", held)
			}
			f, ok, err := q.pop(t.Context())
			if !ok || err != nil {
				t.Fatal(ok, err)
			}
			held -= min(len(f.data), limit)
		}
		if held != 0 {
			t.Errorf("%d bytes more were pushed than popped", held)
		}
	})
}

// After close the queue gives out what is in it, then says that there is no more.
func TestQueueClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(10)
		if err := put(t.Context(), q, bytesOf(3)); err != nil {
			t.Fatal(err)
		}
		q.close()
		pop(t, q, 3)
		for range 2 {
			if _, ok, err := q.pop(t.Context()); ok || err != nil {
				t.Errorf("behind the end: %t, %v", ok, err)
			}
		}

		q = newQueue(10)
		ended := make(chan bool, 3)
		for range 3 {
			go func() {
				_, ok, err := q.pop(t.Context())
				ended <- ok || err != nil
			}()
		}
		synctest.Wait()
		if len(ended) != 0 {
			t.Errorf("an empty queue gave %d answers", len(ended))
		}
		q.close()
		for range 3 {
			if <-ended {
				t.Error("one that waited was not told of the end")
			}
		}
	})
}

// Cancellation ends those who wait, whatever they wait for, with its cause.
func TestQueueCancel(t *testing.T) {
	for _, test := range []struct {
		name string
		wait func(ctx context.Context, q *queue) error
	}{
		{"push without room", func(ctx context.Context, q *queue) error {
			put(ctx, q, bytesOf(10))
			return put(ctx, q, bytesOf(1))
		}},
		{"push of a large object without room", func(ctx context.Context, q *queue) error {
			put(ctx, q, bytesOf(1))
			return put(ctx, q, bytesOf(25))
		}},
		{"push without a place", func(ctx context.Context, q *queue) error {
			for range cap(q.items) {
				put(ctx, q, fetched{})
			}
			return put(ctx, q, fetched{})
		}},
		{"pop", func(ctx context.Context, q *queue) error {
			_, _, err := q.pop(ctx)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				q := newQueue(10)
				ended := make(chan error, 1)
				go func() { ended <- test.wait(ctx, q) }()
				synctest.Wait()
				if len(ended) != 0 {
					t.Fatalf("it did not wait: %v", <-ended)
				}
				cancel(errEnough)
				if err := <-ended; err != errEnough {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// endless is a Source that lists objects of 10 bytes without an end.
type endless struct{}

func (endless) String() string { return "endless" }
func (endless) List(context.Context, func(string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for yield(Object{URI: "x.json", Size: 10}, nil) {
		}
	}
}
func (endless) Fetch(context.Context, Object) ([]byte, schema.Signature, error) {
	return make([]byte, 10), schema.Signature{}, nil
}

// Fetching runs ahead of loading by the queue's bytes, listing by one object more a
// fetcher and one; and all of them end with the context.
func TestPipelineRunsAheadByBytes(t *testing.T) {
	const fetchers = 3
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := &run{fetched: newQueue(50), opt: Options{Progress: new(Progress)}}
		jobs := make(chan []fetched)
		ended := make(chan error, fetchers+1)
		go func() { ended <- r.list(ctx, endless{}, jobs) }()
		for range fetchers {
			go func() { ended <- r.fetch(ctx, ctx, jobs, r.fetched) }()
		}
		for popped := range 4 {
			synctest.Wait()
			progress := r.opt.Progress
			if got, want := progress.BytesFetched.Load(), int64(50+10*popped); got != want {
				t.Errorf("after %d objects: %d bytes were fetched, want %d", popped, got, want)
			}
			if got, want := progress.FilesListed.Load(), int64(5+fetchers+1+popped); got != want {
				t.Errorf("after %d objects: %d were listed, want %d", popped, got, want)
			}
			pop(t, r.fetched, 10)
		}
		synctest.Wait()
		cancel(errEnough)
		for range fetchers + 1 {
			if err := <-ended; err != errEnough {
				t.Errorf("ended with %v", err)
			}
		}
	})
}

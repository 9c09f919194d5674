package ingest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"trailbox/schema"
)

// ErrMemory is the finding of a file over which the store runs out of memory, though nothing
// else is loaded with it.
var ErrMemory = errors.New("the store runs out of memory over it, even if nothing else is loaded with it")

// outOfMemory reports whether the store ran out of memory. What it was over is not known: a
// file whose records take more than their bytes say, or many that are too much together.
func outOfMemory(err error) bool {
	var short *schema.MachineError
	return errors.As(err, &short) && short.Resource == schema.Memory
}

// parts are objects in two parts of about the same size, unpacked: the small ones, and the
// large ones, which memory is more likely to end over.
func parts(objects []fetched) [][]fetched {
	slices.SortStableFunc(objects, func(a, b fetched) int { return cmp.Compare(a.unpacked, b.unpacked) })
	var all, some int64
	for i := range objects {
		all += objects[i].unpacked
	}
	middle := 1
	for ; middle < len(objects)-1 && some+objects[middle-1].unpacked < all/2; middle++ {
		some += objects[middle-1].unpacked
	}
	return [][]fetched{objects[:middle], objects[middle:]}
}

// loadParts loads objects over which memory has ended: in two batches, and, where it ends
// again, in ever smaller ones, down to single objects.
func (r *run) loadParts(ctx context.Context, objects []fetched) error {
	if len(objects) == 1 {
		failed := objects[0]
		failed.data, failed.err = nil, ErrMemory
		return r.loadAgain(ctx, []fetched{failed})
	}
	for _, part := range parts(objects) {
		err := r.loadAgain(ctx, part)
		if outOfMemory(err) {
			err = r.loadParts(ctx, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// loadAgain fetches objects once more, and loads them as one batch.
func (r *run) loadAgain(ctx context.Context, objects []fetched) error {
	q := newQueue(r.opt.Memory / queueShare)
	g, ctx := errgroup.WithContext(ctx)
	outside, stop := context.WithCancelCause(ctx)
	g.Go(func() error { return r.heedStop(outside, stop) })
	jobs := make(chan []fetched)
	g.Go(func() error {
		defer close(jobs)
		for object := range slices.Chunk(objects, 1) {
			select {
			case jobs <- object:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	var fetchers sync.WaitGroup
	for range min(max(1, r.opt.Concurrency), len(objects)) {
		fetchers.Add(1)
		g.Go(func() error {
			defer fetchers.Done()
			return r.fetch(ctx, outside, jobs, q)
		})
	}
	g.Go(func() error {
		fetchers.Wait()
		q.close()
		return nil
	})
	g.Go(func() error {
		defer stop(nil)
		first, more, err := q.pop(ctx)
		if !more || err != nil {
			return err
		}
		b := newBatch(r, q, first)
		b.whole = true
		return r.loadBatch(ctx, b)
	})
	return g.Wait()
}

// uncount takes back what the batch has counted.
func (b *batch) uncount() {
	p := b.run.opt.Progress
	for i := range b.ledger.Files {
		f := &b.ledger.Files[i]
		p.FilesDone.Add(-1)
		p.BytesDone.Add(-f.Size)
		p.BytesJSON.Add(-f.JSONBytes)
		p.Events.Add(-int64(f.Records))
	}
}

package ingest

import (
	"math"
	"path/filepath"

	"trailbox/schema"
)

// Again returns what is in log files that a store has given back, as [Run] would take it
// out of them, with each of their records as an event, also those that repeat one. It is
// for [schema.Prover], whose Store it takes. A file that went beyond a limit when it was
// loaded has to be alone: it is read by that limit.
func Again(store *schema.Store, files []schema.Rebuilt) schema.EventSource {
	opt := Options{Memory: DefaultMemory, MaxFileBytes: math.MaxInt64, MaxRecordBytes: math.MaxInt64}
	if limit := files[0].OverLimit; limit > 0 && files[0].JSONBytes > limit { // as in ledger.limitOf
		opt.MaxRecordBytes = limit
	} else if limit > 0 {
		opt.MaxFileBytes = limit
	}
	b := &batch{run: newRun(store, opt), again: true, drained: true, changed: make(chan struct{})}
	for i := range files {
		f := &files[i]
		b.parked = append(b.parked, fetched{
			object: Object{URI: f.URI, Size: int64(len(f.Data))},
			key:    schema.ParseKey(filepath.ToSlash(f.URI)),
			file:   f.File,
			data:   f.Data,
		})
	}
	return b
}

package ingest

import (
	"cmp"
	"path/filepath"

	"trailbox/schema"
)

// Again returns what is in log files that a store has given back, as [Run] would take it
// out of them, with each of their records as an event, also those that repeat one. It is
// for [schema.Prover], whose Store it takes.
func Again(store *schema.Store, files []schema.Rebuilt) schema.EventSource {
	r := newRun(store, Options{Memory: DefaultMemory, MaxFileBytes: DefaultMaxFileBytes})
	b := &batch{run: r, drained: true, changed: make(chan struct{})}
	for i := range files {
		f := &files[i]
		b.parked = append(b.parked, fetched{
			object: Object{URI: f.URI, Size: int64(len(f.Data))},
			key:    schema.ParseKey(filepath.ToSlash(f.URI)),
			file:   f.File,
			data:   f.Data,
			limit:  cmp.Or(f.OverLimit, max(f.JSONBytes, DefaultMaxFileBytes)),
		})
	}
	return b
}

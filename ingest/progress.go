package ingest

import "sync/atomic"

// Progress counts what a run has done so far. Its counters may be read while the
// run goes on.
type Progress struct {
	FilesListed  atomic.Int64 // so far: the listing goes on while files are loaded
	FilesDone    atomic.Int64 // loaded, known, left out, given up
	BytesFetched atomic.Int64
	BytesJSON    atomic.Int64 // scanned
	Events       atomic.Int64 // records read
}

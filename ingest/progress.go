package ingest

import "sync/atomic"

// Progress counts what a run has done so far. Its counters may be read while the
// run goes on.
type Progress struct {
	FilesListed  atomic.Int64 // so far, unless AllListed
	AllListed    atomic.Bool
	FilesDone    atomic.Int64 // read, known, left out, given up
	BytesWanted  atomic.Int64 // of the listed files: what is to be fetched
	BytesFetched atomic.Int64
	BytesDone    atomic.Int64 // of BytesWanted: read, or given up
	BytesJSON    atomic.Int64 // scanned
	Events       atomic.Int64 // records read
	Writing      atomic.Bool  // nothing is read just now: what was read is being committed
	// What the sources count themselves, which are given these:
	Retries      atomic.Int64 // requests made again
	ListRequests atomic.Int64 // answers to a listing
}

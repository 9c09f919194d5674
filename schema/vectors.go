package schema

import (
	"encoding/binary"
	"runtime"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Texts go into a chunk without DuckDB's allocating anything for them: in its vector is
// where they are, and they are in memory of ours. The driver's way has DuckDB copy each,
// and where DuckDB's memory ends that is a C++ exception, which cannot pass through Go: it
// ends the process. Everything else that allocates is called by DuckDB itself, which makes
// an error of it.

const (
	// entryBytes is what a vector has for a text: its length, and up to 12 bytes of it or
	// the first 4 and where it is.
	entryBytes  = 16
	inlineBytes = 12

	// blockBytes is how much of texts is allocated together; what is longer than a quarter
	// is on its own. A chunk has 2 MB as a rule, and few have more than keptBlocks.
	textBlockBytes = 256 << 10
	keptBlocks     = 64
)

// texts are the texts of one chunk after another, of one thread. They stay where they are
// until the thread is called for its next chunk: by then DuckDB has stored them.
type texts struct {
	columns [][]byte // the chunk's vectors; only those of text and of numbers are of use

	blocks   [][]byte // pinned, filled one after another
	filling  int      // which of them
	used     int      // bytes of that
	pins     runtime.Pinner
	longPins runtime.Pinner // of texts on their own
}

// begin makes ready for a chunk. What was in the one before is gone.
func (t *texts) begin(chunk duckdb.DataChunk) {
	t.filling, t.used = 0, 0
	t.longPins.Unpin()
	if len(t.blocks) > keptBlocks {
		t.pins.Unpin()
		t.blocks = nil
	}
	t.columns = t.columns[:0]
	for col := range chunk.ColumnCount() {
		t.columns = append(t.columns, entries(chunk, col))
	}
}

// entries is a vector of texts as it lies in memory. Of other vectors it has more than
// there is.
func entries(chunk duckdb.DataChunk, col int) []byte {
	handle := *(*mapping.DataChunk)(unsafe.Pointer(&chunk)) // its first member
	vector := mapping.DataChunkGetVector(handle, mapping.IdxT(col))
	return unsafe.Slice((*byte)(mapping.VectorGetData(vector)), entryBytes*duckdb.GetDataChunkCapacity())
}

// set writes a text, which is valid UTF-8 unless the column is of bytes.
func (t *texts) set(col, row int, text []byte) {
	entry := t.columns[col][row*entryBytes:][:entryBytes]
	binary.NativeEndian.PutUint32(entry, uint32(len(text)))
	if len(text) <= inlineBytes {
		clear(entry[4:])
		copy(entry[4:], text)
		return
	}
	copy(entry[4:8], text)
	at := uintptr(unsafe.Pointer(unsafe.SliceData(t.keep(text))))
	*(*uintptr)(unsafe.Pointer(&entry[8])) = at // in C's memory; it is pinned
}

// setNumber writes a number of a vector whose elements have that many bytes: the driver
// takes ten times as long, and each event has several.
func (t *texts) setNumber(col, row, size int, n uint64) {
	entry := t.columns[col][row*size:][:size]
	switch size {
	case 2:
		binary.NativeEndian.PutUint16(entry, uint16(n))
	case 4:
		binary.NativeEndian.PutUint32(entry, uint32(n))
	case 8:
		binary.NativeEndian.PutUint64(entry, n)
	}
}

// keep copies a text to where it stays.
func (t *texts) keep(text []byte) []byte {
	if len(text) > textBlockBytes/4 {
		long := append([]byte(nil), text...)
		t.longPins.Pin(unsafe.SliceData(long))
		return long
	}
	if t.filling < len(t.blocks) && t.used+len(text) > textBlockBytes {
		t.filling++
		t.used = 0
	}
	if t.filling == len(t.blocks) {
		block := make([]byte, textBlockBytes)
		t.pins.Pin(unsafe.SliceData(block))
		t.blocks = append(t.blocks, block)
	}
	kept := t.blocks[t.filling][t.used:][:len(text)]
	t.used += copy(kept, text)
	return kept
}

// release lets go of all texts, once DuckDB is done with the last chunk.
func (t *texts) release() {
	t.longPins.Unpin()
	t.pins.Unpin()
	t.blocks = nil
}

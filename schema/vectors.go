package schema

import (
	"encoding/binary"
	"runtime"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// Values go into a chunk without a call of DuckDB: they are written to where its vectors
// have them, and a vector of texts points at them in memory of ours. With the driver's way
// each value and each NULL is several calls, which take longer than all the rest; and DuckDB
// copies each text: where its memory ends that is a C++ exception, which cannot pass
// through Go, and ends the process. Everything else that allocates is called by DuckDB
// itself, which makes an error of it. (The driver has made the masks of NULLs, 256 bytes
// each, before it asks for a chunk to be filled.)

const (
	// entryBytes is what a vector has for a text: its length, and up to 12 bytes of it or
	// the first 4 and where it is.
	entryBytes  = 16
	inlineBytes = 12

	// textBlockBytes is how much of texts is allocated together; what is longer than a quarter
	// is on its own. A chunk has 2 MB as a rule, and few have more than keptBlocks.
	textBlockBytes = 256 << 10
	keptBlocks     = 64
)

// A vector is one column of a chunk as it lies in memory. Both parts are DuckDB's, and
// stay where they are for as long as the call that fills the chunk, or until the chunk of an
// answer is let go of.
type vector struct {
	width  int
	values []byte   // width bytes each
	valid  []uint64 // a bit for each value: it is not NULL; nil where none is
}

// vectors are those of one chunk after another, of one thread. Their texts stay where they
// are until the thread is called for its next chunk: by then DuckDB has stored them.
type vectors struct {
	columns []vector

	blocks   [][]byte // pinned, filled one after another
	filling  int      // which of them
	used     int      // bytes of that
	pins     runtime.Pinner
	long     [][]byte // texts on their own
	longPins runtime.Pinner
}

// valueBytes is how many bytes a vector of a type has for each value.
func valueBytes(t duckdb.Type) int {
	switch t {
	case duckdb.TYPE_BOOLEAN:
		return 1
	case duckdb.TYPE_USMALLINT:
		return 2
	case duckdb.TYPE_INTEGER:
		return 4
	case duckdb.TYPE_UBIGINT, duckdb.TYPE_BIGINT, duckdb.TYPE_TIMESTAMP:
		return 8
	case duckdb.TYPE_UUID:
		return 16
	}
	return entryBytes
}

// begin makes ready for a chunk of columns of those types, in which everything is NULL
// that is not set. What was in the one before is gone.
func (v *vectors) begin(chunk duckdb.DataChunk, types []duckdb.Type) {
	v.filling, v.used = 0, 0
	v.dropLong()
	if len(v.blocks) > keptBlocks {
		v.pins.Unpin()
		v.blocks = nil
	}
	rows := duckdb.GetDataChunkCapacity()
	handle := *(*mapping.DataChunk)(unsafe.Pointer(&chunk)) // its first member
	v.columns = v.columns[:0]
	for col, t := range types {
		c := mapping.DataChunkGetVector(handle, mapping.IdxT(col))
		width := valueBytes(t)
		values := unsafe.Slice((*byte)(mapping.VectorGetData(c)), width*rows)
		valid := unsafe.Slice((*uint64)(mapping.VectorGetValidity(c)), (rows+63)/64)
		clear(valid)
		v.columns = append(v.columns, vector{width, values, valid})
	}
}

// columnsOf appends the columns of a chunk of an answer, which DuckDB has made flat.
func columnsOf(columns []vector, chunk mapping.DataChunk, types []duckdb.Type, rows int) []vector {
	for col, t := range types {
		c := mapping.DataChunkGetVector(chunk, mapping.IdxT(col))
		v := vector{width: valueBytes(t)}
		v.values = unsafe.Slice((*byte)(mapping.VectorGetData(c)), v.width*rows)
		if valid := mapping.VectorGetValidity(c); valid != nil {
			v.valid = unsafe.Slice((*uint64)(valid), (rows+63)/64)
		}
		columns = append(columns, v)
	}
	return columns
}

// get is a value as it lies there, nil for NULL.
func (v *vector) get(row int) []byte {
	if v.valid != nil && v.valid[row/64]&(1<<(row%64)) == 0 {
		return nil
	}
	return v.values[row*v.width:][:v.width]
}

// text is a text or a blob in DuckDB's memory, nil for NULL.
func (v *vector) text(row int) []byte {
	entry := v.get(row)
	if entry == nil {
		return nil
	}
	length := int(binary.NativeEndian.Uint32(entry))
	if length <= inlineBytes {
		return entry[4 : 4+length : 4+length]
	}
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&entry[8])), length)
}

// int32 is an INTEGER, 0 for NULL.
func (v *vector) int32(row int) int32 {
	value := v.get(row)
	if value == nil {
		return 0
	}
	return int32(binary.NativeEndian.Uint32(value))
}

// int64 is a BIGINT, 0 for NULL.
func (v *vector) int64(row int) int64 {
	value := v.get(row)
	if value == nil {
		return 0
	}
	return int64(binary.NativeEndian.Uint64(value))
}

// bool is a BOOLEAN, false for NULL.
func (v *vector) bool(row int) bool {
	value := v.get(row)
	return value != nil && value[0] != 0
}

// set is the place of a value, which is not NULL from now on.
func (v *vectors) set(col, row int) []byte {
	c := &v.columns[col]
	c.valid[row/64] |= 1 << (row % 64)
	return c.values[row*c.width:][:c.width]
}

// setText writes a text, which is valid UTF-8 unless the column is of bytes. One that is
// nil is NULL.
func (v *vectors) setText(col, row int, text []byte) {
	if text == nil {
		return
	}
	entry := v.set(col, row)
	binary.NativeEndian.PutUint32(entry, uint32(len(text)))
	if len(text) <= inlineBytes {
		clear(entry[4:entryBytes])
		copy(entry[4:entryBytes], text)
		return
	}
	copy(entry[4:8], text)
	at := uintptr(unsafe.Pointer(unsafe.SliceData(v.keep(text))))
	*(*uintptr)(unsafe.Pointer(&entry[8])) = at // in C's memory; it is pinned
}

// setNumber writes a number of as many bytes as the column has.
func (v *vectors) setNumber(col, row int, n uint64) {
	switch value := v.set(col, row); len(value) {
	case 2:
		binary.NativeEndian.PutUint16(value, uint16(n))
	case 4:
		binary.NativeEndian.PutUint32(value, uint32(n))
	case 8:
		binary.NativeEndian.PutUint64(value, n)
	}
}

func (v *vectors) setBool(col, row int, b bool) {
	value := v.set(col, row)
	value[0] = 0
	if b {
		value[0] = 1
	}
}

// setTime writes a TIMESTAMP: microseconds since 1970.
func (v *vectors) setTime(col, row int, t time.Time) {
	binary.NativeEndian.PutUint64(v.set(col, row), uint64(t.UnixMicro()))
}

// setUUID writes a UUID: a number with a sign, so that the bit of the sign is turned for
// the order to be that of the digits.
func (v *vectors) setUUID(col, row int, id [16]byte) {
	value := v.set(col, row)
	upper, lower := binary.BigEndian.Uint64(id[:8])^1<<63, binary.BigEndian.Uint64(id[8:])
	binary.NativeEndian.PutUint64(value, lower)
	binary.NativeEndian.PutUint64(value[8:], upper)
}

// keep copies a text to where it stays.
func (v *vectors) keep(text []byte) []byte {
	if len(text) > textBlockBytes/4 {
		long := append([]byte(nil), text...)
		v.longPins.Pin(unsafe.SliceData(long))
		v.long = append(v.long, long)
		return long
	}
	if v.filling < len(v.blocks) && v.used+len(text) > textBlockBytes {
		v.filling++
		v.used = 0
	}
	if v.filling == len(v.blocks) {
		block := make([]byte, textBlockBytes)
		v.pins.Pin(unsafe.SliceData(block))
		v.blocks = append(v.blocks, block)
	}
	kept := v.blocks[v.filling][v.used:][:len(text)]
	v.used += copy(kept, text)
	return kept
}

// release lets go of all texts, once DuckDB is done with the last chunk.
func (v *vectors) release() {
	v.dropLong()
	v.pins.Unpin()
	v.blocks = nil
}

func (v *vectors) dropLong() {
	v.longPins.Unpin()
	clear(v.long)
	v.long = v.long[:0]
}

package schema

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// The chunk's handle is where begin looks for it.
func TestChunkHandle(t *testing.T) {
	first := reflect.TypeFor[duckdb.DataChunk]().Field(0)
	if first.Offset != 0 || first.Type != reflect.TypeFor[mapping.DataChunk]() {
		t.Errorf("the first member of a chunk is %s of type %s", first.Name, first.Type)
	}
}

// valueTypes are the types that trail() has, with texts in several columns.
var valueTypes = []duckdb.Type{
	duckdb.TYPE_BOOLEAN, duckdb.TYPE_USMALLINT, duckdb.TYPE_INTEGER, duckdb.TYPE_UBIGINT, duckdb.TYPE_TIMESTAMP, duckdb.TYPE_UUID,
	duckdb.TYPE_VARCHAR, duckdb.TYPE_BLOB, duckdb.TYPE_VARCHAR, duckdb.TYPE_VARCHAR,
}

// dice are where what is written comes from.
type dice interface {
	// IntN returns a number from 0 to n-1.
	IntN(n int) int
	// More says whether there are more rows.
	More() bool
}

// bothWays is a table function that has each value twice, in the columns v0, v1 ... as
// vectors write it, and then in d0, d1 ... as the driver does.
type bothWays struct {
	columns []duckdb.ColumnInfo
	load    *load
	dice    func() dice // of a thread

	mu    sync.Mutex
	nulls [2][]int // of each column how many values are NULL, and how many are not
}

func (b *bothWays) ColumnInfos() []duckdb.ColumnInfo     { return b.columns }
func (b *bothWays) Cardinality() *duckdb.CardinalityInfo { return nil }
func (b *bothWays) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: 2}
}

type bothWaysThread struct {
	*trailThread
	dice dice
}

func (b *bothWays) NewLocalState() any {
	return &bothWaysThread{b.load.thread(context.Background()), b.dice()}
}

// poison overwrites what the vectors of the chunk before point at.
func (v *vectors) poison() {
	for _, block := range append(v.blocks, v.long...) {
		for i := range block {
			block[i] = 0xFF
		}
	}
}

func (b *bothWays) FillChunk(state any, chunk duckdb.DataChunk) error {
	thread := state.(*bothWaysThread)
	thread.vectors.poison()
	thread.vectors.begin(chunk, valueTypes)
	sizes := []int{1, 63, 64, 65, 2047, 2048}
	size := sizes[thread.dice.IntN(len(sizes))]
	nulls := make([]int, len(valueTypes)) // of 4 values, in this chunk: all or none as well
	for i := range nulls {
		nulls[i] = thread.dice.IntN(5)
	}
	counts := [2][]int{make([]int, len(valueTypes)), make([]int, len(valueTypes))}
	row := 0
	for ; row < size && thread.dice.More(); row++ {
		for col, t := range valueTypes {
			other := len(valueTypes) + col
			if thread.dice.IntN(4) < nulls[col] {
				counts[0][col]++
				if err := duckdb.SetChunkValue[any](chunk, other, row, nil); err != nil {
					return err
				}
				continue
			}
			counts[1][col]++
			if err := thread.setBoth(chunk, t, col, other, row); err != nil {
				return err
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range counts {
		for col, n := range counts[i] {
			b.nulls[i][col] += n
		}
	}
	return chunk.SetSize(row)
}

func (thread *bothWaysThread) setBoth(chunk duckdb.DataChunk, t duckdb.Type, col, other, row int) error {
	dice, to := thread.dice, &thread.vectors
	number := func() (n uint64) {
		for range 8 {
			n = n<<8 | uint64(dice.IntN(256))
		}
		return n
	}
	switch t {
	case duckdb.TYPE_BOOLEAN:
		b := dice.IntN(2) == 1
		to.setBool(col, row, b)
		return duckdb.SetChunkValue(chunk, other, row, b)
	case duckdb.TYPE_USMALLINT:
		n := uint16(number())
		to.setNumber(col, row, uint64(n))
		return duckdb.SetChunkValue(chunk, other, row, n)
	case duckdb.TYPE_INTEGER:
		n := int32(number())
		to.setNumber(col, row, uint64(n))
		return duckdb.SetChunkValue(chunk, other, row, n)
	case duckdb.TYPE_UBIGINT:
		n := number()
		to.setNumber(col, row, n)
		return duckdb.SetChunkValue(chunk, other, row, n)
	case duckdb.TYPE_TIMESTAMP:
		at := time.UnixMicro(int64(number()%1e17)).AddDate(-1900, 0, 0).UTC()
		to.setTime(col, row, at)
		return duckdb.SetChunkValue(chunk, other, row, at)
	case duckdb.TYPE_UUID:
		var id [16]byte
		binary.BigEndian.PutUint64(id[:], number())
		binary.BigEndian.PutUint64(id[8:], number())
		to.setUUID(col, row, id)
		return duckdb.SetChunkValue(chunk, other, row, duckdb.UUID(id))
	}
	n := dice.IntN(40) // around what is inline
	if dice.IntN(1000) == 999 {
		n = dice.IntN(3 * textBlockBytes)
	}
	text := bytes.Repeat([]byte{byte('a' + dice.IntN(26))}, n)
	if n > 1 {
		copy(text[n-2:], []string{"", "é", "Z", "\x00"}[dice.IntN(4)])
	}
	to.setText(col, row, text)
	err := duckdb.SetChunkValue(chunk, other, row, text)
	clear(text) // it is not looked at later
	return err
}

type noEvents struct{}

func (noEvents) NewReader(context.Context) EventReader { return nil }
func (noEvents) Ledger() Ledger                        { return Ledger{} }

// both makes the table function twice() of a database in memory, which is for one
// statement after another.
func both(t testing.TB) (*bothWays, *sql.Conn) {
	db, err := sql.Open("duckdb", "?preserve_insertion_order=false&threads=2")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(conn.Close(), db.Close()); err != nil {
			t.Error(err)
		}
	})
	b := new(bothWays)
	for _, way := range "vd" {
		for i, valueType := range valueTypes {
			info, err := duckdb.NewTypeInfo(valueType)
			if err != nil {
				t.Fatal(err)
			}
			b.columns = append(b.columns, duckdb.ColumnInfo{Name: fmt.Sprintf("%c%d", way, i), T: info})
		}
	}
	err = duckdb.RegisterTableUDF(conn, "twice", duckdb.ParallelChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) { return b, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return b, conn
}

// check runs a statement that stores twice() in the table stored, and compares.
func (b *bothWays) check(t *testing.T, conn *sql.Conn, from func() dice, store string) (rows int) {
	t.Helper()
	b.load, b.dice = &load{src: noEvents{}}, from
	b.nulls = [2][]int{make([]int, len(valueTypes)), make([]int, len(valueTypes))}
	_, err := conn.ExecContext(t.Context(), store)
	for _, thread := range b.load.threads {
		thread.vectors.poison()
	}
	b.load.release()
	if err != nil {
		t.Fatal(err)
	}
	var same []string
	for i := range valueTypes {
		same = append(same, fmt.Sprintf("v%d IS NOT DISTINCT FROM d%d", i, i))
	}
	var differ int
	if err := conn.QueryRowContext(t.Context(), "SELECT count(*), count(*) FILTER (NOT ("+strings.Join(same, " AND ")+")) FROM stored").Scan(&rows, &differ); err != nil {
		t.Fatal(err)
	}
	if differ > 0 {
		t.Errorf("%s: %d of %d rows differ", store, differ, rows)
	}
	for i := range valueTypes {
		var values int
		if err := conn.QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(v%d) FROM stored", i)).Scan(&values); err != nil {
			t.Fatal(err)
		}
		if values != b.nulls[1][i] || rows-values != b.nulls[0][i] {
			t.Errorf("%s: v%d has %d values of %d, want %d and %d NULLs", store, i, values, rows, b.nulls[1][i], b.nulls[0][i])
		}
	}
	return rows
}

// randomRows are about so many rows by chance.
type randomRows struct {
	*rand.Rand
	left int
}

func (r *randomRows) More() bool { r.left--; return r.left >= 0 }

// Values are what the driver makes of them, through a chunk after another in each thread:
// stored and sorted. What the vectors point at is overwritten as soon as it may be.
func TestVectors(t *testing.T) {
	b, conn := both(t)
	var seed atomic.Uint64
	threadRows := func() dice {
		return &randomRows{rand.New(rand.NewPCG(seed.Add(1), 0)), 15_000}
	}
	for _, store := range []string{
		"CREATE OR REPLACE TABLE stored AS FROM twice()",
		"CREATE OR REPLACE TABLE stored AS FROM (FROM twice() ORDER BY v6 DESC, v8 LIMIT 1000000)",
	} {
		if rows := b.check(t, conn, threadRows, store); rows < 15_000 {
			t.Errorf("%s: only %d rows", store, rows)
		}
		var longest int
		if err := conn.QueryRowContext(t.Context(), "SELECT max(length(v6)) FROM stored").Scan(&longest); err != nil {
			t.Fatal(err)
		}
		if longest <= textBlockBytes {
			t.Errorf("the longest text has %d bytes", longest)
		}
	}
}

// fuzzRows are as many rows as the bytes that were made up are enough for.
type fuzzRows struct{ data []byte }

func (f *fuzzRows) More() bool { return len(f.data) > 0 }

func (f *fuzzRows) IntN(n int) int {
	if len(f.data) == 0 {
		return 0
	}
	k := int(f.data[0])
	f.data = f.data[1:]
	if n > 256 && len(f.data) > 1 {
		k = k<<16 | int(f.data[0])<<8 | int(f.data[1])
		f.data = f.data[2:]
	}
	return k % n
}

func FuzzVectors(f *testing.F) {
	f.Add([]byte("\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"))
	f.Add(bytes.Repeat([]byte{4, 3, 2, 1, 0, 200, 100}, 300))
	b, conn := both(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var given atomic.Bool
		threadRows := func() dice {
			if given.Swap(true) {
				return new(fuzzRows)
			}
			return &fuzzRows{data}
		}
		b.check(t, conn, threadRows, "CREATE OR REPLACE TABLE stored AS FROM twice()")
	})
}

package schema

import (
	"bytes"
	"context"
	"database/sql"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// The chunk's handle is where entries looks for it.
func TestChunkHandle(t *testing.T) {
	first := reflect.TypeFor[duckdb.DataChunk]().Field(0)
	if first.Offset != 0 || first.Type != reflect.TypeFor[mapping.DataChunk]() {
		t.Errorf("the first member of a chunk is %s of type %s", first.Name, first.Type)
	}
}

const bothColumns = 12

// bothWays is a table function whose rows have the same text twice: written by the driver,
// and by texts.
type bothWays struct {
	t       *testing.T
	columns []duckdb.ColumnInfo
	left    *atomic.Int64 // rows
	seed    *atomic.Uint64
	load    *load
}

func (b *bothWays) ColumnInfos() []duckdb.ColumnInfo     { return b.columns }
func (b *bothWays) Cardinality() *duckdb.CardinalityInfo { return nil }
func (b *bothWays) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: runtime.GOMAXPROCS(0)}
}

type bothWaysThread struct {
	*trailThread
	random *rand.Rand
}

func (b *bothWays) NewLocalState() any {
	return &bothWaysThread{b.load.thread(b.t.Context()), rand.New(rand.NewPCG(b.seed.Add(1), 0))}
}

func (b *bothWays) FillChunk(state any, chunk duckdb.DataChunk) error {
	thread := state.(*bothWaysThread)
	thread.texts.begin(chunk)
	row := 0
	for ; row < duckdb.GetDataChunkCapacity() && b.left.Add(-1) >= 0; row++ {
		for col := 0; col < bothColumns; col += 2 {
			n := thread.random.IntN(40) // around what is inline
			if thread.random.IntN(5000) == 0 {
				n = thread.random.IntN(3 * textBlockBytes)
			}
			text := bytes.Repeat([]byte{byte('a' + thread.random.IntN(26))}, n)
			if n > 0 {
				text[n-1] = byte('A' + n%26)
			}
			if err := duckdb.SetChunkValue(chunk, col, row, text); err != nil {
				return err
			}
			thread.texts.set(col+1, row, text)
			clear(text) // it is not looked at later
		}
	}
	return chunk.SetSize(row)
}

type noEvents struct{}

func (noEvents) NewReader(context.Context) EventReader { return nil }
func (noEvents) Ledger() Ledger                        { return Ledger{} }

// Texts are what the driver makes of them, through a chunk after another in each thread,
// of all lengths: stored, sorted and joined.
func TestTexts(t *testing.T) {
	db, err := sql.Open("duckdb", "?preserve_insertion_order=false")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	both := &bothWays{t: t, left: new(atomic.Int64), seed: new(atomic.Uint64), load: &load{src: noEvents{}}}
	defer both.load.release()
	info, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		t.Fatal(err)
	}
	var differ []string
	for col := range bothColumns {
		name := string(rune('a'+col%2)) + string(rune('a'+col/2/26)) + string(rune('a'+col/2%26))
		both.columns = append(both.columns, duckdb.ColumnInfo{Name: name, T: info})
		if col%2 == 1 {
			differ = append(differ, name+" <> a"+name[1:])
		}
	}
	err = duckdb.RegisterTableUDF(conn, "twice", duckdb.ParallelChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) { return both, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	const rows = 40_000
	for name, query := range map[string]string{
		"stored": "SELECT count(*), count(*) FILTER (" + strings.Join(differ, " OR ") + "), max(length(baa)) FROM stored",
		"sorted": "SELECT count(*), count(*) FILTER (" + strings.Join(differ, " OR ") + "), max(length(baa)) FROM (FROM twice() ORDER BY baa DESC, bab LIMIT 1000000)",
	} {
		both.left.Store(rows)
		if name == "stored" {
			if _, err := conn.ExecContext(t.Context(), "CREATE TABLE stored AS FROM twice()"); err != nil {
				t.Fatal(err)
			}
		}
		var n, differing, longest int
		if err := conn.QueryRowContext(t.Context(), query).Scan(&n, &differing, &longest); err != nil {
			t.Fatal(err)
		}
		if n != rows || differing != 0 || longest <= textBlockBytes {
			t.Errorf("%s: %d rows, %d of them differ, the longest text has %d bytes", name, n, differing, longest)
		}
	}
}

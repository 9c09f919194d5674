package schema

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// registerTrail makes trail(), the table function that load.sql reads from, known
// to the writer's connection.
func (s *Store) registerTrail() error {
	infos, err := trailColumns()
	if err != nil {
		return err
	}
	return duckdb.RegisterTableUDF(s.writer, "trail", duckdb.ParallelChunkTableFunction{
		BindArguments: func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) {
			if s.loading == nil {
				return nil, errors.New("trail() is for loading only")
			}
			return &trail{ctx: s.loading.ctx, load: s.loading, infos: infos, leaves: Columns(), around: aroundLeaves()}, nil
		},
	})
}

// trailColumns is the row type of trail(): a column per leaf that is not rare, then
// the rare ones together, then the rest of [Event].
func trailColumns() ([]duckdb.ColumnInfo, error) {
	var infos []duckdb.ColumnInfo
	var errs []error
	add := func(name string, t duckdb.Type) {
		info, err := duckdb.NewTypeInfo(t)
		errs = append(errs, err)
		infos = append(infos, duckdb.ColumnInfo{Name: name, T: info})
	}
	for _, c := range Columns() {
		switch {
		case c.Rare:
		case c.Kind == Bool:
			add(c.Name(), duckdb.TYPE_BOOLEAN)
		case c.Kind == Time:
			add(c.Name(), duckdb.TYPE_TIMESTAMP)
		case c.Kind == GUID:
			add(c.Name(), duckdb.TYPE_UUID)
		default:
			add(c.Name(), duckdb.TYPE_VARCHAR)
		}
	}
	add("rare", duckdb.TYPE_VARCHAR)
	add("objects", duckdb.TYPE_USMALLINT)
	add("unknown", duckdb.TYPE_VARCHAR)
	add("touched", duckdb.TYPE_VARCHAR)
	add("file", duckdb.TYPE_INTEGER)
	add("position", duckdb.TYPE_INTEGER)
	add("recordHash", duckdb.TYPE_UBIGINT)
	add("shape", duckdb.TYPE_INTEGER)
	add("verbatim", duckdb.TYPE_BLOB)
	return infos, errors.Join(errs...)
}

// Columns of trail() behind the leaves.
const (
	colRare = NumColumns - numRare + iota
	colObjects
	colUnknown
	colTouched
	colFile
	colPosition
	colRecordHash
	colShape
	colVerbatim
	numTrail
)

// aroundLeaves are the objects that each leaf is in, by their bits.
func aroundLeaves() (around [NumColumns]uint16) {
	for bit, object := range Objects() {
		for i, c := range Columns() {
			if strings.HasPrefix(c.Path, object+".") {
				around[i] |= 1 << bit
			}
		}
	}
	return around
}

// A load is one call of [Store.Load], as far as trail() has to do with it.
type load struct {
	ctx context.Context // DuckDB calls trail() without one
	src EventSource

	mu      sync.Mutex
	threads []*trailThread
}

// thread is what one of DuckDB's threads gets for a scan.
func (l *load) thread(ctx context.Context) *trailThread {
	thread := &trailThread{reader: l.src.NewReader(ctx)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.threads = append(l.threads, thread)
	return thread
}

// release lets go of what DuckDB was handed, once it is done.
func (l *load) release() {
	for _, thread := range l.threads {
		thread.texts.release()
	}
}

// trail is one scan of trail(). It carries its statement's context, since DuckDB
// calls it without one.
type trail struct {
	ctx    context.Context
	load   *load
	infos  []duckdb.ColumnInfo
	leaves [NumColumns]Column
	around [NumColumns]uint16 // the objects that a leaf is in, as in Event.Objects
}

func (t *trail) ColumnInfos() []duckdb.ColumnInfo     { return t.infos }
func (t *trail) Cardinality() *duckdb.CardinalityInfo { return nil }

func (t *trail) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: runtime.GOMAXPROCS(0)}
}

// trailThread is what one of DuckDB's threads has of a scan.
type trailThread struct {
	reader EventReader
	event  Event
	rare   []byte // of the event: the JSON object of its rare leaves
	texts  texts
}

func (t *trail) NewLocalState() any {
	return t.load.thread(t.ctx)
}

// fillBytes is how much of records a chunk takes before it counts as full: of the usual
// ones 2,048 are 2 MB. Of records of a megabyte DuckDB would have to hold 2 GB at once.
const fillBytes = 8 << 20

func (t *trail) FillChunk(state any, chunk duckdb.DataChunk) error {
	thread := state.(*trailThread)
	if t.ctx.Err() != nil {
		return context.Cause(t.ctx)
	}
	if chunk.ColumnCount() != numTrail {
		return fmt.Errorf("BUG: %d columns of %d are asked for", chunk.ColumnCount(), numTrail)
	}
	thread.texts.begin(chunk)
	rows := 0
	for bytes := 0; rows < duckdb.GetDataChunkCapacity() && bytes < fillBytes; rows++ {
		ok, err := thread.reader.Next(&thread.event)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		size, err := t.fillRow(chunk, rows, thread)
		if err != nil {
			return err
		}
		bytes += size
	}
	return chunk.SetSize(rows)
}

// fillRow writes the thread's event into a row, and returns how many bytes of text that
// took.
func (t *trail) fillRow(chunk duckdb.DataChunk, row int, thread *trailThread) (size int, err error) {
	ev := &thread.event
	thread.rare = thread.rare[:0]
	objects := ev.Objects
	col := 0
	for i, text := range &ev.Leaves {
		size += len(text)
		if text != nil {
			objects |= t.around[i]
		}
		leaf := &t.leaves[i]
		switch {
		case leaf.Rare:
			if text != nil {
				thread.addRare(leaf, text)
			}
			continue
		case text == nil:
			err = setNull(chunk, col, row)
		case leaf.Kind == Bool:
			err = duckdb.SetChunkValue(chunk, col, row, text[0] == 't')
		case leaf.Kind == Time:
			err = duckdb.SetChunkValue(chunk, col, row, ev.EventTime)
		case leaf.Kind == GUID:
			id, ok := ParseGUID(text)
			if !ok {
				return size, fmt.Errorf("BUG: %s is not a GUID: %q", leaf.Path, text)
			}
			err = duckdb.SetChunkValue(chunk, col, row, duckdb.UUID(id))
		default:
			thread.texts.set(col, row, text)
		}
		if err != nil {
			return size, err
		}
		col++
	}
	var rare []byte
	if len(thread.rare) > 0 {
		rare = append(thread.rare, '}')
	}
	thread.texts.setNumber(colObjects, row, 2, uint64(objects))
	thread.texts.setNumber(colFile, row, 4, uint64(ev.File))
	thread.texts.setNumber(colPosition, row, 4, uint64(ev.Position))
	thread.texts.setNumber(colRecordHash, row, 8, ev.Hash)
	return size + len(ev.Unknown) + len(ev.Touched) + len(ev.Verbatim), errors.Join(
		thread.setText(chunk, colRare, row, rare),
		thread.setText(chunk, colUnknown, row, ev.Unknown),
		thread.setText(chunk, colTouched, row, ev.Touched),
		thread.setShape(chunk, row))
}

// addRare adds a leaf to the event's rare ones.
func (thread *trailThread) addRare(leaf *Column, text []byte) {
	separator := byte(',')
	if len(thread.rare) == 0 {
		separator = '{'
	}
	thread.rare = append(thread.rare, separator, '"')
	thread.rare = append(thread.rare, leaf.Name()...)
	thread.rare = append(thread.rare, '"', ':', '"')
	thread.rare = AppendEscaped(thread.rare, text)
	thread.rare = append(thread.rare, '"')
}

func (thread *trailThread) setShape(chunk duckdb.DataChunk, row int) error {
	if ev := &thread.event; ev.Shape >= 0 {
		return errors.Join(duckdb.SetChunkValue(chunk, colShape, row, ev.Shape), setNull(chunk, colVerbatim, row))
	}
	thread.texts.set(colVerbatim, row, thread.event.Verbatim)
	return setNull(chunk, colShape, row)
}

// setText writes text, or NULL for nil.
func (thread *trailThread) setText(chunk duckdb.DataChunk, col, row int, text []byte) error {
	if text == nil {
		return setNull(chunk, col, row)
	}
	thread.texts.set(col, row, text)
	return nil
}

func setNull(chunk duckdb.DataChunk, col, row int) error {
	return duckdb.SetChunkValue[any](chunk, col, row, nil)
}

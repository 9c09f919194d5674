package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// registerTrail makes trail(), the table function that load.sql reads from, known
// to the store's connections.
func (s *Store) registerTrail(ctx context.Context) error {
	names, types := trailColumns()
	infos, err := columnInfos(names, types)
	if err != nil {
		return err
	}
	leaves := trailLeaves()
	source := func(map[string]any, ...any) (duckdb.ParallelChunkTableSource, error) {
		if s.loading == nil {
			return nil, errors.New("trail() is for loading only")
		}
		return &trail{ctx: s.loading.ctx, load: s.loading, infos: infos, types: types, leaves: leaves}, nil
	}
	return register(ctx, s.writer, func(conn *sql.Conn) error {
		return duckdb.RegisterTableUDF(conn, "trail", duckdb.ParallelChunkTableFunction{BindArguments: source})
	})
}

// trailColumns is the row type of trail(): a column per leaf that is not rare, then
// the rare ones together, then the rest of [Event].
func trailColumns() (names []string, types []duckdb.Type) {
	add := func(name string, t duckdb.Type) {
		names = append(names, name)
		types = append(types, t)
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
	return names, types
}

func columnInfos(names []string, types []duckdb.Type) (infos []duckdb.ColumnInfo, err error) {
	for i, t := range types {
		info, infoErr := duckdb.NewTypeInfo(t)
		err = errors.Join(err, infoErr)
		infos = append(infos, duckdb.ColumnInfo{Name: names[i], T: info})
	}
	return infos, err
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

// A trailLeaf is one of [Columns] on its way through trail().
type trailLeaf struct {
	kind   Kind
	col    int    // of trail()
	rare   string // its name, if it is rare
	around uint16 // the objects that it is in, as in [Event.Objects]
}

func trailLeaves() (leaves [NumColumns]trailLeaf) {
	objects := Objects()
	col := 0
	for i, c := range Columns() {
		leaf := &leaves[i]
		leaf.kind, leaf.col = c.Kind, col
		if c.Rare {
			leaf.rare = c.Name()
		} else {
			col++
		}
		for bit, object := range objects {
			if strings.HasPrefix(c.Path, object+".") {
				leaf.around |= 1 << bit
			}
		}
	}
	return leaves
}

// A load is one call of [Store.Load], as far as trail() has to do with it.
type load struct {
	ctx context.Context // DuckDB calls trail() without one
	src EventSource

	mu      sync.Mutex
	threads []*trailThread

	issued        []issue // what issued() hands out, once all threads are done
	issuedVectors vectors
}

// thread is what one of DuckDB's threads gets for a scan.
func (l *load) thread(ctx context.Context) *trailThread {
	thread := &trailThread{reader: l.src.NewReader(ctx)}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.threads = append(l.threads, thread)
	return thread
}

// uses are what all threads have counted of credentials.
func (l *load) uses() *uses {
	all := new(uses)
	for _, thread := range l.threads {
		all.merge(&thread.uses)
	}
	return all
}

// issues are what all threads have taken out of events that issued a credential.
func (l *load) issues() *issues {
	all := new(issues)
	for _, thread := range l.threads {
		all.merge(&thread.issues)
	}
	return all
}

// release lets go of what DuckDB was handed, once it is done.
func (l *load) release() {
	for _, thread := range l.threads {
		thread.vectors.release()
	}
	l.issuedVectors.release()
}

// trail is one scan of trail(). It carries its statement's context, since DuckDB
// calls it without one.
type trail struct {
	ctx    context.Context
	load   *load
	infos  []duckdb.ColumnInfo
	types  []duckdb.Type // of its columns
	leaves [NumColumns]trailLeaf
}

func (t *trail) ColumnInfos() []duckdb.ColumnInfo     { return t.infos }
func (t *trail) Cardinality() *duckdb.CardinalityInfo { return nil }

func (t *trail) Init() duckdb.ParallelTableSourceInfo {
	return duckdb.ParallelTableSourceInfo{MaxThreads: runtime.GOMAXPROCS(0)}
}

// trailThread is what one of DuckDB's threads has of a scan.
type trailThread struct {
	reader  EventReader
	event   Event
	rare    []byte // of the event: the JSON object of its rare leaves
	vectors vectors
	uses    uses
	issues  issues
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
	thread.vectors.begin(chunk, t.types)
	rows := 0
	for bytes := 0; rows < duckdb.GetDataChunkCapacity() && bytes < fillBytes; rows++ {
		ok, err := thread.reader.Next(&thread.event)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		size, err := t.fillRow(thread, rows)
		if err != nil {
			return err
		}
		thread.uses.count(&thread.event)
		thread.issues.take(&thread.event)
		bytes += size
	}
	return chunk.SetSize(rows)
}

// fillRow writes the thread's event into a row, and returns how many bytes of text that
// took.
func (t *trail) fillRow(thread *trailThread, row int) (size int, err error) {
	ev, to := &thread.event, &thread.vectors
	objects := ev.Objects
	thread.rare = thread.rare[:0]
	for i, text := range &ev.Leaves {
		if text == nil {
			continue
		}
		size += len(text)
		leaf := &t.leaves[i]
		objects |= leaf.around
		switch {
		case leaf.rare != "":
			thread.addRare(leaf.rare, text)
		case leaf.kind == Bool:
			to.setBool(leaf.col, row, text[0] == 't')
		case leaf.kind == Time:
			to.setTime(leaf.col, row, ev.EventTime)
		case i == ColEventID:
			to.setUUID(leaf.col, row, ev.EventID)
		case leaf.kind == GUID:
			id, ok := ParseGUID(text)
			if !ok {
				return size, fmt.Errorf("BUG: %s is not a GUID: %q", Columns()[i].Path, text)
			}
			to.setUUID(leaf.col, row, id)
		default:
			to.setText(leaf.col, row, text)
		}
	}
	if len(thread.rare) > 0 {
		to.setText(colRare, row, append(thread.rare, '}'))
	}
	to.setNumber(colObjects, row, uint64(objects))
	to.setText(colUnknown, row, ev.Unknown)
	to.setText(colTouched, row, ev.Touched)
	to.setNumber(colFile, row, uint64(ev.File))
	to.setNumber(colPosition, row, uint64(ev.Position))
	to.setNumber(colRecordHash, row, ev.Hash)
	if ev.Shape >= 0 {
		to.setNumber(colShape, row, uint64(ev.Shape))
	} else {
		to.setText(colVerbatim, row, ev.Verbatim)
	}
	return size + len(ev.Unknown) + len(ev.Touched) + len(ev.Verbatim), nil
}

// addRare adds a leaf to the event's rare ones.
func (thread *trailThread) addRare(name string, text []byte) {
	separator := byte(',')
	if len(thread.rare) == 0 {
		separator = '{'
	}
	thread.rare = append(thread.rare, separator, '"')
	thread.rare = append(thread.rare, name...)
	thread.rare = append(thread.rare, '"', ':', '"')
	thread.rare = AppendEscaped(thread.rare, text)
	thread.rare = append(thread.rare, '"')
}

package schema

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

//go:embed sql/load.sql
var loadSQL string

// An EventSource is one batch of events, which DuckDB's threads pull into the
// store.
type EventSource interface {
	// NewReader returns a reader for the use of one thread. Readers share the
	// batch's events out between them.
	NewReader(ctx context.Context) EventReader
	// Ledger returns what belongs to the batch besides its events, once all its
	// readers have come to their end.
	Ledger() Ledger
}

// A Ledger is the rows that go with the events of a batch.
type Ledger struct {
	Files     []LogFile
	Repeats   []Repeat
	Originals []Original
	Digests   []Digest
	// Supersedes says that some of the files may have rows of before, which they take
	// the place of.
	Supersedes bool
}

// An EventReader hands out events.
type EventReader interface {
	// Next fills ev and reports whether there was an event. What ev points at
	// stays as it is until the next call.
	Next(ev *Event) (bool, error)
}

// Load reads src to its end into the store: its events, and the log files and
// repeats that src then tells of, in one transaction. When it returns an error
// the store is as it was before.
func (s *Store) Load(ctx context.Context, src EventSource) (err error) {
	s.loadOnce.Lock()
	defer s.loadOnce.Unlock()
	s.loading = src
	defer func() { s.loading = nil }()

	if err := s.connectWriter(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.dropWriter()
			err = machineError(s.path, err)
		}
	}()
	if err := s.stillThere(); err != nil {
		return err // before more is done in vain
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	if _, err := tx.ExecContext(ctx, loadSQL); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	ledger := src.Ledger()
	firstShape, shapes := s.shapes.unsaved()
	err = s.writer.Raw(func(c any) error {
		conn := c.(driver.Conn)
		return errors.Join(
			appendRows(conn, "files", len(ledger.Files), func(i int) ([]driver.Value, error) { return fileRow(&ledger.Files[i]), nil }),
			appendRows(conn, "repeats", len(ledger.Repeats), func(i int) ([]driver.Value, error) { return repeatRow(&ledger.Repeats[i]), nil }),
			appendRows(conn, "originals", len(ledger.Originals), func(i int) ([]driver.Value, error) { return originalRow(&ledger.Originals[i]) }),
			appendRows(conn, "digests", len(ledger.Digests), func(i int) ([]driver.Value, error) { return digestRow(&ledger.Digests[i]), nil }),
			appendDigestLogFiles(conn, ledger.Digests),
			appendRows(conn, "shapes", len(shapes), func(i int) ([]driver.Value, error) {
				skeleton := []byte(shapes[i])
				return []driver.Value{firstShape + int32(i), skeleton, outline(skeleton)}, nil
			}),
		)
	})
	if err != nil {
		return err
	}
	if ledger.Supersedes && len(ledger.Files) > 0 {
		if _, err := tx.ExecContext(ctx, supersedeSQL, sql.Named("first", slices.MinFunc(ledger.Files, byNumber).File)); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.shapes.saved(len(shapes))
	for i := range ledger.Files {
		s.loaded += int(ledger.Files[i].New)
	}
	return nil
}

func appendRows(conn driver.Conn, table string, n int, row func(i int) ([]driver.Value, error)) error {
	if n == 0 {
		return nil
	}
	appender, err := duckdb.NewAppender(conn, "store", "main", table)
	if err != nil {
		return err
	}
	for i := range n {
		values, err := row(i)
		if err == nil {
			err = appender.AppendRow(values...)
		}
		if err != nil {
			return errors.Join(err, appender.Close())
		}
	}
	return appender.Close()
}

func fileRow(f *LogFile) []driver.Value {
	var sha any
	if f.SHA256 != nil {
		sha = fmt.Sprintf("%x", f.SHA256)
	}
	var overLimit any
	if f.OverLimit > 0 {
		overLimit = f.OverLimit
	}
	var members any
	if f.SHA256 != nil || f.Members > 0 {
		members = f.Members
	}
	var backfill any
	if f.Trail != "" {
		backfill = f.Backfill
	}
	return []driver.Value{
		f.File, f.URI, orNull(f.Account), orNull(f.Region), orNull(f.Kind), timeOrNull(f.Delivered),
		f.Size, orNull(f.ETag), sha, f.JSONBytes,
		f.Records, f.New, f.Repeated, f.Filtered, f.Conflicts,
		timeOrNull(f.FirstEventTime), timeOrNull(f.LastEventTime), string(f.Status), orNull(f.Error), overLimit, bytesOrNull(f.Envelope), f.Run, nil, members,
		orNull(f.Folder), f.Name, orNull(f.Trail), orNull(f.HomeRegion), backfill,
	}
}

func byNumber(a, b LogFile) int { return cmp.Compare(a.File, b.File) }

func repeatRow(r *Repeat) []driver.Value {
	var id any
	if u, ok := ParseGUID(r.EventID); ok {
		id = duckdb.UUID(u)
	}
	return []driver.Value{r.File, r.Position, id, r.FirstFile, r.FirstPosition}
}

func originalRow(o *Original) ([]driver.Value, error) {
	sum := sha256.Sum256(o.Data)
	data, packed, err := packOriginal(o.Data)
	return []driver.Value{o.File, fmt.Sprintf("%x", sum), packed, data}, err
}

func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// registerTrail makes trail(), the table function that load.sql reads from, known
// to the writer's connection.
func (s *Store) registerTrail() error {
	infos, err := trailColumns()
	if err != nil {
		return err
	}
	return duckdb.RegisterTableUDF(s.writer, "trail", duckdb.ParallelChunkTableFunction{
		BindArgumentsContext: func(ctx context.Context, _ map[string]any, _ ...any) (duckdb.ParallelChunkTableSource, error) {
			if s.loading == nil {
				return nil, errors.New("trail() is for loading only")
			}
			return &trail{ctx: ctx, src: s.loading, infos: infos, leaves: Columns()}, nil
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
	colUnknown
	colTouched
	colFile
	colPosition
	colRecordHash
	colShape
	colVerbatim
)

// trail is one scan of trail(). It carries its statement's context, since DuckDB
// calls it without one.
type trail struct {
	ctx    context.Context
	src    EventSource
	infos  []duckdb.ColumnInfo
	leaves [NumColumns]Column
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
}

func (t *trail) NewLocalState() any {
	return &trailThread{reader: t.src.NewReader(t.ctx)}
}

// fillBytes is how much of records a chunk takes before it counts as full: of the usual
// ones 2,048 are 2 MB. Of records of a megabyte DuckDB would have to hold 2 GB at once.
const fillBytes = 8 << 20

func (t *trail) FillChunk(state any, chunk duckdb.DataChunk) error {
	thread := state.(*trailThread)
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
	col := 0
	for i, text := range &ev.Leaves {
		size += len(text)
		leaf := &t.leaves[i]
		switch {
		case leaf.Rare:
			if text != nil {
				thread.addRare(leaf, text)
			}
			continue
		case text == nil:
			err = setText(chunk, col, row, nil)
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
			err = setText(chunk, col, row, text)
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
	return size + len(ev.Unknown) + len(ev.Touched) + len(ev.Verbatim), errors.Join(
		setText(chunk, colRare, row, rare),
		setText(chunk, colUnknown, row, ev.Unknown),
		setText(chunk, colTouched, row, ev.Touched),
		duckdb.SetChunkValue(chunk, colFile, row, ev.File),
		duckdb.SetChunkValue(chunk, colPosition, row, ev.Position),
		duckdb.SetChunkValue(chunk, colRecordHash, row, ev.Hash),
		setShape(chunk, row, ev))
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

func setShape(chunk duckdb.DataChunk, row int, ev *Event) error {
	if ev.Shape < 0 {
		return errors.Join(duckdb.SetChunkValue[any](chunk, colShape, row, nil), duckdb.SetChunkValue(chunk, colVerbatim, row, ev.Verbatim))
	}
	return errors.Join(duckdb.SetChunkValue(chunk, colShape, row, ev.Shape), duckdb.SetChunkValue[any](chunk, colVerbatim, row, nil))
}

// setText writes text, or NULL for nil.
func setText(chunk duckdb.DataChunk, col, row int, text []byte) error {
	if text == nil {
		return duckdb.SetChunkValue[any](chunk, col, row, nil)
	}
	return duckdb.SetChunkValue(chunk, col, row, text)
}

// ParseGUID reads 8-4-4-4-12 hexadecimal digits, in either case.
func ParseGUID(text []byte) (id [16]byte, ok bool) {
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return id, false
	}
	bad := byte(0)
	for i, at := range guidDigits {
		high, low := hexDigits[text[at]], hexDigits[text[at+1]]
		id[i] = high<<4 | low
		bad |= high | low
	}
	return id, bad <= 15
}

// guidDigits says where the digits of each byte of a GUID are.
var guidDigits = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// hexDigits are the values of hexadecimal digits, 255 for all other bytes.
var hexDigits = func() (values [256]byte) {
	for c := range values {
		values[c] = 255
	}
	for i := range 10 {
		values['0'+i] = byte(i)
	}
	for i := range 6 {
		values['a'+i], values['A'+i] = byte(10+i), byte(10+i)
	}
	return values
}()

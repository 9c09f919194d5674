package schema

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"
	"golang.org/x/sync/errgroup"
)

//go:embed sql/rebuild.sql
var rebuildSQL string

// leavesSQL is an SQL expression for the values of an event's leaves as one text:
// each behind its length in bytes and a colon, or - for none, in the order of
// [Columns]; then unknown; then of each element of resources its members. One text
// crosses over from DuckDB much faster than seventy.
func leavesSQL() string {
	texts := leafTexts()
	last := len(texts) - 1
	for i := range last {
		texts[i] = behindLength(texts[i])
	}
	return concat(texts)
}

// leafTexts are SQL expressions of what a record is made of besides its skeleton: a text for
// each leaf, then unknown, and the members of resources as one text, each behind its length.
func leafTexts() []string {
	var texts []string
	for _, c := range Columns() {
		column := "events." + c.Path
		switch c.Kind {
		case Bool, Resources:
			continue // literals are in the skeleton; resources come last
		case Time:
			column = "strftime(" + column + ", '%Y-%m-%dT%H:%M:%SZ')"
		case GUID:
			column += "::VARCHAR"
		}
		texts = append(texts, column)
	}
	texts = append(texts, "events.unknown")
	var members []string
	for _, name := range resourceMembers {
		members = append(members, behindLength(`r."`+name+`"`))
	}
	return append(texts, "array_to_string(list_transform(events.resources, lambda r: "+concat(members)+"), '')")
}

// concat joins values, of which NULL is nothing. The operator || would copy what it has so
// far for each.
func concat(values []string) string {
	return "system.main.concat(" + strings.Join(values, ",\n    ") + ")"
}

// behindLength is a value for concat behind its length.
func behindLength(value string) string {
	return "coalesce(strlen(" + value + ") || ':', '-'), " + value
}

// read fills l from the text that leavesSQL gives.
func (l *leaves) read(text []byte) error {
	for i := range l.columns {
		l.columns[i] = nil
		if kind := columnKinds[i]; kind == Bool || kind == Resources {
			continue
		}
		var err error
		if l.columns[i], text, err = cutValue(text); err != nil {
			return err
		}
	}
	unknown, text, err := cutValue(text)
	if err != nil {
		return err
	}
	l.unknown = memberValues(unknown)
	return l.readResources(text)
}

// take fills l from the columns of leafTexts.
func (l *leaves) take(columns []vector, row int) error {
	next := 0
	for i := range l.columns {
		l.columns[i] = nil
		if kind := columnKinds[i]; kind != Bool && kind != Resources {
			l.columns[i] = columns[next].text(row)
			next++
		}
	}
	l.unknown = memberValues(columns[next].text(row))
	return l.readResources(columns[next+1].text(row))
}

// readResources fills l from the text of their members.
func (l *leaves) readResources(text []byte) (err error) {
	l.resources = l.resources[:0]
	for len(text) > 0 {
		var r resource
		for i := range r {
			if r[i], text, err = cutValue(text); err != nil {
				return err
			}
		}
		l.resources = append(l.resources, r)
	}
	return nil
}

// cutValue takes the first value off a text of leavesSQL.
func cutValue(text []byte) (value, rest []byte, err error) {
	if len(text) > 0 && text[0] == '-' {
		return nil, text[1:], nil
	}
	digits, rest, ok := bytes.Cut(text, []byte{':'})
	n, err := strconv.Atoi(string(digits))
	if !ok || err != nil || n > len(rest) {
		return nil, nil, errShape
	}
	return rest[:n:n], rest[n:], nil
}

// memberValues returns the values of a JSON object, as they stand there. The object is
// one that Event.Unknown was, so it is known to be sound and without white space
// between its members.
func memberValues(object []byte) (values [][]byte) {
	depth, start, inString := 0, 0, false
	for i := 0; i < len(object); i++ {
		switch c := object[i]; {
		case c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == ':' && depth == 1:
			start = i + 1
		case c == ',' && depth == 1:
			values = append(values, object[start:i])
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				values = append(values, object[start:i])
			}
		}
	}
	return values
}

// A StoredFile is a row of the table files, as far as it takes to give the file back.
type StoredFile struct {
	File      int32
	URI       string
	Status    Status
	SHA256    string // hexadecimal, of the uncompressed bytes; empty where they could not be had
	JSONBytes int64
	OverLimit int64 // the limit in bytes that it went beyond; 0 where it did not
	Filtered  int32
	Account   string // account and Region: from the key, empty where it does not tell
	Region    string
	// Of its records; not valid where none has a time.
	FirstEventTime, LastEventTime sql.NullTime
	// Rebuildable: the file's records are in the store, all of them.
	Rebuildable bool
	// Kept: the file is in originals, as it was delivered, with the SHA-256 of those bytes.
	Kept       bool
	KeptSHA256 string
	// Superseded is the number of the file that took this one's place, since the object
	// was read again; 0 for none. Same says that it has the same bytes, all of them.
	Superseded int32
	Same       bool
	VersionID  string    // where it was read by that; else empty
	Replaced   bool      // by another version
	Signature  Signature // of a digest file; zero where it is lost

	records  int32
	envelope []byte
}

//go:embed sql/stored_files.sql
var storedFilesSQL string

// StoredFiles lists the log files that the store has read, by number. Those that
// could not be fetched are not among them.
func (s *Store) StoredFiles(ctx context.Context) ([]StoredFile, error) {
	rows, err := s.db.QueryContext(ctx, storedFilesSQL)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var files []StoredFile
	for rows.Next() {
		var f StoredFile
		err := rows.Scan(&f.File, &f.URI, &f.Status, &f.SHA256, &f.JSONBytes, &f.OverLimit, &f.Filtered, &f.Account, &f.Region,
			&f.FirstEventTime, &f.LastEventTime, &f.records, &f.envelope, &f.Kept, &f.KeptSHA256, &f.Superseded, &f.Same,
			&f.VersionID, &f.Replaced,
			&f.Signature.Hex, &f.Signature.Algorithm, &f.Signature.BackfillGeneratedAt)
		if err != nil {
			return nil, err
		}
		f.Rebuildable = f.envelope != nil
		files = append(files, f)
	}
	return files, rows.Err()
}

// A Rebuilder gives back records and log files, byte for byte. It is for the use of
// one goroutine; several can work on one store.
type Rebuilder struct {
	conn      *sql.Conn
	skeletons [][]byte // by the number of their shape
	query     string
	types     []duckdb.Type // of its columns
	leaves    leaves
}

// NewRebuilder returns a rebuilder, which must be closed.
func (s *Store) NewRebuilder(ctx context.Context) (*Rebuilder, error) {
	shapes := new(Shapes)
	if err := shapes.load(ctx, s.db); err != nil {
		return nil, err
	}
	texts := leafTexts()
	r := &Rebuilder{
		skeletons: make([][]byte, len(shapes.numbers)),
		query:     Put(rebuildSQL, "leaves", strings.Join(texts, ",\n    ")),
		types:     []duckdb.Type{duckdb.TYPE_INTEGER, duckdb.TYPE_INTEGER, duckdb.TYPE_INTEGER, duckdb.TYPE_BLOB},
	}
	r.types = append(r.types, slices.Repeat([]duckdb.Type{duckdb.TYPE_VARCHAR}, len(texts))...)
	for skeleton, number := range shapes.numbers {
		if int(number) >= len(r.skeletons) {
			return nil, errShape
		}
		r.skeletons[number] = []byte(skeleton)
	}
	var err error
	r.conn, err = s.db.Conn(ctx)
	return r, err
}

// Close ends the rebuilder.
func (r *Rebuilder) Close() error { return r.conn.Close() }

// A Rebuilt is a log file given back.
type Rebuilt struct {
	*StoredFile
	Data []byte // uncompressed; of a file that was kept, as it was delivered
	Err  error  // why not, or why Data is not the file that was loaded
}

// chunkBytes is how much of files is rebuilt with one query.
const chunkBytes = 24 << 20

// chunksOf cuts files, which are in the order of their numbers, into parts that fit
// in memory.
func chunksOf(files []StoredFile) (chunks [][]StoredFile) {
	start, size := 0, int64(0)
	for i := range files {
		if size += files[i].JSONBytes; size > chunkBytes && i > start {
			chunks = append(chunks, files[start:i])
			start, size = i, files[i].JSONBytes
		}
	}
	if start < len(files) {
		chunks = append(chunks, files[start:])
	}
	return chunks
}

// files gives back the files of a chunk, and compares the hash of each with the one
// that was taken when it was loaded. What is neither rebuildable nor kept is left
// out.
func (r *Rebuilder) files(ctx context.Context, files []StoredFile) iter.Seq2[Rebuilt, error] {
	return func(yield func(Rebuilt, error) bool) {
		records, wrong, err := r.records(ctx, files)
		if err != nil {
			yield(Rebuilt{}, err)
			return
		}
		for i := range files {
			f := &files[i]
			rebuilt := Rebuilt{StoredFile: f}
			switch {
			case wrong[f.File] != nil:
				rebuilt.Err = wrong[f.File]
			case f.Rebuildable:
				rebuilt.Data, rebuilt.Err = join(f, records[f.File])
			case f.Kept:
				rebuilt.Data, rebuilt.Err, err = r.original(ctx, f.File)
			default:
				continue
			}
			if !yield(rebuilt, err) || err != nil {
				return
			}
		}
	}
}

// join makes a file of its envelope and its records.
func join(f *StoredFile, records [][]byte) ([]byte, error) {
	if len(records) != int(f.records) {
		return nil, fmt.Errorf("%d of its %d records are in the store", len(records), f.records)
	}
	for i, record := range records {
		if record == nil {
			return nil, fmt.Errorf("its record %d is not in the store", i)
		}
	}
	data, err := wrap(f.envelope, records)
	if err != nil {
		return nil, err
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256(data)); sum != f.SHA256 {
		return data, fmt.Errorf("its SHA-256 is %s now, and was %s when it was loaded", sum, f.SHA256)
	}
	return data, nil
}

// records reads the records of rebuildable files, by file and position. wrong is what
// is the matter with a file: the others are not to suffer from it.
func (r *Rebuilder) records(ctx context.Context, files []StoredFile) (records map[int32][][]byte, wrong map[int32]error, err error) {
	records, wrong = map[int32][][]byte{}, map[int32]error{}
	var first, last int32
	var size int64
	for i := range files {
		if f := &files[i]; f.Rebuildable && f.records > 0 {
			size += f.JSONBytes
			if len(records) == 0 {
				first = f.File
			}
			last = f.File
			records[f.File] = make([][]byte, 0, f.records)
		}
	}
	if len(records) == 0 {
		return records, wrong, nil
	}
	var firstEvent, lastEvent int32
	err = r.conn.QueryRowContext(ctx, "SELECT coalesce(min(firstFile), 0), coalesce(max(firstFile), 0) FROM repeats WHERE file BETWEEN $1 AND $2",
		first, last).Scan(&firstEvent, &lastEvent)
	if err != nil {
		return nil, nil, err
	}
	arena := make([]byte, 0, min(max(0, size), 2*chunkBytes)) // of a store that somebody changed it may be any number
	take := func(rows int, columns []vector) error {
		for row := range rows {
			file, position := columns[0].int32(row), columns[1].int32(row)
			list, wanted := records[file]
			if !wanted {
				continue
			}
			start := len(arena)
			if arena, err = r.taken(arena, columns[2:], row); err != nil {
				wrong[file] = fmt.Errorf("its record %d: %w", position, err)
				continue
			}
			for int(position) >= len(list) && len(list) < cap(list) {
				list = append(list, nil)
			}
			if position < 0 || int(position) >= len(list) || list[position] != nil {
				wrong[file] = fmt.Errorf("it has more records in the store than it had: %d", position)
				continue
			}
			list[position] = arena[start:len(arena):len(arena)]
			records[file] = list
		}
		return nil
	}
	args := map[string]int32{"first": first, "last": last, "firstEvent": firstEvent, "lastEvent": lastEvent}
	err = r.conn.Raw(func(c any) error { return ask(ctx, c, r.query, args, r.types, take) })
	if err != nil {
		return nil, nil, err
	}
	return records, wrong, nil
}

// taken appends a record to dst, of which the columns have shape, verbatim and what leafTexts gives.
func (r *Rebuilder) taken(dst []byte, columns []vector, row int) ([]byte, error) {
	skeleton, err := r.skeleton(sql.NullInt32{Int32: columns[0].int32(row), Valid: columns[0].get(row) != nil})
	if err != nil {
		return dst, err
	}
	if skeleton == nil {
		return verbatim(dst, columns[1].text(row))
	}
	if err := r.leaves.take(columns[2:], row); err != nil {
		return dst, err
	}
	return fill(dst, skeleton, &r.leaves)
}

// textBytes scans a VARCHAR that may be NULL as bytes.
type textBytes []byte

func (b *textBytes) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*b = nil
	case string:
		*b = []byte(v)
	case []byte:
		*b = v
	default:
		return errors.New("not a text")
	}
	return nil
}

// record appends a record to dst.
func (r *Rebuilder) record(dst []byte, shape sql.NullInt32, whole, text []byte) ([]byte, error) {
	skeleton, err := r.skeleton(shape)
	if err != nil {
		return dst, err
	}
	if skeleton == nil {
		return verbatim(dst, whole)
	}
	if err := r.leaves.read(text); err != nil {
		return dst, err
	}
	return fill(dst, skeleton, &r.leaves)
}

// skeleton is that of a shape; nil where there is none, and the record is kept as it was.
func (r *Rebuilder) skeleton(shape sql.NullInt32) ([]byte, error) {
	switch {
	case !shape.Valid:
		return nil, nil
	case shape.Int32 < 0 || int(shape.Int32) >= len(r.skeletons):
		return nil, errShape
	}
	return r.skeletons[shape.Int32], nil
}

// verbatim appends a record that is kept as it was.
func verbatim(dst, record []byte) ([]byte, error) {
	if record == nil {
		return dst, errShape
	}
	return append(dst, record...), nil
}

// original reads a file from originals. err is the query's, wrong what is the matter
// with the file.
func (r *Rebuilder) original(ctx context.Context, file int32) (data []byte, wrong, err error) {
	var sum string
	var packed bool
	err = r.conn.QueryRowContext(ctx, "SELECT sha256, packed, data FROM originals WHERE file = $1", file).Scan(&sum, &packed, &data)
	if err != nil {
		return nil, nil, err
	}
	data, wrong = unpackOriginal(data, packed)
	if now := fmt.Sprintf("%x", sha256.Sum256(data)); wrong == nil && now != sum {
		wrong = fmt.Errorf("its SHA-256 is %s now, and was %s when it was loaded", now, sum)
	}
	return data, wrong, nil
}

// Rebuild gives back files, which are in the order of their numbers, and compares the
// hash of each with the one that was taken when it was loaded. What is neither
// rebuildable nor kept is left out. It uses all processors: take is called from
// several goroutines at a time, and files come in no order.
func (s *Store) Rebuild(ctx context.Context, files []StoredFile, take func(Rebuilt) error) error {
	g, ctx := errgroup.WithContext(ctx)
	chunks := make(chan []StoredFile)
	g.Go(func() error {
		defer close(chunks)
		for _, chunk := range chunksOf(files) {
			select {
			case chunks <- chunk:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	})
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			r, err := s.NewRebuilder(ctx)
			if err != nil {
				return err
			}
			defer r.Close()
			for chunk := range chunks {
				for rebuilt, err := range r.files(ctx, chunk) {
					if err == nil {
						err = take(rebuilt)
					}
					if err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// Query runs one query, the last of whose columns is the place /* record */ NULL: it becomes
// the record of the row of events, as it was delivered, among the answer's values a []byte.
func (r *Rebuilder) Query(ctx context.Context, query string, args ...Arg) (*Rows, error) {
	query = Put(query, "record", "shape, verbatim, CASE WHEN shape IS NOT NULL THEN "+leavesSQL()+" END")
	rows, err := r.conn.QueryContext(ctx, query, named(args)...)
	if err != nil {
		return nil, err
	}
	answer, err := newRows(rows, nil)
	if err != nil {
		return nil, err
	}
	answer.rebuilder = r
	last := len(answer.columns) - 3
	answer.columns = append(answer.columns[:last], ResultColumn{Name: "record", Type: "BLOB"})
	return answer, nil
}

// rebuilt puts the record in place of the three values that it is made of.
func (r *Rebuilder) rebuilt(values []any) ([]any, error) {
	last := len(values) - 3
	shape, _ := values[last].(int64)
	verbatim, _ := values[last+1].([]byte)
	text, _ := values[last+2].(string)
	record, err := r.record(nil, sql.NullInt32{Int32: int32(shape), Valid: values[last] != nil}, verbatim, []byte(text))
	return append(values[:last], record), err
}

// A Delivery is a record as it was delivered, and one place where it was.
type Delivery struct {
	Record   []byte
	URI      string
	Position int32
	SHA256   string       // of the file, uncompressed
	Version  string       // ID of the object's, where it was read by that; else empty
	Loaded   sql.NullTime // when its run began
	Run      int32
	File     int32 // of the event's row
	AtRecord int32 // the event's position in that file
	First    bool  // this is where it was read from, the other places repeat it
}

//go:embed sql/deliveries.sql
var deliveriesSQL string

// Deliveries returns the records of an eventID and all places where each was, first
// the one that it was read from. Places of the same File and AtRecord have the same
// record.
func (r *Rebuilder) Deliveries(ctx context.Context, eventID [16]byte) ([]Delivery, error) {
	query := Put(deliveriesSQL, "leaves", leavesSQL())
	id := duckdb.UUID(eventID)
	rows, err := r.conn.QueryContext(ctx, query, sql.Named("id", id.String()))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var deliveries []Delivery
	for rows.Next() {
		var d Delivery
		var shape sql.NullInt32
		var verbatim, text []byte
		var sum sql.NullString
		err := rows.Scan(&d.File, &d.AtRecord, &shape, &verbatim, (*textBytes)(&text),
			&d.URI, &d.Position, &sum, &d.Version, &d.Loaded, &d.Run, &d.First)
		if err == nil {
			d.SHA256 = sum.String
			d.Record, err = r.record(nil, shape, verbatim, text)
		}
		if err != nil {
			return nil, err
		}
		deliveries = append(deliveries, d)
	}
	return deliveries, rows.Err()
}

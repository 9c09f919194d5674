package schema

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/duckdb/duckdb-go/v2"
)

// A Doubt is a new event whose eventID another one has, with other bytes. Whether it has other
// values, or only another dress (white space, the order of members, escapes), is
// settled when the events of its batch are read back.
type Doubt struct {
	File, Position int32
	EventID        [16]byte
	// Settled is set by Load: it was another dress, and became a repeat.
	Settled bool
}

// A place is that of a record.
type place struct{ file, position int32 }

//go:embed sql/doubted.sql
var doubtedSQL string

//go:embed sql/settle.sql
var settleSQL string

// doubtsAtOnce is how many doubts are settled with one query: their records are in memory.
const doubtsAtOnce = 10_000

// settle makes repeats of those doubts of a ledger that have the values of an event which is there already. Their
// files cannot be given back from the rows of events any more, since those have the bytes
// of the other record, so they become originals.
func (s *Store) settle(ctx context.Context, tx *sql.Tx, ledger *Ledger) error {
	files := map[int32]*LogFile{}
	for i := range ledger.Files {
		files[ledger.Files[i].File] = &ledger.Files[i]
	}
	doubts := map[place]*Doubt{}
	for i := range ledger.Doubts {
		d := &ledger.Doubts[i]
		doubts[place{d.File, d.Position}] = d
	}
	// Who has a record in common with a doubt must be there whole as well.
	pinned := map[place]bool{}
	for i := range ledger.Repeats {
		r := &ledger.Repeats[i]
		if first := (place{r.FirstFile, r.FirstPosition}); doubts[first] != nil && ledger.Doubtful[r.File] == nil {
			pinned[first] = true
		}
	}
	skeletons := s.shapes.all()
	same := map[place]place{}
	for chunk := range slices.Chunk(ledger.Doubts, doubtsAtOnce) {
		ids := make([]string, len(chunk))
		for i := range chunk {
			id := duckdb.UUID(chunk[i].EventID)
			ids[i] = id.String()
		}
		err := s.doubted(ctx, tx, ids, skeletons, func(at []place, sums [][sha256.Size]byte) {
			known := map[[sha256.Size]byte]place{}
			for i, p := range at {
				if _, ok := known[sums[i]]; !ok && doubts[p] == nil {
					known[sums[i]] = p
				}
			}
			for i, p := range at {
				first, ok := known[sums[i]]
				switch {
				case doubts[p] == nil:
				case !ok:
					known[sums[i]] = p
				case !pinned[p] && ledger.Doubtful[p.file] != nil:
					same[p] = first
				}
			}
		})
		if err != nil {
			return err
		}
	}
	if len(same) == 0 {
		return nil
	}
	dressed := map[int32]bool{}
	for i := range ledger.Repeats {
		r := &ledger.Repeats[i]
		if first, ok := same[place{r.FirstFile, r.FirstPosition}]; ok {
			r.FirstFile, r.FirstPosition = first.file, first.position
			dressed[r.File] = true
		}
	}
	var fileNumbers, positions []int32
	for i := range ledger.Doubts {
		d := &ledger.Doubts[i]
		first, ok := same[place{d.File, d.Position}]
		if !ok {
			continue
		}
		d.Settled = true
		dressed[d.File] = true
		fileNumbers, positions = append(fileNumbers, d.File), append(positions, d.Position)
		f := files[d.File]
		f.New, f.Repeated, f.Conflicts = f.New-1, f.Repeated+1, f.Conflicts-1
		id := duckdb.UUID(d.EventID)
		ledger.Repeats = append(ledger.Repeats, Repeat{
			File: d.File, Position: d.Position, EventID: []byte(id.String()), FirstFile: first.file, FirstPosition: first.position,
		})
	}
	kept := map[int32]bool{}
	for i := range ledger.Originals {
		kept[ledger.Originals[i].File] = true
	}
	for file := range dressed {
		files[file].Envelope = nil
		if data := ledger.Doubtful[file]; len(data) > 0 && !kept[file] {
			ledger.Originals = append(ledger.Originals, Original{File: file, Data: data})
		}
	}
	_, err := tx.ExecContext(ctx, settleSQL, sql.Named("files", fileNumbers), sql.Named("positions", positions))
	return err
}

// doubted reads the records of these eventIDs, and gives the places and the values of each
// eventID's to take, as hashes, in the order of their places.
func (s *Store) doubted(ctx context.Context, tx *sql.Tx, ids []string, skeletons [][]byte, take func(at []place, sums [][sha256.Size]byte)) error {
	rows, err := tx.QueryContext(ctx, Put(doubtedSQL, "leaves", leavesSQL()), sql.Named("ids", ids))
	if err != nil {
		return err
	}
	defer rows.Close()
	r := Rebuilder{skeletons: skeletons}
	var last duckdb.UUID
	var at []place
	var sums [][sha256.Size]byte
	for rows.Next() {
		var id duckdb.UUID
		var p place
		var shape sql.NullInt32
		var verbatim, text []byte
		if err := rows.Scan(&id, &p.file, &p.position, &shape, &verbatim, (*textBytes)(&text)); err != nil {
			return err
		}
		record, err := r.record(nil, shape, verbatim, text)
		if err != nil {
			return err
		}
		values, ok := valuesOf(record)
		if !ok {
			values = fmt.Appendf(nil, "%d %d", p.file, p.position) // equal to none
		}
		if id != last {
			take(at, sums)
			at, sums, last = nil, nil, id
		}
		at, sums = append(at, p), append(sums, sha256.Sum256(values))
	}
	take(at, sums)
	return rows.Err()
}

// valuesOf returns the values of a record in a form in which equal ones are the same bytes: members
// sorted, no white space, strings decoded, numbers of one value written in one way.
func valuesOf(record []byte) ([]byte, bool) {
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	var value any
	if dec.Decode(&value) != nil {
		return nil, false
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, false
	}
	text, err := json.Marshal(inOneWay(value))
	return text, err == nil
}

// inOneWay writes the numbers in a value so that equal ones are the same.
func inOneWay(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = inOneWay(member)
		}
	case []any:
		for i := range v {
			v[i] = inOneWay(v[i])
		}
	case json.Number:
		// What a float cannot hold exactly is compared as it is written.
		const exact = 1 << 53
		if f, err := strconv.ParseFloat(string(v), 64); err == nil && f == math.Trunc(f) && math.Abs(f) < exact {
			return json.Number(strconv.FormatInt(int64(f), 10))
		}
	}
	return value
}

// all returns the skeletons by their numbers, those too that are not in the store yet.
func (s *Shapes) all() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	skeletons := make([][]byte, len(s.numbers))
	for skeleton, number := range s.numbers {
		skeletons[number] = []byte(skeleton)
	}
	return skeletons
}

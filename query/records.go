package query

import (
	"bufio"
	"cmp"
	"context"
	_ "embed"
	"errors"
	"io"
	"iter"
	"slices"

	"trailbox/schema"
)

var (
	//go:embed records.sql
	recordsSQL string
	//go:embed records_order.sql
	recordsOrderSQL string
)

// RecordsStatement finds the rows of the events that a filter lets through, in the order in
// which [Records] yields their records.
func RecordsStatement(f Filter) Statement {
	return Statement{SQL: recordsOrderSQL}.Put("filters", f.Condition())
}

// A Scratch is a file of whoever asks for records, in which they lie until it is their turn.
type Scratch interface {
	io.Writer
	io.ReaderAt
}

// Records yields the records of the events that a filter lets through in order of time, each
// byte for byte as it was delivered; it is of use until the next one.
//
// They are read in the order in which the store has them, which takes one way through it, and
// wait in scratch, which is empty: time runs to and fro between the log files of Regions. Held
// are 28 bytes for each.
func Records(ctx context.Context, store *schema.Store, f Filter, scratch Scratch) iter.Seq2[[]byte, error] {
	return RecordsOf(ctx, store, RecordsStatement(f), scratch)
}

// RecordsOf is [Records] of the rows that a statement answers with.
func RecordsOf(ctx context.Context, store *schema.Store, s Statement, scratch Scratch) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rowids, err := schema.Collect[int64](s.Query(ctx, store))
		if err != nil {
			yield(nil, err)
			return
		}
		places, err := layOut(ctx, store, rowids, scratch)
		if err != nil {
			yield(nil, err)
			return
		}
		var record []byte
		for _, p := range places {
			record = slices.Grow(record[:0], p.size)[:p.size]
			_, err := scratch.ReadAt(record, p.at)
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// A recordPlace is where a record lies in a file.
type recordPlace struct {
	at   int64
	size int
}

// layOut writes the records of some rows to a file, and returns where each lies.
func layOut(ctx context.Context, store *schema.Store, rowids []int64, scratch io.Writer) ([]recordPlace, error) {
	rebuilder, err := store.NewRebuilder(ctx)
	if err != nil {
		return nil, err
	}
	defer rebuilder.Close()
	order := make([]int32, len(rowids)) // the rows in the order of the store
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Compare(rowids[a], rowids[b]) })
	places, end := make([]recordPlace, len(rowids)), int64(0)
	out := bufio.NewWriterSize(scratch, 1<<20)
	for part := range slices.Chunk(order, schema.JoinValues) {
		at, rows := make(map[int64]int32, len(part)), make([]int64, len(part))
		for n, i := range part {
			rows[n], at[rowids[i]] = rowids[i], i
		}
		type row struct {
			RowID  int64
			Record []byte
		}
		s := Statement{SQL: recordsSQL}.With(rowRange(rows[0], rows[len(rows)-1])...).With(schema.Arg{Name: "rows", Value: rows})
		found := 0
		for r, err := range schema.All[row](rebuilder.Query(ctx, s.SQL, s.Args...)) {
			if err != nil {
				return nil, err
			}
			places[at[r.RowID]] = recordPlace{end, len(r.Record)}
			end += int64(len(r.Record))
			found++
			if _, err := out.Write(r.Record); err != nil {
				return nil, err
			}
		}
		if found != len(part) {
			return nil, errors.New("a record is gone from the store while it was read")
		}
	}
	return places, out.Flush()
}

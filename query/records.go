package query

import (
	"context"
	_ "embed"
	"errors"
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

// Records yields the records of the events that a filter lets through in order of time, each
// byte for byte as it was delivered. It holds the number of each row, and of the records as
// many as DuckDB finds without reading what is between them.
func Records(ctx context.Context, store *schema.Store, f Filter) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		rowids, err := schema.Collect[int64](RecordsStatement(f).Query(ctx, store))
		if err != nil {
			yield(nil, err)
			return
		}
		rebuilder, err := store.NewRebuilder(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rebuilder.Close()
		for part := range slices.Chunk(rowids, schema.JoinValues) {
			records, err := readRecords(ctx, rebuilder, part)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// readRecords reads the records of some rows, in the order of the rows.
func readRecords(ctx context.Context, rebuilder *schema.Rebuilder, rowids []int64) ([][]byte, error) {
	type row struct {
		RowID  int64
		Record []byte
	}
	at := make(map[int64]int, len(rowids))
	for i, rowid := range rowids {
		at[rowid] = i
	}
	records := make([][]byte, len(rowids))
	s := Statement{SQL: recordsSQL}.With(rowRange(slices.Min(rowids), slices.Max(rowids))...).With(schema.Arg{Name: "rows", Value: rowids})
	for r, err := range schema.All[row](rebuilder.Query(ctx, s.SQL, s.Args...)) {
		if err != nil {
			return nil, err
		}
		records[at[r.RowID]] = r.Record
	}
	if slices.ContainsFunc(records, func(r []byte) bool { return r == nil }) {
		return nil, errors.New("a record is gone from the store while it was read")
	}
	return records, nil
}

package query

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"trailbox/schema"
)

//go:embed lookup_export.sql
var lookupExportSQL string

// Export looks up as Write does, and writes what CSV has of the events as Parquet to the
// file that the store was opened for. It holds the number of each row that it finds.
func (l *Lookup) Export(ctx context.Context, store *schema.Store) (rows int64, more bool, err error) {
	var rowids []int64
	for page, err := range l.pages(ctx, store) {
		if err != nil {
			return 0, false, err
		}
		rowids = append(rowids, page...)
	}
	if more = l.MaxItems > 0 && len(rowids) > l.MaxItems; more {
		rowids = rowids[:l.MaxItems]
	}
	first, last := int64(0), int64(0)
	if len(rowids) > 0 {
		first, last = slices.Min(rowids), slices.Max(rowids)
	}
	found := Statement{SQL: "(\n" + strings.TrimSuffix(strings.TrimSpace(allFragments().put(lookupRowsSQL)), ";") + "\n)"}
	statement := Statement{SQL: lookupExportSQL}.Put("rows", found).With(rowRange(first, last)...).With(schema.Arg{Name: "rows", Value: rowids})
	rows, err = statement.Export(ctx, store)
	return rows, more, err
}

package query

import (
	"context"
	_ "embed"

	"trailbox/schema"
)

var (
	//go:embed suggest.sql
	suggestSQL string
	//go:embed suggest_names.sql
	suggestNamesSQL string
)

// Names are the names that events have where a filter or a trait looks, the most frequent
// first, as many at most; nil for what has no names.
func Names(ctx context.Context, store *schema.Store, flag string, most int) ([]Near, error) {
	names, ok := pieces("names", allFragments().put(suggestNamesSQL))[flag]
	if !ok {
		return nil, nil
	}
	s := Statement{SQL: schema.Put(suggestSQL, "names", names)}.With(schema.Arg{Name: "most", Value: most})
	return schema.Collect[Near](s.Query(ctx, store))
}

package query

import (
	"context"
	_ "embed"

	"trailbox/schema"
)

//go:embed seed.sql
var seedSQL string

// Seed is a text that a store has to itself, as long as it lives: numbers of files and rows
// that were given out for it mean nothing to another one.
func Seed(ctx context.Context, store *schema.Store) (string, error) {
	return schema.One[string](store.Query(ctx, seedSQL))
}

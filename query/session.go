package query

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"trailbox/schema"
)

//go:embed tables.sql
var tablesSQL string

//go:embed columns.sql
var columnsSQL string

//go:embed words.sql
var wordsSQL string

// Tables lists the tables and views of a store.
func Tables(ctx context.Context, store *schema.Store) (Result, error) {
	return store.Query(ctx, tablesSQL)
}

// Columns lists the columns of a table or view, with the members of those that are nested;
// the columns of all of them for "".
func Columns(ctx context.Context, store *schema.Store, table string) (Result, error) {
	type column struct{ Table, Column, Type, About string }
	columns, err := schema.Collect[column](store.Query(ctx, columnsSQL, schema.Arg{Name: "table", Value: table}))
	if err != nil {
		return nil, err
	}
	r := NewResult([]schema.ResultColumn{{Name: "table"}, {Name: "column"}, {Name: "type"}, {Name: "about"}}, nil)
	for _, c := range columns {
		outline, members := schema.TypeMembers(c.Type)
		r.Rows = append(r.Rows, []any{c.Table, c.Column, outline, c.About})
		if table == "" {
			continue
		}
		for _, m := range members {
			r.Rows = append(r.Rows, []any{c.Table, c.Column + m.Path, m.Type, nil})
		}
	}
	return r, nil
}

// A Completer completes words of SQL.
type Completer struct {
	words []string // sorted by their lower-case form
}

// NewCompleter returns a Completer that knows the store's names, DuckDB's functions, and
// some more words.
func NewCompleter(ctx context.Context, store *schema.Store, more ...string) (*Completer, error) {
	words, err := schema.Collect[string](store.Query(ctx, wordsSQL))
	if err != nil {
		return nil, err
	}
	c := &Completer{words: append(words, more...)}
	slices.SortFunc(c.words, func(a, b string) int {
		if order := strings.Compare(strings.ToLower(a), strings.ToLower(b)); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	c.words = slices.Compact(c.words)
	return c, nil
}

// Complete completes the word that ends at the byte pos of a line, as far as all the
// words that begin so agree, and returns the line, the place behind the word, and those
// words. Letters match in either case.
func (c *Completer) Complete(line string, pos int) (completed string, newPos int, words []string) {
	begin := strings.LastIndexFunc(line[:pos], func(r rune) bool {
		return r != '_' && r != '.' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}) + 1
	word := line[begin:pos]
	if dot := strings.LastIndexByte(word, '.'); dot > 0 { // events.eventN: the column
		begin += dot + 1
		word = word[dot+1:]
	}
	if word == "" {
		return line, pos, nil
	}
	shared := ""
	for _, w := range c.words {
		if len(w) < len(word) || !strings.EqualFold(w[:len(word)], word) {
			continue
		}
		if words == nil {
			shared = w
		}
		for !strings.EqualFold(shared, w[:min(len(shared), len(w))]) {
			shared = shared[:len(shared)-1]
		}
		words = append(words, w)
	}
	switch {
	case len(words) == 1:
		shared += " "
	case len(shared) <= len(word):
		shared = word
	}
	return line[:begin] + shared + line[pos:], begin + len(shared), words
}

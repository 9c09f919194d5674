package query

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"trailbox/query/athena"
	"trailbox/schema"
)

//go:embed relations.sql
var relationsSQL string

// A Translation is a statement in DuckDB's spelling.
type Translation struct {
	SQL string
	// Tables are those whose names say nothing and that the store does not have: they are
	// taken for Athena's CloudTrail table.
	Tables []string
}

// A TableError says that a statement reads a table that is not there, and whose name is near
// to that of one that is.
type TableError struct {
	Name, Near   string
	Line, Column int // where it stands, from 1; columns are characters
}

func (e *TableError) Error() string {
	return fmt.Sprintf("there is no table %s, at line %d, column %d", e.Name, e.Line, e.Column)
}

// FromTrino gives a statement that was written for Athena or CloudTrail Lake DuckDB's
// spelling, see [athena.Translate]. The statement is one of [SplitStatements]. A table that
// the store does not have is Athena's CloudTrail table; if tables are named, only one of
// them is.
func FromTrino(ctx context.Context, store *schema.Store, statement string, tables []string) (t Translation, err error) {
	var known []string
	t.SQL, err = athena.Translate(statement, func(parts []string, offset int) (athena.Origin, error) {
		name := strings.Join(parts, ".")
		named := slices.ContainsFunc(tables, func(table string) bool {
			return strings.EqualFold(table, name) || strings.EqualFold(table, parts[len(parts)-1])
		})
		if named {
			return athena.Logs, nil
		}
		if known == nil {
			var err error
			if known, err = schema.Collect[string](store.Query(ctx, relationsSQL)); err != nil {
				return athena.Nobodys, err
			}
		}
		if len(parts) == 1 && slices.Contains(known, name) || len(parts) > 1 && slices.Contains(known, parts[0]+".") {
			return athena.Own, nil
		}
		if len(tables) > 0 {
			return athena.Nobodys, nil
		}
		if near := nearTable(name, known); near != "" {
			before := statement[:offset]
			return athena.Nobodys, &TableError{
				Name: name, Near: near,
				Line:   1 + strings.Count(before, "\n"),
				Column: 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]),
			}
		}
		if !slices.Contains(t.Tables, name) {
			t.Tables = append(t.Tables, name)
		}
		return athena.Logs, nil
	})
	return t, err
}

// nearTable is the name that somebody meant who mistyped it; empty if none is so near.
func nearTable(name string, known []string) string {
	best, distance := "", min(2, max(1, len(name)/3))+1
	for _, k := range known {
		if d := EditDistance(name, k); d < distance {
			best, distance = k, d
		}
	}
	if strings.HasPrefix(best, "cloudtrail_logs") { // what it will be
		return ""
	}
	return best
}

package schema

import (
	"bufio"
	"context"
	"crypto/sha256"
	"database/sql"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// A store may come from somebody else, and a view named events or a macro named max in it
// would answer whatever its maker likes. So it is looked at before anything is asked of it:
// it has what the migrations and the definitions of this program make, and nothing else.

//go:embed sql/catalog.sql
var catalogSQL string

// catalogText lists what a store of this program has, a line each: kind, name, and the
// beginning of the SHA-256 of the definition; what only a hollow store has, or has in
// another way, with that word before it. A test makes it (-update).
//
//go:embed catalog.txt
var catalogText string

// formerText lists views and macros of earlier versions that there are no more, as catalogText
// does, without hashes. They are ours in a store that is to be brought up to date, and go then.
//
//go:embed former.txt
var formerText string

// A SchemaError says that a store has other tables, views or macros than this program makes.
type SchemaError struct {
	Path     string
	Added    []string // each with its kind before it: view x
	Replaced []string // that have a name of ours, and are something else
	Lacking  []string
}

func (e *SchemaError) Error() string {
	var parts []string
	for _, part := range [...]struct {
		what  string
		names []string
	}{{"has of its own", e.Added}, {"has replaced", e.Replaced}, {"lacks", e.Lacking}} {
		if len(part.names) > 0 {
			parts = append(parts, part.what+" "+someOf(part.names))
		}
	}
	return fmt.Sprintf("cannot trust %s: it is not as trailbox makes a store: it %s", e.Path, strings.Join(parts, "; it "))
}

// shownNames is how many names an error tells.
const shownNames = 8

func someOf(names []string) string {
	if more := len(names) - shownNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shownNames], ", "), more)
	}
	return strings.Join(names, ", ")
}

// catalogOf lists what a database has, as catalogText does.
func catalogOf(ctx context.Context, db *sql.DB) (map[string]string, error) {
	// DuckDB plans a statement twice that asks for the name itself, and this one is long.
	var database string
	if err := db.QueryRowContext(ctx, "SELECT system.main.current_database()").Scan(&database); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, catalogSQL, sql.Named("database", database))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	catalog := map[string]string{}
	for rows.Next() {
		var kind, name string
		var parameters, definition sql.NullString
		if err := rows.Scan(&kind, &name, &parameters, &definition); err != nil {
			return nil, err
		}
		sum := sha256.Sum256([]byte(definition.String))
		if parameters.Valid {
			name += "(" + strings.Trim(parameters.String, "[]") + ")"
		}
		catalog[kind+" "+name] += fmt.Sprintf("%x", sum[:8])
	}
	return catalog, rows.Err()
}

const hollowPrefix = "hollow "

// ownCatalog is catalogText by names, as it is for a store with hollow events or for others.
func ownCatalog(hollow bool) map[string]string {
	own, others := map[string]string{}, map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(catalogText)); lines.Scan(); {
		name, sum, _ := strings.Cut(lines.Text(), "\t")
		if of, ok := strings.CutPrefix(name, hollowPrefix); ok {
			others[of] = sum
		} else {
			own[name] = sum
		}
	}
	if hollow {
		maps.Copy(own, others)
	}
	return own
}

// checkSchema compares a store with what this program makes. Of one of an earlier version,
// which is to be brought up to date, only what does not belong there is looked for, and it
// is not whole: it has to be done again. Nothing is looked for in one of a later version,
// or in a database that is no store.
func (s *Store) checkSchema(ctx context.Context) (whole bool, err error) {
	have, err := version(ctx, s.db)
	if err != nil || have == 0 || have > len(migrations()) {
		return false, nil // others say so
	}
	upToDate, hollow := have == len(migrations()), false
	if upToDate {
		if upToDate, err = defined(ctx, s.db); err != nil {
			return false, err
		}
		if hollow, err = isHollow(ctx, s.db); err != nil {
			return false, err
		}
	}
	catalog, err := catalogOf(ctx, s.db)
	if err != nil {
		return false, err
	}
	own := ownCatalog(hollow || !upToDate)
	if !upToDate {
		for name := range strings.Lines(formerText) {
			own[strings.TrimSuffix(name, "\n")] = ""
		}
	}
	e := &SchemaError{Path: s.path}
	for name, sum := range catalog {
		switch ownSum, ok := own[name]; {
		case !ok:
			e.Added = append(e.Added, name)
		case upToDate && sum != ownSum:
			e.Replaced = append(e.Replaced, name)
		}
	}
	for name := range own {
		if _, ok := catalog[name]; upToDate && !ok {
			e.Lacking = append(e.Lacking, name)
		}
	}
	if e.Added == nil && e.Replaced == nil && e.Lacking == nil {
		return upToDate, nil
	}
	for _, names := range [...][]string{e.Added, e.Replaced, e.Lacking} {
		slices.Sort(names)
	}
	return false, e
}

// trusted checks the store's schema, unless any is granted, before and, where that was not
// all of it, after prepare has brought it up to date. Prepare is told whether there is
// nothing to bring up to date. A store that was not there is as this program makes it, and so
// is one that was found to be and has not changed.
func (s *Store) trusted(ctx context.Context, grants Grants, prepare func(whole bool) error) error {
	if grants.AnySchema || s.made {
		return prepare(false)
	}
	if s.knownWhole() {
		return prepare(true)
	}
	whole, err := s.checkSchema(ctx)
	if err == nil && whole {
		s.rememberWhole(time.Now())
	}
	if err == nil {
		err = prepare(whole)
	}
	if err == nil && !whole {
		_, err = s.checkSchema(ctx)
	}
	return err
}

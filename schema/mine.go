package schema

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"
)

// What the tables of a store say is evidence, and no statement that a person types changes
// it. What a person writes goes to a database of its own, named mine, in a file beside the
// store: DuckDB knows no rights within a database, but it lets nobody write to one that was
// opened for reading.

// MinePath is the file of the user's own tables of the store at path.
func MinePath(path string) string { return path + ".mine" }

// openWithMine opens the store for reading, named store, and the user's tables, named mine,
// for writing.
func openWithMine(ctx context.Context, path string, grants Grants) (*Store, error) {
	abs, err := findStore(path)
	if err != nil {
		return nil, err
	}
	var once sync.Once
	connector, err := newConnector("?temp_directory="+tempFolder(abs), func(execer driver.ExecerContext) (err error) {
		once.Do(func() {
			_, err = execer.ExecContext(ctx, "ATTACH "+quoted(abs)+" AS store (READ_ONLY); ATTACH "+quoted(MinePath(abs))+" AS mine;"+bounds(grants), nil)
		})
		if err == nil {
			_, err = execer.ExecContext(ctx, "USE store", nil)
		}
		return err
	})
	s, err := connected(ctx, path, connector, err)
	if err == nil {
		s.to, s.typed, s.guarded = grants.To, grants.Typed, grants.Typed && !grants.Files
	}
	return s, err
}

// attachMine is the statement that makes the user's tables known to a store that is open
// for reading, if there are any.
func attachMine(path string) string {
	if info, err := os.Stat(MinePath(path)); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return "ATTACH " + quoted(MinePath(path)) + " AS mine (READ_ONLY);"
}

// A ForbiddenError says that no statement of that kind is run for a person.
type ForbiddenError struct{ Kind string }

func (e *ForbiddenError) Error() string {
	return e.Kind + " is not for a store: it would open a file anew"
}

// guard refuses what could open a file for writing after all that was opened for reading: to
// detach it, and attach it again, which DuckDB lets happen. A prepared statement could be
// either.
func (s *Store) guard(ctx context.Context, query string) error {
	if !s.guarded {
		return nil
	}
	kind, err := s.kind(ctx, query)
	if err != nil {
		return err
	}
	forbidden := map[duckdb.StmtType]string{
		duckdb.STATEMENT_TYPE_ATTACH: "ATTACH", duckdb.STATEMENT_TYPE_DETACH: "DETACH",
		duckdb.STATEMENT_TYPE_PREPARE: "PREPARE", duckdb.STATEMENT_TYPE_EXECUTE: "EXECUTE",
	}
	if name := forbidden[kind]; name != "" {
		return &ForbiddenError{Kind: name}
	}
	return nil
}

// Changes reports whether a statement is of a kind that changes tables, of a store that the
// user may write beside.
func (s *Store) Changes(ctx context.Context, query string) (bool, error) {
	kind, err := s.kind(ctx, query)
	switch kind {
	case duckdb.STATEMENT_TYPE_SELECT, duckdb.STATEMENT_TYPE_EXPLAIN, duckdb.STATEMENT_TYPE_PRAGMA, duckdb.STATEMENT_TYPE_CALL,
		duckdb.STATEMENT_TYPE_SET, duckdb.STATEMENT_TYPE_VARIABLE_SET, duckdb.STATEMENT_TYPE_TRANSACTION:
		return false, err
	}
	return true, err
}

// A Bound is what keeps a statement from doing more than it may.
type Bound int

const (
	NoBound    Bound = iota
	ReadOnly         // it would change what is open for reading
	NoFiles          // it would read or write a file, or load an extension
	NoSettings       // it would change a setting
)

// BoundOf says which bound an error tells of.
func BoundOf(err error) Bound {
	var forbidden *ForbiddenError
	var d *duckdb.Error
	switch {
	case errors.As(err, &forbidden):
		return NoFiles
	case !errors.As(err, &d):
		return NoBound
	case d.Type == duckdb.ErrorTypePermission:
		return NoFiles
	case strings.Contains(d.Msg, "attached in read-only mode"): // DuckDB has no type for these
		return ReadOnly
	case strings.Contains(d.Msg, "configuration has been locked"):
		return NoSettings
	}
	return NoBound
}

// kind is what DuckDB takes one statement for.
func (s *Store) kind(ctx context.Context, query string) (kind duckdb.StmtType, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	err = conn.Raw(func(c any) error {
		prepared, err := c.(*connection).Prepare(query) // which takes one statement alone
		if err != nil {
			return err
		}
		statement, ok := prepared.(*duckdb.Stmt)
		if !ok {
			return fmt.Errorf("a prepared statement is a %T", prepared)
		}
		kind, err = statement.StatementType()
		return errors.Join(err, statement.Close())
	})
	return kind, locate(err, "", query)
}

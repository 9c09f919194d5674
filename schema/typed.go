package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
)

// Typed is the store for what a person types, as one that was opened with [Grants].Typed: it
// has connections of its own, so that what a statement leaves behind in one, such as a
// temporary view that is called events, is seen by nobody else. It is closed before the store
// is. A second opening of the file would not do: a process has one database of each.
func (s *Store) Typed(ctx context.Context) (*Store, error) {
	if err := s.withEventRecord(ctx); err != nil {
		return nil, err
	}
	return &Store{path: s.path, db: sql.OpenDB(unowned{s.connector}), typed: true, guarded: true}, nil
}

// An unowned connector is not closed with what it connects.
type unowned struct{ driver.Connector }

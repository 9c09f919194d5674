package schema

import (
	"context"
	"database/sql"
	"errors"
)

// A Change is a transaction that writes.
type Change struct{ tx *sql.Tx }

// Change does something to the store, which is open for writing, as a whole: where do
// returns an error, nothing of it has happened.
func (s *Store) Change(ctx context.Context, do func(c *Change) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return machineError(s.path, err)
	}
	if err := do(&Change{tx}); err != nil {
		return machineError(s.path, errors.Join(err, tx.Rollback()))
	}
	return machineError(s.path, tx.Commit())
}

// Query is [Store.Query] within the transaction, but for columns of JSON. Its rows are read
// to their end before the next call.
func (c *Change) Query(ctx context.Context, query string, args ...Arg) (*Rows, error) {
	bound, err := bind(query, args)
	if err != nil {
		return nil, err
	}
	rows, err := c.tx.QueryContext(ctx, query, bound...)
	if err != nil {
		return nil, err
	}
	return newRows(rows, nil)
}

// Exec runs a statement that has no answer worth reading.
func (c *Change) Exec(ctx context.Context, query string, args ...Arg) error {
	bound, err := bind(query, args)
	if err != nil {
		return err
	}
	_, err = c.tx.ExecContext(ctx, query, bound...)
	return err
}

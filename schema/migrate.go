package schema

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the texts of migrations/*.sql in order; migration n of the
// store is element n-1.
func migrations() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	slices.Sort(names)
	texts := make([]string, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		texts[i] = string(text)
	}
	return texts
}

// errForeign is returned by version for a database that is somebody else's.
var errForeign = errors.New("a DuckDB database with other tables")

// version is the number of migrations that the store has seen, 0 if it has nothing
// yet.
func version(ctx context.Context, db *sql.DB) (int, error) {
	var tables, ours, n int
	err := db.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (table_name = 'migrations')
		FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return 0, err
	case ours > 0:
		err = db.QueryRowContext(ctx, "SELECT coalesce(max(migration), 0) FROM migrations").Scan(&n)
		return n, err
	case tables > 0:
		return 0, errForeign
	}
	return 0, nil
}

// migrate applies what is missing, each migration in a transaction of its own
// together with its row in the ledger.
func migrate(ctx context.Context, db *sql.DB, path string) error {
	have, err := version(ctx, db)
	if errors.Is(err, errForeign) {
		return &NotAStoreError{Path: path, Err: err}
	}
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (
		migration INTEGER NOT NULL, applied TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))`)
	if err != nil {
		return err
	}
	texts := migrations()
	if have > len(texts) {
		return &VersionError{Path: path, Have: have, Known: len(texts)}
	}
	for n := have + 1; n <= len(texts); n++ {
		if err := apply(ctx, db, n, texts[n-1]); err != nil {
			return fmt.Errorf("migration %d of %s: %w", n, path, err)
		}
	}
	return nil
}

func apply(ctx context.Context, db *sql.DB, n int, text string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	if _, err := tx.ExecContext(ctx, text); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO migrations (migration) VALUES ($1)", n); err != nil {
		return err
	}
	return tx.Commit()
}

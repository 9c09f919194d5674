package schema

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/duckdb/duckdb-go/v2"
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

// A queryer is a connection, or a pool of them.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version is the number of migrations that the store has seen, 0 if it has nothing
// yet.
func version(ctx context.Context, db queryer) (int, error) {
	var tables, ours, n int
	// Functions are the system's by name: see catalog.sql.
	err := db.QueryRowContext(ctx, `SELECT system.main.count(1), system.main.count(1) FILTER (table_name = 'migrations')
		FROM system.main.duckdb_tables()
		WHERE NOT internal AND database_name = system.main.current_database()`).Scan(&tables, &ours)
	switch {
	case err != nil:
		return 0, err
	case ours > 0:
		err = db.QueryRowContext(ctx, "SELECT coalesce(system.main.max(migration), 0) FROM migrations").Scan(&n)
		return n, err
	case tables > 0:
		return 0, errForeign
	}
	return 0, nil
}

// migrate applies what is missing, each migration with its row in the ledger, and has what
// depends on the tables made, all of it in one transaction: a store is of one version or of
// another, also where the program is killed or the disk is full, and a new one is written once.
func migrate(ctx context.Context, conn *sql.Conn, path string, define func(context.Context, *sql.Tx) error) error {
	have, err := version(ctx, conn)
	if errors.Is(err, errForeign) {
		return &NotAStoreError{Path: path, Err: err}
	}
	if err != nil {
		return err
	}
	texts := migrations()
	if have > len(texts) {
		return &VersionError{Path: path, Have: have, Known: len(texts)}
	}
	if have < len(texts) {
		if err := register(ctx, conn, registerObjectKey); err != nil {
			return err
		}
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	_, err = tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (
		migration INTEGER NOT NULL, applied TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))`)
	if err != nil {
		return err
	}
	for n := have + 1; n <= len(texts); n++ {
		_, err := tx.ExecContext(ctx, texts[n-1])
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO migrations (migration) VALUES ($1)", n)
		}
		if err != nil {
			return fmt.Errorf("migration %d of %s: %w", n, path, err)
		}
	}
	if err := define(ctx, tx); err != nil {
		return fmt.Errorf("views and macros of %s: %w", path, err)
	}
	return tx.Commit()
}

// objectKey is object_key(uri), by which migrations read keys as [ParseKey] does: a struct
// of what the columns that depend on a key hold.
type objectKey struct{ config duckdb.ScalarFuncConfig }

func registerObjectKey(conn *sql.Conn) error {
	text, textErr := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	stamp, stampErr := duckdb.NewTypeInfo(duckdb.TYPE_TIMESTAMP)
	truth, truthErr := duckdb.NewTypeInfo(duckdb.TYPE_BOOLEAN)
	if err := errors.Join(textErr, stampErr, truthErr); err != nil {
		return err
	}
	var members []duckdb.StructEntry
	for _, m := range []struct {
		name string
		info duckdb.TypeInfo
	}{{"folder", text}, {"name", text}, {"delivered", stamp}, {"trail", text}, {"homeRegion", text}, {"backfill", truth}} {
		member, err := duckdb.NewStructEntry(m.info, m.name)
		if err != nil {
			return err
		}
		members = append(members, member)
	}
	result, err := duckdb.NewStructInfo(members[0], members[1:]...)
	if err != nil {
		return err
	}
	f := &objectKey{duckdb.ScalarFuncConfig{InputTypeInfos: []duckdb.TypeInfo{text}, ResultTypeInfo: result}}
	return duckdb.RegisterScalarUDF(conn, "object_key", f)
}

// Config implements [duckdb.ScalarFunc].
func (f *objectKey) Config() duckdb.ScalarFuncConfig { return f.config }

// Executor implements [duckdb.ScalarFunc].
func (f *objectKey) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) {
		k := ParseKey(filepath.ToSlash(values[0].(string)))
		members := map[string]any{
			"folder": orNull(k.Folder), "name": k.Name, "delivered": timeOrNull(k.Delivered),
			"trail": orNull(k.Trail), "homeRegion": orNull(k.HomeRegion), "backfill": nil,
		}
		if k.Trail != "" {
			members["backfill"] = k.Backfill
		}
		return members, nil
	}}
}

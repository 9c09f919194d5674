package main

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
)

//go:embed read_json.sql
var readJSONSQL string

// runReadJSON loads the log files of a folder as DuckDB does it by itself, and prints how
// many records that were: what ingest is measured against. The file has the columns of a
// record in a table events, and is no store. It is opened by the driver that package schema
// registers.
func runReadJSON(ctx context.Context, s streams, args []string) error {
	folder, path := args[0], args[1]
	// Keeping the order would make its threads wait for each other.
	db, err := sql.Open("duckdb", fmt.Sprintf("%s?threads=%d&preserve_insertion_order=false", path, runtime.GOMAXPROCS(0)))
	if err != nil {
		return err
	}
	var records int64
	_, err = db.ExecContext(ctx, readJSONSQL, filepath.Join(folder, "**", "*.json.gz"))
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM events").Scan(&records)
	}
	if err := errors.Join(err, db.Close()); err != nil { // closing writes the file out
		return err
	}
	_, err = fmt.Fprintln(s.out, records)
	return err
}

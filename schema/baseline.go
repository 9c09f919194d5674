package schema

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/duckdb/duckdb-go/v2"
)

//go:embed sql/read_json.sql
var readJSONSQL string

// LoadByReadJSON loads the .json.gz files under a folder into a new DuckDB file as
// DuckDB does it by itself: what [Store.Load] is measured against. The file has the
// columns of a record in a table events, and is no store.
func LoadByReadJSON(ctx context.Context, path, folder string, threads int) (records int64, err error) {
	abs, err := storePath(path)
	if err != nil {
		return 0, err
	}
	// Keeping the order would make its threads wait for each other.
	connector, err := duckdb.NewConnector(fmt.Sprintf("%s?threads=%d&preserve_insertion_order=false", abs, threads), nil)
	if err != nil {
		return 0, err
	}
	db := sql.OpenDB(connector)
	_, err = db.ExecContext(ctx, readJSONSQL, filepath.Join(folder, "**", "*.json.gz"))
	if err == nil {
		err = db.QueryRowContext(ctx, "SELECT count(*) FROM events").Scan(&records)
	}
	return records, errors.Join(err, db.Close()) // closing writes the file out
}

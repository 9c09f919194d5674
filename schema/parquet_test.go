package schema_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trailbox/schema"
)

// madeRows are rows that no statement gives.
type madeRows struct {
	left   int
	failed error
	closed bool
}

func (r *madeRows) Columns() []schema.ResultColumn {
	return []schema.ResultColumn{{Name: "time", Type: "TIMESTAMP"}, {Name: "text", Type: "VARCHAR"}, {Name: "n", Type: "BIGINT"}, {Name: "ratio", Type: "DOUBLE"}, {Name: "is", Type: "BOOLEAN"}}
}

func (r *madeRows) Next() bool {
	r.left--
	return r.left >= 0 && r.failed == nil
}

func (r *madeRows) Values() ([]any, error) {
	if r.left == 1 {
		return []any{nil, nil, nil, nil, nil}, nil
	}
	return []any{time.Date(2026, 3, 2, 10, 0, 0, 5000, time.UTC), fmt.Sprint("é'", r.left), int64(r.left), 0.5, true}, nil
}

func (r *madeRows) Err() error { return r.failed }

func (r *madeRows) Close() error {
	r.closed = true
	return nil
}

func TestExportAnswer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "it's.parquet")
	made := &madeRows{left: 5000}
	rows, err := schema.ExportAnswer(t.Context(), made, path)
	if err != nil || rows != 5000 || !made.closed {
		t.Fatal(rows, err, made.closed)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got string
	err = db.QueryRow("SELECT string_agg(concat_ws(' ', time, text, n, ratio, \"is\"), ';') FROM (FROM read_parquet($1) WHERE n = 7 OR n IS NULL)", path).Scan(&got)
	if want := "2026-03-02 10:00:00.000005 é'7 7 0.5 true;"; err != nil || got != want {
		t.Errorf("%s, not %s: %v", got, want, err)
	}
	failed := filepath.Join(filepath.Dir(path), "failed.parquet")
	if _, err := schema.ExportAnswer(t.Context(), &madeRows{left: 9, failed: errors.New("the store is gone")}, failed); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(failed); err == nil {
		t.Error("a part of an answer looks like all of it")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := schema.ExportAnswer(ctx, &madeRows{left: 9}, failed); err == nil {
		t.Error("no error of what is cancelled")
	}
}

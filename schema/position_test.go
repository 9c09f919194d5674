package schema

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
)

// The place that DuckDB means is found in the statement, whatever it is shown of it.
func TestStatementErrors(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &Store{db: db}
	for _, statement := range []string{
		"SELECT wrong",
		"SELECT 1,\n\twrong\nFROM range(3)",
		"SELECT 'é', '日本', 'e\u0301' || wrong",
		"SELECT 1,\r\n'日' || wrong\r\nFROM range(3)",
		"SELECT 1,\r wrong",
		"SELECT '" + strings.Repeat("é", 300) + "', wrong, '" + strings.Repeat("x", 300) + "'",
		"SELECT '{}'::JSON,\n2, CAST('wrong' || range AS INTEGER) FROM range(3)",
		"SELECT '{}'::JSON AS j, '" + strings.Repeat("x", 300) + "', CAST('wrong' || range AS INTEGER) FROM range(3)",
		"SELECT 1 WHERE wrong(2)",
		"SELECT 1 FROM range(3) wrong wrong wrong",
	} {
		rows, err := s.Query(context.Background(), statement)
		if err == nil {
			for rows.Next() {
			}
			err = errors.Join(rows.Err(), rows.Close())
		}
		var located *StatementError
		if !errors.As(err, &located) {
			t.Errorf("%q: %v", statement, err)
			continue
		}
		at := strings.TrimPrefix(statement[located.Offset:], "CAST('")
		if !strings.HasPrefix(at, "wrong") || strings.Contains(located.Message, "LINE") {
			t.Errorf("%q: %q at %q", statement, located.Message, at)
		}
	}
}

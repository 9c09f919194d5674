package schema

import (
	"database/sql"
	"errors"
	"testing"
)

// DuckDB's own word on memory is understood.
func TestOutOfMemory(t *testing.T) {
	db, err := sql.Open("duckdb", "?memory_limit=10MB&temp_directory=")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), "CREATE TABLE t AS SELECT i, repeat('x', 1000) || i AS text FROM range(100000) AS r(i)")
	var short *MachineError
	if !errors.As(machineError("t.duckdb", err), &short) || short.Resource != Memory {
		t.Errorf("error %v", err)
	}
}

package schema

import (
	"path/filepath"
	"strings"
	"testing"
)

// What DuckDB takes in of a batch whose commit was cut off is not shown, and the next
// writer removes it, and nothing else.
func TestRepair(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	write := func(statements ...string) (events int) {
		t.Helper()
		s, err := Create(t.Context(), path, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, statement := range statements {
			if _, err := s.db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.db.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM repeats)").Scan(&events); err != nil {
			t.Fatal(err)
		}
		return events
	}
	read := func() error {
		s, err := Open(t.Context(), path)
		if err == nil {
			err = s.Close()
		}
		return err
	}
	const whole = `INSERT INTO files (file, uri, name, records, new, repeated, filtered, conflicts, status, run) VALUES (1, 'a', 'a', 2, 1, 1, 0, 0, 'loaded', 1);
		INSERT INTO events (file, position, recordHash) VALUES (1, 0, 1);
		INSERT INTO repeats (file, position, firstFile, firstPosition) VALUES (1, 1, 1, 0);`
	const half = `INSERT INTO events (file, position, recordHash) VALUES (2, 0, 2), (3, 0, 3);
		INSERT INTO repeats (file, position, firstFile, firstPosition) VALUES (2, 1, 1, 0);`
	if n := write("INSERT INTO runs (run, started) VALUES (1, now())", whole); n != 2 {
		t.Errorf("%d rows", n)
	}
	if err := read(); err != nil {
		t.Errorf("a run that was cut off between batches: %v", err)
	}
	if n := write(half); n != 5 {
		t.Errorf("%d rows", n)
	}
	if err := read(); err == nil || !strings.Contains(err.Error(), "killed while it committed a batch") {
		t.Errorf("a batch that was cut off: %v", err)
	}
	if n := write(); n != 2 {
		t.Errorf("%d rows are left, want those of the whole batch", n)
	}
	if err := read(); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

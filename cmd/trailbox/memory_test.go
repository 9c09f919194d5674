package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A small file over which DuckDB runs out of memory ends neither the process nor the run:
// it is told with the remedy, and everything else is in the store, as without it.
func TestMemoryEnds(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	put := func(name, data string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(logs, name), pack([]byte(data)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("a.json.gz", logFile(recordA))
	put("hostile.json.gz", logFile(noID, strings.TrimSuffix(recordA, "}")+`,"resources":[`+strings.Repeat("{},", 1_500_000)+"{}]}"))
	put("z.json.gz", logFile(recordB))
	store := filepath.Join(dir, "t.duckdb")
	code, _, stderr := call(t, "ingest", "--memory", "512M", "--store", store, logs)
	if code != exitFindings || !strings.Contains(stderr, "hostile.json.gz: the store runs out of memory over it") || !strings.Contains(stderr, "--memory 4G") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	_, stdout, _ := call(t, "sql", "--store", store, "-o", "csv", "SELECT parse_filename(uri) AS name, status, new FROM files ORDER BY ALL")
	if want := "name,status,new\na.json.gz,loaded,1\nhostile.json.gz,failed,0\nz.json.gz,loaded,1\n"; stdout != want {
		t.Errorf("the store has\n%s", stdout)
	}
	if left, err := filepath.Glob(store + ".*"); err != nil || len(left) > 0 {
		t.Errorf("left beside the store: %v %v", left, err)
	}
}

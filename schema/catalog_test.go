package schema

import (
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write catalog.txt and former.txt anew")

// A new store is what catalog.txt says, which is how one from elsewhere is told from it, and
// one with events of before objects were NULL too.
func TestCatalog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := CreateFor(t.Context(), path, 0, Grants{AnySchema: true})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := catalogOf(t.Context(), store.db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.db.ExecContext(t.Context(), "UPDATE store SET hollowFiles = 7"); err != nil {
		t.Fatal(err)
	}
	if err := store.redefine(t.Context()); err != nil {
		t.Fatal(err)
	}
	hollow, err := catalogOf(t.Context(), store.db)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		former := formerText
		for name := range ownCatalog(true) {
			if hollow[name] == "" && catalog[name] == "" {
				former += name + "\n"
			}
		}
		lines := slices.Compact(slices.Sorted(strings.Lines(former)))
		lines = slices.DeleteFunc(lines, func(line string) bool { return hollow[strings.TrimSpace(line)] != "" })
		if err := os.WriteFile("former.txt", []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, name := range slices.Sorted(maps.Keys(hollow)) {
			if hollow[name] != catalog[name] {
				text.WriteString(hollowPrefix + name + "\t" + hollow[name] + "\n")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(catalog)) {
			text.WriteString(name + "\t" + catalog[name] + "\n")
		}
		if err := os.WriteFile("catalog.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, kind := range []struct {
		name    string
		hollow  bool
		catalog map[string]string
	}{{"new", false, catalog}, {"hollow", true, hollow}} {
		if own := ownCatalog(kind.hollow); !maps.Equal(own, kind.catalog) {
			t.Errorf("a %s store has\n%v\nand catalog.txt\n%v\n(go test ./schema -run Catalog -update)", kind.name, kind.catalog, own)
		}
	}
	for _, name := range []string{"table events", "view cloudtrail_logs", "macro regexp_like(text, pattern)"} {
		if catalog[name] == "" {
			t.Errorf("%s is not in the catalog", name)
		}
	}

	// The macros of a hollow store are ours, too, where it has to be brought up to date, and so
	// is what earlier versions made, which goes.
	former := []string{"UPDATE store SET definitions = 'of another version'"}
	for name := range strings.Lines(formerText) {
		name, ok := strings.CutPrefix(strings.TrimSpace(name), "macro ")
		if !ok {
			t.Errorf("no statement to make %s", name)
		}
		former = append(former, "CREATE OR REPLACE MACRO "+name+" AS 0")
	}
	for _, statement := range former {
		if _, err := store.db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = Create(t.Context(), path, 0); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if again, err := catalogOf(t.Context(), store.db); err != nil || !maps.Equal(again, hollow) {
		t.Errorf("brought up to date, a store of before has\n%v, %v\nand not\n%v", again, err, hollow)
	}
}

// Whatever is added to a store or put in the place of ours, it is named, and nothing is
// asked of the store.
func TestForeignSchema(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.duckdb")
	store, err := Create(t.Context(), empty, 0)
	if err == nil {
		err = store.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(empty)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ statement, names string }{
		{"CREATE MACRO max(x) AS 0", "of its own macro max(x)"},
		{"CREATE MACRO count_star() AS 0", "of its own macro count_star()"},
		{"CREATE MACRO current_database() AS 'x'", "of its own macro current_database()"},
		{"CREATE MACRO \"||\"(a, b) AS 'x'", "of its own macro ||(a, b)"},
		{"CREATE MACRO duckdb_functions() AS TABLE FROM system.main.duckdb_functions() LIMIT 0", "of its own table_macro duckdb_functions()"},
		{"CREATE MACRO duckdb_tables() AS TABLE FROM system.main.duckdb_tables() LIMIT 0", "of its own table_macro duckdb_tables()"},
		{"CREATE TABLE notes (x INTEGER)", "of its own table notes"},
		{"CREATE VIEW notes AS SELECT 1", "of its own view notes"},
		{"CREATE SCHEMA other; CREATE VIEW other.events AS SELECT 1", "of its own schema other, view events"},
		{"CREATE TYPE answer AS ENUM ('a')", "of its own type answer"},
		{"CREATE SEQUENCE s", "of its own sequence s"},
		{"CREATE INDEX i ON runs (run)", "of its own index i"},
		{"ALTER TABLE events RENAME TO kept; CREATE VIEW events AS SELECT * REPLACE ('x' AS eventName) FROM kept", "of its own table kept, view events; it lacks table events"},
		{"ALTER TABLE events ADD COLUMN more INTEGER", "has replaced table events"},
		{"CREATE OR REPLACE VIEW cloudtrail_logs AS SELECT * FROM events", "has replaced view cloudtrail_logs"},
		{"CREATE OR REPLACE MACRO regexp_like(text, pattern) AS false", "has replaced macro regexp_like(text, pattern)"},
		{"CREATE OR REPLACE MACRO regexp_like(text) AS false", "of its own macro regexp_like(text); it lacks macro regexp_like(text, pattern)"},
		{"DROP VIEW outlines", "lacks view outlines"},
		{"DROP TABLE proofs", "lacks table proofs"},
	} {
		path := filepath.Join(t.TempDir(), "t.duckdb")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		store, err := open(t.Context(), path, Grants{Write: true}) // as DuckDB's own program would
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.db.ExecContext(t.Context(), test.statement); err != nil {
			t.Fatalf("%s: %v", test.statement, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		all := []Grants{{}, {Prove: true}, {Files: true}}
		if !strings.Contains(test.statement, "CREATE MACRO") {
			all = all[:1] // only macros could deceive who looks, under another name of the database
		}
		for _, grants := range all {
			var foreign *SchemaError
			if store, err := OpenFor(t.Context(), path, grants); !errors.As(err, &foreign) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("%s: %+v: %v", test.statement, grants, err)
				if err == nil {
					store.Close()
				}
			}
		}
		var foreign *SchemaError
		if _, err := Create(t.Context(), path, 0); !errors.As(err, &foreign) {
			t.Errorf("%s: written to: %v", test.statement, err)
		}
	}
}

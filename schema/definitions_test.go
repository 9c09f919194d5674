package schema

import (
	"path/filepath"
	"strings"
	"testing"
)

// Each writing open puts the views and macros right, whatever became of them, and leaves
// those of others alone; who only reads is told what to do.
func TestDefinitions(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "t.duckdb")
	store, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	change := func(statements string) {
		t.Helper()
		if err := store.Change(ctx, func(c *Change) error { return c.Exec(ctx, statements) }); err != nil {
			t.Fatal(err)
		}
	}
	reopen := func(open func() (*Store, error)) {
		t.Helper()
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		if store, err = open(); err != nil {
			t.Fatal(err)
		}
	}
	answer := func() string {
		t.Helper()
		a, err := One[string](store.Query(ctx, `SELECT concat_ws(' ', json_format('1'::JSON), (SELECT count(*) FROM cloudtrail_lake), (SELECT x FROM mine), twice(2))`))
		if err != nil {
			t.Error(err)
		}
		return a
	}
	spoil := `
		CREATE OR REPLACE MACRO json_format(json) AS 'another';
		DROP VIEW cloudtrail_lake;
		CREATE OR REPLACE VIEW mine AS SELECT 'x' AS x;
		CREATE OR REPLACE MACRO twice(n) AS 2 * n;`
	for name, open := range map[string]func() (*Store, error){
		"ingest":    func() (*Store, error) { return CreateFor(ctx, path, 0, Grants{AnySchema: true}) },
		"sql write": func() (*Store, error) { return OpenFor(ctx, path, Grants{Write: true, AnySchema: true}) },
	} {
		change(spoil)
		reopen(open)
		if got := answer(); got != "1 0 x 4" {
			t.Errorf("%s: %s", name, got)
		}
	}

	change("UPDATE store SET definitions = 'of another version'")
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if reader, err := OpenFor(ctx, path, Grants{AnySchema: true}); err == nil {
		reader.Close()
		t.Error("a store with views of another version is read")
	} else if !strings.Contains(err.Error(), "run trailbox ingest on it once") {
		t.Error(err)
	}
	if store, err = CreateFor(ctx, path, 0, Grants{AnySchema: true}); err != nil {
		t.Fatal(err)
	}
	reopen(func() (*Store, error) { return OpenFor(ctx, path, Grants{AnySchema: true}) })
	if got := answer(); got != "1 0 x 4" {
		t.Errorf("brought up to date: %s", got)
	}
	store.Close()
}

// Migrations are of tables: what is defined in one place is found there.
func TestMigrationsDefineNothing(t *testing.T) {
	for i, text := range migrations() {
		for _, word := range []string{"CREATE VIEW", "CREATE MACRO", "CREATE OR REPLACE"} {
			if strings.Contains(text, word) {
				t.Errorf("migration %d: %s", i+1, word)
			}
		}
	}
}

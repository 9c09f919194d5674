package schema

import (
	"errors"
	"path/filepath"
	"testing"
)

// No sequence of statements that a person types changes the store, and what is theirs they
// can change.
func TestMine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = OpenFor(t.Context(), path, Grants{Mine: true, Typed: true}); err != nil {
		t.Fatal(err)
	}
	run := func(statement string) error {
		rows, err := store.Query(t.Context(), statement)
		if err != nil {
			return err
		}
		for rows.Next() {
		}
		return errors.Join(rows.Err(), rows.Close())
	}
	for _, c := range []struct {
		statement string
		bound     Bound
	}{
		{"INSERT INTO runs (run, started) VALUES (1, now())", ReadOnly},
		{"INSERT INTO store.main.runs (run, started) VALUES (1, now())", ReadOnly},
		{"WITH x AS (SELECT 1) INSERT INTO runs (run, started) SELECT 1, now() FROM x", ReadOnly},
		{"UPDATE store.store SET hashSeed = 1", ReadOnly},
		{"DELETE FROM store.store", ReadOnly},
		{"DROP VIEW cloudtrail_logs", ReadOnly},
		{"ALTER TABLE events ADD COLUMN x INTEGER", ReadOnly},
		{"COMMENT ON TABLE events IS 'x'", ReadOnly},
		{"CREATE SCHEMA other", ReadOnly},
		{"CREATE INDEX i ON events (eventName)", ReadOnly},
		{"DETACH store", NoFiles},
		{"-- a comment\n detach DATABASE IF EXISTS store", NoFiles},
		{"ATTACH '" + path + "' AS again (READ_WRITE)", NoFiles},
		{"ATTACH OR REPLACE '" + path + "' AS store (READ_WRITE)", NoFiles},
		{"PREPARE p AS SELECT 1", NoFiles},
		{"COPY (SELECT 1) TO '" + path + "'", NoFiles},
		{"EXPORT DATABASE '" + filepath.Dir(path) + "'", NoFiles},
		{"SET GLOBAL enable_external_access = true", NoSettings},
	} {
		if err := run(c.statement); err == nil || BoundOf(err) != c.bound {
			t.Errorf("%s: %v", c.statement, err)
		}
	}
	if err := run("SELECT 1; DETACH store"); err == nil {
		t.Error("two statements are taken for one")
	}
	for _, statement := range []string{"CREATE TABLE mine.x AS SELECT 1 AS a", "INSERT INTO mine.x VALUES (2)", "CREATE VIEW mine.v AS SELECT count(*) AS n FROM mine.x", "DROP VIEW mine.v"} {
		changes, err := store.Changes(t.Context(), statement)
		if err == nil {
			err = run(statement)
		}
		if err != nil || !changes {
			t.Errorf("%s: %t, %v", statement, changes, err)
		}
	}
	if changes, err := store.Changes(t.Context(), "SELECT * FROM mine.x"); changes || err != nil {
		t.Errorf("a query changes something: %v", err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = OpenFor(t.Context(), path, Grants{Typed: true}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if got, err := Collect[int64](store.Query(t.Context(), "SELECT sum(a)::BIGINT FROM mine.x")); err != nil || len(got) != 1 || got[0] != 3 {
		t.Errorf("it is %d, %v", got, err)
	}
	for _, statement := range []string{
		"DROP TABLE mine.x", "DETACH mine", "ATTACH '" + MinePath(path) + "' AS mine (READ_WRITE)", "DROP TABLE mine.x",
		"ATTACH '" + path + "' AS again (READ_WRITE)", "DROP TABLE again.events", "USE mine", "DETACH t", "DROP TABLE t.events",
	} {
		if err := run(statement); err == nil && statement[:4] == "DROP" {
			t.Errorf("%s: done by somebody who may only read", statement)
		}
	}
}

// Each table and view says what it is, and so does each column of those that people ask.
func TestComments(t *testing.T) {
	store, err := Create(t.Context(), filepath.Join(t.TempDir(), "t.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	lacking, err := Collect[string](store.Query(t.Context(), `
		SELECT table_name FROM duckdb_tables() WHERE NOT internal AND comment IS NULL
		UNION ALL
		SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL
		UNION ALL
		SELECT table_name || '.' || column_name FROM duckdb_columns()
		WHERE NOT internal AND comment IS NULL
			AND table_name IN ('events', 'files', 'runs')`))
	if err != nil || len(lacking) > 0 {
		t.Errorf("%q say nothing of themselves, %v", lacking, err)
	}
}

func TestTypeMembers(t *testing.T) {
	for _, c := range []struct {
		name, outline string
		members       []TypeMember
	}{
		{"VARCHAR", "VARCHAR", nil},
		{"DECIMAL(18,3)[]", "DECIMAL(18,3)[]", nil},
		{`STRUCT("type" VARCHAR, "name" VARCHAR)[]`, "STRUCT[]", []TypeMember{{"[].type", "VARCHAR"}, {"[].name", "VARCHAR"}}},
		{`STRUCT(a STRUCT("b c" INTEGER[], d MAP(VARCHAR, BIGINT)), e BOOLEAN)`, "STRUCT", []TypeMember{
			{".a", "STRUCT"}, {".a.b c", "INTEGER[]"}, {".a.d", "MAP(VARCHAR, BIGINT)"}, {".e", "BOOLEAN"},
		}},
	} {
		outline, members := TypeMembers(c.name)
		if outline != c.outline || len(members) != len(c.members) {
			t.Errorf("%s: %s %v", c.name, outline, members)
			continue
		}
		for i, m := range members {
			if m != c.members[i] {
				t.Errorf("%s: %v", c.name, m)
			}
		}
	}
}

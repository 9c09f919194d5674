package schema

import (
	"path/filepath"
	"testing"
)

// A store of the first version gets what came later when it is opened for writing, and
// keeps what it has.
func TestMigrateOldStore(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "t.duckdb")
	old, err := attach(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE TABLE migrations (migration INTEGER NOT NULL, applied TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))",
		migrations()[0],
		"INSERT INTO migrations (migration) VALUES (1)",
		"INSERT INTO events (eventTime, file, position, recordHash) VALUES ('2026-03-02 21:41:07.5', 1, 0, 0)",
		"INSERT INTO files (file, uri, records, new, repeated, filtered, conflicts, status, run) VALUES (1, 'x', 1, 1, 0, 0, 0, 'loaded', 1)",
	} {
		if _, err := old.db.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	var skeleton Skeleton
	for i := range NumColumns { // the marks are of all sorts of bytes
		skeleton.Raw([]byte(`{"\u00e9é":"`))
		skeleton.Leaf(i)
		skeleton.Raw([]byte(`","b":[ `))
		skeleton.Leaf(i)
		skeleton.Raw([]byte(`,null,"a\\"],"c":`))
	}
	skeleton.Unknown()
	skeleton.Raw([]byte(`,"resources":[{`))
	skeleton.Element()
	skeleton.Raw([]byte(`"ARN":"`))
	skeleton.Resource(0)
	skeleton.Raw([]byte(`"}]`))
	if _, err := old.db.ExecContext(ctx, "INSERT INTO shapes VALUES (0, $1)", skeleton.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err := Open(ctx, path); err == nil {
		store.Close()
		t.Error("an old store can be read as if it had everything")
	}
	store, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = Open(ctx, path); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var text string
	if err := store.db.QueryRowContext(ctx, "SELECT eventtime FROM cloudtrail_logs WHERE timestamp = '2026/03/02'").Scan(&text); err != nil {
		t.Fatal(err)
	}
	if want := "2026-03-02T21:41:07.5Z"; text != want {
		t.Errorf("eventtime is %s, not %s", text, want)
	}
	if err := store.db.QueryRowContext(ctx, "SELECT outline FROM outlines").Scan(&text); err != nil {
		t.Fatal(err)
	}
	if want := outline(skeleton.Bytes()); text != want {
		t.Errorf("the outline is %s, not %s", text, want)
	}
}

package schema

import (
	"path/filepath"
	"testing"
)

// oldStore makes a store of an earlier version, with what fill adds to it.
func oldStore(t *testing.T, version int, fill func(exec func(statement string, args ...any))) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "t.duckdb")
	old, err := attach(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := old.db.ExecContext(t.Context(), statement, args...); err != nil {
			t.Fatalf("%v in %s", err, statement)
		}
	}
	exec("CREATE TABLE migrations (migration INTEGER NOT NULL, applied TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'))")
	for n := range version {
		exec(migrations()[n])
		exec("INSERT INTO migrations (migration) VALUES ($1)", n+1)
	}
	fill(exec)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// A store of the first version gets what came later when it is opened for writing, and
// keeps what it has.
func TestMigrateOldStore(t *testing.T) {
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
	ctx, path := t.Context(), oldStore(t, 1, func(exec func(string, ...any)) {
		exec("INSERT INTO events (eventTime, file, position, recordHash) VALUES ('2026-03-02 21:41:07.5', 1, 0, 0)")
		exec("INSERT INTO files (file, uri, records, new, repeated, filtered, conflicts, status, run) VALUES (1, 'x', 1, 1, 0, 0, 0, 'loaded', 1)")
		exec("INSERT INTO shapes VALUES (0, $1)", skeleton.Bytes())
	})
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

// What earlier runs asked for is read from the text of their limits.
func TestMigrateWindows(t *testing.T) {
	tests := []struct{ filter, since, until string }{
		{"", "", ""},
		{"account 111122223333, region us-east-1", "", ""},
		{"since 2026-03-02T12:00:00Z", "2026-03-02 00:00:00", ""},
		{"since 2026-03-02T00:10:00.5Z", "2026-03-01 23:10:00.5", ""},
		{"account 111122223333, since 2026-03-02T12:00:00Z, until 2026-03-03T12:00:00Z", "2026-03-02 00:00:00", "2026-03-05 00:00:00"},
		{"until 2026-03-03T00:00:00Z", "", "2026-03-05 00:00:00"},
		{"slack 0s, until 2026-03-03T00:00:00Z", "", "2026-03-04 00:00:00"},
		{"slack 48h0m0s, until 2026-03-03T12:00:00Z", "", "2026-03-06 00:00:00"},
		{"slack 30m0s, until 2026-03-03T23:29:59Z", "", "2026-03-04 00:00:00"},
		{"slack 30m0s, until 2026-03-03T23:30:00Z", "", "2026-03-05 00:00:00"},
		{"slack 1h2m3.5s, until 2026-03-03T22:57:56Z", "", "2026-03-04 00:00:00"},
		{"slack 1h2m3.5s, until 2026-03-03T22:57:57Z", "", "2026-03-05 00:00:00"},
		{"slack 500ms, until 2026-03-03T12:00:00Z", "", "2026-03-04 00:00:00"},
	}
	path := oldStore(t, 5, func(exec func(string, ...any)) {
		for i, test := range tests {
			exec("INSERT INTO runs (run, started, filter) VALUES ($1, now(), nullif($2, ''))", i+1, test.filter)
		}
	})
	store, err := Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for i, test := range tests {
		var since, until string
		err := store.db.QueryRowContext(t.Context(), "SELECT coalesce(deliveredSince::VARCHAR, ''), coalesce(deliveredUntil::VARCHAR, '') FROM runs WHERE run = $1", i+1).Scan(&since, &until)
		if err != nil || since != test.since || until != test.until {
			t.Errorf("%q: %q to %q (%v), want %q to %q", test.filter, since, until, err, test.since, test.until)
		}
	}
}

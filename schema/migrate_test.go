package schema

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
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

// What the keys of files and of listed log files tell is filled in, as it is for new ones.
func TestMigrateKeys(t *testing.T) {
	const folder = "s3://logs//p/AWSLogs/o-exampleorg1/111122223333/"
	keys := []string{
		folder + "CloudTrail/us-east-1/2026/03/02/" + logName16,
		folder + "CloudTrail-Insight/us-east-1/2026/03/02/" + strings.TrimSuffix(logName16, ".gz"),
		folder + "CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_my_trail-1.a_eu-west-1" + digestTime + ".json.gz",
		"/evidence/111122223333_CloudTrail-Digest_us-east-1_main_us-east-1" + digestTime + "_backfill.json.gz",
		"/evidence/AWSLogs/x.json", "/x.json.gz", "-", "/'; DROP TABLE files --",
	}
	path := oldStore(t, 5, func(exec func(string, ...any)) {
		exec("INSERT INTO runs (run, started) VALUES (1, now())")
		for i, key := range keys {
			exec(`INSERT INTO files (file, uri, size, etag, records, new, repeated, filtered, conflicts, status, run, superseded, members)
				VALUES ($1, $2, 7, 'e', 4, 0, 3, 1, 0, 'loaded', 1, $3, 2)`, i+1, key, i+2)
			exec("INSERT INTO digest_log_files (file, position, s3Bucket, s3Object, hashValue, hashAlgorithm) VALUES (9, $1, 'b', $2, 'h', 'a')", i, key)
		}
		exec("CREATE INDEX mine ON files (uri)") // somebody's own
		exec("CREATE VIEW damaged AS SELECT uri FROM files WHERE status <> 'loaded'")
		// More than a row group, more than a chunk.
		exec(`INSERT INTO files (file, uri, records, new, repeated, filtered, conflicts, status, run)
			SELECT i, 's3://logs/AWSLogs/' || i || '/CloudTrail/us-east-1/2026/03/02/' || i || '.json.gz', 0, 0, 0, 0, 0, 'loaded', 1
			FROM generate_series(1000, 100_000) AS numbers(i)`)
	})
	store, err := CreateFor(t.Context(), path, 0, Grants{AnySchema: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	one := func(query string, args ...any) (text string) {
		t.Helper()
		if err := store.db.QueryRowContext(t.Context(), query, args...).Scan(&text); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		return text
	}
	for i, key := range keys {
		k := ParseKey(key)
		want := fmt.Sprintf("%d %s 4 3 1 %d 2 %s %s %s %s %t", i+1, key, i+2, k.Folder, k.Name, k.Trail, k.HomeRegion, k.Backfill)
		if got := one(`SELECT format('{} {} {} {} {} {} {} {} {} {} {} {}', file, uri, records, repeated, filtered, superseded, members,
			coalesce(folder, ''), name, coalesce(trail, ''), coalesce(homeRegion, ''), coalesce(backfill, false)) FROM files WHERE file = $1`, i+1); got != want {
			t.Errorf("the file is %s\nnot %s", got, want)
		}
		delivered := ""
		if !k.Delivered.IsZero() {
			delivered = k.Delivered.Format(time.DateTime)
		}
		want = fmt.Sprintf("9 b %s h %s %s %s", key, k.Folder, k.Name, delivered)
		if got := one(`SELECT format('{} {} {} {} {} {} {}', file, s3Bucket, s3Object, hashValue, coalesce(folder, ''), name, coalesce(delivered::VARCHAR, ''))
			FROM digest_log_files WHERE position = $1`, i); got != want {
			t.Errorf("the listed file is %s\nnot %s", got, want)
		}
	}
	if got := one("SELECT count(*)::VARCHAR FROM files WHERE name = file || '.json' AND folder = 'AWSLogs/' || file || '/CloudTrail/us-east-1/2026/03/02'"); got != "99001" {
		t.Errorf("%s of 99001 files have their name and their folder", got)
	}
	if got := one("SELECT count(*)::VARCHAR FROM damaged"); got != "0" {
		t.Errorf("%s files are damaged", got)
	}
	// The columns are where those who append rows expect them.
	row := fileRow(&LogFile{File: 7, URI: keys[0], Key: ParseKey(keys[0])})
	if n := one("SELECT count(*)::VARCHAR FROM duckdb_columns() WHERE table_name = 'files' AND NOT internal"); n != fmt.Sprint(len(row)) {
		t.Errorf("%s columns, %d values", n, len(row))
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

// A store whose migration fails is what it was: of its version, with nothing of a later one.
func TestMigrateFails(t *testing.T) {
	ctx, path := t.Context(), oldStore(t, 2, func(exec func(string, ...any)) {
		exec("CREATE TABLE watched (somebody VARCHAR)") // in the way of the fifth
	})
	if store, err := Create(ctx, path, 0); err == nil {
		store.Close()
		t.Fatal("it is migrated over a table that is in the way")
	} else if !strings.Contains(err.Error(), "migration 5") {
		t.Error(err)
	}
	store, err := attach(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	have, err := version(ctx, store.db)
	outlines, outlinesErr := One[int64](store.Query(ctx, "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'shapes' AND column_name = 'outline'"))
	if have != 2 || outlines != 0 || err != nil || outlinesErr != nil {
		t.Errorf("version %d (%v), columns of the fourth: %d (%v)", have, err, outlines, outlinesErr)
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailbox/ingest/digesttest"
	"trailbox/query/integrity"
	"trailbox/schema"
)

// edit runs statements on a store, as somebody would who has the file.
func edit(t *testing.T, store string, statements ...string) {
	t.Helper()
	db, err := schema.OpenFor(t.Context(), store, schema.Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		err := db.Change(t.Context(), func(c *schema.Change) error { return c.Exec(t.Context(), statement) })
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever column of whatever table is changed, where the record itself is kept beside it
// so that the file comes out as it was: verify --self names the file and the column.
func TestVerifySelfProvesColumns(t *testing.T) {
	full := `"userIdentity":{"type":"IAMUser","userName":"auditor"},"tlsDetails":{"tlsVersion":"TLSv1.3"},"resources":[{"ARN":"arn:aws:s3:::logs"}],"requestParameters":{"bucketName":"logs"}`
	record := strings.TrimSuffix(recordA, "}") + "," + full + "}"
	type column struct{ Table, Name, Type string }
	var columns []column
	dir := t.TempDir()
	logs, store := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb")
	empty, err := schema.Create(t.Context(), store, 0)
	if err != nil {
		t.Fatal(err)
	}
	// What cannot be known from the file: where it stands, how the record is kept, what the
	// object was packed in, and what others say of it.
	columns, err = schema.Collect[column](empty.Query(t.Context(), `
		SELECT table_name AS "table", column_name AS name, data_type AS type
		FROM duckdb_columns()
		WHERE (table_name = 'events' AND column_name NOT IN ('file', 'position', 'shape', 'verbatim'))
			OR (table_name = 'files' AND column_name NOT IN ('file', 'uri', 'size', 'etag', 'filtered', 'conflicts', 'error', 'overLimit', 'envelope', 'run', 'superseded', 'members',
				'versionId', 'replaced', 'deleted'))
			OR (table_name = 'repeats' AND column_name NOT IN ('file'))
		ORDER BY ALL`))
	if err := errors.Join(err, empty.Close(), os.Remove(store), os.Mkdir(logs, 0o700)); err != nil {
		t.Fatal(err)
	}
	if len(columns) < 60 {
		t.Fatalf("%d columns: %v", len(columns), columns)
	}
	for i := range columns {
		own := apart(i, record)
		writeFile(t, filepath.Join(logs, fmt.Sprintf("%03d.json.gz", i)), pack([]byte(logFile(own, own, apart(i, recordB)))))
	}
	ingestJSON(t, 0, "--store", store, logs)
	selfChecked(t, store)
	var statements []string
	for i, c := range columns {
		file := fmt.Sprintf("(SELECT file FROM files WHERE parse_filename(uri) = '%03d.json.gz')", i)
		value := "NULL"
		switch c.Type {
		case "VARCHAR":
			value = "'x'"
		case "BOOLEAN":
			value = fmt.Sprintf("NOT coalesce(%q, false)", c.Name)
		case "TIMESTAMP":
			value = fmt.Sprintf("coalesce(%q + INTERVAL 1 SECOND, '2026-03-02'::TIMESTAMP)", c.Name)
		case "UUID":
			value = "'33333333-3333-4333-8333-333333333333'"
		case "INTEGER", "BIGINT", "UBIGINT":
			value = fmt.Sprintf("%q + 1", c.Name)
		}
		where := "file = " + file
		if c.Table == "events" {
			where += " AND position = 0"
			statements = append(statements, "UPDATE events SET shape = NULL, verbatim = '"+apart(i, record)+"'::BLOB WHERE "+where)
		}
		statements = append(statements, fmt.Sprintf("UPDATE %s SET %q = %s WHERE %s", c.Table, c.Name, value, where))
	}
	edit(t, store, statements...)
	code, stdout, stderr := call(t, "verify", "--self", "-o", "json", "--store", store)
	var check selfCheck
	if err := json.Unmarshal([]byte(stdout), &check); err != nil || code != 3 {
		t.Fatalf("exit code %d, %v\n%s", code, err, stdout)
	}
	for i, c := range columns {
		found := ""
		for _, f := range check.Findings {
			if strings.HasSuffix(f.URI, fmt.Sprintf("/%03d.json.gz", i)) {
				found = f.Error
			}
		}
		if found == "" {
			t.Errorf("%s.%s: not found", c.Table, c.Name)
		} else if c.Table == "events" && !strings.Contains(found, c.Name) {
			t.Errorf("%s.%s: %s", c.Table, c.Name, found)
		}
	}
	if check.Different != len(columns) {
		t.Errorf("%d files are different of %d that were changed\n%s", check.Different, len(columns), stderr)
	}
}

// With the digests in the store a false row is not proven, and neither is what a false copy
// of a digest lists; reports know of it.
func TestVerifyDeepProvesRows(t *testing.T) {
	victim := "(SELECT min(file) FROM files WHERE kind = 'CloudTrail' AND new > 1)"
	digestFile := "(SELECT min(file) FROM digests)"
	tests := []struct {
		name       string
		statements []string
		finds      integrity.Kind
		state      integrity.State
	}{
		{"nothing", nil, "", ""},
		{"derived columns", []string{"UPDATE events SET actor = 'somebody else' WHERE file = " + victim}, integrity.LogUnrebuilt, integrity.Unrebuilt},
		{"a leaf, and all hashes with it", []string{
			"UPDATE events SET eventName = 'DescribeTrails' WHERE file = " + victim,
			"UPDATE digest_log_files SET hashValue = 'ab' WHERE hashValue = (SELECT sha256 FROM files WHERE file = " + victim + ")",
			"UPDATE files SET sha256 = 'ab' WHERE file = " + victim,
		}, integrity.LogUnrebuilt, integrity.Unrebuilt},
		{"what a digest lists", []string{"UPDATE digest_log_files SET s3Bucket = 'other'"}, integrity.DigestUnrebuilt, integrity.Unproven},
		{"when a digest is of", []string{"UPDATE digests SET newestEventTime = '2026-01-01' WHERE file = " + digestFile}, integrity.DigestUnrebuilt, integrity.Unproven},
		{"a log file that no digest lists", []string{"DELETE FROM digest_log_files WHERE position = 0"}, integrity.DigestUnrebuilt, integrity.Unproven},
		{"a digest's bytes and their hash", []string{
			"UPDATE originals SET sha256 = 'ab', packed = false, data = '{}'::BLOB WHERE file = " + digestFile,
		}, integrity.DigestUnrebuilt, integrity.Unproven},
		{"rows of a digest file", []string{"INSERT INTO events BY NAME SELECT * REPLACE (" + digestFile + " AS file) FROM events WHERE file = " + victim}, integrity.DigestUnrebuilt, integrity.Unproven},
		{"rows of no file", []string{"INSERT INTO events BY NAME SELECT * REPLACE (999999 AS file) FROM events WHERE file = " + victim}, integrity.EventsOrphaned, integrity.Orphaned},
		{"a file said to be in part", []string{
			"UPDATE events SET eventName = 'DescribeTrails' WHERE file = " + victim,
			"UPDATE files SET filtered = 1, records = records + 1, envelope = NULL WHERE file = " + victim,
		}, integrity.LogUnrebuilt, integrity.Unrebuilt},
		{"a file said to be no log file", []string{
			"UPDATE files SET status = 'skipped' WHERE file = " + victim,
		}, integrity.EventsOrphaned, integrity.Orphaned},
	}
	whole, keys := digested(t, digesttest.Trail{Hours: 3}.Make(), true)
	loaded, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := filepath.Join(t.TempDir(), "t.duckdb")
			writeFile(t, store, loaded)
			edit(t, store, test.statements...)
			code := 3
			if test.statements == nil {
				code = 0
			}
			r := verified(t, code, "--deep", "--store", store, "--public-keys", keys)
			if test.statements == nil {
				return
			}
			found := false
			for _, f := range r.Findings {
				found = found || f.Kind == test.finds
			}
			if !found {
				t.Errorf("%s is not among %+v", test.finds, r.Findings)
			}
			if test.state != "" && r.Events[test.state] == 0 {
				t.Errorf("no event is %s: %v", test.state, r.Events)
			}
			_, _, stderr := call(t, "report", "who", "--store", store)
			if strings.Contains(stderr, "(100 % proven)") || !strings.Contains(stderr, " % proven)") {
				t.Errorf("reports: %s", stderr)
			}
		})
	}
}

// Keys that a store has are whoever's who made it: given ones count alone, and without them
// each stored one is named, and is no proof but to who says so.
func TestVerifyStoredKeys(t *testing.T) {
	a := digesttest.Trail{Hours: 3, Keys: []*digesttest.Key{foreignKey()}}.Make()
	store, planted := digested(t, a, true)
	genuine := filepath.Join(t.TempDir(), "genuine.json")
	writeFile(t, genuine, digesttest.PublicKeys(digesttest.ISO8601, key()))

	// Somebody signs an archive, and hands over the store with the key in it.
	if r := verified(t, 0, "--store", store, "--public-keys", planted); len(r.Keys) != 1 || r.Keys[0].Stored || r.Keys[0].Source != planted || r.Keys[0].Digests != 3 {
		t.Errorf("keys of the run: %+v", r.Keys)
	}
	r := verified(t, 3, "--store", store, "--public-keys", genuine)
	if r.Files[integrity.Proven] != 0 || len(r.Keys) != 0 {
		t.Errorf("beside the genuine key: files %v, keys %+v", r.Files, r.Keys)
	}
	r = verified(t, 3, "--store", store)
	if len(r.Keys) != 1 || !r.Keys[0].Stored || r.Keys[0].Added.IsZero() || len(r.Findings) != 1 || r.Findings[0].Kind != integrity.KeyStored {
		t.Errorf("by the stored key: keys %+v, findings %+v", r.Keys, r.Findings)
	}
	if _, _, stderr := call(t, "report", "who", "--store", store); !strings.Contains(stderr, "(0 % proven)") {
		t.Errorf("what the stored key proves is kept: %s", stderr)
	}
	code, stdout, _ := call(t, "verify", "--store", store)
	for _, want := range []string{r.Keys[0].Fingerprint, planted + ", in the store since ", "key-stored: ", "--trust-stored-keys"} {
		if code != 3 || !strings.Contains(stdout, want) {
			t.Errorf("code %d, %q is not in\n%s", code, want, stdout)
		}
	}
	code, _, stderr := call(t, "verify", "--store", store, "--trust-stored-keys")
	if code != 0 || !strings.Contains(stderr, "12 files that an earlier verification found unproven: proven now\n") {
		t.Errorf("trusted: code %d, %s", code, stderr)
	}

	// The key that a run adds is one more, and turns no verdict of another's unsaid.
	short := keyFor(2, -10*24*60*60*1e9, -9*24*60*60*1e9)
	writeFile(t, genuine, digesttest.PublicKeys(digesttest.ISO8601, short))
	code, _, stderr = call(t, "verify", "--store", store, "--public-keys", genuine)
	if code != 3 || !strings.Contains(stderr, " that an earlier verification found proven: unproven now\n") {
		t.Errorf("with other times: code %d, %s", code, stderr)
	}
	if n := asked(t, opened(t, store), "SELECT count(*) AS n FROM public_keys"); n != `{"n":3}` {
		t.Errorf("the store has the keys %s", n)
	}
}

// Whatever column of the tables of credentials is changed, added or taken away, verify --self
// names the credential.
func TestVerifySelfProvesCredentials(t *testing.T) {
	dir := t.TempDir()
	logs, path := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	const record = `{"eventTime":"2026-03-02T10:00:0%[1]dZ","eventName":"AssumeRole","eventSource":"sts.amazonaws.com","readOnly":true,"sourceIPAddress":"203.0.113.%[1]d",` +
		`"eventID":"00000000-0000-4000-8000-00000000000%[1]d","recipientAccountId":"111122223333","awsRegion":"us-east-1",` +
		`"userIdentity":{"type":"IAMUser","principalId":"AIDA1","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA%[1]d"},` +
		`"responseElements":{"credentials":{"accessKeyId":"ASIA%[1]d"}}}`
	for _, name := range []string{"a", "b"} { // loaded one after the other; the second repeats and adds
		records := []string{fmt.Sprintf(record, 1), fmt.Sprintf(record, 2)}
		if name == "b" {
			records = append(records, strings.Replace(fmt.Sprintf(record, 3), "AKIA3", "AKIA2", 1))
		}
		writeFile(t, filepath.Join(logs, name+".json.gz"), pack([]byte(logFile(records...))))
		ingestJSON(t, 0, "--store", path, logs)
	}
	if check := selfChecked(t, path); check.Misstated != 0 {
		t.Fatalf("%+v", check)
	}
	store, err := schema.OpenFor(t.Context(), path, schema.Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	change := func(statements ...string) error {
		return store.Change(t.Context(), func(c *schema.Change) (err error) {
			for _, statement := range statements {
				err = errors.Join(err, c.Exec(t.Context(), statement))
			}
			return err
		})
	}
	type column struct{ Table, Name, Type string }
	columns, err := schema.Collect[column](store.Query(t.Context(), `
		SELECT table_name AS "table", column_name AS name, data_type AS type
		FROM duckdb_columns()
		WHERE table_name IN ('credential_uses', 'credential_events') AND NOT (table_name = 'credential_uses' AND column_name = 'file')
		ORDER BY ALL`))
	if err != nil || len(columns) < 40 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	tables := []string{"credential_uses", "credential_events"}
	var keep, restore, drop, statements []string
	for _, table := range tables {
		keep = append(keep, "CREATE TABLE whole_"+table+" AS FROM "+table)
		restore = append(restore, "DELETE FROM "+table, "INSERT INTO "+table+" FROM whole_"+table)
		drop = append(drop, "DROP TABLE whole_"+table)
	}
	for _, c := range columns {
		value := map[string]string{
			"VARCHAR": "'x'", "BOOLEAN": fmt.Sprintf("NOT coalesce(%q, false)", c.Name), "TIMESTAMP": "'2026-01-01'", "UUID": "'33333333-3333-4333-8333-333333333333'",
			"INTEGER": fmt.Sprintf("%q + 1", c.Name), "BIGINT": fmt.Sprintf("%q + 1", c.Name),
		}[c.Type]
		statements = append(statements, fmt.Sprintf("UPDATE %s SET %q = %s WHERE accessKeyId IN ('AKIA2', 'ASIA2')", c.Table, c.Name, value))
	}
	for _, table := range tables {
		statements = append(statements, "DELETE FROM "+table+" WHERE accessKeyId IN ('AKIA2', 'ASIA2')", "INSERT INTO "+table+" FROM "+table+" WHERE accessKeyId IN ('AKIA2', 'ASIA2')")
	}
	if err := change(keep...); err != nil {
		t.Fatal(err)
	}
	misstated := func() (n int, err error) {
		for m, findErr := range store.ProveCredentials(t.Context()) {
			if err = errors.Join(err, findErr); m.Name != "" {
				n++
			}
		}
		return n, err
	}
	for _, statement := range statements {
		err := change(restore...)
		if n, findErr := misstated(); err != nil || findErr != nil || n != 0 {
			t.Fatalf("before %s: %d are found, %v, %v", statement, n, err, findErr)
		}
		err = change(statement)
		if n, findErr := misstated(); err != nil || findErr != nil || n == 0 {
			t.Errorf("after %s: %d are found, %v, %v", statement, n, err, findErr)
		}
	}
	if err := errors.Join(change(drop...), store.Close()); err != nil {
		t.Fatal(err)
	}
	// As people and programs see it.
	code, stdout, stderr := call(t, "verify", "--self", "-o", "json", "--store", path)
	var check selfCheck
	if err := json.Unmarshal([]byte(stdout), &check); err != nil || code != exitFindings || check.Misstated == 0 || check.Different != 0 || !strings.Contains(stderr, "what the stored events do") {
		t.Errorf("%d %v\n%s\n%s", code, err, stdout, stderr)
	}
	if _, stdout, _ := call(t, "verify", "--self", "--store", path); !strings.Contains(stdout, "misstated") {
		t.Errorf("in words:\n%s", stdout)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/ingest/digesttest"
	"trailbox/query/integrity"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

// digested ingests an archive from a folder and returns the store, and a file with the
// trail's public keys.
func digested(t *testing.T, a *digesttest.Archive, sidecars bool) (store, keys string) {
	t.Helper()
	dir := t.TempDir()
	if err := a.Write(filepath.Join(dir, "logs"), sidecars); err != nil {
		t.Fatal(err)
	}
	keys, store = filepath.Join(dir, "keys.json"), filepath.Join(dir, "t.duckdb")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.Write(t, store)
	if code, stdout, stderr := call(t, "ingest", "--store", store, filepath.Join(dir, "logs")); code != 0 && code != 3 {
		t.Fatalf("ingest: code %d, %s%s", code, stdout, stderr)
	}
	return store, keys
}

// verified runs verify.
func verified(t *testing.T, wantCode int, args ...string) *integrity.Result {
	t.Helper()
	code, stdout, stderr := call(t, append([]string{"verify", "-o", "json"}, args...)...)
	r := new(integrity.Result)
	if err := json.Unmarshal([]byte(stdout), r); err != nil || code != wantCode {
		t.Fatalf("verify %q: code %d, want %d: %v\n%s%s", args, code, wantCode, err, stdout, stderr)
	}
	return r
}

// What verify finds, the reports know of: the share of events on top of each, and the
// hours of which digests prove that nothing is missing, silent ones too.
func TestVerifyFeedsReports(t *testing.T) {
	a := digesttest.Trail{Hours: 6, Quiet: []int{3}}.Make()
	a.Delete(a.Digest(1))
	store, keys := digested(t, a, true)
	report := func(name string) (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t, "report", name, "-o", "csv", "--store", store)
		if code != 0 {
			t.Fatalf("report %s: code %d, %s", name, code, stderr)
		}
		return stdout, stderr
	}
	if _, stderr := report("who"); !strings.HasPrefix(stderr, "covers 30 events, ") {
		t.Errorf("not verified yet: %s", stderr)
	}
	if coverage, _ := report("coverage"); !strings.Contains(coverage, ",covered,") || !strings.Contains(coverage, ",30,15,\n") {
		t.Errorf("not verified yet:\n%s", coverage)
	}

	// Without the key nothing is proven, and that is known.
	verified(t, 3, "--store", store)
	if _, stderr := report("who"); !strings.HasPrefix(stderr, "covers 30 events (0 % proven), ") {
		t.Errorf("without a key: %s", stderr)
	}
	if coverage, _ := report("coverage"); !strings.Contains(coverage, ",30,15,0\n") {
		t.Errorf("without a key:\n%s", coverage)
	}

	// Of five hours with three files each one has lost its digest.
	r := verified(t, 3, "--store", store, "--public-keys", keys)
	if r.Files[integrity.Proven] != 12 || r.Files[integrity.Undigested] != 3 || r.Events[integrity.Proven] != 24 {
		t.Errorf("files %v, events %v", r.Files, r.Events)
	}
	if _, stderr := report("who"); !strings.HasPrefix(stderr, "covers 30 events (80.0 % proven), ") {
		t.Errorf("with the key: %s", stderr)
	}
	coverage, _ := report("coverage")
	lines := strings.Split(strings.TrimSpace(coverage), "\n")
	var covered, silence string
	for _, line := range lines {
		fields := strings.Split(line, ",")
		switch fields[2] {
		case "covered":
			covered = fields[8]
		case "silence":
			silence = fields[5] + " " + fields[8]
		}
	}
	// From the first event to the last are 5.6 hours, of which one has no digest; the
	// quiet hour has an empty one.
	if covered == "" || covered >= "4.9" || covered <= "4.3" {
		t.Errorf("%s hours are proven:\n%s", covered, coverage)
	}
	if hours, proven, _ := strings.Cut(silence, " "); hours == "" || hours != proven {
		t.Errorf("of %s silent hours %s are proven:\n%s", hours, proven, coverage)
	}

	// The key is in the store now.
	if r := verified(t, 3, "--store", store); r.Files[integrity.Proven] != 12 {
		t.Errorf("again: %v", r.Files)
	}
	// What a limited one looks at is judged anew, the rest stays.
	start := a.Trail.Start.Add(4 * time.Hour).Format(time.RFC3339)
	if r := verified(t, 0, "--store", store, "--trust-stored-keys", "--since", start); r.Files[integrity.Proven] != 6 {
		t.Errorf("since %s: %v", start, r.Files)
	}
	if _, stderr := report("who"); !strings.HasPrefix(stderr, "covers 30 events (80.0 % proven), ") {
		t.Errorf("after a limited one: %s", stderr)
	}
}

// Nobody knows whether digests list the files of Insights: that they do not is no fault,
// and no proof.
func TestVerifyInsights(t *testing.T) {
	a := digesttest.Trail{Hours: 3}.Make()
	insight := *a.Log(1, 0)
	insight.Key = strings.ReplaceAll(insight.Key, "CloudTrail", "CloudTrail-Insight")
	insight.SetContent([]byte(`{"Records":[{"eventVersion":"1.07","eventTime":"2026-03-02T01:20:00Z","eventCategory":"Insight","eventID":"11111111-1111-4111-8111-111111111111"}]}`))
	a.Objects = append(a.Objects, &insight)
	store, keys := digested(t, a, true)
	r := verified(t, 0, "--store", store, "--public-keys", keys)
	if r.Files[integrity.Proven] != 9 || r.Files[integrity.Uncovered] != 1 || len(r.Findings) != 0 || len(r.Notes) != 1 || r.Notes[0].Kind != integrity.LogUncovered {
		t.Errorf("%v, %+v, %+v", r.Files, r.Findings, r.Notes)
	}
	if code, stdout, stderr := call(t, "verify", "--trust-stored-keys", "--store", store); code != 0 || !strings.Contains(stdout, "10 = 9 proven + 1 uncovered (90.0 % proven)") {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
	if _, _, stderr := call(t, "report", "who", "--store", store); !strings.HasPrefix(stderr, "covers 19 events (94.7 % proven), ") {
		t.Errorf("reports: %s", stderr)
	}
}

// What a run was told not to load is not missing, and what it was told to load is, however
// far its slack reaches and however many runs there were.
func TestVerifyAfterLimits(t *testing.T) {
	trail := digesttest.Trail{Start: time.Date(2026, 3, 2, 0, 12, 9, 0, time.UTC), Hours: 4 * 24, LogFiles: 1}
	for _, test := range []struct {
		name    string
		runs    [][]string // limits
		missing []int      // hours of log files that are deleted, and are to be missed
		leftOut bool       // digests that were loaded list log files that were not
	}{
		{"much slack", [][]string{{"--until", "2026-03-03T06:00:00Z", "--slack", "48h"}}, []int{0, 30, 60, 80, 94}, false},
		{"no slack", [][]string{{"--until", "2026-03-03T06:00:00Z", "--slack", "0s"}}, []int{0, 30, 46}, false},
		{"days apart", [][]string{
			{"--until", "2026-03-02T12:00:00Z", "--slack", "0s"},
			{"--since", "2026-03-04T06:00:00Z", "--until", "2026-03-04T12:00:00Z", "--slack", "0s"},
		}, []int{5, 22, 50, 70}, true},
		{"days side by side", [][]string{
			{"--since", "2026-03-04T06:00:00Z", "--until", "2026-03-04T12:00:00Z", "--slack", "0s"},
			{"--since", "2026-03-03T06:00:00Z", "--until", "2026-03-03T12:00:00Z", "--slack", "0s"},
		}, []int{26, 46, 47, 48, 70}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := trail.Make()
			folder, want := t.TempDir(), map[string]bool{}
			for _, hour := range test.missing {
				log := a.Log(hour, 0)
				a.Delete(log)
				want["s3://"+log.Bucket+"/"+log.Key] = true
			}
			if err := a.Write(filepath.Join(folder, "logs"), true); err != nil {
				t.Fatal(err)
			}
			keys, store := filepath.Join(folder, "keys.json"), filepath.Join(folder, "t.duckdb")
			if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, limits := range test.runs {
				args := append([]string{"ingest", "--quiet", "--store", store}, limits...)
				if code, _, talk := call(t, append(args, filepath.Join(folder, "logs"))...); code != 0 {
					t.Fatalf("ingest: code %d, %s", code, talk)
				}
			}
			r := verified(t, 3, "--store", store, "--public-keys", keys)
			for _, f := range r.Findings {
				if f.Kind == integrity.LogMissing {
					if !want[f.URI] {
						t.Errorf("%s was not asked for", f.URI)
					}
					delete(want, f.URI)
				}
			}
			for uri := range want {
				t.Errorf("%s is not missed", uri)
			}
			if len(r.Chains) != 1 || r.Chains[0].LogsLeftOut > 0 != test.leftOut || r.Chains[0].LogsBad != int64(len(test.missing)) {
				t.Errorf("%+v", r.Chains)
			}
		})
	}
}

// A store that cannot be written to is verified all the same.
func TestVerifyUnderReaders(t *testing.T) {
	path, keys := digested(t, digesttest.Trail{Hours: 2}.Make(), true)
	store, err := schema.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	p := prepare(t, "trailbox", "verify", "--store", path, "--public-keys", keys)
	p.start(t)
	code := p.code(t)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.out.String(), "(100 % proven)") || !strings.Contains(p.err.String(), "not kept in the store") || code != 0 {
		t.Errorf("code %d, %s%s", code, &p.out, &p.err)
	}
	if code, stdout, _ := call(t, "verify", "--store", path); code != 3 || !strings.Contains(stdout, "key-unknown") {
		t.Errorf("then: code %d, %s", code, stdout)
	}
}

// From S3 the signatures come with the digests, and the public keys from CloudTrail.
func TestVerifyFromS3(t *testing.T) {
	a := digesttest.Trail{Hours: 3, Regions: []string{"us-east-1", "eu-west-1"}}.Make()
	server := serveArchive(t, a)
	var asked []string
	refuse := false
	cloudtrail := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuse {
			w.WriteHeader(http.StatusBadRequest)
			w.Write([]byte(`{"__type":"AccessDeniedException","Message":"not authorized to perform: cloudtrail:ListPublicKeys"}`))
			return
		}
		var ask struct{ StartTime, EndTime float64 }
		target := r.Header.Get("X-Amz-Target")
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || !strings.HasSuffix(target, "CloudTrail_20131101.ListPublicKeys") ||
			!strings.Contains(r.Header.Get("Authorization"), "/cloudtrail/aws4_request") {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		asked = append(asked, strings.Split(r.Header.Get("Authorization"), "/")[2]+" "+time.Unix(int64(ask.StartTime), 0).UTC().Format(time.RFC3339))
		w.Write(digesttest.PublicKeys(digesttest.Epoch, a.Trail.Keys...))
	}))
	defer cloudtrail.Close()

	store := filepath.Join(t.TempDir(), "t.duckdb")
	if code, stdout, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "s3://"+a.Trail.Bucket); code != 0 {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	r := verified(t, 0, "--store", store, "--fetch-keys", "--endpoint-url", cloudtrail.URL)
	if r.Files[integrity.Proven] != 18 || len(r.Findings) != 0 || len(r.Chains) != 2 {
		t.Errorf("%+v", r)
	}
	start := a.Trail.Start.Format(time.RFC3339)
	if got, want := strings.Join(asked, ", "), "eu-west-1 "+start+", us-east-1 "+start; got != want {
		t.Errorf("asked for %s, want %s", got, want)
	}
	// They are in the store, each for its Region.
	code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", "SELECT region, count(DISTINCT fingerprint) AS n FROM public_keys GROUP BY region ORDER BY region")
	if code != 0 || strings.TrimSpace(stdout) != "region,n\neu-west-1,1\nus-east-1,1" {
		t.Errorf("code %d, %s%s", code, stdout, stderr)
	}
	verified(t, 0, "--store", store, "--trust-stored-keys")

	// Written out they are as in the bucket, with their signatures beside them, so that
	// another store proves them just so.
	dest, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy.duckdb")
	if code, _, stderr := call(t, "extract", "--store", store, dest); code != 0 {
		t.Fatalf("extract: code %d, %s", code, stderr)
	}
	for _, o := range a.Objects {
		data, err := os.ReadFile(filepath.Join(dest, o.Key))
		if err != nil || o.Class == digesttest.DigestFile && !bytes.Equal(data, o.Data) {
			t.Errorf("%s: %v, %d bytes", o.Key, err, len(data))
		}
	}
	if code, _, stderr := call(t, "ingest", "--store", copied, dest); code != 0 {
		t.Fatalf("ingest: code %d, %s", code, stderr)
	}
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.Epoch, a.Trail.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := verified(t, 0, "--store", copied, "--public-keys", keys); r.Files[integrity.Proven] != 18 {
		t.Errorf("the copy: %+v", r)
	}

	refuse = true
	code, _, stderr = call(t, "verify", "--store", store, "--fetch-keys", "--endpoint-url", cloudtrail.URL)
	if code != 1 || !strings.Contains(stderr, "no public keys from CloudTrail in eu-west-1") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

// What is kept of a verification is what it has told, all of it or nothing.
func TestVerificationIsKeptWhole(t *testing.T) {
	path, keyFile := digested(t, digesttest.Trail{Hours: 3}.Make(), true)
	text, err := os.ReadFile(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := integrity.ParseKeys(text, "", keyFile)
	if err != nil {
		t.Fatal(err)
	}
	store, err := schema.OpenFor(t.Context(), path, schema.Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	count := func(query string) int64 {
		t.Helper()
		n, err := schema.One[int64](store.Query(t.Context(), query))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	change := func(statement string) {
		t.Helper()
		err := store.Change(t.Context(), func(c *schema.Change) error { return c.Exec(t.Context(), statement) })
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := integrity.Verify(t.Context(), store, integrity.Scope{}, integrity.Evidence{Keys: keys})
	if err != nil || r.Files[integrity.Proven] == 0 {
		t.Fatalf("%v, files %v", err, r.Files)
	}
	// Others change what was looked at.
	change("UPDATE files SET sha256 = '00' WHERE kind = 'CloudTrail'")

	change("ALTER TABLE proofs RENAME TO moved")
	if _, err := integrity.Save(t.Context(), store, r, keys, "test"); err == nil {
		t.Error("without a table for proofs they are kept")
	}
	if n := count("SELECT (SELECT count(*) FROM public_keys) + (SELECT count(*) FROM verifications)"); n != 0 {
		t.Errorf("%d rows are left of what could not be kept whole", n)
	}
	change("ALTER TABLE moved RENAME TO proofs")
	if _, err := integrity.Save(t.Context(), store, r, keys, "test"); err != nil {
		t.Fatal(err)
	}
	if n := count("SELECT count(*) FROM proofs JOIN files USING (file) WHERE state = 'proven' AND kind = 'CloudTrail'"); n != r.Files[integrity.Proven] {
		t.Errorf("%d log files are kept as proven, %d were told", n, r.Files[integrity.Proven])
	}
	if n, want := count("SELECT count(*) FROM proofs"), count("SELECT count(*) FROM files"); n != want {
		t.Errorf("%d proofs of %d files", n, want)
	}
}

// An event is proven by a file that holds it, or it is counted and named: also that of a
// file which its object no longer is, and that of no file.
func TestVerifyEventsWithoutProof(t *testing.T) {
	a := digesttest.Trail{Hours: 3}.Make()
	dir := t.TempDir()
	logs, store, keys := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	ingest := func(wantCode int) {
		t.Helper()
		if err := a.Write(logs, true); err != nil {
			t.Fatal(err)
		}
		if code, stdout, stderr := call(t, "ingest", "--store", store, logs); code != wantCode {
			t.Fatalf("ingest: code %d, %s%s", code, stdout, stderr)
		}
	}
	found := func(wantCode int) (kinds []string, events map[integrity.State]int64) {
		t.Helper()
		r := verified(t, wantCode, "--store", store, "--public-keys", keys)
		for _, f := range r.Findings {
			kinds = append(kinds, string(f.Kind))
		}
		return kinds, r.Events
	}
	ingest(0)
	kinds, events := found(0)
	whole := events[integrity.Proven]
	if len(kinds) != 0 || whole == 0 || len(events) != 1 {
		t.Fatalf("untouched: %q, %v", kinds, events)
	}

	// Files that were read again and are the same are no finding, nor is one that was cut off
	// and is whole now, though nothing proves it: its digest is gone.
	lone := digesttest.Trail{Hours: 3}.Make()
	lone.Delete(lone.Digest(2))
	cut := lone.Log(2, 0)
	intact := cut.Data
	cut.Data = intact[:len(intact)-20]
	other := filepath.Join(dir, "other.duckdb")
	for i, code := range []int{3, 0} {
		if err := lone.Write(filepath.Join(dir, "lone"), true); err != nil {
			t.Fatal(err)
		}
		if got, stdout, stderr := call(t, "ingest", "--store", other, filepath.Join(dir, "lone")); got != code {
			t.Fatalf("ingest %d: code %d, %s%s", i, got, stdout, stderr)
		}
		cut.Data = intact
	}
	r := verified(t, 3, "--store", other, "--public-keys", keys)
	if r.Events[integrity.Superseded] != 0 || r.Events[integrity.Proven]+r.Events[integrity.Undigested] != whole || r.Events[integrity.Undigested] == 0 {
		t.Errorf("cut off, and completed: %v, %+v", r.Events, r.Findings)
	}

	// A log file is changed, loaded, and put back: what it said in between is in the answers.
	victim := a.Log(1, 0)
	before := victim.Content()
	victim.SetContent([]byte(strings.Replace(string(before), `"sourceIPAddress":"`, `"sourceIPAddress":"1`, 1)))
	ingest(3)
	victim.SetContent(before)
	ingest(3)
	kinds, events = found(3)
	if !slices.Equal(kinds, []string{"log-superseded"}) || events[integrity.Proven] != whole || events[integrity.Superseded] != 1 {
		t.Errorf("changed and put back: %q, %v", kinds, events)
	}

	// Rows of no file, of a digest's, and more than a file had.
	db, err := schema.OpenFor(t.Context(), store, schema.Grants{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{
		"999999 AS file",
		"(SELECT min(file) FROM digests) AS file",
		"(SELECT min(file) FROM files WHERE new > 0) AS file, 999 AS position",
	} {
		err = errors.Join(err, db.Change(t.Context(), func(c *schema.Change) error {
			return c.Exec(t.Context(), "INSERT INTO events BY NAME SELECT * REPLACE ("+row+") FROM events LIMIT 1")
		}))
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	kinds, events = found(3)
	if !slices.Equal(kinds, []string{"events-orphaned", "log-superseded"}) || events[integrity.Proven] != whole || events[integrity.Orphaned] != 3 {
		t.Errorf("planted rows: %q, %v", kinds, events)
	}
	if _, stdout, _ := call(t, "verify", "--store", store, "--public-keys", keys); !strings.Contains(stdout, " + 1 superseded + 3 orphaned (") {
		t.Errorf("told as\n%s", stdout)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/ingest/digesttest"
	"trailbox/ingest/historytest"
	"trailbox/ingest/s3test"
	"trailbox/query/integrity"
)

// An account without a trail is answered for by its Event history: collected, told of what it
// is not, given back as it came, and gone on from.
func TestIngestHistory(t *testing.T) {
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	server := historytest.New(t, "eu-west-1", "us-east-1", "sa-east-1")
	server.Add("eu-west-1", historytest.Events(0, 60, time.Now().Add(-time.Hour), time.Minute)...)
	server.Add("us-east-1", historytest.Event{
		ID: "99999999-9999-4999-8999-999999999999", Name: "PutUserPolicy", Time: time.Now().Add(-2 * time.Hour),
		Record: "{\"eventVersion\":\"1.11\", \"eventTime\":\"" + time.Now().Add(-2*time.Hour).UTC().Format(time.RFC3339) + `","eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","userAgent":"\u001b[2J<script>{\"Records\":[{}]}","eventID":"99999999-9999-4999-8999-999999999999"}`,
	})
	var mu sync.Mutex
	answers := map[string]bool{} // as they came
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			region, service := historytest.Signed(r)
			if service == "cloudtrail" && region == "sa-east-1" {
				historytest.Refuse(w, 400, "AccessDeniedException", "not authorized to perform: cloudtrail:LookupEvents")
				return
			}
			next.ServeHTTP(&tee{ResponseWriter: w, text: func(text string) {
				mu.Lock()
				defer mu.Unlock()
				answers[text] = true
			}}, r)
		})
	})
	dir := t.TempDir()
	store := filepath.Join(dir, "t.duckdb")
	args := []string{"--store", store, "--endpoint-url", server.URL, "cloudtrail:"}

	code, stdout, stderr := call(t, append([]string{"ingest", "--dry-run", "--regions", "eu-west-1,us-east-1"}, args...)...)
	if code != 0 || !strings.Contains(stdout, "2 listed = 2 to fetch") || len(server.Asked()) != 0 {
		t.Errorf("--dry-run: code %d, %d requests, %s%s", code, len(server.Asked()), stdout, stderr)
	}

	summary, stderr := ingestJSON(t, 3, args...)
	if summary.EventsNew != 61 || summary.FilesLoaded != 3 || summary.FilesDamaged != 1 {
		t.Errorf("%+v", summary)
	}
	for _, want := range []string{
		"Event history of 111122223333 in 3 Regions since ", "management events. Data events, network activity, Insights, and what was before are not in it\n",
		"trailbox: cloudtrail://sa-east-1/111122223333/: nothing of ", "AccessDeniedException", "(hint: the caller needs cloudtrail:LookupEvents in that Region)",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %s", want, stderr)
		}
	}
	code, stdout, stderr = call(t, "lookup", "--store", store, "--event", "PutUserPolicy")
	if code != 0 || strings.Contains(stdout, "\x1b") || strings.Count(stdout, `"EventId"`) != 1 {
		t.Errorf("lookup: code %d, %s%s", code, stdout, stderr)
	}
	if _, stdout, _ := call(t, "show", "--store", store, "-q", "99999999-9999-4999-8999-999999999999"); !strings.HasPrefix(stdout, `{"eventVersion":"1.11", "eventTime"`) {
		t.Errorf("show: %s", stdout)
	}

	// Neither proven nor missing, and what is in the store is what came.
	r := verified(t, 3, "--store", store)
	if r.Files[integrity.Undigested] != 3 || len(r.Files) != 1 {
		t.Errorf("%v", r.Files)
	}
	for _, f := range r.Findings {
		if f.Kind != integrity.LogWithoutDigests && f.Kind != integrity.LogUndigested {
			t.Errorf("%+v", f)
		}
	}
	if code, stdout, stderr := call(t, "verify", "--store", store, "--self"); code != 0 {
		t.Errorf("verify --self: code %d, %s%s", code, stdout, stderr)
	}
	out := filepath.Join(dir, "out")
	if code, _, stderr := call(t, "extract", "--store", store, out); code != 0 || !strings.Contains(stderr, "3 files written") {
		t.Errorf("extract: code %d, %s", code, stderr)
	}
	paths, err := filepath.Glob(out + "/cloudtrail/*/111122223333/*.json")
	if err != nil || len(paths) != 3 {
		t.Fatalf("%q, %v", paths, err)
	}
	for _, path := range paths {
		if text, err := os.ReadFile(path); err != nil || !answers[string(text)] {
			t.Errorf("%s, %v is none of the answers: %s", path, err, text)
		}
	}

	// The next run asks for the last minutes alone, and for the Region that refused.
	before := len(server.Asked())
	server.Add("us-east-1", historytest.Events(500, 1, time.Now(), 0)...)
	if summary, _ := ingestJSON(t, 0, append(args, "--region", "us-east-1")...); summary.EventsNew != 1 || summary.Repeats != 0 || len(server.Asked()) != before+1 {
		t.Errorf("second run, %d requests: %+v", len(server.Asked())-before, summary)
	}
}

// tee passes on what is written through it.
type tee struct {
	http.ResponseWriter
	text func(string)
}

func (w *tee) Write(text []byte) (int, error) {
	w.text(string(bytes.Clone(text)))
	return w.ResponseWriter.Write(text)
}

// Event history asks for no log files: what was left out of a trail's bucket stays left out.
func TestHistoryBesideTrail(t *testing.T) {
	dir := t.TempDir()
	a := digesttest.Trail{Hours: 60}.Make()
	if err := a.Write(filepath.Join(dir, "logs"), true); err != nil {
		t.Fatal(err)
	}
	store, keys := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "keys.json")
	writeFile(t, keys, digesttest.PublicKeys(digesttest.ISO8601, a.Trail.Keys...))
	since := a.Trail.Start.Add(48 * time.Hour).Format(time.RFC3339)
	if code, stdout, stderr := call(t, "ingest", "--store", store, "--since", since, filepath.Join(dir, "logs")); code != 0 {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	want := verified(t, 0, "--store", store, "--public-keys", keys)
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	server := historytest.New(t, "eu-west-1")
	ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "cloudtrail:")
	got := verified(t, 3, "--store", store, "--public-keys", keys)
	if len(got.Chains) != 1 || got.Chains[0].LogsBad != 0 || got.Chains[0].LogsLeftOut != want.Chains[0].LogsLeftOut || got.Files[integrity.Undigested] != 1 {
		t.Errorf("%+v, %v", got.Chains, got.Files)
	}
	for _, f := range got.Findings {
		if f.Kind == integrity.LogMissing || f.Kind == integrity.DigestMissing {
			t.Errorf("%+v", f)
		}
	}
}

// Credentials that are refused end it at once, and what is no source is told with one that is.
func TestIngestHistoryFails(t *testing.T) {
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	store := filepath.Join(t.TempDir(), "t.duckdb")
	server := historytest.New(t, "eu-west-1")
	if code, _, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "cloudtrail:eu-west-1"); code != 2 || !strings.Contains(stderr, "hint: trailbox ingest cloudtrail:, with --regions") {
		t.Errorf("code %d, %s", code, stderr)
	}
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid</Message></Error></ErrorResponse>`)
		})
	})
	code, _, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "cloudtrail:")
	if code != 1 || !strings.Contains(stderr, "InvalidClientTokenId") || !strings.Contains(stderr, "hint: check access key ID") {
		t.Errorf("code %d, %s", code, stderr)
	}
	s3test.Credentials(t, "", "")
	code, _, stderr = call(t, "ingest", "--store", store, "--endpoint-url", server.URL, "cloudtrail:")
	if code != 1 || !strings.Contains(stderr, "aws sso login") {
		t.Errorf("code %d, %s", code, stderr)
	}
	if _, err := os.Stat(store); err == nil {
		t.Error("a store was made")
	}
}

// A watch collects Event history in each round.
func TestWatchHistory(t *testing.T) {
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	server := historytest.New(t, "eu-west-1")
	server.Add("eu-west-1", historytest.Events(0, 3, time.Now().Add(-time.Hour), time.Minute)...)
	store := filepath.Join(t.TempDir(), "t.duckdb")
	for range 2 {
		code, stdout, stderr := call(t, "watch", "--rules", "aws", "--store", store, "--endpoint-url", server.URL, "cloudtrail:")
		if code != 0 || !strings.Contains(stderr, "Event history of 111122223333 in 1 Region since ") {
			t.Fatalf("code %d, %s%s", code, stdout, stderr)
		}
	}
	_, stdout, _ := call(t, "sql", "--store", store, "-o", "json", "SELECT count(*)::INTEGER AS n FROM events")
	var rows []struct{ N int }
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || rows[0].N != 3 {
		t.Errorf("%v, %s", err, stdout)
	}
}

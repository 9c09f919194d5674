package bucket

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

// hasty gives a connection up that is silent for a moment.
func hasty(o *config.LoadOptions) error {
	o.HTTPClient = awshttp.NewBuildableClient().WithReadTimeout(150 * time.Millisecond)
	return nil
}

// Nothing waits for ever.
func TestReadTimeout(t *testing.T) {
	s3test.Credentials(t, "", "")
	cfg, err := load(t.Context(), Options{}, "eu-central-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	client, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		t.Fatalf("the client is %T", cfg.HTTPClient)
	}
	if timeout, _ := client.GetReadTimeout(); timeout != stallTimeout || client.GetTransport().ResponseHeaderTimeout == 0 {
		t.Errorf("the read timeout is %s, and that of headers %s", timeout, client.GetTransport().ResponseHeaderTimeout)
	}
	s, err := Open(t.Context(), "s3://logs", Options{Region: "eu-central-1"})
	if err != nil {
		t.Fatal(err)
	}
	if g, ok := s.client.Options().HTTPClient.(*guard); !ok || g.window != stallTimeout || g.page != pageTimeout {
		t.Errorf("the client is %+v", s.client.Options().HTTPClient)
	}
}

// loaded loads a bucket into a new store, and returns what is there then.
func loaded(t *testing.T, server *s3test.Server) (summary ingest.Summary, contents string) {
	t.Helper()
	progress := new(ingest.Progress)
	source, err := open(t.Context(), "s3://logs", Options{EndpointURL: server.URL, Retries: &progress.Retries}, impatient, hasty)
	if err != nil {
		t.Fatal(err)
	}
	store := storetest.Create(t, filepath.Join(t.TempDir(), "t.duckdb"), 0)
	defer store.Close()
	summary, err = ingest.Run(t.Context(), store, []ingest.Source{source}, ingest.Options{Concurrency: 16, MaxFileBytes: 1 << 20, Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := store.Query(t.Context(), `SELECT concat_ws(' ', eventName, uri, files.sha256)
		FROM events FULL JOIN files USING (file) ORDER BY ALL`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	return summary, strings.Join(lines, "\n")
}

// Whatever a fifth of the answers suffers on its way, everything is loaded, and once.
func TestFaults(t *testing.T) {
	const objects = 200
	faults := s3test.Faults()
	mixes := map[string][]s3test.Fault{}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		mixes[name] = []s3test.Fault{faults[name]}
		mixes["all"] = append(mixes["all"], faults[name])
	}
	serve := func(t *testing.T) *s3test.Server {
		server := s3test.New(t)
		for i := range objects {
			server.Put("logs", fmt.Sprintf("%03d.json.gz", i), gzipped(t, fmt.Sprintf(
				`{"Records":[{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"E%03d","eventID":"11111111-1111-4111-8111-%012d"}]}`, i, i)))
		}
		// Pages as of an archive a hundred times larger.
		server.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if query := r.URL.Query(); query.Get("list-type") != "" {
					query.Set("max-keys", "10")
					r.URL.RawQuery = query.Encode()
				}
				next.ServeHTTP(w, r)
			})
		})
		return server
	}
	_, want := loaded(t, serve(t))
	if n := strings.Count(want, "\n") + 1; n != objects {
		t.Fatalf("%d rows", n)
	}
	for i, name := range slices.Sorted(maps.Keys(mixes)) {
		t.Run(name, func(t *testing.T) {
			server := serve(t)
			spoiled := server.Spoil(uint64(i), 0.2, mixes[name]...)
			summary, got := loaded(t, server)
			if got != want {
				t.Errorf("the store has\n%s\nbut should have\n%s", got, want)
			}
			if summary.FilesLoaded != objects || summary.EventsNew != objects || len(summary.Errors) != 0 {
				t.Errorf("%+v", summary)
			}
			// net/http by itself asks again on a connection that it had kept.
			if n := spoiled(); n < objects/10 || summary.Retries == 0 || summary.Retries > int64(n) {
				t.Errorf("%d requests were spoiled, and %d made again", n, summary.Retries)
			}
		})
	}
}

// What never comes is given up by itself, and told by its name.
func TestFaultsForGood(t *testing.T) {
	server := s3test.New(t)
	for i := range 20 {
		server.Put("logs", fmt.Sprintf("%02d.json", i), []byte(`{"Records":[]}`))
	}
	faults := s3test.Faults()
	for name, fault := range faults {
		server.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/07.json") {
					answer := httptest.NewRecorder()
					answer.WriteString(`{"Records":[]}`)
					fault(w, r, answer)
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		summary, _ := loaded(t, server)
		if summary.FilesLoaded != 19 || summary.FilesDamaged != 1 || len(summary.Errors) != 1 ||
			summary.Errors[0].URI != "s3://logs/07.json" || summary.Errors[0].Status != schema.Failed {
			t.Errorf("%s: %+v", name, summary)
		} else {
			t.Logf("%s: %s", name, summary.Errors[0].Error)
		}
	}
}

package bucket

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

const logKey = "AWSLogs/111122223333/CloudTrail/eu-central-1/2023/07/10/111122223333_CloudTrail_eu-central-1_20230710T1255Z_AbCdEfGhIjKlMnOp.json.gz"

// impatient retries as often as ever, but does not wait before it does.
func impatient(o *config.LoadOptions) error {
	o.Retryer = func() aws.Retryer {
		return newRetryer(retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil }))
	}
	return nil
}

func mustOpen(t *testing.T, server *s3test.Server, uri string, opt Options) *Source {
	t.Helper()
	opt.EndpointURL = server.URL
	s, err := open(t.Context(), uri, opt, impatient)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantAll is for a listing that nothing is left out of.
func wantAll(string) ingest.Want { return ingest.WantAll }

func mustList(t *testing.T, s *Source) []ingest.Object {
	t.Helper()
	var objects []ingest.Object
	for o, err := range s.List(t.Context(), wantAll) {
		if err != nil {
			t.Fatal(err)
		}
		objects = append(objects, o)
	}
	return objects
}

func mustFetch(t *testing.T, s *Source, o ingest.Object) []byte {
	t.Helper()
	data, _, err := s.Fetch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// listError returns the error that ends the listing.
func listError(ctx context.Context, s *Source) error {
	for _, err := range s.List(ctx, wantAll) {
		if err != nil {
			return err
		}
	}
	return nil
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data)
	return data
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// requests counts what reaches the server.
func requests(server *s3test.Server) *atomic.Int64 {
	var n atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n.Add(1)
			next.ServeHTTP(w, r)
		})
	})
	return &n
}

func TestListPages(t *testing.T) {
	server := s3test.New(t)
	var want []string
	for i := range 2500 {
		key := fmt.Sprintf("AWSLogs/%04d.json.gz", i)
		server.Put("logs", key, []byte("x"))
		want = append(want, "s3://logs/"+key)
	}
	server.Put("logs", "elsewhere.json.gz", []byte("x"))
	n := requests(server)

	var got []string
	for _, o := range mustList(t, mustOpen(t, server, "s3://logs/AWSLogs/", Options{})) {
		got = append(got, o.URI)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d objects listed, want %d", len(got), len(want))
	}
	if n.Load() != 3 {
		t.Errorf("%d requests, want 3", n.Load())
	}
}

func TestListObjects(t *testing.T) {
	server := s3test.New(t)
	for _, key := range []string{"a", "logs/", "logs/1 + 1=2%.json", "logs/2.json", "logs/2.json.gz", "logs2/3.json"} {
		server.Put("bucket", key, []byte(key))
	}
	for _, test := range []struct {
		uri   string
		want  []string
		named string
	}{
		{"s3://bucket", []string{"a", "logs/", "logs/1 + 1=2%.json", "logs/2.json", "logs/2.json.gz", "logs2/3.json"}, ""},
		{"s3://bucket/", []string{"a", "logs/", "logs/1 + 1=2%.json", "logs/2.json", "logs/2.json.gz", "logs2/3.json"}, ""},
		{"s3://bucket/logs", []string{"logs/", "logs/1 + 1=2%.json", "logs/2.json", "logs/2.json.gz", "logs2/3.json"}, ""},
		{"s3://bucket/logs/", []string{"logs/", "logs/1 + 1=2%.json", "logs/2.json", "logs/2.json.gz"}, ""},
		{"s3://bucket/logs/2.json", []string{"logs/2.json", "logs/2.json.gz"}, "logs/2.json"},
		{"s3://bucket/none", nil, ""},
	} {
		s := mustOpen(t, server, test.uri, Options{})
		if s.String() != test.uri {
			t.Errorf("String() = %q, want %q", s, test.uri)
		}
		var got []string
		for _, o := range mustList(t, s) {
			key := strings.TrimPrefix(o.URI, "s3://bucket/")
			got = append(got, key)
			if o.Named != (key == test.named) {
				t.Errorf("%s: %s: Named = %v", test.uri, key, o.Named)
			}
			if o.Size != int64(len(key)) || len(o.ETag) != 32 || time.Since(o.Modified) > time.Hour {
				t.Errorf("%s: %+v", test.uri, o)
			}
			if data := mustFetch(t, s, o); string(data) != key {
				t.Errorf("%s: read %q", o.URI, data)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.uri, got, test.want)
		}
	}
}

// XML cannot carry control characters, so S3 encodes keys when it is asked to.
func TestListEncodedKeys(t *testing.T) {
	server := s3test.New(t)
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got := r.URL.Query().Get("encoding-type"); got != "url" {
				t.Errorf("encoding-type = %q", got)
			}
			fmt.Fprint(w, `<ListBucketResult><Name>logs</Name><EncodingType>url</EncodingType>`+
				`<Contents><Key>a%01+%2B/%C3%BC%25.json.gz</Key><Size>1</Size></Contents></ListBucketResult>`)
		})
	})
	objects := mustList(t, mustOpen(t, server, "s3://logs", Options{}))
	if len(objects) != 1 || objects[0].URI != "s3://logs/a\x01 +/ü%.json.gz" {
		t.Errorf("got %+v", objects)
	}
}

func TestFetch(t *testing.T) {
	logFile := gzipped(t, `{"Records":[{"eventVersion":"1.08","recipientAccountId":"111122223333"}]}`)
	for _, test := range []struct {
		name     string
		body     []byte
		header   []string
		requests int64
	}{
		{"small", logFile, nil, 1},
		{"empty", nil, nil, 0},
		{"one part", randomBytes(partSizeBytes), nil, 1},
		{"several parts", randomBytes(21<<20 + 1), nil, 3},
		{"Content-Encoding", logFile, []string{"Content-Encoding", "gzip", "Content-Type", "application/json"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", logKey, test.body, test.header...)
			s := mustOpen(t, server, "s3://logs", Options{})
			o := mustList(t, s)[0]
			n := requests(server)
			if got := mustFetch(t, s, o); !bytes.Equal(got, test.body) {
				t.Errorf("read %d bytes, not the %d that were put", len(got), len(test.body))
			}
			if n.Load() != test.requests {
				t.Errorf("%d requests, want %d", n.Load(), test.requests)
			}
		})
	}
}

func TestFetchConcurrently(t *testing.T) {
	server := s3test.New(t)
	for i := range 100 {
		server.Put("logs", fmt.Sprint(i), []byte(fmt.Sprint("s3://logs/", i)))
	}
	s := mustOpen(t, server, "s3://logs", Options{})
	var fetches sync.WaitGroup
	for _, o := range mustList(t, s) {
		fetches.Go(func() {
			if data, _, err := s.Fetch(t.Context(), o); err != nil || string(data) != o.URI {
				t.Errorf("%s: %q, %v", o.URI, data, err)
			}
		})
	}
	fetches.Wait()
}

func TestFetchChanged(t *testing.T) {
	for _, test := range []struct {
		name string
		body string
		etag bool
		text string
	}{
		{"same length", "after!", true, "changed after it was listed"},
		{"shorter, no ETag", "after", false, "changed after it was listed (5 bytes instead of 6)"},
		{"longer, no ETag", "afterwards", false, "changed after it was listed (10 bytes instead of 6)"},
		{"empty, no ETag", "", false, "changed after it was listed (0 bytes instead of 6)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", logKey, []byte("before"))
			s := mustOpen(t, server, "s3://logs", Options{})
			o := mustList(t, s)[0]
			if !test.etag {
				o.ETag = ""
			}
			server.Put("logs", logKey, []byte(test.body))
			_, _, err := s.Fetch(t.Context(), o)
			check(t, err, want{ObjectChanged, false, "s3://logs/" + logKey + ": the object " + test.text, "read it again"})
		})
	}
}

// The parts of an object must all be of the object that was listed.
func TestFetchChangedBetweenParts(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, randomBytes(20<<20))
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	var change sync.Once
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			change.Do(func() { server.Put("logs", logKey, make([]byte, 20<<20)) })
		})
	})
	_, _, err := s.Fetch(t.Context(), o)
	check(t, err, want{ObjectChanged, false, "changed after it was listed", "read it again"})
}

func TestFetchDeleted(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, []byte("x"))
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	server.Delete("logs", logKey)
	_, _, err := s.Fetch(t.Context(), o)
	check(t, err, want{NoSuchKey, false, "s3://logs/" + logKey + ": the object does not exist any more", "deleted"})
}

func TestFetchForeign(t *testing.T) {
	server := s3test.New(t)
	s := mustOpen(t, server, "s3://logs", Options{})
	if _, _, err := s.Fetch(t.Context(), ingest.Object{URI: "s3://logs2/key"}); err == nil {
		t.Error("fetched an object of another bucket")
	}
}

// slowDown fails the next n requests as S3 does under load.
func slowDown(server *s3test.Server, n int64) {
	var failed atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if failed.Add(1) <= n {
				s3test.WriteError(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
}

func TestRetry(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, []byte("x"))
	s := mustOpen(t, server, "s3://logs", Options{})

	slowDown(server, firstAttempts-1)
	o := mustList(t, s)[0]
	slowDown(server, maxAttempts-1)
	mustFetch(t, s, o)
	slowDown(server, 1<<30)
	_, _, err := s.Fetch(t.Context(), o)
	check(t, err, want{Unknown, false, "s3://logs/" + logKey + ": SlowDown: Please reduce your request rate", ""})
}

// Only the first request of a listing is impatient.
func TestRetryLaterPages(t *testing.T) {
	server := s3test.New(t)
	for i := range 1001 {
		server.Put("logs", fmt.Sprint(i), nil)
	}
	var slow sync.Once
	n := 0
	for _, err := range mustOpen(t, server, "s3://logs", Options{}).List(t.Context(), wantAll) {
		if err != nil {
			t.Fatal(err)
		}
		slow.Do(func() { slowDown(server, maxAttempts-1) })
		n++
	}
	if n != 1001 {
		t.Errorf("%d objects", n)
	}
}

// When S3 slows many requests down at once, none of them may be given up before
// its time.
func TestRetryManyAtOnce(t *testing.T) {
	server := s3test.New(t)
	for i := range 50 {
		server.Put("logs", fmt.Sprint(i), []byte("x"))
	}
	s := mustOpen(t, server, "s3://logs", Options{})
	objects := mustList(t, s)
	var seen sync.Map // key → *atomic.Int64, its requests
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := seen.LoadOrStore(r.URL.Path, new(atomic.Int64))
			if n.(*atomic.Int64).Add(1) < maxAttempts {
				s3test.WriteError(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	var fetches sync.WaitGroup
	for _, o := range objects {
		fetches.Go(func() {
			if _, _, err := s.Fetch(t.Context(), o); err != nil {
				t.Error(err)
			}
		})
	}
	fetches.Wait()
}

func TestBrokenBody(t *testing.T) {
	server := s3test.New(t)
	body := randomBytes(100_000)
	server.Put("logs", logKey, body)
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	var cut sync.Once
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cut.Do(func() {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				w.Write(body[:50_000])
				panic(http.ErrAbortHandler)
			})
			next.ServeHTTP(w, r)
		})
	})
	if !bytes.Equal(mustFetch(t, s, o), body) {
		t.Error("read other bytes than were put")
	}
}

func TestHeaders(t *testing.T) {
	for _, test := range []struct {
		opt    Options
		signed bool
		payer  string
	}{
		{Options{}, true, ""},
		{Options{RequesterPays: true}, true, "requester"},
		{Options{NoSignRequest: true}, false, ""},
	} {
		server := s3test.New(t)
		if test.opt.NoSignRequest {
			s3test.Credentials(t, "", "")
		}
		server.Put("logs", logKey, []byte("x"))
		server.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if signed := r.Header.Get("Authorization") != ""; signed != test.signed {
					t.Errorf("%+v: %s %s: signed: %v", test.opt, r.Method, r.URL, signed)
				}
				if payer := r.Header.Get("X-Amz-Request-Payer"); payer != test.payer {
					t.Errorf("%+v: %s %s: payer %q", test.opt, r.Method, r.URL, payer)
				}
				next.ServeHTTP(w, r)
			})
		})
		s := mustOpen(t, server, "s3://logs", test.opt)
		mustFetch(t, s, mustList(t, s)[0])
	}
}

func TestCancel(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, []byte("x"))
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]

	ctx, cancel := context.WithCancel(t.Context())
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			cancel()
			<-r.Context().Done() // the client went away
		})
	})
	if _, _, err := s.Fetch(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("Fetch: %v", err)
	}
	if err := listError(ctx, s); !errors.Is(err, context.Canceled) {
		t.Errorf("List: %v", err)
	}
	var stop *ingest.StopError
	if err := listError(ctx, s); errors.As(err, &stop) {
		t.Errorf("List: a StopError, %v", err)
	}
}

// The SDK logs to stderr unless it is kept from doing so.
func TestSilence(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", logKey, []byte("x"))
	stderr := os.Stderr
	t.Cleanup(func() { os.Stderr = stderr })
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = w
	s := mustOpen(t, server, "s3://logs", Options{})
	mustFetch(t, s, mustList(t, s)[0])
	w.Close()
	var b bytes.Buffer
	b.ReadFrom(r)
	if b.Len() > 0 {
		t.Errorf("on stderr: %s", &b)
	}
}

// The begin of an object is read with one request for so much of it, of the version that was listed, whatever
// breaks on the way, and all of it into a file.
func TestBegin(t *testing.T) {
	server := s3test.New(t)
	server.Versioned("logs")
	old, data := randomBytes(200), randomBytes(partSizeBytes+5)
	server.Put("logs", "a note/ü%", old)
	server.Put("logs", "a note/ü%", data)
	s := mustOpen(t, server, "s3://logs", Options{Versions: true})
	objects := mustList(t, s)
	for _, o := range objects {
		want := data
		if o.Size == int64(len(old)) {
			want = old
		}
		for _, n := range []int64{1, 200, 1 << 16} {
			if head, _, err := s.Begin(t.Context(), o, n); err != nil || !bytes.Equal(head, want[:min(n, o.Size)]) {
				t.Errorf("%d of %d bytes: %d, %v", n, o.Size, len(head), err)
			}
		}
		path := t.TempDir() + "/x"
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FetchTo(t.Context(), o, f); err != nil {
			t.Errorf("%d bytes: %v", o.Size, err)
		}
		f.Close()
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: read were %d, %v", o.Size, len(got), err)
		}
	}
	server.Put("logs", "digest", []byte("{}"), "x-amz-meta-signature", "00ff")
	if _, signature, err := s.Begin(t.Context(), ingest.Object{URI: "s3://logs/digest", Size: 2}, 2); err != nil || signature.Hex != "00ff" {
		t.Errorf("%+v, %v", signature, err)
	}
	n := requests(server)
	if _, _, err := s.Begin(t.Context(), objects[0], 100); err != nil || n.Load() != 1 {
		t.Errorf("%d requests, %v", n.Load(), err)
	}
	broken := false
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !broken {
				broken = true
				w.Header().Set("Content-Length", "100")
				w.Write([]byte("x"))
				return
			}
			r.Header.Del("Range")
			next.ServeHTTP(w, r)
		})
	})
	if head, _, err := s.Begin(t.Context(), objects[0], 100); err != nil || !bytes.Equal(head, data[:100]) {
		t.Errorf("after a broken answer: %d bytes, %v", len(head), err)
	}
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("<html>Please sign in" + strings.Repeat(" ", 1000)))
		})
	})
	_, _, err := s.Begin(t.Context(), objects[0], 100)
	check(t, err, want{ObjectChanged, false, objects[0].URI + ": the object changed", "read it again"})
	refuse(server, http.StatusForbidden, "AccessDenied", "Access Denied")
	_, _, err = s.Begin(t.Context(), objects[0], 100)
	check(t, err, want{ReadDenied, false, objects[0].URI + ": access denied", "s3:GetObject"})
}

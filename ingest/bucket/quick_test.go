package bucket

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trailbox/ingest/s3test"
)

// sdkAsks reports whether a request is the SDK's own.
func sdkAsks(r *http.Request) bool { return r.Header.Get("Amz-Sdk-Invocation-Id") != "" }

// ways counts the requests for objects, by who makes them.
func ways(server *s3test.Server) (quick, sdk *atomic.Int64) {
	quick, sdk = new(atomic.Int64), new(atomic.Int64)
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Query().Has("list-type"):
			case sdkAsks(r):
				sdk.Add(1)
			default:
				quick.Add(1)
			}
			next.ServeHTTP(w, r)
		})
	})
	return quick, sdk
}

// Small objects go the quick way, which gives the same as the SDK's.
func TestFetchQuick(t *testing.T) {
	server := s3test.New(t)
	bodies := map[string][]byte{"small": []byte("x"), "as large as may be": randomBytes(partSizeBytes), "larger": randomBytes(partSizeBytes + 1)}
	for key, body := range bodies {
		server.Put("logs", key, body, "Content-Encoding", "gzip")
	}
	s := mustOpen(t, server, "s3://logs", Options{})
	quick, sdk := ways(server)
	for _, o := range mustList(t, s) {
		key := strings.TrimPrefix(o.URI, "s3://logs/")
		data, _, err := s.download(t.Context(), key, o)
		if err != nil || !bytes.Equal(data, bodies[key]) {
			t.Errorf("%s: the SDK gives %d bytes, %v", key, len(data), err)
		}
		quick.Store(0)
		sdk.Store(0)
		if data := mustFetch(t, s, o); !bytes.Equal(data, bodies[key]) {
			t.Errorf("%s: %d bytes", key, len(data))
		}
		if large := key == "larger"; (quick.Load() == 1) == large || (sdk.Load() == 0) == large {
			t.Errorf("%s: %d quick requests, %d of the SDK", key, quick.Load(), sdk.Load())
		}
	}
}

// At AWS the bucket is in the host's name, and the region in both.
func TestFetchQuickFromAWS(t *testing.T) {
	server := s3test.New(t)
	server.Put("logs", "a/b c", []byte("x"))
	all := newFakeAWS(t, server, "eu-central-1")
	s, err := open(t.Context(), "s3://logs/a/", Options{}, impatient, all.client)
	if err != nil {
		t.Fatal(err)
	}
	o := mustList(t, s)[0]
	quick, sdk := ways(server)
	var signed string
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			signed = r.Header.Get("Authorization")
			next.ServeHTTP(w, r)
		})
	})
	mustFetch(t, s, o)
	if last := all.hosts[len(all.hosts)-1]; quick.Load() != 1 || sdk.Load() != 0 || last != "GET logs.s3.eu-central-1.amazonaws.com" {
		t.Errorf("%d quick requests, %d of the SDK, the last to %s", quick.Load(), sdk.Load(), last)
	}
	if !strings.Contains(signed, "/eu-central-1/s3/aws4_request, SignedHeaders=host;if-match;") {
		t.Errorf("signed %s", signed)
	}
}

// A server that does not take the quick way is asked in the SDK's from then on.
func TestFetchQuickRefused(t *testing.T) {
	server := s3test.New(t)
	for _, key := range []string{"1", "2", "3"} {
		server.Put("logs", key, []byte(key))
	}
	s := mustOpen(t, server, "s3://logs", Options{Retries: new(atomic.Int64)})
	objects := mustList(t, s)
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !sdkAsks(r) {
				s3test.WriteError(w, http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match.")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	quick, sdk := ways(server)
	for _, o := range objects {
		mustFetch(t, s, o)
	}
	if quick.Load() != 1 || sdk.Load() != 3 || s.pace.retries.Load() != 0 {
		t.Errorf("%d quick requests, %d of the SDK, %d retries", quick.Load(), sdk.Load(), s.pace.retries.Load())
	}
}

// What goes wrong on the line is made good by the SDK, and counted; the quick way
// stays open.
func TestFetchQuickBroken(t *testing.T) {
	body := randomBytes(1000)
	for name, fault := range map[string]http.HandlerFunc{
		"overload": func(w http.ResponseWriter, r *http.Request) {
			s3test.WriteError(w, 503, "SlowDown", "Please reduce your request rate.")
		},
		"server error": func(w http.ResponseWriter, r *http.Request) {
			s3test.WriteError(w, 500, "InternalError", "We encountered an internal error.")
		},
		"no body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Write(body[:500])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := s3test.New(t)
			server.Put("logs", logKey, body)
			s := mustOpen(t, server, "s3://logs", Options{})
			o := mustList(t, s)[0]
			var once sync.Once
			server.Wrap(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					failed := false
					once.Do(func() { failed = true })
					if failed {
						fault(w, r)
						return
					}
					next.ServeHTTP(w, r)
				})
			})
			if data := mustFetch(t, s, o); !bytes.Equal(data, body) {
				t.Errorf("%d bytes", len(data))
			}
			quick, _ := ways(server)
			mustFetch(t, s, o)
			if quick.Load() != 1 || s.pace.retries.Load() != 1 {
				t.Errorf("%d quick requests, %d retries", quick.Load(), s.pace.retries.Load())
			}
		})
	}
}

// A large object whose parts break off comes whole, and the retries are counted.
func TestFetchPartsBroken(t *testing.T) {
	server := s3test.New(t)
	body := randomBytes(2*partSizeBytes + 1)
	server.Put("logs", logKey, body)
	s := mustOpen(t, server, "s3://logs", Options{})
	o := mustList(t, s)[0]
	var n atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("Range"), "16777215") && n.Add(1) == 1 { // the second part
				w.Header().Set("Content-Length", "8388608")
				w.WriteHeader(http.StatusPartialContent)
				w.Write(body[partSizeBytes : partSizeBytes+1000])
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	})
	if data := mustFetch(t, s, o); !bytes.Equal(data, body) {
		t.Error("read other bytes than were put")
	}
	if s.pace.retries.Load() != 1 {
		t.Errorf("%d retries", s.pace.retries.Load())
	}
}

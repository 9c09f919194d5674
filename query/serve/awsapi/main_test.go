package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	dir, err := os.MkdirTemp("", "awsapi")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir) // what all tests share is gone with it
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

const (
	testKey    = "AKIATRAILBOXEXAMPLE"
	testSecret = "secret/of+trailbox=example"
	demoLogs   = "../../../testdata/logs"
)

// demo is the path of a store of the demo archive, made once.
var demo = sync.OnceValues(func() (path string, err error) {
	dir, err := os.MkdirTemp("", "awsapi")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "t.duckdb")
	ctx := context.Background()
	store, err := schema.Create(ctx, path, 0)
	if err != nil {
		return "", err
	}
	folders, err := ingest.OpenPath(demoLogs)
	var sources []ingest.Source
	for _, f := range folders {
		sources = append(sources, f)
	}
	if err == nil {
		_, err = ingest.Run(ctx, store, sources, ingest.Options{Concurrency: 1, MaxFileBytes: ingest.DefaultMaxFileBytes})
	}
	return path, errors.Join(err, store.Close())
})

// A shelf lends one store, which is open for as long as the test runs, or an error.
type shelf struct {
	mu    sync.Mutex
	store *schema.Store
	err   error
	lent  int
}

func (s *shelf) Borrow(context.Context) (*schema.Store, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, nil, s.err
	}
	s.lent++
	return s.store, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.lent--
	}, nil
}

// fail makes borrowing end in an error, nil for none.
func (s *shelf) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func openShelf(t testing.TB, path string) *shelf {
	t.Helper()
	store, err := schema.OpenFor(t.Context(), path, schema.Grants{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return &shelf{store: store}
}

// demoShelf lends a store of the demo archive.
func demoShelf(t testing.TB) *shelf {
	t.Helper()
	path, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	return openShelf(t, path)
}

// serve starts a server with a handler that ends with the test, when all that was lent has to be back.
func serve(t testing.TB, stores *shelf, change func(*Config)) (*Handler, string) {
	t.Helper()
	config := Config{Stores: stores, AccessKey: testKey, SecretKey: testSecret, Folder: t.TempDir(), Tell: func(err error) { t.Errorf("told: %v", err) }}
	if change != nil {
		change(&config)
	}
	h, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
		if stores.lent != 0 {
			t.Errorf("%d stores were not given back", stores.lent)
		}
		if left, err := os.ReadDir(config.Folder); err != nil || len(left) > 0 {
			t.Errorf("%v is left (%v)", left, err)
		}
	})
	return h, server.URL
}

// A clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

const cloudTrailTarget = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."

// post makes a request of a handler that does not ask for signatures, and returns its
// answer's status and body.
func post(h http.Handler, target, body string) (int, string) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("X-Amz-Target", target)
	r.Header.Set("Content-Type", jsonType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// opened is a handler without signatures, of the demo archive.
func opened(t testing.TB, change func(*Config)) *Handler {
	t.Helper()
	h, _ := serve(t, demoShelf(t), func(c *Config) {
		c.AccessKey, c.SecretKey = "", ""
		if change != nil {
			change(c)
		}
	})
	return h
}

func errorText(code string) string { return fmt.Sprintf(`"__type":%q`, code) }

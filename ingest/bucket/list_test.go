package bucket

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// listCalls notes what is listed: each prefix, with a slash between it and the
// delimiter.
func listCalls(server *s3test.Server) func() []string {
	var mu sync.Mutex
	var calls []string
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if q := r.URL.Query(); q.Has("list-type") {
				mu.Lock()
				calls = append(calls, strings.TrimSpace(q.Get("prefix")+" "+q.Get("delimiter")))
				mu.Unlock()
			}
			next.ServeHTTP(w, r)
		})
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		defer func() { calls = nil }()
		slices.Sort(calls)
		return calls
	}
}

// keysOf lists a source.
func keysOf(t *testing.T, s *Source, wants func(string) ingest.Want) []string {
	t.Helper()
	var keys []string
	for o, err := range s.List(t.Context(), wants) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, strings.TrimPrefix(o.URI, s.root()))
	}
	slices.Sort(keys)
	return keys
}

// Whatever the folders are, whatever of them is wanted, and wherever the pages end:
// each object is listed once.
func TestListAnything(t *testing.T) {
	seed := maphash.MakeSeed()
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"AWSLogs", "111122223333", "CloudTrail", "a", "a+b", "b c", "ü", "\x01", "..", ".", "", "%2F", "&<>", "z"}
	for round := range 20 {
		server := s3test.New(t)
		server.CreateBucket("logs")
		var all []string
		for range 1 + random.IntN(400) {
			var key strings.Builder
			for range random.IntN(4) {
				key.WriteString(names[min(random.IntN(len(names)), random.IntN(len(names)))] + "/")
			}
			for i := range random.IntN(30) { // a folder with many, as a rule
				all = append(all, fmt.Sprint(key.String(), "log", i))
			}
			all = append(all, key.String()+names[random.IntN(len(names))]) // a marker too
		}
		all = slices.DeleteFunc(all, func(key string) bool { return key == "" })
		slices.Sort(all)
		all = slices.Compact(all)
		for _, key := range all {
			server.Put("logs", key, nil)
		}
		server.PageKeys(1 + random.IntN(200))

		prefix := all[random.IntN(len(all))]
		prefix = prefix[:random.IntN(len(prefix)+1)]
		left := func(folder string) ingest.Want { // by chance, but always the same
			switch maphash.String(seed, folder) % 8 {
			case 0:
				return ingest.WantNone
			case 1, 2, 3:
				return ingest.WantSome
			}
			return ingest.WantAll
		}
		for name, wants := range map[string]func(string) ingest.Want{
			"all": wantAll, "apart": func(string) ingest.Want { return ingest.WantSome }, "in part": left,
		} {
			var mu sync.Mutex
			asked := map[string]int{}
			got := keysOf(t, mustOpen(t, server, "s3://logs/"+prefix, Options{}), func(folder string) ingest.Want {
				mu.Lock()
				defer mu.Unlock()
				asked[folder]++
				return wants(folder)
			})
			var must, may []string // by what is wanted of their folders
			for _, key := range all {
				rest, below := strings.CutPrefix(key, prefix)
				if !below {
					continue
				}
				may = append(may, key)
				wanted := true
				for i := range rest {
					if rest[i] == '/' {
						wanted = wanted && wants("s3://logs/"+prefix+rest[:i+1]) != ingest.WantNone
					}
				}
				if wanted {
					must = append(must, key)
				}
			}
			if len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Errorf("round %d, %s: an object was listed twice: %q", round, name, got)
			}
			for _, key := range must {
				if _, ok := slices.BinarySearch(got, key); !ok {
					t.Errorf("round %d, %s: %q was not listed", round, name, key)
				}
			}
			for _, key := range got {
				if _, ok := slices.BinarySearch(may, key); !ok {
					t.Errorf("round %d, %s: %q was listed", round, name, key)
				}
			}
			for folder, n := range asked {
				if n != 1 || !strings.HasPrefix(folder, "s3://logs/"+prefix) {
					t.Errorf("round %d, %s: asked %d times about %q", round, name, n, folder)
				}
			}
			if t.Failed() {
				t.Fatalf("prefix %q, keys %q", prefix, all)
			}
		}
	}
}

// trailKeys are the keys of n log files in each of some folders of a day.
func trailKeys(n int, folders ...string) []string {
	var keys []string
	for _, folder := range folders {
		for i := range n {
			keys = append(keys, fmt.Sprintf("%s%04d.json.gz", folder, i))
		}
	}
	return keys
}

// Folders are asked for where they are large, and only there.
func TestListTakesApart(t *testing.T) {
	const trail = "p/AWSLogs/111122223333/CloudTrail/"
	for _, test := range []struct {
		name  string
		keys  []string
		calls []string
	}{
		{"a page", trailKeys(50, trail+"eu-west-1/", trail+"us-east-1/"), []string{"p/"}},
		{"no folders", trailKeys(250, "p/"), []string{"p/", "p/", "p/"}},
		{"small folders", trailKeys(25, "p/a/", "p/b/", "p/c/", "p/d/", "p/e/", "p/f/", "p/g/", "p/h/", "p/i/"), []string{"p/", "p/", "p/"}},
		{"large folders, and objects beside them", append(trailKeys(400, "p/a/", "p/b/"), "p/bb", "p/c"), []string{
			"p/", "p/ /", "p/a/", "p/a/", "p/a/", "p/b/", "p/b/", "p/b/", "p/b/",
		}},
		{"a trail", trailKeys(120, trail+"eu-west-1/2026/03/02/", trail+"us-east-1/2026/03/02/"), []string{
			"p/", "p/ /", "p/AWSLogs/", "p/AWSLogs/ /", "p/AWSLogs/111122223333/", // with a page at each level
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := s3test.New(t)
			for _, key := range test.keys {
				server.Put("logs", key, nil)
			}
			server.PageKeys(100)
			calls := listCalls(server)
			got := keysOf(t, mustOpen(t, server, "s3://logs/p/", Options{}), wantAll)
			slices.Sort(test.keys)
			if !slices.Equal(got, test.keys) {
				t.Errorf("%d objects listed, want %d", len(got), len(test.keys))
			}
			if got := calls(); !slices.Equal(got, test.calls) {
				t.Errorf("asked for %q", got)
			}
		})
	}
}

// What is not wanted is not asked for.
func TestListWants(t *testing.T) {
	server := s3test.New(t)
	for _, key := range trailKeys(3, "AWSLogs/1/x/", "AWSLogs/2/x/", "AWSLogs/2/y/", "AWSLogs/2/", "AWSLogs/") {
		server.Put("logs", key, nil)
	}
	calls := listCalls(server)
	wants := map[string]ingest.Want{
		"s3://logs/AWSLogs/": ingest.WantSome, "s3://logs/AWSLogs/1/": ingest.WantNone,
		"s3://logs/AWSLogs/2/": ingest.WantSome, "s3://logs/AWSLogs/2/x/": ingest.WantNone,
	}
	got := keysOf(t, mustOpen(t, server, "s3://logs/AWSLogs/", Options{}), func(folder string) ingest.Want { return wants[folder] })
	if want := trailKeys(3, "AWSLogs/", "AWSLogs/2/", "AWSLogs/2/y/"); !slices.Equal(got, want) {
		t.Errorf("listed %q", got)
	}
	if got := calls(); !slices.Equal(got, []string{"AWSLogs/ /", "AWSLogs/2/ /", "AWSLogs/2/y/"}) {
		t.Errorf("asked for %q", got)
	}
	// What the user has named is listed even so.
	got = keysOf(t, mustOpen(t, server, "s3://logs/AWSLogs/1/", Options{}), func(string) ingest.Want { return ingest.WantNone })
	if len(got) != 3 {
		t.Errorf("listed %q", got)
	}
}

// As many folders are listed at a time as may be, and not more.
func TestListAtOnce(t *testing.T) {
	server := s3test.New(t)
	for i := range 4 * listsAtOnce {
		server.Put("logs", fmt.Sprint(i, "/x/y"), nil)
	}
	var now, most atomic.Int64
	full := make(chan struct{})
	fill := sync.OnceFunc(func() { close(full) })
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := now.Add(1)
			defer now.Add(-1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			if n == listsAtOnce-1 { // the one that found the folders waits to hand them out
				fill()
			}
			if r.URL.Query().Get("prefix") != "" {
				select {
				case <-full:
				case <-r.Context().Done():
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	got := keysOf(t, mustOpen(t, server, "s3://logs", Options{}), func(folder string) ingest.Want {
		if folder == "s3://logs/" {
			return ingest.WantSome
		}
		return ingest.WantAll
	})
	if len(got) != 4*listsAtOnce || most.Load() > listsAtOnce {
		t.Errorf("%d objects, %d requests at once", len(got), most.Load())
	}
}

// An error in one folder ends the listing of all.
func TestListErrorInFolder(t *testing.T) {
	server := s3test.New(t)
	for i := range 100 {
		server.Put("logs", fmt.Sprint(i, "/x"), nil)
	}
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("prefix") == "50/" {
				s3test.WriteError(w, http.StatusForbidden, "AccessDenied", "Access Denied")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	var last error
	for _, err := range mustOpen(t, server, "s3://logs", Options{}).List(t.Context(), func(string) ingest.Want { return ingest.WantSome }) {
		last = err
	}
	check(t, last, want{ListDenied, true, "s3://logs: access denied to list the bucket", "s3:ListBucket"})
}

// Names that mean something elsewhere mean nothing in a key.
func TestHostileKeys(t *testing.T) {
	server := s3test.New(t)
	keys := []string{
		"/", "//", "/a", "a//b", "a/../b", "../../etc/passwd", "./a", "a/.", "a\nb", "a\x01b", "a\tb", "a?b=c&d", "a#b", "a%2Fb", "a%", "a+b c",
		"a\\b", "ü/\u202e", "<Key>x</Key>", "AWSLogs/../AWSLogs/x.json", "s3://logs/a",
	}
	for _, key := range keys {
		server.Put("logs", key, []byte("content of "+key))
	}
	slices.Sort(keys)
	for _, wants := range []func(string) ingest.Want{wantAll, func(string) ingest.Want { return ingest.WantSome }} {
		s := mustOpen(t, server, "s3://logs", Options{})
		if got := keysOf(t, s, wants); !slices.Equal(got, keys) {
			t.Errorf("listed %q", got)
		}
		for _, o := range mustList(t, s) {
			key := strings.TrimPrefix(o.URI, "s3://logs/")
			if got := mustFetch(t, s, o); string(got) != "content of "+key {
				t.Errorf("%q has %q", key, got)
			}
		}
	}
}

// Whoever stops listening ends the listing, which waits for its requests to end.
func TestListStopsWhenNobodyListens(t *testing.T) {
	server := s3test.New(t)
	for i := range 100 {
		server.Put("logs", fmt.Sprint(i, "/x"), nil)
	}
	server.PageKeys(1)
	n := requests(server)
	for range mustOpen(t, server, "s3://logs", Options{}).List(t.Context(), wantAll) {
		break
	}
	if n.Load() > 2 { // the second may be on its way
		t.Errorf("%d requests", n.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range mustOpen(t, server, "s3://logs", Options{}).List(ctx, func(string) ingest.Want { return ingest.WantSome }) {
		cancel()
		last = err
	}
	if last != context.Canceled {
		t.Errorf("ended with %v", last)
	}
}

package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"trailbox/schema"
)

// least are a store and options with the least memory that the program takes.
func least(t *testing.T, path string) (*schema.Store, Options) {
	t.Helper()
	const memory = 512 << 20
	store := createWith(t, path, memory/4) // as the program shares it out
	return store, Options{Memory: memory, MaxFileBytes: DefaultMaxFileBytes}
}

// bigRecord is record with one more member.
func bigRecord(id int, member string) string {
	return strings.TrimSuffix(record(id, monday, "B"), "}") + "," + member + "}"
}

// hostile is a log file over which least memory ends: each element takes 3 bytes of JSON,
// and in DuckDB 64.
func hostile() []byte {
	return pack(logFile(record(1000, monday, "H"), bigRecord(1001, `"resources":[`+strings.Repeat("{},", 1_500_000)+"{}]")))
}

// A file over which memory ends is told of; all others are loaded as if it were not there.
// Each run tries it again, and one with more memory loads it.
func TestMemoryEndsOverAFile(t *testing.T) {
	shelf := &shelf{objects: []object{{uri: "/hostile.json.gz", data: hostile()}}}
	for i := range 50 {
		shelf.objects = append(shelf.objects, object{uri: fmt.Sprintf("/%02d.json", i), data: logFile(record(2*i, monday, "A"), record(2*i+1, monday, "A"), record(i, monday, "A"))})
	}
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, opt := least(t, path)
	var causes []error
	opt.Finding = func(f schema.LogFile, cause error) { causes = append(causes, cause) }
	s := mustRun(t, store, opt, shelf)
	if s.FilesLoaded != 50 || s.FilesDamaged != 1 || s.EventsNew != 100 || s.Repeats != 50 {
		t.Errorf("%+v", s)
	}
	if len(causes) != 1 || !errors.Is(causes[0], ErrMemory) {
		t.Errorf("told of %v", causes)
	}
	if got, want := ask(t, store, "SELECT uri, status FROM files WHERE status <> 'loaded'"), "/hostile.json.gz|failed"; got != want {
		t.Errorf("the ledger says %s", got)
	}

	shelf.objects = append(shelf.objects, object{uri: "/late.json", data: logFile(record(2000, monday, "L"), record(3, monday, "A"))})
	if s := mustRun(t, store, opt, shelf); s.FilesKnown != 50 || s.FilesLoaded != 1 || s.FilesDamaged != 1 || s.EventsNew != 1 || s.Repeats != 1 {
		t.Errorf("again: %+v", s)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if s := mustRun(t, createAt(t, path), Options{MaxFileBytes: DefaultMaxFileBytes}, shelf); s.FilesKnown != 51 || s.FilesLoaded != 1 || s.EventsNew != 2 {
		t.Errorf("with more memory: %+v", s)
	}
}

// A run that is stopped while it fetches a batch once more ends like one that is stopped at
// any other time: what was committed is there, and another run does the rest.
func TestStoppedInParts(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2)) // with one thread all of it has room
	const uri = "/hostile.json.gz"
	stop, fetches := make(chan struct{}), 0
	s := &shelf{objects: []object{{uri: uri, data: hostile()}, {uri: "/a.json", data: logFile(record(1, monday, "A"))}}}
	s.before = func(ctx context.Context, fetched string) error {
		if fetched != uri {
			return nil
		}
		if fetches++; fetches == 2 {
			close(stop)
			<-ctx.Done()
		}
		return ctx.Err()
	}
	store, opt := least(t, filepath.Join(t.TempDir(), "t.duckdb"))
	opt = options(opt)
	opt.Stop = stop
	summary, err := Run(t.Context(), store, []Source{s}, opt)
	if !errors.Is(err, ErrStopped) || summary.FilesListed != 2 || summary.FilesLeft != 2-summary.FilesLoaded {
		t.Errorf("%v, %+v", err, summary)
	}
	checkStore(t, store)
	s.before, opt.Stop = nil, nil
	if s := mustRun(t, store, opt, s); s.FilesLoaded+s.FilesKnown != 1 || s.FilesDamaged != 1 {
		t.Errorf("again: %+v", s)
	}
}

// What can be fetched but once is kept for the second time.
func TestMemoryEndsOverAStream(t *testing.T) {
	store, opt := least(t, filepath.Join(t.TempDir(), "t.duckdb"))
	shelf := &shelf{objects: []object{{uri: "/hostile.json.gz", data: hostile()}}}
	stream := NewStream(bytes.NewReader(logFile(record(1, monday, "A"))), DefaultMaxFileBytes)
	if s := mustRun(t, store, opt, stream, shelf); s.FilesLoaded != 1 || s.EventsNew != 1 || s.FilesDamaged != 1 {
		t.Errorf("%+v", s)
	}
}

// Records that are as large as allowed, of which memory bears each but not all at once,
// are loaded in smaller batches.
func TestMemoryEndsOverManyFiles(t *testing.T) {
	shelf := &shelf{}
	for i := range 12 {
		text := strings.Repeat(string(rune('a'+i)), 15<<20)
		shelf.objects = append(shelf.objects, object{uri: fmt.Sprintf("/%02d.json.gz", i), data: pack(logFile(bigRecord(i, `"requestParameters":"`+text+`"`), record(100+i, monday, "A")))})
	}
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, opt := least(t, path)
	if s := mustRun(t, store, opt, shelf); s.FilesLoaded != 12 || s.EventsNew != 24 {
		t.Errorf("%+v", s)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := ask(t, createAt(t, path), "SELECT count(*) FROM events WHERE length(requestParameters) = 2 + 15 * 1024 * 1024"), "12"; got != want {
		t.Errorf("%s of 12 texts are whole", got)
	}
}

// What stands around the records may be large as well. Then the file is kept as it is.
func TestLargeEnvelope(t *testing.T) {
	space := strings.Repeat(" ", maxEnvelope)
	shelf := &shelf{objects: []object{
		{uri: "/head.json.gz", data: pack([]byte(`{"x":"` + space + `","Records":[` + record(1, monday, "A") + `]}`))},
		{uri: "/gap.json.gz", data: pack([]byte(`{"Records":[` + space + record(2, monday, "A") + `]}`))},
		{uri: "/tail.json.gz", data: pack([]byte(`{"Records":[` + record(3, monday, "A") + `]}` + space))},
		{uri: "/small.json.gz", data: pack([]byte(`{"Records":[` + record(4, monday, "A") + `]}` + space[:1000]))},
	}}
	store := create(t)
	if s := mustRun(t, store, Options{MaxFileBytes: DefaultMaxFileBytes}, shelf); s.FilesLoaded != 4 || s.EventsNew != 4 {
		t.Errorf("%+v", s)
	}
	if got, want := ask(t, store, "SELECT uri, octet_length(envelope) FROM files WHERE file NOT IN (SELECT file FROM originals)"), "/small.json.gz|1017"; got != want {
		t.Errorf("not kept: %s", got)
	}
}

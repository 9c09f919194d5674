package ingest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestMendedTinyGzip(t *testing.T) {
	for _, data := range []string{"\x1f\x8b", "\x1f\x8b\x08"} {
		s := mustRun(t, create(t), Options{}, &shelf{objects: []object{{uri: "/a.json.gz", data: []byte(data)}, {uri: "/b.json", data: logFile(record(1, monday, "A"))}}})
		if s.FilesDamaged != 1 || s.EventsNew != 1 {
			t.Errorf("%q: %+v", data, s)
		}
	}
}

func TestMendedYear(t *testing.T) {
	for _, eventTime := range []string{":026-03-02T10:00:00Z", "x026-03-02T10:00:00Z", "20x6-03-02T10:00:00Z", "-026-03-02T10:00:00Z"} {
		store := create(t)
		s := mustRun(t, store, Options{}, &shelf{objects: []object{
			{uri: "/a.json", data: logFile(record(1, eventTime, "A"))}, {uri: "/b.json", data: logFile(record(2, monday, "A"))}}})
		if s.EventsNew != 2 {
			t.Errorf("%s: %+v", eventTime, s)
		}
		if got := ask(t, store, "SELECT eventTime, unknown FROM events WHERE eventID = '"+guid(1)+"'"); got != `<nil>|{"eventTime":"`+eventTime+`"}` {
			t.Errorf("%s: stored as %s", eventTime, got)
		}
	}
}

func TestMendedRepeatAcrossRuns(t *testing.T) {
	for _, members := range []string{
		`"eventTime":"2026-03-02T10:00:00Z","eventTime":null`,
		`"eventTime":"2026-03-02T10:00:00Z","eventTime":"soon"`,
		`"eventTime":"0001-01-01T00:00:00Z"`,
		`"eventTime":"0001-01-01T12:00:00Z"`,
	} {
		store := create(t)
		data := logFile(`{"eventName":"A",` + members + `,"eventID":"` + guid(1) + `"}`)
		mustRun(t, store, Options{}, &shelf{objects: []object{{uri: "/a.json", data: data}}})
		if s := mustRun(t, store, Options{}, &shelf{objects: []object{{uri: "/b.json", data: data}}}); s.Repeats != 1 || s.EventsNew != 0 {
			t.Errorf("%s: %+v", members, s)
		}
	}
}

func TestMendedPathNotUTF8(t *testing.T) {
	dir := folder(t)
	write(t, dir+"/a\xff.json", logFile(record(1, monday, "A")))
	write(t, dir+"/b.json", logFile(record(2, monday, "A")))
	store := create(t)
	if s := mustRun(t, store, Options{}, open(t, dir)); s.EventsNew != 2 {
		t.Errorf("%+v", s)
	}
	if s := mustRun(t, store, Options{}, open(t, dir)); s.FilesKnown != 2 {
		t.Errorf("again: %+v", s)
	}
	refused := &shelf{objects: []object{{uri: "/c.json", failed: errors.New("/\xff.json: refused")}}}
	mustRun(t, store, Options{}, refused)
	key := "/1\xff_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json"
	mustRun(t, store, Options{}, &shelf{objects: []object{{uri: key, data: logFile(record(3, monday, "A"))}}})
}

func TestMendedRaisedLimit(t *testing.T) {
	store := create(t)
	s := &shelf{objects: []object{{uri: "/a.json", data: logFile(record(1, monday, "A"))}}}
	if s := mustRun(t, store, Options{MaxFileBytes: 10}, s); s.FilesDamaged != 1 {
		t.Errorf("%+v", s)
	}
	if s := mustRun(t, store, Options{MaxFileBytes: 10}, s); s.FilesDamaged != 1 || s.BytesCompressed != 0 {
		t.Errorf("the same limit: %+v", s)
	}
	if s := mustRun(t, store, Options{MaxFileBytes: 1000}, s); s.FilesLoaded != 1 || s.EventsNew != 1 {
		t.Errorf("a higher limit: %+v", s)
	}
}

// A file with a record that was too large is read again as soon as the limit of records is
// a higher one, and not because that of files is.
func TestMendedRaisedRecordLimit(t *testing.T) {
	store := create(t)
	s := &shelf{objects: []object{{uri: "/a.json", data: logFile(record(1, monday, "A"), record(2, monday, strings.Repeat("B", 500)), record(3, monday, "C"))}}}
	if s := mustRun(t, store, Options{MaxRecordBytes: 400}, s); s.FilesDamaged != 1 || s.EventsNew != 1 {
		t.Errorf("%+v", s)
	}
	if s := mustRun(t, store, Options{MaxRecordBytes: 400, MaxFileBytes: 1 << 30}, s); s.FilesDamaged != 1 || s.BytesCompressed != 0 {
		t.Errorf("the same limit: %+v", s)
	}
	if s := mustRun(t, store, Options{MaxRecordBytes: 1000}, s); s.FilesLoaded != 1 || s.EventsNew != 2 || s.Repeats != 1 {
		t.Errorf("a higher limit: %+v", s)
	}
}

func TestMendedHugeObject(t *testing.T) {
	s := &shelf{objects: []object{{uri: "/a.json", size: 1 << 40}}}
	s.before = func(context.Context, string) error {
		t.Error("a file of 1 TB is read into memory, though no more than 1 MiB is to be taken in")
		return nil
	}
	if got := mustRun(t, create(t), Options{MaxFileBytes: 1 << 20}, s); got.FilesDamaged != 1 || len(got.Errors) != 1 || !strings.Contains(got.Errors[0].Error, "1048576 bytes") {
		t.Errorf("%+v", got)
	}
}

func TestMendedNamedDigest(t *testing.T) {
	const folder = "/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/"
	data := logFile(record(1, monday, "A"))
	s := mustRun(t, create(t), Options{}, &shelf{objects: []object{{uri: folder + "x.json", data: data, named: true}}})
	if s.FilesLoaded != 1 {
		t.Errorf("%+v", s)
	}
}

func TestMendedStoreAfterStop(t *testing.T) {
	for range 20 {
		store := createAt(t, filepath.Join(t.TempDir(), "t.duckdb"))
		s := &shelf{}
		for i := range 20 {
			s.objects = append(s.objects, object{uri: fmt.Sprintf("/%d.json", i), data: logFile(record(i, monday, "A"))})
		}
		s.before = func(_ context.Context, uri string) error {
			if uri == "/9.json" {
				return &StopError{errors.New("credentials refused")}
			}
			return nil
		}
		Run(t.Context(), store, []Source{s}, options(Options{}))
		s.before = nil
		if _, err := Run(t.Context(), store, []Source{s}, options(Options{})); err != nil {
			t.Errorf("the next run on the same store: %v", err)
		}
		if err := store.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
}

package ingest

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trailbox/schema"
)

// A farShelf is one far off: to look at an object costs a request.
type farShelf struct {
	shelf
	refused string // this object is

	counting sync.Mutex
	looked   map[string]int
}

func (s *farShelf) object(uri string) *object {
	return &s.objects[slices.IndexFunc(s.objects, func(o object) bool { return o.uri == uri })]
}

func (s *farShelf) Begin(_ context.Context, o Object, n int64) ([]byte, schema.Signature, error) {
	s.counting.Lock()
	defer s.counting.Unlock()
	if s.looked == nil {
		s.looked = map[string]int{}
	}
	s.looked[o.URI]++
	if o.URI == s.refused {
		return nil, schema.Signature{}, fmt.Errorf("%s: access denied", o.URI)
	}
	data := s.object(o.URI).data
	return data[:min(int64(len(data)), n)], schema.Signature{}, nil
}

func (s *farShelf) FetchTo(_ context.Context, o Object, to io.WriterAt) error {
	_, err := to.WriteAt(s.object(o.URI).data, 0)
	return err
}

// What lies far off under a name that tells nothing is looked at, once, and read if it is
// CloudTrail's; what is known by its name costs no request.
func TestLookAfar(t *testing.T) {
	log := delivered("111122223333", 10)
	fillers := []packed{{"1.bin", noise(3 << 19)}, {"2.bin", noise(3 << 19)}}
	s := &farShelf{refused: "s3://b/refused"}
	want := map[string]int{}
	put := func(key string, data []byte, looks int) {
		s.objects = append(s.objects, object{uri: "s3://b/" + key, data: data})
		if looks > 0 {
			want["s3://b/"+key] = looks
		}
	}
	put(log.name, log.data, 0)
	put("firehose/2026/03/02/10/logs-1-2026-03-02-10-05-00-0a1b2c3d", logFile(whole(20)), 1)
	put("renamed.log", append(logFile(whole(30)), bytes.Repeat([]byte(" "), lookBytes)...), 1)
	put("small.zip", zipOf(delivered("111122223333", 40)), 1)
	put("large.zip", zipOf(append(fillers, delivered("111122223333", 50))...), 1) // larger than a log file may be
	put("large.tar", tarOf(append(fillers, delivered("111122223333", 60))...), 1)
	// Nothing of it can be seen before a whole block is there, as with bzip2.
	put("blind", zstdOf(logFile(bigRecord(70, `"eventSource":"x","requestParameters":"`+base64.StdEncoding.EncodeToString(noise(150<<10))+`"`))), 2)
	put("huge.zip", zipOf(fillers...), 1)
	s.objects[len(s.objects)-1].size = 17 << 20
	put("notes.txt", []byte("of the collector"), 1)
	put("table.csv", []byte("a,b\n"), 1)
	put("refused", []byte("whatever"), 1)
	put("AWSLogs/", nil, 0)
	put("empty", nil, 0)
	put(".DS_Store", []byte("\x00"), 0)
	put("access/2026-03-02-10-05-12-0123456789ABCDEF", []byte("b b"), 0)
	put("AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/03/02/111122223333_elasticloadbalancing_x.log", []byte("h2"), 0)
	put("AWSLogs/111122223333/ELBAccessLogTestFile", []byte("x"), 0)
	put("inventory/b/all/data/00000000-0000-4000-8000-000000000001.csv.gz", pack([]byte("a")), 0)

	dir := folder(t)
	store := createAt(t, filepath.Join(dir, "t.duckdb"))
	plan, err := MakePlan(t.Context(), store, []Source{s}, options(Options{}))
	if err != nil || plan.FilesUnfamiliar != 10 || plan.GetRequests != 10 || plan.FilesToFetch != 1 || len(s.looked) > 0 {
		t.Errorf("%+v, %v, looked at %v", plan, err, s.looked)
	}
	sum := mustRun(t, store, Options{}, s)
	if !maps.Equal(s.looked, want) {
		t.Errorf("looked at %v", s.looked)
	}
	// small.zip, large.zip and large.tar have members, of which four are fillers.
	if sum.FilesLoaded != 10 || sum.EventsNew != 11 || sum.FilesOther != 14 || sum.FilesUnseen != 1 || len(sum.Errors) != 1 || !strings.Contains(sum.Errors[0].Error, "an archive of 17825792 bytes") {
		t.Errorf("%+v", sum)
	}
	if slices.Contains(s.fetched, "s3://b/notes.txt") || slices.Contains(s.fetched, "s3://b/large.zip") || slices.Contains(s.fetched, "s3://b/small.zip") {
		t.Errorf("fetched were %s", s.fetched)
	}
	if got := ask(t, store, "SELECT uri FROM files WHERE status = 'other' AND error IS NOT NULL AND NOT contains(uri, '!/') ORDER BY uri"); got != "s3://b/notes.txt\ns3://b/table.csv" {
		t.Errorf("the ledger has %s", got)
	}
	if back := rebuilt(t, store); len(back) != 7 {
		t.Errorf("%d files came back", len(back))
	}
	if beside, err := os.ReadDir(dir); err != nil || slices.ContainsFunc(beside, func(f os.DirEntry) bool { return strings.Contains(f.Name(), ".tmp-") && !f.IsDir() }) {
		t.Errorf("beside the store are %v, %v", beside, err)
	}

	s.looked, s.refused = nil, ""
	sum = mustRun(t, store, Options{}, s)
	if !maps.Equal(s.looked, map[string]int{"s3://b/refused": 1, "s3://b/huge.zip": 1}) || sum.FilesKnown != 7 || sum.FilesUnseen != 0 {
		t.Errorf("again: %+v, looked at %v", sum, s.looked)
	}
}

// A bucket of other things is looked at so far and no further, in one run or in several; what is CloudTrail's
// does not count.
func TestLookAfarBound(t *testing.T) {
	s := &farShelf{}
	for i := range maxLooks + 50 {
		s.objects = append(s.objects, object{uri: fmt.Sprintf("s3://b/%04d.txt", i), data: []byte("a note")})
		if i%50 == 0 {
			s.objects = append(s.objects, object{uri: fmt.Sprintf("s3://b/%04d.log", i), data: logFile(whole(i))})
		}
	}
	store := create(t)
	first := mustRun(t, store, Options{Concurrency: 1}, s)
	if len(s.looked) != maxLooks+20 || first.FilesLoaded != 20 || first.FilesUnseen != 51 || first.FilesOther != maxLooks+51 || first.NotRead[".txt"] != maxLooks+50 {
		t.Errorf("%d looks, %+v", len(s.looked), first)
	}
	s.looked = nil
	again := mustRun(t, store, Options{Concurrency: 1}, s)
	if len(s.looked) != 0 || again.FilesKnown != 20 || again.FilesUnseen != 51 {
		t.Errorf("again %d looks, %+v", len(s.looked), again)
	}
	plan, err := MakePlan(t.Context(), store, []Source{s}, options(Options{}))
	if err != nil || plan.FilesUnseen != 51 || plan.FilesUnfamiliar != 51 || plan.GetRequests != 0 {
		t.Errorf("%+v, %v", plan, err)
	}
}

// An archive from a stream may be larger than a log file, and nothing of it stays.
func TestSpooledStream(t *testing.T) {
	dir := folder(t)
	store := createAt(t, filepath.Join(dir, "t.duckdb"))
	data := zipOf(packed{"1.bin", noise(3 << 19)}, packed{"2.bin", noise(3 << 19)}, delivered("111122223333", 10))
	sum := mustRun(t, store, Options{}, NewStream(bytes.NewReader(data), 1<<20))
	if sum.FilesLoaded != 2 || sum.EventsNew != 2 || sum.FilesDamaged != 0 {
		t.Errorf("%+v", sum)
	}
	if found, err := filepath.Glob(filepath.Join(dir, "*.tmp-*")); err != nil || slices.ContainsFunc(found, func(name string) bool {
		info, err := os.Lstat(name)
		return err != nil || info.Mode().IsRegular()
	}) {
		t.Errorf("beside the store are %v, %v", found, err)
	}
	// What is no archive is held to the limit.
	large := mustRun(t, create(t), Options{}, NewStream(bytes.NewReader(bytes.Repeat([]byte(" "), 2<<20)), 1<<20))
	if large.FilesDamaged != 1 || !strings.Contains(large.Errors[0].Error, "longer than 1048576 bytes") {
		t.Errorf("%+v", large)
	}
}

// noise is what no packing makes shorter.
func noise(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data) // which never fails
	return data
}

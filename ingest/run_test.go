package ingest

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"os/user"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A shelf is a Source of objects in memory, listed in their order.
type shelf struct {
	name    string
	objects []object
	end     error                                       // of the listing
	before  func(ctx context.Context, uri string) error // each Fetch; may be nil

	mu      sync.Mutex
	fetched []string // URIs
}

// An object is one of a shelf's.
type object struct {
	uri       string
	data      []byte
	etag      string // v1 where it is empty, none where it is "none"
	size      int64  // where the listing gives another than data has
	named     bool
	as        func(o *Object) // what else the listing says; may be nil
	notListed error           // the listing's word on it
	failed    error           // that of Fetch
}

func (s *shelf) String() string { return s.name }

func (s *shelf) List(context.Context, func(string) Want) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		for _, o := range s.objects {
			listed := Object{URI: o.uri, Size: int64(len(o.data)), ETag: "v1", Named: o.named}
			if o.size != 0 {
				listed.Size = o.size
			}
			switch o.etag {
			case "":
			case "none":
				listed.ETag = ""
			default:
				listed.ETag = o.etag
			}
			if o.as != nil {
				o.as(&listed)
			}
			if !yield(listed, o.notListed) {
				return
			}
		}
		if s.end != nil {
			yield(Object{}, s.end)
		}
	}
}

func (s *shelf) Fetch(ctx context.Context, o Object) ([]byte, schema.Signature, error) {
	if s.before != nil {
		if err := s.before(ctx, o.URI); err != nil {
			return nil, schema.Signature{}, err
		}
	}
	s.mu.Lock()
	s.fetched = append(s.fetched, o.URI)
	s.mu.Unlock()
	i := slices.IndexFunc(s.objects, func(each object) bool { return each.uri == o.URI })
	return s.objects[i].data, schema.Signature{}, s.objects[i].failed
}

// logFile is a log file as AWS writes it, not compressed.
func logFile(records ...string) []byte {
	return []byte(`{"Records":[` + strings.Join(records, ",") + `]}`)
}

func pack(data []byte) []byte {
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	w.Write(data) // a buffer takes everything
	w.Close()
	return buf.Bytes()
}

// options are opt with the limits that every run needs.
func options(opt Options) Options {
	if opt.MaxFileBytes == 0 {
		opt.MaxFileBytes = 1 << 20
	}
	if opt.MaxRecordBytes == 0 {
		opt.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if opt.Concurrency == 0 {
		opt.Concurrency = 4
	}
	return opt
}

// mustRun loads the sources, and checks what is true of each run.
func mustRun(t *testing.T, store *schema.Store, opt Options, sources ...Source) Summary {
	t.Helper()
	opt = options(opt)
	opt.Progress = new(Progress)
	s, err := Run(t.Context(), store, sources, opt)
	if err != nil {
		t.Fatal(err)
	}
	if s.FilesListed != s.FilesLoaded+s.FilesKnown+s.FilesDamaged+s.FilesArchived+s.FilesOther+s.FilesFiltered {
		t.Errorf("the files do not add up: %+v", s)
	}
	if s.Records != s.EventsNew+s.Repeats+s.EventsFiltered {
		t.Errorf("the records do not add up: %+v", s)
	}
	if s.Seconds <= 0 {
		t.Errorf("%f seconds", s.Seconds)
	}
	p := opt.Progress
	if p.FilesListed.Load() != s.FilesListed || p.FilesDone.Load() != s.FilesListed || p.Events.Load() != s.Records ||
		p.BytesJSON.Load() != s.BytesJSON || p.BytesFetched.Load() != s.BytesCompressed || !p.AllListed.Load() || p.Writing.Load() {
		t.Errorf("progress says %d listed, %d done, %d events, %d bytes of JSON, %d fetched; the summary %+v", p.FilesListed.Load(),
			p.FilesDone.Load(), p.Events.Load(), p.BytesJSON.Load(), p.BytesFetched.Load(), s)
	}
	checkStore(t, store)
	return s
}

// checkStore checks what is true of each store: a record that was read is an event, a
// repeat of an event that is there, or left out; and each is there once.
func checkStore(t *testing.T, store *schema.Store) {
	t.Helper()
	got := ask(t, store, `
		WITH places AS (SELECT file, position FROM events UNION ALL SELECT file, position FROM repeats)
		SELECT 'files whose records do not add up', count(*) FROM files WHERE records <> new + repeated + filtered
		UNION ALL SELECT 'files with other counts than rows', count(*) FROM files
			WHERE new <> (SELECT count(*) FROM events WHERE events.file = files.file)
			OR repeated <> (SELECT count(*) FROM repeats WHERE repeats.file = files.file)
		UNION ALL SELECT 'places that are taken twice', count(*) - count(DISTINCT (file, position)) FROM places
		UNION ALL SELECT 'places that are not in their file', count(*)
			FROM places LEFT JOIN files USING (file) WHERE files.file IS NULL OR position < 0 OR position >= records
		UNION ALL SELECT 'repeats of nothing', count(*)
			FROM repeats LEFT JOIN events ON events.file = firstFile AND events.position = firstPosition
			WHERE events.file IS NULL OR events.eventID IS DISTINCT FROM repeats.eventID
		UNION ALL SELECT 'events that are there twice', count(*) - count(DISTINCT recordHash) FROM events
		UNION ALL SELECT 'files of one number', count(*) - count(DISTINCT file) FROM files
		UNION ALL SELECT 'files of no run', count(*) FROM files ANTI JOIN runs USING (run)
		UNION ALL SELECT 'files without their cause', count(*) FROM files WHERE status <> 'loaded' AND error IS NULL
		UNION ALL SELECT 'files without a hash', count(*) FROM files WHERE status IN ('loaded', 'skipped') AND sha256 IS NULL`)
	for line := range strings.SplitSeq(got, "\n") {
		if !strings.HasSuffix(line, "|0") {
			t.Errorf("the store has %s", line)
		}
	}
}

// ask runs a query, and returns its rows as lines and its values as fmt prints them,
// with bars between.
func ask(t *testing.T, store *schema.Store, query string) string {
	t.Helper()
	rows, err := store.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(values))
		for i, v := range values {
			if when, ok := v.(time.Time); ok {
				v = when.Format(time.RFC3339Nano)
			}
			texts[i] = fmt.Sprint(v)
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}

// holdings is what a store holds, whatever the order it came in: an event may have
// been read first from either of two files.
func holdings(t *testing.T, store *schema.Store) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		`SELECT COLUMNS(c -> c NOT IN ('file', 'position', 'recordHash', 'shape', 'verbatim')) FROM events ORDER BY ALL`,
		`SELECT eventID, count(*) FROM repeats GROUP BY ALL ORDER BY ALL`,
		`SELECT uri, account, region, kind, delivered, size, etag, sha256, jsonBytes, records, filtered, firstEventTime, lastEventTime, status, error
			FROM files ORDER BY ALL`,
		`SELECT sum(new), sum(repeated), sum(conflicts) FROM files`,
	} {
		all = append(all, ask(t, store, query))
	}
	return strings.Join(all, "\n\n")
}

func sortFindings(findings []Finding) {
	slices.SortFunc(findings, func(a, b Finding) int { return strings.Compare(a.URI, b.URI) })
}

// plus adds b to a summary; lists and maps are joined.
func plus(a, b Summary) Summary {
	sum, more := reflect.ValueOf(&a).Elem(), reflect.ValueOf(b)
	for i := range sum.NumField() {
		switch f := sum.Field(i); f.Kind() {
		case reflect.Int64:
			f.SetInt(f.Int() + more.Field(i).Int())
		case reflect.Map:
			joined := map[string]int64{}
			for _, kinds := range []map[string]int64{a.NotRead, b.NotRead} {
				for kind, n := range kinds {
					joined[kind] += n
				}
			}
			if len(joined) > 0 {
				f.Set(reflect.ValueOf(joined))
			}
		case reflect.Slice:
			f.Set(reflect.AppendSlice(f, more.Field(i)))
		}
	}
	return a
}

const stillDamaged = "damaged, as an earlier run has found; it has not changed since"

// A sort is objects of one sort, with what a first and a second run make of them.
type sort struct {
	name          string
	objects       []object
	first, second Summary
}

// sorts are one of each; their records and URIs do not meet. The filter is of
// TestRunCounts.
func sorts() []sort {
	rec := func(id int) string { return record(id, monday, "A") }
	const folder = "s3://logs/AWSLogs/111122223333/"
	named := func(date string) string {
		return folder + "CloudTrail/us-east-1/" + date[:4] + "/" + date[4:6] + "/" + date[6:] + "/111122223333_CloudTrail_us-east-1_" + date + "T1005Z_AbCdEfGh01234567.json.gz"
	}
	whole, plain := pack(logFile(rec(1), rec(2))), logFile(rec(3))
	twice := logFile(rec(4), rec(4), rec(4))
	trail1, trail2 := logFile(rec(5), rec(6)), pack(logFile(rec(6), rec(5)))
	two := append(pack(logFile(rec(7))), pack(logFile(rec(8)))...)
	contents := logFile(rec(9), record(9, monday, "B"), record(9, monday, "C"), record(9, monday, "B"))
	cut := []byte(`{"Records":[` + rec(10) + `,{"eventVers`)
	broken := []byte(`{"Records":[` + rec(11) + `,` + rec(11) + `] "x"}`)
	alien := logFile(rec(12), `{"foo":1}`, rec(13))
	lines := []byte(rec(14) + "\n" + `{"foo":1}` + "\n" + rec(15))
	cutPacked := whole[:10] // the header
	digest := []byte(`{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:04:05Z","digestEndTime":"2026-03-02T11:04:05Z",` +
		`"digestS3Bucket":"logs","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1_20260302T110405Z.json.gz",` +
		`"digestPublicKeyFingerprint":"00000000000000000000000000000000","previousDigestSignature":null,"logFiles":[]}`)
	partly := logFile(rec(16), record(17, "2026-02-28T23:59:59Z", "early"), record(18, "2026-03-05T00:00:00Z", "late"))
	none := logFile()
	bomb := pack(make([]byte, 2<<20))
	n := func(data []byte) int64 { return int64(len(data)) }
	one := func(s Summary) Summary { s.FilesListed = 1; return s }
	known := one(Summary{FilesKnown: 1})
	other := func(kind string) Summary { return one(Summary{FilesOther: 1, NotRead: map[string]int64{kind: 1}}) }
	summed := one(Summary{FilesOther: 1, AggregatedFiles: 1})
	damaged := func(uri string, status schema.Status, text string) Summary {
		return one(Summary{FilesDamaged: 1, Errors: []Finding{{uri, status, text}}})
	}
	return []sort{
		{"as delivered", []object{{uri: named("20260302"), data: whole}},
			one(Summary{FilesLoaded: 1, Records: 2, EventsNew: 2, BytesCompressed: n(whole), BytesJSON: n(logFile(rec(1), rec(2)))}), known},
		{"unpacked", []object{{uri: "/plain.json.gz", data: plain}},
			one(Summary{FilesLoaded: 1, Records: 1, EventsNew: 1, BytesCompressed: n(plain), BytesJSON: n(plain)}), known},
		{"repeats within", []object{{uri: "/twice.json", data: twice}},
			one(Summary{FilesLoaded: 1, Records: 3, EventsNew: 1, Repeats: 2, BytesCompressed: n(twice), BytesJSON: n(twice)}), known},
		{"two trails", []object{{uri: "/trail1.json", data: trail1}, {uri: "/trail2.json", data: trail2}},
			Summary{FilesListed: 2, FilesLoaded: 2, Records: 4, EventsNew: 2, Repeats: 2, BytesCompressed: n(trail1) + n(trail2), BytesJSON: 2 * n(trail1)},
			plus(known, known)},
		{"conflicts", []object{{uri: "/contents.json", data: contents}},
			one(Summary{FilesLoaded: 1, Records: 4, EventsNew: 3, Repeats: 1, Conflicts: 2, BytesCompressed: n(contents), BytesJSON: n(contents)}), known},
		{"no records", []object{{uri: "/none.json", data: none}},
			one(Summary{FilesLoaded: 1, BytesCompressed: n(none), BytesJSON: n(none)}), known},
		{"two members", []object{{uri: "/two.json.gz", data: two}},
			one(Summary{FilesLoaded: 1, Records: 2, EventsNew: 2, BytesCompressed: n(two), BytesJSON: n(logFile(rec(7))) + n(logFile(rec(8))),
				Errors: []Finding{{"/two.json.gz", schema.Loaded, logfile.ErrMembers.Error()}}}), known},
		{"named whatever it is called", []object{{uri: "/named", data: logFile(rec(19)), named: true}},
			one(Summary{FilesLoaded: 1, Records: 1, EventsNew: 1, BytesCompressed: n(logFile(rec(19))), BytesJSON: n(logFile(rec(19)))}), known},
		{"without an ETag", []object{{uri: "/stream.json", data: logFile(rec(20)), etag: "none"}},
			one(Summary{FilesLoaded: 1, Records: 1, EventsNew: 1, BytesCompressed: n(logFile(rec(20))), BytesJSON: n(logFile(rec(20)))}),
			one(Summary{FilesLoaded: 1, Records: 1, Repeats: 1, BytesCompressed: n(logFile(rec(20))), BytesJSON: n(logFile(rec(20)))})},

		{"cut off", []object{{uri: "/cut.json", data: cut}},
			plus(damaged("/cut.json", schema.Partial, fmt.Sprintf("byte %d, after 1 records: the file ends early", len(cut))),
				Summary{Records: 1, EventsNew: 1, BytesCompressed: n(cut), BytesJSON: n(cut)}),
			damaged("/cut.json", schema.Partial, stillDamaged)},
		{"broken behind its records", []object{{uri: "/broken.json", data: broken}},
			plus(damaged("/broken.json", schema.Partial, fmt.Sprintf("byte %d, after 2 records: a comma or a closing bracket was expected", len(broken)-len(`"x"}`))),
				Summary{Records: 2, EventsNew: 1, Repeats: 1, BytesCompressed: n(broken), BytesJSON: n(broken)}),
			damaged("/broken.json", schema.Partial, stillDamaged)},
		{"cut off, packed", []object{{uri: "/cut.json.gz", data: cutPacked}},
			plus(damaged("/cut.json.gz", schema.Corrupt, "gzip: the file ends early"), Summary{BytesCompressed: n(cutPacked)}),
			damaged("/cut.json.gz", schema.Corrupt, stillDamaged)},
		{"a web page", []object{{uri: "/page.json", data: []byte("<html>")}},
			plus(damaged("/page.json", schema.Corrupt, "not a CloudTrail log file, but an HTML page"), Summary{BytesCompressed: 6, BytesJSON: 6}),
			damaged("/page.json", schema.Corrupt, stillDamaged)},
		{"a bomb", []object{{uri: "/bomb.json.gz", data: bomb}},
			plus(damaged("/bomb.json.gz", schema.Corrupt, "unpacks to more than 1048576 bytes"), Summary{BytesCompressed: n(bomb), BytesJSON: 1 << 20}),
			damaged("/bomb.json.gz", schema.Corrupt, stillDamaged)},
		// What is no event among events is told, and what is behind it is read.
		{"an alien among records", []object{{uri: "/alien.json", data: alien}},
			one(Summary{FilesLoaded: 1, Records: 2, EventsNew: 2, ForeignValues: 1, BytesCompressed: n(alien), BytesJSON: n(alien), Errors: []Finding{{"/alien.json", schema.Loaded,
				fmt.Sprintf("byte %d, after 1 records: 1 value that is not CloudTrail's was passed over: JSON whose Records are not CloudTrail's", len(`{"Records":[`+rec(12)+`,`))}}}), known},
		{"an alien among lines", []object{{uri: "/lines.jsonl", data: lines}},
			one(Summary{FilesLoaded: 1, Records: 2, EventsNew: 2, ForeignValues: 1, BytesCompressed: n(lines), BytesJSON: n(lines), Errors: []Finding{{"/lines.jsonl", schema.Loaded,
				fmt.Sprintf("byte %d, after 1 records: 1 value that is not CloudTrail's was passed over: JSON without Records", len(rec(14)+"\n"))}}}), known},
		{"not to be fetched", []object{{uri: "/failed.json", data: plain, failed: errors.New("no such luck")}},
			damaged("/failed.json", schema.Failed, "no such luck"), damaged("/failed.json", schema.Failed, "no such luck")},
		{"not to be looked at", []object{{uri: "/folder", notListed: errors.New("permission denied")}},
			damaged("/folder", schema.Failed, "permission denied"), damaged("/folder", schema.Failed, "permission denied")},

		{"empty", []object{{uri: "/empty.json"}}, other("empty"), other("empty")},
		{"other JSON", []object{{uri: "/package.json", data: []byte(`{"a":1}`)}}, plus(other(otherPrograms), Summary{BytesCompressed: 7, BytesJSON: 7}), other(otherPrograms)},
		{"a digest by its content", []object{{uri: "/digest.json", data: digest}}, plus(one(Summary{FilesLoaded: 1}), Summary{BytesCompressed: n(digest), BytesJSON: n(digest)}), known},
		{"a digest by its key", []object{{uri: folder + "CloudTrail-Digest/us-east-1/x.json.gz", data: []byte(`{"a":1}`)}},
			plus(damaged(folder+"CloudTrail-Digest/us-east-1/x.json.gz", schema.Corrupt, "not a digest file as CloudTrail writes it: it has no awsAccountId"), Summary{DigestFiles: 1, BytesCompressed: 7, BytesJSON: 7}),
			plus(damaged(folder+"CloudTrail-Digest/us-east-1/x.json.gz", schema.Corrupt, ErrStillDamaged.Error()), Summary{DigestFiles: 1})},
		{"aggregated events", []object{{uri: folder + "CloudTrail-Aggregated/us-east-1/x.json.gz"}}, summed, summed},
		{"another service", []object{{uri: folder + "Config/us-east-1/x.json.gz"}}, other("of other services"), other("of other services")},
		{"a folder marker", []object{{uri: folder}}, other("folder markers"), other("folder markers")},
		{"notes", []object{{uri: "/README"}}, other("without an ending"), other("without an ending")},

		{"left out by its key", []object{{uri: named("20260305"), data: whole}}, one(Summary{FilesFiltered: 1}), one(Summary{FilesFiltered: 1})},
		{"records left out", []object{{uri: "/partly.json", data: partly}},
			one(Summary{FilesLoaded: 1, Records: 3, EventsNew: 1, EventsFiltered: 2, BytesCompressed: n(partly), BytesJSON: n(partly)}), known},
	}
}

// The counts of a run over objects of each sort, and of all sorts together; then of a
// second run.
func TestRunCounts(t *testing.T) {
	all := sort{name: "all"}
	list := sorts()
	for _, s := range list {
		all.objects = append(all.objects, s.objects...)
		all.first, all.second = plus(all.first, s.first), plus(all.second, s.second)
	}
	for _, s := range append(list, all) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			store := create(t)
			opt := Options{Filter: Filter{Scope: schema.Scope{Since: at("2026-03-01T00:00:00Z"), Until: at("2026-03-03T00:00:00Z")}, Slack: DefaultSlack}}
			for run, want := range []Summary{s.first, s.second} {
				var found []Finding
				opt.Finding = func(f schema.LogFile, cause error) {
					found = append(found, Finding{f.URI, f.Status, f.Error})
					if cause == nil || f.Status != schema.Loaded && cause.Error() != f.Error {
						t.Errorf("the cause of %q is %v", f.Error, cause)
					}
				}
				got := mustRun(t, store, opt, &shelf{objects: s.objects})
				got.Seconds = 0
				want.Errors, want.Archives = append([]Finding{}, want.Errors...), []Archive{}
				sortFindings(want.Errors)
				sortFindings(found)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("run %d:\ngot  %+v\nwant %+v", run+1, got, want)
				}
				if !slices.Equal(found, want.Errors) {
					t.Errorf("run %d: Finding was called with %+v", run+1, found)
				}
			}
		})
	}
}

// Findings are in the order of their names, whatever the order of loading.
func TestRunErrorsAreSorted(t *testing.T) {
	var gates [4]chan struct{} // gate i opens when object i has been fetched
	s := &shelf{}
	for i := range gates {
		gates[i] = make(chan struct{})
		s.objects = append(s.objects, object{uri: fmt.Sprintf("/%d.json", i), failed: errors.New("refused")})
	}
	s.before = func(_ context.Context, uri string) error {
		i := int(uri[1] - '0')
		if i+1 < len(gates) {
			<-gates[i+1]
		}
		close(gates[i])
		return nil
	}
	summary := mustRun(t, create(t), Options{Concurrency: len(gates)}, s)
	var order []string
	for _, f := range summary.Errors {
		order = append(order, f.URI)
	}
	if got := strings.Join(order, " "); got != "/0.json /1.json /2.json /3.json" {
		t.Errorf("order %s", got)
	}
}

// Sources that overlap: each event is there once, and what was read is all accounted
// for.
func TestRunOverlap(t *testing.T) {
	a := object{uri: "/a.json", data: logFile(record(1, monday, "A"), record(2, monday, "A"))}
	b := object{uri: "/b.json", data: logFile(record(3, monday, "A"), record(4, monday, "A"))}
	c := object{uri: "/c.json", data: logFile(record(4, monday, "A"), record(5, monday, "A"))}
	store := create(t)
	s := mustRun(t, store, Options{}, &shelf{name: "one", objects: []object{a, b}}, &shelf{name: "two", objects: []object{b, c}})
	if s.FilesListed != 4 || s.FilesLoaded+s.FilesKnown != 4 || s.EventsNew != 5 || s.Conflicts != 0 {
		t.Errorf("%+v", s)
	}
	if got := ask(t, store, "SELECT count(*), count(DISTINCT eventID) FROM events"); got != "5|5" {
		t.Errorf("events, eventIDs: %s", got)
	}
	if s := mustRun(t, store, Options{}, &shelf{name: "two", objects: []object{b, c}}); s.FilesKnown != 2 || s.Records != 0 {
		t.Errorf("second run: %+v", s)
	}
}

// demo is ../testdata/logs, and a few objects of our own that its events repeat and
// contradict.
func demo(t *testing.T) []Source {
	t.Helper()
	dirs, err := OpenPath("../testdata/logs")
	if err != nil {
		t.Fatal(err)
	}
	own := &shelf{name: "own"}
	for _, s := range sorts() {
		own.objects = append(own.objects, s.objects...)
	}
	return []Source{dirs[0], own}
}

// However many fetch at a time, the store is the same.
func TestRunConcurrency(t *testing.T) {
	var want string
	for _, concurrency := range []int{1, 64} {
		store := create(t)
		s := mustRun(t, store, Options{Concurrency: concurrency}, demo(t)...)
		// The first numbers are those of ../testdata/README.md, log files and digest files, plus sorts' own.
		own := Summary{}
		for _, each := range sorts() {
			own = plus(own, each.first)
		}
		// Without its filter: one file more, whose two records repeat others, and two
		// records more of another.
		if s.FilesLoaded != 87+2+own.FilesLoaded+1 || s.EventsNew != 1126+own.EventsNew+2 || s.Repeats != 392+own.Repeats+2 {
			t.Errorf("%d at a time: %+v", concurrency, s)
		}
		got := holdings(t, store) + "\n" + ask(t, store, "SELECT file, uri FROM files ORDER BY file")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%d at a time: the store differs", concurrency)
		}
	}
}

// What cannot be fetched is noted, does not stop the others, and is tried again by the
// next run, which tries nothing else.
func TestRunFetchFails(t *testing.T) {
	refused := errors.New("refused")
	s := &shelf{}
	for i := range 6 {
		o := object{uri: fmt.Sprintf("/%d.json", i), data: logFile(record(i, monday, "A"))}
		if i%2 == 1 {
			o.failed = fmt.Errorf("%s: %w", o.uri, refused)
		}
		s.objects = append(s.objects, o)
	}
	store := create(t)
	var causes []error
	summary := mustRun(t, store, Options{Finding: func(_ schema.LogFile, cause error) { causes = append(causes, cause) }}, s)
	if summary.FilesLoaded != 3 || summary.FilesDamaged != 3 || summary.EventsNew != 3 {
		t.Errorf("%+v", summary)
	}
	for _, cause := range causes {
		if !errors.Is(cause, refused) {
			t.Errorf("Finding was told of %v", cause)
		}
	}
	if got, want := ask(t, store, "SELECT uri, records, sha256, error FROM files WHERE status = 'failed' ORDER BY uri"),
		"/1.json|0|<nil>|/1.json: refused\n/3.json|0|<nil>|/3.json: refused\n/5.json|0|<nil>|/5.json: refused"; got != want {
		t.Errorf("the ledger says\n%s", got)
	}

	s.objects[1].failed, s.objects[5].failed = nil, nil
	s.fetched = nil
	summary = mustRun(t, store, Options{}, s)
	slices.Sort(s.fetched)
	if got := strings.Join(s.fetched, " "); got != "/1.json /3.json /5.json" {
		t.Errorf("the second run fetches %s", got)
	}
	if summary.FilesKnown != 3 || summary.FilesLoaded != 2 || summary.FilesDamaged != 1 || summary.EventsNew != 2 {
		t.Errorf("second run: %+v", summary)
	}
	if got, want := ask(t, store, "SELECT run, count(*), count(*) FILTER (status = 'failed') FROM files GROUP BY run ORDER BY run"), "1|6|3\n2|3|1"; got != want {
		t.Errorf("run, files, failed: %s", got)
	}
}

// loadObject puts an object into the store as a batch of its own, which is full.
func (r *run) loadObject(t *testing.T, o object) {
	t.Helper()
	first := fetched{object: Object{URI: o.uri, Size: int64(len(o.data)), ETag: "v1"}, key: schema.ParseKey(o.uri), file: r.number(), data: o.data}
	b := newBatch(r, r.fetched, first)
	b.bytes = r.opt.BatchBytes
	// If it asked for more, it would wait for what nobody fetches.
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := r.loadBatch(ctx, b); err != nil {
		t.Fatal(err)
	}
}

// A run that ends early, in each of the ways in which it can, ends with the cause,
// leaves nobody behind, and leaves a store with the batches that were full, in which
// another run does the rest.
func TestRunEndsEarly(t *testing.T) {
	const objects = 12
	refused := &StopError{errors.New("credentials refused")}
	gone := errors.New("the bucket is gone")
	var list []object
	for i := range objects {
		list = append(list, object{uri: fmt.Sprintf("/%02d.json", i), data: logFile(record(2*i, monday, "A"), record(2*i+1, monday, "A"), record(i, monday, "A"))})
	}
	undisturbed := create(t)
	mustRun(t, undisturbed, Options{}, &shelf{objects: list})
	want := holdings(t, undisturbed)

	stopAt := func(n int, what func(cancel func()) error) func(cancel func()) func(context.Context, string) error {
		return func(cancel func()) func(context.Context, string) error {
			return func(_ context.Context, uri string) error {
				if uri == list[n].uri {
					return what(cancel)
				}
				return nil
			}
		}
	}
	for _, test := range []struct {
		name        string
		concurrency []int
		before      func(cancel func()) func(ctx context.Context, uri string) error
		end         error
		want        error
	}{
		{"stopped at the first", []int{8}, stopAt(1, func(func()) error { return refused }), nil, refused},
		{"stopped in the middle", []int{1, 8}, stopAt(6, func(func()) error { return fmt.Errorf("%s: %w", list[6].uri, refused) }), nil, refused},
		{"stopped at the last", []int{8}, stopAt(11, func(func()) error { return refused }), nil, refused},
		{"cancelled at the first", []int{8}, stopAt(1, func(cancel func()) error { cancel(); return nil }), nil, context.Canceled},
		{"cancelled in the middle", []int{1, 8}, stopAt(6, func(cancel func()) error { cancel(); return errors.New("interrupted") }), nil, context.Canceled},
		{"cancelled while all wait", []int{8}, func(cancel func()) func(context.Context, string) error {
			var once sync.Once
			return func(ctx context.Context, uri string) error {
				if uri > list[4].uri {
					once.Do(cancel)
					<-ctx.Done()
					return ctx.Err()
				}
				return nil
			}
		}, nil, context.Canceled},
		{"the listing ends", []int{8}, nil, gone, gone},
	} {
		for _, concurrency := range test.concurrency {
			t.Run(fmt.Sprintf("%s, %d at a time", test.name, concurrency), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "t.duckdb")
				store := createAt(t, path)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				s := &shelf{objects: list, end: test.end}
				if test.before != nil {
					s.before = test.before(cancel)
				}
				r := &run{store: store, opt: options(Options{Concurrency: concurrency, BatchBytes: batchBytes, Progress: new(Progress)}), fetched: newQueue(DefaultMemory / queueShare)}
				if err := r.begin(ctx, []Source{s}); err != nil {
					t.Fatal(err)
				}
				r.loadObject(t, list[0])
				s.objects = list[1:]
				if err := r.all(ctx, []Source{s}); !errors.Is(err, test.want) {
					t.Errorf("it ended with %v", err)
				}
				nobodyLeft(t)
				// database/sql may have taken the connection of a cancelled transaction.
				if err := store.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
					t.Fatal(err)
				}

				reader, err := schema.Open(t.Context(), path)
				if err != nil {
					t.Fatal(err)
				}
				checkStore(t, reader)
				if got := ask(t, reader, "SELECT file, uri, status, records, new FROM files WHERE file = 1"); got != "1|/00.json|loaded|3|2" {
					t.Errorf("the ledger says %s of the first file", got)
				}
				// A run that ends by itself may still load what it had fetched before.
				known := ask(t, reader, "SELECT count(*) FROM files")
				if known != "1" && test.want == context.Canceled {
					t.Errorf("the store has %s files", known)
				}
				if got := ask(t, reader, "SELECT run, finished, summary FROM runs"); got != "1|<nil>|<nil>" {
					t.Errorf("the runs are %s", got)
				}
				if err := reader.Close(); err != nil {
					t.Fatal(err)
				}

				store = createAt(t, path)
				if rest := mustRun(t, store, Options{}, &shelf{objects: list}); fmt.Sprint(rest.FilesKnown) != known || rest.FilesKnown+rest.FilesLoaded != objects {
					t.Errorf("the next run: %+v", rest)
				}
				if got := holdings(t, store); got != want {
					t.Errorf("the store is not that of an undisturbed run:\n%s\n\nbut\n%s", want, got)
				}
			})
		}
	}
}

// A run that is told to stop loads what it has fetched, says how much is left, and
// leaves that to the next run.
func TestRunStop(t *testing.T) {
	const objects = 12
	var list []object
	for i := range objects {
		list = append(list, object{uri: fmt.Sprintf("/%02d.json", i), data: logFile(record(2*i, monday, "A"), record(2*i+1, monday, "A"), record(i, monday, "A"))})
	}
	undisturbed := create(t)
	mustRun(t, undisturbed, Options{}, &shelf{objects: list})
	want := holdings(t, undisturbed)

	for _, concurrency := range []int{1, 4} {
		for _, at := range []int{0, 5, objects - 1} {
			for _, waits := range []bool{false, true} {
				t.Run(fmt.Sprintf("at %d, %d at a time, waits: %v", at, concurrency, waits), func(t *testing.T) {
					stop := make(chan struct{})
					var once sync.Once
					s := &shelf{objects: list, before: func(ctx context.Context, uri string) error {
						if uri < list[at].uri {
							return nil
						}
						once.Do(func() { close(stop) })
						if !waits { // what is under way is loaded
							return nil
						}
						<-ctx.Done()
						return ctx.Err()
					}}
					store := create(t)
					progress := new(Progress)
					summary, err := Run(t.Context(), store, []Source{s}, options(Options{Concurrency: concurrency, Stop: stop, Progress: progress}))
					nobodyLeft(t)
					checkStore(t, store)
					if got, want := ask(t, store, "SELECT count(*) FROM files"), fmt.Sprint(summary.FilesLoaded); got != want {
						t.Errorf("the store has %s files, the summary says %s", got, want)
					}
					switch {
					case waits && (summary.FilesLoaded != int64(at) || summary.FilesLeft == 0 || err != ErrStopped):
						t.Errorf("all before the stop and no more should be loaded: %v, %+v", err, summary)
					case summary.FilesLoaded < int64(at) || summary.FilesListed != summary.FilesLoaded+summary.FilesLeft:
						t.Errorf("%v, %+v", err, summary)
					case (err == nil) != (summary.FilesLoaded == objects):
						t.Errorf("it ended with %v after %d files", err, summary.FilesLoaded)
					}
					if got := ask(t, store, "SELECT count(finished) FROM runs"); (got == "1") != (err == nil) {
						t.Errorf("it ended with %v, and %s runs are finished", err, got)
					}
					rest := mustRun(t, store, Options{}, &shelf{objects: list})
					if rest.FilesKnown != summary.FilesLoaded || rest.FilesKnown+rest.FilesLoaded != objects {
						t.Errorf("the next run: %+v", rest)
					}
					if got := holdings(t, store); got != want {
						t.Errorf("the store is not that of an undisturbed run:\n%s\n\nbut\n%s", want, got)
					}
				})
			}
		}
	}
}

// Batches are bounded by what they unpack to, and by the repeats that are held for them.
func TestRunBatches(t *testing.T) {
	const files = 20
	var list, alike []object
	for i := range files {
		uri := fmt.Sprintf("/%02d.json", i)
		list = append(list, object{uri: uri, data: logFile(record(i, monday, "A"), record(i/2, monday, "A"))})
		alike = append(alike, object{uri: uri, data: logFile(slices.Repeat([]string{record(0, monday, "A")}, 30)...)})
	}
	for name, test := range map[string]struct {
		list []object
		opt  Options
	}{
		"bytes":   {list, Options{BatchBytes: int64(2 * len(list[0].data))}},
		"repeats": {alike, Options{Memory: keptShare * repeatBytes * 60}},
	} {
		t.Run(name, func(t *testing.T) {
			whole, parts := create(t), create(t)
			mustRun(t, whole, Options{}, &shelf{objects: test.list})

			// The last one is not there before the first ones are in the store.
			last := func(ctx context.Context, uri string) error {
				for uri == test.list[files-1].uri && ask(t, parts, "SELECT count(*) > 9 FROM files") == "false" {
					select {
					case <-time.After(time.Millisecond):
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				return nil
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if _, err := Run(ctx, parts, []Source{&shelf{objects: test.list, before: last}}, options(test.opt)); err != nil {
				t.Fatal(err)
			}
			checkStore(t, parts)
			if got, want := holdings(t, parts), holdings(t, whole); got != want {
				t.Errorf("in one batch:\n%s\n\nin several:\n%s", want, got)
			}
		})
	}
}

// nobodyLeft checks that no goroutine is at work in this package any more.
func nobodyLeft(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for _, method := range []string{"(*run).fetch", "(*run).list", "(*run).load", "(*queue).", "(*reader).", "(*shelf)."} {
		if bytes.Contains(stacks, []byte("ingest."+method)) {
			t.Errorf("somebody is left in %s:\n%s", method, stacks)
		}
	}
}

// The same through Run, from its very beginning: the summary is of what is in the
// store.
func TestRunStops(t *testing.T) {
	refused := &StopError{errors.New("credentials refused")}
	gone := errors.New("the bucket is gone")
	objects := []object{{uri: "/a.json", data: logFile(record(1, monday, "A"))}, {uri: "/b.json", data: logFile(record(2, monday, "A"))}}
	for _, test := range []struct {
		name   string
		source *shelf
		cancel bool
		want   error
	}{
		{"by a StopError", &shelf{objects: objects, before: func(_ context.Context, uri string) error {
			if uri == "/b.json" {
				return refused
			}
			return nil
		}}, false, refused},
		{"by the listing", &shelf{objects: objects, end: gone}, false, gone},
		{"by the listing, at once", &shelf{end: gone}, false, gone},
		{"before it began", &shelf{objects: objects}, true, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.duckdb")
			store := createAt(t, path)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.cancel {
				cancel()
			}
			s, err := Run(ctx, store, []Source{test.source}, options(Options{}))
			if !errors.Is(err, test.want) {
				t.Errorf("it ended with %v", err)
			}
			nobodyLeft(t)
			if got, want := ask(t, store, "SELECT (SELECT count(*) FROM files), (SELECT count(*) FROM events), (SELECT count(finished) FROM runs)"),
				fmt.Sprintf("%d|%d|0", s.FilesLoaded, s.EventsNew); got != want {
				t.Errorf("files, events, finished runs: %s, but the summary says %s", got, want)
			}
			store.Close() // database/sql may have taken the connection of a cancelled transaction
			next := mustRun(t, createAt(t, path), Options{}, &shelf{objects: objects})
			if next.FilesKnown != s.FilesLoaded || next.EventsNew != 2-s.EventsNew {
				t.Errorf("the next run: %+v", next)
			}
		})
	}
}

// A summary lists findings up to a bound, and counts those beyond it.
func TestRunManyErrors(t *testing.T) {
	var list []object
	for i := range maxErrors + 100 {
		list = append(list, object{uri: fmt.Sprintf("/%04d.json", i), failed: errors.New("access denied")})
	}
	told := 0
	s := mustRun(t, create(t), Options{Finding: func(schema.LogFile, error) { told++ }}, &shelf{objects: list})
	if len(s.Errors) != maxErrors || s.ErrorsMore != 100 || s.FilesDamaged != maxErrors+100 || told != maxErrors+100 {
		t.Errorf("%d errors and %d more of %d damaged files; %d were told of", len(s.Errors), s.ErrorsMore, s.FilesDamaged, told)
	}
}

// A source that fails does not keep those before it from being listed, and no source
// after it is.
func TestRunListErrorEndsTheRun(t *testing.T) {
	gone := errors.New("the bucket is gone")
	after := &shelf{objects: []object{{uri: "/after.json"}}, before: func(context.Context, string) error {
		t.Error("a source behind the one that failed was read")
		return nil
	}}
	s, err := Run(t.Context(), create(t), []Source{&shelf{objects: []object{{uri: "/README"}}}, &shelf{end: gone}, after}, options(Options{}))
	if err != gone || s.FilesListed != 1 || s.FilesOther != 1 {
		t.Errorf("%v, %+v", err, s)
	}
}

// The chain of custody: who, with what, from where, limited to what, and what came of
// it.
func TestRunLedger(t *testing.T) {
	store := create(t)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().UTC().Truncate(time.Microsecond)
	s := mustRun(t, store, Options{Version: "v1.2.3"}, &shelf{name: `s3://logs/a "b" 'c'`, objects: sorts()[0].objects}, &shelf{name: "-"})
	after := time.Now().UTC()
	opt := Options{Filter: Filter{Scope: schema.Scope{Accounts: []string{"2", "1"}, Since: at(monday), Until: at(monday).Add(time.Hour)}, Slack: 48 * time.Hour}}
	mustRun(t, store, opt, &shelf{name: "/logs"})
	Run(t.Context(), store, []Source{&shelf{name: "gone", end: errors.New("gone")}}, options(Options{Version: "v2"}))

	want := strings.Join([]string{
		`1|` + me.Username + `|` + host + `|v1.2.3|[s3://logs/a "b" 'c' -]|<nil>|true|true`,
		`2|` + me.Username + `|` + host + `||[/logs]|account 1 2, since 2026-03-02T10:00:00Z, slack 48h0m0s, until 2026-03-02T11:00:00Z|true|true`,
		`3|` + me.Username + `|` + host + `|v2|[gone]|<nil>|false|false`,
	}, "\n")
	if got := ask(t, store, `SELECT run, "user", host, version, sources, filter, finished IS NOT NULL, summary IS NOT NULL FROM runs ORDER BY run`); got != want {
		t.Errorf("the runs are\n%s\nnot\n%s", got, want)
	}
	want = "1|<nil>|<nil>\n2|2026-03-02T00:00:00Z|2026-03-05T00:00:00Z\n3|<nil>|<nil>"
	if got := ask(t, store, "SELECT run, deliveredSince, deliveredUntil FROM runs ORDER BY run"); got != want {
		t.Errorf("what they asked for is\n%s\nnot\n%s", got, want)
	}
	var stored Summary
	if err := json.Unmarshal([]byte(ask(t, store, "SELECT summary FROM runs WHERE run = 1")), &stored); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(stored, s) || stored.EventsNew != 2 {
		t.Errorf("the stored summary is %+v\nnot %+v", stored, s)
	}
	times := strings.Split(ask(t, store, "SELECT started, finished FROM runs WHERE run = 1"), "|")
	started, finished := at(times[0]), at(times[1])
	if started.Before(before) || finished.Before(started) || finished.After(after) {
		t.Errorf("from %v to %v, but it was between %v and %v", started, finished, before, after)
	}
}

// A row of files says what the key says and what the content is.
func TestRunFiles(t *testing.T) {
	const key = "AWSLogs/o-exampleorg1/111122223333/CloudTrail-Insight/eu-west-1/2026/03/02/111122223333_CloudTrail-Insight_eu-west-1_20260302T1005Z_AbCdEfGh01234567.json.gz"
	early, late := "2026-03-02T09:59:59Z", "2026-03-02T10:04:59.5Z"
	timeless := `{"eventVersion":"1.08","eventName":"timeless"}`
	whole := logFile(record(1, monday, "A"), record(2, late, "A"), timeless, record(3, early, "A"), record(1, monday, "A"), record(1, monday, "B"))
	packed := pack(whole)
	untimed := logFile(`{"eventVersion":"1.08","eventName":"untimed"}`)
	outside := logFile(record(7, "2026-04-01T00:00:00Z", "A"))
	cut := []byte(`{"Records":[` + record(8, early, "A") + `,`)
	half := pack(bytes.Repeat([]byte(" "), 1000))
	half = half[:len(half)-8] // all of the data, but not the checksum
	sum := func(data []byte) string {
		h := sha256.Sum256(data)
		return hex.EncodeToString(h[:])
	}
	store := create(t)
	mustRun(t, store, Options{Concurrency: 1, Filter: Filter{Scope: schema.Scope{Until: at("2026-03-03T00:00:00Z")}, Slack: DefaultSlack}}, &shelf{objects: []object{
		{uri: "s3://logs/" + key, data: packed, etag: `"0a1b"`},
		{uri: "/untimed.json", data: untimed},
		{uri: "/outside.json", data: outside},
		{uri: "/cut.json", data: cut},
		{uri: "/half.json.gz", data: half},
		{uri: "/empty.json"},
		{uri: "/stream", data: logFile(record(9, early, "A")), etag: "none", size: -1, named: true},
		{uri: "s3://logs/AWSLogs/1/CloudTrail/us-east-1/other.json", failed: errors.New("refused"), data: []byte("123")},
	}})
	mustRun(t, store, Options{}, &shelf{objects: []object{{uri: "/untimed.json", data: untimed, etag: "v2"}}})

	want := strings.Join([]string{
		fmt.Sprintf(`1|s3://logs/%s|111122223333|eu-west-1|CloudTrail-Insight|2026-03-02T10:05:00Z|%d|"0a1b"|%s|%d|6|5|1|0|1|2026-03-02T09:59:59Z|2026-03-02T10:04:59.5Z|loaded|<nil>|1`,
			key, len(packed), sum(whole), len(whole)),
		fmt.Sprintf(`2|/untimed.json|<nil>|<nil>|<nil>|<nil>|%d|v1|%s|%d|1|1|0|0|0|<nil>|<nil>|loaded|<nil>|1`, len(untimed), sum(untimed), len(untimed)),
		fmt.Sprintf(`3|/outside.json|<nil>|<nil>|<nil>|<nil>|%d|v1|%s|%d|1|0|0|1|0|2026-04-01T00:00:00Z|2026-04-01T00:00:00Z|loaded|<nil>|1`, len(outside), sum(outside), len(outside)),
		fmt.Sprintf(`4|/cut.json|<nil>|<nil>|<nil>|<nil>|%d|v1|%s|%d|1|1|0|0|0|2026-03-02T09:59:59Z|2026-03-02T09:59:59Z|partial|byte %d, after 1 records: the file ends early|1`, len(cut), sum(cut), len(cut), len(cut)),
		fmt.Sprintf(`5|/half.json.gz|<nil>|<nil>|<nil>|<nil>|%d|v1|<nil>|1000|0|0|0|0|0|<nil>|<nil>|corrupt|gzip: the file ends early|1`, len(half)),
		`6|/empty.json|<nil>|<nil>|<nil>|<nil>|0|v1|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|0|0|0|0|0|0|<nil>|<nil>|skipped|not a CloudTrail log file, but an empty file|1`,
		fmt.Sprintf(`7|/stream|<nil>|<nil>|<nil>|<nil>|%d|<nil>|%s|%[1]d|1|1|0|0|0|2026-03-02T09:59:59Z|2026-03-02T09:59:59Z|loaded|<nil>|1`,
			len(logFile(record(9, early, "A"))), sum(logFile(record(9, early, "A")))),
		`8|s3://logs/AWSLogs/1/CloudTrail/us-east-1/other.json|1|us-east-1|CloudTrail|<nil>|3|v1|<nil>|0|0|0|0|0|0|<nil>|<nil>|failed|refused|1`,
		fmt.Sprintf(`9|/untimed.json|<nil>|<nil>|<nil>|<nil>|%d|v2|%s|%d|1|0|1|0|0|<nil>|<nil>|loaded|<nil>|2`, len(untimed), sum(untimed), len(untimed)),
	}, "\n")
	got := ask(t, store, `SELECT file, uri, account, region, kind, delivered, size, etag, sha256, jsonBytes, records, new, repeated, filtered, conflicts,
		firstEventTime, lastEventTime, status, error, run FROM files ORDER BY file`)
	if got != want {
		t.Errorf("the files are\n%s\nnot\n%s", got, want)
	}
	want = strings.Join([]string{
		"AWSLogs/o-exampleorg1/111122223333/CloudTrail-Insight/eu-west-1/2026/03/02|111122223333_CloudTrail-Insight_eu-west-1_20260302T1005Z_AbCdEfGh01234567.json|<nil>|<nil>|<nil>",
		"<nil>|untimed.json|<nil>|<nil>|<nil>", "<nil>|outside.json|<nil>|<nil>|<nil>", "<nil>|cut.json|<nil>|<nil>|<nil>",
		"<nil>|half.json|<nil>|<nil>|<nil>", "<nil>|empty.json|<nil>|<nil>|<nil>", "<nil>|stream|<nil>|<nil>|<nil>",
		"AWSLogs/1/CloudTrail/us-east-1|other.json|<nil>|<nil>|<nil>", "<nil>|untimed.json|<nil>|<nil>|<nil>",
	}, "\n")
	if got := ask(t, store, "SELECT folder, name, trail, homeRegion, backfill FROM files ORDER BY file"); got != want {
		t.Errorf("their keys are\n%s\nnot\n%s", got, want)
	}
	if got, want := ask(t, store, "SELECT position, eventID, firstPosition FROM repeats WHERE file = 1 AND eventID IS NOT NULL"), "4|"+guid(1)+"|0"; got != want {
		t.Errorf("the repeat is %s, not %s", got, want)
	}
}

// What was left out of a file under one filter is loaded under another, and under the
// same filter nothing is read.
func TestRunFilters(t *testing.T) {
	rec := func(id int, account, region string) string {
		return strings.Replace(record(id, monday, "A"), "{", fmt.Sprintf(`{"recipientAccountId":%q,"awsRegion":%q,`, account, region), 1)
	}
	objects := []object{
		{uri: "/flat.json", data: logFile(rec(1, "1", "us-east-1"), rec(2, "2", "us-east-1"), rec(3, "1", "eu-west-1"))},
		{uri: "/AWSLogs/1/CloudTrail/us-east-1/x.json", data: logFile(rec(4, "9", "sa-east-1"))}, // the key decides
	}
	one, other := Filter{Scope: schema.Scope{Accounts: []string{"1"}, Regions: []string{"us-east-1"}}}, Filter{Scope: schema.Scope{Accounts: []string{"2"}}}
	store := create(t)
	for i, step := range []struct {
		filter Filter
		want   Summary
	}{
		{one, Summary{FilesListed: 2, FilesLoaded: 2, Records: 4, EventsNew: 2, EventsFiltered: 2}},
		{one, Summary{FilesListed: 2, FilesKnown: 2}},
		{other, Summary{FilesListed: 2, FilesLoaded: 1, FilesFiltered: 1, Records: 3, EventsNew: 1, EventsFiltered: 2}},
		{one, Summary{FilesListed: 2, FilesKnown: 2}},
		{Filter{}, Summary{FilesListed: 2, FilesLoaded: 1, FilesKnown: 1, Records: 3, EventsNew: 1, Repeats: 2}},
		{Filter{Scope: schema.Scope{Accounts: []string{"3"}}}, Summary{FilesListed: 2, FilesKnown: 1, FilesFiltered: 1}},
	} {
		got := mustRun(t, store, Options{Filter: step.filter}, &shelf{objects: objects})
		got.Seconds, got.BytesCompressed, got.BytesJSON, got.Errors, got.Archives = 0, 0, 0, nil, nil
		if !reflect.DeepEqual(got, step.want) {
			t.Errorf("run %d:\ngot  %+v\nwant %+v", i+1, got, step.want)
		}
	}
	if got := ask(t, store, "SELECT count(*), count(DISTINCT eventID) FROM events"); got != "4|4" {
		t.Errorf("events, eventIDs: %s", got)
	}
}

// Nothing that can be in a file or a key ends a run.
func TestRunHostileInput(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	noTime := func(id int, name string) string {
		return strings.Replace(record(id, monday, name), `"eventTime"`, `"at"`, 1)
	}
	s := &shelf{}
	add := func(uri string, data []byte) { s.objects = append(s.objects, object{uri: uri, data: data}) }
	sound := pack(logFile(noTime(1, "A"), noTime(2, "B"), noTime(3, "\x7f"), noTime(3, "C")))
	for i := range 300 {
		flipped := slices.Clone(sound)
		for range 1 + random.IntN(4) {
			flipped[random.IntN(len(flipped))] ^= byte(1 << random.IntN(8))
		}
		add(fmt.Sprintf("/flipped%d.json.gz", i), flipped)
		plain := slices.Clone(logFile(record(i+1000, monday, "A")))
		year := bytes.Index(plain, []byte(monday)) + 4
		plain[year+random.IntN(len(plain)-year)] = byte(random.IntN(256))
		add(fmt.Sprintf("/plain%d.json", i), plain[:random.IntN(len(plain)+1)])
		noise := make([]byte, random.IntN(200))
		for j := range noise {
			noise[j] = byte(random.IntN(256))
		}
		add(fmt.Sprintf("/noise%d.json", i), noise)
		add(fmt.Sprintf("/packed%d.json", i), pack(noise))
	}
	deep := strings.Repeat("[", 200_000)
	for i, data := range []string{
		deep, strings.Repeat(`{"Records":`, 50_000), `{"Records":[` + deep,
		`{"Records":[{"eventName":"deep","requestParameters":` + deep + strings.Repeat("]", 200_000) + `}]}`,
		"{\"Records\":[{\"eventName\":\"\x00\xff\\u0000\\ud800\",\"eventID\":\"\x00\",\"\x00\":\"\xff\",\"resources\":[\"\xff\",{\"\x00\":1}]}]}",
		`{"Records":[{"eventName":"x","eventTime":"2026-02-30T10:00:00Z"},{"eventName":"x","eventTime":"9999-12-31T23:59:59-12:00"},{"eventName":"x","eventTime":"0000-01-01T00:00:00Z"}]}`,
		`{"Records":[{"eventName":"x","eventTime":{},"eventID":[],"userIdentity":"x","tlsDetails":1,"readOnly":"no"}]}`,
		`{"Records":null}`, `{"Records":{}}`, `{"Records":[[]]}`, `null`, `0`, `""`, `[`, "\x1f\x8b\x08\x00", "\xef\xbb\xbf",
	} {
		add(fmt.Sprintf("/hostile%d.json", i), []byte(data))
	}
	for i, key := range []string{"/a\nb.json", "/../../etc/x.json", "/nul\x00.json", "/\x1b[31m.json", "/'; DROP TABLE files; --.json", strings.Repeat("/long", 10_000) + ".json", "/ü\u202e.json"} {
		add(key, logFile(record(5000+i, monday, "key")))
	}
	store := create(t)
	summary := mustRun(t, store, Options{Concurrency: 8}, s)
	if summary.FilesListed != int64(len(s.objects)) || summary.FilesDamaged == 0 {
		t.Errorf("%+v", summary)
	}
	if got := ask(t, store, "SELECT count(*) FROM events WHERE eventName = 'key'"); got != "7" {
		t.Errorf("of 7 files with odd keys %s were loaded", got)
	}
	if again := mustRun(t, store, Options{}, s); again.Records != 0 || again.FilesLoaded != 0 {
		t.Errorf("second run: %d files and %d records were read again", again.FilesLoaded, again.Records)
	}
}

// More threads than records, and more records than a row group's worth of chunks, all
// of them repeats of each other: each distinct one is there once.
func TestRunManyRepeats(t *testing.T) {
	const files, distinct = 20, 2500
	s := &shelf{}
	for i := range files {
		var records []string
		for id := range distinct {
			records = append(records, record(id, monday, "A"))
		}
		// Each file begins elsewhere, so that each has some that are new.
		at := i * distinct / files
		s.objects = append(s.objects, object{uri: fmt.Sprintf("/%d.json", i), data: logFile(append(records[at:], records[:at]...)...)})
	}
	store := create(t)
	if summary := mustRun(t, store, Options{Concurrency: 16}, s); summary.EventsNew != distinct || summary.Repeats != (files-1)*distinct {
		t.Errorf("%+v", summary)
	}
}

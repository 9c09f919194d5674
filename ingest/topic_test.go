//go:build unix

package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A promise is an input of a row of the table in the help's topic input, and what becomes of it.
type promise struct {
	row   string            // its begin
	files map[string][]byte // in a folder
	named bool              // by the user, each of them
	// earlier is what was loaded from the same folder, or shelf, before.
	earlier map[string][]byte
	objects []object // of a shelf, instead of files
	setUp   func(t *testing.T, dir string)
	opt     Options
	least   bool // memory

	status string   // of the files that count, with their numbers
	events int      // new
	told   []string // what is said of files; nil: nothing
	other  string   // a statement about the store, with $DIR for the folder ...
	want   string   // ... and its answer
}

// fresh are records that no other has.
type fresh int

func (n *fresh) record() string {
	*n++
	return strings.Replace(record(int(*n), monday, "A"), "{", `{"eventSource":"iam.amazonaws.com",`, 1)
}

// with is a record with another member, or with others of it replaced.
func (n *fresh) with(member string) string {
	return strings.TrimSuffix(n.record(), "}") + "," + member + "}"
}

// log is a log file of one record.
func (n *fresh) log() []byte { return logFile(n.record()) }

func one(name string, data []byte) map[string][]byte { return map[string][]byte{name: data} }

func text(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string is always one
	}
	return string(quoted)
}

func utf16Of(text string) []byte {
	data := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return data
}

const (
	topicLog    = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh0123456%d.json.gz"
	topicDigest = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1_20260302T110405Z.json.gz"
)

// topicDigestText is a digest file, unpacked.
const topicDigestText = `{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:04:05Z","digestEndTime":"2026-03-02T11:04:05Z",` +
	`"digestS3Bucket":"logs","digestS3Object":"` + topicDigest + `","digestPublicKeyFingerprint":"00000000000000000000000000000000",` +
	`"previousDigestSignature":null,"logFiles":[]}`

// promises are those of all rows, in their order.
func promises() []promise {
	var n fresh
	lower := func(r string) string {
		for _, name := range []string{"eventSource", "eventVersion", "eventTime", "eventName", "eventID"} {
			r = strings.Replace(r, name, strings.ToLower(name), 1)
		}
		return r
	}
	at := func(r, eventTime string) string { return strings.Replace(r, `"`+monday+`"`, eventTime, 1) }
	var indented bytes.Buffer
	if err := json.Indent(&indented, n.log(), "", "  "); err != nil {
		panic(err)
	}
	version := func(o *Object) {
		o.Version = Version{ID: "v1", Deleted: time.Date(2026, 3, 2, 11, 0, 0, 0, time.UTC)}
	}
	archivedAs := func(class string, archived Archived) func(*Object) {
		return func(o *Object) { o.Class, o.Archived = class, archived }
	}
	wrapped := map[string][]byte{}
	for i, wrap := range []func(r string) string{
		func(r string) string { return `{"Events":[{"EventId":"x","CloudTrailEvent":` + text(r) + `}]}` },
		func(r string) string { return `{"rEcords":[` + r + `]}` },
		func(r string) string { return `{"version":"0","detail-type":"x","detail":` + r + `}` },
		func(r string) string {
			return `{"messageType":"CONTROL_MESSAGE","logEvents":[{"message":"CWL CONTROL MESSAGE"}]}{"messageType":"DATA_MESSAGE","logEvents":[{"message":` + text(r) + `}]}`
		},
		func(r string) string { return "2026-03-02T10:00:00.000Z " + r + "\n" },
		func(r string) string { return `{"events":[{"message":` + text(r) + `}],"searchedLogStreams":[]}` },
		func(r string) string { return `{"QueryResultRows":[[{"eventJson":` + text(r) + `}]]}` },
		func(r string) string { return `{"result":{"_raw":` + text(r) + `}}` },
		func(r string) string { return `{"hits":{"hits":[{"_source":{"event":{"original":` + text(r) + `}}}]}}` },
		func(r string) string { return `{"Messages":[{"Body":` + text(`{"detail":`+r+`}`) + `}]}` },
		func(r string) string { return strings.Repeat(`{"a":[`, 50) + text(text(r)) + strings.Repeat(`]}`, 50) },
		func(r string) string { return "<14>Mar  2 10:00:00 host trail: " + r + "\n" },
	} {
		wrapped[fmt.Sprint(i, ".json")] = []byte(wrap(n.record()))
	}
	planted := n.record()
	dressed := n.record()
	conflicting := n.record()
	shrunk, changed := pack(n.log()), n.log()
	empty := []byte(`{"Records":[]}`)
	return []promise{
		{row: "gzip as delivered", files: map[string][]byte{
			fmt.Sprintf(topicLog, 1): pack(n.log()), "plain.json": n.log(), "plain.json.gz": n.log(), "pretty.json": indented.Bytes(),
			"mark.json": append([]byte("\ufeff"), n.log()...), "crlf.json": bytes.ReplaceAll(append(n.log(), "\n"...), []byte("\n"), []byte("\r\n")),
		}, status: "6 loaded", events: 6},
		{row: "a bare array", files: map[string][]byte{
			"array.json": []byte("[" + n.record() + "," + n.record() + "]"), "single.json": []byte(n.record()), "lines.jsonl": []byte(n.record() + "\n" + n.record() + "\n"),
			"joined.json": slices.Concat(n.log(), []byte("\ufeff"), n.log(), n.log()),
		}, status: "4 loaded", events: 8},
		{row: "packed as", files: map[string][]byte{
			"a.json.xz": xzOf(n.log()), "b.json.zst": zstdOf(n.log()), "c.json.gz": pack(pack(n.log())), "d.json": utf16Of(string(n.log())),
		}, status: "4 loaded", events: 4},
		{row: "answers of", files: wrapped, status: "12 loaded", events: 12},
		{row: "answers of", files: map[string][]byte{
			"content.json": []byte(`{"detail":` + n.with(`"requestParameters":{"x":`+planted+`,"y":`+text(planted)+`}`) + `}`),
			"column.json":  []byte(`{"result":{"_raw":` + text(n.record()) + `,"user_agent":` + text(planted) + `}}`),
		}, status: "2 loaded", events: 2},
		{row: "records with names in lower case", files: map[string][]byte{
			"lower.json": []byte(lower(n.record())), "stamp.json": []byte(strings.Replace(at(n.record(), `"2026-03-02T10:00:00.000Z"`), "eventTime", "@timestamp", 1)),
			"space.json": []byte(at(n.record(), `"2026-03-02 10:00:00"`)), "zone.json": []byte(at(n.record(), `"2026-03-02T10:00:00+0000"`)),
			"epoch.json": []byte(at(n.record(), `1772445600`)), "text.json": []byte(`{"detail":` + n.with(`"userIdentity":"{\"type\":\"Root\"}"`) + `}`),
		}, status: "6 loaded", events: 6,
			other: `SELECT count(*), count(*) FILTER (starts_with(f.error, 'reformatted: ')), count(e.eventTime), count(e.userIdentity.type)
				FROM files f JOIN events e USING (file) WHERE starts_with(uri, '$DIR/')`, want: "6|6|6|1"},
		{row: "a time that cannot be read", files: one("x.json", logFile(at(n.record(), `"soon"`), n.record())), status: "1 loaded", events: 2,
			other: "SELECT count(*) FROM events JOIN files USING (file) WHERE starts_with(uri, '$DIR/') AND eventTime IS NULL", want: "1"},
		{row: "a line or a value of another program", files: one("x.jsonl", []byte(`{"level":"info"}`+"\n"+n.record()+"\n"+n.record()+"\n")),
			status: "1 loaded", events: 2, told: []string{"1 value that is not CloudTrail's was passed over"}},
		{row: "a cut line", files: one("x.jsonl", []byte(n.record()+"\n"+n.record()[:80]+"\n"+n.record()+"\n")), status: "1 partial", events: 2, told: []string{"x.jsonl"}},
		{row: "a digest file joined", files: one("x.jsonl", slices.Concat(n.log(), []byte(topicDigestText), n.log())), status: "2 loaded", events: 2,
			other: "SELECT count(*) FROM digests JOIN files USING (file) WHERE starts_with(uri, '$DIR/x.jsonl!/AWSLogs/')", want: "1"},
		{row: "`.zip`, `.tar`", files: map[string][]byte{
			"evidence.zip": zipOf(packed{fmt.Sprintf(topicLog, 2), pack(n.log())}), "evidence.tgz": pack(tarOf(packed{"x.json", n.log()})),
			"both": zipOf(packed{"inner.tar", tarOf(packed{"x.json", n.log()})}),
		}, status: "7 loaded", events: 3},
		{row: "`.zip`, `.tar`", files: one("x.zip", zipOf(packed{"../x.json", n.log()})), status: "2 loaded", events: 1, told: []string{ErrOutside.Error()}},
		{row: "any other name", files: map[string][]byte{"x.log": n.log(), "NAME.json (1).gz": pack(n.log()), "none": n.log(), "a.csv": []byte("a,b\n"), "b.csv": []byte("a,b\n")},
			status: "3 loaded, 2 other", events: 3},
		{row: "what macOS and Windows", files: map[string][]byte{".DS_Store": {0}, "__MACOSX/._x.json": {0, 5, 22, 7}, "Thumbs.db": {0}, "desktop.ini": {0}}, status: "4 other"},
		{row: "CSV, YAML", named: true, files: map[string][]byte{
			"a.csv": []byte("eventversion,eventtime\n1.08,2026\n"), "b.yaml": []byte("Events:\n- CloudTrailEvent: x\n"), "c.html": []byte("<html><body>eventVersion"),
			"d.parquet": []byte("PAR1"), "e.json": []byte(`{"class_uid":6003,"class_name":"API Activity","metadata":{"product":{"name":"CloudTrail"}},"api":{"operation":"x"}}`),
			"f.json": []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
		}, status: "1 corrupt, 5 skipped", told: []string{"but CSV", "but YAML", "an HTML page", "a Parquet file", "OCSF", "a git-lfs pointer"}},
		{row: "notifications of S3", files: map[string][]byte{
			"s3.json":       []byte(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventTime":"2026-03-02T10:00:00.000Z","eventName":"ObjectCreated:Put","s3":{}}]}`),
			"dynamodb.json": []byte(`{"Records":[{"eventID":"1","eventVersion":"1.1","eventSource":"aws:dynamodb","eventName":"INSERT","dynamodb":{}}]}`),
			"other.json":    []byte(`{"Records":[{"a":1}]}`),
		}, status: "3 skipped"},
		{row: "several gzip members", files: one(fmt.Sprintf(topicLog, 3), slices.Concat(pack([]byte("{\"Records\":["+n.record()+",")), pack([]byte(n.record()+"]}")))),
			status: "1 loaded", events: 2, told: []string{"gzip"}},
		{row: "cut off or damaged", files: map[string][]byte{
			"cut.json": logFile(n.record(), n.record())[:300],
			"cut.json.gz": func() []byte {
				data := pack(logFile(n.record(), n.record(), string(noise(0))))
				return data[:len(data)-12]
			}(),
		}, status: "2 partial", events: 3, told: []string{"cut.json:", "cut.json.gz"}},
		{row: "nothing of it can be read", files: map[string][]byte{"a.json.gz": []byte("\x1f\x8b\x08 and no more"), "b.json": []byte(`{"Records":[{"eventVersion":`)},
			status: "2 corrupt", told: []string{"a.json.gz", "b.json"}},
		{row: "read before, and has another size", earlier: one("x.json.gz", shrunk), files: one("x.json.gz", changed), status: "1 loaded", events: 1,
			told: []string{ErrChanged.Error()}, other: "SELECT count(*) FROM files WHERE starts_with(uri, '$DIR/') AND superseded IS NOT NULL", want: "1"},
		{row: "cannot be fetched", objects: []object{{uri: "/x.json", failed: errors.New("access denied")}}, status: "1 failed", told: []string{"access denied"}},
		{row: "in Glacier or Deep Archive", objects: []object{{uri: "/x.json", data: n.log(), as: archivedAs("GLACIER", IsArchived)}}, status: "1 archived", told: []string{}},
		{row: "in an archive tier of Intelligent-Tiering", objects: []object{{uri: "/x.json", data: n.log(), as: archivedAs("INTELLIGENT_TIERING", MaybeArchived),
			failed: &ArchivedError{URI: "/x.json", Class: "INTELLIGENT_TIERING"}}}, status: "1 archived", told: []string{}},
		{row: "with `--versions`", objects: []object{{uri: "/x.json", data: n.log(), as: version}}, status: "1 loaded", events: 1, told: []string{"deleted on 2026-03-02T11:00:00Z, version v1"}},
		{row: "JSON that is not CloudTrail's", files: map[string][]byte{"package.json": []byte(`{"name":"x"}`), "empty.json": {}}, status: "2 skipped"},
		{row: "JSON that is not CloudTrail's", named: true, files: one("package.json", []byte(`{"name":"x"}`)), status: "1 skipped", told: []string{"JSON without Records"}},
		{row: "digest files", files: map[string][]byte{topicDigest: pack([]byte(topicDigestText)), topicDigest + ".metadata.json": []byte(`{"signature":"00ff"}`)},
			status: "1 loaded", other: "SELECT signature FROM digests JOIN files USING (file) WHERE starts_with(uri, '$DIR/')", want: "00ff"},
		{row: "a FIFO", files: one("x.json", n.log()), setUp: func(t *testing.T, dir string) {
			if err := syscall.Mkfifo(dir+"/pipe.json", 0o600); err != nil {
				t.Fatal(err)
			}
		}, status: "1 failed, 1 loaded", events: 1, told: []string{"neither a file nor a folder"}},
		{row: "a symbolic link", files: one("x.json", n.log()), setUp: func(t *testing.T, dir string) {
			link(t, "/", dir+"/folder")
			link(t, "/etc/hostname", dir+"/file.json")
		}, status: "2 failed, 1 loaded", events: 1, told: []string{"a link to a folder", "a link to a file outside"}},
		{row: "an object that an S3 server lists", objects: []object{{uri: "/x.json", notListed: errors.New("this key was not asked for")}}, status: "1 failed", told: []string{"not asked for"}},
		{row: "aggregated events", files: one("AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/111122223333_CloudTrail-Aggregated_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			pack([]byte(`{"Records":[{"aggregated":1}]}`))), status: ""},
		{row: "unpacks to more than", files: one("bomb.json.gz", pack(make([]byte, 2<<20))), status: "1 corrupt", told: []string{"unpacks to more than 1048576 bytes"}},
		{row: "has a record of more than", files: one("x.json", logFile(n.record(), n.with(`"requestParameters":"`+strings.Repeat("x", 5000)+`"`))),
			opt: Options{MaxRecordBytes: 4096}, status: "1 partial", events: 1, told: []string{"4096"}},
		{row: "small, but DuckDB needs more", files: map[string][]byte{"hostile.json.gz": hostile(), "x.json": n.log()}, least: true,
			status: "1 failed, 1 loaded", events: 1, told: []string{ErrMemory.Error()}},
		{row: "more than 4 MiB around", files: one("x.json.gz", pack(append(n.log(), bytes.Repeat([]byte(" "), maxEnvelope+1)...))),
			opt: Options{MaxFileBytes: DefaultMaxFileBytes}, status: "1 loaded", events: 1},
		{row: "empty `Records`", files: one("x.json", empty), status: "1 loaded"},
		{row: "unknown members", files: one("x.json", logFile(n.with(`"newMember":{"a":1},"userAgent":["x"]`))), status: "1 loaded", events: 1,
			other: "SELECT unknown FROM events JOIN files USING (file) WHERE starts_with(uri, '$DIR/')", want: `{"newMember":{"a":1},"userAgent":["x"]}`},
		{row: "duplicate members", files: one("x.json", logFile(n.with(`"userAgent":"first","userAgent":"last"`))), status: "1 loaded", events: 1,
			other: "SELECT userAgent FROM events JOIN files USING (file) WHERE starts_with(uri, '$DIR/')", want: "last"},
		{row: "not UTF-8", files: one("x.json", logFile(n.with("\"userAgent\":\"a\xffb\""), n.with(`"userAgent":"\ud800"`))), status: "1 loaded", events: 2,
			other: "SELECT userAgent FROM events JOIN files USING (file) WHERE starts_with(uri, '$DIR/') ORDER BY position", want: "a\ufffdb\n\ufffd"},
		{row: "blocks nested deeper", files: one("x.json", logFile(n.with(`"requestParameters":`+strings.Repeat("[", 600)+strings.Repeat("]", 600)))), status: "1 loaded", events: 1,
			other: "SELECT json_type(requestParameters) FROM events JOIN files USING (file) WHERE starts_with(uri, '$DIR/')", want: "VARCHAR"},
		{row: "`userIdentity` null", files: one("x.json", logFile(n.with(`"userIdentity":null`), n.with(`"userIdentity":"root"`), n.with(`"readOnly":"true"`), at(n.record(), `"2026-03-02T10:00:00.123Z"`),
			strings.Replace(n.record(), "-4000-", "-4ABC-", 1))), status: "1 loaded", events: 5},
		{row: "records without eventID", files: one("x.json", logFile(`{"eventVersion":"1.0","eventTime":"2013-11-02T10:00:00Z","eventSource":"x","eventName":"A"}`,
			`{"eventVersion":"1.0", "eventTime":"2013-11-02T10:00:00Z","eventSource":"x","eventName":"A"}`)), status: "1 loaded", events: 1},
		{row: "the same event in another dress", files: map[string][]byte{"a.json": logFile(dressed), "b.json": []byte(strings.ReplaceAll(dressed, ",", " ,\n")),
			"c.json": []byte(strings.Replace(strings.Replace(dressed, `"eventSource":"iam.amazonaws.com",`, "", 1), "}", `,"eventSource":"i\u0061m.amazonaws.com"}`, 1))},
			status: "3 loaded", events: 1},
		{row: "the same eventID with other values", files: map[string][]byte{"a.json": logFile(conflicting), "b.json": logFile(strings.Replace(conflicting, `"A"`, `"B"`, 1))},
			status: "2 loaded", events: 2, told: []string{}},
	}
}

// Each row of the table in the topic input has an input here that gets what it promises, ends with the exit
// code that it names, and comes back byte for byte.
func TestTopicInput(t *testing.T) {
	topic, err := os.ReadFile("../cmd/trailbox/help/input.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(topic), "| --- | --- |\n")
	finds := map[string]bool{} // rows: whether they name exit code 3
	for line := range strings.Lines(table) {
		finds[strings.TrimSpace(line)] = strings.Contains(line, "exit code 3")
	}
	if len(finds) < 40 {
		t.Fatalf("the table has %d rows", len(finds))
	}
	store := create(t)
	met, found := map[string]bool{}, map[string]bool{}
	want := map[string][]byte{}
	for i, p := range promises() {
		var row string
		for r := range finds {
			if strings.HasPrefix(r, "| "+p.row) {
				row += r
			}
		}
		if _, ok := finds[row]; !ok {
			t.Errorf("%q is the begin of %q, which is no row", p.row, row)
			continue
		}
		met[row] = true
		dir := folder(t)
		if p.objects != nil {
			dir = fmt.Sprint("s3://logs/", i)
		}
		loadedInto := store
		if p.least {
			loadedInto, p.opt = least(t, filepath.Join(t.TempDir(), "t.duckdb"))
		}
		s := p.load(t, loadedInto, dir)
		finding := len(s.Errors) > 0 || s.FilesDamaged > 0 || s.FilesArchived > 0 || s.Conflicts > 0
		if found[row] = found[row] || finding; finding && !finds[row] {
			t.Errorf("%s: a finding, and it names no exit code: %+v", p.row, s)
		}
		got := strings.Split(ask(t, loadedInto, "SELECT count(*) || ' ' || status FROM files WHERE starts_with(uri, '"+dir+"/') AND superseded IS NULL GROUP BY status ORDER BY status"), "\n")
		if joined := strings.Join(got, ", "); joined != p.status || s.EventsNew != int64(p.events) {
			t.Errorf("%s: %s, %d events, want %s, %d events: %+v", p.row, joined, s.EventsNew, p.status, p.events, s)
		}
		for _, told := range p.told {
			if !slices.ContainsFunc(s.Errors, func(f Finding) bool { return strings.Contains(f.URI+": "+f.Error, told) }) {
				t.Errorf("%s: %q is not told: %+v", p.row, told, s.Errors)
			}
		}
		if p.told == nil && len(s.Errors) > 0 {
			t.Errorf("%s: told are %+v", p.row, s.Errors)
		}
		if p.other != "" {
			if got := ask(t, loadedInto, strings.ReplaceAll(p.other, "$DIR", dir)); got != p.want {
				t.Errorf("%s: %s, want %s", p.row, got, p.want)
			}
		}
		if !p.least {
			for name, data := range p.files {
				want[dir+"/"+name] = data
			}
		}
	}
	for row, named := range finds {
		if !met[row] {
			t.Errorf("no input is of the row %s", row)
		} else if named && !found[row] {
			t.Errorf("nothing is found in the row %s", row)
		}
	}
	back := rebuilt(t, store)
	for uri := range strings.SplitSeq(ask(t, store, "SELECT uri FROM files WHERE status IN ('loaded', 'partial') AND superseded IS NULL AND kind IS DISTINCT FROM '"+kindArchive+"'"), "\n") {
		if data, ok := want[uri]; ok && !bytes.Equal(back[uri], data) && !bytes.Equal(back[uri], inside(data)) {
			t.Errorf("%s came back as %.200q", uri, back[uri])
		}
	}
}

// load loads what a promise is about.
func (p *promise) load(t *testing.T, store *schema.Store, dir string) Summary {
	t.Helper()
	if p.objects != nil {
		s := &shelf{}
		for _, o := range p.objects {
			o.uri = dir + o.uri
			s.objects = append(s.objects, o)
		}
		return mustRun(t, store, p.opt, s)
	}
	put := func(files map[string][]byte) {
		for name, data := range files {
			write(t, dir+"/"+name, data)
		}
	}
	if p.earlier != nil {
		put(p.earlier)
		mustRun(t, store, p.opt, open(t, dir))
	}
	put(p.files)
	if p.setUp != nil {
		p.setUp(t, dir)
	}
	var sources []Source
	if p.named {
		for _, name := range slices.Sorted(maps.Keys(p.files)) {
			sources = append(sources, open(t, dir+"/"+name))
		}
	} else {
		sources = []Source{open(t, dir)}
	}
	// A plan says beforehand what is none, and nothing that does not come true.
	opt := options(p.opt)
	plan, err := MakePlan(t.Context(), store, sources, opt)
	if err != nil {
		t.Fatal(err)
	}
	s := mustRun(t, store, p.opt, sources...)
	if plan.FilesOther != s.FilesOther || !maps.Equal(plan.NotRead, s.NotRead) || plan.FilesDamaged > s.FilesDamaged || s.FilesLoaded == 0 && s.FilesDamaged == 0 && len(plan.Errors) != len(s.Errors) {
		t.Errorf("%s: the plan was %+v, and it came to %+v", p.row, plan, s)
	}
	for _, f := range plan.Errors {
		if !slices.Contains(s.Errors, f) {
			t.Errorf("%s: the plan has %+v, and the run %+v", p.row, f, s.Errors)
		}
	}
	return s
}

// inside is what is packed in a file; nil if nothing is, or not all.
func inside(data []byte) []byte {
	var inflater logfile.Inflater
	out, _, err := inflater.Inflate(nil, data, DefaultMaxFileBytes)
	if err != nil {
		return nil
	}
	return out
}

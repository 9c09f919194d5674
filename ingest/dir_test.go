package ingest

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"trailbox/schema"
)

// write writes a file and the folders that it is in.
func write(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// folder is an empty folder by its real name.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// wantAll is for a listing that nothing is left out of.
func wantAll(string) Want { return WantAll }

func open(t *testing.T, path string) *Dir {
	t.Helper()
	dirs, err := OpenPath(path)
	if err != nil || len(dirs) != 1 {
		t.Fatalf("%s: %d sources, %v", path, len(dirs), err)
	}
	return dirs[0]
}

func TestOpenPath(t *testing.T) {
	dir := folder(t)
	write(t, dir+"/a.json", nil)
	write(t, dir+"/b.json", nil)
	write(t, dir+"/[ab].json", nil)
	write(t, dir+"/sub/c.gz", nil)
	link(t, dir+"/sub", dir+"/link")
	t.Chdir(dir)
	for _, test := range []struct{ path, want string }{
		{dir, dir},
		{dir + "/a.json", dir + "/a.json"},
		{"a.json", dir + "/a.json"},
		{".", dir},
		{"sub/../sub/", dir + "/sub"},
		{"link", dir + "/sub"}, // a walk would not follow its own root
		{"link/c.gz", dir + "/sub/c.gz"},
		{"?.json", dir + "/a.json " + dir + "/b.json"},
		{"*/c.gz", dir + "/sub/c.gz " + dir + "/sub/c.gz"},
		{"[ab].json", dir + "/[ab].json"}, // a file of that very name
	} {
		dirs, err := OpenPath(test.path)
		if err != nil {
			t.Errorf("%s: %v", test.path, err)
		}
		var names []string
		for _, d := range dirs {
			names = append(names, d.String())
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	for _, path := range []string{"nowhere", "*.nothing", "[", ""} {
		if dirs, err := OpenPath(path); !errors.Is(err, fs.ErrNotExist) || dirs != nil {
			t.Errorf("%q: %v, %v", path, dirs, err)
		}
	}
}

// What a folder lists: files with their size and time, links to files by their own
// name; other links and special files with an error of their own.
func TestDirList(t *testing.T) {
	dir, elsewhere := folder(t), folder(t)
	when := time.Unix(1772445600, 123456789)
	write(t, dir+"/a.json", []byte("123"))
	write(t, dir+"/sub/deeper/b.txt", nil)
	write(t, elsewhere+"/target", []byte("12345"))
	if err := os.Chtimes(dir+"/a.json", when, when); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir+"/empty", 0o700); err != nil {
		t.Fatal(err)
	}
	link(t, "../a.json", dir+"/sub/file link")
	link(t, dir+"/a.json", dir+"/absolute")
	link(t, elsewhere+"/target", dir+"/outside")
	link(t, dir+"/outside", dir+"/at last outside")
	link(t, "..", dir+"/sub/up")
	link(t, elsewhere, dir+"/folder link")
	link(t, "nowhere", dir+"/dangling")
	link(t, "circle", dir+"/circle")
	link(t, os.DevNull, dir+"/device")

	sizes := map[string]int64{}
	problems := map[string]string{}
	for o, err := range open(t, dir).List(t.Context(), wantAll) {
		name := strings.TrimPrefix(o.URI, dir+"/")
		if err != nil {
			problems[name] = err.Error()
			continue
		}
		sizes[name] = o.Size
		if o.Named {
			t.Errorf("%s: the user named the folder only", name)
		}
		if name == "a.json" && (o.ETag != "modified 1772445600123456789" || !o.Modified.Equal(when)) {
			t.Errorf("%s: %+v", name, o)
		}
	}
	for name, want := range map[string]int64{"a.json": 3, "sub/file link": 3, "absolute": 3, "sub/deeper/b.txt": 0} {
		if got, ok := sizes[name]; !ok || got != want {
			t.Errorf("%s: size %d, listed: %t", name, got, ok)
		}
	}
	for name, want := range map[string]string{
		"sub/up": "a link to a folder, which is not followed", "folder link": "a link to a folder, which is not followed",
		"outside": "a link to a file outside of the source folder, which is not followed", "at last outside": "a link to a file outside",
		"dangling": "no such file", "circle": "too many", "device": "neither a file nor a folder",
	} {
		if got := problems[name]; !strings.Contains(got, want) || !strings.Contains(got, dir+"/"+name) {
			t.Errorf("%s: %q, want %q and the path", name, got, want)
		}
	}
	if len(sizes) != 4 || len(problems) != 7 {
		t.Errorf("listed %v, %v", sizes, problems)
	}
}

// A folder that is not wanted is not walked; the one that the user named is.
func TestDirListWants(t *testing.T) {
	dir := folder(t)
	for _, name := range []string{"/a/1", "/a/b/2", "/c/3", "/4"} {
		write(t, dir+name, nil)
	}
	var listed, asked []string
	wants := func(folder string) Want {
		asked = append(asked, strings.TrimPrefix(folder, dir))
		if strings.HasSuffix(folder, "/b/") || folder == dir+"/" {
			return WantNone
		}
		return WantSome
	}
	for o, err := range open(t, dir).List(t.Context(), wants) {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, strings.TrimPrefix(o.URI, dir))
	}
	if got := strings.Join(listed, " "); got != "/4 /a/1 /c/3" {
		t.Errorf("listed %s", got)
	}
	if got := strings.Join(asked, " "); got != "/a/ /a/b/ /c/" {
		t.Errorf("asked about %s", got)
	}
}

// A file is a source of itself, named by the user.
func TestDirListFile(t *testing.T) {
	path := write(t, folder(t)+"/notes", []byte("12"))
	n := 0
	for o, err := range open(t, path).List(t.Context(), wantAll) {
		if n++; err != nil || o.URI != path || !o.Named || o.Size != 2 {
			t.Errorf("%+v, %v", o, err)
		}
	}
	if n != 1 {
		t.Errorf("%d objects", n)
	}
	for o, err := range open(t, os.DevNull).List(t.Context(), wantAll) {
		if err == nil || o.URI == "" {
			t.Errorf("a device: %+v, %v", o, err)
		}
	}
}

// What goes away while the folder is walked is told by its name; a walk that is not
// wanted any more ends.
func TestDirListChanges(t *testing.T) {
	dir := folder(t)
	write(t, dir+"/a", nil)
	write(t, dir+"/b/c", nil)
	write(t, dir+"/d", nil)
	source := open(t, dir)
	var listed []string
	for o, err := range source.List(t.Context(), wantAll) {
		if o.URI == dir+"/a" {
			if err := errors.Join(os.RemoveAll(dir+"/b"), os.Remove(dir+"/d")); err != nil {
				t.Fatal(err)
			}
		} else if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", o.URI, err)
		}
		listed = append(listed, strings.TrimPrefix(o.URI, dir+"/"))
	}
	if got := strings.Join(listed, " "); got != "a b d" {
		t.Errorf("listed %s", got)
	}

	write(t, dir+"/b", nil)
	n := 0
	for range source.List(t.Context(), wantAll) {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d objects behind the end", n)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for o, err := range source.List(t.Context(), wantAll) {
		if o.URI != dir || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a folder that is gone: %+v, %v", o, err)
		}
	}
}

func TestDirFetch(t *testing.T) {
	path := write(t, folder(t)+"/a", []byte("12345"))
	source := open(t, path)
	for _, test := range []struct {
		size int64
		want string
		err  string
	}{
		{5, "12345", ""},
		{3, "123", ""}, // it has grown: the next run will see that
		{0, "", ""},
		{6, "", "shrank from 6 to 5 bytes"},
	} {
		data, _, err := source.Fetch(t.Context(), Object{URI: path, Size: test.size})
		if test.err == "" && (err != nil || string(data) != test.want) {
			t.Errorf("%d bytes: %q, %v", test.size, data, err)
		}
		if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), path)) {
			t.Errorf("%d bytes: %v", test.size, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, _, err := source.Fetch(t.Context(), Object{URI: path, Size: 5}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

func TestStream(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, test := range []struct {
		name string
		r    io.Reader
		want string
		err  string
	}{
		{"shorter", strings.NewReader("1234"), "1234", ""},
		{"as long as it may be", iotest.OneByteReader(strings.NewReader("12345")), "12345", ""},
		{"empty", strings.NewReader(""), "", ""},
		{"too long", strings.NewReader("123456"), "", "-: longer than 5 bytes"},
		{"without an end", iotest.DataErrReader(neverEnding{}), "", "-: longer than 5 bytes"},
		{"broken", io.MultiReader(strings.NewReader("12"), iotest.ErrReader(broken)), "", broken.Error()},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := NewStream(test.r, 5)
			n := 0
			for o, err := range s.List(t.Context(), wantAll) {
				if n++; err != nil || o.URI != "-" || !o.Named || o.ETag != "" {
					t.Errorf("listed %+v, %v", o, err)
				}
				data, _, err := s.Fetch(t.Context(), o)
				if test.err == "" && (err != nil || string(data) != test.want) {
					t.Errorf("%q, %v", data, err)
				}
				if test.err != "" && (err == nil || err.Error() != test.err) {
					t.Errorf("%v", err)
				}
			}
			if n != 1 || s.String() != "-" {
				t.Errorf("%s lists %d objects", s, n)
			}
		})
	}
}

// neverEnding is a reader of spaces.
type neverEnding struct{}

func (neverEnding) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A folder with links: the file behind one is loaded under the link's name too, the others
// are told of, until they are to be followed.
func TestRunLinks(t *testing.T) {
	dir, elsewhere := folder(t), folder(t)
	write(t, dir+"/target", logFile(record(1, monday, "A")))
	write(t, elsewhere+"/unseen.json", logFile(record(2, monday, "A")))
	link(t, "target", dir+"/link.json")
	link(t, elsewhere+"/unseen.json", dir+"/outside.json")
	link(t, elsewhere, dir+"/folder")
	link(t, "nowhere", dir+"/dangling.json")
	store := create(t)
	s := mustRun(t, store, Options{}, open(t, dir))
	if s.FilesListed != 5 || s.FilesLoaded != 2 || s.FilesDamaged != 3 || s.EventsNew != 1 || s.Repeats != 1 {
		t.Errorf("%+v", s)
	}
	want := strings.Join([]string{
		dir + "/dangling.json|failed|stat " + dir + "/dangling.json: no such file or directory",
		dir + "/folder|failed|" + dir + "/folder: a link to a folder, which is not followed",
		dir + "/link.json|loaded|<nil>",
		dir + "/outside.json|failed|" + dir + "/outside.json: a link to a file outside of the source folder, which is not followed",
		dir + "/target|loaded|<nil>",
	}, "\n")
	if got := ask(t, store, "SELECT uri, status, error FROM files ORDER BY uri"); got != want {
		t.Errorf("the ledger says\n%s\nnot\n%s", got, want)
	}
	source := open(t, dir)
	source.FollowLinks = true
	s = mustRun(t, store, Options{}, source)
	if s.FilesListed != 5 || s.FilesKnown != 2 || s.FilesLoaded != 2 || s.FilesDamaged != 1 || s.EventsNew != 1 || s.Repeats != 1 {
		t.Errorf("followed: %+v", s)
	}
	if got := ask(t, store, "SELECT string_agg(parse_filename(uri), ' ' ORDER BY uri) FROM files WHERE status = 'loaded'"); got != "unseen.json link.json outside.json target" {
		t.Errorf("loaded were %s", got)
	}
}

// Links in circles, up, across and twice: each folder is listed once, by its own name if it
// is in the source.
func TestDirFollowLinks(t *testing.T) {
	top := folder(t)
	dir, elsewhere := top+"/source", folder(t)
	for _, name := range []string{dir + "/a/1", dir + "/b/2", top + "/beside/3", elsewhere + "/4", elsewhere + "/deeper/5"} {
		write(t, name, []byte("x"))
	}
	link(t, ".", dir+"/a/self")
	link(t, "../b", dir+"/a/across")
	link(t, "../..", dir+"/b/up")
	link(t, elsewhere, dir+"/out")
	link(t, elsewhere+"/deeper", dir+"/out again")
	link(t, dir, elsewhere+"/back")
	link(t, elsewhere+"/4", dir+"/file")
	source := open(t, dir)
	source.FollowLinks = true
	var listed, told, asked []string
	for o, err := range source.List(t.Context(), func(folder string) Want {
		asked = append(asked, strings.TrimPrefix(folder, dir))
		return WantAll
	}) {
		name := strings.TrimPrefix(o.URI, dir+"/")
		var link *LinkError
		switch {
		case err == nil:
			listed = append(listed, name)
			if data, _, err := source.Fetch(t.Context(), o); err != nil || string(data) != "x" {
				t.Errorf("%s: %q, %v", name, data, err)
			}
		case errors.As(err, &link) && link.Read && link.Path == o.URI:
			told = append(told, name)
		default:
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, test := range []struct {
		what, want string
		got        []string
	}{
		{"listed", "a/1 b/2 file b/up/beside/3 out/4 out/deeper/5", listed},
		{"told", "a/across a/self out again out/back", told},
		{"asked", "/a/ /b/ /b/up/ /b/up/beside/ /b/up/source/ /out/ /out/deeper/", asked},
	} {
		if got := strings.Join(test.got, " "); got != test.want {
			t.Errorf("%s: %s, want %s", test.what, got, test.want)
		}
	}
	for range source.List(t.Context(), wantAll) {
		break
	}
}

// A stream that brings nothing is waited for as long as it is wanted.
func TestStreamInterrupted(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, _, err := NewStream(r, 5).Fetch(ctx, Object{URI: "-"}); err != cause {
		t.Errorf("ended with %v", err)
	}
}

// A log file is read whatever its name, in whatever folder, by its begin; what has no begin of one is left
// alone, unless the user names it.
func TestRunNamedFile(t *testing.T) {
	dir := folder(t)
	names := []string{"/notes.txt", "/none", "/AWSLogs/111122223333/Config/us-east-1/x.log", "/.hidden"}
	var sources []Source
	for i, name := range names {
		sources = append(sources, open(t, write(t, dir+name, logFile(record(i, monday, "A")))))
	}
	write(t, dir+"/other.txt", []byte("nothing of interest"))
	write(t, dir+"/table.csv", []byte("a,b\n1,2\n"))
	under := create(t)
	if s := mustRun(t, under, Options{}, open(t, dir)); s.FilesOther != 2 || s.FilesLoaded != 4 || s.NotRead[".txt"] != 1 || s.NotRead[".csv"] != 1 {
		t.Errorf("the folder: %+v", s)
	}
	if s := mustRun(t, under, Options{}, open(t, dir)); s.FilesOther != 2 || s.FilesKnown != 4 || s.NotRead[".txt"] != 1 || s.BytesCompressed != 0 {
		t.Errorf("the folder, again: %+v", s)
	}
	if got := ask(t, under, "SELECT status, count(*) FROM files GROUP BY status ORDER BY status"); got != "loaded|4\nother|2" {
		t.Errorf("the ledger says %s", got)
	}
	if s := mustRun(t, create(t), Options{}, open(t, dir+"/table.csv")); s.FilesOther != 1 || len(s.Errors) != 1 || !strings.Contains(s.Errors[0].Error, "CSV") {
		t.Errorf("the table: %+v", s)
	}
	store := create(t)
	if s := mustRun(t, store, Options{}, sources...); s.FilesLoaded != 4 || s.EventsNew != 4 {
		t.Errorf("the files: %+v", s)
	}
	if s := mustRun(t, store, Options{}, sources...); s.FilesKnown != 4 {
		t.Errorf("the files, again: %+v", s)
	}
}

// A stream is read each time: nothing tells whether it is known.
func TestRunStream(t *testing.T) {
	store := create(t)
	data := string(logFile(record(1, monday, "A")))
	if s := mustRun(t, store, Options{}, NewStream(strings.NewReader(data), 1000)); s.EventsNew != 1 {
		t.Errorf("%+v", s)
	}
	if s := mustRun(t, store, Options{}, NewStream(strings.NewReader(data), 1000)); s.FilesLoaded != 1 || s.Repeats != 1 {
		t.Errorf("again: %+v", s)
	}
	if s := mustRun(t, store, Options{}, NewStream(strings.NewReader(data), 10)); s.FilesDamaged != 1 || s.Records != 0 {
		t.Errorf("too long: %+v", s)
	}
}

// A file that has changed is loaded again; what it had before is a repeat. That is told
// where it was whole and has other content now, not where it was touched or mended.
func TestRunChangedFile(t *testing.T) {
	path := folder(t) + "/AWSLogs/log.json"
	store := create(t)
	one, two, three := record(1, monday, "A"), record(2, monday, "A"), record(3, monday, "A")
	for i, step := range []struct {
		data   []byte
		second int64 // of its modification time
		want   [6]int64
	}{ // loaded, known, damaged, changed, new, repeats
		{logFile(one, two), 1, [6]int64{1, 0, 0, 0, 2, 0}},
		{logFile(one, two), 1, [6]int64{0, 1, 0, 0, 0, 0}},
		{logFile(one, two), 2, [6]int64{1, 0, 0, 0, 0, 2}},        // another time
		{logFile(one, two, three), 2, [6]int64{1, 0, 0, 1, 1, 2}}, // another size
		{logFile(one, two), 1, [6]int64{1, 0, 0, 1, 0, 2}},        // as it was at first
		{logFile(one, two, three)[:200], 3, [6]int64{0, 0, 1, 1, 0, 1}},
		{logFile(one, two, three)[:200], 3, [6]int64{0, 0, 1, 0, 0, 0}},
		{logFile(three), 4, [6]int64{1, 0, 0, 0, 0, 1}},
	} {
		write(t, path, step.data)
		if err := os.Chtimes(path, time.Time{}, time.Unix(step.second, 0)); err != nil {
			t.Fatal(err)
		}
		s := mustRun(t, store, Options{}, open(t, filepath.Dir(path)))
		if got := [6]int64{s.FilesLoaded, s.FilesKnown, s.FilesDamaged, s.FilesChanged, s.EventsNew, s.Repeats}; got != step.want {
			t.Errorf("step %d: loaded, known, damaged, changed, new, repeats: %v, want %v", i+1, got, step.want)
		}
		found := slices.ContainsFunc(s.Errors, func(f Finding) bool { return f.Error == ErrChanged.Error() && f.URI == path })
		if found != (step.want[3] > 0) {
			t.Errorf("step %d: %+v", i+1, s.Errors)
		}
	}
	if got := ask(t, store, "SELECT string_agg(file || '>' || coalesce(superseded, 0), ' ' ORDER BY file), count(DISTINCT uri), max(run) FROM files"); got != "1>2 2>3 3>4 4>5 5>6 6>0|1|8" {
		t.Errorf("rows, paths, last run with a row: %s", got)
	}
}

// A row takes the place of those before it when it stands for all that they did.
func TestRunSupersedes(t *testing.T) {
	data := logFile(record(1, monday, "A"), record(2, "2026-03-03T10:00:00Z", "A"))
	other := logFile(record(3, monday, "A"))
	refused := errors.New("access denied")
	late, early := Filter{Scope: schema.Scope{Since: at("2026-03-03T00:00:00Z")}}, Filter{Scope: schema.Scope{Until: at("2026-03-03T00:00:00Z")}}
	type step struct {
		object object
		filter Filter
	}
	for _, test := range []struct {
		name    string
		steps   []step
		want    string // file>superseded
		changed int64
	}{
		{"loaded", []step{{object{data: data}, Filter{}}, {object{data: data}, Filter{}}}, "1>0", 0},
		{"at last fetched", []step{{object{failed: refused}, Filter{}}, {object{failed: refused}, Filter{}}, {object{data: data}, Filter{}}}, "1>3 2>3 3>0", 0},
		{"the change cannot be fetched", []step{
			{object{data: data}, Filter{}}, {object{etag: "v2", failed: refused}, Filter{}}, {object{etag: "v2", data: other}, Filter{}},
		}, "1>3 2>3 3>0", 1},
		{"encrypted anew", []step{{object{data: data}, Filter{}}, {object{etag: "v2", data: data}, Filter{}}}, "1>2 2>0", 0},
		{"packed anew", []step{{object{data: data}, Filter{}}, {object{data: pack(data)}, Filter{}}}, "1>2 2>0", 0},
		{"two parts", []step{{object{data: data}, late}, {object{data: data}, early}, {object{data: data}, late}}, "1>0 2>0", 0},
		{"two parts, and all", []step{{object{data: data}, late}, {object{data: data}, early}, {object{data: data}, Filter{}}}, "1>3 2>3 3>0", 0},
		{"all, then a part of the same", []step{{object{data: data}, Filter{}}, {object{etag: "v2", data: data}, late}}, "1>0 2>0", 0},
		{"all, then a part of other content", []step{{object{data: other}, Filter{}}, {object{etag: "v2", data: data}, late}}, "1>2 2>0", 1},
		{"nothing tells versions apart", []step{{object{etag: "none", data: data}, Filter{}}, {object{etag: "none", data: other}, Filter{}}}, "1>0 2>0", 0},
		{"no log file at first", []step{{object{data: []byte("{}")}, Filter{}}, {object{data: data}, Filter{}}}, "1>2 2>0", 0},
		{"no log file any more", []step{{object{data: data}, Filter{}}, {object{data: []byte("{}")}, Filter{}}}, "1>2 2>0", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := create(t)
			changed := int64(0)
			for _, step := range test.steps {
				step.object.uri = "s3://logs/a.json"
				unchanged := object{uri: "s3://logs/b.json", etag: "none", data: data} // what it does is not to matter
				s := mustRun(t, store, Options{Filter: step.filter}, &shelf{objects: []object{step.object}}, &shelf{objects: []object{unchanged}})
				changed += s.FilesChanged
			}
			got := ask(t, store, `SELECT string_agg(n || '>' || coalesce(m, 0), ' ' ORDER BY n) FROM (
				SELECT row_number() OVER (ORDER BY file) AS n, file, superseded FROM files WHERE uri LIKE '%a.json'
			) AS a LEFT JOIN (
				SELECT row_number() OVER (ORDER BY file) AS m, file FROM files WHERE uri LIKE '%a.json'
			) AS b ON b.file = a.superseded`)
			if got != test.want || changed != test.changed {
				t.Errorf("rows and what took their places: %s, want %s; %d changed", got, test.want, changed)
			}
			if got := ask(t, store, "SELECT count(superseded) FROM files WHERE uri LIKE '%b.json'"); got != "0" {
				t.Errorf("%s others were superseded", got)
			}
		})
	}
}

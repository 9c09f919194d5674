package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/ingest/s3test"
	"trailbox/schema"
)

// Each file has a place of its own, by what tells its source from the others, and it is the
// same in whatever order the files come.
func TestPlaces(t *testing.T) {
	const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1000Z_aaaaaaaaaaaaaaaa.json.gz"
	for name, test := range map[string]struct {
		files []string // URI and content
		want  []string
	}{
		"two buckets":              {[]string{"s3://one/" + key + " 1", "s3://two/" + key + " 2"}, []string{"one/" + key, "two/" + key}},
		"copies":                   {[]string{"s3://one/" + key + " 1", "s3://two/" + key + " 1", "/logs/" + key + " 1"}, []string{key, key, key}},
		"copies and another":       {[]string{"s3://one/a.json 1", "s3://two/a.json 1", "s3://three/a.json 2"}, []string{"one/a.json", "two/a.json", "three/a.json"}},
		"only where names clash":   {[]string{"s3://one/a.json 1", "s3://two/a.json 2", "s3://one/b.json 3"}, []string{"one/a.json", "two/a.json", "b.json"}},
		"folders":                  {[]string{"/home/logs/left/" + key + " 1", "/home/logs/right/x/" + key + " 2"}, []string{"left/" + key, "right/x/" + key}},
		"names without a layout":   {[]string{"/home/logs/1/a.json 1", "/home/logs/2/a.json 2", "/home/logs/b.json 3"}, []string{"1/a.json", "2/a.json", "b.json"}},
		"a folder within another":  {[]string{"/logs/a.json 1", "/logs/old/a.json 2"}, []string{"a.json", "old/a.json"}},
		"a bucket and a folder":    {[]string{"s3://one/" + key + " 1", "/home/logs/" + key + " 2"}, []string{"one/" + key, "home/logs/" + key}},
		"a drive":                  {[]string{"C:/logs/1/a.json 1", "D:/logs/1/a.json 2"}, []string{"C/logs/1/a.json", "D/logs/1/a.json"}},
		"out of the folder":        {[]string{"s3://one/../a.json 1", "s3://two/../a.json 2"}, []string{"../a.json", "../a.json"}},
		"a place that looks alike": {[]string{"s3://one/a.json 1", "s3://two/a.json 2", "s3://three/one/a.json 3"}, []string{"from-e8075a11/one/a.json", "two/a.json", "from-f10576f9/one/a.json"}},
		"upper and lower case":     {[]string{"s3://one/a.json 1", "s3://one/A.json 2"}, []string{"a.json", "A.json"}},
	} {
		var uris []string
		var files []schema.StoredFile
		for _, file := range test.files {
			uri, content, _ := strings.Cut(file, " ")
			uris = append(uris, uri)
			files = append(files, schema.StoredFile{URI: uri, SHA256: content, Rebuildable: true})
		}
		for range 5 {
			rand.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
			placed := places(files, false)
			var got []string
			for _, uri := range uris {
				got = append(got, filepath.ToSlash(placed[uri]))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: %q, not %q", name, got, test.want)
			}
		}
	}
	// As plain JSON, a.json.gz goes where a.json is.
	files := []schema.StoredFile{{URI: "s3://one/a.json", SHA256: "1", Rebuildable: true}, {URI: "s3://two/a.json.gz", SHA256: "2", Rebuildable: true}}
	if got := places(files, false); got["s3://one/a.json"] != "a.json" || got["s3://two/a.json.gz"] != "a.json.gz" {
		t.Errorf("%v", got)
	}
	if got := places(files, true); got["s3://one/a.json"] != filepath.FromSlash("one/a.json") || got["s3://two/a.json.gz"] != filepath.FromSlash("two/a.json.gz") {
		t.Errorf("as plain JSON: %v", got)
	}
}

// tree are the files below a folder, with their contents.
func tree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		files[strings.TrimPrefix(name, folder)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// sameTree complains of what two folders do not have in common.
func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if text, ok := got[name]; !ok || text != want[name] {
			t.Errorf("%s is there: %t, with %d bytes of %d", name, ok, len(text), len(want[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there, and should not be", name)
		}
	}
}

// Files of one name that came from two buckets, and from two folders, all come out, wherever
// they were loaded first and however often that is repeated.
func TestExtractFilesOfOneName(t *testing.T) {
	server, dir := s3test.New(t), t.TempDir()
	n := 0
	file := func() []byte { n++; return []byte(apart(n, logFile(recordA))) }
	for _, bucket := range []string{"left", "right"} {
		for i := range 5 {
			server.Put(bucket, fmt.Sprintf("AWSLogs/%d.json", i), file())
			name := filepath.Join(dir, "logs", bucket, fmt.Sprintf("%d.json", i+100))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, name, file())
		}
	}
	server.Put("left", "AWSLogs/once.json", file())
	var first map[string]string
	for i, order := range [][]string{{"s3://left", "s3://right", dir + "/logs/left", dir + "/logs/right"}, {dir + "/logs/right", dir + "/logs/left", "s3://right", "s3://left"}} {
		store, dest := filepath.Join(dir, fmt.Sprint(i, ".duckdb")), filepath.Join(dir, fmt.Sprint("dest", i))
		for _, source := range order {
			if code, _, stderr := call(t, "ingest", "--store", store, "--endpoint-url", server.URL, source); code != 0 {
				t.Fatal(stderr)
			}
		}
		for range 2 {
			if code, _, stderr := call(t, "extract", "--store", store, dest); code != 0 || !strings.Contains(stderr, "21 files written") {
				t.Errorf("exit code %d, %s", code, stderr)
			}
		}
		got := tree(t, dest)
		if first == nil {
			first = got
		}
		sameTree(t, got, first)
		// One of them alone goes where all of them do.
		one := filepath.Join(dir, fmt.Sprint("one", i))
		call(t, "extract", "--store", store, "--match", "s3://right/AWSLogs/3.json", one)
		if alone := tree(t, one); len(alone) != 1 || alone["/right/AWSLogs/3.json"] != got["/right/AWSLogs/3.json"] {
			t.Errorf("alone it is %v", slices.Collect(maps.Keys(alone)))
		}
	}
	if len(first) != n || first["/AWSLogs/once.json"] == "" || first["/left/AWSLogs/0.json"] == "" {
		t.Errorf("of %d files there are %q", n, slices.Sorted(maps.Keys(first)))
	}
}

// What an extract that was cut off has left is put right, what is somebody else's is not
// touched.
func TestExtractAfterCutOff(t *testing.T) {
	dir := t.TempDir()
	store, undisturbed, dest := demoStore(t), filepath.Join(dir, "undisturbed"), filepath.Join(dir, "dest")
	for _, folder := range []string{undisturbed, dest} {
		if code, _, stderr := call(t, "extract", "--store", store, folder); code != 0 {
			t.Fatal(stderr)
		}
	}
	want := tree(t, undisturbed)
	names := slices.Sorted(maps.Keys(want))
	folder := filepath.Dir(names[0])
	writeFile(t, dest+names[0], []byte(want[names[0]][:len(want[names[0]])/2]))
	writeFile(t, dest+names[1], nil)
	writeFile(t, dest+folder+"/.trailbox-extract-0123456789abcdef.tmp", []byte("x"))
	if code, _, stderr := call(t, "extract", "--store", store, dest); code != 0 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	sameTree(t, tree(t, dest), want)

	others := map[string]string{
		names[2]: want[names[2]] + "x", names[3]: "x" + want[names[3]][1:], names[4]: "own",
		folder + "/.trailbox-extract-0123456789abcdef": "own", folder + "/.trailbox-extract-x.tmp": "own", folder + "/x.tmp": "own",
	}
	for name, content := range others {
		writeFile(t, dest+name, []byte(content))
		want[name] = content
	}
	code, _, stderr := call(t, "extract", "--store", store, dest)
	if code != 3 || strings.Count(stderr, "is there already, with other content") != 3 {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	sameTree(t, tree(t, dest), want)
}

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// invoke runs the program.
func invoke(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	code = run(t.Context(), args, streams{out: &out, err: &talk})
	return code, out.String(), talk.String()
}

// The yardsticks do what trailbox is compared with, on all files there are: what
// they left out would make them too good.
func TestYardsticks(t *testing.T) {
	temp := t.TempDir()
	folder := filepath.Join(temp, "logs")
	code, answer, stderr := invoke(t, "make", folder, "--events", "300", "-o", "json")
	var made madeArchive
	if err := json.Unmarshal([]byte(answer), &made); code != 0 || err != nil {
		t.Fatal(code, stderr, err)
	}
	b := &bench{temp: temp}
	a, err := b.scan("logs", folder)
	if err != nil {
		t.Fatal(err)
	}
	if a.Files != made.Files || a.BytesGzip != made.BytesGzip {
		t.Errorf("found %+v, made %+v", a.archiveFacts, made)
	}
	paths, err := b.list(a, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(paths, paths+"-paths"); err != nil {
		t.Fatal(err)
	}
	keys, err := b.list(a, "")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := serveFolder(t, folder)
	for _, test := range []struct{ args, stdout string }{
		{"gunzip " + paths + "-paths", ""},
		{"unpack " + paths + "-paths", ""},
		{"read-json " + folder + " " + filepath.Join(temp, "t.duckdb"), "300\n"},
		{"walk " + folder, ""},
		{"list " + endpoint, ""},
		{"download --concurrency 4 " + endpoint + " " + keys, ""},
	} {
		if code, stdout, stderr := invoke(t, strings.Fields(test.args)...); code != 0 || stdout != test.stdout {
			t.Errorf("%s: code %d, %q, %s", test.args, code, stdout, stderr)
		}
	}

	if err := os.Remove(filepath.Join(folder, a.files[len(a.files)-1].path)); err != nil {
		t.Fatal(err)
	}
	empty := serveFolder(t, t.TempDir())
	for _, args := range []string{
		"gunzip " + paths + "-paths", // the last file is missing
		"unpack " + paths + "-paths",
		"download " + empty + " " + keys,
		"list http://127.0.0.1:1",
		"walk " + filepath.Join(temp, "nowhere"),
	} {
		if code, _, _ := invoke(t, strings.Fields(args)...); code != 1 {
			t.Errorf("%s: code %d", args, code)
		}
	}
}

func TestUsage(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range []string{"dance", "make", "make x --events 0", "make x --shape round", "run --skip dinner", "run --rival grep", "run --shape round", "run --runs 0", "gunzip"} {
		if code, _, stderr := invoke(t, strings.Fields(args)...); code != 2 || !strings.Contains(stderr, "hint: ") {
			t.Errorf("%s: code %d, %s", args, code, stderr)
		}
	}
	if err := os.WriteFile("mine", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := invoke(t, "make", "."); code != 1 || !strings.Contains(stderr, "not empty") {
		t.Errorf("code %d, %s", code, stderr)
	}
	for _, args := range []string{"help", "run --help"} {
		code, stdout, stderr := invoke(t, strings.Fields(args)...)
		if code != 0 || stderr != "" || !strings.Contains(stdout, "trailbench") {
			t.Errorf("%s: code %d, %s%s", args, code, stdout, stderr)
		}
	}
}

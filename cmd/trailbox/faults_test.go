//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The second process that wants a store is told who has it, and what to do.
func TestStoreInUse(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	holder := prepare(t, "trailbox", "ingest", "--store", store, "-")
	stdin, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	holder.start(t)
	// More than a pipe holds, so that it is reading when this returns.
	if _, err := fmt.Fprint(stdin, logFile(recordA), strings.Repeat(" ", 1<<20)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"ingest", "../../testdata/logs"}, {"report", "overview"}, {"sql", "SELECT 1"}, {"verify", "--self"}} {
		code, stdout, stderr := call(t, append(args, "--store", store)...)
		if code != 1 || stdout != "" || !strings.Contains(stderr, fmt.Sprintf("PID %d)\nhint: wait for that process to end", holder.Process.Pid)) {
			t.Errorf("%s: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
	stdin.Close()
	if code := holder.code(t); code != 0 {
		t.Errorf("the first one ends with exit code %d, %s", code, &holder.err)
	}
	if code, stdout, stderr := call(t, "sql", "--store", store, "-o", "csv", "SELECT eventName FROM events"); strings.Join(strings.Fields(stdout), " ") != "eventName A" {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

// A disk that is full ends the run with a message. What was committed before is there,
// and with more room the next run does the rest.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	grow(t, logs, 3)
	store, undisturbed := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "undisturbed.duckdb")
	ingestJSON(t, 3, "--store", undisturbed, logs)

	files := int64(0)
	for _, blocks := range []int{2000, 3500, 5000} { // of 512 bytes, or 1024 in some shells
		p := prepare(t, "sh", "-c", fmt.Sprintf(`ulimit -f %d; exec ingest-in-batches --store "$0" "$1"`, blocks), store, logs)
		p.start(t)
		code := p.code(t)
		if code != 1 || !strings.Contains(p.err.String(), "trailbox: cannot write "+store+": no room on its disk\nhint: make room") {
			t.Errorf("%d blocks: exit code %d, %s", blocks, code, &p.err)
		}
		reader := opened(t, store)
		before := files
		fmt.Sscan(strings.Trim(asked(t, reader, "SELECT count(*) AS n FROM files"), `{}"n:`), &files)
		if files < before {
			t.Errorf("%d files were in the store, now %d", before, files)
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if files == 0 {
		t.Error("nothing was committed before the disk was full")
	}
	ingestJSON(t, 3, "--store", store, logs)
	if got, want := contents(t, store), contents(t, undisturbed); got != want {
		t.Errorf("the store is\n%s\nbut should be\n%s", got, want)
	}
	selfChecked(t, store)
}

// A store that somebody removes while it is being written is told of: nobody will find
// what is in it.
func TestStoreRemoved(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	p := prepare(t, "trailbox", "ingest", "--store", store, "../../testdata/logs", "-")
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t)
	if _, err := stdin.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(store); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	if code := p.code(t); code != 1 || !strings.Contains(p.err.String(), store+" was removed or replaced while it was being written") {
		t.Errorf("exit code %d, %s", code, &p.err)
	}
	ingestJSON(t, 0, "--store", store, "../../testdata/logs")
	selfChecked(t, store)
}

// Places where no store can be are told apart, and left as they are.
func TestNoPlaceForAStore(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct{ store, want string }{
		{filepath.Join(dir, "nowhere", "t.duckdb"), "there is no such folder\nhint: create the folder first"},
		{dir, "it is not a trailbox store: not a file"},
	} {
		code, _, stderr := call(t, "ingest", "--store", test.store, "../../testdata/logs")
		if code != 1 || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: exit code %d, %s", test.store, code, stderr)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What a kill leaves of a store that was being made is told, and the same ingest makes it.
func TestCreationCutOff(t *testing.T) {
	for name, content := range map[string][]byte{
		"empty": nil, "header": append([]byte("\x00\x00\x00\x00\x00\x00\x00\x00DUCK"), make([]byte, 4084)...),
	} {
		store := filepath.Join(t.TempDir(), name)
		writeFile(t, store, content)
		for _, command := range []string{"report overview", "lookup", "verify", "extract x"} {
			code, _, stderr := call(t, append(strings.Split(command, " "), "--store", store)...)
			if code != 1 || !strings.Contains(stderr, store+": no such store yet: its creation was cut off\nhint: run the ingest that was killed again") {
				t.Errorf("%s, %s: exit code %d, %s", name, command, code, stderr)
			}
		}
		if code, _, stderr := call(t, "ingest", "--store", store, "../../testdata/logs"); code != 0 {
			t.Errorf("%s: the ingest ends with exit code %d, %s", name, code, stderr)
		}
	}
}

// A damaged block of the store is told with what to do, by whatever reads it; what does not
// read it answers as before.
func TestStoreDamaged(t *testing.T) {
	const block = 128 << 10
	store, damaged := demoStore(t), filepath.Join(t.TempDir(), "damaged.duckdb")
	questions := [][]string{{"sql", "FROM events ORDER BY file, position", "-o", "csv"}, {"report", "overview"}, {"verify", "--self", "-o", "csv"}}
	ask := func(path string, question []string) (code int, stdout, stderr string) {
		return call(t, append(question, "--store", path)...)
	}
	var answers []string
	for _, q := range questions {
		_, stdout, _ := ask(store, q)
		answers = append(answers, stdout)
	}
	data, err := os.ReadFile(store)
	if err != nil {
		t.Fatal(err)
	}
	atOpening, later := 0, 0
	try := func(what string, data []byte) {
		writeFile(t, damaged, data)
		for i, q := range questions {
			code, stdout, stderr := ask(damaged, q)
			isSelf := q[0] == "verify"
			switch {
			case code == 0 && (stdout == answers[i] || isSelf), code == 3 && isSelf:
			case code != 1 || !strings.Contains(stderr, "\nhint: what stands in that block of the store is lost"):
				t.Errorf("%s: %v ends with exit code %d, %s", what, q, code, stderr)
			case strings.Contains(stderr, "cannot open"):
				atOpening++
			default:
				later++
			}
		}
	}
	for at := 3*4096 + block/2; at < len(data); at += block {
		flipped := bytes.Clone(data)
		flipped[at] ^= 1
		try(fmt.Sprintf("byte %d", at), flipped)
	}
	try("half of it", data[:len(data)/2])
	if atOpening == 0 || later == 0 {
		t.Errorf("%d errors at opening, %d later: there should be some of both", atOpening, later)
	}
}

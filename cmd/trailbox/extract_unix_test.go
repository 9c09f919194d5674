//go:build unix

package main

import (
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is no file and no folder is told where it is in the way, and not waited for: a pipe,
// a socket, a link to either or out of the destination.
func TestExtractOntoSpecialFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // names of sockets are short
	pipe := func(path string) {
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pipe", "socket", "link", "zero", "dangling", "folder", "good"} {
		writeFile(t, name+".json", []byte(apart(len(name), logFile(strings.Replace(recordA, `"A"`, `"`+name+`"`, 1)))))
	}
	call(t, "ingest", "--store", "t.duckdb", "*.json")
	if err := os.MkdirAll("dest/folder.json", 0o700); err != nil {
		t.Fatal(err)
	}
	pipe("dest/pipe.json")
	l, err := net.Listen("unix", "dest/socket.json")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, to := range map[string]string{"link": "../outside", "zero": "/dev/zero", "dangling": "nowhere"} {
		if err := os.Symlink(to, "dest/"+name+".json"); err != nil {
			t.Fatal(err)
		}
	}
	p := prepare(t, "trailbox", "extract", "--store", "t.duckdb", "dest")
	p.start(t)
	if code := p.code(t); code != 3 || strings.Count(p.err.String(), "is there already, and is no file\n") != 6 || !strings.Contains(p.err.String(), "1 files written to dest, 6 not") {
		t.Errorf("exit code %d, %s", code, &p.err)
	}
	if _, err := os.Stat("outside"); err == nil {
		t.Error("it has written through a link")
	}

	pipe("pipe")
	for _, dest := range []string{"pipe", "pipe/x", "good.json", "/dev/null"} {
		p := prepare(t, "trailbox", "extract", "--store", "t.duckdb", dest)
		p.start(t)
		if code := p.code(t); code != 1 || !strings.Contains(p.err.String(), "not a directory") {
			t.Errorf("into %s: exit code %d, %s", dest, code, &p.err)
		}
	}
	// A pipe where a folder should be.
	if err := os.MkdirAll("logs/AWSLogs", 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "logs/AWSLogs/x.json", []byte(logFile(recordB)))
	call(t, "ingest", "--store", "two.duckdb", "logs")
	if err := os.Mkdir("within", 0o700); err != nil {
		t.Fatal(err)
	}
	pipe("within/AWSLogs")
	p = prepare(t, "trailbox", "extract", "--store", "two.duckdb", "within")
	p.start(t)
	if code := p.code(t); code != 3 || !strings.Contains(p.err.String(), "not a directory") {
		t.Errorf("exit code %d, %s", code, &p.err)
	}
}

// An extract that is killed leaves nothing under a file's name but the file, and the next
// ones make of it what an undisturbed one would have made.
func TestExtractKilled(t *testing.T) {
	dir := t.TempDir()
	logs, store := filepath.Join(dir, "logs"), filepath.Join(dir, "t.duckdb")
	grow(t, logs, 3)
	writeFile(t, filepath.Join(logs, "large.json"), []byte("["+many(70_000, `{"eventVersion":"1.08","eventTime":"2026-03-04T10:00:00Z","eventName":"A","requestID":"%d"}`)+"]"))
	call(t, "ingest", "--store", store, logs)
	const never = time.Hour
	writing := func(dest string) (names []string) { // what is not in a folder, such as the large file
		entries, _ := os.ReadDir(dest)
		for _, entry := range entries {
			if unfinished.MatchString(entry.Name()) || entry.Name() == "large.json" {
				names = append(names, entry.Name())
			}
		}
		return names
	}
	extract := func(dest string, after time.Duration, aimed bool) (code int, took time.Duration, stderr string) {
		p := prepare(t, "trailbox", "extract", "--store", store, dest)
		before := writing(dest)
		p.start(t)
		start := time.Now()
		ended := make(chan int, 1)
		go func() { ended <- p.code(t) }()
		for {
			if time.Since(start) > after || aimed && slices.ContainsFunc(writing(dest), func(name string) bool { return !slices.Contains(before, name) }) {
				p.Process.Kill()
			}
			select {
			case code := <-ended:
				return code, time.Since(start), p.err.String()
			default:
				time.Sleep(200 * time.Microsecond) // less would take the process's own time
			}
		}
	}
	undisturbed := filepath.Join(dir, "undisturbed")
	code, took, stderr := extract(undisturbed, never, false)
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want := tree(t, undisturbed)
	seed := rand.Uint64()
	t.Logf("seed %d; an undisturbed run takes %s and writes %d files", seed, took, len(want))
	dice := rand.New(rand.NewPCG(seed, 0))
	dest := filepath.Join(dir, "dest")
	killed, cut := 0, 0
	for range kills(t) {
		if err := os.MkdirAll(dest, 0o700); err != nil { // it may be killed before it has made it
			t.Fatal(err)
		}
		after, aimed := time.Duration(dice.Int64N(int64(took))), dice.IntN(2) == 0
		if aimed {
			after = never
		}
		code, ran, stderr := extract(dest, after, aimed)
		if code == -1 {
			killed++
		} else if code != 0 {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		unfinishedFiles := 0
		for name, text := range tree(t, dest) {
			if unfinished.MatchString(filepath.Base(name)) {
				unfinishedFiles++
			} else if text != want[name] {
				t.Errorf("%s has %d bytes of %d", name, len(text), len(want[name]))
			}
		}
		cut += unfinishedFiles
		t.Logf("killed after %s; %d files are there unfinished", ran, unfinishedFiles)
		if dice.IntN(2) == 0 {
			continue // and kill the next one over what is left
		}
		if code, _, stderr := extract(dest, never, false); code != 0 {
			t.Errorf("the run after ends with exit code %d, %s", code, stderr)
		}
		sameTree(t, tree(t, dest), want)
		if err := os.RemoveAll(dest); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, stderr := extract(dest, never, false); code != 0 {
		t.Errorf("the last run ends with exit code %d, %s", code, stderr)
	}
	sameTree(t, tree(t, dest), want)
	t.Logf("%d of %d were killed, %d files were unfinished then", killed, kills(t), cut)
}

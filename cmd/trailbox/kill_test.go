//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// eventIDs are the ids of the records of a log file.
var eventIDs = regexp.MustCompile(`"eventID":\s*"[0-9a-f]{8}`)

// grow writes testdata/logs into a folder n times over, each time with other events,
// and with some files that are not as they should be. It takes n batches or so.
func grow(t *testing.T, folder string, n int) {
	t.Helper()
	for i := range n {
		eachLog(t, func(key string, data []byte) {
			if r, err := gzip.NewReader(bytes.NewReader(data)); err == nil && i > 0 {
				plain, err := io.ReadAll(r)
				if err != nil {
					t.Fatal(err)
				}
				plain = eventIDs.ReplaceAllFunc(plain, func(id []byte) []byte {
					digits, _ := strconv.ParseUint(string(id[len(id)-8:]), 16, 32)
					return fmt.Appendf(nil, `"eventID":"%08x`, uint32(digits)+uint32(i))
				})
				data = pack(plain)
			}
			name := filepath.Join(folder, strconv.Itoa(i), filepath.FromSlash(key))
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			writeFile(t, name, data)
		})
		odd := func(name string, data []byte) { writeFile(t, filepath.Join(folder, strconv.Itoa(i), name), data) }
		whole := pack([]byte(apart(i, logFile(recordA, recordB, noID))))
		odd("whole.json.gz", whole)
		odd("again.json.gz", whole)
		odd("cut.json.gz", whole[:len(whole)-20])
		odd("conflict.json.gz", pack([]byte(apart(i, logFile(strings.Replace(recordA, `"A"`, `"Z"`, 1))))))
		odd("page.json", []byte("<html>404</html>"))
		odd("other.json", []byte(`{"name":"x"}`))
		odd("empty.json.gz", nil)
	}
}

// contents is what a store holds, whatever the order it came in and the numbers that
// the files got: an event may have been read first from either of two files.
func contents(t *testing.T, path string) string {
	t.Helper()
	store := opened(t, path)
	defer store.Close()
	return asked(t, store, `WITH e AS (
			SELECT file, position, hash(*COLUMNS(* EXCLUDE (file, position, recordHash, shape))) AS e
			FROM events LEFT JOIN shapes USING (shape)),
		places AS (
			SELECT file, position, file AS firstFile, position AS firstPosition FROM events UNION ALL
			SELECT file, position, firstFile, firstPosition FROM repeats)
		SELECT 'events' AS part, count(*) AS n, sum(e) AS h FROM e
		UNION ALL SELECT 'records in their places', count(*), sum(hash(uri, places.position, e))
			FROM places JOIN files USING (file) JOIN e ON e.file = firstFile AND e.position = firstPosition
		UNION ALL SELECT 'files', count(*), sum(hash(f)) FROM (SELECT * EXCLUDE (file, run, new, repeated, conflicts) FROM files) AS f
		UNION ALL SELECT 'files as delivered', count(*), sum(hash(uri, originals.sha256, data)) FROM originals JOIN files USING (file)
		UNION ALL SELECT 'new', sum(new), NULL FROM files
		UNION ALL SELECT 'repeated', sum(repeated), NULL FROM files
		UNION ALL SELECT 'conflicts', sum(conflicts), NULL FROM files`)
}

// kills is how many processes the tests kill; trailbox help failures tells of the variable.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("TRAILBOX_KILLS")
	if text == "" {
		return 1 // .ci/run kills more
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TRAILBOX_KILLS: %v", err)
	}
	return n
}

// killedBatches is how many batches there are to be killed in: between two at least.
func killedBatches(t *testing.T) int {
	if kills(t) > 1 {
		return 3
	}
	return 2
}

// A moment is when to kill a process: after some time, or after some changes of the
// store's files, which come thick when a transaction ends.
type moment struct {
	after   time.Duration
	changes int // 0: any number
}

// runUntil runs a process until it ends or the moment has come, and counts the changes
// of the store's files.
func (p *process) runUntil(t *testing.T, store string, m moment) (changes int, took time.Duration) {
	t.Helper()
	p.start(t)
	began := time.Now()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Wait() // what it has to say is in p.ProcessState
	}()
	for last := ""; ; {
		now := ""
		for _, name := range []string{store, store + ".wal"} {
			if info, err := os.Stat(name); err == nil {
				now += fmt.Sprint(name, info.Size(), info.ModTime())
			}
		}
		if now != last {
			last = now
			changes++
		}
		if time.Since(began) > m.after && changes > m.changes {
			p.Process.Kill()
		}
		select {
		case <-ended:
			return changes, time.Since(began)
		case <-time.After(200 * time.Microsecond):
		}
	}
}

// A process that is killed, whatever it does at that moment, leaves a store that
// opens, and the next run makes of it what an undisturbed run would have made.
func TestKilled(t *testing.T) {
	logs := filepath.Join(t.TempDir(), "logs")
	grow(t, logs, killedBatches(t))
	if kills(t) > 1 { // TestKilledAgain always has one
		growLarge(t, filepath.Join(logs, "1"))
	}
	killIngests(t, logs, nil)
}

// The same goes for a store that has events already. Most of the kills are aimed at the time
// when a transaction ends. TRAILBOX_KILLS_ARCHIVE may name a large archive of two folders, the
// first of which is there before.
func TestKilledAgain(t *testing.T) {
	logs := os.Getenv("TRAILBOX_KILLS_ARCHIVE")
	if logs == "" {
		logs = filepath.Join(t.TempDir(), "logs")
		grow(t, logs, killedBatches(t))
		growLarge(t, filepath.Join(logs, "1"))
	}
	folders, err := os.ReadDir(logs)
	if err != nil {
		t.Fatal(err)
	}
	first := filepath.Join(t.TempDir(), "first.duckdb")
	p := prepare(t, "ingest-in-batches", "-o", "json", "--store", first, filepath.Join(logs, folders[0].Name()))
	p.start(t)
	if code := p.code(t); code != exitDone && code != exitFindings {
		t.Fatalf("exit code %d, %s", code, &p.err)
	}
	filled, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	killIngests(t, logs, filled)
}

// growLarge adds a file with so many events that some are written before their transaction
// ends.
func growLarge(t *testing.T, folder string) {
	large := "[" + many(70_000, `{"eventVersion":"1.08","eventTime":"2026-03-04T10:00:00Z","eventName":"A","requestID":"%d"}`) + "]"
	writeFile(t, filepath.Join(folder, "large.json.gz"), pack([]byte(large)))
}

// killIngests kills ingests of logs into a store that is new, or has that content.
func killIngests(t *testing.T, logs string, filled []byte) {
	dir := t.TempDir()
	never := moment{after: time.Hour}
	fill := func(store string) {
		if filled != nil {
			writeFile(t, store, filled)
		}
	}
	ingest := func(store string, m moment) (p *process, changes int, took time.Duration) {
		p = prepare(t, "ingest-in-batches", "-o", "json", "--store", store, logs)
		changes, took = p.runUntil(t, store, m)
		return p, changes, took
	}

	undisturbed := filepath.Join(dir, "undisturbed.duckdb")
	fill(undisturbed)
	p, changes, took := ingest(undisturbed, never)
	whole := p.ProcessState.ExitCode() // 3 where files are odd
	if whole != exitDone && whole != exitFindings {
		t.Fatalf("exit code %d, %s", whole, &p.err)
	}
	want := contents(t, undisturbed)
	seed := rand.Uint64()
	t.Logf("seed %d; an undisturbed run takes %s and changes the store's files %d times; the store is then\n%s", seed, took, changes, want)

	dice := rand.New(rand.NewPCG(seed, 0))
	for i := range kills(t) {
		store := filepath.Join(dir, strconv.Itoa(i)+".duckdb")
		fill(store)
		for again := true; again; again = dice.IntN(4) == 0 {
			m := moment{after: time.Duration(dice.Int64N(int64(took)))}
			if dice.IntN(2) == 0 || filled != nil && dice.IntN(2) == 0 {
				m = moment{changes: dice.IntN(changes)}
			}
			p, changes, took := ingest(store, m)
			wal, _ := os.Stat(store + ".wal")
			t.Logf("killed after %s and %d changes; write-ahead log: %v", took, changes, wal != nil)
			if code := p.ProcessState.ExitCode(); code != -1 && code != whole {
				t.Errorf("exit code %d, %s", code, &p.err)
			}
			// What is there already can be read before the next run, if anything is.
			if dice.IntN(2) == 0 {
				code, _, stderr := call(t, "report", "overview", "--store", store)
				if code != 0 && !strings.Contains(stderr, "hint: load log files first") && !strings.Contains(stderr, "hint: run the ingest that was killed again") && !strings.Contains(stderr, "run trailbox ingest on it once") {
					t.Errorf("a report ends with exit code %d, %s", code, stderr)
				}
			}
		}
		p, _, _ := ingest(store, never)
		if code := p.ProcessState.ExitCode(); code != whole {
			t.Fatalf("the run after exits with %d, %s", code, &p.err)
		}
		if got := contents(t, store); got != want {
			t.Errorf("the store is now\n%s", got)
		}
		selfChecked(t, store)
		if left, _ := filepath.Glob(store + "?*"); left != nil {
			t.Errorf("left behind: %v", left)
		}
		if err := os.Remove(store); err != nil { // a large one takes its room
			t.Fatal(err)
		}
	}
}

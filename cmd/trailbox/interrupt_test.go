//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// A process is the program as its users run it.
type process struct {
	*exec.Cmd
	out, err bytes.Buffer // to be read when it has ended
}

// prepare prepares one of the commands of TestMain; it ends with the test at the latest.
func prepare(t *testing.T, name string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, name, args...)}
	p.Stdout, p.Stderr = &p.out, &p.err
	return p
}

func (p *process) start(t *testing.T) {
	t.Helper()
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
}

// code waits for the end and returns the exit code, -1 where a signal was the end.
func (p *process) code(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := p.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// Ctrl-C keeps what was fetched, and says what is left and how to go on.
func TestInterruptOnce(t *testing.T) {
	server := s3test.New(t)
	eachLog(t, func(key string, data []byte) { server.Put("logs", key, data) })
	dir := t.TempDir()
	store, undisturbed := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "undisturbed.duckdb")
	ingestJSON(t, 0, "--store", undisturbed, "--endpoint-url", server.URL, "s3://logs")

	const before = 40
	var mu sync.Mutex
	asked, reached := 0, make(chan struct{})
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("list-type") == "" {
				mu.Lock()
				asked++
				n := asked
				mu.Unlock()
				if n == before+1 {
					close(reached)
				}
				if n > before && n <= 2*before {
					<-r.Context().Done() // the client went away
					return
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	const atOnce = 4
	p := prepare(t, "trailbox", "ingest", "-o", "json", "--concurrency", fmt.Sprint(atOnce), "--store", store, "--endpoint-url", server.URL, "s3://logs")
	p.start(t)
	<-reached
	p.Process.Signal(os.Interrupt)
	code := p.code(t)
	if code != 130 || !strings.Contains(p.err.String(), "Ctrl-C again stops at once") || !strings.Contains(p.err.String(), "\nhint: ") {
		t.Errorf("exit code %d, %s", code, &p.err)
	}
	var first ingest.Summary
	if err := json.Unmarshal(p.out.Bytes(), &first); err != nil {
		t.Fatalf("%v in %s", err, &p.out)
	}
	// Some of the answers may have been under way.
	if first.FilesLoaded > before || first.FilesLoaded <= before-atOnce || first.FilesLeft == 0 ||
		first.FilesListed != first.FilesLoaded+first.FilesOther+first.FilesLeft {
		t.Errorf("%+v", first)
	}

	mu.Lock()
	asked = 2 * before
	mu.Unlock()
	rest, _ := ingestJSON(t, 0, "--store", store, "--endpoint-url", server.URL, "s3://logs")
	if rest.FilesKnown != first.FilesLoaded || rest.FilesKnown+rest.FilesLoaded != 87+2 {
		t.Errorf("the next run: %+v", rest)
	}
	sameStores(t, undisturbed, store)
}

// Ctrl-C twice ends the program whatever it waits for.
func TestInterruptTwice(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	p := prepare(t, "trailbox", "ingest", "--store", store, "../../testdata/logs", "-")
	p.Stderr = nil
	stderr, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	talk := bufio.NewReader(stderr)
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t)
	defer stdin.Close()
	// More than a pipe holds, so that it is reading when this returns.
	if _, err := stdin.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	p.Process.Signal(os.Interrupt)
	if line, _ := talk.ReadString('\n'); !strings.Contains(line, "Ctrl-C again stops at once") {
		t.Fatalf("it says %q", line)
	}
	p.Process.Signal(os.Interrupt)
	rest, _ := io.ReadAll(talk)
	if code := p.code(t); code != 130 || !strings.Contains(string(rest), "interrupted\nhint: ") {
		t.Errorf("exit code %d, %s", code, rest)
	}
	if summary, _ := ingestJSON(t, 0, "--store", store, "../../testdata/logs"); summary.EventsNew != 1126 {
		t.Errorf("the next run: %+v", summary)
	}
}

// Ctrl-C once ends the wait for a standard input that brings nothing.
func TestInterruptStream(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	p := prepare(t, "trailbox", "ingest", "--store", store, "-")
	stdin, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.start(t)
	defer stdin.Close()
	// More than a pipe holds, so that it is reading when this returns.
	if _, err := stdin.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	p.Process.Signal(os.Interrupt)
	if code := p.code(t); code != 130 {
		t.Errorf("exit code %d", code)
	}
}

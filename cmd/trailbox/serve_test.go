package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"trailbox/schema"
)

// holdStore keeps a store open for writing until its input ends, as a long ingest does.
func holdStore() {
	store, err := schema.Create(context.Background(), os.Args[1], 0)
	if err == nil {
		os.Stdout.WriteString("writing\n")
		io.Copy(io.Discard, os.Stdin)
		err = store.Close()
	}
	if err != nil {
		panic(err)
	}
}

// A console is trailbox serve, running.
type console struct {
	address *url.URL // with the token
	talk    *strings.Builder
	client  *http.Client // a browser
	stop    func() int   // returns the exit code
}

// startConsole starts it on a store, at any free port.
func startConsole(t *testing.T, store string, flags ...string) *console {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	c := &console{talk: new(strings.Builder)}
	code := make(chan int, 1)
	go func() {
		args := append([]string{"serve", "--store", store, "--listen", "127.0.0.1:0"}, flags...)
		code <- run(ctx, args, streams{in: strings.NewReader(""), out: in, err: c.talk})
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	go io.Copy(io.Discard, out)
	c.stop = func() int {
		cancel()
		return <-code
	}
	if err != nil {
		t.Fatalf("no address, exit code %d: %s", c.stop(), c.talk)
	}
	if c.address, err = url.Parse(strings.TrimSpace(line)); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c.client = &http.Client{Jar: jar}
	return c
}

// get returns what a page answers.
func (c *console) get(t *testing.T, path string) (status int, body string) {
	t.Helper()
	to := *c.address
	to.RawQuery = ""
	r, err := c.client.Get(strings.TrimSuffix(to.String(), "/") + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// signIn opens the address that was printed.
func (c *console) signIn(t *testing.T) {
	t.Helper()
	r, err := c.client.Get(c.address.String())
	if err != nil {
		t.Fatal(err)
	}
	if r.Body.Close(); r.StatusCode == http.StatusUnauthorized || r.Request.URL.Query().Has("token") {
		t.Fatalf("%s: %s", r.Request.URL, r.Status)
	}
}

// The console opens for whoever has the address, gives what the command gives, and goes away.
func TestServe(t *testing.T) {
	store := demoStore(t)
	c := startConsole(t, store)
	if status, _ := c.get(t, "/report/who"); status != http.StatusUnauthorized {
		t.Errorf("without the token: %d", status)
	}
	mark, err := os.ReadFile(store + ".serve")
	if err != nil || !strings.HasPrefix(string(mark), "export TRAILBOX_CONSOLE='"+c.address.String()+"' ") {
		t.Errorf("%q beside the store, %v", mark, err)
	}
	if info, err := os.Stat(store + ".serve"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: others can read the token", info.Mode(), err)
	}
	c.signIn(t)
	for _, path := range []string{"/report/who", "/report/what?actor=support&read-only=false"} {
		status, page := c.get(t, path)
		if status != http.StatusOK || !strings.Contains(page, "covers 1,126 events") {
			t.Errorf("%s: %d %.300s", path, status, page)
		}
	}
	_, answer := c.get(t, "/report/what?actor=support&read-only=false&form=csv")
	plain, err := exec.CommandContext(t.Context(), "trailbox", "report", "what", "-q", "--store", store, "--actor", "support", "--read-only=false", "-o", "csv").Output()
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := csv.NewReader(strings.NewReader(answer)).ReadAll(); err != nil || len(rows) != 7 || answer != string(plain) {
		t.Errorf("the download has\n%s\nand the command gives\n%s", answer, plain)
	}
	if code := c.stop(); code != exitDone {
		t.Errorf("exit code %d: %s", code, c.talk)
	}
	if _, err := os.Stat(store + ".serve"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the token is still beside the store: %v", err)
	}
}

// A page says so while somebody writes to the store, and shows what came when they are done.
func TestServeWhileWritten(t *testing.T) {
	store := demoStore(t)
	c := startConsole(t, store)
	defer c.stop()
	hold := exec.CommandContext(t.Context(), "hold-store", store)
	in, err := hold.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := hold.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.signIn(t)
	if status, page := c.get(t, "/report/who"); status != http.StatusServiceUnavailable || !strings.Contains(page, "The store is being written") {
		t.Errorf("while it is written: %d %s", status, page)
	}
	in.Close()
	if err := hold.Wait(); err != nil {
		t.Fatal(err)
	}
	before := eventsOf(t, c)
	more := t.TempDir() + "/more.json"
	writeFile(t, more, []byte(logFile(recordA, recordB)))
	// The console has just been asked, and lets go of the store in a moment.
	for {
		said, err := exec.CommandContext(t.Context(), "trailbox", "ingest", "-q", "--store", store, more).CombinedOutput()
		if err == nil {
			break
		}
		if !strings.Contains(string(said), "another process has it open") {
			t.Fatalf("%v: %s", err, said)
		}
	}
	if after := eventsOf(t, c); after != before+2 {
		t.Errorf("%d events, and %d when there are two more", before, after)
	}
}

// eventsOf is how many events the console knows.
func eventsOf(t *testing.T, c *console) (n int) {
	t.Helper()
	status, answer := c.get(t, "/report/what?form=csv")
	rows, err := csv.NewReader(strings.NewReader(answer)).ReadAll()
	if status != http.StatusOK || err != nil {
		t.Fatalf("%d, %v: %s", status, err, answer)
	}
	for _, row := range rows[1:] {
		events, err := strconv.Atoi(row[2])
		if err != nil {
			t.Fatal(err)
		}
		n += events
	}
	return n
}

// An address that others reach says so; a store that is not there is no reason to serve.
func TestServeTells(t *testing.T) {
	c := startConsole(t, demoStore(t), "--listen", "0.0.0.0:0")
	c.stop()
	if !strings.Contains(c.talk.String(), "there is no TLS") {
		t.Errorf("said of 0.0.0.0: %s", c.talk)
	}
	var talk strings.Builder
	s := streams{in: strings.NewReader(""), out: io.Discard, err: &talk}
	if code := run(t.Context(), []string{"serve", "--store", t.TempDir() + "/none.duckdb"}, s); code != exitFailed || !strings.Contains(talk.String(), "none.duckdb") {
		t.Errorf("without a store: %d %s", code, &talk)
	}
	if code := run(t.Context(), []string{"serve", "--store", demoStore(t), "--listen", "nowhere"}, s); code != exitFailed {
		t.Errorf("at nowhere: %d %s", code, &talk)
	}
	c = startConsole(t, demoStore(t))
	defer c.stop()
	talk.Reset()
	if code := run(t.Context(), []string{"serve", "--store", demoStore(t), "--listen", c.address.Host}, s); code != exitFailed || !strings.Contains(talk.String(), "hint: another console may run there") {
		t.Errorf("where another one listens: %d %s", code, &talk)
	}
}

// AWS's clients are answered at the same address: those that sign with the keys that were
// printed, or, if so wished, all.
func TestServeAPI(t *testing.T) {
	ask := func(c *console) (int, string) {
		r, err := http.NewRequest(http.MethodPost, "http://"+c.address.Host+"/", strings.NewReader(`{"MaxResults":1}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents")
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	c := startConsole(t, demoStore(t))
	if status, said := ask(c); status == http.StatusOK || !strings.Contains(said, "MissingAuthenticationToken") {
		t.Errorf("without a signature: %d %s", status, said)
	}
	c.stop()
	c = startConsole(t, demoStore(t), "--no-auth")
	if status, said := ask(c); status != http.StatusOK || strings.Count(said, `"EventId"`) != 1 {
		t.Errorf("with --no-auth: %d %s", status, said)
	}
	c.stop()
	if !strings.Contains(c.talk.String(), "without any key") {
		t.Errorf("--no-auth is not told of: %s", c.talk)
	}
}

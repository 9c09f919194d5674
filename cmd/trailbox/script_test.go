package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime/quotedprintable"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"

	"trailbox/query/notify/mailtest"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	storetest.OneCore() // and the commands of scripts, too
	testscript.Main(m, map[string]func(){
		"trailbox":          main,
		"ingest-in-batches": ingestInBatches,
		"watch-at":          watchAt,
		"hold-store":        holdStore,
	})
}

// ingestInBatches is trailbox ingest with transactions so small that a test's archive
// takes many.
func ingestInBatches() {
	setUpProcess()
	flags := pflag.NewFlagSet("ingest", pflag.ExitOnError)
	f := newIngestFlags(flags)
	f.options.BatchBytes = 1 << 20
	flags.Parse(os.Args[1:])
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(report(s.err, f.run(interruptible(), s, flags.Args())))
}

// watchAt is trailbox watch at another time than now: watch-at TIME FLAGS...
func watchAt() {
	setUpProcess()
	flags := pflag.NewFlagSet("watch", pflag.ExitOnError)
	f := newWatchFlags(flags)
	now, err := time.Parse(time.RFC3339, os.Args[1])
	if err != nil {
		panic(err)
	}
	f.now = func() time.Time { return now }
	flags.Parse(os.Args[2:])
	s := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	os.Exit(report(s.err, f.run(interruptible(), s, flags.Args())))
}

// TestScripts runs testdata/script/*.txtar: what each command does, seen from
// outside. $DATA is testdata/logs.
func TestScripts(t *testing.T) {
	data, err := filepath.Abs("../../testdata/logs")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "../../testdata/script",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DATA", data)
			env.Setenv("COLUMNS", "80")
			env.Values[mailKey{}] = new(*mailtest.Server)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"gzip":  gzipFile,
			"cut":   cutFile,
			"demo":  copyDemo,
			"smtp":  startMail,
			"mails": takeMails,
			"store": changeStore,
		},
	})
}

// exits runs a command that must end with that exit code: exits 3 trailbox ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil && !errors.Is(err, context.Canceled):
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// gzipFile packs a file: gzip FROM TO
func gzipFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: gzip FROM TO")
	}
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), pack(data), 0o600))
}

// cutFile copies a file but for its last bytes: cut N FROM TO
func cutFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut N FROM TO")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data[:len(data)-n], 0o600))
}

// copyDemo makes a store of what trailbox ingest $DATA would load, faster: demo FILE
func copyDemo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: demo FILE")
	}
	content, err := demoContent()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}

// changeStore runs a statement on a store as DuckDB's own program would: store FILE STATEMENT
func changeStore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: store FILE STATEMENT")
	}
	store, err := schema.OpenFor(context.Background(), ts.MkAbs(args[0]), schema.Grants{Write: true, AnySchema: true})
	ts.Check(err)
	ts.Check(store.Change(context.Background(), func(c *schema.Change) error { return c.Exec(context.Background(), args[1]) }))
	ts.Check(store.Close())
}

// startMail starts a mail server, at $SMTP.
func startMail(ts *testscript.TestScript, _ bool, _ []string) {
	server, err := mailtest.Start(nil)
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Setenv("SMTP", server.Address)
	*ts.Value(mailKey{}).(**mailtest.Server) = server
}

// mailKey is where a script keeps its mail server.
type mailKey struct{}

// takeMails writes what has come to a file, as its readers see it: mails FILE
func takeMails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mails FILE")
	}
	server := *ts.Value(mailKey{}).(**mailtest.Server)
	if server == nil {
		ts.Fatalf("mails without smtp")
	}
	var text bytes.Buffer
	for _, m := range server.Take() {
		parsed, err := m.Parse()
		ts.Check(err)
		body, err := io.ReadAll(quotedprintable.NewReader(parsed.Body))
		ts.Check(err)
		fmt.Fprintf(&text, "From: %s\nTo: %s\nSubject: %s\n\n%s", m.From, m.To, parsed.Header.Get("Subject"), bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text.Bytes(), 0o600))
}

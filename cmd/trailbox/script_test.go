package main

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"trailbox":          main,
		"ingest-in-batches": ingestInBatches,
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
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"gzip":  gzipFile,
			"cut":   cutFile,
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

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"
)

// streams are the program's outputs: stdout is the answer, stderr the talk.
type streams struct {
	out io.Writer
	err io.Writer
}

// A usageError is a command line that makes no sense.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// A command is a subcommand of the program.
type command struct {
	name    string
	args    string // as shown in its usage line
	summary string
	// prepare defines the command's flags and returns what runs it.
	prepare func(flags *pflag.FlagSet) func(ctx context.Context, s streams, args []string) error
}

// commands lists the subcommands in the order of the help.
func commands() []command {
	return append([]command{
		runCommand(),
		makeCommand(),
		serveCommand(),
	}, yardsticks()...)
}

// run runs the program and returns its exit code.
func run(ctx context.Context, args []string, s streams) int {
	err := dispatch(ctx, args, s)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "trailbench: %v\nhint: %s\n", err, usage.hint)
		return 2
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "trailbench: interrupted")
		return 130
	}
	fmt.Fprintf(s.err, "trailbench: %v\n", err)
	return 1
}

func dispatch(ctx context.Context, args []string, s streams) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		printHelp(s.out)
		return nil
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		flags := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		flags.SetOutput(io.Discard) // messages come from run alone
		flags.SortFlags = false
		start := c.prepare(flags)
		switch err := flags.Parse(args[1:]); {
		case errors.Is(err, pflag.ErrHelp):
			fmt.Fprintf(s.out, "%s: %s\n\nusage: trailbench %s [FLAGS] %s\n\nflags:\n%s", c.name, c.summary, c.name, c.args, flags.FlagUsagesWrapped(80))
			return nil
		case err != nil:
			return &usageError{err.Error(), "see trailbench " + c.name + " --help"}
		}
		return start(ctx, s, flags.Args())
	}
	return &usageError{fmt.Sprintf("unknown command %q", args[0]), "see trailbench help"}
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "trailbench measures how fast trailbox is, beside what bounds it.\n\nusage: trailbench COMMAND [FLAGS] [ARGUMENTS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-20s %s\n", c.name+" "+c.args, c.summary)
	}
	fmt.Fprint(w, "\ntrailbench COMMAND --help says more about one.\n")
}

// writeJSON writes an answer for programs.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

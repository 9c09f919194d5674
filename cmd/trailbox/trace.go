package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/lineage"
	"trailbox/schema"
)

func traceCommand() command {
	return command{
		name: "trace", args: "[WHAT]", summary: "who is behind a key or session, and what came of it",
		about: `
WHAT is an access key, a session, an ARN, a user, a role, an address or an eventID.
Without it, all sessions are traced that the filters let through. Those that were
asked for are marked with a *, those that only may be its origin with a ?.`,
		prepare: prepareTrace,
	}
}

const (
	formatDOT     query.Format = "dot"
	formatMermaid query.Format = "mermaid"
)

// traceFlags are the flags of trace.
type traceFlags struct {
	store    *storeFlags
	answer   answerFlags
	filter   filterFlags
	up, down *bool
	depth    *int
}

func prepareTrace(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &traceFlags{store: storeFlag(flags)}
	f.up = flags.Bool("up", false, "only what it comes from")
	f.down = flags.Bool("down", false, "only what was issued from it")
	f.depth = flags.Int("depth", 0, "at most this `NUMBER` of hops each way; 0 for all")
	f.filter.define(flags)
	f.filter.defineZone(flags)
	f.answer.define(flags, "", "without it, trees; "+query.FormatNames()+", dot, mermaid, or xlsx with --to: a row for each session and link", formatDOT, formatMermaid)
	f.answer.name = "trace"
	return f.run
}

func (f *traceFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) > 1 {
		return &usageError{message: "one thing to trace at a time", hint: "trailbox trace " + args[0]}
	}
	if *f.depth < 0 {
		return &usageError{message: "--depth is less than 0", hint: "--depth 1 is for one hop, 0 for all"}
	}
	if err := f.filter.check(); err != nil {
		return err
	}
	s.zone = f.filter.zone.zone
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	question := lineage.Question{Up: *f.up || !*f.down, Down: *f.down || !*f.up, Depth: *f.depth}
	if len(args) == 1 {
		if question.What = args[0]; question.What == "" || !utf8.ValidString(question.What) {
			return &usageError{message: fmt.Sprintf("%q is nothing to trace", question.What), hint: "trailbox trace AKIAIOSFODNN7EXAMPLE"}
		}
	}
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.trace(ctx, s, store, question), store.Close())
}

func (f *traceFlags) trace(ctx context.Context, s streams, store *schema.Store, question lineage.Question) error {
	if err := f.filter.settle(ctx, s, store, *f.answer.quiet); err != nil {
		return err
	}
	question.Filter = f.filter.Filter
	covered, err := query.Cover(ctx, store, question.Filter)
	if err := errors.Join(err, s.page.know(ctx, store)); err != nil {
		return err
	}
	s.page.cover(&covered)
	s.page.ask(strings.TrimSpace("Who is behind it, and what came of it: "+question.What), "each session, where it comes from, and what was issued from it; * marks what was asked for, ? what only may be its origin")
	nothing := ""
	if !*f.answer.quiet {
		if covered.Events == 0 {
			err = tellNotLoaded(ctx, s, store, limiting(&question.Filter))
		} else {
			say(s.unheard(), "covers %s", &covered)
			nothing = fmt.Sprintf("nothing found: no credential or session goes by that among these %s events", query.Count(covered.Events))
		}
		if err != nil {
			return err
		}
	}
	forest, err := lineage.Trace(ctx, store, question)
	if err != nil {
		return err
	}
	if len(forest.Sessions) == 0 && f.answer.inWords() {
		if nothing != "" {
			say(s.err, "%s", nothing)
		}
		return nil
	}
	if s.page != nil && len(forest.Sessions) > 0 {
		err := forest.WriteTrees(&s.page.words, lineage.Layout{Width: pageWidth, Zone: s.zone, First: covered.First})
		if err != nil {
			return err
		}
	}
	if !f.answer.inWords() && f.answer.format != formatDOT && f.answer.format != formatMermaid {
		return f.answer.write(s, nothing, func() (query.Result, error) { return forest.Rows(), nil }, nil)
	}
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return err
	}
	switch f.answer.format {
	case formatDOT:
		err = forest.WriteDOT(to.answer())
	case formatMermaid:
		err = forest.WriteMermaid(to.answer())
	default:
		err = forest.WriteTrees(to.answer(), lineage.Layout{Width: to.width(), Zone: to.zone, First: covered.First})
	}
	if err == nil && forest.Cut && !*f.answer.quiet {
		say(s.err, "--depth %d leaves out what is further away", *f.depth)
	}
	return errors.Join(err, done())
}

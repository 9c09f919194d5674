package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/dossier"
	"trailbox/query/evidence"
	"trailbox/schema"
)

func caseCommand() command {
	return command{
		name: "case", args: "[verify] DIR", summary: "all about one actor, key, address or time, in a folder",
		about: `
writes what a responder hands on: a page that sums it up (summary.html), timelines,
what was read, destroyed and made of the logging, what rules would have told, the
records byte for byte, the log files with their hashes, each statement that was run,
and a manifest of it all (manifest.json):

  trailbox case /cases/7 --actor deploy-bot --since 2026-03-02
  trailbox case /cases/8 --access-key AKIADEPLOYBOTEXAMPLE

DIR must not be there yet, or be empty. Until the case is whole its folder has
another name, DIR.unfinished-.... With --sign and --timestamp others can check who
made it, and since when it is there, without trailbox.

case verify DIR checks such a folder, or a pack: that each file is as the manifest
says and no other is there, who signed it, and its time stamp; with --store FILE it
asks every statement again, and names each answer that is another one now:

  trailbox case verify /cases/7 --signers allowed_signers --store trailbox.duckdb

It ends with 3 if a rule matched, or if something that was asked for could not be
looked at: a period that is not covered, a damaged file, a file that is not proven
in a store that was verified. It ends with 4 if a rule is refused, unless it is 3.
case verify ends with 3 if something is not as it was, or nobody known has signed it.`,
		prepare: prepareCase,
	}
}

// caseFlags are the flags of case.
type caseFlags struct {
	setFlags
	set       *pflag.FlagSet
	store     *storeFlags
	filter    filterFlags
	kin       *bool
	seal      sealFlags
	verifying verifyingFlags
	quiet     *bool
}

func prepareCase(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &caseFlags{set: flags, store: storeFlag(flags)}
	f.filter.define(flags)
	f.kin = flags.Bool("with-descendants", false, "also what the sessions did that descend from those asked for, to any depth: of roles that they took, keys that they made, machines that they started")
	f.define(flags)
	f.seal.define(flags)
	f.verifying.define(flags)
	f.quiet = f.verifying.answer.quiet
	return f.run
}

func (f *caseFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) > 0 && args[0] == "verify" {
		return f.verify(ctx, s, args[1:])
	}
	if len(args) != 1 {
		return &usageError{message: "case needs one folder to write to", hint: "trailbox case DIR --actor NAME"}
	}
	dir := args[0]
	if err := errors.Join(f.checkVerb(false), f.filter.check(), f.checkRules(), f.seal.check()); err != nil {
		return err
	}
	timeline, err := query.FindReport("timeline")
	if err != nil {
		return err
	}
	timeline.Needs = append(timeline.Needs, "user-agent", "caller-account", "event-source")
	if timeline.TooWide(f.filter.Filter) {
		return &usageError{message: "a case is about somebody or some time", hint: "trailbox case " + dir + " --actor NAME, or --access-key, --source-ip, --user-agent, --since"}
	}
	if *f.kin && !f.filter.HasWho() {
		return &usageError{
			message: "--with-descendants needs one of --actor, --access-key, --source-ip, --user-agent, --caller-account",
			hint:    "trailbox case " + dir + " --actor NAME --with-descendants",
		}
	}
	if err := evidence.Free(dir); err != nil {
		return &usageError{message: err.Error(), hint: "name a folder that is not there yet"}
	}
	set, err := f.loadSet(ctx, s, f.store, f.filter.Filter, *f.quiet)
	if err != nil {
		return err
	}
	seals, done, err := f.seal.seals(ctx, s)
	if err != nil {
		return err
	}
	return errors.Join(f.make(ctx, s, dir, set, seals), done())
}

// make makes the case.
func (f *caseFlags) make(ctx context.Context, s streams, dir string, set *alarm.Set, seals []evidence.Seal) error {
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.write(ctx, s, store, dir, set, seals), store.Close())
}

// write writes the case.
func (f *caseFlags) write(ctx context.Context, s streams, store *schema.Store, dir string, set *alarm.Set, seals []evidence.Seal) error {
	tell := telling(s, *f.quiet)
	if err := f.filter.settle(ctx, s, store, true); err != nil {
		return err
	}
	q := dossier.Question{
		Filter: f.filter.Filter, Descendants: *f.kin, Command: f.command(), Rules: set, Sources: f.sources, Alarms: f.options,
		Made: time.Now(), By: evidence.Whoever(), Seals: seals,
	}
	misses, err := f.filter.Misses(ctx, store)
	if err != nil {
		return err
	}
	for i := range misses {
		q.Limits = append(q.Limits, evidence.Limit{Text: misses[i].String()})
	}
	nothing := ""
	if !*f.quiet {
		if nothing, err = tellCoverage(ctx, s, store, &q.Filter); err != nil {
			return err
		}
	}
	q.Program.Version = version()
	if q.Program.Engine, err = schema.EngineVersion(ctx); err != nil {
		return err
	}
	m, err := dossier.Write(ctx, store, dir, q)
	if m == nil {
		return err
	}
	for _, l := range m.Limits {
		tell("%s", l.Text)
	}
	if m.Counts.Events == 0 && nothing != "" {
		tell("%s", nothing)
	}
	tell("%s in %s, %d of them queries: %s sums it up", query.Plural(int64(len(m.Files)+1), "file"), dir, m.Queries(), filepath.Join(dir, "summary.html"))
	switch {
	case err != nil: // it is there, and not sealed
		return err
	case m.Found():
		return errFindings
	default:
		return refused(set)
	}
}

// command is the command line that asks for the same: periods that began so long ago have
// their time in it.
func (f *caseFlags) command() []string {
	words := []string{"trailbox", "case"}
	for _, t := range [...]struct {
		flag string
		time time.Time
	}{{"--since", f.filter.Since}, {"--until", f.filter.Until}} {
		if !t.time.IsZero() {
			words = append(words, t.flag, t.time.UTC().Format(time.RFC3339Nano))
		}
	}
	words = append(words, f.filter.Words()...)
	if *f.kin {
		words = append(words, "--with-descendants")
	}
	for _, rules := range f.sources {
		words = append(words, "--rules", rules)
	}
	return words
}

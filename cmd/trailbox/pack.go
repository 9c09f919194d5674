package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/evidence"
	packs "trailbox/query/pack"
	"trailbox/schema"
)

func packCommand() command {
	return command{
		name: "pack", args: "[NAME]", summary: "what a standard asks for, control by control, in a folder",
		about: `
Without NAME it lists the packs, with NAME alone it prints the controls of one, and with
--to it fills it from the store: of each control all rows of its populations, a
sample, the exceptions and the statements; a page (index.html), a workbook and a
manifest.

  trailbox pack pci-4.0.1
  trailbox pack pci-4.0.1 --since 2026-01-01 --until 2026-07-01 --to /audit/h1
  trailbox pack ./mine.yaml --since 90d --to /audit/mine

DIR must not be there yet, or be empty. With --sign and --timestamp others can check
who made it, and since when it is there; trailbox case verify DIR does. It ends with 3 if there are exceptions, days
that are missing, or something else to look at, and with 4 if a statement of the
pack cannot be run, unless it is 3. No pack says that anybody is compliant.`,
		prepare: preparePack,
	}
}

// packFlags are the flags of pack.
type packFlags struct {
	store  *storeFlags
	times  scopeFlags
	to     string
	inputs struct{ scope, admins, approved, credentials string }
	sample int
	seed   int64
	seal   sealFlags
	quiet  *bool
}

// The usual sample, of auditors who take one of a control that works all day.
const (
	usualSample = 25
	maxSample   = 10_000 // it is held in memory
)

func preparePack(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &packFlags{store: storeFlag(flags)}
	f.times.defineTimes(flags)
	flags.StringVar(&f.to, "to", "", "fill the pack, in this folder (`DIR`)")
	flags.StringVar(&f.inputs.scope, "scope", "", "`FILE` with the accounts, Regions, buckets, tables and keys in scope (YAML)")
	flags.StringVar(&f.inputs.admins, "admins", "", "`FILE` that names who has administrative access (YAML)")
	flags.StringVar(&f.inputs.approved, "approved", "", "`FILE` with approved changes and their tickets (CSV)")
	flags.StringVar(&f.inputs.credentials, "credential-report", "", "`FILE` with IAM's credential report (CSV)")
	flags.IntVar(&f.sample, "sample", usualSample, "how many rows (`N`) of each population to draw")
	flags.Int64Var(&f.seed, "seed", 1, "the number (`N`) that the sample is drawn by")
	f.seal.define(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *packFlags) run(ctx context.Context, s streams, args []string) error {
	switch {
	case len(args) > 1:
		return &usageError{message: "one pack at a time", hint: "trailbox pack " + args[0]}
	case len(args) == 0 && f.to != "":
		return &usageError{message: "pack --to needs the name of a pack", hint: "trailbox pack pci-4.0.1 --since 90d --to DIR"}
	case f.sample < 0 || f.sample > maxSample:
		return &usageError{message: fmt.Sprintf("--sample %d is not between 0 and %d", f.sample, maxSample), hint: "--sample 25"}
	case len(args) == 0:
		return listPacks(s)
	}
	p, err := findPack(args[0])
	if err != nil {
		return err
	}
	if f.to == "" {
		return printPack(s, p)
	}
	if err := errors.Join(f.times.check(), f.seal.check()); err != nil {
		return err
	}
	if f.times.Since.IsZero() {
		return &usageError{message: "a pack is about a period: --since, and --until unless it ends now", hint: fmt.Sprintf("trailbox pack %s --since 90d --to %s", args[0], f.to)}
	}
	now := time.Now()
	if f.times.Until.IsZero() {
		f.times.Until = now.UTC().Truncate(time.Second)
	}
	if !f.times.Since.Before(f.times.Until) {
		return &usageError{message: fmt.Sprintf("--since %s is not before now", f.times.Since.Format(time.RFC3339)), hint: "a period that has begun"}
	}
	if err := evidence.Free(f.to); err != nil {
		return &usageError{message: err.Error(), hint: "name a folder that is not there yet"}
	}
	q := packs.Question{
		Pack: p, Period: schema.Scope{Since: f.times.Since, Until: f.times.Until}, Sample: f.sample, Seed: f.seed,
		Command: f.command(args[0]), Made: now, By: evidence.Whoever(),
	}
	if q.Inputs, err = f.read(); err != nil {
		return err
	}
	seals, done, err := f.seal.seals(ctx, s)
	if err != nil {
		return err
	}
	q.Seals = seals
	return errors.Join(f.make(ctx, s, q), done())
}

// make makes the pack.
func (f *packFlags) make(ctx context.Context, s streams, q packs.Question) error {
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.fill(ctx, s, store, q), store.Close())
}

// findPack finds a pack by its name, or reads one from a path.
func findPack(name string) (*packs.Pack, error) {
	if !strings.ContainsAny(name, `/\`) && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		return packs.Find(name)
	}
	text, err := readInput(name)
	if err != nil {
		return nil, err
	}
	return packs.Parse(name, text)
}

// readInput reads a file that was named on the command line.
func readInput(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(in, packs.MaxInputBytes+1))
	return text, errors.Join(err, in.Close())
}

// read reads the files that go with a pack.
func (f *packFlags) read() (in packs.Inputs, err error) {
	err = errors.Join(
		readTo(&in.Scope, f.inputs.scope, packs.ParseScope),
		readTo(&in.Admins, f.inputs.admins, packs.ParseAdmins),
		readTo(&in.Approved, f.inputs.approved, packs.ParseApproved),
		readTo(&in.Credentials, f.inputs.credentials, packs.ParseCredentials),
	)
	return in, err
}

// readTo reads a file, if there is one.
func readTo[T any](to **T, path string, parse func(path string, text []byte) (*T, error)) error {
	if path == "" {
		return nil
	}
	text, err := readInput(path)
	if err != nil {
		return err
	}
	parsed, err := parse(path, text)
	if err == nil {
		*to = parsed
	}
	return err
}

// fill fills the pack.
func (f *packFlags) fill(ctx context.Context, s streams, store *schema.Store, q packs.Question) (err error) {
	tell := telling(s, *f.quiet)
	q.Program.Version = version()
	if q.Program.Engine, err = schema.EngineVersion(ctx); err != nil {
		return err
	}
	m, err := packs.Write(ctx, store, f.to, q)
	if m == nil {
		return err
	}
	for _, l := range m.Limits {
		tell("%s", l.Text)
	}
	for _, c := range m.Controls {
		tell("%s  %s: %s", c.ID, c.Title, c.Answer)
		for _, p := range c.Populations {
			if p.CannotRun != "" {
				say(s.err, "trailbox: control %s, population %s cannot be run: %s", c.ID, p.Name, p.CannotRun)
			}
		}
	}
	tell("%s of %s in %s: %s sums it up", query.Plural(m.Exceptions(), "exception"), query.Plural(int64(len(m.Controls)), "control"), f.to, filepath.Join(f.to, "index.html"))
	switch {
	case err != nil: // it is there, and not sealed
		return err
	case m.Found():
		return errFindings
	case m.CannotRun() > 0:
		return errUnrun
	}
	return nil
}

// command is the command line that asks for the same: times that were given as how long ago
// are times in it.
func (f *packFlags) command(name string) []string {
	words := []string{"trailbox", "pack", name, "--since", stampOf(f.times.Since), "--until", stampOf(f.times.Until)}
	for _, input := range [...]struct{ flag, path string }{
		{"--scope", f.inputs.scope}, {"--admins", f.inputs.admins}, {"--approved", f.inputs.approved}, {"--credential-report", f.inputs.credentials},
	} {
		if input.path != "" {
			words = append(words, input.flag, input.path)
		}
	}
	return append(words, "--sample", strconv.Itoa(f.sample), "--seed", strconv.FormatInt(f.seed, 10))
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// listPacks lists the packs of ours.
func listPacks(s streams) error {
	for _, p := range packs.Packs() {
		fmt.Fprintf(s.out, "%-22s  %s, %s\n", p.Name, p.Standard, query.Plural(int64(len(p.Controls)), "control"))
	}
	return nil
}

// printPack prints the controls of a pack.
func printPack(s streams, p *packs.Pack) error {
	width := s.width()
	if width <= 0 || width > helpWidth {
		width = helpWidth
	}
	var b strings.Builder
	line := func(indent, text string) {
		for _, line := range query.Wrap(query.Escape(text), width-len(indent)) {
			b.WriteString(indent + strings.TrimRight(line, " ") + "\n")
		}
	}
	line("", p.Standard)
	if p.About != "" {
		line("", p.About)
	}
	for _, c := range p.Controls {
		b.WriteString("\n")
		line("", c.ID+"  "+c.Title)
		line("    ", c.Question)
		line("    ", "asks: "+c.Asks)
		for _, population := range c.Populations {
			line("    ", "looks at: "+population.Title+" ("+population.Source()+")")
		}
		if c.Exception != "" {
			line("    ", "exception: "+c.Exception)
		}
		for _, text := range c.NotShown {
			line("    ", "not shown: "+text)
		}
	}
	_, err := io.WriteString(s.answer(), b.String())
	return err
}

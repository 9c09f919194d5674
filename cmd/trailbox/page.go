package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/query/integrity"
	"trailbox/query/page"
	"trailbox/schema"
)

// An answerPage is an answer on its way to a page: the commands tell it what it is about, and
// what they say to people besides it hears itself. To a nil one nothing is told.
type answerPage struct {
	page.Answer
	rows  page.Rows
	words strings.Builder
	args  []string  // of the command line that asks the same
	until time.Time // that a period ends, where nobody said so
}

// A listener is stderr, of which a page takes over what is said.
type listener struct {
	to    io.Writer
	heard []string
}

func (l *listener) Write(b []byte) (int, error) { return l.to.Write(b) }

// unheard is stderr for what is no part of an answer.
func (s *streams) unheard() io.Writer {
	if l, ok := s.err.(*listener); ok {
		return l.to
	}
	return s.err
}

// pageOf is the file of the page that the answer is to become, by the flags.
func pageOf(flags *pflag.FlagSet) (to string, ok bool) {
	output := flags.Lookup("output")
	if output == nil {
		return "", false
	}
	form, ok := output.Value.(*answerValue)
	if !ok {
		return "", false
	}
	to = flags.Lookup("to").Value.String()
	return to, to != "" && (form.given == query.FormatHTML || form.given == "" && isPage(to))
}

// runToPage runs the command with a page for its answer. It is written whatever was found, unless
// the command failed.
func (c *command) runToPage(ctx context.Context, s streams, flags *pflag.FlagSet, args []string, to string, start func(context.Context, streams, []string) error) error {
	l := &listener{to: s.err}
	// With --quiet the page says all the same what it is about.
	if quiet := flags.Lookup("quiet").Value; quiet.String() == "true" {
		l.to = io.Discard
		if err := quiet.Set("false"); err != nil {
			return err
		}
	}
	s.err = l
	s.page = &answerPage{args: flags.Args()}
	s.page.Command, s.page.Title, s.page.Made = c.name, c.summary, time.Now().UTC()
	s.page.Asked = query.ShellCommand(append([]string{"trailbox", c.name}, args...))
	failed := start(ctx, s, flags.Args())
	if !isDone(failed) {
		return failed
	}
	if s.page.rows.SHA256() == "" {
		return failed // no answer was asked for: it was the list of reports
	}
	if s.page.Told = l.heard; errors.Is(failed, errUnrun) {
		s.page.warn()
	}
	s.page.Check = s.page.checkLine(c.again(flags))
	if err := s.page.finish(ctx, to); err != nil {
		return err
	}
	if s.page.rows.Shown() < s.page.rows.All() {
		say(l.to, "%s has the first %s of %s rows, and the hash of all: --to FILE.csv has all", to, query.Count(s.page.rows.Shown()), query.Count(s.page.rows.All()))
	}
	return failed
}

// again is the command line as it is, but for where the answer goes and how it looks. Times that
// began so long ago are written out.
func (c *command) again(flags *pflag.FlagSet) (words []string) {
	seen := map[pflag.Value]bool{} // some have two names
	flags.Visit(func(f *pflag.Flag) {
		var values []string
		switch v := f.Value.(type) {
		case *timeValue:
			values = []string{v.time.UTC().Format(time.RFC3339Nano)}
		case *awsTimeValue:
			values = []string{v.time.UTC().Format(time.RFC3339Nano)}
		case *matchValue:
			values = v.texts
		case pflag.SliceValue:
			values = v.GetSlice()
		default:
			values = []string{v.String()}
		}
		switch f.Name {
		case "to", "output", "quiet", "wide", "vertical", "no-pager", "color":
			return
		}
		if seen[f.Value] {
			return
		}
		seen[f.Value] = true
		for _, value := range values {
			words = append(words, flagWords(f, value)...)
		}
	})
	return words
}

// flagWords are a flag with a value, as a person would write it.
func flagWords(f *pflag.Flag, value string) []string {
	switch {
	case f.NoOptDefVal != "" && value == f.NoOptDefVal:
		return []string{"--" + f.Name}
	case f.NoOptDefVal != "" || strings.HasPrefix(value, "-"):
		return []string{"--" + f.Name + "=" + value}
	}
	return []string{"--" + f.Name, value}
}

// checkLine is the command line that prints the same rows as CSV.
func (p *answerPage) checkLine(flags []string) string {
	if !p.until.IsZero() {
		flags = append(flags, "--until", p.until.UTC().Format(time.RFC3339))
	}
	flags = append(flags, "-o", "csv")
	words := []string{"trailbox", p.Command}
	if slices.ContainsFunc(p.args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		return query.ShellCommand(slices.Concat(words, flags, []string{"--"}, p.args))
	}
	return query.ShellCommand(slices.Concat(words, p.args, flags))
}

// pageWidth is how many characters a line of words has on a page.
const pageWidth = 120

// ask says what the question is.
func (p *answerPage) ask(title, why string) {
	if p != nil {
		p.Title, p.Why = title, why
	}
}

// run adds a statement that was run.
func (p *answerPage) run(title, sql string) {
	if p != nil {
		p.SQL = append(p.SQL, page.Statement{Title: title, Text: strings.TrimSpace(sql)})
	}
}

// warn says that what is told is to be looked at before the answer is believed.
func (p *answerPage) warn() {
	if p != nil {
		p.Serious = true
	}
}

// know takes down which store it is.
func (p *answerPage) know(ctx context.Context, store *schema.Store) (err error) {
	if p == nil || p.Store != "" {
		return nil
	}
	p.Store = store.Path()
	p.Print, p.LogFiles, err = evidence.FingerprintOf(ctx, store)
	return err
}

// cover says what the answer is about.
func (p *answerPage) cover(c *query.Coverage) {
	if p == nil {
		return
	}
	p.Covers = c.String()
	p.Facts = append(p.Facts, page.Fact{Name: "events looked at", Value: query.Count(c.Events)})
	if c.Damaged+c.Failed > 0 {
		p.Facts = append(p.Facts, page.Fact{Name: "log files not looked at", Value: query.Count(c.Damaged + c.Failed), Note: "damaged or not fetched", Bad: true})
	}
	if !c.First.IsZero() {
		p.Facts = append(p.Facts,
			page.Fact{Name: "the first of them", Value: page.Stamp(c.First)},
			page.Fact{Name: "the last of them", Value: page.Stamp(c.Last), Note: page.Lasting(c.Last.Sub(c.First)) + " later"})
	}
}

// prove says how much is proven.
func (p *answerPage) prove(r *integrity.Result) {
	var digests, good int64
	for i := range r.Chains {
		digests, good = digests+r.Chains[i].Digests, good+r.Chains[i].DigestsGood
	}
	p.Facts = append(p.Facts, page.Fact{Name: "digests", Value: query.Count(digests), Note: query.Count(good) + " proven"})
	for _, part := range [...]struct {
		name   string
		counts map[integrity.State]int64
	}{{"log files", r.Files}, {"events", r.Events}} {
		all := int64(0)
		for _, n := range part.counts {
			all += n
		}
		fact := page.Fact{Name: part.name, Value: query.Count(all)}
		if all > 0 {
			fact.Note = query.Percent(part.counts[integrity.Proven], all) + " proven"
		}
		p.Facts = append(p.Facts, fact)
	}
}

// finish writes the page: beside its place, until it is whole.
func (p *answerPage) finish(ctx context.Context, to string) error {
	engine, err := schema.EngineVersion(ctx)
	if err != nil {
		return err
	}
	p.Program = fmt.Sprintf("trailbox %s (DuckDB %s)", version(), engine)
	p.Words, p.Rows = p.words.String(), &p.rows
	if len(p.Facts) > 0 {
		p.Facts = append([]page.Fact{{Name: "rows", Value: query.Count(p.rows.All())}}, p.Facts...)
	}
	return writeWhole(to, p.Write)
}

// writeWhole writes a file that is never seen in part, for its owner alone. What is there and no
// plain file, such as a pipe, is written to as it is.
func writeWhole(place string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(place); err == nil {
		place = target
	}
	if info, err := os.Stat(place); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(place, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(write(file), file.Close())
	}
	file, err := os.CreateTemp(filepath.Dir(place), filepath.Base(place)+".unfinished-*") // 0600
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), place)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// isThere says that a file can be made where it is to be.
func isThere(file string) error {
	_, err := os.Stat(cmp.Or(filepath.Dir(file), "."))
	if err != nil {
		return &os.PathError{Op: "open", Path: file, Err: errors.Unwrap(err)}
	}
	return nil
}

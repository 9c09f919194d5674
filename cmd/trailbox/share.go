package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/spf13/pflag"

	"trailbox/ingest"
	"trailbox/query"
	"trailbox/query/redact"
	"trailbox/schema"
)

func shareCommand() command {
	return command{
		name: "share", args: "DEST", summary: "a copy with pseudonyms for names, to give away",
		about: `
writes a copy of the events in which accounts, keys, principals, names, addresses,
hosts, buckets and objects have pseudonyms: a store (DEST ends in .duckdb), CSV or
Parquet. One name has one pseudonym everywhere, so that everything that can be
counted, joined and traced still can:

  trailbox share copy.duckdb --key case.key
  trailbox share copy.csv --key case.key --since 2026-03-02 --actor deploy-bot

FILE is an age identity, which is made if it is not there. Pseudonyms depend on
it alone: keep it, and keep it to yourself. DEST.map.age takes pseudonyms back, for
whoever has it:

  trailbox share --reveal copy.duckdb.map.age --key case.key < answer.txt

DEST.review.csv is what you look at before you give the copy away: free text, of
which nobody can know what it says. Where there is any, it ends with 3. Files that
are there are not written over.`,
		prepare: prepareShare,
	}
}

// shareFlags are the flags of share.
type shareFlags struct {
	store  *storeFlags
	key    string
	reveal string
	filter filterFlags
	quiet  *bool
}

func prepareShare(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &shareFlags{store: storeFlag(flags)}
	flags.StringVar(&f.key, "key", "", "make pseudonyms by the age identity in this `FILE`, and seal the map for it; it is made if it is not there")
	flags.StringVar(&f.reveal, "reveal", "", "put names back into standard input by the map in this `FILE`")
	f.filter.define(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *shareFlags) run(ctx context.Context, s streams, args []string) error {
	if f.key == "" {
		return &usageError{message: "share needs --key", hint: "--key FILE: an age identity, which is made if it is not there"}
	}
	if accessKey.MatchString(f.key) { // which is what --key is in other commands
		return &usageError{message: "--key is the file of a secret, not an access key", hint: "--access-key " + f.key + " --key FILE"}
	}
	if f.reveal != "" {
		if len(args) > 0 {
			return &usageError{message: "--reveal reads standard input, and writes no copy", hint: "trailbox share --reveal FILE --key FILE < answer.txt"}
		}
		return f.takeBack(s)
	}
	if len(args) != 1 {
		return &usageError{message: "share needs one file to write", hint: "trailbox share copy.duckdb --key FILE"}
	}
	if err := f.filter.check(); err != nil {
		return err
	}
	c := &sharing{shareFlags: f, s: s, dest: args[0], tell: telling(s, *f.quiet)}
	if err := c.check(); err != nil {
		return err
	}
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(c.make(ctx, store), store.Close())
}

var accessKey = regexp.MustCompile(`^(AKIA|ASIA)[A-Z0-9]{12,}$`)

// takeBack puts names in place of the pseudonyms in standard input, line by line.
func (f *shareFlags) takeBack(s streams) error {
	key, err := redact.ReadKey(f.key)
	if err != nil {
		return keyMisuse(err)
	}
	sealed, err := os.Open(f.reveal)
	if err != nil {
		return err
	}
	defer sealed.Close()
	names, err := redact.Open(sealed, key)
	if err != nil {
		return fmt.Errorf("cannot open %s: %w", f.reveal, err)
	}
	return names.Copy(s.out, s.in)
}

// keyMisuse makes a usage error of a file that is no key.
func keyMisuse(err error) error {
	var wrong *redact.KeyError
	if errors.As(err, &wrong) {
		return &usageError{message: "--key " + wrong.Error(), hint: "name a file that is not there yet, or one that age-keygen has made"}
	}
	return err
}

// A sharing is one run of share that makes a copy.
type sharing struct {
	*shareFlags
	s      streams
	dest   string
	ending string // .duckdb, .csv or .parquet
	tell   func(format string, args ...any)
	made   []string // unfinished files
}

// check settles what is written, and that nothing is written over.
func (c *sharing) check() error {
	switch c.ending = strings.ToLower(filepath.Ext(c.dest)); c.ending {
	case ".duckdb", ".csv", ".parquet":
	default:
		return &usageError{message: c.dest + ": its name does not tell what the copy is to be", hint: "let it end in .duckdb, .csv or .parquet"}
	}
	for _, path := range [...]string{c.dest, c.mapPath(), c.reviewPath()} {
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			return &usageError{message: path + " is there already", hint: "name another file: nothing is written over"}
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
		if isSameFile(path, c.key) {
			return &usageError{message: path + " is the key", hint: "name another file"}
		}
		if err := notTheStore(path, c.store.path); err != nil {
			return err
		}
	}
	return nil
}

func (c *sharing) mapPath() string    { return c.dest + ".map.age" }
func (c *sharing) reviewPath() string { return c.dest + ".review.csv" }

// make makes the copy.
func (c *sharing) make(ctx context.Context, store *schema.Store) error {
	if err := c.filter.settle(ctx, c.s, store, *c.quiet); err != nil {
		return err
	}
	nothing := "nothing found: no copy was made"
	if !*c.quiet {
		covered, err := tellCoverage(ctx, c.s, store, &c.filter.Filter)
		if err != nil {
			return err
		}
		if covered != "" {
			nothing = covered + "; no copy was made"
		}
	}
	n, err := query.CountEach(ctx, store, []query.Statement{c.filter.Condition()})
	if err != nil {
		return err
	}
	if n[0] == 0 {
		say(c.s.err, "%s", nothing)
		return errFindings
	}
	key, err := c.findKey()
	if err != nil {
		return err
	}
	defer c.clear()
	made, err := c.copy(ctx, store, key)
	if ctx.Err() != nil && err != nil {
		return errUncopied
	}
	if err != nil {
		return err
	}
	return c.report(ctx, store, made)
}

// findKey reads the key, or makes one.
func (c *sharing) findKey() (*redact.Key, error) {
	key, err := redact.ReadKey(c.key)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, keyMisuse(err)
	}
	if key, err = redact.NewKey(); err == nil {
		err = key.Write(c.key)
	}
	if err == nil {
		c.tell("made the key %s: whoever has it can take pseudonyms back", c.key)
	}
	return key, err
}

// unfinished is the name of a file until it is whole: beside the copy, with that ending.
func (c *sharing) unfinished(ending string) string {
	var random [8]byte
	rand.Read(random[:]) // never fails
	path := filepath.Join(filepath.Dir(c.dest), ".trailbox-share-"+hex.EncodeToString(random[:])+ending)
	c.made = append(c.made, path)
	return path
}

// clear removes what is unfinished.
func (c *sharing) clear() {
	for _, path := range c.made {
		os.Remove(path)
		os.Remove(path + ".wal")
	}
}

// publish gives a file its name, unless there is one of that name by now.
func (c *sharing) publish(from, to string) error {
	if err := os.Link(from, to); err == nil || errors.Is(err, fs.ErrExist) {
		return errors.Join(err, os.Remove(from))
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) { // not all file systems have links
		return fmt.Errorf("%s is there already: %w", to, fs.ErrExist)
	}
	return os.Rename(from, to)
}

// shareMemory is what DuckDB gets while the copy is loaded: as much as ingest gives it.
const shareMemory = ingest.DefaultMemory/16*3 + duckDBBesides

// copy writes the three files.
func (c *sharing) copy(ctx context.Context, store *schema.Store, key *redact.Key) (*redact.Copy, error) {
	r := redact.New(key)
	if err := c.watch("looking for names", func(told func(done, all int64)) error { return r.Learn(ctx, store, told) }); err != nil {
		return nil, err
	}
	path := c.unfinished(".duckdb")
	copied, err := schema.Create(ctx, path, shareMemory)
	if err != nil {
		return nil, err
	}
	made, err := c.fill(ctx, store, copied, r)
	if err = errors.Join(err, copied.Close()); err != nil {
		return nil, err
	}
	sealed, review, answer := c.unfinished(".age"), c.unfinished(".csv"), path
	err = create(sealed, func(to io.Writer) error { return r.Seal(to) })
	if err == nil {
		err = create(review, func(to io.Writer) error {
			_, err := query.Write(to, made.Review.Result(), query.FormatCSV, query.Screen{})
			return err
		})
	}
	if err == nil && c.ending != ".duckdb" {
		answer = c.unfinished(c.ending)
		err = c.export(ctx, path, answer)
	}
	// The copy comes last: where it is, the others are.
	return made, errors.Join(err, c.publishAll(err, sealed, c.mapPath(), review, c.reviewPath(), answer, c.dest))
}

// publishAll gives files their names, unless something went wrong; what was named is taken back
// when something does.
func (c *sharing) publishAll(wrong error, paths ...string) error {
	for i := 0; wrong == nil && i < len(paths); i += 2 {
		if wrong = c.publish(paths[i], paths[i+1]); wrong != nil {
			for j := 1; j < i; j += 2 {
				os.Remove(paths[j])
			}
			return wrong
		}
	}
	return nil
}

// create writes a file that is not there yet, for its owner alone.
func create(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}

// watch does something while it shows how far that is.
func (c *sharing) watch(what string, do func(told func(done, all int64)) error) error {
	var done, all atomic.Int64
	talk := c.s.err
	if *c.quiet {
		talk = io.Discard
	}
	screen := newStatusLine(talk, func(float64) string {
		return fmt.Sprintf("%s: %s of %s events", what, query.Count(done.Load()), query.Count(all.Load()))
	})
	screen.start()
	defer screen.stop()
	return do(func(d, a int64) { done.Store(d); all.Store(a) })
}

// fill rewrites the events and loads them into the store of the copy.
func (c *sharing) fill(ctx context.Context, store, copied *schema.Store, r *redact.Redactor) (made *redact.Copy, err error) {
	file, err := copied.TempFile()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	err = c.watch("giving pseudonyms", func(told func(done, all int64)) error {
		made, err = r.Copy(ctx, store, c.filter.Filter, file, told)
		return err
	})
	if err != nil {
		return nil, err
	}
	var wrong []error
	summary, err := ingest.Run(ctx, copied, []ingest.Source{&redacted{made, file, c.limits()}}, ingest.Options{
		Concurrency: 1, MaxFileBytes: maxCopiedFile, MaxRecordBytes: maxCopiedFile, Version: version(), Undelivered: true, Redacted: true,
		Finding: func(f schema.LogFile, cause error) { wrong = append(wrong, fmt.Errorf("%s: %w", f.URI, cause)) },
	})
	if err != nil {
		return nil, err
	}
	if len(wrong) > 0 || summary.EventsNew != made.Events {
		return nil, errors.Join(append(wrong[:min(len(wrong), 3)], fmt.Errorf("of %s events that were given pseudonyms the copy has %s", query.Count(made.Events), query.Count(summary.EventsNew)))...)
	}
	return made, nil
}

// maxCopiedFile is the largest log file of a copy, unpacked: of all that a store can have.
const maxCopiedFile = 1 << 40

// limits names the flags that the copy is limited by, whose values are names.
func (c *sharing) limits() string {
	flags := limiting(&query.Filter{Scope: c.filter.Scope})
	for _, word := range c.filter.Words() {
		if name, _, _ := strings.Cut(word, "="); strings.HasPrefix(name, "--") {
			flags = append(flags, name)
		}
	}
	return strings.Join(flags, ", ")
}

// export writes the events of the copy's store as CSV or Parquet.
func (c *sharing) export(ctx context.Context, from, to string) error {
	abs, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	store, err := schema.OpenFor(ctx, from, schema.Grants{To: abs})
	if err != nil {
		return err
	}
	if c.ending == ".parquet" {
		_, err = redact.EventsStatement().Export(ctx, store)
		return errors.Join(err, store.Close())
	}
	err = create(to, func(to io.Writer) error {
		result, err := redact.EventsStatement().Query(ctx, store)
		if err != nil {
			return err
		}
		_, err = query.Write(to, result, query.FormatCSV, query.Screen{})
		return err
	})
	return errors.Join(err, store.Close())
}

// report tells what came of it, and what is to be looked at.
func (c *sharing) report(ctx context.Context, store *schema.Store, made *redact.Copy) error {
	lost, err := redact.LostOf(ctx, store)
	if err != nil {
		return err
	}
	c.tell("%s: %s with pseudonyms; the map that takes them back is sealed in %s", c.dest, query.Plural(made.Events, "event"), c.mapPath())
	for _, l := range [...]struct {
		n    int64
		what string
	}{
		{lost.Repeats, "repeat"}, {lost.Digests, "digest file"}, {lost.Damaged, "damaged file"},
	} {
		if l.n > 0 {
			c.tell("not copied: %s of the store", query.Plural(l.n, l.what))
		}
	}
	if made.Failed > 0 {
		say(c.s.err, "trailbox: %s left out: they cannot be taken apart", query.Plural(made.Failed, "record"))
	}
	r := &made.Review
	if len(r.Rows) > 0 {
		c.tell("%s of all text is free text, %s is encoded and was not looked into: look at %s before you give the copy away",
			query.Percent(r.Free, r.Bytes), query.Percent(r.Encoded, r.Bytes), c.reviewPath())
	}
	if len(r.Rows) > 0 || made.Failed > 0 {
		return errFindings
	}
	return nil
}

// redacted is the source of a copy: log files with pseudonyms.
type redacted struct {
	copy   *redact.Copy
	file   io.ReaderAt
	limits string
}

// String says what the runs of the copy say.
func (r *redacted) String() string {
	text := "a redacted copy: pseudonyms stand for names"
	if r.limits != "" {
		text += "; limited by " + r.limits
	}
	return text
}

// List implements [ingest.Source].
func (r *redacted) List(context.Context, func(string) ingest.Want) iter.Seq2[ingest.Object, error] {
	return func(yield func(ingest.Object, error) bool) {
		for i := range r.copy.Files {
			f := &r.copy.Files[i]
			if !yield(ingest.Object{URI: f.URI, Size: f.Size, ETag: fmt.Sprint(f.At), Named: true, Near: true}, nil) {
				return
			}
		}
	}
}

// Fetch implements [ingest.Source].
func (r *redacted) Fetch(_ context.Context, o ingest.Object) ([]byte, schema.Signature, error) {
	var at int64
	if _, err := fmt.Sscan(o.ETag, &at); err != nil {
		return nil, schema.Signature{}, err
	}
	data := make([]byte, o.Size)
	_, err := r.file.ReadAt(data, at)
	return data, schema.Signature{}, err
}

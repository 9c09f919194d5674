package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/ingest"
	"trailbox/ingest/bucket"
	"trailbox/query"
	"trailbox/schema"
)

func ingestCommand() command {
	return command{
		name: "ingest", args: "SOURCE...", summary: "load log files into the store",
		about: `
A SOURCE is s3://bucket/prefix, a folder, a file, a pattern such as 'logs/*.gz',
- for the standard input, or cloudtrail: for the Event history that CloudTrail keeps
of the last 90 days, also where there is no trail. Any number of them can be given, as often as you
like: files that are in the store are not read again, events are not stored twice.

The time in a log file's name is that of its newest event, so --since and --until
choose files by it, and events by their eventTime. Events that were delivered
late are in later files: --slack says how much later to look.

--dry-run lists the sources, compares them with the store, and says what would be
fetched: nothing is fetched, and no store is made or changed.

S3 is read with the credentials that the AWS CLI uses. The caller needs
s3:ListBucket, s3:GetObject and, for encrypted trails, kms:Decrypt; for cloudtrail:
cloudtrail:LookupEvents and, unless --regions names them, ec2:DescribeRegions.`,
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			return newIngestFlags(flags).run
		},
	}
}

// ingestFlags are the flags of ingest.
type ingestFlags struct {
	line    string // what a command line begins with
	store   *storeFlags
	format  *query.Format
	quiet   *bool
	scope   scopeFlags
	slack   time.Duration
	s3      bucket.Options
	regions []string // of Event history
	options ingest.Options
	maxFile sizeValue
	record  sizeValue // the largest
	memory  sizeValue
	follow  bool
	dryRun  *bool
	found   map[string]bool // files of which a run before has told; nil: this is the only one
}

const (
	// minMemory is what --memory takes at least: with less DuckDB has no room for a row
	// group of each thread and its compression.
	minMemory = 512 << 20
	// What Go and DuckDB get beside three sixteenths of --memory each. Of 768 MiB they have 192 and
	// 256. The rest is for what neither counts: the program itself with 70, what DuckDB knows
	// of the row groups that it wrote, and above all what is free again and held for the next
	// row group, up to as much as is in use.
	goBesides     = 48 << 20
	duckDBBesides = 112 << 20
)

func newIngestFlags(flags *pflag.FlagSet) *ingestFlags {
	f := &ingestFlags{line: "trailbox ingest ", store: storeFlag(flags)}
	f.scope.define(flags)
	flags.DurationVar(&f.slack, "slack", ingest.DefaultSlack, "with --until, look for late events in files up to this `DURATION` later")
	f.defineReading(flags)
	f.dryRun = flags.Bool("dry-run", false, "only list and compare, and say what would be fetched")
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f
}

// defineReading defines the flags that say how sources are read.
func (f *ingestFlags) defineReading(flags *pflag.FlagSet) {
	f.maxFile, f.record, f.memory = ingest.DefaultMaxFileBytes, ingest.DefaultMaxRecordBytes, ingest.DefaultMemory
	flags.StringVar(&f.s3.Profile, "profile", "", "the `NAME` of a profile in the AWS configuration")
	flags.StringVar(&f.s3.Region, "region", "", "the bucket's `REGION`, if it cannot be found out; of cloudtrail: the only one to ask")
	flags.StringSliceVar(&f.regions, "regions", nil, "ask these `REGIONS` for cloudtrail:, or all that are enabled, which is the default")
	flags.StringVar(&f.s3.EndpointURL, "endpoint-url", "", "another S3 server's `URL`")
	flags.BoolVar(&f.s3.NoSignRequest, "no-sign-request", false, "read without credentials")
	flags.BoolVar(&f.s3.RequesterPays, "requester-pays", false, "agree to pay for requests to somebody else's bucket")
	flags.BoolVar(&f.s3.Versions, "versions", false, "read all versions in a versioned bucket, those of deleted objects too")
	flags.BoolVar(&f.s3.TryArchived, "force-glacier-transfer", false, "ask for objects of archive classes as for all others")
	flags.BoolVar(&f.follow, "follow-links", false, "follow symbolic links to folders, and out of the source folder")
	flags.IntVar(&f.options.Concurrency, "concurrency", 256, "read up to `N` files at a time, fewer if S3 asks for that")
	flags.Var(&f.maxFile, "max-file-size", "give up on files that unpack to more than this `SIZE`")
	flags.Var(&f.record, "max-record-size", "give up on files with a record of more than this `SIZE`")
	flags.Var(&f.memory, "memory", "get by with this `SIZE` of memory")
}

// prepareReading checks these flags and settles what goes by them; it returns how much
// memory DuckDB gets.
func (f *ingestFlags) prepareReading() (memory int64, err error) {
	if f.options.Concurrency < 1 {
		return 0, &usageError{message: "--concurrency must be at least 1", hint: "leave it out for the default"}
	}
	if f.memory < minMemory {
		return 0, &usageError{message: "--memory must be at least 512M", hint: "leave it out for the default, 768M"}
	}
	share := int64(f.memory) / 16 * 3
	debug.SetMemoryLimit(share + goBesides)
	return share + duckDBBesides, nil
}

func (f *ingestFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return &usageError{message: "ingest needs a source", hint: "trailbox ingest s3://bucket/AWSLogs/ or trailbox ingest FOLDER"}
	}
	memory, err := f.prepareReading()
	if err != nil {
		return err
	}
	if err := f.scope.check(); err != nil {
		return err
	}
	sources, err := f.sources(ctx, s, args)
	if err != nil {
		return err
	}
	if *f.dryRun {
		return f.plan(ctx, s, sources)
	}
	older := &catchUp{w: f.talk(s), path: f.store.path}
	store, err := schema.CreateFor(ctx, f.store.path, memory, f.store.grants(schema.Grants{Catching: older.tell}))
	older.stop()
	if err != nil {
		return err
	}
	if store.Mended() {
		sayMended(s.err, f.store.path)
	}
	err = f.load(ctx, s, store, sources)
	// What is in the write-ahead log goes into its place now.
	screen := newStatusLine(f.talk(s), func(float64) string { return "closing the store" })
	screen.start()
	closed := store.Close()
	screen.stop()
	if closed != nil && (errors.Is(err, errFindings) || errors.Is(err, ingest.ErrStopped)) {
		return closed // what was done so far may be lost
	}
	return errors.Join(err, closed)
}

// sayMended tells of a store that was put right.
func sayMended(w io.Writer, path string) {
	say(w, "%s: the last ingest was killed while it wrote a block, which is whole again; trailbox verify --self compares all that is in the store", path)
}

// talk is where what is not an error goes.
func (f *ingestFlags) talk(s streams) io.Writer {
	if *f.quiet {
		return io.Discard
	}
	return s.err
}

// sources opens what the arguments name, for one run.
func (f *ingestFlags) sources(ctx context.Context, s streams, args []string) ([]ingest.Source, error) {
	f.options.Progress = new(ingest.Progress)
	f.s3.Retries, f.s3.Lists = &f.options.Progress.Retries, &f.options.Progress.ListRequests
	var sources []ingest.Source
	for _, arg := range args {
		switch {
		case arg == "-":
			sources = append(sources, ingest.NewStream(s.in, int64(f.maxFile)))
		case strings.HasPrefix(arg, historyPrefix):
			source, err := f.history(ctx, arg)
			if err != nil {
				return nil, err
			}
			sources = append(sources, source)
		case bucket.IsURI(arg):
			if endpoint, found := bucket.InEndpoint(arg, f.s3.EndpointURL); found {
				return nil, &usageError{message: "--endpoint-url has the bucket in it", hint: f.line + bucketLine(arg, endpoint)}
			}
			source, err := bucket.Open(ctx, arg, f.s3)
			if err != nil {
				return nil, err
			}
			sources = append(sources, source)
		default:
			dirs, err := ingest.OpenPath(arg)
			if errors.Is(err, fs.ErrNotExist) {
				err = f.meant(arg, err)
			}
			if err != nil {
				return nil, err
			}
			for _, d := range dirs {
				d.FollowLinks = f.follow
				sources = append(sources, d)
			}
		}
	}
	return sources, nil
}

// meant makes the error of a source that is not there one that shows the line that was meant,
// where it looks like a bucket.
func (f *ingestFlags) meant(arg string, err error) error {
	uri, endpoint := bucket.Meant(arg)
	first, _, _ := strings.Cut(arg, "/")
	if _, here := os.Lstat(first); uri == "" || here == nil {
		return err
	}
	return &usageError{message: "no such file or folder; a bucket is named as s3://bucket/prefix", hint: f.line + bucketLine(uri, endpoint)}
}

// bucketLine is the end of a command line that reads a bucket.
func bucketLine(uri, endpoint string) string {
	if endpoint == "" {
		return query.ShellWord(uri)
	}
	return "--endpoint-url " + query.ShellWord(endpoint) + " " + query.ShellWord(uri)
}

// whole are the options of a run, from all the flags.
func (f *ingestFlags) whole() ingest.Options {
	opt := f.options
	opt.Version = version()
	opt.MaxFileBytes, opt.MaxRecordBytes = int64(f.maxFile), int64(f.record)
	opt.Memory = int64(f.memory)
	opt.Versions = f.s3.Versions
	opt.Filter = ingest.Filter{Scope: f.scope.Scope, Slack: f.slack}
	return opt
}

// load runs the ingest and tells what came of it.
func (f *ingestFlags) load(ctx context.Context, s streams, store *schema.Store, sources []ingest.Source) error {
	var reasons []string
	f.options.Other = func(file schema.LogFile, cause error) {
		if len(reasons) < foldAfter {
			reasons = append(reasons, file.URI+": "+cause.Error())
		}
	}
	summary, err := f.take(ctx, s, store, sources)
	if errors.Is(err, ingest.ErrStopped) {
		return errors.Join(err, f.tell(s, &summary))
	}
	if err != nil {
		return err
	}
	if err := f.tell(s, &summary); err != nil {
		return err
	}
	nothing := summary.FilesLoaded+summary.FilesKnown+summary.FilesFiltered+summary.FilesDamaged+summary.FilesArchived+summary.FoldersFiltered == 0
	if nothing {
		for _, reason := range reasons {
			say(s.err, "trailbox: %s", reason)
		}
		say(s.err, "trailbox: nothing was loaded: of %s listed none is CloudTrail's", query.Plural(summary.FilesListed, "file"))
	}
	if nothing || hasFindings(&summary) {
		return errFindings
	}
	return nil
}

// hasFindings says that a run has found something to look at.
func hasFindings(s *ingest.Summary) bool {
	return len(s.Errors) > 0 || s.FilesDamaged > 0 || s.FilesArchived > 0 || s.Conflicts > 0
}

// take runs the ingest, and tells on the way how far it is and what is odd.
func (f *ingestFlags) take(ctx context.Context, s streams, store *schema.Store, sources []ingest.Source) (ingest.Summary, error) {
	opt, talk := f.whole(), f.talk(s)
	f.resume(s, store, sources, &opt)
	screen := newStatusLine(talk, func(seconds float64) string { return ingestProgress(opt.Progress, seconds) })
	found := newFindings(s, screen)
	opt.Finding = func(file schema.LogFile, cause error) {
		if key := file.URI + "\x00" + file.ETag; !f.found[key] {
			found.add(file.URI, cause)
			if f.found != nil {
				f.found[key] = true
			}
		}
	}
	// Ctrl-C does not throw away what was fetched.
	opt.Stop = ctx.Done()
	ctx, hush := context.WithoutCancel(ctx), context.AfterFunc(ctx, func() {
		screen.interrupt(func() { fmt.Fprintln(talk, "interrupted: loading what was fetched; Ctrl-C again stops at once") })
	})
	screen.start()
	summary, err := ingest.Run(ctx, store, sources, opt)
	hush()
	screen.stop()
	found.rest()
	f.tellArchives(s, summary.Archives)
	if err != nil && !errors.Is(err, ingest.ErrStopped) && summary.FilesLoaded > 0 {
		say(s.err, "trailbox: %s files were loaded before it failed; they need not be read again", query.Count(summary.FilesLoaded))
	}
	return summary, err
}

// tell writes the answer: the summary, and for people what to do next.
func (f *ingestFlags) tell(s streams, summary *ingest.Summary) error {
	if *f.format != query.FormatTable {
		return writeObject(s, summary, *f.format)
	}
	printSummary(s.out, summary)
	if summary.EventsNew+summary.Repeats > 0 && !*f.quiet {
		say(s.err, "next: trailbox report")
	}
	return nil
}

// printSummary writes the counts so that the reader can add them up.
func printSummary(w io.Writer, s *ingest.Summary) {
	left, archived := "", ""
	if s.FilesArchived > 0 {
		archived = " + " + query.Count(s.FilesArchived) + " archived"
	}
	if s.FilesLeft > 0 {
		left = " + " + query.Count(s.FilesLeft) + " left"
	}
	fmt.Fprintf(w, "files    %12s listed = %s loaded + %s known + %s damaged%s + %s other + %s filtered out%s\n",
		query.Count(s.FilesListed), query.Count(s.FilesLoaded), query.Count(s.FilesKnown), query.Count(s.FilesDamaged), archived, query.Count(s.FilesOther), query.Count(s.FilesFiltered), left)
	if s.FilesChanged > 0 {
		fmt.Fprintf(w, "changed  %12s have other content than when they were loaded; the store keeps both\n", query.Count(s.FilesChanged))
	}
	if s.FoldersFiltered > 0 {
		fmt.Fprintf(w, "folders  %12s not looked into: of other accounts, Regions or days\n", query.Count(s.FoldersFiltered))
	}
	fmt.Fprintf(w, "records  %12s read   = %s new events + %s repeats + %s filtered out\n",
		query.Count(s.Records), query.Count(s.EventsNew), query.Count(s.Repeats), query.Count(s.EventsFiltered))
	if s.Conflicts > 0 {
		fmt.Fprintf(w, "conflicts %11s new events have the eventID of another event, and other bytes\n", query.Count(s.Conflicts))
	}
	if s.EventsTimeless > 0 {
		fmt.Fprintf(w, "no time  %12s new events have none that could be read: limits of time leave them out\n", query.Count(s.EventsTimeless))
	}
	printKinds(w, s.DigestFiles, s.AggregatedFiles)
	printNotRead(w, s.NotRead)
	if s.FilesUnseen > 0 {
		printUnseen(w, s.FilesUnseen)
	}
	if passed := passedOver(s); passed != "" {
		fmt.Fprintf(w, "passed over: %s\n", passed)
	}
	if s.Retries > 0 {
		fmt.Fprintf(w, "retries  %12s requests had to be made again\n", query.Count(s.Retries))
	}
	fmt.Fprintf(w, "size     %12s of JSON, from %s, in %s\n",
		megabytes(s.BytesJSON), megabytes(s.BytesCompressed), time.Duration(s.Seconds*float64(time.Second)).Round(10*time.Millisecond))
}

// tellArchives says what was not read since it is archived, and how it is restored. A watch
// does so when that has changed.
func (f *ingestFlags) tellArchives(s streams, archives []ingest.Archive) {
	for _, a := range archives {
		key := fmt.Sprint("archived\x00", a)
		if f.found[key] {
			continue
		}
		if f.found != nil {
			f.found[key] = true
		}
		say(s.err, "trailbox: %s (%s) not read: archived in %s", query.Plural(a.Files, "file"), megabytes(a.Bytes), a.Class)
		if command := restoreCommand(&a); command != "" {
			say(s.err, "hint: %s", command)
			say(s.err, "hint: that restores one of them; for many, see trailbox help topic input")
		}
	}
}

// restoreCommand is the line that restores an archived object.
func restoreCommand(a *ingest.Archive) string {
	rest, ok := strings.CutPrefix(a.URI, "s3://")
	if !ok {
		return ""
	}
	request := "Days=30,GlacierJobParameters={Tier=Bulk}"
	if strings.HasPrefix(a.Class, "INTELLIGENT_TIERING") { // it goes back to another tier, for good
		request = "GlacierJobParameters={Tier=Bulk}"
	}
	name, key, _ := strings.Cut(rest, "/")
	return fmt.Sprintf("aws s3api restore-object --bucket %s --key %s --restore-request '%s'", query.ShellWord(name), query.ShellWord(key), request)
}

// printKinds says which of the files are no log files, and are there all the same.
func printKinds(w io.Writer, digests, aggregated int64) {
	if digests > 0 {
		fmt.Fprintf(w, "digests  %12s of the files listed: trailbox verify compares the log files with them\n", query.Count(digests))
	}
	if aggregated > 0 {
		fmt.Fprintf(w, "other    %12s of aggregated events among them\n", query.Count(aggregated))
	}
}

// printNotRead says which files were not read, by kind.
func printNotRead(w io.Writer, kinds map[string]int64) {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		parts = append(parts, query.Count(kinds[kind])+" "+query.Escape(kind))
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "not read: %s\n", strings.Join(parts, ", "))
	}
}

// printUnseen says that some of those may be log files.
func printUnseen(w io.Writer, n int64) {
	fmt.Fprintf(w, "not looked at: %s of these, whose names do not tell what they are; see trailbox help topic input\n", query.Count(n))
}

// passedOver says what files had beside records.
func passedOver(s *ingest.Summary) string {
	var parts []string
	if s.AggregatedEvents > 0 {
		parts = append(parts, query.Plural(s.AggregatedEvents, "aggregated event"))
	}
	if s.ForeignValues > 0 {
		parts = append(parts, query.Count(s.ForeignValues)+" lines or values"+" of other programs")
	}
	return strings.Join(parts, ", ")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

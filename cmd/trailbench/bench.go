package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/schema"
)

func runCommand() command {
	return command{
		name: "run", args: "[FOLDER]", summary: "measure trailbox on archives made up, or on the log files of a folder",
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			var f runFlags
			flags.StringSliceVar(&f.shapes, "shape", []string{string(shapeSmall), string(shapeLarge)}, "make archives of these `SHAPES`: small, large, mixed")
			flags.IntVar(&f.events, "events", 100_000, "make them of `N` records")
			flags.Uint64Var(&f.seed, "seed", 1, "another `NUMBER`, other archives")
			flags.IntVar(&f.rounds, "runs", 3, "run everything `N` times, in turns")
			flags.StringVar(&f.trailbox, "trailbox", "", "the `PROGRAM` to measure; built from here if not given")
			flags.StringVar(&f.temp, "tmp", "", "put stores and archives into this `FOLDER`, for the time being")
			flags.Int64Var(&f.sampleMB, "sample-mb", 24, "rivals get a sample of `N` MB of gzip")
			flags.IntVar(&f.sampleObjects, "sample-objects", 10_000, "S3 with a delay gets a sample of `N` objects")
			flags.IntVar(&f.concurrency, "concurrency", 32, "from S3, get `N` objects at a time")
			flags.DurationVar(&f.latency, "latency", 30*time.Millisecond, "the delay of S3 is this `LONG`")
			flags.StringArrayVar(&f.ingestFlags, "ingest-flag", nil, "give trailbox ingest another `FLAG`, such as --max-file-size=1G")
			flags.StringSliceVar(&f.rivals, "rival", allRivals(), "also measure these `RIVALS`, or none")
			flags.StringSliceVar(&f.skip, "skip", nil, "leave out `WHAT`: "+strings.Join(parts(), ", "))
			flags.BoolVar(&f.long, "long", false, "also see whether the cost per event is flat: takes as long as all the rest")
			f.format = jsonFlag(flags)
			return f.run
		},
	}
}

// parts are what --skip takes.
func parts() []string {
	return []string{"rivals", "s3", "delay", "again", "queries"}
}

// Rivals, as --rival names them.
const (
	rivalReadJSON = "read-json" // DuckDB by itself
	rivalChdb     = "chdb"      // ClickHouse
)

func allRivals() []string { return []string{rivalReadJSON, rivalChdb} }

type runFlags struct {
	shapes         []string
	events, rounds int
	seed           uint64
	trailbox, temp string
	sampleMB       int64
	sampleObjects  int
	concurrency    int
	latency        time.Duration
	ingestFlags    []string
	rivals, skip   []string
	long           bool
	format         *outputFormat
}

// A machineReport is the answer as a whole.
type machineReport struct {
	Cores   int       `json:"cores"`
	System  string    `json:"system"`
	Version string    `json:"version"` // of trailbox
	Rounds  int       `json:"rounds"`
	Results []*result `json:"results"`
}

func (f *runFlags) run(ctx context.Context, s streams, args []string) (err error) {
	if len(args) > 1 || f.rounds < 1 || f.concurrency < 1 || f.sampleMB < 1 || f.sampleObjects < 1 {
		return &usageError{"run takes one folder, and numbers from 1 on", "trailbench run --runs 3 FOLDER"}
	}
	for _, what := range f.skip {
		if !slices.Contains(parts(), what) {
			return &usageError{"--skip " + what + ": there is no such part", "there are " + strings.Join(parts(), ", ")}
		}
	}
	if slices.Equal(f.rivals, []string{"none"}) {
		f.rivals, f.skip = nil, append(f.skip, "rivals")
	}
	for _, name := range f.rivals {
		if !slices.Contains(allRivals(), name) {
			return &usageError{"--rival " + name + ": there is no such rival", "there are " + strings.Join(allRivals(), ", ") + "; none for no rival"}
		}
	}
	for _, text := range f.shapes {
		if err := new(shape).Set(text); err != nil {
			return &usageError{"--shape " + text + ": there is no such shape", err.Error()}
		}
	}
	b := &bench{runFlags: f, talk: s.err}
	if b.temp, err = os.MkdirTemp(f.temp, "trailbench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.temp)) }()
	if b.temp, err = filepath.Abs(b.temp); err != nil {
		return err
	}
	b.env = childEnvironment(b.temp)
	if b.self, err = os.Executable(); err != nil {
		return err
	}
	report, err := b.all(ctx, args)
	if err != nil {
		return err
	}
	if *f.format == "json" {
		return writeJSON(s.out, report)
	}
	fmt.Fprintf(s.out, "%s, on %s with %d cores; medians of %d runs, in turns\n\n", report.Version, report.System, report.Cores, report.Rounds)
	for _, r := range report.Results {
		r.write(s.out)
	}
	return nil
}

// A bench is one run of the benchmarks.
type bench struct {
	*runFlags
	self string // this program
	env  []string
	temp string // a folder of ours, removed at the end
	talk io.Writer
}

func (b *bench) all(ctx context.Context, folders []string) (*machineReport, error) {
	if b.trailbox == "" {
		b.trailbox = filepath.Join(b.temp, "trailbox")
		build := exec.CommandContext(ctx, "go", "build", "-o", b.trailbox, "trailbox/cmd/trailbox")
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("cannot build trailbox: %w\n%s(run it within the repository, or name a --trailbox)", err, out)
		}
	}
	var err error
	if b.trailbox, err = filepath.Abs(b.trailbox); err != nil {
		return nil, err
	}
	version, _, err := b.child(ctx, b.trailbox, "version")
	if err != nil {
		return nil, err
	}
	report := &machineReport{Cores: runtime.GOMAXPROCS(0), System: runtime.GOOS + "/" + runtime.GOARCH, Version: strings.TrimSpace(string(version)), Rounds: b.rounds}
	add := func(a *archive) error {
		r, err := b.measure(ctx, a)
		report.Results = append(report.Results, r)
		return err
	}
	if len(folders) == 1 {
		a, err := b.scan(filepath.Base(folders[0]), folders[0])
		if err != nil {
			return nil, err
		}
		return report, add(a)
	}
	for _, shape := range b.shapes {
		a, err := b.make(ctx, shape)
		if err != nil {
			return nil, err
		}
		if err := add(a); err != nil {
			return nil, err
		}
		if err := os.RemoveAll(a.folder); err != nil {
			return nil, err
		}
	}
	return report, nil
}

// archiveFacts are what is to be said of an archive.
type archiveFacts struct {
	Name      string `json:"name"`
	Files     int    `json:"files"`
	BytesGzip int64  `json:"bytes_gzip"`
	ingestCounts
}

func (f archiveFacts) String() string {
	return fmt.Sprintf("%s: %d files, %d records (%d of them repeats), %.1f MB of JSON, %.1f MB of gzip",
		f.Name, f.Files, f.Records, f.Repeats, float64(f.BytesJSON)/1e6, float64(f.BytesGzip)/1e6)
}

// ingestCounts are what ingest says of a run, as far as it is to be the same in
// all of them.
type ingestCounts struct {
	Records   int64 `json:"records"`
	Repeats   int64 `json:"repeats"`
	BytesJSON int64 `json:"bytes_json"`
}

// An archive is a folder of log files.
type archive struct {
	archiveFacts
	folder string
	files  []archiveFile
	seen   bool // archiveFacts has ingestCounts
}

type archiveFile struct {
	path string // below the folder
	size int64
}

// make makes an archive up, in a process of its own, for the same reason as list
// goes name by name.
func (b *bench) make(ctx context.Context, shape string) (*archive, error) {
	fmt.Fprintf(b.talk, "%s: making %d records\n", shape, b.events)
	folder := filepath.Join(b.temp, shape)
	answer, _, err := b.child(ctx, b.self, "make", "-o", "json", "--shape", shape, "--events", strconv.Itoa(b.events), "--seed", strconv.FormatUint(b.seed, 10), folder)
	if err != nil {
		return nil, err
	}
	var made madeArchive
	if err := json.Unmarshal(answer, &made); err != nil {
		return nil, err
	}
	a, err := b.scan(shape, folder)
	if err == nil && (a.Files != made.Files || a.BytesGzip != made.BytesGzip) {
		err = fmt.Errorf("%s: %d files of %d bytes were made, %d of %d are there", folder, made.Files, made.BytesGzip, a.Files, a.BytesGzip)
	}
	if err != nil {
		return nil, err
	}
	a.seen, a.ingestCounts = true, ingestCounts{int64(made.Records), int64(made.Repeats), made.BytesJSON}
	return a, nil
}

// scan finds the log files below a folder.
func (b *bench) scan(name, folder string) (*archive, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	a := &archive{archiveFacts: archiveFacts{Name: name}, folder: folder}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		if class := schema.ParseKey(filepath.ToSlash(path)).Class; class != schema.ClassLogFile && class != schema.ClassMaybeLogFile {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		below, err := filepath.Rel(folder, path)
		a.files = append(a.files, archiveFile{below, info.Size()})
		a.Files++
		a.BytesGzip += info.Size()
		return err
	})
	if err == nil && a.Files == 0 {
		err = fmt.Errorf("%s: no log files in it", folder)
	}
	return a, err
}

// sample copies some of the files of an archive, spread evenly over all of it.
func (b *bench) sample(ctx context.Context, a *archive, name string, wanted func(i int) bool) (*archive, error) {
	s := &archive{archiveFacts: archiveFacts{Name: name}, folder: filepath.Join(b.temp, name)}
	for i, f := range a.files {
		if !wanted(i) {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		path := filepath.Join(s.folder, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, err
		}
		if err := copyFile(path, filepath.Join(a.folder, f.path)); err != nil {
			return nil, err
		}
		s.files = append(s.files, f)
		s.Files++
		s.BytesGzip += f.size
	}
	return s, nil
}

// list writes the archive's files down for yardsticks, below root: name by name,
// since Linux counts the memory of this process as its children's.
func (b *bench) list(a *archive, root string) (path string, err error) {
	path = filepath.Join(b.temp, "list")
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	out := bufio.NewWriter(file)
	for _, f := range a.files {
		out.WriteString(filepath.Join(root, f.path)) // errors come from Flush
		out.WriteByte(0)
	}
	return path, errors.Join(out.Flush(), file.Close())
}

// A contestant is a trial and how to run it.
type contestant struct {
	trial
	run func(ctx context.Context) (sample, error)
}

// inTurns runs A B C A B C, so that what else the machine does meets all alike.
func (b *bench) inTurns(ctx context.Context, r *result, contestants ...*contestant) error {
	for round := range b.rounds {
		for _, c := range contestants {
			s, err := c.run(ctx)
			if err != nil {
				return err
			}
			c.Samples = append(c.Samples, s)
			fmt.Fprintf(b.talk, "%s: %s, run %d of %d: %.2f s\n", r.Archive.Name, c.Name, round+1, b.rounds, s.Seconds)
		}
	}
	for _, c := range contestants {
		r.Trials = append(r.Trials, &c.trial)
	}
	return nil
}

// yardstick is a contestant of our own.
func (b *bench) yardstick(name string, args ...string) *contestant {
	return &contestant{trial: trial{Name: name}, run: func(ctx context.Context) (sample, error) {
		_, s, err := b.child(ctx, b.self, args...)
		return s, err
	}}
}

// query is a contestant that asks trailbox for something.
func (b *bench) query(name string, args ...string) *contestant {
	return &contestant{trial: trial{Name: name}, run: func(ctx context.Context) (sample, error) {
		_, s, err := b.child(ctx, b.trailbox, args...)
		return s, err
	}}
}

// load is a contestant that loads an archive, into a new store each time unless
// before makes one.
func (b *bench) load(name, store string, a *archive, before func() error, args ...string) *contestant {
	return &contestant{trial: trial{Name: name}, run: func(ctx context.Context) (sample, error) {
		err := removeStore(store)
		if err == nil && before != nil {
			err = before()
		}
		if err != nil {
			return sample{}, err
		}
		summary, s, err := b.ingest(ctx, store, args...)
		if err != nil {
			return s, err
		}
		counts := summary.ingestCounts
		if before != nil {
			counts.Repeats = a.Repeats // which are repeats depends on what was there
		}
		if !a.seen {
			a.seen, a.ingestCounts = true, counts
		}
		if counts != a.ingestCounts {
			return s, fmt.Errorf("%s: it was to read %+v, and read %+v", name, a.ingestCounts, counts)
		}
		return s, nil
	}}
}

// again is a contestant that finds nothing new in an archive.
func (b *bench) again(name, store string, args ...string) *contestant {
	return &contestant{trial: trial{Name: name}, run: func(ctx context.Context) (sample, error) {
		summary, s, err := b.ingest(ctx, store, args...)
		if err == nil && summary.Records != 0 {
			err = fmt.Errorf("%s: it read %d records again", name, summary.Records)
		}
		return s, err
	}}
}

func (b *bench) ingest(ctx context.Context, store string, args ...string) (summary struct{ ingestCounts }, s sample, err error) {
	args = slices.Concat([]string{"ingest", "--quiet", "-o", "json", "--store", store}, b.ingestFlags, args)
	answer, s, err := b.child(ctx, b.trailbox, args...)
	if err == nil {
		err = json.Unmarshal(answer, &summary)
	}
	return summary, s, err
}

func removeStore(store string) error {
	return errors.Join(os.RemoveAll(store), os.RemoveAll(store+".wal"), os.RemoveAll(store+".tmp"))
}

func (b *bench) skips(part string) bool { return slices.Contains(b.skip, part) }

func (b *bench) meets(rival string) bool { return slices.Contains(b.rivals, rival) }

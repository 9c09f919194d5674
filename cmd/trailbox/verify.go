package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/schema"
)

func verifyCommand() command {
	return command{
		name: "verify", args: "--self", summary: "prove that the store gives each log file back",
		about: `
--self rebuilds every log file from the store, byte for byte, and compares its
SHA-256 with the one taken when it was loaded. The original files are not needed.`,
		prepare: prepareVerify,
	}
}

// verifyFlags are the flags of verify.
type verifyFlags struct {
	store  *string
	self   *bool
	format *query.Format
	quiet  *bool
}

func prepareVerify(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &verifyFlags{store: storeFlag(flags)}
	f.self = flags.Bool("self", false, "rebuild each log file and compare its hash")
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f.run
}

func (f *verifyFlags) run(ctx context.Context, s streams, args []string) error {
	if !*f.self || len(args) > 0 {
		return &usageError{message: "say what to verify", hint: "trailbox verify --self"}
	}
	store, err := schema.Open(ctx, *f.store)
	if err != nil {
		return err
	}
	return errors.Join(f.verify(ctx, s, store), store.Close())
}

// A selfCheck is what verify --self found. Its counts add up:
// Files = Rebuilt + Kept + InPart + TooLarge + Different.
type selfCheck struct {
	Files     int           `json:"files"`
	Rebuilt   int           `json:"files_rebuilt"`   // from their records, with the hash of then
	Kept      int           `json:"files_kept"`      // whole in the store as delivered, with the hash of then
	InPart    int           `json:"files_in_part"`   // loaded with limits, so only the events within them are there
	TooLarge  int           `json:"files_too_large"` // not to be rebuilt from records, and too large to keep
	Different int           `json:"files_different"` // not what was loaded
	Bytes     int64         `json:"bytes"`
	Seconds   float64       `json:"seconds"`
	Findings  []selfFinding `json:"findings"`
}

type selfFinding struct {
	URI   string `json:"uri"`
	Error string `json:"error"`
}

func (f *verifyFlags) verify(ctx context.Context, s streams, store *schema.Store) error {
	began := time.Now()
	files, err := store.StoredFiles(ctx)
	if err != nil {
		return err
	}
	check := selfCheck{Files: len(files), Findings: []selfFinding{}}
	for i := range files {
		switch {
		case files[i].Rebuildable || files[i].Kept:
		case files[i].Filtered > 0:
			check.InPart++
		default:
			check.TooLarge++
		}
	}
	var done atomic.Int64
	talk := s.err
	if *f.quiet {
		talk = io.Discard
	}
	screen := newStatusLine(talk, func(seconds float64) string {
		return fmt.Sprintf("%s of %s files verified, %s files/s", count(done.Load()), count(int64(len(files))), count(int64(float64(done.Load())/seconds)))
	})
	var mu sync.Mutex
	screen.start()
	err = store.Rebuild(ctx, files, func(r schema.Rebuilt) error {
		done.Add(1)
		mu.Lock()
		defer mu.Unlock()
		check.Bytes += int64(len(r.Data))
		switch {
		case r.Err != nil:
			check.Different++
			check.Findings = append(check.Findings, selfFinding{r.URI, r.Err.Error()})
			screen.interrupt(func() { say(s.err, "trailbox: %s: %v", r.URI, r.Err) })
		case r.Rebuildable:
			check.Rebuilt++
		default:
			check.Kept++
		}
		return nil
	})
	screen.stop()
	if err != nil {
		return err
	}
	check.Seconds = time.Since(began).Seconds()
	if err := f.tell(s, &check); err != nil {
		return err
	}
	if check.Different > 0 {
		return errFindings
	}
	return nil
}

func (f *verifyFlags) tell(s streams, c *selfCheck) error {
	if *f.format != query.FormatTable {
		return writeObject(s.out, c, *f.format)
	}
	parts := []string{
		count(int64(c.Rebuilt)) + " rebuilt from their records",
		count(int64(c.Kept)) + " kept whole",
		count(int64(c.Different)) + " different",
	}
	if c.InPart > 0 {
		parts = append(parts, count(int64(c.InPart))+" loaded in part by the limits of their run")
	}
	if c.TooLarge > 0 {
		parts = append(parts, count(int64(c.TooLarge))+" too large to keep")
	}
	_, err := fmt.Fprintf(s.out, "%s files = %s\n%s compared by SHA-256 in %s\n",
		count(int64(c.Files)), strings.Join(parts, " + "), megabytes(c.Bytes),
		time.Duration(c.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	return err
}

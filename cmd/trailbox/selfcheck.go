package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

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

// selfCheck rebuilds each log file from the store, and compares its hash with the one that
// was taken when it was loaded.
func (f *verifyFlags) selfCheck(ctx context.Context, s streams, store *schema.Store) (*selfCheck, error) {
	began := time.Now()
	files, err := store.StoredFiles(ctx)
	if err != nil {
		return nil, err
	}
	check := &selfCheck{Files: len(files), Findings: []selfFinding{}}
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
	check.Seconds = time.Since(began).Seconds()
	return check, err
}

// runSelf is verify --self.
func (f *verifyFlags) runSelf(ctx context.Context, s streams, store *schema.Store) error {
	check, err := f.selfCheck(ctx, s, store)
	if err == nil && *f.format != query.FormatTable {
		err = writeObject(s.out, check, *f.format)
	} else if err == nil {
		err = check.tell(s.out)
	}
	if err == nil && check.Different > 0 {
		err = errFindings
	}
	return err
}

// tell writes the result for people.
func (c *selfCheck) tell(w io.Writer) error {
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
	_, err := fmt.Fprintf(w, "%s files = %s\n%s compared by SHA-256 in %s\n",
		count(int64(c.Files)), strings.Join(parts, " + "), megabytes(c.Bytes),
		time.Duration(c.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	return err
}

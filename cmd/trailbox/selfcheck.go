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

	"trailbox/ingest"
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
	Different int           `json:"files_different"` // not what was loaded, or the store's rows do not say what they do
	Strays    int64         `json:"rows_of_no_file"`
	Misstated int64         `json:"credentials_misstated"`
	Bytes     int64         `json:"bytes"`
	Seconds   float64       `json:"seconds"`
	Findings  []selfFinding `json:"findings"`

	unproven []int32 // files that nothing is proven of: different, in part, too large
}

type selfFinding struct {
	URI   string `json:"uri,omitempty"` // empty where it is of no file
	Error string `json:"error"`
}

// proveBytes is how much of log files is compared at a time: it is held twice, as it was
// delivered and as rows.
const proveBytes = 32 << 20

// A selfChecker rebuilds the log files of a store, compares their hashes with those of then,
// and what the store says of them with what they say.
type selfChecker struct {
	*selfCheck
	proving sync.Mutex // held while prover compares: then other files are still rebuilt
	prover  *schema.Prover
	tell    func(selfFinding)

	mu    sync.Mutex       // for what follows, and for selfCheck
	group []schema.Rebuilt // to be compared
	bytes int              // of them
}

// selfCheck checks a store that was opened for that.
func (f *verifyFlags) selfCheck(ctx context.Context, s streams, store *schema.Store) (*selfCheck, error) {
	began := time.Now()
	if err := store.ReadAll(ctx); err != nil {
		return nil, err
	}
	files, err := store.StoredFiles(ctx)
	if err != nil {
		return nil, err
	}
	prover, err := store.NewProver(ctx)
	if err != nil {
		return nil, err
	}
	defer prover.Close()
	var done atomic.Int64
	talk := s.err
	if *f.answer.quiet {
		talk = io.Discard
	}
	screen := newStatusLine(talk, func(seconds float64) string {
		return fmt.Sprintf("%s of %s files verified, %s files/s", query.Count(done.Load()), query.Count(int64(len(files))), query.Count(int64(float64(done.Load())/seconds)))
	})
	c := &selfChecker{selfCheck: &selfCheck{Files: len(files), Findings: []selfFinding{}}, prover: prover}
	c.tell = func(finding selfFinding) {
		screen.interrupt(func() { say(s.err, "trailbox: %s", finding) })
	}
	c.countUnprovable(files)
	screen.start()
	err = store.Rebuild(ctx, files, func(r schema.Rebuilt) error {
		done.Add(1)
		return c.take(ctx, r)
	})
	if err == nil {
		err = c.compare(ctx, c.group)
	}
	if err == nil {
		err = c.strays(ctx, store)
	}
	if err == nil {
		err = c.credentials(ctx, store)
	}
	screen.stop()
	c.Seconds = time.Since(began).Seconds()
	return c.selfCheck, err
}

// countUnprovable counts the files that cannot be given back.
func (c *selfChecker) countUnprovable(files []schema.StoredFile) {
	for i := range files {
		switch f := &files[i]; {
		case f.Rebuildable || f.Kept:
			continue
		case f.Filtered > 0:
			c.InPart++
		default:
			c.TooLarge++
		}
		c.unproven = append(c.unproven, files[i].File)
	}
}

// take takes a file that was given back.
func (c *selfChecker) take(ctx context.Context, r schema.Rebuilt) error {
	return c.compare(ctx, c.add(r))
}

// add adds a file to the group, and returns what is to be compared now.
func (c *selfChecker) add(r schema.Rebuilt) (group []schema.Rebuilt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Bytes += int64(len(r.Data))
	if r.Err != nil {
		c.find(r.StoredFile, r.Err.Error())
		return nil
	}
	if r.OverLimit > 0 {
		return []schema.Rebuilt{r}
	}
	c.group = append(c.group, r)
	if c.bytes += len(r.Data); c.bytes >= proveBytes {
		group, c.group, c.bytes = c.group, nil, 0
	}
	return group
}

// find notes what is wrong with a file; mu is held.
func (c *selfChecker) find(f *schema.StoredFile, what string) {
	c.Different++
	c.unproven = append(c.unproven, f.File)
	c.note(selfFinding{f.URI, what})
}

func (c *selfChecker) note(finding selfFinding) {
	c.Findings = append(c.Findings, finding)
	c.tell(finding)
}

// compare compares files with what the store says of them.
func (c *selfChecker) compare(ctx context.Context, group []schema.Rebuilt) error {
	if len(group) == 0 {
		return nil
	}
	c.proving.Lock()
	found, err := c.prover.Compare(ctx, ingest.Again(c.prover.Store(), group))
	c.proving.Unlock()
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	byFile := map[int32][]schema.Difference{}
	for _, d := range found {
		byFile[d.File] = append(byFile[d.File], d)
	}
	for i := range group {
		f := group[i].StoredFile
		switch differences := byFile[f.File]; {
		case len(differences) > 0:
			c.find(f, differencesText(differences))
		case f.Rebuildable:
			c.Rebuilt++
		default:
			c.Kept++
		}
	}
	return nil
}

// strays finds the rows of no file.
func (c *selfChecker) strays(ctx context.Context, store *schema.Store) error {
	for s, err := range store.Strays(ctx) {
		if err != nil {
			return err
		}
		c.Strays += s.Rows
		c.note(selfFinding{"", fmt.Sprintf("%s of the table %s are of no log file that the store has read", query.Plural(s.Rows, "row"), s.Table)})
	}
	return nil
}

// toldMisstated is how many credentials are named: whoever changes the tables of them whole
// changes all.
const toldMisstated = 100

// credentials finds what the tables of credentials say that the stored events do not.
func (c *selfChecker) credentials(ctx context.Context, store *schema.Store) error {
	for m, err := range store.ProveCredentials(ctx) {
		if err != nil {
			return err
		}
		if c.Misstated++; c.Misstated > toldMisstated {
			continue
		}
		text := fmt.Sprintf("the table %s does not say of %s what the stored events do", m.Table, m.Name)
		if m.Address != "" {
			text = fmt.Sprintf("the table %s does not say of %s, used from %s, what the stored events do", m.Table, m.Name, m.Address)
		}
		if m.Position != nil {
			text += fmt.Sprintf(", by record %d", *m.Position)
		}
		c.note(selfFinding{m.URI, text})
	}
	if more := c.Misstated - toldMisstated; more > 0 {
		c.note(selfFinding{"", fmt.Sprintf("nor do the tables of credentials of %s more", query.Count(more))})
	}
	return nil
}

// differencesText says how the store differs from a file: the first difference as an
// example of the others.
func differencesText(differences []schema.Difference) string {
	d := differences[0]
	at := ""
	if d.Position != nil {
		at = fmt.Sprintf(" of record %d", *d.Position)
	}
	text := ""
	switch {
	case d.What == "lacking":
		text = fmt.Sprintf("the store has no row%s", at)
	case d.What == "added":
		text = fmt.Sprintf("a row%s of the table %s is not in the file", at, d.Table)
	case d.Table == "digest_log_files":
		text = fmt.Sprintf("the table %s is not what the digest lists in place %d: %s", d.Table, *d.Position, strings.Join(d.Columns, ", "))
	default:
		text = fmt.Sprintf("the table %s does not say%s what the file does: %s", d.Table, at, strings.Join(d.Columns, ", "))
	}
	if more := len(differences) - 1; more > 0 {
		text += fmt.Sprintf("; and %s more", query.Count(int64(more)))
	}
	return text
}

func (f selfFinding) String() string {
	if f.URI == "" {
		return f.Error
	}
	return f.URI + ": " + f.Error
}

// sound reports whether all that could be compared is the same.
func (c *selfCheck) sound() bool { return c.Different == 0 && c.Strays == 0 && c.Misstated == 0 }

// runSelf is verify --self.
func (f *verifyFlags) runSelf(ctx context.Context, s streams, store *schema.Store) error {
	s.page.ask("Are the log files in the store as they were loaded?", "")
	check, err := f.selfCheck(ctx, s, store)
	if err := errors.Join(err, s.page.know(ctx, store)); err != nil {
		return err
	}
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return err
	}
	if f.answer.inWords() || s.page != nil {
		err = check.tell(to.answer())
	}
	if !f.answer.inWords() {
		err = errors.Join(err, writeObject(to, check, f.answer.format))
	}
	if err = errors.Join(err, done()); err == nil && !check.sound() {
		err = errFindings
	}
	return err
}

// tell writes the result for people.
func (c *selfCheck) tell(w io.Writer) error {
	parts := []string{
		query.Count(int64(c.Rebuilt)) + " rebuilt from their records",
		query.Count(int64(c.Kept)) + " kept whole",
		query.Count(int64(c.Different)) + " different",
	}
	if c.InPart > 0 {
		parts = append(parts, query.Count(int64(c.InPart))+" loaded in part by the limits of their run")
	}
	if c.TooLarge > 0 {
		parts = append(parts, query.Count(int64(c.TooLarge))+" too large to keep")
	}
	if c.Strays > 0 {
		fmt.Fprintf(w, "%s of no file\n", query.Plural(c.Strays, "row"))
	}
	if c.Misstated > 0 {
		fmt.Fprintf(w, "%s misstated\n", query.Plural(c.Misstated, "credential"))
	}
	_, err := fmt.Fprintf(w, "%s files = %s\n%s compared by SHA-256 in %s\n",
		query.Count(int64(c.Files)), strings.Join(parts, " + "), megabytes(c.Bytes),
		time.Duration(c.Seconds*float64(time.Second)).Round(10*time.Millisecond))
	return err
}

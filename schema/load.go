package schema

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

//go:embed sql/load.sql
var loadSQL string

// An EventSource is one batch of events, which DuckDB's threads pull into the
// store.
type EventSource interface {
	// NewReader returns a reader for the use of one thread. Readers share the
	// batch's events out between them.
	NewReader(ctx context.Context) EventReader
	// Ledger returns what belongs to the batch besides its events, once all its
	// readers have come to their end.
	Ledger() Ledger
}

// A Ledger is the rows that go with the events of a batch.
type Ledger struct {
	Files     []LogFile
	Repeats   []Repeat
	Originals []Original
	Digests   []Digest
	// Doubts are those of the new events that have the eventID of another, and Doubtful the
	// files with doubts, or with records that repeat one, as they were delivered; empty for one
	// that is not to be given back.
	Doubts   []Doubt
	Doubtful map[int32][]byte
	// Supersedes says that some of the files may have rows of before, which they take
	// the place of.
	Supersedes bool
}

// An EventReader hands out events.
type EventReader interface {
	// Next fills ev and reports whether there was an event. What ev points at
	// stays as it is until the next call.
	Next(ev *Event) (bool, error)
}

// Load reads src to its end into the store: its events, and the log files and
// repeats that src then tells of, in one transaction. When it returns an error
// the store is as it was before.
func (s *Store) Load(ctx context.Context, src EventSource) (err error) {
	s.loadOnce.Lock()
	defer s.loadOnce.Unlock()
	s.loading = &load{ctx: ctx, src: src}
	defer func() {
		s.loading.release()
		s.loading = nil
	}()

	if err := s.openAnew(ctx); err != nil {
		return err
	}
	if err := s.connectWriter(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.dropWriter()
			err = machineError(s.path, err)
			var short *MachineError
			if errors.As(err, &short) && short.Resource == Memory {
				if lost := s.reopen(ctx); lost != nil {
					err = lost
				}
			}
		}
	}()
	if err := s.stillThere(); err != nil {
		return err // before more is done in vain
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit this does nothing
	if err := s.writer.Raw(func(c any) error { return perform(c, loadSQL) }); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
	ledger := src.Ledger()
	uses, issues := s.loading.uses(), s.loading.issues()
	if len(ledger.Doubts) > 0 {
		uses.unsure, issues.all = true, true // some of their events are taken out again
		if err := s.settle(ctx, tx, &ledger); err != nil {
			return err
		}
	}
	files := make([]int32, len(ledger.Files))
	for i := range files {
		files[i] = ledger.Files[i].File
	}
	if err := s.keepCredentials(files, uses, issues); err != nil {
		return err
	}
	firstShape, shapes := s.shapes.unsaved()
	err = s.writer.Raw(func(c any) error {
		conn := c.(*connection)
		return errors.Join(
			appendRows(conn, "files", len(ledger.Files), func(i int) ([]driver.Value, error) { return fileRow(&ledger.Files[i]), nil }),
			appendRows(conn, "repeats", len(ledger.Repeats), func(i int) ([]driver.Value, error) { return repeatRow(&ledger.Repeats[i]), nil }),
			appendRows(conn, "originals", len(ledger.Originals), func(i int) ([]driver.Value, error) { return originalRow(&ledger.Originals[i]) }),
			appendRows(conn, "digests", len(ledger.Digests), func(i int) ([]driver.Value, error) { return digestRow(&ledger.Digests[i]), nil }),
			appendDigestLogFiles(conn, ledger.Digests),
			appendRows(conn, "shapes", len(shapes), func(i int) ([]driver.Value, error) {
				skeleton := []byte(shapes[i])
				return []driver.Value{firstShape + int32(i), skeleton, outline(skeleton)}, nil
			}),
		)
	})
	if err != nil {
		return err
	}
	if ledger.Supersedes && len(ledger.Files) > 0 {
		if _, err := tx.ExecContext(ctx, supersedeSQL, sql.Named("first", slices.MinFunc(ledger.Files, byNumber).File)); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.shapes.saved(len(shapes))
	for i := range ledger.Files {
		s.loaded += int(ledger.Files[i].New)
		s.anew.events += int(ledger.Files[i].New)
	}
	return nil
}

func appendRows(conn *connection, table string, n int, row func(i int) ([]driver.Value, error)) error {
	if n == 0 {
		return nil
	}
	appender, err := duckdb.NewAppender(conn.Conn, "store", "main", table)
	if err != nil {
		return err
	}
	pending := 0 // bytes, which it would hold until there are 2,048 rows
	for i := range n {
		values, err := row(i)
		if err == nil {
			err = appender.AppendRow(values...)
		}
		for _, v := range values {
			if blob, ok := v.([]byte); ok {
				pending += len(blob)
			}
		}
		if err == nil && pending > fillBytes {
			pending = 0
			err = appender.Flush()
		}
		if err != nil {
			return errors.Join(err, appender.Close())
		}
	}
	return appender.Close()
}

func fileRow(f *LogFile) []driver.Value {
	var sha any
	if f.SHA256 != nil {
		sha = fmt.Sprintf("%x", f.SHA256)
	}
	var overLimit any
	if f.OverLimit > 0 {
		overLimit = f.OverLimit
	}
	var members any
	if f.SHA256 != nil || f.Members > 0 {
		members = f.Members
	}
	var backfill any
	if f.Trail != "" {
		backfill = f.Backfill
	}
	return []driver.Value{
		f.File, f.URI, orNull(f.Account), orNull(f.Region), orNull(f.Kind), timeOrNull(f.Delivered),
		f.Size, orNull(f.ETag), sha, f.JSONBytes,
		f.Records, f.New, f.Repeated, f.Filtered, f.Conflicts,
		timeOrNull(f.FirstEventTime), timeOrNull(f.LastEventTime), string(f.Status), orNull(f.Error), overLimit, bytesOrNull(f.Envelope), f.Run, nil, members,
		orNull(f.Folder), f.Name, orNull(f.Trail), orNull(f.HomeRegion), backfill,
		orNull(f.VersionID), timeOrNull(f.Replaced), timeOrNull(f.Deleted),
	}
}

func byNumber(a, b LogFile) int { return cmp.Compare(a.File, b.File) }

func repeatRow(r *Repeat) []driver.Value {
	var id any
	if u, ok := ParseGUID(r.EventID); ok {
		id = duckdb.UUID(u)
	}
	return []driver.Value{r.File, r.Position, id, r.FirstFile, r.FirstPosition}
}

func originalRow(o *Original) ([]driver.Value, error) {
	sum := sha256.Sum256(o.Data)
	data, packed, err := packOriginal(o.Data)
	return []driver.Value{o.File, fmt.Sprintf("%x", sum), packed, data}, err
}

func bytesOrNull(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

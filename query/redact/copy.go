package redact

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed words.sql
	wordsSQL string
	//go:embed rows.sql
	rowsSQL string
	//go:embed records.sql
	recordsSQL string
	//go:embed files.sql
	filesSQL string
	//go:embed events.sql
	eventsSQL string
	//go:embed lost.sql
	lostSQL string
)

// A Copy is what was written of an archive: log files with pseudonyms, one after another.
type Copy struct {
	Files  []File
	Events int64
	// Failed are records that could not be taken apart: they are not in the copy.
	Failed int64
	Review Review
}

// A File is a log file of a copy, packed by gzip.
type File struct {
	URI      string
	At, Size int64
}

// EventsStatement asks the store of a copy for its events, always in the same order.
func EventsStatement() query.Statement { return query.Statement{SQL: eventsSQL} }

// Lost is what a copy lacks: only events are copied.
type Lost struct {
	Repeats, Digests, Damaged int64
}

// LostOf finds what a copy of a store would lack.
func LostOf(ctx context.Context, store *schema.Store) (Lost, error) {
	return schema.One[Lost](store.Query(ctx, lostSQL))
}

// Learn reads the whole archive for its names, whatever of it is to be copied: one account's
// messages may have the names of another. told is called with how many of how many events were
// read, and may be nil.
func (r *Redactor) Learn(ctx context.Context, store *schema.Store, told func(done, all int64)) error {
	type word struct{ Kind, Word string }
	for found, err := range schema.All[word](store.Query(ctx, wordsSQL)) {
		if err != nil {
			return err
		}
		if found.Kind == "service" {
			r.own.exact[found.Word] = true
			found.Word, _, _ = strings.Cut(found.Word, ".")
			r.addService(found.Word)
		}
		r.words[strings.ToLower(found.Word)] = true
	}
	workers, err := r.eachPart(ctx, store, query.Filter{}, told, func(w *worker, p *part) error {
		for _, e := range p.events {
			if out, err := w.record(w.buffer[:0], e.record); err == nil { // Copy tells of the others
				w.buffer = out
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.learnMembers(workers)
	var names []string
	for name, l := range r.leaves {
		if l.sought && r.unsought(name) == "" {
			names = append(names, name)
		}
	}
	r.known = newFinder(names)
	return nil
}

// learnMembers finds out which names of members are AWS's: those that records of three calls
// have, and that are words.
func (r *Redactor) learnMembers(workers []*worker) {
	calls := map[string]map[string]bool{}
	for _, w := range workers {
		w.root.each(func(m *member) {
			name := m.plain
			if !only(name, isAlphanumeric) || m.others {
				return
			}
			if calls[name] == nil {
				calls[name] = map[string]bool{}
			}
			for _, call := range m.calls {
				calls[name][call] = true
			}
			delete(calls[name], "")
		})
	}
	for name, of := range calls {
		if len(of) >= len(member{}.calls) {
			r.members[name] = true
		}
	}
}

// unsought says why a name is not looked for in free text; empty if it is.
func (r *Redactor) unsought(name string) string {
	switch {
	case r.isWord(name):
		return "a word of AWS's, too: it is not looked for in free text"
	case len(name) < shortName, len(name) <= maxOwnDigits+1 && only(name, isDigit):
		return "too short to be looked for in free text"
	case len(name) > longName:
		return "too long to be looked for in free text"
	}
	return ""
}

// Copy rewrites the events that a filter lets through and writes them to a file, as log files.
// Learn was called before.
func (r *Redactor) Copy(ctx context.Context, store *schema.Store, f query.Filter, to io.WriterAt, told func(done, all int64)) (*Copy, error) {
	c := &Copy{}
	at, turn := int64(0), newTurns()
	workers, err := r.eachPart(ctx, store, f, told, func(w *worker, p *part) error {
		files, failed, err := w.logFiles(ctx, store, p)
		if err != nil {
			turn.stop()
			return err
		}
		return turn.take(p.number, func() error {
			c.Events += int64(len(p.events)) - failed
			c.Failed += failed
			for _, file := range files {
				if _, err := to.WriteAt(file.data, at); err != nil {
					return err
				}
				c.Files = append(c.Files, File{URI: file.uri, At: at, Size: int64(len(file.data))})
				at += int64(len(file.data))
			}
			return nil
		})
	}, turn.stop)
	if err != nil {
		return nil, err
	}
	c.Review = r.review(workers)
	return c, nil
}

// A part is some events that lie beside each other in the store.
type part struct {
	number int
	rows   []int64
	files  []int32 // of rows
	events []event // of rows, in their order
}

type event struct {
	row    int64
	record []byte
}

// eachPart reads the events that a filter lets through, a part at a time, and calls take with
// each, in several goroutines. It returns the workers that these had.
func (r *Redactor) eachPart(ctx context.Context, store *schema.Store, f query.Filter, told func(done, all int64), take func(*worker, *part) error, failed ...func()) ([]*worker, error) {
	rows, files, err := rowsOf(ctx, store, f)
	if err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, stop := range failed {
		defer context.AfterFunc(ctx, stop)()
	}
	parts := make(chan *part)
	g.Go(func() error {
		defer close(parts)
		for number := 0; len(rows) > 0; number++ {
			n := partEnd(files)
			select {
			case parts <- &part{number: number, rows: rows[:n], files: files[:n]}:
			case <-ctx.Done():
				return ctx.Err()
			}
			rows, files = rows[n:], files[n:]
		}
		return nil
	})
	all, done, mu := int64(len(rows)), int64(0), sync.Mutex{}
	var workers []*worker
	for range runtime.GOMAXPROCS(0) {
		w := r.newWorker()
		workers = append(workers, w)
		g.Go(func() error {
			rebuilder, err := store.NewRebuilder(ctx)
			if err != nil {
				return err
			}
			defer rebuilder.Close()
			for p := range parts {
				if err := p.read(ctx, rebuilder, f); err != nil {
					return err
				}
				if err := take(w, p); err != nil {
					return err
				}
				if told != nil {
					mu.Lock()
					done += int64(len(p.rows))
					told(done, all)
					mu.Unlock()
				}
			}
			return nil
		})
	}
	return workers, g.Wait()
}

// rowsOf are the rows of the events that a filter lets through, and the log file of each.
func rowsOf(ctx context.Context, store *schema.Store, f query.Filter) (rows []int64, files []int32, err error) {
	type row struct {
		RowID int64
		File  int32
	}
	s := query.Statement{SQL: rowsSQL}.Put("filters", f.Condition())
	for r, err := range schema.All[row](s.Query(ctx, store)) {
		if err != nil {
			return nil, nil, err
		}
		rows, files = append(rows, r.RowID), append(files, r.File)
	}
	return rows, files, nil
}

// partEvents is how many events a part has at most, with some 1,500 bytes each: to ask for them
// takes as long as to read a thousand of them.
const partEvents = 8192

// partEnd is how many events make the next part: whole log files, if they are not too large.
func partEnd(files []int32) int {
	if len(files) <= partEvents {
		return len(files)
	}
	for n := partEvents; n > partEvents/2; n-- {
		if files[n] != files[n-1] {
			return n
		}
	}
	return partEvents
}

// read reads the records of a part: of the events that the filter lets through there.
func (p *part) read(ctx context.Context, rebuilder *schema.Rebuilder, f query.Filter) error {
	type row struct {
		RowID  int64
		Record []byte
	}
	s := query.Statement{SQL: recordsSQL}.With(
		schema.Arg{Name: "first", Value: p.rows[0]}, schema.Arg{Name: "last", Value: p.rows[len(p.rows)-1]}).Put("filters", f.Condition())
	for r, err := range schema.All[row](rebuilder.Query(ctx, s.SQL, s.Args...)) {
		if err != nil {
			return err
		}
		p.events = append(p.events, event{r.RowID, r.Record})
	}
	slices.SortFunc(p.events, func(a, b event) int { return int(a.row - b.row) })
	if !slices.EqualFunc(p.events, p.rows, func(e event, row int64) bool { return e.row == row }) {
		return errors.New("the store is not what it was when it was first asked for these events")
	}
	return nil
}

// A written log file.
type written struct {
	uri  string
	data []byte
}

// logFiles makes log files of the records of a part.
func (w *worker) logFiles(ctx context.Context, store *schema.Store, p *part) (files []written, failed int64, err error) {
	uris, err := p.uris(ctx, store)
	if err != nil {
		return nil, 0, err
	}
	for from := 0; from < len(p.rows); {
		to := from + 1
		for to < len(p.rows) && p.files[to] == p.files[from] {
			to++
		}
		data, left := w.logFile(p.events[from:to])
		failed += left
		if data != nil {
			uri := uris[p.files[from]]
			files = append(files, written{w.uri(uri, fmt.Sprint(uri, " ", p.rows[from])), data})
		}
		from = to
	}
	return files, failed, nil
}

// uris are those of the log files of a part.
func (p *part) uris(ctx context.Context, store *schema.Store) (map[int32]string, error) {
	numbers := slices.Compact(slices.Sorted(slices.Values(p.files)))
	type row struct {
		File int32
		URI  string
	}
	uris := map[int32]string{}
	s := query.Statement{SQL: filesSQL}.With(
		schema.Arg{Name: "first", Value: numbers[0]}, schema.Arg{Name: "last", Value: numbers[len(numbers)-1]}, schema.Arg{Name: "files", Value: numbers})
	for r, err := range schema.All[row](s.Query(ctx, store)) {
		if err != nil {
			return nil, err
		}
		uris[r.File] = r.URI
	}
	return uris, nil
}

// logFile is a log file of records, packed; nil if none of them could be rewritten.
func (w *worker) logFile(events []event) (data []byte, failed int64) {
	text := append(w.buffer[:0], `{"Records":[`...)
	empty := len(text)
	for _, e := range events {
		before := len(text)
		if before > empty {
			text = append(text, ',')
		}
		out, err := w.record(text, e.record)
		if err != nil {
			text = text[:before]
			failed++
			continue
		}
		text = out
	}
	w.buffer = text
	if len(text) == empty {
		return nil, failed
	}
	text = append(text, `]}`...)
	w.buffer = text
	var packed bytes.Buffer
	out, _ := gzip.NewWriterLevel(&packed, gzip.BestSpeed) // a level that there is
	out.Write(text)                                        // to memory
	out.Close()
	return packed.Bytes(), failed
}

// Root is where the log files of a copy seem to be.
const Root = "/redacted/"

// uri is the place of a log file of the copy: of the same account, Region, kind and time, as far as
// the name of the file tells that it stands for. unique tells it from others.
func (w *worker) uri(plain, unique string) string {
	digits := strings.ToLower(base32.StdEncoding.EncodeToString(w.red.sum("file", unique)))[:16]
	key := schema.ParseKey(plain)
	if key.Class != schema.ClassLogFile {
		return Root + digits + ".json.gz"
	}
	account := w.name(key.Account)
	return fmt.Sprintf("%sAWSLogs/%s/%s/%s/%s/%s_%s_%s_%s_%s.json.gz", Root, account, key.Kind, key.Region, key.Delivered.Format("2006/01/02"),
		account, key.Kind, key.Region, key.Delivered.Format("20060102T1504Z"), digits)
}

// turns lets goroutines do something one after another, by numbers.
type turns struct {
	mu      sync.Mutex
	changed *sync.Cond
	next    int
	stopped bool
}

func newTurns() *turns {
	t := &turns{}
	t.changed = sync.NewCond(&t.mu)
	return t
}

// take waits for the turn of a number.
func (t *turns) take(number int, do func() error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.next != number && !t.stopped {
		t.changed.Wait()
	}
	if t.stopped {
		return context.Canceled
	}
	t.next++
	t.changed.Broadcast()
	return do()
}

// stop lets nobody wait any more.
func (t *turns) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stopped = true
	t.changed.Broadcast()
}

package dossier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/evidence"
	"trailbox/schema"
)

// A Question is what a case is about.
type Question struct {
	Filter      query.Filter // settled
	Descendants bool         // what descends from those that it finds is of the case, too
	Command     []string     // as it was given
	Rules       *alarm.Set
	Sources     []string // of Rules
	Alarms      alarm.Options
	Limits      []evidence.Limit // that are known already, such as values that no event has
	Made        time.Time
	By          evidence.By
	Program     evidence.Program
	Seals       []evidence.Seal
}

// A work is a case while it is made.
type work struct {
	Question
	store    *schema.Store
	folder   *evidence.Folder
	manifest Manifest
	summary  summary
	wanted   map[string]bool // eventIDs that the page has links to
}

// An answer is one of the reports that a case has.
type answer struct {
	report string
	file   string                            // without its ending
	keep   int                               // rows, for the page
	count  func(w *work, k *kept, row []any) // each row, for what the page says of all
	// where says that it is about where to look, whoever was asked for.
	where bool
}

// answers are those of every case, but for the timeline, which has more forms.
func answers() []answer {
	return []answer{
		{report: "acts", file: "acts", keep: keptActs},
		{report: "alive", file: "alive", keep: 60},
		{report: "blast", file: "blast", keep: 40, count: (*work).countFamily},
		{report: "when", file: "when", keep: 200},
		{report: "services", file: "services", keep: 25},
		{report: "secrets", file: "secrets", keep: 25, count: (*work).countSecret},
		{report: "data-access", file: "data", keep: 30},
		{report: "destroyed", file: "destroyed", keep: 40},
		{report: "trails", file: "logging", keep: 40},
		{report: "coverage", file: "coverage", keep: 5000, where: true},
		{report: "evidence", file: "files", keep: 20, count: (*work).countFile},
	}
}

const (
	// keptActs is how many acts the page tells of.
	keptActs = 100
	// shownTimeline is how many events make up a timeline that the page shows whole.
	shownTimeline = 300
)

// Write makes a case of a store at a place. What is at that place already stays as it is. With an
// [evidence.SealError] there is a case all the same, as the manifest says.
func Write(ctx context.Context, store *schema.Store, place string, q Question) (_ *Manifest, err error) {
	f, err := evidence.New(place)
	if err != nil {
		return nil, err
	}
	w := &work{Question: q, store: store, folder: f, wanted: map[string]bool{}}
	w.manifest = Manifest{
		Head: evidence.Head{
			Format: format, Made: q.Made.UTC().Truncate(time.Second), By: q.By, Program: q.Program,
			Scope: evidence.NewScope(q.Command, q.Filter), Limits: []evidence.Limit{},
		},
		Descendants: q.Descendants, Proof: map[string]int64{}, Rows: map[string]int64{},
	}
	if err := w.write(ctx); err != nil {
		return nil, errors.Join(err, f.Drop())
	}
	err = f.Finish(ctx, &w.manifest, q.Seals...)
	if unsealed := (*evidence.SealError)(nil); err != nil && !errors.As(err, &unsealed) {
		return nil, errors.Join(err, f.Drop())
	}
	return &w.manifest, err
}

func (w *work) write(ctx context.Context) (err error) {
	m := &w.manifest
	if err := w.identities(ctx); err != nil {
		return err
	}
	w.Alarms.Filter = w.Filter
	if m.Store, err = evidence.StoreOf(ctx, w.store); err != nil {
		return err
	}
	if err := w.folder.AskAgain(ctx, w.store, "fingerprint", "The store's log files, of which its fingerprint is the SHA-256", evidence.Fingerprint()); err != nil {
		return err
	}
	totals := totalsStatement(w.Filter)
	if m.Counts, err = schema.One[Totals](totals.Query(ctx, w.store)); err != nil {
		return err
	}
	if err := w.folder.AskAgain(ctx, w.store, "totals", "What the events of the case are, in one row", totals); err != nil {
		return err
	}
	if w.summary.coverage, err = query.Cover(ctx, w.store, w.Filter); err != nil {
		return err
	}
	m.Coverage = evidence.NewCoverage(w.summary.coverage)
	if err := w.folder.AskAgain(ctx, w.store, "cover", "What the store has of where the case looks", query.CoverageStatement(w.Filter)); err != nil {
		return err
	}
	w.summary.kept, w.summary.reads = map[string]*kept{}, map[string]*reads{}
	for _, a := range answers() {
		if err := w.answer(ctx, a); err != nil {
			return err
		}
	}
	if err := w.detections(ctx); err != nil {
		return err
	}
	for _, row := range w.summary.kept["acts"].rows {
		w.wanted[w.summary.kept["acts"].text(row, "eventID")] = true
	}
	for _, row := range w.summary.kept["alive"].rows {
		w.wanted[firstOf(w.summary.kept["alive"].text(row, "eventIDs"))] = true
	}
	if err := w.timeline(ctx); err != nil {
		return err
	}
	if err := w.records(ctx); err != nil {
		return err
	}
	if err := w.saveAll(ctx, "limits", "Of what the case cannot tell", w.limits); err != nil {
		return err
	}
	m.Contents = w.folder.Contents() // the page is not among those that it lists
	if err := w.folder.Write("summary.html", w.writeSummary); err != nil {
		return err
	}
	m.Contents = w.folder.Contents()
	return nil
}

// saveAll writes each statement that is run by do, in their order.
func (w *work) saveAll(ctx context.Context, name, title string, do func(context.Context) error) error {
	var statements []query.Statement
	if err := do(query.Telling(ctx, func(s query.Statement) { statements = append(statements, s) })); err != nil {
		return err
	}
	for i, s := range statements {
		if err := w.folder.AskAgain(ctx, w.store, fmt.Sprintf("%s-%d", name, i+1), title, s); err != nil {
			return err
		}
	}
	return nil
}

// A kept is what the page has of an answer.
type kept struct {
	at    map[string]int // columns
	rows  [][]any
	total int64
}

func newKept(columns []schema.ResultColumn) *kept {
	k := &kept{at: map[string]int{}}
	for i, c := range columns {
		k.at[c.Name] = i
	}
	return k
}

func (k *kept) value(row []any, name string) any {
	at, ok := k.at[name]
	if !ok {
		panic("BUG: there is no column " + name)
	}
	return row[at]
}

func (k *kept) text(row []any, name string) string { return query.Text(k.value(row, name)) }

func (k *kept) number(row []any, name string) int64 {
	n, _ := k.value(row, name).(int64)
	return n
}

func (k *kept) time(row []any, name string) time.Time {
	t, _ := k.value(row, name).(time.Time)
	return t
}

// answer runs a report, and writes its rows and its statement.
func (w *work) answer(ctx context.Context, a answer) error {
	r, err := query.FindReport(a.report)
	if err != nil {
		return err
	}
	f := w.Filter
	if a.where {
		f = f.Where()
	}
	if err := w.folder.WriteStatement(a.file, r.Title, r.Statement(f)); err != nil {
		return err
	}
	result, err := r.Run(ctx, w.store, f)
	if err != nil {
		return err
	}
	if r.Limits != "" {
		w.manifest.limit(false, "%s.csv: %s", a.file, r.Limits)
	}
	k := newKept(result.Columns())
	w.summary.kept[a.file] = k
	err = w.save(a.file, result, func(values []any) {
		if k.total++; len(k.rows) < a.keep {
			k.rows = append(k.rows, values)
		}
		if a.count != nil {
			a.count(w, k, values)
		}
	}, query.FormatCSV)
	if err == nil {
		w.folder.Answered(a.file, evidence.CSV, a.file+".csv", k.total)
	}
	return err
}

// save writes an answer in some forms, and shows each of its rows to take.
func (w *work) save(name string, result query.Result, take func(values []any), forms ...query.Format) (err error) {
	if len(forms) == 0 {
		return errors.Join(w.each(result, take), result.Close())
	}
	file := name + "." + string(forms[0])
	return w.folder.Write(file, func(out io.Writer) error {
		rows, err := query.NewRowWriter(out, result.Columns(), forms[0], query.Screen{Name: name, Tell: func(note string) {
			w.manifest.limit(false, "%s: %s", file, note)
		}})
		if err != nil {
			return errors.Join(err, result.Close())
		}
		var writeErr error
		n := int64(0)
		err = w.save(name, result, func(values []any) {
			n++
			take(values)
			if writeErr == nil {
				writeErr = rows.Write(values)
			}
		}, forms[1:]...)
		w.manifest.Rows[name] = n
		return errors.Join(err, writeErr, rows.End(err == nil && writeErr == nil))
	})
}

// each reads all rows of an answer.
func (w *work) each(result query.Result, take func(values []any)) error {
	for result.Next() {
		values, err := result.Values()
		if err != nil {
			return err
		}
		take(values)
	}
	return result.Err()
}

// timeline writes everything in order, of which the page has a part.
func (w *work) timeline(ctx context.Context) error {
	r, err := query.FindReport("timeline")
	if err != nil {
		return err
	}
	if err := w.folder.WriteStatement("timeline", r.Title, r.Statement(w.Filter)); err != nil {
		return err
	}
	result, err := r.Run(ctx, w.store, w.Filter)
	if err != nil {
		return err
	}
	k := newKept(result.Columns())
	w.summary.timeline = k
	total := w.manifest.Counts.Events
	err = w.save("timeline", result, func(values []any) {
		k.total++
		id := k.text(values, "eventID")
		if total <= shownTimeline || k.total == 1 || k.total == total || id != "" && w.wanted[id] {
			k.rows = append(k.rows, append(slices.Clone(values), k.total))
		}
	}, query.FormatCSV, query.FormatXLSX)
	if err == nil {
		w.folder.Answered("timeline", evidence.CSV, "timeline.csv", k.total)
	}
	return err
}

// records writes the records of the events.
func (w *work) records(ctx context.Context) error {
	if err := w.folder.WriteStatement("events", "The rows of the events in the order of events.jsonl; trailbox puts their records together", query.RecordsStatement(w.Filter)); err != nil {
		return err
	}
	several, records := int64(0), int64(0)
	err := w.folder.Scratch(func(scratch *os.File) error {
		return w.folder.Write("events.jsonl", func(out io.Writer) error {
			lines := newLines(out)
			for record, err := range query.Records(ctx, w.store, w.Filter, scratch) {
				if err != nil {
					return err
				}
				if err := lines.write(record); err != nil {
					return err
				}
			}
			several, records = lines.several, lines.records
			return lines.out.Flush()
		})
	})
	if err != nil {
		return err
	}
	w.manifest.Rows["events"] = records
	w.folder.Answered("events", evidence.Records, "events.jsonl", records)
	if several > 0 {
		w.manifest.limit(false, "events.jsonl: %d records have line ends in them, as they were delivered: read JSON values one after the other, not line by line", several)
	}
	return nil
}

package pack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/schema"
)

// A Question is what a pack is to be filled with.
type Question struct {
	Pack    *Pack
	Period  schema.Scope // its times
	Inputs  Inputs
	Sample  int
	Seed    int64
	Command []string
	Made    time.Time
	By      evidence.By
	Program evidence.Program
	Seals   []evidence.Seal
}

// A work is a pack while it is filled.
type work struct {
	Question
	maker    maker
	store    *schema.Store
	folder   *evidence.Folder
	book     *query.Workbook
	bookRows int
	manifest Manifest
	coverage query.Coverage
	holes    []Hole
	results  map[*Population]*result
}

// Write fills a pack from a store, at a place. What is at that place already stays as it is. With
// an [evidence.SealError] there is a pack all the same.
func Write(ctx context.Context, store *schema.Store, place string, q Question) (_ *Manifest, err error) {
	f, err := evidence.New(place)
	if err != nil {
		return nil, err
	}
	w := &work{Question: q, store: store, folder: f, results: map[*Population]*result{}}
	filter := query.Filter{Scope: q.Period}
	if s := q.Inputs.Scope; s != nil && len(s.Accounts) > 0 {
		filter.Account = query.Is(s.Accounts...)
	}
	w.maker = maker{filter: filter, inputs: &w.Inputs}
	w.manifest = Manifest{
		Head: evidence.Head{
			Format: format, Made: q.Made.UTC().Truncate(time.Second), By: q.By, Program: q.Program,
			Scope: evidence.NewScope(q.Command, filter), Limits: []evidence.Limit{},
		},
		Pack: q.Pack.Name, Standard: q.Pack.Standard,
		Sampling: Sampling{Size: q.Sample, Seed: q.Seed, Method: method},
		Inputs:   q.Inputs.Files(), Controls: []ControlResult{},
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

// method says how the sample is drawn, for whoever draws it again.
const method = "the rows of a population whose lines in its CSV have the lowest SHA-256, in that order: of the seed in decimal digits, a line end, and the line with its line end"

func (w *work) write(ctx context.Context) (err error) {
	m := &w.manifest
	if m.Store, err = evidence.StoreOf(ctx, w.store); err != nil {
		return err
	}
	if err := w.folder.AskAgain(ctx, w.store, "fingerprint", "The store's log files, of which its fingerprint is the SHA-256", evidence.Fingerprint()); err != nil {
		return err
	}
	if w.coverage, err = query.Cover(ctx, w.store, w.maker.filter); err != nil {
		return err
	}
	m.Coverage = evidence.NewCoverage(w.coverage)
	if err := w.folder.AskAgain(ctx, w.store, "cover", "What the store has of the period", query.CoverageStatement(w.maker.filter)); err != nil {
		return err
	}
	if err := w.findHoles(ctx); err != nil {
		return err
	}
	if err := w.cover(ctx); err != nil {
		return err
	}
	if err := w.limits(ctx); err != nil {
		return err
	}
	if err := w.folder.Write("pack.xlsx", func(out io.Writer) error { return w.controls(ctx, out) }); err != nil {
		return err
	}
	m.Contents = w.folder.Contents() // the page is not among those that it lists
	if err := w.folder.Write("index.html", w.writePage); err != nil {
		return err
	}
	m.Contents = w.folder.Contents()
	return nil
}

// maxHoles bounds what is held of holes, and what the first page says of them.
const maxHoles = 10_000

// findHoles finds the days that are missing.
func (w *work) findHoles(ctx context.Context) error {
	err := w.saveAnswer(ctx, "holes", "Days without an event that nothing proves to be silent, account by account", w.maker.holes(), func(row []any) {
		if len(w.holes) < maxHoles {
			w.holes = append(w.holes, Hole{query.Text(row[0]), query.Text(row[1]), query.Text(row[2]), query.Text(row[3]), row[4].(int64)})
		}
	})
	w.manifest.Holes = w.holes
	return err
}

// cover writes what the store has of the period by account and Region, hour by hour, and says what
// is absent of it.
func (w *work) cover(ctx context.Context) error {
	r, err := query.FindReport("coverage")
	if err != nil {
		return err
	}
	places, absent := map[[2]string]bool{}, map[[2]string]bool{}
	err = w.saveAnswer(ctx, "coverage", r.Title, r.Statement(w.maker.filter), func(row []any) {
		place := [2]string{query.Text(row[0]), query.Text(row[1])}
		places[place] = true
		if row[2] == "absent" {
			absent[place] = true
		}
	})
	if len(absent) > 0 {
		w.limit(true, "some of the period is absent, before the first or behind the last event or digest, by account and Region in %d of %d: coverage.csv", len(absent), len(places))
	}
	return err
}

// saveAnswer writes a statement and its answer, and shows each row to take.
func (w *work) saveAnswer(ctx context.Context, name, title string, s query.Statement, take func(row []any)) error {
	if err := w.folder.WriteStatement(name, title, s); err != nil {
		return err
	}
	var n int64
	err := w.folder.Write(name+".csv", func(out io.Writer) error {
		rows, err := s.Query(ctx, w.store)
		if err != nil {
			return err
		}
		defer rows.Close()
		csv, err := query.NewRowWriter(out, rows.Columns(), query.FormatCSV, query.Screen{})
		if err != nil {
			return err
		}
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			n++
			take(values)
			if err := csv.Write(values); err != nil {
				return err
			}
		}
		return errors.Join(rows.Err(), csv.End(true))
	})
	if err == nil {
		w.folder.Answered(name, evidence.CSV, name+".csv", n)
	}
	return err
}

// limit tells of something that the pack cannot tell.
func (w *work) limit(serious bool, text string, args ...any) {
	w.manifest.Limits = append(w.manifest.Limits, evidence.Limit{Text: fmt.Sprintf(text, args...), Serious: serious})
}

// limits gathers what the pack cannot tell, besides the holes.
func (w *work) limits(ctx context.Context) error {
	c, limit := &w.coverage, w.limit
	switch {
	case c.Events == 0:
		limit(true, "no event of the period and the accounts in scope is in the store")
	case len(w.holes) > 0:
		limit(true, "days without an event that nothing proves to be silent: %s, of %s: holes.csv", query.Plural(holeDays(w.holes), "day"), query.Plural(holeAccounts(w.holes), "account"))
	}
	if c.Timeless > 0 {
		limit(true, "%s: no period has them", query.Plural(c.Timeless, "event")+" without a time")
	}
	if c.Damaged > 0 {
		limit(true, "%s in the store: what was in it is not known", query.Plural(c.Damaged, "damaged log file"))
	}
	if c.Failed > 0 {
		limit(true, "%s could not be fetched", query.Plural(c.Failed, "log file"))
	}
	switch {
	case !c.Verified:
		limit(false, "nobody has verified the store: nothing proves the log files to be as CloudTrail delivered them. trailbox verify looks")
	case c.Proven < c.Events:
		limit(true, "signed digests prove %s of the events: %s of %s", query.Percent(c.Proven, c.Events), query.Count(c.Proven), query.Count(c.Events))
	}
	unmet, err := w.unmet(ctx)
	for _, text := range unmet {
		limit(true, "%s", text)
	}
	return err
}

func holeDays(holes []Hole) (n int64) {
	for _, h := range holes {
		if h.Region == allRegions {
			n += h.Days
		}
	}
	if n > 0 {
		return n
	}
	for _, h := range holes {
		n += h.Days
	}
	return n
}

func holeAccounts(holes []Hole) int64 {
	accounts := map[string]bool{}
	for _, h := range holes {
		accounts[h.Account] = true
	}
	return int64(len(accounts))
}

// unmet says what is in the files that were given and in no event.
func (w *work) unmet(ctx context.Context) (all []string, err error) {
	miss := func(flag Input, what string, f query.Filter) error {
		misses, err := f.Misses(ctx, w.store)
		for _, m := range misses {
			all = append(all, fmt.Sprintf("--%s: no event has the %s %s", flag, what, m.Text))
		}
		return err
	}
	if s := w.Inputs.Scope; s != nil {
		err = errors.Join(
			miss(Scope, "account", query.Filter{Account: query.Is(s.Accounts...)}),
			miss(Scope, "Region", query.Filter{Region: query.Is(s.Regions...)}),
			miss(Scope, "bucket", query.Filter{Resource: plain(s.Buckets)}),
			miss(Scope, "table", query.Filter{Resource: plain(s.Tables)}),
			miss(Scope, "key", query.Filter{Resource: plain(s.Keys)}),
		)
	}
	if a := w.Inputs.Admins; a != nil {
		err = errors.Join(err, miss(Admins, "name", query.Filter{Actor: plain(a.Names)}))
	}
	if err != nil {
		return nil, err
	}
	if a := w.Inputs.Approved; a != nil {
		f := w.maker.filter
		s := w.maker.filled(query.Statement{SQL: file("approved_unused")}, f)
		unused, err := schema.Collect[int64](s.Query(ctx, w.store))
		if err != nil {
			return nil, err
		}
		for i, row := range unused {
			if i == 20 {
				all = append(all, fmt.Sprintf("--approved: and %s more", query.Plural(int64(len(unused)-i), "row")))
				break
			}
			all = append(all, fmt.Sprintf("--approved: line %d, ticket %s, is of no change in the period", a.Lines[row], a.Tickets[row]))
		}
	}
	return all, nil
}

// plain is the match of values as flags take them.
func plain(values []string) (m query.Match) {
	for _, value := range values {
		if err := m.Add(value, nil); err != nil {
			return query.Is(values...)
		}
	}
	return m
}

const (
	// bookPopulation and bookTotal are how many rows the workbook has of a population, and of all:
	// each costs as much as twenty in CSV, which has all of them.
	bookPopulation = 2_000
	bookTotal      = 40_000
	// keptExceptions is how many the page shows of a population.
	keptExceptions = 20
)

// controls fills the controls, and the workbook besides.
func (w *work) controls(ctx context.Context, out io.Writer) (err error) {
	w.book = query.NewWorkbook(out, func(note string) {
		w.limit(false, "pack.xlsx: %s", note)
	})
	defer func() { err = errors.Join(err, w.book.End(err == nil)) }()
	for _, c := range w.Pack.Controls {
		for _, p := range c.Populations {
			if w.results[p] != nil {
				continue
			}
			r, err := w.population(ctx, p)
			if err != nil {
				return fmt.Errorf("control %s, population %s: %w", c.ID, p.Name, err)
			}
			w.results[p] = r
		}
		w.manifest.Controls = append(w.manifest.Controls, w.control(c))
	}
	return w.summarize()
}

// summarize writes the sheet that has a row for each population of each control.
func (w *work) summarize() error {
	columns := []schema.ResultColumn{
		{Name: "control", Type: "VARCHAR"}, {Name: "title", Type: "VARCHAR"}, {Name: "population", Type: "VARCHAR"}, {Name: "rows", Type: "BIGINT"},
		{Name: "exceptions", Type: "BIGINT"}, {Name: "answer", Type: "VARCHAR"}, {Name: "file", Type: "VARCHAR"},
	}
	if err := w.book.Begin("controls", columns); err != nil {
		return err
	}
	for _, c := range w.manifest.Controls {
		if len(c.Populations) == 0 {
			if err := w.book.Write([]any{c.ID, c.Title, nil, nil, nil, c.Answer, nil}); err != nil {
				return err
			}
		}
		for _, p := range c.Populations {
			answer := cmp.Or(p.CannotRun, p.NotShown, c.Answer)
			if err := w.book.Write([]any{c.ID, c.Title, p.Title, p.Rows, p.Exceptions, answer, p.File}); err != nil {
				return err
			}
		}
	}
	return nil
}

// A result is what there is of a population.
type result struct {
	PopulationResult
	columns    []schema.ResultColumn
	exceptions [][]any // the first
	sample     []drawn
}

// population writes a population: its statement, all of its rows, its exceptions and its sample.
func (w *work) population(ctx context.Context, p *Population) (*result, error) {
	r := &result{PopulationResult: PopulationResult{Name: p.Name, Title: p.Title, Unit: p.Unit, Control: p.Control, Unasked: w.maker.unasked(p)}}
	if r.NotShown = w.maker.missing(p, w.coverage.Verified); r.NotShown != "" {
		return r, nil
	}
	s, err := w.maker.statement(ctx, w.store, p)
	name := p.Control + "-" + p.Name
	var rows *peeked
	if err == nil {
		rows, err = peek(s.Query(ctx, w.store))
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.CannotRun, _, _ = strings.Cut(err.Error(), "\n") // DuckDB draws the place below
		return r, nil
	}
	defer rows.Close()
	if err := w.folder.WriteStatement(name, fmt.Sprintf("%s %s: %s", w.Pack.Standard, p.Control, p.Title), s); err != nil {
		return nil, err
	}
	r.columns, r.File, r.Statement = rows.Columns(), "controls/"+name+".csv", "queries/"+name+".sql"
	excepts := len(w.maker.exceptions(p)) > 0
	write := func(out, exceptions io.Writer) error { return w.rows(rows, r, excepts, out, exceptions) }
	err = w.folder.Write(r.File, func(out io.Writer) error {
		if !excepts {
			return write(out, io.Discard)
		}
		r.ExceptionFile = "controls/" + name + "-exceptions.csv"
		return w.folder.Write(r.ExceptionFile, func(exceptions io.Writer) error { return write(out, exceptions) })
	})
	if err != nil {
		return nil, err
	}
	w.folder.Answered(name, evidence.CSV, r.File, r.Rows)
	if r.Rows == 0 && p.IfEmpty != "" {
		r.NotShown = p.IfEmpty
	}
	if len(r.sample) > 0 {
		r.SampleFile = "controls/" + name + "-sample.csv"
		err = w.folder.Write(r.SampleFile, func(out io.Writer) error {
			_, err := query.Write(out, query.NewResult(r.columns, r.sampleRows()), query.FormatCSV, query.Screen{})
			return err
		})
	}
	return r, err
}

// sampleRows are the rows of the sample, in the order in which they were drawn.
func (r *result) sampleRows() (rows [][]any) {
	for _, d := range r.sample {
		rows = append(rows, d.values)
	}
	return rows
}

// rows writes the rows of a population.
func (w *work) rows(rows *peeked, r *result, excepts bool, out, exceptions io.Writer) (err error) {
	lines := &lineBuffer{}
	csv, err := query.NewRowWriter(lines, rows.Columns(), query.FormatCSV, query.Screen{})
	if err != nil {
		return err
	}
	flush := func(to ...io.Writer) error {
		if err := csv.Flush(); err != nil {
			return err
		}
		for _, to := range to {
			if _, err := to.Write(lines.bytes); err != nil {
				return err
			}
		}
		return nil
	}
	if err := flush(out, exceptions); err != nil {
		return err
	}
	if err := w.book.Begin(r.Control+" "+r.Name, rows.Columns()); err != nil {
		return err
	}
	reasons := map[string]int64{}
	draw := newDraw(w.Seed, w.Sample)
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return err
		}
		r.Rows++
		lines.bytes = lines.bytes[:0]
		if err := csv.Write(values); err != nil {
			return err
		}
		to := []io.Writer{out}
		if reason, ok := values[len(values)-1].(string); excepts && ok {
			r.Exceptions++
			reasons[reason]++
			to = append(to, exceptions)
			if len(r.exceptions) < keptExceptions {
				r.exceptions = append(r.exceptions, slices.Clone(values))
			}
		}
		if err := flush(to...); err != nil {
			return err
		}
		draw.offer(lines.bytes, values)
		if r.Rows <= bookPopulation && w.bookRows < bookTotal {
			w.bookRows++
			r.InWorkbook++
			if err := w.book.Write(slices.Clone(values)); err != nil {
				return err
			}
		}
	}
	for _, says := range slices.Sorted(maps.Keys(reasons)) {
		r.Reasons = append(r.Reasons, Reason{says, reasons[says]})
	}
	r.sample = draw.all()
	r.Sample = int64(len(r.sample))
	return rows.Err()
}

// lineBuffer keeps what is written to it.
type lineBuffer struct{ bytes []byte }

func (b *lineBuffer) Write(p []byte) (int, error) {
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// A peeked answer has shown whether there is a first row: what is wrong with a statement is
// mostly known by then.
type peeked struct {
	*schema.Rows
	first, begun bool
}

func peek(rows *schema.Rows, err error) (*peeked, error) {
	if err != nil {
		return nil, err
	}
	p := &peeked{Rows: rows}
	if p.first = rows.Next(); !p.first {
		if err := rows.Err(); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
	}
	return p, nil
}

func (p *peeked) Next() bool {
	if !p.begun {
		p.begun = true
		return p.first
	}
	return p.first && p.Rows.Next()
}

// control says what there is of a control.
func (w *work) control(c *Control) ControlResult {
	r := ControlResult{ID: c.ID, Title: c.Title, Populations: []PopulationResult{}, NotShown: c.NotShown}
	var shown, cannot int
	ruled := false
	for _, p := range c.Populations {
		result := w.results[p].PopulationResult
		r.Populations = append(r.Populations, result)
		r.Exceptions += result.Exceptions
		r.Rows += result.Rows
		switch {
		case result.CannotRun != "":
			cannot++
		case result.NotShown == "":
			shown++
			ruled = ruled || result.ExceptionFile != ""
		}
	}
	switch {
	case r.Exceptions > 0:
		r.Answer = query.Plural(r.Exceptions, "exception")
	case cannot > 0:
		r.Answer = cannotBeRun
	case shown == 0:
		r.Answer = notShown
	case w.coverage.Events == 0:
		r.Answer = nothingThere
	case r.Rows == 0 && len(w.holes) > 0:
		r.Answer = "nothing found in the days that are there"
	case r.Rows == 0:
		r.Answer = "nothing found"
	case ruled && len(w.holes) > 0:
		r.Answer = "no exception found in the days that are there"
	case ruled:
		r.Answer = "no exception found"
	default:
		r.Answer = "listed, without a rule for exceptions"
	}
	w.manifest.cannotRun += cannot
	return r
}

// Answers that others look for.
const (
	notShown     = "not shown by these logs"
	cannotBeRun  = "could not be run"
	nothingThere = "nothing to look at: no event of the period is there"
)

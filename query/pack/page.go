package pack

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

//go:embed page.html
var pageHTML string

// A pageBody is what the template says.
type pageBody struct {
	Title    string
	Made     string
	Program  string
	Asked    string
	About    string
	Facts    []fact
	Holes    page.Table
	Contents page.Table
	Sections []section
	Inputs   page.Table
	Files    page.Table
	Manifest *Manifest
}

type fact struct{ Name, Value, Note string }

// A section is that of a control.
type section struct {
	ID, Title, Answer, Class string
	Control                  *Control
	Populations              page.Table
	Tables                   []titled
}

type titled struct {
	Title, Note string
	page.Table
}

func (w *work) writePage(out io.Writer) error {
	t, err := page.New(pageHTML, template.FuncMap{"show": page.Show})
	if err != nil {
		return err
	}
	m := &w.manifest
	title := fmt.Sprintf("%s: %s to %s", w.Pack.Standard, day(m.Scope.Since), day(m.Scope.Until))
	body := &pageBody{
		Title: title, Made: page.Stamp(m.Made), Program: "trailbox " + m.Program.Version, Asked: page.Show(query.ShellCommand(m.Scope.Command)), About: w.Pack.About,
		Facts: w.facts(), Holes: w.holeTable(), Contents: w.contents(), Inputs: w.inputTable(), Files: w.fileTable(), Manifest: m,
	}
	for i, c := range w.Pack.Controls {
		body.Sections = append(body.Sections, w.section(c, &m.Controls[i]))
	}
	foot := fmt.Sprintf("%s   %s   store %s", w.Pack.Standard, page.Stamp(m.Made), m.Store.Fingerprint[:16])
	return page.Write(out, t, title, foot, body)
}

// day is a time without its clock where that is midnight.
func day(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.UTC().Format(time.DateOnly)
	}
	return page.Stamp(t)
}

// facts are the numbers at the top.
func (w *work) facts() []fact {
	m, c := &w.manifest, &w.coverage
	proof := fact{"proven by signed digests", "not looked at", "trailbox verify looks"}
	if c.Verified && c.Events > 0 {
		proof = fact{"proven by signed digests", query.Percent(c.Proven, c.Events), fmt.Sprintf("%s of %s events", query.Count(c.Proven), query.Count(c.Events))}
	}
	missing := fact{"days missing", query.Count(holeDays(w.holes)), "of all accounts together"}
	if len(w.holes) == 0 {
		missing.Note = "each day has events, or is proven to be silent"
	}
	shown, not := 0, 0
	for _, control := range m.Controls {
		if control.Answer == notShown {
			not++
		} else {
			shown++
		}
	}
	return []fact{
		{"period", day(m.Scope.Since) + " to " + day(m.Scope.Until), "UTC; the end is not in it"},
		{"events", query.Count(c.Events), query.Plural(c.Accounts, "account") + ", " + query.Plural(c.Regions, "Region")},
		{"first event", page.Stamp(c.First), "last " + page.Stamp(c.Last)},
		{"hours with events", query.Count(c.Active), "of " + query.Count(c.Hours) + " between first and last"},
		missing, proof,
		{"exceptions", query.Count(m.Exceptions()), "in " + query.Plural(int64(shown), "control")},
		{"controls not shown by these logs", query.Count(int64(not)), "of " + query.Count(int64(len(m.Controls)))},
	}
}

func number(n int64, href string) page.Cell {
	c := page.NewCell(query.Count(n), "num")
	c.Href = href
	return c
}

// none stands where there is no number.
func none() page.Cell { return page.NewCell("-", "num d") }

// exceptionCell is a number of exceptions, in red unless it is none.
func exceptionCell(n int64, href string) page.Cell {
	c := number(n, href)
	if n > 0 {
		c.Class += " e"
	}
	return c
}

// shownHoles is how many the first page names.
const shownHoles = 30

func (w *work) holeTable() page.Table {
	t := page.Table{Columns: page.Columns("account:20", "Region:20", "first day:16", "last day:16", "days#:8", "")}
	for i, h := range w.holes {
		if i == shownHoles {
			t.More = fmt.Sprintf("and %s more: holes.csv", query.Count(int64(len(w.holes)-i)))
			break
		}
		what := "no event of the account in any Region, and no signed digest that says so"
		if h.Region != allRegions {
			what = "no event in this Region of --scope, and no signed digest that says so"
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(h.Account, "m"), page.NewCell(h.Region, "m"), page.NewCell(h.FirstDay, "m n"), page.NewCell(h.LastDay, "m n"),
			number(h.Days, "holes.csv"), page.NewCell(what, "d"),
		}})
	}
	return t
}

// contents is the table of contents, with what each control comes to.
func (w *work) contents() page.Table {
	t := page.Table{Columns: page.Columns("control:9", "title", "rows#:10", "exceptions#:10", "answer:26")}
	for i := range w.manifest.Controls {
		c := &w.manifest.Controls[i]
		anchor := anchorOf(c.ID)
		rows, exceptions := number(c.Rows, "#"+anchor), exceptionCell(c.Exceptions, "#"+anchor)
		if c.Answer == notShown && c.Rows == 0 {
			rows, exceptions = none(), none()
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(c.ID, "n").Linked(anchor), page.NewCell(c.Title, "").Linked(anchor),
			rows, exceptions, page.NewCell(c.Answer, classOf(c)),
		}})
	}
	return t
}

func classOf(c *ControlResult) string {
	switch {
	case c.Exceptions > 0 || c.Answer == cannotBeRun:
		return "e"
	case c.Answer == notShown:
		return "d"
	}
	return ""
}

// anchorOf is the id on the page of the control of that id.
func anchorOf(id string) string {
	return "c-" + strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, id)
}

// section is that of a control.
func (w *work) section(c *Control, r *ControlResult) section {
	s := section{ID: anchorOf(c.ID), Title: fmt.Sprintf("%s %s %s", w.Pack.Standard, c.ID, c.Title), Answer: r.Answer, Class: classOf(r), Control: c}
	s.Populations = page.Table{Columns: page.Columns("population", "rows#:10", "exceptions#:10", "sample#:8", "statement:20")}
	for i, p := range c.Populations {
		result := &r.Populations[i]
		s.Populations.Rows = append(s.Populations.Rows, w.populationRow(c, p, result))
		if p.Control != c.ID {
			continue
		}
		full := w.results[p]
		if len(full.exceptions) > 0 {
			t := titled{Title: "Exceptions: " + p.Title, Table: full.table(full.exceptions, true)}
			if more := full.Exceptions - int64(len(full.exceptions)); more > 0 {
				t.More = fmt.Sprintf("and %s more: %s", query.Count(more), full.ExceptionFile)
			}
			s.Tables = append(s.Tables, t)
		}
		if rows := full.sampleRows(); len(rows) > 0 {
			t := titled{Title: "Sample: " + p.Title, Note: w.sampleNote(full)}
			if len(rows) > shownSample {
				t.More = fmt.Sprintf("and %s more: %s", query.Count(int64(len(rows)-shownSample)), full.SampleFile)
				rows = rows[:shownSample]
			}
			t.Table = full.table(rows, false)
			s.Tables = append(s.Tables, t)
		}
	}
	return s
}

// shownSample is how many rows of a sample the page shows.
const shownSample = 25

func (w *work) sampleNote(r *result) string {
	if r.Sample == r.Rows {
		return "All of them."
	}
	return fmt.Sprintf("%s of %s, drawn by seed %d.", query.Count(r.Sample), query.Plural(r.Rows, "row"), w.Seed)
}

func (w *work) populationRow(c *Control, p *Population, r *PopulationResult) page.Row {
	var notes []page.Cell
	note := func(text, class string) {
		if text != "" {
			notes = append(notes, page.NewCell(text, class))
		}
	}
	if r.NotShown != "" {
		note("Not shown by these logs: "+r.NotShown, "")
	}
	if r.CannotRun != "" {
		note("Could not be run: "+r.CannotRun, "e")
	}
	for _, reason := range r.Reasons {
		note(query.Count(reason.Rows)+": "+reason.Says, "e")
	}
	for _, rule := range r.Unasked {
		note(rule, "")
	}
	title := page.NewCell(p.Title, "", notes...)
	if p.Control != c.ID {
		title = title.Linked(anchorOf(p.Control))
		title.Notes = append(title.Notes, page.NewCell("shown with "+p.Control, ""))
	}
	if r.File == "" {
		return page.Row{Cells: []page.Cell{title, none(), none(), none(), page.NewCell("", "")}}
	}
	exceptions := page.NewCell("no rule", "num d")
	if r.ExceptionFile != "" {
		exceptions = exceptionCell(r.Exceptions, r.ExceptionFile)
	}
	statement := page.NewCell(strings.TrimPrefix(r.Statement, "queries/"), "m")
	statement.Href = r.Statement
	return page.Row{Cells: []page.Cell{title, number(r.Rows, r.File), exceptions, number(r.Sample, r.SampleFile), statement}}
}

// Which columns of a population a page has room for: of events and calls these, of others the first.
var shownColumns = []string{"eventTime", "eventName", "actor", "via", "resource", "detail", "outcome", "error", "sourceIPAddress", "ticket"}

const mostColumns = 7

// shown are the places of the columns that a page shows, without that of exceptions.
func (r *result) shown() (places []int) {
	isEvent := slices.ContainsFunc(r.columnNames(), func(name string) bool { return name == "eventTime" })
	for i, name := range r.columnNames() {
		if name == exceptionColumn || isEvent && !slices.Contains(shownColumns, name) {
			continue
		}
		if len(places) < mostColumns {
			places = append(places, i)
		}
	}
	return places
}

func (r *result) columnNames() (names []string) {
	for _, c := range r.columns {
		names = append(names, c.Name)
	}
	return names
}

// table is some rows as a page shows them.
func (r *result) table(rows [][]any, exceptions bool) page.Table {
	places := r.shown()
	if exceptions {
		places = append(places, len(r.columns)-1)
	}
	var t page.Table
	for _, at := range places {
		name := r.columns[at].Name
		isNumber := strings.HasSuffix(r.columns[at].Type, "INT") || r.columns[at].Type == "DOUBLE"
		t.Columns = append(t.Columns, page.Column{Name: page.Show(name), Number: isNumber})
	}
	for _, row := range rows {
		var cells []page.Cell
		for i, at := range places {
			switch v := row[at].(type) {
			case time.Time:
				cells = append(cells, page.NewCell(day(v), "m n"))
			default:
				text, class := query.Text(v), ""
				switch {
				case t.Columns[i].Number:
					class = "num"
				case len(text) > 24:
					class = "any"
				}
				cells = append(cells, page.NewCell(text, class))
			}
		}
		t.Rows = append(t.Rows, page.Row{Cells: cells})
	}
	return t
}

func (w *work) inputTable() page.Table {
	t := page.Table{Columns: page.Columns("flag:18", "file", "rows#:8", "SHA-256")}
	for _, f := range w.manifest.Inputs {
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{page.NewCell("--"+f.Flag, "m"), page.NewCell(f.Path, "m"), number(f.Rows, ""), page.NewCell(f.SHA256, "m any")}})
	}
	return t
}

func (w *work) fileTable() page.Table {
	t := page.Table{Columns: page.Columns("file", "bytes#:12", "SHA-256")}
	for _, f := range w.manifest.Files {
		name := page.NewCell(f.Path, "m any")
		name.Href = f.Path
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{name, number(f.Bytes, ""), page.NewCell(f.SHA256, "m any")}})
	}
	return t
}

package dossier

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/query/lineage"
	"trailbox/query/page"
	"trailbox/schema"
)

//go:embed summary.html
var summaryHTML string

// A summary is what the page tells, while it is gathered.
type summary struct {
	coverage query.Coverage
	forest   *lineage.Forest
	families int64            // rows of blast that are sums
	kept     map[string]*kept // by file
	timeline *kept            // its rows have their number behind their values
	told     []*told
	reads    map[string]*reads // by the name of the call
	anchors  map[string]bool   // the eventIDs that the page's timeline has
}

// reads are those of one call that gives secrets away.
type reads struct {
	call            string
	events, refused int64
	things          map[string]bool
	first, last     time.Time
}

// countSecret counts what was read of secrets.
func (w *work) countSecret(k *kept, row []any) {
	call := k.text(row, "eventName")
	r := w.summary.reads[call]
	if r == nil {
		r = &reads{call: call, things: map[string]bool{}, first: k.time(row, "firstEventTime")}
		w.summary.reads[call] = r
	}
	r.events += k.number(row, "events")
	r.refused += k.number(row, "errors")
	if secret := k.text(row, "secret"); secret != "" && len(r.things) < maxThings {
		r.things[secret] = true
	}
	if t := k.time(row, "firstEventTime"); t.Before(r.first) {
		r.first = t
	}
	if t := k.time(row, "lastEventTime"); t.After(r.last) {
		r.last = t
	}
}

// maxThings bounds what is held to count: callers choose how many names they read.
const maxThings = 100_000

// A pageBody is what the template says.
type pageBody struct {
	Title    string
	Day      string // on which all of it happened
	Made     string
	Program  string
	Asked    string
	Facts    []fact
	Limits   []evidence.Limit
	Sections []*section
	Manifest *Manifest
	Files    page.Table
}

type fact struct{ Name, Value, Note string }

// A section is one of the page.
type section struct {
	ID, Title, Count string
	Short            string // of the title
	File             string // the table that has all of it
	Lead             []string
	Histogram        *page.Histogram
	Tree             *page.Tree
	Tables           []titled
}

type titled struct {
	Title string
	page.Table
}

// writeSummary writes the page.
func (w *work) writeSummary(out io.Writer) error {
	t, err := page.New(summaryHTML, template.FuncMap{"show": page.Show})
	if err != nil {
		return err
	}
	m := &w.manifest
	body := &pageBody{
		Title: w.title(), Day: w.day(), Made: page.Stamp(m.Made), Program: "trailbox " + m.Program.Version,
		Asked: page.Show(query.ShellCommand(m.Scope.Command)), Facts: w.facts(), Limits: m.Limits, Manifest: m, Files: w.fileTable(),
	}
	w.summary.anchors = map[string]bool{}
	for _, row := range w.summary.timeline.rows {
		w.summary.anchors[w.summary.timeline.text(row, "eventID")] = true
	}
	for _, make := range []func() *section{
		w.coverageSection, w.identitySection, w.timeSection, w.serviceSection, w.aliveSection, w.blastSection, w.readSection, w.destroyedSection, w.loggingSection, w.detectionSection, w.actsSection,
		w.timelineSection,
	} {
		body.Sections = append(body.Sections, make())
	}
	return page.Write(out, t, body.Title, "trailbox case of "+page.Stamp(m.Made)+"   store "+m.Store.Fingerprint[:16], body)
}

// title says what the case is about, by what was asked.
func (w *work) title() string {
	asked := w.manifest.Scope.Filter
	if asked == "" {
		asked = "everything"
	}
	return "Case: " + strings.NewReplacer("--", "").Replace(asked)
}

// facts are the numbers at the top.
func (w *work) facts() []fact {
	c := w.manifest.Counts
	all := []fact{
		{"first act", page.Stamp(c.First), ""},
		{"last act", page.Stamp(c.Last), ""},
		{"between them", page.Lasting(c.Last.Sub(c.First)), ""},
		{"events", query.Count(c.Events), query.Count(c.Writes) + " writes, " + query.Count(c.Errors) + " refused or failed"},
	}
	if c.Events == 0 {
		all = []fact{{"events", "0", "nothing found"}}
	}
	names := func(name string, n int64, names []string) {
		f := fact{name, query.Count(n), page.Show(strings.Join(names, ", "))}
		if more := n - int64(len(names)); more > 0 {
			f.Note += fmt.Sprintf(" and %s more", query.Count(more))
		}
		if len([]rune(f.Note)) > 90 {
			f.Note = string([]rune(f.Note)[:88]) + "…"
		}
		all = append(all, f)
	}
	names("actors", c.Actors, c.ActorNames)
	names("accounts", c.Accounts, c.AccountNames)
	names("Regions", c.Regions, c.RegionNames)
	names("source addresses", c.Addresses, c.AddressNames)
	names("access keys", c.Keys, c.KeyNames)
	return all
}

// timeColumn is a column of times: narrow where all are of one day.
func (w *work) timeColumn(name string) string {
	if w.day() != "" {
		return name + ":10"
	}
	return name + ":16"
}

func text(value string, notes ...page.Cell) page.Cell { return page.NewCell(value, "", notes...) }
func mono(value string, notes ...page.Cell) page.Cell { return page.NewCell(value, "m", notes...) }
func number(n int64) page.Cell                        { return page.NewCell(query.Count(n), "num") }
func note(value, class string) page.Cell              { return page.NewCell(value, class) }

// when is a time; of a case that lasted for a day at most, without that.
func (w *work) when(t time.Time, notes ...page.Cell) page.Cell {
	c := page.NewCell(page.Stamp(t), "m n d", notes...)
	if day, clock, _ := strings.Cut(c.Text, "T"); day == w.day() && day != "" {
		c.Text, c.Whole = strings.TrimSuffix(clock, "Z"), c.Text
	}
	return c
}

// clock is a time as text, likewise.
func (w *work) clock(t time.Time) string { return w.when(t).Text }

// day is the day on which all of the case happened; empty for several.
func (w *work) day() string {
	first, last := w.manifest.Counts.First.UTC().Format(time.DateOnly), w.manifest.Counts.Last.UTC().Format(time.DateOnly)
	if first != last || w.manifest.Counts.First.IsZero() {
		return ""
	}
	return first
}

// by notes who acted, where it was not the same one all the time.
func (w *work) by(actor string) page.Cell {
	if w.manifest.Counts.Actors == 1 {
		return page.Cell{}
	}
	return note(actor, "")
}

// from notes an address, likewise.
func (w *work) from(address string) page.Cell {
	if w.manifest.Counts.Addresses == 1 {
		return page.Cell{}
	}
	return note(address, "m")
}

// more says that a table has not all rows.
func more(k *kept, file string) string {
	if left := k.total - int64(len(k.rows)); left > 0 {
		return fmt.Sprintf("and %s more: %s.csv", query.Count(left), file)
	}
	return ""
}

// isOff says that a row of coverage tells of a trail that was off.
func isOff(state string) bool { return strings.HasPrefix(state, "off: ") }

func (w *work) coverageSection() *section {
	k, c, m := w.summary.kept["coverage"], &w.summary.coverage, &w.manifest
	s := &section{ID: "coverage", Short: "Coverage and proof", Title: "What the archive covers, and what proves it", File: "coverage.csv", Count: query.Plural(c.Events, "event")}
	s.Lead = append(s.Lead, fmt.Sprintf("Looked at: %s of %s and %s, %s to %s.",
		query.Plural(c.Events, "event"), query.Plural(c.Accounts, "account"), query.Plural(c.Regions, "Region"), page.Stamp(c.First), page.Stamp(c.Last)))
	if gaps := c.Hours - c.Active; gaps > 0 {
		s.Lead = append(s.Lead, fmt.Sprintf("No event at all in %s of these %s.", query.Count(gaps), query.Plural(c.Hours, "hour")))
	}
	var proofs []string
	for _, state := range slices.Sorted(maps.Keys(m.Proof)) {
		proofs = append(proofs, fmt.Sprintf("%s %s", query.Count(m.Proof[state]), state))
	}
	if proofs != nil {
		s.Lead = append(s.Lead, fmt.Sprintf("The events of the case come from %s: %s (files.csv has each with its SHA-256).",
			query.Plural(w.summary.kept["files"].total, "log file"), strings.Join(proofs, ", ")))
	}
	t := page.Table{Columns: page.Columns("account", "Region", "state", "from", "until", "hours#", "events#", "proven hours#")}
	const most = 40
	left, first, last := 0, m.Counts.First.Add(-time.Hour), m.Counts.Last.Add(time.Hour)
	for _, row := range k.rows {
		state := k.text(row, "state")
		since, until := k.time(row, "since"), k.time(row, "until")
		at := schema.Place{Account: k.text(row, "account"), Region: k.text(row, "region")}
		elsewhere := m.Counts.Events > 0 && !slices.Contains(m.Counts.Places, at) && !isOff(state)
		// What is silent at another time than that of the case is in the file.
		if elsewhere || state == "silence" && m.Counts.Events > 0 && (until.Before(first) || since.After(last)) || len(t.Rows) == most {
			left++
			continue
		}
		cell := text(state)
		switch {
		case state == "absent", isOff(state):
			cell = page.NewCell(state, "e")
		case state == "silence":
			cell = page.NewCell(state, "d")
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			mono(k.text(row, "account")), mono(k.text(row, "region")), cell, w.when(since), w.when(until),
			page.NewCell(k.text(row, "hours"), "num"), number(k.number(row, "events")), page.NewCell(k.text(row, "provenHours"), "num g"),
		}})
	}
	if left > 0 {
		t.More = fmt.Sprintf("and %s about other Regions or other times: coverage.csv", query.Plural(int64(left), "row"))
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

func (w *work) timeSection() *section {
	k, coverage := w.summary.kept["when"], w.summary.kept["coverage"]
	s := &section{ID: "time", Title: "When", File: "when.csv"}
	var steps []page.Step
	for _, row := range k.rows {
		steps = append(steps, page.Step{
			Start: k.time(row, "start"), Events: k.number(row, "events"), Writes: k.number(row, "writes"), Errors: k.number(row, "errors"),
		})
	}
	if len(steps) == 0 || steps[0].Start.IsZero() {
		s.Lead = []string{"No event of the case has a time."}
		return s
	}
	width := time.Minute
	if len(steps) > 1 {
		width = steps[1].Start.Sub(steps[0].Start)
	}
	var gaps, marks []page.Span
	for _, row := range coverage.rows {
		if state := coverage.text(row, "state"); isOff(state) {
			gaps = append(gaps, page.Span{From: coverage.time(row, "since"), Until: coverage.time(row, "until"),
				Title: fmt.Sprintf("%s %s: %s", coverage.text(row, "account"), coverage.text(row, "region"), state)})
		}
	}
	for _, t := range w.summary.told {
		marks = append(marks, page.Span{From: t.first, Title: page.Stamp(t.first) + ": " + t.name})
	}
	s.Histogram = page.NewHistogram(steps, width, gaps, marks)
	s.Count = "by " + map[time.Duration]string{time.Minute: "the minute", time.Hour: "the hour", 24 * time.Hour: "the day"}[width]
	if s.Count == "by " {
		s.Count = "by " + page.Lasting(width)
	}
	s.Lead = []string{s.Histogram.Label + "."}
	return s
}

func (w *work) serviceSection() *section {
	k := w.summary.kept["services"]
	s := &section{ID: "services", Title: "With which services", File: "services.csv", Count: query.Plural(k.total, "service")}
	t := page.Table{Columns: page.Columns("service", "", "events#", "writes#", "failed#", "kinds of calls#", "last"), More: more(k, "services")}
	most := int64(1)
	for _, row := range k.rows {
		most = max(most, k.number(row, "events"))
	}
	for _, row := range k.rows {
		events, writes, errors := k.number(row, "events"), k.number(row, "writes"), k.number(row, "errors")
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			mono(k.text(row, "eventSource")), {Meter: page.NewMeter(events, writes, errors, most)},
			number(events), marked(writes, "w"), marked(errors, "e"), number(k.number(row, "calls")), w.when(k.time(row, "lastEventTime")),
		}})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

// marked is a number in a colour, unless it is nothing.
func marked(n int64, class string) page.Cell {
	if n == 0 {
		return page.NewCell("0", "num d")
	}
	return page.NewCell(query.Count(n), "num "+class)
}

func (w *work) aliveSection() *section {
	k := w.summary.kept["alive"]
	s := &section{ID: "alive", Short: "Still there", Title: "What was made or opened and still stands", File: "alive.csv"}
	s.Count = query.Plural(k.total, "thing")
	if k.total == 0 {
		s.Lead = []string{"Nothing, as far as the log tells."}
		return s
	}
	t := page.Table{Columns: page.Columns("what it is:12", "thing, and how it was made", w.timeColumn("since"), "made by:20", "undone by:16"), More: more(k, "alive")}
	unknown := map[string]bool{}
	for _, row := range k.rows {
		if k.text(row, "kind") == notKnown {
			unknown[k.text(row, "eventName")] = true
			continue
		}
		made := page.NewCell(k.text(row, "eventName"), "m w", w.by(k.text(row, "actor")), w.from(k.text(row, "sourceIPAddress")))
		if id := firstOf(k.text(row, "eventIDs")); w.summary.anchors[id] {
			made = made.Linked("e-" + id)
		}
		changed := page.Cell{}
		if by := k.text(row, "changedBy"); by != "" {
			changed = note("changed "+w.clock(k.time(row, "changed"))+" by "+by, "")
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			text(k.text(row, "kind")), mono(k.text(row, "resource"), note(k.text(row, "detail"), ""), changed),
			w.when(k.time(row, "eventTime")), made, mono(k.text(row, "undo")),
		}})
	}
	s.Count = query.Plural(k.total-int64(len(unknown)), "thing")
	if len(unknown) > 0 {
		s.Lead = append(s.Lead, fmt.Sprintf("Of %s it is not known whether they made something that lasts: %s.",
			query.Plural(int64(len(unknown)), "kind")+" of calls", page.Show(strings.Join(slices.Sorted(maps.Keys(unknown)), ", "))))
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

func (w *work) blastSection() *section {
	k := w.summary.kept["blast"]
	s := &section{ID: "blast", Short: "Reach, and what to revoke", Title: "How far each credential reached, and what to revoke", File: "blast.csv", Count: query.Plural(k.total-w.summary.families, "credential")}
	if k.total == 0 {
		s.Lead = []string{"No credential is behind the events of the case."}
		return s
	}
	s.Lead = []string{"In the order in which to revoke. Numbers are of things made, changed, deleted and read; what failed is among refused alone."}
	if w.summary.families > 0 {
		s.Lead = append(s.Lead, "First whoever was asked for, each with all that was issued from it together.")
	}
	t := page.Table{
		Columns: page.Columns("credential", "revoke:22", "events#:7", "ids made#:6", "policies#:7", "written#:6", "deleted#:6", "secrets#:6", "objects#:6", "shared#:6", "refused#:6"),
		More:    more(k, "blast"),
	}
	for _, row := range k.rows {
		cells := []page.Cell{mono(k.text(row, "credential"), w.by(k.text(row, "actor"))), text(k.text(row, "revoke")), number(k.number(row, "events"))}
		for _, name := range []string{"identities", "policies", "written", "deleted", "secrets", "objects", "shared"} {
			cells = append(cells, marked(k.number(row, name), ""))
		}
		t.Rows = append(t.Rows, page.Row{Cells: append(cells, marked(k.number(row, "refused"), "e"))})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

// countFamily counts the rows that are sums of others.
func (w *work) countFamily(k *kept, row []any) {
	if k.value(row, "descendants") != nil {
		w.summary.families++
	}
}

// notKnown is the kind of rows of alive that stand for calls without a rule.
const notKnown = "(not known)"

// firstOf is the first of a list of eventIDs.
func firstOf(ids string) string {
	return strings.Trim(strings.FieldsFunc(ids+" ", func(r rune) bool { return r == ',' || r == ' ' || r == '[' || r == ']' })[0], `"`)
}

func (w *work) readSection() *section {
	secrets, data := w.summary.kept["secrets"], w.summary.kept["data"]
	s := &section{ID: "read", Title: "What was read", File: "secrets.csv, data.csv"}
	t := page.Table{Columns: page.Columns("call", "things#", "reads#", "refused#", "first", "last")}
	things := 0
	for _, r := range slices.SortedFunc(maps.Values(w.summary.reads), func(a, b *reads) int {
		return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.call, b.call))
	}) {
		if r.events > r.refused {
			things += len(r.things)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			mono(r.call), number(int64(len(r.things))), number(r.events - r.refused), marked(r.refused, "e"), w.when(r.first), w.when(r.last),
		}})
	}
	s.Count = query.Plural(int64(things), "secret")
	if secrets.total == 0 {
		s.Lead = append(s.Lead, "No secret, parameter, password or decryption among the events of the case.")
	} else {
		s.Tables = append(s.Tables, titled{Title: "Secrets, parameters, passwords, decryptions, by the call", Table: t}, titled{Title: "Each by its name", Table: w.secretTable(secrets)})
	}
	if data.total == 0 {
		s.Lead = append(s.Lead, "No data event: of objects, tables and functions only what a trail was told to log is in an archive, so that silence here proves nothing.")
		return s
	}
	d := page.Table{Columns: page.Columns("what", "call:16", "events#:8", "objects#:8", "bytes out#:10", "failed#:7", w.timeColumn("first"), w.timeColumn("last")), More: more(data, "data")}
	for _, row := range data.rows {
		d.Rows = append(d.Rows, page.Row{Cells: []page.Cell{
			mono(data.text(row, "resource")), mono(data.text(row, "eventName"), w.by(data.text(row, "actor"))), number(data.number(row, "events")),
			number(data.number(row, "objects")), number(data.number(row, "bytesOut")), marked(data.number(row, "errors"), "e"),
			w.when(data.time(row, "firstEventTime")), w.when(data.time(row, "lastEventTime")),
		}})
	}
	s.Tables = append(s.Tables, titled{Title: "Data", Table: d})
	return s
}

func (w *work) secretTable(k *kept) page.Table {
	t := page.Table{Columns: page.Columns("what", "call:18", "events#:7", "failed#:7", w.timeColumn("first"), w.timeColumn("last"), "from:12"), More: more(k, "secrets")}
	for _, row := range k.rows {
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			mono(k.text(row, "secret")), mono(k.text(row, "eventName"), w.by(k.text(row, "actor"))), number(k.number(row, "events")),
			marked(k.number(row, "errors"), "e"), w.when(k.time(row, "firstEventTime")), w.when(k.time(row, "lastEventTime")), mono(k.text(row, "sourceIPAddress")),
		}})
	}
	return t
}

func (w *work) destroyedSection() *section {
	k := w.summary.kept["destroyed"]
	s := &section{ID: "destroyed", Title: "What was destroyed", File: "destroyed.csv", Count: query.Plural(k.total, "row")}
	if k.total == 0 {
		s.Lead = []string{"Nothing, and nothing tried."}
		return s
	}
	t := page.Table{Columns: page.Columns(w.timeColumn("time"), "call:22", "what", "events#:7", "how:14", "outcome:14"), More: more(k, "destroyed")}
	for _, row := range k.rows {
		last := ""
		if l := k.time(row, "lastEventTime"); !l.Equal(k.time(row, "firstEventTime")) {
			last = "to " + w.clock(l)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			w.when(k.time(row, "firstEventTime"), note(last, "")),
			page.NewCell(k.text(row, "eventName"), "m w", w.by(k.text(row, "actor"))), mono(k.text(row, "resource")),
			number(k.number(row, "events")), text(k.text(row, "how")), outcome(k.text(row, "error")),
		}})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

// outcome is how a call ended.
func outcome(failure string) page.Cell {
	if failure == "" {
		return page.NewCell("done", "d")
	}
	return page.NewCell(failure, "e")
}

func (w *work) loggingSection() *section {
	k := w.summary.kept["logging"]
	s := &section{ID: "logging", Title: "What became of the logging", File: "logging.csv", Count: query.Plural(k.total, "call")}
	if k.total == 0 {
		s.Lead = []string{"No change to trails, detectors, log groups or where logs are kept, and none tried."}
		return s
	}
	t := page.Table{Columns: page.Columns(w.timeColumn("time"), "call:20", "what:28", "detail", "outcome:14"), More: more(k, "logging")}
	for _, row := range k.rows {
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			w.when(k.time(row, "eventTime")), page.NewCell(k.text(row, "eventName"), "m w", w.by(k.text(row, "actor"))),
			mono(k.text(row, "resource")), text(k.text(row, "detail")), outcome(k.text(row, "error")),
		}})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

func (w *work) detectionSection() *section {
	m := &w.manifest
	s := &section{ID: "detections", Short: "Detections", Title: "Which detections would have told, and when", File: "detections.csv"}
	s.Count = fmt.Sprintf("%d of %s", len(w.summary.told), query.Plural(m.Rules.Run, "rule"))
	s.Lead = append(s.Lead, fmt.Sprintf("Of %s (%s) %d would have told of it, as if every event had been there the second it happened.",
		query.Plural(m.Rules.Run, "alarm and rule"), page.Show(strings.Join(m.Rules.Sources, ", ")), len(w.summary.told)))
	if len(w.summary.told) == 0 {
		return s
	}
	slices.SortStableFunc(w.summary.told, func(a, b *told) int { return cmp.Or(a.first.Compare(b.first), cmp.Compare(a.name, b.name)) })
	t := page.Table{Columns: page.Columns(w.timeColumn("first time"), "after the first act:10", "rule", "level:8", "times#:7", "event:28")}
	const most = 60
	for i, d := range w.summary.told {
		if i == most {
			t.More = fmt.Sprintf("and %d more: detections.csv", len(w.summary.told)-most)
			break
		}
		event := mono(d.event.Name, note(d.event.ID, "m"))
		if w.summary.anchors[d.event.ID] {
			event = event.Linked("e-" + d.event.ID)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			w.when(d.first), page.NewCell(page.Lasting(d.first.Sub(m.Counts.First)), "n"), text(d.name, note(d.kind, "")), levelCell(d.level), number(d.times), event,
		}})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

func levelCell(level string) page.Cell {
	switch level {
	case "critical", "high":
		return page.NewCell(level, "e")
	case "medium":
		return page.NewCell(level, "w")
	}
	return page.NewCell(level, "d")
}

func (w *work) actsSection() *section {
	k := w.summary.kept["acts"]
	s := &section{ID: "acts", Short: "Acts that matter", Title: "The acts that matter most", File: "acts.csv", Count: fmt.Sprintf("%d of %s", len(k.rows), query.Plural(k.total, "kind"))}
	s.Lead = []string{"What was done to logging, access and data comes first, what only looks last; acts that are alike are one row. Each eventID leads to its place in the timeline below."}
	t := page.Table{Columns: page.Columns("matters for:10", w.timeColumn("time"), "act:18", "on what, and how", "events#:7", "outcome:12", "eventID:8"), More: more(k, "acts")}
	for _, row := range k.rows {
		last := ""
		if l := k.time(row, "lastEventTime"); !l.IsZero() && !l.Equal(k.time(row, "eventTime")) {
			last = "to " + w.clock(l)
		}
		id := k.text(row, "eventID")
		link := page.NewCell(id, "m d")
		if len(id) > 8 {
			link.Text, link.Whole = id[:8]+"…", id
		}
		if w.summary.anchors[id] {
			link = link.Linked("e-" + id)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			text(k.text(row, "matters")), w.when(k.time(row, "eventTime"), note(last, "")),
			page.NewCell(k.text(row, "eventName"), actClass(k.text(row, "matters")), w.by(k.text(row, "actor")), w.from(k.text(row, "sourceIPAddress"))),
			mono(k.text(row, "resources"), note(k.text(row, "detail"), "")), number(k.number(row, "events")), outcome(k.text(row, "error")), link,
		}})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

// agent is what a call was made with, as far as it takes to tell agents apart.
func agent(text string) page.Cell {
	c := note(text, "")
	if first, _, cut := strings.Cut(c.Text, " "); cut {
		whole := c.Whole
		if whole == "" {
			whole = c.Text
		}
		c.Text, c.Whole = first+" …", whole
	}
	return c
}

// who is who acted, unless it was the same one all the time, from where, and by what.
func (w *work) who(k *kept, row []any) page.Cell {
	address, key := k.text(row, "sourceIPAddress"), note(k.text(row, "accessKeyId"), "m")
	if w.manifest.Counts.Actors == 1 {
		return mono(address, key, agent(k.text(row, "userAgent")))
	}
	return text(k.text(row, "actor"), note(address, "m"), key, agent(k.text(row, "userAgent")))
}

// actClass colours the names of acts that change something.
func actClass(matters string) string {
	switch strings.TrimSuffix(matters, " (tried)") {
	case "look", "secret", "decrypted", "sign-in", "role":
		return "m"
	}
	return "m w"
}

func (w *work) timelineSection() *section {
	k := w.summary.timeline
	s := &section{ID: "timeline", Title: "Timeline", File: "timeline.csv, timeline.xlsx", Count: fmt.Sprintf("%s of %s", query.Count(int64(len(k.rows))), query.Plural(k.total, "event"))}
	t := page.Table{Columns: page.Columns("row#:6", w.timeColumn("time"), "act:22", "on what, and how", "who and from where:18", "outcome:12")}
	seen, before := map[string]bool{}, int64(0)
	for _, row := range k.rows {
		at := row[len(row)-1].(int64)
		if left := at - before - 1; left > 0 {
			t.Rows = append(t.Rows, page.Row{Gap: fmt.Sprintf("%s: %s of timeline.csv", query.Plural(left, "more act"), rowsBetween(before+1, at-1))})
		}
		before = at
		id := k.text(row, "eventID")
		anchor := ""
		if id != "" && !seen[id] { // one eventID may have two contents
			anchor, seen[id] = "e-"+id, true
		}
		t.Rows = append(t.Rows, page.Row{ID: anchor, Cells: []page.Cell{
			number(at), w.when(k.time(row, "eventTime")),
			mono(k.text(row, "eventName"), note(strings.TrimSuffix(k.text(row, "eventSource"), ".amazonaws.com")+" "+k.text(row, "awsRegion"), ""), note(id, "m")),
			mono(k.text(row, "resources"), note(k.text(row, "detail"), "")),
			w.who(k, row), outcome(k.text(row, "error")),
		}})
	}
	if left := k.total - before; left > 0 && len(k.rows) > 0 {
		t.Rows = append(t.Rows, page.Row{Gap: fmt.Sprintf("%s, from row %s of timeline.csv on", query.Plural(left, "more act"), query.Count(before+1))})
	}
	s.Tables = append(s.Tables, titled{Table: t})
	return s
}

func rowsBetween(first, last int64) string {
	if first == last {
		return "row " + query.Count(first)
	}
	return "rows " + query.Count(first) + " to " + query.Count(last)
}

// fileTable lists the files of the case.
func (w *work) fileTable() page.Table {
	t := page.Table{Columns: page.Columns("file:18", "bytes#:13", "rows#:11", "SHA-256")}
	for _, f := range w.manifest.Files {
		if strings.HasPrefix(f.Path, "queries/") {
			continue
		}
		rows := page.NewCell("", "num")
		name, _, _ := strings.Cut(f.Path, ".")
		if n, ok := w.manifest.Rows[name]; ok {
			rows = number(n)
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{mono(f.Path), number(f.Bytes), rows, page.NewCell(f.SHA256, "m d")}})
	}
	t.More = fmt.Sprintf("and queries/ with %s; manifest.json has the hash of each file, this page's among them", query.Plural(int64(w.manifest.Queries()), "statement"))
	return t
}

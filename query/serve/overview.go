package serve

import (
	"fmt"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

// A fact is a number at the top of a page.
type fact struct{ Name, Value, Note, Href string }

// A later is a part of a page that comes after it, since it takes longer: the script of the
// page asks for it, or, where it is dear, whoever reads.
type later struct {
	ID, Title, Link, Why string
	Dear                 bool
}

// A part is one that has come.
type part struct {
	ID, Title string
	All       string // the page that has all of it
	Lead      []string
	Table     *page.Table
	Trees     *forest
}

// An overviewBody is the page of what there is.
type overviewBody struct {
	Bar       *bar
	Facts     []fact
	Histogram *page.Histogram
	Heat      *page.Heat
	Notes     []string
	Traits    []trait
	Later     []later
}

// overview is the page of what there is: by time, by account and Region, and by whom.
func (s *Server) overview(r *request) (*view, error) {
	if r.values.Get("part") == "new" {
		return r.newSince()
	}
	where := r.filter.Where()
	v := &view{
		Section: "Overview", Title: "Overview", Template: "overview", Name: "overview",
		Statements: []query.Statement{
			query.DaysStatement(r.filter), query.ProfileStatement(r.filter, maxTraits), query.KnownStatement(),
		},
		Command: commandLine(r.values, "trailbox", "report", "overview"),
		Rows:    func() (query.Result, error) { return query.DaysStatement(r.filter).Query(r.ctx, r.store) },
	}
	if r.values.Has("form") {
		return v, nil
	}
	body := &overviewBody{Bar: r.newBar()}
	v.Body = body
	var (
		cover   query.Coverage
		days    []query.Day
		placed  []query.Day // of everybody: what the archive has
		known   []query.Known
		profile map[string][]query.Trait
	)
	err := together(
		func() (err error) { cover, err = r.cover(); return err },
		func() (err error) { profile, err = r.profile(); return err },
		func() (err error) {
			if days, err = r.days(r.filter); err == nil && r.isNarrow() {
				placed, err = r.days(where)
			}
			return err
		},
		func() (err error) { known, err = r.knownTimes(); return err },
	)
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	if placed == nil {
		placed = days
	}
	body.Histogram = r.histogram(stepsOf(days))
	body.Heat = r.newHeat(placed, known)
	if r.isNarrow() {
		body.Notes = append(body.Notes, "The map is of all events of these accounts and Regions, whoever made them: it tells what the archive has.")
	}
	body.Facts = r.facts(profile)
	body.Traits = r.traits(profile, "actor", "event-name", "event-source", "source-ip", "error-code", "aws-region", "account", "user-agent", "access-key")
	body.Later = []later{{ID: "new", Title: "New since", Link: r.here("part", "new"), Why: "what nothing before had, of the whole store"}}
	return v, nil
}

// isNarrow reports whether the filter says more than where to look.
func (r *request) isNarrow() bool {
	where := r.filter.Where()
	return r.filter.Text() != where.Text()
}

// facts are the numbers of a page, each a link to its events.
func (r *request) facts(profile map[string][]query.Trait) []fact {
	all := profile["all"][0]
	facts := []fact{
		{Name: "events", Value: query.Count(all.Events), Href: r.link("/events")},
		{Name: "writes", Value: query.Count(all.Writes), Href: r.link("/events", "read-only", "false")},
		{Name: "refused or failed", Value: query.Count(all.Errors), Href: r.link("/events", "errors-only", "true")},
	}
	if !all.First.IsZero() {
		facts = append(facts,
			fact{Name: "first seen", Value: page.Stamp(all.First), Href: r.link("/events", "since", clock(all.First), "until", clock(all.First.Add(time.Second)))},
			fact{Name: "last seen", Value: page.Stamp(all.Last), Note: page.Lasting(all.Last.Sub(all.First)) + " later", Href: r.link("/events", "since", clock(all.Last), "until", clock(all.Last.Add(time.Second)))})
	}
	for _, d := range []struct{ name, words string }{
		{"actor", "actors"}, {"event-name", "kinds of calls"}, {"source-ip", "source addresses"}, {"access-key", "access keys"}, {"aws-region", "Regions"}, {"account", "accounts"},
	} {
		if of := profile[d.name]; len(of) > 0 {
			n := of[0].Of
			for _, t := range of {
				if t.Nameless { // as far as it is among those that are shown
					n--
				}
			}
			facts = append(facts, fact{Name: d.words, Value: query.Count(n), Href: r.link("/report/" + reportOf[d.name])})
		}
	}
	return facts
}

// maxTraits is how many values of each kind a page shows.
const maxTraits = 10

// A trait is the most frequent values that events have somewhere.
type trait struct {
	Title, Count, All string
	Rows              []traitRow
}

type traitRow struct {
	Text, Whole, Class string
	Service            string // of a call
	Page               string // of the value
	Events, Count      string
	Note               string
	Meter              *page.Meter
}

// reportOf is the report that has all values of a dimension.
var reportOf = map[string]string{
	"actor": "who", "event-name": "what", "event-source": "services", "source-ip": "where", "user-agent": "user-agents", "aws-region": "regions",
	"error-code": "errors", "access-key": "access-keys", "account": "overview",
}

// traits are those of some dimensions.
func (r *request) traits(profile map[string][]query.Trait, dimensions ...string) (traits []trait) {
	titles := map[string]string{
		"actor": "Who", "event-name": "What", "event-source": "With which services", "source-ip": "From where", "user-agent": "With which programs",
		"aws-region": "In which Regions", "error-code": "What failed", "access-key": "With which keys", "account": "In which accounts",
	}
	pages := map[string]string{"actor": "/actor", "source-ip": "/address", "access-key": "/key"}
	for _, name := range dimensions {
		values := profile[name]
		t := trait{Title: titles[name], All: r.link("/report/" + reportOf[name])}
		most := int64(1)
		for _, v := range values {
			most = max(most, v.Events)
		}
		if len(values) > 0 {
			t.Count = fmt.Sprintf("all %s", query.Count(values[0].Of))
			if int(values[0].Of) > len(values) {
				t.Count = fmt.Sprintf("%d of %s", len(values), query.Count(values[0].Of))
			}
		}
		for _, v := range values {
			row := traitRow{Text: shorten(page.Show(v.Value)), Whole: page.Show(v.Value), Count: query.Count(v.Events), Meter: page.NewMeter(v.Events, v.Writes, v.Errors, most)}
			if row.Whole == row.Text {
				row.Whole = ""
			}
			switch {
			case v.Nameless:
				row.Text = "(none)"
			case v.Value == "": // which no filter can ask for
				row.Text = "(empty)"
			case len(v.Value)+len(v.Service) <= maxLinked:
				pairs := []string{name, exact(name, v.Value)}
				if v.Service != "" {
					pairs = append(pairs, "event-source", exact("event-source", v.Service))
				}
				row.Events = r.link("/events", pairs...)
				if row.Page = row.Events; pages[name] != "" {
					row.Page = r.where(pages[name], "name", v.Value)
				}
			}
			switch name {
			case "event-name":
				row.Service = shorten(page.Show(strings.TrimSuffix(v.Service, ".amazonaws.com")))
				if v.Writes > 0 {
					row.Class = "w"
				}
			case "source-ip", "access-key", "account", "aws-region":
				row.Class = "m"
			case "error-code":
				row.Class = "e"
			}
			if v.Errors > 0 && name != "error-code" {
				row.Note = query.Count(v.Errors) + " failed"
			}
			t.Rows = append(t.Rows, row)
		}
		traits = append(traits, t)
	}
	return traits
}

// newSince is the part of the overview that tells what is new: in the period, or on the last
// day that has events.
func (r *request) newSince() (*view, error) {
	report, err := query.FindReport("first-seen")
	if err != nil {
		return nil, err
	}
	asked, values := r.filter, r.values
	if asked.Since.IsZero() {
		cover, err := r.cover()
		if err != nil {
			return nil, err
		}
		asked.Since = cover.Last.UTC().Truncate(24 * time.Hour)
		values = filterValues(values)
		values.Set("since", clock(asked.Since))
	}
	return r.partOf(&report, asked, part{
		ID: "new", Title: "New since " + page.Stamp(asked.Since), All: with("/report/first-seen", filterValues(values)),
		Lead: []string{"What nothing in the store had before, whoever it was: actors, and calls, addresses and Regions that are new for theirs."},
	}, "Overview")
}

// maxPartRows is how many rows of a report a part of a page shows.
const maxPartRows = 20

// partOf is a report as a part of a page.
func (r *request) partOf(report *query.Report, f query.Filter, p part, section string) (*view, error) {
	v := &view{
		Section: section, Title: p.Title, Template: "part", Name: report.Name, Statements: []query.Statement{report.Statement(f)},
		Rows: func() (query.Result, error) { return report.Run(r.ctx, r.store, f) },
	}
	if r.values.Has("form") {
		return v, nil
	}
	answer, err := v.Rows()
	if err != nil {
		return nil, err
	}
	if p.Table, _, err = r.tableOf(&leading{Result: answer, left: maxPartRows}, nil); err != nil {
		return nil, err
	}
	for i := range p.Table.Columns {
		p.Table.Columns[i].Href = "" // the report sorts
	}
	if len(p.Table.Rows) == maxPartRows {
		p.Table.More = fmt.Sprintf("The first %d rows; the report has all.", maxPartRows)
	}
	v.Body = &p
	return v, nil
}

// leading are the first rows of a result.
type leading struct {
	query.Result
	left int
}

func (l *leading) Next() bool {
	if l.left == 0 {
		return false
	}
	l.left--
	return l.Result.Next()
}

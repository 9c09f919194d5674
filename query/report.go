package query

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

//go:embed reports/*.sql
var reportFiles embed.FS

// A Report is a canned query: one file of reports/*.sql, whose header says what
// it is.
//
//	-- title:  Who acted
//	-- why:    every principal by who is behind it
//	-- group:  Questions
//	-- column: actor, type, events
//
// A line that goes on is indented. What an answer cannot have is in the field limits. The
// statement has marks for the fragments that it shares with other reports. With these put in
// it has the mark of filters, WHERE /* filters */ true, where events are taken, and runs as it
// stands where there are none. Where the question is about what was asked for as well, be it there or not, it has
// marks for that, see [Report.Statement].
//
// DuckDB's scan looks at conditions on one column alone before it unpacks any other, for
// which they stand between ANDs, and name values as IN a list, column IN ['a', 'b'], and no
// regular expression, which might fail. What stands in an OR with other columns comes after
// the scan. So where a report wants what is wide of few events, such a condition goes first,
// even if a longer one behind it says more.
//
// What is wide is unpacked 2048 events at a time. What costs beside that is mostly done once
// too often: each look into a block of JSON reads all of it, so that several members are asked
// for in one, as a list of paths; a macro works out what it is given in each place that its
// text has it, so that it is given columns; and what many events say alike is grouped before
// it is taken apart. A number from row_number() OVER () has all that is behind it done by one
// thread, which rowid has not.
//
// A report that has got a new name keeps the one it had, as an alias.
type Report struct {
	Name    string
	Alias   string
	Title   string
	Why     string
	Limits  string   // what the answer cannot have, which is told with it
	Group   string   // one of Groups
	Needs   []string // filters, one of which has to be given: without, the answer is everything
	Columns []string
	Aside   []string // of these, those that a table leaves out where it has no room
	Chart   string   // how a page draws the answer, see [Charts]; empty for not at all
	SQL     string

	// Zone is in whose hours and days a report counts that does, by its IANA name; "" is
	// UTC. Whoever runs it sets it.
	Zone string
}

// Groups are what reports are grouped by, in their order.
func Groups() []string {
	return []string{"Questions", "Identity", "Change", "Attention", "Completeness"}
}

// Reports lists the reports by group and name.
func Reports() []Report {
	names, err := fs.Glob(reportFiles, "reports/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	shared := allFragments()
	var reports []Report
	for _, name := range names {
		text, err := reportFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		reports = append(reports, parseReport(strings.TrimSuffix(path.Base(name), ".sql"), string(text), shared))
	}
	groups := Groups()
	slices.SortFunc(reports, func(a, b Report) int {
		return cmp.Or(cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)), cmp.Compare(a.Name, b.Name))
	})
	return reports
}

// Charts are how a page draws an answer: bars beside the numbers of its columns events, writes
// and errors, the last two if it has them; along the time, with a column start by these numbers,
// or by its rows, each of which is an event with an eventTime; or as the map of what there is of
// each account and Region in each step of the time, for what is about that.
func Charts() []string { return []string{"bars", "time", "heat"} }

// headerLine is a line of a header: a field and its text, or, without the field,
// more of the text before.
var headerLine = regexp.MustCompile(`^-- (?:([a-z]+):)? +(.*)$`)

func parseReport(name, text string, shared fragments) Report {
	r := Report{Name: name}
	var field, needs, columns, aside string
	rest := text
	for {
		line, after, _ := strings.Cut(rest, "\n")
		m := headerLine.FindStringSubmatch(line)
		if m == nil {
			break
		}
		if m[1] != "" {
			field = m[1]
		}
		switch field {
		case "title":
			r.Title = join(r.Title, m[2])
		case "alias":
			r.Alias = join(r.Alias, m[2])
		case "why":
			r.Why = join(r.Why, m[2])
		case "limits":
			r.Limits = join(r.Limits, m[2])
		case "group":
			r.Group = join(r.Group, m[2])
		case "chart":
			r.Chart = join(r.Chart, m[2])
		case "needs":
			needs = join(needs, m[2])
		case "column":
			columns = join(columns, m[2])
		case "aside":
			aside = join(aside, m[2])
		}
		rest = after
	}
	if needs != "" {
		r.Needs = strings.Split(needs, ", ")
	}
	if aside != "" {
		r.Aside = strings.Split(aside, ", ")
	}
	r.Columns = strings.Split(columns, ", ")
	r.SQL = shared.put(rest)
	return r
}

func join(text, more string) string {
	return strings.TrimSpace(text + " " + more)
}

// An UnknownReportError says that there is no report of that name.
type UnknownReportError struct{ Name string }

func (e *UnknownReportError) Error() string { return fmt.Sprintf("no report %q", e.Name) }

// FindReport returns the report that has or had that name.
func FindReport(name string) (Report, error) {
	text, err := reportFiles.ReadFile("reports/" + name + ".sql")
	if err == nil {
		return parseReport(name, string(text), allFragments()), nil
	}
	for _, r := range Reports() {
		if name != "" && r.Alias == name {
			return r, nil
		}
	}
	return Report{}, &UnknownReportError{Name: name}
}

// TooWide says that the report needs a filter which is not among those given.
func (r *Report) TooWide(f Filter) bool {
	narrowing := f.narrowing()
	return len(r.Needs) > 0 && !slices.ContainsFunc(r.Needs, func(flag string) bool { return slices.Contains(narrowing, flag) })
}

// Statement is the report over the events that the filter lets through.
//
// Besides that of filters there may be these marks: since and until, accounts and regions,
// NULL as long as they were not asked for, by their names as far as accounts and Regions
// go; places, the condition that an event is of these accounts and Regions, at whatever
// time; filters of what was made of events, for rows that differ from those of events that they
// have the rowid of; period, whether since or until was asked for; unfiltered, whether everything was;
// access-key given, whether access keys were; and zone, the name of [Report.Zone].
func (r *Report) Statement(f Filter) Statement {
	condition := f.Condition()
	s := Statement{SQL: r.SQL}.Put("filters", f.inEvents())
	asked := f.Scope
	asked.Accounts = slices.Concat(f.Accounts, f.Account.names())
	asked.Regions = slices.Concat(f.Regions, f.Region.names())
	put := func(mark string, part Statement) {
		if strings.Contains(r.SQL, "/* "+mark+" */") {
			s = s.Put(mark, part)
		}
	}
	for _, arg := range asked.Args() {
		if arg.Value != nil {
			put(arg.Name, Statement{SQL: "$" + arg.Name}.With(arg))
		}
	}
	if f.HasPeriod() {
		put("period", Statement{SQL: "true"})
	}
	if condition.SQL != And().SQL {
		put("unfiltered", Statement{SQL: "false"})
	}
	if f.AccessKey.Given() {
		put("access-key given", Statement{SQL: "true"})
	}
	if f.Families.SQL != "" {
		put("families", f.Families)
	}
	if r.Zone != "" {
		put("zone", Statement{SQL: "$zone"}.With(schema.Arg{Name: "zone", Value: r.Zone}))
	}
	places := f.Where()
	places.Since, places.Until = time.Time{}, time.Time{}
	put("places", places.Condition())
	put("filters of what was made of events", condition)
	return s
}

// Asked is the filter of the report once it is settled: a period that begins 90 days ago ends
// now, where the report is about the period.
func (r *Report) Asked(f Filter, now time.Time) Filter {
	if r.IsOfPeriod() && !f.Since.IsZero() && f.Until.IsZero() {
		f.Until = now.Truncate(time.Second)
	}
	return f
}

// IsOfPeriod reports whether the report is about the period that was asked for, not about
// its events alone.
func (r *Report) IsOfPeriod() bool { return strings.Contains(r.SQL, "/* period */") }

// HasZone reports whether the report counts by the hours or days of a time zone.
func (r *Report) HasZone() bool { return strings.Contains(r.SQL, "/* zone */") }

// Run runs the report over the events that the filter lets through.
func (r *Report) Run(ctx context.Context, store *schema.Store, f Filter) (Result, error) {
	rows, err := r.Statement(f).Query(ctx, store)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", r.Name, err)
	}
	return rows, nil
}

// Export runs the report as Run does, and writes the answer as Parquet to the file that
// the store was opened for.
func (r *Report) Export(ctx context.Context, store *schema.Store, f Filter) (rows int64, err error) {
	if rows, err = r.Statement(f).Export(ctx, store); err != nil {
		return 0, fmt.Errorf("report %s: %w", r.Name, err)
	}
	return rows, nil
}

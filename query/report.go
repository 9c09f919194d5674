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

//go:embed filter.sql
var filterSQL string

// A Report is a canned query: one file of reports/*.sql, whose header says what
// it is.
//
//	-- title:  Who acted
//	-- why:    every principal by who is behind it
//	-- group:  Questions
//	-- column: actor, type, events
//
// A line that goes on is indented. The statement holds the place for filters,
// WHERE /* filters */ true, once, and runs as it stands where there are none.
type Report struct {
	Name    string
	Title   string
	Why     string
	Group   string   // one of Groups
	Needs   []string // filters, one of which has to be given: without, the answer is everything
	Columns []string
	SQL     string
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
	var reports []Report
	for _, name := range names {
		text, err := reportFiles.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		reports = append(reports, parseReport(strings.TrimSuffix(path.Base(name), ".sql"), string(text)))
	}
	groups := Groups()
	slices.SortFunc(reports, func(a, b Report) int {
		return cmp.Or(cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)), cmp.Compare(a.Name, b.Name))
	})
	return reports
}

// headerLine is a line of a header: a field and its text, or, without the field,
// more of the text before.
var headerLine = regexp.MustCompile(`^-- (?:([a-z]+):)? +(.*)$`)

func parseReport(name, text string) Report {
	r := Report{Name: name}
	var field, needs, columns string
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
		case "why":
			r.Why = join(r.Why, m[2])
		case "group":
			r.Group = join(r.Group, m[2])
		case "needs":
			needs = join(needs, m[2])
		case "column":
			columns = join(columns, m[2])
		}
		rest = after
	}
	if needs != "" {
		r.Needs = strings.Split(needs, ", ")
	}
	r.Columns = strings.Split(columns, ", ")
	r.SQL = rest
	return r
}

func join(text, more string) string {
	return strings.TrimSpace(text + " " + more)
}

// A Filter limits a report to some of the events. The zero Filter limits nothing.
type Filter struct {
	Since       time.Time // the first eventTime to count
	Until       time.Time // the first eventTime to leave out
	Accounts    []string
	Regions     []string // as awsRegion
	Actor       string   // any name that somebody goes by
	EventName   string
	EventSource string // with or without .amazonaws.com
	Resource    string // a name, or the end of an ARN
	SourceIP    string
	ReadOnly    *bool
	ErrorsOnly  bool
}

// args are the values of the filter, by the names that filter.sql has for them.
func (f *Filter) args() []schema.Arg {
	var args []schema.Arg
	add := func(name string, given bool, value any) {
		if given {
			args = append(args, schema.Arg{Name: name, Value: value})
		}
	}
	add("since", !f.Since.IsZero(), f.Since.UTC())
	add("until", !f.Until.IsZero(), f.Until.UTC())
	add("account", len(f.Accounts) > 0, strings.Join(f.Accounts, ","))
	add("region", len(f.Regions) > 0, strings.Join(f.Regions, ","))
	add("actor", f.Actor != "", f.Actor)
	add("eventname", f.EventName != "", f.EventName)
	add("eventsource", f.EventSource != "", f.EventSource)
	add("resource", f.Resource != "", f.Resource)
	add("sourceip", f.SourceIP != "", f.SourceIP)
	if f.ReadOnly != nil {
		add("readonly", true, *f.ReadOnly)
	}
	add("errorsonly", f.ErrorsOnly, true)
	return args
}

// conditions are those of filter.sql by the name of their filter.
func conditions() map[string]string { return conditionsIn(filterSQL) }

func conditionsIn(text string) map[string]string {
	const mark = "-- filter: "
	all := map[string]string{}
	parts := strings.Split(text, mark)
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, "\n")
		all[name] = strings.TrimSpace(text)
	}
	return all
}

// place is where a statement takes the conditions of the filters.
const place = "/* filters */ true"

// apply puts the conditions of a filter into a statement, and returns the values
// that they are bound to.
func (f *Filter) apply(sql string) (string, []schema.Arg) {
	all := conditions()
	var text strings.Builder
	text.WriteString("true")
	var bound []schema.Arg
	for _, arg := range f.args() {
		condition, ok := all[arg.Name]
		if !ok {
			panic("BUG: filter.sql has no condition for " + arg.Name)
		}
		// A condition may end in a comment, hence the line end before the bracket.
		fmt.Fprintf(&text, "\n    AND (\n%s\n    )", condition)
		if strings.Contains(condition, "$"+arg.Name) {
			bound = append(bound, arg)
		}
	}
	return strings.Replace(sql, place, text.String(), 1), bound
}

// An UnknownReportError says that there is no report of that name.
type UnknownReportError struct{ Name string }

func (e *UnknownReportError) Error() string { return fmt.Sprintf("no report %q", e.Name) }

// FindReport returns the report of that name.
func FindReport(name string) (Report, error) {
	for _, r := range Reports() {
		if r.Name == name {
			return r, nil
		}
	}
	return Report{}, &UnknownReportError{Name: name}
}

// TooWide says that the report needs a filter which is not among those given.
func (r *Report) TooWide(f Filter) bool {
	given := f.args()
	return len(r.Needs) > 0 && !slices.ContainsFunc(r.Needs, func(name string) bool {
		return slices.ContainsFunc(given, func(a schema.Arg) bool { return a.Name == strings.ReplaceAll(name, "-", "") })
	})
}

// Statement is the report with the filter's values in it, to be run by itself: here, or
// by DuckDB's own tools on the store.
func (r *Report) Statement(f Filter) string {
	statement, args := f.apply(r.SQL)
	return Inline(statement, args)
}

// Run runs the report over the events that the filter lets through.
func (r *Report) Run(ctx context.Context, store *schema.Store, f Filter) (Result, error) {
	statement, args := f.apply(r.SQL)
	rows, err := store.Query(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", r.Name, err)
	}
	return rows, nil
}

// Export runs the report as Run does, and writes the answer as Parquet to the file that
// the store was opened for.
func (r *Report) Export(ctx context.Context, store *schema.Store, f Filter) (rows int64, err error) {
	statement, args := f.apply(r.SQL)
	if rows, err = store.Export(ctx, statement, args...); err != nil {
		return 0, fmt.Errorf("report %s: %w", r.Name, err)
	}
	return rows, nil
}

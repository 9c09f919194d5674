package pack

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

//go:embed statements/*.sql
var statementFiles embed.FS

// ours are the files of statements that populations are not made from by their names.
var ours = []string{"approved", "approved_unused", "conditions", "events", "matching"}

// statementNames are those that a population may be made from.
func statementNames() []string {
	names, err := fs.Glob(statementFiles, "statements/*.sql")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var all []string
	for _, name := range names {
		name = strings.TrimSuffix(path.Base(name), ".sql")
		if !slices.Contains(ours, name) {
			all = append(all, strings.ReplaceAll(name, "_", "-"))
		}
	}
	return all
}

// file is the text of a statement, without what it shares.
func file(name string) string {
	text, err := statementFiles.ReadFile("statements/" + strings.ReplaceAll(name, "-", "_") + ".sql")
	if err != nil {
		panic("BUG: " + err.Error()) // packs are checked when they are read
	}
	return strings.TrimSpace(string(text))
}

// conditions are those of conditions.sql by their names.
var conditions = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, part := range strings.Split(file("conditions"), "-- condition: ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		for strings.HasPrefix(text, "--") {
			_, text, _ = strings.Cut(text, "\n")
		}
		all[name] = strings.TrimSpace(text)
	}
	return all
})

// shared puts what statements share into one: fragments of reports, and conditions of packs.
func shared(text string) string {
	// A condition may have others in it, not itself.
	for range 3 {
		for name, condition := range conditions() {
			if strings.Contains(text, "/* condition "+name+" */ ") {
				text = schema.Put(text, "condition "+name, "(\n"+condition+"\n)")
			}
		}
	}
	return query.WithFragments(text)
}

// A maker makes the statements of a pack.
type maker struct {
	filter query.Filter // the period, and the accounts in scope
	inputs *Inputs
}

// accounts are those that are to be in scope; none for all.
func (m *maker) accounts() []string {
	if m.inputs.Scope == nil {
		return []string{}
	}
	return append([]string{}, m.inputs.Scope.Accounts...)
}

func (m *maker) regions() []string {
	if m.inputs.Scope == nil {
		return []string{}
	}
	return append([]string{}, m.inputs.Scope.Regions...)
}

// filterOf is what a population is limited to.
func (m *maker) filterOf(p *Population) (query.Filter, error) {
	f := m.filter
	switch p.Period {
	case UntilEnd:
		f.Since = time.Time{}
	case TwelveBack:
		f.Since = f.Until.AddDate(-1, 0, 0)
	}
	for _, named := range p.Filters {
		if err := setFilter(&f, named.Flag, named.Value); err != nil {
			return f, err
		}
	}
	if p.Scoped {
		for _, thing := range m.inputs.Scope.Things() {
			if err := f.Resource.Add(thing, nil); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// statement is that of a population.
func (m *maker) statement(ctx context.Context, store *schema.Store, p *Population) (s query.Statement, err error) {
	f, err := m.filterOf(p)
	if err != nil {
		return s, err
	}
	if len(p.Filters) > 0 || p.Scoped {
		if err := f.Settle(ctx, store); err != nil {
			return s, err
		}
	}
	switch {
	case p.Report != "":
		r, err := query.FindReport(p.Report)
		if err != nil {
			return s, err
		}
		s = r.Statement(f)
	case p.Events != nil:
		s = m.events(p)
	default:
		s = query.Statement{SQL: file(p.Statement)}
		if strings.Contains(s.SQL, "/* days */") {
			s = put(s, "days", query.Statement{SQL: file("days")})
		}
	}
	return m.around(m.filled(s, f), p), nil
}

// holes is the statement of the days of a filter that are missing.
func (m *maker) holes() query.Statement {
	return m.filled(put(query.Statement{SQL: file("holes")}, "days", query.Statement{SQL: file("days")}), m.filter)
}

// put puts a part at a mark that a statement may have.
func put(s query.Statement, mark string, part query.Statement) query.Statement {
	if !strings.Contains(s.SQL, "/* "+mark+" */ ") {
		return s
	}
	return s.Put(mark, part)
}

// events is the statement of the events of a population.
func (m *maker) events(p *Population) query.Statement {
	name := "events"
	if p.Approved && m.inputs.Approved != nil {
		name = "approved"
	}
	s := put(query.Statement{SQL: file(name)}, "matching", query.Statement{SQL: file("matching")})
	list := func(column string, values []string) query.Statement {
		name := column + "s"
		return query.Statement{SQL: column + " IN $" + name}.With(schema.Arg{Name: name, Value: values})
	}
	var either, all []query.Statement
	for _, subject := range p.Events.Calls {
		either = append(either, query.Statement{SQL: query.Fragment("calls of " + subject)})
	}
	if len(p.Events.Names) > 0 {
		either = append(either, list("eventName", p.Events.Names))
	}
	if len(either) > 0 {
		all = append(all, query.Or(either...))
	}
	if len(p.Events.Sources) > 0 {
		all = append(all, list("eventSource", p.Events.Sources))
	}
	if p.Events.Where != "" {
		all = append(all, query.Statement{SQL: p.Events.Where})
	}
	return s.Put("which", query.And(all...))
}

// filled puts into a statement what it shares with others, and what was asked for.
func (m *maker) filled(s query.Statement, f query.Filter) query.Statement {
	s.SQL = shared(s.SQL)
	places := f
	places.Since, places.Until = time.Time{}, time.Time{}
	s = put(s, "filters", f.Condition())
	s = put(s, "places", places.Condition())
	if m.inputs.Admins != nil {
		var named query.Filter
		for _, name := range m.inputs.Admins.Names {
			if err := named.Actor.Add(name, nil); err != nil {
				panic("BUG: " + err.Error()) // it was checked when it was read
			}
		}
		is := named.Condition()
		is.SQL = "coalesce(" + is.SQL + ", false)" // what a record does not say is NULL
		s = put(put(s, "is admin", is), "admins", is)
	} else {
		s = put(s, "admins", query.Statement{SQL: shared("/* condition evident admins */ true")})
	}
	args := []schema.Arg{
		{Name: "since", Value: m.filter.Since.UTC()}, {Name: "until", Value: m.filter.Until.UTC()}, {Name: "from", Value: f.Since.UTC()},
		{Name: "accounts", Value: m.accounts()}, {Name: "regions", Value: m.regions()},
	}
	if a := m.inputs.Approved; a != nil {
		args = append(args, schema.Arg{Name: "approvedEvents", Value: a.Events}, schema.Arg{Name: "approvedResources", Value: a.Resources},
			schema.Arg{Name: "approvedSince", Value: a.Since}, schema.Arg{Name: "approvedUntil", Value: a.Until}, schema.Arg{Name: "approvedTickets", Value: a.Tickets})
	}
	if c := m.inputs.Credentials; c != nil {
		for _, name := range sortedKeys(c.Columns) {
			args = append(args, schema.Arg{Name: name, Value: c.Columns[name]})
		}
	}
	for _, arg := range args {
		if strings.Contains(s.SQL, "$"+arg.Name+"::") && !slices.ContainsFunc(s.Args, func(a schema.Arg) bool { return a.Name == arg.Name }) {
			s = s.With(arg)
		}
	}
	return s
}

// around is the statement with its exceptions, and without what a population leaves out.
func (m *maker) around(s query.Statement, p *Population) query.Statement {
	exceptions := m.exceptions(p)
	if len(exceptions) == 0 && p.Only == "" {
		return s
	}
	inner := strings.TrimSuffix(strings.TrimSpace(s.SQL), ";")
	var b strings.Builder
	fmt.Fprintf(&b, "WITH answer AS (\n%s\n)\nSELECT\n    *", inner)
	if len(exceptions) > 0 {
		b.WriteString(",\n    CASE")
		for i, e := range exceptions {
			name := fmt.Sprintf("says%d", i+1)
			fmt.Fprintf(&b, "\n        WHEN %s\n            THEN $%s", e.When, name)
			s = s.With(schema.Arg{Name: name, Value: e.Says})
		}
		b.WriteString("\n    END AS " + exceptionColumn)
	}
	b.WriteString("\nFROM answer")
	if p.Only != "" {
		fmt.Fprintf(&b, "\nWHERE %s", p.Only)
	}
	for _, arg := range []schema.Arg{{Name: "since", Value: m.filter.Since.UTC()}, {Name: "until", Value: m.filter.Until.UTC()}} {
		if strings.Contains(b.String(), "$"+arg.Name+"::") && !slices.ContainsFunc(s.Args, func(a schema.Arg) bool { return a.Name == arg.Name }) {
			s = s.With(arg)
		}
	}
	s.SQL = b.String()
	return s
}

// exceptionColumn has what a row is an exception by.
const exceptionColumn = "exception"

// exceptions are those of a population that can be told from what was given.
func (m *maker) exceptions(p *Population) []Exception {
	return slices.DeleteFunc(m.rules(p), func(e Exception) bool { return !m.given(e.Needs) })
}

// rules are the exceptions of a population, with the one that approved changes make.
func (m *maker) rules(p *Population) []Exception {
	rules := slices.Clone(p.Exceptions)
	if p.Approved {
		rules = append(rules, Exception{When: "outcome = 'success' AND ticket IS NULL", Says: "no approved change names it", Needs: Approved})
	}
	return rules
}

// unasked says which rules there are that take a file which nobody gave.
func (m *maker) unasked(p *Population) (all []string) {
	for _, e := range m.rules(p) {
		if !m.given(e.Needs) {
			all = append(all, fmt.Sprintf("not asked without --%s: %s", e.Needs, e.Says))
		}
	}
	return all
}

// given reports whether somebody gave a file.
func (m *maker) given(input Input) bool {
	switch input {
	case Scope:
		return m.inputs.Scope != nil
	case Admins:
		return m.inputs.Admins != nil
	case Approved:
		return m.inputs.Approved != nil
	case CredentialReport:
		return m.inputs.Credentials != nil
	}
	return true
}

// missing is what a population needs and nobody gave; empty for nothing.
func (m *maker) missing(p *Population, verified bool) string {
	switch {
	case p.Needs == Scope && !m.given(Scope):
		return "it takes --scope FILE to know what holds the data"
	case p.Scoped && len(m.inputs.Scope.Things()) == 0:
		return "the file of --scope names no bucket, table or key"
	case p.Needs == Admins && !m.given(Admins):
		return "it takes --admins FILE to know who has administrative access"
	case p.Needs == Approved && !m.given(Approved):
		return "it takes --approved FILE to know which changes were approved"
	case p.Needs == CredentialReport && !m.given(CredentialReport):
		return "it takes --credential-report FILE, the report of IAM"
	case p.Needs == Verification && !verified:
		return "nobody has verified the store: trailbox verify compares the log files with the digests that CloudTrail signed"
	}
	return ""
}

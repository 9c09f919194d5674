package query

import (
	_ "embed"
	"slices"
	"strings"

	"trailbox/schema"
)

//go:embed filter.sql
var filterSQL string

// A Filter limits a report to some of the events. The zero Filter limits nothing.
type Filter struct {
	schema.Scope        // of eventTime; where to look, what else is given is what is looked for there
	Actor        string // any name that somebody goes by
	EventName    string
	EventSource  string // with or without .amazonaws.com
	Resource     string // a name, or the end of an ARN
	SourceIP     string
	ReadOnly     *bool
	ErrorsOnly   bool
}

// args are the values of what is given, by the names that filter.sql has for them.
func (f *Filter) args() []schema.Arg {
	args := slices.DeleteFunc(f.Scope.Args(), func(a schema.Arg) bool { return a.Value == nil })
	add := func(name string, given bool, value any) {
		if given {
			args = append(args, schema.Arg{Name: name, Value: value})
		}
	}
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

// condition is the condition on events that the filter is.
func (f *Filter) condition() Statement { return And(conditionsOf(filterConditions(), f.args())...) }

// InScope is the condition that an event is within a scope: one that has no time is not,
// where there is a limit of time.
func InScope(s schema.Scope) Statement { return (&Filter{Scope: s}).condition() }

// conditionsOf are the conditions of that name for each of the values.
func conditionsOf(all map[string]string, args []schema.Arg) []Statement {
	conditions := make([]Statement, len(args))
	for i, arg := range args {
		conditions[i] = conditionOf(all, arg.Name, arg)
	}
	return conditions
}

// conditionOf is the condition of that name, bound to the values that it asks for.
func conditionOf(all map[string]string, name string, args ...schema.Arg) Statement {
	text, ok := all[name]
	if !ok {
		panic("BUG: there is no condition for " + name)
	}
	c := Statement{SQL: text}
	for _, arg := range args {
		if strings.Contains(text, "$"+arg.Name) {
			c = c.With(arg)
		}
	}
	return c
}

func filterConditions() map[string]string { return conditionsIn(filterSQL) }

// conditionsIn are the conditions of a file, by the name of their filter.
func conditionsIn(text string) map[string]string { return pieces("filter", allFragments().put(text)) }

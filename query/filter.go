package query

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"trailbox/schema"
)

//go:embed filter.sql
var filterSQL string

// A Filter limits a report to some of the events. The zero Filter limits nothing.
type Filter struct {
	schema.Scope        // of eventTime; where to look, what else is given is what is looked for there
	Account       Match // where to look, besides Scope
	Region        Match // likewise
	Actor         Match // any name that somebody goes by
	CallerAccount Match // of whoever called, whichever account received the event
	EventName     Match // upper and lower case all one
	EventSource   Match // likewise; with or without .amazonaws.com
	Resource      Match // any name of one: as a record has it, its id, its ARN or its end
	SourceIP      Match // an address, as the record has it, a range of them, or a service
	AccessKey     Match // of the caller
	UserAgent     Match
	ErrorCode     Match
	ReadOnly      *bool
	ErrorsOnly    bool

	// Also is a condition on events that are let through besides, whoever acted: what descends
	// from those that were asked for.
	Also Statement
	// Families are these by whom they descend from, as a relation: root, the session that was
	// asked for; id, by what events of it or of its descendants go; descendants, how many there
	// are; own, that the event is the root's.
	Families Statement
}

// A matched is a match, and the names of what it is of.
type matched struct {
	name string // as in values.sql
	flag string
	*Match
}

// matches are the matches of a filter.
func (f *Filter) matches() []matched {
	return []matched{
		{"account", "account", &f.Account}, {"region", "aws-region", &f.Region}, {"actor", "actor", &f.Actor},
		{"calleraccount", "caller-account", &f.CallerAccount}, {"eventname", "event-name", &f.EventName},
		{"eventsource", "event-source", &f.EventSource}, {"resource", "resource", &f.Resource}, {"sourceip", "source-ip", &f.SourceIP},
		{"accesskey", "access-key", &f.AccessKey}, {"useragent", "user-agent", &f.UserAgent}, {"errorcode", "error-code", &f.ErrorCode},
	}
}

// Match is the match of the filter whose flag has that name, nil for none.
func (f *Filter) Match(flag string) *Match {
	for _, m := range f.matches() {
		if m.flag == flag {
			return m.Match
		}
	}
	return nil
}

// Text is what the filter lets through, as its flags say it, but for its Scope.
func (f *Filter) Text() string { return strings.Join(f.Words(), " ") }

// Words are the words of Text: those of a command line.
func (f *Filter) Words() (words []string) {
	for _, m := range f.matches() {
		for i := range m.parts {
			words = append(words, "--"+m.flag, m.parts[i].text)
		}
	}
	if f.ReadOnly != nil {
		words = append(words, fmt.Sprintf("--read-only=%t", *f.ReadOnly))
	}
	if f.ErrorsOnly {
		words = append(words, "--errors-only")
	}
	return words
}

// HasChoices reports whether there are several values of which one is wanted.
func (f *Filter) HasChoices() bool {
	for _, m := range f.matches() {
		wanted := slices.DeleteFunc(m.terms(), func(t term) bool { return t.not })
		if len(wanted) > 1 {
			return true
		}
	}
	return false
}

// Where is the part of the filter that says where to look.
func (f *Filter) Where() Filter { return Filter{Scope: f.Scope, Account: f.Account, Region: f.Region} }

// Who is the part of the filter that says who acted, and where to look.
func (f *Filter) Who() Filter {
	who := f.Where()
	who.Actor, who.CallerAccount, who.SourceIP, who.AccessKey, who.UserAgent = f.Actor, f.CallerAccount, f.SourceIP, f.AccessKey, f.UserAgent
	return who
}

// HasWho reports whether somebody is asked for.
func (f *Filter) HasWho() bool {
	return f.Actor.Given() || f.CallerAccount.Given() || f.SourceIP.Given() || f.AccessKey.Given() || f.UserAgent.Given()
}

// WhoeverActed is the filter without what says who acted.
func (f *Filter) WhoeverActed() Filter {
	acted := *f
	acted.Actor, acted.CallerAccount, acted.SourceIP, acted.AccessKey, acted.UserAgent = Match{}, Match{}, Match{}, Match{}, Match{}
	return acted
}

// HasPeriod reports whether a period was asked for, be it open at one side.
func (f *Filter) HasPeriod() bool { return !f.Since.IsZero() || !f.Until.IsZero() }

// narrowing are the flags of what leaves some of the events, accounts and Regions left out:
// what is only not wanted leaves almost all.
func (f *Filter) narrowing() (flags []string) {
	if !f.Since.IsZero() {
		flags = append(flags, "since")
	}
	if !f.Until.IsZero() {
		flags = append(flags, "until")
	}
	for _, m := range f.matches() {
		if m.wants() && m.Match != &f.Account && m.Match != &f.Region {
			flags = append(flags, m.flag)
		}
	}
	return flags
}

// Condition is the condition on events that the filter is.
func (f *Filter) Condition() Statement {
	if f.Also.SQL == "" {
		return f.condition()
	}
	acted := f.WhoeverActed()
	return And(Or(f.condition(), And(acted.condition(), f.Also))) // in brackets
}

// inEvents is Condition for a statement that asks the table events itself: who acted, which is
// a matter of ten columns, is looked for first.
func (f *Filter) inEvents() Statement {
	if !f.Actor.wants() {
		return f.Condition()
	}
	return And(Statement{SQL: filterConditions()["rows"]}.Put("condition", f.Condition()))
}

// condition is the condition without what is let through besides.
func (f *Filter) condition() Statement {
	all := filterConditions()
	var conditions []Statement
	add := func(name string, given bool, value any) {
		if given {
			conditions = append(conditions, conditionOf(all, name, schema.Arg{Name: name, Value: value}))
		}
	}
	add("since", !f.Since.IsZero(), f.Since.UTC())
	add("until", !f.Until.IsZero(), f.Until.UTC())
	limits := *f
	limits.Account.parts = slices.Concat(f.Account.parts, Is(f.Accounts...).parts)
	limits.Region.parts = slices.Concat(f.Region.parts, Is(f.Regions...).parts)
	for _, m := range limits.matches() {
		if m.Given() {
			conditions = append(conditions, columns()[m.name].condition(m.Match))
		}
	}
	if f.ReadOnly != nil {
		add("readonly", true, *f.ReadOnly)
	}
	add("errorsonly", f.ErrorsOnly, true)
	return And(conditions...)
}

// InScope is the condition that an event is within a scope: one that has no time is not,
// where there is a limit of time.
func InScope(s schema.Scope) Statement { return (&Filter{Scope: s}).Condition() }

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

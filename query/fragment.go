package query

import (
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"trailbox/query/athena"
)

//go:embed fragments.sql
var fragmentsSQL string

//go:embed calls.txt
var callsText string

// fragments are the pieces of SQL that reports share, by their names: those of
// fragments.sql, and for each subject of calls.txt, as "calls of SUBJECT", the condition
// that an event is one of its calls, and as "names of SUBJECT" that it has the name of one.
// Of alive.txt are "calls of alive", and "rules of alive" as rows of VALUES.
type fragments map[string]string

// allFragments are read once: each page of a lookup and each statement of an alarm asks.
var allFragments = sync.OnceValue(func() fragments {
	all := fragments{}
	for name, text := range pieces("fragment", fragmentsSQL) {
		for strings.HasPrefix(text, "--") {
			_, text, _ = strings.Cut(text, "\n")
		}
		all[name] = text
	}
	for subject, calls := range callsOf(callsText) {
		all["calls of "+subject] = isCall(calls)
		all["names of "+subject] = isNamed(calls)
	}
	rules := aliveRules(aliveText)
	all["calls of alive"] = isAliveCall(rules)
	all["rules of alive"] = aliveValues(rules)
	return all
})

// Fragment is the piece of SQL of that name in fragments.sql, for statements that are not
// files.
func Fragment(name string) string {
	text, ok := allFragments()[name]
	if !ok {
		panic("BUG: there is no fragment " + name)
	}
	return text
}

// WithFragments puts the fragments into SQL text that is a file of another package, as they
// are put into reports.
func WithFragments(text string) string { return allFragments().put(text) }

// put puts fragments into SQL text, and into each other: each at the marks that have its
// name, in the place of the token behind. Its lines are indented as the one of the mark.
func (all fragments) put(text string) string {
	var done string
	for {
		before, after, found := strings.Cut(text, "/* ")
		done += before
		if !found {
			return done
		}
		name, behind, _ := strings.Cut(after, " */ ")
		fragment, ok := all[name]
		if !ok { // the mark of something else, or a comment
			done, text = done+"/* ", after
			continue
		}
		line := done[strings.LastIndexByte(done, '\n')+1:]
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		token, _ := athena.Next(behind)
		done, text = done+indented(all.put(fragment), indent), behind[token:]
	}
}

// detailOf are the fragments with no more of "known detail" than what is known of some services.
func (all fragments) detailOf(sources []string) fragments {
	const ofOthers = "/* detail of others */ NULL"
	known, others := "CASE eventSource", false
	for _, source := range sources {
		name := "detail of " + source
		if _, ok := all[name]; ok {
			known += "\n    WHEN " + quoted(source) + " THEN /* " + name + " */ NULL"
		} else {
			others = true
		}
	}
	narrow := maps.Clone(all)
	switch {
	case known == "CASE eventSource":
		known = ofOthers
	case others:
		known += "\n    ELSE " + ofOthers + "\nEND"
	default:
		known += "\nEND"
	}
	narrow["known detail"] = known
	return narrow
}

// indented indents all lines of a text but the first.
func indented(text, indent string) string { return strings.ReplaceAll(text, "\n", "\n"+indent) }

// pieces takes an SQL file apart at the lines that name its pieces: "-- KIND: NAME".
func pieces(kind, text string) map[string]string {
	all := map[string]string{}
	parts := strings.Split(text, "-- "+kind+": ")
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, "\n")
		all[name] = strings.TrimSpace(text)
	}
	return all
}

// calls are those of a subject that the same services have.
type calls struct {
	services []string // as eventSource, without .amazonaws.com; * is any
	names    []string
}

// callsOf reads calls.txt: the calls of each subject, in the order of the file.
func callsOf(text string) map[string][]calls {
	subjects := map[string][]calls{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		services, name := strings.Split(fields[1], ","), fields[2]
		for _, subject := range strings.Split(fields[0], ",") {
			all := subjects[subject]
			i := slices.IndexFunc(all, func(c calls) bool { return slices.Equal(c.services, services) })
			if i < 0 {
				i, all = len(all), append(all, calls{services: services})
			}
			all[i].names = append(all[i].names, name)
			subjects[subject] = all
		}
	}
	return subjects
}

// isCall is the condition that an event is one of the calls. Where that is a matter of both
// columns, it begins with the names of all of them, which the scan of events can look at
// before it unpacks anything else, as it can at no condition on two columns.
func isCall(subject []calls) string {
	var conditions []string
	for _, c := range subject {
		condition := isOneOf("eventName", c.names)
		if c.services[0] != "*" {
			var sources []string
			for _, service := range c.services {
				sources = append(sources, service+".amazonaws.com")
			}
			condition = isOneOf("eventSource", sources) + " AND " + condition
		}
		conditions = append(conditions, condition)
	}
	if len(conditions) == 1 {
		return conditions[0]
	}
	either := "(\n    " + indented(strings.Join(conditions, "\nOR "), "    ") + "\n)"
	return "(\n    " + indented(isNamed(subject)+"\nAND "+either, "    ") + "\n)"
}

// isNamed is the condition that an event has the name of one of the calls, whatever its
// service is.
func isNamed(subject []calls) string {
	var names []string
	for _, c := range subject {
		names = append(names, c.names...)
	}
	slices.Sort(names)
	return isOneOf("eventName", slices.Compact(names))
}

// isOneOf is the condition that a column has one of the values, on lines as a person
// would write them. It is IN a list rather than IN values: to DuckDB that is a function of
// the column, which its scan answers for each distinct value, and skips what is wide beside
// those that are none of them. IN values comes after the scan, which then unpacks all.
func isOneOf(column string, values []string) string {
	if len(values) == 1 {
		return column + " = " + quoted(values[0])
	}
	const short, width = 70, 100 // a list that fits behind its column, and a line of a longer one
	lines := []string{""}
	for i, value := range values {
		text := quoted(value)
		if i < len(values)-1 {
			text += ","
		}
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = text
		case len(*last)+len(" ")+len(text) <= width:
			*last += " " + text
		default:
			lines = append(lines, text)
		}
	}
	if len(lines) == 1 && len(lines[0]) <= short {
		return column + " IN [" + lines[0] + "]"
	}
	return column + " IN [\n    " + strings.Join(lines, "\n    ") + "\n]"
}

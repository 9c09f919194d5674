package query

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
)

//go:embed alive.txt
var aliveText string

// An aliveRule is a line of alive.txt: a call that makes a kind of thing, undoes it or brings
// it back.
type aliveRule struct {
	kind, typ, effect string
	services          []string // as eventSource, without .amazonaws.com
	names             []string // of events, without their version
	keys              []string // how the record names the thing, each in parts with + between them
	when, path, value string   // if or unless a member is there, or has a value
	undo              string   // the call that undoes the kind, of its first line
}

// aliveRules reads alive.txt.
func aliveRules(text string) []aliveRule {
	var rules []aliveRule
	var kind aliveRule
	first := 0 // of the rules of the kind
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#":
		case !strings.HasPrefix(line, " "):
			kind = aliveRule{kind: strings.ReplaceAll(fields[0], "-", " "), services: strings.Split(fields[2], ",")}
			if fields[1] != "-" {
				kind.typ = fields[1]
			}
			first = len(rules)
		default:
			rule := kind
			rule.effect, rule.names, rule.keys = fields[0], strings.Split(fields[1], ","), strings.Split(fields[2], "|")
			if len(fields) > 3 {
				rule.when = fields[3]
				rule.path, rule.value, _ = strings.Cut(fields[4], "=")
			}
			rules = append(rules, rule)
			if rule.effect == "-" && rules[first].undo == "" {
				for i := range rules[first:] {
					rules[first+i].undo = rule.names[0]
				}
			}
			rules[len(rules)-1].undo = rules[first].undo
		}
	}
	return rules
}

// isAliveCall is the condition that an event is one of the calls of the rules. Versions stand
// behind the names of some.
func isAliveCall(rules []aliveRule) string {
	var all []calls
	for _, rule := range rules {
		i := slices.IndexFunc(all, func(c calls) bool { return slices.Equal(c.services, rule.services) })
		if i < 0 {
			i, all = len(all), append(all, calls{services: rule.services})
		}
		for _, name := range rule.names {
			if !slices.Contains(all[i].names, name) {
				all[i].names = append(all[i].names, name)
			}
		}
	}
	return isCall(all)
}

// aliveValues are the rules as rows of VALUES: one for each service, event and key.
func aliveValues(rules []aliveRule) string {
	var rows []string
	for n, rule := range rules {
		for _, service := range rule.services {
			for _, name := range rule.names {
				for i, key := range rule.keys {
					rows = append(rows, "("+strings.Join([]string{
						quoted(service + ".amazonaws.com"), quoted(name), quoted(rule.effect), quoted(rule.kind), quoted(rule.typ),
						strconv.Itoa(n + 1), strconv.Itoa(i + 1), quoted(key), quoted(rule.when), quoted(rule.path), quoted(rule.value), quoted(rule.undo),
					}, ", ")+")")
				}
			}
		}
	}
	return strings.Join(rows, ",\n")
}

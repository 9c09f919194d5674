package query

import (
	_ "embed"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"trailbox/schema"
)

// A Match is what a filter lets through: the values of which one is wanted, and those that
// are not. The zero Match lets everything through.
type Match struct{ parts []part }

// A part of a match is what a flag was given once.
type part struct {
	text  string // as it was given; it may be a value as it stands, see [Filter.Resolve]
	terms []term // what it means
	file  bool   // of the lines of a file
	err   error  // why it means nothing, unless it is a value
}

// A term is one value, or many by a pattern.
type term struct {
	text    string // of a pattern, a backslash makes what is behind it stand for itself
	pattern bool   // * stands for any text
	exact   bool   // it was given as it is, and is taken so, whatever it looks like
	not     bool   // it is not wanted
}

// Given reports whether the match limits anything.
func (m *Match) Given() bool { return len(m.parts) > 0 }

// wants reports whether there are values that are wanted, besides those that are not.
func (m *Match) wants() bool {
	return slices.ContainsFunc(m.terms(), func(t term) bool { return !t.not })
}

// Is is the match of values, taken as they are, one of which is wanted.
func Is(values ...string) Match {
	var m Match
	for _, value := range values {
		m.parts = append(m.parts, part{text: value, terms: []term{{text: value, exact: true}}})
	}
	return m
}

// terms are the terms of all parts.
func (m *Match) terms() (terms []term) {
	for i := range m.parts {
		terms = append(terms, m.parts[i].terms...)
	}
	return terms
}

// names are the values that are wanted by their names, not by a pattern.
func (m *Match) names() (names []string) {
	for _, t := range m.terms() {
		if !t.pattern && !t.not {
			names = append(names, t.text)
		}
	}
	return names
}

// Add adds what a flag was given: values with commas between them, of which ! before one says
// that it is not wanted, = that the rest is one value as it stands, and * stands for any text.
// A backslash takes what is behind it as it is. @FILE stands for the lines of a file, which
// read gives.
func (m *Match) Add(text string, read func(path string) ([]byte, error)) error {
	p := part{text: text}
	switch {
	case strings.HasPrefix(text, "@"):
		p.file = true
		p.terms, p.err = linesOf(text[1:], read)
	case strings.HasPrefix(text, "="):
		var t term
		t, p.err = parseTerm(text)
		p.terms = []term{t}
	default:
		p.terms, p.err = parseList(text)
	}
	if p.err != nil && (strings.HasPrefix(text, "=") || !strings.ContainsAny(text, ",*!@")) {
		return p.err
	}
	m.parts = append(m.parts, p)
	return nil
}

// linesOf are the values of a file: one in a line; empty lines, and those that begin with #,
// are none.
func linesOf(path string, read func(path string) ([]byte, error)) (terms []term, err error) {
	text, err := read(path)
	if err != nil {
		return nil, &MatchError{Text: "@" + path, Problem: "cannot be read: " + err.Error()}
	}
	for line := range strings.Lines(strings.TrimPrefix(string(text), "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		t, err := parseTerm(line)
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	if terms == nil {
		return nil, &MatchError{Text: "@" + path, Problem: "has no values in it"}
	}
	return terms, nil
}

// parseList reads values with commas between them.
func parseList(text string) (terms []term, err error) {
	start := 0
	for i := 0; i <= len(text); i++ {
		if i+1 < len(text) && text[i] == '\\' {
			i++
			continue
		}
		if i < len(text) && text[i] != ',' {
			continue
		}
		t, err := parseTerm(strings.TrimSpace(text[start:i]))
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
		start = i + 1
	}
	return terms, nil
}

// parseTerm reads one value.
func parseTerm(text string) (term, error) {
	var t term
	rest := text
	if rest, t.not = strings.CutPrefix(rest, "!"); rest == "" {
		return t, &MatchError{Text: text, Problem: "is no value"}
	}
	if rest, t.exact = strings.CutPrefix(rest, "="); t.exact {
		t.text = rest
		if rest == "" {
			return t, &MatchError{Text: text, Problem: "has no value behind ="}
		}
		return t, nil
	}
	var plain, pattern strings.Builder
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c == '*':
			t.pattern = true
			pattern.WriteByte('*')
			continue
		case c == '\\' && i+1 < len(rest):
			i++
			c = rest[i]
		}
		if c == '*' || c == '\\' {
			pattern.WriteByte('\\')
		}
		plain.WriteByte(c)
		pattern.WriteByte(c)
	}
	t.text = plain.String()
	if t.pattern {
		t.text = pattern.String()
	}
	return t, nil
}

// Lets reports whether the match lets through what goes by any of these names, upper and
// lower case all one: for what is no event, and once [Match.Among] has settled the match.
func (m *Match) Lets(names ...string) bool {
	fits := func(t term) bool {
		return slices.ContainsFunc(names, func(name string) bool { return t.fits(name) })
	}
	for _, t := range m.terms() {
		if t.not && fits(t) {
			return false
		}
	}
	return !m.wants() || slices.ContainsFunc(m.terms(), func(t term) bool { return !t.not && fits(t) })
}

// fits says that a name is what a term asks for.
func (t *term) fits(name string) bool {
	if !t.pattern {
		return strings.EqualFold(t.text, name)
	}
	fits, err := regexp.MatchString("(?is)^(?:"+t.expression()+")$", name)
	return fits && err == nil
}

// An Unmet is a value that is wanted and that nothing goes by.
type Unmet struct {
	Filter string // as its flag is called
	Text   string
	Near   string // what something goes by; empty for nothing near
}

func (u *Unmet) String() string {
	text := fmt.Sprintf("no rule has --%s %s", u.Filter, u.Text)
	if u.Near != "" {
		text += ": did you mean " + u.Near + "?"
	}
	return text
}

// Among settles the match among all names that there are: what was typed is taken as it
// stands where it is one of them. It returns the values that nothing goes by.
func (m *Match) Among(names []string) (unmet []Unmet, err error) {
	for i := range m.parts {
		p := &m.parts[i]
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, p.text) }) {
			*p = part{text: p.text, terms: []term{{text: p.text, exact: true}}}
		}
		if p.err != nil {
			return nil, p.err
		}
		for _, t := range p.terms {
			if !t.not && !slices.ContainsFunc(names, t.fits) {
				near := nearestOf(strings.ReplaceAll(t.text, "*", ""), names)
				unmet = append(unmet, Unmet{Text: t.text, Near: near})
			}
		}
	}
	return unmet, nil
}

// A MatchError says what is wrong with the value of a filter.
type MatchError struct {
	Filter  string // as its flag is called; empty where nobody knows yet
	Text    string
	Problem string
	Nearest string // what would do; empty for nothing near
}

func (e *MatchError) Error() string { return fmt.Sprintf("%q %s", e.Text, e.Problem) }

// expression is a term's pattern as a regular expression for the whole of a value.
func (t *term) expression() string {
	var b strings.Builder
	for i := 0; i < len(t.text); i++ {
		switch c := t.text[i]; c {
		case '*':
			b.WriteString(".*")
			continue
		case '\\':
			i++
		}
		size := 1
		for i+size < len(t.text) && t.text[i+size] >= 0x80 && t.text[i+size] < 0xc0 {
			size++
		}
		b.WriteString(regexp.QuoteMeta(t.text[i : i+size]))
		i += size - 1
	}
	return b.String()
}

// patternsTogether is how many patterns are one regular expression: more take RE2 more
// memory than it allows itself.
const patternsTogether = 200

// A column is what a filter looks at.
type column struct {
	name   string   // as in values.sql
	values []string // SQL expressions, one of which has to have a value
	fold   bool     // upper and lower case all one
}

//go:embed values.sql
var valuesSQL string

// columns are what filters look at, by name.
var columns = sync.OnceValue(func() map[string]*column {
	all := map[string]*column{}
	for name, text := range pieces("value", allFragments().put(valuesSQL)) {
		c := &column{name: name, fold: name == "eventname" || name == "eventsource"}
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
				c.values = append(c.values, line)
			}
		}
		all[name] = c
	}
	return all
})

// condition is the condition that a match is on a column.
func (c *column) condition(m *Match) Statement {
	var parts []Statement
	var wanted, unwanted []term
	for _, t := range m.terms() {
		if t.not {
			unwanted = append(unwanted, t)
		} else {
			wanted = append(wanted, t)
		}
	}
	if wanted != nil {
		parts = append(parts, c.any(wanted))
	}
	if unwanted != nil {
		none := c.any(unwanted)
		none.SQL = "NOT coalesce((\n" + none.SQL + "\n), false)"
		parts = append(parts, none)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return And(parts...)
}

// any is the condition that one of the terms fits.
func (c *column) any(terms []term) Statement {
	if c.name == "resource" {
		return resourceAny(terms)
	}
	return anyOf(c, terms)
}

// anyOf is the condition that one of the terms fits one of a column's values.
func anyOf(c *column, terms []term) Statement {
	var exact, expressions []string
	var ranges []netip.Prefix
	for i := range terms {
		t := &terms[i]
		text := t.text
		if c.fold {
			text = strings.ToLower(text)
		}
		switch prefix, ok := addresses(c, t); {
		case ok:
			ranges = append(ranges, prefix)
		case t.pattern:
			folded := term{text: text}
			expressions = append(expressions, folded.expression())
		default:
			exact = append(exact, text)
			if c.name == "eventsource" && !strings.Contains(text, ".") { // s3 stands for s3.amazonaws.com
				exact = append(exact, text+".amazonaws.com")
			}
		}
	}
	var tests []string
	var args []schema.Arg
	bind := func(value any) string {
		args = append(args, schema.Arg{Name: fmt.Sprintf("%s%d", c.name, len(args)+1), Value: value})
		return "$" + args[len(args)-1].Name
	}
	switch {
	case len(exact) == 1: // not $name IN all of them, which DuckDB looks at row by row
		for _, value := range c.values {
			tests = append(tests, value+" = $"+c.name)
		}
	case len(exact) > 1:
		for _, value := range c.values {
			tests = append(tests, value+" IN (SELECT unnest($"+c.name+"::VARCHAR[]))")
		}
	}
	for some := range slices.Chunk(expressions, patternsTogether) {
		pattern := bind("(?s:" + strings.Join(some, "|") + ")")
		for _, value := range c.values {
			tests = append(tests, "regexp_full_match("+value+", "+pattern+")")
		}
	}
	s := Statement{SQL: strings.Join(tests, "\n    OR "), Args: args}
	switch {
	case len(exact) == 1:
		s = s.With(schema.Arg{Name: c.name, Value: exact[0]})
	case len(exact) > 1:
		s = s.With(schema.Arg{Name: c.name, Value: exact})
	}
	switch {
	case ranges == nil:
		return s
	case tests == nil:
		return inRanges(ranges)
	}
	return Or(s, inRanges(ranges))
}

// addresses is the range of addresses that a term of a filter for them is: one address, of
// which IPv6 has several spellings, or CIDR.
func addresses(c *column, t *term) (netip.Prefix, bool) {
	if c.name != "sourceip" || t.pattern || t.exact {
		return netip.Prefix{}, false
	}
	if prefix, err := netip.ParsePrefix(t.text); err == nil {
		return prefix, true
	}
	if address, err := netip.ParseAddr(t.text); err == nil && address.Is6() && address.Zone() == "" {
		return netip.PrefixFrom(address, 128), true
	}
	return netip.Prefix{}, false
}

// inRanges is the condition that an event comes from an address of one of the ranges.
func inRanges(ranges []netip.Prefix) Statement {
	var first, last []string
	for _, r := range apart(ranges) {
		from, to := digitsOf(r)
		first, last = append(first, from), append(last, to)
	}
	all := filterConditions()
	return conditionOf(all, "addresses", schema.Arg{Name: "lowest", Value: first}, schema.Arg{Name: "highest", Value: last})
}

// resourceAny is the condition that an event has touched a resource of one of the terms, by
// whatever name of it.
func resourceAny(terms []term) Statement {
	all := filterConditions()
	if len(terms) == 1 && !terms[0].pattern {
		name := "resource"
		if isPlaced(terms[0].text) {
			name = "resource by ARN"
		}
		return conditionOf(all, name, schema.Arg{Name: "resource", Value: terms[0].text})
	}
	var names, arns []string
	var patterns []term
	for _, t := range terms {
		switch {
		case t.pattern:
			patterns = append(patterns, t)
		case isPlaced(t.text):
			arns = append(arns, t.text)
		default:
			names = append(names, t.text)
		}
	}
	var any []Statement
	if names != nil {
		any = append(any, conditionOf(all, "resources by name", schema.Arg{Name: "resource", Value: names}))
	}
	if arns != nil {
		any = append(any, conditionOf(all, "resources by ARN", schema.Arg{Name: "resource", Value: arns}))
	}
	if patterns != nil {
		any = append(any, Statement{SQL: all["resources by pattern"]}.Put("any", anyOf(columns()["resource"], patterns)))
	}
	return Or(any...)
}

// isPlaced reports whether the name of a resource says of what account and Region it is: an
// ARN, or the URL of a queue.
func isPlaced(name string) bool {
	return strings.HasPrefix(name, "arn:") || strings.HasPrefix(name, "https://sqs.")
}

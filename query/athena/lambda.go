package athena

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// lambda takes (x, y) -> body apart.
func (s *statement) lambda(l span) (parameters []string, body span) {
	i := l.first
	if s.at(i).text == "(" && s.at(i).pair > 0 {
		for _, p := range s.list(i+1, s.tokens[i].pair) {
			if p.end != p.first+1 {
				return nil, span{}
			}
			parameters = append(parameters, s.tokens[p.first].word)
		}
		i = s.tokens[i].pair + 1
	} else {
		parameters = []string{s.at(i).word}
		i++
	}
	if s.at(i).text != "-" || s.at(i+1).text != ">" || i+2 >= l.end {
		return nil, span{}
	}
	return parameters, span{i + 2, l.end}
}

// element is what lambdas are rewritten with: the one parameter that DuckDB gives them. Those
// of reduce have a state besides, and all of their list.
const (
	element = "trino_element"
	state   = "trino_state"
	whole   = "trino_list"
)

// inElement is the body of a lambda of two parameters with others in their place.
func (s *statement) inElement(l span, first, second string) (string, bool) {
	parameters, body := s.lambda(l)
	if len(parameters) != 2 {
		return "", false
	}
	for i := body.first; i < body.end; i++ {
		t := &s.tokens[i]
		if t.word == "" || s.at(i-1).text == "." || s.at(i+1).text == "(" {
			continue
		}
		switch t.word {
		case parameters[0]:
			t.now = first
		case parameters[1]:
			t.now = second
		}
	}
	return s.render(body.first, body.end), true
}

// higher rewrites functions of lambdas that DuckDB has no like of: those of maps work on
// their entries.
func (s *statement) higher(c call) {
	text := func(i int) string { return s.render(c.args[i].first, c.args[i].end) }
	for _, arg := range c.args {
		if arg.first == arg.end {
			return
		}
	}
	name := s.tokens[c.name].word
	key, value, list := element+".key", element+".value", ""
	switch {
	case name == "reduce" && len(c.args) == 4:
		if parameters, _ := s.lambda(c.args[3]); len(parameters) != 1 {
			return
		}
		// The state is of another type than the elements, perhaps, and DuckDB has one type for
		// both: each element goes with a state, that of the first of the type that comes out.
		// A list of one element gives the list a name.
		first, ok := s.inElement(c.args[2], "("+text(1)+")", whole+"[1]")
		if !ok {
			return
		}
		body, _ := s.inElement(c.args[2], state+".state", element+".element")
		with := func(x string) string {
			return "{'element': " + x + ", 'state': CASE WHEN true THEN " + text(1) + " ELSE " + first + " END}"
		}
		s.move(c.name, c.close, "list_transform(list_transform(["+text(0)+"], "+whole+" -> CASE WHEN "+whole+" IS NOT NULL THEN list_reduce("+
			"list_prepend("+with(whole+"[1]")+", list_transform("+whole+", "+element+" -> "+with(element)+")), "+
			"("+state+", "+element+") -> {'element': "+element+".element, 'state': "+body+"}).state END), "+text(3)+")[1]")
		return
	case name == "zip_with" && len(c.args) == 3:
		key, value, list = element+"[1]", element+"[2]", "trino_zip("+text(0)+", "+text(1)+")"
	case name != "zip_with" && name != "reduce" && len(c.args) == 2:
		list = "map_entries(" + text(0) + ")"
	default:
		return
	}
	body, ok := s.inElement(c.args[len(c.args)-1], key, value)
	if !ok {
		return
	}
	entries := "map_from_entries(list_transform(" + list + ", " + element + " -> {'k': "
	switch name {
	case "zip_with":
		s.move(c.name, c.close, "list_transform("+list+", "+element+" -> "+body+")")
	case "map_filter":
		s.move(c.name, c.close, "map_from_entries(list_filter("+list+", "+element+" -> "+body+"))")
	case "transform_values":
		s.move(c.name, c.close, entries+key+", 'v': "+body+"}))")
	case "transform_keys":
		s.move(c.name, c.close, entries+body+", 'v': "+value+"}))")
	}
}

// replaced rewrites regexp_replace whose replacement is a function of the groups of a
// match: what is between the matches is put together again with what it says of each.
func (s *statement) replaced(c call) {
	parameters, body := s.lambda(c.args[2])
	pattern := s.tokens[c.args[1].first]
	if len(parameters) != 1 || c.args[1].end != c.args[1].first+1 || pattern.kind != String || c.args[0].first == c.args[0].end {
		return
	}
	for i := body.first; i < body.end; i++ {
		if t := &s.tokens[i]; t.word == parameters[0] && s.at(i-1).text != "." && s.at(i+1).text != "(" {
			t.now = element
		}
	}
	text := s.render(c.args[0].first, c.args[0].end)
	var groups []string
	for i := range len(capturing.FindAllString(escapedByte.ReplaceAllString(pattern.text, ""), -1)) {
		groups = append(groups, fmt.Sprintf("regexp_extract_all(%s, %s, %d)", text, pattern.now, i+1))
	}
	if len(groups) == 0 {
		return
	}
	s.move(c.name, c.close, fmt.Sprintf("trino_interleaved(string_split_regex(%s, %s), list_transform(list_zip(%s), %s -> %s))",
		text, pattern.now, strings.Join(groups, ", "), element, s.render(body.first, body.end)))
}

// capturing begins a group that has a number, in a pattern without [escapedByte].
var (
	capturing   = regexp.MustCompile(`\((?:\?P?<[A-Za-z]|[^?]|$)`)
	escapedByte = regexp.MustCompile(`\\.|\[(?:\\.|[^\]])*\]`)
)

// nulls puts IGNORE NULLS behind a call into it, where DuckDB has that.
func (s *statement) nulls(c call) {
	first := s.at(c.close + 1)
	if !first.is("ignore", "respect") || !s.at(c.close+2).is("nulls") || len(c.args) == 0 {
		return
	}
	s.tokens[c.args[len(c.args)-1].end-1].after += " " + first.text + " NULLS"
	s.replace(c.close+1, c.close+2, "")
	s.tokens[c.close+1].close = true
}

// withinGroup puts the order of listagg(x, ',') WITHIN GROUP (ORDER BY x) where DuckDB has
// it.
func (s *statement) withinGroup(c call) {
	open := c.close + 3
	if !s.words(c.close+1, "within", "group") || s.at(open).text != "(" || s.at(open).pair < 0 || len(c.args) == 0 {
		return
	}
	if slices.ContainsFunc(s.tokens[c.open:c.close], func(t token) bool { return t.is("overflow") }) {
		return
	}
	for i := c.close; i <= open; i++ {
		s.tokens[i].now = ""
		s.tokens[i].close = true
	}
	s.tokens[open].now = " "
}

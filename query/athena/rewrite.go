package athena

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A span is a part of a statement: tokens from the first up to, not with, the last.
type span struct{ first, end int }

// A call is a name with arguments in parentheses.
type call struct {
	name, open, close int
	args              []span
}

// call is the one whose name stands at a token.
func (s *statement) call(i int) (call, bool) {
	open := i + 1
	if s.at(i).kind != Other || s.tokens[i].word == "" || s.at(i-1).text == "." || s.at(open).text != "(" || s.at(open).pair < 0 {
		return call{}, false
	}
	c := call{name: i, open: open, close: s.tokens[open].pair}
	if c.close > open+1 {
		c.args = s.list(open+1, c.close)
	}
	return c, true
}

// list takes tokens apart at the commas between them.
func (s *statement) list(first, end int) (all []span) {
	begin := first
	for i := first; i < end; i++ {
		switch t := &s.tokens[i]; {
		case t.pair > i:
			i = t.pair
		case t.text == ",":
			all = append(all, span{begin, i})
			begin = i + 1
		}
	}
	return append(all, span{begin, end})
}

// words says whether the tokens from i on are these keywords.
func (s *statement) words(i int, words ...string) bool {
	for j, word := range words {
		if !s.at(i + j).is(word) {
			return false
		}
	}
	return true
}

// rewrite rewrites what begins at a token.
func (s *statement) rewrite(i int) {
	t := &s.tokens[i]
	switch {
	case t.kind == String && unicodeText.MatchString(t.text):
		t.now = plainText(t.text)
		return
	case t.is("values"):
		s.values(i)
		return
	case t.is("select"):
		s.withTies(i)
		if i == s.output {
			s.showTimes()
			s.showRows(i)
		}
		s.nameColumns(i)
		return
	case t.is("tablesample"):
		s.sample(i)
		return
	case t.is("match_recognize") && s.at(i+1).text == "(":
		s.refuse(i, "MATCH_RECOGNIZE", "window functions, such as lag(eventname) OVER (PARTITION BY useridentity.arn ORDER BY eventtime)")
		return
	case s.words(i, "show", "columns", "from"), s.words(i, "show", "columns", "in"):
		if i == 0 {
			s.replace(0, 2, "DESCRIBE")
		}
		return
	}
	if t.is("array", "map") && s.at(i+1).text == "<" {
		s.angles(i)
		return
	}
	if s.isAlias(i) {
		t.before = "AS " + t.before
	}
	if s.trino {
		s.meaning(i)
	}
	c, ok := s.call(i)
	if !ok {
		return
	}
	s.nulls(c)
	switch t.word {
	case "array":
		s.arrayType(c)
	case "unnest":
		s.unnest(c)
	case "if":
		if len(c.args) == 2 {
			comma := c.args[0].end
			t.now, s.tokens[c.open].now, s.tokens[comma].now, s.tokens[c.close].now = "(CASE WHEN ", "", " THEN", " END)"
			s.tokens[c.open].close = true
		}
	case "transform":
		t.now = "list_transform"
	case "map_filter", "transform_values", "transform_keys", "zip_with", "reduce":
		s.higher(c)
	case "listagg":
		s.withinGroup(c)
	case "json_object", "json_array":
		s.jsonConstructor(c)
	case "any_match", "all_match", "none_match":
		t.now = "trino_" + t.word + "(list_transform"
		s.tokens[c.close].after = ")" + s.tokens[c.close].after
	default:
		if s.trino {
			s.function(c)
		}
	}
}

// isAlias says whether a word names the column before it, without AS, though it is a
// keyword that DuckDB allows that only with AS.
func (s *statement) isAlias(i int) bool {
	t, before, after := &s.tokens[i], s.at(i-1), s.at(i+1)
	if !t.is("action", "comment", "content", "data", "day", "domain", "hour", "identity", "key", "level", "location", "method", "minute", "mode", "month",
		"name", "names", "owner", "role", "schema", "second", "session", "source", "state", "system", "type", "value", "version", "year") {
		return false
	}
	if after.text != "" && after.text != "," && after.text != ")" && !after.is("from") {
		return false
	}
	switch {
	case before.is("select", "distinct", "all", "as", "and", "or", "not", "is", "in", "like", "between", "case", "when", "then", "else", "interval", "by", "to"):
		return false
	case before.kind == String && s.at(i-2).is("interval"):
		return false
	case before.text == ")" && before.pair > 0 && s.at(before.pair-1).is("interval"):
		return false
	case before.kind != String && before.word == "" && before.text != ")" && before.text != "]" && (before.text == "" || !isDigit(before.text[0])):
		return false
	}
	for j := i - 1; j >= 0; j-- { // in the list behind SELECT?
		switch t := &s.tokens[j]; {
		case t.pair >= 0 && t.pair < j:
			j = t.pair
		case t.is("select"):
			return true
		case t.text == "(" || t.is("from", "where", "by", "having", "on", "limit", "set"):
			return false
		}
	}
	return false
}

var escaped = regexp.MustCompile(`\\\\|\\[0-9a-fA-F]{4}|\\\+[0-9a-fA-F]{6}`)

// plainText is what U&'...' says, as a string.
func plainText(text string) string {
	return escaped.ReplaceAllStringFunc(text[len("U&"):], func(e string) string {
		if e == `\\` {
			return `\`
		}
		code, err := strconv.ParseUint(strings.TrimLeft(e, `\+`), 16, 32)
		if err != nil || code == 0 {
			return e
		}
		return strings.ReplaceAll(string(rune(code)), "'", "''")
	})
}

// values puts the rows of VALUES 1, 2 into parentheses, each in its own.
func (s *statement) values(i int) {
	end := len(s.tokens)
	for j := i + 1; j < end; j++ {
		switch t := &s.tokens[j]; {
		case t.pair > j:
			j = t.pair
		case t.text == ")", t.kind == Semicolon, t.is("order", "limit", "offset", "fetch", "union", "except", "intersect"):
			end = j
		}
	}
	before := s.at(i - 1)
	if i+1 == end || before.text != "" && before.text != "(" && before.text != ")" && !before.is("union", "all", "except", "intersect") {
		return // a name
	}
	rows := s.list(i+1, end)
	for _, r := range rows { // an empty one is an error
		if r.first == r.end {
			return
		}
	}
	for _, r := range rows {
		if s.tokens[r.first].text == "(" && s.tokens[r.first].pair == r.end-1 || s.tokens[r.first].is("row") {
			continue
		}
		s.tokens[r.first].before = "(" + s.tokens[r.first].before
		s.tokens[r.end-1].after += ")"
	}
}

// arrayType makes t[] of the type ARRAY(t); ARRAY(SELECT ...) is none.
func (s *statement) arrayType(c call) {
	inside := c.open + 1
	end := inside + 1
	if s.at(end).text == "(" {
		end = s.at(end).pair + 1
	} else if s.at(end).text == "[" { // of an inner ARRAY that was there before
		return
	}
	if s.tokens[inside].word == "" || end != c.close {
		return
	}
	s.tokens[c.name].now, s.tokens[c.open].now, s.tokens[c.close].now = "", "", "[]"
	for _, i := range []int{c.open, inside, c.close} {
		s.tokens[i].close = true
	}
}

// unnest makes a subquery of UNNEST that has a column for each member of a struct, a map or
// for each of several lists.
func (s *statement) unnest(c call) {
	next, ordinality := c.close+1, false
	if s.words(next, "with", "ordinality") {
		next, ordinality = next+2, true
	}
	if s.at(next).is("as") {
		next++
	}
	names := 0
	if alias, ok := s.call(next); ok {
		names = len(alias.args)
	}
	if ordinality {
		names--
	}
	lists := len(c.args)
	if lists == 0 || names < 2 && (lists > 1 || !s.isRows(c.args[0], names)) {
		return // of a list and its ordinals, too: DuckDB has that
	}
	if lists > 1 && names != lists || ordinality && lists > 1 {
		return // whose columns are whose, nobody could tell
	}
	at := s.tokens[c.name].begin
	isMap := s.isMap(c.args[0])
	if !isMap && lists == 1 && names == 2 {
		s.guesses[at] = true
		isMap = s.maps[at]
	}
	if isMap {
		s.tokens[c.args[0].first].before = "map_entries(" + s.tokens[c.args[0].first].before
		s.tokens[c.args[0].end-1].after += ")"
	}
	s.tokens[c.name].before = "(SELECT "
	for _, arg := range c.args[1:] {
		s.tokens[arg.first-1].now = "), " + s.tokens[c.name].text + "("
		s.tokens[arg.first].close = true
	}
	if lists == 1 {
		s.tokens[c.close].now = ", max_depth := 2)"
	}
	if ordinality {
		list := s.render(c.args[0].first, c.args[0].end)
		s.tokens[c.close].now += ", generate_subscripts(" + list + ", 1)"
		s.tokens[c.close+1].now, s.tokens[c.close+2].now = "", ""
		s.tokens[c.close+1].close, s.tokens[c.close+2].close = true, true
	}
	s.tokens[c.close].now += ")"
}

// isRows says whether what is unnested is cast to a list of rows, whose members are as many
// as the names given, or that keep their own names.
func (s *statement) isRows(x span, names int) bool {
	if names == 0 && s.tokens[x.end-1].is("resources") {
		return s.trino
	}
	c, ok := s.call(x.first)
	if !ok || c.close != x.end-1 || !s.tokens[c.name].is("cast", "try_cast") {
		return false
	}
	for i := c.open + 1; i < c.close; i++ {
		if s.tokens[i].pair > i {
			i = s.tokens[i].pair
		} else if s.tokens[i].is("as") {
			t, end, ok := s.castType(i + 1)
			return ok && end == c.close && t.kind == "array" && t.inner[0].kind == "row" && (names == 0 || names == len(t.inner[0].inner))
		}
	}
	return false
}

// isMap says whether what is unnested is a map, as far as its text tells.
func (s *statement) isMap(x span) bool {
	last := x.end - 1
	if s.tokens[last].text == ")" && s.tokens[last].pair > x.first-1 {
		open := s.tokens[last].pair
		switch name := s.at(open - 1); {
		case open-1 != x.first:
		case name.is("map_agg", "map", "map_union", "map_filter", "map_from_entries", "map_concat", "split_to_map", "histogram", "transform_values", "transform_keys", "multimap_agg"):
			return true
		case name.is("cast", "try_cast"):
			for i := open + 1; i < last; i++ {
				if s.tokens[i].pair > i {
					i = s.tokens[i].pair
				} else if s.tokens[i].is("as") {
					return s.at(i + 1).is("map")
				}
			}
		}
	}
	return s.lake && slices.Contains([]string{
		"requestparameters", "responseelements", "additionaleventdata", "serviceeventdetails", "addendum", "edgedevicedetails", "insightdetails",
	}, s.tokens[last].word)
}

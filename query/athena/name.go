package athena

import (
	"fmt"
	"strings"
)

// nameColumns gives the columns of a SELECT that have no name the one that Trino shows for
// them, _col and their place in the answer; DuckDB shows their text. Where a statement is
// not surely Trino's, that goes for those whose text is another one now.
func (s *statement) nameColumns(i int) {
	for n, x := range s.selectList(i) {
		switch {
		case x.first == x.end || s.isNamed(x):
			continue
		case s.isReference(x):
			// (a).b, and a.b within a call, have another name to DuckDB.
			if s.tokens[s.bare(x).first].text == "(" || s.isRewritten(x) {
				s.tokens[x.end-1].after += " AS " + s.tokens[s.bare(x).end-1].text
			}
			continue
		case !s.trino && !s.isRewritten(x):
			continue
		}
		if place, ok := s.places[s.unnamed]; ok {
			n = place
		}
		name := fmt.Sprintf("_col%d", n)
		if s.asks {
			name = fmt.Sprintf("%s%d", unnamed, s.unnamed)
		}
		s.unnamed++
		s.tokens[x.end-1].after += ` AS "` + name + `"`
	}
}

// unnamed is how the columns without a name are called while it is asked where in the
// answer they are.
const unnamed = "trino_unnamed_"

// hasStar says whether the answer has the columns of a *, so that the places of the others
// are known only where those are.
func (s *statement) hasStar() bool {
	i := s.outputSelect(span{0, len(s.tokens)})
	if i < 0 {
		return false
	}
	for _, x := range s.selectList(i) {
		if s.isStar(x) {
			return true
		}
	}
	return false
}

// outputSelect is the SELECT whose columns are the answer's, -1 if there is none.
func (s *statement) outputSelect(in span) int {
	within := -1
	for i := in.first; i < in.end; i++ {
		switch t := &s.tokens[i]; {
		case t.is("select"):
			return i
		case t.pair > i:
			if within < 0 && t.text == "(" && (s.at(i+1).is("select", "with") || s.at(i+1).text == "(") {
				within = i
			}
			i = t.pair
		}
	}
	if within < 0 {
		return -1
	}
	return s.outputSelect(span{within + 1, s.tokens[within].pair})
}

// selectList are the items of a SELECT.
func (s *statement) selectList(i int) []span {
	first := i + 1
	switch {
	case s.words(first, "distinct", "on") && s.at(first+2).text == "(" && s.at(first+2).pair > 0:
		first = s.tokens[first+2].pair + 1
	case s.at(first).is("distinct", "all"):
		first++
	}
	end := first
	for ; end < len(s.tokens); end++ {
		t, before := &s.tokens[end], s.at(end-1)
		switch {
		case t.pair > end:
			end = t.pair
			continue
		case t.pair < 0 && (t.text == "(" || t.text == "["): // what is wrong, DuckDB will say
			return nil
		}
		distinct := before.is("distinct") && s.at(end-2).is("is", "not")
		if t.text == ")" || t.text == "]" || t.kind == Semicolon ||
			before.text != "." && !before.is("as", "within") && !distinct && t.is("from", "where", "group", "having", "order", "limit", "union", "intersect", "except") ||
			before.text != "." && before.text != "," && end > first && t.is("offset", "fetch", "window", "qualify") {
			break
		}
	}
	if first == end {
		return nil
	}
	return s.list(first, end)
}

// isStar says whether an item is * or t.*, whatever is left out of it.
func (s *statement) isStar(x span) bool {
	i := x.first
	for i+2 < x.end && s.tokens[i].word != "" && s.tokens[i+1].text == "." {
		i += 2
	}
	return i < x.end && s.tokens[i].text == "*"
}

// isNamed says whether an item of a SELECT is given a name, or several.
func (s *statement) isNamed(x span) bool {
	if s.isStar(x) || s.tokens[x.first].is("columns", "unnest") {
		return true
	}
	for i := x.first; i < x.end; i++ {
		switch t := &s.tokens[i]; {
		case t.pair > i:
			i = t.pair
		case t.is("as"):
			return true
		case t.text == ":" && i == x.first+1 && s.at(i+1).text != ":": // DuckDB's name: expression
			return true
		}
	}
	return s.endsInName(x)
}

// bare is an expression without parentheses around the whole of it.
func (s *statement) bare(x span) span {
	for s.tokens[x.first].text == "(" && s.tokens[x.first].pair == x.end-1 && x.first+1 < x.end-1 {
		x = span{x.first + 1, x.end - 1}
	}
	return x
}

// isReference says whether an item is a column, or a member of one.
func (s *statement) isReference(x span) bool {
	x = s.bare(x)
	i := x.first
	switch t := &s.tokens[i]; {
	case t.text == "(":
		if t.pair <= i+1 || t.pair >= x.end-1 || !s.isReference(span{i + 1, t.pair}) {
			return false
		}
		i = t.pair + 1
	case t.word == "" || t.is(values()...):
		return false
	default:
		i++
	}
	for ; i < x.end; i += 2 {
		if s.tokens[i].text != "." || s.at(i+1).word == "" {
			return false
		}
	}
	return true
}

// values are words that are no columns.
func values() []string {
	return []string{
		"null", "true", "false", "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp",
		"current_user", "current_catalog", "current_schema", "current_path",
	}
}

// endsInName says whether an item ends with a name for it, without AS.
func (s *statement) endsInName(x span) bool {
	last := x.end - 1
	t, before := &s.tokens[last], s.at(last-1)
	switch {
	case last == x.first || t.is("end") || t.is(values()...):
		return false
	case t.kind == String:
		return before.text == ")" || before.text == "]"
	case t.word == "":
		return false
	case t.is("second", "minute", "hour", "day", "week", "month", "year"):
		if before.kind == String && s.at(last-2).is("interval") || before.pair > 0 && s.at(before.pair-1).is("interval") {
			return false
		}
	case s.words(last-3, "at", "time", "zone"):
		return false
	}
	switch {
	case before.kind == String, before.kind == Identifier, before.text == ")", before.text == "]":
		return true
	case before.text != "" && isDigit(before.text[0]):
		return true
	}
	return before.word != "" && !before.is("and", "or", "not", "is", "in", "like", "ilike", "similar", "between", "escape", "distinct",
		"from", "over", "collate", "all", "any", "some", "interval", "case", "when", "then", "else", "to")
}

// isRewritten says whether a part of the statement has another text now.
func (s *statement) isRewritten(x span) bool {
	for i := x.first; i < x.end; i++ {
		if t := &s.tokens[i]; t.now != t.text || t.before != "" || t.after != "" {
			return true
		}
	}
	return false
}

// placed are the places in the answer of the columns without a name, by the names that it
// has while it is asked for them.
func placed(columns []string) map[int]int {
	places := map[int]int{}
	for i, name := range columns {
		var n int
		if rest, ok := strings.CutPrefix(name, unnamed); ok {
			if _, err := fmt.Sscanf(rest, "%d", &n); err == nil {
				places[n] = i
			}
		}
	}
	return places
}

package athena

import (
	"slices"
	"strings"
)

// What is hidden of a view are columns that it has for those who name them, and not in *.
type hidden struct {
	columns []string
	source  string // what has them besides the view's own
}

func hiddenOf(view string) hidden {
	if view == lakeView {
		return hidden{[]string{"eventJson"},
			"(SELECT * EXCLUDE (skeleton, verbatim, leaves), event_record(skeleton, verbatim, leaves) AS eventJson FROM cloudtrail_lake_records)"}
	}
	return hidden{[]string{"$path", "$file_modified_time", "$file_size", "organization"}, "cloudtrail_logs_files"}
}

// source is what stands in the place of a table: a view, or what has its hidden columns
// besides, which cost a join or more, if the statement names one of them.
func (s *statement) source(t table, view string) string {
	h := hiddenOf(view)
	if !slices.ContainsFunc(h.columns, s.namesColumn) {
		return view
	}
	list := ` EXCLUDE ("` + strings.Join(h.columns, `", "`) + `")`
	for i := range s.tokens {
		if star := &s.tokens[i]; s.isStarOf(i, t) && !strings.Contains(star.now, list) {
			star.now += list
			star.now = strings.ReplaceAll(star.now, ") EXCLUDE (", ", ")
		}
	}
	if s.hasAlias(t.last + 1) {
		return h.source
	}
	return h.source + ` AS "` + strings.ReplaceAll(t.name(), `"`, `""`) + `"`
}

// namesColumn says whether a column of that name may be meant somewhere: one with a dollar in
// it is in quotes.
func (s *statement) namesColumn(name string) bool {
	for i := range s.tokens {
		t := &s.tokens[i]
		if t.word == strings.ToLower(name) && (t.kind == Identifier || name[0] != '$') && s.at(i+1).text != "(" && !s.at(i-1).is("as") {
			return true
		}
	}
	return false
}

// behindTable are keywords that no alias is.
func behindTable() []string {
	return []string{
		"where", "group", "having", "order", "limit", "offset", "fetch", "window", "qualify", "union", "except", "intersect",
		"join", "left", "right", "full", "inner", "outer", "cross", "natural", "asof", "positional", "anti", "semi", "on", "using",
		"tablesample", "select", "pivot", "unpivot",
	}
}

// hasAlias says whether what stands behind a table gives it a name.
func (s *statement) hasAlias(i int) bool {
	return s.at(i).word != "" && !s.at(i).is(behindTable()...)
}

// isStarOf says whether a token is the * of a SELECT that has the table behind its FROM, or
// of one that is named before it.
func (s *statement) isStarOf(i int, t table) bool {
	if s.tokens[i].text != "*" || s.at(i+1).is("exclude", "replace", "rename", "like") {
		return false
	}
	before := s.at(i - 1)
	switch {
	case before.text == ".":
		alias := t.name()
		if s.hasAlias(t.last + 1) {
			alias = s.at(t.last + 1).word
			if s.at(t.last + 1).is("as") {
				alias = s.at(t.last + 2).word
			}
		}
		if s.at(i-2).word != alias {
			return false
		}
	case before.text != "," && !before.is("select", "distinct", "all"):
		return false
	}
	for j := i + 1; j < t.first; j++ { // forward to its FROM, and to the table there
		switch {
		case s.tokens[j].pair > t.last && s.at(j-1).is("from", "join"): // FROM (a JOIN b)
		case s.tokens[j].pair > t.last, s.tokens[j].text == ")", s.tokens[j].is("select"):
			return false
		case s.tokens[j].pair > j:
			j = s.tokens[j].pair
		}
	}
	return i < t.first
}

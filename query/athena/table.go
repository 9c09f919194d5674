package athena

import (
	"regexp"
	"slices"
	"strings"
)

// The views of a store that statements of Athena and CloudTrail Lake read.
const (
	logsView  = "cloudtrail_logs"
	otherLogs = "cloudtrail_logs_pp"
	lakeView  = "cloudtrail_lake"
)

// A table is a name in the place of one.
type table struct {
	first, last int    // its tokens
	path        string // catalog, database and name, as far as they are there, divided by zero bytes
}

// parts are those of its path.
func (t table) parts() []string { return strings.Split(t.path, "\x00") }

// name is the last of its parts.
func (t table) name() string { return t.path[strings.LastIndexByte(t.path, 0)+1:] }

// A place is what the tokens at one depth of brackets are.
type place struct {
	from   bool // behind FROM: a comma is followed by a table
	expect bool // a table comes next
	call   bool // of a function whose arguments may have FROM between them
}

// tables are the names behind FROM and JOIN, common table expressions aside.
func (s *statement) tables() (all []table) {
	if s.at(0).is("show", "pragma", "set", "use", "attach", "detach", "call") && !s.words(0, "show", "columns") {
		return nil
	}
	expressions := s.commonTables()
	places := []place{{}}
	for i := 0; i < len(s.tokens); i++ {
		t, top := &s.tokens[i], &places[len(places)-1]
		switch {
		case t.text == "(":
			within := place{}
			if top.expect {
				within.from = i+1 < len(s.tokens) && !s.tokens[i+1].is("select", "with", "values", "from", "table", "describe", "show", "pivot", "unpivot")
				within.expect = within.from
			}
			within.call = i > 0 && s.tokens[i-1].is("extract", "substring", "trim", "overlay")
			top.expect = false
			places = append(places, within)
		case t.text == ")":
			if len(places) > 1 {
				places = places[:len(places)-1]
			}
		case t.text == ",":
			top.expect = top.from
		case t.is("from"):
			distinct := i > 1 && s.tokens[i-1].is("distinct") && s.tokens[i-2].is("is", "not")
			if !top.call && !distinct {
				top.from, top.expect = true, i == 0 || !s.tokens[i-1].is("delete")
			}
		case t.is("join"):
			top.from, top.expect = true, true
		case t.is("describe", "desc") && i == 0:
			top.expect = !s.at(1).is("select", "with", "values", "from", "table")
		case t.is("where", "group", "having", "order", "limit", "offset", "fetch", "window", "qualify", "union", "except", "intersect", "select", "set", "returning"):
			*top = place{call: top.call}
		case top.expect && t.is("lateral"):
		case top.expect:
			top.expect = false
			if name, ok := s.table(i); ok {
				i = name.last
				if !slices.Contains(expressions, name.path) {
					all = append(all, name)
				}
			}
		}
	}
	return all
}

// placeholderTokens is more than <the-name-of-your-event-data-store> has.
const placeholderTokens = 24

// placeholder is the last token of <your-table-name>, ${table}, {{ table }} or [table], if one
// of them begins here, or -1.
func (s *statement) placeholder(i int) int {
	open := s.at(i)
	if open.text == "$" && s.at(i+1).begin == open.begin+1 {
		open = s.at(i + 1)
	}
	switch {
	case (open.text == "{" || open.text == "[") && open.pair > 0:
		return open.pair
	case open.text == "<":
		for last := i; last < i+placeholderTokens; last++ {
			if s.at(last).text == ">" {
				return last
			}
		}
	}
	return -1
}

// filled is the path of a table that has a placeholder in its name.
func (s *statement) filled(t table) string {
	var path string
	for i := t.first; i <= t.last; i++ {
		path += strings.ToLower(s.tokens[i].text)
	}
	return path
}

// table reads the name that begins at a token; a function is none, nor is a file.
func (s *statement) table(i int) (table, bool) {
	t := table{first: i, last: i}
	if last := s.placeholder(i); last >= i { // to be filled in
		for s.at(last+1).text == "." { // <database>.<table>
			next := s.placeholder(last + 2)
			if next < 0 && s.at(last+2).word != "" {
				next = last + 2
			}
			if next < 0 {
				break
			}
			last = next
		}
		t.last = last
		t.path = s.filled(t)
		return t, true
	}
	var parts []string
	for ; s.at(i).word != ""; i += 2 {
		t.last, parts = i, append(parts, s.tokens[i].word)
		if s.at(i+1).text != "." {
			break
		}
		if last := s.placeholder(i + 2); last >= 0 { // database.<table>
			t.last = last
			t.path = s.filled(t)
			return t, true
		}
	}
	t.path = strings.Join(parts, "\x00")
	if parts == nil || s.at(t.last+1).text == "(" || s.at(t.last+1).text == "." {
		return table{}, false
	}
	file := s.tokens[t.last].kind == Identifier && strings.ContainsAny(t.name(), "./")
	return t, !file || dataStoreName.MatchString(t.name())
}

// commonTables are the names that WITH gives to queries.
func (s *statement) commonTables() (names []string) {
	for i := range s.tokens {
		if !s.tokens[i].is("with", "recursive") && s.tokens[i].text != "," {
			continue
		}
		name, next := s.at(i+1), i+2
		if name.word == "" {
			continue
		}
		if s.at(next).text == "(" && s.tokens[next].pair > 0 {
			next = s.tokens[next].pair + 1
		}
		if !s.at(next).is("as") {
			continue
		}
		for next++; s.at(next).is("not", "materialized"); next++ {
		}
		if s.at(next).text == "(" {
			names = append(names, name.word)
		}
	}
	return names
}

var (
	// $EDS_ID, <event-data-store-id>, the id itself, also with underscores or as the end of an ARN.
	dataStoreName = regexp.MustCompile(`^\W*(eds|eds[-_]id|event[-_]?data[-_]?store([-_]?id)?)\W*$|(^|/)[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}$`)
	logsName      = regexp.MustCompile(`^cloudtrail_logs\w*$`)
)

// view is the view that a table of Athena or CloudTrail Lake is here, by its name alone;
// empty for one that has another name.
func (t table) view() string {
	name, parts := t.name(), t.parts()
	switch {
	case len(parts) == 1 && (name == logsView || name == otherLogs || name == lakeView):
		return name
	case dataStoreName.MatchString(name):
		return lakeView
	case logsName.MatchString(name) && (len(parts) < 3 || parts[0] == "awsdatacatalog"):
		return logsView
	}
	return ""
}

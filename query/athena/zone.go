package athena

// A time with a zone is what a clock shows there: hour(t) is right, and a comparison is not
// without the zone that it is in. It is known where the time is made, and where a name
// that a subquery or a common table expression gives it is read.

// A zonedName is a column that is a time with a zone.
type zonedName struct {
	name        string
	table       string // what it is a column of, empty if that has no name
	open, close int    // the parentheses around the SELECT
	common      bool   // the table is a common table expression
	zone        string // as it is written: 'Asia/Tokyo'
}

// findZones finds the columns that are times with a zone, those of columns among them.
func (s *statement) findZones() {
	for known := -1; known < len(s.zones); {
		known = len(s.zones)
		s.zones = s.zones[:0:0]
		for i := range s.tokens {
			if s.tokens[i].is("select") {
				s.zonedColumns(i)
			}
		}
	}
}

// zonedColumns notes which of a SELECT's columns are times with a zone.
func (s *statement) zonedColumns(i int) {
	open := s.scope(i)
	if open < 0 || s.at(open).text != "(" {
		return
	}
	z := zonedName{open: open, close: s.tokens[open].pair}
	var names []span
	switch after := z.close + 1; {
	case s.at(open-1).is("as", "materialized"): // WITH name (columns) AS (...)
		at := open - 1
		for s.at(at).is("as", "not", "materialized") {
			at--
		}
		if s.at(at).text == ")" && s.at(at).pair > 0 {
			names = s.list(s.tokens[at].pair+1, at)
			at = s.tokens[at].pair - 1
		}
		z.table, z.common = s.at(at).word, true
	default:
		if s.at(after).is("as") {
			after++
		}
		if s.at(after).word != "" && !s.at(after).is("where", "group", "order", "join", "on", "cross", "left", "inner", "limit") {
			z.table = s.tokens[after].word
			if s.at(after+1).text == "(" && s.at(after+1).pair > 0 {
				names = s.list(after+2, s.tokens[after+1].pair)
			}
		}
	}
	for n, x := range s.selectList(i) {
		if x.first == x.end {
			continue
		}
		value, name := s.unnamedItem(x), s.tokens[x.end-1].word
		if n < len(names) && names[n].first < names[n].end {
			name = s.tokens[names[n].first].word
		}
		if z.zone = s.zone(value); z.zone != "" && name != "" {
			z.name = name
			s.zones = append(s.zones, z)
		}
	}
}

// unnamedItem is an item of a SELECT without the name that it is given.
func (s *statement) unnamedItem(x span) span {
	for j := x.first; j < x.end; j++ {
		if s.tokens[j].pair > j {
			j = s.tokens[j].pair
		} else if s.tokens[j].is("as") {
			return span{x.first, j}
		}
	}
	if s.endsInName(x) {
		x.end--
	}
	return x
}

// A shownTime is an item of the answer that is a time with a zone.
type shownTime struct {
	item span
	zone string
}

// findShownTimes finds the times with a zone that the answer has, unless they have to stay
// what they are: for rows that UNION and its like join to them, and for an order of what is
// distinct.
func (s *statement) findShownTimes() {
	s.output = s.outputSelect(span{0, len(s.tokens)})
	if s.output < 0 {
		return
	}
	distinct := s.at(s.output + 1).is("distinct")
	for i, scope := s.output, s.scope(s.output); i < len(s.tokens); i++ {
		if t := s.tokens[i]; (t.is("union", "intersect", "except") || distinct && t.is("order")) && s.scope(i) == scope {
			return
		}
	}
	for _, x := range s.selectList(s.output) {
		if x.first == x.end {
			continue
		}
		item := s.unnamedItem(x)
		if zone := s.zone(item); zone != "" && zone != "'UTC'" {
			s.shown = append(s.shown, shownTime{item, zone})
		}
	}
}

// showTimes shows times with their zones, as Trino does: a clock elsewhere would be taken
// for UTC.
func (s *statement) showTimes() {
	for _, t := range s.shown {
		s.tokens[t.item.first].before = "(trino_varchar(" + s.tokens[t.item.first].before
		s.tokens[t.item.end-1].after += ") || ' ' || " + t.zone + ")"
	}
}

// scope is the parenthesis around the query that a token is in, -1 for the statement.
func (s *statement) scope(i int) int {
	for i--; i >= 0; i-- {
		switch t := &s.tokens[i]; {
		case t.pair >= 0 && t.pair < i:
			i = t.pair
		case t.text == "(" && s.at(i+1).is("select", "with"):
			return i
		}
	}
	return -1
}

// zone is that of an expression that is a time with a zone, empty for any other.
func (s *statement) zone(x span) string {
	if x.first >= x.end {
		return ""
	}
	x = s.bare(x)
	if c, ok := s.call(x.first); ok && c.close == x.end-1 {
		switch name := s.tokens[c.name]; {
		case name.is("at_timezone", "from_unixtime") && len(c.args) == 2:
			if zone := s.at(c.args[1].first); zone.kind == String && c.args[1].end == c.args[1].first+1 {
				return zone.text
			}
		case name.is("min", "max", "any_value", "arbitrary") && len(c.args) > 0, name.is("min_by", "max_by") && len(c.args) == 2:
			return s.zone(c.args[0])
		case name.is("date_trunc", "date_add") && len(c.args) > 1:
			return s.zone(c.args[len(c.args)-1])
		}
		return ""
	}
	for i := x.first; i < x.end; i++ {
		switch t := &s.tokens[i]; {
		case t.pair > i:
			i = t.pair
		case s.words(i, "at", "time", "zone"):
			if first, ok := s.operand(i); ok && first == x.first && i+4 == x.end && s.tokens[i+3].kind == String {
				return s.tokens[i+3].text
			}
			return ""
		case (t.text == "+" || t.text == "-") && s.at(i+1).is("interval"):
			return s.zone(span{x.first, i})
		}
	}
	if len(s.zones) > 0 && s.isReference(x) {
		return s.zoneOf(x.end - 1)
	}
	return ""
}

// zoneOf is that of a column whose name stands at a token.
func (s *statement) zoneOf(i int) string {
	scope := s.scope(i)
	for _, z := range s.zones {
		if z.name != s.tokens[i].word || z.open < i && i < z.close {
			continue
		}
		from := !z.common && s.scope(z.open) == scope
		table := z.table
		for j := scope + 1; z.common && j < len(s.tokens) && !from; j++ {
			if j > scope && s.tokens[j].word == z.table && s.scope(j) == scope && (s.at(j-1).is("from", "join") || s.at(j-1).text == ",") {
				from = true
				if next := s.at(j + 1); next.is("as") {
					table = s.at(j + 2).word
				} else if next.word != "" && s.at(i-1).text == "." && s.at(i-2).word == next.word {
					table = next.word
				}
			}
		}
		if from && (s.at(i-1).text != "." || s.at(i-2).word == table || s.at(i-2).word == z.table) {
			return z.zone
		}
	}
	return ""
}

// zoned compares a column that is a time with a zone by the instant that it is.
func (s *statement) zoned(i int) {
	if len(s.zones) == 0 || s.tokens[i].word == "" || s.at(i+1).text == "." || s.at(i+1).text == "(" {
		return
	}
	first, ok := s.operand(i + 1)
	if !ok || !s.compared(first, i+1) {
		return
	}
	if zone := s.zoneOf(i); zone != "" {
		s.instant(span{first, i + 1}, zone)
	}
}

// instant makes of what a clock shows in a zone the instant that it is.
func (s *statement) instant(x span, zone string) {
	s.tokens[x.first].before = "with_timezone(" + s.tokens[x.first].before
	s.tokens[x.end-1].after += ", " + zone + ")"
}

// zonedCall compares what a function makes of a time with a zone by the instant that it is,
// and gives instants to functions that want them.
func (s *statement) zonedCall(c call) {
	args := c.args
	switch name := &s.tokens[c.name]; {
	case name.is("min", "max", "any_value", "arbitrary", "min_by", "max_by", "date_trunc", "date_add", "from_unixtime"):
		if !s.compared(c.name, c.close+1) {
			return
		}
		args = []span{{c.name, c.close + 1}}
	case name.is("at_timezone") && len(args) == 2:
		args = args[:1]
	case !name.is("date_diff", "to_unixtime"):
		return
	}
	for _, arg := range args {
		if zone := s.zone(arg); zone != "" {
			s.instant(arg, zone)
		}
	}
}

package athena

import "strings"

// An UnsupportedError is something of Trino's that nothing here can do.
type UnsupportedError struct {
	What    string
	Instead string // what to write
	Offset  int    // in the statement
}

func (e *UnsupportedError) Error() string { return e.What + " is not there" }

// refuse ends the translation: what stands at a token cannot be done.
func (s *statement) refuse(i int, what, instead string) {
	s.refused = &UnsupportedError{What: what, Instead: instead, Offset: s.tokens[i].begin}
}

// refuseStatement refuses statements that are about Athena's tables and their files, not about
// what is in them. DuckDB has none of these forms.
func (s *statement) refuseStatement() {
	const files = "nothing in its place: trailbox ingest SOURCE loads log files, and cloudtrail_logs has all of them"
	for _, form := range []struct {
		words   []string
		what    string
		instead string
	}{
		{[]string{"create", "external", "table"}, "CREATE EXTERNAL TABLE", files},
		{[]string{"msck", "repair"}, "MSCK REPAIR", files},
		{[]string{"show", "partitions"}, "SHOW PARTITIONS", "SELECT DISTINCT account, region, timestamp FROM cloudtrail_logs"},
		{[]string{"show", "create"}, "SHOW CREATE", "DESCRIBE cloudtrail_logs"},
		{[]string{"show", "functions"}, "SHOW FUNCTIONS", "SELECT function_name FROM duckdb_functions(); trailbox help athena names what is not there"},
		{[]string{"show", "tables", "in"}, "SHOW TABLES IN", "SHOW TABLES"},
		{[]string{"unload"}, "UNLOAD", "its SELECT alone, with --to FILE: .csv, .json or .parquet"},
		{[]string{"execute"}, "EXECUTE ... USING", "the statement itself, with the values in it"},
		{[]string{"prepare"}, "PREPARE ... FROM", "the statement itself, with values in the places of ?"},
		{[]string{"explain"}, "EXPLAIN with options", "EXPLAIN SELECT ..., or EXPLAIN ANALYZE"},
		{[]string{"alter", "table"}, "ALTER TABLE with partitions", files},
	} {
		if s.words(0, form.words...) && s.isForm(form.words[0]) {
			s.refuse(0, form.what, form.instead)
		}
	}
}

// isForm says whether what begins with a word that DuckDB knows is another's statement.
func (s *statement) isForm(word string) bool {
	has := func(words ...string) bool {
		for i := range s.tokens {
			if s.words(i, words...) {
				return true
			}
		}
		return false
	}
	switch word {
	case "unload":
		return s.at(1).text == "("
	case "execute":
		return s.at(2).is("using")
	case "prepare":
		return s.at(2).is("from")
	case "explain":
		return s.at(1).text == "(" && s.at(2).is("type", "format") && s.at(3).is("logical", "distributed", "validate", "io", "text", "graphviz")
	case "alter":
		return has("partition")
	}
	return true
}

// sample says that what TABLESAMPLE has is a percentage: to DuckDB it would be rows.
func (s *statement) sample(i int) {
	open := s.at(i + 2)
	if !s.at(i+1).is("bernoulli", "system") || open.text != "(" || open.pair != i+4 {
		return
	}
	s.tokens[open.pair].now = " PERCENT)"
	s.tokens[open.pair].close = true
}

// withTies lets FETCH FIRST n ROWS WITH TIES, behind a SELECT, be a condition on the rank of
// a row.
func (s *statement) withTies(i int) {
	if s.at(i-1).is("union", "intersect", "except", "all") || s.at(i-1).is("distinct") && s.at(i-2).is("union", "intersect", "except") {
		return // it belongs to the first of them
	}
	order, fetch, whole := -1, -1, s.at(i+1).is("distinct")
	for j := i + 1; j < len(s.tokens) && fetch < 0; j++ {
		switch t := &s.tokens[j]; {
		case t.pair > j:
			j = t.pair
		case t.text == ")" || t.kind == Semicolon:
			return
		case t.is("union", "intersect", "except"):
			whole = true
		case s.words(j, "order", "by"):
			order = j
		case t.is("offset") && order >= 0:
			order = -1
		case t.is("fetch") && s.at(j+1).is("first", "next"):
			fetch = j
		}
	}
	rows, n := fetch+2, "1"
	if !s.at(rows).is("row", "rows") {
		n = s.at(rows).text
		rows++
	}
	switch {
	case fetch < 0 || !s.at(rows).is("row", "rows") || !s.words(rows+1, "with", "ties"):
		return
	case order < 0:
		s.refuse(fetch, "FETCH FIRST ... WITH TIES without ORDER BY, or behind OFFSET,", "a condition on rank() OVER (ORDER BY ...), in a SELECT around this one")
		return
	}
	items := s.selectList(i)
	var keys []string
	for _, key := range s.list(order+2, fetch) {
		text := s.render(key.first, key.end)
		if ordinal := s.tokens[key.first].text; isDigit(ordinal[0]) {
			column := "#" + ordinal
			if n := int(ordinal[0] - '0'); !whole && len(ordinal) == 1 && n >= 1 && n <= len(items) {
				column = s.sortedBy(items[n-1])
			}
			text = column + " " + s.render(key.first+1, key.end)
		}
		keys = append(keys, text)
	}
	condition := "QUALIFY rank() OVER (ORDER BY " + strings.Join(keys, ", ") + ") <= " + n + " "
	if whole {
		s.tokens[i].before = "SELECT * FROM (" + s.tokens[i].before
		condition = ") " + condition
	}
	s.tokens[order].before = condition + s.tokens[order].before
	s.replace(fetch, rows+2, "")
}

// sortedBy is what an item of a SELECT is sorted by: its name, or itself.
func (s *statement) sortedBy(x span) string {
	for i := x.first; i < x.end; i++ {
		if t := &s.tokens[i]; t.pair > i {
			i = t.pair
		} else if t.is("as") {
			return s.render(i+1, x.end)
		}
	}
	if s.endsInName(x) {
		x.first = x.end - 1
	}
	return s.render(x.first, x.end)
}

// jsonConstructor makes text of JSON_OBJECT and JSON_ARRAY, with what SQL has in their
// parentheses.
func (s *statement) jsonConstructor(c call) {
	object := s.tokens[c.name].word == "json_object"
	absent := !object
	var keys, values []string
	for _, arg := range c.args {
		var tail int
		arg.end, tail = s.jsonClauses(arg)
		if s.words(tail, "absent", "on", "null") {
			absent = true
		} else if s.words(tail, "null", "on", "null") {
			absent = false
		}
		if arg.first == arg.end {
			continue
		}
		value := arg
		if object {
			var key span
			if key, value = s.jsonPair(arg); key.first == key.end || value.first == value.end {
				return
			}
			keys = append(keys, s.render(key.first, key.end))
		}
		text := s.json(value)
		if text == "" {
			return
		}
		values = append(values, text)
	}
	if !object && !s.trino && !absent {
		return
	}
	var members []string
	for i, value := range values {
		switch {
		case !absent && object:
			members = append(members, keys[i]+", "+value)
		case !absent:
			members = append(members, value)
		case object:
			members = append(members, "CASE WHEN "+value+" IS NOT NULL THEN to_json("+keys[i]+")::VARCHAR || ':' || to_json("+value+")::VARCHAR END")
		default:
			members = append(members, "CASE WHEN "+value+" IS NOT NULL THEN to_json("+value+")::VARCHAR END")
		}
	}
	all := strings.Join(members, ", ")
	switch {
	case !absent:
		s.move(c.name, c.close, s.tokens[c.name].text+"("+all+")::VARCHAR")
	case object:
		s.move(c.name, c.close, "('{' || coalesce(array_to_string(["+all+"]::VARCHAR[], ','), '') || '}')")
	default:
		s.move(c.name, c.close, "('[' || coalesce(array_to_string(["+all+"]::VARCHAR[], ','), '') || ']')")
	}
}

// jsonClauses finds what stands behind the last member of a constructor, such as NULL ON
// NULL; both are the end of the argument if there is nothing.
func (s *statement) jsonClauses(arg span) (end, tail int) {
	for i := arg.first; i < arg.end; i++ {
		if s.tokens[i].pair > i {
			i = s.tokens[i].pair
		} else if s.words(i, "null", "on", "null") || s.words(i, "absent", "on", "null") || s.words(i, "with", "unique") || s.words(i, "without", "unique") || s.at(i).is("returning") {
			return i, i
		}
	}
	return arg.end, arg.end
}

// jsonPair takes a: b, a VALUE b and KEY a VALUE b apart.
func (s *statement) jsonPair(arg span) (key, value span) {
	for i := arg.first + 1; i < arg.end; i++ {
		switch t := &s.tokens[i]; {
		case t.pair > i:
			i = t.pair
		case t.text == ":" && s.at(i+1).text != ":" && s.at(i-1).text != ":":
			return span{arg.first, i}, span{i + 1, arg.end}
		case t.is("value"):
			if s.tokens[arg.first].is("key") && i > arg.first+1 {
				arg.first++
			}
			return span{arg.first, i}, span{i + 1, arg.end}
		}
	}
	return span{}, span{}
}

// json is a value within JSON: text that is JSON itself is put in as that.
func (s *statement) json(x span) string {
	inner := s.tokens[x.first].is("json_object", "json_array", "json_query") && s.at(x.first+1).pair == x.end-1
	for i := x.first; i < x.end; i++ {
		if s.words(i, "format", "json") {
			x.end, inner = i, true
		}
	}
	if x.first == x.end {
		return ""
	}
	text := "(" + s.render(x.first, x.end) + ")"
	if inner {
		return "json" + text
	}
	return text
}

// aggregate makes a map of what is aggregated: a macro could have no FILTER, DISTINCT or
// ORDER BY.
func (s *statement) aggregate(c call) {
	name := s.tokens[c.name].word
	if want := map[string]int{"map_agg": 2, "multimap_agg": 2, "map_union": 1}[name]; len(c.args) != want {
		return
	}
	distinct, order := "", ""
	if s.at(c.args[0].first).is("distinct") {
		distinct = "DISTINCT "
		c.args[0].first++
	}
	last := &c.args[len(c.args)-1]
	for i := last.first; i < last.end; i++ {
		if s.tokens[i].pair > i {
			i = s.tokens[i].pair
		} else if s.words(i, "order", "by") {
			order, last.end = " "+s.render(i, last.end), i
		}
	}
	for _, arg := range c.args {
		if arg.first == arg.end {
			return
		}
	}
	first := s.render(c.args[0].first, c.args[0].end)
	filter, end := "("+first+") IS NOT NULL", c.close
	if open := s.at(end + 2); s.words(end+1, "filter") && open.text == "(" && open.pair > 0 && s.words(end+3, "where") {
		filter += " AND (" + s.render(end+4, open.pair) + ")"
		end = open.pair
	}
	over := ""
	if s.words(end+1, "over") {
		from := end + 1
		if end += 2; s.at(end).pair > end {
			end = s.tokens[end].pair
		}
		over = " " + s.render(from, end+1)
	}
	entry, before, after := "map_entries("+first+")", "trino_map(flatten(", "))"
	if name != "map_union" {
		entry = "{'key': " + first + ", 'value': " + s.render(last.first, last.end) + "}"
		before, after = map[string]string{"map_agg": "trino_map(", "multimap_agg": "trino_multimap("}[name], ")"
	}
	s.move(c.name, end, before+"list("+distinct+entry+order+") FILTER (WHERE "+filter+")"+over+after)
}

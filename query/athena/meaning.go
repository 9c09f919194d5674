package athena

import (
	"regexp"
	"strings"
)

// meaning rewrites operators that mean another thing to DuckDB.
func (s *statement) meaning(i int) {
	switch t := &s.tokens[i]; {
	case t.text == "/" && s.at(i-3).is("interval"): // DuckDB has // for numbers alone
	case t.text == "?" && t.kind == Other:
		s.refuse(i, "a value for ?", "the value in its place")
	case t.text == "%" && t.kind == Other:
		if end, ok := s.factor(i + 1); ok {
			s.tokens[i+1].before = "trino_divisor(" + s.tokens[i+1].before
			s.tokens[end-1].after += ")"
		}
	case t.text == "/" && t.kind == Other:
		first, before := s.product(i)
		end, after := s.factor(i + 1)
		if before && after { // what stands left of it is rewritten later, and so inside
			s.tokens[first].before += "trino_divide("
			t.now, t.close = ",", true
			s.tokens[end-1].after += ")"
		}
	case (t.text == "+" || t.text == "-") && s.at(i+1).is("interval") && s.at(i+2).kind == String:
		s.shifted(i)
	case s.words(i, "at", "time", "zone"):
		first, before := s.operand(i)
		end, after := s.factor(i + 3)
		if !before || !after {
			return
		}
		name := "at_timezone("
		if s.compared(first, end) {
			name = "trino_instant("
		}
		s.tokens[first].before = name + s.tokens[first].before
		s.replace(i, i+2, ",")
		t.close = true
		s.tokens[end-1].after += ")"
	case t.is("x") && s.at(i+1).kind == String && s.at(i+1).begin == t.begin+1:
		s.replace(i, i, "unhex(")
		s.tokens[i+1].close = true
		s.tokens[i+1].after += ")"
	case t.is("ipaddress") && s.at(i+1).kind == String:
		s.replace(i, i, s.address(i, i+2)+"(")
		s.tokens[i+1].close = true
		s.tokens[i+1].after += ")"
	case t.word == "attributes" && s.at(i-1).text == "." && s.at(i-2).word == "webidfederationdata": // a map, stored as text
		if first, ok := s.operand(i + 1); ok {
			s.tokens[first].before = "text_map(" + s.tokens[first].before
			t.after += ")"
		}
	case s.lake && t.word == "creationdate" && s.at(i-1).text == "." && s.at(i-2).word == "attributes": // a time, stored as text
		if first, ok := s.operand(i + 1); ok && !s.at(first-2).is("from_iso8601_timestamp") {
			s.tokens[first].before = "trino_creation_date(" + s.tokens[first].before
			t.after += ")"
		}
	default:
		s.zoned(i)
	}
}

// shifted adds an interval so that a date stays a date, unless what it is added to is
// itself a sum.
func (s *statement) shifted(i int) {
	first, before := s.operand(i)
	end, after := s.factor(i + 1)
	if !before || !after || s.at(first-1).kind == String || strings.Contains("+-*/%|", s.at(first-1).text) && first > 0 {
		return
	}
	s.tokens[first].before = "trino_shifted(" + s.tokens[first].before
	if s.tokens[i].text == "-" {
		s.tokens[i+1].before = "-" + s.tokens[i+1].before
	}
	s.tokens[i].now = ","
	s.tokens[i].close = true
	s.tokens[end-1].after += ")"
}

// factor is the end of the operand that begins at a token, as tightly as division binds.
func (s *statement) factor(i int) (end int, ok bool) {
	for s.at(i).text == "-" || s.at(i).text == "+" {
		i++
	}
	switch t := s.at(i); {
	case t.text == "":
		return 0, false
	case t.text == "(" || t.text == "[":
		if t.pair < 0 {
			return 0, false
		}
		i = t.pair + 1
	case t.is("case"):
		depth := 0
		for ; i < len(s.tokens); i++ {
			if s.tokens[i].is("case") {
				depth++
			} else if s.tokens[i].is("end") {
				if depth--; depth == 0 {
					break
				}
			}
		}
		i++
	case t.kind == String, t.kind == Identifier, t.word != "", isDigit(t.text[0]):
		// A literal with its type before it: INTERVAL '1' DAY has its unit behind.
		if t.kind == Other && t.word != "" && s.at(i+1).kind == String {
			i++
			if t.is("interval") && s.at(i+1).is("second", "minute", "hour", "day", "month", "year") {
				i++
			}
		}
		i++
	default:
		return 0, false
	}
	for {
		switch t := s.at(i); {
		case t.text == ".":
			i += 2
		case (t.text == "(" || t.text == "[") && t.pair > 0:
			i = t.pair + 1
		case t.text == ":" && s.at(i+1).text == ":":
			i += 3
		case t.is("filter", "over") && s.at(i+1).text == "(" && s.at(i+1).pair > 0:
			i = s.tokens[i+1].pair + 1
		case t.is("over") && s.at(i+1).word != "":
			i += 2
		default:
			return i, i <= len(s.tokens)
		}
	}
}

// product is the beginning of what is divided at a token: a factor, and what it has been
// multiplied or divided by.
func (s *statement) product(end int) (first int, ok bool) {
	for {
		if first, ok = s.operand(end); !ok {
			return 0, false
		}
		for s.at(first-1).text == "-" || s.at(first-1).text == "+" {
			if before := s.at(first - 2); before.text != "" && !strings.Contains("*/%", before.text) {
				break
			}
			first--
		}
		if before := s.at(first - 1); before.text == "" || !strings.Contains("*/%", before.text) {
			return first, true
		}
		end = first - 1
	}
}

// operand is the beginning of the operand that ends before a token.
func (s *statement) operand(end int) (first int, ok bool) {
	i := end - 1
	for {
		switch t := s.at(i); {
		case t.text == ")" || t.text == "]":
			if t.pair < 0 {
				return 0, false
			}
			i = t.pair
			if t.text == ")" && s.at(i-1).is("over", "filter") && i > 1 { // behind a call
				i -= 2
				continue
			}
			if before := s.at(i - 1); t.text == "]" || before.word != "" && !before.is("in", "and", "or", "not", "select", "when", "then", "else", "where", "by", "on", "between", "having", "distinct", "over", "filter", "like") {
				i--
				if t.text == "]" {
					if s.at(i).text == ")" || s.at(i).text == "]" {
						continue
					}
				}
			}
		case t.is("end"):
			depth := 0
			for ; i >= 0; i-- {
				if s.tokens[i].is("end") {
					depth++
				} else if s.tokens[i].is("case") {
					if depth--; depth == 0 {
						break
					}
				}
			}
			return i, i >= 0
		case t.kind == String:
			if before := s.at(i - 1); before.kind == Other && before.is("timestamp", "date", "time") {
				i--
			}
			return i, true
		case t.word == "" && (t.text == "" || !isDigit(t.text[0])):
			return 0, false
		}
		switch before := s.at(i - 1); {
		case before.text == ".":
			i -= 2
		case before.text == ":" && s.at(i-2).text == ":":
			i -= 3
		case before.is("over"): // OVER and the name of a window
			i -= 2
		default:
			return i, true
		}
	}
}

// compared says whether a comparison has the tokens from first up to end as a side.
func (s *statement) compared(first, end int) bool {
	if before := s.at(first - 1); before.text == "(" || before.text == "," { // in a list behind IN?
		open := first - 1
		for open >= 0 && (s.tokens[open].text != "(" || s.tokens[open].pair < first) {
			open--
		}
		if open > 0 && s.tokens[open-1].is("in") && (s.at(end).text == "," || s.at(end).text == ")") {
			return true
		}
	}
	switch before, after := s.at(first-1), s.at(end); {
	case after.text != "" && strings.Contains("=<>!", after.text), after.is("between", "in"):
		return true
	case s.words(end, "not", "between"), s.words(end, "not", "in"), before.is("between"):
		return true
	case before.text == "=", before.text == "<":
		return true
	case before.text == ">":
		return s.at(first-2).text != "-" // of a lambda
	case before.is("and"):
		for i := first - 2; i > 0 && !s.tokens[i].is("and", "or", "where", "on", "when", "having"); i-- {
			if s.tokens[i].text == ")" && s.tokens[i].pair > 0 {
				i = s.tokens[i].pair
			} else if s.tokens[i].is("between") {
				return true
			} else if s.tokens[i].text == "(" {
				return false
			}
		}
	}
	return false
}

// functions are those of DuckDB that have the names of Trino's and another meaning, and
// what has Trino's.
func functions() map[string]string {
	return map[string]string{
		"arbitrary":         "any_value",
		"array_distinct":    "trino_array_distinct",
		"array_intersect":   "trino_array_intersect",
		"array_position":    "trino_array_position",
		"repeat":            "trino_repeat",
		"split_part":        "trino_split_part",
		"millisecond":       "trino_millisecond",
		"json_extract":      "trino_json_extract",
		"json_exists":       "trino_json_exists",
		"json_value":        "trino_json_value",
		"json_array_length": "trino_json_array_length",
		"url_encode":        "trino_url_encode",
		"url_decode":        "trino_url_decode",
		"md5":               "trino_md5",
		"sha1":              "trino_sha1",
		"sha256":            "trino_sha256",
		"bit_count":         "trino_bit_count",
		"date_trunc":        "trino_date_trunc",
		"random":            "trino_random",
		"rand":              "trino_random",
		"strpos":            "trino_strpos",
		"to_base":           "trino_to_base",
		"to_milliseconds":   "trino_to_milliseconds",
		"dow":               "isodow",
		"doy":               "dayofyear",
		"yow":               "isoyear",
	}
}

// fields are the names that EXTRACT has for parts of a time.
func fields() map[string]string {
	return map[string]string{
		"dow": "isodow", "day_of_week": "isodow", "day_of_month": "day", "day_of_year": "doy",
		"week_of_year": "week", "yow": "isoyear", "year_of_week": "isoyear",
	}
}

// function rewrites a call of a function that means another thing to DuckDB.
func (s *statement) function(c call) {
	name := &s.tokens[c.name]
	s.zonedCall(c)
	switch name.word {
	case "cast", "try_cast":
		s.cast(c)
	case "extract":
		if field := fields()[s.at(c.open+1).word]; field != "" && s.at(c.open+2).is("from") {
			s.tokens[c.open+1].now = field
		}
	case "json_format":
		s.sortedJSON(c)
	case "contains":
		name.now = "trino_contains"
		if len(c.args) == 2 && c.args[1].first < c.args[1].end && s.isAddress(c.args[1]) {
			s.move(c.name, c.close, "trino_ip_in("+s.render(c.args[1].first, c.args[1].end)+", "+s.render(c.args[0].first, c.args[0].end)+")")
		}
	case "substr", "substring":
		if len(c.args) > 1 {
			name.now = "trino_substr"
		}
	case "concat_ws":
		if len(c.args) == 2 {
			name.now = "trino_concat_ws"
		}
	case "replace":
		if len(c.args) == 2 {
			name.now = "trino_replace"
		}
	case "at_timezone":
		if s.compared(c.name, c.close+1) {
			name.now = "trino_instant"
		}
	case "map_agg", "multimap_agg", "map_union":
		s.aggregate(c)
	case "approx_distinct":
		name.now = "approx_count_distinct"
		if len(c.args) == 2 {
			s.replace(c.args[0].end, c.close, ")")
		}
	case "approx_percentile":
		name.now = "approx_quantile"
		if len(c.args) > 2 {
			s.refuse(c.name, "approx_percentile with a weight", "approx_percentile(x, percentage)")
		}
	case "count_if":
		s.countIf(c)
	case "max_by", "min_by":
		s.by(c)
	case "every":
		name.now = "bool_and"
	case "concat":
		s.concat(c)
	case "format":
		s.format(c)
	case "regexp_extract", "regexp_extract_all", "regexp_like", "regexp_replace", "regexp_count", "regexp_split", "regexp_position":
		s.pattern(c)
		if name.word == "regexp_replace" && len(c.args) == 3 {
			s.replaced(c)
		}
	case "reverse":
		if len(c.args) == 1 && s.isList(c.args[0]) {
			name.now = "list_reverse"
		}
	case "greatest", "least":
		if len(c.args) > 1 {
			name.now = map[string]string{"greatest": "array_max", "least": "array_min"}[name.word]
			s.tokens[c.open].now, s.tokens[c.close].now = "([", "])"
		}
	default:
		if other := functions()[name.word]; other != "" {
			name.now = other
		}
	}
}

var placeholder = regexp.MustCompile(`%(?:[-+ #0,(]*\d*(?:\.\d+)?([a-zA-Z])|%)`)

// format calls printf, to which the type of a value is that of its place in the pattern.
func (s *statement) format(c call) {
	s.tokens[c.name].now = "printf"
	if len(c.args) == 0 || c.args[0].end != c.args[0].first+1 || s.at(c.args[0].first).kind != String {
		return
	}
	args := c.args[1:]
	for _, m := range placeholder.FindAllStringSubmatch(s.tokens[c.args[0].first].text, -1) {
		if m[1] == "" || len(args) == 0 {
			continue
		}
		arg := args[0]
		args = args[1:]
		if arg.first == arg.end {
			return
		}
		before, after := "", ""
		switch strings.ToLower(m[1]) {
		case "s":
			before, after = "coalesce(trino_varchar(", "), 'null')"
		case "f", "e", "g":
			before, after = "CAST(", " AS DOUBLE)"
		}
		s.tokens[arg.first].before = before + s.tokens[arg.first].before
		s.tokens[arg.end-1].after += after
	}
}

// sortedJSON puts the members of what is parsed into order where that is seen.
func (s *statement) sortedJSON(c call) {
	for _, arg := range c.args {
		if inner, ok := s.call(arg.first); ok && inner.close == arg.end-1 && s.tokens[inner.name].word == "json_parse" {
			s.tokens[inner.name].now = "trino_json_parse"
		}
	}
}

// countIf counts none where a condition is NULL everywhere, of which DuckDB makes NULL.
func (s *statement) countIf(c call) {
	if len(c.args) != 1 {
		return
	}
	arg := c.args[0]
	if s.at(arg.first).is("distinct") {
		arg.first++
	}
	if arg.first == arg.end {
		return
	}
	s.tokens[c.name].now = "count"
	s.tokens[arg.first].before = "nullif(" + s.tokens[arg.first].before
	s.tokens[arg.end-1].after += ", false)"
}

// by lets max_by and min_by see rows whose value is NULL, which DuckDB's pass over. For
// several of them it has no other: there the value is within something.
func (s *statement) by(c call) {
	name := &s.tokens[c.name]
	if len(c.args) == 2 {
		name.now = map[string]string{"max_by": "arg_max_null", "min_by": "arg_min_null"}[name.word]
	}
	if len(c.args) != 3 || c.args[0].first == c.args[0].end {
		return
	}
	end := s.aggregateEnd(c)
	name.before = "list_transform(" + name.before
	s.tokens[c.args[0].first].before = "[" + s.tokens[c.args[0].first].before
	s.tokens[c.args[0].end-1].after += "]"
	s.tokens[end-1].after += ", " + element + " -> " + element + "[1])"
}

// aggregateEnd is the end of a call with the FILTER and OVER behind it.
func (s *statement) aggregateEnd(c call) int {
	end := c.close + 1
	for s.at(end).is("filter", "over") {
		if open := s.at(end + 1); open.text == "(" && open.pair > 0 {
			end = open.pair + 1
		} else if s.tokens[end].is("over") && open.word != "" {
			end += 2
		} else {
			break
		}
	}
	return end
}

// address is the function that makes an address of text: a number where it is compared.
func (s *statement) address(first, end int) string {
	if s.compared(first, end) {
		return "ip_number"
	}
	return "trino_ipaddress"
}

// isAddress says whether an argument is IPADDRESS '...', or a cast to that.
func (s *statement) isAddress(x span) bool {
	first := &s.tokens[x.first]
	return first.is("ipaddress") || first.is("cast", "try_cast") && s.at(x.end-2).is("ipaddress")
}

// isList says whether an expression is a list, as far as its text tells.
func (s *statement) isList(x span) bool {
	open := x.first + 1
	if s.at(open).pair != x.end-1 {
		return false
	}
	return s.tokens[x.first].is("array", "array_agg", "array_distinct", "array_except", "array_intersect", "array_remove", "array_sort", "array_union",
		"filter", "flatten", "map_keys", "map_values", "regexp_extract_all", "regexp_split", "sequence", "slice", "split", "transform")
}

// concat joins with ||, which is NULL where one of them is.
func (s *statement) concat(c call) {
	if len(c.args) < 2 {
		return
	}
	s.tokens[c.name].now = ""
	s.tokens[c.open].close = true
	for _, arg := range c.args {
		s.tokens[arg.first].before = "(" + s.tokens[arg.first].before
		s.tokens[arg.end-1].after += ")"
		if arg.first > c.open+1 {
			s.tokens[arg.first-1].now = " ||"
		}
	}
}

// cast makes text as Trino does.
func (s *statement) cast(c call) {
	as := -1
	for i := c.open + 1; i < c.close; i++ {
		if s.tokens[i].pair > i {
			i = s.tokens[i].pair
		} else if s.tokens[i].is("as") {
			as = i
		}
	}
	if as > 0 && s.at(as+1).is("ipaddress") && as+2 == c.close {
		s.tokens[c.name].now = s.address(c.name, c.close+1)
		s.replace(as, as+1, "")
		s.tokens[as].close, s.tokens[c.close].close = true, true
		return
	}
	if as > 0 && as+2 == c.close && s.at(as+1).is("json") {
		s.tokens[c.name].now = "to_json"
		s.replace(as, as+1, "")
		s.tokens[as].close, s.tokens[c.close].close = true, true
		return
	}
	if as > 0 && as+2 == c.close && s.at(as+1).is("bigint", "integer", "int", "smallint", "tinyint") {
		name := "trino_integer("
		if s.tokens[c.name].is("try_cast") {
			name = "trino_try_integer("
		}
		s.tokens[c.open+1].before = name + s.tokens[c.open+1].before
		s.tokens[as-1].after += ")"
		return
	}
	if as > 0 {
		if t, end, ok := s.castType(as + 1); ok && end == c.close && t.hasRow() {
			s.castRow(c, span{c.open + 1, as}, t)
			return
		}
	}
	if as < 0 || !s.at(as+1).is("varchar", "char") {
		return
	}
	switch {
	case as+2 == c.close:
		s.tokens[c.name].now = "trino_varchar"
		s.replace(as, as+1, "")
		if zone := s.zone(span{c.open + 1, as}); zone != "" {
			s.tokens[c.name].now = "(trino_varchar"
			s.tokens[c.close].after = " || ' ' || " + zone + ")" + s.tokens[c.close].after
		}
	case s.at(as+2).text == "(" && s.at(as+2).pair == c.close-1:
		s.tokens[c.name].now = "left(trino_varchar"
		size := s.render(as+3, c.close-1)
		s.replace(as, c.close-1, "")
		s.tokens[c.close].after = ", " + size + ")" + s.tokens[c.close].after
	default:
		return
	}
	s.tokens[as].close, s.tokens[c.close].close = true, true
}

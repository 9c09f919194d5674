package athena

import (
	"fmt"
	"strings"
)

// A castType is the type of a CAST.
type castType struct {
	kind  string     // array, map or row; empty for all others
	names []string   // of the members of a row as JSON has them, in lower case; empty for one that has none
	inner []castType // of the elements, of keys and values, of the members
	text  string     // in DuckDB's spelling
}

// castType reads the type that begins at a token, and says where it ends. Some write
// ARRAY<JSON> for ARRAY(JSON).
func (s *statement) castType(i int) (t castType, end int, ok bool) {
	first, open := s.at(i), s.at(i+1)
	bracketed := open.text == "(" || open.text == "<"
	switch {
	case first.is("array", "map") && bracketed, first.is("row") && open.text == "(":
		t.kind = first.word
	case first.word == "":
		return t, 0, false
	default:
		return s.plainType(i)
	}
	var texts []string
	for end = i + 2; ; end++ {
		name := ""
		if t.kind == "row" && s.isMemberName(end) {
			if name = s.tokens[end].text; s.tokens[end].kind != Identifier {
				name = strings.ToLower(name)
			}
			end++
		}
		inner, next, ok := s.castType(end)
		if !ok {
			return t, 0, false
		}
		if name == "" {
			name = fmt.Sprintf("field%d", len(t.inner))
			t.names = append(t.names, "")
		} else {
			t.names = append(t.names, strings.ReplaceAll(strings.Trim(name, `"`), `""`, `"`))
		}
		t.inner = append(t.inner, inner)
		texts = append(texts, `"`+strings.ReplaceAll(strings.Trim(name, `"`), `""`, `"`)+`" `+inner.text)
		end = next
		if s.at(end).text != "," {
			break
		}
	}
	if after := s.at(end).text; after != ")" && after != ">" || (after == ">") != (open.text == "<") {
		return t, 0, false
	}
	switch {
	case t.kind == "array" && len(t.inner) == 1:
		t.text = t.inner[0].text + "[]"
	case t.kind == "map" && len(t.inner) == 2:
		t.text = "MAP(" + t.inner[0].text + ", " + t.inner[1].text + ")"
	case t.kind == "row":
		t.text = "ROW(" + strings.Join(texts, ", ") + ")"
	default:
		return t, 0, false
	}
	return t, end + 1, true
}

// plainType reads a type without others in it.
func (s *statement) plainType(i int) (t castType, end int, ok bool) {
	end = i + 1
	if s.tokens[i].is("double") && s.at(end).is("precision") {
		end++
	}
	if open := s.at(end); open.text == "(" && open.pair > 0 {
		end = open.pair + 1
	}
	if end > len(s.tokens) {
		return t, 0, false
	}
	if s.at(end).is("with", "without") && s.words(end+1, "time", "zone") {
		end += 3
	}
	// As it was written: what is within angles is rewritten before them.
	return castType{text: s.text[s.tokens[i].begin : s.tokens[end-1].begin+len(s.tokens[end-1].text)]}, end, true
}

// isMemberName says whether a token names a member of a row, and is not itself its type.
func (s *statement) isMemberName(i int) bool {
	next := s.at(i + 1)
	return s.at(i).word != "" && next.word != "" && !next.is("with", "without", "precision")
}

// hasRow says whether there is a row in a type.
func (t castType) hasRow() bool {
	for _, inner := range t.inner {
		if inner.hasRow() {
			return true
		}
	}
	return t.kind == "row"
}

// fromJSON makes a value of a type from JSON: a row has the members that its type names, in
// any spelling, and NULL where there is none. DuckDB wants all of them, and no others.
func (t castType) fromJSON(json string, depth int) string {
	name := fmt.Sprintf("%s%d", element, depth)
	switch {
	case t.kind == "row":
		var members []string
		for i, inner := range t.inner {
			key := t.names[i]
			if key == "" {
				key = fmt.Sprintf("field%d", i)
			}
			key = literal(key)
			members = append(members, fmt.Sprintf("%s: %s", key, inner.fromJSON(fmt.Sprintf("trino_json_member(%s, %s, %d)", name, literal(t.names[i]), i), depth+1)))
		}
		return fmt.Sprintf("list_transform([%s], %s -> CASE WHEN json_type(%s) IN ('OBJECT', 'ARRAY') THEN {%s} END)[1]", json, name, name, strings.Join(members, ", "))
	case t.kind == "array" && t.hasRow():
		return fmt.Sprintf("list_transform(CAST(%s AS JSON[]), %s -> %s)", json, name, t.inner[0].fromJSON(name, depth+1))
	case t.kind == "map" && t.hasRow():
		entry := fmt.Sprintf("{'key': CAST(%s.key AS %s), 'value': %s}", name, t.inner[0].text, t.inner[1].fromJSON(name+".value", depth+1))
		return fmt.Sprintf("map_from_entries(list_transform(map_entries(CAST(%s AS MAP(VARCHAR, JSON))), %s -> %s))", json, name, entry)
	case strings.EqualFold(t.text, "varchar"):
		return "trino_varchar(" + json + ")"
	}
	return "CAST(" + json + " AS " + t.text + ")"
}

// literal is a string of SQL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// castRow casts to a type with a row in it, as what is cast is JSON or not.
func (s *statement) castRow(c call, x span, t castType) {
	if first := &s.tokens[x.first]; first.is("row") || first.text == "(" {
		return
	}
	value := element + "0"
	text := fmt.Sprintf("list_transform([%s], %s -> CASE WHEN typeof(%s) = 'JSON' THEN %s ELSE CAST(%s AS %s) END)[1]",
		s.render(x.first, x.end), value, value, t.fromJSON("to_json("+value+")", 1), value, t.text)
	if s.tokens[c.name].is("try_cast") {
		text = "TRY(" + text + ")"
	}
	s.move(c.name, c.close, text)
}

// angles writes ARRAY<JSON> and MAP<VARCHAR, JSON> as DuckDB does.
func (s *statement) angles(i int) {
	if t, end, ok := s.castType(i); ok && s.at(end-1).text == ">" {
		s.move(i, end-1, t.text)
	}
}

// showRows gives the members of ROW(a, b) in the answer the names that Athena shows them by: an
// answer has none without. Elsewhere they have none, so that r[1] is one of them.
func (s *statement) showRows(i int) {
	for _, x := range s.selectList(i) {
		if s.hasSubscript(x) {
			continue
		}
		for j := x.first; j < x.end; j++ {
			switch c, ok := s.call(j); {
			case ok && s.tokens[j].is("cast", "try_cast"):
				j = c.close
			case s.tokens[j].text == "(" && s.at(j+1).is("select", "with"):
				j = max(j, s.tokens[j].pair)
			case ok && s.tokens[j].is("row") && len(c.args) > 0:
				s.nameMembers(c)
			}
		}
	}
}

// hasSubscript says whether an expression has something like a[1] in it.
func (s *statement) hasSubscript(x span) bool {
	for i := x.first + 1; i < x.end; i++ {
		if before := s.tokens[i-1]; s.tokens[i].text == "[" && !before.is("array") && (before.word != "" || before.text == ")" || before.text == "]") {
			return true
		}
	}
	return false
}

// nameMembers makes {'field0': a, 'field1': b} of ROW(a, b), unless that is elsewhere now.
func (s *statement) nameMembers(c call) {
	if s.tokens[c.name].now != s.tokens[c.name].text {
		return
	}
	s.tokens[c.name].now, s.tokens[c.open].now, s.tokens[c.close].now = "", "{", "}"
	s.tokens[c.open].close = true
	for i, arg := range c.args {
		s.tokens[arg.first].before = fmt.Sprintf("'field%d': ", i) + s.tokens[arg.first].before
	}
}

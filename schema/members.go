package schema

import (
	"bytes"
	"encoding/json"
)

// A wanted is a member of a block that is looked for, or one that has such; of a list, 0 is its
// first element and * each.
type wanted struct {
	at int // the place of its text among the members; -1 for one that has others
	in map[string]*wanted
}

// members finds members in a block, which is valid JSON, as json_extract_string of DuckDB does:
// the first one of a name, as text. Where it is not sure what that would say, it says so.
type members struct {
	text  []byte
	pos   int
	found [][]byte // by wanted.at
	each  [][]byte // the texts of the one that there may be several of
	apart bool     // within a list of which each is looked for
}

// object looks through an object for members; not ok where the block is none, or it is not sure.
func (m *members) object(want map[string]*wanted) (ok bool) {
	if m.space() != '{' {
		return false
	}
	m.pos++
	var seen [8]*wanted // so many at most are looked for in one object that is of these
	known := seen[:0]
	for c := m.space(); c != '}'; c = m.space() {
		if c == ',' {
			m.pos++
			c = m.space()
		}
		if c != '"' {
			return false
		}
		name, plain := m.str()
		if !plain || m.space() != ':' {
			return false
		}
		m.pos++
		w := want[string(name)]
		for _, other := range known {
			if w == other {
				return false // twice
			}
		}
		if w != nil {
			known = append(known, w)
		}
		if !m.value(w) {
			return false
		}
	}
	m.pos++
	return true
}

// value reads a value, of a member that is looked for or, for nil, is not.
func (m *members) value(w *wanted) (ok bool) {
	c := m.space()
	switch {
	case w == nil:
		return m.skip()
	case w.at >= 0:
		text, ok := m.leaf(c)
		m.found[w.at] = text
		return ok
	case c == '{' && w.in["0"] == nil && w.in["*"] == nil:
		return m.object(w.in)
	case c == '[' && w.in["0"] != nil:
		return m.list(w.in["0"], true)
	case c == '[' && w.in["*"] != nil:
		return m.list(w.in["*"], false)
	}
	return m.skip()
}

// list reads the first element of a list, or each.
func (m *members) list(w *wanted, first bool) (ok bool) {
	m.pos++
	m.apart = !first
	for i := 0; m.space() != ']'; i++ {
		if m.space() == ',' {
			m.pos++
		}
		if first && i > 0 {
			w = nil
		}
		if !m.value(w) {
			return false
		}
		if !first {
			m.take(w)
		}
	}
	m.pos++
	m.apart = false
	return true
}

// take moves the text of the last element to those of each.
func (m *members) take(w *wanted) {
	for _, in := range w.in {
		if in.at >= 0 && m.found[in.at] != nil {
			m.each = append(m.each, m.found[in.at])
			m.found[in.at] = nil
		}
	}
}

// leaf reads a value as text, nil for null. Of lists, objects and numbers that are more than some
// digits DuckDB has a way of its own to write them.
func (m *members) leaf(c byte) (text []byte, ok bool) {
	start := m.pos
	switch c {
	case '"':
		text, plain := m.str()
		if plain {
			return text, true
		}
		var s string
		if bytes.Contains(text, []byte(`\u`)) || json.Unmarshal(m.text[start:m.pos], &s) != nil {
			return nil, false
		}
		return []byte(s), true
	case '{', '[':
		return nil, false
	}
	if !m.skip() {
		return nil, false
	}
	switch text := m.text[start:m.pos]; {
	case string(text) == "null":
		return nil, !m.apart
	case string(text) == "true", string(text) == "false":
		return text, true
	case len(text) > 0 && len(text) <= 18 && len(bytes.Trim(text, "0123456789")) == 0 && (text[0] != '0' || len(text) == 1):
		return text, true
	}
	return nil, false
}

// space skips white space, and returns what is behind it; 0 at the end.
func (m *members) space() byte {
	for ; m.pos < len(m.text); m.pos++ {
		if c := m.text[m.pos]; c > ' ' {
			return c
		}
	}
	return 0
}

// str reads a string; it is not plain where it has a backslash, or does not end.
func (m *members) str() (text []byte, plain bool) {
	start := m.pos + 1
	end, plain := start, true
	for {
		i := bytes.IndexByte(m.text[end:], '"')
		if i < 0 {
			m.pos = len(m.text)
			return nil, false
		}
		end += i
		slashes := end
		for slashes > start && m.text[slashes-1] == '\\' {
			slashes--
		}
		if (end-slashes)%2 == 0 {
			break
		}
		end++
	}
	m.pos = end + 1
	text = m.text[start:end]
	return text, bytes.IndexByte(text, '\\') < 0
}

// skip skips a value.
func (m *members) skip() (ok bool) {
	for depth := 0; ; {
		switch m.space() {
		case 0:
			return false
		case '{', '[':
			depth++
			m.pos++
		case '}', ']':
			depth--
			m.pos++
		case ',', ':':
			m.pos++
			continue
		case '"':
			if m.str(); m.pos == len(m.text) {
				return false
			}
		default:
			end := bytes.IndexAny(m.text[m.pos:], ",]} \t\r\n")
			if end < 0 {
				return false
			}
			m.pos += end
		}
		if depth <= 0 {
			return depth == 0
		}
	}
}

package logfile

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"trailbox/schema"
)

// Reforms says how programs that handed records on had changed them, so that they were changed back.
type Reforms uint8

const (
	ReformedNames Reforms = 1 << iota // of members, as eventname
	ReformedTimes                     // eventTime, as @timestamp or 2026-03-02 10:00:00
	ReformedTexts                     // JSON as the text of a string
)

func (r Reforms) String() string {
	var parts []string
	for _, p := range []struct {
		is   Reforms
		text string
	}{
		{ReformedNames, "names of members"}, {ReformedTimes, "eventTime"}, {ReformedTexts, "JSON inside of strings"},
	} {
		if r&p.is != 0 {
			parts = append(parts, p.text)
		}
	}
	return strings.Join(parts, ", ")
}

// reformed reads a record again that has been changed on its way, if it has.
func (d *Decoder) reformed(record []byte, ev *schema.Event) {
	if ev.EventTime.IsZero() || d.hasTexts(ev) {
		was := *ev
		if !d.reform(record, ev) {
			*ev = was
		}
	}
}

// hasTexts reports whether a block of the event is a string that may be JSON, or an identity
// is a string.
func (d *Decoder) hasTexts(ev *schema.Event) bool {
	if bytes.Contains(ev.Unknown, []byte(`"userIdentity":"`)) {
		return true
	}
	for _, n := range d.root.children {
		if n.names == nil && n.kind == schema.Block {
			if leaf := ev.Leaves[n.column]; len(leaf) > 2 && leaf[0] == '"' {
				if text := bytes.TrimLeft(leaf[1:], ` \nrt`); text[0] == '{' || text[0] == '[' { // escapes of white space
					return true
				}
			}
		}
	}
	return false
}

// reform reads a record that has been changed on its way, as it was before, and reports whether
// there was something to change back.
func (d *Decoder) reform(record []byte, ev *schema.Event) bool {
	r := reformer{}
	s := new(scanner)
	s.reset(record)
	text := r.object(nil, s, d.root)
	if r.done == 0 {
		return false
	}
	s.reset(text)
	if what, ok := d.record(s, ev, false); !ok || what != anEvent {
		return false
	}
	d.apart = true
	d.rest.reforms |= r.done
	return true
}

// A reformer changes a record back to what it was before somebody else's program changed it.
type reformer struct{ done Reforms }

// A member is one of an object.
type member struct {
	name  []byte // decoded
	raw   []byte // the name, with its quotes
	value []byte
	known *node
}

// object appends an object, which is sound and at s.pos, to dst.
func (r *reformer) object(dst []byte, s *scanner, n *node) []byte {
	var members []member
	exact := map[string]bool{}
	s.pos++
	for c := s.space(); c != '}'; c = s.space() {
		if c == ',' {
			s.pos++
			s.space()
		}
		start := s.pos
		name, q, _ := s.str()
		m := member{raw: s.data[start:s.pos], name: name}
		if q&escaped != 0 {
			m.name = unescape(nil, name)
		}
		s.colon()
		s.space()
		start = s.pos
		s.skip()
		m.value = s.data[start:s.pos]
		if at, ok := n.index[string(m.name)]; ok {
			m.known = n.children[at]
			exact[n.names[at]] = true
		}
		members = append(members, m)
	}
	s.pos++
	isRecord := n.path == ""
	dst = append(dst, '{')
	for i, m := range members {
		if m.known == nil {
			if at := foldedIndex(n.names, m.name); at >= 0 && !exact[n.names[at]] {
				m.known = n.children[at]
				exact[n.names[at]] = true
				m.raw = quote(nil, []byte(n.names[at]))
				r.done |= ReformedNames
			}
		}
		if isRecord && m.known == nil && !hasTime(members) && isStandIn(m.name) {
			if t, ok := otherTime(m.value); ok {
				m.raw, m.value = []byte(`"eventTime"`), t
				r.done |= ReformedTimes
			}
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, m.raw...), ':')
		dst = r.value(dst, m.value, m.known)
	}
	return append(dst, '}')
}

// hasTime reports whether a record has an eventTime, by any spelling of its name.
func hasTime(members []member) bool {
	for _, m := range members {
		if bytes.EqualFold(m.name, []byte("eventTime")) && string(m.value) != "null" {
			return true
		}
	}
	return false
}

// isStandIn reports whether programs call a member so that has the eventTime of a record without one.
func isStandIn(name []byte) bool {
	switch string(name) {
	case "@timestamp", "_time", "event_time":
		return true
	}
	return false
}

// foldedIndex returns which of names is name but for its case, -1 if none is.
func foldedIndex(names []string, name []byte) int {
	for i, n := range names {
		if len(n) == len(name) && bytes.EqualFold([]byte(n), name) {
			return i
		}
	}
	return -1
}

// value appends a value, whose place in the record is n; nil for one that is not known.
func (r *reformer) value(dst, value []byte, n *node) []byte {
	if n == nil {
		return append(dst, value...)
	}
	isObject := n.names != nil
	switch {
	case isObject || n.kind == schema.Block || n.kind == schema.Resources:
		if text, ok := textOf(value); ok && (text[0] == '{' || !isObject) {
			r.done |= ReformedTexts
			value = text
		}
		var s scanner
		switch {
		case isObject && value[0] == '{':
			s.reset(value)
			return r.object(dst, &s, n)
		case !isObject && n.kind == schema.Resources && value[0] == '[':
			s.reset(value)
			return r.resources(dst, &s)
		}
	case n.kind == schema.Time && !isTime(value):
		if text, ok := otherTime(value); ok {
			r.done |= ReformedTimes
			value = text
		}
	}
	return append(dst, value...)
}

// textOf returns the object or the array that a string holds.
func textOf(value []byte) (text []byte, ok bool) {
	if len(value) < 4 || value[0] != '"' {
		return nil, false
	}
	text = bytes.TrimSpace(unescape(nil, value[1:len(value)-1]))
	if len(text) < 2 || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	var s scanner
	s.reset(text)
	_, ok = s.skip()
	return text, ok && s.pos == len(text)
}

// resources appends the array resources[], which is sound and at s.pos, to dst.
func (r *reformer) resources(dst []byte, s *scanner) []byte {
	n := &node{path: "resources.", index: map[string]int{}}
	for _, name := range schema.ResourceMembers() {
		n.index[name] = len(n.names)
		n.names = append(n.names, name)
		n.children = append(n.children, nil)
	}
	s.pos++
	dst = append(dst, '[')
	for c := s.space(); c != ']'; c = s.space() {
		switch c {
		case ',':
			s.pos++
			dst = append(dst, ',')
		case '{':
			dst = r.object(dst, s, n)
		default:
			start := s.pos
			s.skip()
			dst = append(dst, s.data[start:s.pos]...)
		}
	}
	s.pos++
	return append(dst, ']')
}

// timeForms are forms of times that other programs write. One without a zone is in UTC, as
// CloudTrail's are.
var timeForms = []string{
	"2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-0700", "2006-01-02 15:04:05 UTC",
	"2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00",
}

// isTime reports whether a value is a time as CloudTrail writes it.
func isTime(value []byte) bool {
	if len(value) < 2 || value[0] != '"' {
		return false
	}
	_, ok := parseTime(value[1 : len(value)-1])
	return ok
}

// otherTime returns a time of any of the forms that are known as CloudTrail writes it, with its
// quotes.
func otherTime(value []byte) (text []byte, ok bool) {
	word := value
	if len(value) > 1 && value[0] == '"' {
		word = value[1 : len(value)-1]
	}
	t, ok := parseTime(word)
	if !ok {
		t, ok = sinceEpoch(string(word))
	}
	for i := 0; i < len(timeForms) && !ok; i++ {
		var err error
		t, err = time.Parse(timeForms[i], string(word))
		ok = err == nil
	}
	if !ok || t.Year() <= 1 || t.Year() > 9999 {
		return nil, false
	}
	return quote(nil, t.UTC().AppendFormat(nil, time.RFC3339Nano)), true
}

// sinceEpoch reads a number of seconds since 1970, or of milliseconds, microseconds or nanoseconds:
// by its size, for the years from 1973 to 5138.
func sinceEpoch(word string) (time.Time, bool) {
	seconds, fraction, _ := strings.Cut(word, ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || n < 1e8 {
		return time.Time{}, false
	}
	switch {
	case n < 1e11:
		nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
		return time.Unix(n, nanos), err == nil
	case fraction != "" && strings.Trim(fraction, "0") != "":
		return time.Time{}, false
	case n < 1e14:
		return time.UnixMilli(n), true
	case n < 1e17:
		return time.UnixMicro(n), true
	}
	return time.Unix(0, n), true
}

package redact

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// A worker rewrites records, one after another.
type worker struct {
	red     *Redactor
	names   map[string]string    // of what was rewritten lately
	texts   map[string]rewritten // likewise
	spans   []span
	passing bool // see inPassing
	buffer  []byte
	root    *member
	count   int    // of members below root
	bytes   int64  // of all values
	call    string // the eventName of the record
}

// A member is one that records have, by its path; it is the same in all elements of an array.
type member struct {
	plain   string // its name
	name    string // as the copy has it
	kind    kind
	path    []string // in lower case
	within  map[string]*member
	parent  *member
	open    bool      // callers choose the names within it
	others  bool      // it stands for many
	calls   [3]string // the first of whose records have it
	free    uses      // what may say anything
	encoded uses      // what was not looked into
}

// uses are values of a member that were told of.
type uses struct {
	values, bytes int64
	example       string // the least of the copy
}

func (u *uses) add(size int, example string) {
	if u.values++; u.values == 1 || example < u.example {
		u.example = strings.Clone(example)
	}
	u.bytes += int64(size)
}

func (r *Redactor) newWorker() *worker {
	w := &worker{red: r, names: map[string]string{}, texts: map[string]rewritten{}}
	w.root = &member{within: map[string]*member{}}
	return w
}

// maxMembers bounds the paths that are told apart: callers choose names in some blocks.
const maxMembers = 20_000

// in is the member of a name within another one.
func (w *worker) in(m *member, name string) *member {
	if inner := m.within[name]; inner != nil {
		return inner
	}
	inner := &member{parent: m, plain: strings.Clone(name), kind: m.kind, within: map[string]*member{}}
	inner.path = append(append(inner.path, m.path...), strings.ToLower(name))
	if len(inner.path) > maxPath {
		inner.path = inner.path[:maxPath]
	}
	if !m.kind.inherits() {
		inner.kind = kindOf(w.red.rules, inner.path)
	}
	inner.open = kindOf(w.red.open, inner.path) == kindOpen
	inner.name = w.key(name, m)
	if w.count >= maxMembers {
		return w.rest(m, inner)
	}
	w.count++
	m.within[inner.plain] = inner
	return inner
}

// maxPath is how deep members are told apart by name.
const maxPath = 40

// rest is what becomes of a member when there are too many: it is counted with others.
func (w *worker) rest(m, inner *member) *member {
	const name = "(others)"
	if known := m.within[name]; known != nil && known.others && known.kind == inner.kind {
		return known
	}
	inner.name, inner.others = name, true
	m.within[name] = inner
	return inner
}

// calledBy notes that a record of a call has the member.
func (m *member) calledBy(call string) {
	for i := range m.calls {
		switch m.calls[i] {
		case call:
			return
		case "":
			m.calls[i] = strings.Clone(call)
			return
		}
	}
}

// key rewrites the name of a member, if it can be one that a caller has chosen: it is inside of
// what has such members by its kind, or is no word. Others stay, and are told of.
func (w *worker) key(name string, within *member) string {
	if w.red.members[name] || w.red.isWord(name) || name == "" || !within.open && only(name, isLetter) {
		return name
	}
	out, _ := w.replace(name)
	return out
}

func isLetter(c byte) bool { return isAlphanumeric(c) && !isDigit(c) }

var errJSON = errors.New("it is no JSON that can be taken apart")

// maxDepth is how deep records may be: AWS's are never a hundred levels deep.
const maxDepth = 1000

// record appends a record with pseudonyms for names to dst.
func (w *worker) record(dst, src []byte) ([]byte, error) {
	w.call = callOf(src)
	return w.json(dst, src, w.root, 0)
}

// callOf is the eventName of a record, as far as a look tells.
func callOf(record []byte) string {
	const name = `"eventName"`
	_, rest, _ := bytes.Cut(record, []byte(name))
	if len(rest) > 1<<8 {
		rest = rest[:1<<8]
	}
	_, rest, _ = bytes.Cut(rest, []byte{'"'})
	call, _, _ := bytes.Cut(rest, []byte{'"'})
	return string(call)
}

// json appends a JSON text to dst, with pseudonyms.
func (w *worker) json(dst, src []byte, at *member, depth int) ([]byte, error) {
	s := &scanner{w: w, src: src, dst: dst, nested: depth}
	if err := s.value(at, 0); err != nil {
		return nil, err
	}
	s.space()
	if s.at < len(src) {
		return nil, errJSON
	}
	return s.dst, nil
}

// A scanner goes through one JSON text.
type scanner struct {
	w        *worker
	src, dst []byte
	at       int
	nested   int
}

// space copies white space.
func (s *scanner) space() {
	from := s.at
	for s.at < len(s.src) && (s.src[s.at] == ' ' || s.src[s.at] == '\n' || s.src[s.at] == '\t' || s.src[s.at] == '\r') {
		s.at++
	}
	s.dst = append(s.dst, s.src[from:s.at]...)
}

// take copies one byte if it is next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at == len(s.src) || s.src[s.at] != c {
		return false
	}
	s.at++
	s.dst = append(s.dst, c)
	return true
}

func (s *scanner) value(m *member, depth int) error {
	if depth > maxDepth {
		return errors.New("it is too deep")
	}
	s.space()
	if s.at == len(s.src) {
		return errJSON
	}
	switch s.src[s.at] {
	case '{':
		return s.object(m, depth)
	case '[':
		return s.array(m, depth)
	case '"':
		raw, escaped, err := s.raw()
		if err != nil {
			return err
		}
		text, err := unquote(raw, escaped)
		if err != nil {
			return err
		}
		s.w.bytes += int64(len(raw))
		s.put(raw, text, s.w.rewrite(text, m, s.nested))
		return nil
	}
	return s.literal(m)
}

func (s *scanner) object(m *member, depth int) error {
	s.take('{')
	if s.take('}') {
		return nil
	}
	for {
		s.space()
		raw, escaped, err := s.raw()
		if err != nil {
			return err
		}
		inner := m.within[string(raw[1:len(raw)-1])] // for which Go makes no string
		if inner == nil || escaped || inner.others {
			name, err := unquote(raw, escaped)
			if err != nil {
				return err
			}
			inner = s.w.in(m, name)
			s.put(raw, name, s.w.key(name, m))
		} else {
			s.put(raw, inner.plain, inner.name)
		}
		inner.calledBy(s.w.call)
		if !s.take(':') {
			return errJSON
		}
		if err := s.value(inner, depth+1); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
	}
}

func (s *scanner) array(m *member, depth int) error {
	s.take('[')
	if s.take(']') {
		return nil
	}
	for {
		if err := s.value(m, depth+1); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errJSON
		}
	}
}

// raw reads a string, with its quotes; escaped says that there are escapes in it.
func (s *scanner) raw() (raw []byte, escaped bool, err error) {
	if s.at == len(s.src) || s.src[s.at] != '"' {
		return nil, false, errJSON
	}
	from := s.at
	for s.at++; s.at < len(s.src); s.at++ {
		switch s.src[s.at] {
		case '\\':
			escaped = true
			s.at++
		case '"':
			s.at++
			return s.src[from:s.at], escaped, nil
		}
	}
	return nil, false, errJSON
}

// unquote is what a string says.
func unquote(raw []byte, escaped bool) (text string, err error) {
	if !escaped {
		return string(raw[1 : len(raw)-1]), nil
	}
	err = json.Unmarshal(raw, &text)
	return text, err
}

// put appends a text, as it was if it is the same.
func (s *scanner) put(raw []byte, text, out string) {
	if out == text {
		s.dst = append(s.dst, raw...)
		return
	}
	s.dst = quote(s.dst, out)
}

// literal copies a number, true, false or null. A number of twelve digits may be an account.
func (s *scanner) literal(m *member) error {
	from := s.at
	for s.at < len(s.src) && strings.IndexByte("+-.", s.src[s.at]) >= 0 || s.at < len(s.src) && isAlphanumeric(s.src[s.at]) {
		s.at++
	}
	if from == s.at {
		return errJSON
	}
	out := string(s.src[from:s.at])
	s.w.bytes += int64(len(out))
	if isAccount(out) && (m.kind == kindName || s.w.red.has(out)) {
		out = s.w.name(out)
	}
	s.dst = append(s.dst, out...)
	return nil
}

// rewrite rewrites the text of a member.
func (w *worker) rewrite(text string, m *member, nested int) string {
	switch m.kind {
	case kindStays:
		return text
	case kindName:
		if text != "" && strings.IndexByte("{[%", text[0]) >= 0 { // as a policy is, in a member of that name
			if out, ok := w.nested(text, m, nested+1); ok && nested < maxNested {
				return out.text
			}
		}
		return w.name(text)
	case kindHost:
		return w.host(text)
	case kindOpaque:
		if w.isOwn(text) || text == "" {
			return text
		}
		return w.plain(text)
	}
	out := w.text(text, m, nested)
	if m.kind == kindWord {
		return out.text
	}
	switch out.told {
	case toldFree:
		m.free.add(len(text), out.text)
	case toldEncoded:
		m.encoded.add(len(text), out.text)
	}
	return out.text
}

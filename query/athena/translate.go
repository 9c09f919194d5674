package athena

import "strings"

// A statement is one that is being rewritten.
type statement struct {
	text   string
	tokens []token
	trino  bool // it reads a table of Athena or CloudTrail Lake
	lake   bool // it reads one of CloudTrail Lake
}

// at is a token, one without text behind the last.
func (s *statement) at(i int) *token {
	if i < 0 || i >= len(s.tokens) {
		return &token{pair: -1}
	}
	return &s.tokens[i]
}

// An Origin is whose a table is.
type Origin int

const (
	Nobodys Origin = iota // that nobody knows: it stays as it is
	Own                   // a table of the store's own
	Logs                  // Athena's CloudTrail table
)

// Translate gives a statement DuckDB's spelling. Of the tables whose names do not say what
// they are, origin says it: by the parts of the name, in lower case, that stands at an
// offset.
func Translate(text string, origin func(parts []string, offset int) (Origin, error)) (string, error) {
	s := &statement{text: text, tokens: tokens(text)}
	reads := false // tables of the store's own
	views := map[table]string{}
	for _, t := range s.tables() {
		view := t.view()
		if view == "" {
			whose, err := origin(t.parts(), s.tokens[t.first].begin)
			switch {
			case err != nil:
				return "", err
			case whose == Own:
				reads = true
			case whose == Logs:
				view = logsView
			}
		}
		if view != "" {
			s.trino = true
			s.lake = s.lake || view == lakeView
			views[t] = view
		}
	}
	if reads && !s.trino {
		return text, nil
	}
	for t, view := range views {
		s.replace(t.first, t.last, s.source(t, view))
	}
	// From the right to the left, so that what stands inside of something is done before it.
	for i := len(s.tokens) - 1; i >= 0; i-- {
		s.rewrite(i)
	}
	return s.String(), nil
}

func (s *statement) String() string {
	if len(s.tokens) == 0 {
		return s.text
	}
	last := s.tokens[len(s.tokens)-1]
	return s.gap(0) + s.render(0, len(s.tokens)) + s.text[last.begin+len(last.text):]
}

// move puts a text in the place of a call that has its arguments, in another order perhaps.
func (s *statement) move(c call, text string) {
	s.replace(c.name, c.close, text)
	for i := c.open; i <= c.close; i++ {
		s.tokens[i].moved = true
	}
}

// replace puts a text in the place of tokens, unless it is what stands there.
func (s *statement) replace(first, last int, text string) {
	if first == last && strings.EqualFold(s.tokens[first].text, text) {
		return
	}
	for i := first; i <= last; i++ {
		s.tokens[i].now = ""
		if i > first {
			s.tokens[i].before, s.tokens[i].close = "", true
		}
		if i < last {
			s.tokens[i].after = ""
		}
	}
	s.tokens[first].now = text
}

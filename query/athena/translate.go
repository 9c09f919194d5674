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

// Translate gives a statement DuckDB's spelling. own says of a table's name whether the
// store has it.
func Translate(text string, own func(parts []string) bool) string {
	s := &statement{text: text, tokens: tokens(text)}
	reads := false // tables of the store's own
	var views []table
	for _, t := range s.tables() {
		switch view := t.view(); {
		case view != "":
			s.trino = true
			s.lake = s.lake || view == lakeView
			views = append(views, t)
		case own(t.parts):
			reads = true
		}
	}
	if reads && !s.trino {
		return text
	}
	for _, t := range views {
		s.replace(t.first, t.last, t.view())
	}
	// From the right to the left, so that what stands inside of something is done before it.
	for i := len(s.tokens) - 1; i >= 0; i-- {
		s.rewrite(i)
	}
	return s.String()
}

func (s *statement) String() string {
	if len(s.tokens) == 0 {
		return s.text
	}
	last := s.tokens[len(s.tokens)-1]
	return s.gap(0) + s.render(0, len(s.tokens)) + s.text[last.begin+len(last.text):]
}

// replace puts a text in the place of tokens, unless it is what stands there.
func (s *statement) replace(first, last int, text string) {
	if first == last && strings.EqualFold(s.tokens[first].text, text) {
		return
	}
	for i := first; i <= last; i++ {
		s.tokens[i].now = ""
		s.tokens[i].close = i > first
	}
	s.tokens[first].now = text
}

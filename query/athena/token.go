package athena

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A token is a word, a number, a quoted thing or a character of a statement, and what
// becomes of it.
type token struct {
	begin int
	text  string
	kind  Kind
	// word is what a keyword, a function or a name is compared by: in lower case, without
	// quotes. It is empty for all else.
	word string
	pair int // the bracket that closes this one or that it closes; -1 if there is none

	before, now, after string
	close              bool // the white space before it goes
	moved              bool // what stands before it, comments too, is elsewhere now
}

var (
	number      = regexp.MustCompile(`^\d+(\.\d*)?([eE][+-]?\d+)?`)
	unicodeText = regexp.MustCompile(`^[uU]&'`)
	dataStoreID = regexp.MustCompile(`(?i)^[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}(?:[^\w$-]|$)`)
)

// tokens are those of a statement without white space and comments; nil if a quote in it
// has no end.
func tokens(statement string) (all []token) {
	for at := 0; at < len(statement); {
		rest := statement[at:]
		size, kind := Next(rest)
		if size < 0 {
			return nil
		}
		switch {
		case kind == Other && followsFrom(all) && dataStoreID.MatchString(rest):
			size = dataStoreIDSize
		case kind == Other && isDigit(rest[0]):
			size = len(number.FindString(rest))
		case unicodeText.MatchString(rest):
			size, kind = quotedSize(rest, len("U&'"), false), String
			if size < 0 {
				return nil
			}
		case rest[0] == '$' && size == 1: // a parameter
			size, kind = 1+WordSize(rest[1:]+" "), Other
		}
		if kind != Space && kind != Comment {
			t := token{begin: at, text: rest[:size], now: rest[:size], kind: kind, pair: -1}
			switch first, _ := utf8.DecodeRuneInString(t.text); {
			case kind == Identifier:
				t.word = strings.ToLower(strings.ReplaceAll(t.text[1:size-1], `""`, `"`))
			case kind == Other && (first == '$' || first == '_' || first >= utf8.RuneSelf || first|0x20 >= 'a' && first|0x20 <= 'z' || size == dataStoreIDSize):
				t.word = strings.ToLower(t.text)
			}
			all = append(all, t)
		}
		at += size
	}
	var open []int
	for i := range all {
		switch all[i].text {
		case "(", "[", "{":
			open = append(open, i)
		case ")", "]", "}":
			if len(open) > 0 {
				j := open[len(open)-1]
				all[i].pair, all[j].pair = j, i
				open = open[:len(open)-1]
			}
		}
	}
	return all
}

const dataStoreIDSize = len("00000000-0000-0000-0000-000000000000")

// followsFrom says whether a table may stand behind these tokens: an event data store's id
// is none anywhere else.
func followsFrom(all []token) bool {
	return len(all) > 0 && (all[len(all)-1].is("from", "join") || strings.Contains(",.", all[len(all)-1].text))
}

// is says whether the token is one of these keywords.
func (t *token) is(words ...string) bool {
	return t.kind == Other && slices.Contains(words, t.word)
}

// render is the text of the tokens from i up to j as they are now, without the white space
// around them.
func (s *statement) render(i, j int) string {
	var b strings.Builder
	for k := i; k < j; k++ {
		if k > i {
			b.WriteString(s.gap(k))
		}
		t := &s.tokens[k]
		if t.before != "" {
			s.mark(&b, k)
			b.WriteString(t.before)
		}
		s.mark(&b, k)
		b.WriteString(t.now + t.after)
	}
	return b.String()
}

// mark notes where a token stands.
func (s *statement) mark(b *strings.Builder, k int) {
	if s.marks {
		b.WriteString(mark)
		b.WriteString(strconv.Itoa(k))
		b.WriteString(mark)
	}
}

// gap is what stands before a token: white space and comments.
func (s *statement) gap(i int) string {
	end := 0
	if i > 0 {
		end = s.tokens[i-1].begin + len(s.tokens[i-1].text)
	}
	gap := s.text[end:s.tokens[i].begin]
	if s.tokens[i].moved || s.tokens[i].close && strings.TrimSpace(gap) == "" {
		return ""
	}
	return gap
}

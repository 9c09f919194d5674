package sigma

import "strings"

// A Glob is text with wildcards. The parts of one that was parsed alternate: two
// texts never stand side by side.
type Glob []Part

// A Part of a Glob is a wildcard or text.
type Part struct {
	Wildcard byte // *: any characters; ?: one; 0: Text
	Text     string
}

var star = Part{Wildcard: '*'}

// parseGlob reads a value as a rule has it: a backslash takes its meaning from a
// wildcard or a backslash that follows, and is itself before all else.
func parseGlob(text string) Glob {
	var g Glob
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			g = append(g, Part{Text: literal.String()})
			literal.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`*?\`, text[i+1]) >= 0:
			i++
			literal.WriteByte(text[i])
		case c == '*' || c == '?':
			flush()
			g = append(g, Part{Wildcard: c})
		default:
			literal.WriteByte(c)
		}
	}
	flush()
	return g
}

// String writes a Glob so that parseGlob gives it back.
func (g Glob) String() string {
	var b strings.Builder
	for _, part := range g {
		if part.Wildcard != 0 {
			b.WriteByte(part.Wildcard)
			continue
		}
		for i := range len(part.Text) {
			if strings.IndexByte(`*?\`, part.Text[i]) >= 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(part.Text[i])
		}
	}
	return b.String()
}

// literal is the text of a Glob that has no wildcards.
func (g Glob) literal() (text string, ok bool) {
	switch {
	case len(g) == 0:
		return "", true
	case len(g) == 1 && g[0].Wildcard == 0:
		return g[0].Text, true
	}
	return "", false
}

// within is the Glob that a value has to match as a whole, where an operator asks for a
// part of it only.
func (g Glob) within(op Op) Glob {
	whole := append(Glob(nil), g...)
	if op == Contains || op == EndsWith {
		whole = append(Glob{star}, whole...)
	}
	if op == Contains || op == StartsWith {
		whole = append(whole, star)
	}
	short := whole[:0]
	for i, part := range whole { // one star says as much as several
		if part != star || i == 0 || whole[i-1] != star {
			short = append(short, part)
		}
	}
	return short
}

package metricfilter

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"trailbox/query/record"
)

// String writes the pattern in a form that AWS takes and that parses to the same.
func (p *Pattern) String() string {
	var text strings.Builder
	switch p.Kind {
	case JSON:
		text.WriteString("{ ")
		p.Expr.write(&text, 0)
		text.WriteString(" }")
	case Fields:
		text.WriteByte('[')
		for i, f := range p.Fields {
			if i > 0 {
				text.WriteString(", ")
			}
			switch {
			case f.Ellipsis:
				text.WriteString("...")
			case f.Expr != nil:
				f.Expr.write(&text, 0)
			default:
				text.WriteString(f.Name)
			}
		}
		text.WriteByte(']')
	case Regexp:
		text.WriteString("%" + p.Regexp + "%")
	case Terms:
		for i, t := range p.Terms {
			if i > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(string(t.Sign))
			if strings.ContainsFunc(t.Text, func(r rune) bool { return !isTerm(r) }) {
				text.WriteString(quote(t.Text))
			} else {
				text.WriteString(t.Text)
			}
		}
	}
	return text.String()
}

// Tree writes the pattern with a condition on each line, indented to what it is part of.
func (p *Pattern) Tree() string {
	if p.Kind != JSON {
		return string(p.Kind) + ": " + p.String() + "\n"
	}
	var text strings.Builder
	p.Expr.outline(&text, "")
	return text.String()
}

func (e And) write(text *strings.Builder, within byte) { writeAll(text, e, " && ", '&', within) }
func (e Or) write(text *strings.Builder, within byte)  { writeAll(text, e, " || ", '|', within) }

// writeAll writes parts with an operator between them, in parentheses where they are part
// of something else.
func writeAll(text *strings.Builder, parts []Expr, operator string, inner, within byte) {
	if within != 0 {
		text.WriteByte('(')
	}
	for i, part := range parts {
		if i > 0 {
			text.WriteString(operator)
		}
		part.write(text, inner)
	}
	if within != 0 {
		text.WriteByte(')')
	}
}

func (e *Condition) write(text *strings.Builder, _ byte) { text.WriteString(e.String()) }

func (e And) outline(text *strings.Builder, indent string) { outlineAll(text, e, "all of", indent) }
func (e Or) outline(text *strings.Builder, indent string)  { outlineAll(text, e, "any of", indent) }

func outlineAll(text *strings.Builder, parts []Expr, title, indent string) {
	text.WriteString(indent + title + "\n")
	for _, part := range parts {
		part.outline(text, indent+"  ")
	}
}

func (e *Condition) outline(text *strings.Builder, indent string) {
	text.WriteString(indent + e.String() + "\n")
}

// String writes the condition as it stands in a pattern.
func (e *Condition) String() string {
	subject := e.Field
	if e.Selector != nil {
		subject = selectorText(e.Selector)
	}
	text := subject + " " + string(e.Op)
	if e.Op.compares() {
		text += " " + e.Operand.String()
	}
	return text
}

// String writes the operand as it stands in a pattern.
func (o Operand) String() string {
	switch o.Kind {
	case Text:
		return quote(o.Text)
	case Expression:
		return "%" + o.Text + "%"
	}
	return o.Text
}

func quote(text string) string { return `"` + strings.ReplaceAll(text, `"`, `\"`) + `"` }

// selectorText writes a path as a selector.
func selectorText(path record.Path) string {
	var text strings.Builder
	text.WriteByte('$')
	for i, step := range path {
		switch {
		case step.IsAny && i == 0:
			text.WriteString(".*")
		case step.IsAny:
			text.WriteString("[*]")
		case step.IsIndex:
			text.WriteString("[" + strconv.Itoa(step.Index) + "]")
		case step.Name == "" || !utf8.ValidString(step.Name) || strings.ContainsFunc(step.Name, func(r rune) bool { return !isName(r) }):
			text.WriteString(".['" + step.Name + "']")
		default:
			text.WriteString("." + step.Name)
		}
	}
	return text.String()
}

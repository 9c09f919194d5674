package metricfilter

import (
	"regexp"
	"slices"
	"strings"

	"trailbox/query/record"
)

// SQL makes the condition on the columns of events that holds for the events that the
// pattern fits; it is never NULL. It is for patterns that are not [Pattern.Unsupported].
func (p *Pattern) SQL(b *record.Binder) string {
	switch p.Kind {
	case Everything:
		return "true"
	case JSON:
		return p.Expr.sql(b)
	}
	panic("BUG: a pattern for " + string(p.Kind) + " has no SQL")
}

func (e And) sql(b *record.Binder) string {
	parts := make([]string, len(e))
	for i, part := range e {
		parts[i] = part.sql(b)
	}
	return record.And(parts...)
}

// sql puts what one selector is to be equal to into one list: patterns are made of many
// names of events.
func (e Or) sql(b *record.Binder) string {
	texts := map[string][]string{} // of plain conditions, by selector
	for _, part := range e {
		if c, ok := part.(*Condition); ok && c.isPlain() {
			selector := selectorText(c.Selector)
			texts[selector] = append(texts[selector], c.Operand.Text)
		}
	}
	var parts []string
	for _, part := range e {
		c, ok := part.(*Condition)
		if !ok || !c.isPlain() {
			parts = append(parts, part.sql(b))
			continue
		}
		selector := selectorText(c.Selector)
		switch values := texts[selector]; len(values) {
		case 0: // they are in a list already
			continue
		case 1:
			parts = append(parts, c.sql(b))
		default:
			parts = append(parts, record.Sure(record.In(record.TextOf(b, c.Selector), b.BindEach(values))))
		}
		delete(texts, selector)
	}
	return record.Or(parts...)
}

// isPlain says that a condition is that one text equals another, and that nothing but a
// string or a number can have that text.
func (e *Condition) isPlain() bool {
	if e.Op != Equal || e.Operand.Kind != Text || strings.Contains(e.Operand.Text, "*") || wildcard(e.Selector) >= 0 {
		return false
	}
	_, isColumn := record.Text(e.Selector)
	return !e.Operand.fitsOthers(isColumn)
}

// wildcard returns where in a path a wildcard is, -1 for nowhere.
func wildcard(path record.Path) int {
	return slices.IndexFunc(path, func(s record.Step) bool { return s.IsAny })
}

// A subject is what a condition is about: SQL expressions for the text and the type of a
// value, as [record.TextOf] and [record.Kind] give them.
type subject struct {
	text     string
	kind     func() string // made only where it is asked for: it binds values
	isColumn bool          // text is a column of record.Text
}

func (e *Condition) sql(b *record.Binder) string {
	if wild := wildcard(e.Selector); wild >= 0 {
		return e.anywhere(b, e.Selector[:wild])
	}
	if e.Op == NotExists {
		return "(NOT " + record.Exists(b, e.Selector) + ")"
	}
	switch e.Op {
	case IsNull:
		return record.Sure("CASE " + record.Kind(b, e.Selector) + " WHEN 'NULL' THEN true WHEN 'ARRAY' THEN list_contains(json_type(" +
			record.Node(b, e.Selector) + ", '$[*]'), 'NULL') END")
	case IsTrue, IsFalse:
		test := ""
		if column, ok := record.Bool(e.Selector); ok {
			test = column + " = " + booleanText(e.Op)
		} else {
			test = record.TextOf(b, e.Selector) + " = '" + booleanText(e.Op) + "'"
		}
		return record.Sure("CASE WHEN " + test + " THEN " + record.Kind(b, e.Selector) + " = 'BOOLEAN' END")
	}
	s := subject{text: record.TextOf(b, e.Selector), kind: func() string { return record.Kind(b, e.Selector) }}
	_, s.isColumn = record.Text(e.Selector)
	return record.Sure(s.compare(b, e.Op, e.Operand))
}

// booleanText is the text of what IS TRUE or IS FALSE asks for.
func booleanText(op Op) string {
	if op == IsTrue {
		return "true"
	}
	return "false"
}

// anywhere is the SQL of a condition with a wildcard in what is at above.
func (e *Condition) anywhere(b *record.Binder, above record.Path) string {
	nodes := record.Nodes(b, e.Selector)
	s := subject{text: "json_extract_string(e, '$')", kind: func() string { return "json_type(e)" }}
	test := ""
	switch e.Op {
	case NotExists:
		return "(len(" + nodes + ") = 0)"
	case NotEqual:
		test = s.compare(b, Equal, e.Operand)
	case IsNull:
		test = s.kind() + " = 'NULL'"
	case IsTrue, IsFalse:
		test = s.kind() + " = 'BOOLEAN' AND " + s.text + " = '" + booleanText(e.Op) + "'"
	default:
		test = s.compare(b, e.Op, e.Operand)
	}
	count := "len(list_filter(" + nodes + ", lambda e: " + record.Sure(test) + "))"
	if e.Op != NotEqual {
		return "(" + count + " > 0)"
	}
	if len(above) == 0 {
		return "(" + count + " = 0)"
	}
	return "(" + record.Exists(b, above) + " AND " + count + " = 0)"
}

// compare is the SQL of a comparison; it may be NULL instead of false. CASE keeps DuckDB
// from looking up what does not matter any more, which AND would not everywhere.
func (s subject) compare(b *record.Binder, op Op, operand Operand) string {
	switch {
	case operand.Kind == Number:
		return s.number(b, op, operand.Text)
	case op == NotEqual:
		return "CASE WHEN NOT (" + s.fits(b, operand) + ") THEN " + s.isScalar() + " END"
	case operand.fitsOthers(s.isColumn):
		return "CASE WHEN " + s.fits(b, operand) + " THEN " + s.isScalar() + " END"
	}
	return s.fits(b, operand)
}

// isScalar says that a value is a string or a number. In a column it can be a boolean
// besides, whose type is looked up only for what may be one.
func (s subject) isScalar() string {
	if s.isColumn {
		return s.text + " NOT IN ('true', 'false') OR " + s.kind() + " = 'VARCHAR'"
	}
	return s.kind() + " IN ('VARCHAR', 'UBIGINT', 'BIGINT', 'DOUBLE')"
}

// fits says that a text is what an operand, no number, asks for.
func (s subject) fits(b *record.Binder, operand Operand) string {
	if operand.Kind == Expression {
		return "regexp_matches(" + s.text + ", " + b.Bind(operand.Text) + ")"
	}
	parts := strings.Split(severalStars.ReplaceAllString(operand.Text, "*"), "*")
	switch {
	case len(parts) == 1:
		return s.text + " = " + b.Bind(parts[0])
	case len(parts) == 2 && parts[0] == "" && parts[1] == "":
		return s.text + " IS NOT NULL"
	case len(parts) == 2 && parts[1] == "":
		return "starts_with(" + s.text + ", " + b.Bind(parts[0]) + ")"
	case len(parts) == 2 && parts[0] == "":
		return "suffix(" + s.text + ", " + b.Bind(parts[1]) + ")"
	case len(parts) == 3 && parts[0] == "" && parts[2] == "":
		return "contains(" + s.text + ", " + b.Bind(parts[1]) + ")"
	}
	for i, part := range parts {
		parts[i] = record.LikeItself(part)
	}
	return record.Like(s.text, b.Bind(strings.Join(parts, "%")))
}

var severalStars = regexp.MustCompile(`\*{2,}`) // are no more than one

// fitsOthers says that what is neither a string nor a number may have a text that the
// operand fits: true and false, and, but for columns, objects and arrays.
func (o Operand) fitsOthers(isColumn bool) bool {
	if o.Kind == Expression {
		re, err := regexp.Compile(o.Text)
		return err != nil || !isColumn || re.MatchString("true") || re.MatchString("false")
	}
	if !isColumn && (o.Text == "" || strings.ContainsRune("*{[", rune(o.Text[0]))) {
		return true
	}
	pattern := severalStars.ReplaceAllString(o.Text, "*")
	return glob(pattern, "true") || glob(pattern, "false")
}

// glob reports whether a short text fits a pattern in which * is any text, and no * follows
// another.
func glob(pattern, text string) bool {
	first, rest, more := strings.Cut(pattern, "*")
	if !more {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	for i := range len(text) + 1 {
		if glob(rest, text[i:]) {
			return true
		}
	}
	return false
}

package record

import (
	"slices"
	"strconv"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// An Expression writes itself as SQL over the columns of the table events, with its values
// bound.
type Expression func(b *Binder) string

// A Binder collects what the SQL of a statement over events has besides its text: the values
// that are bound, since no value is ever made part of SQL text, and what is asked of the
// shapes of records. Expressions that go into one statement are written with one Binder. The
// zero Binder has nothing yet.
type Binder struct {
	args  []schema.Arg
	texts map[string]string // the parameters of values that are texts

	// joins says that the statement joins what is asked of shapes, which saves asking for
	// each expression.
	joins   bool
	ofShape []string // what is asked: shape0, shape1 ... of what is joined
}

// Bind returns the parameter that stands for value in the statement: $v1, $v2 ... A
// text that was bound before keeps its parameter. What is not UTF-8 in a text becomes
// U+FFFD, as it does in the store.
func (b *Binder) Bind(value any) string {
	text, isText := value.(string)
	if isText {
		text = strings.ToValidUTF8(text, "\uFFFD")
		value = text
	}
	if parameter, ok := b.texts[text]; ok && isText {
		return parameter
	}
	name := "v" + strconv.Itoa(len(b.args)+1)
	b.args = append(b.args, schema.Arg{Name: name, Value: value})
	if isText {
		if b.texts == nil {
			b.texts = map[string]string{}
		}
		b.texts[text] = "$" + name
	}
	return "$" + name
}

// BindEach binds texts.
func (b *Binder) BindEach(texts []string) []string {
	parameters := make([]string, len(texts))
	for i, text := range texts {
		parameters[i] = b.Bind(text)
	}
	return parameters
}

// Args returns the values bound so far.
func (b *Binder) Args() []schema.Arg { return b.args }

// Statement is text that was written with the Binder, with the values bound so far.
func (b *Binder) Statement(text string) query.Statement {
	return query.Statement{SQL: text, Args: b.args}
}

// OfShape returns an SQL expression for the value that one over outlines has for the shape
// of an event's record; NULL for a record without a shape. Shapes are numbered from 0
// without a gap: the values for all of them make a list, in which each event finds its own.
func (b *Binder) OfShape(value string) string {
	if !b.joins {
		return "(SELECT list(" + value + " ORDER BY outlines.shape) FROM outlines)[shape + 1]"
	}
	column := slices.Index(b.ofShape, value)
	if column < 0 {
		column = len(b.ofShape)
		b.ofShape = append(b.ofShape, value)
	}
	return "shape" + strconv.Itoa(column)
}

// events is what a statement that joins selects from.
func (b *Binder) events() string {
	if len(b.ofShape) == 0 {
		return "events"
	}
	from := "events LEFT JOIN (SELECT shape"
	for i, value := range b.ofShape {
		from += ",\n" + value + " AS shape" + strconv.Itoa(i)
	}
	return from + "\nFROM outlines) USING (shape)"
}

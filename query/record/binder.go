package record

import (
	"strconv"
	"strings"

	"trailbox/schema"
)

// A Binder collects the values that a statement binds: no value is ever made part of
// SQL text. The zero Binder has none yet.
type Binder struct {
	args  []schema.Arg
	texts map[string]string // the parameters of values that are texts
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

// Args returns the values bound so far, for [schema.Store.Query].
func (b *Binder) Args() []schema.Arg { return b.args }

package metricfilter

import (
	"fmt"
	"strings"

	"trailbox/query/record"
)

// A Kind is what sort of log events a pattern is for.
type Kind string

const (
	Everything Kind = "everything"
	JSON       Kind = "JSON"
	Terms      Kind = "terms"
	Fields     Kind = "space-delimited fields"
	Regexp     Kind = "a regular expression"
)

// A Pattern is a filter pattern that was read.
type Pattern struct {
	Kind   Kind
	Expr   Expr    // of JSON
	Terms  []Term  // of Terms
	Fields []Field // of Fields
	Regexp string  // of Regexp

	// Warnings are what is to be said of how the pattern was written. What [Pattern.String]
	// gives has nothing left that AWS would refuse, but for its length.
	Warnings []Warning
}

// A Warning is about a part of a pattern.
type Warning struct {
	Offset int // in bytes
	Text   string
}

// A SyntaxError says why a pattern cannot be read.
type SyntaxError struct {
	Offset int    // in bytes: where the pattern stops being one
	Reason string // what is wrong, and what to write where that is plain
	AWS    string // what AWS says of such a pattern; empty where that is not known
}

func (e *SyntaxError) Error() string {
	if e.AWS == "" {
		return fmt.Sprintf("filter pattern, at byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("filter pattern, at byte %d: %s (AWS: %s)", e.Offset, e.Reason, e.AWS)
}

// An UnsupportedError says that patterns of a kind can be read, but not run.
type UnsupportedError struct{ Kind Kind }

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("a filter pattern for %s cannot be run over events; those for JSON can: { $.eventName = \"...\" }", e.Kind)
}

// Unsupported returns an [*UnsupportedError] for a pattern that [Pattern.SQL] is not for.
func (p *Pattern) Unsupported() error {
	if p.Kind == JSON || p.Kind == Everything {
		return nil
	}
	return &UnsupportedError{Kind: p.Kind}
}

// An Expr is an [And], an [Or] or a [*Condition].
type Expr interface {
	write(text *strings.Builder, within byte)
	outline(text *strings.Builder, indent string)
	sql(b *record.Binder) string
}

// And holds where all of it does. None of it is an And itself.
type And []Expr

// Or holds where any of it does. None of it is an Or itself.
type Or []Expr

// A Condition is about what a selector finds, or a field.
type Condition struct {
	Selector record.Path // with one wildcard at most
	Field    string      // instead of Selector: in patterns for fields
	Op       Op
	Operand  Operand // of comparisons
}

// An Op is what a condition asks, as it is written.
type Op string

const (
	Equal          Op = "="
	NotEqual       Op = "!="
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	IsNull         Op = "IS NULL"
	IsTrue         Op = "IS TRUE"
	IsFalse        Op = "IS FALSE"
	NotExists      Op = "NOT EXISTS"
)

// compares says that an operand follows.
func (op Op) compares() bool { return op != IsNull && op != IsTrue && op != IsFalse && op != NotExists }

// orders says that numbers alone are compared.
func (op Op) orders() bool {
	return op == Less || op == LessOrEqual || op == Greater || op == GreaterOrEqual
}

// An Operand is what something is compared with.
type Operand struct {
	Kind OperandKind
	Text string // of a number as it was written, of a regular expression without the %
}

// An OperandKind says how an operand compares.
type OperandKind string

const (
	Text       OperandKind = "text" // with * for any text
	Number     OperandKind = "number"
	Expression OperandKind = "regular expression"
)

// A Term is a word or a phrase that is to be in a log event, or must not be there.
type Term struct {
	Sign Sign
	Text string
}

// A Sign says what a term is there for.
type Sign string

const (
	Required Sign = ""
	Excluded Sign = "-"
	Optional Sign = "?" // one of these is enough; without any effect beside terms of other signs
)

// A Field is one of those that spaces are between.
type Field struct {
	Name     string // empty for one without a name
	Ellipsis bool   // any number of fields
	Expr     Expr   // on this field alone; nil for none
}

// maxLength is how long a pattern of AWS can be, maxText how long one can be at all: what
// is longer is no pattern, and its tree may be as deep as it is long.
const (
	maxLength = 1024
	maxText   = 16 << 10
)

// Parse reads a pattern. Its error is a [*SyntaxError].
func Parse(text string) (*Pattern, error) {
	if len(text) > maxText {
		return nil, &SyntaxError{Offset: maxText, Reason: fmt.Sprintf("a pattern is at most %d bytes long", maxLength), AWS: awsInvalid}
	}
	p := &parser{text: text, end: len(text)}
	p.space()
	for p.end > p.pos && isSpace(text[p.end-1]) {
		p.end--
	}
	if p.pos == p.end {
		return &Pattern{Kind: Everything}, nil
	}
	pattern := new(Pattern)
	var err error
	switch text[p.pos] {
	case '{':
		pattern.Kind = JSON
		if err = p.within('}'); err == nil {
			pattern.Expr, err = p.whole()
		}
	case '[':
		pattern.Kind = Fields
		if err = p.within(']'); err == nil {
			p.inFields = true
			pattern.Fields, err = p.fields()
		}
	case '%':
		pattern.Kind = Regexp
		pattern.Regexp, err = p.bareRegexp()
	default:
		pattern.Kind = Terms
		pattern.Terms, err = p.terms()
	}
	if err != nil {
		return nil, err
	}
	if len(text) > maxLength {
		p.warn(maxLength, "AWS would refuse a pattern of more than 1024 characters")
	}
	pattern.Warnings = p.warnings
	return pattern, nil
}

// Misspelled says which selectors lead to nothing in a record of CloudTrail, because of the case
// of a letter.
func (p *Pattern) Misspelled() []string { return misspelled(nil, p.Expr) }

func misspelled(found []string, e Expr) []string {
	var parts []Expr
	switch e := e.(type) {
	case And:
		parts = e
	case Or:
		parts = e
	case *Condition:
		var names []string
		for _, step := range e.Selector {
			if step.IsIndex || step.IsAny {
				break
			}
			names = append(names, step.Name)
		}
		if known := record.Misspelled(names); known != "" {
			found = append(found, fmt.Sprintf("CloudTrail's events have no $.%s: it is $.%s", strings.Join(names, "."), known))
		}
	}
	for _, part := range parts {
		found = misspelled(found, part)
	}
	return found
}

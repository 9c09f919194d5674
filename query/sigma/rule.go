package sigma

import (
	"fmt"
	"strings"
)

// A Rule is one detection rule: what an event has to look like.
type Rule struct {
	Meta
	Detections []Detection // in the order of the file
	Conditions []Expr      // any of which
	Warnings   []Warning   // what is likely a mistake
}

// Meta is what rules and correlations say about themselves.
type Meta struct {
	Title          string
	ID             string
	Name           string
	Status         string
	Description    string
	References     []string
	Author         string
	Date           string
	Modified       string
	Tags           []string
	FalsePositives []string
	Level          string // informational, low, medium, high or critical

	File string
	Line int // where the document begins, from 1
}

// A Warning is something in a rule that runs, but hardly as it was meant.
type Warning struct {
	Line int
	Text string
}

// A Detection is a part of a rule that its condition names: some alternatives, each a
// list of items, all of which an event has to match.
type Detection struct {
	Name string
	Any  [][]Item
}

// An Item compares the values of one field.
type Item struct {
	Field  string     // a dotted path
	Encode []Encoding // what is done to the values before they are compared
	Op     Op
	Flags  string // of a regular expression: some of i, m and s
	Cased  bool   // letters match in their own case only
	All    bool   // each of the values has to match, not any
	Not    bool   // neq: none of the values may match
	Values []Value
}

// An Op says how an item compares: the modifier that stands for it.
type Op string

// The operators of items.
const (
	Equals     Op = ""
	Contains   Op = "contains"
	StartsWith Op = "startswith"
	EndsWith   Op = "endswith"
	Matches    Op = "re"
	Exists     Op = "exists"
	InPrefix   Op = "cidr"
	Less       Op = "lt"
	AtMost     Op = "lte"
	Greater    Op = "gt"
	AtLeast    Op = "gte"
	SameAs     Op = "fieldref"
	Minute     Op = "minute"
	Hour       Op = "hour"
	Day        Op = "day"
	Week       Op = "week"
	Month      Op = "month"
	Year       Op = "year"
)

// ofText says that an operator compares text, in which wildcards have their meaning.
func (op Op) ofText() bool {
	return op == Equals || op == Contains || op == StartsWith || op == EndsWith
}

// ofOrder says that an operator compares numbers.
func (op Op) ofOrder() bool { return op == Less || op == AtMost || op == Greater || op == AtLeast }

// ofTime says that an operator takes a part of a time.
func (op Op) ofTime() bool {
	switch op {
	case Minute, Hour, Day, Week, Month, Year:
		return true
	}
	return false
}

// An Encoding is a modifier that changes the values of an item.
type Encoding string

// The encodings of values.
const (
	Base64       Encoding = "base64"
	Base64Offset Encoding = "base64offset" // wherever it begins in what was encoded
	UTF16        Encoding = "utf16"        // little endian, with a byte order mark
	UTF16LE      Encoding = "utf16le"
	UTF16BE      Encoding = "utf16be"
	Wide         Encoding = "wide" // as utf16le
)

// A Kind is what kind of value a rule has.
type Kind int

// The kinds of values.
const (
	Text Kind = iota
	Number
	Bool
	Null
)

// A Value is one that an item compares with.
type Value struct {
	Kind Kind
	Glob Glob   // a Text that is compared as such
	Text string // a Text that is something else, such as a regular expression; a Number as it is spelled; a Bool
}

// An Expr is a condition: [Any], [All], [Not], [Ref] or [Of].
type Expr interface {
	fmt.Stringer
	isExpr()
}

type (
	// Any is true where one of its parts is.
	Any []Expr
	// All is true where each of its parts is.
	All []Expr
	// Not is true where its part is not, on events that lack its fields as well.
	Not struct{ Expr Expr }
	// A Ref is true where the detection of that name is.
	Ref string
	// An Of is true where one of the detections is, or all of them, whose names match.
	Of struct {
		All     bool
		Pattern string // with * for any letters; them for each detection
	}
)

func (Any) isExpr() {}
func (All) isExpr() {}
func (Not) isExpr() {}
func (Ref) isExpr() {}
func (Of) isExpr()  {}

func (e Any) String() string { return joined(e, " or ") }
func (e All) String() string { return joined(e, " and ") }

func joined(parts []Expr, by string) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = part.String()
		switch part.(type) {
		case Any, All:
			texts[i] = "(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, by)
}

func (e Not) String() string {
	switch e.Expr.(type) {
	case Any, All, Not:
		return "not (" + e.Expr.String() + ")"
	}
	return "not " + e.Expr.String()
}

func (e Ref) String() string { return string(e) }

func (e Of) String() string {
	if e.All {
		return "all of " + e.Pattern
	}
	return "1 of " + e.Pattern
}

// chosen are the detections that an Of is about. Names that begin with _ are left to
// those patterns that begin with it, too.
func (r *Rule) chosen(of Of) []Detection {
	var chosen []Detection
	for _, d := range r.Detections {
		if strings.HasPrefix(d.Name, "_") && !strings.HasPrefix(of.Pattern, "_") {
			continue
		}
		if strings.EqualFold(of.Pattern, "them") || matchName(of.Pattern, d.Name) {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// matchName matches a name with a pattern in which * stands for any letters.
func matchName(pattern, name string) bool {
	first, others, wild := strings.Cut(pattern, "*")
	name, ok := strings.CutPrefix(name, first)
	if !ok || !wild {
		return ok && name == ""
	}
	parts := strings.Split(others, "*")
	last := parts[len(parts)-1]
	for _, part := range parts[:len(parts)-1] {
		if _, name, ok = strings.Cut(name, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(name, last)
}

// detection finds a detection by its name.
func (r *Rule) detection(name string) (Detection, bool) {
	for _, d := range r.Detections {
		if d.Name == name {
			return d, true
		}
	}
	return Detection{}, false
}

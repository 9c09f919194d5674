package eventpattern

import (
	"encoding/json"
	"net/netip"
	"strings"
)

// A Pattern is an event pattern.
type Pattern struct {
	Root Object
	// Warnings say what is allowed in the pattern but hardly meant.
	Warnings []string

	never bool // no event of CloudTrail can match
}

// An Object is a set of members, all of which must hold.
type Object []Member

// A Member is a field or what is below it. One of Tests, Below and Or is set.
type Member struct {
	Name  string
	Tests []Test   // one of which must hold for the field
	Below Object   // what must hold for members of the field
	Or    []Object // of $or: one of them must hold
}

// Op is what a test does with a value.
type Op uint8

const (
	Equal   Op = iota // is one of Values
	Exactly           // is the string; other than of Equal, an IP address in another spelling is not
	Prefix
	Suffix
	IgnoreCase
	PrefixIgnoreCase
	SuffixIgnoreCase
	Wildcard
	CIDR
	Numeric
	Exists
)

// names are the operators as patterns spell them.
var names = [...]string{
	Exactly: "exactly", Prefix: "prefix", Suffix: "suffix", IgnoreCase: "equals-ignore-case",
	PrefixIgnoreCase: "prefix", SuffixIgnoreCase: "suffix", Wildcard: "wildcard", CIDR: "cidr",
	Numeric: "numeric", Exists: "exists",
}

// A Test is one of the alternatives for a field.
type Test struct {
	Op Op
	// But turns the test around: the field is present, and its value is other than that.
	But bool
	// Values are what the value is compared with: several only with But.
	Values []Value
	Ranges []Bound      // of Numeric: all of them
	Within netip.Prefix // of CIDR
	Absent bool         // of Exists: the field must be absent
}

// A Value is a JSON string, number, boolean or null.
type Value struct {
	Kind ValueKind
	Text string // the string, or the number as it is spelled
}

// ValueKind is the type of a JSON value.
type ValueKind uint8

const (
	String ValueKind = iota
	Number
	True
	False
	Null
)

// A Bound is a comparison with a number.
type Bound struct {
	Operator string // = < <= > >=
	Number   string // as it is spelled
}

// String returns the pattern as JSON in one line.
func (p *Pattern) String() string {
	var b strings.Builder
	p.Root.print(&b)
	return b.String()
}

func (o Object) print(b *strings.Builder) {
	for i, m := range o {
		b.WriteByte("{,"[min(i, 1)])
		switch {
		case m.Or != nil:
			b.WriteString(`"$or":`)
			for i, branch := range m.Or {
				b.WriteByte("[,"[min(i, 1)])
				branch.print(b)
			}
			b.WriteByte(']')
		case m.Below != nil:
			b.WriteString(quote(m.Name) + ":")
			m.Below.print(b)
		default:
			b.WriteString(quote(m.Name) + ":")
			for i, t := range m.Tests {
				b.WriteByte("[,"[min(i, 1)])
				b.WriteString(t.String())
			}
			b.WriteByte(']')
		}
	}
	b.WriteByte('}')
}

// Tree returns the pattern with a field a line, for people.
func (p *Pattern) Tree() string {
	var b strings.Builder
	p.Root.outline(&b, "", "")
	return b.String()
}

// outline writes the members of an object that is at path.
func (o Object) outline(b *strings.Builder, path, indent string) {
	if len(o) > 1 {
		b.WriteString(indent + "all of\n")
		indent += "  "
	}
	for _, m := range o {
		switch {
		case m.Or != nil:
			b.WriteString(indent + "any of\n")
			for _, branch := range m.Or {
				branch.outline(b, path, indent+"  ")
			}
		case m.Below != nil:
			m.Below.outline(b, path+m.Name+".", indent)
		default:
			var tests []string
			for _, t := range m.Tests {
				tests = append(tests, t.String())
			}
			b.WriteString(indent + path + m.Name + ": " + strings.Join(tests, " or ") + "\n")
		}
	}
}

// String returns the test as it stands in a pattern.
func (t Test) String() string {
	var text string
	switch t.Op {
	case CIDR:
		text = quote(t.Within.String())
	case Exists:
		text = "true"
		if t.Absent {
			text = "false"
		}
	case Numeric:
		var parts []string
		for _, r := range t.Ranges {
			parts = append(parts, quote(r.Operator), r.Number)
		}
		text = "[" + strings.Join(parts, ",") + "]"
	default:
		var parts []string
		for _, v := range t.Values {
			parts = append(parts, v.String())
		}
		text = strings.Join(parts, ",")
		if len(parts) > 1 {
			text = "[" + text + "]"
		}
	}
	if t.Op == PrefixIgnoreCase || t.Op == SuffixIgnoreCase {
		text = `{"equals-ignore-case":` + text + "}"
	}
	if t.Op != Equal {
		text = "{" + quote(names[t.Op]) + ":" + text + "}"
	}
	if t.But {
		text = `{"anything-but":` + text + "}"
	}
	return text
}

// String returns the value as JSON.
func (v Value) String() string {
	switch v.Kind {
	case String:
		return quote(v.Text)
	case Number:
		return v.Text
	case True:
		return "true"
	case False:
		return "false"
	}
	return "null"
}

// quote returns text as a JSON string, in which < > & stand as they are.
func quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(text) // a string can always be written
	return strings.TrimSuffix(b.String(), "\n")
}

package eventpattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// maxLength is how long the API lets a pattern be; quotaLength what an account is
	// granted without asking.
	maxLength   = 4096
	quotaLength = 2048
	// maxBranches is how many branches $or may make of a pattern.
	maxBranches = 1000
	// maxDepth is how deep fields may be nested: SQL of what is below them must not be
	// nested deeper than DuckDB takes.
	maxDepth = 100
	// maxNumber is the largest number that EventBridge compares, either side of 0.
	maxNumber = 5e9
)

// An Error says why EventBridge would refuse a pattern.
type Error struct {
	Offset int    // in the pattern's text, in bytes
	Path   string // of the field, dotted; empty for the pattern as a whole
	Reason string
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("event pattern, at byte %d: %s", e.Offset, e.Reason)
	}
	return fmt.Sprintf("event pattern, %s, at byte %d: %s", e.Path, e.Offset, e.Reason)
}

// Parse reads an event pattern. What EventBridge would refuse is an [*Error].
func Parse(text string) (*Pattern, error) {
	p := parser{text: text, tokens: json.NewDecoder(strings.NewReader(text))}
	p.tokens.UseNumber()
	root, err := p.pattern()
	if err != nil {
		return nil, err
	}
	var m multiplier
	branches := m.object([]branch{nil}, nil, root)
	for _, b := range branches {
		if name, ok := b.tooOptional(); ok {
			return nil, &Error{Path: name, Reason: fmt.Sprintf("more than %d fields below it may be absent or something else, which is too much for trailbox", maxOptional)}
		}
	}
	for _, name := range m.replaced {
		p.warnings = append(p.warnings, name+": it has tests inside of $or and outside, and the last ones count")
	}
	never := neverMatches(branches)
	return &Pattern{Root: root, Warnings: append(p.warnings, never...), never: never != nil}, nil
}

type parser struct {
	text     string
	tokens   *json.Decoder
	at       int      // where the current token begins
	path     []string // of the current field
	warnings []string
}

func (p *parser) fail(reason string, args ...any) error {
	return &Error{Offset: p.at, Path: strings.Join(p.path, "."), Reason: fmt.Sprintf(reason, args...)}
}

func (p *parser) warn(reason string, args ...any) {
	p.warnings = append(p.warnings, strings.Join(p.path, ".")+": "+fmt.Sprintf(reason, args...))
}

// next returns the next token of the JSON text.
func (p *parser) next() (json.Token, error) {
	p.at = int(p.tokens.InputOffset())
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[p.at]) >= 0 {
		p.at++
	}
	token, err := p.tokens.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		p.at = max(0, int(syntax.Offset)-1)
		return nil, p.fail("it is not JSON: %v", err)
	case err != nil: // the text ends too early
		return nil, p.fail("it is not JSON: it ends too early")
	}
	return token, nil
}

func (p *parser) pattern() (Object, error) {
	length := utf8.RuneCountInString(p.text)
	if length > maxLength {
		return nil, p.fail("it has %d characters, and EventBridge takes %d", length, maxLength)
	}
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('{') {
		return nil, p.fail("a pattern is a JSON object, such as {\"source\": [\"aws.iam\"]}")
	}
	root, err := p.object(false)
	if err != nil {
		return nil, err
	}
	p.at = int(p.tokens.InputOffset())
	if _, err := p.tokens.Token(); err != io.EOF {
		return nil, p.fail("there is more behind the pattern")
	}
	if n := branchCount(root); n > maxBranches {
		p.at = 0
		return nil, p.fail("its $or make more than %d combinations", maxBranches)
	}
	if length > quotaLength {
		p.warnings = append(p.warnings, fmt.Sprintf("it has %d characters, and an account is granted %d unless it asks for more", length, quotaLength))
	}
	return root, nil
}

// object reads the members of an object, whose brace was read. In $or names that could be
// operators are refused.
func (p *parser) object(inOr bool) (Object, error) {
	var o Object
	at := p.at
	for {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		if token == json.Delim('}') {
			break
		}
		name := token.(string)
		m, err := p.member(name, inOr)
		if err != nil {
			return nil, err
		}
		for i := range o {
			if o[i].Name == name {
				p.path = append(p.path, name)
				p.warn("it is there twice, and the last one counts")
				p.path = p.path[:len(p.path)-1]
				o = append(o[:i:i], o[i+1:]...)
				break
			}
		}
		o = append(o, m)
	}
	if len(o) == 0 {
		p.at = at
		return nil, p.fail("an empty object is not allowed")
	}
	return o, nil
}

func (p *parser) member(name string, inOr bool) (m Member, err error) {
	if name == "$or" {
		m.Name = name
		m.Or, err = p.or()
		return m, err
	}
	p.path = append(p.path, name)
	if strings.Count(strings.Join(p.path, "."), ".") >= maxDepth {
		return m, p.fail("it is nested more than %d deep", maxDepth)
	}
	if inOr && reserved(name) {
		return m, p.fail("%q is an operator's name, which no field inside of $or may have", name)
	}
	m.Name = name
	token, err := p.next()
	if err != nil {
		return m, err
	}
	switch token {
	case json.Delim('{'):
		m.Below, err = p.object(inOr)
	case json.Delim('['):
		m.Tests, err = p.tests()
	default:
		err = p.fail("a field needs an array of what it may be, or an object")
	}
	if err != nil {
		return m, err
	}
	p.path = p.path[:len(p.path)-1]
	return m, nil
}

// reserved says that a name is an operator, or one that is kept for operators to come.
func reserved(name string) bool {
	switch name {
	case "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr",
		"=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case",
		"date-after", "date-on-or-after", "date-before", "date-on-or-before", "in-date-range",
		"ip-address-in-range", "ip-address-not-in-range":
		return true
	}
	return false
}

func (p *parser) or() ([]Object, error) {
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('[') {
		return nil, p.fail("$or needs an array of objects")
	}
	at := p.at
	var branches []Object
	for {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		if token == json.Delim(']') {
			break
		}
		if token != json.Delim('{') {
			return nil, p.fail("$or takes objects alone")
		}
		branch, err := p.object(true)
		if err != nil {
			return nil, err
		}
		branches = append(branches, branch)
	}
	if len(branches) < 2 {
		p.at = at
		return nil, p.fail("$or needs two objects at least")
	}
	return branches, nil
}

// tests reads the alternatives for a field, whose bracket was read.
func (p *parser) tests() ([]Test, error) {
	var tests []Test
	at := p.at
	for {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		if token == json.Delim(']') {
			break
		}
		var t Test
		if token == json.Delim('{') {
			t, err = p.operator()
		} else {
			var v Value
			v, err = p.value(token)
			t.Values = []Value{v}
		}
		if err != nil {
			return nil, err
		}
		tests = append(tests, t)
	}
	if len(tests) == 0 {
		p.at = at
		return nil, p.fail("an empty array is not allowed")
	}
	return tests, nil
}

// value turns a token into a value.
func (p *parser) value(token json.Token) (Value, error) {
	switch v := token.(type) {
	case string:
		return Value{String, v}, nil
	case json.Number:
		return Value{Number, v.String()}, nil
	case bool:
		if v {
			return Value{Kind: True}, nil
		}
		return Value{Kind: False}, nil
	case nil:
		return Value{Kind: Null}, nil
	}
	return Value{}, p.fail("what a field may be is a string, a number, true, false, null, or an object with an operator")
}

// operator reads an object with an operator, whose brace was read.
func (p *parser) operator() (t Test, err error) {
	token, err := p.next()
	if err != nil {
		return t, err
	}
	name, ok := token.(string)
	if !ok {
		return t, p.fail("an operator is missing")
	}
	at := p.at
	switch name {
	case "exactly":
		t, err = p.oneString(Exactly)
	case "prefix":
		t, err = p.affix(Prefix, PrefixIgnoreCase)
	case "suffix":
		t, err = p.affix(Suffix, SuffixIgnoreCase)
	case "equals-ignore-case":
		t, err = p.oneString(IgnoreCase)
	case "wildcard":
		t, err = p.oneString(Wildcard)
	case "anything-but":
		t, err = p.anythingBut()
	case "numeric":
		t, err = p.numeric()
	case "cidr":
		t, err = p.cidr()
	case "exists":
		t, err = p.exists()
	default:
		p.at = at
		return t, p.fail("%q is not an operator of EventBridge", name)
	}
	if err != nil {
		return t, err
	}
	return t, p.closing()
}

// closing reads the brace behind the one operator of an object.
func (p *parser) closing() error {
	token, err := p.next()
	if err == nil && token != json.Delim('}') {
		err = p.fail("an object takes one operator")
	}
	return err
}

// oneString reads the string of an operator.
func (p *parser) oneString(op Op) (Test, error) {
	token, err := p.next()
	if err != nil {
		return Test{}, err
	}
	v, err := p.operand(op, token)
	return Test{Op: op, Values: []Value{v}}, err
}

func (p *parser) operand(op Op, token json.Token) (Value, error) {
	text, ok := token.(string)
	if !ok {
		return Value{}, p.fail("%s takes a string", names[op])
	}
	if op == Wildcard {
		if reason := badWildcard(text); reason != "" {
			return Value{}, p.fail("%s", reason)
		}
	}
	return Value{String, text}, nil
}

// badWildcard says what is wrong with the text of a wildcard.
func badWildcard(text string) string {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			if i++; i == len(text) || text[i] != '*' && text[i] != '\\' {
				return fmt.Sprintf("in a wildcard a backslash stands before * or another backslash only (byte %d of %q)", i-1, text)
			}
		case strings.HasPrefix(text[i:], "**"):
			return fmt.Sprintf("a wildcard takes one * at a time (byte %d of %q)", i, text)
		}
	}
	return ""
}

// affix reads what is behind prefix or suffix.
func (p *parser) affix(op, ignoringCase Op) (Test, error) {
	token, err := p.next()
	if err != nil {
		return Test{}, err
	}
	if token != json.Delim('{') {
		v, err := p.operand(op, token)
		return Test{Op: op, Values: []Value{v}}, err
	}
	if token, err = p.next(); err != nil {
		return Test{}, err
	}
	if token != "equals-ignore-case" {
		return Test{}, p.fail("%s takes a string or equals-ignore-case", names[op])
	}
	t, err := p.oneString(ignoringCase)
	if err != nil {
		return t, err
	}
	return t, p.closing()
}

// anythingBut reads what is behind anything-but.
func (p *parser) anythingBut() (t Test, err error) {
	token, err := p.next()
	if err != nil {
		return t, err
	}
	t.But = true
	if token != json.Delim('{') {
		t.Values, err = p.others(token, Equal)
		return t, err
	}
	if token, err = p.next(); err != nil {
		return t, err
	}
	switch token {
	case "prefix":
		t.Op = Prefix
	case "suffix":
		t.Op = Suffix
	case "equals-ignore-case":
		t.Op = IgnoreCase
	case "wildcard":
		t.Op = Wildcard
	default:
		return t, p.fail("anything-but takes strings, numbers, prefix, suffix, equals-ignore-case or wildcard")
	}
	if token, err = p.next(); err != nil {
		return t, err
	}
	if t.Values, err = p.others(token, t.Op); err != nil {
		return t, err
	}
	return t, p.closing()
}

// others reads what a value must be other than: one, or a list, which begins with token.
func (p *parser) others(token json.Token, op Op) ([]Value, error) {
	if token != json.Delim('[') {
		v, err := p.other(token, op)
		return []Value{v}, err
	}
	var values []Value
	at := p.at
	for {
		token, err := p.next()
		if err != nil {
			return nil, err
		}
		if token == json.Delim(']') {
			break
		}
		v, err := p.other(token, op)
		if err != nil {
			return nil, err
		}
		if len(values) > 0 && v.Kind != values[0].Kind {
			return nil, p.fail("the list of anything-but must be all strings or all numbers")
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		p.at = at
		return nil, p.fail("the list of anything-but must not be empty")
	}
	return values, nil
}

func (p *parser) other(token json.Token, op Op) (Value, error) {
	if op == Equal {
		switch token.(type) {
		case string:
		case json.Number:
			if err := p.inRange(token); err != nil {
				return Value{}, err
			}
		default:
			return Value{}, p.fail("anything-but takes strings or numbers, and no null, true or false")
		}
		return p.value(token)
	}
	v, err := p.operand(op, token)
	if err == nil && v.Text == "" && (op == Prefix || op == Suffix) {
		err = p.fail("%s in anything-but must not be empty", names[op])
	}
	return v, err
}

// inRange refuses what is not a number that EventBridge compares.
func (p *parser) inRange(token json.Token) error {
	number, ok := token.(json.Number)
	if !ok {
		return p.fail("a number is missing")
	}
	if n, err := number.Float64(); err != nil || n < -maxNumber || n > maxNumber {
		return p.fail("%s is too large: EventBridge compares numbers from -5e9 to 5e9", number)
	}
	return nil
}

// numeric reads an array of comparisons.
func (p *parser) numeric() (Test, error) {
	t := Test{Op: Numeric}
	token, err := p.next()
	if err != nil {
		return t, err
	}
	if token != json.Delim('[') {
		return t, p.fail(`numeric takes an array, such as [">", 0, "<=", 5]`)
	}
	for {
		token, err := p.next()
		if err != nil {
			return t, err
		}
		if token == json.Delim(']') && len(t.Ranges) > 0 {
			break
		}
		operator, _ := token.(string)
		switch operator {
		case "=", "<", "<=", ">", ">=":
		default:
			return t, p.fail("numeric needs one of = < <= > >= here")
		}
		if len(t.Ranges) == 2 || len(t.Ranges) == 1 && (t.Ranges[0].Operator[0] != '>' || operator[0] != '<') {
			return t, p.fail(`numeric takes one comparison, or a lower bound and an upper one: [">", 0, "<=", 5]`)
		}
		if token, err = p.next(); err != nil {
			return t, err
		}
		if err := p.inRange(token); err != nil {
			return t, err
		}
		t.Ranges = append(t.Ranges, Bound{operator, token.(json.Number).String()})
	}
	if len(t.Ranges) == 2 && float(t.Ranges[0].Number) >= float(t.Ranges[1].Number) {
		return t, p.fail("the lower bound must be below the upper one")
	}
	return t, nil
}

func float(number string) float64 {
	f, _ := strconv.ParseFloat(number, 64) // out of range: infinite, which is what it is
	return f
}

// cidr reads a range of IP addresses.
func (p *parser) cidr() (t Test, err error) {
	token, err := p.next()
	if err != nil {
		return t, err
	}
	text, ok := token.(string)
	if !ok {
		return t, p.fail("cidr takes a string")
	}
	within, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return t, p.fail("%q is not a range of IP addresses such as 192.0.2.0/24 or 2001:db8::/32", text)
	case within.IsSingleIP():
		return t, p.fail("EventBridge refuses a range of one address: write %q without cidr", within.Addr())
	case within.Masked() != within:
		p.warn("%s is the range %s", text, within.Masked())
	}
	return Test{Op: CIDR, Within: within.Masked()}, nil
}

func (p *parser) exists() (Test, error) {
	token, err := p.next()
	if err != nil {
		return Test{}, err
	}
	exists, ok := token.(bool)
	if !ok {
		return Test{}, p.fail("exists is true or false")
	}
	return Test{Op: Exists, Absent: !exists}, nil
}

package sigma

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"trailbox/schema"
)

// Placeholders are the values of what rules leave to be filled in (%name%), by their names.
type Placeholders map[string][]string

// Parse reads the documents of a rule file without placeholders.
func Parse(file, text string) *Set { return Placeholders(nil).Parse(file, text) }

// Parse reads the documents of a rule file. One that cannot be run does not stop the
// others. What correlations refer to is not looked up yet: see [Set.Resolve].
func (values Placeholders) Parse(file, text string) *Set {
	s := &Set{values: values, Placeholders: map[string]bool{}}
	var sources []shared
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			s.leaveShared(sources)
			return s
		}
		if err != nil { // what follows cannot be told apart any more
			s.Problems = append(s.Problems, syntaxError(file, err))
			return s
		}
		if len(document.Content) == 0 || document.Content[0].ShortTag() == "!!null" {
			continue // nothing between two ---
		}
		if n == maxDocuments {
			reason := overLimit("a file has more than %d documents", maxDocuments)
			s.Problems = append(s.Problems, Problem{File: file, Line: document.Content[0].Line, Reason: reason.Error()})
			return s
		}
		sources = append(sources, s.add(file, document.Content[0]))
	}
}

// A shared is what a document of a file says of the logs that it is for.
type shared struct {
	action    bool   // it shares its parts with others, as rules once did
	logsource string // empty where it has none
	ours      bool
}

// leaveShared leaves the documents of a file aside that share their parts by "action", where
// all logs that one of them names are others' than CloudTrail's.
func (s *Set) leaveShared(sources []shared) {
	foreign, action := "", false
	for _, of := range sources {
		if of.ours {
			return
		}
		action = action || of.action
		foreign = cmp.Or(of.logsource, foreign)
	}
	if !action || foreign == "" {
		return
	}
	for _, p := range s.Problems {
		s.Foreign = append(s.Foreign, Foreign{Meta: Meta{File: p.File, Line: p.Line, Title: p.Title}, Logsource: foreign})
	}
	s.Problems = nil
}

// yamlLine is where the reader's errors say in which line they are.
var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

func syntaxError(file string, err error) Problem {
	problem := Problem{File: file}
	text := err.Error()
	m := yamlLine.FindStringSubmatch(text)
	if m != nil {
		text = text[len(m[0]):]
		fmt.Sscan(m[1], &problem.Line)
	}
	problem.Reason = "not YAML: " + text
	return problem
}

// add puts the document into the set, or what is wrong with it.
func (s *Set) add(file string, node *yaml.Node) (of shared) {
	p := &parser{set: s}
	meta, err := p.document(node)
	meta.File, meta.Line = file, node.Line
	of.action = p.has("action")
	of.logsource, of.ours, _ = p.logsource() // what is wrong with it is told below
	switch {
	case err != nil:
	case p.has("correlation"):
		c := &Correlation{Meta: meta}
		if err = p.correlation(c); err == nil {
			s.Correlations = append(s.Correlations, c)
		}
	case p.has("filter"):
		err = p.refuse(p.keys["filter"], "a filter for other rules is not supported: put its conditions into them")
	case p.has("action"):
		err = p.refuse(p.keys["action"], "action is not supported: it was how rules shared their parts before correlations")
	default:
		var source string
		var ours bool
		if source, ours, err = p.logsource(); err != nil {
			break
		}
		if !ours {
			s.Foreign = append(s.Foreign, Foreign{Meta: meta, Logsource: source})
			return of
		}
		r := &Rule{Meta: meta}
		c := &Correlation{Meta: meta}
		if err = p.rule(r, c); err == nil {
			r.Warnings = append(p.allWarnings(), lint(r)...)
			slices.SortStableFunc(r.Warnings, func(a, b Warning) int { return a.Line - b.Line })
			if c.own == nil {
				s.Rules = append(s.Rules, r)
				break
			}
			c.Warnings = r.Warnings
			s.Correlations = append(s.Correlations, c)
		}
	}
	if err != nil {
		problem := Problem{File: file, Line: node.Line, Title: meta.Title, Reason: err.Error()}
		var at *lineError
		if errors.As(err, &at) {
			problem.Line = at.line
		}
		s.Problems = append(s.Problems, problem)
	}
	return of
}

// A lineError is an error at a line of the file.
type lineError struct {
	line   int
	reason string
}

func (e *lineError) Error() string { return e.reason }

// A parser reads one document.
type parser struct {
	set      *Set
	keys     map[string]*yaml.Node // the values of the document by their names
	line     int                   // of the document
	warnings []Warning
	// successes are warnings of errorCodes of success, and asksForNone says that the rule also
	// asks for no errorCode.
	successes   []Warning
	asksForNone bool
}

func (p *parser) has(key string) bool { return p.keys[key] != nil }

func (p *parser) refuse(node *yaml.Node, format string, args ...any) error {
	return &lineError{node.Line, fmt.Sprintf(format, args...)}
}

func (p *parser) warn(node *yaml.Node, format string, args ...any) {
	p.warnings = append(p.warnings, Warning{node.Line, fmt.Sprintf(format, args...)})
}

// A member is a name and a value of a mapping.
type member struct {
	name       string
	key, value *yaml.Node
}

// members are those of a mapping, in order.
func (p *parser) members(node *yaml.Node, what string) ([]member, error) {
	if node.Kind != yaml.MappingNode {
		return nil, p.refuse(node, "%s is no mapping of names to values", what)
	}
	var all []member
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
			return nil, p.refuse(key, "%s has a key that is no plain name", what)
		}
		if value.Kind == yaml.AliasNode {
			return nil, p.refuse(value, "YAML aliases (*%s) are not supported: write the value out", value.Value)
		}
		if seen[key.Value] {
			return nil, p.refuse(key, "%s has %s twice", what, key.Value)
		}
		seen[key.Value] = true
		all = append(all, member{key.Value, key, value})
	}
	return all, nil
}

func (p *parser) document(node *yaml.Node) (Meta, error) {
	p.line = node.Line
	members, err := p.members(node, "the document")
	if err != nil {
		return Meta{}, err
	}
	p.keys = map[string]*yaml.Node{}
	for _, m := range members {
		p.keys[m.name] = m.value
	}
	meta := Meta{
		Title: p.text("title"), ID: p.text("id"), Name: p.text("name"), Status: p.text("status"),
		Description: p.text("description"), References: p.texts("references"), Author: p.text("author"),
		Date: p.text("date"), Modified: p.text("modified"), Tags: p.texts("tags"),
		FalsePositives: p.texts("falsepositives"), Level: p.text("level"),
	}
	if meta.Title == "" {
		return meta, p.refuse(node, "the document has no title: it is no Sigma rule")
	}
	return meta, nil
}

// text is a value of the document that says something to people.
func (p *parser) text(key string) string {
	node := p.keys[key]
	if node == nil || node.Kind != yaml.ScalarNode || node.ShortTag() == "!!null" {
		return ""
	}
	return node.Value
}

func (p *parser) texts(key string) []string {
	node := p.keys[key]
	if node == nil {
		return nil
	}
	if node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null" {
		return []string{node.Value}
	}
	var texts []string
	if node.Kind == yaml.SequenceNode {
		for _, n := range node.Content {
			if n.Kind == yaml.ScalarNode && n.ShortTag() != "!!null" {
				texts = append(texts, n.Value)
			}
		}
	}
	return texts
}

// logsource says what logs a rule is for, and whether those are CloudTrail's.
func (p *parser) logsource() (source string, ours bool, err error) {
	node := p.keys["logsource"]
	if node == nil {
		return "", false, fmt.Errorf("the document has no logsource: it is no Sigma rule")
	}
	members, err := p.members(node, "logsource")
	if err != nil {
		return "", false, err
	}
	parts := map[string]string{}
	var texts []string
	for _, m := range members {
		if m.name == "product" || m.name == "service" || m.name == "category" {
			parts[m.name] = strings.ToLower(m.value.Value)
			texts = append(texts, m.value.Value)
		}
	}
	product, named := parts["product"]
	ours = (product == "aws" || !named) && parts["service"] == "cloudtrail" && parts["category"] == ""
	return strings.Join(texts, "/"), ours, nil
}

// rule reads a rule; what is an aggregation becomes the correlation c.
func (p *parser) rule(r *Rule, c *Correlation) error {
	node := p.keys["detection"]
	if node == nil {
		return fmt.Errorf("the rule has no detection")
	}
	members, err := p.members(node, "detection")
	if err != nil {
		return err
	}
	var condition, timeframe *yaml.Node
	var span time.Duration
	for _, m := range members {
		switch m.name {
		case "condition":
			condition = m.value
			continue
		case "timeframe":
			timeframe = m.key
			if span, err = p.timespan(m.value); err != nil {
				return err
			}
			continue
		}
		if len(r.Detections) == maxDetections {
			return p.refuse(m.key, "%v", overLimit("a rule has more than %d detections", maxDetections))
		}
		d, err := p.detection(m)
		if err != nil {
			return err
		}
		r.Detections = append(r.Detections, d)
	}
	if condition == nil {
		return p.refuse(node, "the detection has no condition")
	}
	texts := []*yaml.Node{condition}
	if condition.Kind == yaml.SequenceNode {
		texts = condition.Content
	}
	switch {
	case !isAggregated(texts):
	case len(texts) > 1:
		return p.refuse(condition, "an aggregation behind | cannot be one of several conditions")
	default:
		return p.aggregate(c, r, texts[0], span)
	}
	if timeframe != nil {
		p.warn(timeframe, "timeframe limits nothing without an aggregation in the condition")
	}
	used := newUse(r)
	for _, text := range texts {
		if text.Kind != yaml.ScalarNode {
			return p.refuse(text, "a condition is text, or a list of texts")
		}
		e, err := parseCondition(text.Value)
		if err == nil {
			err = used.check(e)
		}
		if err != nil {
			return p.refuse(text, "%v", err)
		}
		r.Conditions = append(r.Conditions, e)
	}
	if len(r.Conditions) == 0 {
		return p.refuse(condition, "the list of conditions is empty")
	}
	return nil
}

func (p *parser) detection(m member) (Detection, error) {
	d := Detection{Name: m.name}
	if strings.ContainsAny(m.name, "()| \t\n*") || m.name == "" {
		return d, p.refuse(m.key, "%q is no name that a condition could have", m.name)
	}
	alternatives := []*yaml.Node{m.value}
	if m.value.Kind == yaml.SequenceNode {
		alternatives = m.value.Content
	}
	if isKeywords(alternatives) {
		item, err := p.item(member{"|" + string(Contains), m.key, m.value})
		d.Any = [][]Item{{item}}
		return d, err
	}
	for _, node := range alternatives {
		members, err := p.members(node, m.name)
		if err != nil {
			return d, err
		}
		var items []Item
		for _, m := range members {
			item, err := p.item(m)
			if err != nil {
				return d, err
			}
			items = append(items, item)
		}
		if len(items) == 0 {
			return d, p.refuse(node, "%s is empty", m.name)
		}
		d.Any = append(d.Any, items)
	}
	if len(d.Any) == 0 {
		return d, p.refuse(m.value, "%s is empty", m.name)
	}
	return d, nil
}

// isKeywords says that the alternatives of a detection are plain values, which are looked for
// in whole events.
func isKeywords(alternatives []*yaml.Node) bool {
	return len(alternatives) > 0 && !slices.ContainsFunc(alternatives, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode })
}

// item reads field|modifier|modifier: values. Without a field it is of keywords.
func (p *parser) item(m member) (Item, error) {
	names := strings.Split(m.name, "|")
	item := Item{Field: names[0]}
	if item.Field == "" {
		item.Op = Contains
		names = slices.DeleteFunc(names, func(name string) bool { return name == string(Contains) })
	} else if err := checkField(item.Field); err != nil {
		return item, p.refuse(m.key, "%v", err)
	}
	expand := false
	for _, name := range names[1:] {
		if name == "expand" {
			expand = true
			continue
		}
		if err := item.modify(name); err != nil {
			return item, p.refuse(m.key, "%s: %v", m.name, err)
		}
	}
	nodes := []*yaml.Node{m.value}
	if m.value.Kind == yaml.SequenceNode {
		nodes = m.value.Content
	}
	if len(nodes) == 0 {
		return item, p.refuse(m.value, "%s: the list of values is empty", m.name)
	}
	for _, node := range nodes {
		if node.Kind != yaml.ScalarNode {
			return item, p.refuse(node, "%s: a value is text, a number, true, false or null", m.name)
		}
		written := []*yaml.Node{node}
		if expand {
			var err error
			if written, err = p.expanded(node); err != nil {
				return item, err
			}
		}
		for _, node := range written {
			value, err := item.value(node)
			if err != nil {
				return item, p.refuse(node, "%s: %v", m.name, err)
			}
			if value.Kind == Null && len(nodes) > 1 {
				p.warn(node, "%s: null within a list of values; the specification wants an alternative of its own", m.name)
			}
			item.Values = append(item.Values, value)
		}
	}
	if err := item.check(); err != nil {
		return item, p.refuse(m.key, "%s: %v", m.name, err)
	}
	if item.Field != "" {
		p.lint(m, item)
	}
	return item, nil
}

// filledIn is a placeholder in a value.
var filledIn = regexp.MustCompile(`%([A-Za-z0-9_.-]+)%`)

// expanded are the values that a value with placeholders stands for: one for each value of
// each of them.
func (p *parser) expanded(node *yaml.Node) ([]*yaml.Node, error) {
	texts := []string{node.Value}
	for _, m := range filledIn.FindAllStringSubmatch(node.Value, -1) {
		p.set.Placeholders[m[1]] = true
		values := p.set.values[m[1]]
		if values == nil {
			return nil, p.refuse(node, "the placeholder %s has no value: --placeholder NAME=VALUE,... gives it one", m[1])
		}
		var more []string
		for _, text := range texts {
			for _, value := range values {
				more = append(more, strings.Replace(text, m[0], value, 1))
			}
		}
		if texts = more; len(texts) > maxValues {
			return nil, p.refuse(node, "%v", overLimit("a rule compares more than %d values", maxValues))
		}
	}
	if len(texts) == 1 && texts[0] == node.Value {
		return []*yaml.Node{node}, nil
	}
	var nodes []*yaml.Node
	for _, text := range texts {
		filled := *node
		filled.Value, filled.Tag, filled.Style = text, "!!str", yaml.SingleQuotedStyle
		nodes = append(nodes, &filled)
	}
	return nodes, nil
}

func checkField(field string) error {
	if field == "" {
		return fmt.Errorf("a field has no name")
	}
	names := strings.Split(field, ".")
	if slices.Contains(names, "") {
		return fmt.Errorf("field %s has an empty name between its dots", excerpt(field))
	}
	if len(names) > maxFieldDepth {
		return overLimit("the path of a field has more than %d names", maxFieldDepth)
	}
	return nil
}

// columns are the documented members of a record.
func columns() []schema.Column {
	all := schema.Columns()
	return all[:]
}

// hasMembers says that a field is an object whose members are kept one by one, such as
// userIdentity, and has no text of its own.
func hasMembers(field string) bool {
	return slices.ContainsFunc(columns(), func(c schema.Column) bool { return strings.HasPrefix(c.Path, field+".") })
}

// modify takes a modifier into the item.
func (item *Item) modify(name string) error {
	switch op := Op(name); {
	case op == Contains, op == StartsWith, op == EndsWith, op == Matches, op == Exists, op == InPrefix, op == SameAs, op.ofOrder(), op.ofTime():
		if item.Op != Equals {
			return fmt.Errorf("the modifiers %s and %s do not go together", item.Op, op)
		}
		item.Op = op
		return nil
	}
	switch name {
	case "i", "m", "s":
		if item.Op != Matches {
			return fmt.Errorf("the modifier %s stands behind re only", name)
		}
		if !strings.Contains(item.Flags, name) {
			flags := []byte(item.Flags + name)
			slices.Sort(flags)
			item.Flags = string(flags)
		}
	case "all":
		item.All = true
	case "cased":
		item.Cased = true
	case "neq":
		item.Not = true
	case "base64", "base64offset", "utf16", "utf16le", "utf16be", "wide":
		if item.Op != Equals {
			return fmt.Errorf("the modifier %s has to stand before %s", name, item.Op)
		}
		item.Encode = append(item.Encode, Encoding(name))
	case "windash":
		return fmt.Errorf("the modifier windash is not supported: it is for command lines of Windows")
	case "":
		return fmt.Errorf("there is a modifier without a name")
	default:
		return fmt.Errorf("there is no modifier %q", name)
	}
	return nil
}

// number is how JSON writes numbers. What YAML takes for one besides, such as an
// account ID that begins with 0, is text.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// value reads a value as the item's operator wants it.
func (item *Item) value(node *yaml.Node) (Value, error) {
	kind := Text
	switch node.ShortTag() {
	case "!!null":
		kind = Null
	case "!!bool":
		kind = Bool
	case "!!int", "!!float":
		if number.MatchString(node.Value) {
			kind = Number
		}
	case "!!binary":
		return Value{}, fmt.Errorf("binary values are not supported")
	}
	// Case and spelling of true and null are YAML's business.
	text := node.Value
	if kind == Bool {
		text = strings.ToLower(text)
	}
	wrong := func(wanted string) (Value, error) {
		return Value{}, fmt.Errorf("%s takes %s, not %q", item.Op, wanted, node.Value)
	}
	switch op := item.Op; {
	case op == Exists:
		if kind != Bool {
			return wrong("true or false")
		}
	case op.ofOrder():
		if kind == Text && number.MatchString(text) {
			kind = Number
		}
		if kind != Number {
			return wrong("a number")
		}
	case op.ofTime():
		if kind != Number || strings.ContainsAny(text, ".eE-") {
			return wrong("a whole number")
		}
	case op.ofText() && kind == Text && len(item.Encode) == 0:
		return Value{Kind: Text, Glob: parseGlob(text)}, nil
	case op.ofText() && kind == Null:
		if op != Equals || len(item.Encode) > 0 {
			return Value{}, fmt.Errorf("null is compared without modifiers")
		}
		text = ""
	case op.ofText() && kind != Text && (op != Equals || len(item.Encode) > 0):
		kind = Text
		if len(item.Encode) == 0 {
			return Value{Kind: Text, Glob: parseGlob(text)}, nil
		}
	case op.ofText() && kind == Text: // encoded
		glob := parseGlob(text)
		literal, ok := glob.literal()
		if !ok {
			return Value{}, fmt.Errorf("%q has wildcards, which cannot be encoded", text)
		}
		text = literal
	case op.ofText():
	case kind == Null:
		return wrong("a value, which null is none")
	case op == Matches:
		return Value{Kind: Text, Text: text}, checkRegexp(text)
	case op == InPrefix:
		_, err := parsePrefix(text)
		return Value{Kind: Text, Text: text}, err
	case op == SameAs:
		return Value{Kind: Text, Text: text}, checkField(text)
	}
	return Value{Kind: kind, Text: text}, nil
}

// checkRegexp sees to it that DuckDB's expressions, RE2's like Go's, can say the same.
func checkRegexp(text string) error {
	_, err := syntax.Parse(text, syntax.Perl)
	if err == nil {
		return nil
	}
	for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
		if strings.Contains(text, look) {
			return fmt.Errorf("regular expression %q looks around itself with %s, which is not supported", text, look)
		}
	}
	return fmt.Errorf("regular expression %q: %w", text, err)
}

// parsePrefix reads a range of addresses, or a single one.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return prefix, fmt.Errorf("%q is no range of IP addresses, such as 192.0.2.0/24", text)
	}
	return prefix, nil
}

// check refuses modifiers that do not go together.
func (item *Item) check() error {
	switch {
	case item.Cased && !item.Op.ofText() && item.Op != SameAs:
		return fmt.Errorf("the modifiers %s and cased do not go together", item.Op)
	case item.Op == Exists && (item.All || item.Not):
		return fmt.Errorf("exists takes no further modifiers")
	case item.Op == Exists && len(item.Values) > 1:
		return fmt.Errorf("exists takes one value")
	case item.All && item.Not:
		return fmt.Errorf("the modifiers all and neq do not go together")
	case item.Op != Exists && hasMembers(item.Field) && slices.ContainsFunc(item.Values, func(v Value) bool { return v.Kind != Null }):
		return fmt.Errorf("%s cannot be compared as a whole: name a member of it", item.Field)
	case item.Op == SameAs && slices.ContainsFunc(item.Values, func(v Value) bool { return hasMembers(v.Text) }):
		return fmt.Errorf("%s cannot be compared as a whole: name a member of it", item.Values[0].Text)
	case item.Op.ofTime() && item.Field != "eventTime":
		return fmt.Errorf("%s is supported of eventTime only", item.Op)
	case len(item.Encode) > 0 && !item.Op.ofText():
		return fmt.Errorf("the modifiers %s and %s do not go together", item.Encode[0], item.Op)
	}
	for i, e := range item.Encode {
		last := i == len(item.Encode)-1
		base64 := e == Base64 || e == Base64Offset
		switch {
		case last && !base64:
			return fmt.Errorf("%s has to be followed by base64 or base64offset", e)
		case !last && base64:
			return fmt.Errorf("%s has to be the last of the encodings", e)
		case e == Base64Offset && item.Op != Contains:
			return fmt.Errorf("base64offset has to be followed by contains")
		}
	}
	return nil
}

package alarm

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A template is a CloudFormation template, of which the properties of resources are
// wanted with its functions worked out.
type template struct {
	parameters *yaml.Node
	mappings   *yaml.Node
	conditions *yaml.Node
	resources  *yaml.Node
	given      map[string]string // values of parameters, instead of their defaults

	// lenient leaves ${Name} where a value is not known: names and actions need not be
	// known to be told apart.
	lenient bool
	literal bool // there are no functions
	depth   int
	nodes   int // resolved for the current property
}

// noValue is what AWS::NoValue stands for.
type noValue struct{}

func newTemplate(doc *yaml.Node, given map[string]string) *template {
	return &template{
		parameters: child(doc, "Parameters"),
		mappings:   child(doc, "Mappings"),
		conditions: child(doc, "Conditions"),
		resources:  child(doc, "Resources"),
		given:      given,
	}
}

// lenientProperties are those of which only names are made.
var lenientProperties = []string{
	"AlarmName", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions", "Name", "Description",
	"MetricName", "Namespace", "Dimensions", "FilterName", "LogGroupName", "MetricTransformations", "Metrics",
}

// properties works out the properties of a resource, each for itself: what is wrong with
// one does not concern who needs another.
func (t *template) properties(resource *yaml.Node) *properties {
	p := newProperties(resource)
	for key, n := range members(child(resource, "Properties")) {
		t.lenient = slices.Contains(lenientProperties, key)
		t.depth, t.nodes = 0, 0
		value, err := t.value(n)
		if _, none := value.(noValue); !none {
			p.set(key, n, value, err)
		}
	}
	return p
}

// created says whether the condition of a resource holds.
func (t *template) created(resource *yaml.Node) (bool, error) {
	name := child(resource, "Condition")
	if name == nil {
		return true, nil
	}
	t.lenient, t.depth, t.nodes = false, 0, 0
	return t.condition(name.Value, name)
}

// value works out a node: nil, bool, json.Number, string, []any or map[string]any; or
// noValue.
func (t *template) value(n *yaml.Node) (any, error) {
	if n = real(n); n == nil {
		return nil, nil
	}
	t.depth++
	defer func() { t.depth-- }()
	if t.nodes++; t.depth > maxDepth || t.nodes > maxNodes {
		return nil, wrong(n, "nested too deep, or too large")
	}
	if name, arg := callOf(n); name != "" && !t.literal {
		return t.call(name, arg, n)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			v, err := t.value(c)
			if err != nil {
				return nil, err
			}
			if _, none := v.(noValue); !none {
				list = append(list, v)
			}
		}
		return list, nil
	case yaml.MappingNode:
		object := map[string]any{}
		for key, c := range members(n) {
			v, err := t.value(c)
			if err != nil {
				return nil, err
			}
			if _, none := v.(noValue); !none {
				object[key] = v
			}
		}
		return object, nil
	}
	return scalar(n), nil
}

// callOf takes a call apart, in its long form {"Fn::Sub": ...} or its short one,
// !Sub ...; name is "" for what is no call.
func callOf(n *yaml.Node) (name string, arg *yaml.Node) {
	if short, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(short, "!") && short != "" {
		plain := *n
		plain.Tag = ""
		if n.Kind == yaml.ScalarNode {
			plain.Tag = "!!str"
		}
		if short != "Ref" && short != "Condition" {
			short = "Fn::" + short
		}
		return short, &plain
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 {
		if key := n.Content[0].Value; key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, real(n.Content[1])
		}
	}
	return "", nil
}

func (t *template) call(name string, arg, at *yaml.Node) (any, error) {
	switch name {
	case "Ref":
		return t.ref(arg.Value, at)
	case "Fn::GetAtt":
		return t.getAtt(arg, at)
	case "Fn::Sub":
		return t.sub(arg, at)
	case "Fn::Join":
		return t.join(arg, at)
	case "Fn::Split":
		return t.split(arg, at)
	case "Fn::Select":
		return t.selected(arg, at)
	case "Fn::If":
		return t.choose(arg, at)
	case "Fn::FindInMap":
		return t.findInMap(arg, at)
	case "Fn::ImportValue":
		return t.unknown("an exported value of another stack", "ImportValue", at)
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition":
		return t.holds(at)
	}
	return t.unknown("the function "+name, strings.TrimPrefix(name, "Fn::"), at)
}

// unknown stands for what cannot be known, by a name where that is enough.
func (t *template) unknown(what, name string, at *yaml.Node) (any, error) {
	if t.lenient {
		return "${" + name + "}", nil
	}
	return nil, wrong(at, "%s cannot be worked out here", what)
}

// ref is the value of a parameter, or the logical id of a resource.
func (t *template) ref(name string, at *yaml.Node) (any, error) {
	if v, ok := t.given[name]; ok {
		if p := child(t.parameters, name); p != nil && isList(p) {
			return listOf(v), nil
		}
		return v, nil
	}
	switch name {
	case "AWS::NoValue":
		return noValue{}, nil
	case "AWS::Partition":
		return "aws", nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	}
	parameter := child(t.parameters, name)
	if parameter != nil {
		if d := child(parameter, "Default"); d != nil {
			v := scalar(d)
			if s, ok := v.(string); ok && isList(parameter) {
				return listOf(s), nil
			}
			return v, nil
		}
	}
	switch {
	case parameter == nil && child(t.resources, name) != nil:
		return name, nil
	case t.lenient:
		return "${" + name + "}", nil
	case parameter == nil && !strings.HasPrefix(name, "AWS::"):
		return nil, wrong(at, "there is no parameter or resource %q", name)
	}
	return nil, wrong(at, "the parameter %s has no value", name)
}

func isList(parameter *yaml.Node) bool {
	kind := child(parameter, "Type")
	return kind != nil && (kind.Value == "CommaDelimitedList" || strings.HasPrefix(kind.Value, "List<"))
}

func listOf(text string) []any {
	var list []any
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, strings.TrimSpace(part))
	}
	return list
}

// getAtt stands for an attribute of a resource: its name, but for what a filter is asked
// for.
func (t *template) getAtt(arg, at *yaml.Node) (any, error) {
	path := arg.Value
	if arg.Kind == yaml.SequenceNode {
		var parts []string
		for _, c := range arg.Content {
			parts = append(parts, real(c).Value)
		}
		path = strings.Join(parts, ".")
	}
	return t.attribute(path, at)
}

func (t *template) attribute(path string, at *yaml.Node) (any, error) {
	id, _, _ := strings.Cut(path, ".")
	if child(t.resources, id) == nil {
		return nil, wrong(at, "there is no resource %q", id)
	}
	return t.unknown("the attribute "+path, path, at)
}

// substitution is ${Name} in the text of Fn::Sub, ${!Name} for one that stays.
var substitution = regexp.MustCompile(`\$\{(!?)([^${}]*)\}`)

func (t *template) sub(arg, at *yaml.Node) (any, error) {
	text, local := arg, (*yaml.Node)(nil)
	if arg.Kind == yaml.SequenceNode {
		if len(arg.Content) != 2 {
			return nil, wrong(at, "Fn::Sub takes a text, or a list of a text and its values")
		}
		text, local = real(arg.Content[0]), real(arg.Content[1])
	}
	if text.Kind != yaml.ScalarNode {
		return nil, wrong(at, "Fn::Sub takes a text")
	}
	var failed error
	result := substitution.ReplaceAllStringFunc(text.Value, func(found string) string {
		m := substitution.FindStringSubmatch(found)
		name := strings.TrimSpace(m[2])
		if m[1] == "!" {
			return "${" + m[2] + "}"
		}
		var v any
		var err error
		switch c := child(local, name); {
		case c != nil:
			v, err = t.value(c)
		case strings.Contains(name, "."):
			v, err = t.attribute(name, at)
		default:
			v, err = t.ref(name, at)
		}
		s, ok := plain(v)
		if err == nil && !ok {
			err = wrong(at, "${%s} is not a text", name)
		}
		if err != nil && failed == nil {
			failed = err
		}
		return s
	})
	return result, failed
}

// plain writes a scalar as text.
func plain(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// args works out the arguments of a function that takes n of them.
func (t *template) args(name string, arg, at *yaml.Node, n int) ([]any, error) {
	v, err := t.value(arg)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok || len(list) != n {
		return nil, wrong(at, "%s takes a list of %d", name, n)
	}
	return list, nil
}

func (t *template) join(arg, at *yaml.Node) (any, error) {
	args, err := t.args("Fn::Join", arg, at, 2)
	if err != nil {
		return nil, err
	}
	by, ok := plain(args[0])
	list, isList := args[1].([]any)
	if !ok || !isList {
		return nil, wrong(at, "Fn::Join takes a delimiter and a list")
	}
	var parts []string
	for _, v := range list {
		s, ok := plain(v)
		if !ok {
			return nil, wrong(at, "Fn::Join joins texts only")
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, by), nil
}

func (t *template) split(arg, at *yaml.Node) (any, error) {
	args, err := t.args("Fn::Split", arg, at, 2)
	if err != nil {
		return nil, err
	}
	by, ok := plain(args[0])
	text, isText := plain(args[1])
	if !ok || !isText || by == "" {
		return nil, wrong(at, "Fn::Split takes a delimiter and a text")
	}
	var list []any
	for part := range strings.SplitSeq(text, by) {
		list = append(list, part)
	}
	return list, nil
}

func (t *template) selected(arg, at *yaml.Node) (any, error) {
	args, err := t.args("Fn::Select", arg, at, 2)
	if err != nil {
		return nil, err
	}
	index, ok := asInt(args[0])
	list, isList := args[1].([]any)
	if !ok || !isList || index < 0 || index >= len(list) {
		return nil, wrong(at, "Fn::Select takes an index into a list, and the list")
	}
	return list[index], nil
}

func (t *template) choose(arg, at *yaml.Node) (any, error) {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		return nil, wrong(at, "Fn::If takes a condition and two values")
	}
	yes, err := t.condition(real(arg.Content[0]).Value, at)
	switch {
	case err != nil:
		return nil, err
	case yes:
		return t.value(arg.Content[1])
	}
	return t.value(arg.Content[2])
}

func (t *template) findInMap(arg, at *yaml.Node) (any, error) {
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 4 { // the fourth is a default
		if v, err := t.findInMap(&yaml.Node{Kind: yaml.SequenceNode, Content: arg.Content[:3]}, at); err == nil {
			return v, nil
		}
		return t.value(child(arg.Content[3], "DefaultValue"))
	}
	args, err := t.args("Fn::FindInMap", arg, at, 3)
	if err != nil {
		return nil, err
	}
	n, path := t.mappings, []string(nil)
	for _, v := range args {
		key, ok := plain(v)
		if !ok {
			return nil, wrong(at, "Fn::FindInMap takes names")
		}
		path = append(path, key)
		if n = child(n, key); n == nil {
			return nil, wrong(at, "there is no %s in Mappings", strings.Join(path, "."))
		}
	}
	return t.value(n)
}

// condition says whether a condition of the template holds.
func (t *template) condition(name string, at *yaml.Node) (bool, error) {
	n := child(t.conditions, name)
	if n == nil {
		return false, wrong(at, "there is no condition %q", name)
	}
	return t.holds(n)
}

// holds works out a condition.
func (t *template) holds(n *yaml.Node) (bool, error) {
	n = real(n)
	t.depth++
	defer func() { t.depth-- }()
	if t.nodes++; t.depth > maxDepth || t.nodes > maxNodes {
		return false, wrong(n, "conditions nest too deep: do they refer to each other?")
	}
	// What a name is not known for would make the wrong branch.
	defer func(lenient bool) { t.lenient = lenient }(t.lenient)
	t.lenient = false

	name, arg := callOf(n)
	if c := child(n, "Condition"); name == "" && c != nil {
		name, arg = "Condition", c
	}
	var parts []*yaml.Node
	if arg != nil {
		parts = arg.Content
	}
	switch {
	case name == "Condition":
		return t.condition(arg.Value, n)
	case name == "Fn::Equals" && len(parts) == 2:
		a, err := t.value(parts[0])
		if err != nil {
			return false, err
		}
		b, err := t.value(parts[1])
		if err != nil {
			return false, err
		}
		left, ok := plain(a)
		right, ok2 := plain(b)
		if !ok || !ok2 {
			return false, wrong(n, "Fn::Equals compares texts")
		}
		return left == right, nil
	case name == "Fn::Not" && len(parts) == 1:
		yes, err := t.holds(parts[0])
		return !yes, err
	case name == "Fn::And", name == "Fn::Or":
		result := name == "Fn::And"
		for _, part := range parts {
			yes, err := t.holds(part)
			if err != nil {
				return false, err
			}
			if name == "Fn::And" {
				result = result && yes
			} else {
				result = result || yes
			}
		}
		return result, nil
	}
	return false, wrong(n, "not a condition that can be worked out here")
}

// valuesOf are the scalars of a list.
func valuesOf(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	var all []string
	for _, c := range n.Content {
		all = append(all, real(c).Value)
	}
	return all
}

// readTemplate adds the filters, alarms and rules of a template to a scope.
func readTemplate(s *scope, doc *yaml.Node, given map[string]string) {
	t := newTemplate(doc, given)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		parameter := child(t.parameters, name)
		if parameter == nil && !strings.HasPrefix(name, "AWS::") {
			continue
		}
		s.used(name)
		if allowed := valuesOf(child(parameter, "AllowedValues")); allowed != nil && !slices.Contains(allowed, given[name]) {
			s.problem(parameter, name, fmt.Sprintf("%q is none of the values that the parameter may have: %s", given[name], strings.Join(allowed, ", ")))
			return
		}
	}
	for i := 0; t.resources != nil && i+1 < len(t.resources.Content); i += 2 {
		at, resource := t.resources.Content[i], real(t.resources.Content[i+1])
		id, kind := at.Value, ""
		if n := child(resource, "Type"); n != nil {
			kind = n.Value
		}
		if strings.HasPrefix(id, "Fn::") {
			s.problem(at, id, "the function "+id+" cannot be worked out here")
			continue
		}
		if !slices.Contains(resourceTypes, kind) {
			continue
		}
		created, err := t.created(resource)
		if err != nil {
			s.failed(at, id, err)
			continue
		}
		if !created {
			continue
		}
		p := t.properties(resource)
		p.line, p.column = at.Line, at.Column
		if note := child(child(resource, "Metadata"), "Note"); note != nil {
			p.notes = append(p.notes, strings.TrimSpace(note.Value))
		}
		s.add(kind, id, p)
	}
}

package source

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// noValue is what AWS::NoValue stands for.
type noValue struct{}

// value works out a node: nil, bool, json.Number, string, []any or map[string]any; or
// noValue.
func (t *template) value(n *yaml.Node) (any, error) {
	if n = target(n); n == nil {
		return nil, nil
	}
	t.level++
	defer func() { t.level-- }()
	if err := t.step(n, 0); err != nil {
		return nil, err
	}
	if !t.literal {
		expanded, err := t.expand(n)
		if err != nil {
			return nil, err
		}
		if macro := child(expanded, "Fn::Transform"); macro != nil {
			return nil, macroError(macro, n)
		}
		if name, arg := callOf(expanded); name != "" {
			return t.call(name, arg, n)
		}
		n = expanded
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
	return scalar(n), t.text(n, len(n.Value), false)
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
			return key, target(n.Content[1])
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
	v, err := t.refer(name, at)
	if text, ok := plain(v); ok && t.seen != nil && t.child(t.resources, name) == nil {
		t.seen[name] = text
	}
	return v, err
}

func (t *template) refer(name string, at *yaml.Node) (any, error) {
	if v, ok := t.given[name]; ok {
		if p := t.child(t.parameters, name); p != nil && isList(p) {
			return t.listOf(v, at)
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
	parameter := t.child(t.parameters, name)
	if parameter != nil && !t.untold[name] {
		if d := child(parameter, "Default"); d != nil {
			v := scalar(d)
			if s, ok := v.(string); ok && isList(parameter) {
				return t.listOf(s, at)
			}
			return v, t.text(at, len(d.Value), false)
		}
	}
	switch {
	case parameter == nil && t.child(t.resources, name) != nil:
		return name, nil
	case t.lenient:
		return "${" + name + "}", nil
	case parameter == nil && !strings.HasPrefix(name, "AWS::"):
		return nil, wrong(at, "there is no parameter or resource %q", name)
	}
	reason := fmt.Sprintf("the parameter %s has no value", name)
	if is := accountWords[name]; is != "" {
		reason += ", as it has in a replay over events of one " + is
	}
	return nil, &nodeError{Line: at.Line, Column: at.Column, Reason: reason, Parameter: name}
}

func isList(parameter *yaml.Node) bool {
	kind := child(parameter, "Type")
	return kind != nil && (kind.Value == "CommaDelimitedList" || strings.HasPrefix(kind.Value, "List<"))
}

func (t *template) listOf(text string, at *yaml.Node) (any, error) {
	list, err := t.parts(text, ",", at)
	for i := range list {
		list[i] = strings.TrimSpace(list[i].(string))
	}
	return list, err
}

// parts are those of a text between delimiters.
func (t *template) parts(text, by string, at *yaml.Node) ([]any, error) {
	if err := cmp.Or(t.step(at, strings.Count(text, by)), t.text(at, len(text), false)); err != nil {
		return nil, err
	}
	var list []any
	for part := range strings.SplitSeq(text, by) {
		list = append(list, part)
	}
	return list, nil
}

// getAtt stands for an attribute of a resource: its name, but for what a filter is asked
// for.
func (t *template) getAtt(arg, at *yaml.Node) (any, error) {
	path := arg.Value
	if arg.Kind == yaml.SequenceNode {
		var parts []string
		for _, c := range arg.Content {
			parts = append(parts, target(c).Value)
		}
		path = strings.Join(parts, ".")
	}
	return t.attribute(path, at)
}

func (t *template) attribute(path string, at *yaml.Node) (any, error) {
	id, _, _ := strings.Cut(path, ".")
	if t.child(t.resources, id) == nil {
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
		text, local = target(arg.Content[0]), target(arg.Content[1])
	}
	if text.Kind != yaml.ScalarNode {
		return nil, wrong(at, "Fn::Sub takes a text")
	}
	var failed error
	result := substitution.ReplaceAllStringFunc(text.Value, func(found string) string {
		m := substitution.FindStringSubmatch(found)
		name := strings.TrimSpace(m[2])
		if failed != nil {
			return ""
		}
		if m[1] == "!" {
			return "${" + m[2] + "}"
		}
		var v any
		var err error
		switch c := t.child(local, name); {
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
		if failed = err; err == nil {
			failed = cmp.Or(t.step(at, 0), t.text(at, len(s), true))
		}
		return s
	})
	if failed == nil {
		failed = t.text(text, len(text.Value), false)
	}
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
	bytes := len(by) * len(list)
	for _, v := range list {
		s, ok := plain(v)
		if !ok {
			return nil, wrong(at, "Fn::Join joins texts only")
		}
		parts = append(parts, s)
		bytes += len(s)
	}
	if err := t.text(at, bytes, true); err != nil {
		return nil, err
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
	return t.parts(text, by, at)
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
	yes, err := t.condition(target(arg.Content[0]).Value, at)
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
		if n = t.child(n, key); n == nil {
			return nil, wrong(at, "there is no %s in Mappings", strings.Join(path, "."))
		}
	}
	return t.value(n)
}

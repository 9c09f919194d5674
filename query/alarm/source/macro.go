package source

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ownTransforms are AWS's transforms that are read here, or that have no alarms and rules to
// add.
var ownTransforms = []string{
	"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::ServiceCatalog",
	"AWS::SecretsManager-2020-07-23", "AWS::SecretsManager-2024-09-16",
}

// refuseMacros refuses the macros that the whole template goes through: what they would add
// and change is not there.
func (s *stack) refuseMacros(transform *yaml.Node) {
	if transform == nil {
		return
	}
	list := []*yaml.Node{transform}
	if transform.Kind == yaml.SequenceNode {
		list = transform.Content
	}
	for _, n := range list {
		n = target(n)
		if n.Kind != yaml.ScalarNode || !slices.Contains(ownTransforms, n.Value) {
			s.failed(s.at(n), "Transform", macroError(n, n))
		}
	}
}

// macroError refuses a macro by its name.
func macroError(macro, at *yaml.Node) error {
	name := macro.Value
	if n := child(macro, "Name"); n != nil {
		name = n.Value
	}
	const processed = "aws cloudformation get-template --template-stage Processed prints what came of it"
	if name == "AWS::Include" {
		location := "elsewhere"
		if n := child(child(macro, "Parameters"), "Location"); n != nil && n.Kind == yaml.ScalarNode {
			location = n.Value
		}
		return wrong(at, "AWS::Include of %s is not read: %s", location, processed)
	}
	return wrong(at, "the macro %s is not run here, and what it adds and changes is not known: %s", name, processed)
}

// forEach is what the keys of loops begin with: Fn::ForEach::NAME has the name of what
// changes, what it is one after the other, and the entries to be made with each.
const forEach = "Fn::ForEach::"

// expand is a mapping with its loops unrolled.
func (t *template) expand(n *yaml.Node) (*yaml.Node, error) {
	if n == nil || n.Kind != yaml.MappingNode || !slices.ContainsFunc(n.Content, func(key *yaml.Node) bool { return strings.HasPrefix(key.Value, forEach) }) {
		return n, nil
	}
	expanded := *n
	expanded.Content = nil
	for i := 0; i+1 < len(n.Content); i += 2 {
		pairs, err := t.unroll(n.Content[i], target(n.Content[i+1]))
		if err != nil {
			return nil, err
		}
		expanded.Content = append(expanded.Content, pairs...)
	}
	return &expanded, nil
}

// unroll is an entry of a mapping, or the entries that a loop makes.
func (t *template) unroll(key, value *yaml.Node) (pairs []*yaml.Node, err error) {
	if !strings.HasPrefix(key.Value, forEach) {
		return []*yaml.Node{key, value}, nil
	}
	t.level++
	defer func() { t.level-- }()
	if err := t.step(key, 0); err != nil {
		return nil, err
	}
	if value.Kind != yaml.SequenceNode || len(value.Content) != 3 || target(value.Content[2]).Kind != yaml.MappingNode {
		return nil, wrong(key, "a loop takes a name, a list and what to make")
	}
	name, body := target(value.Content[0]).Value, target(value.Content[2])
	defer func(lenient bool) { t.lenient = lenient }(t.lenient)
	t.lenient = false
	v, err := t.value(value.Content[1])
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, wrong(key, "a loop takes a list")
	}
	for _, v := range list {
		text, ok := plain(v)
		if !ok {
			return nil, wrong(key, "a loop takes a list of texts")
		}
		made, err := t.with(body, name, text)
		if err != nil {
			return nil, err
		}
		for i := 0; i+1 < len(made.Content); i += 2 {
			inner, err := t.unroll(made.Content[i], target(made.Content[i+1]))
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, inner...)
		}
	}
	return pairs, nil
}

// with is a copy of a node in which a name stands for a text.
func (t *template) with(n *yaml.Node, name, text string) (*yaml.Node, error) {
	n = target(n)
	t.level++
	defer func() { t.level-- }()
	if err := t.step(n, 0); err != nil {
		return nil, err
	}
	made := *n
	if call, arg := callOf(n); call == "Ref" && arg.Kind == yaml.ScalarNode && arg.Value == name {
		made.Kind, made.Tag, made.Value, made.Content = yaml.ScalarNode, "!!str", text, nil
		return &made, nil
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "{"+name+"}") {
		made.Value = strings.ReplaceAll(n.Value, "${"+name+"}", text)
		made.Value = strings.ReplaceAll(made.Value, "&{"+name+"}", lettersAndDigits(text))
		if err := t.text(n, len(made.Value), true); err != nil {
			return nil, err
		}
	}
	made.Content = make([]*yaml.Node, len(n.Content))
	var err error
	for i, c := range n.Content {
		if made.Content[i], err = t.with(c, name, text); err != nil {
			return nil, err
		}
	}
	return &made, nil
}

// lettersAndDigits is what of a text may stand in the id of a resource.
func lettersAndDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

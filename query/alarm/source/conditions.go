package source

import "go.yaml.in/yaml/v3"

// condition says whether a condition of the template holds.
func (t *template) condition(name string, at *yaml.Node) (bool, error) {
	n := t.child(t.conditions, name)
	if n == nil {
		return false, wrong(at, "there is no condition %q", name)
	}
	return t.holds(n)
}

// holds works out a condition.
func (t *template) holds(n *yaml.Node) (bool, error) {
	n = target(n)
	t.level++
	defer func() { t.level-- }()
	if err := t.step(n, 0); err != nil {
		return false, wrong(n, "%v: do conditions refer to each other?", err)
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

package source

import (
	"fmt"
	"maps"
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
	budget  *budget
	depth   int
	nodes   int // resolved for the current property
	bytes   int // of its texts
}

func newTemplate(doc *yaml.Node, given map[string]string, b *budget) *template {
	return &template{
		budget:     b,
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
		t.begin()
		value, err := t.value(n)
		if _, none := value.(noValue); !none {
			p.set(key, n, value, err)
		}
	}
	return p
}

// begin begins a property.
func (t *template) begin() {
	t.budget.begin()
	t.depth, t.nodes, t.bytes = 0, 0, 0
}

// step takes what it costs to resolve a node, and so many values more.
func (t *template) step(n *yaml.Node, more int) error {
	t.nodes += 1 + more
	err := t.budget.spend(1 + more)
	switch {
	case t.depth > maxDepth:
		err = overLimit("nested deeper than %d levels", maxDepth)
	case t.nodes > maxNodes:
		err = overLimit("a property stands for more than %d values", maxNodes)
	}
	if err != nil {
		return wrong(n, "%v", err)
	}
	return nil
}

// text takes the bytes of a text that the property has; made says that it was put together.
func (t *template) text(n *yaml.Node, bytes int, made bool) error {
	t.bytes += bytes
	if t.bytes > maxTextBytes {
		return wrong(n, "%v", overLimit("a property has more than %d bytes of text", maxTextBytes))
	}
	if made {
		if err := t.budget.make(bytes); err != nil {
			return wrong(n, "%v", err)
		}
	}
	return nil
}

// child looks a key up for a function: there may be many keys, and many that look.
func (t *template) child(n *yaml.Node, key string) *yaml.Node {
	if n != nil {
		t.budget.spend(len(n.Content) / 128)
	}
	return child(n, key)
}

// created says whether the condition of a resource holds.
func (t *template) created(resource *yaml.Node) (bool, error) {
	name := child(resource, "Condition")
	if name == nil {
		return true, nil
	}
	t.lenient = false
	t.begin()
	return t.condition(name.Value, name)
}

// readTemplate adds the filters, alarms and rules of a template.
func (s *stack) readTemplate(doc *yaml.Node) {
	given := s.options.Parameters
	t := newTemplate(doc, given, s.budget)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		parameter := child(t.parameters, name)
		if parameter == nil && !strings.HasPrefix(name, "AWS::") {
			continue
		}
		s.used[name] = true
		if allowed := valuesOf(child(parameter, "AllowedValues")); allowed != nil && !slices.Contains(allowed, given[name]) {
			s.failed(s.at(parameter), name, fmt.Errorf("%q is none of the values that the parameter may have: %s", given[name], strings.Join(allowed, ", ")))
			return
		}
	}
	for i := 0; t.resources != nil && i+1 < len(t.resources.Content); i += 2 {
		at, resource := t.resources.Content[i], target(t.resources.Content[i+1])
		id, kind := at.Value, ""
		if n := child(resource, "Type"); n != nil {
			kind = n.Value
		}
		if strings.HasPrefix(id, "Fn::") {
			s.failed(s.at(at), id, fmt.Errorf("the function %s cannot be worked out here", id))
			continue
		}
		if !slices.Contains(resourceTypes, kind) {
			continue
		}
		created, err := t.created(resource)
		if err != nil {
			s.failed(s.at(at), id, err)
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

// valuesOf are the scalars of a list.
func valuesOf(n *yaml.Node) []string {
	if n == nil {
		return nil
	}
	var all []string
	for _, c := range n.Content {
		all = append(all, target(c).Value)
	}
	return all
}

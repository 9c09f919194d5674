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
	untold     map[string]bool   // parameters of a nested stack whose value the outer one does not tell
	depth      int               // of nested stacks, 0 for one by itself
	seen       map[string]string // if not nil, takes the parameters that are asked for

	// lenient leaves ${Name} where a value is not known: names and actions need not be
	// known to be told apart.
	lenient bool
	literal bool // there are no functions
	budget  *budget
	level   int
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
	"MetricName", "Namespace", "Dimensions", "FilterName", "LogGroupName", "MetricTransformations", "Metrics", "EventBusName", "AlarmRule",
}

// properties works out the properties of a resource, each for itself: what is wrong with
// one does not concern who needs another.
func (t *template) properties(resource *yaml.Node) (*properties, error) {
	p := newProperties(resource)
	t.begin()
	all, err := t.expand(child(resource, "Properties"))
	if err != nil {
		return nil, err
	}
	for key, n := range members(all) {
		t.lenient = slices.Contains(lenientProperties, key)
		t.begin()
		value, err := t.value(n)
		if _, none := value.(noValue); !none {
			p.set(key, n, value, err)
		}
	}
	return p, nil
}

// begin begins a property.
func (t *template) begin() {
	t.budget.begin()
	t.level, t.nodes, t.bytes = 0, 0, 0
}

// step takes what it costs to resolve a node, and so many values more.
func (t *template) step(n *yaml.Node, more int) error {
	t.nodes += 1 + more
	err := t.budget.spend(1 + more)
	switch {
	case t.level > maxDepth:
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

// leftOut is why a resource is not there: the condition that it has is false. nil where it is
// there.
func (t *template) leftOut(resource *yaml.Node) error {
	name := child(resource, "Condition")
	if name == nil {
		return nil
	}
	t.lenient = false
	t.begin()
	t.seen = map[string]string{}
	defer func() { t.seen = nil }()
	holds, err := t.condition(name.Value, name)
	if err != nil || holds {
		return err
	}
	because := &asideError{}
	var values []string
	for _, parameter := range slices.Sorted(maps.Keys(t.seen)) {
		because.parameters = append(because.parameters, parameter)
		values = append(values, fmt.Sprintf("%s = '%s'", parameter, t.seen[parameter]))
	}
	because.err = fmt.Errorf("its Condition %s is false", name.Value)
	if values != nil {
		because.err = fmt.Errorf("%w (%s)", because.err, strings.Join(values, ", "))
	}
	return because
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
			s.found = true
			return
		}
	}
	s.readResources(t)
	if s.found {
		s.refuseMacros(child(doc, "Transform"))
	}
}

// readResources adds what the resources of a template are.
func (s *stack) readResources(t *template) {
	if conditions, err := t.expand(t.conditions); err == nil {
		t.conditions = conditions // what cannot be expanded is a condition that is not there
	}
	expanded := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; t.resources != nil && i+1 < len(t.resources.Content); i += 2 {
		at, resource := t.resources.Content[i], target(t.resources.Content[i+1])
		t.begin()
		switch pairs, err := t.unroll(at, resource); {
		case err != nil:
			s.found = true
			s.failed(s.at(at), at.Value, err)
		case at.Value == "Fn::Transform":
			s.found = true
			s.failed(s.at(at), at.Value, macroError(resource, at))
		default:
			expanded.Content = append(expanded.Content, pairs...)
		}
	}
	t.resources = expanded
	for i := 0; i+1 < len(expanded.Content); i += 2 {
		s.readResource(t, expanded.Content[i], target(expanded.Content[i+1]))
	}
}

// readResource adds what a resource is.
func (s *stack) readResource(t *template, at, resource *yaml.Node) {
	id, kind := at.Value, ""
	if n := child(resource, "Type"); n != nil {
		kind = n.Value
	}
	isRule := slices.Contains(resourceTypes, kind)
	isStack := slices.Contains(stackTypes, kind)
	if kind == typeSubscription {
		s.refuse(s.at(at), "", id, errSubscription)
		return
	}
	var events []eventSource
	if slices.Contains(functionTypes, kind) {
		events = eventsOf(resource)
	}
	isModule := strings.HasSuffix(kind, "::MODULE")
	if !isRule && !isStack && events == nil && !isModule {
		return
	}
	s.found = s.found || !isStack
	if err := t.leftOut(resource); err != nil {
		s.refuse(s.at(at), kindName(kind), id, err)
		return
	}
	switch macro := child(resource, "Fn::Transform"); {
	case macro != nil:
		s.refuse(s.at(at), kindName(kind), id, macroError(macro, at))
	case isModule:
		s.refuse(s.at(at), kindName(kind), id, aside("the resources of a module of CloudFormation are not in the template: aws cloudformation get-template --template-stage Processed has them"))
	case isStack:
		s.readNested(t, at, resource, kind)
	case events != nil:
		s.readEvents(t, at, events)
	default:
		p, err := t.properties(resource)
		if err != nil {
			s.refuse(s.at(at), kindName(kind), id, err)
			return
		}
		p.line, p.column = at.Line, at.Column
		if note := child(child(resource, "Metadata"), "Note"); note != nil {
			p.notes = append(p.notes, strings.TrimSpace(note.Value))
		}
		s.add(kind, id, p)
	}
}

// kindName is what a resource is to people.
func kindName(kind string) string {
	if name := kindNames[kind]; name != "" {
		return name
	}
	return kind
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

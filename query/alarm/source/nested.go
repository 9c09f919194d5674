package source

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Resources that are templates of their own.
const (
	typeStack       = "AWS::CloudFormation::Stack"
	typeStackSet    = "AWS::CloudFormation::StackSet"
	typeApplication = "AWS::Serverless::Application"
)

var stackTypes = []string{typeStack, typeStackSet, typeApplication}

// Resources whose events are rules.
var functionTypes = []string{"AWS::Serverless::Function", "AWS::Serverless::StateMachine"}

const (
	// maxNestedStacks is how deep stacks nest, and maxInnerStacks how many there may be in all:
	// each is a file to be read, over and over if need be.
	maxNestedStacks = 10
	maxInnerStacks  = 200
	// maxInnerBytes bounds what is read of them, since YAML takes a second for 2 MB.
	maxInnerBytes = 4 << 20
)

// localTemplate is the path of a nested stack's template beside its own one, as it is
// written before "aws cloudformation package" or in the output of the CDK; empty where it is
// elsewhere.
func localTemplate(resource *yaml.Node) string {
	properties := child(resource, "Properties")
	for _, n := range []*yaml.Node{child(properties, "TemplateURL"), child(properties, "Location"), child(child(resource, "Metadata"), "aws:asset:path")} {
		if n != nil && n.Kind == yaml.ScalarNode && n.Tag == "!!str" && !strings.Contains(n.Value, ":") && isSourceFile(n.Value) {
			return n.Value
		}
	}
	return ""
}

// nestedTemplates are the paths of templates that the stacks of a file's template have.
func nestedTemplates(name string) (paths []string) {
	data, err := contentOf(name)
	if err != nil || !bytes.Contains(data, []byte(typeStack)) && !bytes.Contains(data, []byte(typeApplication)) {
		return nil
	}
	doc, err := parseDocument(data)
	if err != nil {
		return nil // reading it says so
	}
	for _, resource := range members(child(doc, "Resources")) {
		kind := child(resource, "Type")
		if kind == nil || !slices.Contains(stackTypes, kind.Value) {
			continue
		}
		if local := localTemplate(resource); local != "" {
			paths = append(paths, filepath.Join(filepath.Dir(name), local))
		}
	}
	return paths
}

// readNested adds what is in a stack of a stack, if its template is beside the outer one.
func (s *stack) readNested(t *template, at, resource *yaml.Node, kind string) {
	local := localTemplate(resource)
	path := filepath.Join(filepath.Dir(s.file), local)
	fail := func(err error) {
		s.found = true
		s.refuse(s.at(at), kind, at.Value, err)
	}
	switch {
	case kind == typeStackSet:
		fail(aside("the template of a stack set is not looked at: name it by itself"))
		return
	case local == "":
		fail(aside("a stack of its own, whose template is elsewhere: name it by itself"))
		return
	case t.depth == maxNestedStacks:
		fail(overLimit("stacks nest deeper than %d levels", maxNestedStacks))
		return
	case s.inner == maxInnerStacks:
		fail(overLimit("more than %d stacks in stacks", maxInnerStacks))
		return
	}
	s.inner++
	s.nested[path] = true
	doc, err := s.beside(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		fail(aside("a stack of its own, whose template %s is not there", local))
		return
	case errors.Is(err, errOutside):
		fail(aside("a stack of its own, whose template %s is outside of the folder: name it by itself", local))
		return
	case err != nil:
		fail(fmt.Errorf("%s: %w", path, err))
		return
	}
	given, untold := t.passed(child(child(resource, "Properties"), "Parameters"))
	inner := newTemplate(doc, given, s.budget)
	inner.untold, inner.depth = untold, t.depth+1
	outer := s.file
	s.file = path
	s.readResources(inner)
	s.refuseMacros(child(doc, "Transform"))
	s.file = outer
}

var errOutside = errors.New("outside of the folder")

// beside reads a template in the folder that is read, and nowhere else.
func (s *stack) beside(path string) (*yaml.Node, error) {
	folder := s.root
	if folder == "" {
		folder = filepath.Dir(s.file)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	inside, err := filepath.Rel(folder, path)
	if err != nil || !filepath.IsLocal(inside) {
		return nil, errOutside
	}
	file, err := root.Open(inside)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxInnerBytes+1))
	if err != nil {
		return nil, err
	}
	if s.innerBytes += len(data); s.innerBytes > maxInnerBytes {
		return nil, overLimit("the templates of stacks in stacks are larger than %d MB", maxInnerBytes>>20)
	}
	return parseDocument(data)
}

// passed are the values that a stack gives the parameters of an inner one, and the parameters
// whose value is not known.
func (t *template) passed(parameters *yaml.Node) (given map[string]string, untold map[string]bool) {
	given, untold = map[string]string{}, map[string]bool{}
	for name, value := range t.given {
		if strings.HasPrefix(name, "AWS::") {
			given[name] = value
		}
	}
	t.lenient = false
	for name, n := range members(parameters) {
		t.begin()
		v, err := t.value(n)
		if list, ok := v.([]any); ok && err == nil {
			var texts []string
			for _, v := range list {
				text, _ := plain(v)
				texts = append(texts, text)
			}
			v = strings.Join(texts, ",")
		}
		switch text, ok := plain(v); {
		case v == noValue{} && err == nil:
		case err != nil || !ok:
			untold[name] = true
		default:
			given[name] = text
		}
	}
	return given, untold
}

// An eventSource is what starts a function of a serverless application, if that is a rule or
// may be one.
type eventSource struct {
	name string
	node *yaml.Node
	err  error // why it cannot be read
}

// eventsOf are those of a serverless application's function that are rules of EventBridge, by
// their names.
func eventsOf(resource *yaml.Node) (all []eventSource) {
	events := child(child(resource, "Properties"), "Events")
	if events == nil {
		return nil
	}
	if name, _ := callOf(events); name != "" || events.Kind != yaml.MappingNode {
		return []eventSource{{node: events, err: errEventFunction}}
	}
	for name, event := range members(events) {
		switch kind := child(event, "Type"); {
		case kind == nil:
			all = append(all, eventSource{name, event, errEventFunction})
		case slices.Contains([]string{"EventBridgeRule", "CloudWatchEvent", "Schedule", "ScheduleV2"}, kind.Value):
			all = append(all, eventSource{name, event, nil})
		case kind.Value == "CloudWatchLogs":
			all = append(all, eventSource{name, event, errSubscription})
		}
	}
	slices.SortFunc(all, func(a, b eventSource) int { return strings.Compare(a.name, b.name) })
	return all
}

// errSubscription is why a subscription filter is left aside.
var errSubscription = aside("a subscription filter, which hands events on: its pattern by itself is an alarm")

var errEventFunction = errors.New("an event of a function has a Type, and functions of CloudFormation in its place are not read")

// readEvents adds the rules that a function of a serverless application makes of its events,
// by the ids that they get.
func (s *stack) readEvents(t *template, at *yaml.Node, events []eventSource) {
	for _, e := range events {
		id := at.Value + e.name
		p, err := t.properties(e.node)
		if err = cmp.Or(e.err, err); err != nil {
			s.refuse(s.at(e.node), kindName(typeRule), id, err)
			continue
		}
		p.line, p.column = e.node.Line, e.node.Column
		for from, to := range map[string]string{"Pattern": "EventPattern", "RuleName": "Name", "Schedule": "ScheduleExpression"} {
			if p.has(from) {
				p.values[to], p.errors[to], p.positions[to] = p.values[from], p.errors[from], p.positions[from]
			}
		}
		if enabled, err := p.flag("Enabled", true); err == nil && !enabled {
			p.values["State"] = "DISABLED"
		}
		s.add(typeRule, id, p)
	}
}

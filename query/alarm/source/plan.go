package source

import (
	"errors"
	"slices"

	"go.yaml.in/yaml/v3"
)

// readPlan adds what "terraform show -json" prints, of a plan or of a state: all modules,
// all values worked out.
func (s *stack) readPlan(doc *yaml.Node) {
	root := child(child(doc, "planned_values"), "root_module")
	if root == nil {
		root = child(child(doc, "values"), "root_module")
	}
	s.readModule(root, unknowns(doc), 0)
}

// unknowns are what a plan does not know before it is applied: for each address the names of
// attributes, which its values lack.
func unknowns(doc *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	if changes := child(doc, "resource_changes"); changes != nil {
		for _, c := range changes.Content {
			if address := child(c, "address"); address != nil {
				all[address.Value] = child(child(c, "change"), "after_unknown")
			}
		}
	}
	return all
}

func (s *stack) readModule(module *yaml.Node, unknown map[string]*yaml.Node, depth int) {
	if depth > maxDepth {
		s.failed(s.at(module), "", overLimit("modules nest deeper than %d levels", maxDepth))
		return
	}
	if resources := child(module, "resources"); resources != nil {
		for _, r := range resources.Content {
			kind, address := child(r, "type"), child(r, "address")
			if kind == nil || address == nil || terraformTypes[kind.Value] == "" {
				continue
			}
			p := newProperties(target(r))
			t := &template{literal: true, budget: s.budget}
			t.begin()
			for name, n := range members(child(r, "values")) {
				value, err := t.value(n)
				p.setTerraform(terraformTypes[kind.Value], name, n, value, err)
			}
			for name, n := range members(unknown[address.Value]) {
				if n.Value == "true" && !slices.Contains(computedAttributes, name) {
					p.setUnknown(propertyName(terraformTypes[kind.Value], name), address.Value+"."+name)
				}
			}
			s.add(terraformTypes[kind.Value], address.Value, p)
		}
	}
	if modules := child(module, "child_modules"); modules != nil {
		for _, m := range modules.Content {
			s.readModule(target(m), unknown, depth+1)
		}
	}
}

// setUnknown sets a property that only Terraform will know: names need not be known to be told
// apart.
func (p *properties) setUnknown(key, what string) {
	if slices.Contains(lenientProperties, key) {
		p.values[key] = "${" + what + "}"
	} else {
		p.errors[key] = errors.New(key + ": it is not known before the plan is applied: what terraform show -json prints of the state then has it")
	}
}

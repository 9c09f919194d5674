package source

import "go.yaml.in/yaml/v3"

// readPlan adds what "terraform show -json" prints, of a plan or of a state: all modules,
// all values worked out.
func (s *stack) readPlan(doc *yaml.Node) {
	root := child(child(doc, "planned_values"), "root_module")
	if root == nil {
		root = child(child(doc, "values"), "root_module")
	}
	s.readModule(root, 0)
}

func (s *stack) readModule(module *yaml.Node, depth int) {
	if module == nil || depth > maxDepth {
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
			s.add(terraformTypes[kind.Value], address.Value, p)
		}
	}
	if modules := child(module, "child_modules"); modules != nil {
		for _, m := range modules.Content {
			s.readModule(target(m), depth+1)
		}
	}
}

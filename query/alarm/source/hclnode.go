package source

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// A module is one module of a configuration, with the values that it was called with.
type module struct {
	*configuration
	address string           // "" of the root module, "module.x." of others
	folder  string           // within the source
	above   []string         // folders of the modules that call it
	values  map[string]given // of variables
	nodes   map[string]*node // by what others refer to them with
	order   []*node          // as they stand in the files
}

// A given value is one that a variable is given.
type given struct {
	value cty.Value
	cause cause // why it is not known
}

// A cause is why something is not known, and the parameter that would give it; the zero one
// is that all is known.
type cause struct{ text, parameter string }

func because(text string) cause { return cause{text: text} }

// in is the cause as that of something else.
func (c cause) in(what string) cause {
	c.text = what + ": " + c.text
	return c
}

// at is the error that something has a cause.
func (c cause) at(r hcl.Range) error {
	return &nodeError{Line: r.Start.Line, Column: r.Start.Column, Reason: c.text, Parameter: c.parameter}
}

// A node is what expressions refer to: a variable, a local value, a resource, data, a
// module; or an output, which others refer to by its module.
type node struct {
	name   string // as it is referred to, such as var.x or module.x
	block  *hcl.Block
	expr   hcl.Expression // of a local value or an output
	refers []hcl.Traversal
	asked  map[string]bool // the names of attributes that something refers to
	value  cty.Value
	cause  cause            // why not all of its value is known
	causes map[string]cause // of the outputs of a module
	scope  *hcl.EvalContext // what its expressions see
	made   []made           // resources, to be added when all is known

	wanted   bool
	done     bool
	waits    int // for that many others
	neededBy []*node
}

// A made thing is a resource with its properties worked out.
type made struct {
	kind, address, file string
	properties          *properties
}

func (c *configuration) module(address, folder string, blocks hcl.Blocks) *module {
	m := &module{configuration: c, address: address, folder: folder, nodes: map[string]*node{}}
	for _, b := range blocks {
		switch b.Type {
		case "locals":
			attributes, problems := b.Body.JustAttributes()
			c.report("", problems)
			for _, name := range sortedKeys(attributes) {
				a := attributes[name]
				m.define(&node{name: "local." + name, block: b, expr: a.Expr, refers: a.Expr.Variables(), wanted: true})
			}
		case "variable":
			m.define(&node{name: "var." + b.Labels[0], block: b})
		case "output":
			attributes, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "value"}}})
			if a := attributes.Attributes["value"]; a != nil {
				m.define(&node{name: "output." + b.Labels[0], block: b, expr: a.Expr, refers: a.Expr.Variables(), wanted: address != ""})
			}
		case "module":
			m.define(&node{name: "module." + b.Labels[0], block: b, refers: variablesOf(b.Body), wanted: true})
		case "data":
			m.define(&node{name: "data." + b.Labels[0] + "." + b.Labels[1], block: b, refers: variablesOf(b.Body)})
		case "resource":
			m.define(&node{name: b.Labels[0] + "." + b.Labels[1], block: b, refers: variablesOf(b.Body), wanted: terraformTypes[b.Labels[0]] != ""})
			if err := unreadTypes()[b.Labels[0]]; err != nil {
				m.stack.refuse(position(b.DefRange), "", address+b.Labels[0]+"."+b.Labels[1], err)
			}
		}
	}
	return m
}

func (m *module) define(n *node) {
	if m.nodes[n.name] != nil {
		m.stack.failed(position(n.block.DefRange), m.address+n.name, fmt.Errorf("a second %s", n.name))
		return
	}
	n.value, n.asked = cty.DynamicVal, map[string]bool{}
	m.nodes[n.name] = n
	m.order = append(m.order, n)
}

// variablesOf are what the expressions of a body refer to.
func variablesOf(body hcl.Body) (all []hcl.Traversal) {
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		attributes, _ := body.JustAttributes()
		for _, name := range sortedKeys(attributes) {
			all = append(all, attributes[name].Expr.Variables()...)
		}
		return all
	}
	for _, name := range sortedKeys(native.Attributes) {
		all = append(all, native.Attributes[name].Expr.Variables()...)
	}
	for _, b := range native.Blocks {
		all = append(all, variablesOf(b.Body)...)
	}
	return all
}

// nodeOf is the name of the node that a traversal refers to, and how many of its steps say
// so.
func nodeOf(traversal hcl.Traversal) (name string, steps int) {
	n := 2
	if len(traversal) > 0 && !traversal.IsRelative() && traversal.RootName() == "data" {
		n = 3
	}
	if len(traversal) < n || traversal.IsRelative() {
		return "", 0
	}
	name = traversal.RootName()
	for _, step := range traversal[1:n] {
		switch step := step.(type) {
		case hcl.TraverseAttr:
			name += "." + step.Name
		case hcl.TraverseIndex:
			name += "." + textOf(step.Key)
		default:
			return "", 0
		}
	}
	return name, n
}

// need returns what is needed, and notes which attributes of it are.
func (m *module) need() []*node {
	var needed, rest []*node
	seen := map[*node]bool{}
	for _, n := range m.order {
		if n.wanted {
			seen[n] = true
			rest = append(rest, n)
		}
	}
	for len(rest) > 0 {
		n := rest[len(rest)-1]
		rest = rest[:len(rest)-1]
		for _, t := range n.refers {
			name, steps := nodeOf(t)
			other := m.nodes[name]
			if other == nil {
				continue
			}
			for _, step := range t[steps:] {
				if attribute, ok := step.(hcl.TraverseAttr); ok {
					other.asked[attribute.Name] = true
				}
			}
			if !seen[other] {
				seen[other] = true
				rest = append(rest, other)
			}
		}
	}
	for _, n := range m.order {
		if seen[n] {
			needed = append(needed, n)
		}
	}
	return needed
}

// work works all out that is needed, in an order in which each is known before who needs
// it.
func (m *module) work() {
	needed := m.need()
	for _, n := range needed {
		seen := map[string]bool{}
		for _, t := range n.refers {
			name, _ := nodeOf(t)
			if other := m.nodes[name]; other != nil && !seen[name] {
				seen[name] = true
				other.neededBy = append(other.neededBy, n)
				n.waits++
			}
		}
	}
	var ready []*node
	for _, n := range needed {
		if n.waits == 0 {
			ready = append(ready, n)
		}
	}
	next := 0
	for {
		for ; len(ready) > 0; ready = ready[1:] {
			n := ready[0]
			if !n.done {
				m.evaluateNode(n)
			}
			n.done = true
			for _, other := range n.neededBy {
				if other.waits--; other.waits == 0 && !other.done {
					ready = append(ready, other)
				}
			}
		}
		for next < len(needed) && needed[next].done {
			next++
		}
		if next == len(needed) {
			return
		}
		n := m.inRing(needed[next])
		n.done, n.cause = true, because(n.name+" refers to itself")
		if n.name[:strings.IndexByte(n.name, '.')] != "local" {
			m.stack.failed(position(n.block.DefRange), m.address+n.name, errors.New("it refers to itself"))
		}
		ready = append(ready, n)
	}
}

// inRing follows what n waits for, until that waits for itself.
func (m *module) inRing(n *node) *node {
	seen := map[*node]bool{}
	m.stack.budget.begin()
	for !seen[n] && m.stack.budget.spend(1) == nil {
		seen[n] = true
		for _, t := range n.refers {
			name, _ := nodeOf(t)
			if other := m.nodes[name]; other != nil && !other.done {
				n = other
				break
			}
		}
	}
	return n
}

func (m *module) evaluateNode(n *node) {
	switch n.name[:strings.IndexByte(n.name, '.')] {
	case "var":
		m.readVariable(n)
	case "local", "output":
		m.readValue(n)
	case "module":
		m.readCall(n)
	case "data":
		m.readData(n)
	default:
		m.readResource(n)
	}
}

// readValue works a local value or an output out.
func (m *module) readValue(n *node) {
	context := m.context(n.refers)
	v, problems := m.stack.budget.value(n.expr, context)
	switch {
	case limitOf(problems) != nil:
		m.report(m.address+n.name, problems)
		n.cause = because(reasonOf(problems)).in(n.name)
	case problems.HasErrors():
		n.cause = m.failed(n.refers, context, problems).in(n.name)
	default:
		n.value = v
		if !m.isKnown(v) {
			n.cause = m.cause(n.refers, context, nil)
		}
	}
}

// isKnown says that all of a value is known. Many may hold one large value, and none that
// they made: to look at it takes from the budget, too.
func (m *module) isKnown(v cty.Value) bool {
	s := size{}
	s.add(v, 0)
	m.stack.budget.begin()
	return m.stack.budget.spend(1+s.nodes/16) == nil && v.IsWhollyKnown()
}

// reasonOf is the first error of several.
func reasonOf(problems hcl.Diagnostics) string {
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			return said(d)
		}
	}
	return errUnknown.Error()
}

// undeclared says which of the references has nothing that it refers to.
func (m *module) undeclared(refers []hcl.Traversal) string {
	if m.stack.budget.spend(len(refers)) != nil {
		return "" // something else is wrong with it, too
	}
	for _, t := range refers {
		name, _ := nodeOf(t)
		kind, _, _ := strings.Cut(name, ".")
		if (kind == "var" || kind == "local" || kind == "module" || kind == "data") && m.nodes[name] == nil {
			return "there is no " + name
		}
	}
	return ""
}

// cause is why not all of what is referred to is known; blocks have causes of each and
// dynamic blocks of their own.
func (m *module) cause(refers []hcl.Traversal, context *hcl.EvalContext, own map[string]cause) cause {
	if undeclared := m.undeclared(refers); undeclared != "" {
		return because(undeclared)
	}
	for _, t := range refers {
		var v cty.Value
		problems := m.stack.budget.guard(func() (problems hcl.Diagnostics) {
			v, problems = t.TraverseAbs(context)
			return problems
		})
		if !problems.HasErrors() && m.isKnown(v) {
			continue
		}
		name, steps := nodeOf(t)
		n := m.nodes[name]
		switch {
		case n == nil && own[t.RootName()].text != "":
			return own[t.RootName()]
		case n == nil:
			continue
		case n.cause.text != "":
			return n.cause
		}
		for _, step := range t[steps:] {
			if attribute, ok := step.(hcl.TraverseAttr); ok && n.causes[attribute.Name].text != "" {
				return n.causes[attribute.Name]
			}
		}
		return because(written(t) + " is not known without a plan: what terraform show -json prints of one has it")
	}
	return because(errUnknown.Error())
}

// written is a traversal as it is written.
func written(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			if step.Key.Type() == cty.String {
				b.WriteString("[" + strconv.Quote(textOf(step.Key)) + "]")
			} else if n, err := fromCty(step.Key, 0); err == nil {
				fmt.Fprintf(&b, "[%v]", n)
			}
		}
	}
	return b.String()
}

// context is what expressions see that refer to these.
func (m *module) context(refers []hcl.Traversal) *hcl.EvalContext {
	groups := map[string]map[string]cty.Value{"var": {}, "local": {}, "module": {}}
	data := map[string]map[string]cty.Value{}
	for _, t := range refers {
		name, _ := nodeOf(t)
		n := m.nodes[name]
		if n == nil {
			continue
		}
		parts := strings.SplitN(name, ".", 3)
		group, key := groups, parts[0]
		if key == "data" {
			group, key, parts = data, parts[1], parts[1:]
		}
		if group[key] == nil {
			group[key] = map[string]cty.Value{}
		}
		group[key][parts[1]] = n.value
	}
	m.stack.budget.spend(len(refers))
	variables := map[string]cty.Value{
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal("default")}),
		"path": cty.ObjectVal(map[string]cty.Value{
			"module": cty.StringVal(m.path()), "root": cty.StringVal("."), "cwd": cty.StringVal("."),
		}),
	}
	for key, group := range groups {
		variables[key] = object(group)
	}
	if len(data) > 0 {
		of := map[string]cty.Value{}
		for key, group := range data {
			of[key] = object(group)
		}
		variables["data"] = object(of)
	}
	return &hcl.EvalContext{Variables: variables, Functions: m.functions}
}

// path is the module's folder as its expressions see it: from the root module's.
func (m *module) path() string {
	path, err := filepath.Rel(m.base, m.folder)
	if err != nil {
		return "."
	}
	return filepath.ToSlash(path)
}

// collected are the resources of the module, by kind, then those of the modules that it calls.
func (m *module) collected() (all []made) {
	for _, wanted := range []string{typeFilter, typeAlarm, typeComposite, typeRule} {
		for _, n := range m.order {
			for _, r := range n.made {
				if r.kind == wanted && n.block.Type == "resource" {
					all = append(all, r)
				}
			}
		}
	}
	for _, n := range m.order {
		if n.block.Type == "module" {
			all = append(all, n.made...)
		}
	}
	return all
}

package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"trailbox/query/alarm"
)

// readValues reads the values of a root module's variables, in the order in which those
// of Terraform replace each other: the files that it reads by itself, the files that were
// named, the parameters.
func (c *configuration) readValues(m *module) map[string]given {
	values := map[string]given{}
	for _, name := range c.valueFiles() {
		c.readValueFile(c.parse(name), values)
	}
	named := map[string]given{}
	for _, name := range c.stack.options.VarFiles {
		data, err := contentOf(name)
		if err != nil {
			c.stack.failedOnce(alarm.Position{File: name}, err)
			continue
		}
		file := c.parseData(data, name)
		c.readValueFile(file, named)
		for key := range named {
			if c.stack.takers[key] == nil {
				c.stack.takers[key] = &taker{file: name}
			}
		}
	}
	for key, v := range named {
		values[key] = v
		if m.nodes["var."+key] != nil {
			c.stack.takers[key].found = true
		}
	}
	for name, text := range c.stack.options.Parameters {
		n := m.nodes["var."+name]
		if n == nil {
			continue
		}
		c.stack.used[name] = true
		if v, problems := c.parameter(n, text); c.report(n.name, problems) {
			values[name] = given{value: v}
		}
	}
	return values
}

// A taker is whether anything takes a value of a file that was named.
type taker struct {
	file  string
	found bool
}

// tellUntaken tells of values that nothing takes, as of a name that is misspelt.
func (l *loader) tellUntaken() {
	for _, key := range sortedKeys(l.takers) {
		if t := l.takers[key]; !t.found {
			l.failed(alarm.Position{File: t.file}, key, aside("nothing of Terraform that was loaded has a variable of that name"))
		}
	}
}

// valueFiles are the files of values that Terraform reads by itself, in its order.
func (c *configuration) valueFiles() []string {
	folder, err := c.within.Open(c.base)
	if err != nil {
		return nil
	}
	defer folder.Close()
	entries, _ := folder.ReadDir(-1)
	var names, auto []string
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".auto.tfvars") || strings.HasSuffix(e.Name(), ".auto.tfvars.json") {
			auto = append(auto, filepath.Join(c.base, e.Name()))
		}
	}
	slices.Sort(auto)
	for _, name := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name }) {
			names = append(names, filepath.Join(c.base, name))
		}
	}
	return append(names, auto...)
}

// readValueFile adds the values of a file; nil is a file that could not be read.
func (c *configuration) readValueFile(file *hcl.File, values map[string]given) {
	if file == nil {
		return
	}
	attributes, problems := file.Body.JustAttributes()
	c.report("", problems)
	for _, key := range sortedKeys(attributes) {
		if v, problems := c.stack.budget.value(attributes[key].Expr, nil); c.report(key, problems) {
			values[key] = given{value: v}
		}
	}
}

// parameter is the value of a variable that was given as a text: as it stands for a text, a
// number or a boolean, as an expression for anything else.
func (c *configuration) parameter(n *node, text string) (cty.Value, hcl.Diagnostics) {
	kind, _, _ := c.typeOf(n)
	if kind.IsPrimitiveType() || kind == cty.DynamicPseudoType && c.attribute(n, "type") == nil {
		return cty.StringVal(text), nil
	}
	shown := "parameter " + n.name
	if err := c.nesting.checkNative([]byte(text), shown); err != nil {
		at := n.block.DefRange
		return cty.NilVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "its parameter", Detail: err.Error(), Subject: &at}}
	}
	expr, problems := hclsyntax.ParseExpression([]byte(text), shown, hcl.InitialPos)
	if problems.HasErrors() {
		return cty.NilVal, problems
	}
	return c.stack.budget.value(c.stack.budget.boundTemplate(expr), nil)
}

// attribute is an attribute of a variable, nil where it has none of that name.
func (c *configuration) attribute(n *node, name string) *hcl.Attribute {
	content, _, _ := n.block.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: name}}})
	return content.Attributes[name]
}

// typeOf is the type of a variable, with the values that optional attributes have.
func (c *configuration) typeOf(n *node) (kind cty.Type, defaults *typeexpr.Defaults, problems hcl.Diagnostics) {
	a := c.attribute(n, "type")
	if a == nil {
		return cty.DynamicPseudoType, nil, nil
	}
	word := hcl.ExprAsKeyword(a.Expr)
	if v, problems := c.stack.budget.value(a.Expr, nil); word == "" && !problems.HasErrors() {
		word = textOf(v) // as texts, in which old versions had them
	}
	switch word {
	case "string":
		return cty.String, nil, nil
	case "list":
		return cty.List(cty.DynamicPseudoType), nil, nil
	case "map":
		return cty.Map(cty.DynamicPseudoType), nil, nil
	}
	problems = c.stack.budget.guard(func() (problems hcl.Diagnostics) {
		kind, defaults, problems = typeexpr.TypeConstraintWithDefaults(a.Expr)
		return problems
	})
	if problems.HasErrors() {
		return cty.DynamicPseudoType, nil, problems
	}
	return kind, defaults, nil
}

// readVariable gives a variable its value: what the module was called with, or its
// default, as its type has it.
func (m *module) readVariable(n *node) {
	name := n.block.Labels[0]
	kind, defaults, problems := m.typeOf(n)
	m.report(m.address+n.name, problems)
	v, isGiven := m.values[name]
	if isGiven && v.value.IsNull() && m.isFalse(n, "nullable") {
		isGiven = false // null stands for the default
	}
	if !isGiven {
		a := m.attribute(n, "default")
		if a == nil {
			n.value, n.cause = cty.UnknownVal(kind.WithoutOptionalAttributesDeep()), cause{n.name + " has no value", name}
			if m.address != "" {
				n.cause = because(m.address + n.name + " has no value: the module is called without it")
			}
			return
		}
		value, problems := m.stack.budget.value(a.Expr, nil)
		if !m.report(m.address+n.name, problems) {
			n.cause = because(reasonOf(problems)).in(n.name)
			return
		}
		v = given{value: value}
	}
	problems = m.stack.budget.guard(func() hcl.Diagnostics {
		if kind.HasDynamicTypes() {
			stop(m.stack.budget, n.block.DefRange, m.stack.budget.unify(v.value))
		}
		if defaults != nil {
			v.value = defaults.Apply(v.value)
		}
		converted, err := convert.Convert(v.value, kind)
		if err != nil {
			at := n.block.DefRange
			return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "its value", Detail: err.Error(), Subject: &at}}
		}
		n.value, n.cause = converted, v.cause
		stop(m.stack.budget, n.block.DefRange, m.stack.budget.measure(converted)) // defaults may make it larger
		return nil
	})
	if !m.report(m.address+n.name, problems) {
		n.value, n.cause = cty.DynamicVal, because(reasonOf(problems)).in(n.name)
	}
	if n.cause.text == "" && !n.value.IsWhollyKnown() {
		n.cause = because(errUnknown.Error()).in(n.name)
	}
}

// isFalse says that an attribute of a variable is false.
func (m *module) isFalse(n *node, name string) bool {
	a := m.attribute(n, name)
	if a == nil {
		return false
	}
	v, problems := m.stack.budget.value(a.Expr, nil)
	return !problems.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.Bool && v.False()
}

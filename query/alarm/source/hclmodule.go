package source

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxModuleDepth bounds how deep modules call each other.
const maxModuleDepth = 20

// callSteps is what it takes to call a module, whatever is in it, in steps.
const callSteps = 200

// sourceOf is where a block's module is from, and whether that is a folder beside it.
func sourceOf(b *hcl.Block) (source string, local bool) {
	content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "source"}}})
	a := content.Attributes["source"]
	if a == nil {
		return "", false
	}
	source = literal(a.Expr)
	return source, strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// literal is the text of an expression that is one, with nothing to work out.
func literal(expr hcl.Expression) string {
	switch e := hcl.UnwrapExpression(expr).(type) {
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 1 {
			return literal(e.Parts[0])
		}
	case *hclsyntax.LiteralValueExpr:
		return textOf(e.Val)
	case hclsyntax.Expression:
	default: // of Terraform's JSON syntax, where it is no template without a context
		v, _ := e.Value(nil)
		return textOf(v)
	}
	return ""
}

// readCall reads the module that a block calls, as often as count or for_each say.
func (m *module) readCall(n *node) {
	address := m.address + n.name
	source, local := sourceOf(n.block)
	if !local {
		m.aside(n.block, "", address, fmt.Sprintf("a module from elsewhere (%s): its resources are not read; what terraform show -json prints of a plan has them", source), nil)
		return
	}
	folder := filepath.Join(m.folder, source)
	blocks, err := m.called(folder)
	steps := callSteps
	for _, b := range blocks {
		steps += cost(b)
	}
	var outside *outsideError
	switch {
	case errors.As(err, &outside):
		outside.path = source
		m.aside(n.block, "", address, "the module "+err.Error(), nil)
		return
	case err != nil:
		n.cause = because(address + ": " + err.Error())
		m.stack.failed(position(n.block.DefRange), address, err)
		return
	}
	r, fine := m.repeated(n, address)
	if !fine {
		n.cause = r.cause.in(address)
		m.stack.failed(position(n.block.DefRange), address, r.problem(n))
		return
	}
	n.causes = map[string]cause{}
	var outputs []cty.Value
	for i, instance := range r.instances {
		if err := m.stack.budget.spend(steps); err != nil {
			m.stack.failed(position(n.block.DefRange), address, err)
			return
		}
		inner := m.configuration.module(instance.address+".", folder, blocks)
		inner.above = append(slices.Clone(m.above), m.folder)
		inner.values = m.inputs(n, instance, r.cause)
		inner.work()
		n.made = append(n.made, inner.collected()...) // and nothing else of it is kept
		values := map[string]cty.Value{}
		for _, output := range inner.order {
			if name, ok := strings.CutPrefix(output.name, "output."); ok {
				values[name] = output.value
				if output.cause.text != "" && i == 0 {
					n.causes[name] = output.cause
				}
			}
		}
		outputs = append(outputs, object(values))
	}
	n.value = r.value(outputs)
}

// cost is what it takes to make a block once more, in steps.
func cost(b *hcl.Block) int {
	if body, ok := b.Body.(*hclsyntax.Body); ok {
		return 1 + 8*len(body.Attributes) + (body.SrcRange.End.Byte-body.SrcRange.Start.Byte)/8
	}
	attributes, _ := b.Body.JustAttributes()
	return 1 + 10*len(attributes)
}

// called are the blocks of a folder that is called as a module.
func (m *module) called(folder string) (hcl.Blocks, error) {
	if folder == m.folder || slices.Contains(m.above, folder) {
		return nil, errors.New("the module calls itself")
	}
	if len(m.above) >= maxModuleDepth {
		return nil, overLimit("modules call each other deeper than %d levels", maxModuleDepth)
	}
	if blocks, ok := m.folders[folder]; ok {
		return blocks, nil
	}
	names, err := m.folderFiles(folder)
	if err != nil {
		return nil, err
	}
	blocks := m.blocks(names)
	m.folders[folder] = blocks
	return blocks, nil
}

// inputs are what a module is called with.
func (m *module) inputs(n *node, i instance, eachCause cause) map[string]given {
	values := map[string]given{}
	attributes, _ := n.block.Body.JustAttributes() // and blocks of providers
	context := m.within(n, i)
	for _, name := range sortedKeys(attributes) {
		if slices.Contains([]string{"source", "version", "count", "for_each", "providers", "depends_on"}, name) {
			continue
		}
		expr := attributes[name].Expr
		v, problems := m.stack.budget.value(expr, context)
		g := given{value: v}
		switch {
		case problems.HasErrors():
			g.value, g.cause = cty.DynamicVal, m.failed(expr.Variables(), context, problems).in(m.address+n.name)
			if limitOf(problems) != nil {
				m.report(i.address, problems)
			}
		case !m.isKnown(v):
			g.cause = m.cause(expr.Variables(), context, ownCauses(eachCause))
		}
		values[name] = g
	}
	return values
}

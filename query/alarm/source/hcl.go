package source

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"trailbox/query/alarm"
)

// A terraform is the configuration of one folder.
type terraform struct {
	stack     *stack
	files     map[string]*hcl.File
	variables map[string]cty.Value
	locals    map[string]cty.Value
	filters   map[string]cty.Value // what other resources refer to, by name
	functions map[string]function.Function
	scope     *hcl.EvalContext // of variables, locals and filters; nil where they changed
	nesting   nesting
}

// readTerraform adds the resources of a folder's files.
func (s *stack) readTerraform(folder string, files []string) {
	t := &terraform{
		stack: s, files: map[string]*hcl.File{}, nesting: nesting{tokens: maxTokens, joined: maxJoinedBytes},
		variables: map[string]cty.Value{}, locals: map[string]cty.Value{}, filters: map[string]cty.Value{},
		functions: s.budget.boundFunctions(terraformFunctions()),
	}
	var bodies []*hcl.BodyContent
	for _, name := range files {
		file := t.parse(name)
		if file == nil {
			continue
		}
		content, _, problems := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
			{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"},
			{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "module", LabelNames: []string{"name"}},
		}})
		t.report("", problems)
		bodies = append(bodies, content)
	}

	var blocks hcl.Blocks
	for _, b := range bodies {
		blocks = append(blocks, b.Blocks...)
	}
	t.readVariables(blocks.OfType("variable"), t.readValues(folder))
	t.readLocals(blocks.OfType("locals"))
	// Alarms name the metrics of filters by reference.
	for _, wanted := range []string{typeFilter, typeAlarm, typeComposite, typeRule} {
		for _, b := range blocks.OfType("resource") {
			if terraformTypes[b.Labels[0]] == wanted {
				t.readResource(b, wanted)
			}
		}
	}
	for _, b := range blocks.OfType("module") {
		s.set.Problems = append(s.set.Problems, alarm.Problem{
			Position: position(b.DefRange), Name: "module." + b.Labels[0], Aside: true,
			Reason: "what a module makes is not looked at; a file with what terraform show -json prints has all of it",
		})
	}
}

// parse reads a file, with all its expressions bounded; nil where it has a problem.
func (t *terraform) parse(name string) *hcl.File {
	data, err := contentOf(name)
	if err != nil {
		t.stack.failed(alarm.Position{File: t.stack.file}, "", err)
		return nil
	}
	check, parse := t.nesting.checkNative, hclparse.NewParser().ParseHCL
	if strings.HasSuffix(name, ".json") {
		check, parse = t.nesting.checkJSON, hclparse.NewParser().ParseJSON
	}
	if err := check(data, name); err != nil {
		t.stack.failed(alarm.Position{File: name}, "", err)
		return nil
	}
	file, problems := parse(data, name)
	if !t.report("", problems) {
		return nil
	}
	t.stack.budget.bound(file)
	t.files[name] = file
	return file
}

func position(r hcl.Range) alarm.Position {
	return alarm.Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// report adds the problems that a part of the configuration has, and says whether there
// are none.
func (t *terraform) report(name string, problems hcl.Diagnostics) (fine bool) {
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			t.stack.set.Problems = append(t.stack.set.Problems, t.problem(name, d))
		}
	}
	return !problems.HasErrors()
}

func (t *terraform) problem(name string, d *hcl.Diagnostic) alarm.Problem {
	p := alarm.Problem{Name: name, Reason: d.Summary + ": " + d.Detail, Position: alarm.Position{File: t.stack.file}}
	if d.Subject != nil {
		p.Position = position(*d.Subject)
	}
	return p
}

// readValues reads the files of values that Terraform reads by itself.
func (t *terraform) readValues(folder string) map[string]cty.Value {
	names, _ := filepath.Glob(filepath.Join(escapeGlob(folder), "*.auto.tfvars")) // the pattern is fine
	values := map[string]cty.Value{}
	for _, name := range append([]string{filepath.Join(folder, "terraform.tfvars")}, names...) {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			continue
		}
		file := t.parse(name)
		if file == nil {
			continue
		}
		attributes, problems := file.Body.JustAttributes()
		t.report("", problems)
		for key, a := range attributes {
			if v, problems := t.stack.budget.value(a.Expr, nil); t.report(key, problems) {
				values[key] = v
			}
		}
	}
	return values
}

// escapeGlob makes the name of a folder stand for itself in a pattern.
func escapeGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

func (t *terraform) readVariables(blocks hcl.Blocks, values map[string]cty.Value) {
	for _, b := range blocks {
		name := b.Labels[0]
		content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "default"}}})
		if a := content.Attributes["default"]; a != nil {
			if v, problems := t.stack.budget.value(a.Expr, nil); t.report("var."+name, problems) {
				t.variables[name] = v
			}
		}
		if v, ok := values[name]; ok {
			t.variables[name] = v
		}
		if text, ok := t.stack.options.Parameters[name]; ok {
			t.stack.used[name] = true
			t.variables[name] = cty.StringVal(text)
		}
	}
}

// A local is a local value that is not worked out yet.
type local struct {
	name     string
	expr     hcl.Expression
	waits    int // for that many others
	neededBy []string
}

// readLocals works locals out, which may refer to each other in any order.
func (t *terraform) readLocals(blocks hcl.Blocks) {
	locals := map[string]*local{}
	for _, b := range blocks {
		attributes, problems := b.Body.JustAttributes()
		t.report("", problems)
		for name, a := range attributes {
			locals[name] = &local{name: name, expr: a.Expr}
		}
	}
	names := slices.Sorted(maps.Keys(locals))
	needs := map[string][]string{}
	for _, name := range names {
		needs[name] = localsOf(locals[name].expr)
		for _, other := range needs[name] {
			if l := locals[other]; l != nil {
				l.neededBy = append(l.neededBy, name)
				locals[name].waits++
			}
		}
	}
	var ready []string
	for _, name := range names {
		if locals[name].waits == 0 {
			ready = append(ready, name)
		}
	}
	for ; len(ready) > 0; ready = ready[1:] {
		l := locals[ready[0]]
		known := map[string]cty.Value{}
		for _, other := range needs[l.name] {
			if v, ok := t.locals[other]; ok {
				known[other] = v
			}
		}
		v, problems := t.stack.budget.value(l.expr, t.context(known))
		switch {
		case limitOf(problems) != nil:
			t.report("local."+l.name, problems)
		case !problems.HasErrors():
			t.locals[l.name] = v
		}
		for _, name := range l.neededBy {
			if locals[name].waits--; locals[name].waits == 0 {
				ready = append(ready, name)
			}
		}
	}
	// What is left refers to itself, or to resources and data that are not known here;
	// whoever needs it has a problem then.
}

// localsOf are the names of the local values that an expression refers to.
func localsOf(expr hcl.Expression) []string {
	var names []string
	for _, traversal := range expr.Variables() {
		if len(traversal) < 2 || traversal.RootName() != "local" {
			continue
		}
		switch step := traversal[1].(type) {
		case hcl.TraverseAttr:
			names = append(names, step.Name)
		case hcl.TraverseIndex:
			names = append(names, textOf(step.Key))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// context is what expressions see, with these local values.
func (t *terraform) context(locals map[string]cty.Value) *hcl.EvalContext {
	variables := map[string]cty.Value{
		"var":       object(t.variables),
		"local":     object(locals),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal("default")}),
		"path":      cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal("."), "cwd": cty.StringVal(".")}),
	}
	if len(t.filters) > 0 {
		variables["aws_cloudwatch_log_metric_filter"] = object(t.filters)
	}
	return &hcl.EvalContext{Variables: variables, Functions: t.functions}
}

// within is what a resource's expressions see, with the values that its own context adds.
func (t *terraform) within(more map[string]cty.Value) *hcl.EvalContext {
	if t.scope == nil {
		t.stack.budget.spend(len(t.locals) + len(t.filters))
		t.scope = t.context(t.locals)
	}
	if more == nil {
		return t.scope
	}
	inner := t.scope.NewChild()
	inner.Variables = more
	return inner
}

// seen lets other resources see a filter.
func (t *terraform) seen(filter string, v cty.Value) {
	t.filters[filter], t.scope = v, nil
}

func object(values map[string]cty.Value) cty.Value {
	if len(values) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.ObjectVal(values)
}

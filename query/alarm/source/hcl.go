package source

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"

	"trailbox/query/alarm"
)

// A terraform is the configuration of one folder.
type terraform struct {
	stack     *stack
	files     map[string]*hcl.File
	variables map[string]cty.Value
	locals    map[string]cty.Value
	filters   map[string]cty.Value // what other resources refer to, by name
}

// readTerraform adds the resources of a folder's files.
func (s *stack) readTerraform(folder string, files []string) {
	parser := hclparse.NewParser()
	t := &terraform{stack: s, variables: map[string]cty.Value{}, locals: map[string]cty.Value{}, filters: map[string]cty.Value{}}
	var bodies []*hcl.BodyContent
	for _, name := range files {
		data, err := contentOf(name)
		if err != nil {
			s.failed(alarm.Position{File: s.file}, "", err)
			continue
		}
		var file *hcl.File
		var problems hcl.Diagnostics
		if strings.HasSuffix(name, ".json") {
			file, problems = parser.ParseJSON(data, name)
		} else {
			file, problems = parser.ParseHCL(data, name)
		}
		if !t.report("", problems) {
			continue
		}
		content, _, problems := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
			{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"},
			{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "module", LabelNames: []string{"name"}},
		}})
		t.report("", problems)
		bodies = append(bodies, content)
	}
	t.files = parser.Files()

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
		data, err := contentOf(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.stack.failed(alarm.Position{File: t.stack.file}, "", err)
			continue
		}
		file, problems := hclparse.NewParser().ParseHCL(data, name)
		if !t.report("", problems) {
			continue
		}
		attributes, problems := file.Body.JustAttributes()
		t.report("", problems)
		for key, a := range attributes {
			if v, problems := a.Expr.Value(nil); t.report(key, problems) {
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
			if v, problems := a.Expr.Value(nil); t.report("var."+name, problems) {
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

// readLocals works locals out, which may refer to each other in any order.
func (t *terraform) readLocals(blocks hcl.Blocks) {
	waiting := map[string]hcl.Expression{}
	for _, b := range blocks {
		attributes, problems := b.Body.JustAttributes()
		t.report("", problems)
		for name, a := range attributes {
			waiting[name] = a.Expr
		}
	}
	for progress := true; progress; {
		progress = false
		for name, expr := range waiting {
			if v, problems := expr.Value(t.context(nil)); !problems.HasErrors() {
				t.locals[name] = v
				delete(waiting, name)
				progress = true
			}
		}
	}
	// What is left refers to resources and data that are not known here; whoever needs it
	// has a problem then.
}

func (t *terraform) context(more map[string]cty.Value) *hcl.EvalContext {
	variables := map[string]cty.Value{
		"var":       object(t.variables),
		"local":     object(t.locals),
		"terraform": cty.ObjectVal(map[string]cty.Value{"workspace": cty.StringVal("default")}),
		"path":      cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal("."), "root": cty.StringVal("."), "cwd": cty.StringVal(".")}),
	}
	if len(t.filters) > 0 {
		variables["aws_cloudwatch_log_metric_filter"] = object(t.filters)
	}
	maps.Copy(variables, more)
	return &hcl.EvalContext{Variables: variables, Functions: terraformFunctions()}
}

func object(values map[string]cty.Value) cty.Value {
	if len(values) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.ObjectVal(values)
}

package alarm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v3"
)

// terraformTypes are the resources that are wanted, by CloudFormation's names.
var terraformTypes = map[string]string{
	"aws_cloudwatch_log_metric_filter": typeFilter,
	"aws_cloudwatch_metric_alarm":      typeAlarm,
	"aws_cloudwatch_composite_alarm":   typeComposite,
	"aws_cloudwatch_event_rule":        typeRule,
}

// terraformNames are the properties that Terraform names otherwise than CloudFormation,
// letters and underscores aside.
var terraformNames = map[string]map[string]string{
	typeFilter: {"name": "FilterName", "pattern": "FilterPattern", "metric_transformation": "MetricTransformations"},
	typeAlarm:  {"ok_actions": "OKActions", "metric_query": "Metrics"},
	typeRule:   {},
}

// transformationNames are those of a metric_transformation.
var transformationNames = map[string]string{
	"name": "MetricName", "namespace": "MetricNamespace", "value": "MetricValue",
	"default_value": "DefaultValue", "dimensions": "Dimensions", "unit": "Unit",
}

// propertyName is the name of CloudFormation for one of Terraform.
func propertyName(kind, name string) string {
	if n := terraformNames[kind][name]; n != "" {
		return n
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(capital(part))
	}
	return b.String()
}

// transformation renames what is in a metric_transformation.
func transformation(object map[string]any) map[string]any {
	renamed := map[string]any{}
	for name, value := range object {
		if known := transformationNames[name]; known != "" && value != "" { // a plan has "" for what is not given
			renamed[known] = value
		}
	}
	if dimensions, ok := renamed["Dimensions"].(map[string]any); ok && len(dimensions) == 0 {
		delete(renamed, "Dimensions")
	}
	return renamed
}

// setTerraform adds an attribute or a block of Terraform to properties.
func (p *properties) setTerraform(kind, name string, n *yaml.Node, value any, err error) {
	if list, ok := value.([]any); ok && name == "metric_transformation" {
		for i := range list {
			if object, ok := list[i].(map[string]any); ok {
				list[i] = transformation(object)
			}
		}
	}
	if list, ok := value.([]any); ok && len(list) == 0 || value == "" {
		value = nil // not given
	}
	if name == "dimensions" {
		value = namedDimensions(value)
	}
	if name == "is_enabled" && value == false {
		name, value = "state", "DISABLED"
	}
	p.set(propertyName(kind, name), n, value, err)
}

// namedDimensions are dimensions as CloudFormation has those of alarms.
func namedDimensions(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(object)) {
		list = append(list, map[string]any{"Name": name, "Value": object[name]})
	}
	return list
}

// readPlan adds what "terraform show -json" prints, of a plan or of a state: all modules,
// all values worked out.
func (s *scope) readPlan(doc *yaml.Node) {
	root := child(child(doc, "planned_values"), "root_module")
	if root == nil {
		root = child(child(doc, "values"), "root_module")
	}
	s.readModule(root, 0)
}

func (s *scope) readModule(module *yaml.Node, depth int) {
	if module == nil || depth > maxDepth {
		return
	}
	if resources := child(module, "resources"); resources != nil {
		for _, r := range resources.Content {
			kind, address := child(r, "type"), child(r, "address")
			if kind == nil || address == nil || terraformTypes[kind.Value] == "" {
				continue
			}
			p := newProperties(real(r))
			t := &template{literal: true}
			for name, n := range members(child(r, "values")) {
				value, err := t.value(n)
				p.setTerraform(terraformTypes[kind.Value], name, n, value, err)
			}
			s.add(terraformTypes[kind.Value], address.Value, p)
		}
	}
	if modules := child(module, "child_modules"); modules != nil {
		for _, m := range modules.Content {
			s.readModule(real(m), depth+1)
		}
	}
}

// A terraform is the configuration of one folder.
type terraform struct {
	scope     *scope
	files     map[string]*hcl.File
	variables map[string]cty.Value
	locals    map[string]cty.Value
	filters   map[string]cty.Value // what other resources refer to, by name
}

// readTerraform adds the resources of a folder's files.
func (s *scope) readTerraform(folder string, files []string, given map[string]string) {
	parser := hclparse.NewParser()
	t := &terraform{scope: s, variables: map[string]cty.Value{}, locals: map[string]cty.Value{}, filters: map[string]cty.Value{}}
	var bodies []*hcl.BodyContent
	for _, name := range files {
		data, err := readSource(name)
		if err != nil {
			s.failed(nil, "", err)
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
	t.readVariables(blocks.OfType("variable"), t.readValues(folder), given)
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
		s.set.Problems = append(s.set.Problems, Problem{
			Position: position(b.DefRange), Name: "module." + b.Labels[0], Aside: true,
			Reason: "what a module makes is not looked at; a file with what terraform show -json prints has all of it",
		})
	}
}

func position(r hcl.Range) Position {
	return Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// report adds the problems that a part of the configuration has, and says whether there
// are none.
func (t *terraform) report(name string, problems hcl.Diagnostics) (fine bool) {
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			t.scope.set.Problems = append(t.scope.set.Problems, t.problem(name, d))
		}
	}
	return !problems.HasErrors()
}

func (t *terraform) problem(name string, d *hcl.Diagnostic) Problem {
	p := Problem{Name: name, Reason: d.Summary + ": " + d.Detail, Position: Position{File: t.scope.file}}
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
		data, err := readSource(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.scope.failed(nil, "", err)
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

func (t *terraform) readVariables(blocks hcl.Blocks, values map[string]cty.Value, given map[string]string) {
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
		if text, ok := given[name]; ok {
			t.scope.used(name)
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

// readResource adds a resource, as often as count or for_each make it.
func (t *terraform) readResource(b *hcl.Block, kind string) {
	name := b.Labels[0] + "." + b.Labels[1]
	meta, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}}})
	switch {
	case meta.Attributes["count"] != nil:
		v, problems := meta.Attributes["count"].Expr.Value(t.context(nil))
		if !t.report(name, problems) {
			return
		}
		n := 0
		if number, err := convert.Convert(v, cty.Number); err == nil && number.IsKnown() && !number.IsNull() {
			n64, _ := number.AsBigFloat().Int64()
			n = int(min(n64, 10_000))
		}
		var made []cty.Value
		for i := range n {
			index := cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(int64(i))})
			made = append(made, t.make(b, kind, fmt.Sprintf("%s[%d]", name, i), map[string]cty.Value{"count": index}))
		}
		if kind == typeFilter {
			t.filters[b.Labels[1]] = cty.TupleVal(made)
		}
	case meta.Attributes["for_each"] != nil:
		v, problems := meta.Attributes["for_each"].Expr.Value(t.context(nil))
		if !t.report(name, problems) {
			return
		}
		if !v.CanIterateElements() {
			t.scope.set.Problems = append(t.scope.set.Problems, Problem{Position: position(b.DefRange), Name: name, Reason: "for_each is not known"})
			return
		}
		made := map[string]cty.Value{}
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			if v.Type().IsSetType() {
				key = value
			}
			text, err := convert.Convert(key, cty.String)
			if err != nil || text.IsNull() || !text.IsKnown() {
				continue
			}
			each := cty.ObjectVal(map[string]cty.Value{"key": text, "value": value})
			made[text.AsString()] = t.make(b, kind, fmt.Sprintf("%s[%q]", name, text.AsString()), map[string]cty.Value{"each": each})
		}
		if kind == typeFilter {
			t.filters[b.Labels[1]] = object(made)
		}
	default:
		made := t.make(b, kind, name, nil)
		if kind == typeFilter {
			t.filters[b.Labels[1]] = made
		}
	}
}

// make adds one resource, and returns what others see of it.
func (t *terraform) make(b *hcl.Block, kind, name string, more map[string]cty.Value) cty.Value {
	context := t.context(more)
	p := newProperties(&yaml.Node{Line: b.DefRange.Start.Line, Column: b.DefRange.Start.Column})
	seen := map[string]cty.Value{"id": cty.StringVal(name)}
	content, _, problems := dynblock.Expand(b.Body, context).PartialContent(resourceSchema(kind))
	if !t.report(name, problems) {
		return object(seen)
	}
	for key, a := range content.Attributes {
		v, value, err := t.evaluate(a, context, slices.Contains(lenientProperties, propertyName(kind, key)))
		p.setTerraform(kind, key, nodeAt(a.Range), value, err)
		seen[key] = v
	}
	blocks := map[string][]any{}
	inner := map[string][]cty.Value{}
	for _, nested := range content.Blocks {
		attributes, problems := nested.Body.JustAttributes()
		if problems.HasErrors() { // of metric_query, which is refused as a whole
			attributes = nil
		}
		values, object := map[string]any{}, map[string]cty.Value{}
		for key, a := range attributes {
			v, value, err := t.evaluate(a, context, true)
			if err != nil {
				p.errors[propertyName(kind, nested.Type)] = err
			}
			values[key], object[key] = value, v
		}
		blocks[nested.Type] = append(blocks[nested.Type], values)
		inner[nested.Type] = append(inner[nested.Type], cty.ObjectVal(object))
	}
	for key, list := range blocks {
		p.setTerraform(kind, key, nil, list, p.errors[propertyName(kind, key)])
		seen[key] = cty.TupleVal(inner[key])
	}
	t.scope.file = b.DefRange.Filename
	t.scope.add(kind, name, p)
	return object(seen)
}

func nodeAt(r hcl.Range) *yaml.Node {
	return &yaml.Node{Line: r.Start.Line, Column: r.Start.Column}
}

// resourceSchema is what is read of a resource.
func resourceSchema(kind string) *hcl.BodySchema {
	names, blocks := []string{"name", "pattern", "apply_on_transformed_logs", "field_selection_criteria"}, []string{"metric_transformation"}
	switch kind {
	case typeAlarm, typeComposite:
		names = []string{
			"alarm_name", "alarm_description", "comparison_operator", "evaluation_periods", "datapoints_to_alarm", "metric_name",
			"namespace", "period", "statistic", "extended_statistic", "threshold", "threshold_metric_id", "treat_missing_data", "unit",
			"actions_enabled", "alarm_actions", "ok_actions", "insufficient_data_actions", "dimensions", "alarm_rule",
		}
		blocks = []string{"metric_query"}
	case typeRule:
		names, blocks = []string{"name", "description", "event_pattern", "state", "is_enabled", "schedule_expression"}, nil
	}
	s := &hcl.BodySchema{}
	for _, n := range names {
		s.Attributes = append(s.Attributes, hcl.AttributeSchema{Name: n})
	}
	for _, n := range blocks {
		s.Blocks = append(s.Blocks, hcl.BlockHeaderSchema{Type: n})
	}
	return s
}

// evaluate works an attribute out. A lenient one that refers to what is not known here is
// its own source, which tells it from others.
func (t *terraform) evaluate(a *hcl.Attribute, context *hcl.EvalContext, lenient bool) (cty.Value, any, error) {
	v, problems := a.Expr.Value(context)
	if !problems.HasErrors() {
		if value, err := fromCty(v, 0); err == nil {
			return v, value, nil
		}
	}
	if lenient {
		source := "${" + strings.TrimSpace(t.source(a.Expr.Range())) + "}" + instance(context)
		return cty.StringVal(source), source, nil
	}
	reason := "its value is not known"
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			reason = d.Summary + ": " + d.Detail
			break
		}
	}
	return cty.DynamicVal, nil, &nodeError{Line: a.Range.Start.Line, Column: a.Range.Start.Column, Reason: reason}
}

// instance tells what one resource of a for_each or a count says from what the others do.
func instance(context *hcl.EvalContext) string {
	for of, key := range map[string]string{"each": "key", "count": "index"} {
		if v, ok := context.Variables[of]; ok {
			if text, err := convert.Convert(v.GetAttr(key), cty.String); err == nil {
				return "[" + text.AsString() + "]"
			}
		}
	}
	return ""
}

func (t *terraform) source(r hcl.Range) string {
	if file := t.files[r.Filename]; file != nil && r.End.Byte <= len(file.Bytes) {
		return string(file.Bytes[r.Start.Byte:r.End.Byte])
	}
	return r.String()
}

var errUnknown = errors.New("not known")

// fromCty is a value as other sources have it.
func fromCty(v cty.Value, depth int) (any, error) {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || depth > maxDepth:
		return nil, errUnknown
	case v.IsNull():
		return nil, nil
	case v.Type() == cty.String:
		return v.AsString(), nil
	case v.Type() == cty.Number:
		return json.Number(v.AsBigFloat().Text('g', -1)), nil
	case v.Type() == cty.Bool:
		return v.True(), nil
	case v.Type().IsMapType() || v.Type().IsObjectType():
		object := map[string]any{}
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			inner, err := fromCty(value, depth+1)
			if err != nil {
				return nil, err
			}
			object[key.AsString()] = inner
		}
		return object, nil
	case v.CanIterateElements():
		list := []any{}
		for it := v.ElementIterator(); it.Next(); {
			_, value := it.Element()
			inner, err := fromCty(value, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, inner)
		}
		return list, nil
	}
	return nil, errUnknown
}

// terraformFunctions are those of Terraform's that need neither files nor the network.
func terraformFunctions() map[string]function.Function {
	return map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "max": stdlib.MaxFunc, "min": stdlib.MinFunc,
		"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
		"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "title": stdlib.TitleFunc,
		"regex": stdlib.RegexFunc, "replace": stdlib.ReplaceFunc, "split": stdlib.SplitFunc, "substr": stdlib.SubstrFunc,
		"trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"coalesce": stdlib.CoalesceFunc, "compact": stdlib.CompactFunc, "concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc,
		"distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "keys": stdlib.KeysFunc,
		"length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "range": stdlib.RangeFunc,
		"reverse": stdlib.ReverseListFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"jsonencode": stdlib.JSONEncodeFunc, "jsondecode": stdlib.JSONDecodeFunc,
		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number), "tobool": stdlib.MakeToFunc(cty.Bool),
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
	}
}

package source

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
)

// readResource adds a resource, as often as count or for_each make it.
func (t *terraform) readResource(b *hcl.Block, kind string) {
	name := b.Labels[0] + "." + b.Labels[1]
	meta, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}}})
	budget := t.stack.budget
	switch {
	case meta.Attributes["count"] != nil:
		v, problems := budget.value(meta.Attributes["count"].Expr, t.within(nil))
		if !t.report(name, problems) {
			return
		}
		n := int64(0)
		if number, err := convert.Convert(v, cty.Number); err == nil && number.IsKnown() && !number.IsNull() {
			n, _ = number.AsBigFloat().Int64()
		}
		if t.tooMany(b, name, n) {
			return
		}
		var made []cty.Value
		for i := range n {
			index := cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(i)})
			made = append(made, t.make(b, kind, fmt.Sprintf("%s[%d]", name, i), map[string]cty.Value{"count": index}))
		}
		if kind == typeFilter {
			t.seen(b.Labels[1], cty.TupleVal(made))
		}
	case meta.Attributes["for_each"] != nil:
		v, problems := budget.value(meta.Attributes["for_each"].Expr, t.within(nil))
		if !t.report(name, problems) {
			return
		}
		if !v.CanIterateElements() {
			t.stack.set.Problems = append(t.stack.set.Problems, alarm.Problem{Position: position(b.DefRange), Name: name, Reason: "for_each is not known"})
			return
		}
		if t.tooMany(b, name, int64(v.LengthInt())) {
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
			t.seen(b.Labels[1], object(made))
		}
	default:
		if t.tooMany(b, name, 1) {
			return
		}
		made := t.make(b, kind, name, nil)
		if kind == typeFilter {
			t.seen(b.Labels[1], made)
		}
	}
}

// tooMany says that n more resources are more than one source may have, and reports it.
func (t *terraform) tooMany(b *hcl.Block, name string, n int64) bool {
	if n <= int64(maxResources-t.stack.added) {
		return false
	}
	t.stack.failed(position(b.DefRange), name, t.stack.full())
	return true
}

// make adds one resource, and returns what others see of it.
func (t *terraform) make(b *hcl.Block, kind, name string, more map[string]cty.Value) cty.Value {
	context := t.within(more)
	p := newProperties(&yaml.Node{Line: b.DefRange.Start.Line, Column: b.DefRange.Start.Column})
	seen := map[string]cty.Value{"id": cty.StringVal(name)}
	var content *hcl.BodyContent
	problems := t.stack.budget.guard(func() (problems hcl.Diagnostics) {
		content, _, problems = dynblock.Expand(b.Body, context).PartialContent(resourceSchema(kind))
		return problems
	})
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
		values, seenInside := map[string]any{}, map[string]cty.Value{}
		for key, a := range attributes {
			v, value, err := t.evaluate(a, context, true)
			if err != nil {
				p.errors[propertyName(kind, nested.Type)] = err
			}
			values[key], seenInside[key] = value, v
		}
		blocks[nested.Type] = append(blocks[nested.Type], values)
		inner[nested.Type] = append(inner[nested.Type], object(seenInside))
	}
	for key, list := range blocks {
		p.setTerraform(kind, key, nil, list, p.errors[propertyName(kind, key)])
		seen[key] = cty.TupleVal(inner[key])
	}
	t.stack.file = b.DefRange.Filename
	t.stack.add(kind, name, p)
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
		names, blocks = []string{"name", "description", "event_pattern", "event_bus_name", "state", "is_enabled", "schedule_expression"}, nil
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
	v, problems := t.stack.budget.value(a.Expr, context)
	if !problems.HasErrors() {
		if value, err := fromCty(v, 0); err == nil {
			return v, value, nil
		}
	}
	if lenient && limitOf(problems) == nil {
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

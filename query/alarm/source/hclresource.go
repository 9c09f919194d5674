package source

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/dynblock"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"go.yaml.in/yaml/v3"
)

// readResource works a resource out, as often as count or for_each make it.
func (m *module) readResource(n *node) {
	address, kind := m.address+n.name, terraformTypes[n.block.Labels[0]]
	r, fine := m.repeated(n, address)
	if kind == "" {
		m.readOther(n, r, fine)
		return
	}
	switch {
	case !fine:
		n.cause = r.cause.in(address)
		m.stack.refuse(position(n.block.DefRange), kindNames[kind], address, r.problem(n))
		return
	case m.tooMany(n, address, len(r.instances)):
		return
	}
	all := make([]cty.Value, 0, len(r.instances))
	for _, i := range r.instances {
		all = append(all, m.make(n, i, kind, r.cause))
	}
	n.value = r.value(all)
}

// tooMany says that n more resources are more than one source may have, and reports it.
func (m *module) tooMany(n *node, address string, more int) bool {
	if m.made+more > maxResources {
		m.stack.refuse(position(n.block.DefRange), kindNames[terraformTypes[n.block.Labels[0]]], address, m.stack.full())
		return true
	}
	m.made += more
	return false
}

// readOther gives another resource the values of its attributes that something refers to.
func (m *module) readOther(n *node, r repeated, fine bool) {
	if !fine || len(r.instances) > maxOtherResources {
		n.cause = r.cause
		return
	}
	attributes, _ := n.block.Body.JustAttributes() // and blocks, which are not known
	id := idAttributes[n.block.Labels[0]]
	n.causes = map[string]cause{}
	all := make([]cty.Value, 0, len(r.instances))
	for _, i := range r.instances {
		values := map[string]cty.Value{}
		for _, name := range computedAttributes {
			values[name] = cty.DynamicVal
		}
		for name := range n.asked {
			values[name] = cty.DynamicVal
		}
		context := m.within(n, i)
		for name, a := range attributes {
			if !n.asked[name] && !(name == id && n.asked["id"]) {
				continue
			}
			v, problems := m.stack.budget.value(a.Expr, context)
			if problems.HasErrors() {
				n.causes[name] = m.failed(a.Expr.Variables(), context, problems)
			} else if values[name] = v; !m.isKnown(v) {
				n.causes[name] = m.cause(a.Expr.Variables(), context, ownCauses(r.cause))
			}
		}
		if v, ok := values[id]; ok {
			values["id"] = v
		}
		all = append(all, object(values))
	}
	n.value = r.value(all)
}

// maxOtherResources bounds how often a resource is made that is no alarm, filter or rule: of
// more of them nothing is known.
const maxOtherResources = 100

// idAttributes are the attributes that are the id of a resource as well.
var idAttributes = map[string]string{
	"aws_cloudwatch_log_metric_filter": "name", "aws_cloudwatch_metric_alarm": "alarm_name", "aws_cloudwatch_composite_alarm": "alarm_name",
	"aws_cloudwatch_event_rule": "name", "aws_cloudwatch_log_group": "name", "aws_s3_bucket": "bucket",
	"aws_iam_role": "name", "aws_iam_user": "name", "aws_iam_group": "name",
}

// computedAttributes are those that resources commonly have without being given them.
var computedAttributes = []string{"id", "arn", "name"}

// An instance is one of those that count or for_each make of a block.
type instance struct {
	address string
	key     string               // of each or count; "" of one that is alone
	scope   map[string]cty.Value // what its expressions see besides
}

// repeated is how often a block is made.
type repeated struct {
	instances []instance
	by        string // count, for_each or ""
	cause     cause  // why what makes them is not known, or not all of it
	limit     error
}

// problem is the error that it is not known how often a block is made.
func (r repeated) problem(n *node) error {
	if r.limit != nil {
		return r.limit
	}
	return r.cause.at(n.block.DefRange)
}

// value is what others see of all instances.
func (r repeated) value(all []cty.Value) cty.Value {
	switch r.by {
	case "count":
		return cty.TupleVal(all)
	case "for_each":
		byKey := map[string]cty.Value{}
		for i, v := range all {
			byKey[r.instances[i].key] = v
		}
		return object(byKey)
	}
	return all[0]
}

// repeated says how often a block is made. What is made not at all is told, unless it is data
// or a resource that is not looked at.
func (m *module) repeated(n *node, address string) (r repeated, fine bool) {
	meta, _, _ := n.block.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "count"}, {Name: "for_each"}}})
	a := meta.Attributes["count"]
	if a == nil {
		a = meta.Attributes["for_each"]
	}
	if a == nil {
		return repeated{instances: []instance{{address: address}}}, true
	}
	r.by = a.Name
	refers := a.Expr.Variables()
	context := m.context(refers)
	v, problems := m.stack.budget.value(a.Expr, context)
	if problems.HasErrors() {
		if limit := limitOf(problems); limit != nil {
			r.limit = limit
		}
		r.cause = m.failed(refers, context, problems).in(a.Name)
		return r, false
	}
	if a.Name == "count" {
		v, _ = convert.Convert(v, cty.Number)
	}
	switch {
	case v == cty.NilVal || v.IsKnown() && (v.IsNull() || a.Name == "for_each" && !v.CanIterateElements()):
		r.cause = because(a.Name + ": its value makes no sense")
		return r, false
	case !v.IsKnown():
		r.cause = m.cause(refers, context, nil).in(a.Name)
		return r, false
	case !m.isKnown(v):
		r.cause = m.cause(refers, context, nil)
	}
	if fine = m.repeat(&r, address, v); !fine {
		return r, false
	}
	if len(r.instances) == 0 && n.wanted {
		empty := "for_each is empty"
		if a.Name == "count" {
			empty = "count is 0"
		}
		kind := ""
		if n.block.Type == "resource" {
			kind = kindNames[terraformTypes[n.block.Labels[0]]]
		}
		why, parameters := m.told(refers, context)
		m.aside(n.block, kind, address, empty+why, parameters)
	}
	return r, true
}

// repeat adds the instances that a count or a for_each of that value makes.
func (m *module) repeat(r *repeated, address string, v cty.Value) (fine bool) {
	count := int64(0)
	if v.Type() == cty.Number {
		count, _ = v.AsBigFloat().Int64()
	} else {
		count = int64(v.LengthInt())
	}
	if count > maxResources {
		r.limit = m.stack.full()
		return false
	}
	if err := m.stack.budget.spend(int(max(count, 0))); err != nil {
		r.limit = err
		return false
	}
	if v.Type() == cty.Number {
		for i := range count {
			index := cty.NumberIntVal(i)
			r.add(address, index, cty.ObjectVal(map[string]cty.Value{"index": index}))
		}
		return true
	}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if v.Type().IsSetType() {
			key = value
		}
		text, err := convert.Convert(key, cty.String)
		if err != nil || text.IsNull() || !text.IsKnown() {
			r.cause = because("for_each: a key of it is not known")
			return false
		}
		r.add(address, text, cty.ObjectVal(map[string]cty.Value{"key": text, "value": value}))
	}
	return true
}

// add adds an instance.
func (r *repeated) add(address string, key, scope cty.Value) {
	text, name := "", "each"
	if key.Type() == cty.Number {
		text, name = key.AsBigFloat().Text('f', 0), "count"
	} else {
		text = key.AsString()
	}
	written := text
	if name == "each" {
		written = strconv.Quote(text)
	}
	r.instances = append(r.instances, instance{address: address + "[" + written + "]", key: text, scope: map[string]cty.Value{name: scope}})
}

// told tells what references are, where that is short, and what the local values among them
// are made of.
func (m *module) told(refers []hcl.Traversal, context *hcl.EvalContext) (why string, parameters []string) {
	var all []string
	seen := map[string]bool{}
	var tell func(refers []hcl.Traversal, context *hcl.EvalContext, depth int)
	tell = func(refers []hcl.Traversal, context *hcl.EvalContext, depth int) {
		for _, t := range refers {
			if len(all) == maxTold || len(seen) == maxLookedAt {
				return
			}
			word := written(t)
			if seen[word] {
				continue
			}
			seen[word] = true
			if v, problems := t.TraverseAbs(context); !problems.HasErrors() && m.isKnown(v) {
				if text, short := shortText(v); short {
					all = append(all, word+" = "+text)
				}
			}
			if name, ok := strings.CutPrefix(word, "var."); ok && m.address == "" && m.nodes[word] != nil {
				parameters = append(parameters, name)
			}
			if name, _ := nodeOf(t); strings.HasPrefix(name, "local.") && m.nodes[name] != nil && depth < maxToldDepth {
				n := m.nodes[name]
				tell(n.refers, m.context(n.refers), depth+1)
			}
		}
	}
	tell(refers, context, 0)
	if len(all) > 0 {
		why = " (" + strings.Join(all, ", ") + ")"
	}
	return why, parameters
}

// shortText is a value as JSON, if that is short.
func shortText(v cty.Value) (text string, short bool) {
	value, err := fromCty(v, 0)
	if err != nil {
		return "", false
	}
	data, err := json.Marshal(value)
	return string(data), err == nil && len(data) <= maxShownBytes
}

// maxTold is how many values are told, of how many that are looked at, and through how many
// local values.
const maxTold, maxLookedAt, maxToldDepth = 5, 50, 5

// maxShownBytes is how long a value may be to be told.
const maxShownBytes = 60

// within is what an instance's expressions see.
func (m *module) within(n *node, i instance) *hcl.EvalContext {
	if n.scope == nil {
		n.scope = m.context(n.refers)
	}
	if i.scope == nil {
		return n.scope
	}
	inner := n.scope.NewChild()
	inner.Variables = i.scope
	return inner
}

// make works one resource out, and returns what others see of it.
func (m *module) make(n *node, i instance, kind string, eachCause cause) cty.Value {
	b, context := n.block, m.within(n, i)
	p := newProperties(&yaml.Node{Line: b.DefRange.Start.Line, Column: b.DefRange.Start.Column})
	seen := map[string]cty.Value{}
	for _, name := range computedAttributes {
		seen[name] = cty.UnknownVal(cty.String)
	}
	var content *hcl.BodyContent
	problems := m.stack.budget.guard(func() (problems hcl.Diagnostics) {
		content, _, problems = dynblock.Expand(b.Body, context).PartialContent(resourceSchema(kind))
		return problems
	})
	if !m.report(i.address, problems) {
		return cty.DynamicVal
	}
	e := evaluation{m, context, ownCauses(eachCause), i}
	for key, a := range content.Attributes {
		v, value, err := e.evaluate(a, slices.Contains(lenientProperties, propertyName(kind, key)))
		p.setTerraform(kind, key, nodeAt(a.Range), value, err)
		seen[key] = v
	}
	if a := content.Attributes["event_pattern"]; a != nil && seen["event_pattern"].IsNull() && !p.has("ScheduleExpression") {
		why, _ := m.told(a.Expr.Variables(), context)
		p.errors["EventPattern"] = because("it is null" + why).at(a.Range)
	}
	m.tellDynamic(b, context, eachCause, kind, p)
	blocks := map[string][]any{}
	inner := map[string][]cty.Value{}
	for _, nested := range content.Blocks {
		values, seenInside, err := e.block(nested.Body)
		content, _, _ := nested.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "metric"}}}) // of metric_query
		for _, metric := range content.Blocks {
			inner, _, failed := e.block(metric.Body)
			values[metric.Type], err = []any{inner}, cmp.Or(err, failed)
		}
		if err != nil {
			p.errors[propertyName(kind, nested.Type)] = err
		}
		blocks[nested.Type] = append(blocks[nested.Type], values)
		inner[nested.Type] = append(inner[nested.Type], object(seenInside))
	}
	for key, list := range blocks {
		p.setTerraform(kind, key, nil, list, p.errors[propertyName(kind, key)])
		seen[key] = cty.TupleVal(inner[key])
	}
	if v, ok := seen[idAttributes[b.Labels[0]]]; ok {
		seen["id"] = v
	}
	n.made = append(n.made, made{kind: kind, address: i.address, file: b.DefRange.Filename, properties: p})
	return object(seen)
}

// tellDynamic gives properties that dynamic blocks make the cause why it is not known how many.
func (m *module) tellDynamic(b *hcl.Block, context *hcl.EvalContext, eachCause cause, kind string, p *properties) {
	native, ok := b.Body.(*hclsyntax.Body)
	if !ok {
		return
	}
	for _, inner := range native.Blocks {
		a := inner.Body.Attributes["for_each"]
		if inner.Type != "dynamic" || a == nil || len(inner.Labels) != 1 {
			continue
		}
		v, problems := m.stack.budget.value(a.Expr, context)
		if !problems.HasErrors() && !v.IsKnown() {
			why := m.cause(a.Expr.Variables(), context, ownCauses(eachCause)).in("for_each")
			p.errors[propertyName(kind, inner.Labels[0])] = why.at(a.SrcRange)
		}
	}
}

func nodeAt(r hcl.Range) *yaml.Node {
	return &yaml.Node{Line: r.Start.Line, Column: r.Start.Column}
}

// block works out the attributes of a block in a resource.
func (e *evaluation) block(body hcl.Body) (values map[string]any, seen map[string]cty.Value, err error) {
	values, seen = map[string]any{}, map[string]cty.Value{}
	names, _ := body.JustAttributes() // blocks in it are no attributes, which is no fault
	schema := &hcl.BodySchema{}
	for name := range names {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: name})
	}
	content, _, _ := body.PartialContent(schema) // of a dynamic block, which has the iterator this way
	for _, key := range sortedKeys(content.Attributes) {
		v, value, failed := e.evaluate(content.Attributes[key], true)
		err = cmp.Or(err, failed)
		values[key], seen[key] = value, v
	}
	return values, seen, err
}

// resourceSchema is what is read of a resource.
func resourceSchema(kind string) *hcl.BodySchema {
	names, blocks := []string{"name", "pattern", "log_group_name", "apply_on_transformed_logs", "field_selection_criteria"}, []string{"metric_transformation"}
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

// An evaluation works the attributes of one resource out.
type evaluation struct {
	*module
	context *hcl.EvalContext
	own     map[string]cause
	of      instance
}

// ownCauses are the causes of what a block's own names stand for.
func ownCauses(each cause) map[string]cause { return map[string]cause{"each": each} }

// evaluate works an attribute out. A lenient one that refers to what is not known here is
// its own source, which tells it from others.
func (e evaluation) evaluate(a *hcl.Attribute, lenient bool) (cty.Value, any, error) {
	v, problems := e.stack.budget.value(a.Expr, e.context)
	if !problems.HasErrors() {
		if value, err := fromCty(v, 0); err == nil {
			return v, value, nil
		}
	}
	if lenient && limitOf(problems) == nil {
		text := e.standIn(a.Expr)
		return cty.StringVal(text), text, nil
	}
	if problems.HasErrors() {
		return cty.DynamicVal, nil, e.failed(a.Expr.Variables(), e.context, problems).at(a.Range)
	}
	return cty.DynamicVal, nil, e.cause(a.Expr.Variables(), e.context, e.own).at(a.Range)
}

// standIn is the source of what is not known; of a text, the parts that are known are as they
// are.
func (e evaluation) standIn(expr hcl.Expression) string {
	template, ok := hcl.UnwrapExpression(expr).(*hclsyntax.TemplateExpr)
	if !ok {
		return e.placeholder(expr.Range())
	}
	text := ""
	for _, part := range template.Parts {
		v, problems := e.stack.budget.value(part, e.context)
		if v, err := convert.Convert(v, cty.String); err == nil && !problems.HasErrors() && v.IsKnown() && !v.IsNull() {
			text += v.AsString()
		} else {
			text += e.placeholder(part.Range())
		}
		if len(text) > maxStandInBytes {
			return e.placeholder(expr.Range())
		}
	}
	return text
}

// maxStandInBytes is how long a name may be that is not known.
const maxStandInBytes = 1000

// placeholder is a part of the source, and of which instance it is where that may matter.
func (e evaluation) placeholder(r hcl.Range) string {
	source := strings.TrimSpace(e.source(r))
	text := "${" + source + "}"
	if e.of.scope != nil && (strings.Contains(source, "each.") || strings.Contains(source, "count.")) {
		text += "[" + e.of.key + "]"
	}
	return text
}

// failed is why an expression cannot be worked out: what it refers to, or itself.
func (m *module) failed(refers []hcl.Traversal, context *hcl.EvalContext, problems hcl.Diagnostics) cause {
	if undeclared := m.undeclared(refers); undeclared != "" && limitOf(problems) == nil {
		return because(undeclared)
	}
	return because(reasonOf(problems))
}

func (c *configuration) source(r hcl.Range) string {
	if file := c.files[r.Filename]; file != nil && r.End.Byte <= len(file.Bytes) {
		return string(file.Bytes[r.Start.Byte:r.End.Byte])
	}
	return r.String()
}

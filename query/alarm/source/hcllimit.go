package source

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// HCL works expressions out without an end to what they take. So each expression of a file
// is put into a [bounded] one, which takes what it costs from the budget and ends the whole
// by a panic with a [*hcl.Diagnostic], which [budget.guard] returns.

// guard runs f, and returns how a limit ended it.
func (b *budget) guard(f func() hcl.Diagnostics) (problems hcl.Diagnostics) {
	b.begin()
	b.refused = nil
	defer func() {
		switch stopped := recover().(type) {
		case nil:
		case *hcl.Diagnostic:
			problems = hcl.Diagnostics{stopped}
		default:
			panic(stopped)
		}
	}()
	return f()
}

// value works out an expression.
func (b *budget) value(expr hcl.Expression, context *hcl.EvalContext) (v cty.Value, problems hcl.Diagnostics) {
	v = cty.DynamicVal
	problems = b.guard(func() (problems hcl.Diagnostics) {
		v, problems = expr.Value(context)
		return problems
	})
	return v, problems
}

// stop ends the working out of what [budget.guard] runs. Functions that work expressions out
// themselves, such as try, would take its panic for an error of their own: refused keeps the
// limit for the expression that calls them.
func stop(b *budget, at hcl.Range, err *limitError) {
	if err != nil {
		b.refused = err
		panic(&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "over a limit", Detail: err.Limit, Subject: &at, Extra: err})
	}
}

// limitOf returns the limit that ended the working out of an expression.
func limitOf(problems hcl.Diagnostics) *limitError {
	for _, d := range problems {
		if err, ok := d.Extra.(*limitError); ok {
			return err
		}
	}
	return nil
}

// A bounded expression takes what it costs from a budget.
type bounded struct {
	hclsyntax.Expression
	budget    *budget
	variables []hcl.Traversal // of an attribute
	operand   bool            // what it is an operand of looks at all of it
	unified   bool            // what it is an operand of may look for a type that all of it has
}

// Variables are those of the expression as it was parsed: what walks it looks for types
// that bounded expressions hide.
func (e *bounded) Variables() []hcl.Traversal { return e.variables }

func (e *bounded) UnwrapExpression() hcl.Expression { return e.Expression }

func (e *bounded) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	stop(e.budget, e.Range(), e.budget.spend(1))
	v, problems := e.Expression.Value(context)
	switch e.Expression.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.RelativeTraversalExpr, *hclsyntax.IndexExpr, *hclsyntax.LiteralValueExpr, *hclsyntax.AnonSymbolExpr:
		// A part of what was measured before.
		if e.operand {
			s := size{}
			s.add(v, 0)
			stop(e.budget, e.Range(), e.budget.spend(s.nodes+s.bytes/64))
		}
	default:
		stop(e.budget, e.Range(), e.budget.measure(v))
	}
	stop(e.budget, e.Range(), e.budget.refused)
	if e.unified {
		stop(e.budget, e.Range(), e.budget.unify(v))
	}
	return v, problems
}

// bound puts all expressions of a file into bounded ones.
func (b *budget) bound(file *hcl.File) {
	if body, ok := file.Body.(*hclsyntax.Body); ok {
		hclsyntax.Walk(body, binder{b})
		return
	}
	file.Body = boundedBody{file.Body, b}
}

// boundTemplate does so with a template.
func (b *budget) boundTemplate(expr hclsyntax.Expression) hclsyntax.Expression {
	hclsyntax.Walk(expr, binder{b})
	return &bounded{Expression: expr, budget: b}
}

// A binder walks parsed text, and binds the expressions of each node when it leaves it.
type binder struct{ budget *budget }

func (w binder) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if a, ok := n.(*hclsyntax.Attribute); ok {
		a.Expr = &bounded{Expression: a.Expr, budget: w.budget, variables: a.Expr.Variables()}
	}
	return nil
}

func (w binder) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if b, ok := n.(*bounded); ok {
		n = b.Expression
	}
	switch e := n.(type) {
	case *hclsyntax.ParenthesesExpr:
		w.bind(&e.Expression)
	case *hclsyntax.RelativeTraversalExpr:
		w.bind(&e.Source)
	case *hclsyntax.FunctionCallExpr:
		w.bindAll(e.Args, true)
		if !slices.Contains(typelessFunctions, e.Name) {
			w.unify(e.Args...)
		}
	case *hclsyntax.ConditionalExpr:
		w.bind(&e.Condition)
		w.operands(&e.TrueResult, &e.FalseResult)
		w.unify(e.TrueResult, e.FalseResult)
	case *hclsyntax.IndexExpr:
		w.bind(&e.Collection, &e.Key)
	case *hclsyntax.TupleConsExpr:
		w.bindAll(e.Exprs, false)
	case *hclsyntax.ObjectConsExpr:
		for i := range e.Items {
			w.bind(&e.Items[i].ValueExpr)
		}
	case *hclsyntax.ObjectConsKeyExpr:
		if _, name := e.Wrapped.(*hclsyntax.ScopeTraversalExpr); !name { // which stands for itself
			w.bind(&e.Wrapped)
		}
	case *hclsyntax.ForExpr:
		w.bind(&e.CollExpr, &e.KeyExpr, &e.ValExpr, &e.CondExpr)
	case *hclsyntax.SplatExpr:
		w.bind(&e.Source, &e.Each)
	case *hclsyntax.BinaryOpExpr:
		w.operands(&e.LHS, &e.RHS)
	case *hclsyntax.UnaryOpExpr:
		w.bind(&e.Val)
	case *hclsyntax.TemplateExpr:
		w.bindAll(e.Parts, true)
	case *hclsyntax.TemplateJoinExpr:
		w.operands(&e.Tuple)
	case *hclsyntax.TemplateWrapExpr:
		w.bind(&e.Wrapped)
	}
	return nil
}

func (w binder) bind(expressions ...*hclsyntax.Expression) {
	for _, e := range expressions {
		if *e != nil {
			*e = &bounded{Expression: *e, budget: w.budget}
		}
	}
}

func (w binder) operands(expressions ...*hclsyntax.Expression) {
	for _, e := range expressions {
		*e = &bounded{Expression: *e, budget: w.budget, operand: true}
	}
}

// unify notes that types of bounded expressions are looked for.
func (w binder) unify(expressions ...hclsyntax.Expression) {
	for _, e := range expressions {
		if b, ok := e.(*bounded); ok {
			b.unified = true
		}
	}
}

// typelessFunctions take values as they are, however wide.
var typelessFunctions = []string{"can", "flatten", "jsonencode", "keys", "length", "lookup", "merge", "try", "values"}

func (w binder) bindAll(expressions []hclsyntax.Expression, operands bool) {
	for i, e := range expressions {
		expressions[i] = &bounded{Expression: e, budget: w.budget, operand: operands}
	}
}

// A boundedBody is a body of Terraform's JSON syntax, which parses the templates in it when
// they are worked out.
type boundedBody struct {
	hcl.Body
	budget *budget
}

func (b boundedBody) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content, problems := b.Body.Content(schema)
	return b.content(content), problems
}

func (b boundedBody) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	content, rest, problems := b.Body.PartialContent(schema)
	return b.content(content), boundedBody{rest, b.budget}, problems
}

func (b boundedBody) JustAttributes() (hcl.Attributes, hcl.Diagnostics) {
	attributes, problems := b.Body.JustAttributes()
	b.attributes(attributes)
	return attributes, problems
}

func (b boundedBody) content(c *hcl.BodyContent) *hcl.BodyContent {
	if c != nil {
		b.attributes(c.Attributes)
		for _, block := range c.Blocks {
			block.Body = boundedBody{block.Body, b.budget}
		}
	}
	return c
}

func (b boundedBody) attributes(all hcl.Attributes) {
	for _, a := range all {
		a.Expr = boundedJSON{a.Expr, b.budget}
	}
}

// A boundedJSON is an expression of Terraform's JSON syntax.
type boundedJSON struct {
	hcl.Expression
	budget *budget
}

func (e boundedJSON) UnwrapExpression() hcl.Expression { return e.Expression }

func (e boundedJSON) Value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	stop(e.budget, e.Range(), e.budget.spend(1))
	v, problems := e.value(context)
	stop(e.budget, e.Range(), e.budget.measure(v))
	stop(e.budget, e.Range(), e.budget.refused)
	return v, problems
}

func (e boundedJSON) value(context *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	if list, problems := hcl.ExprList(e.Expression); !problems.HasErrors() {
		var values []cty.Value
		for _, inner := range list {
			v, more := boundedJSON{inner, e.budget}.Value(context)
			values, problems = append(values, v), append(problems, more...)
		}
		return cty.TupleVal(values), problems
	}
	if pairs, problems := hcl.ExprMap(e.Expression); !problems.HasErrors() {
		values := map[string]cty.Value{}
		for _, p := range pairs {
			key, more := boundedJSON{p.Key, e.budget}.Value(context)
			v, evenMore := boundedJSON{p.Value, e.budget}.Value(context)
			problems = append(append(problems, more...), evenMore...)
			if name, err := convert.Convert(key, cty.String); err == nil && name.IsKnown() && !name.IsNull() {
				values[name.AsString()] = v
			} else {
				return cty.DynamicVal, problems
			}
		}
		return object(values), problems
	}
	v, problems := e.Expression.Value(nil)
	if context == nil || problems.HasErrors() || v.Type() != cty.String || v.IsNull() {
		return v, problems
	}
	start := e.Range().Start
	start.Byte, start.Column = start.Byte+1, start.Column+1
	template, problems := hclsyntax.ParseTemplate([]byte(v.AsString()), e.Range().Filename, start)
	if problems.HasErrors() {
		return cty.DynamicVal, problems
	}
	return e.budget.boundTemplate(template).Value(context)
}

// measure takes the size of a value that was made, however often its parts are held.
func (b *budget) measure(v cty.Value) *limitError {
	s := size{}
	err := s.add(v, 0)
	if more := b.spend(s.nodes); more != nil {
		return more
	}
	if err != nil {
		return err
	}
	return b.make(s.bytes)
}

// unify takes what it costs to find the one type of all values in a value: each is compared
// with the others.
func (b *budget) unify(v cty.Value) *limitError {
	wide := 0
	cty.Walk(v, func(_ cty.Path, inner cty.Value) (bool, error) {
		kind := inner.Type()
		if (kind.IsTupleType() || kind.IsObjectType()) && inner.IsKnown() && !inner.IsNull() {
			wide += inner.LengthInt() * inner.LengthInt() / 32
			return true, nil
		}
		return kind.IsCollectionType(), nil
	})
	return b.spend(wide)
}

// A size is what a value takes when it is written out.
type size struct{ nodes, bytes int }

func (s *size) add(v cty.Value, depth int) *limitError {
	s.nodes++
	switch {
	case depth > maxDepth:
		return overLimit("a value nests deeper than %d levels", maxDepth)
	case s.nodes > maxNodes:
		return overLimit("a value holds more than %d values", maxNodes)
	case s.bytes > maxTextBytes:
		return overLimit("a value has more than %d bytes of text", maxTextBytes)
	case !v.IsKnown() || v.IsNull():
	case v.Type() == cty.String:
		s.bytes += len(v.AsString())
	case v.Type() == cty.Number:
		if exponent := v.AsBigFloat().MantExp(nil); max(exponent, -exponent) > maxDigits*10/3 {
			return overLimit("a number has more than %d digits", maxDigits)
		}
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			key, value := it.Element()
			if key.Type() == cty.String && key.IsKnown() && !key.IsNull() { // of a set, it is the value
				s.bytes += len(key.AsString())
			}
			if err := s.add(value, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// boundFunctions returns functions of which those that have costs look at them first.
func (b *budget) boundFunctions(functions map[string]function.Function) map[string]function.Function {
	for name, costs := range functionCosts {
		functions[name] = b.boundFunction(functions[name], costs)
	}
	return functions
}

// boundFunction returns a function that looks at its arguments before it works: costs
// returns what it would make of them at most, and how much work it takes, in bytes.
func (b *budget) boundFunction(f function.Function, costs func(args []cty.Value) (bytes, work int)) function.Function {
	return function.New(&function.Spec{
		Params: f.Params(), VarParam: f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			bytes, work := costs(args)
			err := b.spend(work / 64)
			if err == nil && bytes > 16*maxTextBytes { // what is really made is measured
				err = overLimit("a function could make more than %d MB of text", 16*maxTextBytes>>20)
			}
			if err != nil {
				b.refused = err
				return cty.NilType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// tooMuch is more than any budget has.
const tooMuch = 1 << 30

// functionCosts are the costs of the functions that make more than they get, or take more
// than a step for each byte or value of it.
var functionCosts = map[string]func(args []cty.Value) (bytes, work int){
	"format": formatCosts,
	"formatlist": func(args []cty.Value) (bytes, work int) {
		n := 1
		for _, v := range args {
			n = max(n, lengthOf(v))
		}
		bytes, work = formatCosts(args)
		return bytes * n, work * n
	},
	"join": func(args []cty.Value) (bytes, work int) {
		n := 0
		for _, v := range args[1:] {
			n += lengthOf(v)
		}
		bytes = len(textOf(args[0]))*n + bytesOf(args[1:])
		return bytes, bytes
	},
	"indent": func(args []cty.Value) (bytes, work int) {
		text, spaces := textOf(args[1]), 0
		if v := args[0]; v.IsKnown() && !v.IsNull() {
			if n, _ := v.AsBigFloat().Int64(); n > maxTextBytes {
				return tooMuch, 0
			} else {
				spaces = max(0, int(n))
			}
		}
		bytes = len(text) + spaces*strings.Count(text, "\n")
		return bytes, 0
	},
	"split": func(args []cty.Value) (bytes, work int) {
		text, by := textOf(args[1]), textOf(args[0])
		return len(text) + 160*strings.Count(text, by), len(text)
	},
	"trim": func(args []cty.Value) (bytes, work int) {
		return 0, len(textOf(args[0])) * len(textOf(args[1]))
	},
	"regex": func(args []cty.Value) (bytes, work int) {
		return 0, regexpWork(textOf(args[0]), textOf(args[1]))
	},
	"regexall": func(args []cty.Value) (bytes, work int) {
		pattern, text := textOf(args[0]), textOf(args[1])
		return 160 * (len(text) + 1) * (strings.Count(pattern, "(") + 1), regexpWork(pattern, text)
	},
	"replace": func(args []cty.Value) (bytes, work int) {
		text, old, by := textOf(args[0]), textOf(args[1]), textOf(args[2])
		if len(old) > 1 && old[0] == '/' && old[len(old)-1] == '/' {
			// $1 stands for up to the whole of what is replaced.
			return len(text) + (len(text)+1)*len(by), regexpWork(old[1:len(old)-1], text)
		}
		return len(text) + strings.Count(text, old)*len(by), len(text)
	},
	"jsondecode": func(args []cty.Value) (bytes, work int) {
		text := textOf(args[0])
		if strings.Count(text, "[")+strings.Count(text, "{") > maxDepth && tooDeep(text) {
			return tooMuch, 0
		}
		return 160 * strings.Count(text, ","), len(text)
	},
	"yamldecode": func(args []cty.Value) (bytes, work int) {
		text := textOf(args[0])
		return 0, 8 * len(text)
	},
	"csvdecode": func(args []cty.Value) (bytes, work int) {
		text := textOf(args[0])
		return 160 * (strings.Count(text, ",") + strings.Count(text, "\n")), len(text)
	},
	"parseint": func(args []cty.Value) (bytes, work int) {
		if len(textOf(args[0])) > maxDigits {
			return tooMuch, 0
		}
		return 0, 0
	},
	"setproduct": func(args []cty.Value) (bytes, work int) {
		n := 1
		for _, v := range args {
			if n = n * lengthOf(v); n > maxNodes {
				return tooMuch, 0
			}
		}
		return 160 * n * len(args), 640 * n * len(args)
	},
	// Each is compared with the others.
	"index": func(args []cty.Value) (bytes, work int) {
		return 0, bytesOf(args) + lengthOf(args[0])*bytesOf(args[1:])
	},
	"contains": func(args []cty.Value) (bytes, work int) {
		return 0, bytesOf(args) + lengthOf(args[0])*bytesOf(args[1:])
	},
	"matchkeys": func(args []cty.Value) (bytes, work int) {
		return 0, 8 * (bytesOf(args[1:]) + lengthOf(args[1])*lengthOf(args[2]))
	},
	"setintersection": setCosts, "setsubtract": setCosts, "setunion": setCosts,
	// Each value is compared with all that came before it.
	"distinct": func(args []cty.Value) (bytes, work int) { return 0, 8 * lengthOf(args[0]) * lengthOf(args[0]) },
	// So it is where the hashes of values are one.
	"toset": func(args []cty.Value) (bytes, work int) { return 0, lengthOf(args[0]) * lengthOf(args[0]) / 8 },
}

// setCosts are those of sets whose values have one hash.
func setCosts(args []cty.Value) (bytes, work int) {
	n := 0
	for _, v := range args {
		n += lengthOf(v)
	}
	return 0, n * n / 8
}

// tooDeep says that JSON nests deeper than values may, at the most: brackets in texts count.
func tooDeep(text string) bool {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if depth > maxDepth {
			return true
		}
	}
	return false
}

func formatCosts(args []cty.Value) (bytes, work int) {
	format := textOf(args[0])
	width, digits := 0, 0
	for i := range len(format) {
		if c := format[i]; c < '0' || c > '9' {
			width, digits = max(width, digits), 0
		} else if digits = digits*10 + int(c-'0'); digits > maxTextBytes {
			return tooMuch, 0
		}
	}
	for _, v := range args[1:] {
		if isHuge(textOf(v)) {
			return tooMuch, 0
		}
	}
	// An argument can be written more than once, and quoted.
	bytes = len(format) + strings.Count(format, "%")*(width+digits+6*bytesOf(args[1:])+maxDigits)
	return min(bytes, tooMuch), min(bytes, tooMuch)
}

// regexpWork is how long a text takes with a regular expression: as many steps for each
// byte as the expression has instructions.
func regexpWork(pattern, text string) int {
	if len(pattern) > 10_000 {
		return tooMuch
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0 // the function says so
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0
	}
	return len(program.Inst) * (len(text) + 64)
}

// textOf is a value's text, "" of others.
func textOf(v cty.Value) string {
	if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return ""
	}
	return v.AsString()
}

// lengthOf is how many values a value holds.
func lengthOf(v cty.Value) int {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return 0
	}
	return v.LengthInt()
}

// bytesOf are the texts of values.
func bytesOf(values []cty.Value) int {
	s := size{}
	for _, v := range values {
		if s.add(v, 0) != nil {
			return tooMuch
		}
	}
	return s.bytes + 8*s.nodes
}

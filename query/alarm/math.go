package alarm

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Metric is one of those that an alarm's expression is made of.
type Metric struct {
	ID         string
	Namespace  string
	MetricName string
	Dimensions []Dimension
	Unit       string // "": values of any unit count
	Statistic  Statistic
	Filters    []*Filter // whose values make it up
}

// An Expression is one of metric math, by the id that others refer to it by.
type Expression struct{ ID, Text string }

// A Math is what an alarm looks at in place of a metric: an expression over metrics.
//
// CloudWatch does not document all that it makes of a window in which a metric has no value.
// Here + - * / have none where a side has none, and where they divide by 0; SUM, AVG, MIN and
// MAX take the metrics that have one; FILL puts its number in place of none.
type Math struct {
	Text  string // of the expression whose value is compared with the threshold
	steps []term // each may refer to the metrics and to the steps before it
}

// A sample is a value in a window, if there is one.
type sample struct {
	value float64
	there bool
}

// A term gives a sample, from those of the metrics and of the steps before.
type term func(all []sample) sample

const (
	maxExpressions     = 100  // CloudWatch takes 10 metrics and expressions in one alarm
	maxExpressionBytes = 2048 // of one of them
	maxExpressionDepth = 50
	maxTerms           = 10_000 // in arrays of all of them, each of which costs time in each window
)

// NewMath reads expressions over metrics: the alarm is on the one with that id, which may be a
// metric's. What cannot be computed is a [*RefusedError].
func NewMath(metrics []*Metric, expressions []Expression, id string) (*Math, error) {
	if len(metrics)+len(expressions) > maxExpressions {
		return nil, refuse("Metrics", "there are more than %d", maxExpressions)
	}
	p := &mathParser{slots: map[string]int{}, texts: map[string]string{}}
	for i, m := range metrics {
		p.metrics = append(p.metrics, m.ID)
		p.slots[m.ID] = i
	}
	for _, e := range expressions {
		p.texts[e.ID] = e.Text
	}
	slot, err := p.slot(id)
	if err != nil {
		return nil, err
	}
	m := &Math{Text: p.texts[id], steps: p.steps}
	if m.Text == "" {
		m.Text = id
	}
	if slot < len(metrics) {
		m.steps = []term{func(all []sample) sample { return all[slot] }}
	}
	return m, nil
}

// at is the value of the expression where the metrics have these.
func (m *Math) at(metrics []sample) sample {
	all := slices.Clip(metrics)
	for _, step := range m.steps {
		all = append(all, step(all))
	}
	return all[len(all)-1]
}

// A mathParser reads expressions, each once those that it refers to are read.
type mathParser struct {
	metrics []string
	texts   map[string]string // of expressions
	slots   map[string]int    // of metrics, and of expressions that are read
	reading []string          // ids of expressions
	terms   int               // in arrays
	steps   []term
}

// slot is where the value of a metric or an expression is found.
func (p *mathParser) slot(id string) (int, error) {
	if slot, ok := p.slots[id]; ok {
		return slot, nil
	}
	text, ok := p.texts[id]
	switch {
	case !ok:
		return 0, refuse("Metrics", "there is no metric or expression %s", id)
	case slices.Contains(p.reading, id):
		return 0, refuse("Metrics", "the expression %s refers to itself", id)
	case len(text) > maxExpressionBytes:
		return 0, refuse("Metrics", "the expression %s has more than %d characters", id, maxExpressionBytes)
	}
	p.reading = append(p.reading, id)
	r := &expressionReader{mathParser: p, text: text, rest: text}
	o, err := r.sum(0)
	if err == nil && r.peek() != "" {
		err = r.refuse("at %q", r.rest)
	}
	if err == nil && o.many != nil {
		err = r.refuse("it has several values")
	}
	p.reading = p.reading[:len(p.reading)-1]
	if err != nil {
		return 0, err
	}
	p.slots[id] = len(p.metrics) + len(p.steps)
	p.steps = append(p.steps, o.one)
	return p.slots[id], nil
}

// An operand is one value, or an array of them.
type operand struct {
	one  term
	many []term
}

// An expressionReader reads one expression.
type expressionReader struct {
	*mathParser
	text, rest string
}

func (r *expressionReader) refuse(format string, args ...any) error {
	return refuse("Metrics", "the expression %s cannot be computed here: %s", r.text, fmt.Sprintf(format, args...))
}

// peek is the next sign, number, name or string; empty at the end.
func (r *expressionReader) peek() string {
	r.rest = strings.TrimLeft(r.rest, " \t\r\n")
	isWord := func(c byte) bool {
		return c == '_' || c == '.' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	switch {
	case r.rest == "":
		return ""
	case r.rest[0] == '"' || r.rest[0] == '\'':
		if end := strings.IndexByte(r.rest[1:], r.rest[0]); end >= 0 {
			return r.rest[:end+2]
		}
		return r.rest
	case !isWord(r.rest[0]):
		return r.rest[:1]
	}
	n := 1
	for n < len(r.rest) && isWord(r.rest[n]) {
		n++
	}
	return r.rest[:n]
}

// take takes the next word, if it is that one.
func (r *expressionReader) take(word string) bool {
	if r.peek() != word {
		return false
	}
	r.rest = r.rest[len(word):]
	return true
}

// sum reads terms with + and - between them.
func (r *expressionReader) sum(depth int) (operand, error) { return r.chain(depth, "+-", r.product) }

// product reads terms with * and / between them.
func (r *expressionReader) product(depth int) (operand, error) { return r.chain(depth, "*/", r.unary) }

func (r *expressionReader) chain(depth int, operators string, next func(int) (operand, error)) (operand, error) {
	left, err := next(depth)
	for err == nil {
		sign := r.peek()
		if sign == "" || !strings.Contains(operators, sign) {
			return left, nil
		}
		r.take(sign)
		var right operand
		if right, err = next(depth); err != nil {
			break
		}
		if left.many != nil || right.many != nil {
			return operand{}, r.refuse("%s between several values", sign)
		}
		left = operand{one: calculation(sign, left.one, right.one)}
	}
	return operand{}, err
}

func calculation(sign string, a, b term) term {
	return func(all []sample) sample {
		x, y := a(all), b(all)
		if !x.there || !y.there {
			return sample{}
		}
		switch sign {
		case "+":
			return number(x.value + y.value)
		case "-":
			return number(x.value - y.value)
		case "*":
			return number(x.value * y.value)
		}
		return number(x.value / y.value)
	}
}

// number is a value, unless it is none.
func number(v float64) sample {
	if !(math.Abs(v) <= MaxValue) {
		return sample{}
	}
	return sample{value: v, there: true}
}

// unary reads a value behind any number of signs.
func (r *expressionReader) unary(depth int) (operand, error) {
	switch {
	case depth > maxExpressionDepth:
		return operand{}, r.refuse("it is nested deeper than %d levels", maxExpressionDepth)
	case r.take("-"):
		o, err := r.unary(depth + 1)
		if err == nil && o.many != nil {
			err = r.refuse("- before several values")
		}
		return operand{one: calculation("-", constant(0), o.one)}, err
	case r.take("+"):
		return r.unary(depth + 1)
	case r.take("("):
		o, err := r.sum(depth + 1)
		if err == nil && !r.take(")") {
			err = r.refuse("a bracket is not closed")
		}
		return o, err
	case r.take("["):
		list, err := r.list(depth+1, "]")
		return operand{many: list}, err
	}
	word := r.peek()
	if f, err := strconv.ParseFloat(word, 64); err == nil && word[0] >= '0' && word[0] <= '9' || err == nil && word[0] == '.' {
		r.take(word)
		return operand{one: constant(f)}, nil
	}
	if word == "" || !strings.ContainsAny(word[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return operand{}, r.refuse("a value was expected at %q", r.rest)
	}
	r.take(word)
	if r.take("(") {
		return r.call(word, depth+1)
	}
	slot, err := r.slot(word)
	return operand{one: func(all []sample) sample { return all[slot] }}, err
}

func constant(f float64) term { return func([]sample) sample { return number(f) } }

// list reads values with commas between them.
func (r *expressionReader) list(depth int, end string) (all []term, err error) {
	for {
		o, err := r.sum(depth)
		if err != nil {
			return nil, err
		}
		if o.many == nil {
			o.many = []term{o.one}
		}
		all = append(all, o.many...)
		if r.terms += len(o.many); r.terms > maxTerms {
			return nil, r.refuse("its arrays have more than %d values", maxTerms)
		}
		if r.take(end) {
			return all, nil
		}
		if !r.take(",") {
			return nil, r.refuse("a bracket is not closed")
		}
	}
}

// call reads the arguments of a function.
func (r *expressionReader) call(name string, depth int) (operand, error) {
	switch name {
	case "METRICS":
		return r.callMetrics()
	case "FILL":
		return r.callFill(depth)
	case "SUM", "AVG", "MIN", "MAX":
		o, err := r.sum(depth)
		switch {
		case err != nil:
			return o, err
		case !r.take(")"):
			return o, r.refuse("%s takes one array", name)
		case o.many == nil:
			return o, r.refuse("%s of one metric is a number for all of its time", name)
		}
		return operand{one: aggregate(name, o.many)}, nil
	case "ABS", "CEIL", "FLOOR":
		o, err := r.sum(depth)
		if err == nil && !r.take(")") {
			err = r.refuse("%s takes one value", name)
		}
		f := map[string]func(float64) float64{"ABS": math.Abs, "CEIL": math.Ceil, "FLOOR": math.Floor}[name]
		return o.each(func(s sample) sample { return sample{f(s.value), s.there} }), err
	}
	return operand{}, r.refuse("there is no %s", name)
}

// each is an operand with each value changed.
func (o operand) each(change func(sample) sample) operand {
	of := func(t term) term { return func(all []sample) sample { return change(t(all)) } }
	if o.many == nil {
		return operand{one: of(o.one)}
	}
	changed := operand{}
	for _, t := range o.many {
		changed.many = append(changed.many, of(t))
	}
	return changed
}

// callMetrics reads what is behind METRICS(: nothing, or a text that ids contain.
func (r *expressionReader) callMetrics() (operand, error) {
	within := ""
	if word := r.peek(); strings.HasPrefix(word, `"`) || strings.HasPrefix(word, "'") {
		r.take(word)
		within = strings.Trim(word, `"'`)
	}
	if !r.take(")") {
		return operand{}, r.refuse("METRICS takes a text in quotes, or nothing")
	}
	var o operand
	for slot, id := range r.metrics {
		if strings.Contains(id, within) {
			o.many = append(o.many, func(all []sample) sample { return all[slot] })
		}
	}
	if o.many == nil {
		return o, r.refuse("METRICS finds no metric")
	}
	if r.terms += len(o.many); r.terms > maxTerms {
		return o, r.refuse("its arrays have more than %d values", maxTerms)
	}
	return o, nil
}

// callFill reads what is behind FILL(: a value and what stands for none.
func (r *expressionReader) callFill(depth int) (operand, error) {
	o, err := r.sum(depth)
	if err != nil {
		return o, err
	}
	if !r.take(",") {
		return o, r.refuse("FILL takes a value and a number")
	}
	sign := 1.0
	if r.take("-") {
		sign = -1
	}
	word := r.peek()
	f, err := strconv.ParseFloat(word, 64)
	if err != nil || !r.take(word) || !r.take(")") {
		return o, r.refuse("FILL is computed with a number alone")
	}
	return o.each(func(s sample) sample {
		if !s.there {
			return number(sign * f)
		}
		return s
	}), nil
}

// aggregate is one value of the several that are there.
func aggregate(name string, terms []term) term {
	return func(all []sample) sample {
		var values []float64
		total := 0.0
		for _, t := range terms {
			if s := t(all); s.there {
				values = append(values, s.value)
				total += s.value
			}
		}
		if values == nil {
			return sample{}
		}
		switch name {
		case "AVG":
			return number(total / float64(len(values)))
		case "MIN":
			return number(slices.Min(values))
		case "MAX":
			return number(slices.Max(values))
		}
		return number(total)
	}
}

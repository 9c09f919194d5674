package metricfilter

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"trailbox/query/record"
)

// decoded reads a record, with the spelling of numbers kept.
func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// naive says whether a record fits an expression, the plain way: it walks both.
func naive(expr Expr, event map[string]any) bool {
	switch e := expr.(type) {
	case And:
		for _, part := range e {
			if !naive(part, event) {
				return false
			}
		}
		return true
	case Or:
		for _, part := range e {
			if naive(part, event) {
				return true
			}
		}
		return false
	}
	c := expr.(*Condition)
	for i, step := range c.Selector {
		if step.IsAny {
			return naiveAnywhere(c, event, c.Selector[:i], c.Selector[i+1:])
		}
	}
	value, ok := walk(event, c.Selector)
	switch {
	case c.Op == NotExists:
		return !ok
	case !ok:
		return false
	case c.Op == IsNull:
		if list, ok := value.([]any); ok {
			for _, element := range list {
				if element == nil {
					return true
				}
			}
		}
		return value == nil
	}
	return naiveValue(c.Op, c.Operand, value)
}

func naiveAnywhere(c *Condition, event map[string]any, above, below record.Path) bool {
	parent, ok := walk(event, above)
	var found []any
	add := func(member any) {
		if value, ok := walk(member, below); ok {
			found = append(found, value)
		}
	}
	switch v := parent.(type) {
	case []any:
		for _, element := range v {
			add(element)
		}
	case map[string]any:
		for _, member := range v {
			add(member)
		}
	}
	op := c.Op
	switch op {
	case NotExists:
		return len(found) == 0
	case NotEqual:
		op = Equal
	}
	one := false
	for _, value := range found {
		one = one || naiveValue(op, c.Operand, value)
	}
	if c.Op == NotEqual {
		return ok && !one
	}
	return one
}

func walk(value any, path record.Path) (any, bool) {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			member, ok := v[step.Name]
			if !ok || step.IsIndex {
				return nil, false
			}
			value = member
		case []any:
			if !step.IsIndex || step.Index >= len(v) {
				return nil, false
			}
			value = v[step.Index]
		default:
			return nil, false
		}
	}
	return value, true
}

// naiveValue says whether a value is what is asked for.
func naiveValue(op Op, operand Operand, value any) bool {
	text, isString := value.(string)
	spelled, isNumber := value.(json.Number)
	switch op {
	case IsNull:
		return value == nil
	case IsTrue:
		return value == true
	case IsFalse:
		return value == false
	case Equal, NotEqual:
		if !isString && !isNumber {
			return false
		}
	default:
		if !isNumber {
			return false
		}
	}
	if isNumber && operand.Kind == Number {
		if f, err := strconv.ParseFloat(spelled.String(), 64); err != nil && f != 0 {
			return false // too large
		}
		a, b := exact(spelled.String()), exact(operand.Text)
		if strings.ContainsAny(spelled.String(), ".eE") {
			f, _ := strconv.ParseFloat(spelled.String(), 64)
			a = exact(strconv.FormatFloat(f, 'g', -1, 64))
		}
		switch op {
		case Equal:
			return a.Cmp(b) == 0
		case NotEqual:
			return a.Cmp(b) != 0
		case Less:
			return a.Cmp(b) < 0
		case LessOrEqual:
			return a.Cmp(b) <= 0
		case Greater:
			return a.Cmp(b) > 0
		}
		return a.Cmp(b) >= 0
	}
	if isNumber {
		text = canonical(spelled.String())
	}
	fits := false
	switch operand.Kind {
	case Text:
		quoted := strings.Split(operand.Text, "*")
		for i := range quoted {
			quoted[i] = regexp.QuoteMeta(quoted[i])
		}
		fits = regexp.MustCompile(`(?s)\A` + strings.Join(quoted, ".*") + `\z`).MatchString(text)
	case Expression:
		fits = regexp.MustCompile(operand.Text).MatchString(text)
	case Number:
		fits = text == operand.Text && operand.Text[0] != '+'
	}
	return fits == (op == Equal)
}

func exact(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

// canonical is a number as DuckDB writes it, for those that need no exponent.
func canonical(spelled string) string {
	if !strings.ContainsAny(spelled, ".eE") {
		if spelled == "-0" {
			return "0"
		}
		return spelled
	}
	f, err := strconv.ParseFloat(spelled, 64)
	if err != nil && f != 0 {
		return spelled
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

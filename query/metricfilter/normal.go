package metricfilter

import (
	"slices"
	"strings"
)

// Normal is the pattern as text in which the order of its parts, spacing and quotes make no
// difference: patterns that have the same ask the same.
func (p *Pattern) Normal() string {
	if p.Kind != JSON {
		return string(p.Kind) + " " + p.String()
	}
	return sorted(p.Expr)
}

// sorted is an expression as text, with its parts in the order of theirs.
func sorted(e Expr) string {
	join := func(parts []Expr, operator string) string {
		var texts []string
		for _, part := range parts {
			texts = append(texts, sorted(part))
		}
		slices.Sort(texts)
		return "(" + strings.Join(slices.Compact(texts), operator) + ")"
	}
	switch e := e.(type) {
	case And:
		return join(e, " && ")
	case Or:
		return join(e, " || ")
	case *Condition:
		return e.String()
	}
	panic("BUG: an expression is one of these")
}

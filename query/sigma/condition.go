package sigma

import (
	"fmt"
	"strings"
)

// maxDepth is how deep brackets of a condition may nest: rules nest them once or twice,
// and DuckDB has a limit of its own on expressions.
const maxDepth = 100

// parseCondition reads a condition:
//
//	condition = and { "or" and }
//	and       = not { "and" not }
//	not       = "not" not | "(" condition ")" | ( "1" | "all" ) "of" ( "them" | pattern ) | name
func parseCondition(text string) (Expr, error) {
	p := &conditionParser{tokens: conditionTokens(text)}
	e, err := p.any(0)
	if err == nil && p.at < len(p.tokens) {
		err = p.unexpected()
	}
	if err != nil {
		return nil, fmt.Errorf("condition %s: %w", excerpt(text), err)
	}
	return e, nil
}

type conditionParser struct {
	tokens []string
	at     int
}

// conditionTokens splits a condition into words, brackets and bars.
func conditionTokens(text string) []string {
	var tokens []string
	for _, field := range strings.Fields(text) {
		for field != "" {
			end := strings.IndexAny(field, "()|")
			switch end {
			case -1:
				end = len(field)
			case 0:
				end = 1
			}
			tokens = append(tokens, field[:end])
			field = field[end:]
		}
	}
	return tokens
}

// keyword takes a word that is next, in either case.
func (p *conditionParser) keyword(word string) bool {
	if p.at < len(p.tokens) && strings.EqualFold(p.tokens[p.at], word) {
		p.at++
		return true
	}
	return false
}

func (p *conditionParser) unexpected() error {
	if p.at == len(p.tokens) {
		return fmt.Errorf("it ends where a detection should follow")
	}
	return fmt.Errorf("unexpected %q", p.tokens[p.at])
}

func (p *conditionParser) any(depth int) (Expr, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("brackets and not nest deeper than %d", maxDepth)
	}
	first, err := p.all(depth)
	if err != nil {
		return nil, err
	}
	parts := Any{first}
	for p.keyword("or") {
		next, err := p.all(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, next)
	}
	if len(parts) == 1 {
		return first, nil
	}
	return parts, nil
}

func (p *conditionParser) all(depth int) (Expr, error) {
	first, err := p.not(depth)
	if err != nil {
		return nil, err
	}
	parts := All{first}
	for p.keyword("and") {
		next, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, next)
	}
	if len(parts) == 1 {
		return first, nil
	}
	return parts, nil
}

func (p *conditionParser) not(depth int) (Expr, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("brackets and not nest deeper than %d", maxDepth)
	}
	if p.keyword("not") {
		e, err := p.not(depth + 1)
		return Not{e}, err
	}
	if p.keyword("(") {
		e, err := p.any(depth + 1)
		if err == nil && !p.keyword(")") {
			if p.at < len(p.tokens) {
				return nil, p.unexpected()
			}
			err = fmt.Errorf("a bracket is not closed")
		}
		return e, err
	}
	if p.at == len(p.tokens) {
		return nil, p.unexpected()
	}
	word := p.tokens[p.at]
	if p.at+1 < len(p.tokens) && strings.EqualFold(p.tokens[p.at+1], "of") {
		return p.of(word)
	}
	switch strings.ToLower(word) {
	case ")", "|", "and", "or", "of":
		return nil, p.unexpected()
	}
	p.at++
	if strings.Contains(word, "*") {
		return nil, fmt.Errorf("%q names several detections: say 1 of or all of them", word)
	}
	return Ref(word), nil
}

func (p *conditionParser) of(quantity string) (Expr, error) {
	all := strings.EqualFold(quantity, "all")
	if !all && quantity != "1" {
		return nil, fmt.Errorf("%q of is not supported: 1 of and all of are", quantity)
	}
	p.at += 2
	if p.at == len(p.tokens) {
		return nil, p.unexpected()
	}
	pattern := p.tokens[p.at]
	switch strings.ToLower(pattern) {
	case "(", ")", "|", "and", "or", "not", "of":
		return nil, p.unexpected()
	case "them":
		pattern = "them"
	}
	p.at++
	return Of{All: all, Pattern: pattern}, nil
}

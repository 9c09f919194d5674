package source

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"go.yaml.in/yaml/v3"
)

// HCL's parsers and its expressions call themselves for each level of nesting. Its scanners
// do not: what they say of a text tells how deep it goes before it is parsed.

// A level is an open bracket, quote or template sequence.
type level struct {
	lines      bool // a line's end ends an expression
	operators  int  // since the expression began
	directives int  // %{ if } and %{ for } that wait for their end
	bytes      int  // of the text that goes on
}

// A nesting measures how deep text of Terraform goes.
type nesting struct {
	tokens int // left
	joined int // bytes that are left to be copied
	levels []level
	depth  int // levels and directives
	chain  int // operators of all levels
}

// check reads the tokens of a text, and returns the error that it goes too deep or holds too
// much.
func (n *nesting) check(tokens hclsyntax.Tokens) error {
	if n.tokens -= len(tokens); n.tokens < 0 {
		return overLimit("the folder has more than %d words and signs", maxTokens)
	}
	n.levels, n.depth, n.chain = append(n.levels[:0], level{lines: true}), 0, 0
	for i, token := range tokens {
		if err := n.add(token, tokens[i+1:]); err != nil {
			return &nodeError{Line: token.Range.Start.Line, Column: token.Range.Start.Column, Reason: err.Error()}
		}
	}
	return nil
}

func (n *nesting) add(token hclsyntax.Token, rest hclsyntax.Tokens) error {
	at := &n.levels[len(n.levels)-1]
	switch token.Type {
	case hclsyntax.TokenOParen, hclsyntax.TokenOBrack:
		at.operators++ // in x[a][b] each is one level more of the parsed expression
		n.chain++
		n.open(level{})
	case hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
		n.open(level{})
	case hclsyntax.TokenOBrace:
		n.open(level{lines: !isWord(rest, "for")})
	case hclsyntax.TokenTemplateControl:
		switch {
		case isWord(rest, "if"), isWord(rest, "for"):
			at.directives++
			n.depth++
		case (isWord(rest, "endif") || isWord(rest, "endfor")) && at.directives > 0:
			at.directives--
			n.depth--
		}
		n.open(level{})
	case hclsyntax.TokenCParen, hclsyntax.TokenCBrack, hclsyntax.TokenCBrace, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
		n.close()
	case hclsyntax.TokenComma:
		n.chain -= at.operators
		at.operators = 0
	case hclsyntax.TokenNewline:
		if at.lines {
			n.chain -= at.operators
			at.operators = 0
		}
	case hclsyntax.TokenNumberLit:
		if isHuge(string(token.Bytes)) {
			return overLimit("a number has more than %d digits", maxDigits)
		}
	case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit:
		at.bytes += len(token.Bytes)
		if n.joined -= at.bytes; n.joined < 0 {
			return overLimit("texts have too many parts: to join them takes more than %d MB of copies", maxJoinedBytes>>20)
		}
	case hclsyntax.TokenIdent, hclsyntax.TokenEqual, hclsyntax.TokenColon, hclsyntax.TokenFatArrow, hclsyntax.TokenEllipsis, hclsyntax.TokenComment, hclsyntax.TokenEOF:
	default:
		at.operators++
		n.chain++
	}
	if n.depth > maxDepth {
		return overLimit("nested deeper than %d levels", maxDepth)
	}
	if n.chain > maxOperators {
		return overLimit("an expression has more than %d operators", maxOperators)
	}
	return nil
}

func isWord(tokens hclsyntax.Tokens, word string) bool {
	for _, t := range tokens {
		switch {
		case t.Type == hclsyntax.TokenNewline, t.Type == hclsyntax.TokenComment, t.Type == hclsyntax.TokenBitwiseNot, string(t.Bytes) == "~":
		default:
			return t.Type == hclsyntax.TokenIdent && string(t.Bytes) == word
		}
	}
	return false
}

func (n *nesting) open(l level) {
	n.levels = append(n.levels, l)
	n.depth++
}

func (n *nesting) close() {
	if len(n.levels) == 1 {
		return // the parser says what is wrong
	}
	l := n.levels[len(n.levels)-1]
	n.levels = n.levels[:len(n.levels)-1]
	n.depth -= 1 + l.directives
	n.chain -= l.operators
}

// isHuge says that a text is a number of more than maxDigits digits when it is written out.
func isHuge(text string) bool {
	digits, exponent, _ := strings.Cut(strings.ToLower(text), "e")
	if strings.Trim(digits, "+-.0123456789") != "" || strings.Trim(exponent, "+-0123456789") != "" {
		return false
	}
	exponent = strings.TrimLeft(exponent, "+-0")
	return len(digits) > maxDigits || len(exponent) > 3
}

// checkNative measures a file in Terraform's own syntax.
func (n *nesting) checkNative(data []byte, name string) error {
	if len(data) > maxTerraformBytes {
		return overLimit("a file of Terraform is larger than %d MB", maxTerraformBytes>>20)
	}
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	return n.check(tokens)
}

// checkJSON measures a file in Terraform's JSON syntax, in which texts are templates.
func (n *nesting) checkJSON(data []byte, name string) error {
	if len(data) > maxTerraformBytes {
		return overLimit("a file of Terraform is larger than %d MB", maxTerraformBytes>>20)
	}
	root, err := parseJSON(data)
	if err != nil {
		return err
	}
	for rest := []*yaml.Node{root}; len(rest) > 0; {
		last := rest[len(rest)-1]
		rest = append(rest[:len(rest)-1], last.Content...)
		if n.tokens--; last.Tag == "!!str" {
			tokens, _ := hclsyntax.LexTemplate([]byte(last.Value), name, hcl.Pos{Line: last.Line, Column: last.Column})
			if err := n.check(tokens); err != nil {
				return err
			}
		} else if last.Tag == "!!float" && isHuge(last.Value) {
			return wrong(last, "%v", overLimit("a number has more than %d digits", maxDigits))
		}
	}
	return nil
}

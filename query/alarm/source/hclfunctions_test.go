package source

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Expressions mean what they mean in Terraform. The answers are those of the terraform console
// of version 1.11.4, each asked for by itself in an empty folder; what it refuses is "error".
func TestTerraformConsole(t *testing.T) {
	data, err := os.ReadFile("testdata/terraform-console.txt")
	if err != nil {
		t.Fatal(err)
	}
	entries := strings.Split("\n"+strings.TrimSuffix(string(data), "\n"), "\n> ")[1:]
	if len(entries) < 150 {
		t.Errorf("%d expressions", len(entries))
	}
	for _, entry := range entries {
		expr, want, _ := strings.Cut(entry, "\n")
		if got := console(t, expr); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", expr, got, want)
		}
	}
}

// console works an expression out as an attribute of a configuration in an empty folder.
func console(t *testing.T, text string) string {
	s := newLoader(Options{}).stack("", newBudget())
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	c := &configuration{stack: s, within: root, base: ".", nesting: nesting{tokens: maxTokens, joined: maxJoinedBytes}}
	c.functions = c.terraformFunctions()
	expr, problems := hclsyntax.ParseExpression([]byte(text), "console", hcl.InitialPos)
	if problems.HasErrors() {
		return "error"
	}
	v, problems := s.budget.value(s.budget.boundTemplate(expr), &hcl.EvalContext{Functions: c.functions})
	if problems.HasErrors() {
		return "error"
	}
	return consoleText(v, 0)
}

// consoleText is how the console shows a value.
func consoleText(v cty.Value, depth int) string {
	kind := v.Type()
	list := func(open, sign, after, close string) string {
		var b strings.Builder
		for it := v.ElementIterator(); it.Next(); {
			key, inner := it.Element()
			b.WriteString("\n" + strings.Repeat(" ", 2*depth+2))
			if sign == "=" {
				b.WriteString(strconv.Quote(key.AsString()) + " = ")
			}
			b.WriteString(consoleText(inner, depth+1) + after)
		}
		if b.Len() > 0 {
			b.WriteString("\n" + strings.Repeat(" ", 2*depth))
		}
		return open + b.String() + close
	}
	switch {
	case v.IsNull() && kind.IsPrimitiveType():
		return "to" + kind.FriendlyName() + "(null)"
	case v.IsNull():
		return "null"
	case kind == cty.String:
		if text := v.AsString(); strings.Contains(text, "\n") {
			return "<<EOT\n" + text + "\nEOT"
		}
		return strconv.Quote(v.AsString())
	case kind == cty.Number:
		return v.AsBigFloat().Text('f', -1)
	case kind == cty.Bool:
		return fmt.Sprint(v.True())
	case kind.IsListType():
		return list("tolist([", "", ",", "])")
	case kind.IsSetType():
		return list("toset([", "", ",", "])")
	case kind.IsTupleType():
		return list("[", "", ",", "]")
	case kind.IsMapType():
		return list("tomap({", "=", "", "})")
	case kind.IsObjectType():
		return list("{", "=", "", "}")
	}
	return kind.FriendlyName()
}

package source

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"go.yaml.in/yaml/v3"
)

// yamlDecodeFunction is yamldecode.
func yamlDecodeFunction() function.Function {
	decode := func(text string) (cty.Value, error) {
		var doc yaml.Node
		read := yaml.NewDecoder(strings.NewReader(text))
		if err := read.Decode(&doc); err != nil {
			return cty.NilVal, yamlError(err)
		}
		if err := read.Decode(&yaml.Node{}); err != io.EOF {
			return cty.NilVal, errors.New("it holds more than one document")
		}
		nodes := maxNodes
		return valueOf(doc.Content[0], &nodes, 0)
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "src", Type: cty.String}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return decode(args[0].AsString()) },
	})
}

// valueOf is the value of a document of YAML, of so many nodes at most.
func valueOf(n *yaml.Node, nodes *int, depth int) (cty.Value, error) {
	n = target(n)
	if *nodes--; *nodes < 0 || depth > maxDepth {
		return cty.NilVal, overLimit("a document of YAML holds more than %d values or %d levels", maxNodes, maxDepth)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		var list []cty.Value
		for _, c := range n.Content {
			v, err := valueOf(c, nodes, depth+1)
			if err != nil {
				return cty.NilVal, err
			}
			list = append(list, v)
		}
		return cty.TupleVal(list), nil
	case yaml.MappingNode:
		values := map[string]cty.Value{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := target(n.Content[i])
			v, err := valueOf(n.Content[i+1], nodes, depth+1)
			if err != nil {
				return cty.NilVal, err
			}
			name := cty.DynamicVal
			if key.Kind == yaml.ScalarNode {
				if name, err = scalarValue(key); err != nil {
					return cty.NilVal, err
				}
			}
			switch {
			case name.Type() != cty.String:
				return cty.NilVal, fmt.Errorf("on line %d: a key is not a text", key.Line)
			case key.ShortTag() == "!!merge" && v.Type().IsObjectType():
				for name, inner := range v.AsValueMap() {
					if _, ok := values[name]; !ok {
						values[name] = inner
					}
				}
			default:
				values[key.Value] = v
			}
		}
		return object(values), nil
	}
	return scalarValue(n)
}

var (
	yamlTrue    = []string{"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"}
	yamlFalse   = []string{"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"}
	yamlNull    = []string{"", "~", "null", "Null", "NULL"}
	yamlNumbers = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	yamlOthers  = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
)

// scalarValue is the value of a scalar, by the words of YAML 1.1 and the numbers of 1.2, as
// Terraform has them.
func scalarValue(n *yaml.Node) (cty.Value, error) {
	switch tag := n.ShortTag(); {
	case !strings.HasPrefix(tag, "!!"):
		return cty.NilVal, fmt.Errorf("on line %d: there is no tag %s", n.Line, tag)
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0,
		n.Style&yaml.TaggedStyle != 0 && (tag == "!!str" || tag == "!!binary"):
		return cty.StringVal(n.Value), nil
	case slices.Contains(yamlNull, n.Value):
		return cty.NullVal(cty.DynamicPseudoType), nil
	case slices.Contains(yamlTrue, n.Value):
		return cty.True, nil
	case slices.Contains(yamlFalse, n.Value):
		return cty.False, nil
	case len(n.Value) > maxDigits || isHuge(n.Value):
		return cty.StringVal(n.Value), nil
	case yamlNumbers.MatchString(n.Value):
		return cty.ParseNumberVal(strings.TrimSuffix(strings.TrimPrefix(n.Value, "+"), "."))
	case yamlOthers.MatchString(n.Value):
		if i, ok := new(big.Int).SetString(n.Value, 0); ok {
			return cty.NumberVal(new(big.Float).SetInt(i)), nil
		}
	case tag == "!!timestamp":
		var at time.Time
		if n.Decode(&at) == nil {
			return cty.StringVal(at.Format(time.RFC3339)), nil
		}
	}
	return cty.StringVal(n.Value), nil
}

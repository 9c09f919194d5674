package source

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// terraformFunctions are the functions of a configuration: cty's, where Terraform has those
// as they are; the others are Terraform's by its documentation and its answers, which
// testdata/terraform-console.txt holds.
func (c *configuration) terraformFunctions() map[string]function.Function {
	functions := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
		"min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "sum": sumFunction(),

		"chomp": stdlib.ChompFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc, "indent": stdlib.IndentFunc,
		"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "upper": stdlib.UpperFunc, "title": stdlib.TitleFunc,
		"regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": replaceFunction(), "split": stdlib.SplitFunc,
		"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "trim": stdlib.TrimFunc, "trimprefix": stdlib.TrimPrefixFunc,
		"trimsuffix": stdlib.TrimSuffixFunc, "trimspace": stdlib.TrimSpaceFunc,
		"startswith": testFunction(strings.HasPrefix), "endswith": testFunction(strings.HasSuffix), "strcontains": testFunction(strings.Contains),

		"chunklist": stdlib.ChunklistFunc, "coalesce": coalesceFunction(), "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "index": indexFunction(), "keys": stdlib.KeysFunc, "length": lengthFunction(), "lookup": lookupFunction(),
		"matchkeys": matchKeysFunction(), "merge": stdlib.MergeFunc, "one": oneFunction(), "range": stdlib.RangeFunc,
		"reverse": stdlib.ReverseListFunc, "setintersection": stdlib.SetIntersectionFunc, "setproduct": stdlib.SetProductFunc,
		"setsubtract": stdlib.SetSubtractFunc, "setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc,
		"transpose": transposeFunction(), "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
		"alltrue": truthFunction(true), "anytrue": truthFunction(false),

		"can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number), "tobool": stdlib.MakeToFunc(cty.Bool),
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
		"tomap":     stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"sensitive": sameFunction(), "nonsensitive": sameFunction(), "ephemeralasnull": sameFunction(), "issensitive": insensitiveFunction(),

		"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,
		"yamldecode": yamlDecodeFunction(), "urlencode": textFunction(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"base64decode": textFunction(decodeBase64),
		"base64encode": textFunction(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),

		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc, "timecmp": timeCompareFunction(),
		// What is different each time is not known.
		"timestamp": unknownFunction(), "plantimestamp": unknownFunction(), "uuid": unknownFunction(), "bcrypt": unknownFunction(),

		"cidrhost": cidr.HostFunc, "cidrnetmask": cidr.NetmaskFunc, "cidrsubnet": cidr.SubnetFunc, "cidrsubnets": cidr.SubnetsFunc,
	}
	for name, f := range digests() {
		functions[name] = textFunction(f)
	}
	c.addFileFunctions(functions)
	return c.stack.budget.boundFunctions(functions)
}

// digests are the functions that make a digest of a text.
func digests() map[string]func(string) (string, error) {
	digest := func(make func() hash.Hash, write func([]byte) string) func(string) (string, error) {
		return func(s string) (string, error) {
			h := make()
			h.Write([]byte(s))
			return write(h.Sum(nil)), nil
		}
	}
	return map[string]func(string) (string, error){
		"md5": digest(md5.New, hex.EncodeToString), "sha1": digest(sha1.New, hex.EncodeToString),
		"sha256": digest(sha256.New, hex.EncodeToString), "sha512": digest(sha512.New, hex.EncodeToString),
		"base64sha256": digest(sha256.New, base64.StdEncoding.EncodeToString), "base64sha512": digest(sha512.New, base64.StdEncoding.EncodeToString),
	}
}

func decodeBase64(s string) (string, error) {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return "", errors.New("it is not Base64")
	}
	if !utf8.Valid(data) {
		return "", errors.New("what it holds is not text")
	}
	return string(data), nil
}

// textFunction is a function that makes a text of a text.
func textFunction(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(s), nil
		},
	})
}

// testFunction is a function that says whether a text has another.
func testFunction(f func(text, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "part", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// anything is a parameter that takes any value.
func anything(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.DynamicPseudoType, AllowNull: true, AllowUnknown: true, AllowDynamicType: true}
}

// sameFunction returns what it is given: what is sensitive is no secret here, as it stands in
// the files.
func sameFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anything("value")},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
	})
}

func insensitiveFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{anything("value")},
		Type:   function.StaticReturnType(cty.Bool),
		Impl:   func([]cty.Value, cty.Type) (cty.Value, error) { return cty.False, nil },
	})
}

func unknownFunction() function.Function {
	all := anything("values")
	return function.New(&function.Spec{
		VarParam: &all,
		Type:     function.StaticReturnType(cty.String),
		Impl:     func([]cty.Value, cty.Type) (cty.Value, error) { return cty.UnknownVal(cty.String), nil },
	})
}

// coalesceFunction takes an empty text for nothing, other than cty's.
func coalesceFunction() function.Function {
	values := anything("values")
	return function.New(&function.Spec{
		VarParam: &values,
		Type: func(args []cty.Value) (cty.Type, error) {
			var types []cty.Type
			for _, v := range args {
				types = append(types, v.Type())
			}
			kind, _ := convert.UnifyUnsafe(types)
			if kind == cty.NilType {
				return cty.NilType, errors.New("all arguments must have the same type")
			}
			return kind, nil
		},
		Impl: func(args []cty.Value, kind cty.Type) (cty.Value, error) {
			for _, arg := range args {
				v, err := convert.Convert(arg, kind)
				switch {
				case err != nil:
					return cty.NilVal, err
				case !v.IsKnown():
					return cty.UnknownVal(kind), nil
				case v.IsNull(), kind == cty.String && v.AsString() == "":
					continue
				}
				return v, nil
			}
			return cty.NilVal, errors.New("no argument that is neither null nor an empty text")
		},
	})
}

// lengthFunction takes texts and objects besides what cty's takes.
func lengthFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowUnknown: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			kind := args[0].Type()
			if kind == cty.String || kind == cty.DynamicPseudoType || kind.IsTupleType() || kind.IsObjectType() || kind.IsCollectionType() {
				return cty.Number, nil
			}
			return cty.NilType, function.NewArgErrorf(0, "argument must be a string, a collection type, or a structural type")
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v := args[0]
			switch kind := v.Type(); {
			case kind == cty.DynamicPseudoType:
				return cty.UnknownVal(cty.Number), nil
			case kind.IsTupleType():
				return cty.NumberIntVal(int64(len(kind.TupleElementTypes()))), nil
			case kind.IsObjectType():
				return cty.NumberIntVal(int64(len(kind.AttributeTypes()))), nil
			case kind == cty.String:
				return stdlib.Strlen(v)
			}
			return v.Length(), nil
		},
	})
}

// lookupFunction may be without a default, and with one that is null.
func lookupFunction() function.Function {
	otherwise := anything("default")
	return function.New(&function.Spec{
		Params:   []function.Parameter{{Name: "map", Type: cty.DynamicPseudoType}, {Name: "key", Type: cty.String}},
		VarParam: &otherwise,
		Type: func(args []cty.Value) (cty.Type, error) {
			kind := args[0].Type()
			if len(args) > 3 {
				return cty.NilType, fmt.Errorf("lookup() takes two or three arguments, got %d", len(args))
			}
			switch {
			case kind.IsObjectType():
				if !args[1].IsKnown() {
					return cty.DynamicPseudoType, nil
				}
				if key := args[1].AsString(); kind.HasAttribute(key) {
					return args[0].GetAttr(key).Type(), nil
				} else if len(args) == 3 {
					return args[2].Type(), nil
				}
				return cty.DynamicPseudoType, nil // and an error
			case kind.IsMapType():
				if len(args) == 3 {
					if _, err := convert.Convert(args[2], kind.ElementType()); err != nil {
						return cty.NilType, function.NewArgErrorf(2, "the default value must have the same type as the map elements")
					}
				}
				return kind.ElementType(), nil
			}
			return cty.NilType, function.NewArgErrorf(0, "lookup() requires a map as the first argument")
		},
		Impl: func(args []cty.Value, kind cty.Type) (cty.Value, error) {
			from, key := args[0], args[1].AsString()
			switch {
			case from.Type().IsObjectType() && from.Type().HasAttribute(key):
				return from.GetAttr(key), nil
			case from.Type().IsMapType() && from.HasIndex(args[1]).True():
				return from.Index(args[1]), nil
			case len(args) == 3:
				return convert.Convert(args[2], kind)
			}
			return cty.NilVal, fmt.Errorf("the given object has no attribute %q", key)
		},
	})
}

// replaceFunction takes what stands between slashes for a regular expression.
func replaceFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "text", Type: cty.String}, {Name: "part", Type: cty.String}, {Name: "by", Type: cty.String}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, part, by := args[0].AsString(), args[1].AsString(), args[2].AsString()
			if len(part) < 2 || part[0] != '/' || part[len(part)-1] != '/' {
				return cty.StringVal(strings.ReplaceAll(text, part, by)), nil
			}
			expr, err := regexp.Compile(part[1 : len(part)-1])
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(expr.ReplaceAllString(text, by)), nil
		},
	})
}

// elements are the values in a list, a tuple or a set.
func elements(v cty.Value) ([]cty.Value, bool) {
	kind := v.Type()
	if !kind.IsListType() && !kind.IsTupleType() && !kind.IsSetType() {
		return nil, false
	}
	if v.LengthInt() == 0 {
		return nil, true
	}
	return v.AsValueSlice(), true
}

func indexFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}, {Name: "value", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			kind := args[0].Type()
			if !kind.IsListType() && !kind.IsTupleType() {
				return cty.NilVal, function.NewArgErrorf(0, "argument must be a list or tuple")
			}
			all, _ := elements(args[0])
			for i, v := range all {
				same, err := stdlib.Equal(v, args[1])
				if err != nil {
					return cty.NilVal, err
				}
				if !same.IsKnown() {
					return cty.UnknownVal(cty.Number), nil
				}
				if same.True() {
					return cty.NumberIntVal(int64(i)), nil
				}
			}
			return cty.NilVal, errors.New("item not found")
		},
	})
}

func oneFunction() function.Function {
	wrong := errors.New("must be a list, set, or tuple value with either zero or one elements")
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			switch kind := args[0].Type(); {
			case kind.IsListType(), kind.IsSetType():
				return kind.ElementType(), nil
			case kind.IsTupleType():
				switch types := kind.TupleElementTypes(); len(types) {
				case 0:
					return cty.DynamicPseudoType, nil
				case 1:
					return types[0], nil
				}
			}
			return cty.NilType, wrong
		},
		Impl: func(args []cty.Value, kind cty.Type) (cty.Value, error) {
			switch all, _ := elements(args[0]); len(all) {
			case 0:
				return cty.NullVal(kind), nil
			case 1:
				return all[0], nil
			}
			return cty.NilVal, wrong
		},
	})
}

func sumFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			all, ok := elements(args[0])
			if !ok || len(all) == 0 {
				return cty.NilVal, errors.New("cannot sum noniterable or empty list")
			}
			sum := cty.Zero
			for _, v := range all {
				n, err := convert.Convert(v, cty.Number)
				if err != nil || n.IsNull() {
					return cty.NilVal, errors.New("argument must be list, set, or tuple of number values")
				}
				sum = sum.Add(n)
			}
			return sum, nil
		},
	})
}

// truthFunction says whether all of a list are true, or any of it is.
func truthFunction(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			unknown := false
			for it := args[0].ElementIterator(); it.Next(); {
				switch _, v := it.Element(); {
				case !v.IsKnown():
					unknown = true
				case (!v.IsNull() && v.True()) != all:
					return cty.BoolVal(!all), nil
				}
			}
			if unknown {
				return cty.UnknownVal(cty.Bool), nil
			}
			return cty.BoolVal(all), nil
		},
	})
}

func matchKeysFunction() function.Function {
	list := cty.List(cty.DynamicPseudoType)
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "values", Type: list}, {Name: "keys", Type: list}, {Name: "wanted", Type: list}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if kind, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); kind == cty.NilType {
				return cty.NilType, errors.New("keys and searchset must be of the same type")
			}
			return args[0].Type(), nil
		},
		Impl: func(args []cty.Value, kind cty.Type) (cty.Value, error) {
			unified, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})
			for i := 1; i < 3; i++ {
				v, err := convert.Convert(args[i], unified)
				if err != nil {
					return cty.NilVal, err
				}
				args[i] = v
			}
			values, _ := elements(args[0])
			keys, _ := elements(args[1])
			wanted, _ := elements(args[2])
			if len(values) != len(keys) {
				return cty.NilVal, errors.New("length of keys and values should be equal")
			}
			var all []cty.Value
			for i, key := range keys {
				if slices.ContainsFunc(wanted, func(w cty.Value) bool { same := key.Equals(w); return same.IsKnown() && same.True() }) {
					all = append(all, values[i])
				}
			}
			if len(all) == 0 {
				return cty.ListValEmpty(kind.ElementType()), nil
			}
			return cty.ListVal(all), nil
		},
	})
}

func transposeFunction() function.Function {
	kind := cty.Map(cty.List(cty.String))
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "map", Type: kind}},
		Type:   function.StaticReturnType(kind),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsWhollyKnown() {
				return cty.UnknownVal(kind), nil
			}
			turned := map[string][]cty.Value{}
			for it := args[0].ElementIterator(); it.Next(); {
				key, list := it.Element()
				for in := list.ElementIterator(); in.Next(); {
					_, v := in.Element()
					if v.IsNull() {
						return cty.NilVal, errors.New("input must not contain null string")
					}
					turned[v.AsString()] = append(turned[v.AsString()], key)
				}
			}
			if len(turned) == 0 {
				return cty.MapValEmpty(kind.ElementType()), nil
			}
			all := map[string]cty.Value{}
			for key, keys := range turned {
				all[key] = cty.ListVal(keys)
			}
			return cty.MapVal(all), nil
		},
	})
}

func timeCompareFunction() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "a", Type: cty.String}, {Name: "b", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			var times [2]time.Time
			for i := range times {
				var err error
				if times[i], err = time.Parse(time.RFC3339, args[i].AsString()); err != nil {
					return cty.NilVal, function.NewArgError(i, err)
				}
			}
			return cty.NumberIntVal(int64(times[0].Compare(times[1]))), nil
		},
	})
}

package source

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileSteps is what it takes to look for a file, in steps.
const fileSteps = 500

// addFileFunctions adds the functions that read files. Terraform has their paths from where
// it is run, which is the folder of the root module.
func (c *configuration) addFileFunctions(functions map[string]function.Function) {
	functions["file"] = textFunction(c.textFile)
	functions["filebase64"] = textFunction(func(name string) (string, error) {
		data, err := c.file(name)
		return base64.StdEncoding.EncodeToString([]byte(data)), err
	})
	for name, digest := range digests() {
		of, ok := strings.CutPrefix(name, "base64")
		prefix := "file"
		if ok {
			prefix = "filebase64"
		}
		functions[prefix+of] = textFunction(func(name string) (string, error) {
			data, err := c.file(name)
			if err != nil {
				return "", err
			}
			return digest(data)
		})
	}
	functions["fileexists"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			switch _, err := c.file(args[0].AsString()); {
			case errors.Is(err, os.ErrNotExist):
				return cty.False, nil
			case err != nil:
				return cty.NilVal, err
			}
			return cty.True, nil
		},
	})
	functions["fileset"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "pattern", Type: cty.String}},
		Type:   function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			names, err := c.fileSet(args[0].AsString(), args[1].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(names), nil
		},
	})
	templates := map[string]hclsyntax.Expression{}
	functions["templatefile"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			if templates[name] == nil {
				text, err := c.textFile(name)
				if err != nil {
					return cty.NilVal, err
				}
				if templates[name], err = c.template(text, name); err != nil {
					return cty.NilVal, err
				}
			}
			return c.render(templates[name], args[1])
		},
	})
	functions["templatestring"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "template", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			expr, err := c.template(args[0].AsString(), "templatestring")
			if err != nil {
				return cty.NilVal, err
			}
			return c.render(expr, args[1])
		},
	})
	pathFunction := func(f func(string) string) function.Function {
		return textFunction(func(name string) (string, error) { return f(filepath.ToSlash(name)), nil })
	}
	functions["basename"], functions["dirname"] = pathFunction(path.Base), pathFunction(path.Dir)
	functions["abspath"], functions["pathexpand"] = pathFunction(path.Clean), pathFunction(func(name string) string { return name })
}

// local is a path of an expression as the configuration has paths.
func (c *configuration) local(name string) (string, error) {
	joined := filepath.Join(c.base, filepath.FromSlash(name))
	if filepath.IsAbs(name) {
		within, err := filepath.Abs(c.within.Name())
		if err != nil {
			return "", err
		}
		if joined, err = filepath.Rel(within, name); err != nil {
			return "", err
		}
	}
	if !filepath.IsLocal(joined) {
		return "", c.outside(name)
	}
	return joined, nil
}

// file reads a file whose path an expression has.
func (c *configuration) file(name string) (string, error) {
	if err := c.stack.budget.spend(fileSteps); err != nil {
		return "", c.refuse(err)
	}
	local, err := c.local(name)
	if err != nil {
		return "", err
	}
	data, err := c.content(local, maxTextBytes)
	if err != nil {
		return "", err
	}
	if err := c.stack.budget.make(len(data)); err != nil {
		return "", c.refuse(err)
	}
	return string(data), nil
}

// refuse ends what is worked out by a limit.
func (c *configuration) refuse(err *limitError) error {
	c.stack.budget.refused = err
	return err
}

func (c *configuration) textFile(name string) (string, error) {
	text, err := c.file(name)
	if err == nil && !utf8.ValidString(text) {
		err = fmt.Errorf("%s is not text", name)
	}
	return text, err
}

// template parses a template that does not go too deep.
func (c *configuration) template(text, name string) (hclsyntax.Expression, error) {
	tokens, _ := hclsyntax.LexTemplate([]byte(text), name, hcl.InitialPos)
	if err := c.nesting.check(tokens); err != nil {
		return nil, c.refuse(overLimit("the template %s: %v", name, err))
	}
	if err := c.stack.budget.spend(len(tokens)); err != nil {
		return nil, c.refuse(err)
	}
	expr, problems := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	if problems.HasErrors() {
		return nil, problems
	}
	for _, t := range expr.Variables() {
		if len(t) > 0 && t.RootName() == "path" {
			return nil, fmt.Errorf("%s: a template has no path", name)
		}
	}
	return c.stack.budget.boundTemplate(expr), nil
}

// render works a template out, which sees these values alone.
func (c *configuration) render(template hclsyntax.Expression, vars cty.Value) (cty.Value, error) {
	if kind := vars.Type(); !kind.IsObjectType() && !kind.IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "invalid vars value: must be a map")
	}
	functions := map[string]function.Function{}
	for name, f := range c.functions {
		if name != "templatefile" && name != "templatestring" { // they do not call themselves
			functions[name] = f
		}
	}
	v, problems := template.Value(&hcl.EvalContext{Variables: vars.AsValueMap(), Functions: functions})
	if problems.HasErrors() {
		return cty.NilVal, problems
	}
	return v, nil
}

// fileSet are the files below a folder whose path matches.
func (c *configuration) fileSet(folder, pattern string) (names []cty.Value, err error) {
	top, err := c.local(folder)
	if err != nil {
		return nil, err
	}
	match, err := pathPattern(path.Clean(pattern))
	if err != nil {
		return nil, err
	}
	if _, err := c.within.Stat(top); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, c.unread(top, err)
	}
	top = filepath.ToSlash(top)
	deep := strings.ContainsAny(pattern, "/") || strings.Contains(pattern, "**")
	var all []string
	err = fs.WalkDir(c.within.FS(), top, func(name string, entry fs.DirEntry, err error) error {
		if err := c.stack.budget.spend(20); err != nil {
			return c.refuse(err)
		}
		switch {
		case err != nil:
			return nil // as if it were not there
		case entry.IsDir():
			return nil
		case deep && entry.Type()&fs.ModeSymlink != 0:
			if info, err := c.within.Stat(filepath.FromSlash(name)); err == nil && info.IsDir() {
				return fmt.Errorf("%s is a link to a folder, which fileset does not follow here", name)
			}
		}
		if top != "." {
			name = strings.TrimPrefix(name, top+"/")
		}
		if match.MatchString(name) {
			all = append(all, name)
		}
		return nil
	})
	slices.Sort(all)
	for _, name := range all {
		names = append(names, cty.StringVal(name))
	}
	return names, err
}

// pathPattern is a pattern of paths: ** are any folders, * and ? are within one, {a,b} is
// one of several.
func pathPattern(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > 1000 {
		return nil, errors.New("the pattern is too long")
	}
	var b strings.Builder
	depth := 0
	for rest := pattern; rest != ""; {
		next := rest[:1]
		rest = rest[1:]
		switch {
		case next == "*" && strings.HasPrefix(rest, "*/"):
			b.WriteString("(.*/)?")
			rest = rest[2:]
		case next == "*" && strings.HasPrefix(rest, "*"):
			b.WriteString(".*")
			rest = rest[1:]
		case next == "*":
			b.WriteString("[^/]*")
		case next == "?":
			b.WriteString("[^/]")
		case next == "[" && strings.Contains(rest, "]"):
			class, after, _ := strings.Cut(rest, "]")
			b.WriteString("[" + strings.ReplaceAll(class, `\`, `\\`) + "]")
			rest = after
		case next == "{":
			b.WriteString("(")
			depth++
		case next == "}" && depth > 0:
			b.WriteString(")")
			depth--
		case next == "," && depth > 0:
			b.WriteString("|")
		default:
			b.WriteString(regexp.QuoteMeta(next))
		}
	}
	return regexp.Compile("^" + b.String() + "$")
}

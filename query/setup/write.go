package setup

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/template"
	"unicode"

	"trailbox/query/alarm"
)

//go:embed templates
var templates embed.FS

// A Form is what a plan is written as.
type Form string

const (
	CLI            Form = "cli" // a script of the AWS CLI's commands, for bash
	CloudFormation Form = "cloudformation"
	Terraform      Form = "terraform"
)

// Forms are the forms that there are.
func Forms() []Form { return []Form{CLI, CloudFormation, Terraform} }

// ParseForm finds a form by its name.
func ParseForm(name string) (Form, error) {
	if f := Form(name); slices.Contains(Forms(), f) {
		return f, nil
	}
	return "", fmt.Errorf("unknown form %q: choose %s, %s or %s", name, CLI, CloudFormation, Terraform)
}

// Write writes the plan as a form.
func (p *Plan) Write(w io.Writer, form Form) error {
	name := map[Form]string{CLI: "cli.sh", CloudFormation: "cloudformation.yaml", Terraform: "terraform.tf"}[form]
	t, err := template.New(name).Funcs(template.FuncMap{
		"sh": inShell, "json": asJSON, "yaml": inYAML, "hcl": inHCL, "hcljson": asHCL, "indent": indent, "comment": comment,
	}).ParseFS(templates, "templates/"+name)
	if err != nil {
		return err
	}
	var text bytes.Buffer // whole or not at all
	if err := t.Execute(&text, p); err != nil {
		return err
	}
	_, err = w.Write(text.Bytes())
	return err
}

// inShell quotes a value for a POSIX shell.
func inShell(v any) string { return "'" + strings.ReplaceAll(fmt.Sprint(v), "'", `'\''`) + "'" }

// inYAML quotes a value for YAML.
func inYAML(v any) string {
	var text strings.Builder
	text.WriteByte('"')
	for _, r := range fmt.Sprint(v) {
		switch {
		case r == '"' || r == '\\':
			text.WriteString("\\" + string(r))
		case unicode.IsPrint(r):
			text.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&text, `\u%04x`, r)
		default:
			fmt.Fprintf(&text, `\U%08x`, r)
		}
	}
	text.WriteByte('"')
	return text.String()
}

// inHCL quotes a value for Terraform, whose strings have templates in them.
func inHCL(v any) string { return withoutTemplates(inYAML(v)) }

// asHCL writes a value as an expression: HCL takes JSON for one.
func asHCL(v any) (string, error) {
	text, err := asJSON(v)
	return withoutTemplates(text), err
}

func withoutTemplates(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
}

// indent indents all lines but the first.
func indent(n int, text string) string {
	return strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", n))
}

// comment makes lines of comment of a text, in all of the forms.
func comment(text string) string { return "# " + strings.ReplaceAll(text, "\n", "\n# ") }

// A made alarm is one of the plan, with the names that it and its filter have.
type made struct {
	*alarm.Alarm
	Filter *alarm.Filter
}

// Alarms are the alarms, each with its filter.
func (p *Plan) Alarms() []made {
	var all []made
	for _, a := range p.alarms {
		if len(a.Filters) != 1 || len(a.Dimensions) > 0 || a.Unit != "" {
			panic("BUG: no template has what the alarm " + a.Name + " has")
		}
		all = append(all, made{a, a.Filters[0]})
	}
	return all
}

// ID is the alarm's name in CloudFormation, which takes letters and digits.
func (m made) ID() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, m.Name)
}

// Label is the alarm's name in Terraform.
func (m made) Label() string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, m.Name))
}

// Seconds is the alarm's period.
func (m made) Seconds() int { return int(m.Period.Seconds()) }

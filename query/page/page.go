package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

var (
	//go:embed frame.html
	frameHTML string
	//go:embed page.css
	styleCSS string
)

// New returns a template that has the frame, and the tables and pictures of all pages; text
// defines "body".
func New(text string, functions template.FuncMap) (*template.Template, error) {
	t, err := template.New("page").Funcs(functions).Parse(frameHTML)
	if err != nil {
		return nil, err
	}
	return t.Parse(text)
}

// Write writes a page. foot stands at the bottom of each printed sheet.
func Write(w io.Writer, t *template.Template, title, foot string, body any) error {
	return write(w, t, title, foot, "", body)
}

// write writes a page with a script of ours, or without one. The page's policy lets nothing else run.
func write(w io.Writer, t *template.Template, title, foot, script string, body any) error {
	style := styleCSS + "@media print { @page { @bottom-left { content: \"" + cssText(foot) + "\"; font: 8pt sans-serif; color: #555 } } }\n"
	// The hashes are of what stands in the elements, so that no other style and no other script is applied.
	policy := "default-src 'none'; style-src " + source(style) + "; base-uri 'none'; form-action 'none'"
	if script != "" {
		policy += "; script-src " + source(script) + "; require-trusted-types-for 'script'"
	}
	return t.ExecuteTemplate(w, "frame", map[string]any{
		"Title":  Show(title),
		"Policy": template.HTMLAttr(policy),
		"Style":  template.CSS(style), // ours, but for foot
		"Script": template.JS(script), // ours
		"Body":   body,
	})
}

// source is text as a policy names it.
func source(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// cssText writes text inside of quotes in a style: but for letters, digits and spaces all of it by number.
func cssText(text string) string {
	var b strings.Builder
	for _, r := range Show(text) {
		switch {
		case r == ' ', '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\%06x`, r)
		}
	}
	return b.String()
}

// Style is the style that all pages have, for those that are not alone.
func Style() string { return styleCSS }

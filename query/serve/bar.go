package serve

import (
	"net/url"
	"slices"
	"strings"

	"trailbox/query/page"
)

// A bar is the form that narrows a page to some of the events: the same on every page.
type bar struct {
	Action string
	Hidden []parameter // of the page, besides the filter, and what no field can hold
	Fields []field
	More   []field // that are seldom needed
	Open   bool    // one of them is in use
	Chips  []chip
	// ReadOnly is true, false or empty; ErrorsOnly says that it is in force.
	ReadOnly   string
	ErrorsOnly bool
	Clear      string // the page without any filter; empty where there is none
}

// A parameter is one of a URL.
type parameter struct{ Name, Value string }

// A field is one of a form.
type field struct{ Name, Label, Value, Hint string }

// A chip is a part of the filter that is in force.
type chip struct {
	Name, Text string
	Not        bool
	Without    string // the page without it
}

// newBar is the form of a page; own are parameters of the page that the form has fields for.
func (r *request) newBar(own ...field) *bar {
	b := &bar{Action: r.URL.Path, ReadOnly: r.values.Get("read-only"), ErrorsOnly: r.filter.ErrorsOnly}
	names := filterNames()
	for _, name := range keysOf(r.values) {
		isOwn := slices.ContainsFunc(own, func(f field) bool { return f.Name == name })
		if !slices.Contains(names, name) && !isOwn && name != "form" && name != "part" {
			for _, value := range r.values[name] {
				b.Hidden = append(b.Hidden, parameter{name, value})
			}
		}
	}
	b.Fields = own
	for i := range b.Fields {
		b.Fields[i].Value = r.values.Get(b.Fields[i].Name)
	}
	for _, f := range []field{
		{Name: "since", Label: "since", Hint: "2026-03-02, 7d"}, {Name: "until", Label: "until", Hint: "not included"},
		{Name: "account", Label: "account"}, {Name: "aws-region", Label: "Region"}, {Name: "actor", Label: "actor"},
		{Name: "event-name", Label: "call", Hint: "Get*, !GetObject"},
	} {
		b.Fields = append(b.Fields, b.fill(r, f))
	}
	for _, f := range []field{
		{Name: "event-source", Label: "service", Hint: "s3"}, {Name: "resource", Label: "resource"}, {Name: "source-ip", Label: "address", Hint: "192.0.2.0/24"},
		{Name: "access-key", Label: "access key"}, {Name: "user-agent", Label: "user agent", Hint: "*boto*"}, {Name: "error-code", Label: "error code"},
		{Name: "caller-account", Label: "caller's account"},
	} {
		if f = b.fill(r, f); f.Value != "" {
			b.Open = true
		}
		b.More = append(b.More, f)
	}
	for _, name := range names {
		for i, value := range r.values[name] {
			if value == "" {
				continue
			}
			left := url.Values{}
			for other, all := range r.values {
				left[other] = slices.Clone(all)
			}
			left[name] = slices.Delete(left[name], i, i+1)
			text, not := strings.CutPrefix(value, "!")
			b.Chips = append(b.Chips, chip{Name: name, Text: shorten(page.Show(strings.TrimPrefix(text, "="))), Not: not, Without: with(r.URL.Path, left)})
		}
	}
	if len(b.Chips) > 0 {
		left := url.Values{}
		for _, p := range b.Hidden {
			if !slices.Contains(names, p.Name) {
				left.Add(p.Name, p.Value)
			}
		}
		b.Clear = with(r.URL.Path, left)
	}
	return b
}

// fill puts the value of the URL into a field. Further values, and what a line of text would
// change, such as an end of line, stay as they are in fields that nobody sees.
func (b *bar) fill(r *request, f field) field {
	for _, value := range r.values[f.Name] {
		switch {
		case value == "":
		case f.Value == "" && page.Show(value) == value:
			f.Value = value
		default:
			b.Hidden = append(b.Hidden, parameter{f.Name, value})
		}
	}
	return f
}

// keysOf are the names of parameters, in their order.
func keysOf(values url.Values) (names []string) {
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// shorten is text without its middle, where it is too long for a line of words.
func shorten(text string) string {
	const most = 60
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most*2/3]) + "…" + string(runes[len(runes)-most/3:])
}

package pack

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"trailbox/query"
)

//go:embed packs/*.yaml
var packFiles embed.FS

// A Pack is what a standard asks of what CloudTrail logs.
type Pack struct {
	Name     string
	Standard string // with its version
	About    string
	Controls []*Control
	Path     string // of the file, for own ones
}

// A Control is one of a pack.
type Control struct {
	ID, Title   string
	Question    string
	Asks        string   // what the standard asks for, in our words
	Exception   string   // what counts as one
	NotShown    []string // what the log cannot show
	Populations []*Population
}

// A Population is what a control is looked at by: the rows of one statement.
type Population struct {
	Name, Title string
	Control     string // that defines it; others may refer to it
	Unit        string // what a row is

	// One of these three says what it is.
	Report    string
	Statement string
	Events    *Events

	Filters    []NamedFilter
	Only       string // a condition on the columns of the answer
	Period     Period
	Needs      Input  // without which it cannot be looked at
	Scoped     bool   // to the buckets, tables and keys of --scope
	Approved   bool   // a row that succeeded needs an approved change, where there is a list of them
	IfEmpty    string // why none does not mean that there was none
	Exceptions []Exception
}

// Source says what a population is made from.
func (p *Population) Source() string {
	switch {
	case p.Report != "":
		return "report " + p.Report
	case p.Statement != "":
		return "statement " + p.Statement
	}
	return "events"
}

// Events are those of a condition.
type Events struct {
	Calls   []string // subjects of calls.txt
	Names   []string // eventNames
	Sources []string // eventSources
	Where   string
}

// A NamedFilter is a filter by its flag, and its value.
type NamedFilter struct{ Flag, Value string }

// An Exception is a condition on the columns of an answer, and what it means.
type Exception struct {
	When, Says string
	Needs      Input // without which nobody can tell
}

// A Period says of which times a population is.
type Period string

const (
	Asked      Period = ""              // that of the pack
	UntilEnd   Period = "until"         // everything until its end
	TwelveBack Period = "twelve months" // before its end
)

// An Input is a file that somebody may give.
type Input string

const (
	Scope            Input = "scope"
	Admins           Input = "admins"
	Approved         Input = "approved"
	CredentialReport Input = "credential-report"
	Verification     Input = "verification" // no file: trailbox verify
)

// A ParseError says what is wrong with the file of a pack.
type ParseError struct {
	Path    string
	Line    int
	Problem string
}

func (e *ParseError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Path, e.Problem)
	}
	return fmt.Sprintf("%s:%d: %s", e.Path, e.Line, e.Problem)
}

// An UnknownError says that there is no pack of that name.
type UnknownError struct{ Name string }

func (e *UnknownError) Error() string { return fmt.Sprintf("no pack %q", e.Name) }

// Packs are those of ours, by name.
func Packs() []*Pack {
	names, err := fs.Glob(packFiles, "packs/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var packs []*Pack
	for _, name := range names {
		p, err := Find(strings.TrimSuffix(path.Base(name), ".yaml"))
		if err != nil {
			panic(err) // a test reads them all
		}
		packs = append(packs, p)
	}
	return packs
}

// Find is the pack of ours that has that name.
func Find(name string) (*Pack, error) {
	text, err := packFiles.ReadFile("packs/" + name + ".yaml")
	if err != nil {
		return nil, &UnknownError{name}
	}
	return Parse("packs/"+name+".yaml", text)
}

// maxPackBytes bounds what is read of a pack: ours have 30 kB.
const maxPackBytes = 1 << 20

// Parse reads a pack. Whatever it does not know is a [*ParseError].
func Parse(path string, text []byte) (*Pack, error) {
	if len(text) > maxPackBytes {
		return nil, &ParseError{Path: path, Problem: "is larger than 1 MB, and no pack"}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, &ParseError{Path: path, Problem: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	r := &reader{path: path, populations: map[string]*Population{}}
	if len(document.Content) != 1 {
		return nil, &ParseError{Path: path, Line: 1, Problem: "has nothing in it"}
	}
	p := &Pack{Path: path}
	r.mapping(document.Content[0], "a pack", members{
		"pack":     {read: r.text(&p.Name), needed: true},
		"standard": {read: r.text(&p.Standard), needed: true},
		"about":    {read: r.text(&p.About)},
		"controls": {read: r.each(func(n *yaml.Node) { p.Controls = append(p.Controls, r.control(n)) }), needed: true},
	})
	r.ids(p)
	r.refer(p)
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// A reader reads a pack, and gathers what is wrong with it.
type reader struct {
	path        string
	errs        []error
	populations map[string]*Population
	lines       map[any]int // of controls and populations
	references  []reference
}

// A reference stands for a population that is defined elsewhere.
type reference struct {
	control *Control
	at      int
	name    string
	node    *yaml.Node
}

func (r *reader) wrong(n *yaml.Node, text string, args ...any) {
	if len(r.errs) < 20 {
		r.errs = append(r.errs, &ParseError{r.path, n.Line, fmt.Sprintf(text, args...)})
	}
}

// members are those that a mapping may have.
type members map[string]member

type member struct {
	read   func(*yaml.Node)
	needed bool
}

func (m members) names() string {
	var names []string
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (r *reader) mapping(n *yaml.Node, what string, all members) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "here stands %s, which is a mapping of %s", what, all.names())
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		m, ok := all[key.Value]
		switch {
		case !ok:
			r.wrong(key, "unknown member %q of %s: it has %s", key.Value, what, all.names())
		case seen[key.Value]:
			r.wrong(key, "member %q of %s is there twice", key.Value, what)
		default:
			seen[key.Value] = true
			m.read(value)
		}
	}
	for name, m := range all {
		if m.needed && !seen[name] {
			r.wrong(n, "%s without %s", what, name)
		}
	}
}

// text reads a text of one paragraph.
func (r *reader) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
			r.wrong(n, "here stands a text")
			return
		}
		*to = strings.TrimSpace(n.Value)
		if *to == "" {
			r.wrong(n, "a text that is empty")
		}
	}
}

// texts reads a list of texts, or one.
func (r *reader) texts(to *[]string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		one := func(n *yaml.Node) {
			var text string
			r.text(&text)(n)
			*to = append(*to, text)
		}
		if n.Kind == yaml.SequenceNode {
			r.each(one)(n)
			return
		}
		one(n)
	}
}

func (r *reader) flag(to *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if err := n.Decode(to); err != nil || n.Tag != "!!bool" {
			r.wrong(n, "here stands true or false")
		}
	}
}

func (r *reader) each(read func(*yaml.Node)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			r.wrong(n, "here stands a list")
			return
		}
		for _, item := range n.Content {
			if item.Kind == yaml.AliasNode {
				r.wrong(item, "a pack has no aliases")
				continue
			}
			read(item)
		}
	}
}

// oneOf reads one of several words.
func oneOf[T ~string](r *reader, to *T, words ...T) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var text string
		if r.text(&text)(n); text == "" {
			return
		}
		if !slices.Contains(words, T(text)) {
			r.wrong(n, "%q is none of %v", text, words)
			return
		}
		*to = T(text)
	}
}

func (r *reader) control(n *yaml.Node) *Control {
	c := &Control{}
	r.mapping(n, "a control", members{
		"id":        {read: r.text(&c.ID), needed: true},
		"title":     {read: r.text(&c.Title), needed: true},
		"question":  {read: r.text(&c.Question), needed: true},
		"asks":      {read: r.text(&c.Asks), needed: true},
		"exception": {read: r.text(&c.Exception)},
		"not-shown": {read: r.texts(&c.NotShown)},
		"populations": {read: r.each(func(n *yaml.Node) {
			if n.Kind == yaml.ScalarNode {
				r.references = append(r.references, reference{c, len(c.Populations), n.Value, n})
				c.Populations = append(c.Populations, nil)
				return
			}
			c.Populations = append(c.Populations, r.population(n))
		})},
	})
	for _, p := range c.Populations {
		if p != nil {
			p.Control = c.ID
		}
	}
	if len(c.Populations) == 0 && len(c.NotShown) == 0 {
		r.wrong(n, "control %s has neither a population nor not-shown", c.ID)
	}
	r.line(c, n)
	return c
}

func (r *reader) line(thing any, n *yaml.Node) {
	if r.lines == nil {
		r.lines = map[any]int{}
	}
	r.lines[thing] = n.Line
}

// nameForm is the form of names that become those of files.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,60}$`)

func (r *reader) population(n *yaml.Node) *Population {
	p := &Population{Unit: "row"}
	r.mapping(n, "a population", members{
		"name":       {read: r.text(&p.Name), needed: true},
		"title":      {read: r.text(&p.Title), needed: true},
		"unit":       {read: r.text(&p.Unit)},
		"report":     {read: r.text(&p.Report)},
		"statement":  {read: r.text(&p.Statement)},
		"events":     {read: func(n *yaml.Node) { p.Events = r.events(n) }},
		"filters":    {read: func(n *yaml.Node) { p.Filters = r.filters(n) }},
		"only":       {read: r.text(&p.Only)},
		"period":     {read: oneOf(r, &p.Period, UntilEnd, TwelveBack)},
		"needs":      {read: oneOf(r, &p.Needs, Scope, Admins, Approved, CredentialReport, Verification)},
		"scoped":     {read: r.flag(&p.Scoped)},
		"approved":   {read: r.flag(&p.Approved)},
		"if-empty":   {read: r.text(&p.IfEmpty)},
		"exceptions": {read: r.each(func(n *yaml.Node) { p.Exceptions = append(p.Exceptions, r.exception(n)) })},
	})
	if p.Name != "" && !nameForm.MatchString(p.Name) {
		r.wrong(n, "the name %q of a population has other characters than a-z, 0-9 and -, or too many of them", p.Name)
	}
	if _, taken := r.populations[p.Name]; taken {
		r.wrong(n, "there are two populations %s", p.Name)
	}
	r.populations[p.Name] = p
	r.source(n, p)
	return p
}

// source checks what a population is made from.
func (r *reader) source(n *yaml.Node, p *Population) {
	given := 0
	if p.Report != "" {
		given++
		if _, err := query.FindReport(p.Report); err != nil {
			r.wrong(n, "population %s: %v", p.Name, err)
		}
	}
	if p.Statement != "" {
		given++
		if !slices.Contains(statementNames(), p.Statement) {
			r.wrong(n, "population %s: no statement %q: there are %s", p.Name, p.Statement, strings.Join(statementNames(), ", "))
		}
	}
	if p.Events != nil {
		given++
		if p.Unit == "row" {
			p.Unit = "event"
		}
	} else if p.Approved {
		r.wrong(n, "population %s: approved is for events", p.Name)
	}
	if given != 1 {
		r.wrong(n, "population %s is made from one of report, statement and events", p.Name)
	}
	if p.Scoped && p.Needs != Scope {
		r.wrong(n, "population %s: what is scoped needs scope", p.Name)
	}
}

// subjects are those of calls.txt whose calls are all that belongs to them; of others, such as
// iam-changes, the report knows more.
var subjects = []string{
	"clusters", "config", "credential-changes", "databases", "failed-sign-ins", "gateways", "instances", "kms", "network-acls",
	"remote-commands", "routes", "secrets", "vpc",
}

func (r *reader) events(n *yaml.Node) *Events {
	e := &Events{}
	r.mapping(n, "events", members{
		"calls":   {read: r.texts(&e.Calls)},
		"names":   {read: r.texts(&e.Names)},
		"sources": {read: r.texts(&e.Sources)},
		"where":   {read: r.text(&e.Where)},
	})
	for _, subject := range e.Calls {
		if !slices.Contains(subjects, subject) {
			r.wrong(n, "there are no calls of %q: there are those of %s", subject, strings.Join(subjects, ", "))
		}
	}
	if len(e.Calls)+len(e.Names)+len(e.Sources) == 0 && e.Where == "" {
		r.wrong(n, "events without calls, names, sources or where are all of them")
	}
	return e
}

func (r *reader) filters(n *yaml.Node) (filters []NamedFilter) {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "here stand filters, by the names of their flags")
		return nil
	}
	var f query.Filter
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		var values []string
		r.texts(&values)(value)
		for _, text := range values {
			if err := setFilter(&f, key.Value, text); err != nil {
				r.wrong(key, "%v", err)
			}
			filters = append(filters, NamedFilter{key.Value, text})
		}
	}
	return filters
}

// setFilter adds the value of a filter.
func setFilter(f *query.Filter, flag, value string) error {
	isTrue := value == "true"
	switch {
	case flag == "read-only" && (isTrue || value == "false"):
		f.ReadOnly = &isTrue
		return nil
	case flag == "errors-only" && isTrue:
		f.ErrorsOnly = true
		return nil
	}
	m := f.Match(flag)
	if m == nil {
		return fmt.Errorf("unknown filter %q, or no value of it: %q", flag, value)
	}
	if strings.HasPrefix(value, "@") {
		return fmt.Errorf("a pack reads no file for --%s", flag)
	}
	return m.Add(value, nil)
}

func (r *reader) exception(n *yaml.Node) Exception {
	var e Exception
	r.mapping(n, "an exception", members{
		"when":  {read: r.text(&e.When), needed: true},
		"says":  {read: r.text(&e.Says), needed: true},
		"needs": {read: oneOf(r, &e.Needs, Scope, Admins, Approved, CredentialReport)},
	})
	return e
}

// ids checks that each control has an id of its own.
func (r *reader) ids(p *Pack) {
	seen := map[string]int{}
	for _, c := range p.Controls {
		line := r.lines[c]
		if first, ok := seen[c.ID]; ok && c.ID != "" {
			r.errs = append(r.errs, &ParseError{r.path, line, fmt.Sprintf("control %s is there twice: the first is in line %d", c.ID, first)})
			continue
		}
		seen[c.ID] = line
	}
}

// refer puts populations in the places of the names that stand for them.
func (r *reader) refer(p *Pack) {
	for _, ref := range r.references {
		found, ok := r.populations[ref.name]
		if !ok {
			r.wrong(ref.node, "control %s: no population %q in this pack", ref.control.ID, ref.name)
			continue
		}
		ref.control.Populations[ref.at] = found
	}
	slices.SortStableFunc(r.errs, func(a, b error) int {
		x, y := (*ParseError)(nil), (*ParseError)(nil)
		if errors.As(a, &x) && errors.As(b, &y) {
			return cmp.Compare(x.Line, y.Line)
		}
		return 0
	})
}

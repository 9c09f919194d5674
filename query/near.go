package query

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"trailbox/schema"
)

var (
	//go:embed near.sql
	nearSQL string
	//go:embed names.sql
	namesSQL string
	//go:embed aliases.sql
	aliasesSQL string
	//go:embed regions.txt
	regionsText string
	//go:embed services.txt
	servicesText string
)

// words are the words of a text without its comments.
func words(text string) (all []string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		all = append(all, strings.Fields(line)...)
	}
	return all
}

// Services are those that are known to write events, as eventSource has them without
// .amazonaws.com.
func Services() []string { return words(servicesText) }

// Regions are AWS's.
func Regions() []string { return words(regionsText) }

// IsRegion reports whether AWS has a Region of that name.
func IsRegion(name string) bool { return slices.Contains(Regions(), name) }

// Settle makes sure that the filter means what it says. What was typed is taken as it stands
// where the store has just that, be it that a name has a comma in it; and what no event could
// have, such as the address 300.1.1.1, is a [*MatchError]. store may be nil: then nobody knows
// what is there.
func (f *Filter) Settle(ctx context.Context, store *schema.Store) error {
	for _, m := range f.matches() {
		c := columns()[m.name]
		for i := range m.parts {
			p := &m.parts[i]
			if strings.ContainsAny(p.text, `,*!@\`) && !(len(p.terms) == 1 && p.terms[0].exact) {
				there, err := c.there(ctx, store, []term{{text: p.text, exact: true}})
				if err != nil {
					return err
				}
				if there {
					*p = part{text: p.text, terms: []term{{text: p.text, exact: true}}}
				}
			}
			if p.err != nil {
				var e *MatchError
				if errors.As(p.err, &e) {
					return &MatchError{Filter: m.flag, Text: e.Text, Problem: e.Problem}
				}
				return p.err
			}
			for j := range p.terms {
				if err := c.check(ctx, store, m.flag, &p.terms[j]); err != nil {
					return err
				}
			}
			if m.name == "resource" {
				if err := p.addAliases(ctx, store); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// there reports whether an event has one of the values.
func (c *column) there(ctx context.Context, store *schema.Store, terms []term) (bool, error) {
	if store == nil {
		return false, nil
	}
	s := Statement{SQL: "SELECT EXISTS (SELECT 1 FROM events WHERE /* any */ true)"}
	if name := terms[0].text; c.name == "resource" && len(terms) == 1 && !terms[0].pattern && !isPlaced(name) {
		is := conditionOf(filterConditions(), "resource is there", schema.Arg{Name: "resource", Value: name})
		s = Statement{SQL: "SELECT " + is.SQL, Args: is.Args}
	} else {
		s = s.Put("any", c.any(terms))
	}
	return schema.One[bool](s.Query(ctx, store))
}

var (
	looksLikeAddress = regexp.MustCompile(`^[0-9.]+(/[0-9]*)?$|^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(/[0-9]*)?$`)
	accountID        = regexp.MustCompile(`^[0-9]{12}$`)
	looksLikeKey     = regexp.MustCompile(`alias/|key/|^(mrk-)?[0-9a-f]{8}-?[0-9a-f]{4}`)
	accessKeyID      = regexp.MustCompile(`^[A-Z0-9_]{16,128}$`)
)

// addAliases adds to the resources of a part the keys of KMS that aliases among them stand
// for, and the aliases of keys, as far as the store shows them.
func (p *part) addAliases(ctx context.Context, store *schema.Store) error {
	called := map[string]term{}
	for _, t := range p.terms {
		if !t.pattern && looksLikeKey.MatchString(t.text) {
			called[t.text] = t
		}
	}
	if store == nil || len(called) == 0 {
		return nil
	}
	type alias struct{ Called, Other string }
	s := Statement{SQL: allFragments().put(aliasesSQL)}.With(schema.Arg{Name: "called", Value: slices.Sorted(maps.Keys(called))})
	for a, err := range schema.All[alias](s.Query(ctx, store)) {
		if err != nil {
			return err
		}
		p.terms = append(p.terms, term{text: a.Other, exact: true, not: called[a.Called].not})
	}
	return nil
}

// check refuses a value that no event could have.
func (c *column) check(ctx context.Context, store *schema.Store, flag string, t *term) error {
	if t.pattern || t.exact {
		return nil
	}
	problem, choices := "", []string(nil)
	text := t.text
	switch c.name {
	case "sourceip":
		_, addressErr := netip.ParseAddr(text)
		_, prefixErr := netip.ParsePrefix(text)
		if addressErr != nil && prefixErr != nil && looksLikeAddress.MatchString(text) {
			problem = "is no address, and no range of them"
		}
	case "account", "calleraccount":
		if !accountID.MatchString(text) {
			problem = "is no account: they have 12 digits"
		}
	case "accesskey":
		if !accessKeyID.MatchString(text) {
			problem = "is no access key ID"
		}
	case "region":
		if choices = words(regionsText); !slices.Contains(choices, text) {
			problem = "is no Region"
		}
	case "eventsource":
		choices = words(servicesText)
		if name := strings.TrimSuffix(strings.ToLower(text), ".amazonaws.com"); !slices.Contains(choices, name) {
			problem = "is no service"
		}
	}
	if problem == "" {
		return nil
	}
	there, err := c.there(ctx, store, []term{{text: text, exact: true}})
	if err != nil || there {
		return err
	}
	e := &MatchError{Filter: flag, Text: text, Problem: problem}
	if near, err := c.near(ctx, store, text); err != nil {
		return err
	} else if near.Name != "" {
		e.Nearest = near.Name
	} else if choices != nil {
		e.Nearest = nearestOf(text, choices)
	}
	return e
}

// nearestOf is the word that is nearest to another: that begins with it, or has the fewest
// letters changed.
func nearestOf(text string, choices []string) string {
	text = strings.TrimSuffix(strings.ToLower(text), ".amazonaws.com")
	best, distance := "", max(1, len(text)/3)+1
	for _, c := range choices {
		lower := strings.ToLower(c)
		d := EditDistance(text, lower)
		if len(text) > 2 && strings.HasPrefix(lower, text) {
			d = 0
		}
		if d < distance {
			best, distance = c, d
		}
	}
	return best
}

// EditDistance counts the insertions, deletions and substitutions between words.
func EditDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// A Near is a name that events have.
type Near struct {
	Name   string
	Events int64
}

// near is the name nearest to a text, the zero Near if none is near.
func (c *column) near(ctx context.Context, store *schema.Store, text string) (Near, error) {
	if store == nil {
		return Near{}, nil
	}
	if c.name == "eventsource" {
		text = strings.TrimSuffix(text, ".amazonaws.com")
	}
	names := pieces("names", allFragments().put(namesSQL))[c.name]
	s := Statement{SQL: schema.Put(nearSQL, "names", names)}.With(schema.Arg{Name: "text", Value: text})
	found, err := schema.Collect[Near](s.Query(ctx, store))
	if err != nil || len(found) == 0 {
		return Near{}, err
	}
	return found[0], nil
}

// A Miss is a value of a filter that no event of the store has, wherever that is.
type Miss struct {
	Filter string // as its flag is called
	Text   string // as it was given
	Near   Near
}

func (m *Miss) String() string {
	text := fmt.Sprintf("no event has --%s %s", m.Filter, m.Text)
	switch {
	case m.Near.Events == 1:
		text += fmt.Sprintf(": did you mean %s (1 event)?", m.Near.Name)
	case m.Near.Events > 0:
		text += fmt.Sprintf(": did you mean %s (%d events)?", m.Near.Name, m.Near.Events)
	}
	return text
}

// Misses are the values that are wanted and that no event has, so that an answer without them
// may be one to a question that nobody meant.
func (f *Filter) Misses(ctx context.Context, store *schema.Store) (misses []Miss, err error) {
	for _, m := range f.matches() {
		c := columns()[m.name]
		for i := range m.parts {
			p := &m.parts[i]
			terms := slices.DeleteFunc(slices.Clone(p.terms), func(t term) bool { return t.not })
			if p.file { // of a long list nobody expects all to be there
				continue
			}
			for _, t := range terms {
				there, err := c.there(ctx, store, []term{t})
				if err != nil {
					return nil, err
				}
				if there {
					continue
				}
				miss := Miss{Filter: m.flag, Text: t.text}
				if miss.Near, err = c.near(ctx, store, strings.ReplaceAll(t.text, "*", "")); err != nil {
					return nil, err
				}
				misses = append(misses, miss)
			}
		}
	}
	return misses, nil
}

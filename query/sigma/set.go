package sigma

import (
	"fmt"
	"slices"
)

// A Set is what was read from rule files.
type Set struct {
	Rules        []*Rule
	Correlations []*Correlation
	Foreign      []Foreign       // for other logs than CloudTrail's
	Problems     []Problem       // what could not be read or cannot be run
	Placeholders map[string]bool // that rules ask for

	values Placeholders
}

// A Foreign is a rule for logs of another kind.
type Foreign struct {
	Meta
	Logsource string // as product and service
}

// A Problem says why a document of a file cannot be run.
type Problem struct {
	File   string
	Line   int    // from 1; 0 where it is not known
	Title  string // of the rule, where it could be read
	Reason string
}

// Join adds what another file has. Correlations may refer to it: see [Set.Resolve].
func (s *Set) Join(more *Set) {
	s.Rules = append(s.Rules, more.Rules...)
	s.Correlations = append(s.Correlations, more.Correlations...)
	s.Foreign = append(s.Foreign, more.Foreign...)
	s.Problems = append(s.Problems, more.Problems...)
	for name := range more.Placeholders {
		if s.Placeholders == nil {
			s.Placeholders = map[string]bool{}
		}
		s.Placeholders[name] = true
	}
}

// Resolve looks up what correlations refer to: by id, then by name, then by title; of
// several in their own file. A correlation whose rules are not there, or that waits for itself, becomes a problem.
func (s *Set) Resolve() {
	r := newResolver(s)
	broken := map[*Correlation]string{}
	for _, c := range s.Correlations {
		if reason := r.resolve(c); reason != "" {
			broken[c], c.Members = reason, nil
		}
	}
	for _, c := range looped(s.Correlations) {
		broken[c] = "the correlation refers to itself, by way of its rules"
	}
	for _, c := range s.Correlations {
		r.spread(c, broken)
	}
	s.Correlations = slices.DeleteFunc(s.Correlations, func(c *Correlation) bool {
		reason, isBroken := broken[c]
		if isBroken {
			s.Problems = append(s.Problems, Problem{File: c.File, Line: c.Line, Title: c.Title, Reason: reason})
		}
		return isBroken
	})
}

// A resolver knows what correlations can refer to, and which do.
type resolver struct {
	members   map[call][]Member
	referrers map[*Correlation][]*Correlation
}

// A call is what a rule or a correlation can be referred to by: its id (0), name (1) or
// title (2), in its file or, without one, anywhere.
type call struct {
	kind int
	name string
	near bool
	file string
}

func newResolver(s *Set) *resolver {
	r := &resolver{members: map[call][]Member{}, referrers: map[*Correlation][]*Correlation{}}
	add := func(m Member) {
		for kind, name := range []string{m.meta().ID, m.meta().Name, m.meta().Title} {
			for _, by := range []call{{kind: kind, name: name}, {kind, name, true, m.meta().File}} {
				r.members[by] = append(r.members[by], m)
			}
		}
	}
	for _, rule := range s.Rules {
		add(Member{Rule: rule})
	}
	for _, c := range s.Correlations {
		add(Member{Correlation: c})
	}
	return r
}

// resolve looks up what a correlation refers to; the reason is why it cannot be run.
func (r *resolver) resolve(c *Correlation) (reason string) {
	c.Members = nil
	if c.own != nil {
		for _, rule := range c.own {
			c.Members = append(c.Members, Member{Rule: rule})
		}
		return ""
	}
	for _, reference := range c.Rules {
		found := r.find(reference, c.File)
		switch len(found) {
		case 0:
			return fmt.Sprintf("the correlation refers to %q, which no rule for CloudTrail has for its id, name or title", reference)
		case 1:
			c.Members = append(c.Members, found[0])
		default:
			return fmt.Sprintf("the correlation refers to %q, which %d rules have: refer to one by its id", reference, len(found))
		}
	}
	for _, name := range c.GroupBy {
		for i, reference := range c.Rules {
			if c.fieldOf(name, i) == "" {
				return fmt.Sprintf("the alias %s names no field of %q", name, reference)
			}
		}
	}
	for _, m := range c.Members {
		if m.Correlation != nil {
			r.referrers[m.Correlation] = append(r.referrers[m.Correlation], c)
		}
	}
	return ""
}

// spread says of all that refers to a broken correlation that it is broken, too.
func (r *resolver) spread(c *Correlation, broken map[*Correlation]string) {
	if broken[c] == "" {
		return
	}
	for waiting := []*Correlation{c}; len(waiting) > 0; waiting = waiting[1:] {
		c := waiting[0]
		for _, referrer := range r.referrers[c] {
			if broken[referrer] == "" {
				broken[referrer] = fmt.Sprintf("the correlation refers to %q, which cannot be run", c.Title)
				waiting = append(waiting, referrer)
			}
		}
		delete(r.referrers, c)
	}
}

// find looks up a reference that stands in a file. What is in that file is preferred, for
// titles are often given twice.
func (r *resolver) find(reference, file string) []Member {
	for kind := range 3 {
		found := r.members[call{kind: kind, name: reference}]
		if near := r.members[call{kind, reference, true, file}]; len(found) > 1 && len(near) > 0 {
			return near
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// looped are correlations without which none leads to itself any more.
func looped(correlations []*Correlation) (looped []*Correlation) {
	const open, done = 1, 2
	state := map[*Correlation]int{}
	var visit func(c *Correlation)
	visit = func(c *Correlation) {
		switch state[c] {
		case open: // on the way that led here
			looped = append(looped, c)
			return
		case done:
			return
		}
		state[c] = open
		for _, m := range c.Members {
			if m.Correlation != nil {
				visit(m.Correlation)
			}
		}
		state[c] = done
	}
	for _, c := range correlations {
		visit(c)
	}
	return looped
}

// Silent are the rules and correlations that are only there for correlations, none of
// which wants their matches reported: their generate is false.
func (s *Set) Silent() map[Member]bool {
	silent := map[Member]bool{}
	for _, c := range s.Correlations {
		for _, m := range c.Members {
			if before, used := silent[m]; before || !used {
				silent[m] = !c.Generate
			}
		}
	}
	return silent
}

package sigma

import (
	"fmt"
	"slices"
)

// A Set is what was read from rule files.
type Set struct {
	Rules        []*Rule
	Correlations []*Correlation
	Foreign      []Foreign // for other logs than CloudTrail's
	Problems     []Problem // what could not be read or cannot be run
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
}

// Resolve looks up what correlations refer to: by id, then by name, then by title; of
// several in their own file. A correlation whose rules are not there, or that waits for itself, becomes a problem.
func (s *Set) Resolve() {
	for {
		bad := slices.IndexFunc(s.Correlations, func(c *Correlation) bool { return s.resolve(c) != "" })
		if bad < 0 {
			break
		}
		c := s.Correlations[bad]
		s.Problems = append(s.Problems, Problem{File: c.File, Line: c.Line, Title: c.Title, Reason: s.resolve(c)})
		// It may be what another one refers to: hence once more.
		s.Correlations = slices.Delete(s.Correlations, bad, bad+1)
	}
	for i := 0; i < len(s.Correlations); {
		c := s.Correlations[i]
		if !c.leadsTo(c, map[*Correlation]bool{}) {
			i++
			continue
		}
		s.Problems = append(s.Problems, Problem{File: c.File, Line: c.Line, Title: c.Title, Reason: "the correlation refers to itself, by way of its rules"})
		s.Correlations = slices.Delete(s.Correlations, i, i+1)
		s.Resolve()
		return
	}
}

func (s *Set) resolve(c *Correlation) (reason string) {
	c.Members = nil
	for _, reference := range c.Rules {
		found := s.find(reference, c.File)
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
	return ""
}

// find looks up a reference that stands in a file.
func (s *Set) find(reference, file string) []Member {
	for _, name := range []func(*Meta) string{
		func(m *Meta) string { return m.ID },
		func(m *Meta) string { return m.Name },
		func(m *Meta) string { return m.Title },
	} {
		var found []Member
		for _, r := range s.Rules {
			if name(&r.Meta) == reference {
				found = append(found, Member{Rule: r})
			}
		}
		for _, c := range s.Correlations {
			if name(&c.Meta) == reference {
				found = append(found, Member{Correlation: c})
			}
		}
		if len(found) > 1 {
			found = inFile(found, file)
		}
		if len(found) > 0 {
			return found
		}
	}
	return nil
}

// inFile prefers what is in that file, for titles are often given twice.
func inFile(found []Member, file string) []Member {
	var near []Member
	for _, m := range found {
		if m.meta().File == file {
			near = append(near, m)
		}
	}
	if len(near) == 0 {
		return found
	}
	return near
}

// leadsTo says whether a correlation refers to another one, by way of any that were not
// seen yet.
func (c *Correlation) leadsTo(other *Correlation, seen map[*Correlation]bool) bool {
	return slices.ContainsFunc(c.Members, func(m Member) bool {
		if m.Correlation == nil || seen[m.Correlation] {
			return false
		}
		seen[m.Correlation] = true
		return m.Correlation == other || m.Correlation.leadsTo(other, seen)
	})
}

// Silent says that a rule or a correlation is only there for correlations, none of which
// wants its matches reported: their generate is false.
func (s *Set) Silent(m Member) bool {
	used := false
	for _, c := range s.Correlations {
		if slices.Contains(c.Members, m) {
			if c.Generate {
				return false
			}
			used = true
		}
	}
	return used
}

package alarm

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"trailbox/query"
)

// Levels are those that rules of Sigma have, the least first.
func Levels() []string { return []string{"informational", "low", "medium", "high", "critical"} }

// A Selection is which alarms and rules of a Set are meant. The zero Selection means all.
type Selection struct {
	Levels []string // of [Levels]: one stands for itself and those above, several for themselves
	Rule   query.Match
	Tag    query.Match // attack.t1078 is one with its sub-techniques; attack. may be left out
	Status query.Match // of Sigma
}

// flagged is a match of a Selection and the names that rules have for it.
type flagged struct {
	flag  string
	match *query.Match
	names func(*Rule) []string
}

func (s *Selection) matches() []flagged {
	return []flagged{
		{"rule", &s.Rule, (*Rule).names},
		{"tag", &s.Tag, (*Rule).tagNames},
		{"status", &s.Status, func(r *Rule) []string { return []string{r.Status} }},
	}
}

// Given reports whether the selection leaves anything out.
func (s *Selection) Given() bool {
	return len(s.Levels) > 0 || slices.ContainsFunc(s.matches(), func(m flagged) bool { return m.match.Given() })
}

// Check tidies the levels up and refuses what is none.
func (s *Selection) Check() error {
	for i, level := range s.Levels {
		s.Levels[i] = strings.ToLower(strings.TrimSpace(level))
		if !slices.Contains(Levels(), s.Levels[i]) {
			return fmt.Errorf("%q is not a level", level)
		}
	}
	if len(s.Levels) == 1 {
		s.Levels = Levels()[slices.Index(Levels(), s.Levels[0]):]
	}
	return nil
}

// Select leaves the alarms and rules that are meant. Alarms have a name, but neither level nor
// tags nor status. What cannot be run stays to be told of. A value that no rule has is told of
// as a [query.Unmet], by the name of its flag.
func (s *Set) Select(selection *Selection) (misses []query.Unmet, err error) {
	if !selection.Given() {
		return nil, nil
	}
	for _, m := range selection.matches() {
		var names []string
		for _, r := range s.Rules {
			names = append(names, m.names(r)...)
		}
		if m.flag == "rule" {
			for _, a := range s.Alarms {
				names = append(names, a.names()...)
			}
		}
		unmet, err := m.match.Among(names)
		if err != nil {
			var e *query.MatchError
			if errors.As(err, &e) {
				e.Filter = m.flag
			}
			return nil, err
		}
		for _, u := range unmet {
			u.Filter = m.flag
			misses = append(misses, u)
		}
	}
	onlyNames := len(selection.Levels) == 0 && !selection.Tag.Given() && !selection.Status.Given()
	s.Alarms = slices.DeleteFunc(s.Alarms, func(a *Alarm) bool { return !onlyNames || !selection.Rule.Lets(a.names()...) })
	s.Rules = slices.DeleteFunc(s.Rules, func(r *Rule) bool { return !selection.means(r) })
	return misses, nil
}

// means says that a rule is meant.
func (s *Selection) means(r *Rule) bool {
	for _, m := range s.matches() {
		if !m.match.Lets(m.names(r)...) {
			return false
		}
	}
	return len(s.Levels) == 0 || slices.Contains(s.Levels, r.level())
}

// names are what a rule goes by.
func (r *Rule) names() []string { return []string{r.Name, r.given, r.Title, r.ID} }

// tagNames are what the tags of a rule go by: each in both spellings of tactics, a
// sub-technique also by its technique, and those of ATT&CK also without attack.
func (r *Rule) tagNames() (names []string) {
	for _, tag := range r.Tags {
		tag = folded(tag)
		forms := []string{tag}
		if name, ok := strings.CutPrefix(tag, "attack."); ok {
			forms = append(forms, name)
			if parent, _, ok := strings.Cut(name, "."); ok && technique.MatchString(name) {
				forms = append(forms, parent, "attack."+parent)
			}
		}
		for _, form := range forms {
			names = append(names, form)
			if strings.Contains(form, "-") {
				names = append(names, strings.ReplaceAll(form, "-", "_"))
			}
		}
	}
	return names
}

package sigma

import (
	"fmt"

	"trailbox/query/record"
)

// What rules may cost. They come from elsewhere: one that would take the machine is refused
// by the name of its limit, and the others are read.
const (
	// maxDocuments bounds the rules and correlations of one file; AWS's largest collection
	// has some hundred for CloudTrail.
	maxDocuments = 10_000
	// maxDetections bounds the names that a rule gives to detections. Rules have ten or so.
	maxDetections = 1_000
	// maxValues bounds the values that a rule compares, those of a detection once for each
	// time that a condition names it: lists of addresses have some ten thousand.
	maxValues = 100_000
	// maxTests bounds the comparisons that DuckDB has to make of that: a list of names is one,
	// others are one for each value. It needs a second or two to prepare so many.
	maxTests = 10_000
	// testsOfItem is what an item counts besides: a look into a field takes as long as ten
	// comparisons.
	testsOfItem = 10
	// maxFieldDepth bounds the names in the path of a field, each of which is a level of SQL.
	maxFieldDepth = 100
	// maxListed bounds what a correlation lists: the rules, each of which it looks for at
	// once, what it groups by, and aliases.
	maxListed = 100
	// maxQuoted bounds the letters of a file that an error repeats.
	maxQuoted = 200
)

func overLimit(format string, args ...any) error {
	return fmt.Errorf("over a limit: "+format, args...)
}

// excerpt is text for an error, the beginning of it where it is long.
func excerpt(text string) string {
	if len(text) > maxQuoted {
		return fmt.Sprintf("%.*q...", maxQuoted, text) // of letters, not bytes
	}
	return fmt.Sprintf("%q", text)
}

// A size is what a detection takes each time that a condition names it.
type size struct{ values, tests int }

func (d *Detection) size() (s size) {
	for _, items := range d.Any {
		for _, item := range items {
			s.values += len(item.Values)
			s.tests += testsOfItem + item.tests()
		}
	}
	return s
}

// tests is how many comparisons an item is compiled to.
func (item *Item) tests() int {
	if _, ok := item.literals(); ok && !item.All {
		return 1
	}
	c := &compiler{binder: &record.Binder{}}
	tests, rest := c.many(*item)
	return len(tests) + len(rest)
}

// A use checks and adds up what the conditions of a rule name.
type use struct {
	rule  *Rule
	sizes map[string]size
	size
}

func newUse(r *Rule) *use {
	u := &use{rule: r, sizes: map[string]size{}}
	for _, d := range r.Detections {
		u.sizes[d.Name] = d.size()
	}
	return u
}

// check sees to it that what a condition names is there, and not too much.
func (u *use) check(e Expr) error {
	switch e := e.(type) {
	case Any:
		for _, part := range e {
			if err := u.check(part); err != nil {
				return err
			}
		}
	case All:
		return u.check(Any(e))
	case Not:
		return u.check(e.Expr)
	case Ref:
		named, ok := u.sizes[string(e)]
		if !ok {
			return fmt.Errorf("the condition names %s, which the detection does not have", e)
		}
		return u.add(named)
	case Of:
		chosen := u.rule.chosen(e)
		if len(chosen) == 0 {
			return fmt.Errorf("the condition says %s, but the detection has no such name", e)
		}
		var all size
		for _, d := range chosen {
			all.values += u.sizes[d.Name].values
			all.tests += u.sizes[d.Name].tests
		}
		return u.add(all)
	}
	return nil
}

// add takes a name that stands for that much.
func (u *use) add(more size) error {
	u.values += more.values
	u.tests += more.tests
	switch {
	case u.values > maxValues:
		return overLimit("a rule compares more than %d values", maxValues)
	case u.tests > maxTests:
		return overLimit("a rule needs more than %d comparisons", maxTests)
	}
	return nil
}

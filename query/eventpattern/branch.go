package eventpattern

import (
	"fmt"
	"slices"
	"strings"

	"trailbox/query/record"
)

// A branch is a pattern without $or: conditions that must all hold.
type branch []condition

// A condition is a field with its tests: path leads to it from the top of an event, without
// dots in its names. Where the pattern has them, spelled is the path with these names.
type condition struct {
	path    []string
	tests   []Test
	spelled []string
}

func (c condition) name() string { return strings.Join(c.path, ".") }

// branchCount is how many combinations EventBridge counts in an object: the product of
// the lengths of all $or. What is above maxBranches is not counted to the end.
func branchCount(o Object) int {
	count := 1
	for _, m := range o {
		if m.Or != nil {
			count *= len(m.Or)
		}
		for _, branch := range m.Or {
			count = min(count, maxBranches+1) * branchCount(branch)
		}
		count = min(count, maxBranches+1) * branchCount(m.Below)
	}
	return min(count, maxBranches+1)
}

// branchesOf multiplies out the $or of an object.
func branchesOf(o Object) []branch {
	var m multiplier
	return m.object([]branch{nil}, nil, o)
}

// A multiplier multiplies out $or, and remembers which fields have lost tests to later ones.
type multiplier struct {
	replaced []string
}

func (m *multiplier) object(branches []branch, path []string, o Object) []branch {
	for _, member := range o {
		below := append(slices.Clip(path), member.Name)
		switch {
		case member.Or != nil:
			var forked []branch
			for _, alternative := range member.Or {
				forked = append(forked, m.object(branches, path, alternative)...)
			}
			branches = forked
		case member.Below != nil:
			branches = m.object(branches, below, member.Below)
		default:
			added := make([]branch, len(branches))
			for i, b := range branches {
				added[i] = m.with(b, conditionOf(below, member.Tests))
			}
			branches = added
		}
	}
	return branches
}

// conditionOf is the condition of a field in a pattern. A dot in a name is a step down, as it
// is between names.
func conditionOf(names []string, tests []Test) condition {
	c := condition{path: strings.Split(strings.Join(names, "."), "."), tests: tests}
	if len(c.path) > len(names) {
		c.spelled = names
	}
	return c
}

// maxSpelled is how many names with dots a branch may have of which members with such names
// are looked for, too: each makes two or three branches of one.
const maxSpelled = 4

// spellings are the branches that a branch becomes if names with dots in it are those of
// members of a JSON value, which may have dots: a field is found either way, and is absent if
// it is so both ways.
func (b branch) spellings() []branch {
	all := []branch{nil}
	spelled := 0
	for _, c := range b {
		root, _, ok := blockOf(c.path[1:])
		inBlock := ok && c.path[0] == "detail" && len(c.spelled) > len(root)+1 && slices.Equal(c.spelled[1:len(root)+1], root)
		if inBlock {
			spelled++
		}
		if !inBlock || spelled > maxSpelled {
			all = times(all, branch{c})
			continue
		}
		var ways []branch
		present := slices.DeleteFunc(slices.Clone(c.tests), func(t Test) bool { return t.Op == Exists && t.Absent })
		if len(present) > 0 {
			ways = append(ways, branch{{path: c.path, tests: present}}, branch{{path: c.spelled, tests: present}})
		}
		if len(present) < len(c.tests) {
			absent := []Test{{Op: Exists, Absent: true}}
			ways = append(ways, branch{{path: c.path, tests: absent}, {path: c.spelled, tests: absent}})
		}
		all = times(all, ways...)
	}
	return all
}

// times are the branches that go on each in each of some ways.
func times(branches []branch, ways ...branch) (all []branch) {
	for _, b := range branches {
		for _, way := range ways {
			all = append(all, append(slices.Clip(b), way...))
		}
	}
	return all
}

// with is a branch and one more condition, which replaces one for the same field.
func (m *multiplier) with(b branch, c condition) branch {
	for i := range b {
		if slices.Equal(b[i].path, c.path) {
			if name := c.name(); !slices.Contains(m.replaced, name) {
				m.replaced = append(m.replaced, name)
			}
			b = slices.Clone(b)
			b[i] = c
			return b
		}
	}
	return append(slices.Clip(b), c)
}

// neverMatches says why no event of CloudTrail can match, if none can.
func neverMatches(branches []branch) []string {
	var reasons []string
	for _, b := range branches {
		at := slices.IndexFunc(b, func(c condition) bool { return c.impossible() != "" })
		if at < 0 {
			return nil
		}
		if reason := b[at].impossible(); !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	return []string{"no event of CloudTrail matches: " + strings.Join(reasons, "; ")}
}

// impossible says why no event of CloudTrail meets a condition, as far as that can be
// seen from the condition alone.
func (c condition) impossible() string {
	if mayBeAbsent(c.tests) {
		return ""
	}
	texts, plain := equalities(c.tests)
	switch name := c.path[0]; {
	case name == "detail" && len(c.path) > 1:
		if known := record.Misspelled(c.path[1:]); known != "" {
			return fmt.Sprintf("there is no %s in them, but detail.%s", c.name(), known)
		}
		return ""
	case len(c.path) > 1 || !slices.Contains(envelope[:], name):
		return c.name() + " is absent from what CloudTrail sends to EventBridge"
	case name == "detail-type" && plain && len(eventTypes(texts)) == 0:
		return fmt.Sprintf("detail-type %q is not one of CloudTrail's", texts)
	case name == "source" && plain && !slices.ContainsFunc(texts, func(text string) bool { return strings.HasPrefix(text, "aws.") }):
		return fmt.Sprintf("source %q is not a service of AWS", texts)
	case name == "id" && plain:
		return "id is given to an event by EventBridge, and is not in the archive"
	}
	return ""
}

// mayBeAbsent says that one of the tests holds for an absent field.
func mayBeAbsent(tests []Test) bool {
	return slices.ContainsFunc(tests, func(t Test) bool { return t.Op == Exists && t.Absent })
}

// equalities are the strings of tests that are nothing but strings.
func equalities(tests []Test) (texts []string, ok bool) {
	for _, t := range tests {
		if t.But || t.Op != Equal && t.Op != Exactly || t.Values[0].Kind != String {
			return nil, false
		}
		texts = append(texts, t.Values[0].Text)
	}
	return texts, true
}

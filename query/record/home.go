package record

import (
	"strings"

	"trailbox/schema"
)

// A home is where the store has what a path leads to.
type home struct {
	path Path
	// known is how far the path goes along members that have columns, or have members
	// that have; rest is the path from there.
	known string // dotted, as in schema.Columns
	rest  Path
	// column is the column of known, where it is a leaf.
	column schema.Column
	isLeaf bool
	// unknown is where the column unknown has it, if it does: its member, and the path
	// from there.
	unknown     string
	unknownRest Path
}

func homeOf(path Path) home {
	at := home{path: path, rest: path}
	for len(at.rest) > 0 && !at.isLeaf {
		step := at.rest[0]
		if step.IsIndex || step.IsAny || strings.Contains(step.Name, ".") {
			break
		}
		name := strings.TrimPrefix(at.known+"."+step.Name, ".")
		column, isLeaf, ok := Documented(name)
		if !ok {
			break
		}
		at.known, at.column, at.isLeaf, at.rest = name, column, isLeaf, at.rest[1:]
	}
	at.unknown, at.unknownRest = at.known, at.rest
	if !at.isLeaf && len(at.rest) > 0 && !at.rest[0].IsIndex && !at.rest[0].IsAny {
		// A member that has no column.
		at.unknown = at.rest[0].Name
		if at.known != "" {
			at.unknown = at.known + "." + at.unknown
		}
		at.unknownRest = at.rest[1:]
	}
	return at
}

// Documented looks up a dotted path among the columns, which are leaves, and the objects that
// they are in.
func Documented(path string) (column schema.Column, isLeaf, ok bool) {
	for _, c := range schema.Columns() {
		if c.Path == path {
			return c, true, true
		}
		if strings.HasPrefix(c.Path, path) && c.Path[len(path)] == '.' {
			ok = true
		}
	}
	return schema.Column{}, false, ok
}

// Misspelled is the documented name for the beginning of a dotted path that differs from it by
// the case of letters alone, and would be found in no record; empty where there is none.
func Misspelled(names []string) (documented string) {
	for n := 1; n <= len(names); n++ {
		prefix := strings.Join(names[:n], ".")
		if _, _, ok := Documented(prefix); ok {
			continue
		}
		for _, c := range schema.Columns() {
			path := strings.Split(c.Path, ".")
			if known := strings.Join(path[:min(n, len(path))], "."); strings.EqualFold(known, prefix) {
				return known
			}
		}
		return ""
	}
	return ""
}

// isStrange says that no column is of use: the path leads to a member that has none.
func (at *home) isStrange() bool { return !at.isLeaf && len(at.rest) > 0 }

// inUnknown is the JSON that the column unknown has of a member, at a path within; SQL
// NULL for none.
func inUnknown(b *Binder, member string, rest Path) string {
	return b.Follow("unknown", append(Members(member), rest...))
}

package eventpattern

import (
	"fmt"
	"slices"
	"strings"

	"trailbox/query/record"
	"trailbox/schema"
)

// A need is a condition on what is below a JSON value.
type need struct {
	path  []string // from there
	name  string   // of the field as a whole: fields are matched in the order of their names
	tests []Test
}

// blockOf returns the path in a record to the JSON value that has a path's field, and
// the rest of the path. It is not ok where the field is a single value with a column, or
// would be below one.
func blockOf(path []string) (root, rest []string, ok bool) {
	known := ""
	for i, name := range path {
		at, rest := path[:i+1], path[i+1:]
		known = strings.TrimPrefix(known+"."+name, ".")
		column, isLeaf, isKnown := record.Documented(known)
		switch {
		case !isKnown || strings.Contains(name, "."), !isLeaf && len(rest) == 0,
			isLeaf && (column.Kind == schema.Block || column.Kind == schema.Resources):
			return at, rest, true
		case isLeaf:
			return nil, nil, false
		}
	}
	return nil, nil, false
}

// block compiles the needs below one JSON value of the record.
func (c *compiler) block(root []string, needs []need) string {
	path := record.Members(root...)
	if column, _, ok := record.Block(path); ok && !slices.ContainsFunc(needs, func(n need) bool { return len(n.path) == 0 }) {
		return c.document(column, needs)
	}
	// A list of one element lets a lambda give a name to it.
	sql := record.Sure("list_transform([" + record.Node(c.b, path) + "], lambda d: " + c.document("d", needs) + ")[1]")
	if len(root) == 1 && root[0] == "resources" && !slices.ContainsFunc(needs, func(n need) bool { return !isResourceMember(n.path) }) {
		return "CASE WHEN " + c.resourcesTell(needs) + " THEN " + c.resources(needs) + " ELSE " + sql + " END"
	}
	return sql
}

// document is whether needs are met below a JSON value. As a rule there are no arrays, so
// that one look for each need will do.
func (c *compiler) document(document string, needs []need) string {
	var walked, looked []string
	for _, variant := range variantsOf(needs) {
		walked = append(walked, c.match(elements(document), 1, variant))
	}
	for _, n := range needs {
		looked = append(looked, c.holds(n.tests, jsonValue(c.member(document, n.path...))))
	}
	return "CASE WHEN contains(" + document + ", '[') THEN " + record.Or(walked...) + " ELSE " + record.And(looked...) + " END"
}

// isResourceMember says that a path from resources is that of a member that the column
// has.
func isResourceMember(path []string) bool {
	if len(path) != 1 {
		return false
	}
	_, ok := schema.ResourceMember([]byte(path[0]))
	return ok
}

// resourcesTell is whether the column resources is enough to tell if needs are met: where
// it has no values, they are elsewhere, or there are none. It has texts alone; what
// it does not tell is a member that is null from one that is missing. The outline of the
// record's shape has the nulls of resources and no texts.
func (c *compiler) resourcesTell(needs []need) string {
	for _, n := range needs {
		if slices.ContainsFunc(n.tests, func(t Test) bool { return t.But || !t.isOfTexts() }) {
			withNull := c.b.OfShape(record.Sure("contains(json_extract_string(outlines.outline, '$.resources'), 'null')"))
			return record.And("resources IS NOT NULL", "shape IS NOT NULL", "NOT "+withNull)
		}
	}
	return "resources IS NOT NULL"
}

// resources is whether needs are met by an element of the column resources; see match.
func (c *compiler) resources(needs []need) string {
	var variants []string
	for _, variant := range variantsOf(needs) {
		settled := settledBy(variant)
		var parts, inside []string
		for _, n := range variant {
			member := aText(`r."` + n.path[0] + `"`)
			switch {
			case !mayBeAbsent(n.tests):
				inside = append(inside, c.holds(n.tests, member))
			case settled == "" || n.name < settled:
				parts = append(parts, "NOT "+anyOf("resources", "r", member.present))
			default:
				inside = append(inside, "NOT "+member.present)
			}
		}
		if len(inside) > 0 {
			parts = append(parts, anyOf("resources", "r", record.And(inside...)))
		}
		variants = append(variants, record.And(parts...))
	}
	return record.Or(variants...)
}

// maxOptional is how many fields below one JSON value may be absent or something else: each
// doubles what is compiled.
const maxOptional = 6

// tooOptional names a JSON value of the record below which there are more such fields.
func (b branch) tooOptional() (name string, ok bool) {
	counts := map[string]int{}
	for _, c := range b {
		if root, _, ok := blockOf(c.path[1:]); ok && c.path[0] == "detail" && len(c.tests) > 1 && mayBeAbsent(c.tests) {
			name := "detail." + strings.Join(root, ".")
			if counts[name]++; counts[name] > maxOptional {
				return name, true
			}
		}
	}
	return "", false
}

// variantsOf takes apart needs that are met by an absent field as well as by a present one:
// in each variant the tests of a need are either exists false alone, or have none.
func variantsOf(needs []need) [][]need {
	variants := [][]need{nil}
	for _, n := range needs {
		var forms []need
		if mayBeAbsent(n.tests) {
			forms = append(forms, need{n.path, n.name, []Test{{Op: Exists, Absent: true}}})
		}
		present := slices.DeleteFunc(slices.Clone(n.tests), func(t Test) bool { return t.Op == Exists && t.Absent })
		if len(present) > 0 {
			forms = append(forms, need{n.path, n.name, present})
		}
		var longer [][]need
		for _, variant := range variants {
			for _, form := range forms {
				longer = append(longer, append(slices.Clip(variant), form))
			}
		}
		variants = longer
	}
	return variants
}

// match is whether needs are met below the values of a list, an SQL expression for JSON[]
// in which arrays are unpacked: below one of them for all needs. A field that must be
// absent is so from all of them, unless a field with a name before its own is below the
// values, and so has settled on one.
func (c *compiler) match(list string, depth int, needs []need) string {
	settled := settledBy(needs)
	element := fmt.Sprintf("e%d", depth)
	var parts, names []string
	below := map[string][]need{}
	for _, n := range needs {
		absent := mayBeAbsent(n.tests)
		switch {
		case absent && (settled == "" || n.name < settled):
			nodes := list
			for i, name := range n.path {
				nodes = c.step(nodes, name, depth+i)
			}
			parts = append(parts, "NOT "+anyOf(nodes, element, jsonValue(element).present))
		case len(n.path) == 0:
			parts = append(parts, anyOf(list, element, c.holds(n.tests, jsonValue(element))))
		default:
			name := n.path[0]
			if below[name] == nil {
				names = append(names, name)
			}
			below[name] = append(below[name], need{n.path[1:], n.name, n.tests})
		}
	}
	if len(names) == 1 {
		parts = append(parts, c.match(c.step(list, names[0], depth), depth+1, below[names[0]]))
	} else if len(names) > 1 {
		var inside []string
		for _, name := range names {
			inside = append(inside, c.match(elements(c.member(element, name)), depth+1, below[name]))
		}
		parts = append(parts, anyOf(list, element, record.And(inside...)))
	}
	return record.And(parts...)
}

// settledBy is the first of the fields below a value that settle on an element of it; empty
// for none.
func settledBy(needs []need) (name string) {
	for _, n := range needs {
		if len(n.path) > 0 && !mayBeAbsent(n.tests) && (name == "" || n.name < name) {
			name = n.name
		}
	}
	return name
}

// step goes from the values of a list to their members of one name, and unpacks arrays.
func (c *compiler) step(list, name string, depth int) string {
	element := fmt.Sprintf("m%d", depth)
	members := "list_transform(" + list + ", lambda " + element + ": " + c.member(element, name) + ")"
	return "flatten(list_transform(" + members + ", lambda " + element + ": " + elements(element) + "))"
}

// member is what is at a path of members in a JSON value.
func (c *compiler) member(document string, names ...string) string {
	if len(names) == 0 {
		return document
	}
	return c.b.Follow(document, record.Members(names...))
}

// jsonValue is a JSON value as tests look at it.
func jsonValue(document string) value {
	kind := "json_type(" + document + ")"
	return value{
		text:    "(" + document + " ->> '$')",
		kind:    kind,
		present: "coalesce(" + kind + " NOT IN ('ARRAY', 'OBJECT'), false)",
	}
}

// anyOf is whether something is true of a value in a list.
func anyOf(list, element, is string) string {
	return record.Sure("list_bool_or(list_transform(" + list + ", lambda " + element + ": " + is + "))")
}

// maxNested is how many arrays in arrays are unpacked, one right in the other. No API of AWS
// is known to take more than two.
const maxNested = 3

// elements is the list of a JSON array's elements, and of those of arrays in it; of what is
// no array, the list of it alone.
func elements(document string) string {
	var lists []string
	for n := range maxNested {
		lists = append(lists, "json_extract("+document+", '$"+strings.Repeat("[*]", n+1)+"')")
	}
	return "CASE json_type(" + document + ") WHEN 'ARRAY' THEN list_concat(" + strings.Join(lists, ", ") + ") ELSE [" + document + "::JSON] END"
}

package record

import (
	"slices"
	"strings"

	"trailbox/schema"
)

// Nodes returns an SQL expression of type JSON[] for the values that a path with one
// wildcard leads to: an empty list where there are none. The wildcard stands for the
// elements of an array and for the members of an object alike.
func Nodes(b *Binder, path Path) string {
	wild := slices.IndexFunc(path, func(s Step) bool { return s.IsAny })
	if wild < 0 {
		panic("BUG: a path with a wildcard was expected")
	}
	above, rest := path[:wild], path[wild+1:]
	if at := homeOf(above); len(at.rest) == 0 && !at.isLeaf {
		return children(b, at.known, rest)
	} else if at.column.Kind == schema.Resources && at.isLeaf && len(at.rest) == 0 && len(rest) == 1 {
		return resourceMembers(b, rest[0].Name, "coalesce("+b.elements(Node(b, above), rest)+", [])")
	}
	return "coalesce(" + b.elements(Node(b, above), rest) + ", [])"
}

// elements is the list of what a path leads to from each element or member of a
// document, NULL where the document is.
func (b *Binder) elements(document string, rest Path) string {
	list := "list_concat(json_extract(" + document + ", '$[*]'), json_extract(" + document + ", '$.*'))"
	if len(rest) == 0 {
		return list
	}
	return present("list_transform(" + list + ", lambda e: " + b.Follow("e", rest) + ")")
}

// present leaves NULLs out of a list.
func present(list string) string {
	return "list_filter(" + list + ", lambda e: e IS NOT NULL)"
}

// children is the list of what a path leads to from each member of an object whose members
// have columns, or of the record itself.
func children(b *Binder, object string, rest Path) string {
	prefix := ""
	above := Path{}
	if object != "" {
		prefix = object + "."
		above = Members(strings.Split(object, ".")...)
	}
	var names, nodes []string
	for _, c := range schema.Columns() {
		if !strings.HasPrefix(c.Path, prefix) {
			continue
		}
		name, _, _ := strings.Cut(c.Path[len(prefix):], ".")
		if slices.Contains(names, name) {
			continue
		}
		names = append(names, name)
		nodes = append(nodes, Node(b, slices.Concat(above, Members(name), rest)))
	}
	known := present("[" + strings.Join(nodes, ", ") + "]")
	// What has no column goes by a key that begins as the object's own does.
	at := b.Bind(prefix)
	strange := present("list_transform(list_filter(json_keys(unknown), lambda k: starts_with(k, " + at + ")" +
		" AND NOT list_contains(" + b.Bind(names) + "::VARCHAR[], string_split(k[length(" + at + ") + 1:], '.')[1]))," +
		" lambda k: " + b.Follow("json_extract(unknown, '/' || replace(replace(k, '~', '~0'), '/', '~1'))", rest) + ")")
	list := "list_concat(" + known + ", coalesce(" + strange + ", [])"
	if object != "" { // where it is of another kind, it is in unknown whole
		list += ", coalesce(" + b.elements(inUnknown(b, object, nil), rest) + ", [])"
	}
	return list + ")"
}

// resourceMembers is the list of a member of each element of resources[]. As a rule it can
// be had from the column alone; otherwise it is the list of all.
func resourceMembers(b *Binder, name, all string) string {
	if _, ok := schema.ResourceMember([]byte(name)); !ok {
		return all
	}
	withNull := b.OfShape("list_contains(json_type(outlines.outline, '$.resources[*]." + name + "'), 'NULL')")
	return "CASE WHEN unknown IS NOT NULL OR shape IS NULL OR " + withNull + " THEN " + all +
		" ELSE coalesce(list_transform(list_filter(resources, lambda r: r.\"" + name + "\" IS NOT NULL), lambda r: to_json(r.\"" + name + "\")), []) END"
}

// Through returns an SQL expression of type JSON[] for the values that a path of members'
// names leads to where each step goes through arrays, too, to each of their elements; an
// empty list where there are none. A value that is an array is replaced by its elements.
func Through(b *Binder, path Path) string {
	at := homeOf(path)
	document, rest := "", at.rest
	switch {
	case at.isLeaf && at.column.Kind == schema.Block && len(at.rest) > 0:
		document = at.column.Path
	case at.isLeaf && at.column.Kind == schema.Resources:
		document = Node(b, path[:len(path)-len(rest)])
		if len(rest) == 1 && !rest[0].IsAny && !rest[0].IsIndex {
			return resourceMembers(b, rest[0].Name, b.through(document, rest))
		}
	case at.isStrange() || len(at.rest) > 0:
		document, rest = inUnknown(b, at.unknown, nil), at.unknownRest
	default:
		return b.through(Node(b, path), nil)
	}
	return b.through(document, rest)
}

// through is Through within a document. As a rule there is no array on the way, so that
// one look will do.
func (b *Binder) through(document string, rest Path) string {
	document = "json_extract(" + document + ", '$')"
	plain := document
	if len(rest) > 0 {
		plain = b.Follow(document, rest)
	}
	nodes := "[" + document + "]"
	for i := range rest {
		nodes = "list_transform(" + unpacked(nodes) + ", lambda e: " + b.Follow("e", rest[i:i+1]) + ")"
	}
	if len(rest) > 0 {
		nodes = "CASE WHEN " + plain + " IS NOT NULL THEN [" + plain + "] ELSE " + nodes + " END"
	}
	return present(unpacked(nodes))
}

// unpacked replaces the arrays in a list by their elements.
func unpacked(nodes string) string {
	return "flatten(list_transform(" + nodes + ", lambda e: CASE json_type(e) WHEN 'ARRAY' THEN json_extract(e, '$[*]') ELSE [e] END))"
}

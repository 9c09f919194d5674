package logfile

import (
	"slices"
	"strings"

	"trailbox/schema"
)

// A node is a place in a record that [schema.Columns] knows: an object on the way
// to leaves, or a leaf.
type node struct {
	path string // dotted, with a dot at its end; empty for the record itself
	// Of an object:
	names    []string
	children []*node
	index    map[string]int // into names and children
	follows  []int          // by child and one: which child came behind it last time; [0]: which came first
	bit      uint16         // of [schema.Event.Objects]
	// Of a leaf (names is nil):
	column int
	kind   schema.Kind
	named  *ruleNode // of a block in which resources are named
}

// tree returns the record's own node.
func tree() *node {
	root := &node{index: map[string]int{}}
	rules, objects := ruleTree(), schema.Objects()
	for i, c := range schema.Columns() {
		n := root
		parts := strings.Split(c.Path, ".")
		for depth, name := range parts {
			at, ok := n.index[name]
			if !ok {
				at = len(n.names)
				n.index[name] = at
				n.names = append(n.names, name)
				n.children = append(n.children, &node{path: strings.Join(parts[:depth+1], ".") + "."})
			}
			n = n.children[at]
			if depth < len(parts)-1 && n.index == nil {
				n.index = map[string]int{}
				n.bit = 1 << slices.Index(objects, strings.Join(parts[:depth+1], "."))
			}
		}
		n.column, n.kind, n.named = i, c.Kind, rules.members[c.Path]
	}
	return root
}

// child returns the member of that name, or nil. Records of one kind have their
// members in the same order, so the one that came next last time is tried first; last
// is where the object's reader is among them, 0 at its begin.
func (n *node) child(name []byte, last *int) *node {
	if n.follows == nil {
		n.follows = make([]int, len(n.names)+1)
	}
	at := n.follows[*last]
	if string(name) != n.names[at] {
		var ok bool
		if at, ok = n.index[string(name)]; !ok {
			return nil
		}
		n.follows[*last] = at
	}
	*last = at + 1
	return n.children[at]
}

package logfile

import (
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
	bit      uint64         // of its own
	// Of a leaf (names is nil):
	column int
	kind   schema.Kind
	named  *ruleNode // of a block in which resources are named
}

// tree returns the record's own node.
func tree() *node {
	root := &node{index: map[string]int{}}
	rules := ruleTree()
	bit := uint64(1)
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
				n.bit = bit
				bit <<= 1
			}
		}
		n.column, n.kind, n.named = i, c.Kind, rules.members[c.Path]
	}
	return root
}

// child returns the member of that name, or nil.
func (n *node) child(name []byte) *node {
	if at, ok := n.index[string(name)]; ok {
		return n.children[at]
	}
	return nil
}

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
	tokens   []string       // names as they are written in a record, with the colon
	index    map[string]int // into names, children and tokens
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
				n.tokens = append(n.tokens, `"`+name+`":`)
				n.follows = make([]int, len(n.names)+1)
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

// next returns the member whose name and colon s is at and skips these, or nil. Records of one kind have their
// members in the same order, so it tries the one that came next last time; last is where the object's
// reader is among them, 0 at its begin.
func (n *node) next(s *scanner, last *int) *node {
	at := n.follows[*last]
	token := n.tokens[at]
	end := s.pos + len(token)
	if end > len(s.data) || string(s.data[s.pos:end]) != token {
		return nil
	}
	s.pos = end
	*last = at + 1
	return n.children[at]
}

// child returns the member of that name, or nil; last is as for next.
func (n *node) child(name []byte, last *int) *node {
	at, ok := n.index[string(name)]
	if !ok {
		return nil
	}
	n.follows[*last] = at
	*last = at + 1
	return n.children[at]
}

package page

import (
	"fmt"
	"strings"
)

// A Node is one of a tree, with those below it.
type Node struct {
	Kind, Name string
	Mark       string // what speaks against it
	Line       string // when, from where, how much
	Title      string // all of it
	Asked      bool   // it was asked for
	Maybe      bool   // nothing proves that it belongs below its parent
	Below      []*Node
}

// A Tree is a picture of nodes, in parts that fit on a sheet of paper.
type Tree struct {
	Sheets []sheet
	More   string
}

type sheet struct {
	Width, Height int
	Label         string
	Branches      []branch
	Nodes         []placed
}

type branch struct {
	D     string
	Maybe bool
}

type placed struct {
	*Node
	X, DotY, TextX, Y, Y2 string
}

const (
	treeWidth = 860
	treeRow   = 36 // high
	treeStep  = 24 // from a node to those below it
	treeSheet = 20 // rows
	// maxDrawn is how many nodes are drawn; a table has all of them.
	maxDrawn = 100
	// maxDepth is how far to the right nodes go: what is deeper stands below there.
	maxDepth = 12
	charWide = 7.0 // of a name
	lineWide = 5.9 // of a line below it
)

// A treeLine is a node with its place.
type treeLine struct {
	node  *Node
	depth int
	open  []bool // for each depth before its own, whether a line goes on down there
	maybe bool
}

// NewTree draws trees one below the other. more says where those are that are not drawn.
func NewTree(roots []*Node, more string) *Tree {
	var lines []treeLine
	all := 0
	type waiting struct {
		node *Node
		open []bool
		root bool
	}
	var stack []waiting
	for i := len(roots) - 1; i >= 0; i-- {
		stack = append(stack, waiting{node: roots[i], root: true})
	}
	for len(stack) > 0 {
		w := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if all++; len(lines) < maxDrawn {
			lines = append(lines, treeLine{node: w.node, depth: len(w.open), open: w.open, maybe: w.node.Maybe && !w.root})
		}
		for i := len(w.node.Below) - 1; i >= 0; i-- {
			open := append(w.open[:len(w.open):len(w.open)], i < len(w.node.Below)-1)
			stack = append(stack, waiting{node: w.node.Below[i], open: open})
		}
	}
	t := &Tree{}
	for from := 0; from < len(lines); from += treeSheet {
		t.Sheets = append(t.Sheets, drawSheet(lines[from:min(from+treeSheet, len(lines))]))
	}
	if all > len(lines) {
		t.More = fmt.Sprintf("and %d more: %s", all-len(lines), more)
	}
	return t
}

func drawSheet(lines []treeLine) sheet {
	s := sheet{Width: treeWidth, Height: len(lines)*treeRow + 2}
	var names []string
	for i, l := range lines {
		top := float64(i * treeRow)
		middleY := top + 11
		at := func(depth int) float64 { return float64(min(depth, maxDepth))*treeStep + 8 }
		x := at(l.depth)
		// open[d] is about the branch that hangs on the node of depth d.
		for d, open := range l.open {
			last := d == l.depth-1
			switch {
			case last && open:
				s.Branches = append(s.Branches, branch{fmt.Sprintf("M%.1f %.1fV%.1fM%.1f %.1fH%.1f", at(d), top, top+treeRow, at(d), middleY, x-4), l.maybe})
			case last:
				s.Branches = append(s.Branches, branch{fmt.Sprintf("M%.1f %.1fV%.1fH%.1f", at(d), top, middleY, x-4), l.maybe})
			case open:
				s.Branches = append(s.Branches, branch{fmt.Sprintf("M%.1f %.1fV%.1f", at(d), top, top+treeRow), false})
			}
		}
		if len(l.node.Below) > 0 {
			s.Branches = append(s.Branches, branch{fmt.Sprintf("M%.1f %.1fV%.1f", x, middleY+4, top+treeRow), false})
		}
		room := int((treeWidth - x - 12) / charWide)
		n := *l.node
		n.Title, n.Kind, n.Mark = Show(n.Title), middle(Show(n.Kind), 30), middle(Show(n.Mark), 80)
		n.Name = middle(Show(n.Name), max(room-len([]rune(n.Kind))-len([]rune(n.Mark))-2, 12))
		n.Line = middle(Show(n.Line), int(float64(room)*charWide/lineWide))
		names = append(names, n.Kind+" "+n.Name)
		s.Nodes = append(s.Nodes, placed{
			&n, coordinate(x), coordinate(middleY), coordinate(x + 10), coordinate(middleY + 4), coordinate(middleY + 18),
		})
	}
	s.Label = "tree of " + strings.Join(names[:min(len(names), 10)], ", ")
	return s
}

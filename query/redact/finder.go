package redact

import (
	"math"
	"slices"
	"strings"
)

// A finder finds all names in a text, in one way through it, however many they are (Aho and
// Corasick, "Efficient string matching", 1975). Upper and lower case of ASCII are all one.
//
// The states are the nodes of the tree of all names, in order of their depth, the children
// of each side by side in the order of their bytes.
type finder struct {
	byte  []byte   // that leads to the node
	first []uint32 // its first child; the last one is before the first child of the next node
	fail  []uint32 // the node of the longest end of its text that is a beginning of a name
	size  []uint32 // bytes of the longest name that is an end of its text; 0 for none
	next  []uint32 // the node of the next shorter such name
	root  [256]uint32
}

// lower is an ASCII letter in lower case.
func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// newFinder makes a finder of names, none of which is empty.
func newFinder(names []string) *finder {
	folded := make([]string, len(names))
	for i, name := range names {
		b := []byte(name)
		for i := range b {
			b[i] = lower(b[i])
		}
		folded[i] = string(b)
	}
	slices.Sort(folded)
	folded = slices.Compact(folded)
	f := &finder{byte: []byte{0}, fail: []uint32{0}, size: []uint32{0}, next: []uint32{0}}
	type span struct{ from, to uint32 } // the names that begin with a node's text
	level := []span{{0, uint32(len(folded))}}
	parent := uint32(0)
	for depth := 0; len(level) > 0; depth++ {
		var deeper []span
		for _, s := range level {
			f.first = append(f.first, uint32(len(f.byte)))
			for from := s.from; from < s.to; {
				if len(folded[from]) == depth {
					from++ // it ends here
					continue
				}
				c, to := folded[from][depth], from+1
				for to < s.to && folded[to][depth] == c {
					to++
				}
				f.add(parent, c, len(folded[from]) == depth+1, depth+1)
				deeper = append(deeper, span{from, to})
				from = to
			}
			parent++
		}
		level = deeper
	}
	f.first = append(f.first, uint32(len(f.byte)))
	return f
}

// add adds a child; all nodes of less depth are there.
func (f *finder) add(parent uint32, c byte, ends bool, depth int) {
	if len(f.byte) > math.MaxUint32-1 {
		panic("BUG: more names than a finder has numbers for") // 50 GB of them
	}
	node := uint32(len(f.byte))
	fail := uint32(0)
	if parent == 0 {
		f.root[c] = node
	} else {
		fail = f.step(f.fail[parent], c)
	}
	size, next := f.size[fail], f.next[fail]
	if ends {
		size, next = uint32(depth), fail
	}
	f.byte, f.fail, f.size, f.next = append(f.byte, c), append(f.fail, fail), append(f.size, size), append(f.next, next)
}

// step is the state behind a byte.
func (f *finder) step(state uint32, c byte) uint32 {
	for state != 0 {
		children := f.byte[f.first[state]:f.first[state+1]]
		if at, ok := slices.BinarySearch(children, c); ok {
			return f.first[state] + uint32(at)
		}
		state = f.fail[state]
	}
	return f.root[c]
}

// A span is a part of a text.
type span struct{ from, to int }

// find appends where names stand in a text, at most one for each place where one ends: the
// longest that stands is that of a name, see stands.
func (f *finder) find(spans []span, text string) []span {
	state := uint32(0)
	for i := range len(text) {
		state = f.step(state, lower(text[i]))
		for at := state; f.size[at] > 0; at = f.next[at] {
			if s := (span{i + 1 - int(f.size[at]), i + 1}); stands(text, s) {
				spans = append(spans, s)
				break
			}
		}
	}
	return spans
}

const (
	shortName  = 3 // one with fewer bytes is not looked for in free text
	longName   = 1 << 10
	strongName = 6 // one of so many bytes that are not only letters is one within other words, too
	strongWord = 8
)

// stands reports whether what stands in a text like a name is that name, and not a part of
// another word: the longer it is, the less it happens by chance.
func stands(text string, s span) bool {
	name := text[s.from:s.to]
	leftFree := s.from == 0 || !isAlphanumeric(text[s.from-1]) || !isAlphanumeric(name[0])
	rightFree := s.to == len(text) || !isAlphanumeric(text[s.to]) || !isAlphanumeric(name[len(name)-1])
	switch {
	case leftFree && rightFree:
		return true
	case only(name, func(c byte) bool { return isDigit(c) || c == '.' || c == ':' }):
		// One more digit makes another number, and another address.
		return len(name) >= accountDigits && only(name, isDigit) &&
			(s.from == 0 || !isDigit(text[s.from-1])) && (s.to == len(text) || !isDigit(text[s.to]))
	case len(name) >= strongWord:
		return true
	}
	return len(name) >= strongName && strings.ContainsFunc(name, func(c rune) bool { return c|0x20 < 'a' || c|0x20 > 'z' })
}

package logfile

import (
	"bytes"
	"strings"

	"trailbox/schema"
)

// A ruleNode is a place in a block that [schema.TouchedRules] knows.
type ruleNode struct {
	members map[string]*ruleNode // of an object
	element *ruleNode            // of a list
	typ     string               // of the resource that a string here names
}

// ruleTree returns the rules as a tree, by the names of blocks at its top.
func ruleTree() *ruleNode {
	root := &ruleNode{}
	for _, rule := range schema.TouchedRules() {
		n := root
		for _, part := range strings.Split(rule.Path, ".") {
			name, list := strings.CutSuffix(part, "[]")
			n = n.member(name)
			if list {
				if n.element == nil {
					n.element = &ruleNode{}
				}
				n = n.element
			}
		}
		n.typ = rule.Type
	}
	return root
}

// member returns the node of a member, which is made if need be.
func (n *ruleNode) member(name string) *ruleNode {
	if n.members == nil {
		n.members = map[string]*ruleNode{}
	}
	if n.members[name] == nil {
		n.members[name] = &ruleNode{}
	}
	return n.members[name]
}

// named reads a value as skip does, and notes the resources that the rules find in
// it. It goes down no further than the rules do.
func (d *Decoder) named(s *scanner, n *ruleNode) (q quality, ok bool) {
	if n == nil || s.pos >= len(s.data) {
		return s.skip()
	}
	switch c := s.data[s.pos]; {
	case c == '"' && n.typ != "":
		name, q, ok := s.str()
		if ok {
			d.touch([]byte(n.typ), name, q)
		}
		return q, ok
	case c == '{' && n.members != nil, c == '[' && n.element != nil:
		s.pos++
		if s.space() == c+2 { // '}' and ']' are two behind their openers
			s.pos++
			return 0, true
		}
		for {
			child := n.element
			if c == '{' {
				if s.pos >= len(s.data) || s.data[s.pos] != '"' {
					return q, s.fail(errString)
				}
				name, more, ok := s.str()
				if !ok || !s.colon() {
					return q, false
				}
				q |= more
				child = n.members[string(name)]
			}
			s.space()
			more, ok := d.named(s, child)
			if !ok {
				return q, false
			}
			q |= more
			switch s.space() {
			case ',':
				s.pos++
				s.space()
			case c + 2:
				s.pos++
				return q, true
			default:
				return q, s.fail(errComma)
			}
		}
	}
	return s.skip()
}

// touch adds a resource to Event.Touched, once. typ and name are the insides of
// JSON strings; typ is nil where the record gives none.
func (d *Decoder) touch(typ, name []byte, q quality) {
	if len(name) == 0 {
		return
	}
	start := len(d.touched)
	d.touched = append(d.touched, `,{"type":`...)
	if typ == nil {
		d.touched = append(d.touched, `null,"name":"`...)
	} else {
		d.touched = append(d.touched, '"')
		d.touched = append(d.touched, typ...)
		d.touched = append(d.touched, `","name":"`...)
	}
	d.touched = append(d.touched, name...)
	d.touched = append(d.touched, `"}`...)
	// Inside of a string each quote is escaped, so this finds nothing but the same
	// resource again.
	if bytes.Contains(d.touched[:start], d.touched[start:]) {
		d.touched = d.touched[:start]
		return
	}
	d.touchedUnclean = d.touchedUnclean || q&unclean != 0
}

// maxARNs is how many ARNs are taken from a block that no rule knows anything in: to look
// at thousands takes long, and whoever calls can write them.
const maxARNs = 32

// arns notes the ARNs in a block: each string that is one from its beginning, but no name
// of a member. Of what type they are is not told.
func (d *Decoder) arns(block []byte) {
	const begin = `"arn:`
	for range maxARNs {
		at := bytes.Index(block, []byte(begin))
		if at < 0 {
			return
		}
		within := at > 0 && block[at-1] == '\\' // a quote inside of a string
		block = block[at+1:]
		if within {
			continue
		}
		end := 0
		for block[end] != '"' { // the block is sound, so there is an end
			if block[end] == '\\' {
				end++
			}
			end++
		}
		name := block[:end]
		block = block[end+1:]
		if rest := bytes.TrimLeft(block, " \t\r\n"); len(rest) == 0 || rest[0] != ':' {
			d.touch(nil, name, 0)
		}
	}
}

package logfile

import (
	"bytes"
	"slices"
	"strings"
	"sync"

	"trailbox/schema"
)

// A ruleNode is a place in a block that [schema.TouchedRules] knows.
type ruleNode struct {
	members map[string]*ruleNode // of an object
	slots   []ruleSlot           // the same, to be found faster
	ending  string               // of the names of further members, which are all wrapped
	wrapped *ruleNode
	element *ruleNode   // of a list
	rules   []touchRule // for a string that is here
}

// A ruleSlot is a place for a member in a table with many places, by a sum over its name. That does for names that
// we choose ourselves; most names that are looked for are not there, and find an empty place.
type ruleSlot struct {
	name string
	node *ruleNode
}

// A touchRule is a rule with its type as touch takes it, nil for none.
type touchRule struct {
	schema.TouchedRule
	typ []byte
}

// ruleTree returns the rules as a tree, by the names of blocks at its top. It takes half a
// millisecond to make; all decoders read the same one.
var ruleTree = sync.OnceValue(func() *ruleNode {
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
		var typ []byte
		if rule.Type != "" {
			typ = []byte(rule.Type)
		}
		n.rules = append(n.rules, touchRule{rule, typ})
	}
	root.place()
	return root
})

// place gives all members at n and below their slots.
func (n *ruleNode) place() {
	size := 8
	for size < 4*len(n.members) {
		size *= 2
	}
	n.slots = make([]ruleSlot, size)
	for name, member := range n.members {
		at := ruleSum([]byte(name))
		for n.slots[at&uint(size-1)].node != nil {
			at++
		}
		n.slots[at&uint(size-1)] = ruleSlot{name, member}
		member.place()
	}
	for _, below := range [...]*ruleNode{n.wrapped, n.element} {
		if below != nil {
			below.place()
		}
	}
}

// ruleSum is where the search for a name's slot begins.
func ruleSum(name []byte) uint {
	n := uint(len(name))
	if n == 0 {
		return 0
	}
	return n*67 + uint(name[0])*31 + uint(name[n/2])*7 + uint(name[n-1])
}

// member returns the node of a member, which is made if need be.
func (n *ruleNode) member(name string) *ruleNode {
	if ending, ok := strings.CutPrefix(name, "*"); ok {
		if n.wrapped == nil {
			n.ending, n.wrapped = ending, &ruleNode{}
		}
		return n.wrapped
	}
	if n.members == nil {
		n.members = map[string]*ruleNode{}
	}
	if n.members[name] == nil {
		n.members[name] = &ruleNode{}
	}
	return n.members[name]
}

// child returns the node of a member, nil if no rule knows it.
func (n *ruleNode) child(name []byte) *ruleNode {
	for at := ruleSum(name); ; at++ {
		slot := &n.slots[at&uint(len(n.slots)-1)]
		switch {
		case slot.node == nil && n.wrapped != nil && bytes.HasSuffix(name, []byte(n.ending)):
			return n.wrapped
		case slot.node == nil:
			return nil
		case slot.name == string(name):
			return slot.node
		}
	}
}

// ruleFor returns the first of rules that is for records like ev, nil if none is.
func (d *Decoder) ruleFor(rules []touchRule, ev *schema.Event) *touchRule {
	source, name := ev.Leaves[d.source], ev.Leaves[schema.ColEventName]
	for i := range rules {
		rule := &rules[i]
		if rule.EventSource == "" {
			return rule
		}
		if source == nil || name == nil {
			d.early = true
			return nil
		}
		if rule.EventSource == string(source) && (rule.EventNames == nil || slices.Contains(rule.EventNames, string(name))) {
			return rule
		}
	}
	return nil
}

// namedAgain does what named could not while eventSource or eventName were not yet
// read: CloudTrail writes them before the blocks, but others may sort members.
func (d *Decoder) namedAgain(n *node, ev *schema.Event) {
	if block := ev.Leaves[n.column]; block != nil {
		var s scanner
		s.reset(block)
		s.space()
		d.named(&s, n.named, ev)
	}
}

// named reads a value as skip does, and notes the resources that the rules find in
// it. It goes down no further than the rules do.
func (d *Decoder) named(s *scanner, n *ruleNode, ev *schema.Event) (q quality, ok bool) {
	if n == nil || s.pos >= len(s.data) {
		return s.skip()
	}
	switch c := s.data[s.pos]; {
	case c == '"' && n.rules != nil:
		name, q, ok := s.str()
		if ok {
			if rule := d.ruleFor(n.rules, ev); rule != nil {
				d.touch(rule.typ, name, q)
			}
		}
		return q, ok
	case c == '{' && (n.members != nil || n.wrapped != nil), c == '[' && n.element != nil:
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
				child = n.child(name)
			}
			s.space()
			more, ok := d.named(s, child, ev)
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

// fewTouched is up to how many bytes of Event.Touched are looked through for a resource
// that is named again, which is all that most records have; behind them a map is asked,
// since whoever calls can name thousands.
const fewTouched = 4 << 10

// touch adds a resource to Event.Touched, once. typ and name are the insides of
// JSON strings; typ is nil where nobody says of what type it is.
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
	if again := d.touched[start:]; bytes.Contains(d.touched[:d.few], again) || d.many[string(again)] {
		d.touched = d.touched[:start]
		return
	}
	if start < fewTouched {
		d.few = len(d.touched)
	} else {
		if d.many == nil {
			d.many = map[string]bool{}
		}
		d.many[string(d.touched[start:])] = true
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

package redact

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

var (
	//go:embed kinds.txt
	kindsText string
	//go:embed own.txt
	ownText string
)

// A kind says what a member's value is; see kinds.txt.
type kind uint8

const (
	kindText kind = iota
	kindStays
	kindWord
	kindName
	kindHost
	kindOpaque
	kindOpen // not a kind of values: callers choose the names of the members within
)

var kindNames = [...]string{"text", "stays", "word", "name", "host", "opaque", "open"}

// inherits says that what is inside of a member of that kind is of it, too.
func (k kind) inherits() bool { return k == kindOpaque }

// A kindRule is a line of kinds.txt.
type kindRule struct {
	path []string
	kind kind
}

// kindRules are those of kinds.txt, and apart from them which members are open.
func kindRules() (rules, open []kindRule) {
	for fields := range tableLines(kindsText) {
		k := slices.Index(kindNames[:], fields[1])
		if len(fields) != 2 || k < 0 {
			panic(fmt.Sprintf("BUG: kinds.txt: %q", fields))
		}
		rule := kindRule{strings.Split(strings.ToLower(fields[0]), "."), kind(k)}
		if rule.kind == kindOpen {
			open = append(open, rule)
		} else {
			rules = append(rules, rule)
		}
	}
	return rules, open
}

// tableLines yields the words of each line of a table, without comments.
func tableLines(table string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(table) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] != "#" && !yield(fields) {
				return
			}
		}
	}
}

// kindOf is the kind of the member at a path, whose names are in lower case.
func kindOf(rules []kindRule, path []string) kind {
	for i := range rules {
		if fitsPath(rules[i].path, path) {
			return rules[i].kind
		}
	}
	return kindText
}

// fitsPath reports whether a pattern fits a path.
func fitsPath(pattern, path []string) bool {
	for len(pattern) > 0 {
		if pattern[0] == "**" {
			for skip := range len(path) + 1 {
				if fitsPath(pattern[1:], path[skip:]) {
					return true
				}
			}
			return false
		}
		if len(path) == 0 || !fitsName(pattern[0], path[0]) {
			return false
		}
		pattern, path = pattern[1:], path[1:]
	}
	return len(path) == 0
}

// fitsName reports whether a pattern with * fits one name.
func fitsName(pattern, name string) bool {
	first, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == name
	}
	if !strings.HasPrefix(name, first) {
		return false
	}
	name = name[len(first):]
	for {
		part, more, found := strings.Cut(rest, "*")
		if !found {
			return strings.HasSuffix(name, part)
		}
		at := strings.Index(name, part)
		if at < 0 {
			return false
		}
		name, rest = name[at+len(part):], more
	}
}

// own is what is AWS's own: own.txt.
type own struct {
	exact  map[string]bool
	prefix []string // of names
	table  map[string]map[string]bool
}

func newOwn() *own {
	o := &own{exact: map[string]bool{}, table: map[string]map[string]bool{}}
	for fields := range tableLines(ownText) {
		if fields[0] == "own" {
			name := strings.Join(fields[1:], " ")
			if prefix, ok := strings.CutSuffix(name, "*"); ok && prefix != "**" {
				o.prefix = append(o.prefix, prefix)
			} else {
				o.exact[name] = true
			}
			continue
		}
		set := o.table[fields[0]]
		if set == nil {
			set = map[string]bool{}
			o.table[fields[0]] = set
		}
		for _, word := range fields[1:] {
			set[word] = true
		}
	}
	return o
}

// is reports whether a name is AWS's own.
func (o *own) is(name string) bool {
	if o.exact[name] {
		return true
	}
	for _, prefix := range o.prefix {
		if rest, ok := strings.CutPrefix(name, prefix); ok && only(rest, func(c byte) bool { return isAlphanumeric(c) || c == '-' }) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// only reports whether a text is made of such bytes.
func only(text string, is func(byte) bool) bool {
	for i := range len(text) {
		if !is(text[i]) {
			return false
		}
	}
	return true
}

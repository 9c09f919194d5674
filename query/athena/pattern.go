package athena

import (
	"fmt"
	"regexp"
	"strings"
)

// namedGroup is the beginning of (?<name>...), which RE2 has with a P.
var namedGroup = regexp.MustCompile(`((?:^|[^\\])(?:\\\\)*)\(\?<([A-Za-z])`)

// namedReference is ${name} in what a match is replaced by.
var namedReference = regexp.MustCompile(`\$\{(\w+)\}`)

// pattern gives the regular expression of a call the spelling of RE2, and refuses what RE2
// does not have.
func (s *statement) pattern(c call) {
	if len(c.args) < 2 {
		return
	}
	literal := func(x span) *token {
		if t := s.at(x.first); x.end == x.first+1 && t.kind == String && t.text[0] == '\'' {
			return t
		}
		return nil
	}
	pattern := literal(c.args[1])
	var groups map[string]int
	if pattern != nil {
		var what, instead string
		if groups, what, instead = readPattern(pattern.text[1 : len(pattern.text)-1]); what != "" {
			s.refuse(c.args[1].first, what+" in a regular expression", instead)
			return
		}
		pattern.now = namedGroup.ReplaceAllString(pattern.now, "${1}(?P<$2")
	}
	if s.tokens[c.name].word != "regexp_replace" || len(c.args) != 3 {
		return
	}
	replacement := literal(c.args[2])
	if replacement == nil || !namedReference.MatchString(replacement.text) {
		return
	}
	if pattern == nil {
		s.refuse(c.args[2].first, namedReference.FindString(replacement.text)+" of a pattern that is not written there", "the number of the group, such as $1")
		return
	}
	replacement.now = namedReference.ReplaceAllStringFunc(replacement.now, func(reference string) string {
		if n, ok := groups[reference[2:len(reference)-1]]; ok {
			return fmt.Sprintf("$%d", n)
		}
		return reference
	})
}

// readPattern finds the groups of a regular expression that have names, by their numbers, and
// what RE2 does not have, and what to write instead of that.
func readPattern(p string) (groups map[string]int, what, instead string) {
	const (
		around = "two conditions, such as regexp_like(x, 'a') AND NOT regexp_like(x, 'b')"
		back   = "a comparison of what regexp_extract(x, pattern, group) finds"
	)
	groups = map[string]int{}
	n := 0
	for i := 0; i < len(p); i++ {
		rest := p[i:]
		switch {
		case p[i] == '\\':
			if i++; i < len(p) && (p[i] >= '1' && p[i] <= '9' || strings.HasPrefix(p[i:], "k<")) {
				return nil, "the back-reference " + p[i-1:i+1], back
			}
		case p[i] == '[':
			for i++; i < len(p) && (p[i] != ']' || p[i-1] == '[' || p[i-1] == '^' && p[i-2] == '['); i++ {
				if p[i] == '\\' {
					i++
				}
			}
		case strings.HasPrefix(rest, "(?="), strings.HasPrefix(rest, "(?!"):
			return nil, "look-ahead " + rest[:3] + "...)", around
		case strings.HasPrefix(rest, "(?<="), strings.HasPrefix(rest, "(?<!"):
			return nil, "look-behind " + rest[:4] + "...)", around
		case strings.HasPrefix(rest, "(?>"):
			return nil, "the atomic group (?>...)", "a group, (?:...)"
		case strings.HasPrefix(rest, "(?<"), strings.HasPrefix(rest, "(?P<"):
			n++
			if name, _, ok := strings.Cut(rest[strings.IndexByte(rest, '<')+1:], ">"); ok {
				groups[name] = n
			}
		case p[i] == '(' && !strings.HasPrefix(rest, "(?"):
			n++
		case p[i] == '+' && i > 0 && strings.IndexByte("*+?}", p[i-1]) >= 0 && (i < 2 || p[i-2] != '\\'):
			return nil, "the possessive " + rest[:1] + " behind " + p[i-1:i], "it without the second sign"
		}
	}
	return groups, "", ""
}

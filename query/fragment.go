package query

import (
	_ "embed"
	"strings"
)

//go:embed fragments.sql
var fragmentsSQL string

// fragments are the pieces of SQL that reports share, by their names.
type fragments map[string]string

func allFragments() fragments {
	all := fragments{}
	for name, text := range pieces("fragment", fragmentsSQL) {
		for strings.HasPrefix(text, "--") {
			_, text, _ = strings.Cut(text, "\n")
		}
		all[name] = text
	}
	return all
}

// put puts fragments into SQL text, and into each other: each at the marks that have its
// name, in the place of the token behind. Its lines are indented as the one of the mark.
func (all fragments) put(text string) string {
	var done string
	for {
		before, after, found := strings.Cut(text, "/* ")
		done += before
		if !found {
			return done
		}
		name, behind, _ := strings.Cut(after, " */ ")
		fragment, ok := all[name]
		if !ok { // the place of something else, or a comment
			done, text = done+"/* ", after
			continue
		}
		line := done[strings.LastIndexByte(done, '\n')+1:]
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		token, _ := nextToken(behind)
		done, text = done+indented(all.put(fragment), indent), behind[token:]
	}
}

// indented indents all lines of a text but the first.
func indented(text, indent string) string { return strings.ReplaceAll(text, "\n", "\n"+indent) }

// pieces takes an SQL file apart at the lines that name its pieces: "-- KIND: NAME".
func pieces(kind, text string) map[string]string {
	all := map[string]string{}
	parts := strings.Split(text, "-- "+kind+": ")
	for _, part := range parts[1:] {
		name, text, _ := strings.Cut(part, "\n")
		all[name] = strings.TrimSpace(text)
	}
	return all
}

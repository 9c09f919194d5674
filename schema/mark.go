package schema

import "strings"

// Put puts SQL text at the marks of that name in a statement of ours. A mark is a comment
// with its name and, behind a space, one token that stands there where nothing is put in:
//
//	WHERE /* filters */ true
//
// It panics if there is no such mark.
func Put(statement, name, text string) string {
	mark := "/* " + name + " */ "
	before, after, found := strings.Cut(statement, mark)
	if !found {
		panic("BUG: there is no mark " + name + " in " + statement)
	}
	var b strings.Builder
	for ; found; before, after, found = strings.Cut(after, mark) {
		b.WriteString(before + text)
		after = after[len(after)-len(strings.TrimLeft(after, tokenBytes)):]
	}
	return b.String() + before
}

// tokenBytes are what the token of a mark is made of: a word, a number or ”.
const tokenBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'"

package schema

import "strings"

// Put puts SQL text into the places of that name in a statement of ours. A place is a
// comment with its name and, behind a space, one token that stands there where nothing
// is put in:
//
//	WHERE /* filters */ true
//
// It panics if there is no such place.
func Put(statement, place, text string) string {
	mark := "/* " + place + " */ "
	before, after, found := strings.Cut(statement, mark)
	if !found {
		panic("BUG: no place for " + place + " in " + statement)
	}
	var b strings.Builder
	for ; found; before, after, found = strings.Cut(after, mark) {
		b.WriteString(before + text)
		after = after[len(after)-len(strings.TrimLeft(after, tokenBytes)):]
	}
	return b.String() + before
}

// tokenBytes are what a token that stands in a place is made of: a word, a number or ”.
const tokenBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_'"

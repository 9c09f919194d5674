package sigma

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// manyValues is from how many values on one regular expression is faster than a function
	// for each of them.
	manyValues = 50
	// maxPatternBytes bounds the texts of one regular expression. What RE2 remembers of a
	// search has 8 MB: 10,000 values of 20 letters take 0.4 s in patterns of this length over
	// 9,342 texts, 1.4 s in patterns of 60,000 bytes, 1 s in patterns of 2,000 and 17 s each
	// for itself.
	maxPatternBytes = 8_000
)

// many compares a text with a large part of an item's values at once: those that ask for a
// text at the beginning, at the end or anywhere. It returns the values that are left.
func (c *compiler) many(item Item) (tests []textTest, rest []Value) {
	if len(item.Values) < manyValues || item.All || item.Op != Equals && item.Op != Contains && item.Op != StartsWith && item.Op != EndsWith {
		return nil, item.Values
	}
	texts := map[[2]string][]string{} // by what is before them and behind them in a pattern
	for _, value := range item.Values {
		text, anchors, ok := searched(item, value)
		if ok {
			texts[anchors] = append(texts[anchors], regexp.QuoteMeta(text))
		} else {
			rest = append(rest, value)
		}
	}
	for _, anchors := range [][2]string{{"", ""}, {"^", ""}, {"", "$"}} {
		// RE2 puts what neighbours begin with together, so that only few of them wait for
		// the next letter.
		slices.Sort(texts[anchors])
		for _, pattern := range patterns(slices.Compact(texts[anchors])) {
			bound := item.folded(c.binder.Bind(anchors[0] + "(?:" + pattern + ")" + anchors[1]))
			tests = append(tests, func(text string) string { return "regexp_matches(" + item.folded(text) + ", " + bound + ")" })
		}
	}
	return tests, rest
}

// searched is the text that a value asks for, and what a pattern has before it and behind
// it; not ok for other values. A NUL ends a pattern, and an empty text needs no search.
func searched(item Item, value Value) (text string, anchors [2]string, ok bool) {
	if value.Kind != Text || len(item.Encode) > 0 {
		return "", anchors, false
	}
	g := value.Glob.within(item.Op)
	if len(g) > 0 && g[0] == star {
		g = g[1:]
	} else {
		anchors[0] = "^"
	}
	if len(g) > 0 && g[len(g)-1] == star {
		g = g[:len(g)-1]
	} else {
		anchors[1] = "$"
	}
	text, ok = g.literal()
	return text, anchors, ok && text != "" && anchors != [2]string{"^", "$"} && utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// patterns are alternatives of the quoted texts, as many as one pattern bears.
func patterns(quoted []string) []string {
	var all []string
	for len(quoted) > 0 {
		n, bytes := 0, 0
		for n < len(quoted) && (n == 0 || bytes+len(quoted[n]) < maxPatternBytes) {
			bytes += len(quoted[n]) + 1
			n++
		}
		all = append(all, strings.Join(quoted[:n], "|"))
		quoted = quoted[n:]
	}
	return all
}

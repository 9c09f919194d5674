package query

import (
	"regexp"
	"strings"
)

// FromTrino gives a statement that was written for Athena or CloudTrail Lake the
// spelling of DuckDB's parser, where views and macros of the store cannot help:
//
//   - FROM or JOIN an event data store, $EDS_ID or the id itself: the view cloudtrail_lake;
//   - FROM or JOIN a table of Athena's with its database: the view cloudtrail_logs;
//   - CAST(x AS ARRAY(t)): t[];
//   - UNNEST of structs into columns, UNNEST(x) AS t(a, b): a subquery that does so;
//   - any_match, all_match, none_match and transform: DuckDB's functions of lambdas.
//
// None of these mean anything to DuckDB, so that its own statements stay as they are.
// The statement is one of [SplitStatements].
func FromTrino(statement string) string {
	var b strings.Builder
	for at := 0; at < len(statement); {
		size, kind := nextToken(statement[at:])
		text, rest := statement[at:at+size], statement[at+size:]
		if kind == tokenOther {
			var taken int
			text, taken = fromTrino(text, rest)
			size += taken
		}
		b.WriteString(text)
		at += size
	}
	return b.String()
}

var (
	dataStore   = regexp.MustCompile(`(?i)^(\s+)(\$EDS_ID\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")`)
	athenaTable = regexp.MustCompile(`(?i)^(\s+)("?awsdatacatalog"?\.)?"?\w+"?\."?cloudtrail_logs\w*("|\b)`)
	typeName    = regexp.MustCompile(`^\s*\w+\s*(\(.*\))?\s*$`)
	columnNames = regexp.MustCompile(`(?i)^(\s+AS)?\s+\w+\s*\(\s*\w+\s*(,\s*\w+\s*)+\)`)
)

// fromTrino is what a word becomes, and how much of the text behind it is in that.
func fromTrino(word, rest string) (text string, taken int) {
	switch name := strings.ToLower(word); name {
	case "from", "join":
		if m := dataStore.FindStringSubmatch(rest); m != nil {
			return word + m[1] + "cloudtrail_lake", len(m[0])
		}
		if m := athenaTable.FindStringSubmatch(rest); m != nil {
			return word + m[1] + "cloudtrail_logs", len(m[0])
		}
	case "array":
		if inside, size := parenthesized(rest); typeName.MatchString(inside) {
			return FromTrino(strings.TrimSpace(inside)) + "[]", size
		}
	case "unnest":
		if inside, size := parenthesized(rest); size > 0 && columnNames.MatchString(rest[size:]) {
			return "(SELECT " + word + "(" + FromTrino(inside) + ", max_depth := 2))", size
		}
	case "transform":
		if _, size := parenthesized(rest); size > 0 {
			return "list_transform", 0
		}
	case "any_match", "all_match", "none_match":
		inside, size := parenthesized(rest)
		if size == 0 {
			break
		}
		matches := "len(list_filter(" + FromTrino(inside) + "))"
		switch name {
		case "any_match":
			return "(" + matches + " > 0)", size
		case "none_match":
			return "(" + matches + " = 0)", size
		}
		list := firstArgument(inside)
		return "(" + matches + " = len(" + FromTrino(list) + "))", size
	}
	return word, 0
}

// parenthesized is what stands between the parenthesis that text begins with, white
// space aside, and the one that closes it, and the size of it all: 0 if there is none.
func parenthesized(text string) (inside string, size int) {
	begin := len(text) - len(strings.TrimLeft(text, " \t\r\n"))
	if !strings.HasPrefix(text[begin:], "(") {
		return "", 0
	}
	depth := 0
	for at := begin; at < len(text); {
		size, _ := nextToken(text[at:])
		switch text[at] {
		case '(':
			depth++
		case ')':
			depth--
		}
		at += size
		if depth == 0 {
			return text[begin+1 : at-1], at
		}
	}
	return "", 0
}

// firstArgument is the text up to the first comma outside of brackets.
func firstArgument(arguments string) string {
	depth := 0
	for at := 0; at < len(arguments); {
		size, _ := nextToken(arguments[at:])
		switch arguments[at] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				return arguments[:at]
			}
		}
		at += size
	}
	return arguments
}

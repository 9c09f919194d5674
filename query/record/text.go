package record

import "strings"

// In is the condition that a text is one of some values; all of them are SQL.
func In(text string, values []string) string {
	if len(values) == 1 {
		return text + " = " + values[0]
	}
	return text + " IN (" + strings.Join(values, ", ") + ")"
}

// Like is the condition that a text fits a pattern as a whole; both are SQL. In the pattern
// % is any text and _ any character, unless a backslash is before it: see [LikeItself].
func Like(text, pattern string) string { return text + " LIKE " + pattern + ` ESCAPE '\'` }

// LikeItself is the pattern of [Like] that a text alone fits.
func LikeItself(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}

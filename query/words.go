package query

import (
	"fmt"
	"regexp"
	"strings"
)

// Count writes a number with its thousands apart.
func Count(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Plural writes a number of things.
func Plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return Count(n) + " " + thing + "s"
}

// Percent is a share. It never rounds up to all, nor down to nothing.
func Percent(part, all int64) string {
	switch p := 100 * float64(part) / float64(all); {
	case part == all:
		return "100 %"
	case part == 0:
		return "0 %"
	case p > 99.9:
		return "99.9 %"
	case p < 0.1:
		return "0.1 %"
	default:
		return fmt.Sprintf("%.1f %%", p)
	}
}

// plainWord is what a shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:=,@%+-]+$`)

// ShellWord is text, which may be anybody's, as one word of a command line.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// ShellCommand is a command as a shell takes it.
func ShellCommand(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = ShellWord(word)
	}
	return strings.Join(quoted, " ")
}

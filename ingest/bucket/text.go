package bucket

import (
	"regexp"
	"strings"
	"unicode"
)

// maxText is how much of what a server says is passed on, in bytes. What AWS says of a
// request that it denies has some 400.
const maxText = 600

// secrets are what a request is signed with. Servers that speak for debugging send back what
// they got, and what they say is kept in the store.
var secrets = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`//[^/\s"]*@`), "//"}, // of a URL with a password
	{regexp.MustCompile(`(?i)(authorization)` + is + `(?:(?:aws4-[a-z0-9-]+|aws|basic|bearer)(?:\s|%20|\+)+)?` + value), "$1 …"},
	{regexp.MustCompile(`(?i)\b((?:security|session)[-_]?token|signature|credential|(?:aws)?access[-_]?key[-_]?id)` + is + value), "$1 …"},
	{regexp.MustCompile(`[^\s,;&<>"'=]+/\d{8}/[a-z0-9-]+/[a-z0-9]+/aws4_request`), "…"}, // a credential's scope
	{regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}`), "…"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{64}\b`), "…"},  // a signature
	{regexp.MustCompile(`[A-Za-z0-9+/=%]{100,}`), "…"}, // a session token
}

// What stands between the name of a header, a parameter or an element and its value, and what
// a value is.
const (
	is    = `["']?\s*(?:[:=>]|%3a|%3d)(?:\s|%20|\+)*["']?`
	value = `[^\s,;&<>"']+`
)

// plain makes text of a server fit to be passed on: short, without control characters, and
// without what requests are signed with.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	for _, s := range secrets {
		text = s.pattern.ReplaceAllString(text, s.instead)
	}
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

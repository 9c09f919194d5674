package notify

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// toldLetters is how many letters in a row that a text has in common with a secret count as
// a part of it.
const toldLetters = 4

// A secret is what of a URL gives access to what is behind it: user, path and query.
type secret struct {
	words  []string        // each part, letters and digits only, in lower case
	pieces map[string]bool // all that are toldLetters long
}

func newSecret(u *url.URL) *secret {
	parts := []string{u.Path, u.EscapedPath(), u.RawQuery, u.Fragment, u.User.Username()}
	if password, ok := u.User.Password(); ok {
		parts = append(parts, password)
	}
	s := &secret{pieces: map[string]bool{}}
	for _, part := range parts {
		for _, form := range forms(part) {
			s.words = append(s.words, words(form)...)
			for piece := range pieces(form) {
				s.pieces[piece] = true
			}
		}
	}
	return s
}

// isIn says that a text tells of the secret: a whole part of it, or some letters in a row,
// as they are or encoded as texts on the web are.
func (s *secret) isIn(text string) bool {
	for _, form := range forms(text) {
		for _, word := range words(form) {
			if slices.Contains(s.words, word) {
				return true
			}
		}
		for piece := range pieces(form) {
			if s.pieces[piece] {
				return true
			}
		}
	}
	return false
}

// words are those of a text, in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// pieces yields all pieces of a text of toldLetters, whatever stands between the letters.
func pieces(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		letters := []rune(strings.Join(words(text), ""))
		for i := 0; i+toldLetters <= len(letters); i++ {
			if !yield(string(letters[i : i+toldLetters])) {
				return
			}
		}
	}
}

// forms are a text and what it is once it is decoded, as often as makes a difference.
func forms(text string) []string {
	all := []string{text}
	for range 3 {
		last := all[len(all)-1]
		next := jsonEscapes.ReplaceAllStringFunc(html.UnescapeString(percents.ReplaceAllStringFunc(last, unhex)), unhex)
		if next == last {
			break
		}
		all = append(all, next)
	}
	for _, form := range slices.Clone(all) {
		for _, word := range base64Words.FindAllString(form, -1) {
			word = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(word, "="))
			if decoded, err := base64.RawStdEncoding.DecodeString(word); err == nil {
				all = append(all, string(decoded))
			}
			if decoded, err := hex.DecodeString(word); err == nil {
				all = append(all, string(decoded))
			}
		}
	}
	return all
}

var (
	percents    = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	jsonEscapes = regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}`)
	base64Words = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}={0,2}`)
)

// unhex is the character of an escape: %2f, \x2f or \u002f.
func unhex(escape string) string {
	number, err := strconv.ParseUint(strings.TrimLeft(escape, `%\ux`), 16, 32)
	if err != nil {
		return escape
	}
	if escape[0] == '%' {
		return string([]byte{byte(number)})
	}
	return string(rune(number))
}

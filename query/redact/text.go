package redact

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"trailbox/schema"
)

// A told says what is known of a text that was rewritten.
type told uint8

const (
	toldAll     told = iota // all of it is understood
	toldFree                // it may say anything
	toldEncoded             // it was not looked into
)

// A rewritten text.
type rewritten struct {
	text string
	told told
}

// text rewrites free text.
func (w *worker) text(text string, at *member, depth int) rewritten {
	if text == "" {
		return rewritten{}
	}
	if depth < maxNested {
		if out, ok := w.nested(text, at, depth+1); ok {
			return out
		}
	}
	if out, ok := w.texts[text]; ok {
		return out
	}
	out := w.freeText(text)
	if len(text) <= maxCachedBytes {
		if len(w.texts) >= maxCached/2 {
			clear(w.texts)
		}
		w.texts[strings.Clone(text)] = out
	}
	return out
}

// maxNested is how deep texts are looked into that are encoded in others.
const maxNested = 6

func (w *worker) freeText(text string) rewritten {
	switch {
	case w.isOwn(text) || w.red.isWord(text):
		return rewritten{text, toldAll}
	case strings.Contains(text, "-----BEGIN "):
		return rewritten{w.plain(text), toldAll}
	}
	out, whole := w.replace(text)
	switch {
	case whole || isPlainNumber(text) || isGUID(text):
		return rewritten{out, toldAll}
	case looksEncoded(text):
		return rewritten{out, toldEncoded}
	}
	return rewritten{out, toldFree}
}

// isWord reports whether a text is a word of AWS's.
func (r *Redactor) isWord(text string) bool { return r.words[strings.ToLower(text)] }

var rePlainNumber = regexp.MustCompile(`^-?\d{1,11}(\.\d+)?(E\d+)?$`)

func isPlainNumber(text string) bool { return rePlainNumber.MatchString(text) }

// nested rewrites a text that is JSON, or JSON or text in base64 or in a URL's escapes. It is
// looked into as if its content stood in the member itself.
func (w *worker) nested(text string, at *member, depth int) (rewritten, bool) {
	if text[0] == '{' || text[0] == '[' {
		if out, err := w.json(nil, []byte(text), at, depth); err == nil {
			return rewritten{string(out), toldAll}, true // each value in it was told of
		}
	}
	if strings.HasPrefix(text, "%7B") || strings.HasPrefix(text, "%5B") {
		if plain, levels := unescapeURL(text); levels > 0 {
			if out, err := w.json(nil, []byte(plain), at, depth); err == nil {
				if string(out) == plain {
					return rewritten{text, toldAll}, true
				}
				return rewritten{escapeURL(string(out), levels), toldAll}, true
			}
		}
	}
	for _, e := range [...]*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		plain, ok := decodeText(e, text)
		if !ok {
			continue
		}
		out := w.text(plain, at, depth)
		if out.text == plain {
			return rewritten{text, out.told}, true
		}
		return rewritten{e.EncodeToString([]byte(out.text)), out.told}, true
	}
	return rewritten{}, false
}

// minEncoded is how long base64 is that is taken for it.
const minEncoded = 16

// decodeText decodes base64, if text comes out of it.
func decodeText(e *base64.Encoding, text string) (string, bool) {
	if len(text) < minEncoded || !only(text, isBase64) {
		return "", false
	}
	plain, err := e.DecodeString(text)
	if err != nil || !utf8.Valid(plain) {
		return "", false
	}
	for _, c := range plain {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
			return "", false
		}
	}
	return string(plain), true
}

func isBase64(c byte) bool {
	return isAlphanumeric(c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '='
}

// looksEncoded reports whether a text is one that nobody can read.
func looksEncoded(text string) bool {
	return len(text) >= 40 && only(text, isBase64) && strings.ContainsAny(text, "0123456789+/=") && strings.ContainsAny(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

// A place is a part of a text, with what stands there instead.
type place struct {
	span
	out string
}

// replace rewrites all names that stand in a text: those that are known, and those that look like
// one. all says that nothing else is in it but what stands between names.
func (w *worker) replace(text string) (out string, all bool) {
	places := w.places(nil, text)
	if plain, at, levels := decoded(text); levels > 0 {
		for _, p := range w.places(nil, plain) {
			from, to := at[p.from], at[p.to]
			if text[from:to] != plain[p.from:p.to] && strings.Contains(text[from:to], "%") {
				p.out = escapeURL(p.out, levels)
			}
			places = append(places, place{span{from, to}, p.out})
		}
	}
	if len(places) == 0 {
		return text, false
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	var b strings.Builder
	done, whole := 0, true
	isOther := func(c byte) bool { return !isAlphanumeric(c) && c < 0x80 }
	for _, p := range places {
		if p.from < done {
			continue // it is a part of what was replaced, or its beginning was
		}
		whole = whole && only(text[done:p.from], isOther)
		b.WriteString(text[done:p.from])
		b.WriteString(p.out)
		done = p.to
	}
	b.WriteString(text[done:])
	return b.String(), whole && only(text[done:], isOther)
}

// What names look like, for those that are not known. What of that stands is left to the
// functions.
var (
	reARN     = regexp.MustCompile(`arn:aws[a-z-]*:[A-Za-z0-9-]*:[A-Za-z0-9-]*:[A-Za-z0-9-]*:[^\s"'<>\\(){}\[\],;|&]+`)
	reURL     = regexp.MustCompile(`[a-z][a-z0-9+.-]*://[^\s"'<>\\(){}\[\],;|^` + "`" + `]+`)
	reEmail   = regexp.MustCompile(`[A-Za-z0-9._%+'-]*[A-Za-z0-9_%+-]@[A-Za-z0-9-]+(\.[A-Za-z0-9-]*[A-Za-z0-9])*`)
	reWord    = regexp.MustCompile(`[A-Za-z0-9]{12,128}`)
	reAddress = regexp.MustCompile(`\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?`)
	reSix     = regexp.MustCompile(`[0-9A-Fa-f:]*:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?(?:/\d{1,3})?`)
	reHost    = regexp.MustCompile(`[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+`)
	reID      = regexp.MustCompile(`[a-z]+(?:-[a-z]+)*-(?:[0-9a-f]{17}|[0-9a-f]{8})`)
)

// places appends what is to be replaced in a text.
func (w *worker) places(places []place, text string) []place {
	if !isGUID(text) {
		places = w.looks(places, text)
	}
	if w.red.known != nil {
		w.spans = w.red.known.find(w.spans[:0], text)
		for _, s := range w.spans {
			if name := text[s.from:s.to]; !w.red.isWord(name) {
				places = append(places, place{s, w.name(name)})
			}
		}
	}
	return places
}

// looks appends what looks like a name in a text.
func (w *worker) looks(places []place, text string) []place {
	look := func(re *regexp.Regexp, trailing string, rewrite func(string) string, is func(text string, s span) bool) {
		for _, m := range re.FindAllStringIndex(text, -1) {
			s := span{m[0], m[1]}
			s.to = s.from + len(strings.TrimRight(text[s.from:s.to], trailing))
			if is == nil || is(text, s) { // what is not one must not become a name that is known
				places = append(places, place{s, rewrite(text[s.from:s.to])})
			}
		}
	}
	if strings.Contains(text, "arn:") {
		look(reARN, ".:!?", w.arn, nil)
	}
	if strings.Contains(text, "://") {
		look(reURL, ".:!?", w.inPassing(w.url), nil)
	}
	if strings.Contains(text, "@") {
		look(reEmail, "", w.name, nil)
	}
	look(reWord, "", w.name, func(text string, s span) bool { return isKey(text[s.from:s.to]) || isAccount(text[s.from:s.to]) })
	if strings.Contains(text, ".") {
		look(reAddress, "", w.name, isAddress)
		look(reHost, "", w.inPassing(w.host), w.isHost)
	}
	if strings.Count(text, ":") > 1 {
		look(reSix, "", w.name, isLongAddress)
	}
	if strings.Contains(text, "-") {
		look(reID, "", w.name, func(text string, s span) bool {
			_, _, ok := w.resourceID(text[s.from:s.to])
			return ok && isFree(text, s, "")
		})
	}
	return places
}

// isAddress reports whether a part of a text is an IPv4 address, or a range of them.
func isAddress(text string, s span) bool { return isFree(text, s, ".") && !isOfVersion(text, s.from) }

// isLongAddress reports whether a part of a text is an IPv6 address, and no AWS::Type::Name.
func isLongAddress(text string, s span) bool {
	addr, _, _ := strings.Cut(text[s.from:s.to], "/")
	_, err := netip.ParseAddr(addr)
	return err == nil && isFree(text, s, ":") && len(strings.FieldsFunc(addr, func(c rune) bool { return c == ':' })) > 2
}

// isHost reports whether a part of a text is the name of a host.
func (w *worker) isHost(text string, s span) bool {
	name := text[s.from:s.to]
	ending := strings.ToLower(name[strings.LastIndexByte(name, '.')+1:])
	return w.red.own.table["host"][ending] && isFree(text, s, "@") && !isOfVersion(text, s.from)
}

// isFree reports whether a part of a text has neither letters nor digits beside it, nor one of the
// separators with more of either behind it.
func isFree(text string, s span, separators string) bool {
	if s.from > 0 && (isAlphanumeric(text[s.from-1]) || s.from > 1 && strings.IndexByte(separators, text[s.from-1]) >= 0 && isAlphanumeric(text[s.from-2])) {
		return false
	}
	rest := text[s.to:]
	return rest == "" || !isAlphanumeric(rest[0]) && (len(rest) == 1 || strings.IndexByte(separators, rest[0]) < 0 || !isAlphanumeric(rest[1]))
}

// isOfVersion reports whether what begins there is a version, as of a browser: Chrome/91.0.4.7.
func isOfVersion(text string, from int) bool {
	return from > 1 && text[from-1] == '/' && isAlphanumeric(text[from-2])
}

// decoded takes the escapes out of a text: %41, three times over at most, and A. at has
// for each byte, and for the end, where it stands in the text. levels is how often there was
// something.
func decoded(text string) (plain string, at []int, levels int) {
	plain = text
	for levels < maxEscapes && strings.ContainsAny(plain, `%\+`) {
		out, from := make([]byte, 0, len(plain)), make([]int, 0, len(plain)+1)
		for i := 0; i < len(plain); {
			c, n := unescapeByte(plain[i:])
			for _, b := range c {
				out, from = append(out, b), append(from, i)
			}
			i += n
		}
		from = append(from, len(plain))
		if string(out) == plain {
			break
		}
		if at != nil {
			for i := range from {
				from[i] = at[from[i]]
			}
		}
		plain, at = string(out), from
		levels++
	}
	return plain, at, levels
}

// maxEscapes is how many times a text can be escaped.
const maxEscapes = 3

// unescapeByte takes the first character of a text, or the escape that it is.
func unescapeByte(text string) (c []byte, n int) {
	switch {
	case text[0] == '%' && len(text) > 2 && isHex(text[1]) && isHex(text[2]):
		return []byte{unhex(text[1])<<4 | unhex(text[2])}, 3
	case text[0] == '+':
		return []byte{' '}, 1
	case text[0] == '\\' && len(text) > 5 && text[1] == 'u' && only(text[2:6], isHex):
		var r rune
		for i := 2; i < 6; i++ {
			r = r<<4 | rune(unhex(text[i]))
		}
		return utf8.AppendRune(nil, r), 6
	case text[0] == '\\' && len(text) > 1 && strings.IndexByte(`"\/`, text[1]) >= 0:
		return []byte{text[1]}, 2
	}
	return []byte{text[0]}, 1
}

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c&0x0f + 9
}

// unescapeURL takes the escapes of a URL out of a text as often as there are any; levels is
// how often. What does not come out as text stays.
func unescapeURL(text string) (plain string, levels int) {
	plain = text
	for levels < maxEscapes && strings.Contains(plain, "%") {
		out := make([]byte, 0, len(plain))
		for i := 0; i < len(plain); {
			n := 1
			c := plain[i]
			if c == '%' {
				var b []byte
				b, n = unescapeByte(plain[i:])
				c = b[0]
			}
			out = append(out, c)
			i += n
		}
		if string(out) == plain || !utf8.Valid(out) {
			break
		}
		plain = string(out)
		levels++
	}
	return plain, levels
}

// escapeURL escapes a text for a URL as AWS does it.
func escapeURL(text string, levels int) string {
	for range levels {
		const digits = "0123456789ABCDEF"
		var b strings.Builder
		for i := range len(text) {
			if c := text[i]; isAlphanumeric(c) || strings.IndexByte("-_.~", c) >= 0 {
				b.WriteByte(c)
			} else {
				b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			}
		}
		text = b.String()
	}
	return text
}

// quote appends a text as a JSON string.
func quote(dst []byte, text string) []byte {
	dst = append(dst, '"')
	dst = schema.AppendEscaped(dst, []byte(text))
	return append(dst, '"')
}

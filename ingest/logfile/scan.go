package logfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner walks over JSON text, one token at a time. Its methods return false
// when the text is not JSON; then pos is where, and why is the reason.
type scanner struct {
	data []byte
	pos  int
	why  error

	blanks int // white space skipped so far, in bytes

	// From plain up to slash there is no backslash, so that strings there need not be looked
	// through for one.
	plain, slash int
	// dirty says that there is a control character or a byte that is not UTF-8 somewhere in data, so that
	// strings must be looked at one by one: most files have none but line ends.
	dirty bool

	nesting []byte // open brackets within skip, reused
}

// A quality says what is special about a string, or about a value with its strings.
type quality uint8

const (
	escaped quality = 1 << iota // holds a backslash
	unclean                     // would not do as JSON for others: control characters, not UTF-8, lone surrogates
	deep                        // nested deeper than maxNesting
)

// maxNesting is how deep a block may be nested to be handed to DuckDB as JSON.
// Its functions recurse: at 100,000 levels json_structure ends the process.
const maxNesting = 500

var (
	errNotJSON = errors.New("not JSON")
	errNumber  = errors.New("not a JSON number")
	errEscape  = errors.New("not a JSON escape")
	errString  = errors.New("a string was expected")
	errColon   = errors.New("a colon was expected")
	errComma   = errors.New("a comma or a closing bracket was expected")
)

// reset points the scanner at data.
func (s *scanner) reset(data []byte) {
	s.data, s.pos, s.why = data, 0, nil
	s.plain, s.slash = 0, 0
	s.dirty = hasDirt(data)
}

// hasDirt reports whether there is a control character or a byte that is not UTF-8.
func hasDirt(data []byte) bool {
	ascii := true
	const (
		ones = 0x0101010101010101
		tops = 0x8080808080808080
	)
	rest := data
	for len(rest) >= 32 { // four at a time, as long as they are ASCII
		block := (*[32]byte)(rest)
		a, b := binary.LittleEndian.Uint64(block[:]), binary.LittleEndian.Uint64(block[8:])
		c, d := binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:])
		if ((a-0x20*ones)&^a|(b-0x20*ones)&^b|(c-0x20*ones)&^c|(d-0x20*ones)&^d)&tops != 0 {
			return true
		}
		ascii = ascii && (a|b|c|d)&tops == 0
		rest = rest[32:]
	}
	for _, c := range rest {
		if c < 0x20 {
			return true
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	return !ascii && !utf8.Valid(data)
}

func (s *scanner) fail(why error) bool {
	s.why = why
	if s.pos >= len(s.data) {
		s.why = ErrCutOff
	}
	return false
}

// space skips white space and returns the byte behind it, 0 at the end.
func (s *scanner) space() byte {
	if s.pos < len(s.data) && s.data[s.pos] > ' ' {
		return s.data[s.pos] // as nearly always; this much is put in place
	}
	return s.skipSpace()
}

func (s *scanner) skipSpace() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\r', '\n':
			s.pos++
			s.blanks++
		default:
			return c
		}
	}
	return 0
}

// str reads a string; pos is at its opening quote. text is what stands between
// the quotes, as it stands there.
func (s *scanner) str() (text []byte, q quality, ok bool) {
	start := s.pos + 1
	n := bytes.IndexByte(s.data[start:], '"')
	if n < 0 {
		s.pos = len(s.data)
		return nil, 0, s.fail(ErrCutOff)
	}
	end := start + n
	if start < s.plain || end > s.slash {
		if first := s.backslash(start, end); first < end {
			s.pos = first
			if q, ok = s.escapedRest(); !ok {
				return nil, 0, false
			}
			end = s.pos
		}
	}
	text = s.data[start:end]
	if s.dirty && hasDirt(text) {
		q |= unclean
	}
	s.pos = end + 1
	return text, q, true
}

// backslash returns where the first backslash is from start on, if that is before end. It looks for the next
// one beyond end, since strings with one are few; what is known of what lies before is kept where start
// goes back.
func (s *scanner) backslash(start, end int) int {
	from, to := start, len(s.data)
	if start < s.plain && end <= s.slash {
		to = s.plain
	}
	if n := bytes.IndexByte(s.data[from:to], '\\'); n >= 0 {
		s.slash = from + n
	} else if to == len(s.data) {
		s.slash = to
	}
	s.plain = start
	return s.slash
}

// escapedRest goes on from the first backslash of a string to its closing quote.
func (s *scanner) escapedRest() (q quality, ok bool) {
	q = escaped
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case '"':
			return q, true
		case '\\':
			if s.pos+1 >= len(s.data) {
				s.pos = len(s.data)
				return q, s.fail(ErrCutOff)
			}
			switch s.data[s.pos+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				s.pos += 2
			case 'u':
				r, ok := hex4(s.data[s.pos+2:])
				if !ok {
					if len(s.data)-s.pos < 6 {
						s.pos = len(s.data)
					}
					return q, s.fail(errEscape)
				}
				s.pos += 6
				if utf16.IsSurrogate(r) {
					low, ok := lowSurrogate(s.data[s.pos:])
					if utf16.DecodeRune(r, low) == utf8.RuneError || !ok {
						q |= unclean
					} else {
						s.pos += 6
					}
				}
			default:
				return q, s.fail(errEscape)
			}
		default:
			s.pos++
		}
	}
	return q, s.fail(ErrCutOff)
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// lowSurrogate reads a \uXXXX escape.
func lowSurrogate(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	return hex4(b[2:])
}

// literal reads true, false, null or a number.
func (s *scanner) literal() (text []byte, ok bool) {
	start := s.pos
	for _, word := range [...]string{"true", "false", "null"} {
		if s.data[start] != word[0] {
			continue
		}
		if !bytes.HasPrefix(s.data[start:], []byte(word)) {
			rest := s.data[start:]
			if bytes.HasPrefix([]byte(word), rest) {
				s.pos = len(s.data)
			}
			return nil, s.fail(errNotJSON)
		}
		s.pos += len(word)
		return s.data[start:s.pos], true
	}
	return s.number()
}

func (s *scanner) number() (text []byte, ok bool) {
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	switch {
	case s.pos < len(s.data) && s.data[s.pos] == '0':
		s.pos++
	case !s.digits():
		if s.pos == start {
			return nil, s.fail(errNotJSON)
		}
		return nil, s.fail(errNumber)
	}
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		s.pos++
		if !s.digits() {
			return nil, s.fail(errNumber)
		}
	}
	if s.pos < len(s.data) && s.data[s.pos]|0x20 == 'e' {
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return nil, s.fail(errNumber)
		}
	}
	return s.data[start:s.pos], true
}

// digits skips one or more digits.
func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// skip reads any value; pos is at its first byte. It keeps its own stack, so
// that nesting costs memory in proportion to the text and never a call stack.
func (s *scanner) skip() (q quality, ok bool) {
	s.nesting = s.nesting[:0]
	for {
		// A value.
		switch c := s.space(); c {
		case '{', '[':
			s.nesting = append(s.nesting, c)
			if len(s.nesting) > maxNesting {
				q |= deep
			}
			s.pos++
			next := s.space()
			if next != c+2 { // '}' and ']' are two behind their openers
				if c == '{' {
					if more, ok := s.key(); !ok {
						return q, false
					} else {
						q |= more
					}
				}
				continue
			}
			s.pos++
			s.nesting = s.nesting[:len(s.nesting)-1]
		case '"':
			_, more, ok := s.str()
			if !ok {
				return q, false
			}
			q |= more
		case 0:
			return q, s.fail(errNotJSON)
		default:
			if _, ok := s.literal(); !ok {
				return q, false
			}
		}
		// What may follow it.
		for {
			if len(s.nesting) == 0 {
				return q, true
			}
			opener := s.nesting[len(s.nesting)-1]
			switch c := s.space(); c {
			case ',':
				s.pos++
				if opener == '{' {
					s.space()
					more, ok := s.key()
					if !ok {
						return q, false
					}
					q |= more
				}
			case opener + 2:
				s.pos++
				s.nesting = s.nesting[:len(s.nesting)-1]
				continue
			default:
				return q, s.fail(errComma)
			}
			break
		}
	}
}

// key reads a member's name and the colon behind it.
func (s *scanner) key() (q quality, ok bool) {
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		return 0, s.fail(errString)
	}
	_, q, ok = s.str()
	return q, ok && s.colon()
}

func (s *scanner) colon() bool {
	if s.space() != ':' {
		return s.fail(errColon)
	}
	s.pos++
	return true
}

// unescape appends what the inside of a JSON string stands for to dst, as valid
// UTF-8: what is not becomes U+FFFD.
func unescape(dst, text []byte) []byte {
	for len(text) > 0 {
		c := text[0]
		if c != '\\' {
			if c < utf8.RuneSelf {
				dst = append(dst, c)
				text = text[1:]
				continue
			}
			r, size := utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, r)
			text = text[size:]
			continue
		}
		if text[1] == 'u' {
			r, _ := hex4(text[2:])
			text = text[6:]
			if utf16.IsSurrogate(r) {
				low, ok := lowSurrogate(text)
				if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
					text = text[6:]
				} else {
					r = utf8.RuneError
				}
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, unescaped(text[1]))
		text = text[2:]
	}
	return dst
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c // quote, backslash, slash
}

// compact appends JSON text, which is sound, to dst without the white space between its tokens.
func compact(dst, text []byte) []byte {
	for len(text) > 0 {
		n := bytes.IndexByte(text, '"')
		if n < 0 {
			n = len(text)
		}
		for _, c := range text[:n] {
			if c > ' ' {
				dst = append(dst, c)
			}
		}
		if text = text[n:]; len(text) == 0 {
			break
		}
		end := 1
		for text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		dst = append(dst, text[:end+1]...)
		text = text[end+1:]
	}
	return dst
}

// clean appends JSON text to dst that others can read: in its strings control
// characters become escapes, bytes that are not UTF-8 and lone surrogates become
// U+FFFD. Outside of strings there is only white space and ASCII.
func clean(dst, text []byte) []byte {
	inString := false
	for len(text) > 0 {
		switch c := text[0]; {
		case c == '"':
			inString = !inString
			dst = append(dst, c)
			text = text[1:]
		case c == '\\' && text[1] == 'u':
			r, _ := hex4(text[2:])
			n := 6
			if utf16.IsSurrogate(r) {
				low, ok := lowSurrogate(text[6:])
				if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
					dst = append(dst, `\ufffd`...)
					text = text[6:]
					continue
				}
				n = 12
			}
			dst = append(dst, text[:n]...)
			text = text[n:]
		case c == '\\':
			dst = append(dst, text[:2]...)
			text = text[2:]
		case c < 0x20 && inString:
			const digits = "0123456789abcdef"
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			text = text[1:]
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			text = text[1:]
		default:
			r, size := utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, r)
			text = text[size:]
		}
	}
	return dst
}

// quote appends text, which is valid UTF-8, to dst as a JSON string.
func quote(dst, text []byte) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}

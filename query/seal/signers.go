package seal

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// Signers are the lines of an allowed_signers file, as ssh-keygen has it: who may sign, by which key.
type Signers struct {
	all []signer
	// Aside are lines that say something that is not looked at.
	Aside []string
}

type signer struct {
	names        string
	key          ssh.PublicKey
	since, until time.Time // zero for no limit
}

// ParseSigners reads an allowed_signers file.
func ParseSigners(text []byte) (*Signers, error) {
	s := new(Signers)
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.add(line, number); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return s, nil
}

// add takes a line: names, perhaps options, a key.
func (s *Signers) add(line string, number int) error {
	names, rest, err := word(line)
	if err != nil {
		return err
	}
	// What is left has the form of a line of authorized_keys.
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return fmt.Errorf("there is no key behind the name: %w", err)
	}
	one, here := signer{names: names, key: key}, true
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			here = here && matches(value, Namespace)
		case "valid-after":
			one.since, err = parseStamp(value)
		case "valid-before":
			one.until, err = parseStamp(value)
		case "cert-authority":
			s.Aside = append(s.Aside, fmt.Sprintf("line %d: keys that a certificate vouches for are not known here", number))
			here = false
		default:
			return fmt.Errorf("%q is no option of it", name)
		}
		if err != nil {
			return err
		}
	}
	if here {
		s.all = append(s.all, one)
	}
	return nil
}

// word takes the first word off, which may be in quotes.
func word(line string) (first, rest string, err error) {
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		first, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return "", "", fmt.Errorf("a quote has no end")
		}
		return first, strings.TrimLeft(rest, " \t"), nil
	}
	at := strings.IndexAny(line, " \t")
	if at < 0 {
		return "", "", fmt.Errorf("there is no key behind the name")
	}
	return line[:at], strings.TrimLeft(line[at:], " \t"), nil
}

// parseStamp reads a time as ssh-keygen does: of the machine's zone, unless a Z says UTC.
func parseStamp(text string) (time.Time, error) {
	zone := time.Local
	digits, utc := strings.CutSuffix(strings.ToUpper(text), "Z")
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) {
			return time.ParseInLocation(layout, digits, zone)
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: write YYYYMMDD, or YYYYMMDDHHMMSSZ", text)
}

// matches reports whether a list of patterns takes a name in: * and ? stand for any text, ! before
// one takes it out.
func matches(patterns, name string) (found bool) {
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern, out := strings.CutPrefix(pattern, "!")
		if !like(pattern, name) {
			continue
		}
		if out {
			return false
		}
		found = true
	}
	return found
}

// like reports whether a pattern takes a name in. It goes back to the last * alone, so that its
// time is bounded.
func like(pattern, name string) bool {
	p, n, star, from := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			from++
			p, n = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Who is who may sign with a key at a time; empty where nobody may.
func (s *Signers) Who(key ssh.PublicKey, at time.Time) (names, why string) {
	why = "no line names this key for files"
	for _, one := range s.all {
		switch {
		case !bytes.Equal(one.key.Marshal(), key.Marshal()):
		case !one.since.IsZero() && at.Before(one.since), !one.until.IsZero() && !at.Before(one.until):
			why = fmt.Sprintf("the key of %s is not valid at this time", one.names)
		default:
			return one.names, ""
		}
	}
	return "", why
}

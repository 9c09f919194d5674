package redact

import (
	"bufio"
	"cmp"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// A Key is an age identity: pseudonyms are derived from it, and it opens the map that takes them
// back. Whoever has it can do both, so that it is the one thing to be kept.
type Key struct {
	text      string // the identity
	identity  age.Identity
	recipient age.Recipient
}

// A KeyError is of a file that has no key.
type KeyError struct{ Path, Message string }

func (e *KeyError) Error() string { return e.Path + ": " + e.Message }

// NewKey makes a key.
func NewKey() (*Key, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	return &Key{identity.String(), identity, identity.Recipient()}, nil
}

// maxKeyFile bounds what is read of a file that may not be a key.
const maxKeyFile = 1 << 16

// ReadKey reads the first identity of a file, as age-keygen writes it. A file of recipients will
// not do: what is public makes no secret.
func ReadKey(path string) (*Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	if err != nil {
		return nil, err
	}
	identities, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil {
		if _, err := age.ParseRecipients(strings.NewReader(string(text))); err == nil {
			return nil, &KeyError{path, "it has a recipient, which is public: from it, anybody could find out who is behind a pseudonym"}
		}
		return nil, &KeyError{path, "it is no age identity"}
	}
	switch identity := identities[0].(type) {
	case *age.X25519Identity:
		return &Key{identity.String(), identity, identity.Recipient()}, nil
	case *age.HybridIdentity:
		return &Key{identity.String(), identity, identity.Recipient()}, nil
	}
	return nil, &KeyError{path, "its first identity is of a kind that makes no pseudonyms"}
}

// Write writes the key to a file that is not there yet, as age-keygen does.
func (k *Key) Write(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "# created: %s\n# public key: %s\n%s\n", time.Now().UTC().Format(time.RFC3339), k.recipient, k.text)
	return errors.Join(err, f.Close())
}

// secret is what pseudonyms are made from.
func (k *Key) secret() []byte {
	secret, err := hkdf.Key(sha256.New, []byte(k.text), nil, "trailbox share: pseudonyms", sha256.Size)
	if err != nil {
		panic("BUG: " + err.Error()) // only for more bytes than there are
	}
	return secret
}

// A Pair is a name and what stands for it.
type Pair struct {
	Pseudonym string `json:"pseudonym"`
	Name      string `json:"name"`
}

// pairs are those of the copy, in the order of the pseudonyms. Two names with one pseudonym
// are an error.
func (r *Redactor) pairs() ([]Pair, error) {
	var pairs []Pair
	for name, l := range r.leaves {
		if l.used {
			pairs = append(pairs, Pair{l.pseudonym, name})
		}
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(strings.Compare(a.Pseudonym, b.Pseudonym), strings.Compare(a.Name, b.Name))
	})
	for i := range len(pairs) - 1 {
		if pairs[i].Pseudonym == pairs[i+1].Pseudonym && strings.HasPrefix(pairs[i].Pseudonym, namePrefix) {
			return nil, fmt.Errorf("two names have the pseudonym %s: another key will tell them apart", pairs[i].Pseudonym)
		}
	}
	return pairs, nil
}

// Seal writes the map of the copy: a line of JSON for each pseudonym, encrypted so that the key opens it.
func (r *Redactor) Seal(to io.Writer) error {
	pairs, err := r.pairs()
	if err != nil {
		return err
	}
	sealed, err := age.Encrypt(to, r.key.recipient)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(sealed)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for i := range pairs {
		if err := lines.Encode(&pairs[i]); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), sealed.Close())
}

// A Map takes pseudonyms back.
type Map struct {
	Pairs []Pair
	names map[string]string
	find  *finder
}

// Open reads a sealed map.
func Open(sealed io.Reader, key *Key) (*Map, error) {
	plain, err := age.Decrypt(sealed, key.identity)
	if err != nil {
		return nil, err
	}
	m := &Map{names: map[string]string{}}
	for lines := json.NewDecoder(bufio.NewReader(plain)); ; {
		var p Pair
		if err := lines.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		m.Pairs = append(m.Pairs, p)
	}
	var pseudonyms []string
	for _, p := range m.Pairs {
		m.names[p.Pseudonym] = p.Name
		pseudonyms = append(pseudonyms, p.Pseudonym)
	}
	m.find = newFinder(pseudonyms)
	return m, nil
}

// Reveal puts the names back into a text.
func (m *Map) Reveal(text string) string {
	spans := m.find.find(nil, text)
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	var b strings.Builder
	done := 0
	for _, s := range spans {
		name, known := m.names[text[s.from:s.to]]
		if s.from < done || !known {
			continue
		}
		b.WriteString(text[done:s.from])
		b.WriteString(name)
		done = s.to
	}
	b.WriteString(text[done:])
	return b.String()
}

// maxLine is how much of a line is looked through at a time: a name that stands where a longer one
// is cut is not found.
const maxLine = 16 << 20

// Copy copies text, and puts the names back on the way.
func (m *Map) Copy(to io.Writer, from io.Reader) error {
	in, out := bufio.NewReaderSize(from, maxLine), bufio.NewWriter(to)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			out.WriteString(m.Reveal(string(line)))
		}
		switch err {
		case nil, bufio.ErrBufferFull:
		case io.EOF:
			return out.Flush()
		default:
			return errors.Join(err, out.Flush())
		}
	}
}

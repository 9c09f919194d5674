package redact

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// pseudonyms makes pseudonyms of names, by a secret.
type pseudonyms struct {
	secret []byte
	block  cipher.Block // for addresses
}

func newPseudonyms(secret []byte) pseudonyms {
	p := pseudonyms{secret: secret}
	p.block, _ = aes.NewCipher(p.sum("addresses", "")) // of 32 bytes, which is a key
	return p
}

// sum is the HMAC of a text under a label.
func (p *pseudonyms) sum(label, text string) []byte {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write([]byte(label))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// stream is as many bytes as are asked for, by a text under a label.
func (p *pseudonyms) stream(label, text string, n int) []byte {
	sum := p.sum(label, text)
	for i := 1; len(sum) < n; i++ {
		sum = append(sum, p.sum(fmt.Sprintf("%s %d", label, i), text)...)
	}
	return sum[:n]
}

var base32Text = base32.StdEncoding.WithPadding(base32.NoPadding)

// namePrefix begins the pseudonym of a name that has no shape to keep, nameDigits are behind
// it: 60 bits, of which two names of a million share all once in two million copies.
const (
	namePrefix = "n-"
	nameDigits = 12
)

func (p *pseudonyms) name(text string) string {
	return namePrefix + strings.ToLower(base32Text.EncodeToString(p.sum("name", text))[:nameDigits])
}

// account replaces 12 digits by 12 digits. It is a permutation, so that no two accounts become
// one: a Feistel network of two halves of six digits. It is walked until the first digit is 0 where
// it was, since the number may stand as a number in JSON.
func (p *pseudonyms) account(digits string) string {
	out := digits
	for again := true; again; again = (out[0] == '0') != (digits[0] == '0') {
		out = p.permuteDigits(out)
	}
	return out
}

const halfDigits, halfRange = 6, 1_000_000

func (p *pseudonyms) permuteDigits(digits string) string {
	left, right := digits[:halfDigits], digits[halfDigits:]
	for round := range 10 {
		var n uint64
		for _, c := range left {
			n = n*10 + uint64(c-'0')
		}
		sum := p.sum(fmt.Sprintf("account %d", round), right)
		left, right = right, fmt.Sprintf("%06d", (n+binary.BigEndian.Uint64(sum))%halfRange)
	}
	return left + right
}

// key replaces what is behind the four letters of an access key's or a principal's ID, which
// say of what it is.
func (p *pseudonyms) key(id string) string {
	rest := len(id) - keyPrefix
	return id[:keyPrefix] + base32Text.EncodeToString(p.stream("key", id, rest))[:rest]
}

// hex replaces hexadecimal digits by as many; upper case stays so.
func (p *pseudonyms) hex(digits string) string {
	out := hex.EncodeToString(p.stream("hex", digits, (len(digits)+1)/2))[:len(digits)]
	if strings.ContainsAny(digits, "ABCDEF") {
		return strings.ToUpper(out)
	}
	return out
}

// guid replaces a GUID; its version and variant stay.
func (p *pseudonyms) guid(id string) string {
	digits := p.hex(strings.ReplaceAll(id, "-", ""))
	digits = digits[:12] + id[14:15] + digits[13:16] + id[19:20] + digits[17:]
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}

// mac replaces a hardware address, with its separators where they were.
func (p *pseudonyms) mac(text string) string {
	digits, out := p.hex(strings.ReplaceAll(text, text[2:3], "")), ""
	for i := range 6 {
		if i > 0 {
			out += text[2:3]
		}
		out += digits[2*i : 2*i+2]
	}
	return out
}

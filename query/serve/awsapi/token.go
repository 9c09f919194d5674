package awsapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
)

// A token says where the next page of an answer begins, and holds all that it takes: no
// state is kept for it. It is sealed with the answer that it is of, so that nobody takes it for
// another one's, or makes one up.

// sealBytes is how long a seal is: that nobody guesses it is enough.
const sealBytes = 16

// maxTokenBytes is how long a token is at most.
const maxTokenBytes = 1000

// seal makes a token of where a page begins. of is what the answer was asked for.
func seal(key, of []byte, begins any) (string, error) {
	text, err := json.Marshal(begins)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(append(sealOf(key, of, text), text...)), nil
}

// open reads a token into begins, and reports whether it is one, and of that answer.
func open(key, of []byte, token string, begins any) bool {
	if len(token) > maxTokenBytes || strings.ContainsAny(token, "\r\n") { // which the decoder skips
		return false
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) < sealBytes {
		return false
	}
	text := sealed[sealBytes:]
	return hmac.Equal(sealed[:sealBytes], sealOf(key, of, text)) && json.Unmarshal(text, begins) == nil
}

func sealOf(key, of, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	sum := sha256.Sum256(of)
	h.Write(sum[:])
	h.Write(text)
	return h.Sum(nil)[:sealBytes]
}

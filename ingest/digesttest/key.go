package digesttest

import (
	"cmp"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"time"
)

// They are fixed, since an archive is to be the same each time and since making
// keys is slow.
//
//go:embed keys.pem
var keysPEM []byte

// A Key signs digest files.
type Key struct {
	From, Until time.Time // that AWS says it is valid
	Value       []byte    // the public key in DER: PKCS #1, or PKIX after [Key.PKIX]
	Fingerprint string

	private *rsa.PrivateKey
}

// NewKey returns one of four keys, by its number from 0. A trail signs with the
// first unless it is told otherwise.
func NewKey(number int, from, until time.Time) *Key {
	rest := keysPEM
	var block *pem.Block
	for range number + 1 {
		block, rest = pem.Decode(rest)
	}
	private, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		panic(err) // the file is ours
	}
	return (&Key{From: from, Until: until, private: private}).with(x509.MarshalPKCS1PublicKey(&private.PublicKey))
}

// PKIX is the key, its public half in the other form that AWS has shown.
func (k *Key) PKIX() *Key {
	value, err := x509.MarshalPKIXPublicKey(&k.private.PublicKey)
	if err != nil {
		panic(err) // there are no other keys than RSA
	}
	other := *k
	return other.with(value)
}

func (k *Key) with(value []byte) *Key {
	k.Value, k.Fingerprint = value, fingerprint(value)
	return k
}

// fingerprint is not documented; it is that of all keys that AWS has published.
func fingerprint(value []byte) string {
	sum := md5.Sum(value)
	return hex.EncodeToString(sum[:])
}

// toSign is what a digest file's signature signs.
func toSign(endTime, bucket, key string, content []byte, previousSignature string) string {
	sum := sha256.Sum256(content)
	return strings.Join([]string{
		endTime, bucket + "/" + key, hex.EncodeToString(sum[:]), cmp.Or(previousSignature, "null"),
	}, "\n")
}

func (k *Key) sign(text string) string {
	sum := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the keys are large enough
	}
	return hex.EncodeToString(signature)
}

// A TimeForm is how times are written, which differs between versions of the AWS CLI.
type TimeForm uint8

const (
	Epoch TimeForm = iota // seconds, as the API answers too
	ISO8601
)

// PublicKeys is what "aws cloudtrail list-public-keys" prints.
func PublicKeys(form TimeForm, keys ...*Key) []byte {
	type publicKey struct {
		Value                              string
		ValidityStartTime, ValidityEndTime any
		Fingerprint                        string
	}
	write := func(t time.Time) any {
		if form == ISO8601 {
			return t.UTC().Format("2006-01-02T15:04:05.000000-07:00")
		}
		return float64(t.UnixMilli()) / 1000
	}
	list := []publicKey{}
	for _, k := range keys {
		list = append(list, publicKey{base64.StdEncoding.EncodeToString(k.Value), write(k.From), write(k.Until), k.Fingerprint})
	}
	text, err := json.MarshalIndent(map[string]any{"PublicKeyList": list}, "", "    ")
	if err != nil {
		panic(err)
	}
	return append(text, '\n')
}

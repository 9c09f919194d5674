package integrity

import (
	"cmp"
	"context"
	"crypto"
	"crypto/md5"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// A Key is a public key of CloudTrail's, from its API ListPublicKeys.
type Key struct {
	Fingerprint string // computed: the MD5 of DER, hexadecimal, which is how AWS does it
	Region      string // whose digests it is for; empty where the list does not tell
	From, Until time.Time
	DER         []byte
	Source      string    // where it came from: a file, or the API
	Stored      bool      // the store has it; else it was given or fetched for this verification
	Added       time.Time // when it came into the store, if it is stored

	public *rsa.PublicKey
}

// A keyList is what aws cloudtrail list-public-keys prints.
type keyList struct {
	PublicKeyList []struct {
		Value             string
		ValidityStartTime keyTime
		ValidityEndTime   keyTime
	}
}

// A keyTime is a time as the AWS CLI prints it: version 1 as seconds since 1970, version
// 2 in RFC 3339.
type keyTime struct{ time.Time }

func (t *keyTime) UnmarshalJSON(text []byte) error {
	var seconds float64
	if json.Unmarshal(text, &seconds) == nil {
		whole, part := math.Modf(seconds)
		if math.Abs(whole) > 1<<40 {
			return fmt.Errorf("%s is not a time", text)
		}
		t.Time = time.Unix(int64(whole), int64(part*1e9)).UTC()
		return nil
	}
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	t.Time = at.UTC()
	return err
}

// ParseKeys reads what aws cloudtrail list-public-keys prints. The fingerprints in it are
// not looked at, they are computed.
func ParseKeys(text []byte, region, source string) ([]Key, error) {
	var list keyList
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("not the output of aws cloudtrail list-public-keys: %w", err)
	}
	if list.PublicKeyList == nil {
		return nil, errors.New("not the output of aws cloudtrail list-public-keys: it has no PublicKeyList")
	}
	var keys []Key
	for i, k := range list.PublicKeyList {
		der, err := base64.StdEncoding.DecodeString(k.Value)
		if err != nil {
			return nil, fmt.Errorf("/PublicKeyList/%d/Value: %w", i, err)
		}
		key, err := newKey(der)
		if err != nil {
			return nil, fmt.Errorf("/PublicKeyList/%d: %w", i, err)
		}
		key.Region, key.Source = region, source
		key.From, key.Until = k.ValidityStartTime.Time, k.ValidityEndTime.Time
		if !key.From.Before(key.Until) {
			return nil, fmt.Errorf("/PublicKeyList/%d: it is not valid at any time: from %s to %s",
				i, key.From.Format(time.RFC3339), key.Until.Format(time.RFC3339))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// newKey reads a key: PKCS #1, as documented, or a SubjectPublicKeyInfo, which some of
// the documentation's samples are.
func newKey(der []byte) (Key, error) {
	k := Key{Fingerprint: fmt.Sprintf("%x", md5.Sum(der)), DER: der}
	var err error
	if k.public, err = x509.ParsePKCS1PublicKey(der); err == nil {
		return k, nil
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return k, errors.New("not an RSA public key, of neither PKCS #1 nor X.509")
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return k, fmt.Errorf("not an RSA public key, but %T", parsed)
	}
	k.public = public
	return k, nil
}

// signed reports whether the key made a signature, given in hexadecimal, of a SHA-256.
func (k *Key) signed(hash []byte, signature string) bool {
	bytes, err := hex.DecodeString(signature)
	return err == nil && len(bytes) > 0 && rsa.VerifyPKCS1v15(k.public, crypto.SHA256, hash, bytes) == nil
}

// A keyring is keys by their fingerprints, which are MD5: not made for each other's, but the
// same key may be there several times, with other times or Regions.
type keyring map[string][]*Key

func newKeyring(keys []Key) keyring {
	ring := make(keyring, len(keys))
	for i := range keys {
		k := &keys[i]
		ring[k.Fingerprint] = append(ring[k.Fingerprint], k)
	}
	return ring
}

// A UsedKey is a key that proves digests of a result.
type UsedKey struct {
	Fingerprint string    `json:"fingerprint"`
	Region      string    `json:"region,omitempty"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
	Source      string    `json:"source"`
	Stored      bool      `json:"stored"`
	Added       time.Time `json:"added,omitzero"`
	Digests     int64     `json:"digests"`
}

// addKeys adds the keys that prove digests, and a finding for each that is not to be trusted.
func (r *Result) addKeys(digests []*digest, trustStored bool) {
	counts := map[*Key]int64{}
	for _, d := range digests {
		if d.judged && d.good {
			counts[d.signer]++
		}
	}
	var untrusted []Finding
	for k, n := range counts {
		r.Keys = append(r.Keys, UsedKey{k.Fingerprint, k.Region, k.From, k.Until, k.Source, k.Stored, k.Added, n})
		if k.Stored && !trustStored {
			untrusted = append(untrusted, Finding{Kind: KeyStored, Region: k.Region, From: k.From, Until: k.Until,
				Detail: fmt.Sprintf("%s, in the store since %s, from %s", k.Fingerprint, stamp(k.Added), k.Source)})
		}
	}
	slices.SortFunc(r.Keys, func(a, b UsedKey) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), a.From.Compare(b.From), cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Source, b.Source), a.Until.Compare(b.Until))
	})
	r.untrusted = len(untrusted) > 0
	r.take(untrusted)
}

// A KeyTime is a time for which a Region's public keys are wanted.
type KeyTime struct {
	Region      string
	From, Until time.Time
}

// KeyTimes says which keys the digests of a scope need.
func KeyTimes(ctx context.Context, store *schema.Store, scope Scope) ([]KeyTime, error) {
	digests, err := readDigests(ctx, store, &scope)
	if err != nil {
		return nil, err
	}
	return keyTimes(digests), nil
}

// MissingKeys says which keys would be needed to verify the digests whose keys are not
// known.
func (r *Result) MissingKeys() []KeyTime {
	var unknown []*digest
	for _, d := range r.digests {
		if d.problem == KeyUnknown {
			unknown = append(unknown, d)
		}
	}
	return keyTimes(unknown)
}

// keyTimes are the times of digests, by Region.
func keyTimes(digests []*digest) (times []KeyTime) {
	for _, d := range digests {
		from, until := d.keyTime()
		i := slices.IndexFunc(times, func(t KeyTime) bool { return t.Region == d.chain.Region })
		if i < 0 {
			times = append(times, KeyTime{d.chain.Region, from, until})
			continue
		}
		if from.Before(times[i].From) {
			times[i].From = from
		}
		times[i].Until = maxTime(times[i].Until, until)
	}
	slices.SortFunc(times, func(a, b KeyTime) int { return strings.Compare(a.Region, b.Region) })
	return times
}

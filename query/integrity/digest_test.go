package integrity

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A digest that was signed with OpenSSL: its bytes, its key and its signature.
const (
	vectorObject = "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/01/02/111122223333_CloudTrail-Digest_us-east-2_demo_us-east-1_20260102T030405Z.json.gz"
	vectorText   = `{"awsAccountId":"111122223333","digestStartTime":"2026-01-02T02:04:05Z","digestEndTime":"2026-01-02T03:04:05Z","digestS3Bucket":"synthetic-bucket",` +
		`"digestS3Object":"` + vectorObject + `","digestPublicKeyFingerprint":"0001a60382ad6b3743e7f2f2e9557672","digestSignatureAlgorithm":"SHA256withRSA",` +
		`"newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,` +
		`"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}`
	vectorKey = "MIIBCgKCAQEA66skQO3EJtQxhff1YHE4LSrXNdqW5ZnfUxgky9SxPEQthxyVElR84lalZ/25vlXSlMEXIh2gJnwMV5ckn6TFoQe0gUeVvZDzOqQO1M1wZ8bXjMlUZwixwr7y1dWYuQ8YQle5RC5mlRbbjX+IttUK34LyN9JwO9c5+IOsbQMhLtzhU8t15cfQKet9fPJi2L4rJZaKth4MdtO0lEJjQaoLgMMDzvPshmC68pvABi3CPHMDlwLndAt75OHYwnukAB3nML64YgxqWu6T3d7J9EGd3rgHRXpAFqpXXCVg65cqpWQf35TszbIDheaLmj+S7porgKkmKNNWU786rUIprKXACwIDAQAB"
	vectorSig = "bb29f61ef721343d857db9b3b96848b1f81cc64dc516fdb25d8a01b89d1a72586acb75d714fa3c4e93e1518701924f1284068b536e81fb8bba9a6c8dbf78b0512e7f30ebf8c28c006cfd3184fe4eb93dd925f8a483f355c00e235cba04ce331cdbe9e073ec45e610b74fd4c588aace54b679916ba88bc4605100042b8e40540052b1736a7eb54cd692167b687ec8dce450032f605f5115dad21c995cb068fc6ff54dc6a9abcbe4a150d185ed48e187f863ea630c88f4058754d9a9a5665beace5baeae48620f1b136276c1a7089e6cfdbedc20f0c5c2e0da0c0a95496af3fb0cf487717f86fa72a004d37a777fc5826863fc4f5838de53558ef279b978900d06"
)

func vector() *digest {
	return &digest{
		uri: "s3://synthetic-bucket/" + vectorObject, sha256: fmt.Sprintf("%x", sha256.Sum256([]byte(vectorText))),
		chain: chainID{Account: "111122223333", Region: "us-east-2", Trail: "demo", HomeRegion: "us-east-1"},
		start: time.Date(2026, 1, 2, 2, 4, 5, 0, time.UTC), end: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		bucket: "synthetic-bucket", key: vectorObject, fingerprint: "0001a60382ad6b3743e7f2f2e9557672", signature: vectorSig, members: 1,
	}
}

func vectorKeys(t *testing.T, region, from, until string) []Key {
	t.Helper()
	keys, err := ParseKeys([]byte(`{"PublicKeyList":[{"Value":"`+vectorKey+`","ValidityStartTime":`+from+`,"ValidityEndTime":`+until+`,"Fingerprint":"not looked at"}]}`), region, "test")
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	return keys
}

func TestCheckVector(t *testing.T) {
	const from, until = `1767225600.0`, `"2026-02-01T00:00:00+01:00"` // as either version of the AWS CLI prints times
	for _, test := range []struct {
		name   string
		change func(d *digest)
		keys   []Key
		want   Kind
		good   bool
	}{
		{"as signed", func(*digest) {}, vectorKeys(t, "us-east-2", from, until), "", true},
		{"key of no known Region", func(*digest) {}, vectorKeys(t, "", from, until), "", true},
		{"signature in capitals", func(d *digest) { d.signature = strings.ToUpper(d.signature) }, vectorKeys(t, "", from, until), "", true},
		{"signature in the successor alone", func(d *digest) {
			d.signature, d.next = "", []*digest{{previous: previous{signature: vectorSig}}}
		}, vectorKeys(t, "", from, until), "", true},
		{"another signature in the successor", func(d *digest) {
			d.next = []*digest{{uri: "s3://b/next", previous: previous{signature: "00" + vectorSig[2:]}}}
		}, vectorKeys(t, "", from, until), ChainSignature, true},
		{"no signature", func(d *digest) { d.signature = "" }, vectorKeys(t, "", from, until), DigestUnprovable, false},
		{"a byte of the signature", func(d *digest) { d.signature = "00" + d.signature[2:] }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"no hexadecimal signature", func(d *digest) { d.signature = "xyz" }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"other bytes", func(d *digest) { d.sha256 = fmt.Sprintf("%064d", 0) }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"another place", func(d *digest) { d.bucket = "b"; d.uri = "s3://b/" + d.key }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"another end", func(d *digest) { d.end = d.end.Add(time.Second) }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"a predecessor", func(d *digest) { d.previous.signature = "ab" }, vectorKeys(t, "", from, until), DigestSignature, false},
		{"moved", func(d *digest) { d.uri = "s3://synthetic-bucket/AWSLogs/elsewhere.json.gz" }, vectorKeys(t, "", from, until), DigestMoved, false},
		{"copied", func(d *digest) { d.uri = "/evidence/disk 1/" + d.key }, vectorKeys(t, "", from, until), "", true},
		{"bytes behind it", func(d *digest) { d.members = 2 }, vectorKeys(t, "", from, until), DigestDamaged, false},
		{"no key", func(*digest) {}, nil, KeyUnknown, false},
		{"key of another Region", func(*digest) {}, vectorKeys(t, "us-east-1", from, until), KeyOfOtherRegion, false},
		{"key expired", func(*digest) {}, vectorKeys(t, "us-east-2", `1764547200`, `1767225600`), KeyExpired, false},
		{"key of later", func(*digest) {}, vectorKeys(t, "us-east-2", `1767400000`, `1769400000`), KeyExpired, false},
	} {
		d := vector()
		test.change(d)
		d.check(newKeyring(test.keys))
		if d.problem != test.want || d.good != test.good {
			t.Errorf("%s: %q (%s), good %v, want %q, %v", test.name, d.problem, d.detail, d.good, test.want, test.good)
		}
	}
}

func TestParseKeys(t *testing.T) {
	pkcs1, err := base64.StdEncoding.DecodeString(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKCS1PublicKey(pkcs1)
	if err != nil {
		t.Fatal(err)
	}
	pkix, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := newKey(pkix); err != nil || !k.public.Equal(public) || k.Fingerprint == "0001a60382ad6b3743e7f2f2e9557672" {
		t.Errorf("X.509: %+v, %v", k, err)
	}
	for _, text := range []string{
		"", "[]", "{}", `{"PublicKeyList":[{}]}`, `{"PublicKeyList":[{"Value":"!"}]}`, `{"PublicKeyList":[{"Value":"AAAA"}]}`,
		`{"PublicKeyList":[{"Value":"` + vectorKey + `"}]}`,
		`{"PublicKeyList":[{"Value":"` + vectorKey + `","ValidityStartTime":1e300,"ValidityEndTime":1}]}`,
		`{"PublicKeyList":[{"Value":"` + vectorKey + `","ValidityStartTime":2,"ValidityEndTime":1}]}`,
	} {
		if keys, err := ParseKeys([]byte(text), "", ""); err == nil {
			t.Errorf("%s: %+v", text, keys)
		}
	}
	if keys, err := ParseKeys([]byte(`{"PublicKeyList":[]}`), "", ""); err != nil || len(keys) != 0 {
		t.Errorf("an empty list: %+v, %v", keys, err)
	}
}

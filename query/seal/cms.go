package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// These are the structures of RFC 3161 and of the part of RFC 5652 (CMS) that it needs.

type messageImprint struct {
	HashAlgorithm pkix.AlgorithmIdentifier
	HashedMessage []byte
}

type stampRequest struct {
	Version int
	Imprint messageImprint
	Nonce   *big.Int
	CertReq bool
}

// The status of what is granted: PKIStatus.
const (
	granted         = 0
	grantedWithMods = 1
)

type stampResponse struct {
	Status struct {
		Status int
		Text   []asn1.RawValue `asn1:"optional"` // of UTF-8
		Fail   asn1.BitString  `asn1:"optional"`
	}
	Token asn1.RawValue `asn1:"optional"`
}

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content signedData `asn1:"explicit,tag:0"`
}

type signedData struct {
	Version          int
	DigestAlgorithms []pkix.AlgorithmIdentifier `asn1:"set"`
	Content          struct {
		Type asn1.ObjectIdentifier
		Info []byte `asn1:"explicit,tag:0"`
	}
	Certificates asn1.RawValue `asn1:"optional,tag:0"`
	Revoked      asn1.RawValue `asn1:"optional,tag:1"`
	Signers      []signerInfo  `asn1:"set"`
}

type signerInfo struct {
	Version int
	ID      struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	DigestAlgorithm    pkix.AlgorithmIdentifier
	Attributes         asn1.RawValue `asn1:"tag:0"`
	SignatureAlgorithm pkix.AlgorithmIdentifier
	Signature          []byte
	Unsigned           asn1.RawValue `asn1:"optional,tag:1"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue `asn1:"set"`
}

// stampInfo is what an authority signs.
type stampInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  messageImprint
	Serial   *big.Int
	Time     time.Time `asn1:"generalized"`
	Accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	} `asn1:"optional"`
	Ordering   bool          `asn1:"optional"`
	Nonce      *big.Int      `asn1:"optional"`
	Authority  asn1.RawValue `asn1:"optional,tag:0"`
	Extensions asn1.RawValue `asn1:"optional,tag:1"`
}

// certificateID names the certificate of the signer, so that no other one with the same key and
// name can be put in its place: RFC 2634 by SHA-1, RFC 5035 by others.
type certificateID struct {
	Certificates []struct {
		Hash   []byte
		Issuer asn1.RawValue `asn1:"optional"`
	}
}

type certificateIDv2 struct {
	Certificates []struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"` // SHA-256 where there is none
		Hash      []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}
}

var (
	oidSignedData      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidStampInfo       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificate     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidCertificateV2   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidRSA             = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidEd25519         = asn1.ObjectIdentifier{1, 3, 101, 112}
	null               = asn1.RawValue{Tag: asn1.TagNull, FullBytes: []byte{asn1.TagNull, 0}}
	errNotSigned       = errors.New("it was changed: the signature is of something else")
	errAlgorithm       = errors.New("it is signed in a way that is not known")
	errManyCertificate = errors.New("it has more certificates than one could need")
)

// maxCertificates is more than any authority has between itself and a root.
const maxCertificates = 10

// A digest is a hash with its names: of itself, and of signatures by it.
type digest struct {
	hash       crypto.Hash
	oid        asn1.ObjectIdentifier
	rsa, ecdsa asn1.ObjectIdentifier
	withRSA    x509.SignatureAlgorithm
	withECDSA  x509.SignatureAlgorithm
}

func digests() []digest {
	sha := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, n} }
	pkcs := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, n} }
	curve := func(n int) asn1.ObjectIdentifier { return asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, n} }
	return []digest{
		{crypto.SHA256, sha(1), pkcs(11), curve(2), x509.SHA256WithRSA, x509.ECDSAWithSHA256},
		{crypto.SHA384, sha(2), pkcs(12), curve(3), x509.SHA384WithRSA, x509.ECDSAWithSHA384},
		{crypto.SHA512, sha(3), pkcs(13), curve(4), x509.SHA512WithRSA, x509.ECDSAWithSHA512},
	}
}

func algorithmOf(hash crypto.Hash) pkix.AlgorithmIdentifier {
	for _, d := range digests() {
		if d.hash == hash {
			return pkix.AlgorithmIdentifier{Algorithm: d.oid, Parameters: null}
		}
	}
	panic("BUG: no such hash")
}

// plain reports whether an algorithm has no parameters.
func plain(a pkix.AlgorithmIdentifier) bool {
	return len(a.Parameters.FullBytes) == 0 || bytes.Equal(a.Parameters.FullBytes, null.FullBytes)
}

// digestOf finds a hash by its name.
func digestOf(a pkix.AlgorithmIdentifier) (digest, error) {
	for _, d := range digests() {
		if d.oid.Equal(a.Algorithm) && plain(a) {
			return d, nil
		}
	}
	return digest{}, fmt.Errorf("%w: by the hash %s", errAlgorithm, a.Algorithm)
}

// whole reads a structure that is all of the bytes.
func whole(der []byte, to any) error {
	rest, err := asn1.Unmarshal(der, to)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("there are %d bytes behind it", len(rest))
	}
	return err
}

// A token is a time stamp that is taken apart.
type token struct {
	signer       signerInfo
	content      []byte // the bytes of info
	info         stampInfo
	certificates []*x509.Certificate
}

// parseToken takes a token apart. Nothing is in it that is not looked at.
func parseToken(der []byte) (*token, error) {
	var c contentInfo
	if err := whole(der, &c); err != nil {
		return nil, fmt.Errorf("it is no time stamp: %w", err)
	}
	t := &token{content: c.Content.Content.Info}
	if !c.Type.Equal(oidSignedData) || !c.Content.Content.Type.Equal(oidStampInfo) || c.Content.Version != 3 || len(c.Content.Signers) != 1 {
		return nil, errors.New("it is signed, and is no time stamp")
	}
	t.signer = c.Content.Signers[0]
	if t.signer.Version != 1 || len(t.signer.Unsigned.FullBytes) > 0 || len(c.Content.Revoked.FullBytes) > 0 {
		return nil, errors.New("there is something in it that nothing covers")
	}
	for _, part := range [...]asn1.RawValue{c.Content.Certificates, t.signer.Attributes} {
		if len(part.FullBytes) > 0 && !part.IsCompound {
			return nil, errors.New("it is not in the one form that it can have (DER)")
		}
	}
	// Its members again have to be its bytes: numbers and lengths can be written in several ways.
	if again, err := asn1.Marshal(c); err != nil || !bytes.Equal(again, der) {
		return nil, errors.New("it is not in the one form that it can have (DER)")
	}
	used, err := digestOf(t.signer.DigestAlgorithm)
	if err != nil {
		return nil, err
	}
	if len(c.Content.DigestAlgorithms) != 1 || !c.Content.DigestAlgorithms[0].Algorithm.Equal(used.oid) || !plain(c.Content.DigestAlgorithms[0]) {
		return nil, errors.New("it names another hash than its signature")
	}
	if err := whole(t.content, &t.info); err != nil {
		return nil, fmt.Errorf("it is no time stamp: %w", err)
	}
	if t.certificates, err = x509.ParseCertificates(c.Content.Certificates.Bytes); err != nil {
		return nil, fmt.Errorf("its certificates cannot be read: %w", err)
	}
	if len(t.certificates) > maxCertificates {
		return nil, errManyCertificate
	}
	return t, nil
}

// check checks the signature, and returns the certificate of who made it.
func (t *token) check() (*x509.Certificate, error) {
	signer := t.certificate()
	if signer == nil {
		return nil, errors.New("the certificate of who signed it is not in it")
	}
	hash, err := digestOf(t.signer.DigestAlgorithm)
	if err != nil {
		return nil, err
	}
	// What is signed is the set of attributes, by the tag of one.
	set := bytes.Clone(t.signer.Attributes.FullBytes)
	set[0] = asn1.TagSet | 0x20
	var attributes []attribute
	if rest, err := asn1.UnmarshalWithParams(set, &attributes, "set"); err != nil || len(rest) > 0 {
		return nil, errors.New("what is signed of it cannot be read")
	}
	sum := hash.hash.New()
	sum.Write(t.content)
	var kind asn1.ObjectIdentifier
	var covered []byte
	if err := errors.Join(one(attributes, oidContentType, &kind), one(attributes, oidMessageDigest, &covered)); err != nil {
		return nil, err
	}
	if !kind.Equal(oidStampInfo) || !bytes.Equal(covered, sum.Sum(nil)) {
		return nil, errNotSigned
	}
	if err := named(attributes, signer); err != nil {
		return nil, err
	}
	way, err := t.way(hash, signer)
	if err != nil {
		return nil, err
	}
	if signer.CheckSignature(way, set, t.signer.Signature) != nil {
		return nil, errNotSigned
	}
	return signer, nil
}

// certificate is that of the signer, nil where it is not there.
func (t *token) certificate() *x509.Certificate {
	for _, c := range t.certificates {
		if bytes.Equal(c.RawIssuer, t.signer.ID.Issuer.FullBytes) && c.SerialNumber.Cmp(t.signer.ID.Serial) == 0 {
			return c
		}
	}
	return nil
}

// one reads the value of an attribute.
func one(attributes []attribute, kind asn1.ObjectIdentifier, to any) error {
	for _, a := range attributes {
		if a.Type.Equal(kind) {
			return whole(a.Values.Bytes, to)
		}
	}
	return fmt.Errorf("it does not sign %s", kind)
}

// named checks that a certificate is the one that the signed attributes name.
func named(attributes []attribute, c *x509.Certificate) error {
	var first certificateID
	var second certificateIDv2
	if one(attributes, oidCertificateV2, &second) == nil && len(second.Certificates) > 0 {
		id := second.Certificates[0]
		hash := digests()[0]
		if len(id.Algorithm.Algorithm) > 0 {
			var err error
			if hash, err = digestOf(id.Algorithm); err != nil {
				return err
			}
		}
		sum := hash.hash.New()
		sum.Write(c.Raw)
		if bytes.Equal(sum.Sum(nil), id.Hash) {
			return nil
		}
	} else if one(attributes, oidCertificate, &first) == nil && len(first.Certificates) > 0 {
		if sum := sha1.Sum(c.Raw); bytes.Equal(sum[:], first.Certificates[0].Hash) {
			return nil
		}
	}
	return errors.New("it does not name the certificate of who signed it")
}

// way is how the signature was made.
func (t *token) way(d digest, signer *x509.Certificate) (x509.SignatureAlgorithm, error) {
	a := t.signer.SignatureAlgorithm
	if plain(a) {
		switch signer.PublicKey.(type) {
		case *rsa.PublicKey:
			if a.Algorithm.Equal(d.rsa) || a.Algorithm.Equal(oidRSA) {
				return d.withRSA, nil
			}
		case *ecdsa.PublicKey:
			if a.Algorithm.Equal(d.ecdsa) {
				return d.withECDSA, nil
			}
		case ed25519.PublicKey:
			if a.Algorithm.Equal(oidEd25519) {
				return x509.PureEd25519, nil
			}
		}
	}
	return 0, fmt.Errorf("%w: by %s", errAlgorithm, a.Algorithm)
}

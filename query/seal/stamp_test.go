package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// An authority is one that stamps, and may be told to do it wrong.
type authority struct {
	t     *testing.T
	roots *x509.CertPool
	cert  *x509.Certificate
	key   *ecdsa.PrivateKey
	time  time.Time

	info func(*stampInfo)     // changes what is signed
	wrap func(*contentInfo)   // what is around it, when it is signed
	last func(*stampResponse) // the answer
	kind string
}

// newAuthority makes an authority whose certificate is for a use, and what vouches for it.
func newAuthority(t *testing.T, use x509.ExtKeyUsage) *authority {
	t.Helper()
	a := &authority{t: t, roots: x509.NewCertPool(), time: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), kind: "application/timestamp-reply"}
	certificate := func(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
		template.NotBefore, template.NotAfter = a.time.AddDate(-1, 0, 0), a.time.AddDate(1, 0, 0)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	rootKey := newKey()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	root = certificate(root, root, rootKey, rootKey)
	a.roots.AddCert(root)
	a.key = newKey()
	a.cert = certificate(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "authority"}, ExtKeyUsage: []x509.ExtKeyUsage{use}}, root, a.key, rootKey)
	return a
}

func (a *authority) marshal(v any) []byte {
	a.t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// set is a set of values.
func (a *authority) set(values ...[]byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: bytes.Join(values, nil)}
}

// stamp answers a request.
func (a *authority) stamp(question []byte) []byte {
	a.t.Helper()
	var request stampRequest
	if err := whole(question, &request); err != nil || !request.CertReq || request.Version != 1 {
		a.t.Errorf("request %x: %v", question, err)
	}
	// Policy is what the authority calls its rules.
	info := stampInfo{Version: 1, Policy: asn1.ObjectIdentifier{1, 2, 3}, Imprint: request.Imprint, Serial: big.NewInt(7), Time: a.time, Nonce: request.Nonce}
	if a.info != nil {
		a.info(&info)
	}
	content := a.marshal(info)
	sum, id := sha256.Sum256(content), certificateIDv2{}
	id.Certificates = append(id.Certificates, struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Hash      []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}{Hash: sha(a.cert.Raw)})
	attributes := a.marshal(struct {
		Set []attribute `asn1:"set"`
	}{[]attribute{
		{oidContentType, a.set(a.marshal(oidStampInfo))},
		{oidMessageDigest, a.set(a.marshal(sum[:]))},
		{oidCertificateV2, a.set(a.marshal(id))},
	}})
	var inner asn1.RawValue
	if _, err := asn1.Unmarshal(attributes, &inner); err != nil {
		a.t.Fatal(err)
	}
	set := inner.Bytes
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, sha(set))
	if err != nil {
		a.t.Fatal(err)
	}
	tagged := bytes.Clone(set)
	tagged[0] = 0xa0
	one := signerInfo{
		Version: 1, DigestAlgorithm: algorithmOf(crypto.SHA256), Attributes: asn1.RawValue{FullBytes: tagged},
		SignatureAlgorithm: pkix.AlgorithmIdentifier{Algorithm: digests()[0].ecdsa}, Signature: signature,
	}
	one.ID.Issuer, one.ID.Serial = asn1.RawValue{FullBytes: a.cert.RawIssuer}, a.cert.SerialNumber
	token := contentInfo{Type: oidSignedData, Content: signedData{
		Version: 3, DigestAlgorithms: []pkix.AlgorithmIdentifier{algorithmOf(crypto.SHA256)}, Signers: []signerInfo{one},
		Certificates: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: a.cert.Raw},
	}}
	token.Content.Content.Type, token.Content.Content.Info = oidStampInfo, content
	if a.wrap != nil {
		a.wrap(&token)
	}
	response := stampResponse{Token: asn1.RawValue{FullBytes: a.marshal(token)}}
	if a.last != nil {
		a.last(&response)
	}
	return a.marshal(response)
}

func sha(text []byte) []byte {
	sum := sha256.Sum256(text)
	return sum[:]
}

// serve answers by HTTP.
func (a *authority) serve() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		question, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Content-Type") != "application/timestamp-query" {
			a.t.Errorf("asked with %q: %v", r.Header.Get("Content-Type"), err)
		}
		w.Header().Set("Content-Type", a.kind)
		w.Write(a.stamp(question))
	}))
	a.t.Cleanup(server.Close)
	return server.URL
}

func TestStamp(t *testing.T) {
	text := []byte("what is stamped")
	a := newAuthority(t, x509.ExtKeyUsageTimeStamping)
	file, err := RequestStamp(t.Context(), a.serve(), text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := CheckStamp(file, text, a.roots)
	if err != nil || s.Trusted != nil || !s.Time.Equal(a.time) || s.Authority != "CN=authority" || s.Serial.Int64() != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := CheckStamp(file, []byte("another"), a.roots); err == nil || !strings.Contains(err.Error(), "another text") {
		t.Errorf("of another text: %v", err)
	}
	if s, err := CheckStamp(file, text, x509.NewCertPool()); err != nil || s.Trusted == nil {
		t.Errorf("nobody vouches: %+v, %v", s, err)
	}
	checkEachByte(t, file, text, a.roots)

	// One who was told to vouch for servers does not stamp.
	other := newAuthority(t, x509.ExtKeyUsageServerAuth)
	file, err = RequestStamp(t.Context(), other.serve(), text)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := CheckStamp(file, text, other.roots); err != nil || s.Trusted == nil {
		t.Errorf("of a server: %+v, %v", s, err)
	}
}

// checkEachByte changes a stamp byte by byte, which is to be seen each time.
func checkEachByte(t *testing.T, file, text []byte, roots *x509.CertPool) {
	t.Helper()
	for i := range file {
		for _, bit := range []byte{1, 0x20} {
			changed := bytes.Clone(file)
			changed[i] ^= bit
			if s, err := CheckStamp(changed, text, roots); err == nil && s.Trusted == nil {
				t.Errorf("byte %d of %d may be %#x", i, len(file), changed[i])
			}
		}
	}
	for _, more := range [][]byte{append(bytes.Clone(file), 0), file[:len(file)-1], nil} {
		if _, err := CheckStamp(more, text, roots); err == nil {
			t.Errorf("%d bytes of %d do as well", len(more), len(file))
		}
	}
}

// What an authority, or somebody on the way, does wrong is not kept.
func TestStampsThatAreNone(t *testing.T) {
	for want, wrong := range map[string]func(a *authority){
		"another request": func(a *authority) {
			a.info = func(i *stampInfo) { i.Nonce = new(big.Int).Add(i.Nonce, big.NewInt(1)) }
		},
		"answer to another": func(a *authority) { a.info = func(i *stampInfo) { i.Nonce = nil } },
		"of another text":   func(a *authority) { a.info = func(i *stampInfo) { i.Imprint = imprintOf([]byte("y")) } },
		"signature is of":   func(a *authority) { a.wrap = func(c *contentInfo) { c.Content.Signers[0].Signature[9] ^= 1 } },
		"something else": func(a *authority) {
			a.wrap = func(c *contentInfo) { c.Content.Content.Info[len(c.Content.Content.Info)-1] ^= 1 }
		},
		"is not in it":     func(a *authority) { a.wrap = func(c *contentInfo) { c.Content.Certificates.Bytes = nil } },
		"is no time stamp": func(a *authority) { a.wrap = func(c *contentInfo) { c.Content.Signers = nil } },
		"nothing covers": func(a *authority) {
			a.wrap = func(c *contentInfo) { c.Content.Signers[0].Unsigned = asn1.RawValue{FullBytes: []byte{0xa1, 0}} }
		},
		"names another hash": func(a *authority) {
			a.wrap = func(c *contentInfo) { c.Content.DigestAlgorithms[0] = algorithmOf(crypto.SHA384) }
		},
		"way that is not": func(a *authority) {
			a.wrap = func(c *contentInfo) { c.Content.Signers[0].SignatureAlgorithm.Algorithm = oidRSA }
		},
		"refuses: status 2": func(a *authority) {
			a.last = func(r *stampResponse) {
				r.Status.Status, r.Status.Text = 2, []asn1.RawValue{{Tag: asn1.TagUTF8String, Bytes: []byte("busy")}}
			}
		},
		"status 0":           func(a *authority) { a.last = func(r *stampResponse) { r.Token = asn1.RawValue{} } },
		`"text/html", which`: func(a *authority) { a.kind = "text/html; charset=utf-8" },
	} {
		a := newAuthority(t, x509.ExtKeyUsageTimeStamping)
		wrong(a)
		if file, err := RequestStamp(t.Context(), a.serve(), []byte("x")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %d bytes, %v", want, len(file), err)
		}
	}
	for _, url := range []string{"", "host", "ftp://host/", "http://", "file:///etc/passwd"} {
		if _, err := RequestStamp(t.Context(), url, nil); err == nil || CheckURL(url) == nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// One that was granted with changes is kept as one that was granted.
func TestStampWithMods(t *testing.T) {
	a := newAuthority(t, x509.ExtKeyUsageTimeStamping)
	a.last = func(r *stampResponse) {
		r.Status.Status, r.Status.Text = grantedWithMods, []asn1.RawValue{{Tag: asn1.TagUTF8String, Bytes: []byte("as you like")}}
	}
	file, err := RequestStamp(t.Context(), a.serve(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := CheckStamp(file, []byte("x"), a.roots); err != nil {
		t.Error(err)
	}
}

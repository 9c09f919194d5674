package seal

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	_ "crypto/sha512" // stamps may be signed with it
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net/http"
	"net/url"
	"time"
)

const (
	// maxStampBytes bounds an answer: a stamp has some KB, and certificates of 2 KB each.
	maxStampBytes = 1 << 20
	// stampWait is how long an authority may take: it answers within a second.
	stampWait = 60 * time.Second
	// nonceBits make a nonce that nobody guesses.
	nonceBits = 128
)

// A Stamp is what a time stamp says.
type Stamp struct {
	Time      time.Time
	Authority string // the name in the certificate that signed it
	Serial    *big.Int
	// Trusted is why nothing vouches for the authority; nil where one of the roots does.
	Trusted error
	nonce   *big.Int
}

// CheckURL reports as an error that a URL is none to ask for time stamps.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no URL of a time stamp authority: it begins with http:// or https://", text)
	}
	return nil
}

// RequestStamp asks an authority for the time stamp of a text: the SHA-256 of it goes there, and
// nothing else. The answer is checked, but for whether somebody vouches for the authority.
func RequestStamp(ctx context.Context, authority string, text []byte) ([]byte, error) {
	if err := CheckURL(authority); err != nil {
		return nil, err
	}
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), nonceBits))
	if err != nil {
		return nil, err
	}
	question, err := asn1.Marshal(stampRequest{Version: 1, Imprint: imprintOf(text), Nonce: nonce, CertReq: true})
	if err != nil {
		return nil, err
	}
	answer, err := post(ctx, authority, question)
	if err != nil {
		return nil, err
	}
	var r stampResponse
	if err := whole(answer, &r); err != nil {
		return nil, fmt.Errorf("%s: the answer is no time stamp: %w", authority, err)
	}
	if r.Status.Status != granted && r.Status.Status != grantedWithMods || len(r.Token.FullBytes) == 0 {
		var why []string
		for _, text := range r.Status.Text {
			why = append(why, string(text.Bytes))
		}
		return nil, fmt.Errorf("%s refuses: status %d %q", authority, r.Status.Status, why)
	}
	// No signature covers the status. It is kept as plain as it can be.
	kept, err := asn1.Marshal(stampResponse{Token: r.Token})
	if err != nil {
		return nil, err
	}
	stamp, err := CheckStamp(kept, text, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", authority, err)
	}
	if stamp.nonce == nil || stamp.nonce.Cmp(nonce) != 0 {
		return nil, fmt.Errorf("%s: the time stamp is the answer to another request", authority)
	}
	return kept, nil
}

// post asks by HTTP, as section 3.4 of RFC 3161 says.
func post(ctx context.Context, authority string, question []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, stampWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, authority, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/timestamp-query")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if response.StatusCode != http.StatusOK || kind != "application/timestamp-reply" {
		return nil, fmt.Errorf("%s answers with %s and %q, which is no time stamp", authority, response.Status, kind)
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxStampBytes+1))
	if err == nil && len(answer) > maxStampBytes {
		err = fmt.Errorf("%s answers with more than %d bytes, which is no time stamp", authority, maxStampBytes)
	}
	return answer, err
}

// CheckStamp checks that a file is a time stamp of a text. With roots it says whether these vouch
// for who made it.
func CheckStamp(file, text []byte, roots *x509.CertPool) (*Stamp, error) {
	var r stampResponse
	if err := whole(file, &r); err != nil {
		return nil, fmt.Errorf("it is no time stamp: %w", err)
	}
	if plain, err := asn1.Marshal(stampResponse{Token: r.Token}); err != nil || !bytes.Equal(plain, file) {
		return nil, errors.New("its status is not that of a time stamp that was granted")
	}
	token, err := parseToken(r.Token.FullBytes)
	if err != nil {
		return nil, err
	}
	if want := imprintOf(text); token.info.Imprint.HashAlgorithm.Algorithm.String() != want.HashAlgorithm.Algorithm.String() ||
		!bytes.Equal(token.info.Imprint.HashedMessage, want.HashedMessage) {
		return nil, errors.New("it is of another text")
	}
	signer, err := token.check()
	if err != nil {
		return nil, err
	}
	s := &Stamp{Time: token.info.Time.UTC(), Authority: signer.Subject.String(), Serial: token.info.Serial, nonce: token.info.Nonce}
	s.Trusted = token.vouched(signer, roots)
	return s, nil
}

// vouched reports as an error that the roots do not vouch for a certificate. Each certificate that
// is there has to be one of those that lead to a root: others are covered by nothing.
func (t *token) vouched(signer *x509.Certificate, roots *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range t.certificates {
		between.AddCert(c)
	}
	chains, err := signer.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: t.info.Time,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return err
	}
	for _, c := range t.certificates {
		used := false
		for _, chain := range chains {
			for _, link := range chain {
				used = used || link.Equal(c)
			}
		}
		if !used {
			return fmt.Errorf("the certificate of %q in it is not one that leads to a root", c.Subject)
		}
	}
	return nil
}

func imprintOf(text []byte) messageImprint {
	sum := sha256.Sum256(text)
	return messageImprint{HashAlgorithm: algorithmOf(crypto.SHA256), HashedMessage: sum[:]}
}

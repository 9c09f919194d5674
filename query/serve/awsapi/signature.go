package awsapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signature Version 4, as "Create a signed AWS API request" and, for S3, "Authenticating
// Requests: Using Query Parameters" have it. A request is put into one text again, the
// canonical request, as the client did, and what the key makes of that has to be what the
// client says.

const (
	algorithm  = "AWS4-HMAC-SHA256"
	stampForm  = "20060102T150405Z"
	maxSkew    = 5 * time.Minute
	maxExpires = 7 * 24 * time.Hour // of presigned requests
	unsigned   = "UNSIGNED-PAYLOAD"
)

// signingFault is why a signature is not taken.
type signingFault int

const (
	noSignature        signingFault = iota // there is none
	incomplete                             // something is missing in it, or is not what it should be
	unknownKey                             // it is by another access key
	wrongSignature                         // it is another one
	wrongPayload                           // the body is not the one that was signed
	notNow                                 // it was made at another time
	presignedIsExpired                     // it was for a time that has gone by
)

// fault makes an error of why a signature is not taken: the names that AWS's JSON services
// have for it, and those of S3's.
func (f signingFault) fault(isS3 bool, detail string) *apiError {
	names := [...]struct{ json, s3, message string }{
		noSignature:        {"MissingAuthenticationTokenException", "AccessDenied", "Missing Authentication Token"},
		incomplete:         {"IncompleteSignatureException", "AuthorizationHeaderMalformed", "The signature is incomplete"},
		unknownKey:         {"UnrecognizedClientException", "InvalidAccessKeyId", "The security token included in the request is invalid."},
		wrongSignature:     {"InvalidSignatureException", "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method."},
		wrongPayload:       {"InvalidSignatureException", "XAmzContentSHA256Mismatch", "The provided x-amz-content-sha256 header does not match what was computed."},
		notNow:             {"RequestExpired", "RequestTimeTooSkewed", "The difference between the request time and the current time is too large"},
		presignedIsExpired: {"RequestExpired", "AccessDenied", "Request has expired"},
	}[f]
	e := &apiError{status: http.StatusBadRequest, code: names.json, message: names.message}
	if isS3 {
		e.status, e.code = http.StatusForbidden, names.s3
	}
	if detail != "" {
		e.message += ": " + detail
	}
	return e
}

// A credential is what a signature says that it is by: AKID/20260302/us-east-1/service/aws4_request.
type credential struct{ key, day, region, service string }

func (c credential) scope() string { return c.day + "/" + c.region + "/" + c.service + "/aws4_request" }

func parseCredential(text string) (c credential, ok bool) {
	parts := strings.Split(text, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" || slices.Contains(parts, "") {
		return c, false
	}
	return credential{parts[0], parts[1], parts[2], parts[3]}, true
}

// A signature is what a request says of its own.
type signature struct {
	credential
	headers []string // that are signed, in lower case and in order
	hex     string
	at      time.Time
	expires time.Duration // of a presigned one
}

// presigned reports whether the signature of a request is in its query.
func presigned(r *http.Request) bool { return strings.Contains(r.URL.RawQuery, "X-Amz-Signature=") }

// readSignature reads the signature of a request.
func readSignature(r *http.Request, isS3 bool) (s signature, fault *apiError) {
	var scope, headers, stamp string
	switch authorization := r.Header.Get("Authorization"); {
	case presigned(r):
		q := r.URL.Query()
		if q.Get("X-Amz-Algorithm") != algorithm {
			return s, incomplete.fault(isS3, "X-Amz-Algorithm")
		}
		scope, headers, stamp, s.hex = q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Date"), q.Get("X-Amz-Signature")
		seconds, err := strconv.Atoi(q.Get("X-Amz-Expires"))
		s.expires = time.Duration(seconds) * time.Second
		if err != nil || seconds < 1 || seconds > int(maxExpires/time.Second) {
			return s, incomplete.fault(isS3, "X-Amz-Expires")
		}
	case authorization == "":
		return s, noSignature.fault(isS3, "")
	default:
		list, ok := strings.CutPrefix(authorization, algorithm+" ")
		if !ok {
			return s, incomplete.fault(isS3, "the algorithm is not "+algorithm)
		}
		for part := range strings.SplitSeq(list, ",") {
			switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
			case "Credential":
				scope = value
			case "SignedHeaders":
				headers = value
			case "Signature":
				s.hex = value
			}
		}
		stamp = r.Header.Get("X-Amz-Date")
	}
	var ok bool
	if s.credential, ok = parseCredential(scope); !ok {
		return s, incomplete.fault(isS3, "Credential")
	}
	var err error
	if s.at, err = time.Parse(stampForm, stamp); err != nil || s.day != stamp[:8] {
		return s, incomplete.fault(isS3, "X-Amz-Date")
	}
	s.headers = strings.Split(headers, ";")
	if fault := s.checkHeaders(r, isS3); fault != nil {
		return s, fault
	}
	return s, nil
}

// checkHeaders sees to it that whatever AWS wants to be signed is.
func (s *signature) checkHeaders(r *http.Request, isS3 bool) *apiError {
	if !slices.IsSorted(s.headers) || !slices.Contains(s.headers, "host") {
		return incomplete.fault(isS3, "SignedHeaders")
	}
	for name := range r.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-amz-") && !slices.Contains(s.headers, name) {
			return incomplete.fault(isS3, name+" is not among SignedHeaders")
		}
	}
	return nil
}

// checkSignature checks that a request is signed by whom it may be, now and as it is.
func checkSignature(r *http.Request, body []byte, accessKey, secret string, now time.Time, isS3 bool) *apiError {
	s, fault := readSignature(r, isS3)
	if fault != nil {
		return fault
	}
	if subtle.ConstantTimeCompare([]byte(s.key), []byte(accessKey)) == 0 {
		return unknownKey.fault(isS3, "")
	}
	switch age := now.Sub(s.at); {
	case s.expires > 0 && age > s.expires:
		return presignedIsExpired.fault(isS3, "")
	case age < -maxSkew || s.expires == 0 && age > maxSkew:
		return notNow.fault(isS3, s.at.Format(stampForm)+", and it is "+now.UTC().Format(stampForm))
	}
	hash := sha256.Sum256(body)
	payload := hex.EncodeToString(hash[:])
	switch given := r.Header.Get("X-Amz-Content-Sha256"); {
	case s.expires > 0, isS3 && given == unsigned:
		payload = unsigned
	case given != "" && given != payload:
		return wrongPayload.fault(isS3, "")
	}
	want := s.sign(canonicalRequest(r, &s, payload), secret)
	if got, err := hex.DecodeString(s.hex); err != nil || !hmac.Equal(got, want) {
		return wrongSignature.fault(isS3, "")
	}
	return nil
}

// sign is the signature of a canonical request.
func (s *signature) sign(canonical []byte, secret string) []byte {
	hash := sha256.Sum256(canonical)
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.day, s.region, s.service, "aws4_request"} {
		key = hmacOf(key, part)
	}
	return hmacOf(key, algorithm+"\n"+s.at.Format(stampForm)+"\n"+s.scope()+"\n"+hex.EncodeToString(hash[:]))
}

func hmacOf(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// canonicalRequest is the text that is signed.
func canonicalRequest(r *http.Request, s *signature, payload string) []byte {
	var b bytes.Buffer
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	if s.service != "s3" { // all others escape once more what is escaped
		path = escape(path, true)
	}
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r.URL.RawQuery) + "\n")
	for _, name := range s.headers {
		b.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + payload)
	return b.Bytes()
}

// canonicalQuery sorts the parts of a query, but for its signature, and escapes them all in
// one way.
func canonicalQuery(raw string) string {
	var pairs [][2]string
	for part := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(part, "=")
		if part == "" || name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, [2]string{escape(unescape(name), false), escape(unescape(value), false)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var b strings.Builder
	for i, pair := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(pair[0] + "=" + pair[1])
	}
	return b.String()
}

// unescape is a part of a query as it is meant; what cannot be read stays as it is, and
// then no signature fits.
func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

// escape escapes all but what RFC 3986 calls unreserved.
func escape(text string, keepSlash bool) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0, c == '/' && keepSlash:
			b.WriteByte(c)
		default:
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}

// headerValue is a header as it is signed: several of one name behind commas, and white
// space as one space.
func headerValue(r *http.Request, name string) string {
	switch name { // which Go takes out of the headers
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	case "transfer-encoding":
		return strings.Join(r.TransferEncoding, ",")
	}
	var values []string
	for _, value := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' }), " "))
	}
	return strings.Join(values, ",")
}

package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

var signer = v4.NewSigner()

var testCredentials = aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// received is a request as a server gets it that a client sends.
func received(t testing.TB, sent *http.Request) *http.Request {
	t.Helper()
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = r.Clone(context.Background())
		got.Body = io.NopCloser(bytes.NewReader(body))
	}))
	defer server.Close()
	// The URL that was signed stays as it is, but for where it goes.
	transport := &http.Transport{Proxy: nil}
	defer transport.CloseIdleConnections()
	out := sent.Clone(context.Background())
	out.Host = sent.Host
	if out.Host == "" {
		out.Host = sent.URL.Host
	}
	out.URL.Scheme, out.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
	answer, err := transport.RoundTrip(out)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return got
}

// What AWS's own signer signs is taken, whatever the path, the query and the headers are.
func TestSignatureOfSDK(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		method, url, body string
		headers           http.Header
		service           string
	}{
		{"POST", "http://127.0.0.1:7007/", `{"MaxResults":1}`, nil, "cloudtrail"},
		{"POST", "http://127.0.0.1:7007", ``, nil, "cloudtrail"},
		{"POST", "http://example.org/", `{}`, http.Header{"X-Amz-Target": {"AmazonAthena.GetQueryExecution"}, "Content-Type": {jsonType}}, "athena"},
		{"POST", "http://example.org/a%20b/c%2Fd/é/~x/%7e/./../e", `{}`, nil, "cloudtrail"},
		{"POST", "http://example.org/a//b/", `{}`, nil, "cloudtrail"},
		{"POST", "http://example.org/?b=2&a=1&a=0&c&d=&é=%20&e=a%2Bb&f=a%3Db&B=%26&g=~-_.!*'()", `{}`, nil, "cloudtrail"},
		{"POST", "http://example.org/", `{}`, http.Header{"X-Amz-Meta-Odd": {"  a   b  ", "c,d"}, "X-Amz-Security-Token": {"t"}, "X-Amz-Empty": {""}}, "cloudtrail"},
		{"GET", "http://example.org/bucket/a%20b/c%2Fd/%C3%A9/~x/+/=/$/k.csv", "", nil, "s3"},
		{"GET", "http://example.org/bucket//a/./b/../k.csv", "", nil, "s3"},
		{"GET", "http://example.org/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F&encoding-type=url", "", nil, "s3"},
		{"HEAD", "http://example.org/bucket/k.csv", "", http.Header{"Range": {"bytes=0-9"}}, "s3"},
	} {
		r, err := http.NewRequest(c.method, c.url, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range c.headers {
			r.Header[name] = values
		}
		isS3 := c.service == "s3"
		if isS3 {
			r.Header.Set("X-Amz-Content-Sha256", hashOf(c.body))
		}
		plain := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = isS3 }
		if err := signer.SignHTTP(t.Context(), testCredentials, r, hashOf(c.body), c.service, "eu-west-1", now, plain); err != nil {
			t.Fatal(err)
		}
		got := received(t, r)
		if fault := checkSignature(got, []byte(c.body), testKey, testSecret, now, isS3); fault != nil {
			t.Errorf("%s %s %v: %v\n%s", c.method, c.url, c.headers, fault, got.Header.Get("Authorization"))
		}
		if fault := checkSignature(got, []byte(c.body), testKey, testSecret+" ", now, isS3); fault == nil {
			t.Errorf("%s %s: taken with another secret", c.method, c.url)
		}
	}
}

// Presigned requests of S3 are taken for as long as they say.
func TestPresigned(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	r, err := http.NewRequest("GET", "http://example.org/bucket/a%20b/k.csv?X-Amz-Expires=600&x=%2F", nil)
	if err != nil {
		t.Fatal(err)
	}
	plain := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
	uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), testCredentials, r, unsigned, "s3", "eu-west-1", now, plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url  string
		at   time.Duration
		code string
	}{
		{uri, 0, ""},
		{uri, 599 * time.Second, ""},
		{uri, 601 * time.Second, "AccessDenied"},
		{uri, -6 * time.Minute, "RequestTimeTooSkewed"},
		{strings.Replace(uri, "k.csv", "l.csv", 1), 0, "SignatureDoesNotMatch"},
		{strings.Replace(uri, "Expires=600", "Expires=601", 1), 0, "SignatureDoesNotMatch"},
		{strings.Replace(uri, "Expires=600", "Expires=9999999", 1), 0, "AuthorizationHeaderMalformed"},
		{uri + "&y=1", 0, "SignatureDoesNotMatch"},
	} {
		r, err := http.NewRequest("GET", c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		fault := checkSignature(received(t, r), nil, testKey, testSecret, now.Add(c.at), true)
		if got := codeOf(fault); got != c.code {
			t.Errorf("%s after %s: %q, not %q", c.url, c.at, got, c.code)
		}
	}
}

func codeOf(e *apiError) string {
	if e == nil {
		return ""
	}
	return e.code
}

// Whatever is changed on the way is noticed, and said by AWS's names.
func TestSignatureTampered(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	const body = `{"MaxResults":1}`
	for name, c := range map[string]struct {
		change func(*http.Request)
		body   string
		after  time.Duration
		code   string
	}{
		"nothing":         {nil, body, 0, ""},
		"later":           {nil, body, 5 * time.Minute, ""},
		"too late":        {nil, body, 5*time.Minute + time.Second, "RequestExpired"},
		"too early":       {nil, body, -5*time.Minute - time.Second, "RequestExpired"},
		"body":            {nil, `{"MaxResults":2}`, 0, "InvalidSignatureException"},
		"no signature":    {func(r *http.Request) { r.Header.Del("Authorization") }, body, 0, "MissingAuthenticationTokenException"},
		"another way":     {func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, body, 0, "IncompleteSignatureException"},
		"only the way":    {func(r *http.Request) { r.Header.Set("Authorization", algorithm+" ") }, body, 0, "IncompleteSignatureException"},
		"another key":     {edit("Authorization", testKey, "AKIAIOSFODNN7EXAMPLE"), body, 0, "UnrecognizedClientException"},
		"part of the key": {edit("Authorization", testKey, testKey[:10]), body, 0, "UnrecognizedClientException"},
		"another day":     {edit("Authorization", "20260302", "20260303"), body, 0, "IncompleteSignatureException"},
		"another Region":  {edit("Authorization", "eu-west-1", "us-east-1"), body, 0, "InvalidSignatureException"},
		"another service": {edit("Authorization", "/cloudtrail/", "/athena/"), body, 0, "InvalidSignatureException"},
		"the date":        {edit("X-Amz-Date", "120000", "120001"), body, 0, "InvalidSignatureException"},
		"no date":         {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, body, 0, "IncompleteSignatureException"},
		"the operation":   {edit("X-Amz-Target", "LookupEvents", "DescribeTrails"), body, 0, "InvalidSignatureException"},
		"the host":        {func(r *http.Request) { r.Host = "evil.example" }, body, 0, "InvalidSignatureException"},
		"the path":        {func(r *http.Request) { r.URL.Path = "/x" }, body, 0, "InvalidSignatureException"},
		"the query":       {func(r *http.Request) { r.URL.RawQuery = "x=1" }, body, 0, "InvalidSignatureException"},
		"one header more": {func(r *http.Request) { r.Header.Set("X-Amz-Security-Token", "t") }, body, 0, "IncompleteSignatureException"},
		"host not signed": {edit("Authorization", "host;", ""), body, 0, "IncompleteSignatureException"},
		"another hash":    {func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hashOf("x")) }, body, 0, "IncompleteSignatureException"},
		"no hex":          {edit("Authorization", "Signature=", "Signature=zz"), body, 0, "InvalidSignatureException"},
		"cut":             {func(r *http.Request) { a := r.Header.Get("Authorization"); r.Header.Set("Authorization", a[:len(a)-2]) }, body, 0, "InvalidSignatureException"},
	} {
		r, err := http.NewRequest("POST", "http://127.0.0.1:7007/", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", cloudTrailTarget+"LookupEvents")
		if err := signer.SignHTTP(t.Context(), testCredentials, r, hashOf(body), "cloudtrail", "eu-west-1", now); err != nil {
			t.Fatal(err)
		}
		got := received(t, r)
		if c.change != nil {
			c.change(got)
		}
		if code := codeOf(checkSignature(got, []byte(c.body), testKey, testSecret, now.Add(c.after), false)); code != c.code {
			t.Errorf("%s: %q, not %q", name, code, c.code)
		}
	}
}

// edit changes a header.
func edit(header, from, to string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(header, strings.Replace(r.Header.Get(header), from, to, 1)) }
}

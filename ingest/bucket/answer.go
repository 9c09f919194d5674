package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// What a server may answer. It need not be AWS, and need not mean well: an answer without
// an end must not take the machine, and one that hardly moves must not take the day.
const (
	// A page has 1,000 keys of 1,024 bytes at most. Of those, each takes six in XML at
	// worst; what else is said of a key, and of the page, is less than another 1,024.
	maxPageBytes = 1000*(6*1024+1024) + 64<<10

	// The same page has a dozen elements for each key, with a tag at both ends. Tags are
	// limited because the decoder holds one for each level of nesting, and each attribute
	// of one, at many times their length.
	maxPageTags = 64 * 1000
	maxTagBytes = 1 << 10

	// Errors have some hundred bytes, headers some thousand.
	maxErrorBytes  = 64 << 10
	maxHeaderBytes = 256 << 10

	// A connection that delivers less than this in stallTimeout is as good as dead. With
	// 256 objects on their way at once, that is a line of 35 KB/s.
	minBytes = 4 << 10

	// A page that takes so long is one that the server does not mean to end.
	pageTimeout = 5 * time.Minute

	maxRedirects = 5
)

// A guard holds the answers of a server to their limits.
type guard struct {
	s3.HTTPClient
	window, page time.Duration // stallTimeout and pageTimeout
}

func newGuard(client s3.HTTPClient) *guard {
	if buildable, ok := client.(*awshttp.BuildableClient); ok {
		client = buildable.Freeze()
	}
	if plain, ok := client.(*http.Client); ok {
		limited := *plain
		limited.CheckRedirect = checkRedirect(plain.CheckRedirect)
		client = &limited
	}
	return &guard{client, stallTimeout, pageTimeout}
}

func (g *guard) Do(r *http.Request) (*http.Response, error) {
	response, err := g.HTTPClient.Do(r)
	if err != nil {
		return response, err
	}
	b := &body{ReadCloser: response.Body, window: g.window, most: math.MaxInt64, longest: math.MaxInt64}
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		b.most = maxErrorBytes
	case strings.Contains(r.URL.RawQuery, "list-type="), strings.Contains(r.URL.RawQuery, "versions"):
		b.most, b.longest, b.tags = maxPageBytes, g.page, new(tags)
	}
	response.Body = b
	return response, nil
}

// A body is that of an answer. What is wrong with it ends it: to drain it ends as well.
type body struct {
	io.ReadCloser
	most            int64         // bytes
	longest, window time.Duration // of waiting
	tags            *tags         // of a page; else nil

	read, recent  int64         // bytes: in all, and in the window
	waited, since time.Duration // in all, and in the window
	err           error
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	began := time.Now()
	n, err := b.ReadCloser.Read(p)
	took := time.Since(began) // only to wait for the server counts
	b.read, b.recent = b.read+int64(n), b.recent+int64(n)
	b.waited, b.since = b.waited+took, b.since+took
	switch {
	case b.read > b.most:
		b.err = &answerError{fmt.Sprintf("the answer is longer than %d bytes", b.most)}
	case err != nil: // its end, perhaps
	case b.waited > b.longest:
		b.err = &answerError{fmt.Sprintf("the answer has no end after %s", b.longest)}
	case b.since >= b.window && b.recent < minBytes:
		b.err = &answerError{fmt.Sprintf("the connection delivered %d bytes in %s", b.recent, b.window)}
	case b.since >= b.window:
		b.recent, b.since = 0, 0
	}
	if b.err == nil && b.tags != nil {
		b.err = b.tags.add(p[:n])
	}
	if b.err != nil {
		return 0, b.err
	}
	return n, err
}

// An answerError is an answer, or a part of one, that cannot be waited for or held.
type answerError struct{ what string }

func (e *answerError) Error() string { return e.what }

// tags counts the tags of an XML document.
type tags struct {
	n, length int
	within    bool
	quote     byte // of the attribute that it is within
}

func (t *tags) add(data []byte) error {
	for len(data) > 0 {
		if !t.within {
			i := bytes.IndexByte(data, '<')
			if i < 0 {
				return nil
			}
			data = data[i+1:]
			t.within, t.length = true, 0
			if t.n++; t.n > maxPageTags {
				return &answerError{fmt.Sprintf("the answer has more than %d tags", maxPageTags)}
			}
			continue
		}
		c := data[0]
		data = data[1:]
		t.length++
		switch {
		case t.length == 1 && c == '!':
			return &answerError{"the answer has what no listing has: <!"}
		case t.length > maxTagBytes:
			return &answerError{fmt.Sprintf("the answer has a tag of more than %d bytes", maxTagBytes)}
		case t.quote != 0:
			if c == t.quote {
				t.quote = 0
			}
		case c == '"' || c == '\'':
			t.quote = c
		case c == '>':
			t.within = false
		}
	}
	return nil
}

// s3Hosts are the names of S3's endpoints: bucket, feature, Region, domain.
var s3Hosts = regexp.MustCompile(`^(?:.+\.)?s3(?:-[a-z0-9-]+)?(?:\.dualstack)?(?:\.[a-z0-9-]+)?\.(amazonaws\.com(?:\.cn)?|sc2s\.sgov\.gov|c2s\.ic\.gov)$`)

// checkRedirect follows a redirect to the same server, and of S3 to another endpoint of
// its domain: the bucket's Region, say. Whom a server names beyond that gets nothing.
func checkRedirect(next func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if next != nil {
			if err := next(r, via); err != nil {
				return err
			}
		}
		from, to := via[0].URL, r.URL
		if len(via) > maxRedirects {
			return &redirectError{fmt.Sprintf("the server redirects more than %d times", maxRedirects)}
		}
		if from.Scheme == to.Scheme && from.Host == to.Host {
			return nil
		}
		a, b := s3Hosts.FindStringSubmatch(from.Host), s3Hosts.FindStringSubmatch(to.Host)
		switch {
		case a == nil || b == nil || a[1] != b[1] || to.Scheme != "https":
			return &redirectError{fmt.Sprintf("the server redirects to %s, where nobody is asked", to.Host)}
		case via[0].Header.Get("Authorization") != "":
			return http.ErrUseLastResponse // a signature is for one host: S3's answer says which Region to sign for
		}
		return nil
	}
}

// A redirectError says where a redirect was not followed to.
type redirectError struct{ what string }

func (e *redirectError) Error() string { return e.what }

// RetryableError tells the SDK that it would be the same again.
func (e *redirectError) RetryableError() bool { return false }

// checkEndpoint says of an endpoint that is not the URL of a server that it is not. What it
// is nobody gets to see: it may have a password, in whatever place.
func checkEndpoint(endpoint *string) error {
	if endpoint == nil {
		return nil
	}
	u, err := url.Parse(*endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "@") {
		return errEndpoint
	}
	return nil
}

var errEndpoint = errors.New("the endpoint is not the URL of a server")

const endpointHint = "it is written as https://s3.example.com or http://192.0.2.1:9000"

// serverOf names the server of a client.
func serverOf(client *s3.Client) string {
	if u, err := url.Parse(aws.ToString(client.Options().BaseEndpoint)); err == nil && u.Host != "" {
		return "the server " + u.Host
	}
	return "S3"
}

package bucket

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// canned answers each request with the same bytes; a listing that goes on after some pages
// is given up.
type canned struct {
	status int
	body   string
	asked  int
}

func (c *canned) Do(r *http.Request) (*http.Response, error) {
	if c.asked++; c.asked > 200 {
		return nil, errors.New("asked without end")
	}
	return &http.Response{
		StatusCode: c.status, Status: http.StatusText(c.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/xml"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(c.body)), ContentLength: int64(len(c.body)),
	}, nil
}

// once lets a failed request fail.
func once(o *config.LoadOptions) error {
	o.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	return nil
}

// Whatever a server answers to a listing, and to a request for an object: no panic, no end
// that does not come, no key that was not asked for, no more memory than a page may take.
func FuzzAnswer(f *testing.F) {
	s3test.Credentials(f, "AKIAIOSFODNN7EXAMPLE", "secret")
	for _, body := range []string{
		"", "<", "<html>", `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>logs</Name></ListBucketResult>`,
		"<ListBucketResult><Name>logs</Name>" + truncated("t") + contents("logs/a/1", "logs/a/2", "x", "") + "</ListBucketResult>",
		"<ListBucketResult><Name>logs</Name><EncodingType>url</EncodingType>" + contents("logs%2Fa%00", "%zz") + "<CommonPrefixes><Prefix>logs/a/</Prefix></CommonPrefixes></ListBucketResult>",
		"<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>logs/</Key><Size>-1</Size><LastModified>2026-03-02T10:00:00.000Z</LastModified><ETag>&quot;x&quot;</ETag></Contents></ListBucketResult>",
		"<Error><Code>PermanentRedirect</Code><Message>the region 'x' is wrong; expecting 'eu-central-1'</Message></Error>",
		"<Error><Code>AccessDenied</Code><Message>Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260302/us-east-1/s3/aws4_request, Signature=00</Message></Error>",
		strings.Repeat("<a>", 1000), "<ListBucketResult" + strings.Repeat(` a="b"`, 100) + ">", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
	} {
		for _, status := range []int{200, 206, 301, 307, 403, 503} {
			f.Add(status, body)
		}
	}
	var sources []*Source
	for _, uri := range []string{"s3://logs", "s3://logs/logs/"} {
		s, err := open(f.Context(), uri, Options{EndpointURL: "http://192.0.2.1", Region: "us-east-1"}, once)
		if err != nil {
			f.Fatal(err)
		}
		sources = append(sources, s)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, source := range sources {
			server := &canned{status: status, body: body}
			options := source.client.Options()
			options.HTTPClient = newGuard(server)
			s := newSource(source.uri, source.bucket, source.prefix, s3.New(options), newPace(new(atomic.Int64)), Options{})
			s.lists = new(atomic.Int64)
			listed := 0
			for o, err := range s.List(t.Context(), func(string) ingest.Want { return ingest.WantSome }) {
				fit(t, err)
				if listed++; err == nil && (!strings.HasPrefix(o.URI, s.root()+s.prefix) || o.Size < 0 || o.Requests < 0) {
					t.Errorf("listed %+v", o)
				}
			}
			server.asked = 0
			data, _, err := s.Fetch(t.Context(), ingest.Object{URI: s.root() + "logs/1", Size: 5})
			if fit(t, err); err == nil && len(data) != 5 {
				t.Errorf("read %d bytes", len(data))
			}
		}
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20+uint64(2000*len(body)) {
			t.Errorf("%d bytes for %d", allocated, len(body))
		}
	})
}

// fit checks that an error can be shown and kept.
func fit(t *testing.T, err error) {
	if err == nil {
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%T: %v", err, err)
		return
	}
	text := strings.TrimPrefix(err.Error(), e.URI)
	if len(text) > maxText+10 || strings.Contains(text, "AKIAIOSFODNN7EXAMPLE") || strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.C, r) }) {
		t.Errorf("%q", text)
	}
	if strings.Contains(text, "asked without end") {
		t.Error(text)
	}
}

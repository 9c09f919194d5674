package bucket

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyauth "github.com/aws/smithy-go/auth"
	"github.com/aws/smithy-go/encoding/httpbinding"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"trailbox/ingest"
	"trailbox/schema"
)

// A quick way to read an object is one plain request, with the SDK's endpoint,
// credentials, signer and connections, but without the forty steps that it takes for
// each operation and for each download: 50 µs of a processor instead of 200, when to unpack,
// scan and store a small log file takes 100. Whatever is not simply the
// object's bytes is left to the SDK, which asks again and knows what answers mean.
type quick struct {
	base          *url.URL // of the bucket: keys go behind it
	name, region  string   // that requests are signed for
	client        s3.HTTPClient
	credentials   aws.CredentialsProvider // nil: nothing is signed
	signer        *v4.Signer
	payer         types.RequestPayer
	misunderstood atomic.Bool // the SDK succeeds where this way is refused
}

// newQuick returns nil where requests are made in other ways than this one knows.
func newQuick(bucket string, payer types.RequestPayer, o s3.Options) *quick {
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), s3.EndpointParameters{
		Bucket:         &bucket,
		Region:         &o.Region,
		Endpoint:       o.BaseEndpoint,
		ForcePathStyle: &o.UsePathStyle,
		UseFIPS:        aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack:   aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return nil
	}
	schemes, _ := smithyauth.GetAuthOptions(&endpoint.Properties)
	if len(schemes) == 0 || schemes[0].SchemeID != "sigv4" { // the name that endpoint rules have for it
		return nil // directory buckets have sessions, say
	}
	q := &quick{base: &endpoint.URI, client: o.HTTPClient, credentials: o.Credentials, payer: payer}
	q.name, _ = smithyhttp.GetSigV4SigningName(&schemes[0].SignerProperties)
	q.region, _ = smithyhttp.GetSigV4SigningRegion(&schemes[0].SignerProperties)
	q.signer = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }) // S3 takes paths as they are
	return q
}

// noBody is the SHA-256 of nothing, which is what the body of a request is.
const noBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// A quickError is why the quick way does not lead to an object.
type quickError struct {
	status int   // of the answer; 0: there was none
	err    error // while it was read
}

func (e *quickError) Error() string {
	if e.err != nil {
		return e.err.Error()
	}
	return fmt.Sprintf("status %d", e.status)
}

// HTTPStatusCode is what the SDK's errors have, too.
func (e *quickError) HTTPStatusCode() int { return e.status }

// refused reports whether the answer was about the request, not about the state of
// the server or the line.
func (e *quickError) refused() bool {
	return e.err == nil && e.status >= 300 && e.status < 500 && e.status != http.StatusTooManyRequests
}

// fetch reads the object of a key.
func (q *quick) fetch(ctx context.Context, key string, o ingest.Object) (data []byte, signature schema.Signature, _ *quickError) {
	// As the SDK does, all is escaped but slashes, and nothing is tidied up.
	location := *q.base
	location.Path = smithyhttp.JoinPath(q.base.Path, "/"+key)
	location.RawPath = smithyhttp.JoinPath(q.base.EscapedPath(), "/"+httpbinding.EscapePath(key, false))
	if o.Version.ID != "" {
		location.RawQuery = "versionId=" + url.QueryEscape(o.Version.ID)
	}
	header := make(http.Header, 8)
	if o.ETag != "" {
		header.Set("If-Match", `"`+o.ETag+`"`)
	}
	if q.payer != "" {
		header.Set("X-Amz-Request-Payer", string(q.payer))
	}
	header.Set("X-Amz-Content-Sha256", noBody)
	request := (&http.Request{Method: http.MethodGet, URL: &location, Host: location.Host, Header: header}).WithContext(ctx)
	if q.credentials != nil {
		credentials, err := q.credentials.Retrieve(ctx) // from the SDK's cache
		if err == nil {
			err = q.signer.SignHTTP(ctx, credentials, request, noBody, q.name, q.region, time.Now())
		}
		if err != nil {
			return nil, signature, &quickError{err: err}
		}
	}
	header.Set("Accept-Encoding", "identity") // or gzip objects might arrive unpacked
	response, err := q.client.Do(request)
	if err != nil {
		return nil, signature, &quickError{err: err}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK || response.ContentLength >= 0 && response.ContentLength != o.Size {
		io.CopyN(io.Discard, response.Body, 64<<10) // the connection is good for the next one
		return nil, signature, &quickError{status: response.StatusCode}
	}
	if response.Header.Get("X-Amz-Meta-Signature") != "" {
		signature = ingest.SignatureOf(func(name string) string { return response.Header.Get("X-Amz-Meta-" + name) })
	}
	data = make([]byte, o.Size+1) // a byte more than there should be, since not all servers tell the length
	n, err := io.ReadFull(response.Body, data)
	if int64(n) != o.Size || err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, signature, &quickError{status: response.StatusCode, err: err}
	}
	return data[:n], signature, nil
}

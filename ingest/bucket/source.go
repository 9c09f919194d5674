package bucket

//lint:file-ignore SA1019 manager's downloader does all that we need; to go on to its successor is a change of its own

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailbox/ingest"
	"trailbox/schema"
)

const (
	// Nearly every log file comes in one request. Larger parts would only mean
	// that more is read again when a connection breaks.
	partSizeBytes = 8 << 20
	partsAtOnce   = 4 // of one object; the caller fetches many objects at once

	directoryBucket = "--x-s3" // what the names of directory buckets end with
)

// A Source is the objects of a bucket whose keys begin with a prefix. Its methods
// may be called from several goroutines.
type Source struct {
	uri, bucket, prefix string
	server              string // as messages call it
	payer               types.RequestPayer
	versions            bool                             // list and read all of them
	tryArchived         bool                             // ask for objects of archive classes, too
	attributes          []types.OptionalObjectAttributes // to be listed
	client              *s3.Client
	region              atomic.Pointer[string] // of the bucket, where S3 corrected the client's
	pace                *pace
	quick               func() *quick // settled with the first fetch
	lists               *atomic.Int64 // pages of listings
}

var _ ingest.Source = (*Source)(nil)

func newSource(uri, bucket, prefix string, client *s3.Client, pace *pace, opt Options) *Source {
	s := &Source{uri: uri, bucket: bucket, prefix: prefix, server: serverOf(client), client: client, pace: pace}
	s.versions, s.tryArchived = opt.Versions, opt.TryArchived
	if !strings.HasSuffix(bucket, directoryBucket) { // they have no archives, and do not take the question
		s.attributes = []types.OptionalObjectAttributes{types.OptionalObjectAttributesRestoreStatus}
	}
	if opt.RequesterPays {
		s.payer = types.RequestPayerRequester
	}
	s.quick = sync.OnceValue(func() *quick {
		options := s.client.Options()
		s.inRegion(&options)
		return newQuick(s.bucket, s.payer, options)
	})
	return s
}

// String returns the URI that was opened.
func (s *Source) String() string { return s.uri }

func (s *Source) root() string { return "s3://" + s.bucket + "/" }

// inRegion has a request sent to the bucket's region.
func (s *Source) inRegion(o *s3.Options) {
	if region := s.region.Load(); region != nil {
		o.Region = *region
	}
}

// follow reports whether err says that the bucket is in another region, which from now
// on is asked instead. That happens once, or two regions could send us back and forth.
func (s *Source) follow(err error) bool {
	e := Error{Err: err}
	e.classify(listing)
	return e.Problem == WrongRegion && e.Region != "" && s.region.CompareAndSwap(nil, &e.Region)
}

// Fetch reads an object that was listed, byte for byte as it lies there. It waits
// while the server does not take more requests.
func (s *Source) Fetch(ctx context.Context, o ingest.Object) (data []byte, signature schema.Signature, err error) {
	key, ok := strings.CutPrefix(o.URI, s.root())
	if !ok {
		return nil, signature, fmt.Errorf("%s: not an object of %s", o.URI, s.uri)
	}
	if o.Size == 0 {
		return nil, signature, nil // S3 has no part of nothing: it would answer with an error
	}
	if err := s.pace.begin(ctx); err != nil {
		return nil, signature, err
	}
	defer s.pace.end()
	var refused bool
	quick := s.quick()
	if quick != nil && o.Size > 0 && o.Size <= partSizeBytes && !quick.misunderstood.Load() {
		data, signature, err := quick.fetch(ctx, key, o)
		if err == nil {
			return data, signature, nil
		}
		if refused = err.refused(); !refused && ctx.Err() == nil {
			s.pace.again(err)
		}
	}
	if data, signature, err = s.download(ctx, key, o); err != nil {
		return nil, signature, failure(ctx, o.URI, err, fetching)
	}
	if refused {
		quick.misunderstood.Store(true)
	}
	return data, signature, nil
}

// Begin reads the first n bytes of an object that was listed.
func (s *Source) Begin(ctx context.Context, o ingest.Object, n int64) ([]byte, schema.Signature, error) {
	key := strings.TrimPrefix(o.URI, s.root())
	if err := s.pace.begin(ctx); err != nil {
		return nil, schema.Signature{}, err
	}
	defer s.pace.end()
	input := s.get(key, o)
	n = min(n, o.Size)
	input.Range = aws.String(fmt.Sprintf("bytes=0-%d", n-1))
	for tries := 1; ; tries++ {
		answer, err := s.client.GetObject(ctx, input, s.inRegion)
		if err != nil {
			return nil, schema.Signature{}, failure(ctx, o.URI, err, fetching)
		}
		head, err := io.ReadAll(io.LimitReader(answer.Body, n)) // not every server knows ranges
		answer.Body.Close()
		if size, told := wholeSize(answer); err == nil && told && size != o.Size {
			err = &lengthError{got: size, listed: o.Size} // some page, perhaps
		}
		if err == nil && int64(len(head)) < n {
			err = &lengthError{got: int64(len(head)), listed: n}
		}
		if err == nil {
			return head, ingest.SignatureOf(func(name string) string { return answer.Metadata[name] }), nil
		}
		if tries == maxAttempts || ctx.Err() != nil {
			return nil, schema.Signature{}, failure(ctx, o.URI, err, fetching)
		}
		s.pace.retries.Add(1)
	}
}

// wholeSize is the size of the object of which an answer has a part, or all. Not all servers tell it.
func wholeSize(answer *s3.GetObjectOutput) (size int64, told bool) {
	if answer.ContentRange == nil {
		return aws.ToInt64(answer.ContentLength), answer.ContentLength != nil
	}
	_, total, _ := strings.Cut(*answer.ContentRange, "/")
	size, err := strconv.ParseInt(total, 10, 64)
	return size, err == nil
}

// FetchTo reads an object that was listed into a file.
func (s *Source) FetchTo(ctx context.Context, o ingest.Object, to io.WriterAt) error {
	if err := s.pace.begin(ctx); err != nil {
		return err
	}
	defer s.pace.end()
	_, err := s.downloadTo(ctx, strings.TrimPrefix(o.URI, s.root()), o, func() io.WriterAt { return to })
	if err != nil {
		return failure(ctx, o.URI, err, fetching)
	}
	return nil
}

// get is the request for an object that was listed.
func (s *Source) get(key string, o ingest.Object) *s3.GetObjectInput {
	input := &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, RequestPayer: s.payer}
	if o.Version.ID != "" {
		input.VersionId = &o.Version.ID
	}
	if o.ETag != "" {
		input.IfMatch = aws.String(`"` + o.ETag + `"`)
	}
	return input
}

// download reads an object with all that the SDK can do.
func (s *Source) download(ctx context.Context, key string, o ingest.Object) ([]byte, schema.Signature, error) {
	var data *manager.WriteAtBuffer
	signature, err := s.downloadTo(ctx, key, o, func() io.WriterAt {
		data = manager.NewWriteAtBuffer(make([]byte, 0, max(0, o.Size)))
		data.GrowthCoeff = 2 // or a part that is longer than listed is copied at each read
		return data
	})
	return data.Bytes(), signature, err
}

// downloadTo reads it into what fresh gives for each attempt.
func (s *Source) downloadTo(ctx context.Context, key string, o ingest.Object, fresh func() io.WriterAt) (schema.Signature, error) {
	parts := counted{Client: s.client, size: o.Size}
	downloader := manager.NewDownloader(&parts, func(d *manager.Downloader) {
		d.PartSize = partSizeBytes
		d.Concurrency = partsAtOnce
		d.PartBodyMaxRetries = maxAttempts
		d.ClientOptions = append(d.ClientOptions, s.inRegion)
	})
	input := s.get(key, o)
	err := error(&lengthError{})
	// It has the ETag that was listed: another length is the way's fault.
	for tries := 0; tries < maxAttempts && errors.As(err, new(*lengthError)); tries++ {
		var n int64
		if n, err = downloader.Download(ctx, fresh(), input); err == nil && n != o.Size {
			err = &lengthError{got: n, listed: o.Size}
		}
	}
	// The downloader itself asks again for a part whose body broke off.
	s.pace.retries.Add(max(0, parts.n.Load()-partsOf(o.Size)))
	return parts.signature(), err
}

// partsOf is in how many parts an object of that size is read, a request for each.
func partsOf(size int64) int64 { return max(0, (size+partSizeBytes-1)/partSizeBytes) }

// A counted client counts the parts that it is asked for, and keeps the object's metadata.
type counted struct {
	*s3.Client
	size int64 // of the object, as listed
	n    atomic.Int64
	meta atomic.Pointer[map[string]string]
}

func (c *counted) signature() schema.Signature {
	meta := c.meta.Load()
	if meta == nil {
		return schema.Signature{}
	}
	return ingest.SignatureOf(func(name string) string { return (*meta)[name] })
}

func (c *counted) GetObject(ctx context.Context, input *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	c.n.Add(1)
	// Whatever the server says that there is more of is not what was listed.
	var from int64
	if _, err := fmt.Sscanf(aws.ToString(input.Range), "bytes=%d-", &from); err == nil && from >= c.size {
		return nil, &lengthError{got: from, listed: c.size}
	}
	out, err := c.Client.GetObject(ctx, input, options...)
	if err == nil {
		c.meta.Store(&out.Metadata)
	}
	return out, err
}

package bucket

//lint:file-ignore SA1019 manager's downloader does all that we need; to go on to its successor is a change of its own

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailbox/ingest"
)

const (
	// Nearly every log file comes in one request. Larger parts would only mean
	// that more is read again when a connection breaks.
	partSizeBytes = 8 << 20
	partsAtOnce   = 4 // of one object; the caller fetches many objects at once
)

// A Source is the objects of a bucket whose keys begin with a prefix. Its methods
// may be called from several goroutines.
type Source struct {
	uri, bucket, prefix string
	payer               types.RequestPayer
	client              *s3.Client
	downloader          *manager.Downloader
}

var _ ingest.Source = (*Source)(nil)

func newSource(uri, bucket, prefix string, client *s3.Client, requesterPays bool) *Source {
	s := &Source{uri: uri, bucket: bucket, prefix: prefix, client: client}
	if requesterPays {
		s.payer = types.RequestPayerRequester
	}
	s.downloader = manager.NewDownloader(client, func(d *manager.Downloader) {
		d.PartSize = partSizeBytes
		d.Concurrency = partsAtOnce
		d.PartBodyMaxRetries = maxAttempts
	})
	return s
}

// String returns the URI that was opened.
func (s *Source) String() string { return s.uri }

func (s *Source) root() string { return "s3://" + s.bucket + "/" }

// Fetch reads an object that was listed, byte for byte as it lies there.
func (s *Source) Fetch(ctx context.Context, o ingest.Object) ([]byte, error) {
	key, ok := strings.CutPrefix(o.URI, s.root())
	if !ok {
		return nil, fmt.Errorf("%s: not an object of %s", o.URI, s.uri)
	}
	if o.Size == 0 {
		return nil, nil // S3 has no part of nothing: it would answer with an error
	}
	input := &s3.GetObjectInput{Bucket: &s.bucket, Key: &key, RequestPayer: s.payer}
	if o.ETag != "" {
		input.IfMatch = aws.String(`"` + o.ETag + `"`)
	}
	var data *manager.WriteAtBuffer
	err := error(&lengthError{})
	// It has the ETag that was listed: another length is the way's fault.
	for tries := 0; tries < maxAttempts && errors.As(err, new(*lengthError)); tries++ {
		data = manager.NewWriteAtBuffer(make([]byte, 0, max(0, o.Size)))
		var n int64
		if n, err = s.downloader.Download(ctx, data, input); err == nil && n != o.Size {
			err = &lengthError{got: n, listed: o.Size}
		}
	}
	if err != nil {
		return nil, failure(ctx, o.URI, err, fetching)
	}
	return data.Bytes(), nil
}

package bucket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// Options say how to reach a bucket. What is empty comes from the environment
// and the AWS configuration files.
type Options struct {
	Profile     string // in the AWS configuration files
	Region      string // of the bucket
	EndpointURL string // of a server other than AWS
	// NoSignRequest leaves the requests unsigned, as public buckets take them.
	NoSignRequest bool
	// RequesterPays agrees to be billed for the requests and the transfer.
	RequesterPays bool
	// Versions reads all versions of each object, also those of deleted ones.
	Versions bool
	// TryArchived asks for objects of archive classes as for any others: some servers read
	// them out, and what was restored from Intelligent-Tiering nothing else tells.
	TryArchived bool
	// Retries counts requests that were made again, Lists the pages of listings. Both
	// may be nil.
	Retries, Lists *atomic.Int64

	arn bool // the bucket is named by an ARN, which no path takes
}

const (
	// An object that is given up is missing from the store, so that more patience
	// than the SDK's three attempts is due: eight take a minute or so.
	maxAttempts = 8
	maxBackoff  = 20 * time.Second

	// A connection may die without a word. One that delivers nothing for so long is
	// given up, and the request repeated.
	stallTimeout = 30 * time.Second

	// The SDK keeps 10 idle connections. Each fetch beyond that would pay for a new
	// connection and its TLS handshake, which takes longer than a small object.
	maxIdleConns = 1024

	// The region that answers for all of them, and what other servers go by.
	defaultRegion = "us-east-1"
)

// Open opens the objects of uri, which is s3://bucket or s3://bucket/prefix, or the ARN of an
// access point in the place of the bucket, with or without s3:// before it. It
// asks S3 for nothing but the bucket's region, and that only where neither
// Options nor the AWS configuration has one.
func Open(ctx context.Context, uri string, opt Options) (*Source, error) {
	return open(ctx, uri, opt)
}

// open is Open with further options for the SDK.
func open(ctx context.Context, uri string, opt Options, more ...func(*config.LoadOptions) error) (*Source, error) {
	a, ok := parseAddress(uri)
	if !ok {
		return nil, fmt.Errorf("%s: not of the form s3://bucket/prefix", uri)
	}
	opt.arn = a.isARN
	cfg, err := load(ctx, opt, cmp.Or(opt.Region, a.region), more)
	if err != nil {
		return nil, failure(ctx, uri, &configError{err}, listing)
	}
	if err := checkEndpoint(client(cfg, opt).Options().BaseEndpoint); err != nil {
		return nil, failure(ctx, uri, err, listing)
	}
	if cfg.Region == "" {
		region, err := findRegion(ctx, client(cfg, opt), a)
		if err != nil {
			return nil, failure(ctx, uri, err, listing)
		}
		// Loaded anew, since a profile that assumes a role asks STS in that region.
		if cfg, err = load(ctx, opt, region, more); err != nil {
			return nil, failure(ctx, uri, &configError{err}, listing)
		}
	}
	if !opt.NoSignRequest {
		cfg.Credentials = marked{cfg.Credentials}
	}
	if opt.Retries == nil {
		opt.Retries = new(atomic.Int64)
	}
	if opt.Lists == nil {
		opt.Lists = new(atomic.Int64)
	}
	pace := newPace(opt.Retries)
	retryer := cfg.Retryer
	cfg.Retryer = func() aws.Retryer { return paced{retryer().(aws.RetryerV2), pace} }
	source := newSource(uri, a.bucket, a.prefix, client(cfg, opt), pace, opt)
	source.lists = opt.Lists
	return source, nil
}

// load loads the AWS configuration for a region; "" takes the configured one.
func load(ctx context.Context, opt Options, region string, more []func(*config.LoadOptions) error) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRegion(region),
		config.WithSharedConfigProfile(opt.Profile),
		config.WithLogger(logging.Nop{}),
		config.WithRetryer(func() aws.Retryer {
			return newRetryer(retry.NewExponentialJitterBackoff(maxBackoff))
		}),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns = maxIdleConns
			t.MaxIdleConnsPerHost = maxIdleConns
			t.DisableCompression = true // or gzip objects might arrive unpacked
			t.MaxResponseHeaderBytes = maxHeaderBytes
			t.ResponseHeaderTimeout = 2 * stallTimeout // of all headers together
		}).WithReadTimeout(stallTimeout)),
	}
	if opt.NoSignRequest {
		options = append(options, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	return config.LoadDefaultConfig(ctx, append(options, more...)...)
}

func newRetryer(backoff retry.BackoffDelayer) aws.RetryerV2 {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = backoff
		// The SDK has a quota of retries for all requests together. When S3 slows
		// many fetches down at once it is spent, and objects would be given up at
		// their first failure.
		o.RateLimiter = ratelimit.None
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(isGarbled))
	})
}

func client(cfg aws.Config, opt Options) *s3.Client {
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if opt.EndpointURL != "" { // for S3 only: credentials come from AWS all the same
			o.BaseEndpoint = &opt.EndpointURL
		}
		o.APIOptions = append(o.APIOptions, checkAnswer)
		o.HTTPClient = newGuard(o.HTTPClient)
		// Other servers than AWS seldom have a host name for each bucket.
		o.UsePathStyle = o.BaseEndpoint != nil && !opt.arn
		o.UseARNRegion = true
		if o.Region == "" {
			o.Region = defaultRegion
		}
	})
}

// isGarbled says of an answer that cannot be understood that it is worth asking again.
func isGarbled(err error) aws.Ternary {
	var garbled *smithy.DeserializationError
	if errors.As(err, &garbled) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// checkAnswer makes errors of answers that the SDK takes for what they are not: an
// empty one, and a page of HTML, for the listing of an empty bucket; and an object of
// no length for one of which there is always more.
func checkAnswer(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("CheckAnswer", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if err != nil {
			return out, metadata, err
		}
		switch answer := out.Result.(type) {
		case *s3.ListObjectsV2Output:
			if answer.Name == nil && answer.IsTruncated == nil {
				err = &smithy.DeserializationError{Err: errors.New("the answer is not the listing of a bucket")}
			}
		case *s3.ListObjectVersionsOutput:
			if answer.Name == nil && answer.IsTruncated == nil {
				err = &smithy.DeserializationError{Err: errors.New("the answer is not the listing of a bucket")}
			}
		case *s3.GetObjectOutput:
			if answer.ContentRange == nil && aws.ToInt64(answer.ContentLength) <= 0 {
				answer.Body.Close()
				err = &smithy.DeserializationError{Err: errors.New("the answer is empty")}
			}
		}
		return out, metadata, err
	}), middleware.Before)
}

// findRegion asks S3 which region the bucket is in. Other servers are not asked:
// they have no regions, or take any.
func findRegion(ctx context.Context, client *s3.Client, a address) (string, error) {
	if client.Options().BaseEndpoint != nil || a.isARN { // an ARN without a Region is of all of them
		return defaultRegion, nil
	}
	region, err := manager.GetBucketRegion(ctx, client, a.bucket)
	if notFound := manager.BucketNotFound(nil); errors.As(err, &notFound) {
		return "", &types.NoSuchBucket{}
	}
	return region, err
}

// A marked provider marks its errors, which the SDK passes on without a type.
type marked struct{ aws.CredentialsProvider }

func (m marked) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = &credentialsError{err}
	}
	return c, err
}

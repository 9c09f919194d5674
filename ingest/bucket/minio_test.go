//go:build minio

package bucket

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailbox/ingest"
	"trailbox/ingest/s3test"
)

// TestMinIO reads from a server that is not of our making, and that encrypts.
func TestMinIO(t *testing.T) {
	minio := s3test.StartMinIO(t)
	s, err := Open(t.Context(), "s3://trail-logs/AWSLogs/", Options{EndpointURL: minio.URL})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.bucket}); err != nil {
		t.Fatal(err)
	}

	put := func(key string, body []byte) {
		t.Helper()
		_, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket:               &s.bucket,
			Key:                  &key,
			Body:                 bytes.NewReader(body),
			ContentType:          aws.String("application/json"),
			ContentEncoding:      aws.String("gzip"),
			ServerSideEncryption: types.ServerSideEncryptionAwsKms,
			SSEKMSKeyId:          &minio.KMSKey,
		})
		if err != nil {
			t.Fatal(err)
		}
		head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if head.ServerSideEncryption != types.ServerSideEncryptionAwsKms || !strings.HasSuffix(aws.ToString(head.SSEKMSKeyId), minio.KMSKey) {
			t.Fatalf("%s is stored with %q and key %q", key, head.ServerSideEncryption, aws.ToString(head.SSEKMSKeyId))
		}
	}
	bodies := map[string][]byte{}
	for i := range 12 {
		key := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/eu-central-1/2023/07/10/111122223333_CloudTrail_eu-central-1_20230710T12%02dZ_AbCdEfGhIjKlMnOp.json.gz", 5*i)
		bodies["s3://trail-logs/"+key] = gzipped(t, fmt.Sprintf(`{"Records":[{"eventVersion":"1.08","eventTime":"2023-07-10T12:%02d:00Z","sourceIPAddress":"192.0.2.%d","recipientAccountId":"111122223333"}]}`, 5*i, i))
	}
	bodies["s3://trail-logs/AWSLogs/a space + a plus/ü%.json.gz"] = gzipped(t, "{}")
	bodies["s3://trail-logs/AWSLogs/large.json.gz"] = randomBytes(20<<20 + 1)
	for uri, body := range bodies {
		put(strings.TrimPrefix(uri, s.root()), body)
	}

	objects := mustList(t, s)
	if len(objects) != len(bodies) {
		t.Errorf("%d objects listed, want %d", len(objects), len(bodies))
	}
	apart := 0
	for o, err := range s.List(t.Context(), func(string) ingest.Want { return ingest.WantSome }) {
		if err != nil || !slices.Contains(objects, o) {
			t.Errorf("by folders: %+v, %v", o, err)
		}
		apart++
	}
	if apart != len(bodies) {
		t.Errorf("%d objects listed by folders, want %d", apart, len(bodies))
	}
	for _, o := range objects {
		if body, ok := bodies[o.URI]; !ok {
			t.Errorf("%s was not put", o.URI)
		} else if !bytes.Equal(mustFetch(t, s, o), body) {
			t.Errorf("%s: read other bytes than were put", o.URI)
		}
	}
	// What a server that looks at signatures takes from the SDK, it takes from us.
	if quick := s.quick(); quick == nil || quick.misunderstood.Load() {
		t.Error("the quick way was refused")
	}

	put(strings.TrimPrefix(objects[0].URI, s.root()), []byte("another"))
	_, _, err = s.Fetch(t.Context(), objects[0])
	check(t, err, want{ObjectChanged, false, objects[0].URI + ": the object changed after it was listed", "read it again"})
	_, err = s.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &s.bucket, Key: aws.String(strings.TrimPrefix(objects[1].URI, s.root()))})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Fetch(t.Context(), objects[1])
	check(t, err, want{NoSuchKey, false, objects[1].URI + ": the object does not exist any more", "deleted"})

	for _, test := range []struct {
		name        string
		uri         string
		accessKeyID string
		secretKey   string
		opt         Options
		want        want
	}{
		{
			"no bucket", "s3://other-logs", minio.AccessKeyID, minio.SecretKey, Options{},
			want{NoSuchBucket, true, "s3://other-logs: the bucket does not exist", "check the bucket's name"},
		}, {
			"no credentials", "s3://trail-logs", "", "", Options{},
			want{NoCredentials, true, "s3://trail-logs: no AWS credentials found", "AWS_ACCESS_KEY_ID"},
		}, {
			"wrong access key", "s3://trail-logs", "nobody", minio.SecretKey, Options{},
			want{InvalidCredentials, true, "s3://trail-logs: the AWS credentials are refused: InvalidAccessKeyId", "access key ID"},
		}, {
			"wrong secret key", "s3://trail-logs", minio.AccessKeyID, "guessed", Options{},
			want{InvalidCredentials, true, "s3://trail-logs: the AWS credentials are refused: SignatureDoesNotMatch", "secret access key"},
		}, {
			"not signed", "s3://trail-logs", "", "", Options{NoSignRequest: true},
			want{ListDenied, true, "s3://trail-logs: access denied to list the bucket", "s3:ListBucket"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s3test.Credentials(t, test.accessKeyID, test.secretKey)
			test.opt.EndpointURL = minio.URL
			s, err := Open(t.Context(), test.uri, test.opt)
			if err != nil {
				t.Fatal(err)
			}
			check(t, listError(t.Context(), s), test.want)
		})
	}
}

//go:build minio

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"trailbox/ingest/digesttest"
	"trailbox/ingest/s3test"
	"trailbox/query/integrity"
)

// A real S3 server with objects that are encrypted with a KMS key: everything
// arrives that is there, and refusals are told for what they are.
func TestIngestFromMinIO(t *testing.T) {
	server := s3test.StartMinIO(t)
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = &server.URL, true
	})
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("logs")}); err != nil {
		t.Fatal(err)
	}
	put := func(bucket, key string, data []byte, metadata map[string]string) {
		t.Helper()
		put, err := client.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &bucket, Key: &key, Body: bytes.NewReader(data), Metadata: metadata,
			ServerSideEncryption: types.ServerSideEncryptionAwsKms, SSEKMSKeyId: &server.KMSKey,
		})
		if err != nil {
			t.Fatal(err)
		}
		if put.ServerSideEncryption != types.ServerSideEncryptionAwsKms {
			t.Fatalf("%s is stored with %q", key, put.ServerSideEncryption)
		}
	}
	eachLog(t, func(key string, data []byte) { put("logs", "org/"+key, data, nil) })

	dir := t.TempDir()
	fromDir, fromS3 := filepath.Join(dir, "dir.duckdb"), filepath.Join(dir, "s3.duckdb")
	local, _ := ingestJSON(t, 0, "--store", fromDir, "../../testdata/logs")
	remote, _ := ingestJSON(t, 0, "--store", fromS3, "--endpoint-url", server.URL, "s3://logs/org/AWSLogs/")
	if remote.Records != local.Records || remote.EventsNew != 1126 || remote.FilesLoaded != 87+2 {
		t.Errorf("from the folder: %+v\nfrom MinIO: %+v", local, remote)
	}
	sameStores(t, fromDir, fromS3)

	// Digests have their signatures in the objects' metadata, the newest one has it nowhere else.
	a := digesttest.Trail{Hours: 3, Missed: []int{1}}.Make()
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &a.Trail.Bucket}); err != nil {
		t.Fatal(err)
	}
	for _, o := range a.Objects {
		put(o.Bucket, o.Key, o.Data, o.Meta)
	}
	signed, keys := filepath.Join(dir, "signed.duckdb"), filepath.Join(dir, "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.Epoch, a.Trail.Keys...), 0o600); err != nil {
		t.Fatal(err)
	}
	ingestJSON(t, 0, "--store", signed, "--endpoint-url", server.URL, "s3://"+a.Trail.Bucket)
	if r := verified(t, 0, "--store", signed, "--public-keys", keys); r.Files[integrity.Proven] != 9 || len(r.Findings) != 0 {
		t.Errorf("%v, %+v", r.Files, r.Findings)
	}

	code, _, stderr := call(t, "ingest", "--store", fromS3, "--endpoint-url", server.URL, "s3://missing/")
	if code != 1 || !strings.Contains(stderr, "the bucket does not exist") {
		t.Errorf("missing bucket: code %d, %s", code, stderr)
	}
	code, _, stderr = call(t, "ingest", "--store", fromS3, "--endpoint-url", server.URL, "--no-sign-request", "s3://logs/")
	if code != 1 || !strings.Contains(stderr, "access denied") {
		t.Errorf("without a signature: code %d, %s", code, stderr)
	}
	s3test.Credentials(t, "", "")
	code, _, stderr = call(t, "ingest", "--store", fromS3, "--endpoint-url", server.URL, "s3://logs/")
	if code != 1 || !strings.Contains(stderr, "no AWS credentials found") {
		t.Errorf("without credentials: code %d, %s", code, stderr)
	}
}

//go:build minio

package main

import (
	"archive/zip"
	"bytes"
	"math/rand/v2"
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

// clientOf is the SDK's client of a server.
func clientOf(t *testing.T, server *s3test.MinIO) *s3.Client {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"))
	if err != nil {
		t.Fatal(err)
	}
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.BaseEndpoint, o.UsePathStyle = &server.URL, true
	})
}

// A real S3 server with objects that are encrypted with a KMS key: everything
// arrives that is there, and refusals are told for what they are.
func TestIngestFromMinIO(t *testing.T) {
	server := s3test.StartMinIO(t)
	client := clientOf(t, server)
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

// Of a bucket whose versions a real server keeps, all are read: what was overwritten, what lies under a delete
// marker, also under one that another took the place of; and what was removed for good is told by its marker. Names that tell
// nothing are looked at, and a large archive is read out of a file.
func TestVersionsFromMinIO(t *testing.T) {
	server := s3test.StartMinIO(t)
	client := clientOf(t, server)
	bucket := aws.String("logs")
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
		Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string, data []byte) (version string) {
		t.Helper()
		answer, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(data)})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(answer.VersionId)
	}
	remove := func(key, version string) {
		t.Helper()
		input := &s3.DeleteObjectInput{Bucket: bucket, Key: &key}
		if version != "" {
			input.VersionId = &version
		}
		if _, err := client.DeleteObject(t.Context(), input); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	log := func(name string) []byte {
		n++
		return []byte(logFile(strings.Replace(apart(n, recordA), `"eventName":"`, `"eventName":"`+name, 1)))
	}
	put("AWSLogs/kept.json", log("Kept"))
	replaced := put("AWSLogs/changed.json", log("Before"))
	put("AWSLogs/changed.json", log("Tampered"))
	deleted := put("AWSLogs/deleted.json", log("Deleted"))
	remove("AWSLogs/deleted.json", "")
	first := put("AWSLogs/made again.json", log("First"))
	remove("AWSLogs/made again.json", "")
	put("AWSLogs/made again.json", log("Second"))
	gone := put("AWSLogs/gone.json", log("Gone"))
	remove("AWSLogs/gone.json", "")
	remove("AWSLogs/gone.json", gone)
	renamed := put("renamed.log", log("Renamed"))
	remove("renamed.log", "")
	put("notes.txt", []byte("of the case"))
	remove("notes.txt", "")
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, data := range map[string][]byte{"x.json": log("Archived"), "filler.bin": noise(20 << 20)} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	put("evidence.zip", archive.Bytes())

	store := filepath.Join(t.TempDir(), "t.duckdb")
	args := []string{"--max-file-size", "32M", "--store", store, "--endpoint-url", server.URL, "s3://logs"}
	versions := append([]string{"--versions"}, args...)
	summary, stderr := ingestJSON(t, 3, versions...)
	// Eight are log files, one is an archive. Of the others one is in that, one is a marker.
	if summary.FilesListed != 12 || summary.FilesLoaded != 9 || summary.FilesOther != 3 || summary.EventsNew != 8 || summary.FilesDamaged != 0 {
		t.Errorf("%+v", summary)
	}
	for _, want := range []string{
		"AWSLogs/changed.json: replaced on ", "version " + replaced, "AWSLogs/deleted.json: deleted on ", "version " + deleted,
		"AWSLogs/made again.json: deleted on ", "version " + first, "renamed.log: deleted on ", "version " + renamed,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in %s", want, stderr)
		}
	}
	if !strings.Contains(stderr, "AWSLogs/gone.json: deleted on ") || !strings.Contains(stderr, ", and no version of it is left") || strings.Contains(stderr, "notes.txt") {
		t.Errorf("told were %s", stderr)
	}
	_, stdout, _ := call(t, "sql", "--store", store, "-o", "csv", `
		SELECT regexp_replace(eventName, 'A$', '') AS name, versionId IS NOT NULL AS named, replaced IS NOT NULL AS replaced, deleted IS NOT NULL AS deleted
		FROM events JOIN files USING (file) ORDER BY name`)
	if want := `name,named,replaced,deleted
Archived,false,false,false
Before,true,true,false
Deleted,true,false,true
First,true,true,true
Kept,true,false,false
Renamed,true,false,true
Second,true,false,false
Tampered,true,false,false
`; stdout != want {
		t.Errorf("the events are\n%swant\n%s", stdout, want)
	}
	if again, _ := ingestJSON(t, 3, versions...); again.FilesKnown != 9-1 || again.Records != 0 || again.FilesUnseen != 0 {
		t.Errorf("again: %+v", again)
	}
	if plain, stderr := ingestJSON(t, 0, args...); plain.FilesListed != 4 || plain.FilesKnown != 4 {
		t.Errorf("without versions: %+v %s", plain, stderr)
	}
}

// noise is what no packing makes shorter.
func noise(n int) []byte {
	data := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(data) // which never fails
	return data
}

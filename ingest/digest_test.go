package ingest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailbox/schema"
)

const digestKey = "AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/01/02/111122223333_CloudTrail-Digest_us-east-2_de_mo-1.x_us-east-1_20260102T030405Z.json.gz"

// digestText is a digest with some of its members replaced: a name and a value in turn.
func digestText(replace ...string) string {
	text := `{"awsAccountId":"111122223333","digestStartTime":"2026-01-02T02:04:05Z","digestEndTime":"2026-01-02T03:04:05Z",` +
		`"digestS3Bucket":"logs","digestS3Object":"` + digestKey + `","digestPublicKeyFingerprint":"0001","digestSignatureAlgorithm":"SHA256withRSA",` +
		`"newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,` +
		`"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}`
	return strings.NewReplacer(replace...).Replace(text)
}

func TestParseDigest(t *testing.T) {
	d, err := parseDigest([]byte(digestText(
		`"previousDigestS3Bucket":null`, `"previousDigestS3Bucket":"logs"`, `"previousDigestS3Object":null`, `"previousDigestS3Object":"k"`,
		`"previousDigestSignature":null`, `"previousDigestSignature":"ab"`,
		`"logFiles":[]`, `"logFiles":[{"s3Bucket":"logs","s3Object":"a/b.json.gz","hashValue":"00ff","hashAlgorithm":"SHA-256","newestEventTime":"2026-01-02T02:05:00Z","oldestEventTime":"2026-01-01T23:00:00Z"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	if d.Account != "111122223333" || d.Region != "us-east-2" || d.Trail != "de_mo-1.x" || d.HomeRegion != "us-east-1" || d.Backfill {
		t.Errorf("%+v", d)
	}
	if d.Previous == nil || d.Previous.Object != "k" || d.Previous.Signature != "ab" || len(d.LogFiles) != 1 ||
		d.LogFiles[0].Oldest != time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC) || !d.Newest.IsZero() {
		t.Errorf("%+v", d)
	}
	if d, err := parseDigest([]byte(digestText("Z.json.gz", "Z_backfill.json.gz"))); err != nil || !d.Backfill || d.Previous != nil {
		t.Errorf("backfill: %+v, %v", d, err)
	}

	for _, test := range []struct{ name, text, want string }{
		{"no JSON", "x", "invalid character"},
		{"two values", digestText() + digestText(), "after top-level value"},
		{"no end", digestText(`"digestEndTime"`, `"x"`), "no digestEndTime"},
		{"no fingerprint", digestText(`"digestPublicKeyFingerprint":"0001"`, `"digestPublicKeyFingerprint":null`), "no digestPublicKeyFingerprint"},
		{"no previous signature, not even null", digestText(`"previousDigestSignature":null,`, ``), "not even null"},
		{"previous signature alone", digestText(`"previousDigestSignature":null`, `"previousDigestSignature":"ab"`), "no previousDigestS3Object"},
		{"previous signature that is no text", digestText(`"previousDigestS3Object":null`, `"previousDigestS3Object":"k"`, `"previousDigestSignature":null`, `"previousDigestSignature":7`), "not a string"},
		{"time that would not be signed as it stands", digestText("03:04:05Z\"", "03:04:05.000Z\""), "digestEndTime is not of the form"},
		{"time with an offset", digestText("03:04:05Z\"", "03:04:05+00:00\""), "digestEndTime is not of the form"},
		{"key of something else", digestText(digestKey, "x.json"), "digestS3Object is not the key"},
		{"control characters", digestText(`"logs"`, `"lo\u001b[31mgs"`), "digestS3Bucket has control characters"},
		{"log file without hash", digestText(`"logFiles":[]`, `"logFiles":[{"s3Object":"k"}]`), "no hashValue"},
	} {
		if d, err := parseDigest([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %+v, %v, want %q", test.name, d, err, test.want)
		}
	}
}

// What a digest's name tells is there even where the digest cannot be read, and what it
// tells of the log files that it lists.
func TestDigestKeys(t *testing.T) {
	const logKey = "p/AWSLogs/111122223333/CloudTrail/us-east-2/2026/01/02/111122223333_CloudTrail_us-east-2_20260102T0220Z_AbCdEfGh01234567.json.gz"
	backfill := strings.Replace(digestKey, "Z.json.gz", "Z_backfill.json.gz", 1)
	store := create(t)
	Run(t.Context(), store, []Source{&shelf{objects: []object{
		{uri: "s3://logs/" + digestKey, data: []byte(digestText(`"logFiles":[]`, `"logFiles":[{"s3Bucket":"logs","s3Object":"`+logKey+`","hashValue":"00"},{"s3Bucket":"logs","s3Object":"x","hashValue":"00"}]`))},
		{uri: "s3://logs/" + backfill, data: []byte("{")},
		{uri: "s3://logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-2/x.json.gz", data: []byte("{")},
	}}}, options(Options{Concurrency: 1}))
	want := "loaded|111122223333|us-east-2|2026-01-02T03:04:05Z|de_mo-1.x|us-east-1|false\n" +
		"corrupt|111122223333|us-east-2|2026-01-02T03:04:05Z|de_mo-1.x|us-east-1|true\n" +
		"corrupt|111122223333|us-east-2|<nil>|<nil>|<nil>|<nil>"
	if got := ask(t, store, "SELECT status, account, region, delivered, trail, homeRegion, backfill FROM files ORDER BY file"); got != want {
		t.Errorf("the digests are\n%s\nnot\n%s", got, want)
	}
	want = "AWSLogs/111122223333/CloudTrail/us-east-2/2026/01/02|111122223333_CloudTrail_us-east-2_20260102T0220Z_AbCdEfGh01234567.json|2026-01-02T02:20:00Z\n<nil>|x|<nil>"
	if got := ask(t, store, "SELECT folder, name, delivered FROM digest_log_files ORDER BY position"); got != want {
		t.Errorf("the log files are\n%s\nnot\n%s", got, want)
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add([]byte(digestText()))
	f.Add([]byte(digestText(`"logFiles":[]`, `"logFiles":[{"s3Bucket":"b","s3Object":"k","hashValue":"0"}]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parseDigest(data)
		if (d == nil) == (err == nil) {
			t.Fatalf("%+v, %v", d, err)
		}
		if d != nil && (d.End.IsZero() || d.Trail == "" || !isPlain(d.Bucket+d.Object+d.Fingerprint)) {
			t.Errorf("%+v", d)
		}
	})
}

func TestParseMetadata(t *testing.T) {
	want := schema.Signature{Hex: "abcd", Algorithm: "SHA256withRSA", BackfillGeneratedAt: "2025-05-20T00:00:00.000Z"}
	text, err := EncodeMetadata(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		string(text),
		`{"AcceptRanges":"bytes","ContentLength":7,"Metadata":{"signature":"abcd","signature-algorithm":"SHA256withRSA","backfill-generation-timestamp":"2025-05-20T00:00:00.000Z"}}`,
	} {
		if got, err := ParseMetadata([]byte(text)); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"Metadata":{}}`, `{"signature":7}`, `{"signature":"\u001b[31m"}`} {
		if got, err := ParseMetadata([]byte(text)); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

// The signature that comes later is taken in later, and one that cannot be read is no
// reason to go on without it.
func TestDirMetadata(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, filepath.Base(digestKey))
	if err := os.WriteFile(path, pack([]byte(digestText())), 0o600); err != nil {
		t.Fatal(err)
	}
	store := create(t)
	signature := func() string {
		t.Helper()
		return ask(t, store, "SELECT signature FROM digests JOIN files USING (file) WHERE superseded IS NULL")
	}
	load := func() Summary {
		t.Helper()
		dirs, err := OpenPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		return mustRun(t, store, Options{}, dirs[0])
	}
	if s := load(); s.FilesLoaded != 1 || s.DigestFiles != 1 || strings.Contains(signature(), "abcd") {
		t.Errorf("%+v, %s", s, signature())
	}
	if s := load(); s.FilesKnown != 1 {
		t.Errorf("again: %+v", s)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(schema.MetadataName(path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("x")
	if s := load(); s.FilesDamaged != 1 || s.FilesOther != 1 || len(s.Errors) != 1 || !strings.Contains(s.Errors[0].Error, "not the metadata of a digest file") {
		t.Errorf("damaged metadata: %+v", s)
	}
	write(`{"signature":"abcd"}`)
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(schema.MetadataName(path), future, future); err != nil {
		t.Fatal(err)
	}
	if s := load(); s.FilesLoaded != 1 || s.FilesChanged != 0 || !strings.Contains(signature(), "abcd") {
		t.Errorf("metadata: %+v, %s", s, signature())
	}
	if _, _, err := (&Dir{root: dir}).Fetch(context.Background(), Object{URI: path, Size: 5}); err != nil {
		t.Error(err)
	}
}

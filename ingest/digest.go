package ingest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"trailbox/schema"
)

// Names of the metadata, without S3's x-amz-meta-.
const (
	metaSignature  = "signature"
	metaAlgorithm  = "signature-algorithm"
	metaBackfilled = "backfill-generation-timestamp"
)

// EncodeMetadata writes a signature in the form that ParseMetadata reads: an object of
// the metadata's names and values.
func EncodeMetadata(s schema.Signature) ([]byte, error) {
	meta := map[string]string{metaSignature: s.Hex}
	if s.Algorithm != "" {
		meta[metaAlgorithm] = s.Algorithm
	}
	if s.BackfillGeneratedAt != "" {
		meta[metaBackfilled] = s.BackfillGeneratedAt
	}
	text, err := json.MarshalIndent(meta, "", "  ")
	return append(text, '\n'), err
}

// ParseMetadata reads a file of metadata: what EncodeMetadata writes, or the output of
// aws s3api head-object, which has the same object as its member Metadata.
func ParseMetadata(text []byte) (schema.Signature, error) {
	var outer struct{ Metadata map[string]string }
	if err := json.Unmarshal(text, &outer); err != nil {
		return schema.Signature{}, fmt.Errorf("not the metadata of a digest file: %w", err)
	}
	meta := outer.Metadata
	if meta == nil {
		if err := json.Unmarshal(text, &meta); err != nil {
			return schema.Signature{}, fmt.Errorf("not the metadata of a digest file: %w", err)
		}
	}
	s := SignatureOf(func(name string) string { return meta[name] })
	if s.Hex == "" {
		return s, fmt.Errorf("not the metadata of a digest file: it has no member %q", metaSignature)
	}
	return s, nil
}

// SignatureOf takes a digest's signature from the metadata that get gives by name,
// without S3's x-amz-meta-. What is no plain text counts as lost.
func SignatureOf(get func(name string) string) schema.Signature {
	text := func(name string) string {
		if value := get(name); isPlain(value) {
			return value
		}
		return ""
	}
	return schema.Signature{Hex: text(metaSignature), Algorithm: text(metaAlgorithm), BackfillGeneratedAt: text(metaBackfilled)}
}

// A digestDocument is a digest file as CloudTrail writes it. Members that have to be
// there, be it as null, are raw.
type digestDocument struct {
	AWSAccountID                *string
	DigestStartTime             *string
	DigestEndTime               *string
	DigestS3Bucket              *string
	DigestS3Object              *string
	DigestPublicKeyFingerprint  *string
	DigestSignatureAlgorithm    string
	NewestEventTime             string
	OldestEventTime             string
	PreviousDigestS3Bucket      string
	PreviousDigestS3Object      string
	PreviousDigestHashValue     string
	PreviousDigestHashAlgorithm string
	PreviousDigestSignature     json.RawMessage
	LogFiles                    []struct {
		S3Bucket, S3Object, HashValue, HashAlgorithm string
		NewestEventTime, OldestEventTime             string
	}
}

// parseDigest reads the uncompressed bytes of a digest file.
func parseDigest(data []byte) (*schema.Digest, error) {
	var doc digestDocument
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("not a digest file: %w", err)
	}
	r := digestReader{}
	d := &schema.Digest{
		AWSAccountID:       r.need("awsAccountId", doc.AWSAccountID),
		Start:              r.time("digestStartTime", r.need("digestStartTime", doc.DigestStartTime)),
		End:                r.time("digestEndTime", r.need("digestEndTime", doc.DigestEndTime)),
		Bucket:             r.need("digestS3Bucket", doc.DigestS3Bucket),
		Object:             r.need("digestS3Object", doc.DigestS3Object),
		Fingerprint:        r.need("digestPublicKeyFingerprint", doc.DigestPublicKeyFingerprint),
		SignatureAlgorithm: r.text("digestSignatureAlgorithm", doc.DigestSignatureAlgorithm),
		Newest:             r.optionalTime("newestEventTime", doc.NewestEventTime),
		Oldest:             r.optionalTime("oldestEventTime", doc.OldestEventTime),
	}
	if r.err == nil {
		d.Key = schema.ParseKey(d.Object)
		if d.Trail == "" {
			r.fail("its digestS3Object is not the key of a digest file")
		}
	}
	switch {
	case doc.PreviousDigestSignature == nil:
		r.fail("it has no previousDigestSignature, not even null")
	case doc.PreviousDigestS3Object != "":
		d.Previous = &schema.PreviousDigest{
			Bucket:        r.text("previousDigestS3Bucket", doc.PreviousDigestS3Bucket),
			Object:        r.text("previousDigestS3Object", doc.PreviousDigestS3Object),
			Hash:          r.text("previousDigestHashValue", doc.PreviousDigestHashValue),
			HashAlgorithm: r.text("previousDigestHashAlgorithm", doc.PreviousDigestHashAlgorithm),
		}
		var signature *string
		if json.Unmarshal(doc.PreviousDigestSignature, &signature) != nil {
			r.fail("its previousDigestSignature is not a string")
		}
		if signature != nil {
			d.Previous.Signature = r.text("previousDigestSignature", *signature)
		}
	case string(doc.PreviousDigestSignature) != "null":
		r.fail("it has a previousDigestSignature, but no previousDigestS3Object")
	}
	for _, l := range doc.LogFiles {
		if l.S3Object == "" || l.HashValue == "" {
			r.fail("a log file that it lists has no s3Object or no hashValue")
		}
		d.LogFiles = append(d.LogFiles, schema.DigestLogFile{
			Bucket: r.text("s3Bucket", l.S3Bucket), Object: r.text("s3Object", l.S3Object),
			Hash: r.text("hashValue", l.HashValue), HashAlgorithm: r.text("hashAlgorithm", l.HashAlgorithm),
			Newest: r.optionalTime("newestEventTime", l.NewestEventTime), Oldest: r.optionalTime("oldestEventTime", l.OldestEventTime),
		})
	}
	if r.err != nil {
		return nil, r.err
	}
	return d, nil
}

// A digestReader keeps the first thing that is wrong with a digest.
type digestReader struct{ err error }

func (r *digestReader) fail(what string) {
	if r.err == nil {
		r.err = errors.New("not a digest file as CloudTrail writes it: " + what)
	}
}

func (r *digestReader) need(name string, value *string) string {
	if value == nil || *value == "" {
		r.fail("it has no " + name)
		return ""
	}
	return r.text(name, *value)
}

func (r *digestReader) text(name, value string) string {
	if !isPlain(value) {
		r.fail("its " + name + " has control characters")
	}
	return value
}

// time reads a time in the one form that CloudTrail writes: it is signed as it stands
// there, and has to be written again for that.
func (r *digestReader) time(name, value string) time.Time {
	t, err := time.Parse("2006-01-02T15:04:05Z", value)
	if err != nil || t.Format("2006-01-02T15:04:05Z") != value {
		r.fail("its " + name + " is not of the form YYYY-MM-DDTHH:MM:SSZ")
	}
	return t
}

func (r *digestReader) optionalTime(name, value string) time.Time {
	if value == "" {
		return time.Time{}
	}
	return r.time(name, value)
}

// isPlain reports whether text is text, without control characters, which no name that
// CloudTrail writes has.
func isPlain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

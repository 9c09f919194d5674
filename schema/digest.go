package schema

import (
	"database/sql/driver"
	"time"
)

// A Digest is a digest file, which lists the log files that CloudTrail delivered in an
// hour, and is signed. Members are those of "CloudTrail digest file structure"; what is
// empty or zero was null.
type Digest struct {
	File int32 // its number in files

	AWSAccountID       string
	Start, End         time.Time
	Bucket, Object     string // where it says that it was delivered to
	Key                       // what Object tells; Region is that of the log files that it lists
	Fingerprint        string // of the public key, as it says
	SignatureAlgorithm string
	Newest, Oldest     time.Time // eventTime; zero where no log file was delivered

	Previous *PreviousDigest // nil where a chain begins

	LogFiles  []DigestLogFile
	Signature Signature
}

// A PreviousDigest is what a digest says of the one before it.
type PreviousDigest struct {
	Bucket, Object string
	Hash           string // hexadecimal, of the uncompressed bytes
	HashAlgorithm  string
	Signature      string // hexadecimal
}

// A DigestLogFile is a log file that a digest lists.
type DigestLogFile struct {
	Bucket, Object string
	Hash           string // hexadecimal, of the uncompressed bytes
	HashAlgorithm  string
	Newest, Oldest time.Time // eventTime
}

// A Signature is the metadata that S3 has of a digest file: without it the newest
// digest of a chain cannot be verified. Its members go by x-amz-meta-signature and so
// on.
type Signature struct {
	Hex                 string // empty where the metadata is lost
	Algorithm           string
	BackfillGeneratedAt string // of backfill digests only; RFC 3339
}

func digestRow(d *Digest) []driver.Value {
	var p PreviousDigest
	if d.Previous != nil {
		p = *d.Previous
	}
	return []driver.Value{
		d.File, d.AWSAccountID, d.Account, d.Region, d.HomeRegion, d.Trail, d.Backfill, d.Start, d.End, d.Bucket, d.Object,
		d.Fingerprint, orNull(d.SignatureAlgorithm), timeOrNull(d.Newest), timeOrNull(d.Oldest),
		orNull(p.Bucket), orNull(p.Object), orNull(p.Hash), orNull(p.HashAlgorithm), orNull(p.Signature),
		int32(len(d.LogFiles)), orNull(d.Signature.Hex), orNull(d.Signature.Algorithm), orNull(d.Signature.BackfillGeneratedAt),
	}
}

func digestLogFileRow(d *Digest, i int) []driver.Value {
	l := &d.LogFiles[i]
	k := ParseKey(l.Object)
	return []driver.Value{
		d.File, int32(i), l.Bucket, l.Object, l.Hash, orNull(l.HashAlgorithm),
		timeOrNull(l.Newest), timeOrNull(l.Oldest), orNull(k.Folder), k.Name, timeOrNull(k.Delivered),
	}
}

// appendDigestLogFiles enters what the digests list, all of it with one appender.
func appendDigestLogFiles(conn *connection, digests []Digest) error {
	n := 0
	for i := range digests {
		n += len(digests[i].LogFiles)
	}
	digest, at := 0, 0
	return appendRows(conn, "digest_log_files", n, func(int) ([]driver.Value, error) {
		for at == len(digests[digest].LogFiles) {
			digest, at = digest+1, 0
		}
		at++
		return digestLogFileRow(&digests[digest], at-1), nil
	})
}

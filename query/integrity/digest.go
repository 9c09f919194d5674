package integrity

import (
	"context"
	"crypto/sha256"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/query"
	"trailbox/schema"
)

// A digest is a digest file of the store, and what was found of it.
type digest struct {
	file        int32
	uri         string
	sha256      string // hexadecimal, of the uncompressed bytes
	chain       chainID
	start, end  time.Time
	bucket, key string // where it says that it is
	fingerprint string
	previous    previous
	signature   string // from its metadata; empty where that is lost
	generated   string // when, of a backfill digest
	members     int64  // of gzip

	next    []*digest // that name it as the one before them
	judged  bool      // within the time asked for
	good    bool      // CloudTrail's own
	signer  *Key      // that it is good by
	problem Kind      // the first thing that is wrong with it; empty for nothing
	detail  string    // of problem
}

// A chainID is what tells one chain of digests from another.
type chainID struct {
	Account, Region, Trail, HomeRegion string
	Backfill                           bool
}

// previous is what a digest says of the one before it; the zero previous where it is the
// first of its chain.
type previous struct{ bucket, key, hash, algorithm, signature string }

func (d *digest) object() string { return d.bucket + "/" + d.key }
func (p *previous) object() string {
	if p.key == "" {
		return ""
	}
	return p.bucket + "/" + p.key
}

// A digestRow is a row of digests.sql, with the columns of the table digests.
type digestRow struct {
	File        int32
	URI, SHA256 string
	chainID
	DigestStartTime, DigestEndTime time.Time
	DigestS3Bucket, DigestS3Object string
	DigestPublicKeyFingerprint     string
	PreviousDigestS3Bucket         string
	PreviousDigestS3Object         string
	PreviousDigestHashValue        string
	PreviousDigestHashAlgorithm    string
	PreviousDigestSignature        string
	Signature                      string
	BackfillGenerationTimestamp    string
	Members                        int64
}

func (row *digestRow) digest() *digest {
	return &digest{
		file: row.File, uri: row.URI, sha256: row.SHA256, chain: row.chainID,
		start: row.DigestStartTime, end: row.DigestEndTime, bucket: row.DigestS3Bucket, key: row.DigestS3Object,
		fingerprint: row.DigestPublicKeyFingerprint,
		previous: previous{
			bucket: row.PreviousDigestS3Bucket, key: row.PreviousDigestS3Object, hash: row.PreviousDigestHashValue,
			algorithm: row.PreviousDigestHashAlgorithm, signature: row.PreviousDigestSignature,
		},
		signature: row.Signature, generated: row.BackfillGenerationTimestamp, members: row.Members,
	}
}

// signed is the text that CloudTrail signed: "Custom implementations of CloudTrail log file
// integrity validation". Its times have one form only, see ingest.
func (d *digest) signed() string {
	before := d.previous.signature
	if before == "" {
		before = "null"
	}
	return strings.Join([]string{d.end.Format("2006-01-02T15:04:05Z"), d.object(), d.sha256, before}, "\n")
}

// fail notes what is wrong with a digest, if nothing was so far.
func (d *digest) fail(kind Kind, format string, args ...any) {
	if d.problem == "" {
		d.problem, d.detail = kind, fmt.Sprintf(format, args...)
	}
}

const (
	// keySlack is how much later than the end of a digest's time it may be signed, which
	// is what aws cloudtrail validate-logs allows.
	keySlack = 2 * time.Hour
	// backfillSlack is by how much backfill digests may be off the time that their
	// metadata has.
	backfillSlack = time.Hour
)

// check checks one digest by itself: its place, its key and its signature. A digest whose
// own signature is lost, or was altered, can be proven by the copy of it in its successor.
func (d *digest) check(keys keyring) {
	if at, says := schema.ParseKey(d.uri), schema.ParseKey(d.key); !at.LiesWhere(&says) {
		d.fail(DigestMoved, "it says that it is s3://%s", d.object())
	}
	if d.members > 1 {
		d.fail(DigestDamaged, "more than one gzip member: something was added behind what CloudTrail wrote")
	}
	known := d.findKeys(keys)
	if known == nil {
		return
	}
	signatures := []string{d.signature}
	for _, next := range d.next {
		signatures = append(signatures, next.previous.signature)
	}
	hash := sha256.Sum256([]byte(d.signed()))
	for _, key := range known {
		if slices.ContainsFunc(signatures, func(signature string) bool { return key.signed(hash[:], signature) }) {
			d.signer = key
			break
		}
	}
	switch {
	case d.signer != nil:
		if d.signature != "" && !sameHex(d.signature, signatures) {
			d.fail(ChainSignature, "the signature kept with it is another than the one in %s", d.next[0].uri)
		}
		d.good = d.problem == "" || d.problem == ChainSignature
	case !slices.ContainsFunc(signatures, func(s string) bool { return s != "" }):
		d.fail(DigestUnprovable, "its signature is lost: it is metadata of the object in S3, and no later digest is here that has it too")
	default:
		d.fail(DigestSignature, "the signature does not verify with the key %s", d.fingerprint)
	}
}

// sameHex reports whether all signatures but empty ones are the first one.
func sameHex(first string, signatures []string) bool {
	return !slices.ContainsFunc(signatures, func(s string) bool { return s != "" && !strings.EqualFold(s, first) })
}

// keyTime is the time in which the digest was signed.
func (d *digest) keyTime() (from, until time.Time) {
	if !d.chain.Backfill {
		return d.start, d.end.Add(keySlack)
	}
	if at, err := time.Parse(time.RFC3339Nano, d.generated); err == nil {
		return at.Add(-backfillSlack), at.Add(backfillSlack)
	}
	return d.start, time.Now().UTC() // with its metadata lost: at some time since
}

// findKeys finds the keys that a digest may have been signed with, or notes why there is
// none.
func (d *digest) findKeys(keys keyring) (known []*Key) {
	from, until := d.keyTime()
	kind, detail := KeyUnknown, fmt.Sprintf("no public key with the fingerprint %s is known", d.fingerprint)
	for _, k := range keys[d.fingerprint] {
		switch {
		case k.Region != "" && k.Region != d.chain.Region:
			kind, detail = KeyOfOtherRegion, fmt.Sprintf("its key %s is one of %s", d.fingerprint, k.Region)
		case k.From.After(until) || k.Until.Before(from):
			kind, detail = KeyExpired, fmt.Sprintf("its key %s is valid from %s to %s", d.fingerprint, stamp(k.From), stamp(k.Until))
		default:
			known = append(known, k)
		}
	}
	if known == nil {
		d.fail(kind, "%s", detail)
	}
	return known
}

// readDigests reads the digests of a scope, in the order of chains and time.
func readDigests(ctx context.Context, store *schema.Store, scope *Scope) ([]*digest, error) {
	var digests []*digest
	for row, err := range schema.All[digestRow](query.Statement{SQL: digestsSQL, Args: scope.args()}.Query(ctx, store)) {
		if err != nil {
			return nil, err
		}
		d := row.digest()
		d.judged = scope.holds(d.start, d.end)
		digests = append(digests, d)
	}
	return digests, nil
}

// check checks all digests, each by itself, with all processors.
func check(ctx context.Context, digests []*digest, keys keyring) error {
	g, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(digests); i += workers {
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				digests[i].check(keys)
			}
			return nil
		})
	}
	return g.Wait()
}

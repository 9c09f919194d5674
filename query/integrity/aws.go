package integrity

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

//go:embed sql/lines.sql
var linesSQL string

// WriteAWS writes a result as aws cloudtrail validate-logs does, one trail and Region after
// another: what is valid, if verbose says so, and the summaries to out, what is invalid to
// errs.
//
// It walks as that command does, so that both print the same wherever both can tell: from
// the newest digest back, by what each names as the one before it.
func WriteAWS(ctx context.Context, out, errs io.Writer, store *schema.Store, r *Result, verbose bool) error {
	logs := map[int32][]awsLog{}
	whole := *r
	whole.scope.Until = time.Time{} // it lists to an hour behind the end
	for l, err := range schema.All[awsLog](whole.about(linesSQL).Query(ctx, store)) {
		if err != nil {
			return err
		}
		logs[l.Digest] = append(logs[l.Digest], l)
	}
	var trails []chainID
	for _, d := range r.all {
		id := d.chain
		id.Backfill = false
		if !slices.Contains(trails, id) {
			trails = append(trails, id)
		}
	}
	for _, trail := range trails {
		w := awsWriter{out: out, errs: errs, verbose: verbose, spaced: true, trail: trail, logs: logs}
		w.write(r)
		if w.err != nil {
			return w.err
		}
	}
	return nil
}

// An awsLog is a log file that a digest lists.
type awsLog struct {
	Digest             int32 // that lists it
	S3Bucket, S3Object string
	Verdict            verdict
}

// An awsFile is a digest file by its name; digest is nil for one that could not be read.
type awsFile struct {
	uri    string
	key    schema.Key
	digest *digest
}

// end is when the time ends that the file is of, as its name has it.
func (f *awsFile) end() time.Time { return f.key.Delivered }

type awsCount struct{ valid, all int }

// An awsWriter writes what that command would print for one trail in one Region.
type awsWriter struct {
	out, errs io.Writer
	err       error
	verbose   bool
	spaced    bool // the last line written has an empty one behind it
	trail     chainID
	logs      map[int32][]awsLog

	since, until       time.Time // asked for
	first, last        time.Time // of valid digests
	digests, backfills awsCount
	files              awsCount
}

const awsTime = "2006-01-02T15:04:05Z"

func (w *awsWriter) printf(to io.Writer, format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(to, format, args...)
	}
}

func (w *awsWriter) valid(line string) {
	if w.verbose {
		w.printf(w.out, "%s\n", line)
		w.spaced = false
	}
}

func (w *awsWriter) invalid(line string) {
	if !w.spaced {
		w.printf(w.errs, "\n")
	}
	w.printf(w.errs, "%s\n\n", line)
	w.spaced = true
}

func (w *awsWriter) write(r *Result) {
	var standard, backfill []awsFile
	for _, d := range r.all {
		id := d.chain
		id.Backfill = false
		if id != w.trail {
			continue
		}
		f := awsFile{d.uri, schema.ParseKey(d.uri), d}
		if d.chain.Backfill {
			backfill = append(backfill, f)
		} else {
			standard = append(standard, f)
		}
	}
	for _, d := range r.unreadDigests {
		id := d.chain
		id.Backfill = false
		if id != w.trail {
			continue
		}
		f := awsFile{d.finding.URI, schema.ParseKey(d.finding.URI), nil}
		if d.chain.Backfill {
			backfill = append(backfill, f)
		} else {
			standard = append(standard, f)
		}
	}
	w.since, w.until = r.scope.Since, r.scope.Until
	for _, f := range slices.Concat(standard, backfill) {
		if d := f.digest; d != nil && r.scope.Since.IsZero() && (w.since.IsZero() || d.start.Before(w.since)) {
			w.since = d.start
		}
		if r.scope.Until.IsZero() {
			w.until = maxTime(w.until, f.end())
		}
	}
	w.printf(w.out, "Validating log files for trail %s between %s and %s\n\n", w.trail.arn(), w.since.Format(awsTime), w.until.Format(awsTime))
	w.walk(standard, "", &w.digests)
	w.walk(backfill, "(backfill) ", &w.backfills)
	w.summary()
}

// arn is the trail's name for AWS, where its account is the one that the digests are of.
func (c *chainID) arn() string {
	return fmt.Sprintf("arn:%s:cloudtrail:%s:%s:trail/%s", schema.Partition(c.HomeRegion), c.HomeRegion, c.Account, c.Trail)
}

// walk follows one chain, from the newest digest in the time asked for.
func (w *awsWriter) walk(files []awsFile, prefix string, total *awsCount) {
	slices.SortStableFunc(files, func(a, b awsFile) int { return a.end().Compare(b.end()) })
	byName := map[string][]awsFile{}
	for _, f := range files {
		byName[f.key.Name] = append(byName[f.key.Name], f)
	}
	var listed []awsFile
	for _, f := range files {
		// It lists to an hour behind the end, to find the digest that the end is in.
		if !f.end().Before(w.since) && !f.end().After(w.until.Add(time.Hour)) {
			listed = append(listed, f)
		}
	}
	older := func(end time.Time) (awsFile, bool) { // the next one to look at
		for len(listed) > 0 {
			f := listed[len(listed)-1]
			listed = listed[:len(listed)-1]
			if f.end().Before(end) {
				return f, true
			}
		}
		return awsFile{}, false
	}
	at, ok := older(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	lastStart := w.until
	for ok && !w.since.After(lastStart) {
		total.all++
		line := prefix + "Digest file\t" + query.Escape(at.uri)
		problem := w.problem(at)
		if problem != "" {
			w.invalid(line + "\tINVALID: " + problem)
			at, ok = older(at.end())
			continue
		}
		total.valid++
		d := at.digest
		w.valid(line + "\tvalid")
		w.first, w.last = minTime(w.first, d.start), maxTime(w.last, d.end)
		w.writeLogs(d)
		lastStart = d.start
		if d.previous.key == "" {
			if at, ok = older(at.end()); ok {
				w.invalid(fmt.Sprintf("%sNo log files were delivered by CloudTrail between %s and %s", prefix, at.end().Format(awsTime), d.start.Format(awsTime)))
			}
			continue
		}
		before := schema.ParseKey(d.previous.key)
		at = awsFile{"s3://" + d.previous.object(), before, &digest{problem: DigestMissing}}
		for _, f := range byName[before.Name] {
			if at = f; f.key.LiesWhere(&before) {
				break // or it was moved
			}
		}
	}
}

func minTime(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// problem is why a digest is invalid, in that command's words; empty if it is not.
func (w *awsWriter) problem(f awsFile) string {
	if f.digest == nil {
		return "invalid format"
	}
	switch f.digest.problem {
	case "":
		return ""
	case DigestMissing:
		return "not found"
	case DigestMoved:
		return "has been moved from its original location"
	case DigestDamaged:
		return "unexpected data after end of compressed stream"
	case KeyUnknown, KeyExpired, KeyOfOtherRegion:
		return fmt.Sprintf("public key not found in region %s for fingerprint %s", f.digest.chain.HomeRegion, f.digest.fingerprint)
	default:
		return "signature verification failed"
	}
}

// writeLogs writes the log files that a digest lists.
func (w *awsWriter) writeLogs(d *digest) {
	for _, l := range w.logs[d.file] {
		w.files.all++
		line := "Log file\t" + query.Escape("s3://"+l.S3Bucket+"/"+l.S3Object)
		switch l.Verdict {
		case verdictValid:
			w.files.valid++
			w.valid(line + "\tvalid")
		case verdictMissing, verdictLeftOut, verdictMoved:
			w.invalid(line + "\tINVALID: not found")
		case verdictUnread:
			w.invalid(line + "\tINVALID: invalid format")
		case verdictArchived:
			w.invalid(line + "\tINVALID: archived, and not read")
		case verdictTrailing:
			w.invalid(line + "\tINVALID: unexpected data after end of compressed stream")
		default:
			w.invalid(line + "\tINVALID: hash value doesn't match")
		}
	}
}

func (w *awsWriter) summary() {
	if !w.spaced {
		w.printf(w.out, "\n")
	}
	w.printf(w.out, "Results requested for %s to %s\n", w.since.Format(awsTime), w.until.Format(awsTime))
	switch {
	case w.digests.all+w.backfills.all == 0:
		w.printf(w.out, "No digests found\n")
		return
	case w.digests.valid+w.backfills.valid == 0:
		w.printf(w.out, "No valid digests found in range\n")
	default:
		from, until := maxTime(w.since, w.first), w.last
		if w.until.Before(until) {
			until = w.until
		}
		w.printf(w.out, "Results found for %s to %s:\n", from.Format(awsTime), until.Format(awsTime))
	}
	for _, ratio := range [...]struct {
		name string
		awsCount
	}{{"digest", w.digests}, {"backfill digest", w.backfills}, {"log", w.files}} {
		if ratio.all == 0 {
			continue
		}
		w.printf(w.out, "\n%d/%d %s files valid", ratio.valid, ratio.all, ratio.name)
		if bad := ratio.all - ratio.valid; bad > 0 {
			w.printf(w.out, ", %d/%d %s files INVALID", bad, ratio.all, ratio.name)
		}
	}
	w.printf(w.out, "\n")
}

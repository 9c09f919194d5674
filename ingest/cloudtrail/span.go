package cloudtrail

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// A span is a time in whole seconds, from its begin to before its end.
type span struct{ from, until time.Time }

func (s span) empty() bool { return !s.from.Before(s.until) }

const (
	scheme = "cloudtrail://"
	stamp  = "20060102T150405Z"
)

// pageURI is the URI of an answer of LookupEvents that covers a span.
func pageURI(region, account string, s span, hash string) string {
	return fmt.Sprintf("%s%s%s-%s-%s.json", scheme, place(region, account), s.from.Format(stamp), s.until.Format(stamp), hash)
}

// place is the folder of a Region's answers.
func place(region, account string) string { return region + "/" + account + "/" }

var pageName = regexp.MustCompile(`^` + scheme + `([a-z0-9-]+)/([a-z0-9]+)/(\d{8}T\d{6}Z)-(\d{8}T\d{6}Z)-[0-9a-f]+\.json$`)

// parsePage reads a URI that pageURI wrote.
func parsePage(uri string) (region, account string, s span, ok bool) {
	m := pageName.FindStringSubmatch(uri)
	if m == nil {
		return "", "", span{}, false
	}
	var errs [2]error
	s.from, errs[0] = time.Parse(stamp, m[3])
	s.until, errs[1] = time.Parse(stamp, m[4])
	return m[1], m[2], s, errs[0] == nil && errs[1] == nil
}

// gaps are the parts of a span that none of the covered ones has, newest first. Of a stretch
// that they cover together the last of it counts as not covered, as long as the gap behind it is,
// within limits: CloudTrail delivers late.
func gaps(whole span, covered []span) []span {
	slices.SortFunc(covered, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), a.until.Compare(b.until)) })
	var found []span
	at := whole.from
	for i := 0; i < len(covered) && at.Before(whole.until); {
		stretch := covered[i]
		for i++; i < len(covered) && !covered[i].from.After(stretch.until); i++ {
			if covered[i].until.After(stretch.until) {
				stretch.until = covered[i].until
			}
		}
		next := whole.until
		if i < len(covered) {
			next = earlier(next, covered[i].from)
		}
		stretch.until = stretch.until.Add(-min(max(next.Sub(stretch.until), overlap), maxOverlap))
		if stretch.empty() || !stretch.until.After(at) {
			continue
		}
		if gap := (span{at, earlier(stretch.from, whole.until)}); !gap.empty() {
			found = append(found, gap)
		}
		at = stretch.until
	}
	if rest := (span{at, whole.until}); !rest.empty() {
		found = append(found, rest)
	}
	slices.Reverse(found)
	return found
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

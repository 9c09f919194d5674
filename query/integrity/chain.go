package integrity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// link finds the successors of each digest: those that name it as the one before them.
// Of copies of one digest each gets them all.
func link(digests []*digest) (byObject map[string][]*digest) {
	byObject = make(map[string][]*digest, len(digests))
	for _, d := range digests {
		byObject[d.object()] = append(byObject[d.object()], d)
	}
	for _, d := range digests {
		for _, before := range byObject[d.previous.object()] {
			before.next = append(before.next, d)
		}
	}
	return byObject
}

// A chainWalk follows the chains of digests that were checked one by one.
type chainWalk struct {
	byObject map[string][]*digest
	scope    *Scope
	asked    time.Time       // the first time that any run has asked for; zero for no limit
	unread   map[string]bool // names of digest files that are here, and damaged
	findings []Finding
}

func (w *chainWalk) find(d *digest, kind Kind, from, until time.Time, uri, format string, args ...any) {
	w.findings = append(w.findings, Finding{
		Kind: kind, Account: d.chain.Account, Region: d.chain.Region, Trail: d.chain.Trail,
		URI: uri, From: from, Until: until, Detail: fmt.Sprintf(format, args...),
	})
}

// walk follows one chain: its digests in the order of their time.
func (w *chainWalk) walk(chain []*digest) {
	unknown := map[string][]*digest{} // keys
	for i, d := range chain {
		if !d.judged {
			continue
		}
		switch d.problem {
		case "":
		case KeyUnknown:
			unknown[d.fingerprint] = append(unknown[d.fingerprint], d)
		default:
			w.find(d, d.problem, d.start, d.end, d.uri, "%s", d.detail)
		}
		if i > 0 && chain[i-1].object() == d.object() {
			continue // a copy: of the chain it is one
		}
		older := olderThan(chain[:i], d)
		switch {
		case d.previous.key == "" && older != nil && !d.chain.Backfill:
			w.find(d, ChainRestart, older.end, d.start, "", "a chain ends at %s and a new one begins at %s", stamp(older.end), stamp(d.start))
		case d.previous.key == "":
		case len(w.byObject[d.previous.object()]) == 0:
			w.missing(d, older)
		default:
			w.compare(d, w.byObject[d.previous.object()])
		}
	}
	for _, digests := range unknown {
		first, last, uri := digests[0], digests[len(digests)-1], ""
		if first == last {
			uri = first.uri
		}
		w.find(first, KeyUnknown, first.start, last.end, uri, "%s: digests of %s to %s", first.detail, stamp(first.start), stamp(last.end))
		w.findings[len(w.findings)-1].Files = int64(len(digests))
	}
}

// olderThan finds the newest digest of those before d in time, nil for none. Those that
// are false do not count: they say of their time what they like.
func olderThan(before []*digest, d *digest) *digest {
	for _, older := range slices.Backward(before) {
		switch older.problem {
		case DigestSignature, DigestMoved, DigestUnrebuilt, KeyExpired, KeyOfOtherRegion:
			continue
		}
		if older.object() != d.object() && !older.end.After(d.start) {
			return older
		}
	}
	return nil
}

// compare compares a digest with what its successor d says of it. One of its copies has to
// be the one that d means.
func (w *chainWalk) compare(d *digest, copies []*digest) {
	before := copies[0]
	if d.previous.algorithm != "" && d.previous.algorithm != "SHA-256" {
		w.find(d, ChainHash, before.start, before.end, before.uri, "%s names its hash as %s, which nothing is known of", d.uri, d.previous.algorithm)
		return
	}
	if !slices.ContainsFunc(copies, func(c *digest) bool { return strings.EqualFold(c.sha256, d.previous.hash) }) {
		w.find(d, ChainHash, before.start, before.end, before.uri, "its SHA-256 is %s, and its successor %s says %s", before.sha256, d.uri, d.previous.hash)
	}
	if first := before.next[0]; first != d && first.object() != d.object() {
		w.find(d, DigestForked, d.start, d.end, d.uri, "it names the digest before it, as %s does: %s", first.uri, before.uri)
	}
	if !d.chain.Backfill && before.end.Before(d.start) {
		w.find(d, ChainGap, before.end, d.start, "", "the digests before and after it name each other, and leave this time out")
	}
}

// hoursApart is how many digests in a row that are missing have a finding each. A false
// one of a hundred years ago must not bury the other findings.
const hoursApart = 7 * 24

// missing tells of the digest before d that is not here, and of those before that one: a
// digest for each hour.
func (w *chainWalk) missing(d *digest, older *digest) {
	uri := "s3://" + d.previous.object()
	before := schema.ParseKey(d.previous.key)
	end := before.Delivered
	if w.scope.Since.IsZero() && !end.IsZero() && end.Before(w.asked) || !w.scope.Since.IsZero() && !end.After(w.scope.Since) {
		return // it was not asked for
	}
	if w.unread[before.Name] {
		return // it is here, and told of
	}
	from := end.Add(-time.Hour)
	switch {
	case end.IsZero():
		w.find(d, DigestMissing, time.Time{}, d.start, uri, "the digest before %s is not here", d.uri)
		return
	case d.chain.Backfill:
		w.find(d, DigestMissing, time.Time{}, end, uri, "the backfill digest before %s is not here", d.uri)
		return
	case older == nil:
		w.find(d, DigestMissing, time.Time{}, end, uri, "the digest before %s is not here, nor is any older one: the chain is cut off", d.uri)
		return
	case older.end.After(from):
		from = older.end
	}
	// The name of the last one is known, those of the others are told by their hours.
	w.find(d, DigestMissing, from, end, uri, "the digest before %s is not here", d.uri)
	if hours := from.Sub(older.end) / time.Hour; hours > hoursApart {
		w.find(d, DigestMissing, older.end, from, "", "the %d digests of %s to %s are not here", hours, stamp(older.end), stamp(from))
		w.findings[len(w.findings)-1].Files = int64(hours)
		return
	}
	for until := from; until.After(older.end); {
		begin := until.Add(-time.Hour)
		if begin.Sub(older.end) < time.Minute {
			begin = older.end
		}
		w.find(d, DigestMissing, begin, until, "", "the digest of %s to %s is not here", stamp(begin), stamp(until))
		until = begin
	}
}

// ends tells of chains that end while those of other Regions go on.
func (w *chainWalk) ends(chains [][]*digest) {
	type trail struct{ account, name, home string }
	latest := map[trail]*digest{}
	of := func(d *digest) trail { return trail{d.chain.Account, d.chain.Trail, d.chain.HomeRegion} }
	last := func(chain []*digest) *digest {
		for _, d := range slices.Backward(chain) {
			if d.judged && !d.chain.Backfill {
				return d
			}
		}
		return nil
	}
	for _, chain := range chains {
		if d := last(chain); d != nil && (latest[of(d)] == nil || d.end.After(latest[of(d)].end)) {
			latest[of(d)] = d
		}
	}
	for _, chain := range chains {
		// All Regions have their hours at the same time; the digests of the newest one may
		// not have come yet.
		if d := last(chain); d != nil && latest[of(d)].end.Sub(d.end) > 90*time.Minute {
			other := latest[of(d)]
			w.find(d, ChainEnd, d.end, other.end, "", "the last digest is of %s, and that of %s of %s", stamp(d.end), other.chain.Region, stamp(other.end))
		}
	}
}

// chainsOf cuts digests, which are in the order of chains, into chains.
func chainsOf(digests []*digest) (chains [][]*digest) {
	for i, d := range digests {
		if i == 0 || digests[i-1].chain != d.chain {
			chains = append(chains, nil)
		}
		chains[len(chains)-1] = append(chains[len(chains)-1], d)
	}
	return chains
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

package dossier

import (
	"context"
	"fmt"

	"trailbox/query"
)

// limits gathers what the case cannot tell.
func (w *work) limits(ctx context.Context) error {
	m, c := &w.manifest, &w.summary.coverage
	for _, l := range w.Limits {
		m.limit(l.Serious, "%s", l.Text)
	}
	if w.Filter.HasPeriod() {
		r, err := query.FindReport("coverage")
		if err != nil {
			return err
		}
		a, err := r.Absent(ctx, w.store, w.Filter)
		switch {
		case err != nil:
			return err
		case a.Places == 0:
			m.limit(true, "the period is not covered: nothing is there")
		case a.Absent > 0:
			m.limit(true, "the period is not covered: some of it is absent, by account and Region in %d of %d: coverage.csv", a.Absent, a.Places)
		}
		if c.Timeless > 0 {
			m.limit(true, "%s without a time of these accounts and Regions: limits of time leave them out", query.Plural(c.Timeless, "event"))
		}
	}
	if c.Damaged > 0 {
		m.limit(true, "%s in the store: what was in it is not known, and may belong here", query.Plural(c.Damaged, "damaged log file"))
	}
	if c.Failed > 0 {
		m.limit(true, "%s could not be fetched, and may belong here", query.Plural(c.Failed, "log file"))
	}
	coverage := w.summary.kept["coverage"]
	off := 0
	for _, row := range coverage.rows {
		if isOff(coverage.text(row, "state")) {
			off++
		}
	}
	if off > 0 {
		m.limit(false, "a trail was off %s in this time, and what it alone would have logged is not there: coverage.csv", times(off))
	}
	w.proof()
	if m.Rules.Refused > 0 {
		m.limit(false, "%s could not be run, and what would have matched is not told", query.Plural(m.Rules.Refused, "rule"))
	}
	if n := w.Rules.Barren(w.Alarms); n > 0 {
		m.limit(false, "%s that can match nothing, such as a disabled one", query.Plural(int64(n), "rule"))
	}
	elsewhere, err := w.Rules.Elsewhere(ctx, w.store, w.Alarms)
	if err == nil && elsewhere > 0 {
		m.limit(false, "%d of the alarms and rules belong to an account or a Region that no event is from", elsewhere)
	}
	return err
}

// countFile counts what is proven of the log files of the case.
func (w *work) countFile(k *kept, row []any) { w.manifest.Proof[k.text(row, "proof")]++ }

// proof says how much of the log files of the case is not proven.
func (w *work) proof() {
	m, all := &w.manifest, w.summary.kept["files"].total
	switch proven := m.Proof["proven"]; {
	case all == 0:
	case !m.Store.Verified:
		m.limit(false, "nobody has verified the store: none of the %s is proven to be as CloudTrail delivered it", query.Plural(all, "log file"))
	case proven < all:
		m.limit(true, "%d of the %s not proven to be as CloudTrail delivered it: files.csv says why", all-proven, query.Plural(all, "log file")+isAre(all-proven))
	}
}

func isAre(n int64) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// times says how often.
func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

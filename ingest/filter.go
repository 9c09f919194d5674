package ingest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// A Filter limits what is loaded. The zero Filter limits nothing.
type Filter struct {
	// Scope's times are those of events. Of accounts and Regions a file's key decides;
	// where the key does not tell, the record.
	schema.Scope
	Slack time.Duration // how much later than Until a file may be that still holds events of before
}

// DefaultSlack is how late log files are looked for behind Until. CloudTrail
// names a file after its newest event, in the day that this falls into; events
// that were delivered late are in later files ("Getting and viewing your
// CloudTrail log files": about 5 minutes, not guaranteed).
const DefaultSlack = 24 * time.Hour

// String is the filter in a canonical form, empty for the zero Filter: what was
// left out of a file under one filter is still to be loaded under another.
func (f *Filter) String() string {
	limits := f.Limits()
	if !f.Until.IsZero() && f.Slack != DefaultSlack {
		limits = append(limits, fmt.Sprint("slack ", f.Slack))
	}
	slices.Sort(limits)
	return strings.Join(limits, ", ")
}

// How much later than its name says the events of a file may be: the documentation's
// sample of a digest has a file of 14:45 with events up to 14:52.
const nameSlack = time.Hour

// delivered is the range of names that may be of files with wanted events; zero for
// no limit. It is by whole days, on the safe side: CloudTrail names a file after its
// newest event, as a rule and not as a promise.
func (f *Filter) delivered() (from, until time.Time) {
	const day = 24 * time.Hour
	if !f.Since.IsZero() {
		from = f.Since.Truncate(day)
		if earlier := f.Since.Add(-nameSlack); earlier.Before(from) {
			from = earlier
		}
	}
	if !f.Until.IsZero() {
		until = f.Until.Add(f.Slack).Truncate(day).Add(day)
	}
	return from, until
}

// wantsFile reports whether a file of that key may hold events that are wanted.
func (f *Filter) wantsFile(k *schema.Key) bool {
	if k.Account != "" && len(f.Accounts) > 0 && !slices.Contains(f.Accounts, k.Account) {
		return false
	}
	if k.Region != "" && len(f.Regions) > 0 && !slices.Contains(f.Regions, k.Region) {
		return false
	}
	if k.Delivered.IsZero() {
		return true
	}
	from, until := f.delivered()
	return !k.Delivered.Before(from) && (until.IsZero() || k.Delivered.Before(until))
}

// wantsFolder decides about what is below a folder by the same rules as wantsFile.
func (f *Filter) wantsFolder(path string) Want {
	dir, ok := schema.ParseFolder(path)
	if !ok {
		return WantAll // its files are judged one by one
	}
	some := false
	for _, limit := range [...]struct {
		list []string
		name string
	}{{f.Accounts, dir.Account}, {f.Regions, dir.Region}} {
		switch {
		case len(limit.list) == 0:
		case limit.name == "":
			some = true
		case !slices.Contains(limit.list, limit.name):
			return WantNone
		}
	}
	from, until := f.delivered()
	switch {
	case dir.From.IsZero():
		some = some || !from.IsZero() || !until.IsZero()
	case !dir.Until.After(from) || !until.IsZero() && !dir.From.Before(until):
		return WantNone
	case dir.Until.Sub(dir.From) > 31*24*time.Hour:
		// Of a year some months may not be wanted. To ask for the days of a month would
		// cost more requests than most months have.
		some = some || dir.From.Before(from) || !until.IsZero() && dir.Until.After(until)
	}
	if some {
		return WantSome
	}
	return WantAll
}

// wantsEvent reports whether an event of a wanted file is wanted. An event without
// a time is always wanted: nothing says that it is outside.
func (f *Filter) wantsEvent(k *schema.Key, ev *schema.Event) bool {
	if !ev.EventTime.IsZero() {
		if !f.Since.IsZero() && ev.EventTime.Before(f.Since) {
			return false
		}
		if !f.Until.IsZero() && !ev.EventTime.Before(f.Until) {
			return false
		}
	}
	if k.Account == "" && len(f.Accounts) > 0 {
		account := ev.Leaves[schema.ColRecipientAccountID]
		if account == nil {
			account = ev.Leaves[schema.ColAccountID]
		}
		if account != nil && !slices.Contains(f.Accounts, string(account)) {
			return false
		}
	}
	if k.Region == "" && len(f.Regions) > 0 {
		if region := ev.Leaves[schema.ColAWSRegion]; region != nil && !slices.Contains(f.Regions, string(region)) {
			return false
		}
	}
	return true
}

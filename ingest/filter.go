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
	Since time.Time     // the first eventTime to load; zero for no limit
	Until time.Time     // the first eventTime to leave out; zero for no limit
	Slack time.Duration // how much later than Until a file may be that still holds events of before
	// Accounts and Regions are those to load; empty for all. A file's key decides;
	// where the key does not tell, the record.
	Accounts []string
	Regions  []string
}

// DefaultSlack is how late log files are looked for behind Until. CloudTrail
// names a file after its newest event, in the day that this falls into; events
// that were delivered late are in later files ("Getting and viewing your
// CloudTrail log files": about 5 minutes, not guaranteed).
const DefaultSlack = 24 * time.Hour

// String is the filter in a canonical form, empty for the zero Filter: what was
// left out of a file under one filter is still to be loaded under another.
func (f *Filter) String() string {
	var parts []string
	if !f.Since.IsZero() {
		parts = append(parts, "since "+f.Since.UTC().Format(time.RFC3339Nano))
	}
	if !f.Until.IsZero() {
		parts = append(parts, "until "+f.Until.UTC().Format(time.RFC3339Nano))
		if f.Slack != DefaultSlack {
			parts = append(parts, fmt.Sprint("slack ", f.Slack))
		}
	}
	for name, list := range map[string][]string{"account": f.Accounts, "region": f.Regions} {
		if len(list) > 0 {
			sorted := slices.Sorted(slices.Values(list))
			parts = append(parts, name+" "+strings.Join(slices.Compact(sorted), " "))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// wantsFile reports whether a file of that key may hold events that are wanted.
func (f *Filter) wantsFile(k *Key) bool {
	if k.Account != "" && len(f.Accounts) > 0 && !slices.Contains(f.Accounts, k.Account) {
		return false
	}
	if k.Region != "" && len(f.Regions) > 0 && !slices.Contains(f.Regions, k.Region) {
		return false
	}
	if k.Delivered.IsZero() {
		return true
	}
	// By whole days, on the safe side: the time in a name is that of the newest
	// event, but documented samples show files with events after it.
	const day = 24 * time.Hour
	if !f.Since.IsZero() && k.Delivered.Before(f.Since.Truncate(day)) {
		return false
	}
	if !f.Until.IsZero() && !k.Delivered.Before(f.Until.Add(f.Slack).Truncate(day).Add(day)) {
		return false
	}
	return true
}

// wantsEvent reports whether an event of a wanted file is wanted. An event without
// a time is always wanted: nothing says that it is outside.
func (f *Filter) wantsEvent(k *Key, ev *schema.Event) bool {
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

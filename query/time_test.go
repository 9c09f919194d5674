package query

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC) // half past midnight in Paris, the day after
	for _, test := range []struct {
		text string
		zone *time.Location
		want string
	}{
		{"now", time.UTC, "2026-03-31T22:30:00Z"},
		{"today", time.UTC, "2026-03-31T00:00:00Z"},
		{"today", paris, "2026-03-31T22:00:00Z"},
		{"yesterday", time.UTC, "2026-03-30T00:00:00Z"},
		{"yesterday", paris, "2026-03-30T22:00:00Z"},
		{"36h", paris, "2026-03-30T10:30:00Z"},
		{"1y", time.UTC, "2025-03-31T22:30:00Z"},
		{"3mo", time.UTC, "2025-12-31T22:30:00Z"},
		{"2m", time.UTC, "2026-03-31T22:28:00Z"},
		{"2026-03", time.UTC, "2026-03-01T00:00:00Z"},
		{"2026-03", paris, "2026-02-28T23:00:00Z"},
		{"2026-07-01", paris, "2026-06-30T22:00:00Z"},
		{"2026-03-02 14:05", paris, "2026-03-02T13:05:00Z"},
		{"2026-03-02T14:05:00Z", paris, "2026-03-02T14:05:00Z"},
		{"2026-03-02T14:05:00+02:00", paris, "2026-03-02T12:05:00Z"},
	} {
		got, err := ParseTime(test.text, now, test.zone)
		if err != nil || got.Format(time.RFC3339) != test.want {
			t.Errorf("%s in %s: %s, %v, want %s", test.text, test.zone, got.Format(time.RFC3339), err, test.want)
		}
	}
	for _, text := range []string{"", "someday", "7", "7x", "99999999999999999999d", "99999y", "2026-13", "2026-02-30"} {
		if got, err := ParseTime(text, now, time.UTC); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

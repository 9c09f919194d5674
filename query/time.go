package query

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ago is how long ago something was: a number and its unit.
var ago = regexp.MustCompile(`^(\d+)(m|h|d|w|mo|y)$`)

// ParseTime reads a time as people write them, in a zone unless it says otherwise.
func ParseTime(text string, now time.Time, zone *time.Location) (time.Time, error) {
	now = now.In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	switch text {
	case "now":
		return now.UTC(), nil
	case "today":
		return midnight.UTC(), nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1).UTC(), nil
	}
	if m := ago.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
		switch {
		case err != nil:
		case m[2] == "y" && n < 10_000:
			return now.AddDate(-n, 0, 0).UTC(), nil
		case m[2] == "mo" && n < 100_000:
			return now.AddDate(0, -n, 0).UTC(), nil
		case unit > 0 && n < int(1<<62/unit):
			return now.Add(-time.Duration(n) * unit).UTC(), nil
		}
	}
	for _, layout := range [...]string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", time.DateOnly, "2006-01", "2006",
	} {
		if t, err := time.ParseInLocation(layout, strings.Replace(text, " ", "T", 1), zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-03-02, 2026-03-02T14:05:00Z, yesterday, or 7d for seven days ago", text)
}

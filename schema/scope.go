package schema

import (
	"slices"
	"strings"
	"time"
)

// A Scope says what something is about, by time and place. The zero Scope means all
// that there is.
type Scope struct {
	Since    time.Time // the first time that counts; zero for no limit
	Until    time.Time // the first time that does not; zero for no limit
	Accounts []string  // empty for all
	Regions  []string  // likewise, as awsRegion
}

// Args are the values of the scope, by the names that statements have for them: $since
// and $until, $accounts and $regions as VARCHAR[], each NULL where there is no limit.
func (s *Scope) Args() []Arg {
	return []Arg{
		{"since", timeOrNull(s.Since.UTC())}, {"until", timeOrNull(s.Until.UTC())},
		{"accounts", listOrNull(s.Accounts)}, {"regions", listOrNull(s.Regions)},
	}
}

func listOrNull(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

// Limits are the limits of the scope in words, each by its name, in the order of their
// names: account 111122223333, since 2026-03-02T10:00:00Z.
func (s *Scope) Limits() []string {
	var limits []string
	add := func(name, value string) {
		if value != "" {
			limits = append(limits, name+" "+value)
		}
	}
	add("account", joined(s.Accounts))
	add("region", joined(s.Regions))
	add("since", stampOf(s.Since))
	add("until", stampOf(s.Until))
	return limits
}

// String is the scope in words, empty for the zero Scope. Scopes that mean the same have
// the same text.
func (s *Scope) String() string { return strings.Join(s.Limits(), ", ") }

// joined is a list that is a set.
func joined(list []string) string {
	sorted := slices.Sorted(slices.Values(list))
	return strings.Join(slices.Compact(sorted), " ")
}

func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Partition is the part of AWS that a Region is in, as ARNs name it.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

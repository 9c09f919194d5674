package alarm

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
)

// suppressing are the suppressions of a text, settled for a Set.
func suppressing(t *testing.T, set *Set, text string) []*Suppression {
	t.Helper()
	all, err := ParseSuppressions([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if unmet, err := s.Settle(set); err != nil || unmet != nil {
			t.Fatal(unmet, err)
		}
	}
	return all
}

// A suppression leaves out the matches that it means and counts them, each for the first that
// does; a correlation or an alarm, if it means all events.
func TestSuppress(t *testing.T) {
	from := func(n int, at, name, address string, members ...string) string {
		return event(at, name, append(members, "eventID", id(n), "sourceIPAddress", address)...)
	}
	store := recordtest.Load(t,
		from(1, "2026-03-02T10:00:00Z", "DeleteBucket", "198.51.100.7"),
		from(2, "2026-03-02T10:01:00Z", "DeleteBucket", "198.51.100.7", "errorCode", "AccessDenied"),
		from(3, "2026-03-02T11:00:00Z", "DeleteBucket", "203.0.113.9"),
		from(4, "2026-03-02T11:00:01Z", "DeleteBucket", "203.0.113.9", "errorCode", "AccessDenied"),
		from(5, "2026-03-02T12:00:00Z", "GetObject", "198.51.100.7", "errorCode", "AccessDenied"),
		from(6, "2026-03-02T13:00:00Z", "DeleteBucket", "203.0.113.9"),
		from(7, "2026-03-02T13:00:02Z", "DeleteBucket", "198.51.100.8"),
	)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 2)
	set.AddSigma(sigma.Parse("rules.yml", sigmaRules))
	o := Options{Events: 1}
	o.Suppressions = suppressing(t, set, `
- {rule: Denied, source-ip: 203.0.113.0/24, why: a scanner, by: somebody, until: 2030-01-01}
- {rule: "den*", error-code: AccessDenied, event-name: [DeleteBucket, CreateBucket], why: known}
- {rule: Many buckets, source-ip: 203.0.113.9, why: a job}
- {rule: "*DeleteBucket*", source-ip: 203.0.113.9, why: a job}
- {rule: Many buckets, actor: nobody, account: "111122223333", aws-region: us-east-1, read-only: false, resource: a, user-agent: b, caller-account: "111122223333", access-key: AKIAIOSFODNN7EXAMPLE, event-source: s3, errors-only: true, why: nothing}
`)
	want := []string{"1 a scanner", "1 known", "1 a job", "1 a job", "0 nothing"}
	counts := func(all []Suppressed) (texts []string) {
		for _, s := range all {
			texts = append(texts, fmt.Sprintf("%d %s", s.Matches, s.Why))
		}
		return texts
	}
	list := func(keep bool) (all []string) {
		o.KeepSuppressed = keep
		found, err := Find(t.Context(), store, set, o)
		if err != nil {
			t.Fatal(err)
		}
		if got := counts(found.Suppressed); !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
		if !found.Fired() {
			t.Error("nothing is left")
		}
		for f, err := range found.ByTime(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			switch f := f.(type) {
			case *Transition:
				all = append(all, fmt.Sprintf("%s %s %t", f.Time.Format("15:04"), f.New, f.Suppressed != nil))
			case *Match:
				all = append(all, fmt.Sprintf("%s %s %t", f.Time.Format("15:04"), f.Rule.Name, f.Suppressed != nil))
			}
		}
		return all
	}
	// The alarm sees two events in a minute twice: those of 11:00, all of a job, and those of
	// 13:00, one of somebody else.
	left := []string{"10:01 Many buckets false", "12:00 Denied false", "13:01 ALARM false", "13:02 INSUFFICIENT_DATA false"}
	changes := func(all []string) []string { // without those between OK and INSUFFICIENT_DATA, which have no events
		return slices.DeleteFunc(all, func(s string) bool {
			return strings.HasPrefix(s, "10:0") && strings.Contains(s, "OK") || strings.HasPrefix(s, "10:0") && strings.Contains(s, "INSU")
		})
	}
	if got := changes(list(false)); !slices.Equal(got, left) {
		t.Errorf("\n got %q\nwant %q", got, left)
	}
	marked := []string{
		"10:01 Denied true", "10:01 Many buckets false", "11:00 Denied true", "11:00 Many buckets true", "11:01 ALARM true", "11:02 INSUFFICIENT_DATA true",
		"12:00 Denied false", "13:01 ALARM false", "13:02 INSUFFICIENT_DATA false",
	}
	if got := changes(list(true)); !slices.Equal(got, marked) {
		t.Errorf("\n got %q\nwant %q", got, marked)
	}
	r, err := NewReplay(t.Context(), store, set, o)
	if err != nil {
		t.Fatal(err)
	}
	if got := counts(r.Suppressed); !slices.Equal(got, want) || len(r.Tallies) != 2 {
		t.Errorf("%d tallies, %q", len(r.Tallies), got)
	}
	o.Suppressions = suppressing(t, set, `[{rule: "*", why: all}]`)
	found, err := Find(t.Context(), store, set, o)
	if err != nil || found.Fired() {
		t.Errorf("all is suppressed, and yet: %v", err)
	}
}

func TestParseSuppressions(t *testing.T) {
	all, err := ParseSuppressions([]byte("- rule: A rule\n  actor: [a, b]\n  why: a\n  by: me\n  until: 2026-03-02\n"))
	if err != nil || len(all) != 1 {
		t.Fatal(err)
	}
	s := all[0]
	if want := "A rule, actor a,b: a (me, until 2026-03-02)"; s.String() != want {
		t.Errorf("%s, not %s", s, want)
	}
	if s.Expired(time.Date(2026, 3, 2, 23, 59, 0, 0, time.UTC)) || !s.Expired(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("it ends at %s", s.Until)
	}
	for text, want := range map[string]string{
		"":                                   "empty",
		"[":                                  "yaml",
		"rule: x":                            "no list",
		"- x":                                "a suppression has rule",
		"- {why: x}":                         "line 1: it has no rule",
		"- {rule: x}":                        "does not say why",
		"- {rule: x, rule: y, why: z}":       "",
		"- {rule: x, why: y, acter: z}":      "acter: there is no filter",
		"- {rule: x, why: y, until: soon}":   "until is a day",
		"- {rule: x, why: y, actor: }":       "actor has no value",
		"- {rule: x, why: y, actor: {a: b}}": "actor has no value",
		"- {rule: x, why: y, read-only: perhaps}":     "read-only",
		strings.Repeat("- {rule: x, why: y}\n", 1001): "more than 1000",
	} {
		if _, err := ParseSuppressions([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

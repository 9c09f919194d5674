package record_test

import (
	"fmt"
	"slices"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

func TestMatches(t *testing.T) {
	event := func(minute int, name, code string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:%02d:00Z","eventName":%q,"errorCode":%q,"awsRegion":"eu-west-1","recipientAccountId":"111122223333"}`, minute, name, code)
	}
	store := recordtest.Load(t,
		event(3, "CreateUser", "A"), event(1, "createuser", "B"), event(2, "CreateUser", "B"), event(0, "DeleteUser", "B"),
		`{"eventVersion":"1.08","errorCode":"B"}`)
	code := func(value string) record.Condition {
		return record.Condition{SQL: "errorCode = $v1 -- of them all", Args: []schema.Arg{{Name: "v1", Value: value}}}
	}
	predicates := []record.Predicate{
		{Condition: code("B")},
		{Condition: code("B"), EventNames: []string{"createuser"}, Values: []string{"eventName", "upper(errorCode)"}},
		{Condition: code("B"), EventNames: []string{"other", "deleteuser"}},
		{Condition: code("B"), EventNames: []string{}},
	}
	find := func(where ...record.Condition) []string {
		var found []string
		for m, err := range record.Matches(t.Context(), store, predicates, where...) {
			if err != nil {
				t.Fatal(err)
			}
			at := ""
			if !m.Time.IsZero() {
				at = m.Time.Format("15:04")
			}
			found = append(found, fmt.Sprintf("%d %d %s %s %s %v", m.Predicate, m.Position, at, m.Account, m.Region, m.Values))
		}
		return found
	}
	const place = "111122223333 eu-west-1"
	want := []string{
		"0 3 10:00 " + place + " []", "0 1 10:01 " + place + " []", "0 2 10:02 " + place + " []", "0 4    []",
		"1 1 10:01 " + place + " [createuser B]", "1 2 10:02 " + place + " [CreateUser B]",
		"2 3 10:00 " + place + " []",
	}
	if got := find(); !slices.Equal(got, want) {
		t.Errorf("%q\nnot %q", got, want)
	}
	since := record.Condition{SQL: "eventTime >= $since -- and later", Args: []schema.Arg{{Name: "since", Value: "2026-03-02T10:02:00Z"}}}
	one := record.Condition{SQL: "awsRegion = $region OR false", Args: []schema.Arg{{Name: "region", Value: "eu-west-1"}}}
	want = []string{"0 2 10:02 " + place + " []", "1 2 10:02 " + place + " [CreateUser B]"}
	if got := find(since, one); !slices.Equal(got, want) {
		t.Errorf("with conditions: %q\nnot %q", got, want)
	}
	predicates[2].SQL = "nonsense"
	failed := 0
	for m, err := range record.Matches(t.Context(), store, predicates) {
		if err != nil {
			failed++
			if m.Predicate != 2 {
				t.Errorf("the error of predicate %d", m.Predicate)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d errors", failed)
	}
}

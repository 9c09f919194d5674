package record_test

import (
	"fmt"
	"slices"
	"testing"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// sql is an expression without values.
func sql(text string) record.Expression {
	return func(*record.Binder) string { return text }
}

func TestMatches(t *testing.T) {
	event := func(minute int, name, code string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:%02d:00Z","eventName":%q,"errorCode":%q,"awsRegion":"eu-west-1","recipientAccountId":"111122223333"}`, minute, name, code)
	}
	store := recordtest.Load(t,
		event(3, "CreateUser", "A"), event(1, "createuser", "B"), event(2, "CreateUser", "B"), event(0, "DeleteUser", "B"),
		`{"eventVersion":"1.08","errorCode":"B"}`)
	code := func(value string) record.Expression {
		return func(b *record.Binder) string { return "errorCode = " + b.Bind(value) + " -- of them all" }
	}
	predicates := []record.Predicate{
		{Condition: code("B")},
		{Condition: code("B"), EventNames: []string{"createuser"}, Values: []record.Expression{sql("eventName"), sql("upper(errorCode)")}},
		{Condition: code("B"), EventNames: []string{"other", "deleteuser"}},
		{Condition: code("B"), EventNames: []string{}},
	}
	find := func(where ...query.Statement) []string {
		var found []string
		for m, err := range record.Matches(t.Context(), store, predicates, where...) {
			if err != nil {
				t.Fatal(err)
			}
			at := ""
			if !m.Time.IsZero() {
				at = m.Time.Format("15:04")
			}
			found = append(found, fmt.Sprintf("%d %d %s %s %s %v", m.Predicate, m.Position, at, m.Account, m.Region, recordtest.Shown(m.Values)))
		}
		return found
	}
	const where = "111122223333 eu-west-1"
	want := []string{
		"0 3 10:00 " + where + " []", "0 1 10:01 " + where + " []", "0 2 10:02 " + where + " []", "0 4    []",
		"1 1 10:01 " + where + " [createuser B]", "1 2 10:02 " + where + " [CreateUser B]",
		"2 3 10:00 " + where + " []",
	}
	if got := find(); !slices.Equal(got, want) {
		t.Errorf("%q\nnot %q", got, want)
	}
	since := query.Statement{SQL: "eventTime >= $since -- and later", Args: []schema.Arg{{Name: "since", Value: "2026-03-02T10:02:00Z"}}}
	one := query.Statement{SQL: "awsRegion = $v1 OR false", Args: []schema.Arg{{Name: "v1", Value: "eu-west-1"}}}
	want = []string{"0 2 10:02 " + where + " []", "1 2 10:02 " + where + " [CreateUser B]"}
	if got := find(since, one); !slices.Equal(got, want) {
		t.Errorf("with conditions: %q\nnot %q", got, want)
	}
	predicates[2].Condition = sql("nonsense")
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

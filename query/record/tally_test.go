package record_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

func TestTallies(t *testing.T) {
	event := func(minute int, name, code, region string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:%02d:00Z","eventName":%q,"errorCode":%s,"awsRegion":%q}`, minute, name, code, region)
	}
	store := recordtest.Load(t,
		event(3, "CreateUser", `"A"`, "eu-west-1"), event(1, "createuser", `"B"`, "eu-west-1"), event(2, "CreateUser", `"B"`, "eu-west-1"),
		event(0, "DeleteUser", `"B"`, "us-east-1"), event(4, "DeleteUser", `null`, "us-east-1"),
		`{"eventVersion":"1.08","errorCode":"B"}`)
	code := func(value string) record.Expression {
		return func(b *record.Binder) string { return "errorCode = " + b.Bind(value) + " -- of them all" }
	}
	predicates := []record.Predicate{
		{Condition: code("B")},
		{Condition: code("B"), EventNames: []string{"createuser"}},
		{Condition: code("A"), EventNames: []string{"other", "createuser"}},
		{Condition: code("B"), EventNames: []string{"other"}},
		{Condition: code("B"), EventNames: []string{}},
	}
	tally := func(counting record.Counting, where ...query.Statement) []string {
		t.Helper()
		tallies, err := record.Tallies(t.Context(), store, predicates, counting, where...)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, tally := range tallies {
			var positions []int64
			for _, event := range tally.Events {
				positions = append(positions, event.Position)
			}
			texts = append(texts, fmt.Sprintf("%d %v %d %s-%s %v", tally.Predicate, recordtest.Shown(tally.Group), tally.Count, tally.First.Format("15:04"), tally.Last.Format("15:04"), positions))
		}
		slices.Sort(texts)
		return texts
	}
	check := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%q\nnot\n%q", got, want)
		}
	}
	check(tally(record.Counting{Keep: 2}), "0 [] 4 10:00-10:02 [3 1]", "1 [] 2 10:01-10:02 [1 2]", "2 [] 1 10:03-10:03 [0]")
	check(tally(record.Counting{Keep: -1}), "0 [] 4 10:00-10:02 [3 1 2 5]", "1 [] 2 10:01-10:02 [1 2]", "2 [] 1 10:03-10:03 [0]")
	check(tally(record.Counting{Keep: 1_000_000}), "0 [] 4 10:00-10:02 [3 1 2 5]", "1 [] 2 10:01-10:02 [1 2]", "2 [] 1 10:03-10:03 [0]")
	check(tally(record.Counting{By: []string{"awsRegion"}}),
		"0 [NULL] 1 00:00-00:00 []", "0 [eu-west-1] 2 10:01-10:02 []", "0 [us-east-1] 1 10:00-10:00 []",
		"1 [eu-west-1] 2 10:01-10:02 []", "2 [eu-west-1] 1 10:03-10:03 []")
	since := query.Statement{SQL: "eventTime >= $since -- and later", Args: []schema.Arg{{Name: "since", Value: "2026-03-02T10:02:00Z"}}}
	one := query.Statement{SQL: "awsRegion = $v1 OR false", Args: []schema.Arg{{Name: "v1", Value: "eu-west-1"}}}
	check(tally(record.Counting{Keep: 1}, since, one), "0 [] 1 10:02-10:02 [2]", "1 [] 1 10:02-10:02 [2]", "2 [] 1 10:03-10:03 [0]")
	predicates[1].Condition = sql("nonsense")
	if _, err := record.Tallies(t.Context(), store, predicates, record.Counting{}); err == nil {
		t.Error("no error")
	}
}

// What came twice with other bytes counts once in each account.
func TestTalliesOnce(t *testing.T) {
	event := func(id int, account, name string, more string) string {
		return fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventID":"11111111-1111-4111-8111-%012d","recipientAccountId":%q,"eventName":%q,"apiVersion":%q}`, id, account, name, more)
	}
	store := recordtest.Load(t,
		event(1, "111122223333", "A", "x"), event(1, "111122223333", "A", "y"), event(1, "111122223333", "B", "z"),
		event(1, "444455556666", "A", "x"), event(2, "111122223333", "A", "x"), `{"eventVersion":"1.08","eventName":"A"}`, `{"eventVersion":"1.08","eventName":"A","apiVersion":"x"}`)
	predicates := []record.Predicate{{Condition: sql("eventName = 'A'")}, {Condition: sql("true")}}
	for once, want := range map[bool][2]int64{false: {6, 7}, true: {5, 5}} {
		tallies, err := record.Tallies(t.Context(), store, predicates, record.Counting{Once: once})
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int64{tallies[0].Count, tallies[1].Count}; got != want {
			t.Errorf("once %v: %v, not %v", once, got, want)
		}
	}
}

// In one pass or one by one, predicates match the same, whatever they look into, and more
// of them than one pass takes.
func TestTalliesAgree(t *testing.T) {
	store := recordtest.Load(t, records...)
	var predicates []record.Predicate
	for _, field := range []string{"eventName", "errorCode", "userIdentity.invokedBy", "userIdentity", "readOnly", "resources", "requestParameters", "requestParameters.a", "strange", "eventTime"} {
		path := record.Members(strings.Split(field, ".")...)
		for _, kind := range []string{"VARCHAR", "NULL", "OBJECT", "ARRAY"} {
			predicates = append(predicates, record.Predicate{Condition: func(b *record.Binder) string {
				return record.Kind(b, path) + " = " + b.Bind(kind)
			}})
		}
		predicates = append(predicates, record.Predicate{Condition: func(b *record.Binder) string {
			return "len(" + record.Through(b, path) + ") > 0 AND " + record.Exists(b, path)
		}})
	}
	want := make([]int64, len(predicates))
	for m, err := range record.Matches(t.Context(), store, predicates) {
		if err != nil {
			t.Fatal(err)
		}
		want[m.Predicate]++
	}
	got := make([]int64, len(predicates))
	tallies, err := record.Tallies(t.Context(), store, predicates, record.Counting{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tally := range tallies {
		got[tally.Predicate] += tally.Count
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v\nnot\n%v", got, want)
	}
	if hits, timed := hitsOf(t, store, predicates), matchesOf(t, store, predicates); !slices.Equal(hits, timed) {
		t.Errorf("%v\nnot\n%v", hits, timed)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(want)))) < 4 {
		t.Errorf("the predicates are hardly different: %v", want)
	}
}

// hitsOf and matchesOf are the events with a time that each predicate matches, as one and as
// the other has them.
func hitsOf(t *testing.T, store *schema.Store, predicates []record.Predicate) (found []string) {
	for h, err := range record.Hits(t.Context(), store, predicates, false) {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%d %v %d", h.Predicate, h.Ref(), h.Time))
	}
	slices.Sort(found)
	return found
}

func matchesOf(t *testing.T, store *schema.Store, predicates []record.Predicate) (found []string) {
	for m, err := range record.Matches(t.Context(), store, predicates) {
		if err != nil {
			t.Fatal(err)
		}
		if !m.Time.IsZero() {
			found = append(found, fmt.Sprintf("%d %v %d", m.Predicate, m.Ref, m.Time.UnixMicro()))
		}
	}
	slices.Sort(found)
	return found
}

// A hit begins with the first half of its eventID, by which the order of hits is that of
// their eventIDs.
func TestHits(t *testing.T) {
	store := recordtest.Load(t,
		`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventID":"fedcba98-7654-4210-8123-456789abcdef","eventName":"A"}`,
		`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A"}`,
		`{"eventVersion":"1.08","eventID":"00000000-0000-4000-8000-000000000001","eventName":"A"}`)
	var ids []uint64
	for h, err := range record.Hits(t.Context(), store, []record.Predicate{{Condition: sql("eventName = 'A'"), EventNames: []string{"a"}}}, true) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, h.ID)
	}
	slices.Sort(ids)
	if !slices.Equal(ids, []uint64{0, 0xfedcba9876544210}) {
		t.Errorf("%x", ids)
	}
	for _, err := range record.Hits(t.Context(), store, []record.Predicate{{Condition: sql("nonsense")}}, true) {
		if err == nil {
			t.Error("no error")
		}
	}
}

package lineage

import (
	"slices"
	"testing"

	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// What a filter lets through is where descendants begin, and the condition is true for their
// events alone.
func TestDescendants(t *testing.T) {
	var l log
	alice := l.user("alice")
	bob := l.user("bob")
	first := l.assume(alice, accountB, "deploy", "one")
	second := l.assume(first, accountC, "admin", "two")
	other := l.assume(bob, accountB, "deploy", "three")
	made := l.createKey(second, "backdoor")
	for i, c := range []*credential{alice, first, second, other, made} {
		for range i + 1 {
			l.call(c, "ListBuckets")
		}
	}
	store := recordtest.Load(t, l.records...)
	var f query.Filter
	f.Actor = query.Is("alice")
	if err := f.Settle(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	kin, err := Descendants(t.Context(), store, f)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{alice.key, first.key, second.key, made.key}
	slices.Sort(want)
	if !slices.Equal(kin.Seeds, []string{alice.key}) || !slices.Equal(kin.Sessions, want) {
		t.Errorf("of %v descend %v, not %v", kin.Seeds, kin.Sessions, want)
	}
	n, err := schema.One[int64](query.Statement{SQL: "SELECT count(*) FROM events WHERE eventName = 'ListBuckets' AND /* kin */ true"}.Put("kin", kin.Condition()).Query(t.Context(), store))
	if err != nil || n != 1+2+3+5 {
		t.Errorf("%d events are theirs, %v", n, err)
	}
}

package lineage

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
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
	// Made of what is near, and of all sessions.
	whole, err := descendants(t.Context(), store, f, 0)
	if err != nil || !reflect.DeepEqual(kin, whole) {
		t.Errorf("%v, of all sessions %v: %v", kin, whole, err)
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

	// The reach of whoever was asked for with all that came of it: each has called as often as
	// above, and all but the last have issued something, across accounts in two records.
	f.Also, f.Families = kin.Condition(), kin.Families()
	r, err := query.FindReport("blast")
	if err != nil {
		t.Fatal(err)
	}
	result, err := r.Run(t.Context(), store, f)
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	if _, err := query.Write(&csv, result, query.FormatCSV, query.Screen{Columns: []string{"credential", "actor", "events", "accounts", "descendants"}}); err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%s with its 3 descendants,alice,%d,%s %s %s,3\n", alice.key, 1+2+3+5+3, accountA, accountB, accountC)
	if rows := strings.SplitAfter(csv.String(), "\n"); len(rows) != 1+1+4+1 || rows[1] != sum {
		t.Errorf("got\n%s, want %s and four more", csv.String(), sum)
	}
}

// Circles end, and whoever issued nothing has no family.
func TestFamilies(t *testing.T) {
	k := Kin{Seeds: []string{"a", "b", "c"}, Sessions: []string{"a", "b", "c", "d"},
		parents: map[string][]string{"a": {"b"}, "b": {"a"}, "d": {"b"}}, ids: map[string][]string{"a": {"a"}, "b": {"b"}, "c": {"c"}, "d": {"d1", "d2"}}}
	store := recordtest.Load(t)
	type row struct {
		Root, ID    string
		Descendants int64
		Own         bool
	}
	rows, err := schema.Collect[row](query.Statement{SQL: "FROM /* families */ none ORDER BY ALL"}.Put("families", k.Families()).Query(t.Context(), store))
	if want := []row{{"a", "a", 2, true}, {"a", "b", 2, false}, {"a", "d1", 2, false}, {"a", "d2", 2, false}, {"b", "a", 2, false}, {"b", "b", 2, true}, {"b", "d1", 2, false}, {"b", "d2", 2, false}}; err != nil || !slices.Equal(rows, want) {
		t.Errorf("got %v, %v, want %v", rows, err, want)
	}
}

// A sign-in to the console stands for twelve hours, unless its user is gone, whatever path that
// one has.
func TestConsoleSessionsAlive(t *testing.T) {
	var l log
	signIn := func(name, typ string) {
		c := l.user("path/" + name)
		c.members["type"] = typ
		delete(c.members, "accessKeyId")
		if typ == "Root" {
			c.members["arn"] = "arn:aws:iam::" + accountA + ":root"
		}
		l.event(c, "signin", "ConsoleLogin", false, nil, map[string]any{"ConsoleLogin": "Success"}, nil)
	}
	signIn("early", "IAMUser")
	l.now = 3600
	signIn("late", "IAMUser")
	signIn("gone", "IAMUser")
	signIn("root", "Root")
	l.now++
	l.event(l.user("admin"), "iam", "DeleteUser", false, map[string]any{"userName": "gone"}, nil, nil)
	l.now = 12*3600 + 60
	l.call(l.user("admin"), "ListBuckets")
	store := recordtest.Load(t, l.records...)
	r, err := query.FindReport("alive")
	if err != nil {
		t.Fatal(err)
	}
	result, err := r.Run(t.Context(), store, query.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var csv strings.Builder
	if _, err := query.Write(&csv, result, query.FormatCSV, query.Screen{Columns: []string{"kind", "resource"}}); err != nil {
		t.Fatal(err)
	}
	want := "kind,resource\nsession,arn:aws:iam::111122223333:user/path/late console until 2026-03-02T23:00:00Z\nsession,arn:aws:iam::111122223333:root console until 2026-03-02T23:00:00Z\n"
	if csv.String() != want {
		t.Errorf("got\n%s, want\n%s", csv.String(), want)
	}
}

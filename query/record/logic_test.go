package record_test

import (
	"slices"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
)

// A member that a record does not have makes conditions on it false, and their opposites
// true.
func TestLogic(t *testing.T) {
	store := recordtest.Load(t, `{"eventVersion":"1.08","errorCode":"A"}`, `{"eventVersion":"1.08","errorCode":"B"}`, `{"eventVersion":"1.08"}`)
	const a, b = "errorCode = 'A'", "errorCode = 'B'"
	for condition, want := range map[string][3]bool{
		record.Sure(a):                                            {true, false, false},
		record.Not(a):                                             {false, true, true},
		record.Not(record.Not(a)):                                 {true, false, false},
		record.Sure(record.And(a, b)):                             {false, false, false},
		record.Sure(record.Or(a, b)):                              {true, true, false},
		record.Not(record.Or(a, b)):                               {false, false, true},
		record.And(record.Not(a), record.Not(b)):                  {false, false, true},
		record.Sure(record.Or(record.And(a, b), a)):               {true, false, false},
		record.Sure(record.And(record.Or(a, b), b)):               {false, true, false},
		record.And():                                              {true, true, true},
		record.Or():                                               {false, false, false},
		record.Sure(record.In("errorCode", []string{"'A'"})):      {true, false, false},
		record.Not(record.In("errorCode", []string{"'A'", "''"})): {false, true, true},
	} {
		got := recordtest.Values[*bool](t, store, condition)
		for i, value := range got {
			if value == nil || *value != want[i] {
				t.Errorf("%s is not %v of record %d", condition, want[i], i)
			}
		}
	}
}

// In a pattern a text stands for itself alone, whatever letters it has.
func TestLikeItself(t *testing.T) {
	texts := []string{`a%b`, `a_b`, `a\b`, `axb`, `a\%b`, `a\\b`, `%`, `_`, `\`, ``}
	store := recordtest.Load(t, `{"eventVersion":"1.08"}`)
	for _, text := range texts {
		var b record.Binder
		fits := "list_filter(" + b.Bind(texts) + "::VARCHAR[], lambda t: " + record.Like("t", b.Bind(record.LikeItself(text))) + ")"
		if got := recordtest.Values[[]string](t, store, fits, b.Args()...)[0]; !slices.Equal(got, []string{text}) {
			t.Errorf("%q fits %q", text, got)
		}
	}
}

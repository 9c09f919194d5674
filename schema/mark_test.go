package schema

import "testing"

func TestPut(t *testing.T) {
	for _, c := range []struct{ statement, mark, text, want string }{
		{"WHERE /* filters */ true", "filters", "a = 1", "WHERE a = 1"},
		{"WHERE /* filters */ true\n    AND b", "filters", "a", "WHERE a\n    AND b"},
		{"SELECT (/* leaves */ ''), /* leaves */ '' AS x", "leaves", "y", "SELECT (y), y AS x"},
		{"FROM /* rows */ events, /* more */ true", "rows", "(SELECT 1)", "FROM (SELECT 1), /* more */ true"},
		{"/* a */ NULL", "a", "/* a */ NULL", "/* a */ NULL"}, // what is put in is not looked at
	} {
		if got := Put(c.statement, c.mark, c.text); got != c.want {
			t.Errorf("Put(%q, %q, %q) = %q, not %q", c.statement, c.mark, c.text, got, c.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("what has no mark is put nowhere, in silence")
		}
	}()
	Put("SELECT 1", "filters", "true")
}

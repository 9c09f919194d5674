package record

import (
	"strings"
	"testing"
)

// What a pass over many predicates asks of shapes is joined, once for all of them.
func TestKindsOfShapes(t *testing.T) {
	p := Predicate{Condition: func(b *Binder) string {
		return And(Kind(b, Members("errorCode"))+" = "+b.Bind("NULL"), Exists(b, Members("userIdentity")))
	}}
	s := Counting{}.statement([]Predicate{p, p}, []int{0, 1}, nil, nil)
	if strings.Contains(s.SQL, "SELECT list(") || !strings.Contains(s.SQL, "AS shape1") || strings.Contains(s.SQL, "AS shape2") {
		t.Errorf("the statement is\n%s", s.SQL)
	}
}

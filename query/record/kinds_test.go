package record

import (
	"strings"
	"testing"
)

// What a pass over many predicates asks of shapes is found in their SQL.
func TestKindsOfShapes(t *testing.T) {
	b := &Binder{}
	sql := Kind(b, Members("errorCode")) + " = " + b.Bind("NULL") + " AND " + Exists(b, Members("userIdentity"))
	p := pass{predicates: []Predicate{{Condition: Condition{SQL: sql, Args: b.Args()}}, {Condition: Condition{SQL: sql, Args: b.Args()}}}, indexes: []int{0, 1}}
	statement := p.statement(nil)
	if strings.Contains(statement, "SELECT list(") || len(p.asked) != 2 {
		t.Errorf("%q in\n%s", p.asked, statement)
	}
}

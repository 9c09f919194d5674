package query

import (
	"reflect"
	"testing"

	"trailbox/schema"
)

func TestInline(t *testing.T) {
	args := []schema.Arg{{Name: "v1", Value: "$v2"}, {Name: "v2", Value: 2.5}, {Name: "v12", Value: true}, {Name: "none"}}
	for sql, want := range map[string]string{
		"SELECT $v12, $v1 WHERE x > $v2 AND y = $other":   "SELECT true, '$v2' WHERE x > 2.5e+00 AND y = $other",
		"SELECT '$v1', \"$v1\", $$ $v1 $$ -- $v1\n, $v12": "SELECT '$v1', \"$v1\", $$ $v1 $$ -- $v1\n, true",
		"SELECT a$v1, $v1::VARCHAR, $none, $":             "SELECT a$v1, '$v2'::VARCHAR, NULL, $",
	} {
		if got := (Statement{SQL: sql, Args: args}).Inline(); got != want {
			t.Errorf("%s\n     %s\nwant %s", sql, got, want)
		}
	}
}

func TestPutKeepsValuesApart(t *testing.T) {
	condition := func(value any) Statement {
		return Statement{SQL: "a = $v AND b <> '$v'", Args: []schema.Arg{{Name: "v", Value: value}}}
	}
	got := Statement{SQL: "WHERE /* one */ true OR /* two */ true OR /* three */ true"}.
		Put("one", condition("x")).Put("two", condition("y")).Put("three", condition("x"))
	want := Statement{
		SQL:  "WHERE a = $v AND b <> '$v' OR a = $v_2 AND b <> '$v' OR a = $v AND b <> '$v'",
		Args: []schema.Arg{{Name: "v", Value: "x"}, {Name: "v_2", Value: "y"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	lists := And(
		Statement{SQL: "$v", Args: []schema.Arg{{Name: "v", Value: []string{"a"}}}},
		Statement{SQL: "$v", Args: []schema.Arg{{Name: "v", Value: []string{"a"}}}},
		Statement{SQL: "$v", Args: []schema.Arg{{Name: "v", Value: []string{"b"}}}},
		Statement{SQL: "$v", Args: []schema.Arg{{Name: "v", Value: []string{"c"}}}},
	)
	if len(lists.Args) != 3 || lists.SQL != "true\n    AND (\n$v\n    )\n    AND (\n$v\n    )\n    AND (\n$v_2\n    )\n    AND (\n$v_3\n    )" {
		t.Errorf("%+v", lists)
	}
	// What a statement is made of stays as it was.
	first := Statement{SQL: "$v"}.With(schema.Arg{Name: "v", Value: 1})
	second, third := first.With(schema.Arg{Name: "a", Value: 2}), first.With(schema.Arg{Name: "b", Value: 3})
	if len(first.Args) != 1 || second.Args[1].Name != "a" || third.Args[1].Name != "b" {
		t.Errorf("%+v, %+v, %+v", first, second, third)
	}
}

package metricfilter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
)

// check runs patterns over records, and wants of each what the naive way finds.
func check(t *testing.T, records []string, patterns ...*Pattern) [][]bool {
	t.Helper()
	store := recordtest.Load(t, records...)
	var events []map[string]any
	for _, text := range records {
		events = append(events, decoded(t, text))
	}
	found := make([][]bool, len(patterns))
	for first := 0; first < len(patterns); first += 30 {
		some := patterns[first:min(first+30, len(patterns))]
		var b record.Binder
		var columns []string
		for _, p := range some {
			columns = append(columns, p.SQL(&b))
		}
		rows := recordtest.Values[[]*bool](t, store, "["+strings.Join(columns, ", ")+"]", b.Args()...)
		for i, row := range rows {
			for j, value := range row {
				if value == nil {
					t.Fatalf("%s is NULL for %s", some[j], records[i])
				}
				got := *value
				if some[j].Kind == JSON && got != naive(some[j].Expr, events[i]) {
					t.Errorf("%s: SQL says %v, the record is\n%s\n%s", some[j], got, records[i], columns[j])
				}
				found[first+j] = append(found[first+j], got)
			}
		}
	}
	return found
}

func parsed(t testing.TB, text string) *Pattern {
	t.Helper()
	p, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

// What values a condition holds for, as AWS was seen to say or documents it: below a
// block, where there is no column, and where there is one.
func TestConditions(t *testing.T) {
	values := []string{
		"-", // missing
		"null", "true", "false", `"true"`, "1", "1.0", "1e0", `"1"`, `"1.0"`, `"01"`, "0", "0.0", "-0.0", "-1",
		"9007199254740992", "9007199254740993", "1e3", `"1e3"`, "1e308", "1e309", `"1e309"`, "1e-999", `"7"`, "7", "7.5",
		`"foo"`, `"foobar"`, `"FOO"`, `""`, `"a\nb"`, "{}", `{"b":2}`, "[]", "[1,2]", "[2]", "[null,2]", "[[null]]", `[{"b":2},{"b":1}]`, `[{"b":null},{}]`, `{"x":2,"y":"foo"}`,
	}
	tests := []struct{ condition, want string }{
		{`= "foo"`, `"foo"`},
		{`= foo*`, `"foo" "foobar"`},
		{`= "*o*b*"`, `"foobar"`},
		{`= *bar`, `"foobar"`},
		{`= *`, `"true" 1 1.0 1e0 "1" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309" 1e-999 "7" 7 7.5 "foo" "foobar" "FOO" "" "a\nb"`},
		{`!= *`, ``},
		{`!= "foo"`, `"true" 1 1.0 1e0 "1" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309" 1e-999 "7" 7 7.5 "foobar" "FOO" "" "a\nb"`},
		{`= 1`, `1 1.0 1e0 "1"`},
		{`= +1`, `1 1.0 1e0`},
		{`= 1.0`, `1 1.0 1e0 "1.0"`},
		{`= "1"`, `1 "1"`},
		{`= "1e0"`, ``},
		{`= 1e3`, `1e3 "1e3"`},
		{`= 0`, `0 0.0 -0.0 1e-999`},
		{`= -0.0`, `0 0.0 -0.0 1e-999`},
		{`= 9007199254740993`, `9007199254740993`},
		{`= 9007199254740992`, `9007199254740992`},
		{`= 1e309`, `"1e309"`},
		{`= 1e-999`, ``},
		{`= 1e308`, `1e308`},
		{`> 1e307`, `1e308`},
		{`> 1e-999`, `1 1.0 1e0 9007199254740992 9007199254740993 1e3 1e308 7 7.5`},
		{`!= 1`, `"true" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 "1e309" 1e-999 "7" 7 7.5 "foo" "foobar" "FOO" "" "a\nb"`},
		{`> 5`, `9007199254740992 9007199254740993 1e3 1e308 7 7.5`},
		{`>= 7`, `9007199254740992 9007199254740993 1e3 1e308 7 7.5`},
		{`> 7.2`, `9007199254740992 9007199254740993 1e3 1e308 7.5`},
		{`<= 7.2`, `1 1.0 1e0 0 0.0 -0.0 -1 1e-999 7`},
		{`< 0`, `-1`},
		{`< 9007199254740993`, `1 1.0 1e0 0 0.0 -0.0 -1 9007199254740992 1e3 1e-999 7 7.5`},
		{`= true`, `"true"`},
		{`= "true"`, `"true"`},
		{`= t*`, `"true"`},
		{`IS TRUE`, `true`},
		{`IS FALSE`, `false`},
		{`is null`, `null [null,2]`},
		{`NOT EXISTS`, `-`},
		{`= %1%`, `1 1.0 1e0 "1" "1.0" "01" -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309"`},
		{`!= %[a-z0-9]%`, `"FOO" ""`},
		{`= %^[^f]*b$%`, `"a\nb"`},
		{`= %a.b%`, ``},
		{`= %a\sb%`, `"a\nb"`},
		{`[0] = 1`, `[1,2]`},
		{`[1] = 2`, `[1,2] [null,2]`},
		{`[0] IS NULL`, `[null,2] [[null]]`},
		{`.b = 2`, `{"b":2}`},
		{`[*] = 2`, `{"b":2} [1,2] [2] [null,2] {"x":2,"y":"foo"}`},
		{`.* = foo`, `{"x":2,"y":"foo"}`},
		{`[*] > 1`, `{"b":2} [1,2] [2] [null,2] {"x":2,"y":"foo"}`},
		{`[*] != 2`, `null true false "true" 1 1.0 1e0 "1" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309" 1e-999 "7" 7 7.5 ` +
			`"foo" "foobar" "FOO" "" "a\nb" {} [] [[null]] [{"b":2},{"b":1}] [{"b":null},{}]`},
		{`[*] IS NULL`, `[null,2]`},
		{`[*] NOT EXISTS`, `- null true false "true" 1 1.0 1e0 "1" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309" 1e-999 "7" 7 7.5 ` +
			`"foo" "foobar" "FOO" "" "a\nb" {} []`},
		{`[*].b = 2`, `[{"b":2},{"b":1}]`},
		{`[*].b != 1`, `null true false "true" 1 1.0 1e0 "1" "1.0" "01" 0 0.0 -0.0 -1 9007199254740992 9007199254740993 1e3 "1e3" 1e308 1e309 "1e309" 1e-999 "7" 7 7.5 ` +
			`"foo" "foobar" "FOO" "" "a\nb" {} {"b":2} [] [1,2] [2] [null,2] [[null]] [{"b":null},{}] {"x":2,"y":"foo"}`},
		{`[*].b IS NULL`, `[{"b":null},{}]`},
	}
	// A column has a number as it was written.
	spelled := []string{"1e0", "1e-999"}
	members := []struct {
		selector, before, after string
		without                 []string
	}{
		{"$.requestParameters.a", `"requestParameters":{"a":`, "}", nil},
		{"$.strange", `"strange":`, "", nil},
		{"$.errorCode", `"errorCode":`, "", spelled},
		{"$.userIdentity.sessionContext.attributes.mfaAuthenticated", `"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":`, "}}}", spelled},
		{"$.responseElements", `"responseElements":`, "", nil},
		{"$.readOnly", `"readOnly":`, "", nil},
	}
	var records []string
	for i, value := range values {
		text := fmt.Sprintf(`{"eventVersion":"1.08","requestID":"%d"`, i)
		for _, member := range members {
			if value != "-" && !slices.Contains(member.without, value) {
				text += "," + member.before + value + member.after
			}
		}
		records = append(records, text+"}")
	}
	var patterns []*Pattern
	for _, member := range members {
		for _, test := range tests {
			separator := " "
			if strings.HasPrefix(test.condition, "[") || strings.HasPrefix(test.condition, ".") {
				separator = ""
			}
			patterns = append(patterns, parsed(t, "{ "+member.selector+separator+test.condition+" }"))
		}
	}
	for i, found := range check(t, records, patterns...) {
		member, test := members[i/len(tests)], tests[i%len(tests)]
		var got []string
		for j, yes := range found {
			if yes && !slices.Contains(member.without, values[j]) {
				got = append(got, values[j])
			}
		}
		want := slices.DeleteFunc(strings.Fields(test.want), func(value string) bool { return slices.Contains(member.without, value) })
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", patterns[i], got, want)
		}
	}
}

// Numbers between two floats, and beyond what integers and floats can be.
func TestNumbers(t *testing.T) {
	var records []string
	for i, value := range []string{
		"9007199254740992.0", "9007199254740994.0", "9007199254740993", "0.1", "0.30000000000000004", "1", "2", "-1", "-2", "-1.5",
		"170141183460469231731687303715884105727", "-170141183460469231731687303715884105728", "18446744073709551615", "-9223372036854775808", "1e300", "-1e300", "5e-324",
	} {
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","requestID":"%d","requestParameters":{"a":%s}}`, i, value))
	}
	var patterns []*Pattern
	for _, operand := range []string{
		"9007199254740993", "9007199254740993.5", "0.1", "0.1000000000000000055", "0.09999999999999999999", "0.3", "1.5", "-1.5", "-1.25", "1e400", "-1e400", "1e-400", "-1e-400", "0",
		"170141183460469231731687303715884105727", "170141183460469231731687303715884105728", "-170141183460469231731687303715884105728", "-170141183460469231731687303715884105729",
		"18446744073709551615.0", "1e4000", "-0.0000000000000001e-4000", "0e4000",
	} {
		for _, op := range []Op{Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual} {
			patterns = append(patterns, parsed(t, fmt.Sprintf("{ $.requestParameters.a %s %s }", op, operand)))
		}
	}
	check(t, records, patterns...)
}

// DuckDB takes all that can be parsed: the deepest, and the longest.
func TestLargePatterns(t *testing.T) {
	deep := "$.eventName = x"
	for i := range 200 {
		deep = fmt.Sprintf("$.errorCode = a%d* %s (%s)", i, []string{"&&", "||"}[i%2], deep)
	}
	long := strings.Repeat("$.errorCode = a* || ", 300) + "$.eventName = x"
	records := []string{`{"eventVersion":"1.08","eventName":"x"}`, `{"eventVersion":"1.08","eventName":"y"}`}
	check(t, records, parsed(t, "{ "+deep+" }"), parsed(t, "{ "+long+" }"))
}

// A pattern of asterisks takes no more time than others.
func TestManyStars(t *testing.T) {
	for pattern, want := range map[string]bool{strings.Repeat("*", 1000) + "x": false, strings.Repeat("*a", 1000): false, "**e***": true} {
		if got := (Operand{Kind: Text, Text: pattern}).fitsOthers(true); got != want {
			t.Errorf("%.20s: %v", pattern, got)
		}
	}
}

// The largest exponents that a pattern can have take no more time than others.
func TestLargeExponents(t *testing.T) {
	for _, test := range []struct {
		text string
		sign int
	}{{"1e2147483647", 1}, {"-3.5e2147483647", -1}, {"1e-2147483647", 1}, {"-0e2147483647", 0}} {
		if n := parseNumber(test.text); n.exact.Sign() != test.sign || len(n.exact.String()) > 1000 {
			t.Errorf("%s: %.50s", test.text, n.exact)
		}
	}
}

package metricfilter

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{"  \n", ""},
		{`{ $.eventName = "DeleteBucket" }`, `{ $.eventName = "DeleteBucket" }`},
		{`{($.a=1)||($.b=2)}`, `{ $.a = 1 || $.b = 2 }`},
		{`{ $.a = "x" && $.b NOT EXISTS }`, `{ $.a = "x" && $.b NOT EXISTS }`},
		{`{ $.a = 1 || $.b = 2 && $.c = 3 }`, `{ $.a = 1 || ($.b = 2 && $.c = 3) }`},
		{`{ ($.a = 1 || $.b = 2) && $.c = 3 }`, `{ ($.a = 1 || $.b = 2) && $.c = 3 }`},
		{`{ (($.a = 1) && (($.b = 2) && ($.c = 3))) }`, `{ $.a = 1 && $.b = 2 && $.c = 3 }`},
		{`{ $.errorCode = *UnauthorizedOperation || $.errorCode=AccessDenied* }`, `{ $.errorCode = "*UnauthorizedOperation" || $.errorCode = "AccessDenied*" }`},
		{`{ $.sourceIPAddress != 123.123.* }`, `{ $.sourceIPAddress != "123.123.*" }`},
		{`{ $.a = 日本 }`, `{ $.a = "日本" }`},
		{`{ $.a[0].b[*].c-d_e != %^a\d{2,}?[^|]|b$% }`, `{ $.a[0].b[*].c-d_e != %^a\d{2,}?[^|]|b$% }`},
		{`{ $.a[0][1] = 1 }`, `{ $.a[0][1] = 1 }`},
		{`{ $.*.x = 1 && $.a.* = 2 }`, `{ $.*.x = 1 && $.a[*] = 2 }`},
		{`{ $.['a.b'].c = 1 }`, `{ $.['a.b'].c = 1 }`},
		{`{ $.a is null || $.a Is True || $.a IS false || $.a not exists }`, `{ $.a IS NULL || $.a IS TRUE || $.a IS FALSE || $.a NOT EXISTS }`},
		{`{ $.a >= -1.5e3 && $.a<=+7 && $.a < .5 && $.a > 3. }`, `{ $.a >= -1.5e3 && $.a <= +7 && $.a < .5 && $.a > 3. }`},
		{`{ $.a = "say \"hi\" \ C:\x" }`, `{ $.a = "say \"hi\" \ C:\x" }`},
		{`{ $.a = "" }`, `{ $.a = "" }`},
		{`{ $.a = 1.2.3 }`, `{ $.a = "1.2.3" }`},
		{`%ERROR|WARN%`, `%ERROR|WARN%`},
		{`ERROR timeout`, `ERROR timeout`},
		{`?"two words" ?WARN -x`, `?"two words" ?WARN -x`},
		{`a-b?c`, `a -b ?c`},
		{`"a" -"b:c"`, `a -"b:c"`},
		{`" "`, `" "`},
		{`café a_b a.b`, `café a_b a.b`},
		{`[]`, `[]`},
		{`[ip, user, ..., status=4*||status = 5*, bytes>1000]`, `[ip, user, ..., status = "4*" || status = "5*", bytes > 1000]`},
		{`[, b,]`, `[, b, ]`},
		{`[(a=1||a=2)&&a!=%x%, b="c, d"]`, `[(a = 1 || a = 2) && a != %x%, b = "c, d"]`},
	} {
		p, err := Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if len(p.Warnings) > 0 {
			t.Errorf("%s: %v", test.text, p.Warnings)
		}
		if p.String() != test.want {
			t.Errorf("%s: got %s, want %s", test.text, p, test.want)
		}
	}
}

// What AWS refuses, but can mean one thing alone.
func TestParseMends(t *testing.T) {
	for _, test := range []struct {
		text, want string
		offset     int
		warning    string
	}{
		{`{ $.errorMessage = Failed authentication }`, `{ $.errorMessage = "Failed authentication" }`, 19, `without quotes: write "Failed authentication"`},
		{`{ ($.a = b c ) && $.d = 1 }`, `{ $.a = "b c" && $.d = 1 }`, 9, "without quotes"},
		{`{ $.a = arn:aws:iam::aws:policy/* }`, `{ $.a = "arn:aws:iam::aws:policy/*" }`, 8, "without quotes"},
		{`{ $.a = b+c }`, `{ $.a = "b+c" }`, 8, "without quotes"},
		{`{ $.a == 1 }`, `{ $.a = 1 }`, 6, "write ="},
		{`{ $.a = 1 AND $.b = x or ($.c = 2) }`, `{ ($.a = 1 && $.b = "x") || $.c = 2 }`, 10, "write &&"},
		{`{ $.a = 'b c' }`, `{ $.a = "b c" }`, 8, "these quotes"},
		{`{ $.a = “b” }`, `{ $.a = "b" }`, 8, "these quotes"},
		{`{ $['a.b'] = 1 }`, `{ $.['a.b'] = 1 }`, 3, ".['a.b']"},
		{"{ $.a = 1 \\\n || $.b = x\\\r\n }", `{ $.a = 1 || $.b = "x" }`, 10, `\ at the end of a line`},
		{`{ $.a = null }`, `{ $.a IS NULL }`, 8, "IS NULL"},
		{`{ $.a > "1" }`, `{ $.a > 1 }`, 8, "quotes around a number"},
		{`{ $.readOnly = "true" }`, `{ $.readOnly = "true" }`, 15, "write IS TRUE"},
		{`{ $.managementEvent != false }`, `{ $.managementEvent != "false" }`, 23, "write IS FALSE"},
		{`[request = /health check, b]`, `[request = "/health check", b]`, 11, "without quotes"},
		{`{ $.a = "` + strings.Repeat("x", 1024) + `" }`, `{ $.a = "` + strings.Repeat("x", 1024) + `" }`, 1024, "more than 1024"},
	} {
		p, err := Parse(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if len(p.Warnings) == 0 || p.Warnings[0].Offset != test.offset || !strings.Contains(p.Warnings[0].Text, test.warning) {
			t.Errorf("%s: got the warnings %v, want %d %s", test.text, p.Warnings, test.offset, test.warning)
		}
		if p.String() != test.want {
			t.Errorf("%s: got %s, want %s", test.text, p, test.want)
		}
	}
}

// What is refused, and what AWS says where it does as well.
func TestParseRefuses(t *testing.T) {
	for _, test := range []struct {
		text   string
		offset int
		reason string
		aws    string
	}{
		{`{ $.a = 1 } x`, 13, "does not end in }", "If a filter pattern starts with '{' it must end with '}'"},
		{`{`, 1, "does not end in }", "If a filter pattern starts with '{' it must end with '}'"},
		{`[a, b`, 5, "does not end in ]", "If a filter pattern starts with '[' it must end with ']'"},
		{`%abc`, 4, "does not end in %", "If a filter pattern starts with '%' it must end with '%'"},
		{`{ }`, 2, "no condition", awsInvalid},
		{`{ $.a = }`, 8, "value was expected", awsInvalid},
		{`{ $.a = && $.b = 1 }`, 8, "value was expected", awsInvalid},
		{`{ $.a }`, 6, "operator", awsInvalid},
		{`{ $.a ~ 1 }`, 6, "operator", awsInvalid},
		{`{ a = 1 }`, 2, "selector", awsInvalid},
		{`{ $ = 2 }`, 2, "member's name", "Invalid character(s) in term '$ '"},
		{`{ $[1] = 2 }`, 3, "members have names", "Invalid character(s) in term '$['"},
		{`{ $.["a"] = 2 }`, 5, "single quotes", `Invalid character(s) in term '$.["'`},
		{`{ $.a[-1] = 2 }`, 5, "counts from 0", "Invalid character(s) in term '[-'"},
		{`{ $.a[*].* = 2 }`, 2, "one wildcard", awsWildcards},
		{`{ $.a[*] = 1 || $.b[*] = 1 || $.c[*] = 1 || $.d[*] = 1 }`, 44, "at most 3 selectors", ""},
		{`{ $.a != null }`, 9, "IS NULL", awsInvalid},
		{`{ $.a IS NOT NULL }`, 9, `= "*"`, "Invalid character(s) in term 'NOT'"},
		{`{ $.a EXISTS }`, 6, `= "*"`, awsInvalid},
		{`{ $.a IS 1 }`, 9, "NULL, TRUE or FALSE", awsInvalid},
		{`{ $.a NOT 1 }`, 10, "EXISTS", awsInvalid},
		{`{ $.a > "x" }`, 8, "numbers alone", `Invalid character(s) in term '"x"'`},
		{`{ $.a > x }`, 8, "numbers alone", awsInvalid},
		{`{ $.a > %x% }`, 8, "numbers alone", awsInvalid},
		{`{ $.a = 1e2147483648 }`, 8, "too large", awsInvalid},
		{`{ !($.a = 1) }`, 2, "NOT EXISTS", awsInvalid},
		{"{" + strings.Repeat("(", 201) + "$.a=1" + strings.Repeat(")", 201) + "}", 201, "200 deep", ""},
		{`{ $.a = 1 | $.b = 2 }`, 10, "needs quotes", "Invalid character(s) in term '|'"},
		{`{ ($.a = 1 }`, 11, "for the ( at byte 2", awsInvalid},
		{`{ $.a = 1) }`, 9, "&&, || or the end", awsInvalid},
		{`{ $.a = "x }`, 8, "not closed", `Invalid character(s) in term '"x '`},
		{`{ $.a = a$b }`, 9, "needs quotes", "Invalid character(s) in term '$'"},
		{`{ $.a = 'x\' }`, 8, "cannot end in", awsInvalid},
		{`{ $.a = %(ab)+% }`, 9, "parenthesis", "Invalid character(s) in term '%('"},
		{`{ $.a = %\(% }`, 10, "parenthesis", `Invalid character(s) in term '%\('`},
		{`%café%`, 4, "cannot have", "Invalid character(s) in term '%café'"},
		{`%[a&&b]%`, 3, "cannot have", "Invalid character(s) in term '%[a&'"},
		{`%%`, 0, "empty", "Invalid character(s) in term '%%'"},
		{`%\p%`, 0, "among the escapes", awsRegexp},
		{`%a++%`, 0, "invalid nested repetition", awsRegexp},
		{`%[z-a]%`, 0, "range", awsRegexp},
		{`%A% %B%`, 3, "alone", "Invalid character(s) in term ' '"},
		{`{ $.a = %1% || $.a = %2% || $.a = %3% }`, 34, "at most 2", awsRegexps},
		{`ERR*`, 3, "needs quotes", "Invalid character(s) in term '*'"},
		{`$.a = 1`, 0, "begins with {", "Invalid character(s) in term '$'"},
		{`ERROR %WARN%`, 6, "needs quotes", "Invalid character(s) in term '%'"},
		{`""`, 0, "empty", `Invalid character(s) in term '""'`},
		{`"ERROR`, 0, "not closed", `Invalid character(s) in term '"ERROR'`},
		{`"ERROR"WARN`, 7, "space", awsInvalid},
		{`a -`, 2, "term was expected", "Invalid character(s) in term '-'"},
		{`[a, a]`, 4, "two fields", "Duplicate field 'a'"},
		{`[a, ..., b, ...]`, 12, "once", "Duplicate field '...'"},
		{`[1a]`, 1, "digit", "Invalid character(s) in term '1a'"},
		{`[a=1 || b=1, b]`, 1, "stands in", "Multiple variables used in a single filter. Var1 : a, Var2 : b"},
		{`[a>"x", b]`, 3, "numbers alone", awsInvalid},
	} {
		p, err := Parse(test.text)
		var wrong *SyntaxError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v %v", test.text, p, err)
			continue
		}
		if wrong.Offset != test.offset || !strings.Contains(wrong.Reason, test.reason) || wrong.AWS != test.aws {
			t.Errorf("%s: got %v", test.text, wrong)
		}
	}
}

func TestTree(t *testing.T) {
	const want = `all of
  any of
    $.a = 1
    $.b != "x"
  $.c NOT EXISTS
`
	if got := parsed(t, `{ ($.a = 1 || $.b != x) && $.c NOT EXISTS }`).Tree(); got != want {
		t.Errorf("got %s", got)
	}
	if got := parsed(t, `a -b`).Tree(); got != "terms: a -b\n" {
		t.Errorf("got %s", got)
	}
}

// FuzzParse: what a pattern prints as is a pattern that AWS takes, and the same.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{ ($.a = "x" || $.b[*].c != %a\x20% ) && $.['d.e'] NOT EXISTS }`, `{ $.a = b c AND $.d == 'e\"' }`, `{ $['a'] > "1e3" }`,
		`{ $.a = "\\" }`, `[a, ..., b=1&&(b=2||b!="x"), c]`, `a -b ?"c d"`, `%a{,2}%`, `{ $.a = 1e999999999 }`, `{ $.a = “x” }`, `{ $.*=-.5 }`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil || len(text) > maxText/4 { // spaces and parentheses make it longer
			return
		}
		again, err := Parse(p.String())
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, p, err)
		}
		for _, w := range again.Warnings {
			if strings.HasPrefix(w.Text, "AWS") && w.Offset != maxLength {
				t.Errorf("%q prints as %q: %v", text, p, w)
			}
		}
		p.Warnings, again.Warnings = nil, nil
		if !reflect.DeepEqual(p, again) {
			t.Errorf("%q prints as %q: %#v %#v", text, p, p, again)
		}
	})
}

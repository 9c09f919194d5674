package metricfilter

import "testing"

func TestNormal(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{ $.a = x || $.b = 1 }`, `{($.b=1)||($.a="x")}`, true},
		{`{ $.a = x && ($.b = 1 || $.c IS NULL) }`, `{ ($.c is null || $.b = 1) && $.a = "x" }`, true},
		{`{ $.a = x || $.a = x }`, `{ $.a = x || $.a = "x" }`, true},
		{`{ $.a = x || $.b = 1 }`, `{ $.a = x && $.b = 1 }`, false},
		{`{ $.a = x || $.b = 1 }`, `{ $.a = x }`, false},
		{`{ $.a = 1 }`, `{ $.a = "1" }`, false},
		{`{ $.a = x && $.b = y || $.c = z }`, `{ $.a = x && ($.b = y || $.c = z) }`, false},
		{`"a b"`, ` "a b" `, true},
		{`a`, `{ $.a = a }`, false},
		{``, ` `, true},
	} {
		a, err := Parse(test.a)
		b, err2 := Parse(test.b)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if (a.Normal() == b.Normal()) != test.want {
			t.Errorf("%s and %s: the same %t", test.a, test.b, !test.want)
		}
	}
}

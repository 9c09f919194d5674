package record

import (
	"reflect"
	"testing"

	"trailbox/schema"
)

func TestBind(t *testing.T) {
	var b Binder
	for _, test := range []struct {
		value any
		want  string
	}{{"a", "$v1"}, {1, "$v2"}, {"a", "$v1"}, {1, "$v3"}, {"a\xff", "$v4"}, {"a\ufffd", "$v4"}, {[]string{"a"}, "$v5"}, {"", "$v6"}, {nil, "$v7"}} {
		if got := b.Bind(test.value); got != test.want {
			t.Errorf("%q is %s, want %s", test.value, got, test.want)
		}
	}
	want := []schema.Arg{{Name: "v1", Value: "a"}, {Name: "v2", Value: 1}, {Name: "v3", Value: 1}, {Name: "v4", Value: "a\ufffd"},
		{Name: "v5", Value: []string{"a"}}, {Name: "v6", Value: ""}, {Name: "v7", Value: nil}}
	if !reflect.DeepEqual(b.Args(), want) {
		t.Errorf("got %v", b.Args())
	}
}

package sigma

import "testing"

func TestMatchName(t *testing.T) {
	for _, test := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"a*", "a", true}, {"a*", "ab", true}, {"a*", "ba", false}, {"*", "", true},
		{"*b", "ab", true}, {"*b", "abc", false}, {"a*c", "abc", true}, {"a*a", "a", false}, {"a*b*c", "axbxc", true}, {"a*b*c", "axc", false}, {"**", "x", true},
		{"*ab*ab", "ab", false}, {"*ab*ab", "abab", true}, {"*ab*b", "ab", false},
	} {
		if matchName(test.pattern, test.name) != test.want {
			t.Errorf("%s matches %s: not %v", test.pattern, test.name, test.want)
		}
	}
}

package query

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// Each mark has its fragment, and each fragment its marks.
func TestFragments(t *testing.T) {
	var files strings.Builder // that have marks
	files.WriteString(fragmentsSQL)
	names, err := fs.Glob(reportFiles, "reports/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		text, err := reportFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files.Write(text)
	}
	for name, text := range allFragments() {
		if mark := "/* " + name + " */ "; !strings.Contains(files.String(), mark) {
			t.Errorf("nothing has the mark %s", mark)
		}
		lines := strings.Split(text, "\n")
		if text == "" || strings.Contains(lines[len(lines)-1], "--") {
			t.Errorf("%s: what stands behind its mark becomes part of a comment:\n%s", name, text)
		}
	}
	for name, text := range pieces("fragment", fragmentsSQL) {
		if !strings.HasPrefix(text, "-- ") {
			t.Errorf("%s has no comment", name)
		}
		if n := strings.Count(fragmentsSQL, "-- fragment: "+name+"\n"); n != 1 {
			t.Errorf("%d fragments are named %s", n, name)
		}
	}
	for _, r := range Reports() {
		for _, comment := range regexp.MustCompile(`/\*.*?\*/ \S+`).FindAllString(r.SQL, -1) {
			if comment != place {
				t.Errorf("%s: there is no fragment for %s", r.Name, comment)
			}
		}
	}
}

func TestPutFragments(t *testing.T) {
	all := fragments{
		"one":       "1",
		"two words": "(\n    SELECT 2 -- of them\n)",
		"nested":    "coalesce(\n    /* two words */ NULL,\n    /* one */ 0\n)",
	}
	for _, test := range []struct{ text, want string }{
		{"SELECT 1", "SELECT 1"},
		{"SELECT /* one */ x, /* one */ 'a b' FROM t", "SELECT 1, 1 FROM t"},
		{"SELECT /* one */ x", "SELECT 1"},
		{"SELECT f(/* one */ x)", "SELECT f(1)"},
		{"SELECT\n    a + /* two words */ x AS b,\n    c", "SELECT\n    a + (\n        SELECT 2 -- of them\n    ) AS b,\n    c"},
		{"  f(/* nested */ x)", "  f(coalesce(\n      (\n          SELECT 2 -- of them\n      ),\n      1\n  ))"},
		{"SELECT /* three */ x, /*one*/ y, /* filters */ true", "SELECT /* three */ x, /*one*/ y, /* filters */ true"},
	} {
		if got := all.put(test.text); got != test.want {
			t.Errorf("%s\nis:\n%s\nwant:\n%s", test.text, got, test.want)
		}
	}
}

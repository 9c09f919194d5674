package query

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct {
		name         string
		r            func() *fakeResult
		json, ndjson string
	}{
		{
			"no rows", func() *fakeResult { return result("a") },
			"[]\n", "",
		},
		{
			"rows", func() *fakeResult { return result("z|a", []any{int64(1), "x"}, []any{nil, true}) },
			"[\n" + `{"z":1,"a":"x"},` + "\n" + `{"z":null,"a":true}` + "\n]\n",
			`{"z":1,"a":"x"}` + "\n" + `{"z":null,"a":true}` + "\n",
		},
		{
			"two columns of one name", func() *fakeResult { return result("id|id|ID|", []any{"x", "y", "z", "w"}) },
			"[\n" + `{"id":"x","id_1":"y","ID":"z","":"w"}` + "\n]\n",
			`{"id":"x","id_1":"y","ID":"z","":"w"}` + "\n",
		},
	} {
		if got := written(t, c.r(), FormatJSON, 0); got != c.json {
			t.Errorf("%s: json %q, want %q", c.name, got, c.json)
		}
		if got := written(t, c.r(), FormatNDJSON, 0); got != c.ndjson {
			t.Errorf("%s: ndjson %q, want %q", c.name, got, c.ndjson)
		}
	}
}

func TestDistinctNames(t *testing.T) {
	for _, c := range []struct{ names, want string }{
		{"a|b", "a|b"},
		{"a|a|a", "a|a_1|a_2"},
		{"a|a|a_1", "a|a_2|a_1"}, // a_1 is a column's own name
		{"a_1|a|a|a_1", "a_1|a|a_2|a_1_1"},
		{"a|A", "a|A"},
		{"||", "|_1|_2"},
	} {
		got := strings.Join(distinctNames(result(c.names).columns), "|")
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.names, got, c.want)
		}
	}
}

func TestJSONString(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `""`},
		{`a"b\c/d`, `"a\"b\\c/d"`},
		{"\t\n\r\x00\x08\x1b\x7f", `"\t\n\r\u0000\u0008\u001b\u007f"`},
		{"<script>&'", `"<script>&'"`},
		{"\u0085\u009b", `"\u0085\u009b"`},
		{"\u2028\u2029\u202e\u2066\u200f\u200b\ufeff", `"\u2028\u2029\u202e\u2066\u200f\u200b\ufeff"`},
		{"\U000e0041", `"\udb40\udc41"`}, // 0xe0041 - 0x10000 = 0xd0041: 0xd800 + 0x340, 0xdc00 + 0x41
		{"a\xff\xc3b\xed\xa0\x80", `"a` + "\ufffd\ufffd" + `b` + "\ufffd\ufffd\ufffd" + `"`},
		{"日本 é 👍", `"日本 é 👍"`},
	} {
		if got := string(appendJSONString(nil, c.text)); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

// Each line is JSON that reads back as what went in, and that attacks no terminal.
func FuzzJSON(f *testing.F) {
	f.Add("a", "b\x1b[2J", "\u2028\xff")
	f.Add("a", "a", "a_1")
	f.Add("", "\U000e0041", `\u0041"`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		r := result("", []any{a, schema.List{b}, schema.Struct{{Name: c, Value: c}}})
		r.columns = []schema.ResultColumn{{Name: a}, {Name: b}, {Name: c}}
		got := written(t, r, FormatNDJSON, 0)
		line, found := strings.CutSuffix(got, "\n")
		if !found || strings.ContainsFunc(line, invisible) {
			t.Fatalf("%q", got)
		}
		valid := func(s string) string { return string([]rune(s)) } // U+FFFD for each bad byte
		dec := json.NewDecoder(strings.NewReader(line))
		var tokens []any
		for dec.More() || len(tokens) > 0 && len(tokens) < 12 {
			token, err := dec.Token()
			if err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			tokens = append(tokens, token)
		}
		var names []any
		for _, name := range distinctNames(r.columns) {
			names = append(names, valid(name))
		}
		want := []any{
			json.Delim('{'), names[0], valid(a), names[1], json.Delim('['), valid(b), json.Delim(']'),
			names[2], json.Delim('{'), valid(c), valid(c), json.Delim('}'),
		}
		if !slices.Equal(tokens, want) {
			t.Errorf("%q reads as %q, want %q", line, tokens, want)
		}
	})
}

// Where the text is escaped, it says the same, and shows all of itself.
func TestEscapeJSON(t *testing.T) {
	text := "{\n\t\"a\u202e\": [\"\u009b\U000e0041\x7f<é\\u001b\", 1]\n}\n"
	want := "{\n\t\"a\\u202e\": [\"\\u009b\\udb40\\udc41\\u007f<é\\u001b\", 1]\n}\n"
	if got := string(EscapeJSON([]byte(text))); got != want {
		t.Errorf("%q, not %q", got, want)
	}
}

package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// columnAt returns the number of a column.
func columnAt(t *testing.T, path string) int {
	t.Helper()
	for i, c := range Columns() {
		if c.Path == path {
			return i
		}
	}
	t.Fatalf("no such column: %s", path)
	return 0
}

// A record taken apart and put together again is the record.
func TestFill(t *testing.T) {
	name, block := columnAt(t, "eventName"), columnAt(t, "requestParameters")
	var s Skeleton
	s.Raw([]byte(`{ "eventName":"`))
	s.Leaf(name)
	s.Raw([]byte(`","requestParameters" : `))
	s.Leaf(block)
	s.Raw([]byte(`,"new":`))
	s.Unknown()
	s.Raw([]byte(`,"resources":[{`))
	s.Element()
	s.Raw([]byte(`"type":"`))
	s.Resource(3)
	s.Raw([]byte(`"},{`))
	s.Element()
	s.Raw([]byte(`"ARN":"`))
	s.Resource(0)
	s.Raw([]byte(`"}],"newer":`))
	s.Unknown()
	s.Raw([]byte(`}`))
	whole := leaves{
		resources: []resource{{3: []byte("t")}, {0: []byte(`a"`)}},
		unknown:   [][]byte{[]byte(` [1]`), []byte(`"\u00e9"`)},
	}
	whole.columns[name] = []byte("a\\\n")
	whole.columns[block] = []byte(`{"a":"\/"}`)
	got, err := fill([]byte("before"), s.Bytes(), &whole)
	want := `before{ "eventName":"a\\\n","requestParameters" : {"a":"\/"},"new": [1],"resources":[{"type":"t"},{"ARN":"a\""}],"newer":"\u00e9"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v\nwant %s", got, err, want)
	}

	if got := outline(s.Bytes()); got != `{ "eventName":"","requestParameters" : 0,"new":0,"resources":[{"type":""},{"ARN":""}],"newer":0}` {
		t.Errorf("the outline is %s", got)
	}

	// Leaves that are not there are told, never left out.
	for what, change := range map[string]func(l *leaves){
		"a column":   func(l *leaves) { l.columns[name] = nil },
		"a block":    func(l *leaves) { l.columns[block] = nil },
		"unknown":    func(l *leaves) { l.unknown = l.unknown[:1] },
		"a resource": func(l *leaves) { l.resources = l.resources[:1] },
	} {
		less := leaves{columns: whole.columns, resources: slices.Clone(whole.resources), unknown: slices.Clone(whole.unknown)}
		change(&less)
		if _, err := fill(nil, s.Bytes(), &less); !errors.Is(err, errShape) {
			t.Errorf("without %s: %v", what, err)
		}
	}
}

func TestFillEmptyAndDamaged(t *testing.T) {
	for _, test := range []struct{ skeleton, want string }{
		{"", ""},
		{"{}", "{}"},
		{"\xff", "error"},
		{"{\xff", "error"},
		{"{\xff" + string([]byte{NumColumns}), "error"},
		{"\xff\xf0", "error"}, // a member before the first element
		{"\xff\xfd\xff\xf0", "error"},
		{"\xff\xf4", "error"},
		{"\xff\xfe", "error"},
		{"\xff\xff", "error"},
	} {
		got, err := fill(nil, []byte(test.skeleton), &leaves{})
		if (err != nil) != (test.want == "error") || err == nil && string(got) != test.want {
			t.Errorf("%q: got %q, %v", test.skeleton, got, err)
		}
	}
}

func TestSkeletonTruncate(t *testing.T) {
	var s Skeleton
	s.Raw([]byte("abc"))
	n := s.Len()
	s.Element()
	s.Resource(1)
	s.Truncate(n)
	if string(s.Bytes()) != "abc" {
		t.Errorf("got %q", s.Bytes())
	}
	s.Reset()
	if s.Len() != 0 {
		t.Errorf("got %q", s.Bytes())
	}
}

// A shape's number stays what it is; what is too long, or too much, gets none.
func TestShapesNumber(t *testing.T) {
	s := new(Shapes)
	for i, skeleton := range []string{"a", "b", "", "a", "b"} {
		if number, ok := s.Number([]byte(skeleton)); !ok || int(number) != []int{0, 1, 2, 0, 1}[i] {
			t.Errorf("%q: got %d, %t", skeleton, number, ok)
		}
	}
	if first, fresh := s.unsaved(); first != 0 || !slices.Equal(fresh, []string{"a", "b", ""}) {
		t.Errorf("unsaved: %d, %q", first, fresh)
	}
	s.saved(3)
	long := strings.Repeat("x", maxSkeleton)
	if number, ok := s.Number([]byte(long)); !ok || number != 3 {
		t.Errorf("the longest: %d, %t", number, ok)
	}
	if first, fresh := s.unsaved(); first != 3 || len(fresh) != 1 {
		t.Errorf("unsaved: %d of %d", first, len(fresh))
	}
	if _, ok := s.Number([]byte(long + "x")); ok {
		t.Error("a longer one got a number")
	}
	for i := range maxShapes / maxSkeleton {
		s.Number(fmt.Appendf(nil, "%0*d", maxSkeleton, i))
	}
	if _, ok := s.Number([]byte(strings.Repeat("y", maxSkeleton))); ok {
		t.Error("there is no end of shapes")
	}
	if number, ok := s.Number([]byte("b")); !ok || number != 1 {
		t.Errorf("a known one, when there is no room: %d, %t", number, ok)
	}
	if s.bytes > maxShapes {
		t.Errorf("%d bytes of shapes", s.bytes)
	}
}

// What AppendEscaped makes of each byte is a JSON string that stands for it, and the
// shortest form that JSON has.
func TestAppendEscaped(t *testing.T) {
	for c := range 256 {
		text := []byte{'a', byte(c), 'z'}
		got := AppendEscaped(nil, text)
		if c >= utf8.RuneSelf { // part of a character: as it is
			if string(got) != string(text) {
				t.Errorf("%#x: got %q", c, got)
			}
			continue
		}
		var back string
		if err := json.Unmarshal([]byte(`"`+string(got)+`"`), &back); err != nil || back != string(text) {
			t.Errorf("%#x: got %q, which is %q, %v", c, got, back, err)
		}
		want := len(text)
		switch {
		case strings.ContainsRune("\"\\\b\f\n\r\t", rune(c)):
			want++
		case c < 0x20:
			want += 5
		}
		if len(got) != want || c < 0x20 && strings.ToLower(string(got)) != string(got) {
			t.Errorf("%#x: got %q", c, got)
		}
		if !IsPlain(got, text) {
			t.Errorf("%#x: %q is not plain", c, got)
		}
	}
	const all = "é\u2028😀\x7f</>&'"
	if got := AppendEscaped([]byte("x"), []byte(all)); string(got) != "x"+all {
		t.Errorf("got %q", got)
	}
}

func TestIsPlain(t *testing.T) {
	for _, test := range []struct {
		raw, text string
		want      bool
	}{
		{"", "", true},
		{"é", "é", true},
		{`\u00e9`, "é", false},
		{`\u001f`, "\x1f", true},
		{`\u001F`, "\x1f", false},
		{`\u000a`, "\n", false},
		{`\n`, "\n", true},
		{"\n", "\n", false},
		{`\/`, "/", false},
		{"\xff", "\ufffd", false},
		{"\xff", "\xff", false},
		{`\ud800`, "\ufffd", false},
		{strings.Repeat(`\"`, 1000), strings.Repeat(`"`, 1000), true},
	} {
		if got := IsPlain([]byte(test.raw), []byte(test.text)); got != test.want {
			t.Errorf("%q of %q: got %t", test.raw, test.text, got)
		}
	}
}

func TestMemberValues(t *testing.T) {
	for _, test := range []struct {
		object string
		want   []string
	}{
		{``, nil},
		{`{"a":1}`, []string{`1`}},
		{`{"a":1,"b":null}`, []string{`1`, `null`}},
		{`{"a": [ 1 , 2 ] ,"b":{"c":{"d":[{}]}}}`, []string{` [ 1 , 2 ] `, `{"c":{"d":[{}]}}`}},
		{`{"a":"},{]:[","b":"\\","c":"\"}","d":"\\\""}`, []string{`"},{]:["`, `"\\"`, `"\"}"`, `"\\\""`}},
		{`{"a:{\",":1,"}":2,"":3}`, []string{`1`, `2`, `3`}},
		{`{"a":1,"a":2}`, []string{`1`, `2`}},
		{`{"a":{},"b":[],"c":""}`, []string{`{}`, `[]`, `""`}},
		{`{"a":["}","{",{"]":"["}]}`, []string{`["}","{",{"]":"["}]`}},
		{`{"a":"\ud83d\ude00\u0022,","b":"é"}`, []string{`"\ud83d\ude00\u0022,"`, `"é"`}},
		// What was tampered with does no harm.
		{`"\`, nil},
		{`}}}`, nil},
		{`[`, nil},
	} {
		var got []string
		for _, value := range memberValues([]byte(test.object)) {
			got = append(got, string(value))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.object, got, test.want)
		}
	}
}

func TestCutValue(t *testing.T) {
	for _, test := range []struct {
		text, value, rest string
		none, wrong       bool
	}{
		{text: "-", none: true},
		{text: "-1:x", none: true, rest: "1:x"},
		{text: "0:", value: ""},
		{text: "0:-", value: "", rest: "-"},
		{text: "3:a:b2:cd", value: "a:b", rest: "2:cd"},
		{text: "2:é-", value: "é", rest: "-"}, // bytes, not characters
		{text: "1:\x00-", value: "\x00", rest: "-"},
		{text: "", wrong: true},
		{text: "3", wrong: true},
		{text: ":x", wrong: true},
		{text: "3:ab", wrong: true},
		{text: "x:ab", wrong: true},
		{text: "99999999999999999999:ab", wrong: true},
		{text: "+1:a", value: "a"},
	} {
		value, rest, err := cutValue([]byte(test.text))
		if (err != nil) != test.wrong {
			t.Errorf("%q: %v", test.text, err)
			continue
		}
		if err == nil && ((value == nil) != test.none || string(value) != test.value || string(rest) != test.rest) {
			t.Errorf("%q: got %q and %q", test.text, value, rest)
		}
	}
}

// What leavesSQL gives for all columns is read back into them.
func TestLeavesRead(t *testing.T) {
	var text strings.Builder
	for i, c := range Columns() {
		if c.Kind != Bool && c.Kind != Resources {
			value := fmt.Sprintf("%d:-%d", i, i)
			fmt.Fprintf(&text, "%d:%s", len(value), value)
		}
	}
	text.WriteString(`13:{"a":1,"b":2}`)
	needed := text.Len()
	text.WriteString(`1:A-0:-` + `----`)
	var l leaves
	if err := l.read([]byte(text.String())); err != nil {
		t.Fatal(err)
	}
	for i, c := range Columns() {
		want := fmt.Sprintf("%d:-%d", i, i)
		if c.Kind == Bool || c.Kind == Resources {
			want = ""
		}
		if string(l.columns[i]) != want {
			t.Errorf("%s: got %q", c.Path, l.columns[i])
		}
	}
	if len(l.unknown) != 2 || len(l.resources) != 2 || string(l.resources[0][0]) != "A" || l.resources[0][1] != nil || l.resources[0][2] == nil || l.resources[1][3] != nil {
		t.Errorf("got %q and %q", l.unknown, l.resources)
	}
	for n := range needed {
		if l.read([]byte(text.String()[:n])) == nil {
			t.Errorf("cut off at byte %d: no error", n)
		}
	}
}

package query

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"trailbox/schema"
)

func TestTable(t *testing.T) {
	ten := "abcdefghij"
	for _, c := range []struct {
		name  string
		width int
		r     *fakeResult
		want  []string // lines
	}{
		{
			"numbers to the right", 0,
			result("eventName|n|when", []any{"ConsoleLogin", int64(12), time.Unix(0, 0)}, []any{"x", uint64(1200), nil}, []any{nil, nil, nil}),
			[]string{
				"eventName        n  when",
				"------------  ----  --------------------",
				"ConsoleLogin    12  1970-01-01T00:00:00Z",
				"x             1200",
				"",
			},
		},
		{
			"numbers among text to the left", 80,
			result("value|n", []any{int64(1), nil}, []any{"text", schema.Number("2.50")}, []any{1.5, -3.0}),
			[]string{
				"value     n",
				"-----  ----",
				"1",
				"text   2.50",
				"1.5      -3",
			},
		},
		{"no rows", 80, result("eventName|n"), []string{"eventName  n", "---------  -"}},
		{"as wide as the terminal", 23, result("a|b", []any{ten, ten + "k"}), []string{
			"a           b",
			"----------  -----------",
			"abcdefghij  abcdefghijk",
		}},
		{
			"lists and structs", 0,
			result("l|s", []any{schema.List{"a\nb", nil}, schema.Struct{{Name: "z", Value: `\n`}, {Name: "a", Value: int64(1)}}}),
			[]string{
				"l              s",
				"-------------  -----------------",
				`["a\nb",null]  {"z":"\\n","a":1}`,
			},
		},
		{
			"hostile header", 0,
			result("a\x1b[2J|\u202eb", []any{"x", "y"}),
			[]string{
				`a\x1b[2J  \u202eb`,
				"--------  -------",
				"x         y",
			},
		},
	} {
		want := strings.Join(c.want, "\n") + "\n"
		if got := written(t, c.r, FormatTable, c.width); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", c.name, got, want)
		}
	}
}

// Rows beyond those that were measured: text keeps to its column, which got what
// room there was; a number does not lose a digit; without a terminal nothing is wrapped.
func TestTableBeyondMeasured(t *testing.T) {
	ten := "abcdefghij"
	for _, c := range []struct {
		width int
		want  []string // header, rule, first and last row
	}{
		{0, []string{
			"n  a  b",
			"-  -  -",
			"1  x",
			"1234  abcdefghijabcdefghij  abcdefghijabcdefghij",
		}},
		{25, []string{ // 25 - 4 - 3 are 18 to spare, 9 each; what is longer goes on below
			"n  a           b",
			"-  ----------  ----------",
			"1  x",
			"1234  abcdefghij  abcdefghij",
		}},
	} {
		r := result("n|a|b")
		for range measuredRows {
			r.rows = append(r.rows, []any{int64(1), "x", nil})
		}
		r.rows = append(r.rows, []any{int64(1234), ten + ten, ten + ten})
		lines := strings.Split(written(t, r, FormatTable, c.width), "\n")
		if len(lines) < 2+measuredRows+1+1 {
			t.Fatalf("width %d: %d lines", c.width, len(lines))
		}
		for i, line := range []string{lines[0], lines[1], lines[2], lines[2+measuredRows]} {
			if line != c.want[i] {
				t.Errorf("width %d: %q, want %q", c.width, line, c.want[i])
			}
		}
	}
}

// One huge cell neither waits for a thousand others nor pads the rest to its width.
func TestTableHugeCell(t *testing.T) {
	huge := strings.Repeat("x", measuredBytes)
	r := result("a|b", []any{huge, "1"}, []any{"y", "2"})
	lines := strings.Split(written(t, r, FormatTable, 0), "\n")
	for i, want := range []string{
		"a" + strings.Repeat(" ", maxAlignedWidth-1) + "  b",
		strings.Repeat("-", maxAlignedWidth) + "  -",
		huge + "  1",
		"y" + strings.Repeat(" ", maxAlignedWidth-1) + "  2",
	} {
		if lines[i] != want {
			t.Errorf("line %d has %d bytes, want %d", i, len(lines[i]), len(want))
		}
	}
}

func TestEscape(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain", "plain"},
		{"a\tb\nc\r", `a\tb\nc\r`},
		{"\x00\x1b[31m\x7f", `\x00\x1b[31m\x7f`},
		{"\u0085\u009b", `\u0085\u009b`},
		{"\x85\xff", `\x85\xff`}, // bytes that are not UTF-8
		{"\ufffd", "\ufffd"},
		{"\u202e\u2066\u200e\u200b\u2028\ufeff", `\u202e\u2066\u200e\u200b\u2028\ufeff`},
		{"\U000e0041", `\U000e0041`},
		{"日本 e\u0301 👍", "日本 e\u0301 👍"},

		// A backslash is one, unless it would read as an escape.
		{`\`, `\`},
		{`a\`, `a\`},
		{`\d \" \( C:\Users`, `\d \" \( C:\Users`},
		{`\n`, `\\n`},
		{`C:\temp`, `C:\\temp`},
		{`\\`, `\\\`},    // the first would read as doubled; the second is the last
		{`\\d`, `\\\d`},  // and so before what is no escape
		{`\\n`, `\\\\n`}, // both
		{"\\\n", `\\\n`}, // before an escape
		{"\\\u202e", `\\\u202e`},
		{`\x1b`, `\\x1b`},
		{`\x1`, `\x1`},
		{`\xg0 \xAB`, `\xg0 \xAB`}, // ours are lower case
		{`\u202e \u20 \U000e0041 \U000e`, `\\u202e \u20 \\U000e0041 \U000e`},
	} {
		if got := Escape(c.text); got != c.want {
			t.Errorf("Escape(%q) = %s, want %s", c.text, got, c.want)
		}
	}
}

// unescape is what a reader of a table does.
func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		digits := 0
		if s[i] == '\\' && i+1 < len(s) {
			switch s[i+1] {
			case '\\', 'n', 'r', 't':
				b.WriteByte(map[byte]byte{'\\': '\\', 'n': '\n', 'r': '\r', 't': '\t'}[s[i+1]])
				i += 2
				continue
			case 'x':
				digits = 2
			case 'u':
				digits = 4
			case 'U':
				digits = 8
			}
		}
		if digits > 0 && i+2+digits <= len(s) && s[i+2:i+2+digits] == strings.ToLower(s[i+2:i+2+digits]) {
			if n, err := strconv.ParseUint(s[i+2:i+2+digits], 16, 32); err == nil {
				if digits == 2 {
					b.WriteByte(byte(n))
				} else {
					b.WriteRune(rune(n))
				}
				i += 2 + digits
				continue
			}
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

func FuzzEscape(f *testing.F) {
	for _, seed := range []string{"", `\n\`, "\\\n\xff", `\u202e`, "\\\U000e0041", `\\\x1b`, "日本\u200b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		escaped := Escape(s)
		if !utf8.ValidString(escaped) || strings.ContainsFunc(escaped, invisible) {
			t.Errorf("Escape(%q) = %q", s, escaped)
		}
		if got := unescape(escaped); got != s {
			t.Errorf("Escape(%q) = %q, which reads as %q", s, escaped, got)
		}
	})
}

// Whatever the text, a table of text fits its terminal and attacks nobody.
func FuzzTable(f *testing.F) {
	f.Add("a", "b\x1b[2J", "日本語日本語日本語", uint8(2), uint8(20))
	f.Add("e\u0301\u0301", "\u0301", "👩🏽👩🏽👩🏽👩🏽👩🏽", uint8(9), uint8(0))
	f.Add(strings.Repeat("x", 300), "", "  ", uint8(1), uint8(255))
	f.Fuzz(func(t *testing.T, a, b, c string, columns, extra uint8) {
		texts := []string{a, b, c}
		width := minColumnWidth + int(extra)
		r := &fakeResult{rows: [][]any{nil, nil, nil}}
		for i := range int(columns)%12 + 1 {
			r.columns = append(r.columns, schema.ResultColumn{Name: texts[i%3]})
			for row := range r.rows {
				var v any = texts[(i+row+1)%3]
				if row == 2 {
					v = schema.List{v}
				}
				r.rows[row] = append(r.rows[row], v)
			}
		}
		for line := range strings.Lines(written(t, r, FormatTable, width)) {
			line = strings.TrimSuffix(line, "\n")
			if got := uniseg.StringWidth(line); got > width {
				t.Errorf("%d columns, terminal %d: %q", got, width, line)
			}
			if strings.HasSuffix(line, " ") || !utf8.ValidString(line) || strings.ContainsFunc(line, invisible) {
				t.Errorf("%q", line)
			}
		}
	})
}

package query

import (
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	got := written(t, result("name|n", []any{"plain text", int64(1)}, []any{nil, 2.5}), FormatMarkdown, 80)
	if want := "| name | n |\n| --- | --- |\n| plain text | 1 |\n|  | 2.5 |\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

// What an attacker writes stays text in its cell.
func TestMarkdownHostile(t *testing.T) {
	for text, want := range map[string]string{
		"a|b":                           `a\|b`,
		`a\|b`:                          `a\\\|b`,
		`a\`:                            `a\\`,
		"a\nb | c\r\n":                  `a\\nb \| c\\r\\n`,
		"<script>alert(1)</script>":     `\<script\>alert\(1\)\</script\>`,
		"![x](https://example.com/a?b)": `\!\[x\]\(https\://example.com/a?b\)`,
		"https://example.com":           `https\://example.com`,
		"WWW.example.com":               `WWW\.example.com`,
		"someone@example.com":           `someone\@example.com`,
		"&lt;":                          `\&lt;`,
		"`code` *bold* _it_ ~~no~~":     "\\`code\\` \\*bold\\* \\_it\\_ \\~\\~no\\~\\~",
		"arn:aws:s3:::bucket/key-1.2":   "arn:aws:s3:::bucket/key-1.2",
		"\x1b[31m\u202e":                `\\x1b\[31m\\u202e`,
		"ünïcode":                       "ünïcode",
	} {
		if got := inactive(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

// Whatever is in it, a row is one line with as many cells as there are columns.
func FuzzMarkdown(f *testing.F) {
	for _, cell := range []string{"", "|", `\`, `\|`, "a\nb", "```", "\x00\xff", "| --- |"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		lines := strings.Split(written(t, result("a|b", []any{cell, cell}), FormatMarkdown, 80), "\n")
		if len(lines) != 4 || lines[3] != "" {
			t.Fatalf("%d lines: %q", len(lines), lines)
		}
		bars, escaped := 0, false
		for _, c := range lines[2] {
			switch {
			case escaped:
				escaped = false
			case c == '\\':
				escaped = true
			case c == '|':
				bars++
			}
		}
		if bars != 3 || escaped {
			t.Errorf("%q has %d bars", lines[2], bars)
		}
	})
}

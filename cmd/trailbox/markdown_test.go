package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestWriteMarkdown(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"headings", "# One *two*\n## `three`\ntext", `
One two
=======

three
-----

text
`},
		{"a paragraph", "It is wrapped\nbetween   its words, not\nwhere its lines end.\n\n\nAnother one.", `
It is wrapped between its
words, not where its lines
end.

Another one.
`},
		{"a word that is too long", "see abcdefghijklmnopqrstuvwxyz0123456789 there", `
see
abcdefghijklmnopqrstuvwxyz0123
456789 there
`},
		{"marks", "`--a *b* [c](d)`, **strong**, *listed = a + b*, [a `link`](to.md), 2 * 3 * 4, `*`, a_b_c, \\*", `
--a *b* [c](d), strong, listed
= a + b, a link, 2 * 3 * 4, *,
a_b_c, *
`},
		{"a list", "Take:\n- one\n- another one, which is longer\n  than a line\n10. ten\n\nthen", `
Take:

- one
- another one, which is longer
  than a line
10. ten

then
`},
		{"code", "```sh\n# *not* a heading\n\n  | a  `b` |\n```\nand\n  indented *code*\n    as it is\n\nend", `
  # *not* a heading

    | a  ` + "`b`" + ` |

and

  indented *code*
    as it is

end
`},
		{"wide code is not indented", "```\n123456789 123456789 123456789\nx\n```", `
123456789 123456789 123456789
x
`},
		{"code without an end", "```\na", "\n  a\n"},
		{"a table that fits", "| a | |\n| --- | :-: |\n| `x\\|y` | 1 |\n| **z** | 22 |", `
a
---  --
x|y  1
z    22
`},
		{"names are not broken", "| CloudTrailEvent | the record, as it came |\n| --- | --- |\n| a | b |", `
CloudTrailEvent  the record,
                 as it came
---------------  -------------
a                b
`},
		{"a table that does not fit", "| name | what it is of all the things |\n| --- | --- |\n| a | short |\n| of many words | long enough to take some lines |\n| b | short |\n| c | short |", `
name     what it is of all the
         things
-------  ---------------------
a        short

of many  long enough to take
words    some lines

b        short
c        short
`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got strings.Builder
			writeMarkdown(&got, test.text, 30)
			if want := strings.TrimPrefix(test.want, "\n"); got.String() != want {
				t.Errorf("got\n%s\nwant\n%s", got.String(), want)
			}
		})
	}
}

// Whatever the width, nothing but code is wider, and no word gets lost.
func TestMarkdownWidths(t *testing.T) {
	text := "# a heading of some words\n\nA paragraph of `code` and text, long enough.\n\n- an item of a list, long enough\n\n" +
		"| first | second column | third of them |\n| --- | --- | --- |\n| some words | of which not all | fit beside each other |\n| a | b | c |\n"
	var whole strings.Builder
	writeMarkdown(&whole, text, 200)
	letters := func(text string) map[rune]int {
		counts := make(map[rune]int)
		for _, r := range text {
			if r != ' ' && r != '\n' && r != '-' && r != '=' {
				counts[r]++
			}
		}
		return counts
	}
	for width := 12; width < 120; width++ {
		var got strings.Builder
		writeMarkdown(&got, text, width)
		for line := range strings.Lines(got.String()) {
			if n := len(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("width %d: %d: %s", width, n, line)
			}
		}
		if !reflect.DeepEqual(letters(got.String()), letters(whole.String())) {
			t.Errorf("width %d loses something:\n%s", width, got.String())
		}
	}
}

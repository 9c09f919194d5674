package query

import (
	"encoding/csv"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/schema"
)

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *fakeResult
		want string
	}{
		{"no rows", result("eventName|n"), "eventName,n\n"},
		{"nulls", result("a|b", []any{nil, nil}, []any{"", int64(0)}), "a,b\n,\n,0\n"},
		{"quotes", result(`a,b|c"d`, []any{"x,y", `say "hi"`}, []any{" x", "y "}), "\"a,b\",\"c\"\"d\"\n\"x,y\",\"say \"\"hi\"\"\"\n\" x\",y \n"},
		{"line ends", result("a", []any{"one\r\ntwo\rthree\nfour"}), "a\n\"one\r\ntwo\rthree\nfour\"\n"},
		{"NUL and broken UTF-8", result("a|b", []any{"x\x00y", "\xffz"}), "a,b\nx\x00y,\xffz\n"},
		{"one column, and nothing in it", result("a", []any{nil}, []any{"x"}, []any{""}), "a\n\"\"\nx\n\"\"\n"},
		{"one column without a name", result("", []any{int64(1)}), "\"\"\n1\n"},
		{
			"numbers stay numbers",
			result("a|b|c|d|e", []any{int64(-1), uint64(1), -0.5, schema.Number("-12.50"), math.Inf(-1)}),
			"a,b,c,d,e\n-1,1,-0.5,-12.50,-Infinity\n",
		},
		{
			"and text is text", result("-n|b|c|d", []any{"-1", "+1", "=1", "1"}),
			"'-n,b,c,d\n'-1,'+1,'=1,1\n",
		},
		{
			"other types", result("a|b|c|d", []any{true, time.Unix(0, 0), []byte("="), schema.List{"=1", "\r"}}),
			"a,b,c,d\ntrue,1970-01-01T00:00:00Z,3d,\"[\"\"=1\"\",\"\"\\r\"\"]\"\n",
		},
	} {
		if got := written(t, c.r, FormatCSV, 0); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestInert(t *testing.T) {
	for _, formula := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "=", "-",
		" =1", "  \t=1", "\n=1", "\u00a0=1", "\u3000＝1", "\ufeff=1", "\u200b@x", "\x00=1", "\x1b+1", "\xff=1", "\u202e=1",
		"\tx", "\rx", "\nx", "\t",
	} {
		if got := inert(formula); got != "'"+formula {
			t.Errorf("inert(%q) = %q", formula, got)
		}
	}
	for _, text := range []string{
		"", " ", "x", "1", "a=1", "a\t=1", "x-y", "'=1", "\"=1", "(+1)", "[=1]", "日本", "\u00a0x", "\x00", "\ufffd", "#REF!",
		"arn:aws:iam::111122223333:role/x", "aws-cli/2.0 +x", "2023-07-10T12:55:24Z", "−1", // U+2212 is no operator
	} {
		if got := inert(text); got != text {
			t.Errorf("inert(%q) = %q", text, got)
		}
	}
}

// A reader of CSV finds the cells again, up to the apostrophe, and to the line ends
// that encoding/csv makes alike when it reads.
func FuzzCSV(f *testing.F) {
	f.Add("a,b", "c\"d\n", "=1")
	f.Add("", "", "")
	f.Add("\r\n", "\r", `\.`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		for _, row := range [][]string{{a, b, c}, {a}} {
			r := &fakeResult{}
			var values []any
			var want []string
			for _, cell := range row {
				r.columns = append(r.columns, schema.ResultColumn{Name: cell})
				values = append(values, cell)
				want = append(want, strings.ReplaceAll(inert(cell), "\r\n", "\n"))
			}
			r.rows = [][]any{values, values}
			records, err := csv.NewReader(strings.NewReader(written(t, r, FormatCSV, 0))).ReadAll()
			if err != nil || len(records) != 3 {
				t.Fatalf("%q: %q, %v", row, records, err)
			}
			for _, got := range records {
				if !slices.Equal(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			}
		}
	})
}

package query

import (
	"context"
	"errors"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trailbox/schema"
)

var update = flag.Bool("update", false, "rewrite testdata")

// A fakeResult gives rows, again and again if endless, and then err.
type fakeResult struct {
	columns []schema.ResultColumn
	rows    [][]any
	err     error // of Err, or of Values on the row after the last, if inValues
	endless bool

	inValues bool
	next     int
	closed   int
}

func (r *fakeResult) Columns() []schema.ResultColumn { return r.columns }

func (r *fakeResult) Next() bool {
	r.next++
	return r.endless || r.next <= len(r.rows) || r.inValues && r.next == len(r.rows)+1
}

func (r *fakeResult) Values() ([]any, error) {
	if r.inValues && r.next > len(r.rows) {
		return nil, r.err
	}
	return r.rows[(r.next-1)%len(r.rows)], nil
}

func (r *fakeResult) Err() error {
	if r.inValues {
		return nil
	}
	return r.err
}

func (r *fakeResult) Close() error {
	r.closed++
	return nil
}

// result makes a Result of columns with these names.
func result(names string, rows ...[]any) *fakeResult {
	r := &fakeResult{rows: rows}
	for name := range strings.SplitSeq(names, "|") {
		r.columns = append(r.columns, schema.ResultColumn{Name: name})
	}
	return r
}

func written(t *testing.T, r Result, format Format, width int) string {
	t.Helper()
	var b strings.Builder
	if _, err := Write(&b, r, format, Screen{Width: width}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestParseFormat(t *testing.T) {
	for _, want := range Formats() {
		if got, err := ParseFormat(string(want)); got != want || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", want, got, err)
		}
	}
	for _, name := range []string{"", "xml", "JSON", "json "} {
		_, err := ParseFormat(name)
		if err == nil {
			t.Errorf("ParseFormat(%q) is a format", name)
			continue
		}
		for _, f := range Formats() {
			if !strings.Contains(err.Error(), string(f)) {
				t.Errorf("ParseFormat(%q): %v; want %s in it", name, err, f)
			}
		}
	}
}

func TestWriteCountsAndCloses(t *testing.T) {
	for _, format := range append(Formats(), "xml") {
		r := result("a|b", []any{"x", int64(1)}, []any{nil, int64(2)})
		rows, err := Write(io.Discard, r, format, Screen{Width: 80})
		if format == "xml" {
			if rows != 0 || err == nil {
				t.Errorf("%s: %d rows, %v", format, rows, err)
			}
		} else if rows != 2 || err != nil {
			t.Errorf("%s: %d rows, %v", format, rows, err)
		}
		if r.closed != 1 {
			t.Errorf("%s: closed %d times", format, r.closed)
		}
	}
}

// What was read before an error is written, but not what would make it look whole.
func TestWriteResultThatFails(t *testing.T) {
	cut := errors.New("cut off")
	want := map[Format]string{
		FormatTable:    "a\n-\nx\n",
		FormatCSV:      "a\nx\n",
		FormatNDJSON:   `{"a":"x"}` + "\n",
		FormatJSON:     "[\n" + `{"a":"x"}` + "\n",
		FormatMarkdown: "| a |\n| --- |\n| x |\n",
	}
	for _, format := range Formats() {
		for _, inValues := range []bool{false, true} {
			r := result("a", []any{"x"})
			r.err, r.inValues = cut, inValues
			var b strings.Builder
			rows, err := Write(&b, r, format, Screen{})
			if rows != 1 || !errors.Is(err, cut) || b.String() != want[format] || r.closed != 1 {
				t.Errorf("%s: %d rows, %v, closed %d times, wrote %q; want %q", format, rows, err, r.closed, b.String(), want[format])
			}
		}
	}
	r := result("a")
	r.err = cut
	var b strings.Builder
	if _, err := Write(&b, r, FormatJSON, Screen{}); !errors.Is(err, cut) || b.String() != "[\n" {
		t.Errorf("json without a row: %v, wrote %q", err, b.String())
	}
}

// A pipe that nobody reads ends an endless result, so no format waits for the last row.
func TestWriteToClosedPipe(t *testing.T) {
	for _, format := range Formats() {
		for _, width := range []int{0, 40, 10} { // 10: expanded
			in, out := io.Pipe()
			in.Close()
			r := result("a|b|c", []any{"x", "y", int64(1)})
			r.endless = true
			if _, err := Write(out, r, format, Screen{Width: width}); !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("%s: %v", format, err)
			}
			if r.closed != 1 {
				t.Errorf("%s: closed %d times", format, r.closed)
			}
		}
	}
	// Less than the buffer holds: the error comes with the last byte.
	for _, format := range Formats() {
		in, out := io.Pipe()
		in.Close()
		if _, err := Write(out, result("a", []any{"x"}), format, Screen{}); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		value      any
		text, json string
	}{
		{nil, "", "null"},
		{true, "true", "true"},
		{int64(math.MinInt64), "-9223372036854775808", "-9223372036854775808"},
		{uint64(math.MaxUint64), "18446744073709551615", "18446744073709551615"},
		{"text", "text", `"text"`},
		{[]byte{0, 0x7f, 0xff}, "007fff", `"007fff"`},
		{[]byte{}, "", `""`},

		{0.0, "0", "0"},
		{math.Copysign(0, -1), "-0", "-0"},
		{1.0, "1", "1"},
		{-0.1, "-0.1", "-0.1"},
		{1234567.0, "1234567", "1234567"},
		{0.000001, "0.000001", "0.000001"},
		{0.0000001, "1e-07", "1e-07"},
		{1e20, "100000000000000000000", "100000000000000000000"},
		{1e21, "1e+21", "1e+21"},
		{-math.MaxFloat64, "-1.7976931348623157e+308", "-1.7976931348623157e+308"},
		{math.NaN(), "NaN", `"NaN"`},
		{math.Inf(1), "Infinity", `"Infinity"`},
		{math.Inf(-1), "-Infinity", `"-Infinity"`},

		{schema.Number("170141183460469231731687303715884105727"), "170141183460469231731687303715884105727", "170141183460469231731687303715884105727"},
		{schema.Number("-0.05"), "-0.05", "-0.05"},
		{schema.Number("1.50"), "1.50", "1.50"},
		{schema.Number("none"), "none", `"none"`},

		{time.Date(2023, 7, 10, 12, 55, 24, 0, time.UTC), "2023-07-10T12:55:24Z", `"2023-07-10T12:55:24Z"`},
		{time.Date(2023, 7, 10, 12, 55, 24, 120_000_000, time.UTC), "2023-07-10T12:55:24.12Z", `"2023-07-10T12:55:24.12Z"`},
		{time.Date(2023, 7, 10, 12, 55, 24, 1, time.UTC), "2023-07-10T12:55:24.000000001Z", `"2023-07-10T12:55:24.000000001Z"`},
		{time.Date(2023, 7, 10, 1, 0, 0, 0, time.FixedZone("", 2*3600)), "2023-07-09T23:00:00Z", `"2023-07-09T23:00:00Z"`},

		{schema.List(nil), "[]", "[]"},
		{schema.Struct{}, "{}", "{}"},
		{
			schema.List{nil, int64(1), "a\n", schema.List{true}, []byte{1}},
			`[null,1,"a\n",[true],"01"]`, `[null,1,"a\n",[true],"01"]`,
		},
		{
			schema.Struct{{Name: "z", Value: int64(1)}, {Name: `a"`, Value: schema.Struct{{Name: "t", Value: time.Unix(0, 0)}}}, {Name: "z", Value: math.NaN()}},
			`{"z":1,"a\"":{"t":"1970-01-01T00:00:00Z"},"z":"NaN"}`, `{"z":1,"a\"":{"t":"1970-01-01T00:00:00Z"},"z":"NaN"}`,
		},
		{int16(7), "7", `"7"`}, // not one of Rows' types: shown, as text
	} {
		if got := text(c.value); got != c.text {
			t.Errorf("text(%#v) = %q, want %q", c.value, got, c.text)
		}
		if got := string(appendJSON(nil, c.value)); got != c.json {
			t.Errorf("appendJSON(%#v) = %s, want %s", c.value, got, c.json)
		}
	}
}

func TestInvisible(t *testing.T) {
	for _, r := range "\x00\t\n\r\x1b\x1f\x7f\u0080\u0085\u009b\u009f\u00ad\u061c\u180e" +
		"\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e" +
		"\u2060\u2066\u2067\u2068\u2069\ufeff\ufe0f\u3164\u034f\U000e0041\U000e0100\ufdd0\ufffe\uffff\U0010ffff" {
		if !invisible(r) {
			t.Errorf("%U passes", r)
		}
	}
	for _, r := range " ~azAZ09\u00a0\u0301é日👩ﷺ\ufffd\u2026" {
		if invisible(r) {
			t.Errorf("%U does not pass", r)
		}
	}
}

// Every type that schema.Rows lists, out of a real database.
func TestDuckDBTypes(t *testing.T) {
	ctx := context.Background()
	store, err := schema.Create(ctx, filepath.Join(t.TempDir(), "types.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, c := range []struct{ expression, text, json string }{
		{"NULL", "", "null"},
		{"true", "true", "true"},
		{"(-128)::TINYINT", "-128", "-128"},
		{"(-32768)::SMALLINT", "-32768", "-32768"},
		{"(-7)::INTEGER", "-7", "-7"},
		{"9223372036854775807::BIGINT", "9223372036854775807", "9223372036854775807"},
		{"255::UTINYINT", "255", "255"},
		{"65535::USMALLINT", "65535", "65535"},
		{"4294967295::UINTEGER", "4294967295", "4294967295"},
		{"18446744073709551615::UBIGINT", "18446744073709551615", "18446744073709551615"},
		{"(-170141183460469231731687303715884105727)::HUGEINT", "-170141183460469231731687303715884105727", "-170141183460469231731687303715884105727"},
		{"340282366920938463463374607431768211455::UHUGEINT", "340282366920938463463374607431768211455", "340282366920938463463374607431768211455"},
		{"'123456789012345678901234567890123456789012345678'::BIGNUM", "123456789012345678901234567890123456789012345678", "123456789012345678901234567890123456789012345678"},
		{"12.34::DECIMAL(10,2)", "12.34", "12.34"},
		{"(-0.05)::DECIMAL(38,2)", "-0.05", "-0.05"},
		{"0.1::FLOAT", "0.1", "0.1"},
		{"'-inf'::FLOAT", "-Infinity", `"-Infinity"`},
		{"0.1::DOUBLE", "0.1", "0.1"},
		{"1e300::DOUBLE", "1e+300", "1e+300"},
		{"'nan'::DOUBLE", "NaN", `"NaN"`},
		{"'it''s'", "it's", `"it's"`},
		{"''", "", `""`},
		{"chr(0) || chr(27)", "\x00\x1b", `"\u0000\u001b"`},
		{`'\x00\xAB'::BLOB`, "00ab", `"00ab"`},
		{"'10101'::BIT", "10101", `"10101"`},
		{"UUID '0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1'", "0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1", `"0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1"`},
		{"'big'::ENUM('small', 'big')", "big", `"big"`},

		{"DATE '2024-02-29'", "2024-02-29", `"2024-02-29"`},
		{"TIME '12:55:24.5'", "12:55:24.5", `"12:55:24.5"`},
		{"TIMESTAMP '2023-07-10 12:55:24'", "2023-07-10T12:55:24Z", `"2023-07-10T12:55:24Z"`},
		{"TIMESTAMP '2023-07-10 12:55:24.123456'", "2023-07-10T12:55:24.123456Z", `"2023-07-10T12:55:24.123456Z"`},
		{"'1969-12-31 23:59:59'::TIMESTAMP_S", "1969-12-31T23:59:59Z", `"1969-12-31T23:59:59Z"`},
		{"'2023-07-10 12:55:24.120'::TIMESTAMP_MS", "2023-07-10T12:55:24.12Z", `"2023-07-10T12:55:24.12Z"`},
		{"'2023-07-10 12:55:24.123456789'::TIMESTAMP_NS", "2023-07-10T12:55:24.123456789Z", `"2023-07-10T12:55:24.123456789Z"`},
		{"TIMESTAMPTZ '2023-07-10 01:00:00+02'", "2023-07-09T23:00:00Z", `"2023-07-09T23:00:00Z"`},
		{"INTERVAL '1 year 2 months 3 days 04:05:06.7'", "1 year 2 months 3 days 04:05:06.7", `"1 year 2 months 3 days 04:05:06.7"`},
		{"INTERVAL '-5 minutes'", "-00:05:00", `"-00:05:00"`},
		{"INTERVAL 0 days", "00:00:00", `"00:00:00"`},

		// Members keep the order of their type, at every depth.
		{"{'z': 1, 'a': 'x', 'M': NULL}", `{"z":1,"a":"x","M":null}`, `{"z":1,"a":"x","M":null}`},
		{
			"[{'z': [{'y': 2, 'b': TIMESTAMP '2023-07-10 12:55:24'}], 'a': {'q': 1.5::DECIMAL(3,1), 'c': UUID '0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1'}}]",
			`[{"z":[{"y":2,"b":"2023-07-10T12:55:24Z"}],"a":{"q":1.5,"c":"0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1"}}]`,
			`[{"z":[{"y":2,"b":"2023-07-10T12:55:24Z"}],"a":{"q":1.5,"c":"0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1"}}]`,
		},
		{`{'say "hi", (now)': 1, 'it''s': {'b': 2, 'a': 3}}`, `{"say \"hi\", (now)":1,"it's":{"b":2,"a":3}}`, `{"say \"hi\", (now)":1,"it's":{"b":2,"a":3}}`},
		{"[1, NULL, 3]", "[1,null,3]", "[1,null,3]"},
		{"[]::VARCHAR[]", "[]", "[]"},
		{"[NULL, 'a', '']", `[null,"a",""]`, `[null,"a",""]`},
		{"array_value(1, 2, 3)", "[1,2,3]", "[1,2,3]"},
		{"[[1, 2], [3, 4]]::INTEGER[2][2]", "[[1,2],[3,4]]", "[[1,2],[3,4]]"},
		{"[DATE '2024-02-29', NULL]", `["2024-02-29",null]`, `["2024-02-29",null]`},
		{`['\xAB'::BLOB]`, `["ab"]`, `["ab"]`},
		{"['nan'::DOUBLE]", `["NaN"]`, `["NaN"]`},
		{"MAP {'z': 1, 'a': 2}", `{"z":1,"a":2}`, `{"z":1,"a":2}`},
		{"MAP {7: {'z': 1, 'a': [2]}}", `{"7":{"z":1,"a":[2]}}`, `{"7":{"z":1,"a":[2]}}`},
		{"{'u': union_value(n := 2), 'z': 1}", `{"u":2,"z":1}`, `{"u":2,"z":1}`},
		{"union_value(s := 'x')", "x", `"x"`},

		{`'[1, "a\u202e", null, true, 0.5]'::JSON`, `[1,"a\u202e",null,true,0.5]`, `[1,"a\u202e",null,true,0.5]`},
		{`'"text"'::JSON`, "text", `"text"`},
		{`'{"n": {"m": 12}}' -> '$.n.m'`, "12", "12"},
		{`'{"n": {"m": 12}}' ->> '$.n'`, `{"m":12}`, `"{\"m\":12}"`},
	} {
		rows, err := store.Query(ctx, "SELECT "+c.expression+" AS x")
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if !rows.Next() {
			t.Errorf("%s: no row: %v", c.expression, rows.Err())
			continue
		}
		values, err := rows.Values()
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		if got := text(values[0]); got != c.text {
			t.Errorf("%s: text %q, want %q", c.expression, got, c.text)
		}
		if got := string(appendJSON(nil, values[0])); got != c.json {
			t.Errorf("%s: JSON %s, want %s", c.expression, got, c.json)
		}
		rows.Close()
	}
}

// Through Write, from a store: the rows of one query in each form.
func TestWriteStore(t *testing.T) {
	ctx := context.Background()
	store, err := schema.Create(ctx, filepath.Join(t.TempDir(), "rows.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for format, want := range map[Format]string{
		FormatTable: "" +
			"eventName        n  n\n" +
			"------------  ----  -\n" +
			"ConsoleLogin  1200\n" +
			"x               -5  y\n",
		FormatCSV: "eventName,n,n\nConsoleLogin,1200,\nx,-5,y\n",
		FormatNDJSON: `{"eventName":"ConsoleLogin","n":1200,"n_1":null}` + "\n" +
			`{"eventName":"x","n":-5,"n_1":"y"}` + "\n",
	} {
		rows, err := store.Query(ctx, "SELECT eventName, n, m AS n FROM (VALUES ('ConsoleLogin', 1200, NULL), ('x', -5, 'y')) AS t(eventName, n, m) ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		if got := written(t, rows, format, 80); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", format, got, want)
		}
	}
}

// hostile has each type once, each text position with something that attacks a reader.
func hostile() *fakeResult {
	when := time.Date(2023, 7, 10, 12, 55, 24, 0, time.UTC)
	return result("when|=n|text\x1b[2J|text|x\u202ey|blob|num|list|struct|flag|",
		[]any{when, int64(-1), "plain", "a,b;\"c\"", 1.5, []byte("=1"), schema.Number("-12.50"),
			schema.List{"=1", nil}, schema.Struct{{Name: "z", Value: "\x1b"}, {Name: "a", Value: int64(1)}}, true, "日本語"},
		[]any{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
		[]any{when.Add(time.Millisecond), int64(12345), "\x1b[31mred\x1b[0m", "two\r\nlines\ttab", -2.0, []byte{}, schema.Number("7"),
			schema.List{}, schema.Struct{}, false, "=cmd|' /C calc'!A0"},
		[]any{when, int64(0), "gpj\u202e.exe \u2066i\u2069", "\u200bzero\u2028sep\ufeff", math.NaN(), []byte{0}, schema.Number("0"),
			schema.List{"\u202e\xff"}, schema.Struct{{Name: "\u2028", Value: nil}}, true, "＋1"},
		[]any{when, int64(7), "c1 \u009b31m \x7f \x00", "bad \xff\xc3 utf-8 \ufffd", 0.25, []byte{0xde, 0xad}, schema.Number("1"),
			schema.List{schema.List{int64(1)}}, schema.Struct{{Name: "l", Value: schema.List{}}}, true, " \t@SUM(A1)"},
		[]any{when, int64(8), `C:\new \d \\ \u202e \`, "</script><!--&", 1e-9, []byte("x"), schema.Number("2"),
			schema.List{"<&>"}, schema.Struct{{Name: "q\"", Value: "\\"}}, true, "e\u0301te\u0301 👍🏽"},
	)
}

func TestGoldens(t *testing.T) {
	for _, c := range []struct {
		file   string
		format Format
		width  int
	}{
		{"hostile.table", FormatTable, 0},
		{"hostile-140.table", FormatTable, 140},
		{"hostile-80.table", FormatTable, 80}, // expanded
		{"hostile-40.table", FormatTable, 40},
		{"hostile.csv", FormatCSV, 0},
		{"hostile.json", FormatJSON, 0},
		{"hostile.ndjson", FormatNDJSON, 0},
	} {
		got := written(t, hostile(), c.format, c.width)
		file := filepath.Join("testdata", c.file)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is now (-update rewrites it):\n%s", file, got)
		}
	}
}

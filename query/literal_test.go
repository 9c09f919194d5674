package query

import (
	"math"
	"testing"
	"time"
)

func TestLiteral(t *testing.T) {
	for _, test := range []struct {
		value any
		want  string
	}{
		{"", `''`},
		{"admin", `'admin'`},
		{"O'Hara", `'O''Hara'`},
		{"''", `''''''`},
		{`a\'; --`, `'a\''; --'`},
		{"名前 🛤", "'名前 🛤'"},
		{"a\x00b", `('a' || chr(0) || 'b')`},
		{"\n", `chr(10)`},
		{"\u202eevil\x1b[31m", `(chr(8238) || 'evil' || chr(27) || '[31m')`},
		{true, `true`},
		{7, `7`},
		{int64(-7), `-7`},
		{0.1, `1e-01`},
		{math.Inf(1), `'Infinity'::DOUBLE`},
		{[]string{"a", "b'"}, `['a', 'b''']`},
		{[]int64{1, -2}, `[1, -2]::BIGINT[]`},
		{[]int64{}, `[]::BIGINT[]`},
		{utc("2026-03-02T09:59:59.999999Z"), `TIMESTAMP '2026-03-02 09:59:59.999999'`},
		{utc("2026-03-02T15:30:00+05:30"), `TIMESTAMP '2026-03-02 10:00:00'`},
		{utc("0000-01-01T00:00:00Z"), `make_timestamp(-62167219200000000)`},
	} {
		if got := literal(test.value); got != test.want {
			t.Errorf("%q: %s, want %s", test.value, got, test.want)
		}
	}
}

// DuckDB reads a literal as the value that it stands for.
func TestLiteralsAreRead(t *testing.T) {
	store := storeOf(t)
	for _, value := range []any{
		"", "'", "''", `\`, `\'`, `"`, "$since", "a\x00b", "\x00", "\t\r\n", "\u202e\u200b", "é", "🛤", "; --", "/* */",
		false, utc("2026-03-02T09:59:59.999999Z"), utc("1969-12-31T23:59:59.000001Z"), utc("0000-06-01T00:00:00Z"), utc("9999-12-31T23:59:59Z"),
	} {
		rows, err := store.Query(t.Context(), "SELECT "+literal(value))
		if err != nil || !rows.Next() {
			t.Errorf("%q: %s: %v", value, literal(value), err)
			continue
		}
		values, err := rows.Values()
		if at, ok := values[0].(time.Time); ok {
			values[0] = at.UTC()
		}
		if err != nil || values[0] != value && !sameTime(values[0], value) {
			t.Errorf("%q: %s is %q, %v", value, literal(value), values[0], err)
		}
		rows.Close()
	}
}

func sameTime(a, b any) bool {
	at, ok := a.(time.Time)
	bt, bothTimes := b.(time.Time)
	return ok && bothTimes && at.Equal(bt)
}

package schema

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Of our statements and of those that a person types, which are looked at before they run.
func TestRowsValues(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "rows.duckdb")
	store, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	checkValues(t, store)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = OpenFor(ctx, path, Grants{Typed: true}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	checkValues(t, store)
}

func checkValues(t *testing.T, store *Store) {
	t.Helper()
	ctx := t.Context()
	for _, c := range []struct {
		query string
		want  any
	}{
		{`SELECT '{"z": 12345678901234567890, "a": [1.0, {"y": 1e400, "b": null}], "z": "\u00e9"}'::JSON`,
			Struct{{"z", Number("12345678901234567890")}, {"a", List{Number("1.0"), Struct{{"y", Number("1e400")}, {"b", nil}}}}, {"z", "é"}}},
		{`SELECT '{"n": {"m": 12345678901234567890}}' -> '$.n' -- a comment`, Struct{{"m", Number("12345678901234567890")}}},
		{`SELECT '"text"'::JSON`, "text"},
		{`SELECT '"12"'::JSON`, "12"},
		{`SELECT 'null'::JSON`, nil},
		{`SELECT NULL::JSON`, nil},
		{`SELECT json_object('b', $v::INTEGER, 'a', true)`, Struct{{"b", Number("5")}, {"a", true}}},
		{`SELECT ['{"b": {"d": 1, "c": 2}, "a": "x"}'::JSON]`, List{Struct{{"a", "x"}, {"b", Struct{{"c", 2.0}, {"d", 1.0}}}}}},
		{`SELECT '{"b": 1}'::JSON;`, Struct{{"b", 1.0}}}, // cannot be wrapped
		{`SELECT '{"b": 1}'::JSON UNION ALL SELECT NULL WHERE false`, Struct{{"b", Number("1")}}},
		{`WITH t AS (SELECT '{"b": 1}'::JSON AS j) FROM t SELECT j -> 'b'`, Number("1")},
		{"SELECT union_value(s := {'z': 1, 'a': UUID '0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1'})",
			Struct{{"z", int64(1)}, {"a", "0b0a9c2e-1c5f-4b52-8c6e-08f3f2b3a5d1"}}},
		{"SELECT [union_value(d := DATE '2024-02-29')]", List{"2024-02-29"}},
		{`SELECT {'u': union_value("it's (" := 1), 'l': {'z': 1, 'a': 2}}`, Struct{{"u", int64(1)}, {"l", Struct{{"z", int64(1)}, {"a", int64(2)}}}}},
		{"SELECT MAP {TIMESTAMP '2023-07-10 12:55:24': 1}", Struct{{"2023-07-10T12:55:24Z", int64(1)}}},
		{"SELECT MAP {1000000::DOUBLE: 1}", Struct{{"1000000", int64(1)}}},
		{"SELECT 1.50::DECIMAL(10,2)", Number("1.50")},
		{"SELECT 0::DECIMAL(10,2)", Number("0.00")},
		{"SELECT (-0.05)::DECIMAL(10,2)", Number("-0.05")},
		{"SELECT 100::DECIMAL(10,0)", Number("100")},
		{"SELECT 'infinity'::TIMESTAMP", "infinity"},
		{"SELECT '-infinity'::TIMESTAMPTZ", "-infinity"},
		{"SELECT 'infinity'::TIMESTAMP_S", "infinity"},
		{"SELECT '-infinity'::TIMESTAMP_MS", "-infinity"},
		{"SELECT 'infinity'::TIMESTAMP_NS", "infinity"},
		{"SELECT ['infinity'::DATE, '-infinity'::DATE]", List{"infinity", "-infinity"}},
		{"SELECT '0044-03-15 (BC)'::DATE", "0044-03-15 (BC)"},
		{"SELECT '12:55:24+00'::TIMETZ", "12:55:24+00"},
		{"SELECT '12:55:24.5-05:30'::TIMETZ", "12:55:24.5-05:30"},
	} {
		var args []Arg
		if strings.Contains(c.query, "$v") {
			args = []Arg{{"v", 5}}
		}
		rows, err := store.Query(ctx, c.query, args...)
		if err != nil {
			t.Errorf("%s: %v", c.query, err)
			continue
		}
		if !rows.Next() {
			t.Errorf("%s: no row: %v", c.query, rows.Err())
			continue
		}
		values, err := rows.Values()
		if err != nil || !reflect.DeepEqual(values[0], c.want) {
			t.Errorf("%s: %#v, %v; want %#v", c.query, values[0], err, c.want)
		}
		rows.Close()
	}
	if _, err := store.Query(ctx, "SELECT 1 --\x00\n WHERE false"); err == nil {
		t.Error("a query is cut at NUL")
	}
}

// Asking for JSON as text changes neither names nor order.
func TestRowsJSONColumns(t *testing.T) {
	ctx := context.Background()
	store, err := Create(ctx, filepath.Join(t.TempDir(), "rows.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	rows, err := store.Query(ctx, `SELECT i AS "a ""b""", json_object('i', i) AS j, -i AS j, i::VARCHAR FROM range(300_000) t(i) ORDER BY (i * 7919) % 300_007`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := `[{a "b" BIGINT} {j JSON} {j BIGINT} {CAST(i AS VARCHAR) VARCHAR}]`
	if got := fmt.Sprint(rows.Columns()); got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	last, n := int64(-1), 0
	for ; rows.Next(); n++ {
		values, err := rows.Values()
		if err != nil {
			t.Fatal(err)
		}
		i := values[0].(int64)
		if key := i * 7919 % 300_007; key <= last {
			t.Fatalf("row %d is out of order", n)
		} else {
			last = key
		}
		if j := values[1].(Struct)[0].Value.(Number); string(j) != fmt.Sprint(i) || values[2].(int64) != -i {
			t.Fatalf("row %d: %v", n, values)
		}
	}
	if n != 300_000 {
		t.Errorf("%d rows", n)
	}
}

// What is asked for the first rows of a SELECT has them, in their order and with their names,
// and what is no SELECT is answered as it is.
func TestQueryFirst(t *testing.T) {
	store, err := Create(t.Context(), filepath.Join(t.TempDir(), "rows.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for query, want := range map[string]string{
		"SELECT range AS n, -range AS n FROM range(10) ORDER BY range DESC -- a comment": "[n n] [9 -9] [8 -8]",
		"SELECT '{\"b\": 1}'::JSON AS j FROM range(3)":                                   "[j] [[{b 1}]] [[{b 1}]]",
		"SELECT 1 AS one": "[one] [1]",
		"VALUES (1), (2)": "[col0] [1] [2]",
		"SHOW DATABASES":  "[database_name] [memory] [store]",
	} {
		rows, err := store.QueryFirst(t.Context(), 2, query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var names []string
		for _, c := range rows.Columns() {
			names = append(names, c.Name)
		}
		got := fmt.Sprint(names)
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				t.Error(err)
			}
			got += " " + fmt.Sprint(values)
		}
		if err := errors.Join(rows.Err(), rows.Close()); got != want || err != nil {
			t.Errorf("%s: %s, not %s (%v)", query, got, want, err)
		}
	}
	var located *StatementError
	if _, err := store.QueryFirst(t.Context(), 2, "SELECT nothing FROM events"); !errors.As(err, &located) || located.Offset != len("SELECT ") {
		t.Errorf("an error is at another place: %v", err)
	}
}

// A store that was granted so much memory ends a statement that needs more.
func TestMemoryGrant(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.duckdb")
	store, err := Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	if store, err = OpenFor(t.Context(), path, Grants{Typed: true, Memory: 32 << 20}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := One[int64](store.Query(t.Context(), "SELECT len(list(range)) FROM range(10_000_000)")); err == nil || !strings.Contains(err.Error(), "Out of Memory") {
		t.Errorf("80 MB within 32: %v", err)
	}
}

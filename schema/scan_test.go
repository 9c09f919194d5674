package schema

import (
	"context"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type scanned struct {
	Text    string
	Absent  string
	Count   int32
	Big     uint64
	Share   float64
	Flag    bool
	At      time.Time
	Never   time.Time
	Bytes   []byte
	Kind    Status
	Maybe   *bool
	None    *bool
	Numbers []int32
	Touched []struct{ Type, Name string }
	Any     any
}

func TestAllTakesColumnsByName(t *testing.T) {
	ctx := context.Background()
	store, err := Create(ctx, filepath.Join(t.TempDir(), "scan.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	got, err := One[scanned](store.Query(ctx, `SELECT
		'loaded' AS kind, 'é' AS "text", NULL::VARCHAR AS absent, 7::BIGINT AS count, 18446744073709551615::UBIGINT AS big,
		0.5::DOUBLE AS share, true AS flag, TIMESTAMP '2026-03-02 10:00:00.5' AS at, NULL::TIMESTAMP AS never,
		'\xFF'::BLOB AS bytes, false AS maybe, NULL::BOOLEAN AS none, [1, NULL, 3]::INTEGER[] AS numbers,
		[{'name': 'b', 'type': 'bucket'}, {'name': NULL, 'type': 'key'}] AS touched, 1.50::DECIMAL(4, 2) AS "any"`))
	if err != nil {
		t.Fatal(err)
	}
	no := false
	want := scanned{
		Text: "é", Count: 7, Big: 1<<64 - 1, Share: 0.5, Flag: true, At: time.Date(2026, 3, 2, 10, 0, 0, 5e8, time.UTC),
		Bytes: []byte{255}, Kind: Loaded, Maybe: &no, Numbers: []int32{1, 0, 3},
		Touched: []struct{ Type, Name string }{{"bucket", "b"}, {"key", ""}}, Any: Number("1.50"),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	ids, err := Collect[int64](store.Query(ctx, "SELECT unnest([3, 1, 2])"))
	if err != nil || !reflect.DeepEqual(ids, []int64{3, 1, 2}) {
		t.Errorf("a single column: %v, %v", ids, err)
	}
}

func TestAllRefusesWhatDoesNotFit(t *testing.T) {
	ctx := context.Background()
	store, err := Create(ctx, filepath.Join(t.TempDir(), "scan.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for query, problem := range map[string]string{
		"SELECT 2147483648 AS count":             "column count: a int32 cannot hold the int64 2147483648",
		"SELECT 'x' AS count":                    "column count: a int32 cannot hold",
		"SELECT -1 AS big":                       "column big: a uint64 cannot hold",
		"SELECT 1.5::DOUBLE AS count":            "column count",
		"SELECT 1 AS other":                      "has no field for the column other",
		"SELECT [{'more': 1}] AS touched":        "has no field for the member more",
		"SELECT error('broken') AS count":        "broken",
		"SELECT nothing AS count FROM no_table":  "no_table",
		"SELECT 1 AS count UNION ALL SELECT 2":   "2 rows where there is one",
		"SELECT 1 AS count WHERE 1 > random()+1": "0 rows where there is one",
	} {
		if _, err := One[scanned](store.Query(ctx, query)); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v, not an error with %q", query, err, problem)
		}
	}
}

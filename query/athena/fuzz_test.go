package athena

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// quoted are the strings and comments of a text; ok says that none lacks its end.
func quoted(text string) (all []string, ok bool) {
	for at := 0; at < len(text); {
		size, kind := Next(text[at:])
		if size < 0 {
			return nil, false
		}
		if token := text[at : at+size]; kind == Comment || kind == String && token != "$" {
			all = append(all, token)
		}
		at += size
	}
	return all, true
}

// An owner has all tables.
type owner struct{ nobody }

func (owner) Origin([]string, int) (Origin, error) { return Own, nil }

// Whatever is typed, a statement of the store's own tables goes through byte for byte, as
// does one without a word or a sign that Trino has otherwise; and of any, strings and
// comments are there afterwards as they were.
func FuzzTranslate(f *testing.F) {
	for _, text := range []string{
		"SELECT IF(a, 'b') /* c */ FROM cloudtrail_logs WHERE d AT TIME ZONE 'e' > f / -2.5e1 -- g",
		"SELECT any_match(a, x -> x = ')') FROM $EDS_ID CROSS JOIN UNNEST(b, c) WITH ORDINALITY AS t(d, e)",
		"WITH a (b) AS (VALUES 1, 2) SELECT CAST(CAST(b AS ARRAY(JSON))[1] AS varchar(3)) FROM a, <c>",
		"SELECT concat(greatest(a, b), U&'\\00e9'), count(useridentity.sessioncontext) FROM 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
		"SELECT $$a$$, E'\\'b', \"c\"\"d\", case case end end / case FROM e.f, (g, h), (SELECT extract(dow FROM i))",
		"SELECT reduce(a, 0, (s, x) -> s + x, s -> s), map_filter(b, (k, v) -> k.v(v)), listagg(c, ',') WITHIN GROUP (ORDER BY d) FROM cloudtrail_logs",
		"SELECT contains('e', CAST(f AS ipaddress)), IPADDRESS 'g' < h, substr(i, 2) FROM cloudtrail_logs, j",
		"SELECT a.*, *, organization, \"$path\" FROM (cloudtrail_logs a JOIN (SELECT * FROM $EDS_ID WHERE eventJson = 'b'))",
		"WITH a AS (SELECT max(b AT TIME ZONE 'c') d, count(*) FROM cloudtrail_logs) SELECT *, e / f FROM a WHERE a.d > g ORDER BY 1, h DESC FETCH FIRST 2 ROWS WITH TIES",
		"SELECT map_agg(DISTINCT a, b ORDER BY c) FILTER (WHERE d) OVER (e), json_object('f': g NULL ON NULL), json_array(h ABSENT ON NULL) FROM cloudtrail_logs TABLESAMPLE SYSTEM (1)",
		"SELECT regexp_replace(a, '(?<b>[(])', '${b}'), webidfederationdata.attributes['c'], approx_distinct(d, e) FROM cloudtrail_logs MATCH_RECOGNIZE (f)",
		"SHOW COLUMNS FROM a", "DESCRIBE", "FROM", ")](", "a AT TIME ZONE", "/ /", "SELECT 1 / FROM cloudtrail_logs",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		whole := "SELECT 1 FROM events WHERE true\n" + text
		s := &statement{text: whole, tokens: tokens(whole)}
		if !slices.ContainsFunc(s.tables(), func(t table) bool { return t.view() != "" }) {
			if got := translated(t, whole, owner{}); got != whole {
				t.Errorf("%q becomes %q", whole, got)
			}
		}
		translation, err := Translate(text, nobody{})
		if unsupported := (*UnsupportedError)(nil); errors.As(err, &unsupported) {
			if unsupported.Offset >= len(text) {
				t.Errorf("%q is refused at %d", text, unsupported.Offset)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		got := translation.SQL
		for at := range got { // each place comes from one that is there
			if from := translation.Source(at); from < 0 || from > len(text) {
				t.Fatalf("%q becomes %q, whose %d comes from %d", text, got, at, from)
			}
		}
		forms := []string{"array", "unnest", "if", "transform", "_match", "values", "show", "u&", "from", "join", "describe", "desc", "map_filter", "zip_with", "reduce", "listagg", "nulls", "select", "json_", "tablesample"}
		if got != text && !slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(strings.ToLower(text), form) }) {
			t.Errorf("%q becomes %q", text, got)
		}
		before, ok := quoted(text)
		// U&'...' and patterns are rewritten, and the arguments of some are twice there or in another order.
		others := []string{"u&", "regexp", "ordinality", "reduce", "ipaddress", "map_", "json_", "ties", "zone"}
		if slices.ContainsFunc(others, func(word string) bool { return strings.Contains(strings.ToLower(text), word) }) {
			return
		}
		if after, _ := quoted(got); ok && !slices.Equal(before, after) {
			t.Errorf("%q becomes %q: strings and comments are others", text, got)
		}
	})
}

func BenchmarkTranslate(b *testing.B) {
	const text = `WITH calls AS (
		SELECT useridentity.arn AS arn, eventname, from_iso8601_timestamp(eventtime) AT TIME ZONE 'Europe/Berlin' AS t,
			CAST(json_extract(requestparameters, '$.instancesSet.items') AS ARRAY(JSON)) AS items, IF(errorcode IS NULL, 1) AS ok
		FROM "AwsDataCatalog"."default"."cloudtrail_logs" WHERE any_match(resources, r -> r.type = 'AWS::S3::Object')
	)
	SELECT arn, eventname, count(*) / count(ok), concat(arn, ' ', eventname), json_extract_scalar(item, '$.instanceId')
	FROM calls CROSS JOIN UNNEST(items) AS u(item) WHERE hour(t) NOT BETWEEN 8 AND 18 GROUP BY 1, 2, 4, 5 ORDER BY 3 DESC`
	for b.Loop() {
		if _, err := Translate(text, nobody{}); err != nil {
			b.Fatal(err)
		}
	}
}

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Columns without a name are called in answers as Trino calls them: by the places where they
// are, wherever they come from.
func TestColumnNames(t *testing.T) {
	store := demoStore(t)
	cases := []struct{ query, want string }{
		{"SELECT count(*), useridentity.arn, max(eventtime) FROM cloudtrail_logs GROUP BY 2", "_col0,arn,_col2"},
		{"SELECT count(*), eventTime FROM $EDS_ID GROUP BY eventTime", "_col0,eventTime"},
		{"SELECT any_match(resources, r -> r.type = 'x'), 5 / 2, concat('a', 'b') FROM cloudtrail_logs", "_col0,_col1,_col2"},
		{"SELECT lower(eventname), count(*) FROM cloudtrail_logs GROUP BY lower(eventname) ORDER BY count(*) DESC, lower(eventname)", "_col0,_col1"},
		{"SELECT DISTINCT lower(eventname) FROM cloudtrail_logs ORDER BY lower(eventname)", "_col0"},
		{"SELECT lower(eventname), count(*) FROM cloudtrail_logs GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC", "_col0,_col1"},
		{"SELECT * FROM (SELECT count(*), sum(1) FROM cloudtrail_logs)", "_col0,_col1"},
		{"SELECT 1 AS x, * FROM (SELECT count(*), sum(1) FROM cloudtrail_logs)", "x,_col1,_col2"},
		{"WITH a AS (SELECT count(*), min(eventtime) FROM cloudtrail_logs) SELECT a.*, 5 FROM a", "_col0,_col1,_col2"},
		{"WITH a (n, t) AS (SELECT count(*), min(eventtime) FROM cloudtrail_logs) SELECT a.*, 5 FROM a", "n,t,_col2"},
		{"SELECT x, count(*) OVER () FROM (SELECT count(*) FROM cloudtrail_logs) AS t(x)", "x,_col1"},
		{"SELECT count(*) FROM cloudtrail_logs UNION ALL SELECT 2 AS other", "_col0"},
		{"(SELECT eventname, upper(eventname) FROM cloudtrail_logs) INTERSECT (SELECT eventname, 'X' FROM cloudtrail_logs)", "eventName,_col1"},
		{"SELECT count(*) FROM cloudtrail_logs WHERE eventname IN (SELECT lower(eventname) FROM cloudtrail_logs)", "_col0"},
		{"SELECT resources[1].arn, (useridentity).arn FROM cloudtrail_logs", "_col0,arn"},
		{"EXPLAIN SELECT count(*) FROM cloudtrail_logs", "explain_key,explain_value"},
		{"SELECT count(*), max(eventTime) FROM events", "count_star(),max(eventTime)"},
		{"SELECT cardinality(transform(ARRAY[1], x -> x))", "_col0"},
	}
	var queries []string
	for _, c := range cases {
		queries = append(queries, c.query)
	}
	for i, answer := range allAnswered(t, store, queries) {
		if header, _, _ := strings.Cut(answer, "\n"); header != cases[i].want {
			t.Errorf("%s\nhas the columns %s, not %s", cases[i].query, header, cases[i].want)
		}
	}
}

// What is wrong with a statement is shown in what was written, whatever became of it.
func TestErrorsPointAt(t *testing.T) {
	store := demoStore(t)
	for _, c := range []struct{ name, query, want string }{
		{
			"a column", "SELECT 5 / 2,\n\tIF(eventname = 'A', 1), missing\nFROM \"default\".\"cloudtrail_logs\"",
			"at line 2, column 26:\n IF(eventname = 'A', 1), missing\n                         ^",
		}, {
			"in another order", "SELECT reduce(ARRAY[1], 0, (s, x) -> s + missing, s -> s) FROM cloudtrail_logs",
			"at line 1, column 42:\nSELECT reduce(ARRAY[1], 0, (s, x) -> s + missing, s -> s) FROM c...\n                                         ^",
		}, {
			"a function", "SELECT a.eventname\nFROM cloudtrail_logs a WHERE split_part(eventid) = ''",
			"Macro split_part() does not support the supplied arguments",
		}, {
			"its place", "SELECT a.eventname\nFROM cloudtrail_logs a WHERE split_part(eventid) = ''",
			"at line 2, column 30:\nFROM cloudtrail_logs a WHERE split_part(eventid) = ''\n                             ^",
		}, {
			"a value that is none", "SELECT json_parse('{}'), concat(eventid, 'x'), CAST(eventid AS double) FROM cloudtrail_logs",
			"at line 1, column 48:\n",
		}, {
			"syntax", "SELECT eventtime, hour(eventtime\nFROM cloudtrail_logs",
			"at line 2, column 1:\nFROM cloudtrail_logs\n^",
		}, {
			"wide characters", "SELECT '日本', missing FROM cloudtrail_logs",
			"at line 1, column 14:\nSELECT '日本', missing FROM cloudtrail_logs\n               ^",
		}, {
			"a statement of several", "-- of two\nSELECT count(*) FROM cloudtrail_logs;\n  SELECT missing FROM cloudtrail_logs;",
			"at line 3, column 10:\n  SELECT missing FROM cloudtrail_logs\n         ^",
		}, {
			"DuckDB's own", "SELECT\n missing FROM events",
			"at line 2, column 2:\n missing FROM events\n ^",
		}, {
			"a long line", "SELECT '" + strings.Repeat("x", 200) + "', missing FROM cloudtrail_logs",
			"at line 1, column 212:\n..." + strings.Repeat("x", 33) + "', missing FROM cloudtrail_logs\n" + strings.Repeat(" ", 39) + "^",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "q.sql")
			writeFile(t, file, []byte(c.query))
			code, _, stderr := call(t, "sql", "--store", store, "--file", file)
			if said := strings.ReplaceAll(stderr, "trailbox: ", ""); code != 1 || !strings.Contains(said, c.want) || strings.Contains(said, "trino_") {
				t.Errorf("exit code %d, %s\nwithout %s", code, said, c.want)
			}
		})
	}
}

// Forms of statements that only Trino has, by what its documentation says of them.
func TestStatementForms(t *testing.T) {
	store := demoStore(t)
	const one = ", (SELECT 1 FROM cloudtrail_logs LIMIT 1) AS one(n)" // makes it a statement of Athena's
	checkQueries(t, store, []savedQuery{
		{"SELECT x FROM (VALUES 1, 2, 2, 3) AS t(x)" + one + " ORDER BY x FETCH FIRST 2 ROWS WITH TIES", []string{"1", "2", "2"}},
		{"SELECT x AS y FROM (VALUES 1, 2, 2, 3) AS t(x)" + one + " ORDER BY 1 DESC FETCH FIRST ROW WITH TIES", []string{"3"}},
		{"SELECT x, count(*) FROM (VALUES 1, 2, 2, 3, 3) AS t(x)" + one + " GROUP BY x ORDER BY count(*) DESC FETCH FIRST 1 ROW WITH TIES", []string{"2|2", "3|2"}},
		{"SELECT DISTINCT x FROM (VALUES 1, 2, 2, 3) AS t(x)" + one + " ORDER BY x FETCH FIRST 2 ROWS WITH TIES", []string{"1", "2"}},

		{"SELECT map_agg(k, v ORDER BY v DESC), map_agg(k, v ORDER BY v) FILTER (WHERE v > 'b') FROM (VALUES (1, 'a'), (1, 'b'), (2, 'c'), (NULL, 'd')) AS t(k, v)" + one, []string{`{"1":"b","2":"c"}|{"2":"c"}`}},
		{"SELECT map_agg(DISTINCT k, 0), multimap_agg(k, v ORDER BY v) FROM (VALUES (1, 'a'), (1, 'b'), (2, NULL), (NULL, 'd')) AS t(k, v)" + one, []string{`{"1":0,"2":0}|{"1":["a","b"],"2":[null]}`}},
		{"SELECT map_agg(1, 2) IS NULL, multimap_agg(1, 2) IS NULL FROM cloudtrail_logs WHERE false", []string{"true|true"}},
		{"SELECT map_union(m) FROM (VALUES map(ARRAY['a'], ARRAY[1]), map(ARRAY['b'], ARRAY[2]), NULL) AS t(m)" + one, []string{`{"a":1,"b":2}`}},
		{"SELECT map_agg(1, 2), multimap_agg(1, 2) FROM (VALUES (1), (2)) AS t(x)", []string{`{"1":2}|{"1":[2,2]}`}},

		{"SELECT k, v FROM (SELECT map_agg(x, x + 1) AS m FROM (VALUES 1, 2) AS t(x)" + one + ") CROSS JOIN UNNEST(m) AS u(k, v) ORDER BY k", []string{"1|2", "2|3"}},
		{"SELECT k, v, i FROM (SELECT map_agg(x, x + 1) AS m FROM (VALUES 1) AS t(x)" + one + ") CROSS JOIN UNNEST(m) WITH ORDINALITY AS u(k, v, i)", []string{"1|2|1"}},
		{"SELECT a, b FROM (SELECT array_agg(CAST(ROW(x, 'y') AS ROW(p bigint, q varchar))) AS l FROM (VALUES 1) AS t(x)" + one + ") CROSS JOIN UNNEST(l) AS u(a, b)", []string{"1|y"}},

		{"SELECT json_object('a': 1, KEY 'b' VALUE 'x', 'c' VALUE NULL), json_object('a': NULL ABSENT ON NULL), json_object('a': '[1]' FORMAT JSON WITH UNIQUE KEYS) FROM cloudtrail_logs LIMIT 1", []string{`{"a":1,"b":"x","c":null}|{}|{"a":[1]}`}},
		{"SELECT json_array(1, NULL, 'x'), json_array(true, NULL NULL ON NULL), json_array(json_object('a': json_array())), json_array() FROM cloudtrail_logs LIMIT 1", []string{`[1,"x"]|[true,null]|[{"a":[]}]|[]`}},

		{"SELECT count(*) FROM cloudtrail_logs TABLESAMPLE BERNOULLI (0)", []string{"0"}},
		{"SELECT count(*) - (SELECT count(*) FROM events) FROM cloudtrail_logs TABLESAMPLE SYSTEM (100)", []string{"0"}},

		// 21:20Z is 06:20 of the next day in Tokyo and 16:20 in New York.
		{"SELECT hour(t), t > from_iso8601_timestamp('2026-03-02T21:00:00Z'), t < timestamp '2026-03-02 21:30:00', t BETWEEN timestamp '2026-03-02 21:00:00' AND timestamp '2026-03-02 21:30:00' FROM (SELECT at_timezone(from_iso8601_timestamp('2026-03-02T21:20:00Z'), 'Asia/Tokyo') AS t FROM cloudtrail_logs LIMIT 1)", []string{"6|true|true|true"}},
		{"WITH z AS (SELECT max(timestamp '2026-03-02 21:20:00' AT TIME ZONE 'America/New_York') AS t FROM cloudtrail_logs) SELECT date_format(z.t, '%H:%i'), z.t = timestamp '2026-03-02 21:20:00', date_diff('minute', timestamp '2026-03-02 21:00:00', t), to_unixtime(t) = 1772486400 FROM z WHERE t IN (timestamp '2026-03-02 21:20:00')", []string{"16:20|true|20|true"}},
		{"SELECT hour(x), count(*) FROM (SELECT at_timezone(from_iso8601_timestamp(v), 'Asia/Tokyo') AS x FROM (VALUES '2026-03-02T15:30:00Z', '2026-03-02T14:30:00Z', '2026-03-02T15:40:00Z') AS t(v)" + one + ") GROUP BY hour(x) ORDER BY hour(x)", []string{"0|2", "23|1"}},
		{"SELECT CAST(at_timezone(from_iso8601_timestamp('2026-03-02T21:20:00Z'), 'Asia/Tokyo') AS varchar), date_trunc('day', timestamp '2026-03-02 21:20:00' AT TIME ZONE 'Asia/Tokyo') = timestamp '2026-03-02 15:00:00' FROM cloudtrail_logs LIMIT 1", []string{"2026-03-03 06:20:00.000 Asia/Tokyo|true"}},

		{"SELECT approx_distinct(x), approx_distinct(x, 0.01) FILTER (WHERE x > 1), approx_percentile(x, 0.5), approx_percentile(x, ARRAY[0.0, 1.0]), every(x > 0) FILTER (WHERE x > 1) FROM (VALUES 1, 2, 3) AS t(x)" + one, []string{"3|2|2|[1,3]|true"}},
		{"SELECT sequence(date '2026-02-27', date '2026-03-01'), sequence(date '2026-03-01', date '2026-02-28'), sequence(5, 5), sequence(date '2026-01-01', date '2026-03-01', interval '1' month)", []string{`["2026-02-27","2026-02-28","2026-03-01"]|["2026-03-01","2026-02-28"]|[5]|["2026-01-01","2026-02-01","2026-03-01"]`}},
	}, func(query string, got, want []string) {
		if !slices.Equal(got, want) {
			t.Errorf("%s\nis %q, not %q", query, got, want)
		}
	})
	checkExpressions(t, store, " FROM cloudtrail_logs LIMIT 1", []expression{
		{`regexp_replace('2026-03', '(?<year>\d+)-(?<month>\d+)', '${month}/${year}')`, "03/2026"},
		{"5e0 / 0", "Infinity"},
		{"-5e0 / 0", "-Infinity"},
		{"0e0 / 0", "NaN"},
		{"5 / 0e0", "Infinity"},
		{"try(5.5 / 0) IS NULL", "true"},
		{"2 * -7 / 4", "-3"},
		{"100 / 7 / 2", "7"},
		{"-7 % 4", "-3"},
		{"5 / CAST(NULL AS integer) IS NULL", "true"},
		{`json_extract_scalar('{"a": 1e3}', '$.a')`, "1e3"},
		{`json_extract_scalar('{"t": "21:41:07", "a": [1.50, 2E-5, 3.0]}', '$.a[1]')`, "2E-5"},
		{`json_extract_scalar('{"a": 12345678901234567890123}', '$.a')`, "12345678901234567890123"},
		{`json_extract_scalar('{"s": "x, 1.5, y", "a": 2.5}', '$.a')`, "2.5"},
		{`json_extract_scalar('1.50', '$')`, "1.50"},
		{`json_format(json_parse('{"b": [3, {"z": null, "y": "x"}], "a": {"k/~": 1, "e": {}, "f": []}}'))`, `{"a":{"e":{},"f":[],"k/~":1},"b":[3,{"y":"x","z":null}]}`},
		{`json_format(json_parse('"x"'))`, `"x"`},
		{"json_format(json_parse(NULL)) IS NULL", "true"},
		{"try(json_format(json_parse(eventname))) IS NULL", "true"},
	})
	for _, division := range []string{"5 / 0", "5.5 / 0", "5 % 0", "CAST(5 AS bigint) / 0"} {
		if code, _, stderr := call(t, "sql", "--store", store, "SELECT "+division+" FROM cloudtrail_logs"); code != 1 || stderr != "trailbox: division by zero\n" {
			t.Errorf("%s ends with %d: %s", division, code, stderr)
		}
	}
	for _, c := range []struct{ query, said, hint string }{
		{"SELECT regexp_like(eventname, '(?i)get(?!Object)') FROM cloudtrail_logs", "look-ahead (?!...) in a regular expression is not there\nat line 1, column 31:", "hint: write two conditions"},
		{`SELECT 1 FROM cloudtrail_logs WHERE regexp_like(eventname, '(.)\1')`, `the back-reference \1 in a regular expression is not there`, "hint: write a comparison"},
		{"SELECT *\nFROM cloudtrail_logs MATCH_RECOGNIZE (ORDER BY eventtime PATTERN (A) DEFINE A AS true)", "MATCH_RECOGNIZE is not there\nat line 2, column 22:", "hint: write window functions"},
	} {
		code, _, stderr := call(t, "sql", "--store", store, c.query)
		if said := strings.ReplaceAll(stderr, "trailbox: ", ""); code != 1 || !strings.Contains(said, c.said) || !strings.Contains(said, c.hint) {
			t.Errorf("%s\nexit code %d, %s", c.query, code, said)
		}
	}
}

// What an identity provider says of somebody is a map to Trino, and text in events.
func TestFederationAttributes(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	log := filepath.Join(t.TempDir(), "a.json")
	writeFile(t, log, []byte(`{"Records":[{"eventVersion":"1.11","eventTime":"2026-03-02T21:00:00Z","eventName":"X",`+
		`"eventID":"99999999-9999-4999-8999-999999999999","userIdentity":{"type":"AssumedRole","sessionContext":{"attributes":{"creationDate":"2026-03-02T20:30:00Z"},"webIdFederationData":`+
		`{"federatedProvider":"ci.example.com","attributes":{"ci.example.com:sub":"repo:a","n":"1"}}}}}]}`))
	if code, _, stderr := call(t, "ingest", "-q", "--store", store, log); code != 0 {
		t.Fatal(stderr)
	}
	const attributes = "useridentity.sessioncontext.webidfederationdata.attributes"
	for _, from := range []string{"cloudtrail_logs", "$EDS_ID"} {
		checkExpressions(t, store, " FROM "+from, []expression{
			{attributes + "['ci.example.com:sub']", "repo:a"},
			{"element_at(" + attributes + ", 'n')", "1"},
			{"element_at(" + attributes + ", 'none') IS NULL", "true"},
			{"cardinality(" + attributes + ")", "2"},
			{attributes, `{"ci.example.com:sub":"repo:a","n":"1"}`},
			{"(SELECT max(v) FROM UNNEST(" + attributes + ") AS t(k, v))", "repo:a"},
		})
	}

	// When a session began is text to Athena, and a time to CloudTrail Lake.
	const began = "useridentity.sessioncontext.attributes.creationdate"
	checkExpressions(t, store, " FROM cloudtrail_logs", []expression{
		{began, "2026-03-02T20:30:00Z"},
		{began + " LIKE '2026-03-02T20%'", "true"},
	})
	checkExpressions(t, store, " FROM $EDS_ID", []expression{
		{began, "2026-03-02T20:30:00Z"},
		{began + " < timestamp '2026-03-02 20:30:01'", "true"},
		{"date_diff('minute', " + began + ", eventTime)", "30"},
		{"date_diff('minute', from_iso8601_timestamp(" + began + "), eventTime)", "30"},
		{"eventTime AT TIME ZONE 'Asia/Tokyo'", "2026-03-03 06:00:00.000 Asia/Tokyo"},
		{"eventTime AT TIME ZONE 'UTC'", "2026-03-02T21:00:00Z"},
	})
	checkExpressions(t, store, " FROM $EDS_ID", []expression{{"min(at_timezone(eventTime, 'Asia/Tokyo')) AS t", "2026-03-03 06:00:00.000 Asia/Tokyo"}})
}

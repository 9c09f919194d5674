package athena

import (
	"errors"
	"strings"
	"testing"
)

// nobody knows whose a table is.
type nobody struct{}

func (nobody) Origin([]string, int) (Origin, error) { return Nobodys, nil }
func (nobody) Columns(string) ([]string, int, error) {
	return nil, -1, errors.ErrUnsupported
}

// someone tells by the name: own are those of the store, and its schema mine.
type someone struct{ nobody }

func (someone) Origin(parts []string, _ int) (Origin, error) {
	if parts[0] == "events" || parts[0] == "mine" {
		return Own, nil
	}
	return Logs, nil
}

// translated is what a statement becomes.
func translated(t *testing.T, query string, catalog Catalog) string {
	t.Helper()
	got, err := Translate(query, catalog)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return got.SQL
}

func TestTranslate(t *testing.T) {
	const id = "0a1b2c3d-4e5f-6071-8293-A4B5C6D7E8F9"
	for _, c := range []struct{ query, want string }{
		// The event data store.
		{"SELECT x FROM $EDS_ID", "SELECT x FROM cloudtrail_lake"},
		{"select x from\n$eds_id e JOIN " + id + " f ON true", "select x from\ncloudtrail_lake e JOIN cloudtrail_lake f ON true"},
		{`SELECT x FROM "` + id + `"`, "SELECT x FROM cloudtrail_lake"},
		{"SELECT '" + "FROM " + id + "' FROM events -- FROM " + id, "SELECT '" + "FROM " + id + "' FROM events -- FROM " + id},
		{"SELECT " + id, "SELECT " + id},
		{"SELECT x FROM " + id + "0", "SELECT x FROM " + id + "0"},
		{"SELECT x FROM $EDS_IDS", "SELECT x FROM $EDS_IDS"},

		// A table of Athena's.
		{`SELECT x FROM "AwsDataCatalog"."default"."cloudtrail_logs_a_bucket" c`, "SELECT x FROM cloudtrail_logs c"},
		{"SELECT x FROM security.cloudtrail_logs, x", "SELECT x FROM cloudtrail_logs, x"},
		{"SELECT x FROM security.cloudtrail_logs a, security.cloudtrail_logs b", "SELECT x FROM cloudtrail_logs a, cloudtrail_logs b"},
		{"SELECT x FROM cloudtrail_logs_aws_cloudtrail_logs_111122223333_0a1b2c3d", "SELECT x FROM cloudtrail_logs"},
		{"SELECT x FROM cloudtrail_logs_pp JOIN a.b", "SELECT x FROM cloudtrail_logs_pp JOIN a.b"},
		{"SELECT x FROM other.main.cloudtrail_logs", "SELECT x FROM other.main.cloudtrail_logs"},

		// Types of lists.
		{"CAST(x AS ARRAY(VARCHAR))", "CAST(x AS VARCHAR[])"},
		{"CAST(x AS array ( array(json) ))", "CAST(x AS json[][])"},
		{"CAST(x AS ARRAY(ROW(a VARCHAR, b ARRAY(BIGINT))))", "CAST(x AS ROW(a VARCHAR, b BIGINT[])[])"},
		{"CAST(x AS ARRAY<VARCHAR>), CAST(x AS map<varchar, array<json>>)", "CAST(x AS VARCHAR[]), CAST(x AS MAP(varchar, json[]))"},
		{"array < x, map < y AND z > 1", "array < x, map < y AND z > 1"},
		{"SELECT ARRAY(SELECT 1), ARRAY((SELECT 1)), ARRAY[1], array", "SELECT ARRAY(SELECT 1), ARRAY((SELECT 1)), ARRAY[1], array"},

		// Structs into columns.
		{"CROSS JOIN UNNEST(r) AS t(a, b)", "CROSS JOIN (SELECT UNNEST(r, max_depth := 2)) AS t(a, b)"},
		{"FROM x, unnest(f(r, ')')) t (a,b,c) WHERE", "FROM x, (SELECT unnest(f(r, ')'), max_depth := 2)) t (a,b,c) WHERE"},
		{"CROSS JOIN UNNEST(CAST(x AS ARRAY(ROW(a INT)))) t(a, b)", "CROSS JOIN (SELECT UNNEST(CAST(x AS ROW(a INT)[]), max_depth := 2)) t(a, b)"},
		{"CROSS JOIN UNNEST(CAST(x AS ARRAY(ROW(a INT)))) t(a) JOIN UNNEST(CAST(x AS ARRAY(ROW(a INT))))", "CROSS JOIN (SELECT UNNEST(CAST(x AS ROW(a INT)[]), max_depth := 2)) t(a) JOIN (SELECT UNNEST(CAST(x AS ROW(a INT)[]), max_depth := 2))"},
		{"CROSS JOIN UNNEST(r) AS t(a)", "CROSS JOIN UNNEST(r) AS t(a)"},
		{"CROSS JOIN UNNEST(r) WITH ORDINALITY AS t(a, n)", "CROSS JOIN UNNEST(r) WITH ORDINALITY AS t(a, n)"},
		{"SELECT unnest(r), f(a, b)", "SELECT unnest(r), f(a, b)"},

		// Lambdas.
		{"transform(l, x -> x + 1)", "list_transform(l, x -> x + 1)"},
		{"any_match(l, x -> x > 1)", "trino_any_match(list_transform(l, x -> x > 1))"},
		{"NOT none_match(f(a, [1, 2]), x -> any_match(x, y -> y = ')'))", "NOT trino_none_match(list_transform(f(a, [1, 2]), x -> trino_any_match(list_transform(x, y -> y = ')'))))"},
		{"all_match(f(a, [1, 2]), x -> x > 1)", "trino_all_match(list_transform(f(a, [1, 2]), x -> x > 1))"},
		{`SELECT transform, "any_match", any_match FROM t`, `SELECT transform, "any_match", any_match FROM t`},
		{"any_match(l, x -> (x", "any_match(l, x -> (x"},
	} {
		if got := translated(t, c.query, nobody{}); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
}

// Tables are found wherever they may stand, and nothing else is taken for one.
func TestTables(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"SELECT x FROM trails", "SELECT x FROM cloudtrail_logs"},
		{"SELECT x FROM a x, b.c AS y, (d CROSS JOIN e)", "SELECT x FROM cloudtrail_logs x, cloudtrail_logs AS y, (cloudtrail_logs CROSS JOIN cloudtrail_logs)"},
		{"SELECT a, (SELECT b FROM c WHERE d IN (1, e)) AS b, f FROM (SELECT g, h FROM i) j LEFT JOIN k ON l = m, n", "SELECT a, (SELECT b FROM cloudtrail_logs WHERE d IN (1, e)) AS b, f FROM (SELECT g, h FROM cloudtrail_logs) j LEFT JOIN cloudtrail_logs ON l = m, cloudtrail_logs"},
		{`SELECT x FROM <your_table> UNION SELECT y FROM "${db}"."${table}"`, "SELECT x FROM cloudtrail_logs UNION SELECT y FROM cloudtrail_logs"},
		{"SELECT x FROM ${db}.${table} a JOIN {{ trail }} b, [your_table], <database>.<table>, db.<table> JOIN ${EDS_ID}, <database>.trails c", "SELECT x FROM cloudtrail_logs a JOIN cloudtrail_logs b, cloudtrail_logs, cloudtrail_logs, cloudtrail_logs JOIN cloudtrail_lake, cloudtrail_logs c"},
		{"WITH a AS (SELECT x FROM b), c (d, e) AS (SELECT x, y FROM a) SELECT * FROM c JOIN a ON true", "WITH a AS (SELECT x FROM cloudtrail_logs), c (d, e) AS (SELECT x, y FROM a) SELECT * FROM c JOIN a ON true"},
		{"SELECT extract(hour FROM t) AS h, substring(x FROM 2) AS s, trim(BOTH ' ' FROM y) AS y, a IS DISTINCT FROM b AS d FROM c", "SELECT extract(hour FROM t) AS h, substring(x FROM 2) AS s, trim(BOTH ' ' FROM y) AS y, a IS DISTINCT FROM b AS d FROM cloudtrail_logs"},
		{"SELECT x FROM a /* , b */ -- , c\n, d", "SELECT x FROM cloudtrail_logs /* , b */ -- , c\n, cloudtrail_logs"},
		{"SELECT x FROM a GROUP BY b, c ORDER BY d, e LIMIT 1", "SELECT x FROM cloudtrail_logs GROUP BY b, c ORDER BY d, e LIMIT 1"},
		{"SELECT x FROM a, UNNEST(b) AS t(c), LATERAL (SELECT d), range(3)", "SELECT x FROM cloudtrail_logs, UNNEST(b) AS t(c), LATERAL (SELECT d), range(3)"},
		{"SELECT x FROM 'a.parquet', \"b.csv\"", "SELECT x FROM 'a.parquet', \"b.csv\""},
		{"DESCRIBE a", "DESCRIBE cloudtrail_logs"},
		{"SHOW COLUMNS FROM db.a", "DESCRIBE cloudtrail_logs"},
		{"SHOW TABLES FROM a", "SHOW TABLES FROM a"},
		{"DELETE FROM a WHERE b", "DELETE FROM a WHERE b"},
		{"INSERT INTO mine.a SELECT x FROM b", "INSERT INTO mine.a SELECT x FROM cloudtrail_logs"},
		{"SELECT x FROM <event-data-store-id>", "SELECT x FROM cloudtrail_lake"},
		{"SELECT x FROM 0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9", "SELECT x FROM cloudtrail_lake"},
		{`SELECT x FROM "aws:cloudtrail"."0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"`, "SELECT x FROM cloudtrail_lake"},
		{`SELECT x FROM "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"`, "SELECT x FROM cloudtrail_lake"},
		{"SELECT x FROM events e, mine.x WHERE 5 / 2 > 2", "SELECT x FROM events e, mine.x WHERE 5 / 2 > 2"},
	} {
		if got := translated(t, c.query, someone{}); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
}

// Forms that only Trino has, and what means another thing to it.
func TestForms(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"count(IF(a IS NOT NULL, b))", "count((CASE WHEN a IS NOT NULL THEN b END))"},
		{"if(a, if(b, 1), 2), IF(c, (1, 2))", "if(a, (CASE WHEN b THEN 1 END), 2), (CASE WHEN c THEN (1, 2) END)"},
		{"SELECT hour(t) hour, 'a' type, b.c year, count(*) value FROM x ORDER BY a NULLS LAST, hour", "SELECT hour(t) AS hour, 'a' AS type, b.c AS year, count(*) AS value FROM x ORDER BY a NULLS LAST, hour"},
		{"SELECT hour, a + INTERVAL '1' day, b AS hour, c.year FROM x", "SELECT hour, a + INTERVAL '1' day, b AS hour, c.year FROM x"},
		{"FROM x TABLESAMPLE BERNOULLI (10) WHERE a", "FROM x TABLESAMPLE BERNOULLI (10 PERCENT) WHERE a"},
		{"FROM x TABLESAMPLE SYSTEM (10 PERCENT), y TABLESAMPLE RESERVOIR (10)", "FROM x TABLESAMPLE SYSTEM (10 PERCENT), y TABLESAMPLE RESERVOIR (10)"},
		{"SELECT a, b AS c FROM x ORDER BY 2 DESC, a FETCH FIRST 2 ROWS WITH TIES", "SELECT a, b AS c FROM x QUALIFY rank() OVER (ORDER BY c DESC, a) <= 2 ORDER BY 2 DESC, a "},
		{"SELECT a FROM x UNION SELECT b FROM y ORDER BY 1 FETCH NEXT ROW WITH TIES", "SELECT * FROM (SELECT a FROM x UNION SELECT b FROM y ) QUALIFY rank() OVER (ORDER BY #1 ) <= 1 ORDER BY 1 "},
		{"SELECT a FROM x ORDER BY a FETCH FIRST 2 ROWS ONLY", "SELECT a FROM x ORDER BY a FETCH FIRST 2 ROWS ONLY"},
		{"VALUES 1, 2", "VALUES (1), (2)"},
		{"x IN (VALUES 'a', f(b, c)) OR y", "x IN (VALUES ('a'), (f(b, c))) OR y"},
		{"VALUES (1, 2), (3, 4) ORDER BY 1, 2", "VALUES (1, 2), (3, 4) ORDER BY 1, 2"},
		{"f(U&'caf\\00e9 \\\\ ''x''')", "f('café \\ ''x''')"},
		{"lag(a, 1) IGNORE NULLS OVER (ORDER BY b), first_value(f(c)) respect nulls OVER w", "lag(a, 1 IGNORE NULLS) OVER (ORDER BY b), first_value(f(c) respect NULLS) OVER w"},
		{"FROM x CROSS JOIN UNNEST(a, f(b, c)) AS t(d, e)", "FROM x CROSS JOIN (SELECT UNNEST(a), UNNEST(f(b, c))) AS t(d, e)"},
		{"FROM x, UNNEST(a) WITH ORDINALITY AS t(b, c, n)", "FROM x, (SELECT UNNEST(a, max_depth := 2), generate_subscripts(a, 1)) AS t(b, c, n)"},
		{"FROM x, UNNEST(CAST(a AS map(varchar, json))) t(k, v)", "FROM x, (SELECT UNNEST(map_entries(CAST(a AS map(varchar, json))), max_depth := 2)) t(k, v)"},
	} {
		if got := translated(t, c.query, nobody{}); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
	for _, c := range []struct{ expression, want string }{
		{"a < IPADDRESS '192.0.2.1', try_cast(b AS ipaddress)", "a < ip_number('192.0.2.1'), trino_ipaddress(b)"},
		{"CAST(a AS ipaddress) BETWEEN IPADDRESS '192.0.2.1' AND IPADDRESS '192.0.2.9'", "ip_number(a) BETWEEN ip_number('192.0.2.1') AND ip_number('192.0.2.9')"},
		{"contains('192.0.2.0/24', try_cast(a AS ipaddress)), contains(b, 'c')", "trino_ip_in(trino_ipaddress(a), '192.0.2.0/24'), trino_contains(b, 'c')"},
		{"regexp_extract(a, '(?<kind>b)\\\\(?<c>d)|\\(?<e'), '(?<e>f)'", "regexp_extract(a, '(?P<kind>b)\\\\(?P<c>d)|\\(?<e'), '(?<e>f)'"},
		{"regexp_replace(a, '(?<b>x)[(](?:y)(?<c>z)', '${c}$1${d}')", "regexp_replace(a, '(?P<b>x)[(](?:y)(?P<c>z)', '$2$1${d}')"},
		{"approx_distinct(DISTINCT a, 0.1) FILTER (WHERE b), approx_percentile(a, ARRAY[0.5]), every(a)", "approx_count_distinct(DISTINCT a) FILTER (WHERE b), approx_quantile(a, ARRAY[0.5]), bool_and(a)"},
		{"map_agg(a, b / 2 ORDER BY c) FILTER (WHERE d = ')')", "trino_map(list({'key': a, 'value': trino_divide(b, 2)} ORDER BY c) FILTER (WHERE (a) IS NOT NULL AND (d = ')')))"},
		{"multimap_agg(DISTINCT a, b) OVER (PARTITION BY c), map_union(m)", "trino_multimap(list(DISTINCT {'key': a, 'value': b}) FILTER (WHERE (a) IS NOT NULL) OVER (PARTITION BY c)), trino_map(flatten(list(map_entries(m)) FILTER (WHERE (m) IS NOT NULL)))"},
		{"json_object('a': b, KEY 'c' VALUE json_array(d), 'e' VALUE f FORMAT JSON)", "json_object('a', (b), 'c', json(('[' || coalesce(array_to_string([CASE WHEN (d) IS NOT NULL THEN to_json((d))::VARCHAR END]::VARCHAR[], ','), '') || ']')), 'e', json(f))::VARCHAR"},
		{"json_object('a': b ABSENT ON NULL WITHOUT UNIQUE KEYS), json_array(a, b NULL ON NULL), json_object(a, b)", "('{' || coalesce(array_to_string([CASE WHEN (b) IS NOT NULL THEN to_json('a')::VARCHAR || ':' || to_json((b))::VARCHAR END]::VARCHAR[], ','), '') || '}'), json_array((a), (b))::VARCHAR, json_object(a, b)"},
		{"format('%s %% %,d %.1f', a, b, c)", "printf('%s %% %,d %.1f', coalesce(trino_varchar(a), 'null'), b, CAST(c AS DOUBLE))"},
		{"listagg(a, ',') WITHIN GROUP (ORDER BY b, c)", "listagg(a, ',' ORDER BY b, c)"},
		{"count_if(a), count_if(DISTINCT b = c) FILTER (WHERE d), arbitrary(e)", "count(nullif(a, false)), count(DISTINCT nullif(b = c, false)) FILTER (WHERE d), any_value(e)"},
		{"max_by(a, b), min_by(a, b) OVER (ORDER BY c)", "arg_max_null(a, b), arg_min_null(a, b) OVER (ORDER BY c)"},
		{"max_by(a, b, 3) FILTER (WHERE c) OVER w, min_by(f(a), b, 2)", "list_transform(max_by([a], b, 3) FILTER (WHERE c) OVER w, trino_element -> trino_element[1]), list_transform(min_by([f(a)], b, 2), trino_element -> trino_element[1])"},
		{"CAST(a AS row(B varchar, \"C\" array(row(bigint))))", "list_transform([a], trino_element0 -> CASE WHEN typeof(trino_element0) = 'JSON' THEN " +
			"list_transform([to_json(trino_element0)], trino_element1 -> CASE WHEN json_type(trino_element1) IN ('OBJECT', 'ARRAY') THEN " +
			"{'b': trino_varchar(trino_json_member(trino_element1, 'b', 0)), " +
			"'C': list_transform(CAST(trino_json_member(trino_element1, 'C', 1) AS JSON[]), trino_element2 -> " +
			"list_transform([trino_element2], trino_element3 -> CASE WHEN json_type(trino_element3) IN ('OBJECT', 'ARRAY') THEN " +
			"{'field0': CAST(trino_json_member(trino_element3, '', 0) AS bigint)} END)[1])} END)[1] " +
			"ELSE CAST(trino_element0 AS ROW(\"b\" varchar, \"C\" ROW(\"field0\" bigint)[])) END)[1]"},
		{"CAST(row(1, 'a') AS row(a double precision, b timestamp(3) with time zone))", "CAST(row(1, 'a') AS row(a double precision, b timestamp(3) with time zone))"},
		{"reduce(a, 0, (s, x) -> s + x.y, s -> s / 2)", "list_transform(list_transform([a], trino_list -> CASE WHEN trino_list IS NOT NULL THEN list_reduce(" +
			"list_prepend({'element': trino_list[1], 'state': CASE WHEN true THEN 0 ELSE (0) + trino_list[1].y END}, " +
			"list_transform(trino_list, trino_element -> {'element': trino_element, 'state': CASE WHEN true THEN 0 ELSE (0) + trino_list[1].y END})), " +
			"(trino_state, trino_element) -> {'element': trino_element.element, 'state': trino_state.state + trino_element.element.y}).state END), s -> trino_divide(s, 2))[1]"},
		{"zip_with(a, b, (x, y) -> concat(x, y.x))", "list_transform(trino_zip(a, b), trino_element -> ((trino_element[1]) || (trino_element[2].x)))"},
		{"5 / 2 / a", "trino_divide(trino_divide(5, 2), a)"},
		{"1 + 2 * -3 / 4 % 5, -a.b[1] / 2", "1 + trino_divide(2 * -3, 4) % trino_divisor(5), -trino_divide(a.b[1], 2)"},
		{"a::double / 2, sum(a) FILTER (WHERE b) OVER w / 2, f(a) OVER (ORDER BY c) / 2", "trino_divide(a::double, 2), trino_divide(sum(a) FILTER (WHERE b) OVER w, 2), trino_divide(f(a) OVER (ORDER BY c), 2)"},
		{"CASE WHEN a / 2 > 1 THEN b END / 2", "trino_divide(CASE WHEN trino_divide(a, 2) > 1 THEN b END, 2)"},
		{"count(*) * 100.0 / sum(count(*)) OVER (ORDER BY 1) * 2", "trino_divide(count(*) * 100.0, sum(count(*)) OVER (ORDER BY 1)) * 2"},
		{"a / CASE WHEN b THEN 1 ELSE CASE WHEN c THEN 2 END END + 1", "trino_divide(a, CASE WHEN b THEN 1 ELSE CASE WHEN c THEN 2 END END) + 1"},
		{"values, interval '1' day / 2", "values, interval '1' day / 2"},
		{"a / -b[1].c::bigint", "trino_divide(a, -b[1].c::bigint)"},
		{"'a / b' || \"c / d\" /* e / f */", "'a / b' || \"c / d\" /* e / f */"},
		{"hour(a.b AT TIME ZONE 'UTC')", "hour(at_timezone(a.b, 'UTC'))"},
		{"f(a, b)[1] AT TIME ZONE z", "at_timezone(f(a, b)[1], z)"},
		{"a < CAST(b AS varchar(3)) AT TIME ZONE 'UTC'", "a < trino_instant(left(trino_varchar(b), 3), 'UTC')"},
		{"a IN (b AT TIME ZONE c, d), g(b AT TIME ZONE c, d)", "a IN (trino_instant(b, c), d), g(at_timezone(b, c), d)"},
		{"TRY_CAST(a AS varchar), cast(b AS double)", "trino_varchar(a), cast(b AS double)"},
		{"concat(a, concat(b, 'c'), d + 1)", "((a) || (((b) || ('c'))) || (d + 1))"},
		{"greatest(a, b) AT TIME ZONE 'UTC'", "at_timezone(array_max([a, b]), 'UTC')"},
		{"system.main.split_part(a, b, 1), split_part", "system.main.split_part(a, b, 1), split_part"},
		{"a % 0, a - interval '1' day, date '2026-03-02' + interval '2' hour", "a % trino_divisor(0), trino_shifted(a, -interval '1' day), trino_shifted(date '2026-03-02', interval '2' hour)"},
		{"a * b - interval '1' day, interval '1' day + interval '2' day", "a * b - interval '1' day, interval '1' day + interval '2' day"},
		{"CAST(a AS json), CAST(b AS bigint), TRY_CAST(c AS integer)", "to_json(a), CAST(trino_integer(b) AS bigint), TRY_CAST(trino_try_integer(c) AS integer)"},
		{"X'6162', x, concat_ws(',', a), concat_ws(',', a, b), reverse(split(a, b)), reverse(a)", "unhex('6162'), x, trino_concat_ws(',', a), concat_ws(',', a, b), list_reverse(split(a, b)), reverse(a)"},
		{"regexp_replace(a, '(b)[(]\\((?:c)', m -> upper(m[1]))", "trino_interleaved(string_split_regex(a, '(b)[(]\\((?:c)'), list_transform(list_zip(regexp_extract_all(a, '(b)[(]\\((?:c)', 1)), trino_element -> upper(trino_element[1])))"},
		{"extract(dow FROM a), extract(year FROM b)", "extract(isodow FROM a), extract(year FROM b)"},
	} {
		want := "SELECT x FROM cloudtrail_logs WHERE f(" + c.want + ")"
		if got := translated(t, "SELECT x FROM cloudtrail_logs WHERE f("+c.expression+")", nobody{}); got != want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.expression, got, want)
		}
	}
}

// Columns without a name have the one that Trino shows.
func TestNames(t *testing.T) {
	for _, c := range []struct{ items, want string }{
		{"count(*), useridentity.arn, max(x)", `count(*) AS "_col0", useridentity.arn, max(x) AS "_col2"`},
		{`a, "b", c."d", (e), ((f.g))`, `a, "b", c."d", (e), ((f.g))`},
		{"a.webidfederationdata.attributes, webIdFederationData.attributes['b'] c", "text_map(a.webidfederationdata.attributes) AS attributes, text_map(webIdFederationData.attributes)['b'] c"},
		{"(a).b, a[1].b, a[1]", `(a).b AS b, a[1].b AS "_col1", a[1] AS "_col2"`},
		{"a AS b, count(*) n, a + b c, 'x' d, a[1] e, CASE WHEN a THEN b END f", "a AS b, count(*) n, a + b c, 'x' d, a[1] e, CASE WHEN a THEN b END f"},
		{`a + 1 "b", a IS NULL c, sum(a) OVER w d`, `a + 1 "b", a IS NULL c, sum(a) OVER w d`},
		{"'a', 1, NULL, true, current_date", `'a' AS "_col0", 1 AS "_col1", NULL AS "_col2", true AS "_col3", current_date AS "_col4"`},
		{"NOT a, a AND b, a IS NULL, a IN (1), a BETWEEN b AND c", `NOT a AS "_col0", a AND b AS "_col1", a IS NULL AS "_col2", a IN (1) AS "_col3", a BETWEEN b AND c AS "_col4"`},
		{"a + INTERVAL '1' day, a IS DISTINCT FROM b, sum(a) OVER w", `trino_shifted(a, INTERVAL '1' day) AS "_col0", a IS DISTINCT FROM b AS "_col1", sum(a) OVER w AS "_col2"`},
		{"extract(year FROM a), cast(a AS double), timestamp '2026-03-02 00:00:00'", `extract(year FROM a) AS "_col0", cast(a AS double) AS "_col1", timestamp '2026-03-02 00:00:00' AS "_col2"`},
		{"listagg(a, ',') WITHIN GROUP (ORDER BY b), c", `listagg(a, ',' ORDER BY b) AS "_col0", c`},
		{"DISTINCT lower(a) -- b\n", "DISTINCT lower(a) AS \"_col0\" -- b\n"},
		{"a.*, *, * EXCLUDE (b)", "a.*, *, * EXCLUDE (b)"},
		{"(SELECT max(a) FROM b), a IN (SELECT lower(b) FROM c)", `(SELECT max(a) AS "_col0" FROM b) AS "_col0", a IN (SELECT lower(b) AS "_col0" FROM c) AS "_col1"`},
		{"ROW(a, 'b'), array_agg(ROW(c)) d, ROW(e)[1], f(ROW(g))[2], CAST(ARRAY[ROW(h)] AS x), ARRAY[ROW(i)]", `{'field0': a, 'field1': 'b'} AS "_col0", array_agg({'field0': c}) d, ROW(e)[1] AS "_col2", f(ROW(g))[2] AS "_col3", CAST(ARRAY[ROW(h)] AS x) AS "_col4", ARRAY[{'field0': i}] AS "_col5"`},
		{"n: count(*), a::bigint, a::bigint b", `n: count(*), a::bigint AS "_col1", a::bigint b`},
	} {
		query, want := "SELECT "+c.items+" FROM cloudtrail_logs", "SELECT "+c.want+" FROM cloudtrail_logs"
		if got := translated(t, query, nobody{}); got != want {
			t.Errorf("%s\nbecomes %s\n    not %s", query, got, want)
		}
	}
	// DuckDB names the columns of its own statements, but what has been rewritten there is
	// none of anybody's words.
	for _, c := range []struct{ query, want string }{
		{"SELECT count(*), 5 / 2 FROM events", "SELECT count(*), 5 / 2 FROM events"},
		{"SELECT 5 / 2, IF(a, b)", `SELECT 5 / 2, (CASE WHEN a THEN b END) AS "_col1"`},
	} {
		if got := translated(t, c.query, someone{}); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
}

// A describer says which columns the answers of statements have.
type describer struct {
	nobody
	t       *testing.T
	columns map[string][]string
}

func (d describer) Columns(statement string) ([]string, int, error) {
	columns, ok := d.columns[statement]
	if !ok {
		d.t.Errorf("asked for the columns of %s", statement)
	}
	return columns, -1, nil
}

// Behind a * it is asked where in the answer a column is.
func TestNamesBehindStars(t *testing.T) {
	d := describer{t: t, columns: map[string][]string{
		`SELECT *, count(*) OVER () AS "trino_unnamed_1" FROM (SELECT a, max(b) AS "trino_unnamed_0" FROM cloudtrail_logs GROUP BY 1)`: {"a", "trino_unnamed_0", "trino_unnamed_1"},
	}}
	query := "SELECT *, count(*) OVER () FROM (SELECT a, max(b) FROM cloudtrail_logs GROUP BY 1)"
	want := `SELECT *, count(*) OVER () AS "_col2" FROM (SELECT a, max(b) AS "_col1" FROM cloudtrail_logs GROUP BY 1)`
	if got := translated(t, query, d); got != want {
		t.Errorf("%s\nbecomes %s\n    not %s", query, got, want)
	}
	for _, query := range []string{"SELECT * FROM cloudtrail_logs", "SELECT count(*) n FROM (SELECT * FROM cloudtrail_logs)"} {
		translated(t, query, d)
	}
}

// A place in a translation leads to what was written there.
func TestSource(t *testing.T) {
	for _, c := range []struct{ query, in, from string }{
		{"SELECT count(*),\n  wrong FROM cloudtrail_logs", "wrong", "wrong"},
		{"SELECT x FROM a.b, UNNEST(wrong)", "wrong", "wrong"},
		{"SELECT 5 / wrong FROM cloudtrail_logs", "wrong", "wrong"},
		{"SELECT 5 / f(x) FROM cloudtrail_logs", "FROM", "FROM"},
		{"SELECT reduce(a, 0, (s, x) -> s + wrong, s -> s) FROM cloudtrail_logs", "wrong", "wrong"},
		{"SELECT concat(a, wrong, 'b') FROM cloudtrail_logs", "wrong", "wrong"},
		{"SELECT millisecond(x) FROM cloudtrail_logs", "trino_millisecond", "millisecond"},
		{"SELECT x FROM cloudtrail_logs CROSS JOIN UNNEST(y, wrong) AS t(a, b)", "wrong", "wrong"},
		{"SELECT CAST(wrong AS varchar(3)) /* é */ FROM cloudtrail_logs", "FROM", "FROM"},
	} {
		query := "/* count FROM */ " + c.query
		got, err := Translate(query, someone{})
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndex(got.SQL, c.in)
		if from := query[got.Source(at):]; at < 0 || !strings.HasPrefix(from, c.from) {
			t.Errorf("%s: %s comes from %s", c.query, c.in, from)
		}
	}
}

// What nothing here can do is refused where it stands.
func TestUnsupported(t *testing.T) {
	for _, c := range []struct{ query, at, what string }{
		{"SELECT regexp_like(a, 'b(?=c)') FROM cloudtrail_logs", "'b(?=c)'", "look-ahead (?=...) in a regular expression"},
		{"SELECT regexp_extract(a, '(?<!c)b', 1) FROM cloudtrail_logs", "'(?<!c)b'", "look-behind (?<!...) in a regular expression"},
		{`SELECT regexp_like(a, '(b)\1') FROM cloudtrail_logs`, `'(b)\1'`, `the back-reference \1 in a regular expression`},
		{"SELECT regexp_like(a, 'b*+') FROM cloudtrail_logs", "'b*+'", "the possessive + behind * in a regular expression"},
		{"SELECT regexp_replace(a, b, '${c}') FROM cloudtrail_logs", "'${c}'", "${c} of a pattern that is not written there"},
		{"SELECT * FROM cloudtrail_logs MATCH_RECOGNIZE (PATTERN (A B))", "MATCH_RECOGNIZE (", "MATCH_RECOGNIZE"},
		{"SELECT approx_percentile(a, b, 0.5) FROM cloudtrail_logs", "approx_percentile(", "approx_percentile with a weight"},
		{"SELECT a FROM cloudtrail_logs WHERE b = ?", "?", "a value for ?"},
		{"CREATE EXTERNAL TABLE a (b string) PARTITIONED BY (c string)", "CREATE", "CREATE EXTERNAL TABLE"},
		{"-- all\nMSCK REPAIR TABLE a", "MSCK", "MSCK REPAIR"},
		{"ALTER TABLE a ADD IF NOT EXISTS PARTITION (b = 'c')", "ALTER", "ALTER TABLE with partitions"},
		{"SHOW PARTITIONS a", "SHOW", "SHOW PARTITIONS"},
		{"UNLOAD (SELECT a FROM cloudtrail_logs) TO 's3://b' WITH (format = 'PARQUET')", "UNLOAD", "UNLOAD"},
		{"PREPARE a FROM SELECT b FROM cloudtrail_logs WHERE c = ?", "PREPARE", "PREPARE ... FROM"},
		{"EXECUTE a USING 'b'", "EXECUTE", "EXECUTE ... USING"},
		{"EXPLAIN (TYPE DISTRIBUTED) SELECT a FROM cloudtrail_logs", "EXPLAIN", "EXPLAIN with options"},
		{"SELECT a FROM cloudtrail_logs FETCH FIRST 2 ROWS WITH TIES", "FETCH", "FETCH FIRST ... WITH TIES without ORDER BY, or behind OFFSET,"},
	} {
		_, err := Translate(c.query, nobody{})
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || unsupported.What != c.what || !strings.HasPrefix(c.query[unsupported.Offset:], c.at) || unsupported.Instead == "" {
			t.Errorf("%s: %v", c.query, err)
		}
	}
	for _, query := range []string{"PREPARE a AS SELECT ?", "EXECUTE a('b')", "EXPLAIN SELECT a FROM cloudtrail_logs", "EXPLAIN (FORMAT json) SELECT a FROM b", "ALTER TABLE mine.a ADD COLUMN b INT", "SELECT a->>'?' FROM cloudtrail_logs", `SELECT regexp_like(a, '[(?=\]1]\\1(?:b)\++') FROM cloudtrail_logs`, "SELECT 'MATCH_RECOGNIZE (?=' FROM cloudtrail_logs"} {
		translated(t, query, nobody{})
	}
}

// A list of structs or a map: DuckDB knows where the text does not tell.
func TestUnnestMaps(t *testing.T) {
	query := "SELECT k, x FROM cloudtrail_logs CROSS JOIN UNNEST(l) AS t(k, v) CROSS JOIN UNNEST(m) AS u(x, y)"
	list := "SELECT k, x FROM cloudtrail_logs CROSS JOIN (SELECT UNNEST(l, max_depth := 2)) AS t(k, v) CROSS JOIN "
	wrong, right := list+"(SELECT UNNEST(m, max_depth := 2)) AS u(x, y)", list+"(SELECT UNNEST(map_entries(m), max_depth := 2)) AS u(x, y)"
	if got := translated(t, query, binder{t: t, wrong: map[string]int{wrong: strings.LastIndex(wrong, "UNNEST")}, right: right}); got != right {
		t.Errorf("%s\nbecomes %s\n    not %s", query, got, right)
	}
}

// A binder takes one statement, and says of others where they are wrong.
type binder struct {
	nobody
	t     *testing.T
	wrong map[string]int
	right string
}

func (b binder) Columns(statement string) ([]string, int, error) {
	at, known := b.wrong[statement]
	if !known && statement != b.right {
		b.t.Errorf("asked for %s", statement)
	}
	if known {
		return nil, at, errors.ErrUnsupported
	}
	return nil, -1, nil
}

// A time with a zone is compared by its instant, wherever its name comes from.
func TestZones(t *testing.T) {
	const made = "SELECT at_timezone(x, 'Asia/Tokyo') AS t, y FROM cloudtrail_logs"
	for _, c := range []struct{ query, want string }{
		{"SELECT y FROM (" + made + ") AS a WHERE t > z", "SELECT y FROM (" + made + ") AS a WHERE with_timezone(t, 'Asia/Tokyo') > z"},
		{"SELECT y FROM (" + made + ") a WHERE z BETWEEN a.t AND b.t", "SELECT y FROM (" + made + ") a WHERE z BETWEEN with_timezone(a.t, 'Asia/Tokyo') AND b.t"},
		{"WITH a AS (" + made + ") SELECT hour(t) AS h FROM a b WHERE b.t IN (z) AND y > 1", "WITH a AS (" + made + ") SELECT hour(t) AS h FROM a b WHERE with_timezone(b.t, 'Asia/Tokyo') IN (z) AND y > 1"},
		{"WITH a AS (" + made + "), b AS (SELECT t - INTERVAL '1' hour AS u FROM a) SELECT u FROM b WHERE u = z", "WITH a AS (" + made + "), b AS (SELECT trino_shifted(t, -INTERVAL '1' hour) AS u FROM a) SELECT (trino_varchar(u) || ' ' || 'Asia/Tokyo') AS u FROM b WHERE with_timezone(u, 'Asia/Tokyo') = z"},
		{"SELECT x AT TIME ZONE 'Asia/Tokyo', max(at_timezone(x, 'Asia/Tokyo')) m, x AT TIME ZONE 'UTC' u FROM cloudtrail_logs", "SELECT (trino_varchar(at_timezone(x, 'Asia/Tokyo')) || ' ' || 'Asia/Tokyo') AS \"_col0\", (trino_varchar(max(at_timezone(x, 'Asia/Tokyo'))) || ' ' || 'Asia/Tokyo') m, at_timezone(x, 'UTC') u FROM cloudtrail_logs"},
		{"SELECT DISTINCT at_timezone(x, 'Asia/Tokyo') AS t FROM cloudtrail_logs ORDER BY at_timezone(x, 'Asia/Tokyo')", "SELECT DISTINCT at_timezone(x, 'Asia/Tokyo') AS t FROM cloudtrail_logs ORDER BY at_timezone(x, 'Asia/Tokyo')"},
		{"SELECT at_timezone(x, 'Asia/Tokyo') AS t FROM cloudtrail_logs UNION SELECT z FROM cloudtrail_lake", "SELECT at_timezone(x, 'Asia/Tokyo') AS t FROM cloudtrail_logs UNION SELECT z FROM cloudtrail_lake"},
		{"WITH a (u, v) AS (" + made + ") SELECT v FROM a WHERE u < z OR v < z", "WITH a (u, v) AS (" + made + ") SELECT v FROM a WHERE with_timezone(u, 'Asia/Tokyo') < z OR v < z"},
		{"WITH a AS (" + made + ") SELECT y FROM cloudtrail_logs WHERE t < z", "WITH a AS (" + made + ") SELECT y FROM cloudtrail_logs WHERE t < z"},
		{"SELECT y FROM (SELECT max(x AT TIME ZONE 'UTC') t FROM cloudtrail_logs) WHERE t < z", "SELECT y FROM (SELECT max(at_timezone(x, 'UTC')) t FROM cloudtrail_logs) WHERE with_timezone(t, 'UTC') < z"},
		{"SELECT y FROM cloudtrail_logs WHERE date_trunc('day', at_timezone(x, 'UTC')) < z", "SELECT y FROM cloudtrail_logs WHERE with_timezone(trino_date_trunc('day', at_timezone(x, 'UTC')), 'UTC') < z"},
		{"SELECT date_diff('hour', at_timezone(x, 'UTC'), z) AS d, CAST(x AT TIME ZONE 'UTC' AS varchar) AS v FROM cloudtrail_logs", "SELECT date_diff('hour', with_timezone(at_timezone(x, 'UTC'), 'UTC'), z) AS d, (trino_varchar(at_timezone(x, 'UTC')) || ' ' || 'UTC') AS v FROM cloudtrail_logs"},
	} {
		if got := translated(t, c.query, nobody{}); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
}

package athena

import "testing"

// nobody knows whose a table is.
func nobody([]string, int) (Origin, error) { return Nobodys, nil }

// whose tells by the name: own are those of the store, and its schema mine.
func whose(parts []string, _ int) (Origin, error) {
	if parts[0] == "events" || parts[0] == "mine" {
		return Own, nil
	}
	return Logs, nil
}

func TestTranslate(t *testing.T) {
	const id = "0a1b2c3d-4e5f-6071-8293-A4B5C6D7E8F9"
	for _, c := range []struct{ query, want string }{
		// The event data store.
		{"SELECT 1 FROM $EDS_ID", "SELECT 1 FROM cloudtrail_lake"},
		{"select 1 from\n$eds_id e JOIN " + id + " f ON true", "select 1 from\ncloudtrail_lake e JOIN cloudtrail_lake f ON true"},
		{`SELECT 1 FROM "` + id + `"`, "SELECT 1 FROM cloudtrail_lake"},
		{"SELECT '" + "FROM " + id + "' FROM events -- FROM " + id, "SELECT '" + "FROM " + id + "' FROM events -- FROM " + id},
		{"SELECT " + id, "SELECT " + id},
		{"SELECT 1 FROM " + id + "0", "SELECT 1 FROM " + id + "0"},
		{"SELECT 1 FROM $EDS_IDS", "SELECT 1 FROM $EDS_IDS"},

		// A table of Athena's.
		{`SELECT 1 FROM "AwsDataCatalog"."default"."cloudtrail_logs_a_bucket" c`, "SELECT 1 FROM cloudtrail_logs c"},
		{"SELECT 1 FROM security.cloudtrail_logs, x", "SELECT 1 FROM cloudtrail_logs, x"},
		{"SELECT 1 FROM security.cloudtrail_logs a, security.cloudtrail_logs b", "SELECT 1 FROM cloudtrail_logs a, cloudtrail_logs b"},
		{"SELECT 1 FROM cloudtrail_logs_aws_cloudtrail_logs_111122223333_0a1b2c3d", "SELECT 1 FROM cloudtrail_logs"},
		{"SELECT 1 FROM cloudtrail_logs_pp JOIN a.b", "SELECT 1 FROM cloudtrail_logs_pp JOIN a.b"},
		{"SELECT 1 FROM other.main.cloudtrail_logs", "SELECT 1 FROM other.main.cloudtrail_logs"},

		// Types of lists.
		{"CAST(x AS ARRAY(VARCHAR))", "CAST(x AS VARCHAR[])"},
		{"CAST(x AS array ( array(json) ))", "CAST(x AS json[][])"},
		{"CAST(x AS ARRAY(ROW(a VARCHAR, b ARRAY(BIGINT))))", "CAST(x AS ROW(a VARCHAR, b BIGINT[])[])"},
		{"SELECT ARRAY(SELECT 1), ARRAY((SELECT 1)), ARRAY[1], array", "SELECT ARRAY(SELECT 1), ARRAY((SELECT 1)), ARRAY[1], array"},

		// Structs into columns.
		{"CROSS JOIN UNNEST(r) AS t(a, b)", "CROSS JOIN (SELECT UNNEST(r, max_depth := 2)) AS t(a, b)"},
		{"FROM x, unnest(f(r, ')')) t (a,b,c) WHERE", "FROM x, (SELECT unnest(f(r, ')'), max_depth := 2)) t (a,b,c) WHERE"},
		{"CROSS JOIN UNNEST(CAST(x AS ARRAY(ROW(a INT)))) t(a, b)", "CROSS JOIN (SELECT UNNEST(CAST(x AS ROW(a INT)[]), max_depth := 2)) t(a, b)"},
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
		if got, err := Translate(c.query, nobody); got != c.want || err != nil {
			t.Errorf("%s\nbecomes %s (%v)\n    not %s", c.query, got, err, c.want)
		}
	}
}

// Tables are found wherever they may stand, and nothing else is taken for one.
func TestTables(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{"SELECT 1 FROM trails", "SELECT 1 FROM cloudtrail_logs"},
		{"SELECT 1 FROM a x, b.c AS y, (d CROSS JOIN e)", "SELECT 1 FROM cloudtrail_logs x, cloudtrail_logs AS y, (cloudtrail_logs CROSS JOIN cloudtrail_logs)"},
		{"SELECT a, (SELECT max(b) FROM c WHERE d IN (1, e)), f FROM (SELECT g, h FROM i) j LEFT JOIN k ON l = m, n", "SELECT a, (SELECT max(b) FROM cloudtrail_logs WHERE d IN (1, e)), f FROM (SELECT g, h FROM cloudtrail_logs) j LEFT JOIN cloudtrail_logs ON l = m, cloudtrail_logs"},
		{`SELECT 1 FROM <your_table> UNION SELECT 2 FROM "${db}"."${table}"`, "SELECT 1 FROM cloudtrail_logs UNION SELECT 2 FROM cloudtrail_logs"},
		{"WITH a AS (SELECT 1 FROM b), c (d, e) AS (SELECT 1, 2 FROM a) SELECT * FROM c JOIN a ON true", "WITH a AS (SELECT 1 FROM cloudtrail_logs), c (d, e) AS (SELECT 1, 2 FROM a) SELECT * FROM c JOIN a ON true"},
		{"SELECT extract(hour FROM t), substring(x FROM 2), trim(BOTH ' ' FROM y), a IS DISTINCT FROM b FROM c", "SELECT extract(hour FROM t), substring(x FROM 2), trim(BOTH ' ' FROM y), a IS DISTINCT FROM b FROM cloudtrail_logs"},
		{"SELECT 1 FROM a /* , b */ -- , c\n, d", "SELECT 1 FROM cloudtrail_logs /* , b */ -- , c\n, cloudtrail_logs"},
		{"SELECT 1 FROM a GROUP BY b, c ORDER BY d, e LIMIT 1", "SELECT 1 FROM cloudtrail_logs GROUP BY b, c ORDER BY d, e LIMIT 1"},
		{"SELECT 1 FROM a, UNNEST(b) AS t(c), LATERAL (SELECT d), range(3)", "SELECT 1 FROM cloudtrail_logs, UNNEST(b) AS t(c), LATERAL (SELECT d), range(3)"},
		{"SELECT 1 FROM 'a.parquet', \"b.csv\"", "SELECT 1 FROM 'a.parquet', \"b.csv\""},
		{"DESCRIBE a", "DESCRIBE cloudtrail_logs"},
		{"SHOW COLUMNS FROM db.a", "DESCRIBE cloudtrail_logs"},
		{"SHOW TABLES FROM a", "SHOW TABLES FROM a"},
		{"DELETE FROM a WHERE b", "DELETE FROM a WHERE b"},
		{"INSERT INTO mine.a SELECT 1 FROM b", "INSERT INTO mine.a SELECT 1 FROM cloudtrail_logs"},
		{"SELECT 1 FROM <event-data-store-id>", "SELECT 1 FROM cloudtrail_lake"},
		{"SELECT 1 FROM 0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9", "SELECT 1 FROM cloudtrail_lake"},
		{`SELECT 1 FROM "aws:cloudtrail"."0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"`, "SELECT 1 FROM cloudtrail_lake"},
		{`SELECT 1 FROM "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"`, "SELECT 1 FROM cloudtrail_lake"},
		{"SELECT 1 FROM events e, mine.x WHERE 5 / 2 > 2", "SELECT 1 FROM events e, mine.x WHERE 5 / 2 > 2"},
	} {
		if got, err := Translate(c.query, whose); got != c.want || err != nil {
			t.Errorf("%s\nbecomes %s (%v)\n    not %s", c.query, got, err, c.want)
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
		{"VALUES 1, 2", "VALUES (1), (2)"},
		{"x IN (VALUES 'a', f(b, c)) OR y", "x IN (VALUES ('a'), (f(b, c))) OR y"},
		{"VALUES (1, 2), (3, 4) ORDER BY 1, 2", "VALUES (1, 2), (3, 4) ORDER BY 1, 2"},
		{"SELECT U&'caf\\00e9 \\\\ ''x'''", "SELECT 'café \\ ''x'''"},
		{"lag(a, 1) IGNORE NULLS OVER (ORDER BY b), first_value(f(c)) respect nulls OVER w", "lag(a, 1 IGNORE NULLS) OVER (ORDER BY b), first_value(f(c) respect NULLS) OVER w"},
		{"FROM x CROSS JOIN UNNEST(a, f(b, c)) AS t(d, e)", "FROM x CROSS JOIN (SELECT UNNEST(a), UNNEST(f(b, c))) AS t(d, e)"},
		{"FROM x, UNNEST(a) WITH ORDINALITY AS t(b, c, n)", "FROM x, (SELECT UNNEST(a, max_depth := 2), generate_subscripts(a, 1)) AS t(b, c, n)"},
		{"FROM x, UNNEST(CAST(a AS map(varchar, json))) t(k, v)", "FROM x, (SELECT UNNEST(map_entries(CAST(a AS map(varchar, json))), max_depth := 2)) t(k, v)"},
	} {
		if got, err := Translate(c.query, nobody); got != c.want || err != nil {
			t.Errorf("%s\nbecomes %s (%v)\n    not %s", c.query, got, err, c.want)
		}
	}
	for _, c := range []struct{ expression, want string }{
		{"a < IPADDRESS '192.0.2.1', try_cast(b AS ipaddress)", "a < ip_number('192.0.2.1'), trino_ipaddress(b)"},
		{"CAST(a AS ipaddress) BETWEEN IPADDRESS '192.0.2.1' AND IPADDRESS '192.0.2.9'", "ip_number(a) BETWEEN ip_number('192.0.2.1') AND ip_number('192.0.2.9')"},
		{"contains('192.0.2.0/24', try_cast(a AS ipaddress)), contains(b, 'c')", "trino_ip_in(trino_ipaddress(a), '192.0.2.0/24'), trino_contains(b, 'c')"},
		{"regexp_extract(a, '(?<kind>b)\\\\(?<c|(?<=d)'), '(?<e>f)'", "regexp_extract(a, '(?P<kind>b)\\\\(?P<c|(?<=d)'), '(?<e>f)'"},
		{"format('%s %% %,d %.1f', a, b, c)", "printf('%s %% %,d %.1f', coalesce(trino_varchar(a), 'null'), b, CAST(c AS DOUBLE))"},
		{"listagg(a, ',') WITHIN GROUP (ORDER BY b, c)", "listagg(a, ',' ORDER BY b, c)"},
		{"reduce(a, 0, (s, x) -> s + x, s -> s / 2)", "list_transform([list_reduce(a, (s, x) -> s + x, 0)], s -> s // trino_divisor(2))[1]"},
		{"zip_with(a, b, (x, y) -> concat(x, y.x))", "list_transform(trino_zip(a, b), trino_element -> ((trino_element[1]) || (trino_element[2].x)))"},
		{"5 / 2 / a", "5 // trino_divisor(2) // trino_divisor(a)"},
		{"count(*) * 100.0 / sum(count(*)) OVER (ORDER BY 1) * 2", "count(*) * 100.0 // trino_divisor(sum(count(*)) OVER (ORDER BY 1)) * 2"},
		{"a / CASE WHEN b THEN 1 ELSE CASE WHEN c THEN 2 END END + 1", "a // trino_divisor(CASE WHEN b THEN 1 ELSE CASE WHEN c THEN 2 END END) + 1"},
		{"values, interval '1' day / 2", "values, interval '1' day / 2"},
		{"a / -b[1].c::bigint", "a // trino_divisor(-b[1].c::bigint)"},
		{"'a / b' || \"c / d\" /* e / f */", "'a / b' || \"c / d\" /* e / f */"},
		{"hour(a.b AT TIME ZONE 'UTC')", "hour(at_timezone(a.b, 'UTC'))"},
		{"f(a, b)[1] AT TIME ZONE z", "at_timezone(f(a, b)[1], z)"},
		{"a < CAST(b AS varchar(3)) AT TIME ZONE 'UTC'", "a < trino_instant(left(trino_varchar(b), 3), 'UTC')"},
		{"a IN (b AT TIME ZONE c, d)", "a IN (at_timezone(b, c), d)"},
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
		want := "SELECT " + c.want + " FROM cloudtrail_logs"
		if got, err := Translate("SELECT "+c.expression+" FROM cloudtrail_logs", nobody); got != want || err != nil {
			t.Errorf("%s\nbecomes %s (%v)\n    not %s", c.expression, got, err, want)
		}
	}
}

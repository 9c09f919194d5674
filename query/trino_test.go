package query

import "testing"

func TestFromTrino(t *testing.T) {
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
		if got := FromTrino(c.query); got != c.want {
			t.Errorf("%s\nbecomes %s\n    not %s", c.query, got, c.want)
		}
	}
}

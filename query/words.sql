-- What a person may want to have completed: the names of tables, views and columns,
-- functions and words of SQL.
SELECT DISTINCT word
FROM (
    SELECT table_name AS word FROM duckdb_tables() WHERE NOT internal
    UNION ALL
    SELECT view_name FROM duckdb_views() WHERE NOT internal
    UNION ALL
    SELECT column_name FROM duckdb_columns() WHERE NOT internal
    UNION ALL
    SELECT function_name FROM duckdb_functions()
    UNION ALL
    SELECT upper(keyword_name) FROM duckdb_keywords()
)
WHERE regexp_full_match(word, '[A-Za-z_][A-Za-z0-9_]*')
ORDER BY word

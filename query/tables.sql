-- The tables and views of a store.
SELECT
    table_name AS "table",
    'table' AS kind,
    estimated_size AS rows
FROM duckdb_tables()
WHERE NOT internal
UNION ALL
SELECT view_name, 'view', NULL
FROM duckdb_views()
WHERE NOT internal
ORDER BY 1

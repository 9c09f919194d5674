-- The tables and views of a store, and the user's own, in a database of their own.
SELECT
    CASE WHEN database_name = 'mine' THEN 'mine.' ELSE '' END || table_name AS "table",
    'table' AS kind,
    estimated_size AS rows,
    comment AS about
FROM duckdb_tables()
WHERE NOT internal
UNION ALL
SELECT
    CASE WHEN database_name = 'mine' THEN 'mine.' ELSE '' END || view_name,
    'view',
    NULL,
    comment
FROM duckdb_views()
WHERE NOT internal
ORDER BY 1

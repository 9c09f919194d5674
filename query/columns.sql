-- The columns of a table or view, or, where none is named, of all of them. The user's own
-- tables are in a database of their own.
SELECT
    CASE WHEN database_name = 'mine' THEN 'mine.' ELSE '' END || table_name AS "table",
    column_name AS "column",
    data_type AS type,
    coalesce(comment, '') AS about
FROM duckdb_columns()
WHERE NOT internal
    AND ($table = '' OR lower($table) IN (lower(table_name), lower(database_name || '.' || table_name)))
ORDER BY 1, column_index

-- The columns of a table, or, where none is named, of all of them.
SELECT
    table_name AS "table",
    column_name AS "column",
    data_type AS type
FROM duckdb_columns()
WHERE NOT internal AND ($table = '' OR lower(table_name) = lower($table))
ORDER BY table_name, column_index

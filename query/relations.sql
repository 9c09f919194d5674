-- The names of tables and views, those of DuckDB itself among them, and those of schemas and
-- databases, with a dot behind them: mine, the user's own tables, where it is not there too.
SELECT 'mine.'
UNION
SELECT lower(table_name) FROM duckdb_tables()
UNION
SELECT lower(view_name) FROM duckdb_views()
UNION
SELECT lower(schema_name) || '.' FROM duckdb_schemas()
UNION
SELECT lower(database_name) || '.' FROM duckdb_databases()

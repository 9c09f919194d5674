-- What the database $database is made of, with the text that would make it. Its maker may have made
-- macros, of any name, operators among them: hence all functions are the system's by name,
-- and no operator is used but comparisons, which are none.
SELECT 'schema' AS kind, schema_name AS name, NULL AS parameters, '' AS definition
FROM system.main.duckdb_schemas()
WHERE database_name = $database
    AND NOT internal
    AND schema_name <> 'main'
UNION ALL
SELECT 'table', table_name, NULL, sql
FROM system.main.duckdb_tables()
WHERE database_name = $database
UNION ALL
SELECT 'view', view_name, NULL, sql
FROM system.main.duckdb_views()
WHERE database_name = $database
    AND NOT internal
UNION ALL
SELECT function_type, function_name, parameters::VARCHAR, macro_definition
FROM system.main.duckdb_functions()
WHERE database_name = $database
    AND NOT internal
UNION ALL
SELECT 'type', type_name, NULL, labels::VARCHAR
FROM system.main.duckdb_types()
WHERE database_name = $database
    AND NOT internal
UNION ALL
SELECT 'index', index_name, NULL, sql
FROM system.main.duckdb_indexes()
WHERE database_name = $database
UNION ALL
SELECT 'sequence', sequence_name, NULL, sql
FROM system.main.duckdb_sequences()
WHERE database_name = $database

// Package schema is what an event is and how it rests.
//
// It owns the store, one DuckDB file, and is the only package that touches the
// DuckDB driver. That is duckdb/duckdb-go, where marcboeker/go-duckdb moved at DuckDB
// 1.4.1: the old module gets no later version of DuckDB. Its vocabulary:
//
//   - A log file is one object that a trail delivered to S3. Its row in the
//     table files is its ledger entry: what it was, what came of it.
//   - A key is an object's key in S3 or a file's path: what it tells of a log file or
//     a digest file is a [Key], and [ParseKey] is the one place that knows how.
//   - An event is one element of a log file's Records array, taken apart into
//     the leaves that [Columns] lists. Its row in the table events is typed.
//   - A repeat is a record that was delivered again, byte for byte: it has a
//     row in the table repeats, which points at the event.
//   - A digest is a digest file: it lists log files with their hashes, and is signed.
//   - A run is one call of the program that wrote into the store.
//
// Data flows in through [Store.Load], where DuckDB's own threads pull events
// from an [EventSource], and out through [Store.Query]. The SQL that turns
// leaves into columns is in sql/load.sql; the tables are in migrations/*.sql, views and
// macros in definitions.sql.
//
// Bytes come back out through [Store.Rebuild]: a record is its [Skeleton] with the
// leaves put back, a file its records within an [Envelope].
//
// One event costs some 1,500 bytes of JSON, 230 bytes of gzip and 180 in the store.
// While a batch loads, each DuckDB thread holds up to two row groups of 30,720
// events uncompressed: about 75 MB a thread.
package schema

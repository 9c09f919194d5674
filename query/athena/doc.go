// Package athena gives statements that were written for Athena or CloudTrail Lake, whose
// SQL is Trino's, the spelling that DuckDB reads and that has Trino's meaning there.
//
// A statement is read as tokens, and only what has to be rewritten is understood: the
// tables behind FROM, calls with their arguments, casts, a few operators. What is written
// anew is put before, behind or in the place of tokens; all else, strings and comments
// among it, goes through byte for byte.
//
// Tokens carry their places with them, so that an error of DuckDB's points into what was
// written. What no text tells, such as the columns of a *, DuckDB is asked by way of a
// [Catalog].
//
// How much is rewritten goes by the tables that a statement reads:
//
//   - One that reads Athena's table or an event data store means what Trino means by it:
//     5 / 2 is 2.
//   - One that reads only tables of the store is DuckDB's own, and stays as it is.
//   - Where there is neither, what has no meaning to DuckDB is rewritten, such as
//     CAST(x AS ARRAY(JSON)).
package athena

// Package query is the way from rows to answers.
//
// Its one currency is the [Result]: columns, and a stream of rows that is read once.
// [schema.Store.Query] gives one, and [Write] writes any of them in any [Format]:
// a table for people, CSV for spreadsheets, JSON for programs. [SplitStatements]
// takes what a person typed apart into the statements that a store runs one by one.
//
// # Reports
//
// A [Report] is a file of reports/*.sql. What several of them share stands once: pieces
// of SQL in fragments.sql, the conditions of filters in filter.sql, and in calls.txt which
// calls belong to which subject. All of it is put in before a report runs or is printed:
// a person sees one whole statement.
//
// # The same content in every form
//
// A value reads the same wherever it is written:
//
//   - NULL is an empty cell in tables and CSV, and null in JSON.
//   - Times are UTC in RFC 3339, with a fraction of a second only where there is
//     one: 2023-07-10T12:55:24Z.
//   - Numbers have all their digits and are numbers in JSON, too, even where a
//     reader that takes them for 64-bit floats would round them. NaN, Infinity and
//     -Infinity, for which JSON has no number, are strings there: null would not
//     say which of them it was.
//   - A BLOB is its bytes in lower-case hexadecimal digits.
//   - Lists and structs are JSON, in tables and CSV as well, members in the order
//     of their type.
//   - A workbook has times and numbers of its own kind; a whole number of which Excel
//     would lose digits is text there, and a fraction has 15 of them.
//   - Text is text. Whoever called the API chose it, so each form protects its
//     reader: a table and a workbook show control and invisible characters as escapes,
//     a cell of CSV or of a workbook cannot become a formula, and JSON can be printed on
//     a terminal.
//
// JSON is the form that loses nothing of DuckDB's text, which is UTF-8. A table cuts
// cells short, CSV adds apostrophes, and neither tells NULL from an empty string; a
// workbook has escapes: a program that needs the exact value reads json or ndjson.
//
// # Memory
//
// Rows are written as they come. Only a table and a workbook look ahead, to find the
// widths of their columns: over 10,000 and 1,000 rows or 4 MB of text, whatever comes first.
// A workbook has its beginning at its end: its rows wait for that in a temporary file.
package query

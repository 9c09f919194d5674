// Package record knows where the values of a CloudTrail record lie in the store: it
// makes an SQL expression over the columns of the table events from a [Path] into the
// record. The languages of alarms are compiled with it.
//
// Three places hold a record's values (see schema/migrations):
//
//   - columns hold the values of documented members, and the free-form blocks such as
//     requestParameters as JSON text;
//   - the column unknown holds what has no column, and what is not of its column's kind;
//   - whether a member without a value is missing or null, and whether a text was a
//     string, a number or a boolean, is told by the outline of the record's shape, or
//     by the column verbatim where the record has no shape.
//
// A test of a text is best written over [Text], the bare column: DuckDB then reads that
// column alone, and each distinct value once. What [Kind] and [Node] give looks into
// more places, and answers any question.
//
// Where a record has two members of one name, what is said about them may be about the
// one or the other.
package record

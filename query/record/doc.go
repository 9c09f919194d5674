// Package record knows where the values of a CloudTrail record lie in the store: it
// makes an SQL expression over the columns of the table events from a [Path] into the
// record. The languages of alarms are compiled with it: to SQL that a [Binder] keeps the
// values of, with the logic of [And], [Or] and [Not]. [Matches] and [Tallies] look for what
// was compiled.
//
// A record's values are kept in three ways (see schema/migrations):
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
// more columns, and answers any question.
//
// Where a record has two members of one name, what is said about them may be about the
// one or the other.
//
// # Three values
//
// A comparison with something that an event does not have gives NULL. In a condition NULL
// stands for false: [And] and [Or] carry it on as they find it, and WHERE and CASE WHEN
// take it for false by themselves. It is put right in two places alone:
//
//   - below a NOT, which leaves NULL as it is: what is not so would be found among those
//     events only that have what is asked for. [Not] is true of the others as well. Where a
//     language means just those (as != in metric filters does), or a condition is never
//     NULL, NOT stands by itself;
//   - where a condition becomes a value: as a whole, and for the elements of a list. [Sure]
//     is true or false.
package record

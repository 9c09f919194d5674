// Package metricfilter reads the filter patterns of CloudWatch Logs, as metric filters
// have them, and makes SQL of those that are for JSON.
//
// A pattern is of one of five kinds, told apart by its first character: nothing, which
// fits everything; { for JSON; [ for fields between spaces; % for a regular expression;
// anything else for terms. In a log group of CloudTrail each log event is one record, so
// patterns for JSON are what there is to run; the others are read to be able to say what
// they are, and [Pattern.Unsupported] says that they do not run.
//
// # What a condition means
//
//   - = and != look at strings and numbers alone. Where a member is missing, null, true,
//     an object or an array, neither of them holds.
//   - A value without quotes that is a number is compared as one with numbers, and by its
//     spelling with strings. Other values are text, in which * stands for any text; a
//     number has the text that it has in JSON without an exponent.
//   - <, <=, > and >= look at numbers alone.
//   - IS NULL holds for an array with a null among its elements, too.
//   - A selector goes into an array by an index or a wildcard only. A wildcard, [*] or .*,
//     goes to elements and members alike: a condition holds where it does for one of them,
//     != where what the wildcard is in exists and = holds for none of them, and NOT EXISTS
//     where there are none.
//
// CloudTrail's readOnly and managementEvent are booleans, so that no = ever holds for
// them; mfaAuthenticated is a string.
//
// # Patterns that AWS refuses
//
// Where it is plain what was meant, such as a value with spaces but without quotes, the
// pattern is read that way and a [Warning] says what AWS would do. All else is a
// [SyntaxError], with AWS's own words where they are known.
//
// # Limits of agreement
//
// DuckDB has the text of a number as it would write it itself, not as it was written:
// 1e3 is 1000.0, as it is to AWS, but from 1e21 on the two write exponents in different
// ways. An asterisk amid a text stands for any text, too; what AWS makes of it is not
// documented.
package metricfilter

// Package sigma reads Sigma rules for CloudTrail and runs them on the events of a store.
//
// A rule ([Rule]) is a document of a YAML file: detections, each of which compares fields
// of an event with values, and a condition that combines them. A correlation
// ([Correlation]) counts what rules match, or waits for several of them, within a span
// of time. [Parse] reads a file into a [Set], [Set.Join] puts the sets of files together,
// and [Set.Resolve] looks up what their correlations refer to. A rule that cannot be run is
// a problem of the set and does not stop the others. What we do not do is refused by its
// name: a rule that ran by half would be worse than none.
//
// # How an event is compared
//
// The specification leaves much to those who run rules. Here
//
//   - a field is a dotted path into the record as CloudTrail wrote it, in CloudTrail's
//     own spelling. It goes through arrays, at any level: each element counts, and the
//     field matches if one of them does;
//   - text, numbers and booleans compare by their text, so that '22' finds the number 22
//     and 'false' the boolean; a number in a rule finds numbers that are equal to it, too;
//   - an object or an array is its JSON text, as it is recorded and with the quotes of
//     strings within it unescaped, for policies are JSON inside of strings;
//   - keywords, values without a field, are looked for within all text of the record, of
//     its values and, in blocks such as requestParameters, of names;
//   - letters match in either case, but for re and cased;
//   - null matches what is missing and what is null, exists what is null, too;
//   - not, and neq, are true on events that lack the field.
//
// # What is refused
//
// The modifier windash, time modifiers on other fields than eventTime, objects such as
// userIdentity as a whole, regular expressions that look around themselves or refer back,
// quantities other than 1 of and all of, placeholders without a value, filters for other
// rules, documents for CloudTrail that share their parts by action, YAML aliases; of
// correlations value_percentile, conditions that combine rules by name, several fields in one
// condition, and conditions of temporal_ordered; of aggregations min and max.
//
// # Older forms
//
// A rule with a timeframe and count, sum or avg behind the | of its condition is a
// correlation over the timeframe, and near is a temporal one of detections.
//
// # Time
//
// Correlations slide over eventTime: a window of five minutes ends at any event, and
// reaches back to less than five minutes before it. Events of one second count as in
// order. A missing value to group by is a group of its own.
package sigma

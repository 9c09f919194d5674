// Package eventpattern compiles EventBridge event patterns, and the rules that hold
// them, to SQL over the table events.
//
// A pattern is read into a tree ([Parse]), which prints itself ([Pattern.String]) and
// compiles itself ([Pattern.SQL]). EventBridge's own words are used: an event is what
// arrives on a bus, with source, detail-type and so on around its detail, which is the
// record of CloudTrail; a pattern's fields are paths in an event; a field's tests are
// the alternatives in its array, of which one must hold.
//
// What EventBridge does, and so does this package:
//
//   - $or is multiplied out before anything is matched: a pattern becomes up to 1000
//     branches, each with one list of tests for each field. In a branch, of several lists
//     for one field the last counts.
//   - Arrays of an event are walked. A field's tests must hold for one of the values that
//     its path leads to, and fields below one array must hold for the same element of it.
//   - Only values have tests: strings, numbers, true, false, null. A field that leads to an
//     empty array, or to an object, is absent.
//   - A dot in a name is a step down: "userIdentity.type" is type below userIdentity.
//   - A field that must be absent is absent from the element of an array that the fields
//     before it (in the order of their names) have settled on, or from all of its elements.
//
// A match is not yet a delivery: [Rule.Delivered] says which events a rule in its state, on
// the bus of its account and Region, would have been offered.
//
// What is different: numbers are equal by their value, since EventBridge's own documents
// disagree on whether 300 is 300.0; an address is in ranges of its own family only; a member
// of an event that has a dot in its name is found by a pattern that has it in one name, and
// not by one that has it in two; letters that change in number with their case (ß) have one
// case; where CloudTrail documents a string, an array or an object instead of it is not looked
// into, nor are arrays right in arrays more than three deep.
package eventpattern

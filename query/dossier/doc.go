// Package dossier writes a case: one folder with all that a store has of what somebody asked
// for, to be kept, handed on, signed and printed.
//
// The answers in it are those of reports, run over one filter: timeline, acts, when, services,
// secrets, data-access, destroyed, trails, evidence and coverage. Besides there are the records byte for
// byte, what rules would have told, every statement that was run, a page that sums it up, and
// manifest.json, the manifest, which names each file with its SHA-256 and size: whoever signs that
// one signs all of it.
//
// # Evidence
//
// A case is made beside its place, in a folder with a name that says that it is not finished,
// and gets its own name when it is whole. What is there already is never written over. Two
// cases of one store and one question have the same bytes, but for the time and the person in
// manifest.json and the page.
//
// What a case cannot tell is told in it: a period that the store does not cover, log files that
// are damaged or were not fetched, events without a time, rules that were not run, files that
// nothing proves. These are its limits, see [evidence.Limit].
//
// # Memory
//
// Rows are written as they come. Of each answer the page keeps a few hundred rows, and of the
// events a number of eight bytes each, by which their records are read in order.
package dossier

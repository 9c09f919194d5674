// Package pack makes compliance packs: a folder that answers, control by control of a standard,
// what the events of a period show of it, for auditors and without a word of its own judgement.
//
// # Words
//
// A [Pack] is a YAML file: its controls, and of each the question, what the standard asks for, what
// is an exception and what no log shows. A population is the answer to one statement: of a report,
// of a statement of ours, or of events that a condition lets through. All of it is written, with
// the statement, the rows that are exceptions, and a sample. A control without a population, or
// with one that is empty where that says nothing, is not shown by these logs. Nothing here says
// that anybody is compliant.
//
// # The sample
//
// Of each row of a population its line in the CSV is hashed, behind the seed and a line end, by
// SHA-256. The rows with the lowest hashes are the sample, in that order: whoever has the CSV can
// draw it again, on any machine, and nobody can choose what is in it but by the seed.
//
// # Memory
//
// Rows are written as they come, to the CSV and to what goes into the workbook. Held are the
// sample, the first exceptions of a population for the page, and what DuckDB needs to sort it.
package pack

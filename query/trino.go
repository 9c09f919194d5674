package query

import "trailbox/query/athena"

// FromTrino gives a statement that was written for Athena or CloudTrail Lake DuckDB's
// spelling, see [athena.Translate]. The statement is one of [SplitStatements].
func FromTrino(statement string) string {
	return athena.Translate(statement, func(parts []string) bool { return false })
}

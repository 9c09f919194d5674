package evidence

import (
	_ "embed"

	"trailbox/query"
)

//go:embed custody.sql
var custodySQL string

// Custody asks for the chain of custody of a store: a row for each thing that was done with it, and
// one, without a time, for each that it does not record.
func Custody() query.Statement { return query.Statement{SQL: custodySQL} }

package lineage

import (
	"context"
	_ "embed"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed matching.sql
	matchingSQL string
	//go:embed descendants.sql
	descendantsSQL string
	//go:embed condition.sql
	conditionSQL string
)

// Kin are sessions and all that descends from them.
type Kin struct {
	Seeds    []string // the ids of the sessions that were asked for, sorted
	Sessions []string // those, and what descends from them, sorted

	keys    []string // of events of these sessions
	keyless []string // ARN and time of creation of those of their events that have no key
}

// Descendants finds the sessions with at least one event that the filter lets through, and
// everything that was issued from them, to any depth, across accounts. Candidates are not
// followed.
func Descendants(ctx context.Context, store *schema.Store, f query.Filter) (*Kin, error) {
	s := query.Statement{SQL: descendantsSQL}.Put("sessions", query.Statement{SQL: schema.SessionsSQL()}).
		Put("matching", query.Statement{SQL: matchingSQL}.Put("filters", f.Condition()))
	type row struct {
		Session string
		Asked   bool
		Keys    []string
		Keyless []string
	}
	rows, err := schema.Collect[row](s.Query(ctx, store))
	if err != nil {
		return nil, err
	}
	kin := new(Kin)
	for _, r := range rows {
		kin.Sessions = append(kin.Sessions, r.Session)
		if r.Asked {
			kin.Seeds = append(kin.Seeds, r.Session)
		}
		kin.keys = append(kin.keys, r.Keys...)
		kin.keyless = append(kin.keyless, r.Keyless...)
	}
	return kin, nil
}

// Condition is the condition on events that one of the sessions made them.
func (k *Kin) Condition() query.Statement {
	return query.Statement{SQL: conditionSQL}.With(
		schema.Arg{Name: "sessionKeys", Value: nonNil(k.keys)},
		schema.Arg{Name: "keylessSessions", Value: nonNil(k.keyless)},
		schema.Arg{Name: "sessions", Value: nonNil(k.Sessions)},
	)
}

// nonNil is the list, which as a value is a list even where it is empty.
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

package lineage

import (
	"context"
	_ "embed"
	"maps"
	"slices"
	"strconv"

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

	keys    []string            // of events of these sessions
	parents map[string][]string // of a session, as far as these are of the kin
	ids     map[string][]string // by what the events of a session go
	keyless []string            // ARN and time of creation of those of their events that have no key
}

// Descendants finds the sessions with at least one event that the filter lets through, and
// everything that was issued from them, to any depth, across accounts. Candidates are not
// followed.
func Descendants(ctx context.Context, store *schema.Store, f query.Filter) (*Kin, error) {
	return descendants(ctx, store, f, maxNear)
}

func descendants(ctx context.Context, store *schema.Store, f query.Filter, most int) (*Kin, error) {
	matched, err := match(ctx, store, f.Condition())
	if err != nil {
		return nil, err
	}
	sessions, err := sessionsNear(ctx, store, most, false, true, []seed{matchedSeed(matched)})
	if err != nil {
		return nil, err
	}
	s := query.Statement{SQL: descendantsSQL}.Put("sessions", sessions).Put("matching", query.Statement{SQL: someSQL}.With(matched))
	type row struct {
		Session string
		Asked   bool
		Parents []string
		Keys    []string
		Keyless []string
	}
	rows, err := schema.Collect[row](s.Query(ctx, store))
	if err != nil {
		return nil, err
	}
	kin := &Kin{parents: map[string][]string{}, ids: map[string][]string{}}
	for _, r := range rows {
		kin.Sessions = append(kin.Sessions, r.Session)
		if r.Asked {
			kin.Seeds = append(kin.Seeds, r.Session)
		}
		kin.parents[r.Session] = r.Parents
		kin.ids[r.Session] = slices.Concat(r.Keys, r.Keyless, []string{r.Session})
		kin.keys = append(kin.keys, r.Keys...)
		kin.keyless = append(kin.keyless, r.Keyless...)
	}
	return kin, nil
}

// match finds the rows of credential_uses with events that a condition is true of, as the value
// of $matched.
func match(ctx context.Context, store *schema.Store, condition query.Statement) (schema.Arg, error) {
	rows, err := schema.Collect[int64](query.Statement{SQL: matchingSQL}.Put("filters", condition).Query(ctx, store))
	if rows == nil {
		rows = []int64{} // a list, though an empty one
	}
	return schema.Arg{Name: "matched", Value: rows}, err
}

// Condition is the condition on events that one of the sessions made them.
func (k *Kin) Condition() query.Statement {
	return query.Statement{SQL: conditionSQL}.With(
		schema.Arg{Name: "sessionKeys", Value: nonNil(k.keys)},
		schema.Arg{Name: "keylessSessions", Value: nonNil(k.keyless)},
		schema.Arg{Name: "sessions", Value: nonNil(k.Sessions)},
	)
}

//go:embed families.sql
var familiesSQL string

// Families are the sessions that were asked for and issued something, each with what its events
// go by and those of all that descends from it, see [query.Filter].
func (k *Kin) Families() query.Statement {
	children := map[string][]string{}
	for _, id := range k.Sessions {
		for _, parent := range k.parents[id] {
			children[parent] = append(children[parent], id)
		}
	}
	var roots, ids, owners []string
	var descendants []string
	for _, root := range k.Seeds {
		below := map[string]bool{}
		reach(root, children, below)
		if len(below) == 1 {
			continue
		}
		for _, session := range slices.Sorted(maps.Keys(below)) {
			for _, id := range k.ids[session] {
				roots, ids, owners = append(roots, root), append(ids, id), append(owners, session)
				descendants = append(descendants, strconv.Itoa(len(below)-1))
			}
		}
	}
	return query.Statement{SQL: familiesSQL}.With(
		schema.Arg{Name: "familyRoots", Value: nonNil(roots)}, schema.Arg{Name: "familyIDs", Value: nonNil(ids)},
		schema.Arg{Name: "familyOwners", Value: nonNil(owners)}, schema.Arg{Name: "familySizes", Value: nonNil(descendants)},
	)
}

// nonNil is the list, which as a value is a list even where it is empty.
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

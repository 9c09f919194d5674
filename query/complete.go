package query

import (
	"context"
	_ "embed"

	"trailbox/schema"
)

//go:embed complete.sql
var completeSQL string

// A NameKind is a kind of names that events have, and filters take.
type NameKind string

// The kinds of names, as complete.sql has them.
const (
	AccountName     NameKind = "account"
	RegionName      NameKind = "region"
	ActorName       NameKind = "actor"
	EventName       NameKind = "event name"
	EventSourceName NameKind = "event source"
	AccessKeyName   NameKind = "access key"
)

// KnownNames returns names of a kind that begin as typed, in their order, most of them at
// most. They are safe to be words of a shell: what is not so is left out.
func KnownNames(ctx context.Context, store *schema.Store, kind NameKind, typed string, most int) ([]string, error) {
	return schema.Collect[string](store.Query(ctx, allFragments().put(completeSQL),
		schema.Arg{Name: "kind", Value: string(kind)}, schema.Arg{Name: "typed", Value: typed}, schema.Arg{Name: "most", Value: int64(most)}))
}

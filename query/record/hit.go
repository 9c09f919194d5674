package record

import (
	"context"
	_ "embed"
	"iter"

	"trailbox/query"
	"trailbox/schema"
)

// A Hit is an event that a predicate is true of, as little of it as its order needs: there
// may be millions.
type Hit struct {
	Time           int64  // eventTime, in microseconds since 1970
	ID             uint64 // the first half of its eventID; 0 without one
	File, Position int32
	Predicate      int32 // its index
}

// Ref says which event it is.
func (h *Hit) Ref() Ref { return Ref{int64(h.File), int64(h.Position)} }

//go:embed hits.sql
var hitsSQL string

// Hits yields the events that match each of the predicates, in no order. Those without a
// time are left out. It takes as few passes over the events as [Tallies]; once is as in
// [Counting]. The conditions in where have to be true of the events, too.
func Hits(ctx context.Context, store *schema.Store, predicates []Predicate, once bool, where ...query.Statement) iter.Seq2[Hit, error] {
	return func(yield func(Hit, error) bool) {
		names, err := readNames(ctx, store)
		if err != nil {
			yield(Hit{}, err)
			return
		}
		where := append([]query.Statement{{SQL: "eventTime IS NOT NULL"}}, where...)
		for _, batch := range names.batches(predicates) {
			b := &Binder{joins: true}
			sql := b.pass(hitsSQL, predicates, batch)
			if once {
				sql = schema.Put(sql, "once", onceOnly)
			}
			statement := b.Statement(sql).Put("where", names.limit(predicates, batch, where))
			for hit, err := range schema.All[Hit](statement.Query(ctx, store)) {
				if !yield(hit, err) || err != nil {
					return
				}
			}
		}
	}
}

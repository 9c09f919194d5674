package serve

import (
	"slices"
	"time"

	"trailbox/query"
)

// A knownStore is what a store has as a whole.
type knownStore struct {
	Events, Insights, Timeless, Odd int64
	First, Last                     time.Time // of events; zero where none has a time
	Accounts, Regions               []query.Near
	Offs                            []query.Off

	naming turn                    // of names
	names  map[string][]query.Near // by what is suggested of

	searching turn       // of hits
	hits      []heldHits // the latest
}

// heldHits are what a search has found.
type heldHits struct {
	key  string
	hits *query.Hits
}

// known is what the store has as a whole: to count all events again for each page would cost
// more than the page.
func (r *request) known() (*knownStore, error) {
	return memo(r, "store", query.Filter{}, r.lookAround)
}

func (r *request) lookAround() (*knownStore, error) {
	shares, err := query.Shares(r.ctx, r.store, r.server.Now())
	if err != nil {
		return nil, err
	}
	k := &knownStore{names: map[string][]query.Near{}, naming: newTurn(1), searching: newTurn(1)}
	if k.Offs, err = query.Offs(r.ctx, r.store); err != nil {
		return nil, err
	}
	add := func(to *[]query.Near, name *string, events int64) {
		if name == nil {
			return
		}
		i := slices.IndexFunc(*to, func(n query.Near) bool { return n.Name == *name })
		if i < 0 {
			i, *to = len(*to), append(*to, query.Near{Name: *name})
		}
		(*to)[i].Events += events
	}
	for _, share := range shares {
		k.Events += share.Events
		k.Insights += share.Insights
		k.Timeless += share.Timeless
		k.Odd += share.Odd
		if k.First.IsZero() || !share.First.IsZero() && share.First.Before(k.First) {
			k.First = share.First
		}
		if share.Last.After(k.Last) {
			k.Last = share.Last
		}
		add(&k.Accounts, share.Account, share.Events)
		add(&k.Regions, share.Region, share.Events)
	}
	return k, nil
}

// smallStore is of how many events everything can be counted while somebody waits for a page.
const smallStore = 100_000

// isSmall reports whether the store is: else what is dear comes after the page.
func (r *request) isSmall(k *knownStore) bool { return k.Events <= r.server.small }

// maxNames is how many names of a kind are held to be suggested: the most frequent.
const maxNames = 20_000

// suggestions are the names of a kind, the most frequent first; nil where there are none.
func (r *request) suggestions(kind string) ([]query.Near, error) {
	k, err := r.known()
	if err != nil {
		return nil, err
	}
	if err := k.naming.take(r.ctx); err != nil {
		return nil, err
	}
	defer k.naming.give()
	if names, ok := k.names[kind]; ok {
		return names, nil
	}
	names, err := query.Names(r.ctx, r.store, kind, maxNames)
	if err == nil {
		k.names[kind] = names
	}
	return names, err
}

package serve

import (
	"fmt"
	"os"
	"sync"

	"trailbox/query"
)

// memos are answers that pages ask for again and again, such as what a page covers: they are
// kept as long as the store is as it was.
type memos struct {
	mu    sync.Mutex
	state string         // of the store that they are about
	kept  map[string]any // by what was asked
}

// maxMemos is how many are kept, of some kB each. Then it begins anew.
const maxMemos = 500

// state tells a store from what it is once something was loaded.
func (r *request) state() (string, error) {
	file, err := os.Stat(r.store.Path())
	if err != nil {
		return "", err
	}
	return fmt.Sprint(file.ModTime().UnixNano(), file.Size()), nil
}

// filterKey tells filters apart.
func filterKey(f query.Filter) string {
	return fmt.Sprintf("%d %d %q %q %q", f.Since.UnixNano(), f.Until.UnixNano(), f.Accounts, f.Regions, f.Words())
}

// memo is the answer to what is asked of the events that a filter lets through. The store is
// lent, so that nobody writes to it meanwhile.
func memo[T any](r *request, what string, f query.Filter, ask func() (T, error)) (T, error) {
	var none T
	state, err := r.state()
	if err != nil {
		return none, err
	}
	m, key := &r.server.memos, what+" "+filterKey(f)
	m.mu.Lock()
	if m.state != state || len(m.kept) >= maxMemos {
		m.state, m.kept = state, map[string]any{}
	}
	known, ok := m.kept[key].(T)
	m.mu.Unlock()
	if ok {
		return known, nil
	}
	answer, err := ask()
	if err != nil {
		return none, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.state == state {
		m.kept[key] = answer
	}
	return answer, nil
}

// memoOf is memo of the events of a history. Those that were found beforehand are told by what was
// looked for.
func memoOf[T any](r *request, what string, h *query.History, ask func() (T, error)) (T, error) {
	f := h.Filter
	if h.Hits != nil {
		what, f = fmt.Sprintf("%s %q", what, r.values.Get("text")), r.filter
	}
	return memo(r, fmt.Sprintf("%s %q", what, h.Traits), f, ask)
}

// cover is what the page covers.
func (r *request) cover() (query.Coverage, error) {
	where := r.filter.Where()
	return memo(r, "cover", where, func() (query.Coverage, error) { return query.Cover(r.ctx, r.store, where) })
}

// days are the events of a filter by time and place.
func (r *request) days(f query.Filter) ([]query.Day, error) {
	return memo(r, "days", f, func() ([]query.Day, error) { return query.Days(r.ctx, r.store, f) })
}

// profile is what the events of the filter have in common.
func (r *request) profile() (map[string][]query.Trait, error) {
	return memo(r, "profile", r.filter, func() (map[string][]query.Trait, error) {
		return query.Profile(r.ctx, r.store, r.filter, maxTraits)
	})
}

// knownTimes are the times of which the store knows something besides events.
func (r *request) knownTimes() ([]query.Known, error) {
	return memo(r, "known", query.Filter{}, func() ([]query.Known, error) { return query.KnownTimes(r.ctx, r.store) })
}

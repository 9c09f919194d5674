package serve

import (
	"encoding/json"
	"slices"
	"strings"

	"trailbox/query"
	"trailbox/query/page"
)

// maxSuggested is how many names are suggested at a time.
const maxSuggested = 12

// anyKind are the kinds of names that are suggested where the kind is not known yet.
func anyKind() []string {
	return []string{"event-name", "actor", "event-source", "source-ip", "access-key", "error-code", "resource"}
}

// A suggestion is a name that the store has.
type suggestion struct {
	Field  string `json:"field"`
	Value  string `json:"value"` // as a filter takes it
	Shown  string `json:"shown"`
	Events int64  `json:"events"`
}

// suggest answers what begins with what is being typed, or has it in it: as JSON, for the
// script. A field that is not known has no suggestions.
func (s *Server) suggest(r *request) (*view, error) {
	kinds := []string{r.values.Get("field")}
	if kinds[0] == "" || kinds[0] == "q" {
		kinds = anyKind()
	}
	typed := strings.ToLower(strings.TrimPrefix(strings.TrimPrefix(r.values.Get("typed"), "!"), "="))
	found := []suggestion{}
	for _, kind := range kinds {
		names, err := r.suggestions(kind)
		if err != nil {
			return nil, err
		}
		found = append(found, suggestOf(kind, names, typed)...)
	}
	if len(kinds) > 1 { // the best of each kind, in the order of kinds for what is as good
		slices.SortStableFunc(found, func(a, b suggestion) int { return rank(a.Value, typed) - rank(b.Value, typed) })
	}
	found = found[:min(len(found), maxSuggested)]
	text, err := json.Marshal(found)
	return &view{Send: &sent{Kind: "application/json", Text: text}}, err
}

// rank is how well a name fits what is typed: 0 for the name itself, 3 for not at all.
func rank(name, typed string) int {
	switch name = strings.ToLower(strings.TrimPrefix(name, "=")); {
	case name == typed:
		return 0
	case strings.HasPrefix(name, typed):
		return 1
	case strings.Contains(name, typed):
		return 2
	}
	return 3
}

// suggestOf are the names that fit best: those that begin so, then those that have it in them,
// the most frequent first.
func suggestOf(kind string, names []query.Near, typed string) []suggestion {
	var ranked [3][]suggestion
	for _, n := range names {
		if i := rank(n.Name, typed); i < 3 && len(ranked[i]) < maxSuggested {
			ranked[i] = append(ranked[i], suggestion{kind, exactly(n.Name), page.Show(n.Name), n.Events})
		}
	}
	return slices.Concat(ranked[0], ranked[1], ranked[2])
}

package main

import (
	"slices"
	"testing"

	"trailbox/query"
)

// Each report that wants a filter is left out where all are run without one, and no other.
func TestOfSomebody(t *testing.T) {
	var want []string
	for _, r := range query.Reports() {
		if r.TooWide(query.Filter{}) {
			want = append(want, r.Name)
		}
	}
	if got := ofSomebody(); !slices.Equal(got, want) {
		t.Errorf("%q, of the reports these want a filter: %q", got, want)
	}
}

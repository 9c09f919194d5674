package integrity

import (
	"regexp"
	"slices"
	"testing"
)

// The words that SQL says of log files are those that Go knows, each of them: a state
// that is not in the list would be told of nowhere.
func TestWordsOfSQL(t *testing.T) {
	word := regexp.MustCompile(`(?:THEN|ELSE|SELECT|verdict,) '([a-z ]+)'`)
	said := func(statements string) (words []string) {
		for _, m := range word.FindAllStringSubmatch(statements, -1) {
			words = append(words, m[1])
		}
		slices.Sort(words)
		return slices.Compact(words)
	}
	var states []string
	for _, s := range States() {
		states = append(states, string(s))
	}
	slices.Sort(states)
	if got := said(statesSQL + sharesSQL); !slices.Equal(got, states) {
		t.Errorf("states.sql and shares.sql say %q, States are %q", got, states)
	}
	var verdicts []string
	for _, v := range []verdict{verdictValid, verdictMoved, verdictTrailing, verdictUnread, verdictArchived, verdictAltered, verdictMissing, verdictLeftOut} {
		verdicts = append(verdicts, string(v))
	}
	slices.Sort(verdicts)
	if got := said(matchesSQL + countsSQL); !slices.Equal(got, verdicts) {
		t.Errorf("matches.sql and counts.sql say %q, verdicts are %q", got, verdicts)
	}
}

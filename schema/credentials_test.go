package schema

import (
	"slices"
	"testing"
)

// In a store of before, credentials are looked for once; what its events tell then is what
// it is of events that are loaded.
func TestCountUncounted(t *testing.T) {
	path := oldStore(t, 6, func(exec func(string, ...any)) {
		exec("INSERT INTO files (file, uri, records, new, repeated, filtered, conflicts, status, run) SELECT i, i::VARCHAR, 1, 1, 0, 0, 0, 'loaded', 1 FROM range(1, 4) AS r(i)")
		exec(`INSERT INTO events BY NAME
			SELECT '2026-03-02'::TIMESTAMP + to_minutes(i) AS eventTime, 'AssumeRole' AS eventName, 'sts.amazonaws.com' AS eventSource, false AS errored, true AS readOnly, i AS file, 0 AS position, i AS recordHash,
				struct_pack("type" := 'IAMUser', principalId := 'AIDA1', arn := 'arn:aws:iam::111122223333:user/alice', accountId := '111122223333', accessKeyId := 'AKIA1', userName := 'alice',
					sessionContext := NULL, invokedBy := NULL, invokedByDelegate := NULL, onBehalfOf := NULL, inScopeOf := NULL, credentialId := NULL, identityProvider := NULL) AS userIdentity,
				'{"credentials":{"accessKeyId":"ASIA' || i || '"}}' AS responseElements
			FROM range(1, 4) AS r(i)`)
	})
	for i := range 2 { // the second time there is nothing left to be done
		var told []int64
		store, err := CreateFor(t.Context(), path, 0, Grants{Catching: func(done, events int64) { told = append(told, done, events) }})
		if err != nil {
			t.Fatal(err)
		}
		if want := [][]int64{{0, 3, 3, 3}, nil}[i]; !slices.Equal(told, want) {
			t.Errorf("it tells %v of how far it is, not %v", told, want)
		}
		type link struct {
			Session, Parent string
			Events          int64
		}
		links, err := Collect[link](store.Query(t.Context(), "SELECT l.session, parent, p.events FROM session_links AS l JOIN sessions AS p ON p.session = l.parent ORDER BY 1"))
		if want := []link{{"ASIA1", "AKIA1", 3}, {"ASIA2", "AKIA1", 3}, {"ASIA3", "AKIA1", 3}}; err != nil || !slices.Equal(links, want) {
			t.Errorf("got %v, %v, want %v", links, err, want)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

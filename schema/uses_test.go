package schema

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// sharedEvents are events of which each reader hands out its share.
type sharedEvents struct{ events chan Event }

func (s sharedEvents) NewReader(context.Context) EventReader { return s }
func (s sharedEvents) Ledger() Ledger {
	return Ledger{Files: []LogFile{{File: 1, URI: "1", Status: Loaded}, {File: 2, URI: "2", Status: Loaded}}}
}
func (s sharedEvents) Next(ev *Event) (bool, error) {
	more := false
	*ev, more = <-s.events
	return more, nil
}

// What is counted while events go by is what SQL counts in the store, whatever they are like.
func TestUses(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	some := func(values ...string) []byte {
		if v := values[random.IntN(len(values))]; v != "-" {
			return []byte(v)
		}
		return nil
	}
	set := func(ev *Event, path string, values ...string) { ev.Leaves[leavesAt(path)[0]] = some(values...) }
	source := sharedEvents{make(chan Event, 5000)}
	for i := range cap(source.events) {
		ev := Event{File: 1 + int32(i%2), Position: int32(i), Verbatim: []byte("{}"), Shape: -1, Hash: uint64(i)}
		if random.IntN(20) > 0 {
			ev.EventTime = time.Date(2026, 3, 2, 10, random.IntN(60), 0, random.IntN(2)*1e6, time.UTC)
			ev.Leaves[ColEventTime] = []byte(ev.EventTime.Format(time.RFC3339Nano))
		}
		set(&ev, "userIdentity.type", "-", "", "IAMUser", "AssumedRole", "AssumedRole", "AWSService", "AWSAccount")
		set(&ev, "userIdentity.accessKeyId", "-", "", "AKIA1", "ASIA1", "ASIA\x002")
		set(&ev, "userIdentity.arn", "-", "arn:1", "arn:é")
		set(&ev, "userIdentity.sessionContext.attributes.creationDate", "-", "-", "2026-03-02T10:00:00Z", "20260302T100001Z")
		set(&ev, "userIdentity.sessionContext.attributes.mfaAuthenticated", "-", "true", "false")
		set(&ev, "userIdentity.invokedBy", "-", "-", "", "kms.amazonaws.com")
		set(&ev, "sourceIPAddress", "-", "192.0.2.1", "203.0.113.1")
		for _, path := range [...]string{
			"userIdentity.principalId", "userIdentity.accountId", "userIdentity.credentialId", "userIdentity.sessionContext.signInSessionArn",
			"userIdentity.sessionContext.sourceIdentity", "userIdentity.onBehalfOf.userId", "userIdentity.inScopeOf.credentialsIssuedTo",
		} {
			set(&ev, path, "-", "-", "-", "", "a", "b", "é", "\U0001f511")
		}
		set(&ev, "sessionCredentialFromConsole", "-", "-", "-", "true")
		set(&ev, "errorCode", "-", "-", "-", "AccessDenied")
		set(&ev, "errorMessage", "-", "-", "-", "no")
		set(&ev, "readOnly", "-", "true", "false")
		set(&ev, "responseElements", "-", `{"ConsoleLogin":"Failure"}`, `{"a":1e999,"b":"Failure"}`, `{"a":{"b":"Failure"}}`, `{"a":["Failure"]}`, `"Failure"`, `{"Failure":"x"}`, `{"a":"\u0046ailure","b":"\"Failure\""}`)
		source.events <- ev
	}
	close(source.events)
	store, err := Create(t.Context(), t.TempDir()+"/t.duckdb", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := store.Load(t.Context(), source); err != nil {
		t.Fatal(err)
	}
	differ := func() (counted, differing int) {
		t.Helper()
		row := store.db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM counted),
			(SELECT count(*) FROM ((FROM counted EXCEPT ALL FROM credential_uses) UNION ALL (FROM credential_uses EXCEPT ALL FROM counted)))`)
		if err := row.Scan(&counted, &differing); err != nil {
			t.Fatal(err)
		}
		return counted, differing
	}
	if _, err := store.db.ExecContext(t.Context(), "CREATE TABLE counted AS FROM credential_uses; DELETE FROM credential_uses"); err != nil {
		t.Fatal(err)
	}
	err = store.Change(t.Context(), func(c *Change) error {
		run := func(statement string, args ...Arg) error { return c.Exec(t.Context(), statement, args...) }
		return countCredentials(run, []int32{1, 2}, credentialUsesSQL)
	})
	if err != nil {
		t.Fatal(err)
	}
	if counted, differing := differ(); counted < 100 || differing > 0 {
		t.Errorf("of %d rows counted %d differ from those of SQL", counted, differing)
	}
}

// What is not sure is left to SQL: times in other forms, more rows than are counted, events that
// turn out to be repeats.
func TestUsesUnsure(t *testing.T) {
	event := func(key, created string) *Event {
		ev := new(Event)
		ev.Leaves[useRest[0]], ev.Leaves[useKeys[useAccessKeyID]] = []byte("AssumedRole"), []byte(key)
		ev.Leaves[useKeys[useCreationDate]] = []byte(created)
		return ev
	}
	for _, created := range []string{"2026-03-02T10:00:00", "2026-3-2T10:00:00Z", "2026-02-30T10:00:00Z", "2026-03-02T10:00:00.5Z", "now"} {
		var u uses
		u.count(event("ASIA1", created))
		if _, sure := u.sorted(); sure {
			t.Errorf("%s is a time", created)
		}
	}
	var many, few, all uses
	for i := range maxUses + 1 {
		many.count(event(fmt.Sprint(i), "2026-03-02T10:00:00Z"))
	}
	few.count(event("ASIA1", "2026-03-02T10:00:00Z"))
	if rows, sure := few.sorted(); !sure || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), sure)
	}
	all.merge(&few)
	all.merge(&many)
	if _, sure := all.sorted(); sure || len(many.rows) > 0 {
		t.Errorf("%d rows are kept", len(many.rows))
	}
}

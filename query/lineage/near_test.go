package lineage

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"

	"trailbox/schema"
	"trailbox/schema/storetest"
)

// oneOf is one of a few values, so that rows meet; none of them is NULL.
func oneOf(random *rand.Rand, values ...string) any {
	if v := values[random.IntN(len(values))]; v != "-" {
		return v
	}
	return nil
}

// fillCredentials makes up what is known of credentials, with all that the log can and cannot
// show: keys that were issued twice, in one second, to nobody; answers without a key; sessions
// of several ARNs.
func fillCredentials(t *testing.T, store *schema.Store, random *rand.Rand) {
	t.Helper()
	var (
		some = func(values ...string) any { return oneOf(random, values...) }
		key  = func() any {
			return some("-", "-", "", "AKIA1", "AKIA2", "ASIA1", "ASIA2", "ASIA3", "ASIA4", "ASIA5", "ASIA6")
		}
		arn = func() any {
			return some("-", "arn:aws:iam::1:user/a", "arn:aws:iam::1:user/b", "arn:aws:sts::1:assumed-role/r/s", "arn:aws:sts::2:assumed-role/r/i-0123456789abcdef0",
				"arn:aws:sts::2:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/a", "arn:aws:sts::1:assumed-role/q/s")
		}
		principal = func() any { return some("-", "AIDA1", "AIDA2", "AROA1:s", "AROA2:i-0123456789abcdef0", "AROA3:a") }
		moment    = func() any {
			return some("-", "2026-03-02 10:00:00", "2026-03-02 10:00:01", "2026-03-02 10:00:30", "2026-03-02 10:05:00")
		}
		identity = func() any { return some("-", "-", "-", "-", "-", "", "x", "y") }
		portal   = func() any { return some("-", "-", "-", "-", "portal-1", "portal-2") }
		signIn   = func() any { return some("-", "-", "-", "-", "-", "signin-1", "signin-2") }
	)
	err := store.Change(t.Context(), func(c *schema.Change) error {
		for i := range 10 + random.IntN(30) {
			if err := c.Exec(t.Context(), `INSERT INTO credential_uses BY NAME
				SELECT 1 AS file, $key AS accessKeyId, $type AS "type", $principal AS principalId, $arn AS arn, $account AS accountId, $created::TIMESTAMP AS created,
					$invoked AS invokedBy, $portal AS credentialId, $signIn AS signInSessionArn, $identity AS sourceIdentity, $address AS sourceIPAddress,
					$console AS console, '2026-03-02 10:06:00'::TIMESTAMP + to_seconds($i) AS firstUse, firstUse AS lastUse, 1 AS events, 1 AS writes, 0 AS errors`,
				schema.Arg{Name: "key", Value: key()}, schema.Arg{Name: "type", Value: some("-", "IAMUser", "Root", "AssumedRole", "AssumedRole")}, schema.Arg{Name: "principal", Value: principal()},
				schema.Arg{Name: "arn", Value: arn()}, schema.Arg{Name: "account", Value: some("-", "1", "2")}, schema.Arg{Name: "created", Value: moment()},
				schema.Arg{Name: "invoked", Value: some("-", "-", "", "kms.amazonaws.com")}, schema.Arg{Name: "portal", Value: portal()}, schema.Arg{Name: "signIn", Value: signIn()},
				schema.Arg{Name: "identity", Value: identity()}, schema.Arg{Name: "address", Value: some("192.0.2.1", "203.0.113.1")},
				schema.Arg{Name: "console", Value: random.IntN(3) == 0}, schema.Arg{Name: "i", Value: i}); err != nil {
				return err
			}
		}
		for i := range 10 + random.IntN(30) {
			if err := c.Exec(t.Context(), `INSERT INTO credential_events BY NAME
				SELECT 1 AS file, $i AS position, $time::TIMESTAMP AS eventTime, $event AS eventName, $id::UUID AS eventID, $shared::UUID AS sharedEventID, $account AS account,
					$issuerType AS issuerType, $issuerPrincipal AS issuerPrincipal, $issuerArn AS issuerArn, $issuerKey AS issuerKey, $issuerCreated::TIMESTAMP AS issuerCreated,
					$issuerSignIn AS issuerSignIn, $issuerCredential AS issuerCredential, $key AS accessKeyId, $arn AS arn, $principal AS principalId, $name AS name, $identity AS sourceIdentity`,
				schema.Arg{Name: "i", Value: i}, schema.Arg{Name: "time", Value: moment()},
				schema.Arg{Name: "event", Value: some("-", "AssumeRole", "AssumeRole", "AssumeRole", "CreateAccessKey", "ConsoleLogin", "SwitchRole", "RunInstances", "GetRoleCredentials", "DeleteAccessKey", "AssumeRoleWithSAML")},
				schema.Arg{Name: "id", Value: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)},
				schema.Arg{Name: "shared", Value: some("-", "-", "-", "10000000-0000-4000-8000-000000000001", "10000000-0000-4000-8000-000000000002")},
				schema.Arg{Name: "account", Value: some("1", "2")}, schema.Arg{Name: "issuerType", Value: some("-", "AWSAccount", "AWSAccount", "AWSService", "IAMUser")},
				schema.Arg{Name: "issuerPrincipal", Value: principal()}, schema.Arg{Name: "issuerArn", Value: arn()}, schema.Arg{Name: "issuerKey", Value: nullIfEmpty(key())},
				schema.Arg{Name: "issuerCreated", Value: moment()}, schema.Arg{Name: "issuerSignIn", Value: signIn()}, schema.Arg{Name: "issuerCredential", Value: portal()},
				schema.Arg{Name: "key", Value: nullIfEmpty(key())}, schema.Arg{Name: "arn", Value: arn()}, schema.Arg{Name: "principal", Value: principal()},
				schema.Arg{Name: "name", Value: some("-", "s", "i-0123456789abcdef0", "1/Admin", "2/Admin", "a")}, schema.Arg{Name: "identity", Value: nullIfEmpty(identity())}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func nullIfEmpty(v any) any {
	if v == "" {
		return nil
	}
	return v
}

// What is found step by step is what the views say of all sessions, whatever is asked for.
func TestNear(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 2 {
		store := storetest.Create(t, filepath.Join(t.TempDir(), "t.duckdb"), 0)
		fillCredentials(t, store, random)
		type session struct{ Session, ARN, PrincipalID, SessionName, SourceIdentity string }
		sessions, err := schema.Collect[session](store.Query(t.Context(), "SELECT session, arn, principalId, sessionName, sourceIdentity FROM sessions ORDER BY session"))
		if err != nil || len(sessions) < 5 {
			t.Fatalf("%d sessions, %v", len(sessions), err)
		}
		reached := 0
		for i := range 5 {
			s := sessions[random.IntN(len(sessions))]
			q := Question{What: s.Session, Up: random.IntN(3) > 0, Down: random.IntN(3) > 0}
			switch i {
			case 0:
				q.What = cmp.Or(s.ARN, s.Session)
			case 1:
				q.What = cmp.Or(s.SourceIdentity, s.SessionName, s.PrincipalID, s.Session)
			case 2:
				q.What = fmt.Sprintf("00000000-0000-4000-8000-%012d", random.IntN(20))
			}
			f := trace(t, store, q)
			whole, err := q.trace(t.Context(), store, 0)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(f, whole) {
				t.Errorf("round %d: %q, up %v, down %v: of %q got %v\n%v\nnot, of %q, %v\n%v", round, q.What, q.Up, q.Down,
					f.Seeds, f.ids(), f.Links, whole.Seeds, whole.ids(), whole.Links)
			}
			reached += len(f.Sessions) - len(f.Seeds)
		}
		if reached == 0 {
			t.Errorf("round %d: nothing is linked", round)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

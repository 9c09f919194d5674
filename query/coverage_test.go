package query

import (
	"testing"

	"trailbox/schema"
)

func TestCover(t *testing.T) {
	event := leaves{"recipientAccountId": "111122223333", "awsRegion": "us-east-1", "eventName": "GetUser"}
	store := storeOf(t, []leaves{
		event.with("eventTime", "2026-03-02T09:59:59Z"),
		event.with("eventTime", "2026-03-02T10:00:00Z"),
		event.with("eventTime", "2026-03-02T13:30:00Z", "awsRegion", "eu-west-1"),
		event.with("eventTime", "2026-03-02T13:40:00Z", "recipientAccountId", "444455556666"),
		event, // without a time
	})
	for _, test := range []struct {
		name  string
		scope schema.Scope
		want  Coverage
	}{
		{"all", schema.Scope{}, Coverage{
			Events: 5, First: utc("2026-03-02T09:59:59Z"), Last: utc("2026-03-02T13:40:00Z"), Accounts: 2, Regions: 2, Hours: 5, Active: 3, Timeless: 1,
		}},
		{"since", schema.Scope{Since: utc("2026-03-02T10:00:00Z")}, Coverage{
			Events: 3, First: utc("2026-03-02T10:00:00Z"), Last: utc("2026-03-02T13:40:00Z"), Accounts: 2, Regions: 2, Hours: 4, Active: 2, Timeless: 1,
		}},
		{"an account's Region", schema.Scope{Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"}}, Coverage{
			Events: 1, First: utc("2026-03-02T13:30:00Z"), Last: utc("2026-03-02T13:30:00Z"), Accounts: 1, Regions: 1, Hours: 1, Active: 1,
		}},
		{"none", schema.Scope{Until: utc("2026-03-01T00:00:00Z")}, Coverage{Timeless: 1}},
	} {
		got, err := Cover(t.Context(), store, Filter{Scope: test.scope})
		if err != nil || got != test.want {
			t.Errorf("%s: %+v, %v\nwant %+v", test.name, got, err, test.want)
		}
		if n, err := CountTimeless(t.Context(), store, Filter{Scope: test.scope}); err != nil || n != test.want.Timeless {
			t.Errorf("%s: %d without a time, %v", test.name, n, err)
		}
	}
}

func TestCoverDamaged(t *testing.T) {
	path := t.TempDir() + "/t.duckdb"
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	var files []schema.LogFile
	for i, status := range []schema.Status{schema.Loaded, schema.Partial, schema.Corrupt, schema.Skipped, schema.Failed} {
		files = append(files, schema.LogFile{File: int32(i + 1), URI: string(status), Status: status})
	}
	if err := store.Load(t.Context(), &events{ledger: schema.Ledger{Files: files}}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	got, err := Cover(t.Context(), store, Filter{})
	if want := (Coverage{Damaged: 2, Failed: 1}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// A digest says that a trail was on: where it reaches, nothing is absent. A damaged file of
// which nobody knows when and where it is from may have held any of what is not there.
func TestCoverageReach(t *testing.T) {
	const object = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20260302T130000Z.json.gz"
	store := storeWith(t, schema.Ledger{
		Files: []schema.LogFile{{File: 3, URI: "cut.json", Status: "partial"}},
		Digests: []schema.Digest{{
			File: 1, AWSAccountID: "111122223333", Bucket: "trail", Object: object, Key: schema.ParseKey(object),
			Start: utc("2026-03-02T12:00:00Z"), End: utc("2026-03-02T13:00:00Z"),
		}},
	}, []leaves{
		{"eventTime": "2026-03-02T10:00:00Z", "recipientAccountId": "111122223333", "awsRegion": "us-east-1", "file": "2"},
		{"eventTime": "2026-03-02T10:00:00Z", "recipientAccountId": "111122223333", "awsRegion": "eu-west-1", "file": "2", "position": "2"},
	})
	report := reportNamed(t, "coverage")
	f := Filter{Scope: schema.Scope{Since: utc("2026-03-02T09:00:00Z"), Until: utc("2026-03-02T14:00:00Z")}, Region: Is("us-east-1", "eu-west-1")}
	const want = `account,region,state,since,until,hours,events,files,provenHours
111122223333,eu-west-1,covered,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,1,1,1,
111122223333,eu-west-1,absent,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,1,0,1,
111122223333,eu-west-1,absent,2026-03-02T10:00:00Z,2026-03-02T14:00:00Z,4,0,1,
111122223333,us-east-1,covered,2026-03-02T10:00:00Z,2026-03-02T10:00:00Z,1,1,1,
111122223333,us-east-1,absent,2026-03-02T09:00:00Z,2026-03-02T10:00:00Z,1,0,1,
111122223333,us-east-1,absent,2026-03-02T13:00:00Z,2026-03-02T14:00:00Z,1,0,1,
111122223333,us-east-1,silence,2026-03-02T10:00:00Z,2026-03-02T13:00:00Z,3,0,1,
`
	if got := answer(t, store, report, f); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	for until, want := range map[string]Absence{
		"2026-03-02T14:00:00Z": {2, 2}, "2026-03-02T13:30:00Z": {1, 2}, "2026-03-02T10:30:00Z": {0, 2},
	} {
		f := Filter{Scope: schema.Scope{Since: utc("2026-03-02T09:30:00Z"), Until: utc(until)}, Actor: Is("nobody")}
		if got, err := report.Absent(t.Context(), store, f); err != nil || got != want {
			t.Errorf("until %s: %+v, %v, want %+v", until, got, err, want)
		}
	}
}

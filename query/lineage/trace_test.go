package lineage

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/ingest"
	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

func trace(t *testing.T, store *schema.Store, q Question) *Forest {
	t.Helper()
	f, err := Trace(t.Context(), store, q)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// linksOf are the links of a forest in one line each, without their events.
func linksOf(f *Forest) map[string]string {
	links := map[string]string{}
	for _, l := range f.Links {
		text := fmt.Sprintf("%s %s %s", l.Kind, l.Parent, l.Evidence)
		if l.Candidate {
			text = "? " + text
		}
		if links[l.Session] != "" {
			text = links[l.Session] + "; " + text
		}
		links[l.Session] = text
	}
	return links
}

// Each kind of link is found, and says what it is.
func TestLinks(t *testing.T) {
	var l log
	want := map[string]string{}
	alice := l.user("alice")
	l.call(alice, "ListBuckets")

	// Three accounts deep, five hops.
	hops := alice
	for i, account := range []string{accountA, accountB, accountC, accountC, accountB} {
		evidence := "accessKeyId"
		if account != hops.account {
			evidence = "accessKeyId, sharedEventID"
		}
		next := l.assume(hops, account, fmt.Sprintf("hop%d", i), "chain")
		want[next.key] = fmt.Sprintf("AssumeRole %s %s", hops.key, evidence)
		hops = next
		l.call(hops, "ListBuckets")
	}

	l.now++
	token := &credential{key: l.temporaryKey(), account: accountA, address: alice.address, agent: alice.agent, members: maps.Clone(alice.members)}
	token.members["accessKeyId"] = token.key
	token.members["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": l.time(), "mfaAuthenticated": "true"}}
	l.event(alice, "sts", "GetSessionToken", false, nil, l.granted(token), nil)
	want[token.key] = "GetSessionToken " + alice.key + " accessKeyId"

	l.now++
	federated := &credential{key: l.temporaryKey(), account: accountA, members: map[string]any{
		"type": "FederatedUser", "principalId": accountA + ":guest", "arn": "arn:aws:sts::" + accountA + ":federated-user/guest", "accountId": accountA,
	}}
	federated.members["accessKeyId"] = federated.key
	l.event(alice, "sts", "GetFederationToken", false, map[string]any{"name": "guest"}, l.granted(federated), nil)
	l.call(federated, "ListBuckets")
	want[federated.key] = "GetFederationToken " + alice.key + " accessKeyId"

	l.now++
	root := &credential{key: l.temporaryKey(), account: accountB, members: map[string]any{
		"type": "Root", "principalId": accountB, "arn": "arn:aws:iam::" + accountB + ":root", "accountId": accountB,
	}}
	root.members["accessKeyId"] = root.key
	l.event(alice, "sts", "AssumeRoot", false, map[string]any{"targetPrincipal": accountB}, l.granted(root), nil)
	l.call(root, "ListBuckets")
	want[root.key] = "AssumeRoot " + alice.key + " accessKeyId"

	made := l.createKey(hops, "backdoor")
	want[made.key] = "CreateAccessKey " + hops.key + " accessKeyId"

	// The answer is in the record of the role's account alone.
	l.now++
	silent := l.session(accountB, "silent", "once", l.temporaryKey())
	shared := map[string]any{"sharedEventID": "20000000-0000-4000-8000-000000000001"}
	asked := map[string]any{"roleArn": "arn:aws:iam::" + accountB + ":role/silent", "roleSessionName": "once"}
	l.event(alice, "sts", "AssumeRole", true, asked, nil, shared)
	l.event(&credential{account: accountB, members: map[string]any{"type": "AWSAccount", "principalId": "AIDAalice", "accountId": accountA}}, "sts", "AssumeRole", true, asked, l.granted(silent), shared)
	want[silent.key] = "AssumeRole " + alice.key + " accessKeyId, sharedEventID"

	// The caller's account is not in the log, but for what the caller did elsewhere.
	l.now++
	foreign := l.session(accountB, "foreign", "once", l.temporaryKey())
	l.event(&credential{account: accountB, members: map[string]any{"type": "AWSAccount", "principalId": hops.members["principalId"], "accountId": accountB}}, "sts", "AssumeRole", true, asked, l.granted(foreign), nil)
	want[foreign.key] = "AssumeRole " + hops.key + " principalId"

	// No key in the answer: by the session's ARN and the second.
	l.now++
	keyless := l.session(accountA, "keyless", "job", l.temporaryKey())
	l.event(alice, "sts", "AssumeRole", true, map[string]any{"roleArn": "arn:aws:iam::" + accountA + ":role/deep/path/keyless", "roleSessionName": "job"}, nil, nil)
	l.call(keyless, "ListBuckets")
	keylessID := keyless.members["arn"].(string) + " " + l.time()
	want[keylessID] = "AssumeRole " + alice.key + " creationDate"

	// The console, whose keys change, and a role that is switched to there.
	l.now++
	signIn := &credential{account: accountA, address: "198.51.100.9", members: maps.Clone(alice.members)}
	delete(signIn.members, "accessKeyId")
	l.event(signIn, "signin", "ConsoleLogin", false, nil, map[string]any{"ConsoleLogin": "Success"}, map[string]any{"additionalEventData": map[string]any{"MFAUsed": "Yes"}})
	console := fmt.Sprint(alice.members["arn"], " ", l.time())
	for range 2 {
		page := &credential{account: accountA, address: "198.51.100.9", members: maps.Clone(alice.members)}
		page.members["accessKeyId"] = l.temporaryKey()
		page.members["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": l.time(), "mfaAuthenticated": "true"}}
		l.event(page, "s3", "ListBuckets", true, nil, nil, map[string]any{"sessionCredentialFromConsole": "true"})
	}
	want[console] = "ConsoleLogin  creationDate"
	l.now += 30
	switched := l.session(accountB, "switched", "alice", l.temporaryKey())
	bare := maps.Clone(switched.members)
	delete(bare, "sessionContext")
	delete(bare, "accessKeyId")
	l.event(&credential{account: accountB, members: bare}, "signin", "SwitchRole", false, nil, map[string]any{"SwitchRole": "Success"},
		map[string]any{"additionalEventData": map[string]any{"SwitchFrom": alice.members["arn"]}})
	l.event(switched, "s3", "ListBuckets", true, nil, nil, map[string]any{"sessionCredentialFromConsole": "true"})
	want[fmt.Sprint(switched.members["arn"], " ", l.time())] = "SwitchRole " + console + " SwitchFrom"

	// An instance, by whoever launched it.
	l.now++
	l.event(alice, "ec2", "RunInstances", false, nil, map[string]any{"instancesSet": map[string]any{"items": []any{map[string]any{"instanceId": "i-0123456789abcdef0"}}}}, nil)
	instance := l.session(accountA, "profile", "i-0123456789abcdef0", l.temporaryKey())
	l.event(&credential{account: accountA, members: map[string]any{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}, "sts", "AssumeRole", true,
		map[string]any{"roleArn": "arn:aws:iam::" + accountA + ":role/profile", "roleSessionName": "i-0123456789abcdef0"}, l.granted(instance), nil)
	for _, address := range []string{"192.0.2.10", "203.0.113.99"} {
		instance.address = address
		l.call(instance, "ListBuckets")
	}
	want[instance.key] = "RunInstances " + alice.key + " principalId"

	// Identity Center: the portal's session, and the permission set that it took.
	l.now += 200
	portal := &credential{account: accountA, members: map[string]any{
		"type": "IdentityCenterUser", "accountId": accountA, "credentialId": "portal-session-1",
		"onBehalfOf": map[string]any{"userId": "user-1", "identityStoreArn": "arn:aws:identitystore::111122223333:identitystore/d-1"},
	}}
	l.event(portal, "sso", "GetRoleCredentials", false, nil, nil, map[string]any{"serviceEventDetails": map[string]any{"account_id": accountC, "role_name": "Admin"}})
	reserved := l.session(accountC, "AWSReservedSSO_Admin_0123456789abcdef", "alice@example.com", l.temporaryKey())
	l.event(&credential{account: accountC, members: map[string]any{"type": "SAMLUser", "principalId": "x:alice@example.com", "userName": "alice@example.com"}}, "sts", "AssumeRoleWithSAML", true,
		map[string]any{"roleArn": "arn:aws:iam::" + accountC + ":role/aws-reserved/AWSReservedSSO_Admin_0123456789abcdef", "roleSessionName": "alice@example.com"}, l.granted(reserved), nil)
	want[reserved.key] = "GetRoleCredentials portal-session-1 account, permission set and time"

	// Providers of identity, where nobody comes before.
	l.now++
	web := l.session(accountA, "ci", "GitHubActions", l.temporaryKey())
	l.event(&credential{account: accountA, members: map[string]any{"type": "WebIdentityUser", "principalId": "p", "userName": "repo:example/app"}}, "sts", "AssumeRoleWithWebIdentity", true, nil, l.granted(web), nil)
	want[web.key] = "AssumeRoleWithWebIdentity  accessKeyId"
	anywhere := l.session(accountA, "anywhere", "0a1b", l.temporaryKey())
	l.event(&credential{account: accountA, members: map[string]any{"type": "Unknown", "accountId": accountA}}, "rolesanywhere", "CreateSession", false, nil,
		map[string]any{"credentialSet": []any{l.granted(anywhere)}, "subjectArn": "arn:aws:rolesanywhere:us-east-1:" + accountA + ":subject/1"}, nil)
	want[anywhere.key] = "CreateSession  accessKeyId"

	// A service that was called with a long-term key, and one identity through two sessions.
	l.now++
	forward := &credential{account: accountA, address: "kms.amazonaws.com", members: maps.Clone(alice.members)}
	forward.members["accessKeyId"], forward.members["invokedBy"] = l.temporaryKey(), "kms.amazonaws.com"
	forward.members["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": l.time(), "mfaAuthenticated": "false"}}
	l.call(forward, "ListBuckets")
	want[fmt.Sprint(alice.members["arn"], " by kms.amazonaws.com")] = "invokedBy " + alice.key + " ARN"

	l.now++
	var named []*credential
	for _, role := range []string{"from", "to"} {
		l.now++
		c := l.session(accountC, role, "s", l.temporaryKey())
		c.agent = "carol's"
		c.members["sessionContext"].(map[string]any)["sourceIdentity"] = "carol"
		l.call(c, "ListBuckets")
		named = append(named, c)
	}
	ids := []string{}
	for _, c := range named {
		ids = append(ids, fmt.Sprint(c.members["arn"], " ", c.members["sessionContext"].(map[string]any)["attributes"].(map[string]any)["creationDate"]))
	}
	want[ids[1]] = "sourceIdentity " + ids[0] + " sourceIdentity"

	store := recordtest.Load(t, l.records...)
	all := trace(t, store, Question{Up: true, Down: true})
	got := linksOf(all)
	for id, link := range want {
		if got[id] != link {
			t.Errorf("%s comes from %q, not %q", id, got[id], link)
		}
	}
	for id, link := range got {
		if want[id] == "" {
			t.Errorf("%s comes from %q", id, link)
		}
	}
	if marks := all.Sessions[instance.key].Marks; len(marks) != 1 || !strings.Contains(marks[0], "192.0.2.10 and 203.0.113.99") {
		t.Errorf("the instance's credential is marked %q", marks)
	}

	// What is asked for, by each of its names, and what comes from it.
	for _, test := range []struct {
		what  string
		seeds []string
	}{
		{alice.key, []string{alice.key}},
		{made.key, []string{made.key}}, // never used
		{"arn:aws:iam::" + accountA + ":role/path/hop0", []string{sessionWith(all, ":assumed-role/hop0/")}},
		{"hop1", []string{sessionWith(all, ":assumed-role/hop1/")}},
		{"i-0123456789abcdef0", []string{instance.key}},
		{"203.0.113.99", []string{instance.key}},
		{"backdoor", []string{made.key}},
		{"carol", ids},
		{eventOf(t, store, "RunInstances"), []string{alice.key, instance.key}},
		{"nobody", nil},
	} {
		f := trace(t, store, Question{What: test.what})
		slices.Sort(test.seeds)
		if seeds := slices.Sorted(slices.Values(f.Seeds)); !slices.Equal(seeds, test.seeds) || len(f.Sessions) != len(test.seeds) {
			t.Errorf("%s is %q, not %q", test.what, seeds, test.seeds)
		}
	}
	if f := trace(t, store, Question{What: made.key, Up: true}); len(f.Sessions) != 7 || f.Sessions[alice.key] == nil || len(f.Roots()) != 1 {
		t.Errorf("the way up has %d sessions, %v", len(f.Sessions), slices.Sorted(maps.Keys(f.Sessions)))
	}
	if f := trace(t, store, Question{What: made.key, Up: true, Depth: 2}); len(f.Sessions) != 3 || !f.Cut {
		t.Errorf("two hops up are %d sessions", len(f.Sessions)-1)
	}
	if f := trace(t, store, Question{What: alice.key, Down: true, Depth: 1}); f.Sessions[hops.key] != nil || f.Sessions[token.key] == nil {
		t.Errorf("one hop down is %v", slices.Sorted(maps.Keys(f.Sessions)))
	}
	var filter query.Filter
	filter.SourceIP = query.Is("203.0.113.99")
	if f := trace(t, store, Question{Filter: filter, Up: true}); !slices.Equal(f.Seeds, []string{instance.key}) || len(f.Sessions) != 2 {
		t.Errorf("with a filter, %v", slices.Sorted(maps.Keys(f.Sessions)))
	}
}

func sessionWith(f *Forest, arn string) string {
	for id, s := range f.Sessions {
		if strings.Contains(s.ARN, arn) {
			return id
		}
	}
	return ""
}

func eventOf(t *testing.T, store *schema.Store, name string) string {
	t.Helper()
	id, err := schema.One[string](store.Query(t.Context(), "SELECT eventID FROM events WHERE eventName = $name", schema.Arg{Name: "name", Value: name}))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// oracle reads from records who issued which key, by their text alone.
func oracle(t *testing.T, records []string) map[string]string {
	t.Helper()
	parents := map[string]string{}
	for _, text := range records {
		var r struct {
			UserIdentity struct {
				Type        string
				AccessKeyID string
			}
			ResponseElements *struct {
				Credentials struct{ AccessKeyID string }
				AccessKey   struct{ AccessKeyID string }
			}
		}
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		if r.ResponseElements == nil || r.UserIdentity.Type == "AWSAccount" {
			continue
		}
		if key := r.ResponseElements.Credentials.AccessKeyID + r.ResponseElements.AccessKey.AccessKeyID; key != "" {
			parents[key] = r.UserIdentity.AccessKeyID
		}
	}
	return parents
}

// In whatever order log files are loaded, together or one by one, and however often, the tree
// is the one that their records tell.
func TestOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var l log
	live := []*credential{l.user("alice"), l.user("bob")}
	accounts := []string{accountA, accountB, accountC}
	for range 60 {
		if random.IntN(4) == 0 {
			l.now++ // most of it within one second
		}
		by := live[random.IntN(len(live))]
		switch random.IntN(6) {
		case 0:
			live = append(live, l.createKey(by, "made"))
		case 1, 2:
			l.call(by, "ListBuckets")
		default:
			live = append(live, l.assume(by, accounts[random.IntN(3)], fmt.Sprintf("role%d", random.IntN(3)), fmt.Sprintf("name%d", random.IntN(2))))
		}
	}
	for _, c := range live {
		l.call(c, "ListBuckets")
	}
	want := oracle(t, l.records)
	for round := range 3 {
		records := slices.Clone(l.records)
		random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		records = append(records, records[:20]...) // delivered again
		folder, path := t.TempDir(), filepath.Join(t.TempDir(), "t.duckdb")
		store := storetest.Create(t, path, 0)
		for i := 0; len(records) > 0; i++ {
			n := min(1+random.IntN(40), len(records))
			part := filepath.Join(folder, fmt.Sprint(i))
			if err := os.MkdirAll(part, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(part, "log.json"), []byte(`{"Records":[`+strings.Join(records[:n], ",")+`]}`), 0o600); err != nil {
				t.Fatal(err)
			}
			records = records[n:]
			load(t, store, part)
		}
		load(t, store, folder) // all of it once more
		f := trace(t, store, Question{Up: true, Down: true})
		got, events := map[string]string{}, int64(0)
		for _, link := range f.Links {
			if !link.Candidate {
				got[link.Session] = link.Parent
			}
		}
		for _, s := range f.Sessions {
			events += s.Events
		}
		if !maps.Equal(got, want) {
			t.Errorf("round %d: got\n%v, want\n%v", round, got, want)
		}
		n, err := schema.One[int64](store.Query(t.Context(), "SELECT count(*) FROM events WHERE userIdentity.accessKeyId IS NOT NULL"))
		if err != nil || n != events {
			t.Errorf("round %d: %d events of sessions are counted as %d, %v", round, n, events, err)
		}
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func load(t *testing.T, store *schema.Store, path string) {
	t.Helper()
	dirs, err := ingest.OpenPath(path)
	if err != nil {
		t.Fatal(err)
	}
	var sources []ingest.Source
	for _, dir := range dirs {
		sources = append(sources, dir)
	}
	if _, err := ingest.Run(t.Context(), store, sources, ingest.Options{Concurrency: 2, MaxFileBytes: ingest.DefaultMaxFileBytes}); err != nil {
		t.Fatal(err)
	}
}

// Circles end, thousands of sessions are summed up, and names stay text in each form.
func TestForms(t *testing.T) {
	var l log
	a, b := l.user("a"), l.user("b")
	answer := func(key string) map[string]any {
		return map[string]any{"accessKey": map[string]any{"accessKeyId": key, "userName": "x", "status": "Active"}}
	}
	l.event(a, "iam", "CreateAccessKey", false, nil, answer(b.key), nil)
	l.event(b, "iam", "CreateAccessKey", false, nil, answer(a.key), nil)
	l.event(a, "iam", "CreateAccessKey", false, nil, answer(a.key), nil) // of itself
	const hostile = "x\"] --> y\n\x1b[31m<script>|`{}\\; style \u202e=1+1"
	var last *credential
	for i := range 50 {
		last = l.assume(a, accountA, "role", fmt.Sprintf("%s%d", hostile, i))
	}
	store := recordtest.Load(t, l.records...)
	f := trace(t, store, Question{What: b.key, Up: true, Down: true})
	if len(f.Sessions) != 52 || len(f.Roots()) != 1 {
		t.Fatalf("%d sessions, roots %v", len(f.Sessions), f.Roots())
	}
	var tree, dot, mermaid, rows strings.Builder
	for _, err := range []error{f.WriteTrees(&tree, Layout{Width: 80}), f.WriteDOT(&dot), f.WriteMermaid(&mermaid)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := query.Write(&rows, f.Rows(), query.FormatCSV, query.Screen{}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"tree": tree.String(), "dot": dot.String(), "mermaid": mermaid.String()} {
		if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, "] --> y\n") {
			t.Errorf("%s obeys a name:\n%s", name, text)
		}
	}
	if text := tree.String(); !strings.Contains(text, "30 more") && !strings.Contains(text, "31 more") {
		t.Errorf("nothing is summed up in\n%s", text)
	}
	if strings.Count(tree.String(), "a circle") != 1 {
		t.Errorf("the circle is not told in\n%s", tree.String())
	}
	for line := range strings.Lines(mermaid.String()) {
		if strings.ContainsAny(line, "<`{}\\;") && strings.Contains(strings.ReplaceAll(line, "<br>", ""), "<") {
			t.Errorf("mermaid reads %s", line)
		}
	}
	for line := range strings.Lines(dot.String()) {
		if quotes := strings.Count(line, `"`) - strings.Count(line, `\"`); quotes%2 != 0 {
			t.Errorf("a quote is open in %s", line)
		}
	}
	table, err := csv.NewReader(strings.NewReader(rows.String())).ReadAll()
	if err != nil || len(table) != 1+52 {
		t.Errorf("%d rows, %v", len(table), err)
	}
	if f := trace(t, store, Question{What: last.key, Up: true}); f.Sessions[last.key] == nil || !strings.Contains(f.Sessions[last.key].ARN, hostile) {
		t.Error("the hostile name is not as it was given")
	}
}

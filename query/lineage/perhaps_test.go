package lineage

import (
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"trailbox/query"
	"trailbox/query/record/recordtest"
)

// Who may be behind a session is somebody with the same address and agent just before; it is
// marked as such in each form, and nothing follows it.
func TestCandidates(t *testing.T) {
	var l log
	want := map[string]string{} // by session, in their order
	n := 0
	// scene gives each test an address and a time of its own.
	scene := func() (agent string) {
		n++
		l.now = n * 3600
		return fmt.Sprintf("tool/%d", n)
	}
	at := func(c *credential, agent string) *credential {
		c.address, c.agent = fmt.Sprintf("198.51.100.%d", n), agent
		return c
	}
	// orphan is the session of a role of which no event tells who took it.
	orphan := func(name, agent string, after int) *credential {
		l.now += after
		c := at(l.session(accountB, name, "s", l.temporaryKey()), agent)
		l.call(c, "ListBuckets")
		return c
	}
	id := func(c *credential) string {
		attributes, ok := c.members["sessionContext"].(map[string]any)
		if !ok {
			return c.key
		}
		return fmt.Sprint(c.members["arn"], " ", attributes["attributes"].(map[string]any)["creationDate"])
	}

	agent := scene()
	alice := at(l.user("alice"), agent)
	near := l.event(alice, "s3", "GetObject", true, nil, nil, nil)
	same := orphan("same", agent, 120)
	used := fmt.Sprintf("00000000-0000-4000-8000-%012d", l.made)
	want[id(same)] = "sameClient " + alice.key + " 2m0s"

	for _, other := range []struct {
		name  string
		after int
		agent string
	}{{"agent", 10, "other/1"}, {"late", 601, ""}, {"before", -10, ""}} {
		agent = scene()
		l.call(at(l.user("u"), agent), "ListBuckets")
		if other.agent != "" {
			agent = other.agent
		}
		want[id(orphan(other.name, agent, other.after))] = ""
	}
	agent = scene()
	l.call(at(l.user("u"), agent), "ListBuckets")
	n++ // another address
	want[id(orphan("address", agent, 10))] = ""

	// What AWS sends.
	for i, agent := range []string{"AWS Internal", "cloudformation.amazonaws.com", "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12]", ""} {
		scene()
		l.call(at(l.user("u"), agent), "ListBuckets")
		want[id(orphan(fmt.Sprint("aws", i), agent, 10))] = ""
	}
	agent = scene()
	service := at(l.user("u"), agent)
	service.address = "ec2.amazonaws.com"
	l.call(service, "ListBuckets")
	l.now += 10
	called := at(l.session(accountB, "called", "s", l.temporaryKey()), agent)
	called.address = "ec2.amazonaws.com"
	l.call(called, "ListBuckets")
	want[id(called)] = ""
	agent = scene()
	forwarded := at(l.user("u"), agent)
	forwarded.members["invokedBy"] = "athena.amazonaws.com"
	l.call(forwarded, "ListBuckets")
	want[id(orphan("forwarded", agent, 10))] = ""

	// The name of the call is no difference, nor are the brackets that S3 adds.
	scene()
	cli := at(l.user("cli"), "aws-cli/2.15.30 md/awscrt#0.20 os/linux md/command#s3.ls")
	l.call(cli, "ListBuckets")
	want[id(orphan("cli", "[aws-cli/2.15.30 md/awscrt#0.20 os/linux md/command#iam.list-users]", 10))] = "sameClient " + cli.key + " 10s"

	// Behind a NAT gateway, the nearest first.
	agent = scene()
	var crowd []string
	for i := range 5 {
		c := at(l.user(fmt.Sprint("crowd", i)), agent)
		l.call(c, "ListBuckets")
		l.now += 10
		crowd = append(crowd, c.key)
	}
	nat := orphan("nat", agent, 0)
	want[id(nat)] = fmt.Sprintf("sameClient %s 10s; sameClient %s 20s; sameClient %s 30s", crowd[4], crowd[3], crowd[2])

	// A call that issued it, as far as is told, comes before one that is nearer.
	agent = scene()
	issuer, bystander := at(l.user("issuer"), agent), at(l.user("bystander"), agent)
	l.event(issuer, "sts", "AssumeRole", true, nil, nil, nil)
	l.now += 20
	l.call(bystander, "ListBuckets")
	want[id(orphan("asked", agent, 5))] = fmt.Sprintf("AssumeRole %s 25s; sameClient %s 5s", issuer.key, bystander.key)

	// One that issued something else, and a sign-in, are calls like others.
	agent = scene()
	taker := at(l.user("taker"), agent)
	taken := l.assume(taker, accountA, "taken", "x")
	l.now += 20
	signIn := at(l.user("carol"), agent)
	signIn.key = ""
	delete(signIn.members, "accessKeyId")
	l.event(signIn, "signin", "ConsoleLogin", false, nil, map[string]any{"ConsoleLogin": "Success"}, nil)
	want[id(orphan("other", agent, 5))] = fmt.Sprintf("sameClient  5s; sameClient %s 25s", taker.key)
	want[taken.key] = "AssumeRole " + taker.key + " accessKeyId" // and nothing more

	// What was issued from it is not where it comes from, though it was first at another place.
	scene()
	agent = "moving"
	moving := at(l.user("moving"), agent)
	l.call(moving, "ListBuckets")
	child := l.assume(moving, accountA, "child", "x")
	n++
	l.now += 5
	l.call(at(child, agent), "ListBuckets")
	l.now += 5
	l.call(at(moving, agent), "ListBuckets")
	want[moving.key] = ""

	// Of the console, by the session rather than by one of its keys.
	agent = scene()
	page := at(l.user("page"), agent)
	page.members["accessKeyId"] = l.temporaryKey()
	page.members["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": l.time(), "mfaAuthenticated": "true"}}
	for range 2 {
		l.now++
		l.call(page, "ListBuckets")
		page.members = maps.Clone(page.members)
		page.members["accessKeyId"] = l.temporaryKey()
	}
	want[id(page)] = ""
	want[id(orphan("switched", agent, 3))] = "sameClient " + id(page) + " 3s"

	store := recordtest.Load(t, l.records...)
	f := trace(t, store, Question{Up: true, Down: true})
	for session, text := range want {
		var got []string
		for _, link := range f.Parents()[session] {
			line := fmt.Sprintf("%s %s %s", link.Kind, link.Parent, link.Evidence)
			if rest, ok := strings.CutPrefix(link.Evidence, "address and agent, "); ok {
				when, _, _ := strings.Cut(rest, " ")
				line = fmt.Sprintf("%s %s %s", link.Kind, link.Parent, when)
				if !link.Candidate {
					t.Errorf("%s is sure", line)
				}
			}
			got = append(got, line)
		}
		if f.Sessions[session] == nil || strings.Join(got, "; ") != text {
			t.Errorf("%s comes from %q, not %q", session, strings.Join(got, "; "), text)
		}
	}
	if l := f.Parents()[id(same)][0]; l.EventID != near || l.Evidence != "address and agent, 2m0s before "+used {
		t.Errorf("the evidence is %+v, not %s and %s", l, near, used)
	}
	if children := f.Children(); children[alice.key] != nil || children[id(page)] != nil {
		t.Errorf("a candidate is followed: %v", children)
	}
	if f := trace(t, store, Question{What: id(same), Up: true}); len(f.Sessions) != 1 || len(f.Links) != 1 {
		t.Errorf("the way up has %d sessions", len(f.Sessions))
	}

	// In each form.
	f = trace(t, store, Question{What: id(nat), Up: true})
	var tree, dot, mermaid, rows strings.Builder
	for _, err := range []error{f.WriteTrees(&tree, Layout{}), f.WriteDOT(&dot), f.WriteMermaid(&mermaid)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := query.Write(&rows, f.Rows(), query.FormatCSV, query.Screen{}); err != nil {
		t.Fatal(err)
	}
	for form, of := range map[string]struct{ text, mark string }{
		"tree": {tree.String(), "? perhaps sameClient by"}, "dot": {dot.String(), "style=dashed"}, "mermaid": {mermaid.String(), "-.->"}, "csv": {rows.String(), ",sameClient,\"address and agent, "},
	} {
		if strings.Count(of.text, of.mark) != 3 || !strings.Contains(of.text, crowd[4]) || strings.Contains(of.text, crowd[1]) {
			t.Errorf("%s does not mark three candidates with %q:\n%s", form, of.mark, of.text)
		}
		if form != "csv" && !strings.Contains(of.text, "and 2 more") {
			t.Errorf("%s does not say how many more:\n%s", form, of.text)
		}
	}
	table, err := csv.NewReader(strings.NewReader(rows.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at5 := slices.Index(table[0], "candidates")
	if candidate := slices.Index(table[0], "candidate"); len(table) != 4 || table[1][at5] != "5" || table[3][candidate] != "true" {
		t.Errorf("rows are %q", table)
	}
}

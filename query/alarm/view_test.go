package alarm

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
	"trailbox/schema"
)

// tagged are rules of some tags.
func tagged() string {
	rule := func(title, name, level, tags string) string {
		return fmt.Sprintf("---\ntitle: %s\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {eventName: %s}\n  condition: a\nlevel: %s\ntags: [%s]\n", title, name, level, tags)
	}
	return rule("Deleted", "DeleteBucket", "high", "attack.impact, attack.t1485") +
		rule("Key", "CreateAccessKey", "medium", "attack.persistence, attack.privilege_escalation, attack.T1098.001, cve.2020-1") +
		rule("Role", "CreateRole", "medium", "attack.persistence, attack.t1098.001, attack.t1136") +
		rule("Listed", "ListBuckets", "low", "attack.discovery") +
		rule("Unknown", "GetObject", "low", "")
}

func callBy(user string, n int, at, name string) string {
	return event(at, name, "eventID", id(n), "userIdentity", `{"type":"IAMUser","userName":"`+user+`"}`)
}

// csvOf is a result as CSV, without its head.
func csvOf(t *testing.T, r query.Result, columns ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if _, err := query.Write(&out, r, query.FormatCSV, query.Screen{Columns: columns}); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")[1:]
}

func taggedStore(t *testing.T) *schema.Store {
	return recordtest.Load(t,
		callBy("intruder", 1, "2026-03-02T10:00:00Z", "CreateAccessKey"), callBy("admin", 2, "2026-03-02T10:01:00Z", "CreateAccessKey"),
		callBy("intruder", 3, "2026-03-02T10:02:00Z", "CreateRole"),
		callBy("intruder", 4, "2026-03-02T11:00:00Z", "DeleteBucket"), callBy("intruder", 5, "2026-03-03T12:00:00Z", "DeleteBucket"),
		callBy("a", 6, "2026-03-02T09:00:00Z", "ListBuckets"), callBy("b", 7, "2026-03-02T09:01:00Z", "ListBuckets"),
		callBy("c", 8, "2026-03-02T09:02:00Z", "ListBuckets"), callBy("d", 9, "2026-03-02T09:03:00Z", "ListBuckets"), callBy("e", 10, "2026-03-02T09:04:00Z", "ListBuckets"),
		callBy("admin", 11, "2026-03-02T12:00:00Z", "PutObject"),
	)
}

func TestViews(t *testing.T) {
	store := taggedStore(t)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 1)
	set.AddSigma(sigma.Parse("rules.yml", tagged()))
	r, err := NewReplay(t.Context(), store, set, Options{Events: 1, Actors: true})
	if err != nil {
		t.Fatal(err)
	}
	check := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	}
	check(csvOf(t, r.ByTechnique()),
		`"persistence, privilege-escalation",t1098.001,2,3,2026-03-02T10:00:00Z,2026-03-02T10:02:00Z,2,"admin, intruder"`,
		`persistence,t1136,1,1,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,1,intruder`,
		`discovery,,1,5,2026-03-02T09:00:00Z,2026-03-02T09:04:00Z,5,"a, b, c, 2 more"`,
		`impact,t1485,1,2,2026-03-02T11:00:00Z,2026-03-03T12:00:00Z,1,intruder`,
		`,,1,2,2026-03-02T11:01:00Z,2026-03-03T12:01:00Z,1,intruder`)
	check(csvOf(t, r.ByRule(), "level", "kind", "rule", "matches", "matched", "firstTime", "lastTime", "places", "actors", "who"),
		`high,Sigma,Deleted,2,2,2026-03-02T11:00:00Z,2026-03-03T12:00:00Z,1,1,intruder`,
		`medium,Sigma,Key,2,2,2026-03-02T10:00:00Z,2026-03-02T10:01:00Z,1,2,"admin, intruder"`,
		`medium,Sigma,Role,1,1,2026-03-02T10:02:00Z,2026-03-02T10:02:00Z,1,1,intruder`,
		`low,Sigma,Listed,5,5,2026-03-02T09:00:00Z,2026-03-02T09:04:00Z,1,5,"a, b, c, 2 more"`,
		`,alarm,"{ $.eventName = ""DeleteBucket"" }",2,2,2026-03-02T11:01:00Z,2026-03-03T12:01:00Z,1,1,intruder`)
	check(csvOf(t, set.Coverage()),
		`reconnaissance,,0,`, `resource-development,,0,`, `initial-access,,0,`, `execution,,0,`,
		`persistence,,2,`, `persistence,t1098.001,2,"Key, Role"`, `persistence,t1136,1,Role`,
		`privilege-escalation,,1,`, `privilege-escalation,t1098.001,1,Key`,
		`defense-evasion,,0,`, `credential-access,,0,`, `discovery,,1,`, `lateral-movement,,0,`, `collection,,0,`, `command-and-control,,0,`, `exfiltration,,0,`,
		`impact,,1,`, `impact,t1485,1,Deleted`,
		`,,2,"{ $.eventName = ""DeleteBucket"" }, Unknown"`)
	if got := len(set.Unseen()); got != 10 {
		t.Errorf("%d tactics unseen: %q", got, set.Unseen())
	}
}

// Rules are compared with labelled events: those of Key and Role are told by hand.
func TestScore(t *testing.T) {
	store := taggedStore(t)
	set := watching(t, `{ $.eventName = "DeleteBucket" }`, time.Minute, 1)
	set.AddSigma(sigma.Parse("rules.yml", tagged()))
	found, err := Find(t.Context(), store, set, Options{})
	if err != nil {
		t.Fatal(err)
	}
	truth, err := ParseTruth([]byte("label,eventID\nt1098," + id(1) + "\nbenign," + id(2) + "\n," + id(3) + "\nt1485," + id(4) + "\nt1537," + id(11) + "\nt1537," + id(99) + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	score, err := found.Score(t.Context(), truth)
	if err != nil {
		t.Fatal(err)
	}
	if score.Labelled != 4 || score.Absent != 1 {
		t.Errorf("%d labelled, %d absent", score.Labelled, score.Absent)
	}
	want := []string{
		`all,,10,3,7,0.3,0.75,,`,
		`missed,,,,,,,t1537,` + id(11),
		`alarm,"{ $.eventName = ""DeleteBucket"" }",2,1,1,0.5,0.25,,`,
		`Sigma,Deleted,2,1,1,0.5,0.25,,`, `Sigma,Key,2,1,1,0.5,0.25,,`, `Sigma,Role,1,1,0,1,0.25,,`, `Sigma,Listed,5,0,5,0,0,,`,
	}
	if got := csvOf(t, score.Table(), "kind", "rule", "found", "right", "wrong", "precision", "recall", "label", "eventID"); !slices.Equal(got, want) {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

func TestParseTruth(t *testing.T) {
	a, b := id(1), "ABCDEF00-0000-4000-8000-000000000002"
	for _, text := range []string{
		a + ",x\n" + b + ",y\n", "\ufeffeventid,Label\n" + a + ",x\n# more\n" + b + ", y\n", "time,event_id,label\n1," + a + ",x\n2," + b + ",y",
		`[{"eventID":"` + a + `","label":"x"},{"label":"y","eventID":"` + b + `"}]`, `{"eventID":"` + a + `","label":"x"}` + "\n" + `{"eventID":"` + b + `","label":"y"}`,
	} {
		truth, err := ParseTruth([]byte(text))
		if err != nil || len(truth) != 2 || truth[a] != "x" || truth[strings.ToLower(b)] != "y" {
			t.Errorf("%s: %v, %v", text, truth, err)
		}
	}
	for _, text := range []string{a + "\n" + b, `["` + a + `","` + b + `"]`, "eventID\n" + a + "\n" + b} {
		if truth, err := ParseTruth([]byte(text)); err != nil || len(truth) != 2 || truth[a] != "" {
			t.Errorf("%s: %v, %v", text, truth, err)
		}
	}
	for text, want := range map[string]string{
		"":                             "no eventIDs",
		"eventID,label\n":              "no eventIDs",
		a + "\nnothing\n":              `line 2: "nothing" is no eventID`,
		a + ",x\n" + a + ",y\n":        `as "x" and as "y"`,
		"label,eventID\nx\n":           "line 2: it has no eventID",
		`[1]`:                          "neither an eventID",
		`[`:                            "not JSON",
		`{"label":"x"}`:                `"" is no eventID`,
		`{"eventID":"` + a[:30] + `"}`: "is no eventID",
	} {
		if _, err := ParseTruth([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/evidence"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

func TestMain(m *testing.M) {
	storetest.OneCore()
	os.Exit(m.Run())
}

// What is wrong with a pack is told with its line.
func TestParse(t *testing.T) {
	const control = "controls:\n  - id: '1'\n    title: t\n    question: q\n    asks: a\n"
	const head = "pack: p\nstandard: S v1\n"
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "own.yaml:1: has nothing in it"},
		{"no pack", "- 1\n", "own.yaml:1: here stands a pack, which is a mapping of about, controls, pack, standard"},
		{"unknown member", head + "compliant: true\n" + control + "    not-shown: n\n", `own.yaml:3: unknown member "compliant" of a pack: it has about, controls, pack, standard`},
		{"without a standard", "pack: p\n" + control + "    not-shown: n\n", "own.yaml:1: a pack without standard"},
		{"neither", head + control, "own.yaml:4: control 1 has neither a population nor not-shown"},
		{"the same id twice", head + control + "    not-shown: n\n  - {id: '1', title: t, question: q, asks: a, not-shown: n}\n", "own.yaml:9: control 1 is there twice: the first is in line 4"},
		{"unknown report", head + control + "    populations:\n      - {name: x, title: t, report: nobody}\n", `own.yaml:9: population x: no report "nobody"`},
		{"unknown filter", head + control + "    populations:\n      - {name: x, title: t, report: who, filters: {actr: a}}\n", `own.yaml:9: unknown filter "actr", or no value of it: "a"`},
		{"a file", head + control + "    populations:\n      - {name: x, title: t, report: who, filters: {actor: '@/etc/passwd'}}\n", "own.yaml:9: a pack reads no file for --actor"},
		{"two sources", head + control + "    populations:\n      - {name: x, title: t, report: who, statement: days}\n", "own.yaml:9: population x is made from one of report, statement and events"},
		{"all events", head + control + "    populations:\n      - {name: x, title: t, events: {}}\n", "own.yaml:9: events without calls, names, sources or where are all of them"},
		{"a report that knows more", head + control + "    populations:\n      - {name: x, title: t, events: {calls: iam-changes}}\n", `own.yaml:9: there are no calls of "iam-changes": there are those of`},
		{"the name of a file", head + control + "    populations:\n      - {name: ../x, title: t, report: who}\n", `own.yaml:9: the name "../x" of a population has other characters than a-z, 0-9 and -, or too many of them`},
		{"unknown reference", head + control + "    populations: [x]\n", `own.yaml:8: control 1: no population "x" in this pack`},
		{"unknown input", head + control + "    populations:\n      - {name: x, title: t, report: who, needs: luck}\n", `own.yaml:9: "luck" is none of`},
		{"no YAML", head + "controls: [\n", "own.yaml: line"},
		{"a bomb", "a: &a [x, x]\nb: &b [*a, *a]\npack: *b\n", "own.yaml:1: unknown member"},
	} {
		_, err := Parse("own.yaml", []byte(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// And with the files that go with it.
func TestInputs(t *testing.T) {
	scope := func(path string, text []byte) error { _, err := ParseScope(path, text); return err }
	admins := func(path string, text []byte) error { _, err := ParseAdmins(path, text); return err }
	approved := func(path string, text []byte) error { _, err := ParseApproved(path, text); return err }
	credentials := func(path string, text []byte) error { _, err := ParseCredentials(path, text); return err }
	for _, test := range []struct {
		parse      func(string, []byte) error
		text, want string
	}{
		{scope, "accounts: [111122223333, 022233334444]\nregions: [eu-west-1]\n", ""},
		{scope, "accounts: [1111]\n", `f:1: "1111" is not an account: it has 12 digits`},
		{scope, "accounts: ['111122223333']\nregions:\n  - eu-west-x\n", `f:3: "eu-west-x" is not a Region`},
		{scope, "regions: [eu-west-1]\n", "f:1: regions without accounts"},
		{scope, "buckets: [a, a]\n", "f:1: a is there twice"},
		{scope, "bucket: [a]\n", `f:1: unknown member "bucket"`},
		{admins, "admins: [ops]\n", ""},
		{admins, "admins: []\n", "f:1: names nobody"},
		{admins, "admins: ['@/etc/passwd']\n", `"@/etc/passwd" is not a name`},
		{approved, "ticket,eventID\nT-1,11111111-2222-3333-4444-555555555555\n", ""},
		{approved, "ticket,resource,from,until\nT-1,bot,2026-03-02,2026-03-03\n", ""},
		{approved, "ticket,eventID\nT-1,\n", "f:2: ticket T-1: neither an eventID nor a resource"},
		{approved, "ticket,eventID\nT-1,x\n", `f:2: ticket T-1: "x" is not an eventID`},
		{approved, "ticket,resource,from,until\n\"T\n1\",a,2026-03-02,2026-03-03\nT-2,bot,2026-03-03,2026-03-02\n", "f:4: ticket T-2: a resource needs a time"},
		{approved, "ticket,resource,from,until\nT-2,bot,yesterday,2026-03-02\n", `f:2: from "yesterday" is not a time`},
		{approved, "ticket,who\nT-1,x\n", `f:1: unknown column "who"`},
		{approved, "", "f:1: no CSV: it is empty"},
		{approved, "ticket,eventID\nT-1\n", "f:2: wrong number of fields"},
		{credentials, "user,arn\n", `f:1: no column "access_key_1_active"`},
		{credentials, credentialReport, ""},
	} {
		err := test.parse("f", []byte(test.text))
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

const credentialReport = `user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,cert_1_active
<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,false
ops,arn:aws:iam::111122223333:user/ops,2024-01-01T00:00:00+00:00,true,2025-12-30T00:00:00+00:00,2024-01-01T00:00:00+00:00,N/A,false,true,2024-01-01T00:00:00+00:00,2025-12-31T00:00:00+00:00,eu-west-1,iam,false,N/A,N/A,false
gone,arn:aws:iam::111122223333:user/gone,2024-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,true,2024-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,false
`

// An act is a record that tests make up.
type act struct {
	at                                     time.Time
	account, region, service, name, caller string
	readOnly                               bool
	errorCode, resource                    string
}

func (a *act) id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (a *act) json(n int) string {
	identity := map[string]any{"type": "IAMUser", "userName": a.caller, "arn": "arn:aws:iam::" + a.account + ":user/" + a.caller, "accountId": a.account}
	switch a.caller {
	case "root":
		identity = map[string]any{"type": "Root", "arn": "arn:aws:iam::" + a.account + ":root", "accountId": a.account, "principalId": a.account}
	case "":
		identity = map[string]any{"type": "IAMUser", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}
	}
	record := map[string]any{
		"eventVersion": "1.09", "eventID": a.id(n), "eventTime": a.at.Format(time.RFC3339), "eventSource": a.service + ".amazonaws.com", "eventName": a.name,
		"awsRegion": a.region, "recipientAccountId": a.account, "userIdentity": identity, "readOnly": a.readOnly, "eventType": "AwsApiCall",
		"managementEvent": true, "eventCategory": "Management", "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2",
	}
	if a.errorCode != "" {
		record["errorCode"] = a.errorCode
	}
	if a.resource != "" {
		record["requestParameters"] = map[string]any{"userName": a.resource}
	}
	text, err := json.Marshal(record)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// year is a year of three accounts. The second has nothing of ten days in March, the third begins
// in June; in Frankfurt there is something each week alone.
func year() (acts []act) {
	first := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := range 365 {
		at := first.AddDate(0, 0, day)
		for i, account := range []string{"111122223333", "222233334444", "333344445555"} {
			missing := i == 1 && at.Month() == 3 && at.Day() >= 10 && at.Day() <= 19 || i == 2 && at.Month() < 6
			if missing {
				continue
			}
			a := act{at: at.Add(9 * time.Hour), account: account, region: "eu-west-1", service: "ec2", name: "DescribeInstances", caller: "ops", readOnly: true}
			switch day % 40 {
			case 3:
				a.service, a.name, a.readOnly, a.resource = "iam", "CreateUser", false, fmt.Sprintf("user-%d", day)
			case 9:
				a.caller = "root"
			case 14:
				a.errorCode = "AccessDenied"
			case 21:
				a.service, a.name, a.readOnly, a.caller = "ec2", "RunInstances", false, "=cmd|' /C calc'!A0"
			case 29:
				a.caller = ""
			}
			acts = append(acts, a)
			if i == 0 && day%7 == 0 {
				acts = append(acts, act{at: at.Add(23 * time.Hour), account: account, region: "eu-central-1", service: "sts", name: "GetCallerIdentity", caller: "ops", readOnly: true})
			}
		}
	}
	return acts
}

func yearStore(t *testing.T) (*schema.Store, []act) {
	acts := year()
	var records []string
	for i := range acts {
		records = append(records, acts[i].json(i))
	}
	return recordtest.Load(t, records...), acts
}

func question(t *testing.T, name string) Question {
	p, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return Question{
		Pack: p, Period: schema.Scope{Since: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
		Sample: 5, Seed: 42, Command: []string{"trailbox", "pack", name}, Made: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC), By: evidence.By{User: "a", Host: "b"},
	}
}

func write(t *testing.T, store *schema.Store, q Question) (*Manifest, string) {
	t.Helper()
	place := filepath.Join(t.TempDir(), "pack")
	m, err := Write(t.Context(), store, place, q)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Controls {
		for _, p := range c.Populations {
			if p.CannotRun != "" {
				t.Errorf("%s %s: %s", c.ID, p.Name, p.CannotRun)
			}
		}
	}
	return m, place
}

// found is what a manifest has of a population.
func found(t *testing.T, m *Manifest, name string) PopulationResult {
	t.Helper()
	for _, c := range m.Controls {
		for _, p := range c.Populations {
			if p.Name == name {
				return p
			}
		}
	}
	t.Fatalf("there is no population %s", name)
	return PopulationResult{}
}

func rowsOf(t *testing.T, place, file string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(place, file))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// A year with holes, as a pack: what it counts is what a loop over the records counts.
func TestYear(t *testing.T) {
	store, acts := yearStore(t)
	m, place := write(t, store, question(t, "pci-4.0.1"))
	count := func(is func(a *act) bool) (n int64) {
		for i := range acts {
			if is(&acts[i]) {
				n++
			}
		}
		return n
	}
	for name, want := range map[string]int64{
		"root":             count(func(a *act) bool { return a.caller == "root" }),
		"denied":           count(func(a *act) bool { return a.errorCode == "AccessDenied" }),
		"identity-changes": count(func(a *act) bool { return a.name == "CreateUser" }),
		"made-and-deleted": count(func(a *act) bool { return a.name == "CreateUser" || a.name == "RunInstances" }),
		"completeness":     6,
		"incomplete-calls": 1,
		"days":             3*365 + 4*365, // accounts, and accounts and Regions
	} {
		p := found(t, m, name)
		if rows := rowsOf(t, place, p.File); p.Rows != want || int64(len(rows)) != want {
			t.Errorf("%s: %d rows, and %d in the file, want %d", name, p.Rows, len(rows), want)
		}
	}
	unnamed := count(func(a *act) bool { return a.caller == "" })
	if who := rowsOf(t, place, found(t, m, "completeness").File)[0]; who[1] != fmt.Sprint(len(acts)) || who[3] != fmt.Sprint(unnamed) || who[6] == "" {
		t.Errorf("who: %q, want %d events, %d of them without", who, len(acts), unnamed)
	}
	if p := found(t, m, "root"); p.Exceptions != p.Rows || p.Reasons[0].Rows != p.Rows {
		t.Errorf("root: %d exceptions of %d", p.Exceptions, p.Rows)
	}
	want := []Hole{
		{"222233334444", allRegions, "2025-03-10", "2025-03-19", 10},
		{"333344445555", allRegions, "2025-01-01", "2025-05-31", 151},
	}
	if !slices.Equal(m.Holes, want) || !m.Found() {
		t.Errorf("holes: %v, want %v", m.Holes, want)
	}
	retention := rowsOf(t, place, found(t, m, "retention").File)
	for i, want := range []string{"111122223333 (all) 365 0 0", "111122223333 eu-central-1 53 0 0", "111122223333 eu-west-1 365 0 0", "222233334444 (all) 355 10 0"} {
		r := retention[i]
		if got := strings.Join([]string{r[0], r[1], r[4], r[7], r[11]}, " "); got != want {
			t.Errorf("retention: %s, want %s", got, want)
		}
	}
	if p := found(t, m, "scoped-data"); p.NotShown == "" || p.File != "" {
		t.Errorf("without a scope: %+v", p)
	}
	if p := found(t, m, "proof"); !strings.Contains(p.NotShown, "nobody has verified") {
		t.Errorf("without a verification: %+v", p)
	}
	checkPage(t, m, place)
	checkSamples(t, m, place)
}

// The page: holes stand before the controls, each link leads somewhere, each heading has the
// version, and nobody is called compliant.
func checkPage(t *testing.T, m *Manifest, place string) {
	text, err := os.ReadFile(filepath.Join(place, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	html := string(text)
	first, _, _ := strings.Cut(html, `<section id="controls">`)
	for _, want := range []string{"2025-03-10", "2025-03-19", "2025-05-31", "161 days", "nobody has verified the store"} {
		if !strings.Contains(first, want) {
			t.Errorf("the first part of the page has no %q", want)
		}
	}
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if id, ok := strings.CutPrefix(link[1], "#"); ok {
			if !strings.Contains(html, `id="`+id+`"`) {
				t.Errorf("nothing is at %s", link[1])
			}
		} else if _, err := os.Stat(filepath.Join(place, link[1])); err != nil {
			t.Error(err)
		}
	}
	for _, heading := range regexp.MustCompile(`<h2[^>]*>([^<]*)`).FindAllStringSubmatch(html, -1) {
		if !strings.Contains(heading[1], m.Standard) {
			t.Errorf("heading %q is without %s", heading[1], m.Standard)
		}
	}
	for _, c := range m.Controls {
		if !strings.Contains(html, m.Standard+" "+c.ID+" ") || c.Answer == "" {
			t.Errorf("control %s: %q", c.ID, c.Answer)
		}
	}
	if strings.Contains(strings.ToLower(html), "compliant") {
		t.Error("the page says that somebody is compliant")
	}
	if strings.Contains(html, "<script") {
		t.Error("the page has a script")
	}
}

// checkSamples draws the samples again, from the lines of the CSV.
func checkSamples(t *testing.T, m *Manifest, place string) {
	drawn := 0
	for _, c := range m.Controls {
		for _, p := range c.Populations {
			if p.SampleFile == "" {
				continue
			}
			read := func(file string) []string {
				text, err := os.ReadFile(filepath.Join(place, file))
				if err != nil {
					t.Fatal(err)
				}
				return slices.Collect(strings.Lines(string(text)))[1:] // no cell has a line end here
			}
			lines := read(p.File)
			hash := func(line string) string {
				sum := sha256.Sum256([]byte(fmt.Sprintf("%d\n%s", m.Sampling.Seed, line)))
				return string(sum[:])
			}
			slices.SortFunc(lines, func(a, b string) int { return strings.Compare(hash(a), hash(b)) })
			if want := lines[:min(len(lines), m.Sampling.Size)]; !slices.Equal(read(p.SampleFile), want) || p.Sample != int64(len(want)) {
				t.Errorf("%s: another sample", p.Name)
			}
			drawn++
		}
	}
	if drawn == 0 {
		t.Error("nothing was drawn")
	}
}

// With the files that somebody gives, exceptions are what they say.
func TestGiven(t *testing.T) {
	store, acts := yearStore(t)
	q := question(t, "soc2")
	q.Pack = &Pack{Name: "own", Standard: "Own v1"}
	for _, name := range []string{"soc2", "pci-4.0.1"} {
		p, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Controls {
			c.Populations = slices.DeleteFunc(c.Populations, func(p *Population) bool {
				return !slices.Contains([]string{"new-access", "credential-report", "scoped-data", "administrative-acts", "key-age", "missing-days"}, p.Name) || name == "pci-4.0.1" && p.Name == "missing-days"
			})
			if len(c.Populations) > 0 && !(name == "pci-4.0.1" && c.Populations[0].Name == "credential-report") {
				q.Pack.Controls = append(q.Pack.Controls, c)
			}
		}
	}
	var created []int
	for i := range acts {
		if acts[i].name == "CreateUser" && acts[i].account == "111122223333" {
			created = append(created, i)
		}
	}
	approved := "ticket,eventID,resource,from,until\n" +
		"CHG-1," + acts[0].id(created[0]) + ",,,\n" +
		"CHG-2,," + acts[created[1]].resource + "," + acts[created[1]].at.Format(time.DateOnly) + "," + acts[created[1]].at.AddDate(0, 0, 1).Format(time.DateOnly) + "\n" +
		"CHG-3,," + acts[created[4]].resource + ",2024-01-01,2024-01-02\n" // at another time
	var err error
	given := func(e error) {
		if e != nil {
			err = e
		}
	}
	var e error
	q.Inputs.Approved, e = ParseApproved("a.csv", []byte(approved))
	given(e)
	q.Inputs.Scope, e = ParseScope("s.yaml", []byte("accounts: ['111122223333', '999988887777']\nregions: [eu-central-1]\nbuckets: [cards]\ntables: [user-3]\n"))
	given(e)
	q.Inputs.Admins, e = ParseAdmins("m.yaml", []byte("admins: [boss]\n"))
	given(e)
	q.Inputs.Credentials, e = ParseCredentials("c.csv", []byte(credentialReport))
	given(e)
	if err != nil {
		t.Fatal(err)
	}
	m, place := write(t, store, q)

	all := int64(len(created))
	p := found(t, m, "new-access")
	if p.Rows != all || p.Exceptions != all { // nobody of the admins made them
		t.Errorf("%d rows, %d exceptions, want %d of each", p.Rows, p.Exceptions, all)
	}
	tickets := map[string]int{}
	for _, row := range rowsOf(t, place, p.File) {
		tickets[row[len(row)-2]]++
	}
	if tickets["CHG-1"] != 1 || tickets["CHG-2"] != 1 || tickets["CHG-3"] != 0 || tickets[""] != len(created)-2 {
		t.Errorf("tickets: %v", tickets)
	}
	if p := found(t, m, "scoped-data"); p.Rows != 1 {
		t.Errorf("%d events of what is in scope, want 1: what happened to user-3", p.Rows)
	}
	if p := found(t, m, "credential-report"); p.Rows != 3 || p.Exceptions != 2 {
		t.Errorf("credential report: %d rows, %d exceptions", p.Rows, p.Exceptions)
	}
	if p := found(t, m, "key-age"); p.Rows != 2 || p.Exceptions != 2 {
		t.Errorf("keys: %d rows, %d exceptions", p.Rows, p.Exceptions)
	}
	var limits []string
	for _, l := range m.Limits {
		limits = append(limits, l.Text)
	}
	text := strings.Join(limits, "\n")
	for _, want := range []string{
		"--scope: no event has the account 999988887777", "--scope: no event has the bucket cards", "--admins: no event has the name boss",
		"--approved: line 4, ticket CHG-3, is of no change in the period",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the limits have no %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "CHG-1") || strings.Contains(text, "user-3") {
		t.Errorf("the limits tell of what there is:\n%s", text)
	}
	// An account of which there is nothing, and a Region of the scope that is silent on most days.
	holes := map[string]int64{}
	for _, h := range m.Holes {
		holes[h.Account+" "+h.Region] += h.Days
	}
	if holes["999988887777 "+allRegions] != 365 || holes["111122223333 eu-central-1"] != 365-53 || holes["222233334444 "+allRegions] != 0 {
		t.Errorf("holes: %v", holes)
	}
}

// Every statement of every pack runs, and there are all kinds of packs.
func TestPacks(t *testing.T) {
	store := recordtest.Load(t, `{"eventVersion":"1.08"}`)
	var names []string
	credentials, err := ParseCredentials("c.csv", []byte(credentialReport))
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]bool{} // by their text: packs share many
	for _, p := range Packs() {
		names = append(names, p.Name)
		q := question(t, p.Name)
		m := maker{inputs: &Inputs{Credentials: credentials, Scope: &ScopeFile{Buckets: []string{"b"}}}}
		m.filter.Scope = q.Period
		for _, c := range p.Controls {
			for _, population := range c.Populations {
				s, err := m.statement(t.Context(), store, population)
				if err != nil {
					t.Fatal(err)
				}
				if p.Name == "pci-4.0.1" && population.Needs == "" || run[s.SQL] {
					continue // TestYear has those
				}
				run[s.SQL] = true
				rows, err := s.Query(t.Context(), store)
				if err != nil {
					t.Errorf("%s %s: %v", p.Name, population.Name, err)
					continue
				}
				if err := rows.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if want := []string{"cis-aws-foundations", "iso27001-2022", "pci-4.0.1", "soc2"}; !slices.Equal(names, want) {
		t.Errorf("packs %q, want %q", names, want)
	}
}

// Two packs of one store have the same bytes but for when they were made and by whom.
func TestSame(t *testing.T) {
	var records []string
	for i, a := range year()[:40] {
		records = append(records, a.json(i))
	}
	store := recordtest.Load(t, records...)
	q := question(t, "cis-aws-foundations")
	q.Pack.Controls = q.Pack.Controls[:4]
	m, place := write(t, store, q)
	q.Made, q.By = q.Made.AddDate(0, 1, 0), evidence.By{User: "c", Host: "d"}
	_, other := write(t, store, q)
	for _, f := range m.Files {
		a, err := os.ReadFile(filepath.Join(place, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(other, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if f.Path != "index.html" && !bytes.Equal(a, b) {
			t.Errorf("%s differs", f.Path)
		}
	}
}

// A statement of an own pack that is no SQL is told, and the others run.
func TestCannotRun(t *testing.T) {
	store := recordtest.Load(t, `{"eventID":"00000000-0000-4000-8000-000000000001","eventTime":"2025-03-02T00:00:00Z","eventName":"RunInstances"}`)
	p, err := Parse("own.yaml", []byte(`
pack: own
standard: Own v1
controls:
  - id: a
    title: t
    question: q
    asks: "<script>alert(1)</script>"
    populations:
      - {name: wrong, title: t, events: {where: no_such_column}}
      - {name: right, title: t, events: {names: RunInstances}, exceptions: [{when: "eventName = 'RunInstances'", says: "it's so"}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	q := question(t, "soc2")
	q.Pack = p
	m, err := Write(t.Context(), store, filepath.Join(t.TempDir(), "pack"), q)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := found(t, m, "wrong"); !strings.Contains(wrong.CannotRun, "no_such_column") || m.CannotRun() != 1 {
		t.Errorf("%+v", wrong)
	}
	if right := found(t, m, "right"); right.Rows != 1 || right.Reasons[0].Says != "it's so" {
		t.Errorf("%+v", right)
	}
}

// Where there is no event of the period, nothing is said to be found or not found.
func TestNothingThere(t *testing.T) {
	store := recordtest.Load(t, `{"eventID":"00000000-0000-4000-8000-000000000001","eventTime":"2020-03-02T00:00:00Z","eventName":"RunInstances"}`)
	m, _ := write(t, store, question(t, "soc2"))
	for _, c := range m.Controls {
		if c.Answer != nothingThere && c.Answer != notShown && c.Exceptions == 0 {
			t.Errorf("%s %s: %s", c.ID, c.Title, c.Answer)
		}
	}
}

package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/lineage"
	"trailbox/schema"
)

// pages are the pages that this file is about, each as a person would come to it.
func pages() []string {
	return []string{
		"/overview", "/overview?part=new", "/overview?event-name=CreateAccessKey&since=2030-01-01", "/reports", "/trace", "/trace?all=true", "/alarms?part=found", "/integrity",
		"/sql", "/sql?q=SELECT+actor,count(*)+FROM+events+GROUP+BY+1", "/sql?q=SELECT+%22%3Cb%3E%22+FROM+events",
		"/report/when", "/report/timeline?since=2026-01-01&sort=-eventName", "/report/who?sort=actor", "/report/resources", "/report/files",
	}
}

var (
	aScript = regexp.MustCompile(`^<script src="/assets/[0-9a-f]+-[a-z]+\.js" defer>$`)
	handler = regexp.MustCompile(`(?i)\s(on[a-z]+|style|srcdoc|formaction|xlink:href)\s*=`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
)

// checkPage fails if event text is more than text on a page.
func checkPage(t *testing.T, target, text string) {
	t.Helper()
	for _, tag := range tags(text) {
		outside := tag
		if strings.Contains(tag, `"`) {
			outside = quoted.ReplaceAllString(tag, `""`)
		}
		lower := strings.ToLower(outside)
		switch {
		case strings.HasPrefix(lower, "<script") && !aScript.MatchString(tag), strings.HasPrefix(lower, "<style"), strings.HasPrefix(lower, "<img"), strings.HasPrefix(lower, "<iframe"), strings.HasPrefix(lower, "<!--"):
			t.Errorf("%s has %.200s", target, tag)
		case handler.MatchString(outside):
			t.Errorf("%s has a handler or a style of its own: %.200s", target, tag)
		}
		if strings.HasPrefix(tag, `<input type="hidden"`) { // which nobody sees, and which has to stay as it is
			text = strings.Replace(text, tag, "", 1)
		}
	}
	if i := strings.IndexFunc(text, isUnseen); i >= 0 {
		t.Errorf("%s has what nobody sees: %+q", target, text[max(i-40, 0):min(i+40, len(text))])
	}
	for _, link := range links(text) {
		if !strings.HasPrefix(link, "/") && link != "" || strings.HasPrefix(link, "//") {
			t.Errorf("%s leads to %.200s", target, link)
		}
	}
}

// isUnseen reports whether a character is one that nobody sees, or that acts on others.
func isUnseen(r rune) bool {
	return r != '\n' && (r < ' ' || r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028'))
}

// entityPagesOf are pages of what an archive has: of each value one, and all parts of some.
func entityPagesOf(names []string) (all []string) {
	kinds := entities()
	for i, name := range names {
		kind := kinds[i%len(kinds)]
		at := kind.path + "?name=" + url.QueryEscape(name)
		all = append(all, at)
		if i < 2 {
			for _, id := range kind.parts {
				all = append(all, at+"&part="+id)
			}
		}
	}
	return all
}

// hostileNames are the names that the hostile archive has.
func hostileNames(t *testing.T) (names []string) {
	for _, attack := range attacks() {
		var name string
		if err := json.Unmarshal([]byte(`"`+attack+`"`), &name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// Whatever the caller of an API has put into a record stays text on every page, and every link
// of every page leads to one. Of links that are alike but for their values some are followed.
func TestPages(t *testing.T) {
	for _, test := range []struct {
		fixture *fixture
		names   []string
		alike   int // how many links are followed that are alike but for their values
	}{{story(), []string{"deploy-bot", "AKIADEPLOYBOTEXAMPLE", "AdminRole", "alias/none", "203.0.113.77"}, 1}, {hostile(), hostileNames(t), 0}} {
		c := over(t, test.fixture)
		seen, followed := map[string]bool{}, map[string]int{}
		queue := slices.Concat(pages(), entityPagesOf(test.names))
		for own := len(queue); len(queue) > 0; queue, own = queue[1:], own-1 {
			w := c.ask(queue[0])
			if w.Code != http.StatusOK {
				t.Errorf("%.300s: %d\n%.900s", queue[0], w.Code, w.Body)
				continue
			}
			if strings.HasPrefix(queue[0], "/assets") {
				continue
			}
			text := w.Body.String()
			checkPage(t, queue[0], text)
			if own <= 0 { // links of links are alike
				continue
			}
			for _, link := range links(text) {
				u, err := url.Parse(link)
				if err != nil {
					t.Errorf("%s: %v", queue[0], err)
					continue
				}
				shape := fmt.Sprint(keysOf(u.Query()))
				if path, _, isReport := strings.Cut(u.Path, "/report/"); !isReport {
					shape += path
				}
				if ofEvents(link) || strings.Contains(link, "form=") || seen[link] || followed[shape] >= test.alike {
					continue
				}
				seen[link] = true
				followed[shape]++
				queue = append(queue, link)
			}
		}
	}
}

// ofEvents are pages that are not made here.
func ofEvents(link string) bool {
	return link == "" || strings.HasPrefix(link, "/event") || strings.HasPrefix(link, "/case")
}

// Links to events have filters that a filter is made of: their values are those of the row.
func TestLinksToEvents(t *testing.T) {
	for _, f := range []*fixture{story(), hostile()} {
		c := over(t, f)
		store, giveBack, err := c.Stores.Borrow(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer giveBack()
		checked := 0
		for _, m := range regexp.MustCompile(`<td class="num"><a href="(/events[^"]*)">([0-9,]+)</a>`).FindAllStringSubmatch(c.get("/overview"), -1) {
			u, err := url.Parse(html.UnescapeString(m[1]))
			if err != nil {
				t.Fatal(err)
			}
			filter, err := parseFilter(u.Query(), c.Now())
			if err == nil {
				err = filter.Settle(t.Context(), store)
			}
			if err != nil {
				t.Errorf("%s: %v", m[1], err)
				continue
			}
			where := query.Statement{SQL: "SELECT count(*) FROM events WHERE /* filters */ true"}.Put("filters", filter.Condition())
			n, err := schema.One[int64](where.Query(t.Context(), store))
			if err != nil || query.Count(n) != m[2] {
				t.Errorf("%.200s: %s on the page, %d events, %v", u, m[2], n, err)
			}
			checked++
		}
		if checked < 30 {
			t.Errorf("only %d numbers are links", checked)
		}
	}
}

// member is a member of a record by its path, "" for none.
func member(record map[string]any, path string) string {
	var v any = record
	for name := range strings.SplitSeq(path, ".") {
		object, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = object[name]
	}
	text, _ := v.(string)
	return text
}

// utc is a time.
func utc(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// The numbers of the overview are those of the records, counted by hand.
func TestOverviewCounts(t *testing.T) {
	f := story()
	text := over(t, f).get("/overview")
	counts := map[string]map[string]int{}
	count := func(name, value string) {
		if counts[name] == nil {
			counts[name] = map[string]int{}
		}
		counts[name][value]++
	}
	writes, days := 0, map[string]int{}
	for _, record := range f.records {
		count("event-name", member(record, "eventName"))
		count("aws-region", member(record, "awsRegion"))
		count("source-ip", member(record, "sourceIPAddress"))
		count("error-code", member(record, "errorCode"))
		count("access-key", member(record, "userIdentity.accessKeyId"))
		if record["readOnly"] == false {
			writes++
		}
		days[member(record, "eventTime")[:13]]++
	}
	for name, want := range map[string]int{"events": len(f.records), "writes": writes} {
		if fact := regexp.MustCompile(`<dt>` + name + `</dt><dd><a href="[^"]*">([0-9,]+)</a>`).FindStringSubmatch(text); fact == nil || fact[1] != query.Count(int64(want)) {
			t.Errorf("%s: %v, want %d", name, fact, want)
		}
	}
	checked := map[string]int{}
	for _, m := range regexp.MustCompile(`<td class="num"><a href="(/events[^"]*)">([0-9,]+)</a>`).FindAllStringSubmatch(text, -1) {
		u, _ := url.Parse(html.UnescapeString(m[1]))
		for name, values := range counts {
			value := strings.TrimPrefix(u.Query().Get(name), "=")
			if value == "" || name == "event-name" && values[value] != 0 && strings.Count(text, ">"+value+"</a>") > 1 { // a call of two services
				continue
			}
			if got, _ := strconv.Atoi(strings.ReplaceAll(m[2], ",", "")); got != values[value] {
				t.Errorf("%s %s: %d, want %d", name, value, got, values[value])
			}
			checked[name]++
		}
	}
	for name := range counts {
		if checked[name] < 3 {
			t.Errorf("%d values of %s were found", checked[name], name)
		}
	}
	// The histogram and the map, whose steps are hours, add up to the same.
	histogram, heat := map[string]int{}, 0
	for _, m := range regexp.MustCompile(`<title>(\S{13})\S* (.*?)([0-9,]+) events?, [0-9,]+ writes?`).FindAllStringSubmatch(text, -1) {
		n, _ := strconv.Atoi(strings.ReplaceAll(m[3], ",", ""))
		if m[2] == "" {
			continue
		}
		histogram[m[1]] += n
		heat += n
	}
	if heat != len(f.records) {
		t.Errorf("the map has %d events of %d", heat, len(f.records))
	}
	for hour, n := range days {
		if histogram[hour] != n {
			t.Errorf("in %s the map has %d events of %d", hour, histogram[hour], n)
		}
	}
}

// What is not covered is never just white: before its first event a Region is absent, between
// two of its events it is silent.
func TestHeatKinds(t *testing.T) {
	day := func(i int, account string, events int64) query.Day {
		start := utc("2026-03-01T00:00:00Z").AddDate(0, 0, i)
		return query.Day{Placed: account != "", Account: account, Region: "us-east-1", Start: start, Next: start.AddDate(0, 0, 1), Events: events}
	}
	var days []query.Day
	for i := range 6 {
		days = append(days, day(i, "", 0))
	}
	days = append(days, day(1, "111122223333", 5), day(3, "111122223333", 5), day(0, "444455556666", 1), day(5, "444455556666", 9))
	at := func(kind, account string, from, until int) query.Known {
		return query.Known{Kind: kind, Account: account, Region: "us-east-1", Since: day(from, "", 0).Start, Until: day(until, "", 0).Start}
	}
	known := []query.Known{
		at("digested", "111122223333", 4, 6), at("proven", "111122223333", 5, 6), at("off", "444455556666", 2, 3), at("damaged", "444455556666", 3, 4),
		{Kind: "not fetched", Since: day(0, "", 0).Start, Until: day(1, "", 0).Start},
	}
	r := &request{values: url.Values{}}
	h := r.newHeat(days, known)
	var got []string
	for _, row := range h.Rows {
		line := row.Account + ":"
		for _, cell := range row.Cells {
			line += " " + cell.Kind
			if cell.Damaged {
				line += "+damaged"
			}
			if cell.ProofY != "" {
				line += "+proven"
			}
		}
		got = append(got, line)
	}
	want := []string{
		"111122223333: absent+damaged events silent events silent silent+proven",
		"444455556666: events+damaged silent off silent+damaged silent events",
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A page of an address has the numbers of its records, and links to what they have.
func TestAddressPage(t *testing.T) {
	f := story()
	const address = "203.0.113.77"
	events, first := 0, "9"
	keys := map[string]int{}
	for _, record := range f.records {
		if member(record, "sourceIPAddress") == address {
			events++
			first = min(first, member(record, "eventTime"))
			if key := member(record, "userIdentity.accessKeyId"); key != "" {
				keys[key]++
			}
		}
	}
	c := over(t, f)
	text := c.get("/address?name=" + address)
	for _, want := range []string{
		fmt.Sprintf(`<dt>events</dt><dd><a href="/events?source-ip=%s">%d</a>`, address, events), ">" + first + "<", `href="/key?name=AKIADEPLOYBOTEXAMPLE"`,
		fmt.Sprintf(`<td class="num"><a href="/events?access-key=AKIADEPLOYBOTEXAMPLE&amp;source-ip=%s">%d</a>`, address, keys["AKIADEPLOYBOTEXAMPLE"]),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if elsewhere := c.get("/address?name=" + address + "&since=2030-01-01"); !strings.Contains(elsewhere, "No event has it among those that are asked for") {
		t.Errorf("of another time nothing is told: %s", elsewhere)
	}
}

// A report is sorted as asked: all of it, not the rows that are shown.
func TestReportSorted(t *testing.T) {
	c := over(t, story())
	column := func(target string, at int) (values []string) {
		for _, row := range regexp.MustCompile(`(?s)<tr><td.*?</tr>`).FindAllString(c.get(target), -1) {
			cells := regexp.MustCompile(`(?s)<td.*?</td>`).FindAllString(row, -1)
			values = append(values, html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(cells[at], "")))
		}
		return values
	}
	number := func(text string) int {
		n, _ := strconv.Atoi(strings.ReplaceAll(text, ",", ""))
		return n
	}
	if got := column("/report/what?sort=-errors", 5); len(got) < 50 || !slices.IsSortedFunc(got, func(a, b string) int { return number(b) - number(a) }) || number(got[0]) == 0 {
		t.Errorf("errors: %q", got)
	}
	if got := column("/report/what?sort=eventName", 1); !slices.Contains(got, "GetObject") || !slices.IsSorted(slices.DeleteFunc(got, func(text string) bool { return text == "" })) {
		t.Errorf("names: %q", got)
	}
	// More rows than a page shows: the last of them all is the first that is shown.
	first := column("/report/timeline?since=2020-01-01&sort=-eventTime", 0)[0]
	last := ""
	for _, record := range story().records {
		last = max(last, member(record, "eventTime"))
	}
	if first != last {
		t.Errorf("the newest is %s, want %s", first, last)
	}
	if text := c.get("/report/timeline?since=2020-01-01"); !strings.Contains(text, "The first 500 of "+query.Count(int64(len(story().records)))+" rows") {
		t.Error("that rows are left out is not told")
	}
}

// What a report needs, and what it cannot tell, is on its page.
func TestReportTells(t *testing.T) {
	c := over(t, story())
	for target, want := range map[string]string{
		"/report/timeline":                   "This report needs one of: actor, resource",
		"/report/coverage?since=2020-01-01":  "some of it is absent",
		"/report/coverage?until=2001-01-01":  "absent",
		"/report/who?actor=nobody":           "no event has --actor nobody",
		"/report/alive":                      "limits: what was there before the log begins",
		"/report/who?errors-only=true":       `<input type="checkbox" name="errors-only" value="true" checked>`,
		"/report/who?actor=a&actor=%21b":     `>not actor<`,
		"/report/activity?tz=Asia/Kathmandu": "trailbox report activity --tz=Asia/Kathmandu",
	} {
		if text := c.get(target); !strings.Contains(text, want) && !strings.Contains(html.UnescapeString(text), want) {
			t.Errorf("%s does not tell %q", target, want)
		}
	}
	for target, status := range map[string]int{
		"/report/nothing": 404, "/report/timeline?form=csv": 400, "/report/activity?tz=Moon": 400, "/report/who?since=tomorrowish": 400, "/actor": 400, "/actor?name=%ff": 400,
		"/trace?way=sideways": 400, "/trace?depth=-1": 400, "/actor?name=x&part=nothing": 404, "/report/who?form=docx": 404,
	} {
		if w := c.ask(target); w.Code != status {
			t.Errorf("%s: %d, want %d", target, w.Code, status)
		}
	}
}

// Every list downloads, with all its rows.
func TestDownloads(t *testing.T) {
	c := over(t, story())
	for _, target := range []string{"/actor?name=support", "/trace?what=backup-user", "/integrity", "/sql?q=SELECT+eventName+FROM+events"} {
		forms := 0
		for _, link := range links(c.get(target)) {
			if strings.Contains(link, "form=") {
				forms++
				if w := c.ask(link); w.Code != 200 || w.Body.Len() == 0 || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") {
					t.Errorf("%s: %d, %d bytes\n%.700s", link, w.Code, w.Body.Len(), w.Body)
				}
			}
		}
		if forms != 4 {
			t.Errorf("%s can be had in %d forms", target, forms)
		}
	}
	var rows []map[string]any
	if err := json.Unmarshal(c.ask("/sql?q=SELECT+eventName+FROM+events&form=json").Body.Bytes(), &rows); err != nil || len(rows) != len(story().records) {
		t.Errorf("%d rows of %d, %v", len(rows), len(story().records), err)
	}
}

// Statements run in bounds; what is wrong with them is told with its place.
func TestSQLPage(t *testing.T) {
	c := over(t, story())
	ask := func(statement string) string { return c.get("/sql?q=" + url.QueryEscape(statement)) }
	n := query.Count(int64(len(story().records)))
	for _, test := range []struct{ statement, want string }{
		{"SELECT count(*) FROM events", ">" + n + "<"},
		{"SELECT eventid FROM events", "The first 500 of " + n + " rows"},
		{"SELECT count(*) FROM my_trail_logs WHERE eventsource LIKE '%'", "read as cloudtrail_logs"},
		{"SELECT element_at(map(ARRAY['a'], ARRAY[7]), 'a') FROM cloudtrail_logs LIMIT 1", ">7<"},
		{"SELECT 1,\n  nothing\nFROM events", "at line 2, column 3"},
		{"SELECT 'open", "has no end"},
		{"SELECT 1; SELECT 2", "2 statements"},
		{"SELECT * FROM evnets", "did you mean events?"},
		{"SELECT * FROM read_csv('/etc/passwd')", "Permission Error"},
		{"CREATE TABLE x (a INT)", "read-only"},
		{"ATTACH 'x'", "ATTACH is not for a store"},
		{"SET threads = 1", "locked"},
		{"SELECT '<script>alert(1)</script>' AS \"<b>\"", "&lt;script&gt;"},
		{"SELECT CAST('x' AS INTEGER)", "Could not convert"},
		{"SELECT eventName, count(*) AS n FROM events GROUP BY 1", `class="meter"`},
	} {
		if text := html.UnescapeString(ask(test.statement)); !strings.Contains(text, html.UnescapeString(test.want)) {
			t.Errorf("%s\ndoes not tell %q:\n%s", test.statement, test.want, text[strings.Index(text, `id="sql-answer"`):])
		}
	}
	// What a statement leaves behind nobody else sees.
	ask("CREATE TEMP VIEW events AS SELECT 1 AS eventName")
	if text := ask("SELECT count(*) FROM events"); !strings.Contains(text, ">"+n+"<") {
		t.Error("a temporary view of the request before stands in the place of events")
	}
	if text := c.get("/report/overview"); !strings.Contains(text, ">"+n+"<") {
		t.Error("a temporary view stands in the place of events in reports")
	}
	// Who goes away ends what was asked.
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/sql?q="+url.QueryEscape("SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b"), nil)
	r.Host = "127.0.0.1:7007"
	r.Header.Set("Authorization", "Bearer "+testToken)
	go cancel()
	c.ServeHTTP(httptest.NewRecorder(), r)
}

// What the rules have found is kept as long as the store is as it was; what could not be run
// is told, and what was asked for is run.
func TestAlarmsPage(t *testing.T) {
	f := story()
	path := filepath.Join(t.TempDir(), "t.duckdb")
	content, err := os.ReadFile(f.path)
	if err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	set, err := builtinRules()
	if err != nil {
		t.Fatal(err)
	}
	set.Problems = append(set.Problems, alarm.Problem{Name: "<b>broken</b>", Reason: "it cannot be run"})
	c := over(t, &fixture{path: path}, func(config *Config) { config.Rules = set })
	runs := func() int { return len(c.replays.kept) }
	if text := c.get("/alarms"); runs() != 0 || !strings.Contains(text, `data-load="/alarms?part=found"`) {
		t.Errorf("the rules ran %d times before anybody asked", runs())
	}
	text := c.get("/alarms?part=found")
	for _, want := range []string{"Not run: 1", "&lt;b&gt;broken&lt;/b&gt;: it cannot be run", "Threshold Crossed:", "usage of the root user", `href="/event/`, "all its events, as SQL", "covers "} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if c.get("/alarms?part=found"); runs() != 1 || !strings.Contains(c.get("/alarms"), "Threshold Crossed:") {
		t.Errorf("the rules ran %d times over one store", runs())
	}
	if c.get("/alarms?part=found&account=111122223333"); runs() != 2 {
		t.Errorf("of one account what was found of all is told")
	}
	later := utc("2030-01-01T00:00:00Z")
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if text := c.get("/alarms"); strings.Contains(text, "Threshold Crossed:") {
		t.Error("what was found in another store is told")
	}
}

// Every page that answers from events shows the SQL that it asked, and that can be run as it stands.
func TestSQLOfViews(t *testing.T) {
	c := over(t, story())
	store, giveBack, err := c.Stores.Borrow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer giveBack()
	event := "/event/" + story().records[0]["eventID"].(string)
	targets := []string{
		"/events", "/events?part=picture", "/events?part=sums", event, "/overview", "/overview?part=new", "/report/who", "/integrity",
		"/trace?what=deploy-bot", "/alarms?part=found", "/sql?q=SELECT+1",
	}
	for _, kind := range entities() {
		targets = append(targets, kind.path+"?name=deploy-bot", kind.path+"?name=deploy-bot&part="+kind.parts[0], kind.path+"?name=deploy-bot&part=trace")
	}
	shown := regexp.MustCompile(`(?s)<summary>SQL</summary><pre class="copy">(.*?)</pre>`)
	for _, target := range []string{"/reports", "/trace", "/alarms", "/case", "/sql"} {
		if shown.MatchString(c.get(target)) {
			t.Errorf("%s shows SQL, and has asked nothing", target)
		}
	}
	for _, target := range targets {
		if strings.Contains(target, "/resource?") && strings.HasSuffix(target, "trace") {
			continue // which is no part of it
		}
		m := shown.FindStringSubmatch(c.get(target))
		if m == nil {
			t.Errorf("%s shows no SQL", target)
			continue
		}
		statements, err := query.SplitStatements(html.UnescapeString(m[1]))
		if err != nil || len(statements) == 0 || strings.Contains(m[1], "too long for a page") {
			t.Errorf("%s: %d statements, %v", target, len(statements), err)
		}
		for _, s := range statements {
			// To plan them is enough: it fails where a value or a part is missing.
			rows, err := store.Query(t.Context(), "EXPLAIN "+s.SQL)
			if err != nil {
				t.Errorf("%s:\n%s\n%v", target, s.SQL, err)
				continue
			}
			rows.Close()
		}
	}
}

// More SQL than a page has room for is told, and what is not shown is counted.
func TestShownSQL(t *testing.T) {
	long := query.Statement{SQL: "SELECT $text", Args: []schema.Arg{{Name: "text", Value: strings.Repeat("x", maxSQL)}}}
	text := shownSQL([]query.Statement{{SQL: "SELECT 1;\n"}, long, {SQL: "SELECT 2 -- two"}, {SQL: strings.Repeat(" ", maxSQL) + "SELECT 3"}})
	if want := "SELECT 1;\n\nSELECT 2 -- two\n;\n\n-- and 2 statements more, too long for a page"; text != want {
		t.Errorf("%.200q, want %q", text, want)
	}
}

// Where nobody is asked for, no session is looked for, and the page says so instead of that
// there is none; all of them are a click away.
func TestTraceOfNobody(t *testing.T) {
	c := over(t, story())
	for target, want := range map[string][2]bool{ // that nobody is asked for, that there are trees
		"/trace":                        {true, false},
		"/trace?all=true":               {false, true},
		"/trace?actor=deploy-bot":       {false, true},
		"/trace?what=deploy-bot&way=up": {false, true},
	} {
		text := c.ask(target).Body.String()
		got := [2]bool{strings.Contains(text, "Nobody is asked for yet"), strings.Contains(text, `class="forest"`)}
		if got != want || strings.Contains(text, "Nothing found") {
			t.Errorf("%s: %v, not %v", target, got, want)
		}
	}
}

// A forest is drawn as far as a page has room, and what is left out is told: thousands of
// children, chains without an end, circles.
func TestForestBounds(t *testing.T) {
	f := &lineage.Forest{Sessions: map[string]*lineage.Session{}}
	add := func(parent, id string) {
		f.Sessions[id] = &lineage.Session{ID: id, Kind: "role session", Events: 1, FirstUse: utc("2026-03-02T10:00:00Z"), LastUse: utc("2026-03-02T10:00:00Z")}
		if parent != "" {
			f.Links = append(f.Links, lineage.Link{Session: id, Parent: parent, Kind: "AssumeRole", Evidence: "accessKeyId"})
		}
	}
	add("", "broad")
	for i := range 3000 {
		add("broad", fmt.Sprintf("child-%04d", i))
	}
	add("", "deep-0")
	for i := range 1000 {
		add(fmt.Sprintf("deep-%d", i), fmt.Sprintf("deep-%d", i+1))
	}
	add("round-2", "round-1")
	add("round-1", "round-2")
	f.Seeds = []string{"child-2999", "round-2"}
	r := &request{values: url.Values{}}
	trees := r.newForest(f)
	drawn, asked, rest, circles := 0, 0, 0, 0
	var walk func(s *session)
	walk = func(s *session) {
		if s.Circle {
			circles++
			return
		}
		drawn++
		if s.Asked {
			asked++
		}
		if s.Rest != "" {
			rest++
		}
		for _, below := range s.Below {
			walk(below)
		}
	}
	for _, root := range trees.Roots {
		walk(root)
	}
	if drawn > maxNodes || asked != 2 || circles != 1 || rest != 2 || !strings.Contains(trees.More, fmt.Sprintf("%d of 4,004 sessions", drawn)) {
		t.Errorf("%d drawn, %d of 2 asked for, %d circles, %d told of more; %s", drawn, asked, circles, rest, trees.More)
	}
}

// What verify found is told by its kind, with how often.
func TestIntegrityPage(t *testing.T) {
	f := story()
	text := over(t, f).get("/integrity")
	kinds := map[string]int{}
	for _, finding := range f.found.Findings {
		kinds[string(finding.Kind)]++
	}
	if len(kinds) == 0 {
		t.Fatal("nothing was found")
	}
	for kind, n := range kinds {
		if want := regexp.MustCompile(fmt.Sprintf(`<b>%s</b> <span class="mark [a-z]">%d</span>`, kind, n)); !want.MatchString(text) {
			t.Errorf("of %s there are not %d", kind, n)
		}
	}
	for _, chain := range f.found.Chains {
		if !strings.Contains(text, chain.Trail) {
			t.Errorf("the trail %s is not told", chain.Trail)
		}
	}
	if !strings.Contains(text, fmt.Sprintf("%d findings", len(f.found.Findings))) {
		t.Error("how many findings there are is not told")
	}
	if text := over(t, hostile()).get("/integrity"); !strings.Contains(text, "Nobody has verified this store") {
		t.Error("that nobody has verified is not told")
	}
}

// What is kept of a store is asked anew once it is another, and by each filter.
func TestMemo(t *testing.T) {
	path := emptyStore(t)
	store, err := schema.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	r, asked := &request{store: store, server: &Server{}}, 0
	ask := func(what string, f query.Filter) int {
		n, err := memo(r, what, f, func() (int, error) { asked++; return asked, nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	others := []query.Filter{{Scope: schema.Scope{Since: utc("2026-03-02T10:00:00Z")}}, {Scope: schema.Scope{Accounts: []string{"a b"}}}, {Scope: schema.Scope{Accounts: []string{"a", "b"}}}, {Actor: query.Is("x")}, {EventName: query.Is("x")}}
	for i, what := range []string{"a", "a", "b"} {
		if got, want := ask(what, query.Filter{}), []int{1, 1, 2}[i]; got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	for i, f := range others {
		if got := ask("a", f); got != i+3 {
			t.Errorf("filter %d gets the answer of another: %d", i, got)
		}
	}
	if _, err := memo(r, "fails", query.Filter{}, func() (int, error) { return 0, errors.New("it fails") }); err == nil {
		t.Error("an error is lost")
	}
	later := utc("2030-01-01T00:00:00Z")
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if before := asked; ask("a", query.Filter{}) != before+1 {
		t.Error("of another store what was there before is told")
	}
}

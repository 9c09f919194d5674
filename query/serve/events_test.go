package serve

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// A plainRecord is what the plain way of counting reads of a record.
type plainRecord struct {
	text                                                                              string
	EventTime, EventName, EventSource, AWSRegion, SourceIPAddress, ErrorCode, EventID string
	RecipientAccountID                                                                string
	ReadOnly                                                                          *bool
	UserIdentity                                                                      struct{ AccountID, AccessKeyID, UserName string }
}

// eventAttacks are the insides of JSON strings that try something with a page.
func eventAttacks() []string {
	return []string{
		`<script>alert(1)</script>`, `\" onmouseover=\"alert(1)`, `'><svg/onload=alert(1)>`, `javascript:alert(1)`, `</title></style></svg></pre>`,
		`\u202egpj.exe\u2066`, `\u001b]0;owned\u0007\u001b[2J`, `a\r\nb\u0000c`, `{{.}} $1 /* filters */`, `a,b*!@=\\`, strings.Repeat("long ", 2000),
	}
}

// eventRecords are those of testdata/logs, each once, and some that are hard to list: of one
// instant, without an eventID or a time, of one eventID, and with an attack wherever there is
// text.
func eventRecords(t *testing.T) (records []plainRecord) {
	seen := map[string]bool{}
	add := func(text string) {
		if !seen[text] {
			seen[text] = true
			r := plainRecord{text: text}
			if err := json.Unmarshal([]byte(text), &r); err != nil {
				t.Fatal(err)
			}
			records = append(records, r)
		}
	}
	root := os.DirFS("../../testdata/logs")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(name, "Digest") || strings.Contains(name, "Aggregated") {
			return err
		}
		packed, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		unzip, err := gzip.NewReader(bytes.NewReader(packed))
		if err != nil {
			return err
		}
		var file struct{ Records []json.RawMessage }
		if err := json.NewDecoder(unzip).Decode(&file); err != nil {
			return err
		}
		for _, r := range file.Records {
			add(string(r))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 60 { // more than a page
		add(fmt.Sprintf(`{"eventVersion":"1.00","eventTime":"2026-03-02T12:00:00Z","eventName":"Old%d","awsRegion":"us-east-1"}`, i))
	}
	for i := range 3 {
		add(fmt.Sprintf(`{"eventVersion":"1.08","eventName":"Timeless%d","eventID":"00000000-0000-4000-8000-00000000000%d"}`, i, i))
		add(fmt.Sprintf(`{"eventVersion":"1.08","eventName":"Nameless%d"}`, i))
		add(fmt.Sprintf(`{"eventVersion":"1.08","eventTime":"2026-03-02T12:00:01Z","eventName":"Twice","n":%d,"eventID":"10000000-0000-4000-8000-000000000000"}`, i))
	}
	for i, attack := range eventAttacks() {
		members := map[string]string{}
		for _, c := range schema.Columns() {
			if c.Kind == schema.Text && !strings.Contains(c.Path, ".") {
				members[c.Path] = `"` + attack + `"`
			}
		}
		members["eventSource"] = `"` + strings.ReplaceAll(attack, ":", "") + `"` // a colon is of notifications
		members["eventTime"] = `"2026-03-02T13:00:00Z"`
		members["readOnly"] = fmt.Sprint(i%2 == 0)
		members["eventID"] = fmt.Sprintf(`"20000000-0000-4000-8000-%012d"`, i)
		members["userIdentity"] = strings.ReplaceAll(`{"type":"@","arn":"@","userName":"@","accessKeyId":"@","accountId":"@","principalId":"@"}`, "@", attack)
		members["requestParameters"] = strings.ReplaceAll(`{"@":"@","roleName":"@","policyDocument":"@"}`, "@", attack)
		members["resources"] = strings.ReplaceAll(`[{"ARN":"@","type":"@"}]`, "@", attack)
		var parts []string
		for name, value := range members {
			parts = append(parts, `"`+name+`":`+value)
		}
		slices.Sort(parts)
		add("{" + strings.Join(parts, ",") + "}")
	}
	return records
}

// A console is a server that a test asks.
type console struct {
	t *testing.T
	*Server
}

func (c console) ask(method, target string, body string, header ...string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:7007"
	r.Header.Set("Authorization", "Bearer "+testToken)
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// large is the console of a store that is too large for everything at once.
func (c console) large() console {
	s, err := New(c.Config)
	if err != nil {
		c.t.Fatal(err)
	}
	s.small = -1
	return console{c.t, s}
}

// get is a page, which has to be there and harmless.
func (c console) get(target string) string {
	c.t.Helper()
	w := c.ask("GET", target, "")
	if w.Code != http.StatusOK {
		c.t.Fatalf("GET %.300s: %d %.600s", target, w.Code, w.Body)
	}
	text := w.Body.String()
	if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		c.checkHarmless(target, text)
	}
	return text
}

var (
	anyTag     = regexp.MustCompile(`<([a-zA-Z]+)([^>]*)>`)
	badInTag   = regexp.MustCompile(`(?i)\s(on[a-z]+|style)=|javascript:`)
	shownInTag = regexp.MustCompile(`(?:title|aria-label|placeholder)="[^"]*"`)
	hrefOf     = regexp.MustCompile(`(?:href|data-link|data-load|data-ask|data-details|data-copy)="([^"]*)"`)
	refOf      = regexp.MustCompile(`data-ref="([^"]*)" data-row="([0-9]+)"`)
	nextOf     = regexp.MustCompile(`<a href="([^"]*)" rel="next"`)
	previousOf = regexp.MustCompile(`<a href="([^"]*)" rel="prev"`)
	sumOf      = regexp.MustCompile(`<div class="sum"><b>([0-9,]+) events?</b> of ([0-9,]+).*?>([0-9,]+) writes?</a>.*?>([0-9,]+) refused`)
	barOf      = regexp.MustCompile(`<tr><td class="m"><a href="[^"]*">([^<]*)</a></td><td class="num">([0-9,]+)</td><td class="num">([0-9,]+)</td><td class="num">([0-9,]+)</td></tr>`)
)

// checkHarmless finds what a page must not have: anything that a browser would run, and
// characters that hide or turn round others.
func (c console) checkHarmless(target, text string) {
	c.t.Helper()
	for _, m := range anyTag.FindAllStringSubmatch(text, -1) {
		switch strings.ToLower(m[1]) {
		case "style", "iframe", "object", "embed", "base":
			c.t.Errorf("%.200s has a %s", target, m[0])
		case "script":
			if !strings.Contains(m[2], `src="/assets/`) {
				c.t.Errorf("%.200s has a script: %s", target, m[0])
			}
		}
		unquoted := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(m[2], `""`)
		if badInTag.MatchString(unquoted) || strings.Contains(strings.ToLower(m[2]), `href="javascript`) {
			c.t.Errorf("%.200s has a tag that does something: %.300s", target, m[0])
		}
	}
	seen := anyTag.ReplaceAllStringFunc(text, func(tag string) string { // what is told of a tag is seen, what a form sends is not
		return strings.Join(shownInTag.FindAllString(tag, -1), " ")
	})
	for _, r := range html.UnescapeString(seen) {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r)) {
			c.t.Errorf("%.200s has %U in it", target, r)
			break
		}
	}
}

func number(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(strings.ReplaceAll(text, ",", ""), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// follow pages through a list, and returns the numbers of the rows of each page.
func (c console) follow(target string, link *regexp.Regexp) (pages [][]string, last string) {
	for target != "" && len(pages) < 100 {
		text := c.get(target)
		var rows []string
		for _, m := range refOf.FindAllStringSubmatch(text, -1) {
			rows = append(rows, m[2])
		}
		pages, last, target = append(pages, rows), target, ""
		if m := link.FindStringSubmatch(text); m != nil {
			target = html.UnescapeString(m[1])
		}
	}
	return pages, last
}

// The list, an event and the case, over one store.
func TestEvents(t *testing.T) {
	records := eventRecords(t)
	var texts []string
	for _, r := range records {
		texts = append(texts, r.text)
	}
	store := recordtest.Load(t, texts...)
	path := store.Path()
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	stores := NewStores(path, schema.Grants{})
	defer stores.Close()
	open := func(t *testing.T) console {
		s, err := New(Config{Stores: stores, Token: testToken, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		return console{t, s}
	}
	c := open(t)
	for _, test := range []struct {
		name string
		test func(t *testing.T, c console, records []plainRecord)
	}{
		{"numbers", testNumbers}, {"pages", testPages}, {"links", testLinks}, {"hostile", testHostileEvents}, {"search", testSearch},
		{"refused", testRefused}, {"record", testRecord}, {"later", testLater}, {"suggest", testSuggest}, {"columns", testColumns},
	} {
		t.Run(test.name, func(t *testing.T) { test.test(t, console{t, c.Server}, records) })
	}
	t.Run("case", func(t *testing.T) { testCase(t, console{t, c.Server}, func() console { return open(t) }, records) })
}

// What a list says that there is, is what a plain count finds.
func testNumbers(t *testing.T, c console, records []plainRecord) {
	account := func(r *plainRecord) string {
		if r.RecipientAccountID != "" {
			return r.RecipientAccountID
		}
		return r.UserIdentity.AccountID
	}
	for query, fits := range map[string]func(r *plainRecord) bool{
		"":                       func(*plainRecord) bool { return true },
		"event-name=assumerole":  func(r *plainRecord) bool { return strings.EqualFold(r.EventName, "AssumeRole") },
		"event-name=!Describe*":  func(r *plainRecord) bool { return !strings.HasPrefix(strings.ToLower(r.EventName), "describe") },
		"event-source=s3":        func(r *plainRecord) bool { return r.EventSource == "s3.amazonaws.com" },
		"source-ip=203.0.113.77": func(r *plainRecord) bool { return r.SourceIPAddress == "203.0.113.77" },
		"access-key=AKIADEPLOYBOTEXAMPLE&error-code=*Denied*": func(r *plainRecord) bool {
			return r.UserIdentity.AccessKeyID == "AKIADEPLOYBOTEXAMPLE" && strings.Contains(r.ErrorCode, "Denied")
		},
		"aws-region=eu-west-1&read-only=false": func(r *plainRecord) bool { return r.AWSRegion == "eu-west-1" && r.ReadOnly != nil && !*r.ReadOnly },
		"since=2026-03-02T12:00:00Z&until=2026-03-02T13:00:01Z": func(r *plainRecord) bool {
			return r.EventTime >= "2026-03-02T12:00:00Z" && r.EventTime < "2026-03-02T13:00:01Z"
		},
		"account=444455556666": func(r *plainRecord) bool { return account(r) == "444455556666" },
		"text=exfil":           func(r *plainRecord) bool { return strings.Contains(strings.ToLower(r.text), "exfil") },
		"text=customer&event-name=GetObject": func(r *plainRecord) bool {
			return strings.Contains(strings.ToLower(r.text), "customer") && r.EventName == "GetObject"
		},
	} {
		events, writes, timed := 0, 0, 0
		for i := range records {
			r := &records[i]
			if !fits(r) {
				continue
			}
			events++
			if r.ReadOnly != nil && !*r.ReadOnly {
				writes++
			}
			if r.EventTime != "" {
				timed++
			}
		}
		text := c.get("/events?part=sums&" + query)
		m := sumOf.FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%s: no sum in\n%s", query, text)
		}
		if number(t, m[1]) != events || number(t, m[3]) != writes || number(t, m[2]) != len(records) {
			t.Errorf("%q: %v, want %d events of %d, %d writes", query, m[1:], events, len(records), writes)
		}
		drawn, drawnWrites := 0, 0
		for _, bar := range barOf.FindAllStringSubmatch(c.get("/events?part=picture&"+query), -1) {
			drawn += number(t, bar[2])
			drawnWrites += number(t, bar[3])
		}
		if drawn != timed {
			t.Errorf("%q: %d events are drawn, of %d with a time", query, drawn, timed)
		}
	}
}

// Paging forth and back shows each event once, in one order, whatever that is.
func testPages(t *testing.T, c console, records []plainRecord) {
	c = c.large()
	wanted := func(r plainRecord) bool {
		return regexp.MustCompile("^(Old|Timeless|Nameless|Twice|AssumeRole$)").MatchString(r.EventName)
	}
	few := len(slices.DeleteFunc(slices.Clone(records), func(r plainRecord) bool { return !wanted(r) }))
	for query, events := range map[string]int{"event-name=Old*,Timeless*,Nameless*,Twice,AssumeRole": few, "text=2026-03-02t12:00:0&aws-region=us-east-1": 0} {
		forth, last := c.follow("/events?"+query, nextOf)
		all, seen := slices.Concat(forth...), map[string]bool{}
		for _, row := range all {
			if seen[row] {
				t.Errorf("%q: row %s is there twice", query, row)
			}
			seen[row] = true
		}
		if events > 0 && len(all) != events || len(forth) < 2 {
			t.Errorf("%q: %d events on %d pages, of %d", query, len(all), len(forth), events)
		}
		back, _ := c.follow(last, previousOf)
		slices.Reverse(back)
		if !slices.Equal(slices.Concat(back...), all) {
			t.Errorf("%q: back are %d events in %d pages, forth %d in %d, or in another order", query, len(slices.Concat(back...)), len(back), len(all), len(forth))
		}
		oldest, _ := c.follow("/events?order=oldest&"+query, nextOf)
		turned := slices.Concat(oldest...)
		slices.Reverse(turned)
		if !slices.Equal(turned, all) {
			t.Errorf("%q: the oldest first are not the newest first from their end", query)
		}
	}
}

// Every link of the list, of an event and of the case leads somewhere. Pages of names and
// times are others'.
func testLinks(t *testing.T, c console, _ []plainRecord) {
	c = c.large()
	asked, kinds := map[string]bool{}, map[string]int{}
	waiting := []string{"/events?actor=deploy-bot&event-name=!List*&since=2026-03-02", "/event/10000000-0000-4000-8000-000000000000", "/case"}
	for len(waiting) > 0 {
		target := waiting[0]
		waiting = waiting[1:]
		for _, m := range hrefOf.FindAllStringSubmatch(c.get(target), -1) {
			link := html.UnescapeString(m[1])
			if !strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "#") || strings.HasPrefix(link, "//") {
				t.Errorf("%s leads elsewhere: %s", target, link)
			}
			to, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			// Of links that differ in values alone, one will do.
			names := slices.Sorted(maps.Keys(to.Query()))
			kind := strings.Join(append(names, to.Query().Get("part"), to.Query().Get("form"), strings.SplitN(to.Path+"//", "/", 3)[1]), " ")
			ours := to.Path == "/events" || to.Path == "/case" || strings.HasPrefix(to.Path, "/event/")
			if len(asked) == 20 || !ours || asked[link] || kinds[kind] == 1 || to.Query().Get("part") == "chain" || to.Query().Has("form") {
				continue
			}
			asked[link] = true
			kinds[kind]++
			waiting = append(waiting, link)
		}
	}
	if len(asked) < 15 {
		t.Errorf("%d kinds of links", len(asked))
	}
}

// An event that attacks whoever looks at it stays text: in the list, alone, and in what comes later.
func testHostileEvents(t *testing.T, c console, _ []plainRecord) {
	c.get("/events?since=2026-03-02T13:00:00Z&until=2026-03-02T13:00:01Z&columns=event,service,actor,resource,from,outcome,account,region,user,key,agent,message,category,request,id")
	large := c.large()
	for i, attack := range eventAttacks() {
		ref := fmt.Sprintf("20000000-0000-4000-8000-%012d", i)
		text := large.get("/event/" + ref)
		if i != 1 && i != 5 {
			continue
		}
		large.get("/event/" + ref + "?part=pivots")
		for _, m := range hrefOf.FindAllStringSubmatch(text, -1) {
			if link := html.UnescapeString(m[1]); strings.HasPrefix(link, "/events") && len(link) < 3000 {
				if !refOf.MatchString(large.get(link)) {
					t.Errorf("attack %.40q: %.200s lists nothing", attack, link)
				}
			}
		}
	}
	for _, form := range []string{"csv", "json"} {
		if w := c.ask("GET", "/events?since=2026-03-02T13:00:00Z&form="+form, ""); w.Code != http.StatusOK || w.Body.Len() == 0 {
			t.Errorf("%s: %d", form, w.Code)
		}
	}
	text := c.get("/events?actor=" + url.QueryEscape("=<script>alert(1)</script>"))
	if m := sumOf.FindStringSubmatch(text); m == nil || m[1] != "1" {
		t.Errorf("the actor with markup is not found by the name: %v", m)
	}
}

// What is typed into the one field is understood by its form, and by what the store has.
func testSearch(t *testing.T, c console, _ []plainRecord) {
	for typed, want := range map[string]string{
		"q=AssumeRole":                           "/events?event-name=AssumeRole",
		"q=!AssumeRole":                          "/events?event-name=%21AssumeRole",
		"q=Describe*":                            "/events?event-name=Describe%2A",
		"q=s3":                                   "/events?event-source=s3",
		"q=deploy-bot":                           "/events?actor=deploy-bot",
		"q=203.0.113.77":                         "/events?source-ip=203.0.113.77",
		"q=203.0.113.0/24":                       "/events?source-ip=203.0.113.0%2F24",
		"q=2001:db8:66::17":                      "/events?source-ip=2001%3Adb8%3A66%3A%3A17",
		"q=AKIADEPLOYBOTEXAMPLE":                 "/events?access-key=AKIADEPLOYBOTEXAMPLE",
		"q=444455556666":                         "/events?account=444455556666",
		"q=eu-west-1":                            "/events?aws-region=eu-west-1",
		"q=AccessDenied":                         "/events?error-code=AccessDenied",
		"q=nothing+has+this":                     "/events?text=nothing+has+this",
		"q=actor:deploy-bot":                     "/events?actor=deploy-bot",
		"q=--event-name+Get*":                    "/events?event-name=Get%2A",
		"q=x&attribute=user-name":                "/events?user-name=x",
		"q=&account=&event-name=X":               "/events?event-name=X",
		"q=10000000-0000-4000-8000-000000000000": "/event/10000000-0000-4000-8000-000000000000",
		"q=1F000000-0000-4000-8000-000000000000": "/events?text=1F000000-0000-4000-8000-000000000000",
		"q=AssumeRole&actor=x&order=oldest&after=y&columns=key": "/events?actor=x&columns=key&event-name=AssumeRole&order=oldest",
	} {
		w := c.ask("GET", "/events?"+typed, "")
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s: %d to %s, want %s", typed, w.Code, got, want)
		}
	}
}

// What makes no sense is refused, and said so.
func testRefused(t *testing.T, c console, _ []plainRecord) {
	c = c.large()
	good := c.get("/events")
	after := nextOf.FindStringSubmatch(good)
	if after == nil {
		t.Fatal("there is no next page")
	}
	to, err := url.Parse(html.UnescapeString(after[1]))
	if err != nil {
		t.Fatal(err)
	}
	token := to.Query().Get("after")
	for target, status := range map[string]int{
		"/events?after=x": 400, "/events?after=" + token + "x": 400, "/events?before=%00": 400, "/events?after=" + url.QueryEscape("../../etc"): 400,
		"/events?after=OTk5OTk5OTk5OTk5OTk5OTk5OV9fMF8w": 400, "/events?event=x": 400, "/events?event=9-99999": 404, "/events?event=-1--1": 400,
		"/events?shared-event-id=x": 400, "/events?part=details&rows=x": 400, "/events?part=details&rows=-1": 400, "/events?q=x&attribute=nosuch": 400,
		"/event/nosuch": 404, "/event/30000000-0000-4000-8000-000000000000": 404, "/event/10000000-0000-4000-8000-000000000000?nth=7": 400,
		"/events?since=nosuch": 400, "/events?account=1": 400,
	} {
		w := c.ask("GET", target, "")
		if w.Code != status {
			t.Errorf("%s: %d, want %d", target, w.Code, status)
		}
		c.checkHarmless(target, w.Body.String())
	}
	for _, key := range []query.OrderKey{{}, {File: 1 << 20}, {EventID: new("f0000000-0000-4000-8000-000000000000")}} {
		if w := c.ask("GET", "/events?after="+key.String(), ""); w.Code != http.StatusOK {
			t.Errorf("after %v, which no event has: %d", key, w.Code)
		}
	}
}

// A record is given back byte for byte, whatever it has for a name; records of one eventID all are.
func testRecord(t *testing.T, c console, records []plainRecord) {
	of := map[string][]string{}
	for i, r := range records {
		ref := r.EventID
		if ref == "" {
			ref = fmt.Sprintf("1-%d", i)
		}
		of[ref] = append(of[ref], r.text)
	}
	first := len(records) - len(eventAttacks()) - 9
	for _, ref := range []string{
		records[0].EventID, records[500].EventID, "10000000-0000-4000-8000-000000000000", "00000000-0000-4000-8000-000000000001",
		fmt.Sprintf("1-%d", first-1), fmt.Sprintf("1-%d", first+1), "20000000-0000-4000-8000-000000000005", "20000000-0000-4000-8000-000000000010",
	} {
		texts := of[ref]
		if texts == nil {
			t.Fatalf("the test has no %s", ref)
		}
		var got []string
		for i := range texts {
			got = append(got, c.get(fmt.Sprintf("/event/%s?part=record&nth=%d", ref, i)))
		}
		slices.Sort(got)
		slices.Sort(texts)
		if !slices.Equal(got, texts) {
			t.Errorf("%s: %.300q, want %.300q", ref, got, texts)
		}
	}
	text := c.get("/event/10000000-0000-4000-8000-000000000000")
	if !strings.Contains(text, "3 different records have this eventID: they differ in n.") {
		t.Error("nothing tells that an eventID has three records, and in what they differ")
	}
}

// In a large store what is dear comes after the page, and is the same.
func testLater(t *testing.T, c console, _ []plainRecord) {
	small := c.get("/events?actor=support")
	large := c.large()
	text := large.get("/events?actor=support")
	if sumOf.MatchString(text) {
		t.Error("the page of a large store waits for its sums")
	}
	later := ""
	for _, m := range regexp.MustCompile(`data-load="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		later += large.get(html.UnescapeString(m[1]))
	}
	if got, want := sumOf.FindString(later), sumOf.FindString(small); got == "" || got != want {
		t.Errorf("later there are %q, want %q", got, want)
	}
	if got, want := barOf.FindAllString(later, -1), barOf.FindAllString(small, -1); len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("later there are the bars %q, want %q", got, want)
	}
	m := regexp.MustCompile(`data-details="([^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		t.Fatal("nothing says where the details are")
	}
	var details []struct{ Row, Text, Class string }
	if err := json.Unmarshal([]byte(large.get(html.UnescapeString(m[1]))), &details); err != nil || len(details) == 0 {
		t.Fatalf("%v %v", details, err)
	}
	for _, d := range details {
		if !strings.Contains(small, html.EscapeString(d.Text)) && !strings.Contains(html.UnescapeString(small), d.Text) {
			t.Errorf("the page of a small store has no %q", d.Text)
		}
	}
}

// Suggestions are what the store has, the best first.
func testSuggest(t *testing.T, c console, records []plainRecord) {
	ask := func(query string) (found []suggestion) {
		if err := json.Unmarshal([]byte(c.get("/suggest?"+query)), &found); err != nil {
			t.Fatal(err)
		}
		return found
	}
	calls := 0
	for _, r := range records {
		if r.EventName == "AssumeRole" {
			calls++
		}
	}
	found := ask("field=event-name&typed=ASSUMER")
	if len(found) == 0 || found[0] != (suggestion{"event-name", "AssumeRole", "AssumeRole", int64(calls)}) {
		t.Errorf("%v, want AssumeRole of %d events", found, calls)
	}
	if found = ask("field=q&typed=deploy"); len(found) == 0 || found[0].Value != "deploy-bot" {
		t.Errorf("%v, want deploy-bot", found)
	}
	if found = ask("field=actor&typed=" + url.QueryEscape("<script")); len(found) != 1 || !strings.HasPrefix(found[0].Value, "<script>alert(1)") {
		t.Errorf("%v, want the actor with markup", found)
	}
	for _, query := range []string{"field=nosuch&typed=a", "field=actor&typed=" + strings.Repeat("x", 5000), "field=actor&typed=%00", ""} {
		for _, s := range ask(query) {
			if s.Shown != query && strings.ContainsFunc(s.Shown, unicode.IsControl) {
				t.Errorf("%q suggests %q", query, s.Shown)
			}
		}
	}
}

// Columns are chosen by name, and what repeats is said once, above.
func testColumns(t *testing.T, c console, _ []plainRecord) {
	text := c.get("/events?event-name=Old*&columns=event&columns=region&columns=nosuch")
	if !strings.Contains(text, `<span class="d">Region</span> <span class="u">us-east-1</span>`) {
		t.Error("what all rows have is not said once")
	}
	if n := strings.Count(text, `class="c-`); n != 2 || !strings.Contains(text, `colspan="2"`) { // time and event
		t.Errorf("%d columns, or a day is as wide as another number of them", n)
	}
}

// What is marked stays, over a restart, and is given out as it is.
func testCase(t *testing.T, c console, again func() console, records []plainRecord) {
	change := func(status int, pairs ...string) {
		t.Helper()
		form := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			form.Set(pairs[i], pairs[i+1])
		}
		if w := c.ask("POST", "/case", form.Encode(), "Origin", "http://127.0.0.1:7007"); w.Code != status {
			t.Errorf("%.200v: %d %.300s", pairs, w.Code, w.Body)
		}
	}
	attack, twice := "20000000-0000-4000-8000-000000000000", "10000000-0000-4000-8000-000000000000"
	change(303, "do", "add", "event", attack, "title", "<script>alert(1)</script>\u202e")
	change(303, "do", "add", "event", attack) // once is enough
	change(303, "do", "add", "event", twice)
	change(303, "do", "add", "view", "/events?actor=support", "title", "what support did")
	change(303, "do", "note", "number", "3", "note", "look here\n<b>")
	change(303, "do", "note", "number", "0", "note", "a case")
	change(400, "do", "note", "number", "99", "note", "x")
	change(400, "do", "add", "event", "nosuch")
	change(400, "do", "add", "view", "https://example.org/")
	change(400, "do", "add", "view", "//example.org/")
	change(400, "do", "note", "number", "1", "note", strings.Repeat("x", maxNote+1))
	change(400)
	if w := c.ask("POST", "/case", "do=empty", "Origin", "http://example.org"); w.Code != http.StatusForbidden {
		t.Errorf("another site empties the case: %d", w.Code)
	}
	if w := c.ask("POST", "/case", "do=add&event="+attack+"&back=//example.org/"); w.Header().Get("Location") != "/example.org/" {
		t.Errorf("the way back leads to %s", w.Header().Get("Location"))
	}
	info, err := os.Stat(c.basket.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the case is kept as %v, %v", info.Mode(), err)
	}
	c.Server = again().Server
	text := c.get("/case")
	for _, want := range []string{"a case", "look here", "what support did", "/event/" + twice, `<b id="case-count">3</b>`} {
		if !strings.Contains(text, want) {
			t.Errorf("after a restart the case has no %q", want)
		}
	}
	files := c.unzip("/case/folder.zip")
	got := []string{}
	for name, text := range files {
		if strings.HasPrefix(name, "events/"+twice) {
			got = append(got, text)
		}
	}
	var want []string
	for _, r := range records {
		if r.EventID == twice {
			want = append(want, r.text)
		}
		if r.EventID == attack && files["events/"+attack+".json"] != r.text {
			t.Error("a record is not as it was delivered")
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if !strings.Contains(files["views/3.sql"], "'support'") || !strings.Contains(files["notes.txt"], "trailbox lookup --actor=support") {
		t.Errorf("the view is not told: %s %s", files["views/3.sql"], files["notes.txt"])
	}
	change(303, "do", "remove", "number", "2")
	change(303, "do", "remove", "event", attack)
	if held, err := c.basket.all(); err != nil || len(held.Items) != 1 {
		t.Errorf("%v is left, %v", held, err)
	}
	if err := os.WriteFile(c.basket.path, []byte("no case"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Server = again().Server
	if w := c.ask("GET", "/case", ""); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "is no case") {
		t.Errorf("a file that is no case: %d", w.Code)
	}
	change(400, "do", "add", "event", attack)
	if text, err := os.ReadFile(c.basket.path); err != nil || string(text) != "no case" {
		t.Errorf("a file that is no case is written over: %q, %v", text, err)
	}
}

func (c console) unzip(target string) map[string]string {
	text := c.get(target)
	z, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
	if err != nil {
		c.t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			c.t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			c.t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

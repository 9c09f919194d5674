//go:build browser

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"trailbox/query"
)

// A browser is Chromium, of the test's own, at the console. Whatever a page does that it must
// not do fails the test: a script that is not ours, a dialog, an error, a request elsewhere.
type browser struct {
	*testing.T
	ctx  context.Context
	site string

	mu    sync.Mutex
	wrong []string // since the last look
}

// startBrowser starts Chromium at a console.
func startBrowser(t *testing.T, c *console) *browser {
	t.Helper()
	return startBrowserAt(t, "http://"+c.address.Host, c.address.RequestURI())
}

// startBrowserAt starts Chromium, $TRAILBOX_CHROMIUM or Debian's, at a page of a site.
func startBrowserAt(t *testing.T, site, path string) *browser {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(cmp.Or(os.Getenv("TRAILBOX_CHROMIUM"), "/usr/bin/chromium")),
		chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	b := &browser{T: t, ctx: ctx, site: site}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.open(path)
	return b
}

// The page of an answer is sorted by a click: rows with what stands below them, numbers as such, and
// in the third turn as they were. Nothing else runs in it.
func TestAnswerPageSorts(t *testing.T) {
	demo(t)
	dir := t.TempDir()
	code, _, stderr := call(t, "sql", "--to", filepath.Join(dir, "answer.html"),
		"SELECT n, x, repeat('wide ', 30) || n AS a, repeat('wide ', 30) AS b, repeat(x, 40) AS c, repeat(x, 41) AS d, repeat(x, 42) AS e, 'below' || n AS f FROM (VALUES (900, 'b'), (1000, '<b>'), (NULL, 'c'), (-2, 'a')) AS v(n, x)")
	if code != exitDone {
		t.Fatal(stderr)
	}
	site := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer site.Close()
	b := startBrowserAt(t, site.URL, "/answer.html")
	first := func() string {
		return strings.Join(get(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("table.sorts tbody tr")].map(r => r.className === "below" ? "+" : r.cells[0].textContent.trim() || "none")`)), " ")
	}
	click := func(column int) {
		get(b, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelectorAll("table.sorts th button")[%d].click() || ""`, column)))
	}
	for i, want := range []string{"900 + 1,000 + none -2 +", "1,000 + 900 + -2 + none", "-2 + 900 + 1,000 + none", "900 + 1,000 + none -2 +"} {
		if i > 0 {
			click(0)
		}
		if got := first(); got != want {
			t.Errorf("after %d clicks the rows are %q, not %q", i, got, want)
		}
	}
	click(1) // text: <b>, a, b, c
	if got := first(); got != "1,000 + -2 + 900 + none" {
		t.Errorf("by text the rows are %q", got)
	}
	b.look("the sorted page")
}

// hear takes note of what no page may do.
func (b *browser) hear(event any) {
	wrong := ""
	switch e := event.(type) {
	case *page.EventJavascriptDialogOpening:
		wrong = "dialog: " + e.Message
		go chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true}) // or nothing goes on
	case *runtime.EventExceptionThrown:
		wrong = "exception: " + e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceSecurity || e.Entry.Source == log.EntrySourceJavascript || strings.Contains(e.Entry.Text, "Content Security Policy") {
			wrong = fmt.Sprintf("%s: %s", e.Entry.Source, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.site+"/") && !strings.HasPrefix(e.Request.URL, "blob:") {
			wrong = "request to " + e.Request.URL
		}
	}
	if wrong != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.wrong = append(b.wrong, wrong)
	}
}

// look fails the test if a page has done what it must not.
func (b *browser) look(where string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, wrong := range b.wrong {
		b.Errorf("%s: %s", where, wrong)
	}
	b.wrong = nil
}

// do does things in the page.
func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// get asks the page for something.
func get[T any](b *browser, action chromedp.Action[T]) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// open goes to a page.
func (b *browser) open(path string) {
	b.Helper()
	b.do(chromedp.Navigate(b.site+path), chromedp.WaitReady(chromedp.CSS("main")))
	b.look(path)
}

// path is where the browser is, without the site.
func (b *browser) path() string {
	b.Helper()
	return strings.TrimPrefix(get(b, chromedp.Location()), b.site)
}

// shoot keeps pictures of the page, light and dark, where $TRAILBOX_PICTURES says: for people.
func (b *browser) shoot(name string) {
	b.Helper()
	dir := os.Getenv("TRAILBOX_PICTURES")
	if dir == "" {
		return
	}
	for _, theme := range []string{"light", "dark"} {
		b.emulate("prefers-color-scheme", theme)
		picture := get(b, chromedp.FullScreenshot(100))
		if err := os.WriteFile(filepath.Join(dir, name+"-"+theme+".png"), picture, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.emulate("prefers-color-scheme", "light")
}

// emulate makes a feature of the medium look so to the page.
func (b *browser) emulate(feature, is string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: is}},
	})
	if err != nil {
		b.Fatal(err)
	}
}

// What no page may do is noticed: a handler that came in with markup, and what it would fetch.
func TestBrowserNotices(t *testing.T) {
	c := startConsole(t, demoStore(t))
	defer c.stop()
	b := startBrowser(t, c)
	get(b, chromedp.Evaluate[string](`document.querySelector("main").insertAdjacentHTML("beforeend", '<img src="https://example.com/x" onerror="alert(1)">') || ""`))
	b.do(chromedp.Navigate(b.site + "/reports")) // by then it has been told
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, want := range []string{"img-src", "script-src"} {
		if !slices.ContainsFunc(b.wrong, func(wrong string) bool { return strings.Contains(wrong, want) }) {
			t.Errorf("nothing about %s in %q", want, b.wrong)
		}
	}
}

// shape is a path without what is different from event to event and from name to name.
func shape(at *url.URL) string {
	parts := strings.Split(at.Path, "/")
	if len(parts) == 3 && parts[1] == "event" {
		parts[2] = "ID"
	}
	names := []string{}
	for name := range at.Query() {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&")
}

// Wherever a name, an agent, an error or a parameter is shown, it is text: no attack that is in the
// log runs, none changes what pages are made of, and none makes the browser ask elsewhere.
func TestBrowserHostile(t *testing.T) {
	store := filepath.Join(t.TempDir(), "t.duckdb")
	if code, _, stderr := call(t, "ingest", "--store", store, hostileArchive(t)); code != exitDone && code != exitFindings {
		t.Fatal(stderr)
	}
	c := startConsole(t, store)
	defer c.stop()
	b := startBrowser(t, c)
	// From page to page by their links, a few of each kind.
	const most = 4
	waiting := []string{"/events", "/overview", "/reports", "/trace", "/alarms", "/integrity", "/sql", "/case"}
	seen, of, visited := map[string]bool{}, map[string]int{}, 0
	for len(waiting) > 0 && visited < 150 {
		path := waiting[0]
		waiting = waiting[1:]
		at, err := url.Parse(path)
		if err != nil || at.Host != "" || at.Query().Has("form") {
			continue
		}
		kind := shape(at)
		if seen[path] || of[kind] >= most {
			continue
		}
		seen[path] = true
		of[kind]++
		visited++
		b.open(path)
		type parts struct {
			Scripts, Handlers, Styles, Frames int
			Links                             []string
		}
		made := get(b, chromedp.Evaluate[parts](`({
			Scripts: Array.from(document.scripts).filter(s => !s.src.startsWith(location.origin + "/assets/")).length,
			Handlers: Array.from(document.querySelectorAll("*")).filter(e => Array.from(e.attributes).some(a => a.name.startsWith("on"))).length,
			Styles: document.querySelectorAll("main style, [style]").length,
			Frames: document.querySelectorAll("iframe, object, embed, base, meta[http-equiv]").length,
			Links: Array.from(document.querySelectorAll("a[href]")).map(a => a.getAttribute("href")),
		})`))
		if made.Scripts+made.Handlers+made.Styles+made.Frames > 0 {
			t.Errorf("%s is made of what we did not make it of: %+v", path, made)
		}
		for _, link := range made.Links {
			switch {
			case strings.HasPrefix(link, "/"):
				waiting = append(waiting, link)
			case !strings.HasPrefix(link, "#") && !strings.HasPrefix(link, "?"):
				t.Errorf("%s leads to %q", path, link)
			}
		}
	}
	if visited < 40 {
		t.Errorf("only %d pages were looked at: %v", visited, of)
	}
}

// wait waits until something is true in the page.
func (b *browser) wait(condition string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool]("!!("+condition+")")); err != nil {
		b.Fatalf("%s: %v", condition, err)
	}
}

// leads does something that leads to another page, and waits for it.
func (b *browser) leads(action chromedp.Action[chromedp.Void]) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, action); err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.WaitReady(chromedp.CSS("main")))
	b.look(b.path())
}

// text is what is seen of the first element of a selector.
func (b *browser) text(selector string) string {
	b.Helper()
	return get(b, chromedp.Text(chromedp.CSS(selector)))
}

// bucketLog is the log of the tour: somebody makes a bucket and deletes it.
const bucketLog = `{"Records":[
{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"admin","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2026-03-02T10:00:10Z","eventSource":"s3.amazonaws.com","eventName":"CreateBucket","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2","requestParameters":{"bucketName":"scratch"},"responseElements":null,"eventID":"3b1e0a1c-0000-4000-8000-000000000001","readOnly":false,"recipientAccountId":"111122223333","eventCategory":"Management"},
{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":"admin","accessKeyId":"AKIAIOSFODNN7EXAMPLE"},"eventTime":"2026-03-02T10:00:40Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"us-east-1","sourceIPAddress":"198.51.100.7","userAgent":"aws-cli/2","requestParameters":{"bucketName":"scratch"},"responseElements":null,"eventID":"3b1e0a1c-0000-4000-8000-000000000002","readOnly":false,"recipientAccountId":"111122223333","eventCategory":"Management"}]}`

// startTour is a browser at the console over the made-up archive and that log, and when its
// events were, by eventID.
func startTour(t *testing.T) (*console, *browser, map[string]time.Time) {
	t.Helper()
	store, file := demoStore(t), filepath.Join(t.TempDir(), "bucket.json")
	writeFile(t, file, []byte(bucketLog))
	if code, _, stderr := call(t, "ingest", "-q", "--store", store, file); code != exitDone {
		t.Fatal(stderr)
	}
	times := map[string]time.Time{}
	var log struct{ Records []json.RawMessage }
	if err := json.Unmarshal([]byte(bucketLog), &log); err != nil {
		t.Fatal(err)
	}
	for _, text := range append(log.Records, delivered(t)...) {
		var r struct {
			EventID   string
			EventTime time.Time
		}
		if err := json.Unmarshal(text, &r); err != nil {
			t.Fatal(err)
		}
		times[r.EventID] = r.EventTime
	}
	c := startConsole(t, store, "--rules", `{ $.eventName = "DeleteBucket" }`, "--period", "1m")
	t.Cleanup(func() { c.stop() })
	return c, startBrowser(t, c), times
}

// The tour of AWS's own console, over the store: somebody makes a bucket and deletes it; they are
// found by the resource, the event says who it was, and the alarm says why it went off.
func TestBrowserTour(t *testing.T) {
	c, b, times := startTour(t)
	if at := b.path(); at != "/events" {
		t.Fatalf("signed in, at %s", at)
	}
	b.wait(`document.querySelector(".sum b")`)
	if said := b.text(".sum b"); said != query.Count(int64(len(times)))+" events" {
		t.Errorf("%q of %d", said, len(times))
	}
	b.shoot("events")

	// By the attributes of AWS's console.
	b.do(chromedp.SetValue(chromedp.CSS("select[name=attribute]"), "resource"))
	b.do(chromedp.SendKeys(chromedp.CSS("[data-search]"), "scratch"))
	b.leads(chromedp.SendKeys(chromedp.CSS("[data-search]"), kb.Enter))
	found := get(b, chromedp.Evaluate[[]string](`Array.from(document.querySelectorAll("table.list tr[data-link]")).map(r => r.innerText)`))
	if len(found) != 2 || !strings.Contains(found[0], "DeleteBucket") || !strings.Contains(found[1], "CreateBucket") {
		t.Fatalf("of the bucket there is %q", found)
	}
	b.open("/events?event-name=*Bucket")
	b.do(chromedp.SetValue(chromedp.CSS("select[name=attribute]"), "resource-type"))
	b.do(chromedp.SendKeys(chromedp.CSS("[data-search]"), "AWS::S3::Bucket"))
	b.leads(chromedp.SendKeys(chromedp.CSS("[data-search]"), kb.Enter))
	if all := b.text("table.list"); !strings.Contains(all, "CreateBucket") || !strings.Contains(all, "DeleteBucket") {
		t.Errorf("by the type of the resource: %s", all)
	}

	// With the keys: / and a name, j, Enter.
	b.open("/events")
	b.do(chromedp.KeyEvent("/"))
	if !get(b, chromedp.Evaluate[bool](`document.activeElement.matches("[data-search]")`)) {
		t.Error("/ does not lead to the search")
	}
	get(b, chromedp.Evaluate[string](`document.querySelector("[data-search]").value = ""`)) // the tool types the / whatever the page says
	b.do(chromedp.KeyEvent("DeleteBucket"))
	b.leads(chromedp.KeyEvent(kb.Enter))
	b.do(chromedp.KeyEvent("j"))
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wait(`document.querySelector("aside#panel:not([hidden]) article.record")`)
	panel := b.text("aside#panel")
	for _, want := range []string{"DeleteBucket", "admin", "scratch", "198.51.100.7", "2026-03-02 10:00:40", "111122223333"} {
		if !strings.Contains(panel, want) {
			t.Errorf("the event does not say %s: %s", want, panel)
		}
	}
	b.shoot("event-beside")
	b.look("the event beside the list")

	// From the event to all of its key.
	b.leads(chromedp.Click(chromedp.CSS(`aside#panel .pivots a[href*="access-key="]`)))
	if at := b.path(); !strings.Contains(at, "access-key=AKIAIOSFODNN7EXAMPLE") || !strings.Contains(b.text("table.list"), "CreateBucket") {
		t.Errorf("its key is at %s", at)
	}

	// Dragged, the picture of time narrows; what is counted then is what the records say.
	b.open("/events")
	b.wait(`document.querySelector("figure[data-chart] svg")`)
	box := get(b, chromedp.Evaluate[[]float64](`(r => [r.left, r.top, r.width, r.height])(document.querySelector("figure[data-chart] svg").getBoundingClientRect())`))
	y := box[1] + box[3]/2
	b.leads(chromedp.DragAndDropXY(box[0]+box[2]*0.25, y, box[0]+box[2]*0.5, y))
	at, err := url.Parse(b.path())
	if err != nil {
		t.Fatal(err)
	}
	since, err1 := query.ParseTime(at.Query().Get("since"), time.Now(), time.UTC)
	until, err2 := query.ParseTime(at.Query().Get("until"), time.Now(), time.UTC)
	if err1 != nil || err2 != nil {
		t.Fatalf("dragged to %s", at)
	}
	n := int64(0)
	for _, when := range times {
		if !when.Before(since) && when.Before(until) {
			n++
		}
	}
	b.wait(`document.querySelector(".sum b")`)
	if said := b.text(".sum b"); n == 0 || n == int64(len(times)) || said != query.Count(n)+" events" {
		t.Errorf("%s to %s: %q, and %d are there", since, until, said, n)
	}

	// The alarm, and the reason that CloudWatch's mail would give.
	b.open("/alarms")
	b.wait(`document.querySelector("details.finding")`)
	alarms := get(b, chromedp.Evaluate[string](`document.querySelector("main").textContent`))
	if !strings.Contains(alarms, "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (02/03/26 10:00:00)] was greater than or equal to the threshold (1.0)") {
		t.Errorf("the alarm does not say why: %s", alarms)
	}
	b.shoot("alarms")

	// SQL, and its answer as a file.
	b.open("/sql")
	get(b, chromedp.Evaluate[string](`document.querySelector("textarea[name=q]").value = ""`))
	b.do(chromedp.SendKeys(chromedp.CSS("textarea[name=q]"), "SELECT eventName, count(*) AS n FROM events WHERE eventName LIKE '%Bucket' GROUP BY ALL ORDER BY n, 1"))
	b.leads(chromedp.Click(chromedp.CSS("form.sql button")))
	if answer := b.text("#sql-answer"); !strings.Contains(answer, "CreateBucket") {
		t.Errorf("SQL answers %s", answer)
	}
	b.shoot("sql")
	link := get(b, chromedp.Evaluate[string](`Array.from(document.querySelectorAll("footer a")).find(a => a.textContent == "CSV").getAttribute("href")`))
	c.signIn(t)
	if status, answer := c.get(t, link); status != http.StatusOK || !strings.HasPrefix(answer, "eventName,n\n") {
		t.Errorf("the download: %d %s", status, answer)
	}

	// Marked for the case, with a key.
	b.open("/events?event-name=DeleteBucket")
	b.do(chromedp.KeyEvent("j"))
	b.do(chromedp.KeyEvent("b"))
	b.wait(`document.querySelector("tr.in-case")`)
	b.open("/case")
	if kept := b.text("table.items"); !strings.Contains(kept, "DeleteBucket") {
		t.Errorf("the case has %s", kept)
	}
	b.shoot("case")
}

// access finds what some could not read or reach on a page: text that is too faint (WCAG's 4.5 to 1,
// 3 to 1 where it is large), fields and pictures without names, two things of one id, and
// headings that leave a level out.
const access = `(() => {
	const faults = new Set();
	const numbers = (text) => (text.match(/[\d.]+(e-?\d+)?/g) || []).map(Number);
	const colour = (text) => {
		const n = numbers(text), unit = text.startsWith("color(") ? 255 : 1;
		return [n[0] * unit, n[1] * unit, n[2] * unit, n.length > 3 ? n[3] : 1];
	};
	const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = (c) => {
		const [r, g, b] = c.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
	const behind = (e) => e ? over(colour(getComputedStyle(e).backgroundColor), behind(e.parentElement)) : canvas;
	const opacity = (e) => e ? getComputedStyle(e).opacity * opacity(e.parentElement) : 1;
	const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + (e.getAttribute("class") ? "." + e.getAttribute("class").replaceAll(" ", ".") : "");
	const where = (e) => (e.parentElement ? name(e.parentElement) + " > " : "") + name(e);
	let checked = 0;
	const readable = (e, style, text) => {
		const ground = behind(e), ink = colour(e.closest("svg") ? style.fill : style.color);
		ink[3] *= opacity(e);
		const [a, b] = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
		const size = parseFloat(style.fontSize), large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
		const ratio = (a + 0.05) / (b + 0.05);
		checked++;
		if (ratio < (large ? 3 : 4.5)) faults.add("contrast of " + ratio.toFixed(2) + ": " + where(e) + " " + JSON.stringify(text.trim().slice(0, 30)));
	};
	const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest("option, title");
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t = walker.nextNode(); t; t = walker.nextNode()) {
		if (t.data.trim() && seen(t.parentElement) && !t.parentElement.closest(":disabled")) readable(t.parentElement, getComputedStyle(t.parentElement), t.data);
	}
	for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
		if (!(e.labels && e.labels.length) && !e.getAttribute("aria-label")) faults.add("no label: " + where(e) + " " + e.name);
		if (!seen(e)) continue;
		if (e.placeholder) readable(e, getComputedStyle(e, "::placeholder"), e.placeholder);
		readable(e, getComputedStyle(e), e.value || "(value)");
	}
	for (const e of document.querySelectorAll("a[href], button, summary, [role=img], [role=region]")) {
		const named = e.getAttribute("aria-label") || !e.matches("[role=img], [role=region]") && e.textContent.trim();
		if (!named) faults.add("no name: " + where(e));
	}
	const ids = new Set();
	for (const e of document.querySelectorAll("[id]")) {
		if (ids.has(e.id)) faults.add("twice: " + where(e));
		ids.add(e.id);
	}
	let level = 0, first = 0;
	for (const e of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
		if (!e.checkVisibility()) continue;
		const is = Number(e.tagName[1]);
		if (is === 1) first++;
		if (is > level + 1) faults.add("a level is left out before " + where(e) + " " + JSON.stringify(e.textContent.slice(0, 30)));
		level = is;
	}
	if (first !== 1) faults.add(first + " headings of the first level");
	if (checked < 10) faults.add("only " + checked + " texts were looked at");
	return Array.from(faults).slice(0, 40);
})()`

// canBeRead fails the test if some could not read the page, light or dark.
func (b *browser) canBeRead(where string) {
	b.Helper()
	for _, theme := range []string{"light", "dark"} {
		b.emulate("prefers-color-scheme", theme)
		for _, fault := range get(b, chromedp.Evaluate[[]string](access)) {
			b.Errorf("%s, %s: %s", where, theme, fault)
		}
	}
	b.emulate("prefers-color-scheme", "light")
}

// What makes a page hard to read or to reach is noticed.
func TestBrowserAccess(t *testing.T) {
	c := startConsole(t, demoStore(t))
	defer c.stop()
	b := startBrowser(t, c)
	b.open("/reports")
	const bad = `<h4 id="bad">left out</h4><p id="bad" class="bad">faint</p><input name="unnamed"><svg role="img"></svg><a href="/events"></a>`
	get(b, chromedp.Evaluate[string](`(() => {
		document.querySelector("main").insertAdjacentHTML("beforeend", '`+bad+`');
		document.querySelector("p.bad").style.color = getComputedStyle(document.body).backgroundColor;
		return "";
	})()`))
	faults := strings.Join(get(b, chromedp.Evaluate[[]string](access)), "\n")
	for _, want := range []string{"contrast of 1.00: main#main > p#bad", "no label: main#main > input unnamed", "no name: main#main > svg", "no name: main#main > a", "twice: main#main > p#bad", "left out before main#main > h4#bad"} {
		if !strings.Contains(faults, want) {
			t.Errorf("no word of %q in:\n%s", want, faults)
		}
	}
}

// Each page for people to look at, where $TRAILBOX_PICTURES says, at 1280 and 1024 pixels.
func TestBrowserPages(t *testing.T) {
	_, b, _ := startTour(t)
	for _, p := range []struct{ name, path string }{
		{"overview", "/overview"}, {"reports", "/reports"}, {"report", "/report/who"}, {"trace", "/trace?what=deploy-bot"},
		{"integrity", "/integrity"}, {"actor", "/actor?name=deploy-bot"}, {"address", "/address?name=203.0.113.77"},
		{"event", "/event/3b1e0a1c-0000-4000-8000-000000000002"},
		{"list", "/events?actor=admin&event=3b1e0a1c-0000-4000-8000-000000000002"}, {"alarms", "/alarms"}, {"case", "/case"},
		{"sql", "/sql?q=SELECT+actor,+count(*)+FROM+events+GROUP+BY+ALL"}, {"mistake", "/sql?q=SELECT+actr+FROM+events"}, {"nothing", "/events?event-name=NoSuchCall"},
	} {
		b.open(p.path)
		if problem := get(b, chromedp.Evaluate[bool](`document.querySelector("main").classList.contains("problem")`)); problem {
			t.Errorf("%s: %s", p.path, b.text("main"))
		}
		b.wait(`!document.querySelector("[data-load], [aria-busy=true]")`)
		b.shoot(p.name)
		b.canBeRead(p.path)
		// Nothing is wider than a small screen.
		b.do(chromedp.EmulateViewport(1024, 768))
		b.open(p.path)
		b.wait(`!document.querySelector("[data-load], [aria-busy=true]")`)
		if wide := get(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); wide > 1024 {
			t.Errorf("%s is %d pixels wide", p.path, wide)
		}
		b.do(chromedp.EmulateViewport(1280, 900))
	}
}

//go:build browser

package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
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

// startBrowser starts Chromium: $TRAILBOX_CHROMIUM, or Debian's.
func startBrowser(t *testing.T, c *console) *browser {
	t.Helper()
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(cmp.Or(os.Getenv("TRAILBOX_CHROMIUM"), "/usr/bin/chromium")),
		chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)...)
	t.Cleanup(stop)
	ctx, leave := chromedp.NewContext(allocator)
	t.Cleanup(leave)
	b := &browser{T: t, ctx: ctx, site: "http://" + c.address.Host}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.open(c.address.RequestURI())
	return b
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
		picture := get(b, chromedp.FullScreenshot(90))
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

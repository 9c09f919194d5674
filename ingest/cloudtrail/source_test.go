package cloudtrail

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trailbox/ingest"
	"trailbox/ingest/bucket"
	"trailbox/ingest/historytest"
	"trailbox/ingest/s3test"
	"trailbox/schema"
	"trailbox/schema/storetest"
)

// quickly opens the Event history of a server that is asked without pauses.
func quickly(t *testing.T, server *historytest.Server, opt Options) *Source {
	t.Helper()
	opt.EndpointURL = server.URL
	s, err := open(t.Context(), opt, func(s *Source) { s.interval, s.second = 0, time.Millisecond })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newServer(t *testing.T, regions ...string) *historytest.Server {
	t.Helper()
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	return historytest.New(t, regions...)
}

func newStore(t *testing.T) *schema.Store {
	t.Helper()
	store := storetest.Create(t, t.TempDir()+"/t.duckdb", 0)
	t.Cleanup(func() { store.Close() })
	return store
}

// collect loads a source, one answer in each transaction.
func collect(t *testing.T, store *schema.Store, s *Source, opt ingest.Options) (ingest.Summary, error) {
	t.Helper()
	s.Store = store
	opt.Concurrency, opt.MaxFileBytes, opt.BatchBytes = 4, ingest.DefaultMaxFileBytes, max(1, opt.BatchBytes)
	return ingest.Run(t.Context(), store, []ingest.Source{s}, opt)
}

func mustCollect(t *testing.T, store *schema.Store, s *Source) ingest.Summary {
	t.Helper()
	summary, err := collect(t, store, s, ingest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// holds checks that the store has n distinct events, and each once.
func holds(t *testing.T, store *schema.Store, n int64) {
	t.Helper()
	type counts struct{ All, Distinct int64 }
	got, err := schema.One[counts](store.Query(t.Context(), "SELECT count(*) AS \"all\", count(DISTINCT eventID) AS \"distinct\" FROM events"))
	if err != nil {
		t.Fatal(err)
	}
	if got.All != n || got.Distinct != n {
		t.Errorf("%d events with %d IDs, want %d", got.All, got.Distinct, n)
	}
}

// now is a time that all events of a test are before.
func now() time.Time { return time.Now().UTC().Truncate(time.Second).Add(-time.Hour) }

// All Regions are collected, and what comes later is all that is asked for again.
func TestCollect(t *testing.T) {
	server := newServer(t, "eu-west-1", "us-east-1", "ap-south-1")
	server.Add("eu-west-1", historytest.Events(0, 173, now(), 7*time.Minute)...)
	server.Add("us-east-1", historytest.Events(1000, 50, now(), time.Hour)...)
	store := newStore(t)
	s := quickly(t, server, Options{})
	if got := s.Regions(); !slices.Equal(got, []string{"ap-south-1", "eu-west-1", "us-east-1"}) || s.Account() != historytest.Account {
		t.Errorf("Regions %q of %s", got, s.Account())
	}
	summary := mustCollect(t, store, s)
	if summary.EventsNew != 223 || summary.FilesLoaded != 6 || len(summary.Errors) != 0 {
		t.Errorf("%+v", summary)
	}
	holds(t, store, 223)
	before := len(server.Asked())

	server.Add("eu-west-1", historytest.Events(5000, 3, time.Now().Add(-time.Second), time.Minute)...)
	summary = mustCollect(t, store, quickly(t, server, Options{}))
	if summary.EventsNew != 3 || summary.Repeats != 0 {
		t.Errorf("second run: %+v", summary)
	}
	holds(t, store, 226)
	asked := server.Asked()[before:]
	if len(asked) != 3 {
		t.Errorf("second run: %d requests", len(asked))
	}
	for _, r := range asked {
		if back := time.Now().Unix() - r.StartTime; back < int64((overlap-time.Minute).Seconds()) || back > int64((overlap+time.Minute).Seconds()) {
			t.Errorf("second run: asked for the last %d seconds", back)
		}
	}
}

// However a run is cut off, the next one collects what is missing, and no more than that.
func TestCutOffAnywhere(t *testing.T) {
	for cut := int64(1); cut <= 9; cut++ {
		server := newServer(t, "eu-west-1", "us-east-1")
		server.Add("eu-west-1", historytest.Events(0, 130, now(), 13*time.Second)...)
		server.Add("eu-west-1", historytest.Events(500, 120, now().Add(-10*24*time.Hour), 0)...) // all in one second
		server.Add("us-east-1", historytest.Events(1000, 70, now(), time.Hour)...)
		store := newStore(t)
		stop := make(chan struct{})
		var n atomic.Int64
		server.Wrap(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, service := historytest.Signed(r); service == "cloudtrail" && n.Add(1) == cut {
					close(stop)
				}
				next.ServeHTTP(w, r)
			})
		})
		if _, err := collect(t, store, quickly(t, server, Options{}), ingest.Options{Stop: stop}); err != nil && !errors.Is(err, ingest.ErrStopped) {
			t.Fatal(err)
		}
		first, err := schema.One[int64](store.Query(t.Context(), "SELECT count(*) FROM events"))
		if err != nil {
			t.Fatal(err)
		}
		summary := mustCollect(t, store, quickly(t, server, Options{}))
		holds(t, store, 320)
		// What was in the store is asked for again only where a second was not complete.
		if summary.Repeats > 120 || first+summary.EventsNew != 320 {
			t.Errorf("cut off at request %d: %d events, then %+v", cut, first, summary)
		}
	}
}

// A token that is refused is not the end.
func TestTokenExpires(t *testing.T) {
	server := newServer(t, "eu-west-1")
	server.Add("eu-west-1", historytest.Events(0, 230, now(), time.Minute)...)
	var n atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, service := historytest.Signed(r); service == "cloudtrail" && n.Add(1)%2 == 0 {
				server.Forget()
			}
			next.ServeHTTP(w, r)
		})
	})
	store := newStore(t)
	if s := mustCollect(t, store, quickly(t, server, Options{})); len(s.Errors) != 0 {
		t.Errorf("%+v", s)
	}
	holds(t, store, 230)
}

// What ends a Region is told, the others go on, and the next run has the rest.
func TestRegionRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, n int64)
		from   int64 // request
		text   string
		hint   string
		stored int64 // events of the Region
	}{
		"denied": {func(w http.ResponseWriter, _ int64) {
			historytest.Refuse(w, 400, "AccessDeniedException", "User: x is not authorized to perform: cloudtrail:LookupEvents \x1b[2J because of <b>\n")
		}, 1, "AccessDeniedException: User: x is not authorized", "cloudtrail:LookupEvents", 0},
		"not enabled": {func(w http.ResponseWriter, _ int64) {
			historytest.Refuse(w, 403, "UnrecognizedClientException", "The security token included in the request is invalid.")
		}, 1, "UnrecognizedClientException", "not enabled", 0},
		"expired": {func(w http.ResponseWriter, _ int64) {
			historytest.Refuse(w, 400, "com.amazon#ExpiredTokenException", "The security token included in the request is expired")
		}, 3, "ExpiredTokenException", "goes on from there", 100},
		"throttled for good": {func(w http.ResponseWriter, _ int64) {
			historytest.Refuse(w, 400, "ThrottlingException", "Rate exceeded")
		}, 2, "ThrottlingException: Rate exceeded", "goes on from there", 50},
		"another page": {func(w http.ResponseWriter, _ int64) {
			fmt.Fprint(w, "<html><body>Please sign in</body></html>")
		}, 2, "the answer is not one of LookupEvents", "goes on from there", 50},
		"an error page": {func(w http.ResponseWriter, _ int64) {
			w.WriteHeader(502)
			fmt.Fprint(w, "<html><body>Bad Gateway</body></html>")
		}, 2, "status 502", "goes on from there", 50},
		"another answer": {func(w http.ResponseWriter, _ int64) { fmt.Fprint(w, `{"trailList":[]}`) }, 1, "the answer is not one of LookupEvents", "", 0},
		"the same token": {func(w http.ResponseWriter, _ int64) {
			fmt.Fprint(w, `{"Events":[],"NextToken":"again"}`)
		}, 2, "the answers go in circles", "goes on from there", 50},
		"tokens without end": {func(w http.ResponseWriter, n int64) {
			fmt.Fprintf(w, `{"Events":[],"NextToken":"t%d"}`, n)
		}, 2, "501 answers in a row go no further back", "goes on from there", 50},
		"no progress": {func(w http.ResponseWriter, n int64) {
			fmt.Fprintf(w, `{"Events":[{"EventId":"x","EventTime":%d}],"NextToken":"t%d"}`, time.Now().Unix(), n)
		}, 2, "answers in a row go no further back", "goes on from there", 50},
		"longer than it may be": {func(w http.ResponseWriter, _ int64) {
			w.Write([]byte(strings.Repeat(" ", maxPageBytes+1)))
		}, 1, "the answer is longer than", "goes on from there", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServer(t, "eu-west-1", "us-east-1")
			server.Add("eu-west-1", historytest.Events(0, 130, now(), time.Minute)...)
			server.Add("us-east-1", historytest.Events(1000, 70, now(), time.Hour)...)
			var n atomic.Int64
			broken := atomic.Bool{}
			broken.Store(true)
			server.Wrap(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if region, service := historytest.Signed(r); service == "cloudtrail" && region == "eu-west-1" && broken.Load() {
						if n := n.Add(1); n >= test.from {
							test.answer(w, n)
							return
						}
					}
					next.ServeHTTP(w, r)
				})
			})
			store := newStore(t)
			var told []error
			summary, err := collect(t, store, quickly(t, server, Options{}), ingest.Options{
				BatchBytes: 1 << 20, // there are hundreds of answers
				Finding:    func(_ schema.LogFile, cause error) { told = append(told, cause) },
			})
			if err != nil {
				t.Fatal(err)
			}
			var found *Error
			for _, err := range told {
				errors.As(err, &found)
			}
			if found == nil {
				t.Fatalf("nothing was told: %v, %+v", told, summary)
			}
			if text := found.Error(); !strings.HasPrefix(text, "cloudtrail://eu-west-1/111122223333/: nothing of ") || !strings.Contains(text, test.text) || strings.ContainsAny(text, "\x1b\n") {
				t.Errorf("%q", text)
			}
			if !strings.Contains(found.Hint(), test.hint) {
				t.Errorf("hint %q", found.Hint())
			}
			got, err := schema.One[int64](store.Query(t.Context(), "SELECT count(*) FROM events WHERE eventID IS NOT NULL AND awsRegion = 'eu-west-1'"))
			if err != nil || got != test.stored {
				t.Errorf("%d events of the Region, want %d, %v", got, test.stored, err)
			}
			broken.Store(false)
			mustCollect(t, store, quickly(t, server, Options{}))
			got, err = schema.One[int64](store.Query(t.Context(), "SELECT count(DISTINCT eventID) FROM events WHERE eventName = 'CreateUser'"))
			if err != nil || got != 200 {
				t.Errorf("%d events after the next run, %v", got, err)
			}
		})
	}
}

// Who asks too often waits and asks again.
func TestThrottled(t *testing.T) {
	server := newServer(t, "eu-west-1")
	server.Add("eu-west-1", historytest.Events(0, 230, now(), time.Minute)...)
	var n, retries atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, service := historytest.Signed(r); service == "cloudtrail" && n.Add(1)%3 != 0 {
				historytest.Refuse(w, 400, "ThrottlingException", "Rate exceeded")
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	store := newStore(t)
	s := mustCollect(t, store, quickly(t, server, Options{Options: bucket.Options{Retries: &retries}}))
	if len(s.Errors) != 0 || retries.Load() != 10 {
		t.Errorf("%d retries, %+v", retries.Load(), s)
	}
	holds(t, store, 230)
}

// In a Region there are never more than two requests in a second.
func TestRate(t *testing.T) {
	server := newServer(t, "eu-west-1", "us-east-1")
	server.Add("eu-west-1", historytest.Events(0, 230, now(), time.Minute)...)
	server.Add("us-east-1", historytest.Events(1000, 130, now(), time.Minute)...)
	s, err := Open(t.Context(), Options{Options: bucket.Options{EndpointURL: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	mustCollect(t, newStore(t), s)
	last := map[string]time.Time{}
	for _, r := range server.Asked() {
		if before := last[r.Region]; !before.IsZero() && r.At.Sub(before) < interval-40*time.Millisecond {
			t.Errorf("%s: a request %s after the one before", r.Region, r.At.Sub(before))
		}
		last[r.Region] = r.At
	}
}

// Since and until limit what is asked for; what is no longer to be had is told.
func TestLimits(t *testing.T) {
	server := newServer(t, "eu-west-1")
	server.Add("eu-west-1", historytest.Events(0, 100, now(), time.Hour)...)
	since, until := now().Add(-20*time.Hour), now().Add(-10*time.Hour)
	store := newStore(t)
	s := quickly(t, server, Options{Since: since, Until: until})
	s.Store = store
	summary, err := collect(t, store, s, ingest.Options{Filter: ingest.Filter{Scope: schema.Scope{Since: since, Until: until}}})
	if err != nil || summary.EventsNew != 10 || summary.EventsFiltered != 0 {
		t.Errorf("%v, %+v", err, summary)
	}
	// Without limits the rest is asked for, before and after.
	if s := mustCollect(t, store, quickly(t, server, Options{})); s.EventsNew != 90 || s.FilesLoaded != 3 {
		t.Errorf("%+v", s)
	}
	holds(t, store, 100)

	var told []error
	if _, err := collect(t, newStore(t), quickly(t, server, Options{Since: now().AddDate(-1, 0, 0)}), ingest.Options{
		Finding: func(_ schema.LogFile, cause error) { told = append(told, cause) },
	}); err != nil || len(told) != 1 || !errors.Is(told[0], ErrTooOld) {
		t.Errorf("%v, %v", err, told)
	}
	before := len(server.Asked())
	if _, err := collect(t, newStore(t), quickly(t, server, Options{Until: now().AddDate(-1, 0, 0)}), ingest.Options{}); err != nil || len(server.Asked()) != before {
		t.Errorf("%v, %d requests", err, len(server.Asked())-before)
	}
}

// Answers that come in no order are kept, and cover nothing: only the first one does here.
func TestDisorder(t *testing.T) {
	server := newServer(t, "eu-west-1")
	var n atomic.Int64
	at := now().Unix()
	answers := []string{
		`{"Events":[{"EventId":"a","EventTime":%[2]d,"CloudTrailEvent":%[1]q}],"NextToken":"t1"}`,
		`{"Events":[{"EventId":"b","EventTime":%[3]d,"CloudTrailEvent":%[1]q}],"NextToken":"t2"}`,
		`{"Events":[{"EventId":"c","EventTime":%[2]d,"CloudTrailEvent":%[1]q}]}`,
	}
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, service := historytest.Signed(r); service != "cloudtrail" {
				next.ServeHTTP(w, r)
				return
			}
			i := n.Add(1) - 1
			record := fmt.Sprintf(`{"eventVersion":"1.11","eventTime":"2026-03-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"E%d"}`, i)
			fmt.Fprintf(w, answers[i%3], record, at, at+10)
		})
	})
	store := newStore(t)
	s := quickly(t, server, Options{})
	if summary := mustCollect(t, store, s); summary.FilesLoaded != 3 || len(summary.Errors) != 0 {
		t.Errorf("%+v", summary)
	}
	covered, err := s.covered(t.Context())
	if spans := covered["eu-west-1"]; err != nil || len(spans) != 1 || spans[0].from.Unix() != at+1 {
		t.Errorf("covered: %v, %v", covered, err)
	}
}

// Where nobody may say which Regions there are, the known ones are asked, and that is told.
func TestRegionsUnknown(t *testing.T) {
	server := newServer(t, "eu-west-1")
	server.Add("eu-west-1", historytest.Events(0, 1, now(), 0)...)
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, service := historytest.Signed(r); service == "ec2" {
				w.WriteHeader(403)
				fmt.Fprint(w, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>`)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	var told []error
	store := newStore(t)
	summary, err := collect(t, store, quickly(t, server, Options{}), ingest.Options{
		Finding: func(_ schema.LogFile, cause error) { told = append(told, cause) },
	})
	regions := known("us-east-1")
	if err != nil || summary.EventsNew != 1 || len(told) != len(regions) {
		t.Errorf("%v, %d told, %+v", err, len(told), summary)
	}
	if !slices.ContainsFunc(told, func(err error) bool {
		return errors.As(err, new(*RegionsError)) && strings.Contains(err.Error(), "UnauthorizedOperation: You are not authorized")
	}) {
		t.Errorf("%v", told)
	}
}

// What meets all Regions alike is told before any is asked.
func TestOpenFails(t *testing.T) {
	server := newServer(t, "eu-west-1")
	server.Wrap(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(403)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`)
		})
	})
	_, err := Open(t.Context(), Options{Options: bucket.Options{EndpointURL: server.URL}})
	var refused *bucket.APIError
	if !errors.As(err, &refused) || refused.Problem != bucket.ExpiredCredentials || !strings.Contains(refused.Hint(), "aws sso login") {
		t.Errorf("%v", err)
	}
	for _, region := range []string{"", "eu-west-1.example.com/", "EU"} {
		if _, err := Open(t.Context(), Options{Regions: []string{region}, Options: bucket.Options{EndpointURL: server.URL}}); err == nil || !strings.Contains(err.Error(), "is not a Region") {
			t.Errorf("%q: %v", region, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, Options{Options: bucket.Options{EndpointURL: server.URL}}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A plan asks for nothing.
func TestPlan(t *testing.T) {
	server := newServer(t, "eu-west-1", "us-east-1")
	s := quickly(t, server, Options{Plan: true})
	plan, err := ingest.MakePlan(t.Context(), nil, []ingest.Source{s}, ingest.Options{})
	if err != nil || plan.FilesToFetch != 2 || plan.GetRequests != 2 || len(server.Asked()) != 0 {
		t.Errorf("%v, %+v, %d requests", err, plan, len(server.Asked()))
	}
}

func TestGaps(t *testing.T) {
	at := func(minutes int) time.Time { return time.Date(2026, 3, 2, 0, minutes, 0, 0, time.UTC) }
	of := func(minutes ...int) (spans []span) {
		for i := 0; i < len(minutes); i += 2 {
			spans = append(spans, span{at(minutes[i]), at(minutes[i+1])})
		}
		return spans
	}
	whole := span{at(100), at(1000)}
	for _, test := range []struct{ covered, want []span }{
		{nil, of(100, 1000)},
		{of(100, 1000), of(980, 1000)},
		{of(500, 1000, 100, 500), of(980, 1000)},
		{of(600, 1000), of(980, 1000, 100, 600)},
		{of(0, 200, 250, 970), of(940, 1000, 150, 250)},
		{of(0, 900), of(800, 1000)},
		{of(0, 990), of(970, 1000)},
		{of(0, 500), of(140, 1000)}, // 6 hours and no more
		{of(0, 50, 1100, 1200), of(100, 1000)},
		{of(0, 115, 990, 2000), of(100, 990)},
		{of(0, 2000), nil},
		{of(300, 310), of(100, 1000)}, // all of it may have come late
		{of(0, 200, 400, 500), of(100, 1000)},
		{of(100, 400, 200, 300, 350, 700), of(400, 1000)},
	} {
		if got := gaps(whole, slices.Clone(test.covered)); !slices.Equal(got, test.want) {
			t.Errorf("%v: %v, want %v", test.covered, got, test.want)
		}
	}
}

// What parse and pageURI make goes together; foreign URIs cover nothing.
func FuzzPageURI(f *testing.F) {
	f.Add("cloudtrail://eu-west-1/111122223333/20260302T100000Z-20260302T110000Z-0a1b2c3d.json")
	f.Add("cloudtrail://eu-west-1/unknown/20260399T100000Z-20260302T110000Z-0a.json")
	f.Add("cloudtrail://eu-west-1/111122223333/")
	f.Fuzz(func(t *testing.T, uri string) {
		region, account, s, ok := parsePage(uri)
		if !ok {
			return
		}
		if again := pageURI(region, account, s, strings.TrimSuffix(uri[strings.LastIndexByte(uri, '-')+1:], ".json")); again != uri {
			t.Errorf("%q, and %q again", uri, again)
		}
	})
}

// An answer of any bytes is read without harm.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"Events":[{"EventTime":1.7724457E9}],"NextToken":"x"}`))
	f.Add([]byte(`{"Events":[{"EventTime":"2026"},{"EventTime":1e300}]}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parse(text)
		if err == nil && p.timed && p.events > 0 && p.newest.Before(p.oldest) {
			t.Errorf("%+v", p)
		}
	})
}

package cloudtrail

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"trailbox/ingest"
	"trailbox/ingest/bucket"
	"trailbox/schema"
)

// Options say what to collect, and how to reach CloudTrail.
type Options struct {
	bucket.Options // Region is the one to ask what concerns all of them
	// Regions are those to collect from; with none, all that are enabled for the account.
	Regions      []string
	Since, Until time.Time // of events; zero for no limit
	// Plan lists what there is to ask for, and does not ask for it.
	Plan bool
}

const (
	history = 90 * 24 * time.Hour // that Event history goes back

	// How late events may be: CloudTrail has most within 5 minutes, and promises nothing. Who
	// comes back after hours looks for later ones, as far as that at most doubles the work.
	overlap    = 20 * time.Minute
	maxOverlap = 6 * time.Hour

	// LookupEvents takes two requests a second in a Region. Who asks exactly so often is
	// refused now and then, by the line's own jitter.
	interval      = 550 * time.Millisecond
	regionsAtOnce = 16
	eventsAtOnce  = 50 // the most that there are in an answer

	// With the patience of ingest/bucket a throttled request waits two minutes in all.
	attempts     = 10
	formAttempts = 4
	maxPause     = 20 // seconds

	// An event has 256 KB at most, which are escaped to be text in the answer.
	maxPageBytes = 32 << 20
	// heldBytes is what answers may take that nobody has fetched yet.
	heldBytes = 64 << 20
	// maxStill is how many answers in a row may go no further back: 25,000 events of one second.
	maxStill = 500
)

// A Source is the Event history of an account.
type Source struct {
	// Store is what List goes on from; nil for nothing.
	Store *schema.Store

	opt        Options
	api        *bucket.API
	account    string
	regions    []string
	regionsErr error // why these are not those that are enabled
	now        time.Time
	interval   time.Duration // the constant, but in tests
	second     time.Duration // of patience, likewise

	room *semaphore.Weighted
	mu   sync.Mutex
	held map[string][]byte // answers, by URI, until they are fetched
}

var _ ingest.Source = (*Source)(nil)

// Open finds out whose account it is, and which Regions it has.
func Open(ctx context.Context, opt Options) (*Source, error) {
	return open(ctx, opt, func(*Source) {})
}

// open is Open with a say in how the source behaves.
func open(ctx context.Context, opt Options, change func(*Source)) (*Source, error) {
	s := &Source{
		opt: opt, regions: opt.Regions, now: time.Now().UTC().Truncate(time.Second),
		interval: interval, second: time.Second,
		room: semaphore.NewWeighted(heldBytes), held: map[string][]byte{},
	}
	change(s)
	for _, region := range s.regions { // it goes into the name of a host
		if !regionName.MatchString(region) {
			return nil, fmt.Errorf("%q is not a Region", region)
		}
	}
	var err error
	if s.api, err = bucket.OpenAPI(ctx, opt.Options); err != nil {
		return nil, err
	}
	if s.account, err = s.whose(ctx); err != nil {
		return nil, err
	}
	if len(s.regions) == 0 {
		if s.regions, err = s.enabled(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			s.regions, s.regionsErr = known(s.api.Region()), &RegionsError{err}
		}
	}
	return s, nil
}

// String returns what it is opened by.
func (s *Source) String() string { return "cloudtrail:" }

// Account is whose Event history it is.
func (s *Source) Account() string { return s.account }

// Regions are those that are asked.
func (s *Source) Regions() []string { return s.regions }

// whole is the time that is asked for. Too old is what of that is no longer to be had.
func (s *Source) whole() (whole, tooOld span) {
	horizon := s.now.Add(-history)
	whole = span{horizon, s.now.Add(time.Second)}
	if !s.opt.Until.IsZero() {
		whole.until = earlier(whole.until, s.opt.Until.UTC().Add(time.Second-1).Truncate(time.Second))
	}
	if since := s.opt.Since.UTC(); !since.IsZero() {
		if since.Before(horizon.Add(-time.Hour)) { // a limit of 90 days was one a moment ago
			tooOld = span{since, earlier(horizon, whole.until)}
		}
		if since.After(horizon) {
			whole.from = since.Truncate(time.Second)
		}
	}
	return whole, tooOld
}

// From is the begin of the time that is asked for.
func (s *Source) From() time.Time {
	whole, _ := s.whole()
	return whole.from
}

// An answered is what a Region gave: an object, or why there is none.
type answered struct {
	object ingest.Object
	err    error
}

// List asks each Region for what the store does not have. It pays no attention to wants:
// there are no folders.
func (s *Source) List(ctx context.Context, _ func(folder string) ingest.Want) iter.Seq2[ingest.Object, error] {
	return func(yield func(ingest.Object, error) bool) {
		covered, err := s.covered(ctx)
		if err != nil {
			yield(ingest.Object{}, err)
			return
		}
		whole, tooOld := s.whole()
		if s.regionsErr != nil && !yield(ingest.Object{URI: s.String()}, s.regionsErr) {
			return
		}
		if !tooOld.empty() {
			uri := scheme + s.account
			if !yield(ingest.Object{URI: uri}, &Error{URI: uri, From: tooOld.from, Until: tooOld.until, Err: ErrTooOld}) {
				return
			}
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		found := make(chan answered)
		var group errgroup.Group
		group.SetLimit(regionsAtOnce)
		go func() {
			defer close(found)
			for _, region := range s.regions {
				group.Go(func() error {
					w := walk{Source: s, region: region, found: found, seed: maphash.MakeSeed(), tokens: map[uint64]bool{}}
					w.all(ctx, gaps(whole, covered[region]))
					return nil
				})
			}
			group.Wait()
		}()
		for a := range found {
			if !yield(a.object, a.err) {
				cancel()
				for range found { // until all have ended
				}
				return
			}
		}
		if ctx.Err() != nil {
			yield(ingest.Object{}, context.Cause(ctx))
		}
	}
}

// covered is what the store has, by Region.
func (s *Source) covered(ctx context.Context) (map[string][]span, error) {
	covered := map[string][]span{}
	if s.Store == nil {
		return covered, nil
	}
	for f, err := range s.Store.KnownFiles(ctx) {
		if err != nil {
			return nil, err
		}
		// An answer without events may not pass for a log file. What a filter left out of one
		// is not here.
		if !strings.HasPrefix(f.URI, scheme) || f.Status != schema.Loaded && f.Status != schema.Skipped || f.Filter != "" {
			continue
		}
		if region, account, covers, ok := parsePage(f.URI); ok && account == s.account && !covers.empty() {
			covered[region] = append(covered[region], covers)
		}
	}
	return covered, nil
}

// Fetch hands out an answer that List has come by, once.
func (s *Source) Fetch(_ context.Context, o ingest.Object) ([]byte, schema.Signature, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.held[o.URI]
	if !ok {
		return nil, schema.Signature{}, fmt.Errorf("%s: not an answer that waits", o.URI)
	}
	delete(s.held, o.URI)
	s.room.Release(int64(len(text)))
	return text, schema.Signature{}, nil
}

// A walk goes back in time through the Event history of a Region.
type walk struct {
	*Source
	region string
	found  chan<- answered
	last   time.Time // when the last request was made
	seed   maphash.Seed
	tokens map[uint64]bool // that were followed, by their hashes
}

// all walks through spans, until something ends it.
func (w *walk) all(ctx context.Context, spans []span) {
	for _, asked := range spans {
		if w.opt.Plan {
			w.send(ctx, answered{object: ingest.Object{URI: pageURI(w.region, w.account, asked, "0"), Requests: 1}})
			continue
		}
		rest, err := w.through(ctx, asked)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			// The older spans would meet the same, and are not asked for either.
			whole, _ := w.whole()
			uri := scheme + place(w.region, w.account)
			w.send(ctx, answered{ingest.Object{URI: uri}, &Error{URI: uri, From: whole.from, Until: rest, Err: err}})
			return
		}
	}
}

func (w *walk) send(ctx context.Context, a answered) {
	select {
	case w.found <- a:
	case <-ctx.Done():
	}
}

// through walks through a span, and returns to where it came if it did not come through.
func (w *walk) through(ctx context.Context, asked span) (rest time.Time, err error) {
	var (
		end     = asked.until // what is from here on has been collected
		ordered = true        // each answer goes on where the one before ended
		lowest  = asked.until // time of an event
		still   int           // answers that did not lower it
		resumed time.Time     // end, when a token was last refused
		token   string
	)
	for {
		p, err := w.ask(ctx, asked, token)
		if refused := (*bucket.APIError)(nil); errors.As(err, &refused) && refused.Code == "InvalidNextTokenException" && ordered && !end.Equal(resumed) {
			token, resumed, asked.until = "", end, end // a token does not live for ever, and is of one question
			continue
		}
		if err != nil {
			return end, err
		}
		ordered = ordered && p.timed && (p.events == 0 || p.newest.Before(end))
		covers := span{end, end}
		switch {
		case !ordered:
		case p.next == "":
			covers.from = asked.from
		case p.events > 0:
			covers.from = earlier(later(asked.from, p.oldest.Add(time.Second)), end)
		}
		if err := w.keep(ctx, p, covers); err != nil {
			return end, err
		}
		end = covers.from
		if p.next == "" {
			return end, nil
		}
		if still++; p.events > 0 && p.oldest.Before(lowest) {
			lowest, still = p.oldest, 0
		}
		hash := maphash.String(w.seed, p.next)
		switch {
		case w.tokens[hash]:
			return end, fmt.Errorf("the answers go in circles: the token %.40q came before", p.next)
		case still > maxStill:
			return end, fmt.Errorf("%d answers in a row go no further back", still)
		}
		w.tokens[hash], token = true, p.next
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// keep holds an answer until it is fetched, and hands it on.
func (w *walk) keep(ctx context.Context, p *page, covers span) error {
	size := int64(len(p.text))
	if err := w.room.Acquire(ctx, size); err != nil {
		return context.Cause(ctx)
	}
	sum := sha256.Sum256(p.text)
	// No ETag: a URI says once and for all what it is of.
	o := ingest.Object{URI: pageURI(w.region, w.account, covers, fmt.Sprintf("%x", sum[:4])), Size: size, Modified: w.now}
	w.mu.Lock()
	for n := 1; w.held[o.URI] != nil; n++ { // an answer that came a second time
		o.URI = pageURI(w.region, w.account, covers, fmt.Sprintf("%x%02x", sum[:4], n))
	}
	w.held[o.URI] = p.text
	w.mu.Unlock()
	w.send(ctx, answered{object: o})
	return context.Cause(ctx)
}

// ask makes a request until there is an answer that is not a passing failure.
func (w *walk) ask(ctx context.Context, asked span, token string) (*page, error) {
	body, err := json.Marshal(struct {
		StartTime, EndTime int64 // both included
		MaxResults         int
		NextToken          string `json:",omitempty"`
	}{asked.from.Unix(), later(asked.from, asked.until.Add(-time.Second)).Unix(), eventsAtOnce, token})
	if err != nil {
		return nil, err
	}
	call := bucket.Call{
		Service: "cloudtrail", Region: w.region, Target: "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
		Body: body, MaxBytes: maxPageBytes,
	}
	for attempt := 1; ; attempt++ {
		if err := wait(ctx, w.interval-time.Since(w.last)); err != nil {
			return nil, err
		}
		w.last = time.Now()
		text, err := w.api.Do(ctx, call)
		if w.opt.Lists != nil {
			w.opt.Lists.Add(1)
		}
		var p *page
		if err == nil {
			if p, err = parse(text); err == nil {
				return p, nil
			}
		}
		var failed *bucket.APIError
		passing := errors.Is(err, errNotPage) && attempt < formAttempts || errors.As(err, &failed) && failed.Passing && attempt < attempts
		if !passing {
			return nil, err
		}
		if w.opt.Retries != nil {
			w.opt.Retries.Add(1)
		}
		if err := w.rest(ctx, attempt); err != nil {
			return nil, err
		}
	}
}

// rest waits after an attempt that failed.
func (s *Source) rest(ctx context.Context, attempt int) error {
	return wait(ctx, min(s.second<<(attempt-1), s.second*maxPause))
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

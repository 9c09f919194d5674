package awsapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

const (
	maxLookupResults = 50
	// historyDays is how far back Event history goes.
	historyDays = 90
	// aheadPages is how many pages are read at a time once a client asks for the second:
	// forty take some six times as long as one.
	aheadPages = 40
	// aheadBytes is how much is held of one such answer, and aheadAnswers of how many.
	aheadBytes, aheadAnswers = 8 << 20, 8
	// aheadTime is for how long: what is loaded meanwhile is not in it.
	aheadTime = 30 * time.Second
)

// lookupEvents answers LookupEvents.
func (h *Handler) lookupEvents(ctx context.Context, c call) (any, error) {
	lookup, err := h.lookupOf(c)
	if err != nil {
		return nil, err
	}
	rows := c.integer("MaxResults", maxLookupResults)
	token := c.text("NextToken")
	if err := c.failed(); err != nil {
		return nil, err
	}
	if rows < 1 || rows > maxLookupResults {
		return nil, refused("InvalidMaxResultsException", "MaxResults is a number from 1 to %d.", maxLookupResults)
	}
	of, err := identity(lookup, c.region, h.Strict)
	if err != nil {
		return nil, err
	}
	h.limit(lookup, c.region)
	return h.with(ctx, func(ctx context.Context, store *schema.Store) (any, error) {
		key, err := h.tokenKey(ctx, store)
		if err != nil {
			return nil, err
		}
		if c.has("NextToken") {
			lookup.After = new(query.OrderKey)
			if !open(key, of, token, lookup.After) {
				return nil, refused("InvalidNextTokenException", "The NextToken is not one of this lookup in this store.")
			}
		}
		return h.page(ctx, store, lookup, rows, key, of)
	})
}

// lookupOf makes a lookup of a call.
func (h *Handler) lookupOf(c call) (*query.Lookup, error) {
	l := &query.Lookup{Start: c.time("StartTime"), End: c.time("EndTime"), Category: query.Category(c.text("EventCategory"))}
	for _, a := range c.objects("LookupAttributes") {
		l.Attributes = append(l.Attributes, query.Attribute{Key: query.AttributeKey(a.text("AttributeKey")), Value: a.text("AttributeValue")})
	}
	if err := c.failed(); err != nil {
		return nil, err
	}
	if c.has("EventCategory") && (l.Category == "" || h.Strict && l.Category != query.CategoryInsight) {
		return nil, refused("InvalidEventCategoryException", "The EventCategory is not %s.", query.CategoryInsight)
	}
	if h.Strict && len(l.Attributes) > 1 {
		return nil, refused("InvalidLookupAttributesException", "You can specify only one attribute in the lookup request.")
	}
	tooLong := func(a query.Attribute) bool { return len(a.Value) > maxValueBytes }
	if len(l.Attributes) > maxAttributes || slices.ContainsFunc(l.Attributes, tooLong) {
		return nil, refused("InvalidLookupAttributesException", "There are more than %d attributes, or one has more than %d bytes.", maxAttributes, maxValueBytes)
	}
	return l, misuse(l.Check())
}

// maxAttributes is how many attributes make sense, since all must fit, and maxValueBytes how
// long AWS lets their values be.
const maxAttributes, maxValueBytes = 20, 2000

// misuse gives what is wrong with a lookup AWS's name.
func misuse(err error) error {
	var category *query.CategoryError
	var times *query.TimesError
	var attribute *query.AttributeError
	switch {
	case errors.As(err, &category):
		return refused("InvalidEventCategoryException", "%s.", err)
	case errors.As(err, &times):
		return refused("InvalidTimeRangeException", "The start time is after the end time: %s.", err)
	case errors.As(err, &attribute):
		return refused("InvalidLookupAttributesException", "%s.", err)
	}
	return err
}

// identity is what a lookup is for, by which its tokens are bound to it.
func identity(l *query.Lookup, region string, strict bool) ([]byte, error) {
	asked := struct {
		Attributes []query.Attribute
		Start, End time.Time
		Category   query.Category
		Region     string
	}{l.Attributes, l.Start, l.End, l.Category, ""}
	if strict {
		asked.Region = region
	}
	return json.Marshal(asked)
}

// limit keeps a lookup to what AWS looks at, where that is asked for.
func (h *Handler) limit(l *query.Lookup, region string) {
	if !h.Strict {
		return
	}
	if first := h.Now().AddDate(0, 0, -historyDays); l.Start.Before(first) {
		l.Start = first
	}
	if l.Category == "" {
		l.Category = query.CategoryManagement
	}
	if region != "" {
		l.Regions = []string{region}
	}
}

// tokenKey is what tokens of a store are sealed with. Where an event is in a lookup is told
// by numbers that are the store's own, so that no other store opens them.
func (h *Handler) tokenKey(ctx context.Context, store *schema.Store) ([]byte, error) {
	h.sealing.Lock()
	defer h.sealing.Unlock()
	if h.sealed != store {
		seed, err := query.Seed(ctx, store)
		if err != nil {
			return nil, err
		}
		key := sha256.Sum256([]byte("NextToken " + seed))
		h.sealed, h.sealingKey = store, key[:]
	}
	return h.sealingKey, nil
}

// page writes the answer that begins where a lookup does.
func (h *Handler) page(ctx context.Context, store *schema.Store, l *query.Lookup, rows int, key, of []byte) (any, error) {
	found, ok := h.ahead.take(beginning(key, of, l.After))
	var err error
	if !ok || len(found.events) < rows && found.more {
		if l.MaxItems = rows; l.After != nil {
			l.MaxItems = rows * aheadPages
		}
		if found, err = readAhead(ctx, store, l); err != nil {
			return nil, err
		}
	}
	n := min(rows, len(found.events))
	var answer bytes.Buffer
	answer.WriteString(`{"Events":[`)
	for i, e := range found.events[:n] {
		if i > 0 {
			answer.WriteByte(',')
		}
		answer.Write(e.text)
	}
	answer.WriteByte(']')
	rest := events{found.events[n:], found.more}
	if len(rest.events) > 0 || rest.more {
		last := found.events[n-1].key
		token, err := seal(key, of, last)
		if err != nil {
			return nil, err
		}
		answer.WriteString(`,"NextToken":"` + token + `"`)
		if len(rest.events) > 0 {
			h.ahead.put(beginning(key, of, &last), rest)
		}
	}
	answer.WriteByte('}')
	return json.RawMessage(answer.Bytes()), nil
}

// beginning is where a page begins, in which lookup of which store.
func beginning(key, of []byte, after *query.OrderKey) string {
	if after == nil {
		return ""
	}
	var id string
	if after.EventID != nil {
		id = *after.EventID
	}
	return fmt.Sprintf("%x %x %v %s %d %d", key, sha256.Sum256(of), after.EventTime, id, after.File, after.Position)
}

// events are some that a lookup found, as they go out; more says that there are others
// behind them.
type events struct {
	events []event
	more   bool
}

type event struct {
	text []byte
	key  query.OrderKey
}

// readAhead reads what a lookup finds first: MaxItems, or fewer where they are long.
func readAhead(ctx context.Context, store *schema.Store, l *query.Lookup) (events, error) {
	var found events
	bytes := 0
	for e, err := range l.Events(ctx, store) {
		if err != nil {
			return events{}, err
		}
		if len(found.events) == l.MaxItems || bytes > aheadBytes {
			found.more = true
			break
		}
		text := e.AppendWire(nil)
		bytes += len(text)
		found.events = append(found.events, event{text, e.OrderKey})
	}
	return found, nil
}

// ahead holds what was read ahead, by where it begins. Each is taken once, by the next
// page, and left to be forgotten where nobody asks for that.
type ahead struct {
	now  func() time.Time
	mu   sync.Mutex
	held []aheadAnswer // the oldest first
}

type aheadAnswer struct {
	begin string
	at    time.Time
	events
}

func (a *ahead) put(begin string, found events) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.held) == aheadAnswers {
		a.held = slices.Delete(a.held, 0, 1)
	}
	a.held = append(a.held, aheadAnswer{begin, a.now(), found})
}

func (a *ahead) take(begin string) (events, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	a.held = slices.DeleteFunc(a.held, func(held aheadAnswer) bool { return now.Sub(held.at) > aheadTime })
	i := slices.IndexFunc(a.held, func(held aheadAnswer) bool { return held.begin == begin })
	if i < 0 {
		return events{}, false
	}
	found := a.held[i].events
	a.held = slices.Delete(a.held, i, i+1)
	return found, true
}

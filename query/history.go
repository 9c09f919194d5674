package query

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/schema"
)

var (
	//go:embed history.sql
	historySQL string
	//go:embed history_all.sql
	historyAllSQL string
	//go:embed history_details.sql
	historyDetailsSQL string
	//go:embed history_facts.sql
	historyFactsSQL string
	//go:embed history_filter.sql
	historyFilterSQL string
	//go:embed history_off.sql
	historyOffSQL string
	//go:embed history_rows.sql
	historyRowsSQL string
	//go:embed history_services.sql
	historyServicesSQL string
	//go:embed history_steps.sql
	historyStepsSQL string
	//go:embed history_sums.sql
	historySumsSQL string
)

// A History is the events that a filter lets through, in order of time, a page at a time. All
// that is given must fit.
type History struct {
	Filter
	Traits []HistoryTrait
	Hits   *Hits // that were found beforehand; nil for all
}

// A HistoryTrait is one that an event has, whole and as it stands.
type HistoryTrait struct{ Name, Value string }

// TraitNames are those of traits: what AWS looks up by, or records share, and filters do
// not know.
func TraitNames() []string {
	return []string{"user-name", "resource-type", "request-id", "shared-event-id", "event-id"}
}

// Hits are events that were looked for once: by a word in their records, or by a resource,
// which takes longer to find than to list.
type Hits struct {
	RowIDs []int64
	More   bool // there are others, older than these
}

// maxHits is how many events are found beforehand at most: a condition has a value for each.
const maxHits = 100_000

// FindText finds the events that a filter lets through and whose records have a word in them,
// upper and lower case all one: the newest 100,000. It looks at all records that may have it.
func FindText(ctx context.Context, store *schema.Store, f Filter, text string) (*Hits, error) {
	l := Lookup{Filter: f, Text: text, MaxItems: maxHits, anyCategory: true}
	rowids, err := l.search(ctx, store)
	if err != nil {
		return nil, err
	}
	h := &Hits{RowIDs: rowids, More: len(rowids) > maxHits}
	h.RowIDs = h.RowIDs[:min(len(rowids), maxHits)]
	return h, nil
}

// FindFew finds the events that a filter lets through, unless they are more than 100,000: then
// it is nil.
func FindFew(ctx context.Context, store *schema.Store, f Filter) (*Hits, error) {
	l := Lookup{Filter: f, anyCategory: true}
	rowids, err := schema.Collect[int64](l.statement(lookupFewSQL).With(schema.Arg{Name: "rows", Value: maxHits + 1}).Query(ctx, store))
	if err != nil || len(rowids) > maxHits {
		return nil, err
	}
	return &Hits{RowIDs: rowids}, nil
}

// Condition is the condition on events that the history is.
func (h *History) Condition() Statement {
	all := conditionsIn(historyFilterSQL)
	conditions := []Statement{h.Filter.Condition()}
	for _, t := range h.Traits {
		conditions = append(conditions, conditionOf(all, t.Name, schema.Arg{Name: "value", Value: t.Value}))
	}
	if h.Hits != nil {
		rows := h.Hits.RowIDs
		if rows == nil {
			rows = []int64{}
		}
		conditions = append(conditions, Statement{SQL: "rowid IN (SELECT unnest($hits::BIGINT[]))"}.With(schema.Arg{Name: "hits", Value: rows}))
	}
	return And(conditions...)
}

// Statement asks for all of it.
func (h *History) Statement() Statement {
	return Statement{SQL: allFragments().put(historyAllSQL)}.Put("filters", h.Condition())
}

// String is the key as text, for a URL.
func (k OrderKey) String() string {
	var at, id string
	if k.EventTime != nil {
		at = strconv.FormatInt(k.EventTime.UnixMicro(), 10)
	}
	if k.EventID != nil {
		id = *k.EventID
	}
	text := strings.Join([]string{at, id, strconv.FormatInt(k.File, 10), strconv.FormatInt(k.Position, 10)}, "_")
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// ParseOrderKey reads what String writes.
func ParseOrderKey(text string) (k OrderKey, err error) {
	bad := errors.New("that is no place in the list")
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	parts := strings.Split(string(decoded), "_")
	if err != nil || len(parts) != 4 {
		return k, bad
	}
	if parts[0] != "" {
		micros, err := strconv.ParseInt(parts[0], 10, 64)
		at := time.UnixMicro(micros).UTC()
		// DuckDB takes no other years for a TIMESTAMP.
		if err != nil || at.Year() < 1 || at.Year() > 9999 {
			return k, bad
		}
		k.EventTime = &at
	}
	if parts[1] != "" {
		if _, ok := schema.ParseGUID([]byte(parts[1])); !ok {
			return k, bad
		}
		k.EventID = &parts[1]
	}
	file, fileErr := strconv.ParseInt(parts[2], 10, 32)
	position, positionErr := strconv.ParseInt(parts[3], 10, 32)
	if fileErr != nil || positionErr != nil {
		return k, bad
	}
	k.File, k.Position = file, position
	return k, nil
}

// condition is the condition on what comes after the key, or before it, newest first.
func (k *OrderKey) condition(name string) Statement {
	if k == nil {
		return And()
	}
	if k.EventTime == nil {
		name += " one without a time"
	}
	all := conditionsIn(lookupFilterSQL + historyFilterSQL)
	return conditionOf(all, name, k.args()...)
}

// A HistoryRow is an event of a history. What it does not have is nil.
type HistoryRow struct {
	RowID int64
	OrderKey
	EventName, EventSource, AWSRegion, Account                     *string
	Actor, Username, IdentityType, PrincipalID, ARN, CallerAccount *string
	AccessKeyID, Issuer, MFA, Created, SourceIdentity, InvokedBy   *string
	SourceIPAddress, UserAgent, Error, ErrorMessage                *string
	ReadOnly                                                       *bool
	Errored                                                        bool
	Touched                                                        []Resource
	SharedEventID, RequestID, EventType, EventCategory             *string
}

// A HistoryPage is some events of a history in a row, in its order.
type HistoryPage struct {
	Rows             []*HistoryRow
	Earlier, Further bool // there are others before these, behind these
}

// Page finds as many events, behind a place or before one, of the newest first or of the
// oldest; nil for where it begins.
func (h *History) Page(ctx context.Context, store *schema.Store, after, before *OrderKey, oldest bool, size int) (*HistoryPage, error) {
	// The oldest first are the same from its end: what is behind is before then.
	back := (before != nil) != oldest
	key, where, order := after, "after", "newest first"
	if before != nil {
		key = before
	}
	if back {
		where, order = "before", "oldest first"
	}
	s := Statement{SQL: historySQL}.Put("filters", h.Condition()).Put("place", key.condition(where)).
		Put("order", Statement{SQL: conditionsIn(historyFilterSQL)[order]}).With(schema.Arg{Name: "rows", Value: size + 1})
	rowids, err := schema.Collect[int64](s.Query(ctx, store))
	if err != nil {
		return nil, err
	}
	more := len(rowids) > size
	rowids = rowids[:min(len(rowids), size)]
	p := &HistoryPage{Earlier: after != nil, Further: more}
	if before != nil {
		slices.Reverse(rowids)
		p.Earlier, p.Further = more, true
	}
	p.Rows, err = HistoryRows(ctx, store, rowids)
	return p, err
}

// HistoryRows reads some rows of events, in their order.
func HistoryRows(ctx context.Context, store *schema.Store, rowids []int64) ([]*HistoryRow, error) {
	found := make(map[int64]*HistoryRow, len(rowids))
	for row, err := range readRows[HistoryRow](ctx, store.Query, historyRowsSQL, rowids) {
		if err != nil {
			return nil, err
		}
		found[row.RowID] = row
	}
	rows := make([]*HistoryRow, len(rowids))
	for i, rowid := range rowids {
		rows[i] = found[rowid]
	}
	return rows, nil
}

// HistoryDetails are what matters of some rows of events beside their names and resources, by
// the number of the row. The statement has no more in it than what is to be said of these rows'
// services: to plan it for all services takes ten times as long as to read a page.
func HistoryDetails(ctx context.Context, store *schema.Store, rowids []int64) (map[int64]string, error) {
	type service struct{ EventSource string }
	var sources []string
	for s, err := range readRows[service](ctx, store.Query, historyServicesSQL, rowids) {
		if err != nil {
			return nil, err
		}
		sources = append(sources, s.EventSource)
	}
	type row struct {
		RowID  int64
		Detail string
	}
	details := map[int64]string{}
	for r, err := range readRows[row](ctx, store.Query, allFragments().detailOf(sources).put(historyDetailsSQL), rowids) {
		if err != nil {
			return nil, err
		}
		if r.Detail != "" {
			details[r.RowID] = r.Detail
		}
	}
	return details, nil
}

// Sums are what the events of a history are, as numbers.
type Sums struct{ Events, Kinds, Writes, Errors, Addresses, Keys, Timeless int64 }

// SumsStatement asks for the Sums.
func (h *History) SumsStatement() Statement {
	return Statement{SQL: historySumsSQL}.Put("filters", h.Condition())
}

// Sums counts.
func (h *History) Sums(ctx context.Context, store *schema.Store) (Sums, error) {
	return schema.One[Sums](h.SumsStatement().Query(ctx, store))
}

// A HistoryStep is how many events there are in a step of time.
type HistoryStep struct{ Step, Events, Writes, Errors int64 }

// StepsStatement asks for the events by steps of a width.
func (h *History) StepsStatement(from, until time.Time, width time.Duration) Statement {
	return Statement{SQL: historyStepsSQL}.Put("filters", h.Condition()).With(
		schema.Arg{Name: "from", Value: from.UTC()}, schema.Arg{Name: "until", Value: until.UTC()}, schema.Arg{Name: "width", Value: width.Microseconds()})
}

// Steps counts the events by steps of a width, of which those without any are not among them.
func (h *History) Steps(ctx context.Context, store *schema.Store, from, until time.Time, width time.Duration) ([]HistoryStep, error) {
	return schema.Collect[HistoryStep](h.StepsStatement(from, until, width).Query(ctx, store))
}

// StepWidth is the shortest step of which no more than so many make up a time.
func StepWidth(span time.Duration, most int) time.Duration {
	const day = 24 * time.Hour
	for _, width := range [...]time.Duration{
		time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
		15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 91 * day,
	} {
		if span <= width*time.Duration(most) {
			return width
		}
	}
	return 365 * day
}

// An Off is a time in which a trail was off.
type Off struct {
	Account, Region, Trail string
	Since                  time.Time
	Until                  time.Time // zero for never on again
}

// Offs are the times in which trails were off.
func Offs(ctx context.Context, store *schema.Store) ([]Off, error) {
	return schema.Collect[Off](store.Query(ctx, allFragments().put(historyOffSQL)))
}

// A Share is what a store has of an account and a Region.
type Share struct {
	Account, Region                 *string
	Events, Insights, Timeless, Odd int64
	First, Last                     time.Time // zero for none
}

// Shares are what a store has, by account and Region.
func Shares(ctx context.Context, store *schema.Store, now time.Time) ([]Share, error) {
	return schema.Collect[Share](store.Query(ctx, allFragments().put(historyFactsSQL), schema.Arg{Name: "tomorrow", Value: now.UTC().Add(24 * time.Hour)}))
}

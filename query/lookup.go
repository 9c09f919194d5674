package query

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"math"
	"math/big"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/schema"
)

var (
	//go:embed lookup.sql
	lookupSQL string
	//go:embed lookup_few.sql
	lookupFewSQL string
	//go:embed lookup_keys.sql
	lookupKeysSQL string
	//go:embed lookup_search.sql
	lookupSearchSQL string
	//go:embed lookup_rows.sql
	lookupRowsSQL string
	//go:embed lookup_filter.sql
	lookupFilterSQL string
)

// A Lookup finds events by their attributes, as LookupEvents of AWS does, newest
// first. All that is given must fit.
type Lookup struct {
	Filter
	Attributes []Attribute
	Start, End time.Time // the first and the last eventTime to count
	// Category is one of [Categories]; without it, all but Insights are looked up.
	Category Category
	// Text is to be somewhere in the record as it was delivered, upper and lower case
	// all one, and Pattern to fit some part of it.
	Text     string
	Pattern  *regexp.Regexp
	After    *OrderKey // only what comes behind that; nil for all
	MaxItems int       // 0 for all

	anyCategory bool // all categories, Insights among them
	pageRows    int  // lookupPage, but for tests
}

// An Event is one that a lookup found. Members that it does not have are nil.
type Event struct {
	RowID int64
	OrderKey
	EventName       *string
	Username        *string
	Touched         []Resource
	SourceIPAddress *string
	Error           *string
	EventSource     *string
	AWSRegion       *string
	Account         *string
	AccessKeyID     *string
	ReadOnly        *bool
	Record          []byte // as it was delivered; nil where it was not asked for
}

// An OrderKey is what events of a lookup are put in order by: no two have the same.
type OrderKey struct {
	EventTime      *time.Time
	EventID        *string
	File, Position int64
}

// A Resource is one that an event names.
type Resource struct{ Type, Name *string }

const (
	// lookupPage is how many row numbers are held, and at most how many records. Each
	// page costs a look at all that was not found yet, so few of them are better; of
	// so many DuckDB still finds the first among ten million without sorting all.
	lookupPage = 16 << 10
	// lookupBytes is about how long the records together are that are held, as long as
	// they are as long as those before; the first lookupFirst are read without knowing.
	lookupBytes = 32 << 20
	lookupFirst = 1000
	// searchRows is how many rows are searched at a time, by each processor: some 30 MB
	// of records.
	searchRows = 10 * 2048
)

// Write looks up and writes the events to w: in JSON in the form of LookupEvents, of
// which FormatNDJSON gives each event its line. A table and CSV have columns of their
// own. What is held in memory does not grow with the number of events. more says that
// MaxItems left some out.
func (l *Lookup) Write(ctx context.Context, store *schema.Store, w io.Writer, format Format, screen Screen) (rows int64, more bool, err error) {
	found := l.events(ctx, store, format == FormatJSON || format == FormatNDJSON)
	limited := func(yield func(*Event, error) bool) {
		left := l.MaxItems
		for event, err := range found {
			if more = err == nil && l.MaxItems > 0 && left == 0; more {
				return
			}
			left--
			if !yield(event, err) {
				return
			}
		}
	}
	switch format {
	case FormatJSON, FormatNDJSON:
		rows, err = writeEvents(w, limited, format == FormatJSON)
	default:
		rows, err = Write(w, newEventRows(limited, format), format, screen)
	}
	return rows, more, err
}

// Events yields the events, newest first, with their records. If there are more than
// MaxItems, it may go on behind them, by one at least.
func (l *Lookup) Events(ctx context.Context, store *schema.Store) iter.Seq2[*Event, error] {
	return l.events(ctx, store, true)
}

// Statement finds the events, newest first, by their row numbers. A search by text leaves out some.
func (l *Lookup) Statement() Statement {
	most := int64(l.MaxItems)
	if most == 0 || l.Text != "" || l.Pattern != nil {
		most = math.MaxInt64
	}
	return l.statement(lookupSQL).With(schema.Arg{Name: "rows", Value: most})
}

// statement puts the conditions of a lookup into a statement.
func (l *Lookup) statement(sql string) Statement {
	return Statement{SQL: sql}.Put("filters", l.Filter.Condition()).Put("attributes", And(l.conditions()...))
}

// conditions are those that reports do not have.
func (l *Lookup) conditions() []Statement {
	all := conditionsIn(lookupFilterSQL)
	var conditions []Statement
	add := func(name string, args ...schema.Arg) {
		conditions = append(conditions, conditionOf(all, name, args...))
	}
	for _, a := range l.Attributes {
		name := string(a.Key)
		if l.Category == CategoryInsight && a.Key != KeyEventID {
			name += " of Insights"
		}
		add(name, schema.Arg{Name: string(a.Key), Value: a.Value})
	}
	if !l.Start.IsZero() {
		add("start", schema.Arg{Name: "start", Value: l.Start.UTC()})
	}
	if !l.End.IsZero() {
		add("end", schema.Arg{Name: "end", Value: l.End.UTC()})
	}
	switch {
	case l.Category != "":
		add(string(l.Category))
	case !l.anyCategory: // LookupEvents asks for them by themselves
		add("all but Insights")
	}
	if k := l.After; k != nil && k.EventTime == nil {
		add("after one without a time", k.args()...)
	} else if k != nil {
		add("after", k.args()...)
	}
	if l.Text != "" && withinValue(l.Text) {
		add("text", schema.Arg{Name: "text", Value: strings.ToLower(l.Text)})
	}
	return conditions
}

// withinValue says that a word which is in a record is in one of its values or in its
// skeleton: nothing in it stands between the two, and it reads the same in the columns
// as in the record. A word that is in a record only because an escape ends in its first
// letter, such as nb in "a\nb", is not one that anybody looks for.
func withinValue(word string) bool {
	for _, r := range word {
		if r < ' ' || r > '~' || strings.ContainsRune(`"'\{}[]`, r) {
			return false
		}
	}
	return strings.Trim(word, " :,") == word
}

// events yields the events in order, with their records if they are asked for.
func (l *Lookup) events(ctx context.Context, store *schema.Store, records bool) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		rebuilder, err := store.NewRebuilder(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		defer rebuilder.Close()
		chunk := lookupFirst
		for page, err := range l.pages(ctx, store) {
			for err == nil && len(page) > 0 {
				var events []*Event
				n := min(chunk, len(page))
				if events, err = readEvents(ctx, store, rebuilder, page[:n], records); err != nil {
					break
				}
				page = page[n:]
				bytes := 1
				for _, event := range events {
					bytes += len(event.Record)
					if !yield(event, nil) {
						return
					}
				}
				chunk = max(1, int(int64(lookupBytes)*int64(n)/int64(bytes)))
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// A hit is an event that a search has found.
type hit struct {
	RowID int64
	OrderKey
}

// compare puts keys in the order of lookup.sql.
func (k OrderKey) compare(other OrderKey) int {
	var byTime, byID int
	if k.EventTime != nil && other.EventTime != nil {
		byTime = other.EventTime.Compare(*k.EventTime)
	}
	if k.EventID != nil && other.EventID != nil {
		byID = cmp.Compare(*k.EventID, *other.EventID)
	}
	return cmp.Or(
		lastIf(k.EventTime == nil, other.EventTime == nil), byTime,
		lastIf(k.EventID == nil, other.EventID == nil), byID,
		cmp.Compare(k.File, other.File), cmp.Compare(k.Position, other.Position),
	)
}

// args are the values of the conditions that something comes behind the key.
func (k OrderKey) args() []schema.Arg {
	return []schema.Arg{
		{Name: "afterTime", Value: valueOrNil(k.EventTime)}, {Name: "afterID", Value: valueOrNil(k.EventID)},
		{Name: "afterFile", Value: k.File}, {Name: "afterPosition", Value: k.Position},
	}
}

// lastIf puts last what something is true of.
func lastIf(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// search looks at the records of all events that the conditions let through, in the
// order in which the store has them, since to read them in any other takes many times
// as long. It returns the row numbers of those that fit, newest first: of these, and
// of nothing else, what is held grows with what there is.
func (l *Lookup) search(ctx context.Context, store *schema.Store) ([]int64, error) {
	end, err := schema.One[int64](store.Query(ctx, "SELECT coalesce(max(rowid) + 1, 0) FROM events"))
	if err != nil {
		return nil, err
	}
	statement := l.statement(lookupSearchSQL)
	var mu sync.Mutex
	var hits []hit
	next := int64(0)
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			rebuilder, err := store.NewRebuilder(ctx)
			if err != nil {
				return err
			}
			defer rebuilder.Close()
			for {
				mu.Lock()
				first := next
				next += searchRows
				mu.Unlock()
				if first >= end {
					return nil
				}
				fit, err := l.searchRange(ctx, rebuilder, statement.With(rowRange(first, first+searchRows-1)...))
				if err != nil {
					return err
				}
				mu.Lock()
				hits = append(hits, fit...)
				if l.MaxItems > 0 && len(hits) > 2*l.MaxItems+searchRows {
					hits = l.newest(hits)
				}
				mu.Unlock()
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return rowsIn(l.newest(hits)), nil
}

// rowsIn are the row numbers of hits, in their order.
func rowsIn(hits []hit) []int64 {
	rowids := make([]int64, len(hits))
	for i, h := range hits {
		rowids[i] = h.RowID
	}
	return rowids
}

// newest puts hits in order, and drops those that will not be asked for: MaxItems are,
// and one to tell whether there are more.
func (l *Lookup) newest(hits []hit) []hit {
	slices.SortFunc(hits, func(a, b hit) int { return a.OrderKey.compare(b.OrderKey) })
	if l.MaxItems > 0 && len(hits) > l.MaxItems {
		hits = hits[:l.MaxItems+1]
	}
	return hits
}

// rowRange are the values of the first and the last of a range of rows.
func rowRange(first, last int64) []schema.Arg {
	return []schema.Arg{{Name: "first", Value: first}, {Name: "last", Value: last}}
}

// searchRange returns what fits within a range of rows.
func (l *Lookup) searchRange(ctx context.Context, rebuilder *schema.Rebuilder, statement Statement) (fit []hit, err error) {
	type searched struct {
		hit
		Record []byte
	}
	for row, err := range schema.All[searched](rebuilder.Query(ctx, statement.SQL, statement.Args...)) {
		if err != nil {
			return nil, err
		}
		if l.fits(row.Record) {
			fit = append(fit, row.hit)
		}
	}
	return fit, nil
}

// pages yields the row numbers of what the conditions let through, in order and some at
// a time. A page begins where the one before it ended, by the time: no two pages share
// an instant.
func (l *Lookup) pages(ctx context.Context, store *schema.Store) iter.Seq2[[]int64, error] {
	return func(yield func([]int64, error) bool) {
		if l.Text != "" || l.Pattern != nil {
			yield(l.search(ctx, store))
			return
		}
		size, once := cmp.Or(l.pageRows, lookupPage), false
		if rowids, isAll, err := l.few(ctx, store, size); isAll || err != nil {
			yield(rowids, err)
			return
		}
		statement := l.statement(lookupSQL)
		if l.MaxItems > 0 && l.MaxItems <= size {
			size, once = l.MaxItems, true // and one to tell whether there are more
		}
		var reached *time.Time
		for timeless := false; ; {
			part := Statement{SQL: "true"}
			switch {
			case timeless:
				part.SQL = "eventTime IS NULL"
			case reached != nil:
				part = Statement{SQL: "eventTime <= $reached", Args: []schema.Arg{{Name: "reached", Value: *reached}}}
			}
			rows, err := schema.Collect[lookupRow](statement.Put("page", part).With(schema.Arg{Name: "rows", Value: size + 1}).Query(ctx, store))
			if err != nil {
				yield(nil, err)
				return
			}
			full := len(rows) > size
			var last *time.Time
			if full && !once {
				// The last instant may go on, so it waits for the next page. One that
				// fills a page gets a larger one.
				last = rows[size].EventTime
				n := slices.IndexFunc(rows, func(r lookupRow) bool { return sameInstant(r.EventTime, last) })
				if n == 0 {
					size *= 2
					continue
				}
				rows = rows[:n]
			}
			rowids := make([]int64, len(rows))
			for i, r := range rows {
				rowids[i] = r.RowID
			}
			if !yield(rowids, nil) || once {
				return
			}
			switch {
			case timeless:
				return
			case full && last != nil:
				reached = last
			case full || reached != nil:
				timeless = true
			default:
				return
			}
		}
	}
}

// few returns the row numbers of what the conditions let through, newest first, if that are
// no more than limit. A search by an actor or a resource is one that DuckDB's scan does not
// go by: in one statement it reads what all events are put in order by as well, which is
// more than the names that it looks at.
func (l *Lookup) few(ctx context.Context, store *schema.Store, limit int) (rowids []int64, isAll bool, err error) {
	ofResource := func(a Attribute) bool { return a.Key == KeyResourceName || a.Key == KeyResourceType }
	if !l.Actor.Given() && !l.Resource.Given() && !slices.ContainsFunc(l.Attributes, ofResource) {
		return nil, false, nil
	}
	type numbered struct{ RowID int64 }
	statement := l.statement(lookupFewSQL).With(schema.Arg{Name: "rows", Value: limit + 1})
	found, err := schema.Collect[numbered](statement.Query(ctx, store))
	if err != nil || len(found) > limit {
		return nil, false, err
	}
	for _, row := range found {
		rowids = append(rowids, row.RowID)
	}
	var hits []hit
	for keys, err := range readRows[hit](ctx, store.Query, lookupKeysSQL, rowids) {
		if err != nil {
			return nil, false, err
		}
		hits = append(hits, *keys)
	}
	return rowsIn(l.newest(hits)), true, nil
}

// A lookupRow is a row of lookup.sql.
type lookupRow struct {
	RowID     int64
	EventTime *time.Time
}

func sameInstant(a, b *time.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// readEvents reads the events of some rows, in the order of the rows.
func readEvents(ctx context.Context, store *schema.Store, rebuilder *schema.Rebuilder, rowids []int64, records bool) ([]*Event, error) {
	ask := store.Query
	if records {
		ask = rebuilder.Query
	}
	found := make(map[int64]*Event, len(rowids))
	for event, err := range readRows[Event](ctx, ask, lookupRowsSQL, rowids) {
		if err != nil {
			return nil, err
		}
		found[event.RowID] = event
	}
	events := make([]*Event, len(rowids))
	for i, rowid := range rowids {
		events[i] = found[rowid]
	}
	return events, nil
}

// readRows yields what a statement about $rows has of some rows, in no order: of as many rows
// at a time as DuckDB finds without reading what is between them. The numbers, which are the
// store's own, stand in the text: a statement with parameters is planned once without their
// values and then again, and of a few rows that is most of the time.
func readRows[T any](ctx context.Context, ask func(context.Context, string, ...schema.Arg) (*schema.Rows, error), sql string, rowids []int64) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for part := range slices.Chunk(slices.Sorted(slices.Values(rowids)), schema.JoinValues) {
			statement := Statement{SQL: allFragments().put(sql)}.With(rowRange(part[0], part[len(part)-1])...).With(schema.Arg{Name: "rows", Value: part})
			for row, err := range schema.All[T](ask(ctx, statement.Inline())) {
				if !yield(&row, err) {
					return
				}
			}
		}
	}
}

// fits says whether a record is one that is searched for.
func (l *Lookup) fits(record []byte) bool {
	return (l.Text == "" || bytes.Contains(bytes.ToLower(record), bytes.ToLower([]byte(l.Text)))) &&
		(l.Pattern == nil || l.Pattern.Match(record))
}

// writeEvents writes events as the AWS CLI does, line for line, or each on a line of its
// own. As in [Write], what ends early stays open.
func writeEvents(w io.Writer, events iter.Seq2[*Event, error], whole bool) (rows int64, err error) {
	const indent = "    "
	out := bufio.NewWriterSize(w, 64<<10)
	var line []byte
	var text bytes.Buffer
	for event, readErr := range events {
		if readErr != nil {
			return rows, errors.Join(readErr, out.Flush())
		}
		rows++
		line = event.appendJSON(line[:0])
		text.Reset()
		if !whole {
			text.Write(append(line, '\n'))
		} else {
			if rows == 1 {
				text.WriteString("{\n" + indent + "\"Events\": [")
			} else {
				text.WriteByte(',')
			}
			text.WriteString("\n" + indent + indent)
			if err := json.Indent(&text, line, indent+indent, indent); err != nil {
				return rows, err
			}
		}
		if _, err := text.WriteTo(out); err != nil {
			return rows, err
		}
	}
	switch {
	case whole && rows == 0:
		out.WriteString("{\n" + indent + "\"Events\": []\n}\n") // out keeps its error
	case whole:
		out.WriteString("\n" + indent + "]\n}\n")
	}
	return rows, out.Flush()
}

// appendJSON writes an event as the AWS CLI shows it, with its time in RFC 3339.
func (e *Event) appendJSON(dst []byte) []byte { return e.appendMembers(dst, valueOrNil(e.EventTime)) }

// AppendWire writes an event as LookupEvents itself answers, with its time in seconds since
// 1970.
func (e *Event) AppendWire(dst []byte) []byte {
	if e.EventTime == nil {
		return e.appendMembers(dst, nil)
	}
	return e.appendMembers(dst, schema.Number(EpochSeconds(*e.EventTime)))
}

// EpochSeconds is a time as AWS's protocols have it: seconds since 1970, with a fraction only
// where there is one.
func EpochSeconds(t time.Time) string {
	micros := new(big.Rat).SetFrac64(t.UnixMicro(), 1_000_000)
	if micros.IsInt() {
		return micros.Num().String()
	}
	return strings.TrimRight(micros.FloatString(6), "0")
}

// appendMembers writes an event with the members that LookupEvents gives it; those that it
// does not have are absent.
func (e *Event) appendMembers(dst []byte, eventTime any) []byte {
	dst = append(dst, '{')
	add := func(name string, value any) {
		if value != nil {
			dst = append(appendJSONString(dst, name), ':')
			dst = append(appendJSON(dst, value), ',')
		}
	}
	add("EventId", valueOrNil(e.EventID))
	add("EventName", valueOrNil(e.EventName))
	if e.ReadOnly != nil {
		add("ReadOnly", text(*e.ReadOnly))
	}
	add("AccessKeyId", valueOrNil(e.AccessKeyID))
	add("EventTime", eventTime)
	add("EventSource", valueOrNil(e.EventSource))
	add("Username", valueOrNil(e.Username))
	resources := make(schema.List, len(e.Touched))
	for i, touched := range e.Touched {
		var r schema.Struct
		if touched.Type != nil {
			r = append(r, schema.Member{Name: "ResourceType", Value: *touched.Type})
		}
		resources[i] = append(r, schema.Member{Name: "ResourceName", Value: valueOrNil(touched.Name)})
	}
	add("Resources", resources)
	add("CloudTrailEvent", string(e.Record))
	dst[len(dst)-1] = '}'
	return dst
}

// valueOrNil is what a pointer points at, as a [Result] has values.
func valueOrNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// eventRows are events as rows of a table.
type eventRows struct {
	columns []schema.ResultColumn
	next    func() (*Event, error, bool)
	stop    func()
	event   *Event
	err     error
}

// newEventRows returns the events as a [Result]. CSV has more columns than a table has
// room for.
func newEventRows(events iter.Seq2[*Event, error], format Format) *eventRows {
	names := []string{"eventTime", "eventName", "username", "resources", "sourceIPAddress", "error"}
	if format != FormatTable {
		names = append(names, "eventID", "eventSource", "awsRegion", "account", "accessKeyId", "readOnly")
	}
	r := new(eventRows)
	for _, name := range names {
		r.columns = append(r.columns, schema.ResultColumn{Name: name})
	}
	r.next, r.stop = iter.Pull2(events)
	return r
}

// Columns implements [Result].
func (r *eventRows) Columns() []schema.ResultColumn { return r.columns }

// Next implements [Result].
func (r *eventRows) Next() bool {
	if r.err != nil {
		return false
	}
	var ok bool
	r.event, r.err, ok = r.next()
	return ok && r.err == nil
}

// Values implements [Result].
func (r *eventRows) Values() ([]any, error) {
	e := r.event
	var names []string
	for _, touched := range e.Touched {
		if touched.Name != nil {
			names = append(names, *touched.Name)
		}
	}
	values := []any{
		valueOrNil(e.EventTime), valueOrNil(e.EventName), valueOrNil(e.Username), strings.Join(names, ", "),
		valueOrNil(e.SourceIPAddress), valueOrNil(e.Error),
		valueOrNil(e.EventID), valueOrNil(e.EventSource), valueOrNil(e.AWSRegion), valueOrNil(e.Account),
		valueOrNil(e.AccessKeyID), valueOrNil(e.ReadOnly),
	}
	return values[:len(r.columns)], nil
}

// Err implements [Result].
func (r *eventRows) Err() error { return r.err }

// Close implements [Result].
func (r *eventRows) Close() error {
	r.stop()
	return nil
}

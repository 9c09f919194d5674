package query

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
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
	Category string
	// Text is to be somewhere in the record as it was delivered, upper and lower case
	// all one, and Pattern to fit some part of it.
	Text     string
	Pattern  *regexp.Regexp
	MaxItems int // 0 for all

	pageRows int // lookupPage, but for tests
}

// An Attribute is what LookupEvents looks up by: one of [AttributeKeys], and the whole
// of its value.
type Attribute struct{ Key, Value string }

// AttributeKeys are the keys that LookupEvents knows, InsightKeys those that it knows
// for Insights events.
func AttributeKeys() []string {
	return []string{"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId"}
}

func InsightKeys() []string { return []string{"EventId", "EventName", "EventSource"} }

// CategoryInsight is the category that LookupEvents itself knows.
const CategoryInsight = "insight"

// Categories are the categories of events.
func Categories() []string {
	return []string{CategoryInsight, "management", "data", "networkactivity"}
}

// An Event is one that a lookup found. Members that it does not have are nil.
type Event struct {
	ID          any // string, as is all else of type any but for ReadOnly
	Time        any // time.Time
	Name        any
	Source      any
	Region      any
	Account     any
	Username    any
	AccessKeyID any
	SourceIP    any
	Error       any
	ReadOnly    any // bool
	Resources   schema.List
	Record      []byte // as it was delivered
}

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
func (l *Lookup) Write(ctx context.Context, store *schema.Store, w io.Writer, format Format, width int) (rows int64, more bool, err error) {
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
		rows, err = Write(w, newEventRows(limited, format), format, width)
	}
	return rows, more, err
}

// statement puts the conditions of a lookup into a statement, and returns the values
// that they are bound to.
func (l *Lookup) statement(statement string) (string, []schema.Arg) {
	statement, bound := l.Filter.apply(statement)
	all := conditionsIn(lookupFilterSQL)
	var text strings.Builder
	text.WriteString("true")
	add := func(name, parameter string, value any) {
		condition, ok := all[name]
		if !ok {
			panic("BUG: lookup_filter.sql has no condition for " + name)
		}
		if parameter != "" {
			// Two attributes of one key are two parameters.
			unique := fmt.Sprintf("lookup%d", len(bound))
			condition = strings.ReplaceAll(condition, "$"+parameter, "$"+unique)
			bound = append(bound, schema.Arg{Name: unique, Value: value})
		}
		fmt.Fprintf(&text, "\n    AND (\n%s\n    )", condition)
	}
	for _, a := range l.Attributes {
		name := a.Key
		if l.Category == CategoryInsight && name != "EventId" {
			name += " of Insights"
		}
		add(name, a.Key, a.Value)
	}
	if !l.Start.IsZero() {
		add("start", "start", l.Start.UTC())
	}
	if !l.End.IsZero() {
		add("end", "end", l.End.UTC())
	}
	if l.Category == "" {
		add("all but Insights", "", nil)
	} else {
		add(l.Category, "", nil)
	}
	if l.Text != "" && withinValue(l.Text) {
		add("text", "text", strings.ToLower(l.Text))
	}
	return strings.Replace(statement, "/* attributes */ true", text.String(), 1), bound
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
	rowid    int64
	time     any // time.Time, nil for none
	id       string
	file     int64
	position int64
}

// compare puts hits in the order of lookup.sql.
func (h hit) compare(other hit) int {
	a, _ := h.time.(time.Time)
	b, _ := other.time.(time.Time)
	return cmp.Or(
		compareNil(h.time == nil, other.time == nil), b.Compare(a),
		compareNil(h.id == "", other.id == ""), cmp.Compare(h.id, other.id),
		cmp.Compare(h.file, other.file), cmp.Compare(h.position, other.position),
	)
}

func compareNil(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1 // what there is not comes last
	}
	return -1
}

// search looks at the records of all events that the conditions let through, in the
// order in which the store has them, since to read them in any other takes many times
// as long. It returns the row numbers of those that fit, newest first: of these, and
// of nothing else, what is held grows with what there is.
func (l *Lookup) search(ctx context.Context, store *schema.Store) ([]int64, error) {
	end, err := rowsIn(ctx, store)
	if err != nil {
		return nil, err
	}
	statement, bound := l.statement(lookupSearchSQL)
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
				args := append(slices.Clip(bound), schema.Arg{Name: "first", Value: first}, schema.Arg{Name: "last", Value: first + searchRows - 1})
				fit, err := l.searchRange(ctx, rebuilder, statement, args)
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
	var rowids []int64
	for _, h := range l.newest(hits) {
		rowids = append(rowids, h.rowid)
	}
	return rowids, nil
}

// newest puts hits in order, and drops those that will not be asked for: MaxItems are,
// and one to tell whether there are more.
func (l *Lookup) newest(hits []hit) []hit {
	slices.SortFunc(hits, hit.compare)
	if l.MaxItems > 0 && len(hits) > l.MaxItems {
		hits = hits[:l.MaxItems+1]
	}
	return hits
}

// rowsIn is the row number behind the last.
func rowsIn(ctx context.Context, store *schema.Store) (end int64, err error) {
	rows, err := store.Query(ctx, "SELECT coalesce(max(rowid) + 1, 0) FROM events")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return 0, err
		}
		end = values[0].(int64)
	}
	return end, rows.Err()
}

// searchRange returns what fits within a range of rows.
func (l *Lookup) searchRange(ctx context.Context, rebuilder *schema.Rebuilder, statement string, args []schema.Arg) (fit []hit, err error) {
	rows, err := rebuilder.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := rows.Values()
		if err != nil {
			return nil, err
		}
		if record := v[5].([]byte); l.fits(record) {
			id, _ := v[2].(string) // or NULL
			fit = append(fit, hit{v[0].(int64), v[1], id, v[3].(int64), v[4].(int64)})
		}
	}
	return fit, rows.Err()
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
		statement, bound := l.statement(lookupSQL)
		size, once := cmp.Or(l.pageRows, lookupPage), false
		if l.MaxItems > 0 && l.MaxItems <= size {
			size, once = l.MaxItems, true // and one to tell whether there are more
		}
		place, args := "true", bound
		for {
			rowids, times, err := page(ctx, store, strings.Replace(statement, "/* page */ true", place, 1), args, size+1)
			if err != nil {
				yield(nil, err)
				return
			}
			full := len(rowids) > size
			var last any
			if full && !once {
				// The last instant may go on, so it waits for the next page. One that
				// fills a page gets a larger one.
				last = times[size]
				n := slices.Index(times, last)
				if n == 0 {
					size *= 2
					continue
				}
				rowids = rowids[:n]
			}
			if !yield(rowids, nil) || once {
				return
			}
			switch {
			case full && last != nil:
				place = "eventTime <= $reached"
				args = append(slices.Clip(bound), schema.Arg{Name: "reached", Value: last})
			case full || place == "eventTime <= $reached":
				place, args = "eventTime IS NULL", bound
			default:
				return
			}
		}
	}
}

// page runs the statement of one page. times are nil for events that have none.
func page(ctx context.Context, store *schema.Store, statement string, args []schema.Arg, limit int) (rowids []int64, times []any, err error) {
	rows, err := store.Query(ctx, statement, append(slices.Clip(args), schema.Arg{Name: "rows", Value: limit})...)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, nil, err
		}
		rowids = append(rowids, values[0].(int64))
		times = append(times, values[1])
	}
	return rowids, times, rows.Err()
}

// readEvents reads the events of some rows, in the order of the rows, as many at a time
// as DuckDB finds without reading what is between them.
func readEvents(ctx context.Context, store *schema.Store, rebuilder *schema.Rebuilder, rowids []int64, records bool) ([]*Event, error) {
	ask := store.Query
	if records {
		ask = rebuilder.Query
	}
	found := make(map[int64]*Event, len(rowids))
	for part := range slices.Chunk(slices.Sorted(slices.Values(rowids)), schema.JoinValues) {
		rows, err := ask(ctx, lookupRowsSQL, schema.Arg{Name: "rows", Value: part},
			schema.Arg{Name: "first", Value: part[0]}, schema.Arg{Name: "last", Value: part[len(part)-1]})
		if err != nil {
			return nil, err
		}
		if err := readPart(rows, found); err != nil {
			return nil, err
		}
	}
	events := make([]*Event, len(rowids))
	for i, rowid := range rowids {
		events[i] = found[rowid]
	}
	return events, nil
}

func readPart(rows *schema.Rows, found map[int64]*Event) (err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := rows.Values()
		if err != nil {
			return err
		}
		touched, _ := v[4].(schema.List) // or nil
		record, _ := v[13].([]byte)      // or nil, if not asked for
		found[v[0].(int64)] = &Event{
			Time: v[1], Name: v[2], Username: v[3], Resources: touched, SourceIP: v[5], Error: v[6], ID: v[7],
			Source: v[8], Region: v[9], Account: v[10], AccessKeyID: v[11], ReadOnly: v[12], Record: record,
		}
	}
	return rows.Err()
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

// appendJSON writes an event with the members that LookupEvents gives it; those that it
// does not have are absent.
func (e *Event) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	add := func(name string, value any) {
		if value != nil {
			dst = append(appendJSONString(dst, name), ':')
			dst = append(appendJSON(dst, value), ',')
		}
	}
	add("EventId", e.ID)
	add("EventName", e.Name)
	if e.ReadOnly != nil {
		add("ReadOnly", text(e.ReadOnly))
	}
	add("AccessKeyId", e.AccessKeyID)
	add("EventTime", e.Time)
	add("EventSource", e.Source)
	add("Username", e.Username)
	resources := make(schema.List, len(e.Resources))
	for i := range resources {
		var r schema.Struct
		typ, name := e.resource(i)
		if typ != nil {
			r = append(r, schema.Member{Name: "ResourceType", Value: typ})
		}
		resources[i] = append(r, schema.Member{Name: "ResourceName", Value: name})
	}
	add("Resources", resources)
	add("CloudTrailEvent", string(e.Record))
	dst[len(dst)-1] = '}'
	return dst
}

// resource is the type, or nil, and the name of a resource.
func (e *Event) resource(i int) (typ, name any) {
	r, _ := e.Resources[i].(schema.Struct)
	for _, m := range r {
		if m.Name == "type" {
			typ = m.Value
		} else {
			name = m.Value
		}
	}
	return typ, name
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
	for i := range e.Resources {
		if _, name := e.resource(i); name != nil {
			names = append(names, text(name))
		}
	}
	values := []any{e.Time, e.Name, e.Username, strings.Join(names, ", "), e.SourceIP, e.Error,
		e.ID, e.Source, e.Region, e.Account, e.AccessKeyID, e.ReadOnly}
	return values[:len(r.columns)], nil
}

// Err implements [Result].
func (r *eventRows) Err() error { return r.err }

// Close implements [Result].
func (r *eventRows) Close() error {
	r.stop()
	return nil
}

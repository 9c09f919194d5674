package serve

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

// eventsRows is how many events a page of the list has.
const eventsRows = 50

// An eventsBody is the list of events.
type eventsBody struct {
	Search  eventsSearch
	Sums    *eventsSums    // nil where they come later
	Picture *eventsPicture // likewise
	Later   []string       // the pages that have them
	Details string         // the page that has what is still to be told of rows; empty for none
	Said    []eventsSaid
	Columns []eventsColumn
	Width   int // columns, with that of the time
	Rows    []eventsRow
	Choices []eventsChoice
	Order   string // the other order, as a link
	Oldest  bool
	Earlier string // the page before, the page behind, the first page; empty for none
	Further string
	First   string
	Event   *eventBody // beside the list; nil for none
	Close   string     // the list without the event
	Notes   []string
	Hidden  []eventsField // of forms that keep the list
	View    string        // its URL, for the case
}

// An eventsSearch is the bar above the list.
type eventsSearch struct {
	Hidden            []eventsField
	Attributes        []attribute
	Accounts, Regions []eventsOption
	ReadOnly          string
	ErrorsOnly        bool
	Since, Until      string
	Period            string // in words
	Presets           []eventsOption
	Chips             []eventsChip
	Clear             string // the list without any filter; empty where there is none
	Basket            string // what a mark of this view is called
}

type eventsField struct{ Name, Value string }

type eventsOption struct {
	Name, Value, Link string
	Events            int64
	On                bool
}

// An eventsChip is one part of what was asked for, which can be taken away.
type eventsChip struct {
	Name, Text, Link string
	Not              bool
}

// eventsSaid is what all rows of the page have in common, said once.
type eventsSaid struct{ Name, Text, Whole string }

// An eventsColumn is one that the table can have.
type eventsColumn struct {
	Name, Title, Class string
	cell               func(e *query.HistoryRow) eventsCell
	said               bool // what repeats in it is said once
}

type eventsChoice struct {
	Name, Title string
	On          bool
}

type eventsCell struct {
	Text, Whole, Class, Mark string
	Detail                   bool // of the row is still to come
}

// An eventsRow is an event, or the day of those below it.
type eventsRow struct {
	Day   string
	Ref   string
	Row   int64
	Link  string
	Title string
	On    bool
	Cells []eventsCell
}

// events is the page of the list, and of its parts that come later.
func (s *Server) events(r *request) (*view, error) {
	if r.values.Has("q") || slices.ContainsFunc(valuesOf(r.values), func(text string) bool { return text == "" }) {
		to, err := r.search()
		return &view{Redirect: to}, err
	}
	h, err := r.history()
	if err != nil {
		return nil, err
	}
	k, err := r.known()
	if err != nil {
		return nil, err
	}
	v := &view{
		Section: "Events", Title: "Event history", Template: "events", Name: "events", Command: r.eventsCommand(k),
		Statements: []query.Statement{r.shownHistory(h).Statement(), r.shownHistory(h).SumsStatement()},
		Rows:       func() (query.Result, error) { return h.Statement().Query(r.ctx, r.store) },
	}
	switch r.values.Get("part") {
	case "picture":
		v.Template = "events-picture"
		v.Statements = nil
		v.Body, err = r.picture(k, h, v)
		return v, err
	case "sums":
		v.Template = "events-sums"
		sums, err := r.sums(k, h, v)
		if err == nil {
			sums.Cover = v.Cover.String()
		}
		v.Body, v.Cover = sums, nil
		return v, err
	case "details":
		return r.details()
	}
	if r.values.Has("form") {
		return v, nil
	}
	v.Body, err = r.eventsBody(k, h, v)
	return v, err
}

// valuesOf are all values of a URL.
func valuesOf(values url.Values) (all []string) {
	for _, some := range values {
		all = append(all, some...)
	}
	return all
}

// history is what the URL asks for.
func (r *request) history() (*query.History, error) {
	traits, err := r.historyTraits()
	if err != nil {
		return nil, err
	}
	h := &query.History{Filter: r.filter, Traits: traits}
	text := r.values.Get("text")
	if text == "" && !r.filter.Resource.Given() {
		return h, nil
	}
	if h.Hits, err = r.findHits(text); h.Hits != nil {
		h.Filter.Resource = query.Match{}
	}
	return h, err
}

// maxHeld is how many searches are kept, for the pages behind the first and for what comes
// later.
const maxHeld = 8

// findHits looks for a word in the records, or for a resource, unless that was done before; nil
// for too many.
func (r *request) findHits(text string) (hits *query.Hits, err error) {
	k, err := r.known()
	if err != nil {
		return nil, err
	}
	key := filterValues(r.values).Encode() + "\n" + text
	if err := k.searching.take(r.ctx); err != nil { // two that ask for the same would both look at everything
		return nil, err
	}
	defer k.searching.give()
	for _, held := range k.hits {
		if held.key == key {
			return held.hits, nil
		}
	}
	if text != "" {
		hits, err = query.FindText(r.ctx, r.store, r.filter, text)
	} else {
		hits, err = query.FindFew(r.ctx, r.store, r.filter)
	}
	if err != nil {
		return nil, err
	}
	if k.hits = append(k.hits, heldHits{key, hits}); len(k.hits) > maxHeld {
		k.hits = k.hits[1:]
	}
	return hits, nil
}

// shownHistory is the history as its SQL is shown: events are not told by their row numbers.
func (r *request) shownHistory(h *query.History) *query.History {
	return &query.History{Filter: r.filter, Traits: h.Traits}
}

// eventsCommand is the command that gives the same.
func (r *request) eventsCommand(k *knownStore) string {
	words := []string{"trailbox", "lookup"}
	keys := map[string]query.AttributeKey{"user-name": query.KeyUsername, "resource-type": query.KeyResourceType, "event-id": query.KeyEventID}
	for _, name := range query.TraitNames() {
		for _, text := range r.values[name] {
			if key := keys[name]; key != "" {
				words = append(words, "--lookup-attributes", `{"AttributeKey": "`+string(key)+`", "AttributeValue": `+jsonText(text)+`}`)
			} else {
				words = append(words, "--text", text) // a GUID, which stands nowhere else as a rule
			}
		}
	}
	if text := r.values.Get("text"); text != "" {
		words = append(words, "--text", text)
	}
	command := commandLine(r.values, words...)
	if k.Insights > 0 {
		command += "\n" + command + " --event-category insight"
	}
	return command
}

func jsonText(text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic("BUG: a text is JSON")
	}
	return string(encoded)
}

// eventsBody makes the list.
func (r *request) eventsBody(k *knownStore, h *query.History, v *view) (*eventsBody, error) {
	after, before, err := r.places()
	if err != nil {
		return nil, err
	}
	b := &eventsBody{Search: r.eventsSearch(k), Oldest: r.values.Get("order") == "oldest", Hidden: r.hidden("columns"), View: with("/events", r.onlyEvents("order", "columns"))}
	list, err := h.Page(r.ctx, r.store, after, before, b.Oldest, eventsRows)
	if err != nil {
		return nil, err
	}
	details := map[int64]string{}
	if r.isSmall(k) {
		drawn := &view{}
		err = together(
			func() (err error) { b.Sums, err = r.sums(k, h, v); return err },
			func() (err error) { b.Picture, err = r.picture(k, h, drawn); return err },
			func() (err error) { details, err = query.HistoryDetails(r.ctx, r.store, rowIDs(list.Rows)); return err },
		)
		if err != nil {
			return nil, err
		}
		v.Statements = append(v.Statements, drawn.Statements...)
	} else {
		b.Later = []string{with("/events", r.onlyEvents(), "part", "picture"), with("/events", r.onlyEvents(), "part", "sums")}
		b.Details = r.detailsLink(list.Rows)
	}
	r.fill(b, list.Rows, details)
	keep := r.onlyEvents("order", "columns")
	if list.Earlier && len(list.Rows) > 0 {
		b.Earlier = with("/events", keep, "before", list.Rows[0].OrderKey.String())
	}
	if list.Further && len(list.Rows) > 0 {
		b.Further = with("/events", keep, "after", list.Rows[len(list.Rows)-1].OrderKey.String())
	}
	if after != nil || before != nil {
		b.First = with("/events", keep)
	}
	other := "oldest"
	if b.Oldest {
		other = ""
	}
	b.Order = with("/events", keep, "order", other)
	if r.values.Get("text") != "" {
		b.Notes = append(b.Notes, "found in the records themselves: the SQL below has the other conditions alone, the command does the same")
		if h.Hits.More {
			b.Notes = append(b.Notes, fmt.Sprintf("more than %s records have that word: these are the newest of them, narrow the period for others", query.Count(int64(len(h.Hits.RowIDs)))))
		}
	}
	if text := r.values.Get("event"); text != "" {
		ref, ok := query.ParseEventRef(text)
		if !ok {
			return nil, &badValue{"event", errNoEvent}
		}
		if b.Event, err = r.eventBody(ref); err != nil {
			return nil, err
		}
		b.Close = r.here("event", "")
	}
	return b, nil
}

// places are where the page begins or ends.
func (r *request) places() (after, before *query.OrderKey, err error) {
	for _, p := range [...]struct {
		name string
		key  **query.OrderKey
	}{{"after", &after}, {"before", &before}} {
		if text := r.values.Get(p.name); text != "" {
			key, err := query.ParseOrderKey(text)
			if err != nil {
				return nil, nil, &badValue{p.name, err}
			}
			*p.key = &key
		}
	}
	if before != nil {
		after = nil
	}
	return after, before, nil
}

func rowIDs(rows []*query.HistoryRow) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.RowID
	}
	return ids
}

// detailsLink is what the script asks for the details of rows, if some have any.
func (r *request) detailsLink(rows []*query.HistoryRow) string {
	var ids []string
	for _, row := range rows {
		if isWrite(row) && !row.Errored {
			ids = append(ids, strconv.FormatInt(row.RowID, 10))
		}
	}
	if ids == nil {
		return ""
	}
	return with("/events", url.Values{"part": {"details"}, "rows": {strings.Join(ids, "_")}})
}

// details answers the script.
func (r *request) details() (*view, error) {
	var rows []int64
	for text := range strings.SplitSeq(r.values.Get("rows"), "_") {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id < 0 || len(rows) == eventsRows {
			return nil, &badValue{"rows", errNoEvent}
		}
		rows = append(rows, id)
	}
	slices.Sort(rows)
	details, err := query.HistoryDetails(r.ctx, r.store, slices.Compact(rows))
	if err != nil {
		return nil, err
	}
	type detail struct {
		Row   string `json:"row"`
		Text  string `json:"text"`
		Whole string `json:"whole"`
		Class string `json:"class"`
	}
	found := []detail{}
	for id, text := range details {
		c := detailCell(text)
		found = append(found, detail{strconv.FormatInt(id, 10), c.Text, c.Whole, c.Class})
	}
	encoded, err := json.Marshal(found)
	return &view{Send: &sent{Kind: "application/json", Text: encoded}}, err
}

func isWrite(e *query.HistoryRow) bool { return e.ReadOnly != nil && !*e.ReadOnly }

func textOf(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// cell is a cell with text of anybody's making: shown whole, or without its middle.
func cell(text, class string) eventsCell {
	c := page.NewCell(text, class)
	shown := eventsCell{Text: c.Text, Whole: c.Whole, Class: c.Class}
	if shown.Whole == "" && len(shown.Text) > 16 {
		shown.Whole = shown.Text // a column may be too narrow for it
	}
	return shown
}

func detailCell(text string) eventsCell {
	if strings.Contains(text, "ADMIN: ") {
		return cell(text, "w")
	}
	return cell(text, "d")
}

// eventsColumns are the columns that the table can have.
func eventsColumns() []eventsColumn {
	text := func(get func(e *query.HistoryRow) *string, class string) func(e *query.HistoryRow) eventsCell {
		return func(e *query.HistoryRow) eventsCell { return cell(textOf(get(e)), class) }
	}
	return []eventsColumn{
		{Name: "event", Title: "event", cell: func(e *query.HistoryRow) eventsCell {
			c := cell(textOf(e.EventName), "")
			if isWrite(e) {
				c.Class, c.Mark = "w", "write"
			}
			return c
		}},
		{Name: "service", Title: "service", said: true, cell: func(e *query.HistoryRow) eventsCell {
			return cell(strings.TrimSuffix(textOf(e.EventSource), ".amazonaws.com"), "d")
		}},
		{Name: "actor", Title: "actor", said: true, cell: text(func(e *query.HistoryRow) *string { return e.Actor }, "")},
		{Name: "resource", Title: "resource", cell: func(e *query.HistoryRow) eventsCell { return cell(resourcesOf(e.Touched), "") }},
		{Name: "from", Title: "from", said: true, cell: text(func(e *query.HistoryRow) *string { return e.SourceIPAddress }, "m")},
		{Name: "outcome", Title: "outcome", cell: func(e *query.HistoryRow) eventsCell {
			if e.Error != nil {
				return cell(*e.Error, "mark e")
			}
			return eventsCell{Detail: isWrite(e)}
		}},
		{Name: "account", Title: "account", said: true, cell: text(func(e *query.HistoryRow) *string { return e.Account }, "m")},
		{Name: "region", Title: "Region", said: true, cell: text(func(e *query.HistoryRow) *string { return e.AWSRegion }, "d")},
		{Name: "user", Title: "user name", said: true, cell: text(func(e *query.HistoryRow) *string { return e.Username }, "")},
		{Name: "key", Title: "access key", said: true, cell: text(func(e *query.HistoryRow) *string { return e.AccessKeyID }, "m")},
		{Name: "agent", Title: "user agent", said: true, cell: text(func(e *query.HistoryRow) *string { return e.UserAgent }, "d")},
		{Name: "message", Title: "error message", cell: text(func(e *query.HistoryRow) *string { return e.ErrorMessage }, "d")},
		{Name: "category", Title: "category", said: true, cell: text(func(e *query.HistoryRow) *string { return e.EventCategory }, "d")},
		{Name: "request", Title: "request ID", cell: text(func(e *query.HistoryRow) *string { return e.RequestID }, "m d")},
		{Name: "id", Title: "event ID", cell: text(func(e *query.HistoryRow) *string { return e.EventID }, "m d")},
	}
}

// usualColumns are those of a list that nobody chose columns for.
const usualColumns = "event,service,actor,resource,from,outcome"

// resourcesOf are the names of resources, as a line: without ARNs that repeat a name.
func resourcesOf(touched []query.Resource) string {
	var names []string
	for _, t := range touched {
		name := textOf(t.Name)
		isRepeat := func(other query.Resource) bool {
			short := textOf(other.Name)
			return short != name && short != "" && (strings.HasSuffix(name, "/"+short) || strings.HasSuffix(name, ":"+short))
		}
		if name != "" && !slices.Contains(names, name) && !(strings.HasPrefix(name, "arn:") && slices.ContainsFunc(touched, isRepeat)) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " · ")
}

// fill puts the events into the table.
func (r *request) fill(b *eventsBody, events []*query.HistoryRow, details map[int64]string) {
	wanted := strings.Split(usualColumns, ",")
	if text := r.values["columns"]; len(text) > 0 {
		wanted = strings.Split(strings.Join(text, ","), ",")
	}
	for _, c := range eventsColumns() {
		on := slices.Contains(wanted, c.Name)
		b.Choices = append(b.Choices, eventsChoice{c.Name, c.Title, on})
		if !on {
			continue
		}
		if said, ok := sayOnce(c, events); ok {
			b.Said = append(b.Said, said)
		} else {
			b.Columns = append(b.Columns, c)
		}
	}
	b.Width = len(b.Columns) + 1
	refs, open, day := map[string]int{}, r.values.Get("event"), ""
	for _, e := range events {
		refs[e.Ref().String()]++
	}
	for _, e := range events {
		if d := dayOf(e.EventTime); d != day {
			b.Rows, day = append(b.Rows, eventsRow{Day: d}), d
		}
		ref := e.Ref()
		if refs[ref.String()] > 1 { // one eventID with several contents
			ref = query.EventRef{File: e.File, Position: e.Position}
		}
		row := eventsRow{
			Ref: ref.String(), Row: e.RowID, On: ref.String() == open, Title: "no time",
			Link: r.here("event", ref.String()),
		}
		if e.EventTime != nil {
			row.Title = e.EventTime.UTC().Format("15:04:05.999999")
		}
		for _, c := range b.Columns {
			cell := c.cell(e)
			if text := details[e.RowID]; cell.Detail && text != "" {
				cell = detailCell(text)
			}
			row.Cells = append(row.Cells, cell)
		}
		b.Rows = append(b.Rows, row)
	}
}

func dayOf(t *time.Time) string {
	if t == nil {
		return "without a time"
	}
	return t.UTC().Format("2006-01-02, Monday")
}

// sayOnce is what a column has in all rows, if that is one thing.
func sayOnce(c eventsColumn, events []*query.HistoryRow) (eventsSaid, bool) {
	if !c.said || len(events) < 2 {
		return eventsSaid{}, false
	}
	first := c.cell(events[0])
	for _, e := range events[1:] {
		if c.cell(e) != first {
			return eventsSaid{}, false
		}
	}
	return eventsSaid{c.Title, first.Text, first.Whole}, first.Text != ""
}

// hidden are the parameters that a form keeps besides its own.
func (r *request) hidden(own ...string) (fields []eventsField) {
	keep := r.onlyEvents("order", "columns")
	for _, name := range append(eventsNames(), "order", "columns") {
		for _, text := range keep[name] {
			if !slices.Contains(own, name) {
				fields = append(fields, eventsField{name, text})
			}
		}
	}
	return fields
}

// eventsSearch is the bar.
func (r *request) eventsSearch(k *knownStore) eventsSearch {
	b := eventsSearch{
		Attributes: attributes(), ReadOnly: r.values.Get("read-only"), ErrorsOnly: r.filter.ErrorsOnly,
		Since: r.values.Get("since"), Until: r.values.Get("until"), Basket: r.viewTitle(),
	}
	own := []string{"read-only", "errors-only", "since", "until"}
	choose := func(name string, names []query.Near) (options []eventsOption) {
		values := r.onlyEvents()[name]
		if len(values) < 2 {
			own = append(own, name)
		}
		asked := ""
		if len(values) == 1 {
			asked = values[0]
		}
		on := false
		for _, n := range names {
			o := eventsOption{Name: page.Show(n.Name), Value: exactly(n.Name), Events: n.Events, On: exactly(n.Name) == asked || n.Name == asked}
			on = on || o.On
			options = append(options, o)
		}
		if asked != "" && !on {
			options = append(options, eventsOption{Name: page.Show(asked), Value: asked, On: true})
		}
		return options
	}
	b.Accounts, b.Regions = choose("account", k.Accounts), choose("aws-region", k.Regions)
	b.Hidden = r.hidden(own...)
	keep := r.onlyEvents("order", "columns")
	b.Period = "all"
	if b.Since != "" || b.Until != "" {
		b.Period = strings.TrimSpace(periodEnd(r.filter.Since) + " – " + periodEnd(r.filter.Until))
	}
	b.Presets = append(b.Presets, eventsOption{Name: "all", Link: with("/events", keep, "since", "", "until", ""), On: b.Period == "all"})
	if !k.Last.IsZero() {
		for _, p := range [...]struct {
			name string
			span time.Duration
		}{{"1 h", time.Hour}, {"24 h", 24 * time.Hour}, {"7 d", 7 * 24 * time.Hour}, {"30 d", 30 * 24 * time.Hour}, {"90 d", 90 * 24 * time.Hour}} {
			since := stamp(k.Last.Add(-p.span))
			b.Presets = append(b.Presets, eventsOption{Name: p.name, Link: with("/events", keep, "since", since, "until", ""), On: b.Since == since && b.Until == ""})
		}
	}
	for _, name := range eventsNames() {
		for i, text := range keep[name] {
			left := url.Values{}
			for other, all := range keep {
				left[other] = slices.Clone(all)
			}
			if left[name] = slices.Delete(left[name], i, i+1); len(left[name]) == 0 {
				left.Del(name)
			}
			shown, not := strings.CutPrefix(text, "!")
			b.Chips = append(b.Chips, eventsChip{strings.ReplaceAll(name, "-", " "), cell(shown, "").Text, with("/events", left), not})
		}
	}
	if len(b.Chips) > 0 {
		b.Clear = with("/events", url.Values{})
	}
	return b
}

func periodEnd(t time.Time) string {
	switch {
	case t.IsZero():
		return "…"
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.UTC().Format(time.DateOnly)
	case t.Equal(t.Truncate(time.Minute)):
		return t.UTC().Format("2006-01-02 15:04")
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// viewTitle is what the list is about, in words.
func (r *request) viewTitle() string {
	var words []string
	keep := r.onlyEvents()
	for _, name := range eventsNames() {
		for _, text := range keep[name] {
			words = append(words, name+" "+text)
		}
	}
	if words == nil {
		return "all events"
	}
	return "events: " + strings.Join(words, ", ")
}

// eventsSums are the events of the list, as numbers.
type eventsSums struct {
	query.Sums
	All         int64 // of the store
	WritesLink  string
	ErrorsLink  string
	Wider, Back string // periods near by
	On          string
	Cover       string // where that is not told by the page
}

// sums counts the events of the list.
func (r *request) sums(k *knownStore, h *query.History, v *view) (*eventsSums, error) {
	sums, err := memoOf(r, "sums", h, func() (query.Sums, error) { return h.Sums(r.ctx, r.store) })
	if err != nil {
		return nil, err
	}
	keep := r.onlyEvents("order", "columns")
	b := &eventsSums{
		Sums: sums, All: k.Events,
		WritesLink: with("/events", keep, "read-only", "false"), ErrorsLink: with("/events", keep, "errors-only", "true"),
	}
	if from, until := r.period(k); !k.First.IsZero() && from.Before(until) && r.filter.HasPeriod() {
		span := until.Sub(from)
		move := func(since, until time.Time) string {
			return with("/events", keep, "since", stamp(since), "until", stamp(until))
		}
		b.Back, b.On = move(from.Add(-span), from), move(until, until.Add(span))
		b.Wider = move(from.Add(-span/2), until.Add(span/2))
	}
	cover, err := r.cover()
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	return b, nil
}

// An eventsPicture is the events of the list over time.
type eventsPicture struct{ Chart *eventsChart }

// picture draws the events of the list.
func (r *request) picture(k *knownStore, h *query.History, v *view) (*eventsPicture, error) {
	chart, err := r.newChart(k, h, v)
	return &eventsPicture{chart}, err
}

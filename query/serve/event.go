package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/lineage"
	"trailbox/query/page"
)

// errNoEvent is of what names no event.
var errNoEvent = errors.New("that names no event: it is an eventID, or a log file's number and a place in it, such as 12-3")

// An eventBody is an event, as its page has it and as it stands beside a list.
type eventBody struct {
	Ref     string
	Records []*eventRecord
	Differ  string // in what, where several records have the eventID
	Several int
	Alone   bool // on a page of its own
}

// An eventRecord is a record of an event, in words and as it was delivered.
type eventRecord struct {
	Nth         int
	Name, When  string
	Which       string // of several records of its eventID
	Writes      bool
	Facts       []eventFact
	Pivots      []eventPivot
	PivotsLater string // the page that counts them; empty where they are counted
	ChainLater  string // the page that says who is behind it, and what of it still stands
	ChainDear   bool   // it takes so long that somebody has to ask for it
	Mark        string // what the event is called in the case
	Proof       eventProof
	Places      []eventPlace
	Lines       []jsonLine
	Cut         string // what of the record is not shown
	Bytes       string
	RecordLink  string
	InBasket    bool
}

// An eventFact is one line of what an event is.
type eventFact struct {
	Title string
	Parts []eventPart
}

type eventPart struct{ Text, Whole, Class, Link, Note string }

// An eventPivot leads to other events that have something in common with this one.
type eventPivot struct {
	Title, Link, Count string
	values             url.Values
}

type eventProof struct{ Class, State, Text string }

// An eventPlace is one where the record was delivered.
type eventPlace struct {
	Text, URI, SHA256 string
	Details           []string
	Proof             eventProof
}

// event is the page of an event, and of its parts that come later.
func (s *Server) event(r *request) (*view, error) {
	ref, ok := query.ParseEventRef(r.PathValue("ref"))
	if !ok {
		return nil, &problem{Status: http.StatusNotFound, Title: "No such event", Text: page.Show(r.PathValue("ref")) + ": " + errNoEvent.Error(), Link: "/events"}
	}
	rows, err := r.findEvent(ref)
	if err != nil {
		return nil, err
	}
	v := &view{Section: "Events", Title: "Event " + page.Show(textOf(rows[0].EventName)), Template: "event-page", Command: "trailbox show " + ref.String()}
	if ref.ID == "" {
		v.Command = "trailbox sql " + query.ShellWord(fmt.Sprintf("FROM events WHERE file = %d AND position = %d", ref.File, ref.Position))
	}
	v.Statements = []query.Statement{query.EventStatement(ref)}
	nth := 0
	fmt.Sscan(r.values.Get("nth"), &nth)
	if nth < 0 || nth >= len(rows) {
		return nil, &badValue{"nth", errors.New("there are not so many records")}
	}
	switch r.values.Get("part") {
	case "pivots":
		v.Template = "event-pivots"
		v.Body, err = r.pivots(rows[nth], true)
		return v, err
	case "chain":
		v.Template = "event-chain"
		v.Body, err = r.chain(rows[nth])
		return v, err
	case "record":
		name := ref.String()
		if len(rows) > 1 {
			name += fmt.Sprintf("-%d", nth+1)
		}
		events, err := query.ReadEvents(r.ctx, r.store, rows[nth:nth+1])
		if err != nil {
			return nil, err
		}
		return &view{Send: &sent{Kind: "application/json", File: name + ".json", Text: events[0].Record}}, nil
	}
	body, err := r.bodyOf(ref, rows)
	if err != nil {
		return nil, err
	}
	body.Alone = r.values.Get("part") != "panel"
	v.Body = body
	return v, nil
}

// findEvent finds the rows of the event of a name.
func (r *request) findEvent(ref query.EventRef) ([]*query.HistoryRow, error) {
	rows, err := query.FindEvent(r.ctx, r.store, ref)
	if err == nil && len(rows) == 0 {
		err = &problem{Status: http.StatusNotFound, Title: "No such event", Text: "The store has no event " + ref.String() + ".", Link: "/events"}
	}
	return rows, err
}

// eventBody is an event beside a list.
func (r *request) eventBody(ref query.EventRef) (*eventBody, error) {
	rows, err := r.findEvent(ref)
	if err != nil {
		return nil, err
	}
	return r.bodyOf(ref, rows)
}

func (r *request) bodyOf(ref query.EventRef, rows []*query.HistoryRow) (*eventBody, error) {
	var (
		k       *knownStore
		events  []*query.StoredEvent
		details map[int64]string
	)
	err := together(
		func() (err error) { k, err = r.known(); return err },
		func() (err error) { events, err = query.ReadEvents(r.ctx, r.store, rows); return err },
		func() (err error) { details, err = query.HistoryDetails(r.ctx, r.store, rowIDs(rows)); return err },
	)
	if err != nil {
		return nil, err
	}
	b := &eventBody{Ref: ref.String(), Several: len(events)}
	if len(events) > 1 {
		b.Differ = strings.Join(differences(events), ", ")
	}
	terms := r.hitTerms()
	for i, e := range events {
		x := &eventRecord{
			Nth: i + 1, Name: page.Show(textOf(e.EventName)), When: whenAndWhere(&e.HistoryRow), Writes: isWrite(&e.HistoryRow),
			Facts: r.factsOf(e, details[e.RowID]), Mark: markOf(&e.HistoryRow), Bytes: query.Count(int64(len(e.Record))),
			RecordLink: partLink(ref, i, "record"), ChainLater: partLink(ref, i, "chain"), ChainDear: !r.isSmall(k),
			InBasket: r.server.basket.has(ref.String()),
		}
		if x.Name == "" {
			x.Name = "(no name)"
		}
		if len(events) > 1 {
			x.Which = fmt.Sprintf("record %d", x.Nth)
		}
		for _, p := range e.Places {
			x.Places = append(x.Places, placeOf(p))
			if x.Proof.State == "" || p.Proof == "proven" {
				x.Proof = proofOf(p)
			}
		}
		x.Lines, x.Cut = colour(e.Record, terms)
		if x.Pivots, err = r.pivots(&e.HistoryRow, r.isSmall(k)); err != nil {
			return nil, err
		}
		if !r.isSmall(k) {
			x.PivotsLater = partLink(ref, i, "pivots")
		}
		b.Records = append(b.Records, x)
	}
	return b, nil
}

func partLink(ref query.EventRef, nth int, part string) string {
	values := url.Values{"part": {part}}
	if nth > 0 {
		values.Set("nth", fmt.Sprint(nth))
	}
	return with("/event/"+ref.String(), values)
}

// whenAndWhere is the line below the name.
func whenAndWhere(e *query.HistoryRow) string {
	parts := []string{"without a time"}
	if e.EventTime != nil {
		parts[0] = e.EventTime.UTC().Format("2006-01-02 15:04:05.999999") + " UTC"
	}
	for _, p := range []string{textOf(e.EventSource), textOf(e.AWSRegion)} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	if e.Account != nil {
		parts = append(parts, "account "+*e.Account)
	}
	return page.Show(strings.Join(parts, " · "))
}

// markOf is what an event is called in the case.
func markOf(e *query.HistoryRow) string {
	at := "without a time"
	if e.EventTime != nil {
		at = stamp(*e.EventTime)
	}
	return strings.Join([]string{at, textOf(e.EventName), textOf(e.Actor)}, " ")
}

// pageOf is the page of a name.
func pageOf(path, name string) string { return with(path, url.Values{"name": {name}}) }

// factsOf tells an event in words; detail is what matters beside its name and its resources.
func (r *request) factsOf(e *query.StoredEvent, detail string) (facts []eventFact) {
	add := func(title string, parts ...eventPart) {
		parts = slices.DeleteFunc(parts, func(p eventPart) bool { return p.Text == "" })
		if len(parts) > 0 {
			facts = append(facts, eventFact{title, parts})
		}
	}
	part := func(text *string, class, path, note string) eventPart {
		c := cell(textOf(text), class)
		p := eventPart{Text: c.Text, Whole: c.Whole, Class: c.Class, Note: note}
		if path != "" && p.Text != "" {
			p.Link = pageOf(path, *text)
		}
		return p
	}
	who := part(e.Actor, "", "/actor", "")
	if who.Text == "" {
		who.Text = "(nobody is named)"
	}
	add("who", who, part(e.IdentityType, "d", "", ""))
	if e.AccessKeyID != nil {
		mfa := ""
		switch textOf(e.MFA) {
		case "true":
			mfa = "with MFA"
		case "false":
			mfa = "no MFA"
		}
		add("key", part(e.AccessKeyID, "m", "/key", mfa))
	}
	if e.Issuer != nil {
		add("role", part(e.Issuer, "", "/role", ""))
	}
	if e.Username != nil && textOf(e.Username) != textOf(e.Actor) {
		add("user name", part(e.Username, "", "", "as AWS's console shows it"))
	}
	if e.ARN != nil {
		add("ARN", part(e.ARN, "m", "", ""))
	}
	if e.Created != nil {
		add("session", part(e.Created, "m", "", "when it was made"))
	}
	add("source ID", part(e.SourceIdentity, "", "/actor", ""))
	if e.InvokedBy != nil && textOf(e.InvokedBy) != textOf(e.Actor) {
		add("invoked by", part(e.InvokedBy, "", "/actor", ""))
	}
	if e.CallerAccount != nil && textOf(e.CallerAccount) != textOf(e.Account) {
		add("from account", part(e.CallerAccount, "m", "", "another than the one that received the event"))
	}
	what := eventPart{Text: "only looked", Class: "d"}
	switch {
	case isWrite(&e.HistoryRow):
		what = eventPart{Text: "changed something", Class: "w"}
	case e.ReadOnly == nil:
		what.Text = "the record does not say whether it only reads"
	}
	whats := []eventPart{what}
	if detail != "" {
		whats = []eventPart{part(&detail, detailCell(detail).Class, "", what.Text)}
	}
	add("what", whats...)
	var on []eventPart
	for _, t := range e.Touched {
		on = append(on, part(t.Name, "m", "/resource", page.Show(textOf(t.Type))))
	}
	if most := 12; len(on) > most {
		on = append(on[:most:most], eventPart{Text: fmt.Sprintf("and %d more, which the record has", len(on)-most), Class: "d"})
	}
	add("on", on...)
	add("from", part(e.SourceIPAddress, "m", "/address", ""), part(e.UserAgent, "d", "", ""))
	outcome := []eventPart{{Text: "done", Class: "g"}}
	if e.Errored {
		outcome = []eventPart{part(e.Error, "mark e", "", "refused or failed")}
		if textOf(e.ErrorMessage) != textOf(e.Error) {
			outcome = append(outcome, part(e.ErrorMessage, "d", "", ""))
		}
	}
	add("outcome", outcome...)
	if category := textOf(e.EventCategory); category != "" && category != "Management" {
		add("category", part(e.EventCategory, "", "", ""))
	}
	return facts
}

// pivots lead from an event to others; counted says that their numbers are wanted.
func (r *request) pivots(e *query.HistoryRow, counted bool) ([]eventPivot, error) {
	var pivots []eventPivot
	add := func(title, name string, value *string) {
		if textOf(value) != "" {
			text := *value
			if slices.Contains(filterNames(), name) {
				text = exactly(text)
			}
			pivots = append(pivots, eventPivot{Title: title, values: url.Values{name: {text}}})
		}
	}
	add("this key", "access-key", e.AccessKeyID)
	if strings.Contains(textOf(e.ARN), ":assumed-role/") {
		add("this session", "actor", e.ARN)
	}
	add("this actor", "actor", e.Actor)
	add("this user name", "user-name", e.Username)
	add("this address", "source-ip", e.SourceIPAddress)
	add("this call", "event-name", e.EventName)
	add("this request ID", "request-id", e.RequestID)
	add("this shared event ID", "shared-event-id", e.SharedEventID)
	for i, t := range e.Touched {
		if i == 2 {
			break
		}
		add("on "+query.Escape(cut(textOf(t.Name), 40)), "resource", t.Name)
	}
	if e.EventTime != nil {
		pivots = append(pivots, eventPivot{Title: "10 min around", values: url.Values{
			"since": {stamp(e.EventTime.Add(-5 * time.Minute))}, "until": {stamp(e.EventTime.Add(5 * time.Minute))},
		}})
	}
	var conditions []query.Statement
	for i := range pivots {
		p := &pivots[i]
		p.Link = with("/events", p.values)
		if !counted {
			continue
		}
		other := *r
		other.values = p.values
		var err error
		if other.filter, err = parseFilter(p.values, r.server.Now()); err == nil {
			err = other.filter.Settle(r.ctx, r.store)
		}
		if err != nil {
			return nil, err
		}
		traits, err := other.historyTraits()
		if err != nil {
			return nil, err
		}
		h := query.History{Filter: other.filter, Traits: traits}
		conditions = append(conditions, h.Condition())
	}
	counts, err := query.CountEach(r.ctx, r.store, conditions)
	if err != nil {
		return nil, err
	}
	for i, n := range counts {
		pivots[i].Count = query.Count(n)
	}
	return pivots, nil
}

// cut is text without its middle.
func cut(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most*2/3]) + "…" + string(runes[len(runes)-most/3:])
}

// proofOf says what is known of the log file of a place.
func proofOf(p query.EventPlace) eventProof {
	switch p.Proof {
	case "proven":
		text := "a digest that CloudTrail signed lists its log file, unchanged"
		if p.Digest != "" {
			text = "its log file is listed, unchanged, by the signed digest of " + p.DigestEnd.UTC().Format("2006-01-02 15:04") + " UTC"
		}
		return eventProof{"g", "proven", text}
	case "altered":
		return eventProof{"e", "altered", "its log file is not what the digest lists"}
	case "unproven":
		return eventProof{"d", "unproven", "no digest that lists its log file holds"}
	case "unlisted":
		return eventProof{"e", "unlisted", "the digests of its time do not list its log file"}
	case "undigested":
		return eventProof{"d", "undigested", "its log file is of a time that no digest is of"}
	case "uncovered":
		return eventProof{"d", "uncovered", "digests do not cover this kind of log file"}
	case "superseded":
		return eventProof{"d", "superseded", "its log file was read again, another took its place"}
	case "":
		return eventProof{"d", "not verified", "trailbox verify compares its log file with the digests"}
	}
	return eventProof{"d", page.Show(p.Proof), ""}
}

// placeOf tells of a place.
func placeOf(p query.EventPlace) eventPlace {
	what := "delivered again as"
	if p.First {
		what = "delivered as"
	}
	x := eventPlace{
		Text: fmt.Sprintf("%s record %d of log file %d", what, p.Position, p.File), URI: page.Show(p.URI), SHA256: p.SHA256, Proof: proofOf(p),
	}
	if p.Version != "" {
		x.Details = append(x.Details, "version "+page.Show(p.Version))
	}
	if p.Status != "loaded" {
		x.Details = append(x.Details, "log file "+p.Status)
	}
	if p.Superseded {
		x.Details = append(x.Details, "its object was read again since")
	}
	x.Details = append(x.Details, fmt.Sprintf("loaded by run %d of %s", p.Run, stamp(p.Loaded)))
	if p.Digest != "" {
		x.Details = append(x.Details, "listed by digest "+page.Show(p.Digest))
	}
	return x
}

// differences are the members in which records of one eventID differ.
func differences(events []*query.StoredEvent) (names []string) {
	members := make([]map[string]json.RawMessage, len(events))
	for i, e := range events {
		if json.Unmarshal(e.Record, &members[i]) != nil {
			return []string{"their text"}
		}
	}
	for i := range members {
		for name, value := range members[i] {
			for _, other := range members {
				if !bytes.Equal(value, other[name]) {
					names = append(names, page.Show(name))
				}
			}
		}
	}
	if len(names) == 0 {
		return []string{"white space or the order of members"}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// An eventChain is who is behind an event, and what of it still stands.
type eventChain struct {
	Sessions []chainSession
	Link     string // to all of it
	Nothing  string
	Standing []eventPart
}

type chainSession struct {
	Depth                      int
	Kind, Name, Note, Evidence string
	Here, Below                bool
	Link                       string
}

// maxBelow is how many sessions are told of that came of the event's own.
const maxBelow = 6

// chain finds out who is behind an event, and what of it still stands.
func (r *request) chain(e *query.HistoryRow) (*eventChain, error) {
	what := textOf(e.EventID)
	if what == "" {
		what = textOf(e.AccessKeyID)
	}
	c := &eventChain{}
	if what != "" {
		forest, err := lineage.Trace(r.ctx, r.store, lineage.Question{What: what, Up: true, Down: true})
		if err != nil {
			return nil, err
		}
		c.Link = with("/trace", url.Values{"what": {what}})
		c.follow(forest, textOf(e.AccessKeyID))
	}
	if len(c.Sessions) == 0 {
		c.Nothing = "The log knows no session behind it."
	}
	if isWrite(e) && !e.Errored && e.EventID != nil && e.EventTime != nil {
		return c, r.standing(c, e)
	}
	return c, nil
}

// follow goes from whoever is at the beginning down to the session of the event, and to those
// that came of it.
func (c *eventChain) follow(f *lineage.Forest, key string) {
	if len(f.Seeds) == 0 {
		return
	}
	seed := f.Seeds[0]
	for _, id := range f.Seeds {
		if s := f.Sessions[id]; s != nil && key != "" && slices.Contains(s.Keys, key) {
			seed = id
		}
	}
	parents := f.Parents()
	line, evidence, seen := []string{seed}, map[string]string{}, map[string]bool{seed: true}
	for id := seed; ; {
		next := ""
		for _, l := range parents[id] {
			evidence[id] = l.Kind
			if l.Candidate {
				evidence[id] = "perhaps " + l.Kind
			} else if f.Sessions[l.Parent] != nil && !seen[l.Parent] {
				next = l.Parent
			}
		}
		if next == "" {
			break
		}
		seen[next] = true
		line = append(line, next)
		id = next
	}
	slices.Reverse(line)
	for depth, id := range line {
		c.Sessions = append(c.Sessions, sessionOf(f.Sessions[id], depth, evidence[id], id == seed))
	}
	below := f.Children()[seed]
	for i, id := range below {
		if i == maxBelow {
			c.Sessions = append(c.Sessions, chainSession{Depth: len(line), Kind: fmt.Sprintf("and %d more", len(below)-i), Below: true})
			break
		}
		s := sessionOf(f.Sessions[id], len(line), "", false)
		s.Below = true
		c.Sessions = append(c.Sessions, s)
	}
}

func sessionOf(s *lineage.Session, depth int, evidence string, here bool) chainSession {
	x := chainSession{Depth: min(depth, 5), Kind: page.Show(s.Kind), Evidence: page.Show(evidence), Here: here}
	name := s.Name
	if name == "" && len(s.Keys) > 0 {
		name = s.Keys[0]
	}
	if name == "" {
		name = s.ARN
	}
	x.Name = page.Show(cut(name, 60))
	var notes []string
	if len(s.Keys) > 0 && s.Keys[0] != name {
		notes = append(notes, s.Keys[0])
	}
	notes = append(notes, query.Plural(s.Events, "event"))
	if !s.Created.IsZero() {
		notes = append(notes, "made "+stamp(s.Created))
	}
	if s.State != "" {
		notes = append(notes, strings.ToLower(s.State))
	}
	x.Note = page.Show(strings.Join(append(notes, s.Marks...), ", "))
	if len(s.Keys) > 0 {
		x.Link = pageOf("/key", s.Keys[0])
	}
	return x
}

// standing finds what the event made or opened and no later call took away.
func (r *request) standing(c *eventChain, e *query.HistoryRow) error {
	report, err := query.FindReport("alive")
	if err != nil {
		return err
	}
	f := query.Filter{EventName: query.Is(strings.ToLower(textOf(e.EventName)))}
	f.Since, f.Until = e.EventTime.UTC(), e.EventTime.Add(time.Microsecond).UTC()
	answer, err := report.Run(r.ctx, r.store, f)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i, column := range answer.Columns() {
		at[column.Name] = i
	}
	for err == nil && answer.Next() {
		var values []any
		if values, err = answer.Values(); err != nil {
			break
		}
		text := func(name string) string { return query.Text(values[at[name]]) }
		if !slices.Contains(strings.Fields(text("eventIDs")), *e.EventID) {
			continue
		}
		p := eventPart{Text: page.Show(cut(text("kind")+" "+text("resource"), 120)), Class: "w"}
		if undo := text("undo"); undo != "" {
			p.Note = page.Show(undo) + " would undo it"
		}
		if changed := text("changed"); changed != "" {
			p.Note += ", changed again " + page.Show(changed) + " by " + page.Show(text("changedBy"))
		}
		c.Standing = append(c.Standing, p)
	}
	if err = errors.Join(err, answer.Err(), answer.Close()); err == nil && c.Standing == nil {
		c.Standing = []eventPart{{Text: "nothing that it made or opened still stands at the end of the log", Class: "d", Note: "as far as report alive knows"}}
	}
	return err
}

package serve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/query/page"
	"trailbox/schema"
)

const (
	// maxReplays is how many replays are kept: of one store, by what was asked.
	maxReplays = 4
	// maxSpells is how often an alarm is shown to have gone off, maxLanes how many have a lane.
	maxSpells, maxLanes = 20, 60
	// eventsOfFinding is how many events are shown with each finding.
	eventsOfFinding = 5
	// maxStatement is how long a statement may be that a link takes along, in bytes.
	maxStatement = 8000
)

// builtinRules are the alarms that come with the program.
func builtinRules() (*alarm.Set, error) {
	return source.Load(source.Builtins(), source.Options{Period: 5 * time.Minute, Threshold: 1})
}

// replays keeps what rules have found, as long as the store is as it was: a replay takes
// seconds where there are a million events.
type replays struct {
	turn turn // who runs rules has it
	mu   sync.Mutex
	kept []*replayed // the latest first
}

// A replayed is what rules have found.
type replayed struct {
	key    string
	set    *alarm.Set
	replay *alarm.Replay
	sums   []*alarm.LevelSum
	notes  []string
	cover  query.Coverage
	took   time.Duration
	sql    string // that was run
}

// find is what is kept under a key; nil for nothing.
func (p *replays) find(key string) *replayed {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.kept {
		if r.key == key {
			return r
		}
	}
	return nil
}

func (p *replays) keep(r *replayed) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = slices.Insert(p.kept, 0, r)
	p.kept = p.kept[:min(len(p.kept), maxReplays)]
}

// replayKey tells what was asked of what: the store as it is, and the filter.
func (r *request) replayKey() (string, error) {
	state, err := r.state()
	return state + " " + filterKey(r.filter), err
}

// replay runs the rules, unless that was done.
func (s *Server) replay(r *request) (*replayed, error) {
	key, err := r.replayKey()
	if err != nil {
		return nil, err
	}
	if err := s.replays.turn.take(r.ctx); err != nil {
		return nil, err
	}
	defer s.replays.turn.give()
	if done := s.replays.find(key); done != nil {
		return done, nil
	}
	begin := time.Now()
	set, options := s.Rules, s.Alarms
	options.Filter, options.Events = r.filter, eventsOfFinding
	done := &replayed{key: key, set: set}
	if n := set.Barren(options); n > 0 {
		done.notes = append(done.notes, query.Plural(int64(n), "rule")+" can match nothing, such as a disabled one: trailbox alarm list says why.")
	}
	n, err := set.Elsewhere(r.ctx, r.store, options)
	if err != nil {
		return nil, err
	}
	if n > 0 {
		done.notes = append(done.notes, fmt.Sprintf("%d of the alarms and rules belong to an account or a Region that no event is from, and see nothing.", n))
	}
	run := &told{}
	ctx := run.context(r.ctx)
	if done.replay, err = alarm.NewReplay(ctx, r.store, set, options); err != nil {
		return nil, err
	}
	if done.sums, err = done.replay.Sums(ctx, r.store); err != nil {
		return nil, err
	}
	done.sql = shownSQL(run.statements)
	if done.cover, err = r.cover(); err != nil {
		return nil, err
	}
	for _, one := range done.replay.Suppressed {
		if one.Matches > 0 {
			done.notes = append(done.notes, fmt.Sprintf("suppressed %d: %s", one.Matches, page.Show(one.String())))
		}
	}
	done.took = time.Since(begin)
	s.replays.keep(done)
	return done, nil
}

// An alarmsBody is the page of what rules have found.
type alarmsBody struct {
	Bar   *bar
	Found *found  // nil until they are run
	Later []later // to run them
}

// A found is what they have found, for people.
type found struct {
	ID       string
	Head     string
	Cover    string
	Notes    []string
	Nothing  bool
	Lanes    *page.Lanes
	Levels   *page.Table
	Alarms   []finding
	Rules    []finding
	Problems []string // what could not be run
	Asides   []string // what is about something else
	SQL      string   // that was run; a rule's own is with the rule
}

// A finding is an alarm that went off, or a rule that matched.
type finding struct {
	Name, Kind, Level, Class string
	Count                    string
	First, Last              string
	What                     []string // the condition, the description, notes
	Pattern                  string
	SQL                      string // the page that has all its events
	Spells                   []spell
	Rest                     string
}

// A spell is a time that an alarm was in ALARM, or what a rule matched in a place.
type spell struct {
	When, Where, Reason, After string
	Events                     *page.Table
	More                       string
}

// alarms is the page of what rules and alarms would have found.
func (s *Server) alarms(r *request) (*view, error) {
	v := &view{Section: "Alarms", Title: "Alarms", Template: "alarms", Name: "alarms", Command: commandLine(r.values, "trailbox", "alarm", "replay")}
	v.Rows = func() (query.Result, error) {
		options := s.Alarms
		options.Filter, options.Events = r.filter, 1
		all, err := alarm.Find(r.ctx, r.store, s.Rules, options)
		if err != nil {
			return nil, err
		}
		return alarm.Rows(all.ByTime(r.ctx)), nil
	}
	if r.values.Has("form") {
		return v, nil
	}
	body := &alarmsBody{Bar: r.newBar()}
	v.Body = body
	key, err := r.replayKey()
	if err != nil {
		return nil, err
	}
	done := s.replays.find(key)
	isPart := r.values.Get("part") == "found"
	if done == nil && isPart {
		done, err = s.replay(r)
	}
	switch {
	case err != nil:
		return nil, err
	case done == nil:
		body.Later = []later{{ID: "found", Title: "What they find", Link: r.here("part", "found"), Why: "the rules are run over all events that are asked for, which takes some seconds for a million; what they find is kept as long as the store is as it is"}}
		return v, nil
	}
	body.Found = r.newFound(done)
	if isPart {
		v.Template, v.Body = "found", body.Found
	}
	return v, nil
}

// newFound puts what was found into words.
func (r *request) newFound(done *replayed) *found {
	set := done.set
	f := &found{
		ID: "found", SQL: done.sql, Notes: done.notes, Cover: "covers " + done.cover.String(), Nothing: !done.replay.Fired(),
		Head: fmt.Sprintf("%s: a replay on eventTime, as if every event had reached CloudWatch the second it happened. It took %s.", page.Show(set.Totals()), done.took.Round(time.Millisecond)),
	}
	for _, p := range set.Problems {
		if p.Aside {
			f.Asides = append(f.Asides, page.Show(p.Error()))
		} else {
			f.Problems = append(f.Problems, page.Show(p.Error()))
		}
	}
	explained := map[string]alarm.Explanation{}
	for _, e := range set.Explain() {
		explained[kindOf(e)+e.Name] = e
	}
	f.Lanes = newLanes(done)
	f.Levels = levelTable(done.sums)
	f.Alarms = r.alarmFindings(done.replay.Transitions, explained)
	f.Rules = r.ruleFindings(done.replay.Tallies, explained)
	return f
}

// kindOf tells alarms from rules of the same name.
func kindOf(e alarm.Explanation) string {
	if strings.HasPrefix(e.Kind, "alarm: ") || e.Kind == "composite alarm" {
		return "alarm "
	}
	return "rule "
}

// explain says how a rule or an alarm is understood.
func (f *finding) explain(e alarm.Explanation) {
	f.Pattern = query.EscapeLines(cmp.Or(e.Tree, e.Pattern))
	for _, n := range e.Notes {
		f.What = append(f.What, "note: "+page.Show(n))
	}
	f.What = append(f.What, page.Show(e.Position.String()))
	if e.Statement != "" && len(e.Statement) <= maxStatement {
		f.SQL = with("/sql", nil, "q", e.Statement)
	}
}

// alarmFindings are the alarms that went off, in the order in which they first did.
func (r *request) alarmFindings(transitions []*alarm.Transition, explained map[string]alarm.Explanation) (all []finding) {
	at, times := map[*alarm.Alarm]int{}, map[*alarm.Alarm]int{}
	for i, t := range transitions {
		if t.New != alarm.InAlarm {
			continue
		}
		n, ok := at[t.Alarm]
		if !ok {
			n = len(all)
			at[t.Alarm] = n
			one := finding{Name: page.Show(t.Alarm.Name), Kind: "alarm", Class: "e", First: page.Stamp(t.Time), What: []string{page.Show(t.Alarm.Condition())}}
			if t.Alarm.Description != "" {
				one.What = append(one.What, page.Show(t.Alarm.Description))
			}
			one.explain(explained["alarm "+t.Alarm.Name])
			all = append(all, one)
		}
		f := &all[n]
		times[t.Alarm]++
		f.Last = page.Stamp(t.Time)
		if len(f.Spells) == maxSpells {
			continue
		}
		s := spell{When: page.Stamp(t.Time), Where: page.Show(strings.TrimSpace(t.Account + " " + t.Region)), Reason: page.Show(t.Reason), Events: r.eventTable(t.Events)}
		if more := t.Matched - int64(len(t.Events)); more > 0 {
			s.More = "and " + query.Plural(more, "more event")
		}
		s.After = "it was so until the end of the log"
		if back := changeAfter(transitions[i+1:], t); back != nil {
			s.After = fmt.Sprintf("%s after %s", back.New, page.Lasting(back.Time.Sub(t.Time)))
		}
		f.Spells = append(f.Spells, s)
	}
	for a, n := range at {
		all[n].Count = fmt.Sprintf("went off %s", query.Plural(int64(times[a]), "time"))
		if more := times[a] - len(all[n].Spells); more > 0 {
			all[n].Rest = fmt.Sprintf("and %s: a download has all", query.Plural(int64(more), "more time"))
		}
	}
	return all
}

// changeAfter is the change of the same alarm that follows; nil for none.
func changeAfter(later []*alarm.Transition, t *alarm.Transition) *alarm.Transition {
	for _, other := range later {
		if other.Alarm == t.Alarm && other.Account == t.Account && other.Region == t.Region {
			return other
		}
	}
	return nil
}

// ruleFindings are the rules that matched, the most severe first.
func (r *request) ruleFindings(tallies []*alarm.Tally, explained map[string]alarm.Explanation) (all []finding) {
	type sum struct {
		at          int
		matches     int64
		first, last time.Time
	}
	sums := map[*alarm.Rule]*sum{}
	for _, t := range tallies {
		s := sums[t.Rule]
		if s == nil {
			s = &sum{at: len(all), first: t.First, last: t.Last}
			sums[t.Rule] = s
			one := finding{Name: page.Show(t.Rule.Name), Kind: string(t.Rule.Kind), Level: page.Show(t.Rule.Level)}
			if t.Rule.Level == "high" || t.Rule.Level == "critical" {
				one.Class = "e"
			}
			for _, text := range []string{t.Rule.Description, strings.Join(t.Rule.Tags, ", ")} {
				if text != "" {
					one.What = append(one.What, page.Show(text))
				}
			}
			one.explain(explained["rule "+t.Rule.Name])
			all = append(all, one)
		}
		s.matches += t.Matches()
		if t.First.Before(s.first) {
			s.first = t.First
		}
		if t.Last.After(s.last) {
			s.last = t.Last
		}
		f := &all[s.at]
		if len(f.Spells) == maxSpells {
			f.Rest = "and more accounts, Regions or groups: a download has all"
			continue
		}
		place := spell{When: page.Stamp(t.First) + " to " + page.Stamp(t.Last), Where: page.Show(strings.TrimSpace(t.Account + " " + t.Region)), Reason: query.Plural(t.Matched, "event"), Events: r.eventTable(t.Events)}
		if more := t.Matched - int64(len(t.Events)); more > 0 {
			place.More = "and " + query.Plural(more, "more event")
		}
		f.Spells = append(f.Spells, place)
	}
	for _, s := range sums {
		all[s.at].Count = query.Count(s.matches) + " ×"
		all[s.at].First, all[s.at].Last = page.Stamp(s.first), page.Stamp(s.last)
	}
	slices.SortStableFunc(all, func(a, b finding) int {
		return cmp.Or(cmp.Compare(slices.Index(alarm.Levels(), b.Level), slices.Index(alarm.Levels(), a.Level)), cmp.Compare(a.First, b.First))
	})
	return all
}

// eventTable is a table of events that led to something.
func (r *request) eventTable(events []alarm.Event) *page.Table {
	columns := []schema.ResultColumn{
		{Name: "eventTime", Type: "TIMESTAMP"}, {Name: "eventName"}, {Name: "actor"}, {Name: "sourceIPAddress"}, {Name: "errorCode"}, {Name: "account"}, {Name: "region"}, {Name: "eventID"},
	}
	t := &page.Table{}
	for _, c := range columns {
		t.Columns = append(t.Columns, page.Column{Name: c.Name})
	}
	for _, e := range events {
		t.Rows = append(t.Rows, page.Row{Cells: r.cells(columns, []any{e.Time, e.Name, e.Actor, e.SourceIP, e.ErrorCode, e.Account, e.Region, e.ID})})
	}
	return t
}

// levelTable is what the rules of each level come to.
func levelTable(sums []*alarm.LevelSum) *page.Table {
	t := &page.Table{Columns: []page.Column{{Name: "level"}, {Name: "rules", Number: true}, {Name: "matches", Number: true}, {Name: "first"}, {Name: "first event of"}}}
	for _, s := range sums {
		class := ""
		if s.Level == "high" || s.Level == "critical" {
			class = "e"
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(cmp.Or(s.Level, "none"), class), page.NewCell(query.Count(int64(s.Rules)), "num"), page.NewCell(query.Count(s.Matches), "num"),
			page.NewCell(page.Stamp(s.First), "m n"), page.NewCell(s.Actor, ""),
		}})
	}
	return t
}

// newLanes draws when alarms were in ALARM and rules matched.
func newLanes(done *replayed) *page.Lanes {
	first, last := done.cover.First, done.cover.Last
	for _, t := range done.replay.Transitions { // an alarm goes back later than its last event
		if t.Time.After(last) && t.Old == alarm.InAlarm {
			last = t.Time
		}
	}
	if first.IsZero() || !last.After(first) {
		return nil
	}
	l := &page.Lanes{Width: page.HeatWidth, Left: page.LaneLeft, Red: "an alarm in ALARM", Amber: "days on which a rule matches"}
	x := func(t time.Time) float64 {
		return page.LaneLeft + min(max(float64(t.Sub(first))/float64(last.Sub(first)), 0), 1)*(page.HeatWidth-page.LaneLeft)
	}
	type spans struct {
		name  string
		kind  string
		first time.Time
		spans []page.Span
	}
	var all []*spans
	known := map[string]*spans{}
	laneOf := func(kind, name string, first time.Time) *spans {
		s := known[kind+name]
		if s == nil {
			s = &spans{name: name, kind: kind, first: first}
			known[kind+name], all = s, append(all, s)
		}
		return s
	}
	for i, t := range done.replay.Transitions {
		if t.New != alarm.InAlarm {
			continue
		}
		until := last
		if back := changeAfter(done.replay.Transitions[i+1:], t); back != nil {
			until = back.Time
		}
		s := laneOf("alarm", t.Alarm.Name, t.Time)
		s.spans = append(s.spans, page.Span{From: t.Time, Until: until, Title: strings.TrimSpace(t.Account + " " + t.Region)})
	}
	for _, t := range done.replay.Tallies {
		s := laneOf("rule", t.Rule.Name, t.First)
		for _, d := range t.Days {
			s.spans = append(s.spans, page.Span{From: d.Key, Until: d.Key.Add(24 * time.Hour), Title: query.Count(d.Value) + " matches"})
		}
		if len(t.Days) == 0 {
			s.spans = append(s.spans, page.Span{From: t.First, Until: t.Last, Title: query.Plural(t.Matched, "event")})
		}
	}
	slices.SortStableFunc(all, func(a, b *spans) int { return a.first.Compare(b.first) })
	if more := len(all) - maxLanes; more > 0 {
		l.More, all = fmt.Sprintf("and %d more below", more), all[:maxLanes]
	}
	for i, s := range all {
		top := i * page.HeatRowHeight
		row := page.Lane{Name: shorten(page.Show(s.name)), Y: coordinate(float64(top) + page.HeatRowHeight/2), TextY: fmt.Sprint(top + page.HeatRowHeight - 5)}
		class := "errors"
		if s.kind == "rule" {
			class = "writes"
		}
		for _, span := range s.spans[:min(len(s.spans), 400)] {
			row.Marks = append(row.Marks, page.LaneMark{
				X: coordinate(x(span.From)), W: coordinate(max(x(span.Until)-x(span.From), 2)), Y: fmt.Sprint(top + 3), H: fmt.Sprint(page.HeatRowHeight - 6), Class: class,
				Title: page.Show(fmt.Sprintf("%s %s to %s %s", s.name, page.Stamp(span.From), page.Stamp(span.Until), span.Title)),
			})
		}
		l.Rows = append(l.Rows, row)
	}
	l.Height = len(all)*page.HeatRowHeight + 18
	for i := range 5 {
		at := first.Add(time.Duration(float64(last.Sub(first)) * float64(i) / 5))
		l.Ticks = append(l.Ticks, page.Tick{X: coordinate(x(at)), Y: fmt.Sprint(l.Height - 5), Text: at.UTC().Format("2006-01-02 15:04")})
	}
	l.Label = fmt.Sprintf("%s that found something, from %s to %s", query.Plural(int64(len(known)), "rule and alarm"), page.Stamp(first), page.Stamp(last))
	return l
}

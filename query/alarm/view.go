package alarm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A line is what a view counts together: what a rule, an alarm or the rules of a technique
// found.
type line struct {
	of               []any // what tells it from others
	rules            map[string]bool
	matches, matched int64
	first, last      time.Time
	places           map[schema.Place]bool
	actors           map[string]bool
}

func newLine(of ...any) *line {
	return &line{of: of, rules: map[string]bool{}, places: map[schema.Place]bool{}, actors: map[string]bool{}}
}

// add adds what a rule found.
func (l *line) add(t *Tally) {
	l.rules[t.Rule.Name] = true
	l.count(t.Matches(), t.Matched, t.First, t.Last, schema.Place{Account: t.Account, Region: t.Region}, t.Actors)
}

// alarmed adds a time that an alarm went off.
func (l *line) alarmed(t *Transition) {
	l.rules[t.Alarm.Name] = true
	l.count(1, t.Matched, t.Time, t.Time, schema.Place{Account: t.Account, Region: t.Region}, t.Actors)
}

func (l *line) count(matches, matched int64, first, last time.Time, at schema.Place, actors []string) {
	l.matches += matches
	l.matched += matched
	if l.first.IsZero() || first.Before(l.first) {
		l.first = first
	}
	if last.After(l.last) {
		l.last = last
	}
	if at != (schema.Place{}) {
		l.places[at] = true
	}
	for _, actor := range actors {
		l.actors[actor] = true
	}
}

// named is how many actors a view names.
const named = 3

// who names actors, and says how many more there are.
func (l *line) who() any {
	var names []string
	for name := range l.actors {
		names = append(names, name)
	}
	slices.Sort(names)
	if more := len(names) - named; more > 0 {
		names = append(names[:named], fmt.Sprintf("%d more", more))
	}
	return listed(names)
}

// ByRule lists each rule that matched and each alarm that went off, the most severe first. The
// Options have had Actors.
func (r *Replay) ByRule() query.Result {
	columns := []schema.ResultColumn{
		{Name: "level", Type: "VARCHAR"},
		{Name: "kind", Type: "VARCHAR"},
		{Name: "rule", Type: "VARCHAR"},
		{Name: "id", Type: "VARCHAR"},
		{Name: "status", Type: "VARCHAR"},
		{Name: "tags", Type: "VARCHAR"},
		{Name: "file", Type: "VARCHAR"},
		{Name: "matches", Type: "BIGINT"}, // of a correlation or an alarm, how often it came true or went off
		{Name: "matched", Type: "BIGINT"}, // events
		{Name: "firstTime", Type: "TIMESTAMP"},
		{Name: "lastTime", Type: "TIMESTAMP"},
		{Name: "places", Type: "BIGINT"}, // accounts and Regions
		{Name: "actors", Type: "BIGINT"},
		{Name: "who", Type: "VARCHAR"}, // some of them
	}
	type ranked struct {
		*line
		rank int
	}
	var all []ranked
	rules, alarms := map[*Rule]*line{}, map[*Alarm]*line{}
	for _, t := range r.Tallies {
		rule := t.Rule
		l := rules[rule]
		if l == nil {
			l = newLine(orNull(rule.Level), string(rule.Kind), rule.Name, orNull(rule.ID), orNull(rule.Status), listed(rule.Tags), rule.Position.String())
			rules[rule], all = l, append(all, ranked{l, rule.rank()})
		}
		l.add(t)
	}
	for _, t := range r.Transitions {
		if !t.fires() {
			continue
		}
		l := alarms[t.Alarm]
		if l == nil {
			l = newLine(nil, "alarm", t.Alarm.Name, nil, nil, nil, t.Alarm.Position.String())
			alarms[t.Alarm], all = l, append(all, ranked{l, rankOf("")})
		}
		l.alarmed(t)
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.rank, b.rank), a.first.Compare(b.first)) })
	var rows [][]any
	for _, l := range all {
		rows = append(rows, append(l.of, l.matches, l.matched, l.first, l.last, int64(len(l.places)), int64(len(l.actors)), l.who()))
	}
	return query.NewResult(columns, rows)
}

// ByTechnique lists the techniques of ATT&CK that rules which matched have among their tags,
// in the order of the tactics. A rule of several techniques counts for each; one without any
// for its tactics alone, and alarms that went off for none. The Options have had Actors.
func (r *Replay) ByTechnique() query.Result {
	columns := []schema.ResultColumn{
		{Name: "tactic", Type: "VARCHAR"}, // or several, as its rules say
		{Name: "technique", Type: "VARCHAR"},
		{Name: "rules", Type: "BIGINT"},
		{Name: "matches", Type: "BIGINT"},
		{Name: "firstTime", Type: "TIMESTAMP"},
		{Name: "lastTime", Type: "TIMESTAMP"},
		{Name: "actors", Type: "BIGINT"},
		{Name: "who", Type: "VARCHAR"}, // some of them
	}
	tacticsOf := map[string][]string{} // of a technique
	for _, t := range r.Tallies {
		tactics, techniques := t.Rule.attack()
		for _, name := range techniques {
			tacticsOf[name] = append(tacticsOf[name], tactics...)
		}
	}
	lines := map[[2]string]*line{}
	lineOf := func(key [2]string) *line {
		if lines[key] == nil {
			lines[key] = newLine(orNull(key[0]), orNull(key[1]))
		}
		return lines[key]
	}
	for _, t := range r.Tallies {
		tactics, techniques := t.Rule.attack()
		var keys [][2]string
		for _, name := range techniques {
			keys = append(keys, [2]string{strings.Join(inOrder(tacticsOf[name]), ", "), name})
		}
		if techniques == nil {
			keys = append(keys, [2]string{strings.Join(tactics, ", "), ""})
		}
		for _, key := range keys {
			lineOf(key).add(t)
		}
	}
	for _, t := range r.Transitions {
		if t.fires() {
			lineOf([2]string{}).alarmed(t)
		}
	}
	var rows [][]any
	for _, key := range attackKeys(lines) {
		l := lines[key]
		rows = append(rows, append(l.of, int64(len(l.rules)), l.matches, l.first, l.last, int64(len(l.actors)), l.who()))
	}
	return query.NewResult(columns, rows)
}

// attackKeys are the keys of tactics and techniques in the order of the tactics, what has none
// last.
func attackKeys[T any](of map[[2]string]T) [][2]string {
	rank := func(tactic string) int {
		first, _, _ := strings.Cut(tactic, ", ")
		if i := slices.Index(Tactics(), first); i >= 0 {
			return i
		}
		return len(Tactics())
	}
	var keys [][2]string
	for key := range of {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(rank(a[0]), rank(b[0])), cmp.Compare(a[1], b[1]), cmp.Compare(a[0], b[0]))
	})
	return keys
}

// Coverage lists which tactics of ATT&CK the loaded rules say that they are about, each
// tactic with the techniques of its rules, and which none is about.
func (s *Set) Coverage() query.Result {
	columns := []schema.ResultColumn{
		{Name: "tactic", Type: "VARCHAR"},
		{Name: "technique", Type: "VARCHAR"}, // NULL for the tactic as a whole
		{Name: "rules", Type: "BIGINT"},      // 0: what these sources do not see
		{Name: "names", Type: "VARCHAR"},     // of the rules of a technique
	}
	names := map[[2]string][]string{}
	for _, tactic := range Tactics() {
		names[[2]string{tactic}] = nil
	}
	add := func(name string, key [2]string) { names[key] = append(names[key], name) }
	for _, a := range s.Alarms {
		add(a.Name, [2]string{})
	}
	for _, r := range s.Rules {
		tactics, techniques := r.attack()
		for _, tactic := range tactics {
			add(r.Name, [2]string{tactic})
			for _, name := range techniques {
				add(r.Name, [2]string{tactic, name})
			}
		}
		if tactics != nil {
			continue
		}
		for _, name := range techniques {
			add(r.Name, [2]string{"", name})
		}
		if techniques == nil {
			add(r.Name, [2]string{})
		}
	}
	var rows [][]any
	for _, key := range attackKeys(names) {
		shown := names[key]
		if key[1] == "" && key[0] != "" {
			shown = nil // they stand with the techniques
		}
		rows = append(rows, []any{orNull(key[0]), orNull(key[1]), int64(len(names[key])), listed(shown)})
	}
	return query.NewResult(columns, rows)
}

// Unseen are the tactics that no loaded rule says that it is about.
func (s *Set) Unseen() (unseen []string) {
	for _, tactic := range Tactics() {
		if !slices.ContainsFunc(s.Rules, func(r *Rule) bool {
			tactics, _ := r.attack()
			return slices.Contains(tactics, tactic)
		}) {
			unseen = append(unseen, tactic)
		}
	}
	return unseen
}

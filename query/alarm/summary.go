package alarm

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

const (
	// summedRules is how many rules of a level a summary names: so many of those that
	// matched first, and so many of those that matched most.
	summedRules = 5
	// summedDays is how many days a summary names.
	summedDays = 5
)

// A LevelSum is what the rules of one level come to.
type LevelSum struct {
	Level   string // one of [Levels]; "" for rules that have none
	Rules   int    // that matched
	Matches int64  // of a correlation, each time that it came true is one
	First   time.Time
	Actor   string    // of the first event of the first match
	Begin   time.Time // of all that the actor did in the store; zero where there is none
	rules   []*ruleSum
}

// A ruleSum is what one rule comes to.
type ruleSum struct {
	rule    *Rule
	matches int64
	first   time.Time
}

// A Day is one of matches, in UTC.
type Day struct {
	Key   time.Time
	Value int64
}

// Sums are what a replay comes to, level by level, the most severe first and rules without a
// level last.
func (r *Replay) Sums(ctx context.Context, store *schema.Store) ([]*LevelSum, error) {
	var sums []*LevelSum
	levels, rules := map[string]*LevelSum{}, map[*Rule]*ruleSum{}
	for _, t := range r.Tallies {
		level := t.Rule.level()
		s := levels[level]
		if s == nil {
			s = &LevelSum{Level: level}
			levels[level], sums = s, append(sums, s)
		}
		one := rules[t.Rule]
		if one == nil {
			one = &ruleSum{rule: t.Rule, first: t.First}
			rules[t.Rule], s.rules = one, append(s.rules, one)
		}
		one.matches += t.Matches()
		s.Matches += t.Matches()
		if t.First.Before(one.first) {
			one.first = t.First
		}
		if s.First.IsZero() || t.First.Before(s.First) {
			s.First, s.Actor = t.First, ""
			if len(t.Events) > 0 {
				s.Actor = t.Events[0].Actor
			}
		}
	}
	slices.SortFunc(sums, func(a, b *LevelSum) int { return cmp.Compare(rankOf(a.Level), rankOf(b.Level)) })
	var actors []string
	for _, s := range sums {
		s.Rules = len(s.rules)
		slices.SortStableFunc(s.rules, func(a, b *ruleSum) int { return a.first.Compare(b.first) })
		if s.Actor != "" {
			actors = append(actors, s.Actor)
		}
	}
	type begin struct {
		Actor string
		Begin time.Time
	}
	found, err := schema.Collect[begin](store.Query(ctx, "SELECT actor, min(eventTime) AS begin FROM events WHERE actor IN (SELECT unnest($actors::VARCHAR[])) GROUP BY actor",
		schema.Arg{Name: "actors", Value: actors}))
	for _, b := range found {
		for _, s := range sums {
			if s.Actor == b.Actor {
				s.Begin = b.Begin
			}
		}
	}
	return sums, err
}

// Days are those with matches of rules, the day with most first.
func (r *Replay) Days() []Day {
	counts := map[time.Time]int64{}
	for _, t := range r.Tallies {
		if t.Rule.correlation != nil {
			counts[t.First.UTC().Truncate(24*time.Hour)]++
			continue
		}
		for _, d := range t.Days {
			counts[d.Key] += d.Value
		}
	}
	var days []Day
	for day, n := range counts {
		days = append(days, Day{day, n})
	}
	slices.SortFunc(days, func(a, b Day) int { return cmp.Or(cmp.Compare(b.Value, a.Value), a.Key.Compare(b.Key)) })
	return days
}

// level is the level of a rule in the spelling of [Levels].
func (r *Rule) level() string {
	if level := strings.ToLower(r.Level); slices.Contains(Levels(), level) {
		return level
	}
	return ""
}

// rankOf orders levels, the most severe first and none last.
func rankOf(level string) int { return -1 - slices.Index(Levels(), level) }

// rank orders rules by their level. nil stands for an alarm, which has none.
func (r *Rule) rank() int {
	if r == nil {
		return rankOf("")
	}
	return rankOf(r.level())
}

// writeSums writes what a replay comes to: its levels, its days, and of each level the rules
// that matched first and most.
func writeSums(out *bufio.Writer, sums []*LevelSum, days []Day, width int) {
	fmt.Fprintf(out, "\n%-13s  %5s  %8s  %-20s  %-8s  %s\n", "level", "rules", "matches", "first", "after", "first event of")
	for _, s := range sums {
		after := ""
		if !s.Begin.IsZero() {
			after = elapsed(s.First.Sub(s.Begin))
		}
		line := fmt.Sprintf("%-13s  %5d  %8d  %s  %-8s  %s", cmp.Or(s.Level, "none"), s.Rules, s.Matches, stamp(s.First), after, query.Escape(s.Actor))
		fmt.Fprintln(out, trimmed(line, width))
	}
	if len(days) > 1 {
		var texts []string
		for _, d := range days[:min(len(days), summedDays)] {
			texts = append(texts, fmt.Sprintf("%s %d", d.Key.Format(time.DateOnly), d.Value))
		}
		fmt.Fprintln(out)
		fmt.Fprintln(out, trimmed("days with most: "+strings.Join(texts, ", "), width))
	}
	for _, s := range sums {
		name := cmp.Or(s.Level, "no level")
		if len(s.rules) <= 2*summedRules {
			fmt.Fprintf(out, "\n%s\n", name)
			writeRules(out, s.rules, width)
			continue
		}
		fmt.Fprintf(out, "\n%s: the %d first of %d rules\n", name, summedRules, s.Rules)
		writeRules(out, s.rules[:summedRules], width)
		most := slices.Clone(s.rules)
		slices.SortStableFunc(most, func(a, b *ruleSum) int { return cmp.Compare(b.matches, a.matches) })
		fmt.Fprintf(out, "%s: the %d most frequent\n", name, summedRules)
		writeRules(out, most[:summedRules], width)
	}
}

func writeRules(out *bufio.Writer, rules []*ruleSum, width int) {
	for _, r := range rules {
		line := fmt.Sprintf("  %s  %d x %s", stamp(r.first), r.matches, query.Escape(r.rule.Name))
		fmt.Fprintln(out, trimmed(line, width))
	}
}

// Totals says in a line how many matches there are of each level.
func (f *Found) Totals() string {
	matches, matched := map[string]int64{}, make([]bool, len(f.set.Rules))
	for i := range f.hits {
		if of := f.asked[f.hits[i].Predicate]; of.suppressed == nil {
			matches[f.set.Rules[of.rule].level()]++
			matched[of.rule] = true
		}
	}
	for _, m := range f.firings {
		if m.Suppressed == nil {
			matches[m.Rule.level()]++
			matched[slices.Index(f.set.Rules, m.Rule)] = true
		}
	}
	rules := map[string]int{}
	for i, r := range f.set.Rules {
		if matched[i] {
			rules[r.level()]++
		}
	}
	var texts []string
	for _, level := range slices.SortedFunc(maps.Keys(matches), func(a, b string) int { return cmp.Compare(rankOf(a), rankOf(b)) }) {
		texts = append(texts, fmt.Sprintf("%s %d of %s", cmp.Or(level, "no level"), matches[level], counted(rules[level], "rule")))
	}
	return strings.Join(texts, ", ")
}

// trimmed cuts a line to a width.
func trimmed(line string, width int) string {
	return strings.TrimRight(fill(line, max(width, 40)), " ")
}

// elapsed is a span as people say it: in seconds below an hour, in minutes below a day, in
// days else.
func elapsed(d time.Duration) string {
	switch {
	case d < time.Hour:
		return d.Truncate(time.Second).String()
	case d < 24*time.Hour:
		return lasting(d.Truncate(time.Minute))
	}
	return counted(int(d/(24*time.Hour)), "day")
}

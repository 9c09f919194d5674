package sigma_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailbox/query"
	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
	"trailbox/schema"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// A happening is an event of the tests: what correlations look at, and no more.
type happening struct {
	second      int
	name        string
	from, value string // the group and the value; "" for missing
}

func (h happening) record(id int) string {
	text := fmt.Sprintf(`{"eventVersion":"1.08","eventID":"11111111-1111-4111-8111-%012d","eventTime":%q,"eventName":%q`, id, noon.Add(time.Duration(h.second)*time.Second).Format(time.RFC3339), h.name)
	if h.from != "" {
		text += fmt.Sprintf(`,"sourceIPAddress":%q`, h.from)
	}
	if h.value != "" {
		text += fmt.Sprintf(`,"requestParameters":{"n":%q}`, h.value)
	}
	return text + "}"
}

func load(t testing.TB, happenings []happening) *schema.Store {
	var records []string
	for i, h := range happenings {
		records = append(records, h.record(i))
	}
	return recordtest.Load(t, records...)
}

// correlations are those of a text, over rules that are called as the event that they
// match.
func correlations(t testing.TB, text string, names ...string) []*sigma.Correlation {
	t.Helper()
	for _, name := range names {
		text = strings.Replace(rule("a: {eventName: "+name+"}\ncondition: a"), "Test", name, 1) + "---\n" + text
	}
	set := sigma.Parse("r.yml", text)
	set.Resolve()
	for _, problem := range set.Problems {
		t.Fatalf("%v\n%s", problem, text)
	}
	return set.Correlations
}

// run gives firings as text: the correlation, its group, from when to when in seconds
// behind begin, count, and the number of events.
func run(t testing.TB, store *schema.Store, begin time.Time, correlations []*sigma.Correlation, where ...query.Statement) []string {
	t.Helper()
	firings, err := sigma.Correlate(t.Context(), store, correlations, 1, where...)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, f := range firings {
		second := func(at time.Time) int { return int(at.Sub(begin) / time.Second) }
		texts = append(texts, fmt.Sprintf("%s %v %d: %d-%d %g %d", f.Correlation.Title, recordtest.Shown(f.Group), second(f.First), second(f.Time), second(f.Last), f.Count, f.Total))
	}
	return texts
}

func TestCorrelate(t *testing.T) {
	tests := []struct {
		name, correlation string
		events            []happening
		want              []string
	}{
		{
			"a window ends before the timespan is full", "{type: event_count, rules: [A], timespan: 10s, condition: {gte: 2}}",
			[]happening{{0, "A", "", ""}, {10, "A", "", ""}, {19, "A", "", ""}}, []string{"c [] 10: 19-19 2 2"},
		},
		{
			"no window is tied to the clock", "{type: event_count, rules: [A], timespan: 1m, condition: {gte: 3}}",
			[]happening{{50, "A", "", ""}, {59, "A", "", ""}, {61, "A", "", ""}}, []string{"c [] 50: 61-61 3 3"},
		},
		{
			"a firing goes on while windows overlap, and ends where they do not", "{type: event_count, rules: [A], timespan: 10s, condition: {gte: 2}}",
			[]happening{{0, "A", "", ""}, {5, "A", "", ""}, {8, "A", "", ""}, {30, "A", "", ""}, {30, "A", "", ""}},
			[]string{"c [] 0: 5-8 3 3", "c [] 30: 30-30 2 2"},
		},
		{
			"groups, one of them without a value", "{type: event_count, rules: [A], group-by: sourceIPAddress, timespan: 10s, condition: {gt: 1}}",
			[]happening{{0, "A", "192.0.2.1", ""}, {1, "A", "192.0.2.2", ""}, {2, "A", "192.0.2.1", ""}, {3, "A", "", ""}, {4, "A", "", ""}, {5, "B", "192.0.2.2", ""}},
			[]string{"c [192.0.2.1] 0: 2-2 2 2", "c [NULL] 3: 4-4 2 2"},
		},
		{
			"different values", "{type: value_count, rules: [A], timespan: 10s, condition: {gte: 2, field: requestParameters.n}}",
			[]happening{{0, "A", "", "x"}, {1, "A", "", "x"}, {2, "A", "", ""}, {3, "A", "", "y"}}, []string{"c [] 0: 3-3 2 4"},
		},
		{
			"a sum, within a range", "{type: value_sum, rules: [A], timespan: 10s, condition: {gt: 10, lte: 20, field: requestParameters.n}}",
			[]happening{{0, "A", "", "8"}, {1, "A", "", "5"}, {2, "A", "", "many"}, {3, "A", "", "9"}}, []string{"c [] 0: 1-2 13 3"},
		},
		{
			"a mean", "{type: value_avg, rules: [A], timespan: 10s, condition: {gte: 5, field: requestParameters.n}}",
			[]happening{{0, "A", "", "2"}, {1, "A", "", "6"}, {2, "A", "", "7"}}, []string{"c [] 0: 2-2 5 3"},
		},
		{
			"all rules, in any order", "{type: temporal, rules: [A, B], timespan: 10s}",
			[]happening{{0, "B", "", ""}, {5, "A", "", ""}, {30, "A", "", ""}, {31, "A", "", ""}}, []string{"c [] 0: 5-5 2 2"},
		},
		{
			"some of the rules", "{type: temporal, rules: [A, B, C], timespan: 10s, condition: {gte: 2}}",
			[]happening{{0, "C", "", ""}, {5, "A", "", ""}}, []string{"c [] 0: 5-5 2 2"},
		},
		{
			"rules in their order", "{type: temporal_ordered, rules: [A, B], timespan: 10s}",
			[]happening{{0, "B", "", ""}, {5, "A", "", ""}, {14, "B", "", ""}, {30, "A", "", ""}, {40, "B", "", ""}}, []string{"c [] 5: 14-14 2 2"},
		},
		{
			"the same second is in order", "{type: temporal_ordered, rules: [A, B], timespan: 10s}",
			[]happening{{5, "B", "", ""}, {5, "A", "", ""}}, []string{"c [] 5: 5-5 2 2"},
		},
		{
			"an alias", "{type: temporal, rules: [A, B], timespan: 10s, group-by: [who], aliases: {who: {A: sourceIPAddress, B: requestParameters.n}}}",
			[]happening{{0, "A", "x", "y"}, {1, "B", "y", "z"}, {2, "B", "y", "x"}}, []string{"c [x] 0: 2-2 2 2"},
		},
		{
			"correlations of correlations", "{type: temporal_ordered, rules: [many, B], timespan: 1m, group-by: sourceIPAddress}\n---\n" +
				"title: many\ncorrelation: {type: event_count, rules: [A], group-by: sourceIPAddress, timespan: 10s, condition: {gte: 3}, generate: true}",
			[]happening{
				{0, "A", "x", ""}, {1, "A", "x", ""}, {2, "A", "x", ""}, {3, "A", "x", ""}, {2, "B", "y", ""}, {1, "B", "x", ""}, {60, "B", "x", ""}, {70, "B", "x", ""},
			}, []string{"c [x] 1: 60-60 2 3", "many [x] 0: 2-3 4 4"},
		},
	}
	// All in one store, an hour each.
	var all []happening
	for i, test := range tests {
		for _, h := range test.events {
			h.second += i * 3600
			all = append(all, h)
		}
	}
	store := load(t, all)
	for i, test := range tests {
		begin := noon.Add(time.Duration(i) * time.Hour)
		hour := query.Statement{SQL: "eventTime BETWEEN $begin AND $end", Args: []schema.Arg{{Name: "begin", Value: begin}, {Name: "end", Value: begin.Add(59 * time.Minute)}}}
		cs := correlations(t, "title: c\ncorrelation: "+test.correlation+"\n", "A", "B", "C")
		if got := run(t, store, begin, cs, hour); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, not %q", test.name, got, test.want)
		}
	}
}

// What is asked of events is asked of those of correlations.
func TestCorrelateWhere(t *testing.T) {
	store := load(t, []happening{{0, "A", "", ""}, {1, "A", "", ""}, {2, "A", "", ""}})
	cs := correlations(t, "title: c\ncorrelation: {type: event_count, rules: [A], timespan: 10s, condition: {gte: 2}}\n", "A")
	since := query.Statement{SQL: "eventTime >= $since", Args: []schema.Arg{{Name: "since", Value: noon.Add(time.Second)}}}
	if got := run(t, store, noon, cs, since); !slices.Equal(got, []string{"c [] 1: 2-2 2 2"}) {
		t.Error(got)
	}
}

// A firing keeps its first events, and counts the others.
func TestCorrelateKeeps(t *testing.T) {
	var happenings []happening
	for i := range 150 {
		happenings = append(happenings, happening{second: i / 2, name: "A"})
	}
	cs := correlations(t, "title: c\ncorrelation: {type: event_count, rules: [A], timespan: 1h, condition: {gte: 3}}\n", "A")
	store := load(t, happenings)
	for keep, want := range map[int]int{0: 150, 1: 1, 100: 100, 200: 150} {
		firings, err := sigma.Correlate(t.Context(), store, cs, keep)
		if err != nil || len(firings) != 1 {
			t.Fatal(len(firings), err)
		}
		f := firings[0]
		if f.Total != 150 || f.Count != 150 || len(f.Events) != want || f.Events[want-1].Position != int64(want-1) || f.Events[0].Member != 0 {
			t.Errorf("%d events, %g counted, %d kept", f.Total, f.Count, len(f.Events))
		}
		if f.Trigger.Position != 3 { // two are of the first second, two of the next
			t.Errorf("made true by the event at %d", f.Trigger.Position)
		}
	}
}

// A rule with a timeframe and an aggregation is the correlation that it became.
func TestAggregations(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 5))}
	var happenings []happening
	for range 80 {
		happenings = append(happenings, happening{g.IntN(100), pick(g, "A", "B", "C"), pick(g, "", "x", "y"), pick(g, "", "1", "2", "3", "n")})
	}
	store := load(t, happenings)
	for condition, correlation := range map[string]string{
		"A | count() > 3":                                           "{type: event_count, rules: [A], condition: {gt: 3}}",
		"A | count() by sourceIPAddress >= 3":                       "{type: event_count, rules: [A], group-by: [sourceIPAddress], condition: {gte: 3}}",
		"A | count(requestParameters.n) by sourceIPAddress>1":       "{type: value_count, rules: [A], group-by: [sourceIPAddress], condition: {gt: 1, field: requestParameters.n}}",
		"A | COUNT( ) BY sourceIPAddress , requestParameters.n = 2": "{type: event_count, rules: [A], group-by: [sourceIPAddress, requestParameters.n], condition: {eq: 2}}",
		"A | sum(requestParameters.n) < 4":                          "{type: value_sum, rules: [A], condition: {lt: 4, field: requestParameters.n}}",
		"A | avg(requestParameters.n) != 2":                         "{type: value_avg, rules: [A], condition: {neq: 2, field: requestParameters.n}}",
		"A | near B and C":                                          "{type: temporal, rules: [A, B, C]}",
	} {
		old := rule("A: {eventName: A}\nB: {eventName: B}\nC: {eventName: C}\ntimeframe: 12s\ncondition: " + condition)
		set := sigma.Parse("r.yml", strings.Replace(old, "Test", "c", 1))
		set.Resolve()
		if len(set.Problems)+len(set.Rules) > 0 || len(set.Correlations) != 1 {
			t.Fatalf("%s: %v", condition, set.Problems)
		}
		got := run(t, store, noon, set.Correlations)
		want := run(t, store, noon, correlations(t, "title: c\ncorrelation: "+strings.Replace(correlation, "rules", "timespan: 12s, rules", 1)+"\n", "A", "B", "C"))
		if !slices.Equal(got, want) || len(want) < 2 {
			t.Errorf("%s\n%q, not\n%q", condition, got, want)
		}
		again := sigma.Parse("r.yml", set.Correlations[0].String())
		if len(again.Correlations) != 1 || again.Correlations[0].String() != set.Correlations[0].String() {
			t.Errorf("%s\nis read as %v", set.Correlations[0], again.Problems)
		}
	}
}

// FuzzCorrelate compares the sliding window with one that is looked for anew at each
// event.
func FuzzCorrelate(f *testing.F) {
	f.Add(uint64(0))
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 11))}
		var happenings []happening
		for range 60 {
			happenings = append(happenings, happening{g.IntN(120), pick(g, "A", "B", "C", "D"), pick(g, "", "x", "y"), pick(g, "", "1", "2", "-3", "n")})
		}
		store := load(t, happenings)
		for range 12 {
			kind := pick(g, "event_count", "value_count", "value_sum", "value_avg", "temporal", "temporal_ordered")
			text := fmt.Sprintf("title: c\ncorrelation:\n  type: %s\n  timespan: %ds\n", kind, 1+g.IntN(40))
			rules := pick(g, []string{"A", "B"}, []string{"A", "B", "C"}, []string{"C"}, []string{"A", "B", "A"})
			text += "  rules: [" + strings.Join(rules, ", ") + "]\n"
			if g.IntN(2) == 0 {
				text += "  group-by: sourceIPAddress\n"
			}
			switch {
			case kind == "event_count":
				text += fmt.Sprintf("  condition: {%s: %d}\n", pick(g, "gt", "gte", "eq", "lt", "neq"), g.IntN(5))
			case strings.HasPrefix(kind, "value"):
				text += fmt.Sprintf("  condition: {%s: %d, field: requestParameters.n}\n", pick(g, "gt", "gte", "lte"), g.IntN(4)-1)
			case kind == "temporal" && g.IntN(2) == 0:
				text += "  condition: {gte: 2}\n"
			}
			cs := correlations(t, text, "A", "B", "C")
			if got, want := run(t, store, noon, cs), naiveFirings(cs[0], happenings); !slices.Equal(got, want) {
				t.Fatalf("%s\n%+v\n%q\nnot\n%q", text, happenings, got, want)
			}
		}
	})
}

// naiveFirings are the firings of a correlation of rules, as text.
func naiveFirings(c *sigma.Correlation, happenings []happening) []string {
	type firing struct {
		begin int
		text  string
	}
	span := int(c.Timespan / time.Second)
	var all []firing
	for _, from := range []string{"", "x", "y"} {
		// One for each rule that matches an event, in the order of time.
		type seen struct{ second, member int }
		var events []seen
		values := map[seen][]string{}
		for second := range 120 {
			for member, name := range c.Rules {
				for _, h := range happenings {
					if h.second == second && h.name == name && (len(c.GroupBy) == 0 && from == "" || len(c.GroupBy) > 0 && h.from == from) {
						events = append(events, seen{second, member})
						values[seen{second, member}] = append(values[seen{second, member}], h.value)
					}
				}
			}
		}
		groups := []string{from}
		if from == "" {
			groups = []string{"NULL"}
		}
		if len(c.GroupBy) == 0 {
			groups = nil
		}
		open := -1 // second of the run that is going on
		var first, last, total int
		var most float64
		end := func() {
			if open >= 0 {
				all = append(all, firing{open, fmt.Sprintf("c %v %d: %d-%d %g %d", groups, first, open, last, most, total)})
			}
			open = -1
		}
		before := -1000
		for second := range 120 {
			now := 0
			var window []seen
			for _, e := range events {
				if e.second == second {
					now++
				}
				if e.second <= second && e.second > second-span {
					window = append(window, e)
				}
			}
			if now == 0 {
				continue
			}
			if second-before >= span {
				end()
			}
			before = second
			// Values of a second and a member stand together: each is counted once.
			var numbers []float64
			distinct, members := map[string]bool{}, map[int]bool{}
			done := map[seen]bool{}
			for _, e := range window {
				members[e.member] = true
				if done[e] {
					continue
				}
				done[e] = true
				for _, v := range values[e] {
					if v != "" {
						distinct[v] = true
					}
					if n, err := strconv.ParseFloat(v, 64); err == nil {
						numbers = append(numbers, n)
					}
				}
			}
			count, holds := 0.0, true
			switch c.Type {
			case sigma.EventCount:
				count = float64(len(window))
			case sigma.ValueCount:
				count = float64(len(distinct))
			case sigma.ValueSum, sigma.ValueAvg:
				for _, n := range numbers {
					count += n
				}
				if c.Type == sigma.ValueAvg && len(numbers) > 0 {
					count /= float64(len(numbers))
				}
				holds = len(numbers) > 0
			default:
				count = float64(len(members))
				if len(c.Conditions) == 0 {
					holds = len(members) == len(c.Rules)
				}
			}
			if c.Type == sigma.TemporalOrdered { // a chain within the window
				next := 0
				for s := second - span + 1; s <= second; s++ {
					for member := range c.Rules {
						if member == next && slices.Contains(window, seen{s, member}) {
							next++
						}
					}
				}
				holds = next == len(c.Rules)
			}
			for _, comparison := range c.Conditions {
				holds = holds && map[string]bool{
					"gt": count > comparison.Number, "gte": count >= comparison.Number, "eq": count == comparison.Number,
					"lt": count < comparison.Number, "lte": count <= comparison.Number, "neq": count != comparison.Number,
				}[comparison.Op]
			}
			switch {
			case !holds:
				end()
			case open < 0:
				open, first, total, most = second, window[0].second, len(window), count
			default:
				total += now
				most = max(most, count)
			}
			last = second
		}
		end()
	}
	slices.SortStableFunc(all, func(a, b firing) int { return a.begin - b.begin })
	var texts []string
	for _, f := range all {
		texts = append(texts, f.text)
	}
	return texts
}

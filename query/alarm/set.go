package alarm

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trailbox/query/eventpattern"
	"trailbox/query/sigma"
)

// A Set is what was loaded to be run, in the order of the sources.
type Set struct {
	Alarms   []*Alarm
	Rules    []*Rule // metric filters that no alarm looks at among them
	Problems []Problem

	alarmNames, ruleNames names
}

// A Problem is something in a source that cannot be run, and why. It stops nothing else.
type Problem struct {
	Position Position
	Kind     string // of what it would be; "" for a whole file
	Name     string // of the alarm, filter or rule; "" for a whole file
	Reason   string
	// Aside says that nothing is wrong: it is about something else than CloudTrail, or the
	// source itself leaves it out.
	Aside bool
	// Parameters of the source are why: with other values it may be loaded.
	Parameters []string
}

func (p *Problem) Error() string {
	if p.Name == "" {
		return fmt.Sprintf("%s: %s", p.Position, p.Reason)
	}
	return fmt.Sprintf("%s: %s: %s", p.Position, p.Name, p.Reason)
}

// A Position is where something stands in a file: line and column count from 1, 0 is none.
type Position struct {
	File   string // as it was given, or the name of a set that comes with the program
	Line   int
	Column int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

// AddAlarms adds alarms, and metric filters by [NewFilter], among which the name of a metric
// means one thing. An alarm is tied to the filters of its metric; one that none of them
// gives a value is a problem. A filter that no alarm looks at is a rule: each event that fits
// counts.
func (s *Set) AddAlarms(alarms []*Alarm, filters []*Filter) {
	used := map[*Filter]bool{}
	composites := compositeTies{loaded: map[string]*Alarm{}, waiting: map[string]*Alarm{}}
	for _, a := range alarms {
		if a.Composite != nil {
			composites.waiting[a.Name], composites.waiting[a.ID] = a, a
			continue
		}
		if problem := a.tie(filters, used); problem != nil {
			s.Problems = append(s.Problems, *problem)
			continue
		}
		composites.loaded[a.Name], composites.loaded[a.ID] = a, a
		a.given, a.Name = a.Name, s.alarmNames.unique(a.Name, a.Position)
		s.Alarms = append(s.Alarms, a)
	}
	for _, a := range alarms { // composite alarms look at others, in whatever order
		if a.Composite == nil {
			continue
		}
		if reason := composites.tie(a, 0); reason != "" {
			s.Problems = append(s.Problems, Problem{Position: a.Position, Kind: "alarm", Name: a.Name, Reason: reason})
			continue
		}
		a.given, a.Name = a.Name, s.alarmNames.unique(a.Name, a.Position)
		s.Alarms = append(s.Alarms, a)
	}
	for _, f := range filters {
		if !used[f] {
			s.addRule(&Rule{
				Kind: MetricFilter, Name: f.Name, Position: f.Position, filter: f,
				Notes: append([]string{"no alarm: counted"}, f.Notes...),
			})
		}
	}
}

// tie finds the filters that make the alarm's metrics, and says which are used.
func (a *Alarm) tie(filters []*Filter, used map[*Filter]bool) *Problem {
	var found []*Filter
	for _, m := range a.metrics() {
		reason, aside := m.tie(filters)
		if reason != "" {
			return &Problem{Position: a.Position, Kind: "alarm", Name: a.Name, Reason: reason, Aside: aside}
		}
		found = append(found, m.Filters...)
	}
	for _, f := range found {
		if !slices.Contains(a.Filters, f) {
			a.Filters = append(a.Filters, f)
			a.Notes = append(a.Notes, f.Notes...)
			used[f] = true
		}
	}
	return nil
}

// tie finds the filters that make a metric; or says why there are none, and whether that is
// no fault.
func (m *Metric) tie(filters []*Filter) (reason string, aside bool) {
	sortDimensions(m.Dimensions)
	metric := m.Namespace + " " + m.MetricName
	reason = "not computable from CloudTrail: no metric filter beside it makes " + metric
	if strings.HasPrefix(m.Namespace, "AWS/") {
		reason, aside = "not computable from CloudTrail: "+metric+" is a metric of AWS", true
	}
	for _, f := range filters {
		if f.Namespace != m.Namespace || f.MetricName != m.MetricName {
			continue
		}
		never := "never gets a value of " + metric + ": the metric filter " + f.Name
		switch {
		case !slices.EqualFunc(f.Dimensions, m.Dimensions, func(a, b Dimension) bool { return a.Name == b.Name }):
			reason, aside = never+" makes it with other dimensions", false
		case m.Unit != "" && m.Unit != f.Unit:
			reason, aside = fmt.Sprintf("%s has the unit %s, not %s", never, f.Unit, m.Unit), false
		default:
			m.Filters = append(m.Filters, f)
		}
	}
	if len(m.Filters) > 0 {
		return "", false
	}
	return reason, aside
}

// AddEventRule adds a rule of EventBridge.
func (s *Set) AddEventRule(r *eventpattern.Rule, at Position) {
	s.addRule(&Rule{
		Kind: EventBridge, Name: r.Name, Description: r.Description, Position: at, event: r,
		Notes: slices.Concat(r.Warnings, r.Pattern.Warnings),
	})
}

// AddSigma adds rules and correlations, with what cannot be run.
func (s *Set) AddSigma(rules *sigma.Set) {
	rules.Resolve()
	silent := rules.Silent()
	for _, r := range rules.Rules {
		rule := sigmaRule(Sigma, &r.Meta)
		rule.sigma, rule.silent = r, silent[sigma.Member{Rule: r}]
		for _, w := range r.Warnings {
			rule.Notes = append(rule.Notes, w.Text)
		}
		s.addRule(rule)
	}
	for _, c := range rules.Correlations {
		rule := sigmaRule(SigmaCorrelation, &c.Meta)
		rule.correlation, rule.silent = c, silent[sigma.Member{Correlation: c}]
		for _, w := range c.Warnings {
			rule.Notes = append(rule.Notes, w.Text)
		}
		s.addRule(rule)
	}
	for _, f := range rules.Foreign {
		s.Problems = append(s.Problems, Problem{
			Position: Position{File: f.File, Line: f.Line}, Kind: string(Sigma), Name: f.Title, Aside: true, Reason: "for logs of " + f.Logsource + ", not of CloudTrail",
		})
	}
	for _, e := range rules.Problems {
		s.Problems = append(s.Problems, Problem{Position: Position{File: e.File, Line: e.Line}, Kind: string(Sigma), Name: e.Title, Reason: e.Reason})
	}
}

func sigmaRule(kind Kind, m *sigma.Meta) *Rule {
	return &Rule{
		Kind: kind, Name: cmp.Or(m.Title, m.Name, m.ID, m.File), ID: m.ID, Title: m.Title, Description: m.Description,
		Level: m.Level, Status: m.Status, Tags: m.Tags, Position: Position{File: m.File, Line: m.Line},
	}
}

// addRule adds a rule under a name that no other one has.
func (s *Set) addRule(r *Rule) {
	r.given, r.Name = r.Name, s.ruleNames.unique(r.Name, r.Position)
	s.Rules = append(s.Rules, r)
}

// names are those that are taken, each with the number of the last that it was told from by
// one: thousands may have one name.
type names map[string]int

// unique takes a name, told from one that is taken by where it comes from.
func (n *names) unique(name string, at Position) string {
	if *n == nil {
		*n = names{}
	}
	taken := func(name string) bool { _, ok := (*n)[name]; return ok }
	if taken(name) {
		name += " in " + at.String()
	}
	if base := name; taken(base) {
		number := max(1, (*n)[base])
		for taken(name) {
			number++
			name = fmt.Sprintf("%s (%d)", base, number)
		}
		(*n)[base] = number
	}
	(*n)[name] = 1
	return name
}

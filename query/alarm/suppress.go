package alarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/schema"
)

// A Suppression says which matches of a rule are known and need nobody. A time that a
// correlation comes true, and one that an alarm goes off, is suppressed if each of its events
// is meant.
type Suppression struct {
	Line   int
	Rule   query.Match
	Filter query.Filter // events that are meant; the zero Filter means all
	Until  time.Time    // when it ends; zero for never
	Why    string
	By     string // who says so
	text   string // rule and fields, as they were given
}

func (s *Suppression) String() string {
	text := s.text + ": " + s.Why
	var more []string
	if s.By != "" {
		more = append(more, s.By)
	}
	if !s.Until.IsZero() {
		more = append(more, "until "+s.Until.AddDate(0, 0, -1).Format(time.DateOnly))
	}
	if more != nil {
		text += " (" + strings.Join(more, ", ") + ")"
	}
	return text
}

// maxSuppressions bounds what one file has: each is a condition of its own in the statements
// of the rules that it is about.
const maxSuppressions = 1000

// ParseSuppressions reads a YAML file with a list of them. Each has rule (name or ID), why,
// and perhaps by, until (the last day on which it holds), and values of filters by their
// names, of which all have to fit.
func ParseSuppressions(text []byte) ([]*Suppression, error) {
	var document yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&document)
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, err
	}
	list := document.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("line %d: it is no list of suppressions", list.Line)
	}
	if len(list.Content) > maxSuppressions {
		return nil, fmt.Errorf("it has more than %d suppressions", maxSuppressions)
	}
	var all []*Suppression
	for _, node := range list.Content {
		s, err := parseSuppression(node)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func parseSuppression(node *yaml.Node) (*Suppression, error) {
	s := &Suppression{Line: node.Line}
	wrong := func(at *yaml.Node, format string, args ...any) (*Suppression, error) {
		return nil, fmt.Errorf("line %d: %s", at.Line, fmt.Sprintf(format, args...))
	}
	if node.Kind != yaml.MappingNode {
		return wrong(node, "a suppression has rule, why, and what it is about by the names of filters")
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		name := key.Value
		if seen[name] {
			return wrong(key, "%s is there twice", name)
		}
		seen[name] = true
		values := []*yaml.Node{value}
		if value.Kind == yaml.SequenceNode {
			values = value.Content
		}
		var texts []string
		for _, v := range values {
			if v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null" || v.Value == "" {
				return wrong(v, "%s has no value", name)
			}
			texts = append(texts, v.Value)
		}
		var err error
		switch name {
		case "rule":
			s.text = strings.Join(texts, ",") + s.text
			err = addAll(&s.Rule, texts)
		case "why":
			s.Why = strings.Join(texts, " ")
		case "by":
			s.By = strings.Join(texts, ", ")
		case "until":
			s.Until, err = time.Parse(time.DateOnly, value.Value)
			if err != nil {
				return wrong(value, "until is a day such as 2026-12-31, not %q", value.Value)
			}
			s.Until = s.Until.AddDate(0, 0, 1)
		default:
			s.text += ", " + name + " " + strings.Join(texts, ",")
			err = s.field(name, texts)
		}
		if err != nil {
			return wrong(value, "%s: %v", name, err)
		}
	}
	switch {
	case !s.Rule.Given():
		return wrong(node, "it has no rule: '*' stands for all")
	case s.Why == "":
		return wrong(node, "it does not say why")
	}
	return s, nil
}

// field takes in what a filter has to let through.
func (s *Suppression) field(name string, texts []string) error {
	switch name {
	case "read-only":
		readOnly, err := strconv.ParseBool(texts[0])
		s.Filter.ReadOnly = &readOnly
		return err
	case "errors-only":
		var err error
		s.Filter.ErrorsOnly, err = strconv.ParseBool(texts[0])
		return err
	}
	match := s.Filter.Match(name)
	if match == nil {
		return errors.New("there is no filter of that name")
	}
	return addAll(match, texts)
}

func addAll(match *query.Match, texts []string) error {
	for _, text := range texts {
		if err := match.Add(text, os.ReadFile); err != nil {
			return err
		}
	}
	return nil
}

// Expired says that a suppression has ended.
func (s *Suppression) Expired(now time.Time) bool {
	return !s.Until.IsZero() && !now.Before(s.Until)
}

// Settle settles what rules a suppression is about. It returns the names that no rule and no
// alarm of the Set has.
func (s *Suppression) Settle(set *Set) ([]query.Unmet, error) {
	var names []string
	for _, r := range set.Rules {
		names = append(names, r.names()...)
	}
	for _, a := range set.Alarms {
		names = append(names, a.names()...)
	}
	return s.Rule.Among(names)
}

// A Suppressed is a suppression with how many matches, firings and alarms it suppressed.
type Suppressed struct {
	*Suppression
	Matches int64
}

// suppressions are those that are about what goes by these names.
func (e *evaluation) suppressions(names ...string) (all []*Suppression) {
	for _, s := range e.options.Suppressions {
		if s.Rule.Lets(names...) {
			all = append(all, s)
		}
	}
	return all
}

// A tallySheet counts what suppressions suppressed, for evaluations at the same time.
type tallySheet struct {
	sync.Mutex
	matches map[*Suppression]int64
}

func (t *tallySheet) add(s *Suppression, n int64) {
	t.Lock()
	defer t.Unlock()
	t.matches[s] += n
}

// suppressed are the suppressions of the options with what they suppressed.
func (e *evaluation) suppressed() (all []Suppressed) {
	for _, s := range e.options.Suppressions {
		all = append(all, Suppressed{s, e.sheet.matches[s]})
	}
	return all
}

// without is a predicate on the events that no suppression means, and by the suppression that
// means them first, on the others.
func without(p record.Predicate, suppressions []*Suppression) (left record.Predicate, meant []record.Predicate) {
	condition := p.Condition
	for _, s := range suppressions {
		before := condition
		narrowed := func(by func(filter string) string) record.Predicate {
			q := p
			q.Condition = func(b *record.Binder) string {
				return record.And(before(b), by(record.Sure("("+s.Filter.Condition().Bind(b.Bind)+"\n)")))
			}
			return q
		}
		meant = append(meant, narrowed(func(filter string) string { return filter }))
		condition = narrowed(record.Not).Condition
	}
	p.Condition = condition
	return p, meant
}

// meaning is the suppression that means each of the events, if there is one.
func (e *evaluation) meaning(ctx context.Context, suppressions []*Suppression, events []Event) (*Suppression, error) {
	for _, s := range suppressions {
		all, err := e.means(ctx, s, events)
		if err != nil {
			return nil, err
		}
		if all {
			return s, nil
		}
	}
	return nil, nil
}

// means says that a suppression means all of the events.
func (e *evaluation) means(ctx context.Context, s *Suppression, events []Event) (bool, error) {
	if len(events) == 0 { // an alarm on too few of them
		return s.Filter.Text() == "", nil
	}
	refs := map[record.Ref]bool{}
	for _, event := range events {
		refs[record.Ref{File: event.File, Position: event.Position}] = true
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(refs)), eventsAtOnce) {
		var files, positions []int64
		for _, ref := range some {
			files, positions = append(files, ref.File), append(positions, ref.Position)
		}
		fitting, err := schema.One[int64](query.Statement{
			SQL:  "SELECT count(*) FROM events WHERE (file, position) IN (SELECT (unnest($files::BIGINT[]), unnest($positions::BIGINT[]))) AND /* meant */ true",
			Args: []schema.Arg{{Name: "files", Value: files}, {Name: "positions", Value: positions}},
		}.Put("meant", s.Filter.Condition()).Query(ctx, e.store))
		if err != nil || fitting < int64(len(some)) {
			return false, err
		}
	}
	return true, nil
}

// siftFirings takes the firings of a correlation, with all of their events, that are suppressed out,
// or marks them.
func (e *evaluation) siftFirings(ctx context.Context, suppressions []*Suppression, firings []*Match) (left []*Match, err error) {
	for _, m := range firings {
		if m.Suppressed, err = e.meaning(ctx, suppressions, m.Events); err != nil {
			return nil, err
		}
		if m.Suppressed != nil {
			e.sheet.add(m.Suppressed, 1)
		}
		if m.Suppressed == nil || e.options.KeepSuppressed {
			left = append(left, m)
		}
	}
	return left, nil
}

// siftTransitions takes the times that an alarm goes off, with all of their events, that are
// suppressed out, with the way back, or marks them.
func (e *evaluation) siftTransitions(ctx context.Context, suppressions []*Suppression, transitions []*Transition) (left []*Transition, err error) {
	raised := map[schema.Place]*Suppression{}
	for _, t := range transitions {
		at := schema.Place{Account: t.Account, Region: t.Region}
		if t.New == InAlarm {
			if raised[at], err = e.meaning(ctx, suppressions, t.Events); err != nil {
				return nil, err
			}
			if raised[at] != nil {
				e.sheet.add(raised[at], 1)
			}
		}
		if t.New == InAlarm || t.Old == InAlarm {
			t.Suppressed = raised[at]
		}
		if t.Suppressed == nil || e.options.KeepSuppressed {
			left = append(left, t)
		}
	}
	return left, nil
}

package alarm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/schema"
)

// A Truth is which events somebody has labelled, by their eventIDs in lower case.
type Truth map[string]string

// benign are the labels of events that no rule should find.
var benign = []string{"benign", "normal", "negative", "false", "no", "0"}

// isBenign says that an event of a label should be found by no rule.
func isBenign(label string) bool { return slices.Contains(benign, strings.ToLower(label)) }

var eventID = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// ParseTruth reads labelled events: CSV with the columns eventID and label, be they named in
// its first line or not, or without a label; JSON, an array or a line each, of such objects or
// of eventIDs. The labels benign, normal, negative, false, no and 0 are for events that no
// rule should find; with any other label, or none, some rule should.
func ParseTruth(text []byte) (Truth, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\ufeff")))
	truth := Truth{}
	parse := truth.readCSV
	if len(text) > 0 && strings.ContainsRune(`[{"`, rune(text[0])) {
		parse = truth.readJSON
	}
	if err := parse(text); err != nil {
		return nil, err
	}
	if len(truth) == 0 {
		return nil, errors.New("it has no eventIDs")
	}
	return truth, nil
}

// add takes an event in.
func (t Truth) add(id, label string) error {
	if id = strings.TrimSpace(id); !eventID.MatchString(id) {
		return fmt.Errorf("%q is no eventID", id)
	}
	id, label = strings.ToLower(id), strings.TrimSpace(label)
	if before, ok := t[id]; ok && before != label {
		return fmt.Errorf("%s is there as %q and as %q", id, before, label)
	}
	t[id] = label
	return nil
}

func (t Truth) readCSV(text []byte) error {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace = -1, '#', true
	id, label := 0, 1
	for n := 0; ; n++ {
		fields, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if n == 0 {
			called := func(name string) int {
				return slices.IndexFunc(fields, func(f string) bool {
					return strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(f), "_", ""), name)
				})
			}
			if at := called("eventID"); at >= 0 {
				id, label = at, called("label")
				continue
			}
		}
		var text string
		if label >= 0 && label < len(fields) {
			text = fields[label]
		}
		if id >= len(fields) {
			err = errors.New("it has no eventID")
		} else {
			err = t.add(fields[id], text)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (t Truth) readJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		var v any
		switch err := d.Decode(&v); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("not JSON: %w", err)
		}
		all, ok := v.([]any)
		if !ok {
			all = []any{v}
		}
		for _, v := range all {
			if err := t.addJSON(v); err != nil {
				return err
			}
		}
	}
}

func (t Truth) addJSON(v any) error {
	switch v := v.(type) {
	case string:
		return t.add(v, "")
	case map[string]any:
		var id, label string
		for name, value := range v {
			switch strings.ToLower(strings.ReplaceAll(name, "_", "")) {
			case "eventid":
				id = fmt.Sprint(value)
			case "label":
				label = fmt.Sprint(value)
			}
		}
		return t.add(id, label)
	}
	return fmt.Errorf("%v is neither an eventID nor an object with one", v)
}

// A Score is how well rules find labelled events.
type Score struct {
	Labelled int      // events of the store that a rule should find
	Absent   int      // eventIDs that the store has no event of, as far as the filter lets it through
	All      Graded   // all rules together
	Rules    []Graded // in the order of the Set, of alarms and rules that found something
	Missed   []Event  // labelled events that no rule found, in order of time
	labels   Truth
}

// Graded is how well a rule, or all of them, find labelled events. An event counts once, and
// what has no label counts as benign.
type Graded struct {
	Rule  *Rule // nil for an alarm, and for all
	Alarm *Alarm
	Found int // events
	Right int // of them, events that should be found
}

// Score compares what was found with the truth. The Options have had no limit of events.
func (f *Found) Score(ctx context.Context, truth Truth) (*Score, error) {
	var ids []string
	for id := range truth {
		ids = append(ids, id)
	}
	e := f.evaluation
	limits := query.And(e.limits(nil, e.options.Since), query.Statement{SQL: "eventID IN (SELECT unnest($labelled::VARCHAR[])::UUID)", Args: []schema.Arg{{Name: "labelled", Value: ids}}})
	rows, err := query.Statement{SQL: "SELECT " + eventColumns() + " FROM events WHERE /* limits */ true ORDER BY " + eventOrder}.Put("limits", limits).Query(ctx, e.store)
	events, err := schema.Collect[Event](rows, err)
	if err != nil {
		return nil, err
	}
	s := &Score{labels: truth}
	should, there := map[record.Ref]string{}, map[string]bool{} // the events that should be found, by their eventIDs
	labelled := map[string]bool{}
	for _, event := range events {
		there[event.ID] = true
		if !isBenign(truth[event.ID]) {
			should[record.Ref{File: event.File, Position: event.Position}] = event.ID
			labelled[event.ID] = true
		}
	}
	s.Labelled, s.Absent = len(labelled), len(truth)-len(there)
	caught := map[string]bool{}
	all := map[record.Ref]bool{}
	grade := func(g Graded, refs map[record.Ref]bool) {
		right := map[string]bool{}
		for ref := range refs {
			all[ref] = true
			if id, ok := should[ref]; ok {
				right[id], caught[id] = true, true
			}
		}
		if g.Found, g.Right = len(refs), len(right); g.Found > 0 {
			s.Rules = append(s.Rules, g)
		}
	}
	refsOf := func(refs map[record.Ref]bool, events []Event) {
		for _, event := range events {
			refs[record.Ref{File: event.File, Position: event.Position}] = true
		}
	}
	for _, a := range f.set.Alarms {
		refs := map[record.Ref]bool{}
		for _, t := range f.Transitions {
			if t.Alarm == a && t.fires() {
				refsOf(refs, t.Events)
			}
		}
		grade(Graded{Alarm: a}, refs)
	}
	ruleOf := func(h record.Hit) int { return f.asked[h.Predicate].rule }
	slices.SortFunc(f.hits, func(a, b record.Hit) int { return cmp.Compare(ruleOf(a), ruleOf(b)) })
	hits := f.hits
	for i, r := range f.set.Rules {
		refs := map[record.Ref]bool{}
		for len(hits) > 0 && ruleOf(hits[0]) == i {
			refs[hits[0].Ref()] = true
			hits = hits[1:]
		}
		for _, m := range f.firings {
			if m.Rule == r {
				refsOf(refs, m.Events)
			}
		}
		grade(Graded{Rule: r}, refs)
	}
	s.All = Graded{Found: len(all), Right: len(caught)}
	for _, event := range events {
		if labelled[event.ID] && !caught[event.ID] {
			labelled[event.ID] = false // what is there twice is missed once
			s.Missed = append(s.Missed, event)
		}
	}
	return s, nil
}

// Table lists the score of all rules together, the labelled events that none found, and the
// score of each rule.
func (s *Score) Table() query.Result {
	columns := []schema.ResultColumn{
		{Name: "kind", Type: "VARCHAR"}, // all, that of a rule, or missed
		{Name: "rule", Type: "VARCHAR"},
		{Name: "id", Type: "VARCHAR"},
		{Name: "level", Type: "VARCHAR"},
		{Name: "found", Type: "BIGINT"},     // events
		{Name: "right", Type: "BIGINT"},     // of them, labelled ones
		{Name: "wrong", Type: "BIGINT"},     // the others
		{Name: "precision", Type: "DOUBLE"}, // right of found
		{Name: "recall", Type: "DOUBLE"},    // right of labelled
		{Name: "label", Type: "VARCHAR"},    // of a missed event, as all that is behind it
		{Name: "eventTime", Type: "TIMESTAMP"},
		{Name: "eventName", Type: "VARCHAR"},
		{Name: "actor", Type: "VARCHAR"},
		{Name: "eventID", Type: "VARCHAR"},
	}
	ratio := func(n, of int) any {
		if of == 0 {
			return nil
		}
		return math.Round(1e4*float64(n)/float64(of)) / 1e4
	}
	graded := func(kind string, name, id, level any, g Graded) []any {
		return []any{
			kind, name, id, level, int64(g.Found), int64(g.Right), int64(g.Found - g.Right), ratio(g.Right, g.Found), ratio(g.Right, s.Labelled),
			nil, nil, nil, nil, nil,
		}
	}
	rows := [][]any{graded("all", nil, nil, nil, s.All)}
	for _, e := range s.Missed {
		rows = append(rows, []any{
			"missed", nil, nil, nil, nil, nil, nil, nil, nil,
			orNull(s.labels[e.ID]), e.Time.UTC().Truncate(time.Microsecond), orNull(e.Name), orNull(e.Actor), e.ID,
		})
	}
	for _, g := range s.Rules {
		if g.Alarm != nil {
			rows = append(rows, graded("alarm", g.Alarm.Name, nil, nil, g))
			continue
		}
		rows = append(rows, graded(string(g.Rule.Kind), g.Rule.Name, orNull(g.Rule.ID), orNull(g.Rule.Level), g))
	}
	return query.NewResult(columns, rows)
}

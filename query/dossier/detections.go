package dossier

import (
	"context"
	"fmt"
	"io"
	"iter"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
)

// A told is what a rule or an alarm would have told.
type told struct {
	name, kind, level string
	first             time.Time
	times             int64
	event             alarm.Event // the first that led to it
}

// detections runs the rules, writes what they find, and keeps the first time of each.
func (w *work) detections(ctx context.Context) error {
	m := &w.manifest
	m.Rules = Rules{Sources: w.Sources, Run: int64(len(w.Rules.Alarms) + len(w.Rules.Rules))}
	for _, p := range w.Rules.Problems {
		if !p.Aside {
			m.Rules.Refused++
		}
	}
	if err := w.folder.Write("queries/detections.sql", w.writeRules); err != nil {
		return err
	}
	options := w.Alarms
	options.Filter, options.Events = w.Filter, 1
	found, err := alarm.Find(ctx, w.store, w.Rules, options)
	if err != nil {
		return err
	}
	m.Rules.Fired = found.Fired()
	byRule := map[any]*told{}
	rows := alarm.Rows(w.noting(found.ByTime(ctx), byRule))
	if err := w.save("detections", rows, func([]any) {}, query.FormatCSV); err != nil {
		return err
	}
	for _, s := range found.Suppressed {
		if s.Matches > 0 {
			m.limit(false, "suppressed %d: %s", s.Matches, s)
		}
	}
	return nil
}

// noting passes findings on, and notes what each rule tells first.
func (w *work) noting(findings iter.Seq2[alarm.Finding, error], byRule map[any]*told) iter.Seq2[alarm.Finding, error] {
	note := func(rule any, t told, events []alarm.Event) {
		known := byRule[rule]
		if known == nil {
			if len(events) > 0 {
				t.event = events[0]
				w.wanted[t.event.ID] = true
			}
			known = &t
			byRule[rule] = known
			w.summary.told = append(w.summary.told, known)
		}
		known.times++
	}
	return func(yield func(alarm.Finding, error) bool) {
		for f, err := range findings {
			switch f := f.(type) {
			case *alarm.Transition:
				if f.New == alarm.InAlarm && f.Suppressed == nil {
					note(f.Alarm, told{name: f.Alarm.Name, kind: "alarm", first: f.Time}, f.Events)
				}
			case *alarm.Match:
				if f.Suppressed == nil {
					note(f.Rule, told{name: f.Rule.Name, kind: string(f.Rule.Kind), level: f.Rule.Level, first: f.Time}, f.Events)
				}
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// writeRules writes how each rule is understood: what was asked for its events.
func (w *work) writeRules(out io.Writer) error {
	for _, e := range w.Rules.Explain() {
		if e.Statement == "" {
			continue
		}
		if _, err := fmt.Fprintf(out, "-- %s (%s, %s)\n%s\n\n", query.Escape(e.Name), e.Kind, query.Escape(e.Position.String()), e.Statement); err != nil {
			return err
		}
	}
	return nil
}

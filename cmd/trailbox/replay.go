package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/page"
	"trailbox/schema"
)

// inTime says that a replay is told along its time.
func (f *alarmFlags) inTime() bool {
	return f.by+f.truth == "" && (f.answer.inWords() || f.answer.output.given == formatTimeline)
}

func (f *alarmFlags) replay(ctx context.Context, s streams, set *alarm.Set) error {
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	return errors.Join(f.replayIn(ctx, s, store, set), store.Close())
}

// replayIn replays over a store.
func (f *alarmFlags) replayIn(ctx context.Context, s streams, store *schema.Store, set *alarm.Set) error {
	quiet, inTime := *f.answer.quiet, f.inTime()
	if !f.flags.Changed("events") {
		f.options.Events = 1
		if inTime {
			f.options.Events = 5
		}
	}
	if !quiet {
		tellProblems(s, set)
		f.tellBarren(set, f.tell(s))
	}
	if err := f.readSuppressions(set, time.Now(), f.tell(s)); err != nil {
		return err
	}
	if err := errors.Join(f.filter.settle(ctx, s, store, quiet), s.page.know(ctx, store)); err != nil {
		return err
	}
	f.options.Filter = f.filter.Filter
	var nothing string
	if !quiet {
		var err error
		if nothing, err = tellCoverage(ctx, s, store, &f.options.Filter); err != nil {
			return err
		}
		if err := tellElsewhere(ctx, store, set, f.options, f.tell(s)); err != nil {
			return err
		}
	}
	head := set.Totals() + ": a replay on eventTime, as if every event had reached CloudWatch the second it happened"
	if !inTime && !quiet {
		say(s.unheard(), "%s", head)
	}
	if s.page != nil {
		s.page.ask("Which alarms and rules would have gone off", head)
		s.page.rows.Chart = page.ChartLanes
	}
	var fired bool
	var err error
	switch {
	case inTime:
		fired, err = f.writeTimeline(ctx, s, store, set, head, nothing)
	case f.truth != "":
		fired, err = f.writeScore(ctx, s, store, set)
	case f.by != "":
		fired, err = f.writeView(ctx, s, store, set, nothing)
	default:
		fired, err = f.writeRows(ctx, s, store, set, nothing)
	}
	switch {
	case err != nil:
		return err
	case fired:
		return errFindings
	}
	return refused(set)
}

// writeTimeline writes a replay for people.
func (f *alarmFlags) writeTimeline(ctx context.Context, s streams, store *schema.Store, set *alarm.Set, head, nothing string) (fired bool, err error) {
	r, err := alarm.NewReplay(ctx, store, set, f.options)
	if err != nil {
		return false, err
	}
	sums, err := r.Sums(ctx, store)
	if err != nil {
		return false, err
	}
	c, err := query.Cover(ctx, store, f.options.Filter)
	if err != nil {
		return false, err
	}
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return false, err
	}
	width := to.width()
	if width > 0 {
		head = strings.Join(query.Wrap(head, width), "\n")
	}
	_, err = fmt.Fprintln(to.answer(), head)
	if err == nil {
		err = r.WriteTimeline(to.answer(), sums, c.First, c.Last, width)
	}
	nothing = unlessSuppressed(nothing, r.Suppressed)
	if err = errors.Join(err, done()); err == nil && len(r.Transitions)+len(r.Tallies) == 0 && nothing != "" {
		say(s.err, "%s", nothing)
	}
	tellSuppressed(f.tell(s), r.Suppressed)
	return r.Fired(), err
}

// unlessSuppressed is what to say where nothing is left: that nothing was found only where
// nothing was suppressed.
func unlessSuppressed(nothing string, all []alarm.Suppressed) string {
	if nothing == "" || !slices.ContainsFunc(all, func(one alarm.Suppressed) bool { return one.Matches > 0 }) {
		return nothing
	}
	return "nothing left: --suppress left out all that was found"
}

// writeRows writes a replay with a row for each change and each match.
func (f *alarmFlags) writeRows(ctx context.Context, s streams, store *schema.Store, set *alarm.Set, nothing string) (fired bool, err error) {
	f.options.KeepSuppressed = f.answer.isJSON()
	found, err := alarm.Find(ctx, store, set, f.options)
	if err != nil {
		return false, err
	}
	if totals := found.Totals(); totals != "" && !*f.answer.quiet {
		say(s.err, "matches: %s", totals)
	}
	f.answer.format = f.rows()
	f.answer.aside = []string{
		"id", "status", "tags", "tactics", "techniques", "file", "arn", "accessKeyId", "userAgent", "eventTime", "eventSource", "reason",
	}
	err = f.answer.write(s, unlessSuppressed(nothing, found.Suppressed), func() (query.Result, error) { return alarm.Rows(found.ByLevel(ctx)), nil }, nil)
	tellSuppressed(f.tell(s), found.Suppressed)
	return found.Fired(), err
}

// writeView writes a replay by what --by says.
func (f *alarmFlags) writeView(ctx context.Context, s streams, store *schema.Store, set *alarm.Set, nothing string) (fired bool, err error) {
	f.options.Actors = true
	r, err := alarm.NewReplay(ctx, store, set, f.options)
	if err != nil {
		return false, err
	}
	f.answer.format = f.rows()
	view := r.ByTechnique
	f.answer.aside = []string{"who"}
	if f.by == "rule" {
		view, f.answer.aside = r.ByRule, []string{"who", "kind", "id", "status", "tags", "file", "places", "matched"}
	}
	err = f.answer.write(s, unlessSuppressed(nothing, r.Suppressed), func() (query.Result, error) { return view(), nil }, nil)
	tellSuppressed(f.tell(s), r.Suppressed)
	return r.Fired(), err
}

// writeScore writes how well what is found agrees with labelled events.
func (f *alarmFlags) writeScore(ctx context.Context, s streams, store *schema.Store, set *alarm.Set) (fired bool, err error) {
	text, err := os.ReadFile(f.truth)
	if err != nil {
		return false, err
	}
	truth, err := alarm.ParseTruth(text)
	if err != nil {
		return false, &usageError{message: fmt.Sprintf("--truth %s: %v", f.truth, err), hint: "CSV or JSON of eventID and label, or of eventIDs"}
	}
	f.options.Events = 0
	found, err := alarm.Find(ctx, store, set, f.options)
	if err != nil {
		return false, err
	}
	score, err := found.Score(ctx, truth)
	if err != nil {
		return false, err
	}
	if !*f.answer.quiet {
		say(s.err, "%s labelled to be found; no rule found %d of them", query.Plural(int64(score.Labelled), "event"), len(score.Missed))
		if score.Absent > 0 {
			say(s.err, "%s of %s not among the events: they count for nothing", query.Plural(int64(score.Absent), "eventID"), f.truth)
		}
	}
	f.answer.format = f.rows()
	f.answer.aside = []string{"id", "level", "label"}
	err = f.answer.write(s, "", func() (query.Result, error) { return score.Table(), nil }, nil)
	tellSuppressed(f.tell(s), found.Suppressed)
	return found.Fired(), err
}

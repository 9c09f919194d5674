package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query/alarm"
	"trailbox/schema"
)

const (
	// DefaultSettle is how long it takes until nearly all log files of a minute are there:
	// five minutes on average, seldom more than this.
	DefaultSettle = 15 * time.Minute

	// lookBack is how far back is told of what is watched for the first time.
	lookBack = 24 * time.Hour
)

// A Watch is what is watched for.
type Watch struct {
	Set *alarm.Set
	// Since is the time from which on is told; zero stands for a day before something
	// was first watched.
	Since  time.Time
	Settle time.Duration // until it is certain that something has not happened
	// States are those of which is told.
	States []alarm.State
	// Options are how it is evaluated, but for times and the number of events.
	Options alarm.Options
	// Only says which filters the Options have besides accounts and Regions: what is told
	// with others is told anew. SettleFilter settles them by what a store has, if it is not nil.
	Only         string
	SettleFilter func(context.Context, *schema.Store) error
	// Suppressed is what the Options' suppressions suppressed when it was last looked.
	Suppressed []alarm.Suppressed
}

// Look evaluates what a store has got since it was last looked at, however old that is,
// and picks what is to be told: as news, and as the messages of its notices. It changes
// nothing: that is [schema.Store.Tell]'s.
func (w *Watch) Look(ctx context.Context, store *schema.Store, now time.Time) (*schema.News, []*Message, error) {
	now = now.UTC().Truncate(time.Minute)
	news := new(schema.News)
	from, err := w.progress(ctx, store, now, news)
	if err != nil || len(from) == 0 {
		return news, nil, err
	}
	begin := now
	for _, t := range from {
		if t.Before(begin) {
			begin = t
		}
	}
	begin = begin.Add(-w.reach())
	if w.SettleFilter != nil {
		if err := w.SettleFilter(ctx, store); err != nil {
			return nil, nil, err
		}
	}
	var transitions []*alarm.Transition
	var matches []*alarm.Match
	options := w.Options
	options.Since, options.Until, options.Events = begin, now.Add(time.Minute), maxEvents
	found, err := alarm.Find(ctx, store, w.Set, options)
	if err != nil {
		return nil, nil, err
	}
	w.Suppressed = found.Suppressed
	for finding, err := range found.ByTime(ctx) {
		if err != nil {
			return nil, nil, err
		}
		switch f := finding.(type) {
		case *alarm.Transition:
			transitions = append(transitions, f)
		case *alarm.Match:
			if !f.Time.Before(from[ruleKey(f.Rule)]) {
				matches = append(matches, f)
			}
		}
	}
	told, err := store.Told(ctx, begin)
	if err != nil {
		return nil, nil, err
	}
	var messages []*Message
	for _, t := range sift(transitions, told, w.series, from, now.Add(-w.Settle)) {
		decided := schema.Told{Series: w.series(t), State: string(t.New), Happened: t.Time}
		if slices.Contains(w.States, t.New) {
			m := ofTransition(t)
			if w.isView() {
				m.Trailbox.NoticeID = noticeID(t.Key(), w.scope())
			}
			decided.Notice = m.Trailbox.NoticeID
			messages = append(messages, m)
		}
		news.Told = append(news.Told, decided)
	}
	for _, group := range untold(matches, told) {
		m := ofMatches(group)
		messages = append(messages, m)
		for _, match := range group {
			news.Told = append(news.Told, schema.Told{Series: match.Key(), Happened: match.Time, Notice: m.Trailbox.NoticeID})
		}
	}
	for _, m := range messages {
		notice, err := m.notice(now)
		if err != nil {
			return nil, nil, err
		}
		news.Notices = append(news.Notices, notice)
	}
	return news, messages, nil
}

// isView says that an alarm sees other events than one in CloudWatch would.
func (w *Watch) isView() bool { return w.Options.Together || w.Only != "" }

// scope tells watches for the same in other places, or of other events, from each other.
func (w *Watch) scope() string {
	o := &w.Options
	text := ""
	if o.Together || len(o.Accounts) > 0 || len(o.Regions) > 0 {
		text = fmt.Sprintf("|%q %q together %v", slices.Sorted(slices.Values(o.Accounts)), slices.Sorted(slices.Values(o.Regions)), o.Together)
	}
	if w.Only != "" {
		text += "|only " + w.Only
	}
	return text
}

// series names an alarm whose states follow each other: what its name is, and where it
// is.
func (w *Watch) series(t *alarm.Transition) string {
	// What comes behind is in the key's own form: see alarm.Transition.Key.
	name := strings.TrimSuffix(t.Key(), "|"+t.Time.UTC().Format(time.RFC3339)+"|"+string(t.New))
	if w.isView() { // that is not in its key
		name += w.scope()
	}
	return name
}

func alarmKey(a *alarm.Alarm) string { return "alarm|" + a.Name }
func ruleKey(r *alarm.Rule) string   { return "rule|" + r.Name }

// progress finds out from which time on each alarm and each rule has to be looked at, and
// notes how far that brings them.
func (w *Watch) progress(ctx context.Context, store *schema.Store, now time.Time, news *schema.News) (map[string]time.Time, error) {
	watched, err := store.Watched(ctx)
	if err != nil {
		return nil, err
	}
	last, err := store.LastFile(ctx)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, a := range w.Set.Alarms {
		keys = append(keys, alarmKey(a))
	}
	for _, r := range w.Set.Rules {
		keys = append(keys, ruleKey(r))
	}
	type question struct { // nearly all of them ask the same
		file  int32
		since time.Time
	}
	answers := make(map[question]time.Time)
	from := make(map[string]time.Time)
	for _, key := range keys {
		before, known := watched[key+w.scope()]
		since := w.Since
		if since.IsZero() {
			since = before.Since
			if !known {
				since = now.Add(-lookBack)
			}
		}
		begin := since
		if known && !since.Before(before.Since) {
			q := question{before.File, since}
			first, asked := answers[q]
			if !asked {
				if first, err = store.EarliestAfter(ctx, q.file, q.since); err != nil {
					return nil, err
				}
				if first.IsZero() {
					first = now
				}
				answers[q] = first
			}
			begin = before.Settled
			if first.Before(begin) {
				begin = first.Truncate(time.Minute)
			}
			if begin.Before(since) {
				begin = since
			}
		}
		from[key] = begin
		news.Watched = append(news.Watched, schema.Watched{Rule: key + w.scope(), Since: since, Settled: now.Add(-w.Settle), File: last})
	}
	return from, nil
}

// reach is how far back the alarms look for the state that they have at a time.
func (w *Watch) reach() time.Duration {
	longest := time.Minute
	for _, a := range w.Set.Alarms {
		longest = max(longest, a.Period*time.Duration(a.EvaluationPeriods))
	}
	return 2*longest + time.Minute
}

// untold are the matches that have not been told, those of a rule in an account together.
func untold(matches []*alarm.Match, told []schema.Told) (groups [][]*alarm.Match) {
	known := make(map[string]bool)
	for _, t := range told {
		known[t.Series] = true
	}
	type group struct{ rule, account string }
	indexes := make(map[group]int)
	for _, m := range matches {
		if known[m.Key()] {
			continue
		}
		known[m.Key()] = true
		g := group{m.Rule.Name, m.Account}
		i, ok := indexes[g]
		if !ok {
			i = len(groups)
			indexes[g] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], m)
	}
	return groups
}

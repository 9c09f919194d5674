package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/ingest"
	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/query/notify"
	"trailbox/schema"
)

func watchCommand() command {
	return command{
		name: "watch", args: "[SOURCE...]", summary: "load what is new, run the alarms over it, tell of each once",
		about: `
Watch loads what is new in the SOURCEs as ingest does, runs the alarms and rules over
it, and delivers each change of an alarm's state and each match of a rule once to
all receivers: SNS topics, mailboxes, webhooks, commands, files. It does so once,
for cron, or again and again with --every. Without SOURCEs it looks at what others
have loaded. A store has one watch at a time.

  trailbox watch --rules alarms.yaml --webhook https://... --every 5m \
      s3://bucket/AWSLogs/

What was told and what still has to be is in the store: a watch that is ended or
killed goes on where it was. A delivery that fails is tried again by later rounds,
after a minute, two, four, up to an hour, until the receiver takes it. Every message
has an id (Trailbox.NoticeID); one that a receiver took while the watch was killed
comes a second time with the same id.

Alarms go by eventTime, and log files come late. An alarm is told as soon as events
raise it. That something did not happen (the way back, an alarm on too few events)
is told when the time is --settle ago. Events that come later than that are told of
when they come, however late; where they only show that an alarm which was told has
begun earlier or ended later, nothing is told again: trailbox alarm replay has it.
What is watched for the first time is told of for the last day, or from --since on.

SNS is reached with the credentials that the AWS CLI uses, in the topic's Region, by
callers that have sns:Publish. A mail server that wants a name and a password gets
TRAILBOX_SMTP_USER and TRAILBOX_SMTP_PASSWORD. The URL of a webhook, which is a
secret as a rule, can also be in TRAILBOX_WEBHOOK. A command gets the JSON of each
message on its standard input.

Watch ends with 3 if it told of an alarm that went off or of a match, or if something
was not loaded whole or not delivered; otherwise with 4 if something could not be run.`,
		prepare: func(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
			return newWatchFlags(flags).run
		},
	}
}

// watchFlags are the flags of watch.
type watchFlags struct {
	ingestFlags
	ruleFlags
	rules  []string
	only   scopeFlags // of alarms, Until is not used; what is loaded is all
	events filterFlags
	settle time.Duration
	states []string
	every  time.Duration

	topics, mail, webhooks, commands, files []string
	server                                  notify.MailServer

	now       func() time.Time // the time that is looked at
	receivers map[string]notify.Receiver
	said      map[string]bool // what a round does not say again
}

func newWatchFlags(flags *pflag.FlagSet) *watchFlags {
	f := &watchFlags{now: time.Now, receivers: make(map[string]notify.Receiver), said: make(map[string]bool)}
	f.line, f.found = "trailbox watch --rules SOURCE ", make(map[string]bool)
	f.store = storeFlag(flags)
	flags.StringArrayVar(&f.rules, "rules", nil, "watch for the alarms and rules of this `SOURCE`: whatever trailbox alarm takes; again for one more")
	flags.DurationVar(&f.every, "every", 0, "do so again after this `DURATION`, such as 5m, until interrupted")
	f.only.since.time = &f.only.Since
	flags.Var(&f.only.since, "since", "tell of nothing before this `TIME`: RFC 3339, a date, or how long ago, such as 36h or 7d (UTC)")
	flags.DurationVar(&f.settle, "settle", notify.DefaultSettle, "how late log files usually are: after this `DURATION` what has not come has not happened")
	flags.StringSliceVar(&f.states, "states", []string{string(alarm.InAlarm), string(alarm.OK), string(alarm.InsufficientData)}, "tell of changes into these `STATES`")
	f.ruleFlags.define(flags)
	f.events.defineEvents(flags)
	flags.StringSliceVar(&f.only.Accounts, "account", nil, "only alarms in these accounts (`ID`,...)")
	flags.StringSliceVar(&f.only.Regions, "aws-region", nil, "only alarms in these Regions (`REGION`,...)")
	flags.StringArrayVar(&f.topics, "sns", nil, "deliver to the SNS topic with this `ARN`")
	flags.StringArrayVar(&f.mail, "mail", nil, "deliver to this mail `ADDRESS`")
	flags.StringVar(&f.server.From, "mail-from", "", "send mail from this `ADDRESS`")
	flags.StringVar(&f.server.URL, "smtp", "", "send mail by this `SERVER`: host:port, smtp://host:port (with STARTTLS if it has it) or smtps://host:port")
	flags.StringArrayVar(&f.webhooks, "webhook", nil, "deliver to this `URL`, by a POST of JSON that Slack understands")
	flags.StringArrayVar(&f.commands, "command", nil, "deliver to this `COMMAND`, by JSON on its standard input")
	flags.StringArrayVar(&f.files, "file", nil, "deliver to this `FILE`, by a line of JSON at its end")
	f.dryRun = flags.Bool("dry-run", false, "load, deliver and change nothing: say what would be told of what the store has")
	f.defineReading(flags)
	f.format = outputFlag(flags)
	f.quiet = quietFlag(flags)
	return f
}

func (f *watchFlags) run(ctx context.Context, s streams, args []string) error {
	if len(f.rules) == 0 {
		return &usageError{message: "watch needs alarms or rules", hint: "trailbox watch --rules aws --webhook https://... s3://bucket/AWSLogs/"}
	}
	if f.every < 0 || f.settle < 0 {
		return &usageError{message: "a duration cannot be negative", hint: "leave it out for the default"}
	}
	for i, state := range f.states {
		f.states[i] = strings.ToUpper(strings.TrimSpace(state))
		if !slices.Contains([]string{string(alarm.InAlarm), string(alarm.OK), string(alarm.InsufficientData)}, f.states[i]) {
			return &usageError{message: fmt.Sprintf("%q is not a state", state), hint: "--states ALARM,OK,INSUFFICIENT_DATA, or some of them"}
		}
	}
	if err := errors.Join(f.only.check(), f.checkRules()); err != nil {
		return err
	}
	f.ruleFlags.options.Filter = f.events.Filter
	f.ruleFlags.options.Accounts, f.ruleFlags.options.Regions = f.only.Accounts, f.only.Regions
	memory, err := f.prepareReading()
	if err != nil {
		return err
	}
	if err := f.openReceivers(ctx); err != nil {
		return err
	}
	if *f.dryRun {
		return f.rehearse(ctx, s)
	}
	older := &catchUp{w: f.talk(s), path: f.store.path}
	defer older.stop()
	watcher := &notify.Watcher{
		Store: f.store.path, Memory: memory, Grants: f.store.grants(schema.Grants{Catching: older.tell}), Receivers: f.receivers, Every: f.every, Now: f.now, Listener: &watchTalk{f, s},
		Rules: func() (*notify.Watch, error) { return f.loadRules(ctx, s) },
	}
	if len(args) > 0 {
		watcher.Sources = func(ctx context.Context) (notify.Load, error) { return f.open(ctx, s, args) }
	}
	release, err := watcher.Claim()
	if err != nil {
		return fmt.Errorf("cannot watch %s: %w", f.store.path, err)
	}
	defer release()
	if _, err := f.loadRules(ctx, s); err != nil {
		return err // later on, files may be away for a moment
	}
	var ended error
	for round, err := range watcher.Rounds(ctx) {
		ended = f.tell(s, round, err)
		if f.every > 0 && ctx.Err() == nil && !isDone(ended) {
			report(s.err, ended) // the next round may do better
		}
	}
	if ctx.Err() != nil {
		return context.Canceled
	}
	return ended
}

// openReceivers makes the receivers that the flags name.
func (f *watchFlags) openReceivers(ctx context.Context) error {
	if env := os.Getenv("TRAILBOX_WEBHOOK"); env != "" {
		f.webhooks = append(f.webhooks, env)
	}
	f.server.User, f.server.Password = os.Getenv("TRAILBOX_SMTP_USER"), os.Getenv("TRAILBOX_SMTP_PASSWORD")
	if len(f.mail) > 0 && (f.server.URL == "" || f.server.From == "") {
		return &usageError{message: "--mail needs a server and a sender", hint: "--smtp mail.example.com:587 --mail-from alarms@example.com"}
	}
	add := func(r notify.Receiver, err error) error {
		if err != nil {
			return &usageError{message: err.Error(), hint: "trailbox help watch"}
		}
		f.receivers[r.Name()] = r
		return nil
	}
	var errs []error
	for _, topic := range f.topics {
		errs = append(errs, add(notify.NewTopic(ctx, topic, f.s3.Profile)))
	}
	for _, address := range f.mail {
		errs = append(errs, add(notify.NewMailbox(address, f.server)))
	}
	for _, url := range f.webhooks {
		errs = append(errs, add(notify.NewWebhook(url)))
	}
	for _, line := range f.commands {
		errs = append(errs, add(notify.NewCommand(line), nil))
	}
	for _, path := range f.files {
		if err := notTheStore(path, f.store.path); err != nil {
			return err
		}
		errs = append(errs, add(notify.NewFile(path)))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// loadRules reads the alarms and rules anew, so that a long watch follows their files, and
// says what cannot be run; others run all the same.
func (f *watchFlags) loadRules(ctx context.Context, s streams) (watch *notify.Watch, err error) {
	set, err := source.Load(f.rules, f.ruleFlags.load)
	if err != nil {
		return nil, err
	}
	var locked *schema.LockedError
	switch placed, err := f.placed(ctx, f.store, f.rules, set, query.Filter{Scope: f.only.Scope}); {
	case err == nil:
		set = placed
	case !errors.Is(err, schema.ErrNoStore) && !errors.As(err, &locked): // a later round may know
		return nil, err
	}
	if err := somethingToRun(s, set, f.rules); err != nil {
		return nil, err
	}
	tell := func(format string, args ...any) { f.sayOnce(s, fmt.Sprintf(format, args...)) }
	if err := f.selectRules(set, tell); err != nil {
		return nil, err
	}
	for _, p := range set.Problems {
		if !p.Aside {
			f.sayOnce(s, p.Error())
		}
	}
	if head := set.Totals(); !f.said[head] {
		f.said[head] = true
		say(f.talk(s), "%s", head)
	}
	f.tellBarren(set, tell)
	if err := f.readSuppressions(set, f.now(), tell); err != nil {
		return nil, err
	}
	watch = &notify.Watch{Set: set, Since: f.only.Since, Settle: f.settle, Options: f.ruleFlags.options}
	watch.Only, watch.SettleFilter = f.events.Text(), func(ctx context.Context, store *schema.Store) error {
		if err := f.settleEvents(ctx, store, &watch.Options.Filter, tell); err != nil {
			return err
		}
		return tellElsewhere(ctx, store, set, watch.Options, tell)
	}
	for _, state := range f.states {
		watch.States = append(watch.States, alarm.State(state))
	}
	return watch, nil
}

// settleEvents settles the filter by what a store has, and says what no event has.
func (f *watchFlags) settleEvents(ctx context.Context, store *schema.Store, filter *query.Filter, tell func(format string, args ...any)) error {
	if err := filter.Settle(ctx, store); err != nil {
		return matchMisuse(err)
	}
	misses, err := filter.Misses(ctx, store)
	for i := range misses {
		tell("%s", &misses[i])
	}
	return err
}

// tellSuppressed says what was suppressed in a look.
func (f *watchFlags) tellSuppressed(s streams, watch *notify.Watch) {
	for _, one := range watch.Suppressed {
		if one.Matches > 0 {
			say(f.talk(s), "suppressed %d: %s", one.Matches, one)
		}
	}
}

// sayOnce says something that each round would find again.
func (f *watchFlags) sayOnce(s streams, text string) {
	if !f.said[text] {
		f.said[text] = true
		say(s.err, "trailbox: %s", text)
	}
}

// rehearse says what a watch would tell of what the store has.
func (f *watchFlags) rehearse(ctx context.Context, s streams) error {
	watch, err := f.loadRules(ctx, s)
	if err != nil {
		return err
	}
	store, err := f.store.open(ctx, schema.Grants{})
	if err != nil {
		return err
	}
	defer store.Close()
	_, messages, err := watch.Look(ctx, store, f.now())
	if err != nil {
		return err
	}
	pending, err := store.Pending(ctx)
	if err != nil {
		return err
	}
	if err := f.print(s, messages); err != nil {
		return err
	}
	f.tellSuppressed(s, watch)
	for _, name := range slices.Sorted(maps.Keys(f.receivers)) {
		waiting := 0
		for _, d := range pending {
			if d.Receiver == name {
				waiting++
			}
		}
		say(f.talk(s), "to %s: %s, and %d that wait already; nothing was delivered", name, query.Plural(int64(len(messages)), "notice"), waiting)
	}
	if notify.Fired(messages) {
		return errFindings
	}
	return refused(watch.Set)
}

// open opens what the arguments name, and returns what loads it.
func (f *watchFlags) open(ctx context.Context, s streams, args []string) (notify.Load, error) {
	sources, err := f.sources(ctx, s, args)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, store *schema.Store) (findings bool, err error) {
		summary, err := f.take(ctx, s, store, sources)
		if errors.Is(err, ingest.ErrStopped) {
			return false, err
		}
		if summary.FilesLoaded > 0 {
			say(f.talk(s), "%s loaded, %s", query.Plural(summary.FilesLoaded, "file"), query.Plural(summary.EventsNew, "new event"))
		}
		return hasFindings(&summary), err
	}, nil
}

// A watchTalk says what goes on in a round.
type watchTalk struct {
	*watchFlags
	streams
}

// Waiting implements [notify.Listener].
func (t *watchTalk) Waiting(locked *schema.LockedError) {
	say(t.talk(t.streams), "waiting: %v", locked)
}

// Mended implements [notify.Listener].
func (t *watchTalk) Mended() { sayMended(t.err, t.store.path) }

// Failed implements [notify.Listener].
func (t *watchTalk) Failed(o notify.Outcome) {
	say(t.err, "trailbox: %s: %v; to be tried again at %s", o.Receiver, o.Err, o.Due.Format(time.RFC3339))
}

// Left implements [notify.Listener].
func (t *watchTalk) Left(receiver string, notices int64) {
	if t.receivers[receiver] == nil {
		t.sayOnce(t.streams, fmt.Sprintf("%s: %s waiting for a watch that has this receiver", receiver, query.Plural(notices, "notice")))
		return
	}
	say(t.err, "trailbox: %s: %s not delivered yet", receiver, query.Plural(notices, "notice"))
}

// tell writes what a round has told, and returns what it ends the command with.
func (f *watchFlags) tell(s streams, round *notify.Round, err error) error {
	if round == nil {
		return err
	}
	if err != nil && f.every == 0 {
		err = fmt.Errorf("%s cannot be noted, and may come again: %w", query.Plural(int64(round.Unnoted), "delivery attempt"), err)
	}
	if err := errors.Join(round.Unread, err, f.print(s, round.Messages)); err != nil {
		return err
	}
	f.tellSuppressed(s, round.Watch)
	if round.Findings || notify.Fired(round.Messages) {
		return errFindings
	}
	return refused(round.Watch.Set)
}

// print writes what is told, as the answer. A watch that goes on for weeks has none to most
// of its rounds, nor has one that cron starts, which sends whatever is written.
func (f *watchFlags) print(s streams, messages []*notify.Message) error {
	switch {
	case len(messages) == 0 && f.every > 0:
		return nil
	case len(messages) == 0 && *f.format == query.FormatTable:
		say(f.talk(s), "nothing new")
		return nil
	}
	_, err := query.Write(s.out, notify.Table(messages), *f.format, s.screen())
	return err
}

package notify

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"trailbox/schema"
)

const (
	// notedEvery is how long at most a delivery that a receiver took waits to be noted in
	// the store: what is not noted is delivered again, should the program be killed.
	notedEvery = time.Second

	// lockPatience is how long a round waits for others to close the store, and lockedPause
	// how long it pauses between looks.
	lockPatience = time.Minute
	lockedPause  = 200 * time.Millisecond
)

// A Watcher watches a store, round by round. The lock that it waits for is one between
// processes: who has the store open in the same process closes it before a round.
type Watcher struct {
	Store     string // its path
	Memory    int64  // that DuckDB gets by with, see [schema.Create]
	Grants    schema.Grants
	Receivers map[string]Receiver
	Every     time.Duration // from the begin of a round to that of the next one; 0: there is only one
	Now       func() time.Time
	// Rules says what is watched for. It is asked in each round, so that a long watch
	// follows its files.
	Rules func() (*Watch, error)
	// Sources opens what is to be loaded, before the store is; nil is for nothing.
	Sources  func(context.Context) (Load, error)
	Listener Listener

	owed    []schema.Attempt // that could not be noted in the store yet
	waiting time.Duration    // lockPatience, but for tests
}

// Load loads what is new into a store, and says whether some of it is damaged or odd.
type Load func(context.Context, *schema.Store) (findings bool, err error)

// A Listener hears what goes on in a round at the moment that it does.
type Listener interface {
	// Waiting is called once for each wait for who else has the store open.
	Waiting(*schema.LockedError)
	// Mended is called for a store that a process was killed on, and that did not open as it
	// was: see [schema.Store.Mended].
	Mended()
	// Failed is called for each delivery that failed.
	Failed(Outcome)
	// Left is called for each receiver that has not taken all that is due to it, whether
	// it is one of the Watcher's or not.
	Left(receiver string, notices int64)
}

// A Round is what came of one.
type Round struct {
	Watch    *Watch     // what was watched for
	Messages []*Message // what is told
	Findings bool       // something is damaged or odd, or was not delivered
	Unread   error      // why something was not loaded at all
	Unnoted  int        // attempts that are not noted in the store: a next round does it
}

// Rounds yields what came of each round until ctx ends, or of the only one.
func (w *Watcher) Rounds(ctx context.Context) iter.Seq2[*Round, error] {
	return func(yield func(*Round, error) bool) {
		for ctx.Err() == nil {
			began := time.Now()
			if !yield(w.round(ctx)) || w.Every == 0 {
				return
			}
			select {
			case <-time.After(time.Until(began.Add(w.Every))):
			case <-ctx.Done():
			}
		}
	}
}

// round loads, looks, tells and delivers. The store is open as long as it takes to load
// and to look, and for moments while deliveries go on: in between others can read it. What
// cannot be loaded keeps nobody from what is there. The Round is nil if nothing was told.
func (w *Watcher) round(ctx context.Context) (*Round, error) {
	watch, err := w.Rules()
	if err != nil {
		return nil, err
	}
	r := &Round{Watch: watch}
	var load Load
	if w.Sources != nil {
		load, r.Unread = w.Sources(ctx)
	}
	var pending []schema.DueNotice
	err = w.withStore(ctx, func(store *schema.Store) error {
		if load != nil {
			if r.Findings, r.Unread = load(ctx, store); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		news, messages, err := watch.Look(ctx, store, w.Now())
		if err != nil {
			return err
		}
		news.Receivers = slices.Sorted(maps.Keys(w.Receivers))
		if err := store.Tell(ctx, *news); err != nil {
			return err
		}
		r.Messages = messages
		pending, err = store.Pending(ctx)
		return err
	})
	if err != nil {
		return nil, errors.Join(r.Unread, err)
	}
	failed, err := w.deliver(ctx, pending)
	r.Findings, r.Unnoted = r.Findings || failed, len(w.owed)
	return r, err
}

// deliver delivers what is due, and says whether anything is left that should not be.
func (w *Watcher) deliver(ctx context.Context, pending []schema.DueNotice) (failed bool, err error) {
	left := make(map[string]int64)
	for _, d := range pending {
		left[d.Receiver]++
	}
	outcomes := make(chan Outcome)
	go func(outcomes chan<- Outcome) {
		defer close(outcomes)
		deliverDue(ctx, pending, w.Receivers, func(o Outcome) { outcomes <- o })
	}(outcomes)
	tick := time.NewTicker(notedEvery)
	defer tick.Stop()
	for outcomes != nil {
		select {
		case <-tick.C:
			if err == nil { // or else the end will show
				err = w.note(ctx)
			}
		case o, open := <-outcomes:
			if !open {
				outcomes = nil
				continue
			}
			w.owed = append(w.owed, o.Attempt)
			if o.Err == nil {
				left[o.Receiver]--
				continue
			}
			failed = true
			w.Listener.Failed(o)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(left)) {
		if left[name] > 0 {
			failed = failed || w.Receivers[name] != nil
			w.Listener.Left(name, left[name])
		}
	}
	return failed, w.note(ctx)
}

// note notes in the store what has been delivered, even if the watch is to end.
func (w *Watcher) note(ctx context.Context) error {
	if len(w.owed) == 0 {
		return nil
	}
	return w.withStore(context.WithoutCancel(ctx), func(*schema.Store) error { return nil })
}

// withStore opens the store for writing, notes in it what has been delivered, and does
// something with it.
func (w *Watcher) withStore(ctx context.Context, do func(*schema.Store) error) error {
	store, err := w.openStore(ctx)
	if err != nil {
		return err
	}
	if store.Mended() {
		w.Listener.Mended()
	}
	if len(w.owed) > 0 {
		if err = store.Record(ctx, w.owed); err == nil {
			w.owed = nil
		}
	}
	if err == nil {
		err = do(store)
	}
	return errors.Join(err, store.Close())
}

// openStore opens the store for writing, as soon as nobody else has it open.
func (w *Watcher) openStore(ctx context.Context) (*schema.Store, error) {
	for began, told := time.Now(), false; ; told = true {
		store, err := schema.CreateFor(ctx, w.Store, w.Memory, w.Grants)
		var locked *schema.LockedError
		if !errors.As(err, &locked) || time.Since(began) > cmp.Or(w.waiting, lockPatience) {
			return store, err
		}
		if !told {
			w.Listener.Waiting(locked)
		}
		select {
		case <-time.After(lockedPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

package notify

import (
	"context"
	"errors"
	"sync"
	"time"

	"trailbox/schema"
)

const (
	// After a failure a delivery is tried again after firstWait, then after twice that and
	// so on: what is down for a night is not asked a thousand times, and when it is back
	// nobody waits for more than maxWait.
	firstWait = time.Minute
	maxWait   = time.Hour

	// patience is how many failures in a row a receiver is granted: each may take
	// deliveryTimeout, and the others wait.
	patience = 3

	// shift is how long a receiver is served in one round: the next one may have more
	// urgent news for the others.
	shift = 2 * time.Minute
)

// backoff is how long a delivery rests after that many attempts in vain.
func backoff(attempts int) time.Duration {
	wait := firstWait
	for ; attempts > 1 && wait < maxWait; attempts-- {
		wait *= 2
	}
	return min(wait, maxWait)
}

// An Outcome is what came of trying a delivery.
type Outcome struct {
	schema.Attempt
	Err error // nil: taken
}

// deliverDue tries what is due, and calls tried with what came of every attempt, as soon
// as it is known. Receivers have their names as keys; each gets its notices in order, while
// the others get theirs. What is due to nobody there stays as it is. It ends when ctx does:
// what is cut off is no attempt.
func deliverDue(ctx context.Context, due []schema.DueNotice, receivers map[string]Receiver, tried func(Outcome)) {
	queues := make(map[string][]schema.DueNotice)
	for _, d := range due {
		queues[d.Receiver] = append(queues[d.Receiver], d)
	}
	end := time.Now().Add(shift)
	var wait sync.WaitGroup
	var mu sync.Mutex
	for name, receiver := range receivers {
		wait.Go(func() {
			failures := 0
			for _, d := range queues[name] {
				if failures == patience || ctx.Err() != nil || time.Now().After(end) {
					return
				}
				if d.Due.After(time.Now()) {
					continue
				}
				o, ok := attempt(ctx, receiver, &d)
				if !ok {
					return
				}
				failures++
				if o.Err == nil {
					failures = 0
				}
				mu.Lock()
				tried(o)
				mu.Unlock()
			}
		})
	}
	wait.Wait()
}

// attempt tries one delivery; false where ctx cut it off.
func attempt(ctx context.Context, receiver Receiver, d *schema.DueNotice) (Outcome, bool) {
	err := deliver(ctx, receiver, &d.Notice)
	var refused *RefusedError
	if errors.As(err, &refused) && refused.After > 0 && refused.After <= deliveryTimeout {
		// A chat takes a message a second, and says when to come again.
		select {
		case <-time.After(refused.After):
			err = deliver(ctx, receiver, &d.Notice)
		case <-ctx.Done():
		}
	}
	if err != nil && ctx.Err() != nil {
		return Outcome{}, false
	}
	o := Outcome{schema.Attempt{Notice: d.ID, Receiver: d.Receiver}, err}
	now := time.Now().UTC()
	if err == nil {
		o.Done = now
		return o, true
	}
	wait := backoff(d.Attempts + 1)
	if errors.As(err, &refused) {
		wait = max(wait, refused.After)
	}
	o.Due, o.Error = now.Add(wait), err.Error()
	return o, true
}

var errTimeout = errors.New("no answer in time")

func deliver(ctx context.Context, r Receiver, n *schema.Notice) error {
	ctx, cancel := context.WithTimeoutCause(ctx, deliveryTimeout, errTimeout)
	defer cancel()
	err := r.Deliver(ctx, n)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return errTimeout
	}
	return err
}

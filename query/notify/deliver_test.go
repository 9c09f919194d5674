package notify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"trailbox/schema"
)

// A scripted receiver answers each notice with the next of its answers, nil behind them.
type scripted struct {
	answers []error
	got     []string
	asked   func() // for each of them
}

func (s *scripted) Name() string { return "scripted" }

func (s *scripted) Deliver(ctx context.Context, n *schema.Notice) error {
	s.got = append(s.got, n.ID)
	if s.asked != nil {
		s.asked()
	}
	if len(s.answers) == 0 {
		return ctx.Err()
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

// dueTo is n notices that are due to a receiver.
func dueTo(receiver string, n int) []schema.DueNotice {
	var due []schema.DueNotice
	for i := range n {
		due = append(due, schema.DueNotice{Notice: schema.Notice{ID: fmt.Sprint(i)}, Receiver: receiver, Due: time.Now().Add(-time.Second)})
	}
	return due
}

func TestDeliver(t *testing.T) {
	down := errors.New("down")
	busy := &RefusedError{Receiver: "chat", Answer: "429", After: time.Millisecond}
	later := &RefusedError{Receiver: "chat", Answer: "429", After: 10 * time.Minute}
	for _, test := range []struct {
		name    string
		answers []error
		want    []string // outcomes
		got     []string // what the receiver has seen
	}{
		{"in order", nil, []string{"0", "1", "2", "3", "4"}, []string{"0", "1", "2", "3", "4"}},
		{"one that is refused stops no other", []error{nil, down}, []string{"0", "1 down", "2", "3", "4"}, []string{"0", "1", "2", "3", "4"}},
		{"who is down is left alone", []error{down, down, down}, []string{"0 down", "1 down", "2 down"}, []string{"0", "1", "2"}},
		{"who is busy is asked again", []error{nil, busy, nil}, []string{"0", "1", "2", "3", "4"}, []string{"0", "1", "1", "2", "3", "4"}},
		{"who is busy for long is not", []error{later}, []string{"0 chat does not take it: 429", "1", "2", "3", "4"}, []string{"0", "1", "2", "3", "4"}},
	} {
		receiver := &scripted{answers: test.answers}
		due := dueTo("a", 5)
		due = append(due, schema.DueNotice{Notice: schema.Notice{ID: "future"}, Receiver: "a", Due: time.Now().Add(time.Minute)})
		due = append(due, dueTo("b", 1)...) // whom nobody has named
		var outcomes []string
		deliverDue(t.Context(), due, map[string]Receiver{"a": receiver, "c": &scripted{}}, func(o Outcome) {
			text := o.Notice
			if o.Err != nil {
				text += " " + o.Error
				if wait := time.Until(o.Due); !o.Done.IsZero() || wait < 50*time.Second || o.Err == later && wait < 9*time.Minute {
					t.Errorf("%s: %+v", test.name, o)
				}
			} else if o.Done.IsZero() || !o.Attempt.Due.IsZero() {
				t.Errorf("%s: %+v", test.name, o)
			}
			outcomes = append(outcomes, text)
		})
		if !slices.Equal(outcomes, test.want) || !slices.Equal(receiver.got, test.got) {
			t.Errorf("%s: outcomes %q, want %q; the receiver has seen %q", test.name, outcomes, test.want, receiver.got)
		}
	}
}

// What an interruption cuts off is no attempt; what was taken before it is.
func TestDeliverInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	receiver := &scripted{answers: []error{nil, nil}}
	receiver.asked = func() {
		if len(receiver.got) == 2 {
			cancel()
		}
	}
	var outcomes []string
	deliverDue(ctx, dueTo("a", 5), map[string]Receiver{"a": receiver}, func(o Outcome) { outcomes = append(outcomes, o.Notice) })
	if !slices.Equal(outcomes, []string{"0", "1"}) {
		t.Errorf("outcomes %q", outcomes)
	}
}

func TestBackoff(t *testing.T) {
	var got []time.Duration
	for attempts := range 9 {
		got = append(got, backoff(attempts+1))
	}
	m := time.Minute
	if want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, 60 * m}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

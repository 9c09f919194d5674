package serve

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"trailbox/schema"
)

// linger is how long a store stays open after the last who asked it. A page is a handful of
// requests, and to open a store is most of the time of a short one; a person is slower than
// this, and an ingest that waits for the store gets it in between.
const linger = 300 * time.Millisecond

// Stores lends one store to many requests at a time.
//
// DuckDB opens a file once in a process, whoever asks: what is asked for a second time, with
// other bounds, fails. So all that is asked of a store goes through one of these.
type Stores struct {
	path   string
	grants schema.Grants

	turn turn  // of whoever looks at what is open, opens or closes it, which may take DuckDB a while
	open *lent // nil while it is closed
}

// A lent is a store that is open, with how many have it.
type lent struct {
	store   *schema.Store
	file    os.FileInfo // as it was when it was opened
	holders int
	stale   bool // it is another file's place by now, and nobody else gets it
	timer   *time.Timer
	closed  chan struct{}
}

// NewStores lends the store at a path, opened with these grants.
func NewStores(path string, grants schema.Grants) *Stores {
	return &Stores{path: path, grants: grants, turn: newTurn(1)}
}

// Borrow lends the store, until it is given back. While another process writes to it, the error
// is a [*schema.LockedError]. Where another store has come to its place, whoever has the former
// one ends first.
func (s *Stores) Borrow(ctx context.Context) (*schema.Store, func(), error) {
	for {
		l, isOpen, err := s.take(ctx)
		switch {
		case err != nil:
			return nil, nil, err
		case isOpen:
			return l.store, sync.OnceFunc(func() { s.giveBack(l) }), nil
		}
		select {
		case <-l.closed:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// take takes the store that is open, or opens it; isOpen says that it is not about to be closed.
func (s *Stores) take(ctx context.Context) (l *lent, isOpen bool, err error) {
	if err := s.turn.take(ctx); err != nil {
		return nil, false, err
	}
	defer s.turn.give()
	if l := s.open; l != nil && (l.stale || !s.isCurrent(l.file)) {
		if l.stale = true; l.holders > 0 {
			return l, false, nil
		}
		s.close(l)
	}
	if s.open == nil {
		file, err := os.Stat(s.path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, false, err
		}
		// Whoever asks first may go away; the store is for those who come after, too.
		store, err := schema.OpenFor(context.WithoutCancel(ctx), s.path, s.grants)
		if err != nil {
			return nil, false, err
		}
		s.open = &lent{store: store, file: file, closed: make(chan struct{})}
	}
	l = s.open
	l.holders++
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	return l, true, nil
}

// BorrowTyped lends the store for what a person types.
func (s *Stores) BorrowTyped(ctx context.Context) (*schema.Store, func(), error) {
	store, giveBack, err := s.Borrow(ctx)
	if err != nil {
		return nil, nil, err
	}
	typed, err := store.Typed(ctx)
	if err != nil {
		giveBack()
		return nil, nil, err
	}
	return typed, func() {
		typed.Close() // it was for reading: there is nothing to lose
		giveBack()
	}, nil
}

// isCurrent reports whether the file is the one that was opened, as it was then.
func (s *Stores) isCurrent(file os.FileInfo) bool {
	now, err := os.Stat(s.path)
	return err == nil && os.SameFile(now, file) && now.ModTime().Equal(file.ModTime()) && now.Size() == file.Size()
}

func (s *Stores) giveBack(l *lent) {
	s.turn <- struct{}{}
	defer s.turn.give()
	switch l.holders--; {
	case l.holders > 0:
	case l.stale:
		s.close(l)
	default:
		l.timer = time.AfterFunc(linger, func() {
			s.turn <- struct{}{}
			defer s.turn.give()
			if s.open == l && l.holders == 0 {
				s.close(l)
			}
		})
	}
}

// close closes the store, which nobody has.
func (s *Stores) close(l *lent) {
	if l.timer != nil {
		l.timer.Stop()
	}
	s.open = nil
	l.store.Close() // it was open for reading: there is nothing to lose
	close(l.closed)
}

// Close closes the store as soon as nobody has it.
func (s *Stores) Close() {
	s.turn <- struct{}{}
	defer s.turn.give()
	if l := s.open; l != nil {
		if l.stale = true; l.holders == 0 {
			s.close(l)
		}
	}
}

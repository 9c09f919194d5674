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
type Stores struct {
	path   string
	grants schema.Grants

	mu   sync.Mutex
	open *lent // nil while it is closed
}

// A lent is a store that is open, with how many have it.
type lent struct {
	store   *schema.Store
	file    os.FileInfo // as it was when it was opened
	holders int
	stale   bool // nobody else gets it
	timer   *time.Timer
}

// NewStores lends the store at a path, opened with these grants.
func NewStores(path string, grants schema.Grants) *Stores {
	return &Stores{path: path, grants: grants}
}

// Borrow lends the store, until it is given back. While another process writes to it, the error
// is a [*schema.LockedError].
func (s *Stores) Borrow(ctx context.Context) (*schema.Store, func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil && !s.isCurrent(s.open.file) {
		s.retire()
	}
	if s.open == nil {
		file, err := os.Stat(s.path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, nil, err
		}
		// Whoever asks first may go away; the store is for those who come after, too.
		store, err := schema.OpenFor(context.WithoutCancel(ctx), s.path, s.grants)
		if err != nil {
			return nil, nil, err
		}
		s.open = &lent{store: store, file: file}
	}
	l := s.open
	l.holders++
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
	return l.store, sync.OnceFunc(func() { s.giveBack(l) }), nil
}

// isCurrent reports whether the file is the one that was opened, as it was then.
func (s *Stores) isCurrent(file os.FileInfo) bool {
	now, err := os.Stat(s.path)
	return err == nil && os.SameFile(now, file) && now.ModTime().Equal(file.ModTime()) && now.Size() == file.Size()
}

func (s *Stores) giveBack(l *lent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch l.holders--; {
	case l.holders > 0:
	case l.stale:
		l.store.Close()
	default:
		l.timer = time.AfterFunc(linger, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.open == l && l.holders == 0 {
				s.retire()
			}
		})
	}
}

// retire takes the store out of use: it is closed once nobody has it.
func (s *Stores) retire() {
	l := s.open
	s.open, l.stale = nil, true
	if l.timer != nil {
		l.timer.Stop()
	}
	if l.holders == 0 {
		l.store.Close() // it was open for reading: there is nothing to lose
	}
}

// Close closes the store as soon as nobody has it.
func (s *Stores) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil {
		s.retire()
	}
}

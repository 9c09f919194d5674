package schema

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// anewEvents is after how many events the store is opened anew, which takes some milliseconds:
// DuckDB holds on to what it knows of each column of each row group that it has written, with
// what lies between, some 10 MiB for a million events. Of a store that it opens it reads that
// when it is asked for.
const anewEvents = 4_000_000

// anew says when the store is opened anew.
type anew struct {
	events int // that were loaded since it was
	limit  int // of them; 0 for never
}

// openAnew opens the store anew if enough was loaded. Nothing else may be asked of it meanwhile.
func (s *Store) openAnew(ctx context.Context) error {
	if s.anew.limit == 0 || s.anew.events < s.anew.limit {
		return nil
	}
	s.anew.events = 0
	if s.writer != nil {
		s.dropWriter()
	}
	return s.reopen(ctx)
}

// A TakenError says that another process has loaded into a store that was let go of for a
// moment: the numbers of files and shapes that are to come are not free any more.
type TakenError struct{ Path string }

func (e *TakenError) Error() string {
	return fmt.Sprintf("cannot go on with %s: another process has loaded into it meanwhile", e.Path)
}

// reopen opens the store anew, between two loads, or after memory has ended while nothing else
// was asked of it. If that was within a commit, DuckDB goes on with parts of it in memory, and
// gives the store up at a later one: it must not write that down when it closes.
func (s *Store) reopen(ctx context.Context) error {
	// If one of these fails, DuckDB has given up already, and writes nothing.
	s.db.ExecContext(ctx, "PRAGMA disable_checkpoint_on_shutdown")
	s.db.Close()
	if err := s.stillThere(); err != nil {
		return err
	}
	anew, err := s.attachWaiting(ctx)
	if err != nil {
		return err
	}
	s.db = anew.db
	ctx = context.WithoutCancel(ctx)
	if err := errors.Join(s.stillThere(), repair(ctx, s.db)); err != nil {
		return err
	}
	var last int32
	if err := s.db.QueryRowContext(ctx, "SELECT coalesce(max(run), 0) FROM runs").Scan(&last); err != nil {
		return err
	}
	if s.run > 0 && last != s.run {
		return &TakenError{Path: s.path}
	}
	return nil
}

const (
	// reopenWait is how long the store may be another's once we have let go of it: a report
	// takes some seconds, an export of all that there is a minute.
	reopenWait = 2 * time.Minute
	reopenStep = 20 * time.Millisecond
)

// attachWaiting opens the store for writing, and waits for others who read it.
func (s *Store) attachWaiting(ctx context.Context) (*Store, error) {
	for began := time.Now(); ; {
		// Connections are made by it for as long as the store is open.
		anew, err := attach(context.WithoutCancel(ctx), s.path, s.memory)
		if !errors.As(err, new(*LockedError)) || time.Since(began) > reopenWait {
			return anew, err
		}
		select {
		case <-time.After(reopenStep):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

package serve

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trailbox/schema"
	"trailbox/schema/storetest"
)

// emptyStore is the path of a store.
func emptyStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.duckdb")
	if err := storetest.Create(t, path, 0).Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Many have one store; the last who gives it back leaves it open a moment, and not longer.
func TestStoresShare(t *testing.T) {
	path := emptyStore(t)
	s := NewStores(path, schema.Grants{})
	one, giveBack, err := s.Borrow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two, giveBackToo, err := s.Borrow(t.Context())
	if err != nil || one != two {
		t.Errorf("two stores at a time: %v", err)
	}
	giveBack()
	giveBack() // once more does nothing: the other has it still
	if _, err := schema.One[int64](two.Query(t.Context(), "SELECT count(*) FROM events")); err != nil {
		t.Errorf("while somebody has it: %v", err)
	}
	giveBackToo()
	three, giveBack, err := s.Borrow(t.Context())
	if err != nil || three != one {
		t.Errorf("the next request opens it once more: %v", err)
	}
	giveBack()
	for isOpen := true; isOpen; {
		s.turn <- struct{}{}
		isOpen = s.open != nil
		s.turn.give()
	}
	if _, err := one.Query(t.Context(), "SELECT 1"); err == nil {
		t.Error("it is open for ever")
	}
}

// A store that is put in the place of another is the one that is lent from then on; who has the
// former one keeps it.
func TestStoresReplaced(t *testing.T) {
	path := emptyStore(t)
	s := NewStores(path, schema.Grants{})
	defer s.Close()
	before, giveBack, err := s.Borrow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(emptyStore(t), path); err != nil {
		t.Fatal(err)
	}
	next := make(chan *schema.Store)
	go func() {
		after, giveBack, err := s.Borrow(t.Context())
		if err != nil {
			t.Error(err)
		} else {
			giveBack()
		}
		next <- after
	}()
	for isStale := false; !isStale; {
		s.turn <- struct{}{}
		isStale = s.open.stale
		s.turn.give()
	}
	if _, err := schema.One[int64](before.Query(t.Context(), "SELECT count(*) FROM events")); err != nil {
		t.Errorf("the former one, in use: %v", err)
	}
	giveBack()
	if after := <-next; after == nil || after == before {
		t.Error("the former store is lent")
	}
	if _, err := before.Query(t.Context(), "SELECT 1"); err == nil {
		t.Error("the former one stays open")
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, giveBack, err = s.Borrow(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer giveBack()
	if err := os.Rename(emptyStore(t), path); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, _, err := s.Borrow(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("who has gone waits on: %v", err)
	}
}

// Where there is none, that is said, and a later request finds the one that has come.
func TestStoresNone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	s := NewStores(path, schema.Grants{})
	defer s.Close()
	if _, _, err := s.Borrow(t.Context()); !errors.Is(err, schema.ErrNoStore) {
		t.Fatalf("without a store: %v", err)
	}
	if err := os.Rename(emptyStore(t), path); err != nil {
		t.Fatal(err)
	}
	_, giveBack, err := s.Borrow(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	giveBack()
}

package schema

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// someEvents is a batch of one event of one file, in whatever shape.
type someEvents struct {
	file  int32
	given bool
}

func (b *someEvents) NewReader(context.Context) EventReader { return b }

func (b *someEvents) Next(ev *Event) (bool, error) {
	if b.given {
		return false, nil
	}
	b.given = true
	*ev = Event{File: b.file, Shape: -1, Verbatim: []byte("{}")}
	return true, nil
}

func (b *someEvents) Ledger() Ledger {
	return Ledger{Files: []LogFile{{File: b.file, URI: "x", Status: Loaded, Records: 1, New: 1}}}
}

// A store that is opened anew between loads has all that was loaded before and after.
func TestOpenedAnew(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "t.duckdb")
	s, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := NewRun("test")
	if _, err := s.BeginRun(ctx, &run); err != nil {
		t.Fatal(err)
	}
	s.anew.limit = 2
	before := s.db
	for file := int32(1); file <= 5; file++ {
		if err := s.Load(ctx, &someEvents{file: file}); err != nil {
			t.Fatal(err)
		}
		if again := s.db != before; again != (file == 3 || file == 5) {
			t.Errorf("file %d: opened anew: %v", file, again)
		}
		before = s.db
	}
	if err := s.FinishRun(ctx, &run); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM events JOIN files USING (file) JOIN runs ON finished IS NOT NULL").Scan(&n); err != nil || n != 5 {
		t.Errorf("%d events, %v", n, err)
	}
}

// Whoever loads into a store that was let go of takes numbers that the first run would give
// out once more.
func TestTakenMeanwhile(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "t.duckdb")
	s, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := NewRun("test")
	if _, err := s.BeginRun(ctx, &run); err != nil {
		t.Fatal(err)
	}
	s.dropWriter()
	s.db.Close()
	other, err := Create(ctx, path, 0)
	if err != nil {
		t.Fatal(err)
	}
	run = NewRun("other")
	if _, err := other.BeginRun(ctx, &run); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	s.anew = anew{events: 1, limit: 1}
	if err := s.Load(ctx, &someEvents{file: 1}); !errors.As(err, new(*TakenError)) {
		t.Errorf("error %v", err)
	}
}

package schema

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Statements run by perform do what they do run by the driver, and fail in the same words.
func TestPerform(t *testing.T) {
	store, err := Create(t.Context(), t.TempDir()+"/t.duckdb", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	run := func(query string) error {
		return store.writer.Raw(func(c any) error { return perform(c, query) })
	}
	for _, query := range []string{
		"SELECT no such thing",                              // does not parse
		"INSERT INTO notThere VALUES (1)",                   // does not bind
		"SELECT sum(error('row ' || i)) FROM range(9) r(i)", // fails while it runs
	} {
		_, plain := store.writer.ExecContext(t.Context(), query)
		if err := run(query); err == nil || plain == nil || err.Error() != plain.Error() {
			t.Errorf("%s: %v, by the driver %v", query, err, plain)
		}
	}
	// Behind them the connection is as before, also within a transaction that is undone.
	const rows = 300_000 // for several threads
	tx, err := store.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := run(fmt.Sprintf("CREATE TABLE many AS SELECT i, repeat('x', i %% 100) AS text FROM range(%d) r(i)", rows)); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(DISTINCT i) FROM many").Scan(&n); err != nil || n != rows {
		t.Errorf("%d rows: %v", n, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := store.writer.Raw(func(c any) error {
		return perform(c, "SELECT CASE WHEN $all::INTEGER[] <> [3, 4] OR $one::INTEGER <> 5 THEN error('no') END", Arg{"all", []int32{3, 4}}, Arg{"one", int32(5)})
	}); err != nil {
		t.Errorf("with parameters: %v", err)
	}
	if err := run("SELECT count(*) FROM many"); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("after the transaction was undone: %v", err)
	}
}

// endless is a source of events without end; each reader's first one ends their context.
type endless struct{ end func() }

func (e endless) NewReader(context.Context) EventReader { return e }
func (e endless) Ledger() Ledger                        { return Ledger{} }
func (e endless) Next(ev *Event) (bool, error) {
	e.end()
	*ev = Event{}
	return true, nil
}

// A load ends as soon as its context does, also where no reader looks at that, by its cause.
func TestLoadCancelled(t *testing.T) {
	store, err := Create(t.Context(), t.TempDir()+"/t.duckdb", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	if err := store.Load(ctx, endless{func() { cancel(cause) }}); !errors.Is(err, cause) {
		t.Errorf("the load ended by %v", err)
	}
	var events int
	if err := store.db.QueryRowContext(t.Context(), "SELECT count(*) FROM events").Scan(&events); err != nil || events != 0 {
		t.Errorf("%d events are left: %v", events, err)
	}
}

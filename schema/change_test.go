package schema

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestChangeIsOneTransaction(t *testing.T) {
	ctx := context.Background()
	store, err := Create(ctx, filepath.Join(t.TempDir(), "change.duckdb"), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	told := func() int64 {
		n, err := One[int64](store.Query(ctx, "SELECT count(*) FROM told"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	stop := errors.New("no more")
	insert := func(c *Change) (string, error) {
		return One[string](c.Query(ctx, "INSERT INTO told VALUES ($series, '', now(), NULL) RETURNING series", Arg{"series", "a"}))
	}
	err = store.Change(ctx, func(c *Change) error {
		if series, err := insert(c); err != nil || series != "a" {
			t.Errorf("RETURNING gives %q, %v", series, err)
		}
		return stop
	})
	if !errors.Is(err, stop) || told() != 0 {
		t.Errorf("after an error (%v) there are %d rows of what came before it", err, told())
	}
	err = store.Change(ctx, func(c *Change) error {
		_, err := insert(c)
		return errors.Join(err, c.Exec(ctx, "UPDATE told SET state = $state", Arg{"state", "OK"}))
	})
	if err != nil || told() != 1 {
		t.Errorf("a change that is done: %v, %d rows", err, told())
	}
	if err := store.Change(ctx, func(c *Change) error { return c.Exec(ctx, "DELETE FROM told; SELECT '\x00'") }); err == nil || told() != 1 {
		t.Errorf("a statement with NUL: %v, %d rows", err, told())
	}
}

package schema

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"
)

// What was cancelled, whenever that was, does not keep a database open that was closed: opening
// it again would take for ever. And what is asked next on the same connection is answered.
func TestCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	const endless = "SELECT count(*) FROM range(1_000_000_000_000) a, range(1_000_000_000_000) b"
	ways := map[string]func(ctx context.Context, db *sql.DB) error{
		"query": func(ctx context.Context, db *sql.DB) error {
			_, err := db.QueryContext(ctx, endless)
			return err
		},
		"exec": func(ctx context.Context, db *sql.DB) error {
			_, err := db.ExecContext(ctx, endless)
			return err
		},
		"transaction": func(ctx context.Context, db *sql.DB) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			_, err = tx.QueryContext(ctx, endless)
			return err
		},
		"columns": func(ctx context.Context, db *sql.DB) error {
			conn, err := db.Conn(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			return conn.Raw(func(c any) error { return ask(ctx, c, endless, nil, nil, nil) })
		},
	}
	for name, way := range ways {
		for after := time.Duration(0); after < 1500*time.Microsecond; after += 150 * time.Microsecond {
			db := openAgain(t, name, path)
			db.SetMaxOpenConns(1)
			ctx, cancel := context.WithTimeout(t.Context(), after)
			if err := way(ctx, db); err == nil {
				t.Fatalf("%s: it ended", name)
			}
			cancel()
			var n int
			if err := db.QueryRowContext(t.Context(), "SELECT 7").Scan(&n); err != nil || n != 7 {
				t.Errorf("%s, cancelled after %v: then %d, %v", name, after, n, err)
			}
			// And with nothing asked afterwards.
			ctx, cancel = context.WithTimeout(t.Context(), after)
			way(ctx, db)
			cancel()
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// openAgain opens a database that was closed before.
func openAgain(t *testing.T, what, path string) *sql.DB {
	opened := make(chan *connector, 1)
	go func() {
		c, err := newConnector(path+"?threads=2", nil)
		if err != nil {
			t.Error(err)
		}
		opened <- c
	}()
	select {
	case c := <-opened:
		if c == nil {
			t.FailNow()
		}
		return sql.OpenDB(c)
	case <-time.After(20 * time.Second):
		t.Fatalf("%s: what was cancelled keeps the database open", what)
	}
	return nil
}

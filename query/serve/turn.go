package serve

import "context"

// A turn is for as many at a time as it has room. Unlike a mutex, it is waited for no longer than
// a page is: what holds it asks DuckDB, which may take its time.
type turn chan struct{}

func newTurn(room int) turn { return make(turn, room) }

// take waits for it.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// give lets the next one have it.
func (t turn) give() { <-t }

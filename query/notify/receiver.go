package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"trailbox/schema"
)

// A Receiver takes notices.
type Receiver interface {
	// Name is what the receiver is remembered by while it has not taken a notice. There
	// is no secret in it.
	Name() string
	// Deliver returns nil once the receiver has taken the notice.
	Deliver(ctx context.Context, n *schema.Notice) error
}

// deliveryTimeout is what one delivery may take. A receiver that takes longer is tried
// again later, like one that is not there.
const deliveryTimeout = 30 * time.Second

// A RefusedError says that a receiver did not take a notice.
type RefusedError struct {
	Receiver string
	Answer   string        // in its words
	After    time.Duration // that it asks to be left alone; 0 where it does not say
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s does not take it: %s", e.Receiver, e.Answer)
}

// fingerprint tells secrets from each other without giving them away.
func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:4])
}

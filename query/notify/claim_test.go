//go:build unix

package notify

import (
	"errors"
	"os"
	"testing"
)

// A store has one watch at a time, and none once that has ended.
func TestClaim(t *testing.T) {
	store, logs := archive(t)
	one, other := watcher(store, logs, nil), watcher(store, logs, nil)
	release, err := one.Claim()
	if err != nil {
		t.Fatal(err)
	}
	var claimed *ClaimedError
	if _, err := other.Claim(); !errors.As(err, &claimed) || claimed.PID != os.Getpid() {
		t.Errorf("a second one: %v", err)
	}
	release()
	if _, err := os.Stat(store + ".watch"); err == nil {
		t.Error("the file is left")
	}
	if err := os.WriteFile(store+".watch", []byte("1\n"), 0o600); err != nil { // of one that was killed
		t.Fatal(err)
	}
	if release, err = other.Claim(); err != nil {
		t.Fatal(err)
	}
	release()
}

package notify

import "fmt"

// A ClaimedError says that another watch is at work on a store. Two of them would both
// deliver what is due, since the store is not theirs alone while they do.
type ClaimedError struct{ PID int } // 0 where it is not known

func (e *ClaimedError) Error() string {
	if e.PID == 0 {
		return "another watch is at work on it"
	}
	return fmt.Sprintf("another watch is at work on it (PID %d)", e.PID)
}

// Claim makes the store the Watcher's, among all watches; release ends that. If it is
// another one's the error is a [*ClaimedError].
func (w *Watcher) Claim() (release func(), err error) {
	return claim(w.Store + ".watch")
}

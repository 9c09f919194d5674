package schema

import (
	"os"
	"path/filepath"
	"sync"
	"time"
)

// To look at all that a store is made of is a third of the time that it takes to open a small
// one, and the console, watch and a session open one again and again. So a process remembers
// which stores it found to be whole, and how their files were then: as long as nothing has
// changed them, they are.

// wholeStores are the states of the files of stores that were found to be whole, by their
// absolute paths. The process has one of them, as DuckDB has of what it has open.
var wholeStores struct {
	sync.Mutex
	files map[string]fileState
}

// A fileState is how a file was at some time. Whatever is written to the file changes it, and
// so does another file in its place; nobody can set the time of the last change back.
type fileState struct {
	device, inode     uint64
	size              int64
	modified, changed int64 // nanoseconds since 1970
}

// settledAfter is how long a file has to be unchanged: systems count its times in ticks of up
// to 10 ms, and two changes within one tick look like one.
const settledAfter = 100 * time.Millisecond

// settledCoarsely is the same where times are counted in seconds, or in two of them.
const settledCoarsely = 5 * time.Second

// isSettled reports whether the next change of the file will be told from the last one.
func (s fileState) isSettled(now time.Time) bool {
	after := settledAfter
	if s.changed%int64(10*time.Millisecond) == 0 {
		after = settledCoarsely
	}
	return now.Sub(time.Unix(0, s.changed)) > after
}

// storeState is the state of a store's file, if that is all of the store: what was not
// written to it yet is in a file beside it.
func storeState(abs string) (fileState, bool) {
	for _, log := range [...]string{".wal", ".wal.checkpoint", ".wal.recovery"} {
		if _, err := os.Lstat(abs + log); !os.IsNotExist(err) {
			return fileState{}, false
		}
	}
	return stateOf(abs)
}

// knownWhole reports whether the store, which is open, was found to be whole as it is.
func (s *Store) knownWhole() bool {
	abs, err := filepath.Abs(s.path)
	if err != nil {
		return false
	}
	now, ok := storeState(abs)
	if !ok {
		return false
	}
	wholeStores.Lock()
	defer wholeStores.Unlock()
	then, ok := wholeStores.files[abs]
	return ok && then == now
}

// rememberWhole remembers that the store, which is open, so that nobody else writes to it, is
// whole as it is. Whoever writes to it will change its file.
func (s *Store) rememberWhole(now time.Time) {
	abs, err := filepath.Abs(s.path)
	if err != nil {
		return
	}
	state, ok := storeState(abs)
	if !ok || !state.isSettled(now) {
		return
	}
	wholeStores.Lock()
	defer wholeStores.Unlock()
	if wholeStores.files == nil || len(wholeStores.files) >= maxWholeStores {
		wholeStores.files = map[string]fileState{}
	}
	wholeStores.files[abs] = state
}

// maxWholeStores is more than a process of ours opens, but for tests.
const maxWholeStores = 100

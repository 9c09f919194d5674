//go:build unix

package notify

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// claim makes a file that one process at a time can have, and returns what removes it. A
// process that is killed leaves a file that anybody can have.
func claim(path string) (release func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			var pid int
			fmt.Fscan(f, &pid)
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = &ClaimedError{pid}
			}
			return nil, err
		}
		mine, err := f.Stat()
		now, statErr := os.Stat(path)
		if err != nil || statErr != nil || !os.SameFile(mine, now) {
			f.Close() // whoever had it has removed it meanwhile
			continue
		}
		f.Truncate(0)
		fmt.Fprintln(f, os.Getpid())
		return func() {
			os.Remove(path)
			f.Close()
		}, nil
	}
}

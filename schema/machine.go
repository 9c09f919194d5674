package schema

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// A Resource is what a machine may be short of.
type Resource int

const (
	Disk   Resource = iota // room for the store, or for what is put aside while it is written
	Access                 // to the file, or to its folder
	Folder                 // there is none where the store should be
	Memory
)

// A MachineError says that the machine did not give what the store needs.
type MachineError struct {
	Path     string
	Resource Resource
	Err      error // as DuckDB gave it
}

func (e *MachineError) Unwrap() error { return e.Err }

func (e *MachineError) Error() string {
	switch e.Resource {
	case Disk:
		return fmt.Sprintf("cannot write %s: no room on its disk", e.Path)
	case Access:
		return fmt.Sprintf("cannot write %s: permission denied", e.Path)
	case Folder:
		return fmt.Sprintf("cannot write %s: there is no such folder", e.Path)
	default:
		return fmt.Sprintf("cannot write %s: out of memory", e.Path)
	}
}

// machineTexts are the system's words within DuckDB's messages, which is the only place
// where they stand.
var machineTexts = [...]struct {
	text     string
	resource Resource
}{
	{"No space left on device", Disk},
	{"File too large", Disk},
	{"Disk quota exceeded", Disk},
	{"Permission denied", Access},
	{"Read-only file system", Access},
	{"No such file or directory", Folder},
	{"Out of Memory Error", Memory},
	{"could not allocate block", Memory}, // as its appender says it
	{"failed to allocate data", Memory},
	{"failed to pin block", Memory},
}

// machineError tells whether an error is one of the machine's.
func machineError(path string, err error) error {
	if err == nil {
		return nil
	}
	for _, m := range machineTexts {
		if strings.Contains(err.Error(), m.text) {
			return &MachineError{Path: path, Resource: m.resource, Err: err}
		}
	}
	return err
}

// IsDamaged reports whether DuckDB found the store's file damaged: a block's checksum is
// another one, or the file is too short. Each statement that reads such a block ends so.
func IsDamaged(err error) bool {
	text := err.Error() // the only place where it stands
	return strings.Contains(text, "IO Error: Corrupt database file") || strings.Contains(text, "IO Error: Could not read enough bytes")
}

// A GoneError says that somebody removed or replaced the store's file while it was
// open.
type GoneError struct{ Path string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s was removed or replaced while it was being written: what this run has loaded is lost", e.Path)
}

// stillThere checks that the file that is being written is the one that will be found.
func (s *Store) stillThere() error {
	if s.file == nil {
		return nil // open for reading
	}
	info, err := os.Stat(s.path)
	if errors.Is(err, os.ErrNotExist) || err == nil && !os.SameFile(info, s.file) {
		return &GoneError{Path: s.path}
	}
	return nil
}

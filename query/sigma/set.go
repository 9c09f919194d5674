package sigma

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Set is what was read from rule files.
type Set struct {
	Rules        []*Rule
	Correlations []*Correlation
	Foreign      []Foreign // for other logs than CloudTrail's
	Problems     []*Error  // what could not be read or cannot be run
}

// maxFile is how large a rule file may be, in bytes: rules take a few thousand.
const maxFile = 4 << 20

// Load reads rules from files and folders, those with all that is in them and is named
// .yml or .yaml. What cannot be read becomes a problem of the set.
func Load(paths ...string) *Set {
	s := &Set{}
	for _, path := range paths {
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				s.Problems = append(s.Problems, fileError(name, err))
				return nil
			}
			if entry.IsDir() || name != path && !isRuleFile(name) {
				return nil
			}
			s.load(name)
			return nil
		})
		if err != nil {
			s.Problems = append(s.Problems, fileError(path, err))
		}
	}
	s.Resolve()
	return s
}

func isRuleFile(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yml", ".yaml":
		return true
	}
	return false
}

func (s *Set) load(name string) {
	file, err := os.Open(name)
	if err != nil {
		s.Problems = append(s.Problems, fileError(name, err))
		return
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("larger than %d MiB: it is no rule file", maxFile>>20)
	}
	if err != nil {
		s.Problems = append(s.Problems, fileError(name, err))
		return
	}
	s.join(Parse(name, string(text)))
}

func (s *Set) join(more *Set) {
	s.Rules = append(s.Rules, more.Rules...)
	s.Correlations = append(s.Correlations, more.Correlations...)
	s.Foreign = append(s.Foreign, more.Foreign...)
	s.Problems = append(s.Problems, more.Problems...)
}

// fileError is an error of a file as a whole; the path is said once.
func fileError(name string, err error) *Error {
	if at, ok := err.(*fs.PathError); ok {
		err = at.Err
	}
	return &Error{File: name, Reason: err.Error()}
}

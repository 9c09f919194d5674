package source

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
	"trailbox/query/sigma"
)

// Options say how sources are read.
type Options struct {
	// Parameters are values for parameters of CloudFormation and variables of Terraform,
	// instead of their defaults.
	Parameters map[string]string
	// Period and Threshold are those of an alarm for a bare filter pattern.
	Period    time.Duration
	Threshold float64
}

// An UnusedParameterError says that nothing of what was loaded has a parameter.
type UnusedParameterError struct{ Name string }

func (e *UnusedParameterError) Error() string {
	return fmt.Sprintf("nothing that was loaded has a parameter %q", e.Name)
}

// An Error says that a source is not there, or cannot be looked into.
type Error struct {
	Source string
	Err    error
}

func (e *Error) Error() string { return e.Source + ": " + e.Err.Error() }

func (e *Error) Unwrap() error { return e.Err }

// Load reads sources: files, folders, filter patterns and event patterns as they are, and
// names of [Builtins]. What cannot be read or run is in the Set's Problems; the error is a
// [*Error] or an [*UnusedParameterError].
func Load(sources []string, o Options) (*alarm.Set, error) {
	l := &loader{set: &alarm.Set{}, options: o, used: map[string]bool{}}
	for _, source := range sources {
		if err := l.read(source); err != nil {
			return nil, err
		}
	}
	l.readFolders()
	l.set.AddSigma(&l.rules)
	for _, name := range slices.Sorted(maps.Keys(o.Parameters)) {
		if !l.used[name] {
			return nil, &UnusedParameterError{name}
		}
	}
	return l.set, nil
}

// A loader reads sources one after the other.
type loader struct {
	set       *alarm.Set
	options   Options
	used      map[string]bool // parameters that something has
	exports   []folder
	terraform []folder
	rules     sigma.Set
}

// A folder is what belongs together in a folder.
type folder struct {
	path  string
	files []string
	docs  []*yaml.Node // of exports
}

// at returns the folder of that path.
func at(folders *[]folder, path string) *folder {
	for i := range *folders {
		if (*folders)[i].path == path {
			return &(*folders)[i]
		}
	}
	*folders = append(*folders, folder{path: path})
	return &(*folders)[len(*folders)-1]
}

// failed adds a problem with what is at a position, unless the error knows a better one.
func (l *loader) failed(at alarm.Position, name string, err error) {
	var inner *nodeError
	if errors.As(err, &inner) && inner.Line > 0 {
		at.Line, at.Column = inner.Line, inner.Column
	}
	l.set.Problems = append(l.set.Problems, alarm.Problem{Position: at, Name: name, Reason: err.Error()})
}

func (l *loader) read(source string) error {
	if looksLikePattern(source) {
		l.readPattern(source)
		return nil
	}
	if slices.Contains(Builtins(), source) {
		l.readDocument(source, builtin(source), true)
		return nil
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return &Error{Source: source, Err: err}
	case !info.IsDir():
		l.readFile(source, true)
		return nil
	}
	return filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.failed(alarm.Position{File: name}, "", err)
		case entry.IsDir() && name != source && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir // .git, .terraform
		case entry.Type().IsRegular() && isSourceFile(name):
			l.readFile(name, false)
		}
		return nil
	})
}

// isSourceFile says that a file of a folder may be a source, by its name.
func isSourceFile(name string) bool {
	return slices.Contains([]string{".json", ".yaml", ".yml", ".template", ".tf"}, strings.ToLower(filepath.Ext(name)))
}

// readFile reads a file, which was named or found in a folder.
func (l *loader) readFile(name string, named bool) {
	if strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json") {
		f := at(&l.terraform, filepath.Dir(name))
		f.files = append(f.files, name)
		return
	}
	data, err := contentOf(name)
	if err != nil {
		l.failed(alarm.Position{File: name}, "", err)
		return
	}
	l.readDocument(name, data, named)
}

func contentOf(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSourceBytes+1))
	if err == nil && len(data) > maxSourceBytes {
		err = fmt.Errorf("larger than %d MB", maxSourceBytes>>20)
	}
	return data, err
}

// readDocument reads what a file holds, by what is in it.
func (l *loader) readDocument(name string, data []byte, named bool) {
	base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if text := strings.TrimSpace(string(data)); looksLikeFilterPattern(text) {
		l.addFilterPattern(name, base, text)
		return
	}
	doc, err := parseDocument(data)
	if err != nil {
		l.failed(alarm.Position{File: name}, "", err)
		return
	}
	has := func(key string) bool { return child(doc, key) != nil }
	switch {
	case has("Resources"):
		s := l.stack(name)
		s.readTemplate(doc)
		s.close()
	case has("detection") || has("correlation") || has("logsource"):
		l.rules.Join(sigma.Parse(name, string(data)))
	case has("metricFilters") || has("MetricAlarms") || has("CompositeAlarms"):
		f := at(&l.exports, filepath.Dir(name))
		f.files, f.docs = append(f.files, name), append(f.docs, doc)
	case has("EventPattern") || has("Rules") && child(doc, "Rules").Kind == yaml.SequenceNode || isEventPattern(doc):
		l.addEventRules(name, base, data)
	case has("planned_values") || has("terraform_version") && has("values"):
		s := l.stack(name)
		s.readPlan(doc)
		s.close()
	default:
		l.set.Problems = append(l.set.Problems, alarm.Problem{
			Position: alarm.Position{File: name}, Aside: !named,
			Reason: "neither a template, nor an export, nor a rule that is known here",
		})
	}
}

// isEventPattern says that a document is an event pattern by itself.
func isEventPattern(doc *yaml.Node) bool {
	known := []string{"source", "detail-type", "detail", "account", "region", "resources", "id", "time", "version", "$or"}
	n := 0
	for key := range members(doc) {
		if !slices.Contains(known, key) {
			return false
		}
		n++
	}
	return n > 0
}

// readFolders reads what belongs together by its folder.
func (l *loader) readFolders() {
	for _, f := range l.exports {
		s := l.stack("")
		for i, doc := range f.docs {
			s.file = f.files[i]
			s.readExport(doc)
		}
		s.close()
	}
	for _, f := range l.terraform {
		s := l.stack(f.path)
		s.readTerraform(f.path, f.files)
		s.close()
	}
}

package alarm

import (
	"embed"
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

	"trailbox/query/sigma"
)

//go:embed alarms/*.yaml
var alarmFiles embed.FS

// maxSourceBytes is how large a file of a source may be. Templates end at 1 MB, exports of
// an account with thousands of alarms at some 10 MB.
const maxSourceBytes = 64 << 20

// LoadOptions say how sources are read.
type LoadOptions struct {
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

// A SourceError says that a source is not there, or cannot be looked into.
type SourceError struct {
	Source string
	Err    error
}

func (e *SourceError) Error() string { return e.Source + ": " + e.Err.Error() }

func (e *SourceError) Unwrap() error { return e.Err }

// Builtins are the names of the sets of alarms that come with the program: AWS's template,
// the alarm on S3 that its documentation once had, and the CIS AWS Foundations Benchmark.
func Builtins() []string { return []string{"aws", "aws-s3", "cis"} }

// Load reads sources: files, folders, filter patterns and event patterns as they are, and
// names of [Builtins]. What cannot be read or run is in the Set's Problems; the error is a
// [*SourceError] or an [*UnusedParameterError].
func Load(sources []string, o LoadOptions) (*Set, error) {
	l := &loader{set: &Set{}, options: o, used: map[string]bool{}}
	for _, source := range sources {
		if err := l.source(source); err != nil {
			return nil, err
		}
	}
	l.folders()
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
	set       *Set
	options   LoadOptions
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

func (l *loader) scope(file string) *scope {
	return &scope{set: l.set, file: file, params: l.used}
}

func (l *loader) source(source string) error {
	if looksLikePattern(source) {
		l.pattern(source)
		return nil
	}
	if slices.Contains(Builtins(), source) {
		data, err := alarmFiles.ReadFile("alarms/" + source + ".yaml")
		if err != nil {
			panic(err) // it is embedded
		}
		l.document(source, data, true)
		return nil
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		return &SourceError{Source: source, Err: err}
	case !info.IsDir():
		l.file(source, true)
		return nil
	}
	return filepath.WalkDir(source, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.scope(name).failed(nil, "", err)
		case entry.IsDir() && name != source && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir // .git, .terraform
		case entry.Type().IsRegular() && isSourceFile(name):
			l.file(name, false)
		}
		return nil
	})
}

// looksLikePattern says that a source is a pattern, and not the path of one.
func looksLikePattern(source string) bool {
	return strings.HasPrefix(strings.TrimSpace(source), "{")
}

// isSourceFile says that a file of a folder may be a source, by its name.
func isSourceFile(name string) bool {
	return slices.Contains([]string{".json", ".yaml", ".yml", ".template", ".tf"}, strings.ToLower(filepath.Ext(name)))
}

// file reads a file, which was named or found in a folder.
func (l *loader) file(name string, named bool) {
	if strings.HasSuffix(name, ".tf") || strings.HasSuffix(name, ".tf.json") {
		f := at(&l.terraform, filepath.Dir(name))
		f.files = append(f.files, name)
		return
	}
	data, err := readSource(name)
	if err != nil {
		l.scope(name).failed(nil, "", err)
		return
	}
	l.document(name, data, named)
}

func readSource(name string) ([]byte, error) {
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

// document reads what a file holds, by what is in it.
func (l *loader) document(name string, data []byte, named bool) {
	s := l.scope(name)
	base := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	if text := strings.TrimSpace(string(data)); looksLikeFilterPattern(text) {
		s.addPattern(base, text, l.options)
		s.close()
		return
	}
	doc, err := parseDocument(data)
	if err != nil {
		s.failed(nil, "", err)
		return
	}
	has := func(key string) bool { return child(doc, key) != nil }
	switch {
	case has("Resources"):
		readTemplate(s, doc, l.options.Parameters)
		s.close()
	case has("detection") || has("correlation") || has("logsource"):
		l.rules.Join(sigma.Parse(name, string(data)))
	case has("metricFilters") || has("MetricAlarms") || has("CompositeAlarms"):
		f := at(&l.exports, filepath.Dir(name))
		f.files, f.docs = append(f.files, name), append(f.docs, doc)
	case has("EventPattern") || has("Rules") && child(doc, "Rules").Kind == yaml.SequenceNode || isEventPattern(doc):
		s.readEventRules(base, data)
	case has("planned_values") || has("terraform_version") && has("values"):
		s.readPlan(doc)
		s.close()
	default:
		s.set.Problems = append(s.set.Problems, Problem{
			Position: Position{File: name}, Aside: !named,
			Reason: "neither a template, nor an export, nor a rule that is known here",
		})
	}
}

// looksLikeFilterPattern tells a filter pattern from JSON: its first selector begins with
// a dollar sign, a key of JSON with a quote.
func looksLikeFilterPattern(text string) bool {
	rest, ok := strings.CutPrefix(text, "{")
	return ok && strings.HasPrefix(strings.TrimLeft(rest, " \t\r\n("), "$")
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

// pattern loads a pattern that is given as it is, which is its name as well.
func (l *loader) pattern(text string) {
	s, text := l.scope("pattern"), strings.TrimSpace(text)
	if !looksLikeFilterPattern(text) {
		s.readEventRules(text, []byte(text))
		return
	}
	s.addPattern(text, text, l.options)
	s.close()
}

// addPattern adds a filter pattern with an alarm of its own.
func (s *scope) addPattern(name, text string, o LoadOptions) {
	const namespace, metric = "trailbox", "matches"
	f, err := NewFilter(Filter{Name: name, Position: Position{File: s.file}, Pattern: text, Namespace: namespace, MetricName: metric, Value: "1", Unit: "None"})
	if err != nil {
		s.failed(nil, "", err)
		return
	}
	s.filters = append(s.filters, f)
	s.alarms = append(s.alarms, &Alarm{
		Name: name, Position: f.Position, Namespace: namespace, MetricName: metric, Statistic: Sum, Period: o.Period,
		EvaluationPeriods: 1, DatapointsToAlarm: 1, Comparison: AtLeast, Threshold: o.Threshold, TreatMissingData: MissingMissing,
		ActionsEnabled: true,
	})
}

// folders reads what belongs together by its folder.
func (l *loader) folders() {
	for _, f := range l.exports {
		s := l.scope("")
		for i, doc := range f.docs {
			s.file = f.files[i]
			s.readExport(doc)
		}
		s.close()
	}
	for _, f := range l.terraform {
		s := l.scope(f.path)
		s.readTerraform(f.path, f.files, l.options.Parameters)
		s.close()
	}
}

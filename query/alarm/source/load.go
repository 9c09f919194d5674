package source

import (
	"bytes"
	"cmp"
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
	// Account and Region are the parameters AWS::AccountId and AWS::Region unless Parameters
	// has them; empty where they are not known.
	Account, Region string
	// VarFiles are files of values for variables of Terraform, which come before Parameters.
	VarFiles []string
	// Placeholders are values for what Sigma rules leave to be filled in.
	Placeholders sigma.Placeholders
	// Period and Threshold are those of an alarm for a bare filter pattern.
	Period    time.Duration
	Threshold float64
}

// The parameters that CloudFormation has for where a template is deployed.
const (
	ParameterAccount = "AWS::AccountId"
	ParameterRegion  = "AWS::Region"
)

// An UnusedParameterError says that nothing of what was loaded has a parameter, or a
// placeholder.
type UnusedParameterError struct{ Thing, Name string }

func (e *UnusedParameterError) Error() string {
	return fmt.Sprintf("nothing that was loaded has a %s %q", e.Thing, e.Name)
}

// An UnusedFileError says that there is nothing that a file has values for.
type UnusedFileError struct{ Name string }

func (e *UnusedFileError) Error() string {
	return fmt.Sprintf("nothing of Terraform was loaded that %s could have values for", e.Name)
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
// [*Error], an [*UnusedParameterError] or an [*UnusedFileError].
func Load(sources []string, o Options) (*alarm.Set, error) {
	given := maps.Clone(o.Parameters)
	o.Parameters = maps.Clone(o.Parameters)
	for name, value := range map[string]string{ParameterAccount: o.Account, ParameterRegion: o.Region} {
		if _, ok := given[name]; !ok && value != "" {
			if o.Parameters == nil {
				o.Parameters = map[string]string{}
			}
			o.Parameters[name] = value
		}
	}
	l := newLoader(o)
	for _, source := range sources {
		if err := l.read(source); err != nil {
			return nil, err
		}
	}
	l.readFolders()
	l.set.AddSigma(&l.rules)
	l.tellUntaken()
	l.findEmpty(sources)
	if len(o.VarFiles) > 0 && len(l.terraform) == 0 {
		return nil, &UnusedFileError{o.VarFiles[0]}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !l.used[name] {
			return nil, &UnusedParameterError{"parameter", name}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Placeholders)) {
		if !l.rules.Placeholders[name] {
			return nil, &UnusedParameterError{"placeholder", name}
		}
	}
	return l.set, nil
}

// findEmpty adds a problem for each source that gave nothing to be run and says nothing of it,
// where others gave something: a set with nothing at all says it itself.
func (l *loader) findEmpty(sources []string) {
	if len(l.set.Alarms)+len(l.set.Rules) == 0 {
		return
	}
	var full []string // files that something came from
	for _, a := range l.set.Alarms {
		full = append(full, a.Position.File)
		for _, f := range a.Filters {
			full = append(full, f.Position.File)
		}
	}
	for _, r := range l.set.Rules {
		full = append(full, r.Position.File)
	}
	asides := map[string]int{}
	for _, p := range l.set.Problems {
		if p.Aside {
			asides[p.Position.File]++
		} else {
			full = append(full, p.Position.File)
		}
	}
	for _, source := range sources {
		if looksLikePattern(source) {
			continue
		}
		of := func(file string) bool {
			return file == source || file == filepath.Clean(source) || strings.HasPrefix(file, filepath.Clean(source)+string(filepath.Separator)) || filepath.Clean(source) == "."
		}
		if slices.ContainsFunc(full, of) {
			continue
		}
		left := 0
		for file, n := range asides {
			if of(file) {
				left += n
			}
		}
		l.failed(alarm.Position{File: source}, "", fmt.Errorf("nothing in it is run: %d aside", left))
	}
}

// A loader reads sources one after the other.
type loader struct {
	set       *alarm.Set
	within    string          // the folder that is being read
	told      map[string]bool // problems with files that several modules have
	takers    map[string]*taker
	options   Options
	used      map[string]bool // parameters that something has
	exports   []folder
	terraform []folder
	rules     sigma.Set
	root      string          // the folder that is read; empty for a file by itself
	nested    map[string]bool // templates that were read as those of nested stacks
}

func newLoader(o Options) *loader {
	return &loader{set: &alarm.Set{}, options: o, used: map[string]bool{}, nested: map[string]bool{}, told: map[string]bool{}, takers: map[string]*taker{}}
}

// A folder is what belongs together in a folder.
type folder struct {
	path   string
	within string // the source that it was found in
	files  []string
	docs   []*yaml.Node // of exports
}

// folderAt returns the folder of that path.
func folderAt(folders *[]folder, path string) *folder {
	for i := range *folders {
		if (*folders)[i].path == path {
			return &(*folders)[i]
		}
	}
	*folders = append(*folders, folder{path: path})
	return &(*folders)[len(*folders)-1]
}

// failed adds a problem with what is at a position, unless the error knows a better one.
func (l *loader) failed(at alarm.Position, name string, err error) { l.refuse(at, "", name, err) }

// refuse adds the problem that something of a kind has.
func (l *loader) refuse(at alarm.Position, kind, name string, err error) {
	p := alarm.Problem{Position: at, Kind: kind, Name: name, Reason: err.Error()}
	var inner *nodeError
	if errors.As(err, &inner) {
		if inner.Line > 0 {
			p.Position.Line, p.Position.Column = inner.Line, inner.Column
		}
		if inner.Parameter != "" {
			p.Parameters = []string{inner.Parameter}
		}
	}
	var left *asideError
	if errors.As(err, &left) {
		p.Aside, p.Parameters = true, left.parameters
	}
	l.set.Problems = append(l.set.Problems, p)
}

// failedOnce adds a problem with a file, unless it is told already.
func (l *loader) failedOnce(at alarm.Position, err error) {
	l.failed(at, "", err)
	last := len(l.set.Problems) - 1
	if text := l.set.Problems[last].Error(); l.told[text] {
		l.set.Problems = l.set.Problems[:last]
	} else {
		l.told[text] = true
	}
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
		l.within = filepath.Dir(source)
		l.readFile(source, true)
		return nil
	}
	l.within = filepath.Clean(source)
	return l.readFolder(source)
}

// readFolder reads what is in a folder. A template that is a nested stack of another one is
// read by way of that one.
func (l *loader) readFolder(folder string) error {
	var names, links []string
	walked := map[string]bool{} // folders and files, without links in their paths
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			l.failed(alarm.Position{File: name}, "", err)
		case entry.IsDir() && name != folder && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir // .git, .terraform
		case entry.IsDir():
			walked[resolved(name)] = true
		case entry.Type()&fs.ModeSymlink != 0:
			links = append(links, name)
		case !isSourceFile(name):
		case !entry.Type().IsRegular():
			l.failed(alarm.Position{File: name}, "", errNoFile)
		default:
			names = append(names, name)
			walked[resolved(name)] = true
		}
		return nil
	})
	for _, name := range links {
		switch read, err := linked(folder, name, walked); {
		case err != nil:
			l.failed(alarm.Position{File: name}, "", err)
		case read:
			names = append(names, name)
			walked[resolved(name)] = true
		}
	}
	nested := map[string]bool{}
	for _, name := range names {
		for _, inner := range nestedTemplates(name) {
			nested[inner] = true
		}
	}
	l.root = folder
	for _, name := range names {
		if !nested[name] {
			l.readFile(name, false)
		}
	}
	for _, name := range names { // templates that nest each other
		if nested[name] && !l.nested[name] {
			l.readFile(name, false)
		}
	}
	l.root = ""
	return err
}

var (
	errNoFile     = errors.New("neither a file nor a folder")
	errDeadLink   = errors.New("a link to what is not there")
	errFarLink    = errors.New("a link out of the folder, which alone is read: name what it leads to by itself")
	errFolderLink = errors.New("a link to a folder, which is not followed: name that by itself")
)

// resolved is a path without links; empty where it leads nowhere.
func resolved(name string) string {
	path, err := filepath.EvalSymlinks(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ""
	}
	return path
}

// linked says that a link in a folder is to be read as a file: what it leads to is in the
// folder and not read by its own name. Files of Terraform belong to each folder that has them.
func linked(folder, name string, walked map[string]bool) (read bool, err error) {
	path := resolved(name)
	info, err := os.Stat(name)
	isFolder := err == nil && info.IsDir()
	inside, relErr := filepath.Rel(resolved(folder), path)
	switch {
	case !isFolder && !isSourceFile(name), isFolder && strings.HasPrefix(filepath.Base(name), "."), walked[path] && !isTerraformFile(name):
		return false, nil
	case err != nil:
		return false, errDeadLink
	case isFolder: // which may be nobody's rules
		return false, &asideError{err: errFolderLink}
	case relErr != nil || !filepath.IsLocal(inside):
		return false, errFarLink
	case !info.Mode().IsRegular():
		return false, errNoFile
	}
	return true, nil
}

// isSourceFile says that a file of a folder may be a source, by its name.
func isSourceFile(name string) bool {
	if strings.HasSuffix(name, ".tfvars.json") { // which Terraform files beside it take their values from
		return false
	}
	return slices.Contains([]string{".json", ".yaml", ".yml", ".template", ".tf", ".tofu"}, strings.ToLower(filepath.Ext(name)))
}

// readFile reads a file, which was named or found in a folder.
func (l *loader) readFile(name string, named bool) {
	if isTerraformFile(name) {
		f := folderAt(&l.terraform, filepath.Dir(name))
		f.within = cmp.Or(f.within, l.within)
		if !slices.Contains(f.files, name) {
			f.files = append(f.files, name)
		}
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
	docs, err := parseDocuments(data)
	if slices.ContainsFunc(docs, isSigma) { // whose documents may be about each other
		l.rules.Join(l.options.Placeholders.Parse(name, string(data)))
		return
	}
	if err != nil {
		if !named && !mentionsRules(data) {
			err = aside("it cannot be read, and names nothing of alarms and rules: %w", err)
		}
		l.failed(alarm.Position{File: name}, "", err)
		return
	}
	b := newBudget()
	for _, doc := range docs {
		at := alarm.Position{File: name}
		if len(docs) > 1 {
			at.Line = doc.Line
		}
		l.readOne(at, base, doc, data, named, b)
	}
}

// isSigma says that a document is a rule of Sigma, or would be one.
func isSigma(doc *yaml.Node) bool {
	return !isTemplate(doc) && (child(doc, "detection") != nil || child(doc, "correlation") != nil || child(doc, "logsource") != nil)
}

// isTemplate says that a document is a template of CloudFormation.
func isTemplate(doc *yaml.Node) bool {
	resources := child(doc, "Resources")
	return resources != nil && resources.Kind == yaml.MappingNode
}

// readOne reads one document of a file, all of which share a budget.
func (l *loader) readOne(at alarm.Position, base string, doc *yaml.Node, data []byte, named bool, b *budget) {
	name := at.File
	has := func(key string) bool { return child(doc, key) != nil }
	switch {
	case isTemplate(doc):
		s := l.stack(name, b)
		if s.readTemplate(doc); !s.found {
			l.leave(at, named, "a template without metric filters, alarms and rules")
		}
		s.close()
	case isExport(doc):
		f := folderAt(&l.exports, filepath.Dir(name))
		f.files, f.docs = append(f.files, name), append(f.docs, doc)
	case has("planned_values") || has("terraform_version") && has("values"):
		s := l.stack(name, b)
		s.readPlan(doc)
		s.close()
	case child(child(doc, "cloudWatch"), "metricSets") != nil || child(child(doc, "cloudWatch"), "alarmSets") != nil:
		s := l.stack(name, b)
		s.readAccelerator(child(doc, "cloudWatch"))
		s.close()
	case isEventPattern(doc):
		l.addEventPattern(name, base, string(data))
	case isEvent(doc):
		l.leave(at, named, "an event, not a pattern: in a pattern each field has an array of what it may be")
	case has("terraform_version") && has("resources"):
		l.leave(at, named, "a state of Terraform as it is kept: terraform show -json prints it as it is read here")
	default:
		l.leave(at, named, "neither a template, nor an export, nor a rule that is known here")
	}
}

// leave leaves a file aside that was found in a folder, and refuses one that was named.
func (l *loader) leave(at alarm.Position, named bool, reason string) {
	once := at.File + ": " + reason
	if l.told[once] {
		return // of another document of the file
	}
	l.told[once] = true
	err := errors.New(reason)
	if !named {
		err = &asideError{err: err}
	}
	l.failed(at, "", err)
}

// mentionsRules says that a file which cannot be read would have held alarms or rules.
func mentionsRules(data []byte) bool {
	for _, word := range []string{
		typeFilter, typeAlarm, typeComposite, typeRule, "aws_cloudwatch_", "metricFilters", "MetricAlarms", "EventPattern", "logsource:", "metricSets",
	} {
		if bytes.Contains(data, []byte(word)) {
			return true
		}
	}
	return false
}

// isEventPattern says that a document is an event pattern by itself: it has nothing but
// members of events, with what they may be.
func isEventPattern(doc *yaml.Node) bool {
	n := 0
	for key, value := range members(doc) {
		if !isOfEvent(key) || value.Kind == yaml.ScalarNode {
			return false
		}
		n++
	}
	return n > 0
}

// isEvent says that a document looks like an event.
func isEvent(doc *yaml.Node) bool {
	return child(doc, "source") != nil && child(doc, "detail") != nil && (child(doc, "detail-type") != nil || child(doc, "time") != nil)
}

// isOfEvent says that a name is that of a member of events, or of what is below one.
func isOfEvent(key string) bool {
	name, _, _ := strings.Cut(key, ".")
	return slices.Contains([]string{"source", "detail-type", "detail", "account", "region", "resources", "id", "time", "version", "$or"}, name)
}

// readFolders reads what belongs together by its folder.
func (l *loader) readFolders() {
	for _, f := range l.exports {
		s := l.stack("", newBudget())
		for i, doc := range f.docs {
			s.file = f.files[i]
			s.readExport(doc)
		}
		s.close()
	}
	for _, f := range roots(l.terraform) {
		s := l.stack(f.path, newBudget())
		s.readTerraform(f)
		s.close()
	}
}

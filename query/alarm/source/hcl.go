package source

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"trailbox/query/alarm"
)

// A configuration is a root module of Terraform, with the modules that it calls.
type configuration struct {
	stack *stack
	// within is the folder that was given as a source, also through links: nothing outside of
	// it is read. Paths below are relative to it.
	within    *os.Root
	base      string                // of the root module
	files     map[string]*hcl.File  // by the names that positions have
	folders   map[string]hcl.Blocks // of modules that were read
	functions map[string]function.Function
	made      int // resources
	nesting   nesting
}

// readTerraform adds the resources of a root module.
func (s *stack) readTerraform(f folder) {
	within, err := os.OpenRoot(f.within)
	if err != nil {
		s.failed(alarm.Position{File: f.path}, "", err)
		return
	}
	defer within.Close()
	base, err := filepath.Rel(f.within, f.path)
	if err != nil {
		s.failed(alarm.Position{File: f.path}, "", err)
		return
	}
	c := &configuration{
		stack: s, within: within, base: base, files: map[string]*hcl.File{}, folders: map[string]hcl.Blocks{},
		nesting: nesting{tokens: maxTokens, joined: maxJoinedBytes},
	}
	c.functions = c.terraformFunctions()
	problems := len(s.set.Problems)
	m := c.module("", base, c.blocks(f.names(base)))
	m.values = c.readValues(m)
	m.work()
	for _, r := range m.collected() {
		s.file = r.file
		s.add(r.kind, r.address, r.properties)
	}
	// As they stand in the files, and not as they were found.
	slices.SortStableFunc(s.set.Problems[problems:], func(a, b alarm.Problem) int {
		return cmp.Or(strings.Compare(a.Position.File, b.Position.File), a.Position.Line-b.Position.Line)
	})
}

// names are a folder's files, as the configuration has them.
func (f folder) names(base string) []string {
	var names []string
	for _, name := range f.files {
		names = append(names, filepath.Join(base, filepath.Base(name)))
	}
	return names
}

// isTerraformFile says that Terraform or OpenTofu reads a file by itself.
func isTerraformFile(name string) bool {
	return slices.ContainsFunc([]string{".tf", ".tf.json", ".tofu", ".tofu.json"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// blocks are those of files that are looked at.
func (c *configuration) blocks(names []string) (blocks hcl.Blocks) {
	for _, name := range names {
		file := c.parse(name)
		if file == nil {
			continue
		}
		content, _, problems := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
			{Type: "variable", LabelNames: []string{"name"}}, {Type: "locals"}, {Type: "output", LabelNames: []string{"name"}},
			{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "data", LabelNames: []string{"type", "name"}},
			{Type: "module", LabelNames: []string{"name"}},
		}})
		c.report("", problems)
		blocks = append(blocks, content.Blocks...)
	}
	return blocks
}

// content reads a file within the source.
func (c *configuration) content(name string, most int) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, c.outside(name)
	}
	info, err := c.within.Stat(name)
	if err != nil {
		return nil, c.unread(name, err)
	}
	if !info.Mode().IsRegular() { // a pipe would wait for who writes to it
		return nil, fmt.Errorf("%s is not a file", name)
	}
	file, err := c.within.Open(name)
	if err != nil {
		return nil, c.unread(name, err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err == nil && len(data) > most {
		err = overLimit("%s is larger than %d MB", name, most>>20)
	}
	return data, err
}

func (c *configuration) outside(name string) error { return &outsideError{name, c.within.Name()} }

// A missingError is the name of a file or a folder that is not there.
type missingError string

func (e missingError) Error() string { return fmt.Sprintf("there is no file or folder %s", string(e)) }

func (e missingError) Unwrap() error { return os.ErrNotExist }

// An outsideError says that a path leads out of the source.
type outsideError struct{ path, source string }

func (e *outsideError) Error() string {
	return fmt.Sprintf("%s lies outside of %s, which alone is read: a folder that holds both is a source", e.path, e.source)
}

// unread is the error that a file or a folder cannot be read, in few words.
func (c *configuration) unread(name string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return missingError(name)
	}
	var system syscall.Errno
	if errors.As(err, &system) {
		return fmt.Errorf("%s: %w", name, system)
	}
	return c.outside(name) // which os.Root has no name for
}

// parse reads a file, with all its expressions bounded; nil where it has a problem.
func (c *configuration) parse(name string) *hcl.File {
	shown := filepath.Join(c.within.Name(), name)
	data, err := c.content(name, maxSourceBytes)
	if err != nil {
		c.stack.failedOnce(alarm.Position{File: shown}, err)
		return nil
	}
	return c.parseData(data, shown)
}

func (c *configuration) parseData(data []byte, shown string) *hcl.File {
	file, err := c.nesting.parse(data, shown)
	if err != nil {
		c.stack.failedOnce(alarm.Position{File: shown}, err)
		return nil
	}
	c.stack.budget.bound(file)
	c.files[shown] = file
	return file
}

// parse parses a file of Terraform that does not go too deep.
func (n *nesting) parse(data []byte, name string) (*hcl.File, error) {
	check, parse := n.checkNative, hclparse.NewParser().ParseHCL
	if strings.HasSuffix(name, ".json") {
		check, parse = n.checkJSON, hclparse.NewParser().ParseJSON
	}
	if err := check(data, name); err != nil {
		return nil, err
	}
	file, problems := parse(data, name)
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			at := hcl.Range{}
			if d.Subject != nil {
				at = *d.Subject
			}
			return nil, &nodeError{Line: at.Start.Line, Column: at.Start.Column, Reason: said(d)}
		}
	}
	return file, nil
}

// said is what HCL says, in one line: functions that try several things say it of each.
func said(d *hcl.Diagnostic) string {
	text := strings.Join(strings.Fields(d.Summary+": "+d.Detail), " ")
	if len(text) > maxSaidBytes {
		text = strings.ToValidUTF8(text[:maxSaidBytes], "") + "…"
	}
	return text
}

// maxSaidBytes is how much of what HCL says is told.
const maxSaidBytes = 500

func position(r hcl.Range) alarm.Position {
	return alarm.Position{File: r.Filename, Line: r.Start.Line, Column: r.Start.Column}
}

// report adds the problems that a part of the configuration has, and says whether there
// are none.
func (c *configuration) report(name string, problems hcl.Diagnostics) (fine bool) {
	for _, d := range problems {
		if d.Severity == hcl.DiagError {
			p := alarm.Problem{Name: name, Reason: said(d), Position: alarm.Position{File: c.stack.file}}
			if d.Subject != nil {
				p.Position = position(*d.Subject)
			}
			c.stack.set.Problems = append(c.stack.set.Problems, p)
		}
	}
	return !problems.HasErrors()
}

// aside tells what is not looked at, though nothing is wrong with it.
func (c *configuration) aside(b *hcl.Block, kind, name, reason string, parameters []string) {
	c.stack.refuse(position(b.DefRange), kind, name, &asideError{err: errors.New(reason), parameters: parameters})
}

// called are the folders of the modules that a folder's files call, which are none of
// those that Terraform is run in.
func (f folder) called() (folders []string) {
	for _, name := range f.files {
		data, err := contentOf(name)
		if err != nil {
			continue // which is said when it is read
		}
		limits := nesting{tokens: maxTokens, joined: maxJoinedBytes}
		file, err := limits.parse(data, name)
		if err != nil {
			continue
		}
		content, _, _ := file.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "module", LabelNames: []string{"name"}}}})
		for _, b := range content.Blocks {
			if source, local := sourceOf(b); local {
				folders = append(folders, filepath.Join(f.path, source))
			}
		}
	}
	return folders
}

// roots are the folders that Terraform would be run in: those that no other calls, and
// those that were named.
func roots(folders []folder) []folder {
	byPath := map[string]int{}
	for i, f := range folders {
		byPath[f.path] = i
	}
	calls := make([][]int, len(folders))
	called := make([]bool, len(folders))
	for i, f := range folders {
		for _, path := range f.called() {
			if j, ok := byPath[path]; ok && j != i {
				calls[i] = append(calls[i], j)
				called[j] = true
			}
		}
	}
	reached := make([]bool, len(folders))
	var reach func(i int)
	reach = func(i int) {
		if !reached[i] {
			reached[i] = true
			for _, j := range calls[i] {
				reach(j)
			}
		}
	}
	root := make([]bool, len(folders))
	for i, f := range folders {
		if root[i] = !called[i] || f.path == f.within; root[i] {
			reach(i)
		}
	}
	for i := range folders { // that call each other in a ring
		if !reached[i] {
			root[i] = true
			reach(i)
		}
	}
	var all []folder
	for i, f := range folders {
		if root[i] {
			all = append(all, f)
		}
	}
	return all
}

// folderFiles are the files of Terraform in a folder of the source.
func (c *configuration) folderFiles(path string) ([]string, error) {
	if !filepath.IsLocal(path) {
		return nil, c.outside(path)
	}
	folder, err := c.within.Open(path)
	if err != nil {
		return nil, c.unread(path, err)
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if isTerraformFile(e.Name()) && !strings.HasPrefix(e.Name(), ".") && !e.IsDir() {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no file of Terraform in %s", path)
	}
	return names, nil
}

func object(values map[string]cty.Value) cty.Value {
	if len(values) == 0 {
		return cty.EmptyObjectVal
	}
	return cty.ObjectVal(values)
}

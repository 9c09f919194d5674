package evidence

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/seal"
	"trailbox/schema"
)

// The seals that there are, by the endings of their names.
const (
	Signature = ".sig"
	Stamp     = ".tsr"
)

// maxManifestBytes bounds what is read of a manifest of anybody's making: one of ten thousand
// files has 3 MB.
const maxManifestBytes = 256 << 20

// A State is what came of looking at something.
type State string

const (
	Good     State = "good"
	Wrong    State = "wrong"
	Unproven State = "unproven" // nobody, or nobody known, vouches for it
	Absent   State = "none"     // it is not there, and need not be
	NotAsked State = "not asked"
)

// A Check is something that was looked at.
type Check struct {
	What   string // such as files, signature, statement
	File   string // that it is about; empty for the folder
	State  State
	Detail string
}

// Found reports whether there is something to look at.
func (c *Check) Found() bool { return c.State == Wrong || c.State == Unproven }

// Trust is who may vouch for a folder.
type Trust struct {
	Signers *seal.Signers  // nil: nobody is known
	Roots   *x509.CertPool // of time stamp authorities; nil for those of the machine
	Now     time.Time
}

// A Manifest is what all manifests have.
type Manifest struct {
	Head
	Contents
}

// An Opened is a folder that is looked at. It may be of anybody's making.
type Opened struct {
	Manifest Manifest
	Checks   []Check
	root     *os.Root
	text     []byte
	whole    map[string]bool // files that are as the manifest says
}

// Open opens a folder. Where there is no manifest in it, that is an error; where that cannot be read
// any more, it is a [Check].
func Open(place string) (_ *Opened, err error) {
	root, err := os.OpenRoot(place)
	if err != nil {
		return nil, err
	}
	o := &Opened{root: root, whole: map[string]bool{}}
	if o.text, err = o.read(ManifestName, maxManifestBytes); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no folder of evidence: %w", place, err), root.Close())
	}
	err = json.Unmarshal(o.text, &o.Manifest)
	if err == nil && !strings.HasPrefix(o.Manifest.Format, "trailbox ") {
		err = fmt.Errorf("its format is %q", o.Manifest.Format)
	}
	if err != nil {
		o.add("manifest", ManifestName, Wrong, "it cannot be read: %v", err)
		o.Manifest = Manifest{}
	}
	return o, nil
}

// Close lets the folder go.
func (o *Opened) Close() error { return o.root.Close() }

func (o *Opened) add(what, file string, state State, detail string, args ...any) {
	o.Checks = append(o.Checks, Check{what, file, state, fmt.Sprintf(detail, args...)})
}

// Found reports whether there is something to look at.
func (o *Opened) Found() bool {
	return slices.ContainsFunc(o.Checks, func(c Check) bool { return c.Found() })
}

// open opens a file that is one: a link or a pipe may lead anywhere, and never end.
func (o *Opened) open(name string) (*os.File, fs.FileInfo, error) {
	info, err := o.root.Lstat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("it is %s, not a file", kindOf(info.Mode()))
	}
	file, err := o.root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
		return nil, nil, errors.Join(errors.New("it is changed while it is read"), err, file.Close())
	}
	return file, info, nil
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	default:
		return "a special file"
	}
}

// read reads a file that is small.
func (o *Opened) read(name string, most int64) ([]byte, error) {
	file, info, err := o.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info.Size() > most {
		return nil, fmt.Errorf("%d bytes are too many", info.Size())
	}
	return io.ReadAll(io.LimitReader(file, most))
}

// Check looks at the folder by itself: its files, its seals.
func (o *Opened) Check(trust Trust) {
	o.checkFiles()
	o.checkSignature(trust)
	o.checkStamp(trust)
}

// checkFiles compares the files with the manifest.
func (o *Opened) checkFiles() {
	listed, folders := map[string]bool{}, map[string]bool{".": true}
	before := len(o.Checks)
	for _, f := range o.Manifest.Files {
		if listed[f.Path] {
			o.add("file", f.Path, Wrong, "the manifest has it twice")
			continue
		}
		listed[f.Path] = true
		for dir := path.Dir(f.Path); dir != "." && dir != "/" && !folders[dir]; dir = path.Dir(dir) {
			folders[dir] = true
		}
		if err := o.compare(f); errors.Is(err, fs.ErrNotExist) {
			o.add("file", f.Path, Wrong, "it is not there")
		} else if err != nil {
			o.add("file", f.Path, Wrong, "%v", err)
		} else {
			o.whole[f.Path] = true
		}
	}
	for _, own := range []string{"", Signature, Stamp} {
		listed[ManifestName+own] = true
	}
	err := fs.WalkDir(o.root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			o.add("file", name, Wrong, "it cannot be looked at: %v", err)
		case listed[name], folders[name] && entry.IsDir():
		default:
			o.add("file", name, Wrong, "the manifest does not have it: it is %s", kindOf(entry.Type()))
			if entry.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
	if err != nil {
		o.add("files", "", Wrong, "%v", err)
	}
	if len(o.Checks) == before {
		o.add("files", "", Good, "%s, each as the manifest says, and no other", query.Plural(int64(len(o.Manifest.Files)), "file"))
	}
}

// compare compares a file with what the manifest says of it.
func (o *Opened) compare(f File) error {
	if !fs.ValidPath(f.Path) {
		return errors.New("it is no path of a folder")
	}
	file, info, err := o.open(f.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	if info.Size() != f.Bytes {
		return fmt.Errorf("it has %s bytes, and had %s", query.Count(info.Size()), query.Count(f.Bytes))
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return err
	}
	if is := hex.EncodeToString(sum.Sum(nil)); is != f.SHA256 {
		return fmt.Errorf("it was changed: its SHA-256 is %s, and was %s", is, f.SHA256)
	}
	return nil
}

// maxSealBytes is more than a seal has.
const maxSealBytes = 1 << 20

// checkSignature says who vouches for the manifest.
func (o *Opened) checkSignature(trust Trust) {
	const what, name = "signature", ManifestName + Signature
	text, err := o.read(name, maxSealBytes)
	if errors.Is(err, fs.ErrNotExist) {
		o.add(what, "", Unproven, "nobody has signed it: whoever can write to the folder can change all of it")
		return
	}
	var key seal.PublicKey
	if err == nil {
		key, err = seal.CheckSignature(text, o.text)
	}
	if err != nil {
		o.add(what, name, Wrong, "%v", err)
		return
	}
	if trust.Signers == nil {
		o.add(what, name, Unproven, "it is good, by the key %s, and nobody has said whose that is", seal.Describe(key))
		return
	}
	switch names, why := trust.Signers.Who(key, trust.Now); names {
	case "":
		o.add(what, name, Unproven, "it is by the key %s: %s", seal.Describe(key), why)
	default:
		o.add(what, name, Good, "by %s, with the key %s", names, seal.Describe(key))
	}
}

// checkStamp says since when the manifest is there.
func (o *Opened) checkStamp(trust Trust) {
	const name = ManifestName + Stamp
	text, err := o.read(name, maxSealBytes)
	if errors.Is(err, fs.ErrNotExist) {
		o.add("time stamp", "", Absent, "when it was made, it says by itself alone")
		return
	}
	var s *seal.Stamp
	if err == nil {
		s, err = seal.CheckStamp(text, o.text, trust.Roots)
	}
	switch {
	case err != nil:
		o.add("time stamp", name, Wrong, "%v", err)
	case s.Trusted != nil:
		o.add("time stamp", name, Unproven, "it says %s, by %s: %v", s.Time.Format(time.RFC3339Nano), s.Authority, s.Trusted)
	default:
		o.add("time stamp", name, Good, "it was there at %s, by %s", s.Time.Format(time.RFC3339Nano), s.Authority)
	}
}

// Rows are the checks as rows.
func (o *Opened) Rows() query.Result {
	var columns []schema.ResultColumn
	for _, name := range []string{"what", "state", "file", "detail"} {
		columns = append(columns, schema.ResultColumn{Name: name})
	}
	var rows [][]any
	for _, c := range o.Checks {
		rows = append(rows, []any{c.What, string(c.State), c.File, c.Detail})
	}
	return query.NewResult(columns, rows)
}

package serve

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/alarm/source"
	"trailbox/query/dossier"
	"trailbox/query/evidence"
	"trailbox/schema"
)

// maxFolderTime is how long a case may take that has whole case folders in it: somebody asked
// for these and waits for them.
const maxFolderTime = 15 * time.Minute

// A caseFolder is the zip file of a case while it is written.
type caseFolder struct {
	zip   *zip.Writer
	made  time.Time
	files []caseFile
	notes strings.Builder
}

// A caseFile is one of a case, as its manifest has it.
type caseFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// sendFolder sends the case as a zip file: a page of notes, the records of the marked events
// byte for byte, the SQL and the command of the marked views, whole case folders of these if
// they are wanted, and a manifest that names each file with its SHA-256.
func (s *Server) sendFolder(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), maxFolderTime)
	defer cancel()
	file, err := s.writeFolder(ctx, r)
	if err != nil {
		s.writeProblem(w, r, problemOf(err))
		return
	}
	defer file.Close()
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="case.zip"`)
	http.ServeContent(w, r, "", time.Time{}, file)
}

// writeFolder writes the case to a file that is gone once it is closed: what ends early is an
// error, and no part of a case.
func (s *Server) writeFolder(ctx context.Context, r *http.Request) (_ *os.File, err error) {
	held, err := s.basket.all()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "trailbox-serve-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file, err := os.OpenFile(filepath.Join(dir, "case.zip"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	store, giveBack, err := s.Stores.Borrow(ctx)
	if err != nil {
		return nil, err
	}
	defer giveBack()
	q := &request{Request: r, ctx: ctx, store: store, server: s}
	c := &caseFolder{zip: zip.NewWriter(file), made: s.Now().UTC().Truncate(time.Second)}
	dossiers := ""
	if r.URL.Query().Has("dossiers") {
		dossiers = dir
	}
	if err := q.fillFolder(c, held, dossiers); err != nil {
		return nil, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return file, err
}

// fillFolder writes what the case has. dossiers is a folder to make case folders in, "" for
// none of them.
func (r *request) fillFolder(c *caseFolder, held basketFile, dossiers string) error {
	fmt.Fprintf(&c.notes, "Case, made %s from %s\n\n", stamp(c.made), r.store.Path())
	if held.Note != "" {
		fmt.Fprintf(&c.notes, "%s\n\n", query.EscapeLines(strings.ReplaceAll(held.Note, "\r\n", "\n")))
	}
	for _, item := range held.Items {
		fmt.Fprintf(&c.notes, "%d. %s\n", item.Number, query.Escape(item.Title))
		if item.Note != "" {
			fmt.Fprintf(&c.notes, "   note: %s\n", strings.ReplaceAll(query.EscapeLines(strings.ReplaceAll(item.Note, "\r\n", "\n")), "\n", "\n   "))
		}
		fmt.Fprintf(&c.notes, "   marked %s\n", stamp(item.Added))
		var err error
		if item.Event != "" {
			err = r.addEvent(c, item)
		} else {
			err = r.addView(c, item, dossiers)
		}
		if err != nil {
			return err
		}
		c.notes.WriteString("\n")
	}
	if err := c.add("notes.txt", []byte(c.notes.String())); err != nil {
		return err
	}
	manifest, err := json.MarshalIndent(struct {
		Format  string       `json:"format"` // it changes when readers have to
		Made    time.Time    `json:"made"`
		By      evidence.By  `json:"by"`
		Version string       `json:"version"` // of trailbox
		Store   string       `json:"store"`
		Items   []basketItem `json:"items"`
		Files   []caseFile   `json:"files"` // all but this one
	}{"trailbox basket 1", c.made, evidence.Whoever(), r.server.Version, r.store.Path(), held.Items, c.files}, "", "  ")
	if err == nil {
		err = c.add("basket.json", append(manifest, '\n'))
	}
	return errors.Join(err, c.zip.Close())
}

// add writes a file.
func (c *caseFolder) add(path string, text []byte) error {
	w, err := c.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: c.made})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	c.files = append(c.files, caseFile{path, int64(len(text)), hex.EncodeToString(sum[:])})
	_, err = w.Write(text)
	return err
}

// addEvent writes the records of an event.
func (r *request) addEvent(c *caseFolder, item basketItem) error {
	ref, _ := query.ParseEventRef(item.Event)
	rows, err := query.FindEvent(r.ctx, r.store, ref)
	if err != nil {
		return err
	}
	events, err := query.ReadEvents(r.ctx, r.store, rows)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		c.notes.WriteString("   the store has no such event any more\n")
	}
	for i, e := range events {
		path := "events/" + ref.String()
		if len(events) > 1 {
			path += fmt.Sprintf("-%d", i+1)
		}
		path += ".json"
		if err := c.add(path, e.Record); err != nil {
			return err
		}
		fmt.Fprintf(&c.notes, "   record: %s\n", path)
		for _, p := range e.Places {
			fmt.Fprintf(&c.notes, "   %s %s, SHA-256 %s, %s\n", placeOf(p).Text, query.Escape(p.URI), p.SHA256, proofOf(p).State)
		}
	}
	return nil
}

// addView writes the statements and the command of a view, and a case folder about it, if it is
// about events that a case can be about.
func (r *request) addView(c *caseFolder, item basketItem, dossiers string) error {
	fmt.Fprintf(&c.notes, "   view: %s\n", query.Escape(item.View))
	to, err := url.Parse(item.View)
	if err != nil || to.Path != "/events" {
		return err
	}
	v := *r
	v.values = to.Query()
	if v.filter, err = parseFilter(v.values, r.server.Now()); err == nil {
		err = v.filter.Settle(r.ctx, r.store)
	}
	if err != nil {
		fmt.Fprintf(&c.notes, "   it cannot be asked any more: %s\n", query.Escape(err.Error()))
		return nil
	}
	k, err := r.known()
	if err != nil {
		return err
	}
	h, err := v.history()
	if err != nil {
		return err
	}
	fmt.Fprintf(&c.notes, "   command: %s\n", query.Escape(v.eventsCommand(k)))
	path := fmt.Sprintf("views/%d.sql", item.Number)
	if err := c.add(path, []byte(v.shownHistory(h).Statement().Inline())); err != nil {
		return err
	}
	fmt.Fprintf(&c.notes, "   SQL: %s\n", path)
	timeline, err := query.FindReport("timeline")
	if err != nil || dossiers == "" {
		return err
	}
	if timeline.TooWide(v.filter) || len(h.Traits) > 0 || h.Hits != nil {
		c.notes.WriteString("   no case folder of it: that is for filters by somebody or some time alone\n")
		return nil
	}
	return v.addDossier(c, filepath.Join(dossiers, fmt.Sprintf("case-%d", item.Number)))
}

// addDossier writes a whole case folder.
func (r *request) addDossier(c *caseFolder, place string) error {
	set, err := source.Load(source.Builtins(), source.Options{})
	if err != nil {
		return err
	}
	engine, err := schema.EngineVersion(r.ctx)
	if err != nil {
		return err
	}
	command := []string{"trailbox", "case"}
	for _, name := range filterNames() {
		for _, text := range r.values[name] {
			command = append(command, "--"+name+"="+text)
		}
	}
	q := dossier.Question{
		Filter: r.filter, Command: command, Rules: set, Sources: source.Builtins(), Made: c.made, By: evidence.Whoever(),
		Program: evidence.Program{Version: r.server.Version, Engine: engine},
	}
	if _, err := dossier.Write(r.ctx, r.store, place, q); err != nil {
		return err
	}
	name := filepath.Base(place)
	fmt.Fprintf(&c.notes, "   case folder: %s, which summary.html in it sums up\n", name)
	return filepath.WalkDir(place, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		within, err := filepath.Rel(place, path)
		if err != nil {
			return err
		}
		return c.add(name+"/"+filepath.ToSlash(within), text)
	})
}

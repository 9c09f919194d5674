package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/query/page"
	"trailbox/schema"
)

// A request is what a view is asked.
type request struct {
	*http.Request
	ctx    context.Context
	store  *schema.Store
	values url.Values   // of the URL
	filter query.Filter // that they are, settled
	misses []query.Miss // what of it no event has
	server *Server
}

// link is the URL of another page about the same events, with other parameters besides.
func (r *request) link(path string, pairs ...string) string {
	return with(path, filterValues(r.values), pairs...)
}

// here is the URL of this page with some parameters set.
func (r *request) here(pairs ...string) string { return with(r.URL.Path, r.values, pairs...) }

// A view is what a page shows.
type view struct {
	Section  string // of the navigation that it belongs to
	Title    string
	Template string // that shows Body
	Body     any

	Cover      *query.Coverage   // of what it looked at; nil where that is told by itself
	Statements []query.Statement // that are behind it
	Command    string            // that gives the same

	// Rows is the answer that can be downloaded, whole; nil where there is none.
	Rows func() (query.Result, error)
	Name string // of the file

	// Redirect is the page to go to instead, and Send what is sent instead of a page.
	Redirect string
	Send     *sent
}

// A sent is what is no page.
type sent struct {
	Kind string // its media type
	File string // the name to save it by; empty to show it
	Text []byte
}

// A problem is a page that could not be made, and why.
type problem struct {
	Status int
	Title  string
	Text   string
	Hint   string
	Link   string // to go on
	Again  int    // seconds, after which the page asks again; 0 for never
}

func (p *problem) Error() string { return p.Text }

// maxTime is how long a page may take: it is for people, who have left by then.
const maxTime = time.Minute

// view answers a request with the view that make makes.
func (s *Server) view(make func(r *request) (*view, error)) http.Handler {
	return s.viewOf((*Stores).Borrow, make)
}

// A lender lends a store until it is given back.
type lender func(s *Stores, ctx context.Context) (*schema.Store, func(), error)

// viewOf is view, with how the store is lent.
func (s *Server) viewOf(lend lender, make func(r *request) (*view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.answer(w, r, lend, make); err != nil {
			s.writeProblem(w, r, problemOf(err))
		}
	})
}

// answer makes the view and gives the store back before it sends anything.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, lend lender, make func(r *request) (*view, error)) error {
	ctx, cancel := context.WithTimeout(r.Context(), maxTime)
	defer cancel()
	q := &request{Request: r, ctx: ctx, values: r.URL.Query(), server: s}
	var err error
	if q.filter, err = parseFilter(q.values, s.Now()); err != nil {
		return err
	}
	send, err := s.make(q, lend, make)
	if err != nil {
		return err
	}
	return send(w)
}

// make asks the store when it is its turn, and returns what sends the answer.
func (s *Server) make(q *request, lend lender, make func(r *request) (*view, error)) (send func(http.ResponseWriter) error, err error) {
	if err := s.turns.take(q.ctx); err != nil {
		return nil, err
	}
	defer s.turns.give()
	store, giveBack, err := lend(s.Stores, q.ctx)
	if err != nil {
		return nil, err
	}
	defer giveBack()
	q.store = store
	if err := q.filter.Settle(q.ctx, store); err != nil {
		return nil, err
	}
	if !q.values.Has("part") { // the page that it is a part of has told
		if q.misses, err = q.filter.Misses(q.ctx, store); err != nil {
			return nil, err
		}
	}
	v, err := make(q)
	if err != nil {
		return nil, err
	}
	switch form := q.values.Get("form"); {
	case v.Redirect != "":
		return func(w http.ResponseWriter) error {
			http.Redirect(w, q.Request, local(v.Redirect), http.StatusSeeOther)
			return nil
		}, nil
	case v.Send != nil:
		return v.Send.send, nil
	case form != "":
		return s.download(q, v, form)
	}
	return s.draw(q, v)
}

// draw draws a page.
func (s *Server) draw(q *request, v *view) (send func(http.ResponseWriter) error, err error) {
	var text bytes.Buffer
	if err := s.templates.ExecuteTemplate(&text, "console", s.shown(q, v)); err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter) error {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(text.Bytes()) // whoever has gone needs no page
		return nil
	}, nil
}

// A shown view is one with what its page needs besides.
type shown struct {
	*view
	Version  string
	Sections []section
	SQL      string
	Forms    []formLink
	Misses   []string
	Coverage string // in words
}

// A section is one of the navigation.
type section struct {
	Name, Link string
	Here       bool
	Count      int // of what is there; 0 for nothing to tell
}

// A formLink is a form in which the answer can be had.
type formLink struct{ Name, Link string }

func (s *Server) shown(q *request, v *view) *shown {
	p := &shown{view: v, Version: s.Version}
	for _, section := range s.sections() {
		section.Here = section.Name == v.Section
		section.Link = q.link(section.Link)
		p.Sections = append(p.Sections, section)
	}
	p.SQL = shownSQL(v.Statements)
	if v.Rows != nil {
		for _, form := range forms() {
			p.Forms = append(p.Forms, formLink{form.name, q.here("form", string(form.format))})
		}
	}
	for i := range q.misses {
		p.Misses = append(p.Misses, page.Show(q.misses[i].String()))
	}
	if c := v.Cover; c != nil {
		p.Coverage = c.String()
	}
	return p
}

var indentation = regexp.MustCompile(`(?m)^\t+`)

// maxSQL is how much SQL a page shows, in bytes: a rule, or a trace of thousands of sessions, can
// have megabytes of it.
const maxSQL = 100 << 10

// shownSQL are statements as they can be run, as far as there is room for them.
func shownSQL(statements []query.Statement) string {
	var b strings.Builder
	left := 0
	for _, statement := range statements {
		// A text that is too long is not even put together.
		if len(statement.SQL) > maxSQL-b.Len() {
			left++
			continue
		}
		text := strings.TrimRight(strings.TrimSpace(statement.Inline()), ";")
		// What is invisible is shown as an escape, which is no SQL: not so what some indent by.
		text = indentation.ReplaceAllStringFunc(text, func(tabs string) string { return strings.Repeat("    ", len(tabs)) })
		if strings.Contains(text[strings.LastIndexByte(text, '\n')+1:], "--") { // it may end in a comment
			text += "\n"
		}
		text += ";\n\n"
		if len(text) > maxSQL-b.Len() {
			left++
			continue
		}
		b.WriteString(text)
	}
	if left > 0 {
		fmt.Fprintf(&b, "-- and %s more, too long for a page", query.Plural(int64(left), "statement"))
	}
	return query.EscapeLines(strings.TrimSpace(b.String()))
}

// maxTold is how many statements are kept of those that were run.
const maxTold = 1000

// A told keeps the statements that others run, to show them.
type told struct {
	mu         sync.Mutex
	statements []query.Statement
}

// context is one for whoever runs them. They may run several at a time.
func (t *told) context(ctx context.Context) context.Context {
	return query.Telling(ctx, func(s query.Statement) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if len(t.statements) < maxTold {
			t.statements = append(t.statements, s)
		}
	})
}

// A form is one in which answers are downloaded.
type form struct {
	name, kind string // kind is its media type
	format     query.Format
}

func forms() []form {
	return []form{
		{"CSV", "text/csv; charset=utf-8", query.FormatCSV},
		{"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", query.FormatXLSX},
		{"Parquet", "application/vnd.apache.parquet", query.FormatParquet},
		{"JSON", "application/json", query.FormatJSON},
	}
}

// download writes the whole answer to a file, and returns what sends that.
func (s *Server) download(q *request, v *view, name string) (send func(http.ResponseWriter) error, err error) {
	var f form
	for _, candidate := range forms() {
		if string(candidate.format) == name {
			f = candidate
		}
	}
	if f.name == "" || v.Rows == nil {
		return nil, &problem{Status: http.StatusNotFound, Title: "No such form", Text: "This page cannot be had as " + name + "."}
	}
	answer, err := v.Rows()
	if err != nil {
		return nil, err
	}
	file, err := s.write(answer, f.format, v.Name)
	if err != nil {
		return nil, err
	}
	return func(w http.ResponseWriter) error {
		defer file.Close()
		w.Header().Set("Content-Type", f.kind)
		w.Header().Set("Content-Disposition", `attachment; filename="`+fileName(v.Name)+"."+string(f.format)+`"`)
		http.ServeContent(w, q.Request, "", time.Time{}, file)
		return nil
	}, nil
}

// write writes an answer to a file that is gone once it is closed.
func (s *Server) write(answer query.Result, format query.Format, name string) (_ *os.File, err error) {
	dir, err := os.MkdirTemp("", "trailbox-serve-")
	if err != nil {
		return nil, errors.Join(err, answer.Close())
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }() // an open file stays until it is closed
	path := filepath.Join(dir, "answer")
	if format == query.FormatParquet {
		if _, err := schema.ExportAnswer(context.Background(), plainOf(answer), path); err != nil {
			return nil, err
		}
		return os.Open(path)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, errors.Join(err, answer.Close())
	}
	_, err = query.Write(file, answer, format, query.Screen{Name: name})
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// send sends it.
func (t *sent) send(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", t.Kind)
	if t.File != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+t.File+`"`)
	}
	w.Write(t.Text) // whoever has gone needs none
	return nil
}

// fileName is a name of letters, digits and hyphens.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, name)
}

// writeProblem sends a page that says what went wrong.
func (s *Server) writeProblem(w http.ResponseWriter, r *http.Request, p *problem) {
	var text bytes.Buffer
	if err := s.templates.ExecuteTemplate(&text, "problem", p); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if p.Again > 0 {
		w.Header().Set("Refresh", fmt.Sprint(p.Again))
		w.Header().Set("Retry-After", fmt.Sprint(p.Again))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(p.Status)
	w.Write(text.Bytes())
}

// problemOf puts an error into words.
func problemOf(err error) *problem {
	var (
		p       *problem
		bad     *badValue
		match   *query.MatchError
		locked  *schema.LockedError
		unknown *query.UnknownReportError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &locked):
		return &problem{
			Status: http.StatusServiceUnavailable, Title: "The store is being written", Again: 3,
			Text: page.Show(err.Error()), Hint: "This page asks again by itself, and shows what has come then.",
		}
	case errors.As(err, &bad):
		return &problem{Status: http.StatusBadRequest, Title: "That is no filter", Text: page.Show(err.Error())}
	case errors.As(err, &match):
		p := &problem{Status: http.StatusBadRequest, Title: "No event can have that", Text: page.Show(match.Filter + ": " + match.Error())}
		if p.Hint = "=" + page.Show(match.Text) + " takes it as it is."; match.Nearest != "" {
			p.Hint = "Did you mean " + page.Show(match.Nearest) + "?"
		}
		return p
	case errors.As(err, &unknown):
		return &problem{Status: http.StatusNotFound, Title: "No such report", Text: page.Show(err.Error())}
	case errors.Is(err, context.DeadlineExceeded):
		return &problem{Status: http.StatusGatewayTimeout, Title: "That took too long", Text: fmt.Sprintf("A page has %s. Narrow the period, or run the command, which has no such limit.", maxTime)}
	case errors.Is(err, schema.ErrNoStore):
		return &problem{Status: http.StatusNotFound, Title: "There is no store", Text: page.Show(err.Error()), Hint: "trailbox ingest makes it.", Again: 10}
	}
	return &problem{Status: http.StatusInternalServerError, Title: "This cannot be answered", Text: page.Show(err.Error())}
}

package serve

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/query/page"
)

// A basket is what somebody has marked for a case: events and views, each with a note. It is in
// a file beside the store, readable for its owner alone, so that a restart keeps it.
type basket struct {
	path string

	mu   sync.Mutex
	read bool
	held basketFile
}

// A basketFile is what is in the file.
type basketFile struct {
	Next  int          `json:"next"` // the number of the next item
	Note  string       `json:"note"` // of the case
	Items []basketItem `json:"items"`
}

// A basketItem is an event or a view.
type basketItem struct {
	Number int       `json:"number"`
	Event  string    `json:"event,omitempty"` // as [query.EventRef] writes it
	View   string    `json:"view,omitempty"`  // its URL here
	Title  string    `json:"title"`
	Note   string    `json:"note,omitempty"`
	Added  time.Time `json:"added"`
}

// The limits of a basket: who marks more wants a case of a whole filter.
const (
	maxItems     = 2000
	maxNote      = 20_000 // bytes
	maxTitle     = 2000   // bytes, of which markup takes none
	maxFormBytes = 128 << 10
)

// errFullBasket says that there are too many items.
var errFullBasket = fmt.Errorf("the case has %d items: make a case of a filter instead, with trailbox case", maxItems)

// load reads the file, the first time.
func (b *basket) load() error {
	if b.read {
		return nil
	}
	text, err := os.ReadFile(b.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		b.held = basketFile{Next: 1}
	case err != nil:
		return err
	default:
		var held basketFile
		if err := json.Unmarshal(text, &held); err != nil {
			return fmt.Errorf("%s is no case: %w: move it away for a new one", b.path, err)
		}
		b.held = held
	}
	b.read = true
	return nil
}

// change changes what is in the basket, and the file with it.
func (b *basket) change(what func(held *basketFile) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.load(); err != nil {
		return err
	}
	held := b.held
	held.Items = slices.Clone(held.Items)
	if err := what(&held); err != nil {
		return err
	}
	text, err := json.MarshalIndent(held, "", "  ")
	if err != nil {
		return err
	}
	if err := writeAside(b.path, append(text, '\n')); err != nil {
		return err
	}
	b.held = held
	return nil
}

// writeAside writes a file as a whole, or leaves the one that is there.
func writeAside(path string, text []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // of mode 0600
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// all is what is in the basket.
func (b *basket) all() (basketFile, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.load()
	held := b.held
	held.Items = slices.Clone(held.Items)
	return held, err
}

// has reports whether an event is in the basket.
func (b *basket) has(ref string) bool {
	held, err := b.all()
	return err == nil && slices.ContainsFunc(held.Items, func(i basketItem) bool { return i.Event == ref })
}

// count is how many items there are; 0 for a basket that cannot be read, which its page tells.
func (b *basket) count() int {
	held, _ := b.all()
	return len(held.Items)
}

// add puts an item in, unless it is there.
func (b *basket) add(item basketItem) error {
	return b.change(func(held *basketFile) error {
		if slices.ContainsFunc(held.Items, func(i basketItem) bool { return i.Event == item.Event && i.View == item.View }) {
			return nil
		}
		if len(held.Items) == maxItems {
			return errFullBasket
		}
		item.Number = held.Next
		held.Next++
		held.Items = append(held.Items, item)
		return nil
	})
}

// changeBasket answers what changes the basket: the gate lets it come from pages of this site
// alone.
func (s *Server) changeBasket(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
	err := r.ParseForm()
	if err == nil {
		err = s.changeFrom(r.PostForm)
	}
	if err != nil {
		s.writeProblem(w, r, &problem{Status: http.StatusBadRequest, Title: "The case stays as it was", Text: page.Show(err.Error()), Link: "/case"})
		return
	}
	if r.Header.Get("Accept") == "application/json" { // the script goes nowhere
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"items": %d}`, s.basket.count())
		return
	}
	back := r.PostForm.Get("back")
	if back == "" {
		back = "/case"
	}
	http.Redirect(w, r, local(back), http.StatusSeeOther)
}

// changeFrom does what a form says.
func (s *Server) changeFrom(form url.Values) error {
	number := -1
	fmt.Sscan(form.Get("number"), &number)
	note, title := form.Get("note"), form.Get("title")
	if len(note) > maxNote || len(title) > maxTitle {
		return fmt.Errorf("a note has at most %d bytes", maxNote)
	}
	title = strings.ToValidUTF8(title, "\ufffd")
	switch form.Get("do") {
	case "add":
		item := basketItem{Title: title, Note: note, Added: s.Now().UTC().Truncate(time.Second)}
		if event := form.Get("event"); event != "" {
			ref, ok := query.ParseEventRef(event)
			if !ok {
				return errNoEvent
			}
			item.Event = ref.String()
		} else {
			view, err := url.Parse(form.Get("view"))
			if err != nil || view.Path == "" || view.Host != "" || view.Scheme != "" {
				return errors.New("that is no view of this console")
			}
			item.View = local(view.RequestURI())
		}
		if item.Title == "" {
			item.Title = item.Event + item.View
		}
		return s.basket.add(item)
	case "remove":
		return s.basket.change(func(held *basketFile) error {
			held.Items = slices.DeleteFunc(held.Items, func(i basketItem) bool { return i.Number == number || i.Event != "" && i.Event == form.Get("event") })
			return nil
		})
	case "note":
		return s.basket.change(func(held *basketFile) error {
			if number == 0 {
				held.Note = note
				return nil
			}
			for i := range held.Items {
				if held.Items[i].Number == number {
					held.Items[i].Note = note
					return nil
				}
			}
			return errors.New("there is no such item any more")
		})
	case "empty":
		return s.basket.change(func(held *basketFile) error {
			held.Items, held.Note = nil, ""
			return nil
		})
	}
	return errors.New("nothing was asked for")
}

// A caseBody is the page of the case.
type caseBody struct {
	Note   string
	Items  []caseItem
	Path   string
	Events int
	Views  int
}

type caseItem struct {
	Number      int
	Kind, Title string
	Link, Note  string
	Added       string
}

// showCase is the page of the case.
func (s *Server) showCase(*request) (*view, error) {
	held, err := s.basket.all()
	if err != nil {
		return nil, err
	}
	b := caseBody{Note: held.Note, Path: page.Show(s.basket.path)}
	for _, i := range held.Items {
		item := caseItem{Number: i.Number, Kind: "event", Title: page.Show(i.Title), Link: "/event/" + i.Event, Note: i.Note, Added: stamp(i.Added)}
		if i.Event == "" {
			item.Kind, item.Link = "view", i.View
			b.Views++
		} else {
			b.Events++
		}
		b.Items = append(b.Items, item)
	}
	return &view{Section: "Case", Title: "Case", Template: "case", Body: b}, nil
}

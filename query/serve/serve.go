package serve

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"runtime"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/page"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets
var assetFiles embed.FS

// A Config is what a [Server] is made of.
type Config struct {
	Stores  *Stores
	Token   string           // who has it may ask
	Hosts   []string         // names by which browsers reach the server, besides addresses and localhost
	Version string           // of the program
	API     http.Handler     // answers AWS's clients; nil for none
	Rules   *alarm.Set       // the alarms and rules that are looked for; nil for those that come with the program
	Alarms  alarm.Options    // how they are run
	Now     func() time.Time // nil for [time.Now]
}

// A Server answers browsers.
type Server struct {
	Config
	templates *template.Template
	assets    map[string]asset
	turns     turn // who asks the store has one
	basket    basket
	small     int64 // smallStore, but for tests
	replays   replays
	memos     memos
	handler   http.Handler
}

// An asset is a file that pages need, under a name that changes with what is in it.
type asset struct {
	kind string
	text []byte
}

// New returns a server.
func New(config Config) (*Server, error) {
	s := &Server{Config: config, assets: map[string]asset{}, basket: basket{path: config.Stores.path + ".case.json"}, small: smallStore}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Rules == nil {
		var err error
		if s.Rules, err = builtinRules(); err != nil {
			return nil, err
		}
	}
	s.replays.turn = newTurn(1)
	// More at a time would only wait for each other: DuckDB gives each all cores.
	s.turns = newTurn(2 * runtime.GOMAXPROCS(0))
	names := map[string]string{}
	add := func(name, kind string, text []byte) {
		sum := sha256.Sum256(text)
		hashed := hex.EncodeToString(sum[:8]) + "-" + name
		names[name], s.assets[hashed] = "/assets/"+hashed, asset{kind, text}
	}
	add("page.css", "text/css; charset=utf-8", []byte(page.Style()))
	files, err := fs.Glob(assetFiles, "assets/*")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := assetFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		add(path.Base(name), map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}[path.Ext(name)], text)
	}
	functions := template.FuncMap{
		"asset": func(name string) string { return names[name] },
		"count": query.Count, "show": page.Show, "lower": strings.ToLower,
		// Which template shows a view is not known before there is one.
		"body": func(name string, body any) (template.HTML, error) {
			var text strings.Builder
			err := s.templates.ExecuteTemplate(&text, name, body)
			return template.HTML(text.String()), err
		},
	}
	s.templates, err = page.New("", functions)
	if err == nil {
		s.templates, err = s.templates.ParseFS(templateFiles, "templates/*.html")
	}
	if err != nil {
		return nil, err
	}
	s.handler = &gate{
		token: s.Token, hosts: s.Hosts, api: s.API, next: s.routes(), deny: s.writeProblem,
		open: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/assets/") },
	}
	return s, nil
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.handler.ServeHTTP(&patient{w, http.NewResponseController(w)}, r)
}

// patience is how long somebody has to take the next piece of an answer. Who takes none costs
// nothing but a connection by then: the answer is made, and the store given back.
const patience = 30 * time.Second

// A patient writer drops whoever does not read.
type patient struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (p *patient) Write(text []byte) (int, error) {
	p.control.SetWriteDeadline(time.Now().Add(patience)) // what cannot do that, as in tests, waits
	return p.ResponseWriter.Write(text)
}

// Unwrap is for [http.ResponseController].
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// sections are the pages of the navigation.
func (s *Server) sections() []section {
	return []section{
		{Name: "Events", Link: "/events"},
		{Name: "Overview", Link: "/overview"},
		{Name: "Reports", Link: "/reports"},
		{Name: "Trace", Link: "/trace"},
		{Name: "Alarms", Link: "/alarms"},
		{Name: "Integrity", Link: "/integrity"},
		{Name: "SQL", Link: "/sql"},
		{Name: "Case", Link: "/case", Count: s.basket.count()},
	}
}

// routes says what is where.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{name}", s.sendAsset)
	mux.Handle("GET /{$}", http.RedirectHandler("/events", http.StatusSeeOther))
	mux.Handle("GET /events", s.view(s.events))
	mux.Handle("GET /event/{ref}", s.view(s.event))
	mux.Handle("GET /suggest", s.view(s.suggest))
	mux.Handle("GET /case", s.view(s.showCase))
	mux.HandleFunc("POST /case", s.changeBasket)
	mux.HandleFunc("GET /case/folder.zip", s.sendFolder)
	mux.Handle("GET /overview", s.view(s.overview))
	for _, kind := range entities() {
		mux.Handle("GET "+kind.path, s.view(s.entity(kind)))
	}
	mux.Handle("GET /trace", s.view(s.trace))
	mux.Handle("GET /alarms", s.view(s.alarms))
	mux.Handle("GET /integrity", s.view(s.integrity))
	mux.Handle("GET /sql", s.viewOf((*Stores).BorrowTyped, s.sql))
	mux.Handle("GET /reports", s.view(s.reports))
	mux.Handle("GET /report/{name}", s.view(s.report))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.writeProblem(w, r, &problem{Status: http.StatusNotFound, Title: "No such page", Text: page.Show(r.URL.Path) + " is none of the pages.", Link: "/events"})
	})
	return mux
}

// sendAsset sends a file, which nobody needs to ask for again: another text has another name.
func (s *Server) sendAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	w.Write(a.text)
}

// HTTP returns a server of HTTP with limits that no client can outstay: what is sent is made
// by then, so that a minute is for sending alone.
func (s *Server) HTTP(ctx context.Context) *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
}

package evidence

import (
	"bytes"
	"encoding/json"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"trailbox/query"
)

// ManifestName is the file of a folder that names all others, but for its own seals.
const ManifestName = "manifest.json"

// A Head is what each manifest begins with.
type Head struct {
	Format  string    `json:"format"` // of the manifest and the folder: it changes when readers have to
	Made    time.Time `json:"made"`
	By      By        `json:"by"`
	Program Program   `json:"program"`
	Scope   Scope     `json:"scope"`
	Store   Store     `json:"store"`
	// Coverage is what the store has of where the folder looks.
	Coverage Coverage `json:"coverage"`
	Limits   []Limit  `json:"limits"` // what it cannot tell
}

// Contents are what each manifest ends with.
type Contents struct {
	Statements []Statement `json:"statements"` // in the order in which they were run
	Files      []File      `json:"files"`      // all but the manifest and its seals
}

// A File is one of a folder.
type File struct {
	Path   string `json:"path"` // with slashes
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// A Form is what the answer to a statement is written as.
type Form string

const (
	CSV     Form = "csv"     // as sql -o csv has it
	Records Form = "records" // the statement answers with rows of events; these are their records
)

// A Statement is one that was run.
type Statement struct {
	File   string `json:"file"` // that has it, with its values in it: it runs by itself
	Title  string `json:"title"`
	Form   Form   `json:"form,omitempty"`   // empty: the answer went into something else, and is not kept by itself
	Result string `json:"result,omitempty"` // the file that has the answer
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256,omitempty"` // of the answer
}

// By is who made a folder.
type By struct {
	User string `json:"user"`
	Host string `json:"host"`
}

// Whoever is who runs the program, as far as the machine tells.
func Whoever() By {
	by := By{User: "unknown", Host: "unknown"}
	if u, err := user.Current(); err == nil {
		by.User = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		by.Host = host
	}
	return by
}

// A Program is what made a folder.
type Program struct {
	Version string `json:"version"`
	Engine  string `json:"engine"` // DuckDB's version
}

// A Scope is what was asked.
type Scope struct {
	Command []string  `json:"command"`
	Filter  string    `json:"filter"`
	Since   time.Time `json:"since,omitzero"`
	Until   time.Time `json:"until,omitzero"`
}

// NewScope is the scope of a filter.
func NewScope(command []string, f query.Filter) Scope {
	return Scope{Command: command, Filter: f.Text(), Since: f.Since, Until: f.Until}
}

// A Coverage says how much there is to look at, and how much of it is missing.
type Coverage struct {
	Events   int64     `json:"events"`
	First    time.Time `json:"first,omitzero"` // eventTime
	Last     time.Time `json:"last,omitzero"`
	Accounts int64     `json:"accounts"`
	Regions  int64     `json:"regions"`
	Hours    int64     `json:"hours"`           // from first to last
	Active   int64     `json:"hoursWithEvents"` // of these
	Timeless int64     `json:"eventsWithoutTime"`
	Proven   int64     `json:"provenEvents"`
	Damaged  int64     `json:"damagedLogFiles"` // of the whole store, as the next
	Failed   int64     `json:"logFilesNotFetched"`
}

// NewCoverage is a coverage as a manifest has it.
func NewCoverage(c query.Coverage) Coverage {
	return Coverage{
		Events: c.Events, First: c.First, Last: c.Last, Accounts: c.Accounts, Regions: c.Regions, Hours: c.Hours, Active: c.Active,
		Timeless: c.Timeless, Proven: c.Proven, Damaged: c.Damaged, Failed: c.Failed,
	}
}

// A Limit is something that a folder cannot tell.
type Limit struct {
	Text string `json:"text"`
	// Serious says that what is missing may be the answer: it is to be looked at.
	Serious bool `json:"serious"`
}

// Serious reports whether a limit is.
func (h *Head) Serious() bool {
	return slices.ContainsFunc(h.Limits, func(l Limit) bool { return l.Serious })
}

// Queries counts the files that have statements.
func (c *Contents) Queries() (n int) {
	for _, f := range c.Files {
		if strings.HasPrefix(f.Path, "queries/") {
			n++
		}
	}
	return n
}

// encode is a manifest as a file. Names in it may be of anybody's making.
func encode(manifest any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(manifest); err != nil {
		return nil, err
	}
	return query.EscapeJSON(b.Bytes()), nil
}

package dossier

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A Manifest is case.json: what a signature must cover.
type Manifest struct {
	Format   string           `json:"format"` // of this file and the folder: it changes when readers have to
	Made     time.Time        `json:"made"`
	By       By               `json:"by"`
	Program  Program          `json:"program"`
	Store    Store            `json:"store"`
	Scope    Scope            `json:"scope"`
	Counts   Totals           `json:"counts"`
	Proof    map[string]int64 `json:"proof"` // log files of the case by what verify found out of them
	Rules    Rules            `json:"rules"`
	Limits   []Limit          `json:"limits"` // what it cannot tell
	Rows     map[string]int64 `json:"rows"`   // of each table
	Files    []File           `json:"files"`  // all but this one
	findings bool
}

// format is what Manifest.Format is.
const format = "trailbox case 1"

// By is who made a case.
type By struct {
	User string `json:"user"`
	Host string `json:"host"`
}

// A Program is what made it.
type Program struct {
	Version string `json:"version"`
	Engine  string `json:"engine"` // DuckDB's version
}

// A Store is what it was made from.
type Store struct {
	Path string `json:"path"`
	// Fingerprint is the SHA-256 of what fingerprint.sql answers as JSON lines: of each log file
	// its URI, its version, the hash of its content, and what of it is in the store.
	Fingerprint string `json:"fingerprint"`
	LogFiles    int64  `json:"logFiles"`
	Verified    bool   `json:"verified"`
}

// A Scope is what was asked.
type Scope struct {
	Command     []string  `json:"command"`
	Filter      string    `json:"filter"`
	Since       time.Time `json:"since,omitzero"`
	Until       time.Time `json:"until,omitzero"`
	Descendants bool      `json:"withDescendants"`
	Sessions    int64     `json:"sessions,omitempty"` // of which the case is, with descendants
}

// Totals are the events of a case, as numbers.
type Totals struct {
	Events       int64          `json:"events"`
	Writes       int64          `json:"writes"`
	Errors       int64          `json:"errors"`
	Timeless     int64          `json:"withoutTime"`
	First        time.Time      `json:"first,omitzero"`
	Last         time.Time      `json:"last,omitzero"`
	Actors       int64          `json:"actors"`
	Accounts     int64          `json:"accounts"`
	Regions      int64          `json:"regions"`
	Addresses    int64          `json:"addresses"`
	Keys         int64          `json:"accessKeys"`
	Places       []schema.Place `json:"-"`
	ActorNames   []string       `json:"-"`
	AccountNames []string       `json:"-"`
	RegionNames  []string       `json:"-"`
	AddressNames []string       `json:"-"`
	KeyNames     []string       `json:"-"`
}

// Rules are what was looked for.
type Rules struct {
	Sources []string `json:"sources"`
	Run     int64    `json:"run"`
	Refused int64    `json:"refused"`
	Fired   bool     `json:"fired"`
}

// A Limit is something that a case cannot tell.
type Limit struct {
	Text string `json:"text"`
	// Serious says that what is missing may be the answer: it is to be looked at.
	Serious bool `json:"serious"`
}

// Found reports whether there is something to look at in a case: a rule that matched, or a
// limit that is serious.
func (m *Manifest) Found() bool { return m.findings }

// Queries counts the files that have statements.
func (m *Manifest) Queries() (n int) {
	for _, f := range m.Files {
		if strings.HasPrefix(f.Path, "queries/") {
			n++
		}
	}
	return n
}

var (
	//go:embed totals.sql
	totalsSQL string
	//go:embed fingerprint.sql
	fingerprintSQL string
)

// totals counts the events of a filter.
func totalsStatement(f query.Filter) query.Statement {
	return query.Statement{SQL: query.WithFragments(totalsSQL)}.Put("filters", f.Condition())
}

// Fingerprint is that of a store, see [Store], and how many log files it has.
func Fingerprint(ctx context.Context, store *schema.Store) (sum string, files int64, err error) {
	hash := sha256.New()
	rows, err := store.Query(ctx, fingerprintSQL)
	if err != nil {
		return "", 0, err
	}
	if files, err = query.Write(hash, rows, query.FormatNDJSON, query.Screen{}); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(hash.Sum(nil)), files, nil
}

// json is the manifest as a file. Names in it may be of anybody's making.
func (m *Manifest) json() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(m); err != nil {
		return nil, err
	}
	return query.EscapeJSON(b.Bytes()), nil
}

// limit tells of something that the case cannot tell.
func (m *Manifest) limit(serious bool, text string, args ...any) {
	m.Limits = append(m.Limits, Limit{fmt.Sprintf(text, args...), serious})
	m.findings = m.findings || serious
}

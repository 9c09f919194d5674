package dossier

import (
	_ "embed"
	"fmt"
	"time"

	"trailbox/query"
	"trailbox/query/evidence"
	"trailbox/schema"
)

// A Manifest is manifest.json of a case.
type Manifest struct {
	evidence.Head
	Descendants bool             `json:"withDescendants"`
	Sessions    int64            `json:"sessions,omitempty"` // of which the case is, with descendants
	Counts      Totals           `json:"counts"`
	Proof       map[string]int64 `json:"proof"` // log files of the case by what verify found out of them
	Rules       Rules            `json:"rules"`
	Rows        map[string]int64 `json:"rows"` // of each table
	evidence.Contents
}

// format is what the Format of a Manifest is.
const format = "trailbox case 2"

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

// Found reports whether there is something to look at in a case: a rule that matched, or a
// limit that is serious.
func (m *Manifest) Found() bool { return m.Rules.Fired || m.Serious() }

//go:embed totals.sql
var totalsSQL string

// totals counts the events of a filter.
func totalsStatement(f query.Filter) query.Statement {
	return query.Statement{SQL: query.WithFragments(totalsSQL)}.Put("filters", f.Condition())
}

// limit tells of something that the case cannot tell.
func (m *Manifest) limit(serious bool, text string, args ...any) {
	m.Limits = append(m.Limits, evidence.Limit{Text: fmt.Sprintf(text, args...), Serious: serious})
}

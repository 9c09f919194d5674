package evidence

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed fingerprint.sql
	fingerprintSQL string
	//go:embed runs.sql
	runsSQL string
	//go:embed proofs.sql
	proofsSQL string
)

// A Store is what a folder was made from.
type Store struct {
	Path string `json:"path"`
	// Fingerprint is the SHA-256 of what fingerprint.sql answers as JSON lines: of each log file
	// its URI, its version, the hash of its content, and what of it is in the store.
	Fingerprint string `json:"fingerprint"`
	LogFiles    int64  `json:"logFiles"`
	Verified    bool   `json:"verified"` // somebody has looked
	// Verification is the last one; nil for none.
	Verification *Verification `json:"verification,omitempty"`
	Runs         []Run         `json:"runs"` // that loaded it
}

// A Run is one that wrote to a store.
type Run struct {
	Run      int64     `json:"run"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"` // zero: it was cut off
	User     string    `json:"user"`
	Host     string    `json:"host"`
	Version  string    `json:"version"`
	Sources  []string  `json:"sources"`
	Filter   string    `json:"filter,omitempty"`
	Files    int64     `json:"files"`
	Events   int64     `json:"events"` // that were new
}

// A Verification is what verify said of a store.
type Verification struct {
	Verification int64     `json:"verification"`
	Started      time.Time `json:"started"`
	Version      string    `json:"version"`
	Scope        string    `json:"scope,omitempty"` // what it was limited to; empty for the whole store
	Findings     int64     `json:"findings"`
	States       []Proof   `json:"files"` // of all files that any verification has looked at
}

// A Proof is how many files have a state.
type Proof struct {
	State string `json:"state"`
	Files int64  `json:"files"`
}

// Fingerprint is the statement of which a store's fingerprint is made.
func Fingerprint() query.Statement { return query.Statement{SQL: fingerprintSQL} }

// StoreOf describes a store.
func StoreOf(ctx context.Context, store *schema.Store) (s Store, err error) {
	s.Path = store.Path()
	if s.Fingerprint, s.LogFiles, err = FingerprintOf(ctx, store); err != nil {
		return s, err
	}
	if s.Runs, err = schema.Collect[Run](store.Query(ctx, runsSQL)); err != nil {
		return s, err
	}
	last, err := schema.Collect[Verification](store.Query(ctx, proofsSQL))
	if err == nil && len(last) > 0 {
		s.Verification, s.Verified = &last[0], true
	}
	return s, err
}

// FingerprintOf is that of a store, and how many log files it has.
func FingerprintOf(ctx context.Context, store *schema.Store) (sum string, files int64, err error) {
	hash := sha256.New()
	rows, err := Fingerprint().Query(ctx, store)
	if err != nil {
		return "", 0, err
	}
	files, err = query.Write(hash, rows, query.FormatNDJSON, query.Screen{})
	return hex.EncodeToString(hash.Sum(nil)), files, err
}

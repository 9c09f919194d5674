package query

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

func TestEnded(t *testing.T) {
	for text, want := range map[string]bool{
		"":                         false,
		";":                        true,
		"SELECT 1":                 false,
		"SELECT 1;":                true,
		"SELECT 1; \n -- more\n":   true,
		"SELECT 1; /* ; */ SELECT": false,
		"SELECT ';":                false,
		"SELECT ';'":               false,
		"SELECT 1 -- ;":            false,
		"SELECT 1 /* ;":            false,
	} {
		if got := Ended(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestComplete(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, err := NewCompleter(t.Context(), store, ".schema", ".tables")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		line, rest string // the cursor is between the two
		want       string
		words      string // that must be among those offered
	}{
		{"SELECT recipientA", " FROM events", "SELECT recipientAccountId  FROM events", "recipientAccountId"},
		{"SELECT RECIPIENTA", "", "SELECT recipientAccountId ", "recipientAccountId"},
		{"SELECT events.recipientA", "", "SELECT events.recipientAccountId ", "recipientAccountId"},
		{"SELECT json_extract_st", "", "SELECT json_extract_string ", "json_extract_string"},
		{"SELECT event", "", "SELECT event", "eventName eventTime events"},
		{"SELECT error", "", "SELECT error", "errorCode errorMessage"},
		{"SELECT errorC", "", "SELECT errorCode ", "errorCode"},
		{"SELECT zzz", "", "SELECT zzz", ""},
		{"SELECT ", "", "SELECT ", ""},
		{".ta", "", ".tables ", ".tables"},
		{"", "x", "x", ""},
	} {
		line, pos, words := c.Complete(test.line+test.rest, len(test.line))
		if line != test.want || line[pos:] != test.rest {
			t.Errorf("%q: got %q, cursor before %q", test.line, line, line[pos:])
		}
		for _, word := range strings.Fields(test.words) {
			if !slices.Contains(words, word) {
				t.Errorf("%q: %s is not offered, but %v", test.line, word, words)
			}
		}
	}
}

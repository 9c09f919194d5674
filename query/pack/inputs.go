package pack

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"trailbox/query"
)

// Inputs are the files that somebody gave; nil for those that nobody did.
type Inputs struct {
	Scope       *ScopeFile
	Admins      *AdminsFile
	Approved    *ApprovedFile
	Credentials *CredentialFile
}

// An InputFile is a file that was given, as a manifest has it.
type InputFile struct {
	Flag   string `json:"flag"`
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Rows   int64  `json:"rows"`
}

func inputFile(flag Input, path string, text []byte, rows int) InputFile {
	sum := sha256.Sum256(text)
	return InputFile{Flag: string(flag), Path: path, SHA256: hex.EncodeToString(sum[:]), Rows: int64(rows)}
}

// Files are those that were given.
func (in *Inputs) Files() []InputFile {
	files := []InputFile{}
	if in.Scope != nil {
		files = append(files, in.Scope.File)
	}
	if in.Admins != nil {
		files = append(files, in.Admins.File)
	}
	if in.Approved != nil {
		files = append(files, in.Approved.File)
	}
	if in.Credentials != nil {
		files = append(files, in.Credentials.File)
	}
	return files
}

// A ScopeFile says what holds cardholder data, or whatever a standard protects.
type ScopeFile struct {
	File                                     InputFile
	Accounts, Regions, Buckets, Tables, Keys []string
}

// Things are the buckets, tables and keys.
func (s *ScopeFile) Things() []string { return slices.Concat(s.Buckets, s.Tables, s.Keys) }

var accountForm = regexp.MustCompile(`^[0-9]{12}$`)

// ParseScope reads a scope: YAML with lists of accounts, regions, buckets, tables and keys.
func ParseScope(path string, text []byte) (*ScopeFile, error) {
	s := &ScopeFile{}
	r, root, err := readYAML(path, text)
	if err != nil {
		return nil, err
	}
	// By its digits, be it that YAML would read them as a number.
	list := func(to *[]string, check func(n *yaml.Node)) member {
		return member{read: r.each(func(n *yaml.Node) {
			var text string
			r.text(&text)(n)
			check(n)
			if slices.Contains(*to, text) {
				r.wrong(n, "%s is there twice", text)
			}
			*to = append(*to, text)
		})}
	}
	any := func(n *yaml.Node) { isValue(r, n, n.Value) }
	r.mapping(root, "a scope", members{
		"accounts": list(&s.Accounts, func(n *yaml.Node) {
			if !accountForm.MatchString(n.Value) {
				r.wrong(n, "%q is not an account: it has 12 digits", n.Value)
			}
		}),
		"regions": list(&s.Regions, func(n *yaml.Node) {
			if !query.IsRegion(n.Value) {
				r.wrong(n, "%q is not a Region", n.Value)
			}
		}),
		"buckets": list(&s.Buckets, any),
		"tables":  list(&s.Tables, any),
		"keys":    list(&s.Keys, any),
	})
	if len(s.Regions) > 0 && len(s.Accounts) == 0 {
		r.wrong(root, "regions without accounts: nobody knows of which accounts they are")
	}
	rows := len(s.Accounts) + len(s.Regions) + len(s.Things())
	if rows == 0 {
		r.wrong(root, "has nothing in it")
	}
	s.File = inputFile(Scope, path, text, rows)
	return s, errors.Join(r.errs...)
}

// An AdminsFile names those with administrative access.
type AdminsFile struct {
	File  InputFile
	Names []string
}

// ParseAdmins reads who has administrative access: YAML with a list admins, of names as --actor
// takes them.
func ParseAdmins(path string, text []byte) (*AdminsFile, error) {
	a := &AdminsFile{}
	r, root, err := readYAML(path, text)
	if err != nil {
		return nil, err
	}
	r.mapping(root, "a list of those with administrative access", members{"admins": {needed: true, read: r.each(func(n *yaml.Node) {
		var name string
		r.text(&name)(n)
		isValue(r, n, name)
		if slices.Contains(a.Names, name) {
			r.wrong(n, "%s is there twice", name)
		}
		a.Names = append(a.Names, name)
	})}})
	if len(a.Names) == 0 {
		r.wrong(root, "names nobody")
	}
	a.File = inputFile(Admins, path, text, len(a.Names))
	return a, errors.Join(r.errs...)
}

// isValue checks that a text is what a filter takes as a value, and not the name of a file of them.
func isValue(r *reader, n *yaml.Node, text string) {
	if strings.HasPrefix(text, "@") {
		r.wrong(n, "%q is not a name; one that begins so is written with = before it", text)
		return
	}
	var m query.Match
	if err := m.Add(text, nil); err != nil {
		r.wrong(n, "%v", err)
	}
}

func readYAML(path string, text []byte) (*reader, *yaml.Node, error) {
	var document yaml.Node
	if len(text) > MaxInputBytes {
		return nil, nil, &ParseError{Path: path, Problem: "is larger than 64 MB"}
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, nil, &ParseError{Path: path, Problem: strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if len(document.Content) != 1 {
		return nil, nil, &ParseError{Path: path, Line: 1, Problem: "has nothing in it"}
	}
	return &reader{path: path}, document.Content[0], nil
}

// MaxInputBytes bounds what is read: a hundred thousand approved changes have 10 MB.
const MaxInputBytes = 64 << 20

// An ApprovedFile has the changes that somebody approved: a column each, row by row. A row has an
// eventID, or a resource and from when to when it may be changed.
type ApprovedFile struct {
	File                                     InputFile
	Events, Resources, Since, Until, Tickets []string
	Lines                                    []int
}

// ParseApproved reads approved changes: CSV with the columns eventID, resource, from, until, ticket.
func ParseApproved(path string, text []byte) (*ApprovedFile, error) {
	a := &ApprovedFile{}
	t, err := readTable(path, text, []string{"ticket"}, []string{"eventID", "resource", "from", "until"})
	if err != nil {
		return nil, err
	}
	for t.next() {
		ticket, event, resource := t.cell("ticket"), strings.ToLower(t.cell("eventID")), t.cell("resource")
		from, until := t.time("from"), t.time("until")
		switch {
		case ticket == "":
			t.wrong("a change without a ticket")
		case event == "" && resource == "":
			t.wrong("ticket %s: neither an eventID nor a resource", ticket)
		case event != "" && resource != "":
			t.wrong("ticket %s: an eventID and a resource: a row has one of them", ticket)
		case event != "" && !guidForm.MatchString(event):
			t.wrong("ticket %s: %q is not an eventID", ticket, event)
		case resource != "" && (from.IsZero() || until.IsZero() || !from.Before(until)):
			t.wrong("ticket %s: a resource needs a time: from, and until after it", ticket)
		}
		stamp := func(t time.Time) string {
			if t.IsZero() {
				return ""
			}
			return t.UTC().Format("2006-01-02 15:04:05.999999")
		}
		a.Tickets, a.Events, a.Resources = append(a.Tickets, ticket), append(a.Events, event), append(a.Resources, resource)
		a.Since, a.Until, a.Lines = append(a.Since, stamp(from)), append(a.Until, stamp(until)), append(a.Lines, t.line)
	}
	if len(a.Tickets) == 0 {
		t.wrong("no change in it")
	}
	a.File = inputFile(Approved, path, text, len(a.Tickets))
	return a, errors.Join(t.errs...)
}

var guidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// A CredentialFile is IAM's credential report, column by column.
type CredentialFile struct {
	File    InputFile
	Columns map[string][]string // by the names of parameters
}

// credentialColumns are the columns that are looked at, and their parameters.
var credentialColumns = map[string]string{
	"user": "users", "arn": "arns", "user_creation_time": "created", "password_enabled": "passwordEnabled",
	"password_last_used": "passwordLastUsed", "password_last_changed": "passwordLastChanged", "mfa_active": "mfaActive",
	"access_key_1_active": "key1Active", "access_key_1_last_rotated": "key1LastRotated", "access_key_1_last_used_date": "key1LastUsed",
	"access_key_2_active": "key2Active", "access_key_2_last_rotated": "key2LastRotated", "access_key_2_last_used_date": "key2LastUsed",
}

// ParseCredentials reads IAM's credential report: its CSV, as it is. Columns that AWS adds to
// it are left aside.
func ParseCredentials(path string, text []byte) (*CredentialFile, error) {
	var names []string
	for name := range credentialColumns {
		names = append(names, name)
	}
	slices.Sort(names)
	t, err := readTable(path, text, names, nil)
	if err != nil {
		return nil, err
	}
	c := &CredentialFile{Columns: map[string][]string{}}
	rows := 0
	for t.next() {
		rows++
		for name, parameter := range credentialColumns {
			value := t.cell(name)
			if value == "N/A" || value == "no_information" || value == "not_supported" {
				value = ""
			}
			c.Columns[parameter] = append(c.Columns[parameter], value)
		}
		if !strings.HasPrefix(t.cell("arn"), "arn:") {
			t.wrong("%q is not the ARN of a user", t.cell("arn"))
		}
	}
	if rows == 0 {
		t.wrong("no user in it")
	}
	c.File = inputFile(CredentialReport, path, text, rows)
	return c, errors.Join(t.errs...)
}

// A table is a CSV file while it is read.
type table struct {
	path string
	csv  *csv.Reader
	at   map[string]int
	row  []string
	line int
	errs []error
}

// readTable begins to read CSV that has some columns, and may have others; where none may be, all may.
func readTable(path string, text []byte, needed, others []string) (*table, error) {
	if len(text) > MaxInputBytes {
		return nil, &ParseError{Path: path, Problem: "is larger than 64 MB"}
	}
	t := &table{path: path, csv: csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))), at: map[string]int{}}
	header, err := t.csv.Read()
	if err != nil {
		return nil, &ParseError{Path: path, Line: 1, Problem: "no CSV: " + problem(err)}
	}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := t.at[name]; twice {
			return nil, &ParseError{Path: path, Line: 1, Problem: fmt.Sprintf("column %q is there twice", name)}
		}
		t.at[name] = i
		if others != nil && !slices.Contains(others, name) && !slices.Contains(needed, name) {
			return nil, &ParseError{Path: path, Line: 1, Problem: fmt.Sprintf("unknown column %q: it has %s", name, strings.Join(slices.Concat(needed, others), ", "))}
		}
	}
	for _, name := range needed {
		if _, ok := t.at[name]; !ok {
			return nil, &ParseError{Path: path, Line: 1, Problem: fmt.Sprintf("no column %q", name)}
		}
	}
	return t, nil
}

// problem is what is wrong with CSV.
func problem(err error) string {
	if errors.Is(err, io.EOF) {
		return "it is empty"
	}
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		return parse.Err.Error()
	}
	return err.Error()
}

func (t *table) next() bool {
	row, err := t.csv.Read()
	if err == io.EOF {
		return false
	}
	if err != nil {
		if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
			t.line = parse.Line
		}
		t.wrong("%s", problem(err))
		return false
	}
	t.row = row
	t.line, _ = t.csv.FieldPos(0)
	return true
}

func (t *table) cell(name string) string {
	if at, ok := t.at[name]; ok {
		return strings.TrimSpace(t.row[at])
	}
	return ""
}

// time reads a time of a cell, in UTC; zero for none.
func (t *table) time(name string) time.Time {
	text := t.cell(name)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Time{}, error(nil)
	for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err = time.ParseInLocation(layout, text, time.UTC); err == nil {
			return at.UTC()
		}
	}
	t.wrong("%s %q is not a time: write 2026-03-02, or 2026-03-02T14:05:00Z", name, text)
	return time.Time{}
}

func (t *table) wrong(text string, args ...any) {
	if len(t.errs) < 20 {
		t.errs = append(t.errs, &ParseError{t.path, t.line, fmt.Sprintf(text, args...)})
	}
}

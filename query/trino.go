package query

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trailbox/query/athena"
	"trailbox/schema"
)

//go:embed relations.sql
var relationsSQL string

// A Translation is a statement in DuckDB's spelling.
type Translation struct {
	SQL string
	// Tables are those whose names say nothing and that the store does not have: they are
	// taken for Athena's CloudTrail table.
	Tables []string

	piece  Piece
	source func(at int) int // see [athena.Translation.Source]
}

// A TableError says that a statement reads a table that is not there, and whose name is near
// to that of one that is.
type TableError struct {
	Name, Near   string
	Line, Column int // where it stands, from 1; columns are characters
}

func (e *TableError) Error() string {
	return fmt.Sprintf("there is no table %s, at line %d, column %d", e.Name, e.Line, e.Column)
}

// A StatementError is what is wrong with a statement, and where in what somebody wrote.
type StatementError struct {
	Message      string
	Line, Column int    // from 1; columns are characters. 0 where it is not known
	Text         string // the line
	Instead      string // what to write, if there is something
	Err          error
}

func (e *StatementError) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	text, column := e.excerpt()
	return fmt.Sprintf("%s\nat line %d, column %d:\n%s\n%*s^", e.Message, e.Line, e.Column, text, displayWidth(column), "")
}

func (e *StatementError) Unwrap() error { return e.Err }

// excerptRunes is as much of a line as a terminal shows beside the program's name.
const excerptRunes = 64

// excerpt is the part of the line that the place is in, and what of that is before it.
func (e *StatementError) excerpt() (text, before string) {
	line := []rune(strings.ReplaceAll(e.Text, "\t", " "))
	at := min(e.Column-1, len(line))
	begin := 0
	if at > excerptRunes*3/4 {
		begin = max(0, min(at-excerptRunes/2, len(line)-excerptRunes))
	}
	end := min(len(line), begin+excerptRunes)
	text, before = string(line[begin:end]), string(line[begin:at])
	if begin > 0 {
		text, before = "..."+text, "..."+before
	}
	if end < len(line) {
		text += "..."
	}
	return text, before
}

// trinoName is one of the macros that stand for functions of Trino's, by whose names people
// know them.
var trinoName = regexp.MustCompile(`\btrino_(\w+)`)

// Locate says an error of the translation in words of the statement, and where in that it
// is.
func (t *Translation) Locate(err error) error {
	var located *schema.StatementError
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "'division by zero'"): // that cannot be cast, see trino_divide
		return &StatementError{Message: "division by zero", Err: err}
	case strings.Contains(err.Error(), "API error: empty name"): // of a member
		return &StatementError{
			Message: "a row whose members have no names cannot be in an answer",
			Instead: "CAST(ROW(1, 'a') AS row(a bigint, b varchar))", Err: err,
		}
	case errors.As(err, &located):
		e := t.piece.at(t.source(located.Offset))
		e.Message, e.Err = trinoName.ReplaceAllString(located.Message, "$1"), err
		return e
	case trinoName.MatchString(err.Error()):
		return &StatementError{Message: trinoName.ReplaceAllString(err.Error(), "$1"), Err: err}
	}
	return err
}

// at is an error at an offset of the statement.
func (p Piece) at(offset int) *StatementError {
	e := &StatementError{}
	e.Line, e.Column = p.position(offset)
	text := p.Before + p.SQL
	text = text[strings.LastIndexByte(text[:len(p.Before)+offset], '\n')+1:]
	e.Text, _, _ = strings.Cut(text, "\n")
	e.Text = strings.TrimSuffix(e.Text, "\r")
	return e
}

// FromTrino gives a statement that was written for Athena or CloudTrail Lake DuckDB's
// spelling, see [athena.Translate]. A table that the store does not have is Athena's
// CloudTrail table; if tables are named, only one of them is.
func FromTrino(ctx context.Context, store *schema.Store, statement Piece, tables []string) (*Translation, error) {
	c := &catalog{ctx: ctx, store: store, statement: statement, named: tables}
	translation, err := athena.Translate(statement.SQL, c)
	if err != nil {
		var unsupported *athena.UnsupportedError
		if errors.As(err, &unsupported) {
			e := statement.at(unsupported.Offset)
			e.Message, e.Instead, e.Err = unsupported.Error(), unsupported.Instead, err
			return nil, e
		}
		return nil, err
	}
	return &Translation{SQL: translation.SQL, Tables: c.taken, piece: statement, source: translation.Source}, nil
}

// A catalog answers what a translation has to know of a store.
type catalog struct {
	ctx       context.Context // of the one translation
	store     *schema.Store
	statement Piece
	named     []string // tables that are Athena's, and no others
	known     []string // what the store has, once that was asked for
	taken     []string // what is taken for Athena's table
}

func (c *catalog) Origin(parts []string, offset int) (athena.Origin, error) {
	name := strings.Join(parts, ".")
	named := slices.ContainsFunc(c.named, func(table string) bool {
		return strings.EqualFold(table, name) || strings.EqualFold(table, parts[len(parts)-1])
	})
	if named {
		return athena.Logs, nil
	}
	if c.known == nil {
		var err error
		if c.known, err = schema.Collect[string](c.store.Query(c.ctx, relationsSQL)); err != nil {
			return athena.Nobodys, err
		}
	}
	if len(parts) == 1 && slices.Contains(c.known, name) || len(parts) > 1 && slices.Contains(c.known, parts[0]+".") {
		return athena.Own, nil
	}
	if len(c.named) > 0 {
		return athena.Nobodys, nil
	}
	if near := nearTable(name, c.known); near != "" {
		line, column := c.statement.position(offset)
		return athena.Nobodys, &TableError{Name: name, Near: near, Line: line, Column: column}
	}
	if !slices.Contains(c.taken, name) {
		c.taken = append(c.taken, name)
	}
	return athena.Logs, nil
}

func (c *catalog) Columns(statement string) (names []string, wrong int, err error) {
	const before = "SELECT column_name FROM (DESCRIBE "
	names, err = schema.Collect[string](c.store.Query(c.ctx, before+statement+"\n)"))
	var located *schema.StatementError
	if errors.As(err, &located) {
		return nil, located.Offset - len(before), err
	}
	return names, -1, err
}

// nearTable is the name that somebody meant who mistyped it; empty if none is so near.
func nearTable(name string, known []string) string {
	if strings.ContainsAny(name, "<{[") { // to be filled in
		return ""
	}
	best, distance := "", min(2, max(1, len(name)/3))+1
	for _, k := range known {
		if d := EditDistance(name, k); d < distance {
			best, distance = k, d
		}
	}
	if strings.HasPrefix(best, "cloudtrail_logs") { // what it will be
		return ""
	}
	return best
}

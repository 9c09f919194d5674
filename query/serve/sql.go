package serve

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/query/page"
	"trailbox/schema"
)

// A sqlBody is the page on which people write SQL.
type sqlBody struct {
	Text   string
	Tables []table
	Ran    bool
	Fault  *fault
	Notes  []string
	Count  string
	Table  *page.Table
	Bars   bool
}

// A table is one of the store's, with its columns.
type table struct {
	Name, About string
	Columns     []tableColumn
}

type tableColumn struct{ Name, Type, About string }

// A fault is what is wrong with a statement, and where.
type fault struct {
	Message, Instead string
	At               string // in words; empty where it is not known
	Line, Mark       string // the line that it means, and the mark below
}

// maxCounted is how many rows of an answer are read to be counted.
const maxCounted = 100_000

// sqlStart is what stands in the editor where nobody has written anything.
const sqlStart = `SELECT eventSource, count(*) AS events
FROM events
GROUP BY ALL
ORDER BY events DESC`

// sql is the page on which people write SQL: what runs there is bounded by the store, which
// was opened for what is typed, as trailbox sql opens it.
func (s *Server) sql(r *request) (*view, error) {
	text := r.values.Get("q")
	if !utf8.ValidString(text) {
		return nil, &problem{Status: 400, Title: "That is no text", Text: "The statement is not UTF-8."}
	}
	text = strings.ReplaceAll(text, "\r\n", "\n") // as browsers send lines
	v := &view{Section: "SQL", Title: "SQL", Template: "sql", Name: "sql", Command: "trailbox sql"}
	if text != "" {
		v.Command = "trailbox sql " + query.ShellWord(text)
	}
	body := &sqlBody{Text: text}
	v.Body = body
	statement, err := oneStatement(text)
	var t *query.Translation
	if err == nil && statement.SQL != "" {
		if t, err = query.FromTrino(r.ctx, r.store, statement, nil); err == nil {
			v.Rows = func() (query.Result, error) {
				answer, err := r.store.Query(r.ctx, t.SQL)
				if err != nil {
					return nil, t.Locate(err)
				}
				return answer, nil
			}
		}
	}
	if r.values.Has("form") {
		if err != nil {
			return nil, &problem{Status: 400, Title: "That cannot be run", Text: page.Show(err.Error())}
		}
		return v, nil
	}
	switch {
	case err != nil:
		body.Fault = faultOf(err)
	case t != nil:
		body.run(r, t, v)
	default:
		body.Text = sqlStart
	}
	if r.ctx.Err() != nil { // it was cancelled, or took too long: no fault of the statement
		return nil, r.ctx.Err()
	}
	body.Tables, err = tablesOf(r)
	return v, err
}

// oneStatement is the one statement of a text.
func oneStatement(text string) (query.Piece, error) {
	statements, err := query.SplitStatements(text)
	switch {
	case err != nil:
		return query.Piece{}, err
	case len(statements) == 0:
		return query.Piece{}, nil
	case len(statements) > 1:
		return query.Piece{}, &query.StatementError{Message: fmt.Sprintf("these are %d statements: a page runs one at a time", len(statements))}
	}
	return statements[0], nil
}

// tablesOf are the tables of the store.
func tablesOf(r *request) ([]table, error) {
	answer, err := query.Columns(r.ctx, r.store, "")
	if err != nil {
		return nil, err
	}
	defer answer.Close()
	var all []table
	for answer.Next() {
		values, err := answer.Values()
		if err != nil {
			return nil, err
		}
		name := query.Text(values[0])
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, table{Name: name})
		}
		t := &all[len(all)-1]
		t.Columns = append(t.Columns, tableColumn{query.Text(values[1]), query.Text(values[2]), query.Text(values[3])})
	}
	// What people ask first comes first.
	first := []string{"events", "cloudtrail_logs", "cloudtrail_lake", "files"}
	slices.SortStableFunc(all, func(a, b table) int { return rankOf(first, a.Name) - rankOf(first, b.Name) })
	return all, answer.Err()
}

// rankOf is the place of a name among the first ones, or behind them.
func rankOf(first []string, name string) int {
	if i := slices.Index(first, name); i >= 0 {
		return i
	}
	return len(first)
}

// run runs the statement.
func (b *sqlBody) run(r *request, t *query.Translation, v *view) {
	b.Ran = true
	if len(t.Tables) > 0 {
		b.Notes = append(b.Notes, page.Show(strings.Join(t.Tables, ", "))+": read as cloudtrail_logs, since no table of the store is called so.")
	}
	v.Statements = []query.Statement{{SQL: t.SQL}}
	answer, err := v.Rows()
	if err == nil {
		err = t.Locate(b.fill(r, answer))
	}
	if err != nil {
		b.Fault, v.Rows = faultOf(err), nil
	}
}

// fill makes the table of the answer.
func (b *sqlBody) fill(r *request, answer query.Result) error {
	columns := answer.Columns()
	counted := &counting{Result: answer}
	t, rows, err := r.tableOf(counted, nil)
	if err != nil {
		return err
	}
	b.Table = t
	switch {
	case counted.cut:
		b.Count = fmt.Sprintf("more than %s rows", query.Count(maxCounted))
		t.More = fmt.Sprintf("The first %s of more than %s rows; a download has all.", query.Count(int64(len(t.Rows))), query.Count(maxCounted))
	default:
		b.Count = query.Plural(counted.rows, "row")
	}
	if len(columns) == 2 && !page.IsNumber(columns[0].Type) && page.IsNumber(columns[1].Type) {
		b.Bars = true
		barsOf(t, rows)
	}
	return nil
}

// counting counts the rows of a result, and ends it behind the last that a page counts.
type counting struct {
	query.Result
	rows int64
	cut  bool
}

func (c *counting) Next() bool {
	if !c.Result.Next() {
		return false
	}
	if c.rows == maxCounted {
		c.cut = true
		return false
	}
	c.rows++
	return true
}

// barsOf puts bars beside the numbers of an answer of a name and a number.
func barsOf(t *page.Table, rows [][]any) {
	numbers, most := make([]int64, len(rows)), int64(1)
	for i, row := range rows {
		switch n := row[1].(type) {
		case int64:
			numbers[i] = n
		case float64:
			if n > -1e15 && n < 1e15 {
				numbers[i] = int64(n)
			}
		}
		most = max(most, numbers[i])
	}
	t.Columns = append(t.Columns, page.Column{})
	for i := range t.Rows {
		meter := page.NewMeter(numbers[i], 0, 0, most)
		meter.Label = query.Count(numbers[i])
		t.Rows[i].Cells = append(t.Rows[i].Cells, page.Cell{Meter: meter})
	}
}

// faultOf puts what is wrong with a statement into words.
func faultOf(err error) *fault {
	var (
		located      *query.StatementError
		missing      *query.TableError
		unterminated *query.UnterminatedError
		plain        *schema.StatementError
	)
	switch {
	case errors.As(err, &missing):
		f := &fault{Message: page.Show("there is no table " + missing.Name), At: fmt.Sprintf("line %d, column %d", missing.Line, missing.Column)}
		if missing.Near != "" {
			f.Instead = page.Show("did you mean " + missing.Near + "?")
		}
		return f
	case errors.As(err, &unterminated):
		return &fault{Message: query.EscapeLines(unterminated.Error())}
	case errors.As(err, &located):
		f := &fault{Message: query.EscapeLines(located.Message), Instead: page.Show(located.Instead)}
		if located.Line > 0 {
			f.At = fmt.Sprintf("line %d, column %d", located.Line, located.Column)
			before := []rune(located.Text)
			before = before[:min(max(located.Column-1, 0), len(before))]
			f.Line = page.Show(located.Text)
			f.Mark = strings.Repeat(" ", utf8.RuneCountInString(page.Show(string(before)))) + "^"
		}
		return f
	case errors.As(err, &plain):
		return &fault{Message: query.EscapeLines(plain.Message)}
	}
	return &fault{Message: query.EscapeLines(err.Error())}
}

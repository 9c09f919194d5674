package serve

import (
	"fmt"
	"net/http"
	"strings"

	"trailbox/query"
	"trailbox/query/page"
)

// maxRows is how many rows of an answer a page shows: nobody reads more of them, and a
// download has all.
const maxRows = 500

// reports is the page of all reports.
func (s *Server) reports(r *request) (*view, error) {
	type entry struct{ Name, Title, Why, Link string }
	type group struct {
		Name    string
		Reports []entry
	}
	var groups []group
	for _, report := range query.Reports() {
		if len(groups) == 0 || groups[len(groups)-1].Name != report.Group {
			groups = append(groups, group{Name: report.Group})
		}
		g := &groups[len(groups)-1]
		g.Reports = append(g.Reports, entry{report.Name, report.Title, report.Why, r.link("/report/" + report.Name)})
	}
	return &view{Section: "Reports", Title: "Reports", Template: "reports", Body: groups, Command: "trailbox report"}, nil
}

// report is the page of one report.
func (s *Server) report(r *request) (*view, error) {
	report, err := query.FindReport(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	if report.TooWide(r.filter) {
		return nil, &problem{
			Status: http.StatusBadRequest, Title: "This report needs a filter",
			Text: fmt.Sprintf("report %s needs one of %s: without, it would list everything.", report.Name, strings.Join(report.Needs, ", ")),
		}
	}
	v := &view{
		Section: "Reports", Title: report.Title, Template: "report", Name: report.Name,
		Statements: []query.Statement{report.Statement(r.filter)},
		Command:    commandLine(r.values, "trailbox", "report", report.Name),
		Rows:       func() (query.Result, error) { return report.Run(r.ctx, r.store, r.filter) },
	}
	cover, err := query.Cover(r.ctx, r.store, r.filter)
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	if r.values.Has("form") {
		return v, nil
	}
	answer, err := v.Rows()
	if err != nil {
		return nil, err
	}
	table, err := tableOf(answer, maxRows)
	v.Body = struct {
		query.Report
		Table *page.Table
	}{report, table}
	return v, err
}

// tableOf is the table of an answer, with as many rows at most, and closes the answer. What
// more there is it counts.
func tableOf(answer query.Result, most int) (t *page.Table, err error) {
	defer func() {
		if closed := answer.Close(); err == nil {
			err = closed
		}
	}()
	t = new(page.Table)
	numbers := make([]bool, len(answer.Columns()))
	for i, c := range answer.Columns() {
		numbers[i] = isNumber(c.Type)
		t.Columns = append(t.Columns, page.Column{Name: c.Name, Number: numbers[i]})
	}
	rows := int64(0)
	for answer.Next() {
		if rows++; len(t.Rows) == most {
			continue
		}
		values, err := answer.Values()
		if err != nil {
			return nil, err
		}
		var row page.Row
		for i, value := range values {
			cell := page.NewCell(query.Text(value), "")
			if n, ok := value.(int64); ok && numbers[i] {
				cell.Text = query.Count(n)
			}
			if numbers[i] {
				cell.Class = "num"
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	if rows > int64(len(t.Rows)) {
		t.More = fmt.Sprintf("The first %s of %s rows; a download has all.", query.Count(int64(len(t.Rows))), query.Count(rows))
	}
	return t, answer.Err()
}

// isNumber reports whether a column of a type is set to the right.
func isNumber(kind string) bool {
	switch kind {
	case "BIGINT", "INTEGER", "HUGEINT", "UBIGINT", "DOUBLE", "SMALLINT", "UINTEGER":
		return true
	}
	return strings.HasPrefix(kind, "DECIMAL")
}

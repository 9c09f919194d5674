package serve

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"trailbox/query"
	"trailbox/query/page"
	"trailbox/schema"
)

// reports is the page of all reports.
func (s *Server) reports(r *request) (*view, error) {
	type entry struct{ Name, Title, Why, Needs, Link string }
	type group struct {
		Name    string
		Reports []entry
	}
	body := struct {
		Bar    *bar
		Groups []group
	}{Bar: r.newBar()}
	for _, report := range query.Reports() {
		if len(body.Groups) == 0 || body.Groups[len(body.Groups)-1].Name != report.Group {
			body.Groups = append(body.Groups, group{Name: report.Group})
		}
		g := &body.Groups[len(body.Groups)-1]
		e := entry{Name: report.Name, Title: report.Title, Why: report.Why, Link: r.link("/report/" + report.Name)}
		if report.TooWide(r.filter) {
			e.Needs = strings.Join(report.Needs, ", ")
		}
		g.Reports = append(g.Reports, e)
	}
	return &view{Section: "Reports", Title: "Reports", Template: "reports", Body: body, Command: "trailbox report"}, nil
}

// A reportBody is the page of a report.
type reportBody struct {
	query.Report
	Bar       *bar
	Missing   string // what is needed, and not there
	Notes     []string
	Histogram *page.Histogram
	Table     *page.Table
}

// report is the page of one report.
func (s *Server) report(r *request) (*view, error) {
	report, err := query.FindReport(r.PathValue("name"))
	if err != nil {
		return nil, err
	}
	body := &reportBody{Report: report}
	v := &view{Section: "Reports", Title: report.Title, Template: "report", Name: report.Name, Body: body}
	command := []string{"trailbox", "report", report.Name}
	if report.HasZone() {
		if report.Zone = r.values.Get("tz"); report.Zone != "" {
			if _, err := time.LoadLocation(report.Zone); err != nil || report.Zone == "Local" {
				return nil, &badValue{"tz", errors.New("it is no time zone: write Europe/Paris")}
			}
			command = append(command, "--tz="+report.Zone)
		}
		body.Bar = r.newBar(field{Name: "tz", Label: "time zone", Hint: "Europe/Paris"})
	} else {
		body.Bar = r.newBar()
	}
	v.Command = commandLine(r.values, command...)
	asked := report.Asked(r.filter, s.Now())
	v.Statements = []query.Statement{report.Statement(asked)}
	if report.TooWide(r.filter) {
		if r.values.Has("form") {
			return nil, &problem{Status: 400, Title: "This report needs a filter", Text: "It needs one of " + strings.Join(report.Needs, ", ") + "."}
		}
		body.Missing = strings.Join(report.Needs, ", ")
		return v, nil
	}
	v.Rows = func() (query.Result, error) { return report.Run(r.ctx, r.store, asked) }
	if r.values.Has("form") {
		return v, nil
	}
	var cover query.Coverage
	err = together(
		func() (err error) { cover, err = r.cover(); return err },
		func() error { return body.fill(r, v.Rows) },
		func() (err error) {
			if report.IsOfPeriod() && r.filter.HasPeriod() {
				body.Notes, err = absences(r, &report, asked)
			}
			return err
		},
	)
	v.Cover = &cover
	return v, err
}

// fill runs the report.
func (b *reportBody) fill(r *request, run func() (query.Result, error)) error {
	answer, err := run()
	if err != nil {
		return err
	}
	columns := answer.Columns()
	var chart *page.TimeChart
	if b.Chart == "time" {
		chart = page.NewTimeChart(columns)
	}
	var rows [][]any
	if b.Table, rows, err = r.tableOf(answer, chart); err != nil {
		return err
	}
	switch b.Chart {
	case "time":
		b.Histogram = chart.Draw(r.eventsOf)
	case "bars":
		addBars(b.Table, columns, rows)
	}
	return nil
}

// absences says what of the period is absent.
func absences(r *request, report *query.Report, asked query.Filter) ([]string, error) {
	a, err := report.Absent(r.ctx, r.store, asked)
	switch {
	case err != nil:
		return nil, err
	case a.Places == 0:
		return []string{"The period is not covered: nothing is there."}, nil
	case a.Absent > 0:
		return []string{fmt.Sprintf("The period is not covered: some of it is absent, by account and Region in %s of %s.", query.Count(a.Absent), query.Count(a.Places))}, nil
	}
	return nil, nil
}

// addBars puts a column of bars behind the one of events.
func addBars(t *page.Table, columns []schema.ResultColumn, rows [][]any) {
	counted, most := page.CountedOf(columns), int64(1)
	for _, row := range rows {
		most = max(most, counted.Events(row))
	}
	for i, c := range columns {
		if c.Name != "events" {
			continue
		}
		t.Columns = insert(t.Columns, i+1, page.Column{})
		for j := range t.Rows {
			t.Rows[j].Cells = insert(t.Rows[j].Cells, i+1, page.Cell{Meter: counted.Meter(rows[j], most)})
		}
		return
	}
}

func insert[T any](all []T, at int, one T) []T {
	return append(all[:at:at], append([]T{one}, all[at:]...)...)
}

// together does things at the same time, and returns the first error.
func together(things ...func() error) error {
	var g errgroup.Group
	for _, do := range things {
		g.Go(do)
	}
	return g.Wait()
}

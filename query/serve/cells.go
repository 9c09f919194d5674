package serve

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/page"
	"trailbox/schema"
)

const (
	// maxRows is how many rows of an answer a page shows: nobody reads more of them, and a
	// download has all.
	maxRows = 500
	// maxSorted is how many rows of an answer are held to be sorted: some 50 MB of a wide one.
	maxSorted = 50_000
	// maxLinked is how long a value may be that a link takes along, in bytes: a URL has three
	// for each of some, and servers take 64 kB of it.
	maxLinked = 4000
)

// where is the part of the filter that says where to look, with other parameters besides.
func (r *request) where(path string, pairs ...string) string {
	places := url.Values{}
	for _, name := range []string{"since", "until", "account", "aws-region"} {
		for _, text := range r.values[name] {
			if text != "" {
				places.Add(name, text)
			}
		}
	}
	return with(path, places, pairs...)
}

var (
	isAccount   = regexp.MustCompile(`^[0-9]{12}$`)
	isAccessKey = regexp.MustCompile(`^(AKIA|ASIA)[A-Z0-9]{12,}$`)
	isEventID   = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// exact is a value of some event as the filter of that name takes it: one that looks like
// what the filter is for as a person would write it.
func exact(name, text string) string {
	plain := true
	switch name {
	case "account", "caller-account":
		plain = isAccount.MatchString(text)
	case "aws-region":
		plain = query.IsRegion(text)
	case "access-key":
		plain = isAccessKey.MatchString(text)
	case "source-ip":
		address, err := netip.ParseAddr(text)
		plain = err != nil || address.Is4()
	case "event-source":
		plain = strings.HasSuffix(text, ".amazonaws.com")
	}
	if plain {
		return exactly(text)
	}
	return "=" + text
}

// entityPages are the pages of what has one, by the columns of answers that name it.
var entityPages = map[string]string{
	"actor": "/actor", "principal": "/actor", "createdBy": "/actor", "changedBy": "/actor", "caller": "/actor", "person": "/actor",
	"accessKeyId": "/key", "role": "/role", "sourceIPAddress": "/address", "resource": "/resource",
}

// eventFilters are the filters of events that a column's values are for.
var eventFilters = map[string]string{
	"eventName": "event-name", "eventSource": "event-source", "account": "account", "awsRegion": "aws-region", "region": "aws-region",
	"userAgent": "user-agent", "errorCode": "error-code",
}

// linkOf is the page that a value of a column leads to; empty for none.
func (r *request) linkOf(column, text string) string {
	switch {
	case text == "", len(text) > maxLinked, strings.HasPrefix(text, "(") && strings.HasSuffix(text, ")"): // (none), (unknown)
		return ""
	case column == "eventID":
		if !isEventID.MatchString(text) {
			return ""
		}
		return "/event/" + text
	case column == "credential" || column == "session" || column == "parent":
		if !isAccessKey.MatchString(text) {
			return ""
		}
		return r.where("/key", "name", text)
	case entityPages[column] != "":
		return r.where(entityPages[column], "name", text)
	case eventFilters[column] != "":
		return r.link("/events", eventFilters[column], exact(eventFilters[column], text))
	}
	return ""
}

// A sorting is the column by which a table is sorted.
type sorting struct {
	column string
	down   bool
}

// sorting is what the URL says of it: sort=events, or sort=-events for the largest first.
func (r *request) sorting() sorting {
	column, down := strings.CutPrefix(r.values.Get("sort"), "-")
	return sorting{column, down}
}

// tableOf is the table of an answer, with as many rows at most as a page shows, and closes the
// answer. What more there is it counts; chart draws all of it, if there is one.
func (r *request) tableOf(answer query.Result, chart *page.TimeChart) (t *page.Table, rows [][]any, err error) {
	defer func() {
		if closed := answer.Close(); err == nil {
			err = closed
		}
	}()
	columns := answer.Columns()
	by := r.sorting()
	key := slices.IndexFunc(columns, func(c schema.ResultColumn) bool { return c.Name == by.column })
	held := maxRows
	if key >= 0 {
		held = maxSorted
	}
	all := int64(0)
	for answer.Next() {
		if all++; len(rows) == held && chart == nil {
			continue
		}
		values, err := answer.Values()
		if err != nil {
			return nil, nil, err
		}
		if chart != nil {
			chart.Add(values)
		}
		if len(rows) == held {
			continue
		}
		rows = append(rows, values)
	}
	if err := answer.Err(); err != nil {
		return nil, nil, err
	}
	t = &page.Table{Columns: r.sortable(columns, by)}
	if key >= 0 {
		slices.SortStableFunc(rows, func(a, b []any) int { return compareValues(a[key], b[key], by.down) })
	}
	if shown := min(len(rows), maxRows); all > int64(shown) {
		t.More = fmt.Sprintf("The first %s of %s rows; a download has all.", query.Count(int64(shown)), query.Count(all))
		if all > int64(len(rows)) && key >= 0 {
			t.More = fmt.Sprintf("The first %s of the first %s rows, sorted; the answer has %s, and a download has all, in its own order.",
				query.Count(int64(shown)), query.Count(int64(len(rows))), query.Count(all))
		}
		rows = rows[:shown]
	}
	for _, values := range rows {
		t.Rows = append(t.Rows, page.Row{Cells: r.cells(columns, values)})
	}
	return t, rows, nil
}

// sortable are the headers of a table, each of which sorts it when it is clicked.
func (r *request) sortable(columns []schema.ResultColumn, by sorting) (headers []page.Column) {
	for _, c := range columns {
		h := page.Column{Name: page.Show(c.Name), Number: page.IsNumber(c.Type)}
		next := c.Name
		if h.Number || strings.HasPrefix(c.Type, "TIMESTAMP") {
			next = "-" + c.Name // the most, the newest first
		}
		if c.Name == by.column {
			h.Sorted = "ascending"
			next = "-" + c.Name
			if by.down {
				h.Sorted, next = "descending", c.Name
			}
		}
		h.Href = r.here("sort", next)
		headers = append(headers, h)
	}
	return headers
}

// cells are a row of an answer, linked to what its values have pages for.
func (r *request) cells(columns []schema.ResultColumn, values []any) (cells []page.Cell) {
	wrote := slices.IndexFunc(columns, func(c schema.ResultColumn) bool { return c.Name == "readOnly" })
	for i, value := range values {
		cell := page.ValueCell(columns[i], value)
		if wrote >= 0 && columns[i].Name == "eventName" && values[wrote] == false {
			cell.Class = "w" + page.WidthClass(cell.Text)
		}
		cell.Href = r.linkOf(columns[i].Name, query.Text(value))
		cells = append(cells, cell)
	}
	return cells
}

// compareValues compares values of a column: what there is none of comes last, whichever way.
func compareValues(a, b any, down bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	order := 0
	switch x := a.(type) {
	case int64:
		y, _ := b.(int64)
		order = cmp.Compare(x, y)
	case float64:
		y, _ := b.(float64)
		order = cmp.Compare(x, y)
	case time.Time:
		y, ok := b.(time.Time)
		if !ok { // an infinite time is text
			return -1
		}
		order = x.Compare(y)
	case schema.Number:
		y, _ := b.(schema.Number)
		m, errM := strconv.ParseFloat(string(x), 64)
		n, errN := strconv.ParseFloat(string(y), 64)
		if order = cmp.Compare(m, n); errM != nil || errN != nil {
			order = cmp.Compare(x, y)
		}
	default:
		order = strings.Compare(query.Text(a), query.Text(b))
	}
	if down {
		return -order
	}
	return order
}

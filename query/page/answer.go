package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"

	"trailbox/query"
)

var (
	//go:embed answer.html
	answerHTML string
	//go:embed sort.js
	sortJS string
)

// An Answer is one answer as a page: the question, what was looked at, the answer itself, and
// what it takes to check it. Its texts may be of anybody's making.
type Answer struct {
	Command    string // of trailbox
	Title, Why string
	Asked      string // the command line
	Check      string // the command line that prints the same rows as CSV
	Covers     string // what the answer is about
	Told       []string
	Serious    bool // what is told is to be looked at
	Empty      string
	Facts      []Fact
	Heat       *Heat
	HeatNote   string
	Words      string // the answer in words, if it has any
	Rows       *Rows
	SQL        []Statement
	Made       time.Time
	Program    string
	Store      string
	Print      string // the store's fingerprint
	LogFiles   int64
}

// A Fact is a number at the top of a page.
type Fact struct {
	Name, Value, Note string
	Bad               bool
}

// A Statement is SQL that was run.
type Statement struct{ Title, Text string }

// maxWords is how many bytes of words a page has.
const maxWords = 2 << 20

// An answerBody is what the template says.
type answerBody struct {
	*Answer
	Histogram *Histogram
	Lanes     *Lanes
	Bars      bool
	Nothing   []string // columns without a value
	Table     *Table
	Same      []Named
	All       string
	Sum       string
	Cut       bool
}

// Write writes the page.
func (a *Answer) Write(w io.Writer) error {
	t, err := New(answerHTML, template.FuncMap{"show": Show, "lines": query.EscapeLines, "count": query.Count, "stamp": Stamp})
	if err != nil {
		return err
	}
	body := &answerBody{Answer: a, Histogram: a.Rows.picture(), All: query.Plural(a.Rows.All(), "row"), Sum: a.Rows.SHA256(), Cut: a.Rows.cut}
	body.Table, body.Same = a.Rows.table()
	body.Bars = slices.ContainsFunc(body.Table.Columns, func(c Column) bool { return c.Name == barColumn })
	body.Same = slices.DeleteFunc(body.Same, func(n Named) bool {
		if n.Text == "" {
			body.Nothing = append(body.Nothing, n.Name)
		}
		return n.Text == ""
	})
	if a.Rows.Chart == ChartLanes {
		body.Lanes = a.Rows.lanes.draw()
	}
	if a.Rows.Shown() < a.Rows.All() {
		body.Table.More = a.Rows.Bound()
	}
	if len(a.Words) > maxWords {
		a.Words = a.Words[:maxWords] + "…"
	}
	return write(w, t, a.Title, "trailbox "+a.Command+" of "+Stamp(a.Made)+"   rows "+body.Sum[:16], sortJS, body)
}

// Bound says how many of the rows the page has.
func (r *Rows) Bound() string {
	return fmt.Sprintf("The first %s of %s rows: a page has no room for more. The count, the hash and the picture are of all of them.", query.Count(r.Shown()), query.Count(r.All()))
}

package pack

import (
	"maps"
	"slices"

	"trailbox/query/evidence"
)

// A Manifest is that of a pack: what a signature must cover.
type Manifest struct {
	evidence.Head
	Pack     string          `json:"pack"`
	Standard string          `json:"standard"`
	Sampling Sampling        `json:"sampling"`
	Inputs   []InputFile     `json:"inputs"`
	Holes    []Hole          `json:"holes"`
	Controls []ControlResult `json:"controls"`
	evidence.Contents
	cannotRun int
}

// format is what [evidence.Head.Format] is.
const format = "trailbox pack 1"

// Sampling says how samples were drawn.
type Sampling struct {
	Size   int    `json:"size"`
	Seed   int64  `json:"seed"`
	Method string `json:"method"`
}

// A Hole is a run of days without an event, which nothing proves to be silent.
type Hole struct {
	Account  string `json:"account"`
	Region   string `json:"region"`
	FirstDay string `json:"firstDay"`
	LastDay  string `json:"lastDay"`
	Days     int64  `json:"days"`
}

// allRegions is the Region of what holds for all of an account.
const allRegions = "(all)"

// A ControlResult is what there is of a control.
type ControlResult struct {
	ID          string             `json:"id"`
	Title       string             `json:"title"`
	Answer      string             `json:"answer"`
	Rows        int64              `json:"rows"`
	Exceptions  int64              `json:"exceptions"`
	Populations []PopulationResult `json:"populations"`
	NotShown    []string           `json:"notShown,omitempty"`
}

// A PopulationResult is what there is of a population.
type PopulationResult struct {
	Name          string   `json:"name"`
	Title         string   `json:"title"`
	Unit          string   `json:"unit"`
	Control       string   `json:"control"` // that defines it
	Rows          int64    `json:"rows"`
	Exceptions    int64    `json:"exceptions"`
	Reasons       []Reason `json:"reasons,omitempty"`
	Unasked       []string `json:"unasked,omitempty"` // rules for exceptions that take a file which nobody gave
	Sample        int64    `json:"sample"`
	InWorkbook    int64    `json:"rowsInWorkbook"`
	NotShown      string   `json:"notShown,omitempty"`
	CannotRun     string   `json:"cannotRun,omitempty"`
	File          string   `json:"file,omitempty"`
	ExceptionFile string   `json:"exceptionFile,omitempty"`
	SampleFile    string   `json:"sampleFile,omitempty"`
	Statement     string   `json:"statement,omitempty"`
}

// A Reason is why rows are exceptions, and how many.
type Reason struct {
	Says string `json:"says"`
	Rows int64  `json:"rows"`
}

// Exceptions counts those of all controls, each population once.
func (m *Manifest) Exceptions() (n int64) {
	seen := map[string]bool{}
	for _, c := range m.Controls {
		for _, p := range c.Populations {
			if !seen[p.Name] {
				n += p.Exceptions
			}
			seen[p.Name] = true
		}
	}
	return n
}

// Found reports whether there is something to look at: an exception, a hole, or a limit that is
// serious.
func (m *Manifest) Found() bool { return m.Exceptions() > 0 || len(m.Holes) > 0 || m.Serious() }

// CannotRun counts the populations that could not be looked at since their statement is wrong.
func (m *Manifest) CannotRun() int { return m.cannotRun }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package source

import (
	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
)

// A stack is where the names of metrics belong together: one template, the Terraform
// files of a folder, the exports of a folder. A filter and an alarm are tied by the name
// of a metric alone, and two teams may well have given one name to two metrics.
type stack struct {
	*loader
	file    string // of what is being read
	filters []*alarm.Filter
	alarms  []*alarm.Alarm
	added   int  // resources, those with problems as well
	found   bool // there is something of alarms, filters and rules
	budget  *budget

	inner, innerBytes int // stacks in the stack
}

func (l *loader) stack(file string, b *budget) *stack {
	return &stack{loader: l, file: file, budget: b}
}

// full is the error that a stack has as many resources as it may have.
func (s *stack) full() error {
	return overLimit("more than %d alarms, filters and rules in one source", maxResources)
}

// at is the position of a node.
func (s *stack) at(n *yaml.Node) alarm.Position {
	return alarm.Position{File: s.file, Line: n.Line, Column: n.Column}
}

// close adds the alarms and the filters that were read to the set.
func (s *stack) close() { s.set.AddAlarms(s.alarms, s.filters) }

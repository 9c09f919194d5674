package query

import (
	"fmt"
	"strings"

	"trailbox/schema"
)

// An UnknownColumnError says that an answer has no column of that name.
type UnknownColumnError struct {
	Name  string
	Near  string // the nearest that it has, "" if none is near
	Names []string
}

func (e *UnknownColumnError) Error() string {
	text := fmt.Sprintf("there is no column %q", e.Name)
	if e.Near != "" {
		text += fmt.Sprintf(", did you mean %s?", e.Near)
	}
	return text
}

// A choice is a result with some of its columns, in an order of its own.
type choice struct {
	Result
	columns []schema.ResultColumn
	from    []int // where each stands in the result
}

// choose returns r with these columns alone. Their case is of no matter.
func choose(r Result, names []string) (Result, error) {
	if len(names) == 0 {
		return r, nil
	}
	c := &choice{Result: r}
	all := r.Columns()
	var has []string
	for _, column := range all {
		has = append(has, column.Name)
	}
	for _, name := range names {
		found := false
		for i, column := range all {
			if strings.EqualFold(column.Name, name) {
				c.columns, c.from, found = append(c.columns, column), append(c.from, i), true
			}
		}
		if !found {
			return nil, &UnknownColumnError{Name: name, Near: nearestOf(name, has), Names: has}
		}
	}
	return c, nil
}

func (c *choice) Columns() []schema.ResultColumn { return c.columns }

func (c *choice) Values() ([]any, error) {
	values, err := c.Result.Values()
	if err != nil {
		return nil, err
	}
	chosen := make([]any, len(c.from))
	for i, from := range c.from {
		chosen[i] = values[from]
	}
	return chosen, nil
}

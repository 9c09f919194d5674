package record

import "strings"

// And is the condition that all conditions hold; with none, true.
func And(conditions ...string) string { return joined(conditions, " AND ", "true") }

// Or is the condition that one of the conditions holds; with none, false.
func Or(conditions ...string) string { return joined(conditions, " OR ", "false") }

// joined is in brackets where it has an operator, so that it can stand beside any other.
func joined(conditions []string, by, none string) string {
	switch len(conditions) {
	case 0:
		return none
	case 1:
		return conditions[0]
	}
	return "(" + strings.Join(conditions, by) + ")"
}

// Not is the condition that another one does not hold, be it because an event lacks what it
// asks for.
func Not(condition string) string { return "NOT " + Sure(condition) }

// Sure is a condition that is never NULL.
func Sure(condition string) string { return "coalesce(" + condition + ", false)" }

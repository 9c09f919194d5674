package query

// Escape makes text safe to show on a terminal, as in the cells of a table:
// control and invisible characters become visible escapes.
func Escape(text string) string { return escape(text) }

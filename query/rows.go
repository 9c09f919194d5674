package query

import "trailbox/schema"

// A RowsResult is a [Result] whose rows are at hand.
type RowsResult struct {
	columns []schema.ResultColumn
	Rows    [][]any
	at      int // rows handed out
}

// NewResult returns a result of these rows.
func NewResult(columns []schema.ResultColumn, rows [][]any) *RowsResult {
	return &RowsResult{columns: columns, Rows: rows}
}

// Columns implements [Result].
func (r *RowsResult) Columns() []schema.ResultColumn { return r.columns }

// Next implements [Result].
func (r *RowsResult) Next() bool {
	if r.at == len(r.Rows) {
		return false
	}
	r.at++
	return true
}

// Values implements [Result].
func (r *RowsResult) Values() ([]any, error) { return r.Rows[r.at-1], nil }

// Err implements [Result].
func (r *RowsResult) Err() error { return nil }

// Close implements [Result].
func (r *RowsResult) Close() error { return nil }

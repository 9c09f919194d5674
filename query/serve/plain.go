package serve

import (
	"slices"

	"trailbox/query"
	"trailbox/schema"
)

// A plain result has only types that Parquet is written of here: what is of another type is
// text, as a table shows it.
type plain struct {
	query.Result
	columns []schema.ResultColumn
	asText  []bool
}

// plainOf makes a result plain.
func plainOf(r query.Result) query.Result {
	p := &plain{Result: r, columns: slices.Clone(r.Columns())}
	p.asText = make([]bool, len(p.columns))
	for i, c := range p.columns {
		switch c.Type {
		case "VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "TIMESTAMP":
		default:
			p.columns[i].Type, p.asText[i] = "VARCHAR", true
		}
	}
	return p
}

func (p *plain) Columns() []schema.ResultColumn { return p.columns }

func (p *plain) Values() ([]any, error) {
	values, err := p.Result.Values()
	for i := range values {
		if p.asText[i] && values[i] != nil {
			values[i] = query.Text(values[i])
		}
	}
	return values, err
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"trailbox/query"
	"trailbox/schema"
)

// writeObject writes a struct of counts: as one JSON object, or, as CSV, as one row
// with its members.
func writeObject(w io.Writer, v any, format query.Format) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	switch format {
	case query.FormatJSON:
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	case query.FormatNDJSON:
		return enc.Encode(v)
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var columns []schema.ResultColumn
	var row []any
	dec := json.NewDecoder(bytes.NewReader(text))
	if _, err := dec.Token(); err != nil { // the opening brace
		return err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return err
		}
		columns = append(columns, schema.ResultColumn{Name: fmt.Sprint(name)})
		var n json.Number
		if json.Unmarshal(value, &n) == nil {
			row = append(row, schema.Number(n))
		} else {
			row = append(row, string(value))
		}
	}
	_, err = query.Write(w, query.NewResult(columns, [][]any{row}), format, 0)
	return err
}

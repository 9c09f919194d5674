package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"trailbox/query"
	"trailbox/schema"
)

// writeObject writes a struct of counts: as one JSON object, or, as CSV, as one row
// with its members.
func writeObject(s streams, v any, format query.Format) error {
	if format == query.FormatJSON || format == query.FormatNDJSON {
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		if format == query.FormatJSON {
			enc.SetIndent("", "  ")
		}
		if err := enc.Encode(v); err != nil {
			return err
		}
		_, err := s.answer().Write(query.EscapeJSON(text.Bytes()))
		return err
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
	_, err = query.Write(s.answer(), query.NewResult(columns, [][]any{row}), format, s.screen())
	return err
}

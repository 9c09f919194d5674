package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseJSON reads JSON into the nodes that YAML has, numbers as they are written.
func parseJSON(data []byte) (*yaml.Node, error) {
	docs, err := parseAllJSON(data)
	switch {
	case err != nil:
		return nil, err
	case len(docs) > 1:
		return nil, wrong(docs[1], "not JSON: more text behind the end")
	}
	return docs[0], nil
}

// parseAllJSON reads one document of JSON, or several.
func parseAllJSON(data []byte) ([]*yaml.Node, error) {
	r := &jsonReader{data: data, d: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.d.UseNumber()
	var docs []*yaml.Node
	var err error
	for len(docs) == 0 || r.next() < int64(len(data)) && err == nil {
		var n *yaml.Node
		if n, err = r.value(0); n == nil && err == nil {
			err = errors.New("a bracket that none opens")
		}
		docs = append(docs, n)
	}
	if err != nil {
		reason := "not JSON: " + err.Error()
		var limit *limitError
		if errors.As(err, &limit) {
			reason = err.Error()
		}
		line, column := r.position(r.next())
		return nil, &nodeError{Line: line, Column: column, Reason: reason}
	}
	return docs, nil
}

// A jsonReader goes through JSON token by token, and keeps count of lines.
type jsonReader struct {
	data  []byte
	d     *json.Decoder
	seen  int64 // offset up to which lines are counted
	line  int
	last  int64 // offset of the line's first byte
	nodes int   // values and keys
}

// position returns line and column of an offset, which is not before the last one asked for
// unless an error ends the reading.
func (r *jsonReader) position(offset int64) (line, column int) {
	offset = min(offset, int64(len(r.data)))
	if offset < r.seen {
		r.seen, r.line, r.last = 0, 1, 0
	}
	for ; r.seen < offset; r.seen++ {
		if r.data[r.seen] == '\n' {
			r.line++
			r.last = r.seen + 1
		}
	}
	return r.line, int(offset-r.last) + 1
}

// next is the offset of the next token.
func (r *jsonReader) next() int64 {
	at := r.d.InputOffset()
	for at < int64(len(r.data)) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

// value reads the next value; nil for the bracket that ends one.
func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, overLimit("nested deeper than %d levels", maxDepth)
	}
	start := r.next()
	token, err := r.d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	if r.nodes++; r.nodes > maxDocumentNodes {
		return nil, overLimit("more than %d values and keys", maxDocumentNodes)
	}
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = r.position(start)
	switch token := token.(type) {
	case json.Delim:
		switch token {
		case '{':
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		case '[':
			n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		default:
			return nil, nil
		}
		for {
			inner, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			if inner == nil {
				return n, nil
			}
			n.Content = append(n.Content, inner)
		}
	case string:
		n.Tag, n.Value = "!!str", token
	case json.Number:
		n.Tag, n.Value = "!!float", token.String()
		if _, err := token.Int64(); err == nil {
			n.Tag = "!!int"
		}
	case bool:
		n.Tag, n.Value = "!!bool", strconv.FormatBool(token)
	case nil:
		n.Tag, n.Value = "!!null", "null"
	}
	return n, nil
}

package alarm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxDepth bounds how deep documents nest, and functions in them: what people write
	// stays far below, and each level takes stack.
	maxDepth = 200
	// maxNodes bounds what one property of a template resolves to: a few lines of YAML
	// whose aliases hold each other can stand for billions.
	maxNodes = 100_000
)

// A nodeError says what is wrong at a place in a document.
type nodeError struct {
	Line, Column int
	Reason       string
}

func (e *nodeError) Error() string { return e.Reason }

// wrong returns the error that something is wrong with n.
func wrong(n *yaml.Node, format string, args ...any) error {
	return &nodeError{Line: n.Line, Column: n.Column, Reason: fmt.Sprintf(format, args...)}
}

// parseDocument reads a file of JSON or YAML: JSON where it begins so, with the tabs and
// escapes that YAML would not take.
func parseDocument(data []byte) (*yaml.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if looksLikeJSON(data) {
		if n, err := parseJSON(data); err == nil {
			return n, nil
		} else if isJSONFile(data) {
			return nil, err
		}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, yamlError(err)
	}
	if len(doc.Content) == 0 {
		return nil, &nodeError{Reason: "the file is empty"}
	}
	return doc.Content[0], nil
}

func looksLikeJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// isJSONFile says that a file which begins like JSON is meant to be that, and not YAML in
// its flow style: the first key is in double quotes.
func isJSONFile(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n[{")
	return len(data) > 0 && data[0] == '"'
}

// yamlError takes the line out of an error of the YAML library, which has it in its text
// alone.
func yamlError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &nodeError{Reason: "not YAML: " + text}
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, reason, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			e.Line, e.Reason = line, "not YAML: "+reason
		}
	}
	return e
}

// parseJSON reads JSON into the nodes that YAML has, numbers as they are written.
func parseJSON(data []byte) (*yaml.Node, error) {
	r := &jsonReader{data: data, d: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.d.UseNumber()
	n, err := r.value(0)
	if err == nil {
		if _, more := r.d.Token(); more != io.EOF {
			err = errors.New("more text behind the end")
		}
	}
	if err != nil {
		line, column := r.place(r.next())
		return nil, &nodeError{Line: line, Column: column, Reason: "not JSON: " + err.Error()}
	}
	return n, nil
}

// A jsonReader goes through JSON token by token, and keeps count of lines.
type jsonReader struct {
	data []byte
	d    *json.Decoder
	seen int64 // offset up to which lines are counted
	line int
	last int64 // offset of the line's first byte
}

// place returns line and column of an offset, which is not before the last one asked for
// unless an error ends the reading.
func (r *jsonReader) place(offset int64) (line, column int) {
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
		return nil, fmt.Errorf("nested deeper than %d levels", maxDepth)
	}
	start := r.next()
	token, err := r.d.Token()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = r.place(start)
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

// child returns the value of a mapping's key, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n = real(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return real(n.Content[i+1])
		}
	}
	return nil
}

// real is the node that n stands for.
func real(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// members yields the keys and values of a mapping.
func members(n *yaml.Node) func(yield func(key string, value *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n = real(n); n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, real(n.Content[i+1])) {
				return
			}
		}
	}
}

// scalar is the value of a scalar node: nil, bool, json.Number or string.
func scalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
		var f float64
		if n.Decode(&f) == nil {
			return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
		}
	}
	return n.Value
}

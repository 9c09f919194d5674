package source

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

// A nodeError says what is wrong in a document, and where.
type nodeError struct {
	Line, Column int
	Reason       string
	Parameter    string // that has no value, if that is it
}

func (e *nodeError) Error() string { return e.Reason }

// wrong returns the error that something is wrong with n.
func wrong(n *yaml.Node, format string, args ...any) error {
	return &nodeError{Line: n.Line, Column: n.Column, Reason: fmt.Sprintf(format, args...)}
}

// An asideError says why something is left aside, though nothing is wrong with it.
type asideError struct {
	err        error
	parameters []string // whose values are why
}

func (e *asideError) Error() string { return e.err.Error() }

func (e *asideError) Unwrap() error { return e.err }

// aside returns the error that something is left aside.
func aside(format string, args ...any) error {
	return &asideError{err: fmt.Errorf(format, args...)}
}

// parseDocument reads a file of JSON or YAML: JSON where it begins so, with the tabs and
// escapes that YAML would not take.
func parseDocument(data []byte) (*yaml.Node, error) {
	docs, err := parseDocuments(data)
	if err != nil {
		return nil, err
	}
	return docs[0], nil
}

// parseDocuments reads a file that may have several documents: of JSON one behind the other,
// as a loop over "aws events describe-rule" prints them, of YAML with --- between them. With an
// error it has those before it.
func parseDocuments(data []byte) ([]*yaml.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if looksLikeJSON(data) {
		if docs, err := parseAllJSON(data); err == nil {
			return docs, nil
		} else if isJSONFile(data) {
			return nil, err
		}
	}
	if len(data) > maxYAMLBytes {
		return nil, overLimit("a file of YAML is larger than %d MB", maxYAMLBytes>>20)
	}
	var docs []*yaml.Node
	merged := merger{done: map[*yaml.Node]bool{}}
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc yaml.Node
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return docs, yamlError(err)
		}
		if len(doc.Content) == 0 || doc.Content[0].ShortTag() == "!!null" {
			continue // nothing between two ---
		}
		if len(docs) == maxDocuments {
			return nil, overLimit("a file has more than %d documents", maxDocuments)
		}
		if err := merged.merge(doc.Content[0]); err != nil {
			return nil, err
		}
		docs = append(docs, doc.Content[0])
	}
	if len(docs) == 0 {
		return nil, &nodeError{Reason: "the file is empty"}
	}
	return docs, nil
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

// child returns the value of a mapping's key, nil where there is none.
func child(n *yaml.Node, key string) *yaml.Node {
	if n = target(n); n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return target(n.Content[i+1])
		}
	}
	return nil
}

// real is the node that n stands for.
func target(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// members yields the keys and values of a mapping.
func members(n *yaml.Node) func(yield func(key string, value *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		if n = target(n); n == nil || n.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i].Value, target(n.Content[i+1])) {
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

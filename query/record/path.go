package record

import (
	"strconv"
	"strings"
)

// A Path leads to a value in a record, from the top.
type Path []Step

// A Step goes from an object to its member Name, or from an array to its element Index
// (counted from 0) where IsIndex is set, or, where IsAny is, from an array or an object
// to each of its elements or members.
type Step struct {
	Name    string
	Index   int
	IsIndex bool
	IsAny   bool
}

// Members is a path by members' names alone.
func Members(names ...string) Path {
	path := make(Path, len(names))
	for i, name := range names {
		path[i].Name = name
	}
	return path
}

// jsonPaths returns a path without any IsAny as paths that DuckDB's JSON functions take, to
// be followed one after the other: as a rule it is one. A name with a letter that its
// paths have no escape for goes by a JSON pointer, which would take a number for an index.
func (p Path) jsonPaths() []string {
	var paths []string
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			paths = append(paths, "$"+text.String())
			text.Reset()
		}
	}
	for _, step := range p {
		switch {
		case step.IsAny:
			panic("BUG: a path to one value was expected")
		case step.IsIndex:
			text.WriteString("[" + strconv.Itoa(step.Index) + "]")
		case step.Name == "" || strings.ContainsAny(step.Name, `*"\`):
			flush()
			paths = append(paths, "/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(step.Name))
		default:
			text.WriteString(`."` + step.Name + `"`)
		}
	}
	flush()
	return paths
}

// Follow returns an SQL expression for the JSON at a path in document, an SQL expression;
// NULL where there is nothing. The path must not have wildcards.
func (b *Binder) Follow(document string, path Path) string {
	paths := path.jsonPaths()
	if len(paths) == 0 {
		paths = []string{"$"}
	}
	for _, p := range paths {
		document = "json_extract(" + document + ", " + b.Bind(p) + ")"
	}
	return document
}

// kindIn returns the type of what is at a path in document, as json_type calls it.
func (b *Binder) kindIn(document string, path Path) string {
	paths := path.jsonPaths()
	if len(paths) == 0 {
		return "json_type(" + document + ")"
	}
	for _, p := range paths[:len(paths)-1] {
		document = "json_extract(" + document + ", " + b.Bind(p) + ")"
	}
	return "json_type(" + document + ", " + b.Bind(paths[len(paths)-1]) + ")"
}

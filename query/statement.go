package query

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"trailbox/query/athena"
	"trailbox/schema"
)

// A Statement is SQL text with the values of its parameters: a whole statement, or part of
// one. In the text there may be marks where parts go, see [schema.Put].
type Statement struct {
	SQL  string
	Args []schema.Arg // each $Name in the text stands for one
}

// With is the statement with more values.
func (s Statement) With(args ...schema.Arg) Statement {
	s.Args = append(s.Args[:len(s.Args):len(s.Args)], args...)
	return s
}

// Put puts a part at the marks of that name; its values come with it. Where another value
// of the statement has the name of one of them, the part's gets a name of its own.
func (s Statement) Put(mark string, part Statement) Statement {
	text, s := s.adopt(part)
	s.SQL = schema.Put(s.SQL, mark, text)
	return s
}

// And is the condition that all conditions hold; with none, true.
func And(conditions ...Statement) Statement {
	all := Statement{SQL: "true"}
	for _, c := range conditions {
		text, with := all.adopt(c)
		// A condition may end in a comment, hence the line end before the bracket.
		all = Statement{SQL: all.SQL + "\n    AND (\n" + text + "\n    )", Args: with.Args}
	}
	return all
}

// Or is the condition that one of the conditions holds; with none, false.
func Or(conditions ...Statement) Statement {
	if len(conditions) == 1 {
		return conditions[0]
	}
	all := Statement{SQL: "false"}
	for _, c := range conditions {
		text, with := all.adopt(c)
		all = Statement{SQL: all.SQL + "\n    OR (\n" + text + "\n    )", Args: with.Args}
	}
	return all
}

// adopt takes over the values of a part, and returns the part's text with the names that
// they have now.
func (s Statement) adopt(part Statement) (string, Statement) {
	names, values := map[string]string{}, valuesOf(s.Args)
	s.Args = slices.Clone(s.Args)
	for _, arg := range part.Args {
		name := arg.Name
		for n := 2; ; n++ {
			value, taken := values[name]
			if !taken {
				values[name] = arg.Value
				s.Args = append(s.Args, schema.Arg{Name: name, Value: arg.Value})
			}
			if !taken || reflect.DeepEqual(value, arg.Value) {
				break
			}
			name = fmt.Sprintf("%s_%d", arg.Name, n)
		}
		if name != arg.Name {
			names[arg.Name] = "$" + name
		}
	}
	if len(names) == 0 {
		return part.SQL, s
	}
	return replaceParameters(part.SQL, func(name string) (string, bool) {
		text, ok := names[name]
		return text, ok
	}), s
}

// valuesOf are arguments by their names: a rule may have a hundred thousand.
func valuesOf(args []schema.Arg) map[string]any {
	values := make(map[string]any, len(args))
	for _, arg := range args {
		values[arg.Name] = arg.Value
	}
	return values
}

// Inline is the text of the statement with the values in it, to be run by itself: here, or
// by DuckDB's own tools on the store.
func (s Statement) Inline() string {
	values := valuesOf(s.Args)
	return replaceParameters(s.SQL, func(name string) (string, bool) {
		value, ok := values[name]
		if !ok {
			return "", false
		}
		return literal(value), true
	})
}

// Bind is the text of the statement with what bind returns for each of its values in their
// places: where another statement takes it in.
func (s Statement) Bind(bind func(value any) string) string {
	values, bound := valuesOf(s.Args), map[string]string{}
	return replaceParameters(s.SQL, func(name string) (string, bool) {
		value, ok := values[name]
		if ok && bound[name] == "" {
			bound[name] = bind(value)
		}
		return bound[name], ok
	})
}

// Query runs the statement.
func (s Statement) Query(ctx context.Context, store *schema.Store) (*schema.Rows, error) {
	if tell, ok := ctx.Value(telling{}).(func(Statement)); ok {
		tell(s)
	}
	return store.Query(ctx, s.SQL, s.Args...)
}

type telling struct{}

// Telling is a context in which tell gets each statement that is run: for whoever must be able
// to show what was asked, of packages that ask in their own ways.
func Telling(ctx context.Context, tell func(Statement)) context.Context {
	return context.WithValue(ctx, telling{}, tell)
}

// Export runs the statement, and writes the answer as Parquet to the file that the store
// was opened for.
func (s Statement) Export(ctx context.Context, store *schema.Store) (rows int64, err error) {
	return store.Export(ctx, s.SQL, s.Args...)
}

// replaceParameters puts something else in the place of parameters, $name, by what text
// returns for their names. What has their form in strings and comments stays as it is.
func replaceParameters(sql string, text func(name string) (string, bool)) string {
	var b strings.Builder
	copied := 0
	for at := 0; at < len(sql); {
		size, _ := athena.Next(sql[at:])
		if size < 0 { // it ends inside of a quote, which is for DuckDB to tell
			break
		}
		if sql[at:at+size] == "$" && at+1 < len(sql) {
			name := sql[at+1 : at+1+athena.WordSize(sql[at+1:])]
			if replacement, ok := text(name); ok {
				b.WriteString(sql[copied:at] + replacement)
				copied = at + 1 + len(name)
			}
			size += len(name)
		}
		at += size
	}
	return b.String() + sql[copied:]
}

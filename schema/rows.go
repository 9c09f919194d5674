package schema

import (
	"context"
	"database/sql"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Rows are the answer to a query, read once, row by row.
//
// The values are plain Go ones, whatever DuckDB's type: nil, bool, int64, uint64,
// float64, string, time.Time (TIMESTAMP in UTC), []byte (BLOB), [Number] for what
// does not fit those, [List] and [Struct] (STRUCT and MAP, members in order). Other
// types (UUID, DATE, INTERVAL, ENUM ...) are the text that DuckDB would show.
type Rows struct {
	rows    *sql.Rows
	columns []ResultColumn
	types   []typeNode
	scanned []any
	values  []any
}

// A ResultColumn is a column of an answer.
type ResultColumn struct {
	Name string
	Type string // as DuckDB spells it, such as BIGINT or STRUCT("type" VARCHAR)
}

// A Number is a number as text: HUGEINT and DECIMAL.
type Number string

// A List is a LIST or an ARRAY.
type List []any

// A Struct is a STRUCT or a MAP; the keys of a MAP as text.
type Struct []Member

// A Member is one member of a [Struct].
type Member struct {
	Name  string
	Value any
}

// An Arg is the value of a named parameter, $Name in the query.
type Arg struct {
	Name  string
	Value any
}

// Query runs one statement with its parameters bound.
func (s *Store) Query(ctx context.Context, query string, args ...Arg) (*Rows, error) {
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = sql.Named(a.Name, a.Value)
	}
	rows, err := s.db.QueryContext(ctx, query, bound...)
	if err != nil {
		return nil, err
	}
	types, err := rows.ColumnTypes()
	if err != nil {
		rows.Close()
		return nil, err
	}
	r := &Rows{rows: rows}
	for _, t := range types {
		r.columns = append(r.columns, ResultColumn{Name: t.Name(), Type: t.DatabaseTypeName()})
		r.types = append(r.types, parseType(t.DatabaseTypeName()))
	}
	r.values = make([]any, len(types))
	r.scanned = make([]any, len(types))
	for i := range r.scanned {
		r.scanned[i] = new(any)
	}
	return r, nil
}

// Columns are the answer's columns.
func (r *Rows) Columns() []ResultColumn { return r.columns }

// Next goes to the next row, if there is one.
func (r *Rows) Next() bool { return r.rows.Next() }

// Values are the current row's values; they may be kept.
func (r *Rows) Values() ([]any, error) {
	if err := r.rows.Scan(r.scanned...); err != nil {
		return nil, err
	}
	values := make([]any, len(r.scanned))
	for i := range values {
		values[i] = plain(*r.scanned[i].(*any), r.types[i])
	}
	return values, nil
}

// Err is what ended the rows, nil at their regular end.
func (r *Rows) Err() error { return r.rows.Err() }

// Close ends the query.
func (r *Rows) Close() error { return r.rows.Close() }

// plain turns a value of the driver's into one of those that Rows promises.
func plain(v any, t typeNode) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool, int64, uint64, float64, string:
		return v
	case int8:
		return int64(v)
	case int16:
		return int64(v)
	case int32:
		return int64(v)
	case int:
		return int64(v)
	case uint8:
		return uint64(v)
	case uint16:
		return uint64(v)
	case uint32:
		return uint64(v)
	case float32:
		f, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', -1, 32), 64)
		return f
	case *big.Int:
		return Number(v.String())
	case duckdb.Decimal:
		return Number(v.String())
	case duckdb.UUID:
		return v.String()
	case []byte:
		if t.name == "UUID" && len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return v
	case time.Time:
		switch t.name {
		case "DATE":
			return v.UTC().Format(time.DateOnly)
		case "TIME":
			return v.UTC().Format("15:04:05.999999")
		case "TIMETZ", "TIME WITH TIME ZONE":
			return v.Format("15:04:05.999999Z07:00")
		}
		return v.UTC()
	case duckdb.Interval:
		return interval(v)
	case []any:
		list := make(List, len(v))
		for i := range v {
			list[i] = plain(v[i], t.member(0))
		}
		return list
	case map[string]any:
		s := make(Struct, 0, len(v))
		for i, name := range t.names {
			s = append(s, Member{Name: name, Value: plain(v[name], t.member(i))})
		}
		return s
	case duckdb.OrderedMap:
		keys, values := v.Keys(), v.Values()
		s := make(Struct, len(keys))
		for i := range keys {
			s[i] = Member{Name: fmt.Sprint(plain(keys[i], t.member(0))), Value: plain(values[i], t.member(1))}
		}
		return s
	case duckdb.Union:
		return plain(v.Value, typeNode{})
	}
	return fmt.Sprint(v)
}

// interval writes an INTERVAL as DuckDB does.
func interval(v duckdb.Interval) string {
	var parts []string
	add := func(n int32, unit string) {
		switch n {
		case 0:
		case 1, -1:
			parts = append(parts, fmt.Sprintf("%d %s", n, unit))
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n, unit))
		}
	}
	add(v.Months/12, "year")
	add(v.Months%12, "month")
	add(v.Days, "day")
	if v.Micros != 0 || len(parts) == 0 {
		sign, micros := "", v.Micros
		if micros < 0 {
			sign, micros = "-", -micros
		}
		clock := fmt.Sprintf("%s%02d:%02d:%02d", sign, micros/3_600_000_000, micros/60_000_000%60, micros/1_000_000%60)
		if rest := micros % 1_000_000; rest != 0 {
			clock += strings.TrimRight(fmt.Sprintf(".%06d", rest), "0")
		}
		parts = append(parts, clock)
	}
	return strings.Join(parts, " ")
}

// A typeNode is a DuckDB type taken apart as far as values need it: the driver
// hands structs out as Go maps, which have lost the order of their members.
type typeNode struct {
	name    string     // STRUCT, LIST, MAP, or a plain type's whole name
	names   []string   // of a struct's members
	members []typeNode // of those, or of a list's element, or of a map's key and value
}

func (t typeNode) member(i int) typeNode {
	if i < len(t.members) {
		return t.members[i]
	}
	return typeNode{}
}

// parseType reads a type's name as the driver gives it, for example
// STRUCT("type" VARCHAR, "name" VARCHAR)[].
func parseType(text string) typeNode {
	p := &typeParser{rest: text}
	return p.parse()
}

type typeParser struct{ rest string }

func (p *typeParser) parse() typeNode {
	var t typeNode
	switch {
	case strings.HasPrefix(p.rest, "STRUCT("):
		t.name = "STRUCT"
		p.rest = p.rest[len("STRUCT("):]
		for !p.skip(")") && p.rest != "" {
			t.names = append(t.names, p.identifier())
			p.skip(" ")
			t.members = append(t.members, p.parse())
			p.skip(", ")
		}
	case strings.HasPrefix(p.rest, "MAP("):
		t.name = "MAP"
		p.rest = p.rest[len("MAP("):]
		for !p.skip(")") && p.rest != "" {
			t.members = append(t.members, p.parse())
			p.skip(", ")
		}
	default:
		t.name = p.plainName()
	}
	for strings.HasPrefix(p.rest, "[") {
		_, p.rest, _ = strings.Cut(p.rest, "]") // [] or, of an ARRAY, [3]
		t = typeNode{name: "LIST", members: []typeNode{t}}
	}
	return t
}

func (p *typeParser) skip(prefix string) bool {
	rest, found := strings.CutPrefix(p.rest, prefix)
	p.rest = rest
	return found
}

// identifier reads a name in double quotes, in which a quote is doubled.
func (p *typeParser) identifier() string {
	if !p.skip(`"`) {
		name, rest, _ := strings.Cut(p.rest, " ")
		p.rest = rest
		return name
	}
	var name strings.Builder
	for p.rest != "" {
		part, rest, _ := strings.Cut(p.rest, `"`)
		name.WriteString(part)
		p.rest = rest
		if !p.skip(`"`) {
			break
		}
		name.WriteByte('"')
	}
	return name.String()
}

// plainName reads up to what may follow a plain type; DECIMAL(10,2) and
// ENUM('a', 'b') have brackets of their own.
func (p *typeParser) plainName() string {
	depth, quoted := 0, false
	for i, c := range p.rest {
		switch {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && (c == ')' || c == ',' || c == '['):
			name := p.rest[:i]
			p.rest = p.rest[i:]
			return name
		}
	}
	name := p.rest
	p.rest = ""
	return name
}

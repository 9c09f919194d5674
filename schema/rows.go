package schema

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
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
// types (UUID, DATE, INTERVAL, ENUM ...) are the text that DuckDB would show, and so
// are infinite times. A column of JSON is what its text says: members in order, every
// number a [Number]. JSON inside of a list or a struct comes from the driver, which
// has forgotten the order and reads numbers as float64.
type Rows struct {
	rows    *sql.Rows
	columns []ResultColumn
	types   []typeNode
	scanned []any

	rebuilder *Rebuilder // of the records in the answer; nil for none

	statement, before string // the query, and what it was run with before it
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
	return s.query(ctx, query, 0, args)
}

// QueryFirst is Query, for no more than the first rows of the answer to a SELECT: DuckDB
// holds all of an answer in memory before it gives the first row out.
func (s *Store) QueryFirst(ctx context.Context, rows int64, query string, args ...Arg) (*Rows, error) {
	return s.query(ctx, query, rows, args)
}

// query is both of them; with limit 0 for all rows.
func (s *Store) query(ctx context.Context, query string, limit int64, args []Arg) (*Rows, error) {
	bound, err := bind(query, args)
	if err == nil {
		err = s.guard(ctx, query)
	}
	if err != nil {
		return nil, err
	}
	// To look at a statement takes as long as to plan it: one of ours, which rarely has columns
	// of JSON, is looked at only if it turns out to have some. A person's may take long to run.
	var before, after string
	var jsonColumns map[int]bool
	looked := s.typed || limit > 0
	if looked {
		before, after, jsonColumns = s.around(ctx, query, limit, bound)
	}
	rows, err := s.db.QueryContext(ctx, before+query+after, bound...)
	if err == nil && !looked && hasJSON(rows) {
		if before, after, jsonColumns = s.around(ctx, query, limit, bound); jsonColumns != nil {
			rows.Close()
			rows, err = s.db.QueryContext(ctx, before+query+after, bound...)
		}
	}
	if err != nil {
		return nil, locate(err, before, query)
	}
	r, err := newRows(rows, jsonColumns)
	if err == nil {
		r.before, r.statement = before, query
	}
	return r, err
}

func named(args []Arg) []any {
	bound := make([]any, len(args))
	for i, a := range args {
		bound[i] = sql.Named(a.Name, a.Value)
	}
	return bound
}

func newRows(rows *sql.Rows, jsonColumns map[int]bool) (*Rows, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		rows.Close()
		return nil, err
	}
	r := &Rows{rows: rows}
	for i, t := range types {
		column, node := ResultColumn{Name: t.Name(), Type: t.DatabaseTypeName()}, parseType(t.DatabaseTypeName())
		if jsonColumns[i] {
			column.Type, node = "JSON", typeNode{name: jsonText}
		}
		r.columns = append(r.columns, column)
		r.types = append(r.types, node)
	}
	r.scanned = make([]any, len(types))
	for i := range r.scanned {
		r.scanned[i] = new(any)
	}
	return r, nil
}

// bind returns the parameters of a query as the driver takes them.
func bind(query string, args []Arg) ([]any, error) {
	if strings.Contains(query, "\x00") {
		// DuckDB would end the query there, and run what is before it.
		return nil, errors.New("a query cannot contain the character NUL")
	}
	return named(args), nil
}

// hasJSON reports whether a column of an answer is JSON.
func hasJSON(rows *sql.Rows) bool {
	types, err := rows.ColumnTypes()
	return err == nil && slices.ContainsFunc(types, func(t *sql.ColumnType) bool { return t.DatabaseTypeName() == "JSON" })
}

// jsonText is our name for the type of a column of JSON that is asked for as text.
const jsonText = "JSON as text"

// around is what makes a query return its columns of JSON as text, before it and behind
// it, and says which those are: the driver reads JSON into maps and float64, which loses the
// order of members and digits of numbers. It also sees to limit. What cannot be asked that way, being
// no SELECT or several statements or none, stays as it is: inside of the parentheses it is a mistake.
func (s *Store) around(ctx context.Context, query string, limit int64, bound []any) (before, after string, columns map[int]bool) {
	// The query may end in a comment: hence the line ends.
	rows, err := s.db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+query+"\n)", bound...)
	if err != nil {
		return "", "", nil
	}
	defer rows.Close()
	var list []string
	jsonColumns := make(map[int]bool)
	for rows.Next() {
		var name, columnType string
		if err := rows.Scan(&name, &columnType); err != nil {
			return "", "", nil
		}
		column := fmt.Sprintf("#%d", len(list)+1)
		if columnType == "JSON" {
			jsonColumns[len(list)] = true
			column += "::VARCHAR"
		}
		list = append(list, column+` AS "`+strings.ReplaceAll(name, `"`, `""`)+`"`)
	}
	if rows.Err() != nil || len(jsonColumns) == 0 && limit == 0 {
		return "", "", nil
	}
	after = "\n)"
	if limit > 0 {
		after += fmt.Sprintf(" LIMIT %d", limit)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM (", after, jsonColumns
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
	if r.rebuilder != nil {
		return r.rebuilder.rebuilt(values)
	}
	return values, nil
}

// Err is what ended the rows, nil at their regular end.
func (r *Rows) Err() error { return locate(r.rows.Err(), r.before, r.statement) }

// Close ends the query.
func (r *Rows) Close() error { return r.rows.Close() }

// plain turns a value of the driver's into one of those that Rows promises.
func plain(v any, t typeNode) any {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		if t.name == jsonText {
			return decodeJSON(v)
		}
		return v
	case bool, int64, uint64, float64:
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
		return decimal(v)
	case duckdb.UUID:
		return v.String()
	case []byte:
		if t.name == "UUID" && len(v) == 16 {
			return fmt.Sprintf("%x-%x-%x-%x-%x", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		}
		return v
	case time.Time:
		if text := infinite(v, t.name); text != "" {
			return text
		}
		switch t.name {
		case "DATE":
			if v.Year() <= 0 {
				return fmt.Sprintf("%04d-%02d-%02d (BC)", 1-v.Year(), v.Month(), v.Day())
			}
			return v.UTC().Format(time.DateOnly)
		case "TIME":
			return v.UTC().Format("15:04:05.999999")
		case "TIMETZ":
			if _, offset := v.Zone(); offset%3600 != 0 {
				return v.Format("15:04:05.999999-07:00")
			}
			return v.Format("15:04:05.999999-07")
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
		if t.name != "STRUCT" { // an object of JSON inside of another value
			for _, name := range slices.Sorted(maps.Keys(v)) {
				s = append(s, Member{Name: name, Value: plain(v[name], typeNode{})})
			}
			return s
		}
		for i, name := range t.names {
			s = append(s, Member{Name: name, Value: plain(v[name], t.member(i))})
		}
		return s
	case duckdb.OrderedMap:
		keys, values := v.Keys(), v.Values()
		s := make(Struct, len(keys))
		for i := range keys {
			s[i] = Member{Name: mapKey(plain(keys[i], t.member(0))), Value: plain(values[i], t.member(1))}
		}
		return s
	case duckdb.Union:
		return plain(v.Value, t.member(slices.Index(t.names, v.Tag)))
	}
	return fmt.Sprint(v)
}

// mapKey writes the key of a MAP as text.
func mapKey(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// decimal writes a DECIMAL with all digits of its scale, as DuckDB does.
func decimal(v duckdb.Decimal) Number {
	digits := new(big.Int).Abs(v.Value).String()
	if scale := int(v.Scale); scale > 0 {
		digits = strings.Repeat("0", max(scale+1-len(digits), 0)) + digits
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if v.Value.Sign() < 0 {
		digits = "-" + digits
	}
	return Number(digits)
}

// infinite is the text of an infinite time, which DuckDB keeps as the last and the
// first count of its unit, and empty for any other.
func infinite(v time.Time, name string) string {
	var n, last int64
	switch name {
	case "DATE":
		n, last = v.Unix()/86400, math.MaxInt32
	case "TIMESTAMP", "TIMESTAMPTZ":
		n, last = v.UnixMicro(), math.MaxInt64
	case "TIMESTAMP_S":
		n, last = v.Unix(), math.MaxInt64
	case "TIMESTAMP_MS":
		n, last = v.UnixMilli(), math.MaxInt64
	case "TIMESTAMP_NS":
		n, last = v.UnixNano(), math.MaxInt64
	default:
		return ""
	}
	switch n {
	case last:
		return "infinity"
	case -last:
		return "-infinity"
	}
	return ""
}

// decodeJSON reads JSON text as it stands: members in order, even two of one name,
// and numbers digit by digit. Text that is too deep to be read stays text.
func decodeJSON(text string) any {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := decodeValue(dec, 10_000)
	if err != nil {
		return text
	}
	return v
}

func decodeValue(dec *json.Decoder, depth int) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	if depth == 0 {
		return nil, errors.New("nested too deeply")
	}
	switch token := token.(type) {
	case json.Number:
		return Number(token), nil
	case json.Delim:
		if token == '[' {
			list := List{}
			for dec.More() {
				v, err := decodeValue(dec, depth-1)
				if err != nil {
					return nil, err
				}
				list = append(list, v)
			}
			_, err = dec.Token()
			return list, err
		}
		s := Struct{}
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeValue(dec, depth-1)
			if err != nil {
				return nil, err
			}
			s = append(s, Member{Name: name.(string), Value: v})
		}
		_, err = dec.Token()
		return s, err
	}
	return token, nil
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
	name    string     // STRUCT, UNION, LIST, MAP, or a plain type's whole name
	names   []string   // of a struct's or a union's members
	members []typeNode // of those, or of a list's element, or of a map's key and value
}

func (t typeNode) member(i int) typeNode {
	if i >= 0 && i < len(t.members) {
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

// A TypeMember is a member of a nested type, at whatever depth.
type TypeMember struct {
	Path string // with the names before it: sessionContext.sessionIssuer.arn; of a list's element behind []
	Type string
}

// TypeMembers lists the members of a type, by its name as DuckDB has it, in their order;
// none of what is not nested. outline is the type without them.
func TypeMembers(name string) (outline string, members []TypeMember) {
	t := parseType(name)
	t.list("", &members)
	if len(members) == 0 {
		return name, nil
	}
	return t.outline(), members
}

func (t typeNode) list(path string, members *[]TypeMember) {
	switch t.name {
	case "LIST":
		t.member(0).list(path+"[]", members)
	case "STRUCT", "UNION":
		for i, name := range t.names {
			member := t.member(i)
			*members = append(*members, TypeMember{Path: path + "." + name, Type: member.outline()})
			member.list(path+"."+name, members)
		}
	}
}

func (t typeNode) outline() string {
	switch t.name {
	case "LIST":
		return t.member(0).outline() + "[]"
	case "MAP":
		return "MAP(" + t.member(0).outline() + ", " + t.member(1).outline() + ")"
	}
	return t.name
}

type typeParser struct{ rest string }

func (p *typeParser) parse() typeNode {
	var t typeNode
	switch {
	case strings.HasPrefix(p.rest, "STRUCT("), strings.HasPrefix(p.rest, "UNION("):
		t.name, p.rest, _ = strings.Cut(p.rest, "(")
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

// plainName reads up to what may follow a plain type; DECIMAL(10,2) has brackets of
// its own.
func (p *typeParser) plainName() string {
	depth := 0
	for i, c := range p.rest {
		switch {
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

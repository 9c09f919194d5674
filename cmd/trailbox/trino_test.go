//go:build trino

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// A probe is a statement that Trino and trailbox must answer alike.
type probe struct {
	file      string
	line      int
	statement string
	differs   string // why they do not
	fails     bool   // both refuse it
	empty     bool   // there are no rows
	ordered   bool   // rows have an order
}

func (p *probe) name() string { return fmt.Sprintf("%s:%d", p.file, p.line) }

// mark takes what a comment of a file of probes says.
func (p *probe) mark(t *testing.T, comment string) {
	t.Helper()
	switch word, rest, _ := strings.Cut(comment, ": "); word {
	case "differs":
		if p.differs = rest; rest == "" {
			t.Errorf("%s: why does it differ?", p.name())
		}
	case "fails":
		p.fails = true
	case "empty":
		p.empty = true
	case "ordered":
		p.ordered = true
	}
}

// statements are the probes of a file: statements, divided by empty lines, below comments.
func statements(t *testing.T, file string) (all []*probe) {
	t.Helper()
	var p *probe
	for i, line := range probeLines(t, file) {
		comment, isComment := strings.CutPrefix(line, "-- ")
		switch {
		case line == "":
			p = nil
			continue
		case p == nil:
			p = &probe{file: file, line: i + 1}
			all = append(all, p)
		}
		if isComment && p.statement == "" {
			p.mark(t, comment)
		} else {
			p.statement += line + "\n"
		}
	}
	return slices.DeleteFunc(all, func(p *probe) bool { return p.statement == "" })
}

// expressions are the probes of a file: an expression each line, below comments.
func expressions(t *testing.T, file string) (all []*probe) {
	t.Helper()
	p := &probe{file: file}
	for i, line := range probeLines(t, file) {
		comment, isComment := strings.CutPrefix(line, "-- ")
		switch {
		case isComment:
			p.mark(t, comment)
		case line != "":
			p.line, p.statement = i+1, line
			all = append(all, p)
			p = &probe{file: file}
		}
	}
	return all
}

func probeLines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/trino/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(text), "\n")
}

// Statements for Athena and CloudTrail Lake give here what a real Trino gives on tables of
// the same records, but for those that are known to differ.
func TestTrinoAgrees(t *testing.T) {
	server := startTrino(t)
	if err := os.Mkdir(filepath.Join(server.files, "logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(server.files, "logs", "records.json"), recordLines(t), 0o600); err != nil {
		t.Fatal(err)
	}
	tables, err := query.SplitStatements(strings.Join(probeLines(t, "tables.sql"), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range tables {
		if _, _, err := server.query(t, strings.TrimRight(statement.SQL, "; \n")); err != nil {
			t.Fatalf("%s\n%v", statement.SQL, err)
		}
	}

	store, err := schema.OpenFor(t.Context(), demoStore(t), schema.Grants{Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()

	for _, file := range []string{"queries.sql", "idioms.sql", "statements.sql"} {
		for _, p := range statements(t, file) {
			t.Run(p.name(), func(t *testing.T) {
				columns, rows, err := server.query(t, strings.ReplaceAll(p.statement, "$EDS_ID", "cloudtrail_lake"))
				check(t, store, p, &trinoAnswer{columns, rows, err})
			})
		}
	}
	functions := expressions(t, "functions.sql")
	answers := server.evaluate(t, functions)
	for i, p := range functions {
		t.Run(p.name(), func(t *testing.T) {
			// As part of a query of Athena's table: by itself it could be DuckDB's.
			p.statement = "SELECT " + p.statement + " FROM (SELECT 1 FROM cloudtrail_logs LIMIT 1)"
			check(t, store, p, answers[i])
		})
	}
}

// recordLines are the distinct records of testdata/logs as they are delivered, a line each.
func recordLines(t *testing.T) []byte {
	var lines bytes.Buffer
	for _, text := range delivered(t) {
		if err := json.Compact(&lines, text); err != nil {
			t.Fatal(err)
		}
		lines.WriteByte('\n')
	}
	return lines.Bytes()
}

// A trinoAnswer is what Trino answers to a statement.
type trinoAnswer struct {
	columns []trinoColumn
	rows    [][]any
	err     error
}

// evaluate evaluates expressions, as many at a time as can be without one that fails.
func (s *trino) evaluate(t *testing.T, probes []*probe) (answers []*trinoAnswer) {
	t.Helper()
	const most = 40 // columns of a statement: those of hundreds take long to compile
	n := min(len(probes), most)
	if fails := slices.IndexFunc(probes, func(p *probe) bool { return p.fails }); fails >= 0 {
		n = min(n, max(fails, 1))
	}
	if n < len(probes) {
		return append(s.evaluate(t, probes[:n]), s.evaluate(t, probes[n:])...)
	}
	var list []string
	for _, p := range probes {
		list = append(list, p.statement)
	}
	columns, rows, err := s.query(t, "SELECT "+strings.Join(list, ", "))
	switch {
	case err != nil && len(probes) == 1:
		return []*trinoAnswer{{err: err}}
	case err != nil:
		half := len(probes) / 2
		return append(s.evaluate(t, probes[:half]), s.evaluate(t, probes[half:])...)
	}
	for i := range probes {
		answers = append(answers, &trinoAnswer{columns[i : i+1], [][]any{rows[0][i : i+1]}, nil})
	}
	return answers
}

// check compares what a store answers with what Trino does.
func check(t *testing.T, store *schema.Store, p *probe, trino *trinoAnswer) {
	t.Helper()
	want, wantErr := trino.lines()
	names, got, gotErr := storeLines(t, store, p.statement, trino.columns)
	same := slices.Equal(got, want)
	if !p.ordered {
		slices.Sort(want)
		slices.Sort(got)
		same = slices.Equal(got, want)
	}
	same = same && (gotErr == nil) == (wantErr == nil)
	if p.file != "functions.sql" && !strings.EqualFold(strings.Join(names, ", "), trino.names()) && wantErr == nil && gotErr == nil {
		t.Errorf("%s\nhas the columns %s, on Trino %s", p.statement, strings.Join(names, ", "), trino.names())
	}
	switch {
	case wantErr != nil && !p.fails:
		t.Errorf("%s\nis wrong: %v", p.statement, wantErr)
	case wantErr == nil && p.fails:
		t.Errorf("%s\nruns on Trino, and is said to fail", p.statement)
	case wantErr == nil && !p.empty && len(want) == 0:
		t.Errorf("%s\nfinds nothing in the test data: it shows nothing", p.statement)
	case same && p.differs != "":
		t.Errorf("%s\nis said to differ (%s), and does not", p.statement, p.differs)
	case !same && p.differs == "":
		t.Errorf("%s\ngives   %s\non Trino %s", p.statement, shown(got, want, gotErr), shown(want, got, wantErr))
	}
}

// shown are the rows of an answer that another does not have, as far as a person reads on.
func shown(lines, others []string, err error) string {
	if err != nil {
		return "an error: " + err.Error()
	}
	text := fmt.Sprintf("%d rows", len(lines))
	const most = 8
	n := 0
	for _, line := range lines {
		if n < most && !slices.Contains(others, line) {
			text += "\n\t" + line
			n++
		}
	}
	return text
}

// lines are the rows in one spelling.
func (a *trinoAnswer) lines() (lines []string, err error) {
	for _, row := range a.rows {
		var cells []string
		for i, v := range row {
			cells = append(cells, trinoText(v, a.columns[i].TypeSignature))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return lines, a.err
}

// names are those of the columns.
func (a *trinoAnswer) names() string {
	var names []string
	for _, c := range a.columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

// storeLines are the rows of a store in the same spelling, and the names of their columns.
func storeLines(t *testing.T, store *schema.Store, statement string, columns []trinoColumn) (names, lines []string, err error) {
	t.Helper()
	translation, err := query.FromTrino(t.Context(), store, query.Piece{SQL: statement}, nil)
	if err != nil {
		return nil, nil, err
	}
	rows, err := store.Query(t.Context(), translation.SQL)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for _, c := range rows.Columns() {
		names = append(names, c.Name)
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, nil, err
		}
		var cells []string
		for i, v := range values {
			var like trinoType
			if i < len(columns) {
				like = columns[i].TypeSignature
			}
			cells = append(cells, storeText(v, like))
		}
		lines = append(lines, strings.Join(cells, " | "))
	}
	return names, lines, rows.Err()
}

// argument is a type within another.
func (t trinoType) argument(i int) (inner trinoType) {
	if i < len(t.Arguments) && json.Unmarshal(t.Arguments[i].Value, &inner) != nil {
		return trinoType{}
	}
	return inner
}

// field is a member of a row and its name, which is empty if it has none.
func (t trinoType) field(i int) (name string, inner trinoType) {
	var named struct {
		FieldName     *struct{ Name string }
		TypeSignature trinoType
	}
	if i < len(t.Arguments) && json.Unmarshal(t.Arguments[i].Value, &named) == nil && named.FieldName != nil {
		name = named.FieldName.Name
	}
	return name, named.TypeSignature
}

// trinoText writes a value of Trino's in the spelling that both are compared in.
func trinoText(v any, of trinoType) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return numberText(v.String())
	case []any:
		var parts []string
		for i, element := range v {
			inner := of.argument(0)
			if of.RawType == "row" {
				_, inner = of.field(i)
			}
			parts = append(parts, trinoText(element, inner))
		}
		if of.RawType == "row" {
			return "(" + strings.Join(parts, ", ") + ")"
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for name, value := range v {
			parts = append(parts, name+": "+trinoText(value, of.argument(1)))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case string:
		switch name, _, _ := strings.Cut(of.RawType, "("); {
		case strings.HasPrefix(name, "timestamp"):
			return timeText(v)
		case name == "time":
			return strings.TrimSuffix(v, ".000")
		case name == "decimal", name == "double", name == "real":
			return numberText(v)
		case name == "varbinary":
			data, err := base64.StdEncoding.DecodeString(v)
			if err != nil {
				return v
			}
			return fmt.Sprintf("%x", data)
		case name == "json" && v == "null": // which an answer shows as it does NULL
			return "NULL"
		case name == "json":
			return jsonSpelling([]byte(v))
		case name == "interval day to second":
			return intervalText(v)
		}
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

// storeText writes a value of a store in that spelling, as Trino's type has it: of a struct
// those members that Trino's row has.
func storeText(v any, like trinoType) string {
	if name := like.RawType; name == "json" && v != nil {
		var text bytes.Buffer
		if _, err := query.Write(&text, query.NewResult([]schema.ResultColumn{{Name: "v"}}, [][]any{{v}}), query.FormatNDJSON, query.Screen{}); err != nil {
			return err.Error()
		}
		var row struct{ V json.RawMessage }
		if err := json.Unmarshal(text.Bytes(), &row); err != nil {
			return err.Error()
		}
		return jsonSpelling(row.V)
	}
	switch v := v.(type) {
	case nil:
		return "NULL"
	case int64, uint64:
		return fmt.Sprint(v)
	case float64:
		return numberText(strconv.FormatFloat(v, 'g', -1, 64))
	case schema.Number:
		return numberText(string(v))
	case time.Time:
		return timeText(v.Format("2006-01-02 15:04:05.999999"))
	case []byte:
		return fmt.Sprintf("%x", v)
	case schema.List:
		var parts []string
		for _, element := range v {
			parts = append(parts, storeText(element, like.argument(0)))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case schema.Struct:
		var parts []string
		if like.RawType != "row" {
			for _, m := range v {
				parts = append(parts, m.Name+": "+storeText(m.Value, like.argument(1)))
			}
			slices.Sort(parts)
			return "{" + strings.Join(parts, ", ") + "}"
		}
		for i := range like.Arguments {
			name, inner := like.field(i)
			at := slices.IndexFunc(v, func(m schema.Member) bool { return strings.EqualFold(m.Name, name) })
			if name == "" {
				at = i
			}
			if at < 0 || at >= len(v) {
				parts = append(parts, "(lacks "+name+")")
				continue
			}
			parts = append(parts, storeText(v[at].Value, inner))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	case string:
		if strings.HasSuffix(like.RawType, "with time zone") {
			return timeText(v)
		}
		switch like.RawType {
		case "interval day to second", "time", "date":
			if like.RawType == "date" {
				return strconv.Quote(v)
			}
			return v
		}
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

// numberText has 12 digits, and no zeros behind them: floating-point numbers are added in
// any order.
func numberText(text string) string {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.TrimLeft(text, "-0123456789") == "" {
		return text
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}

// timeText is what a clock shows, with the zone it is in if that is not UTC.
func timeText(text string) string {
	date, clock, _ := strings.Cut(strings.TrimSuffix(text, " UTC"), " ")
	clock, zone, _ := strings.Cut(clock, " ")
	if strings.Contains(clock, ".") {
		clock = strings.TrimRight(strings.TrimRight(clock, "0"), ".")
	}
	return strings.TrimSpace(date + " " + clock + " " + zone)
}

// intervalText has "2 days 01:00:00" of Trino's "2 01:00:00.000".
func intervalText(text string) string {
	days, clock, _ := strings.Cut(text, " ")
	clock = strings.TrimSuffix(clock, ".000")
	switch {
	case days == "0":
		return clock
	case clock == "00:00:00":
		clock = ""
	default:
		clock = " " + clock
	}
	if days == "1" {
		return "1 day" + clock
	}
	return days + " days" + clock
}

// jsonSpelling has the members of objects in order, and no white space.
func jsonSpelling(text []byte) string {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		return strconv.Quote(string(text))
	}
	ordered, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(ordered)
}

package record

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"trailbox/schema"
)

// A Tally counts the events of one group that match a predicate.
type Tally struct {
	Predicate   int       // its index
	Group       []any     // the values of what they are grouped by
	Count       int64     // more than 0
	First, Last time.Time // eventTime; zero where none of the records has one
	Events      []Place   // the first of them, by eventTime, then by eventID, then by place
}

// A Place is where the store has an event.
type Place struct{ File, Position int64 }

// tallied is how many predicates are looked for in one pass over the events. To read a
// column costs more than to compare it once more; but what it takes to plan a statement grows
// faster than the statement. With 740 rules 8 and 32 were slower.
const tallied = 16

// Counting says how [Tallies] counts.
type Counting struct {
	By   []string // expressions: events with the same values of them are counted together
	Keep int      // how many events a tally has; less than 0: all
	Once bool     // events of one eventID and one account, of which the bytes differ, count once
}

// Tallies counts what matches each of the predicates. Tallies are in the order of
// predicates; groups in none. The conditions in where have to be true of the events, too;
// they must not call their values as a [Binder] does.
//
// It is for many predicates: there is one pass over the events for some dozens of them,
// over those events only that they can be about by their names. What they ask of the shapes
// of records is looked up once for all.
func Tallies(ctx context.Context, store *schema.Store, predicates []Predicate, counting Counting, where ...Condition) ([]Tally, error) {
	names, err := eventNames(ctx, store)
	if err != nil {
		return nil, err
	}
	var all []Tally
	var named, unnamed []int
	for i, p := range predicates {
		if p.EventNames == nil {
			unnamed = append(unnamed, i)
		} else if slices.ContainsFunc(p.EventNames, func(name string) bool { return names[name] != nil }) {
			named = append(named, i)
		}
	}
	// Those that are about the same events stand together.
	slices.SortStableFunc(named, func(i, j int) int { return slices.Compare(predicates[i].EventNames, predicates[j].EventNames) })
	for _, indexes := range [][]int{named, unnamed} {
		for batch := range slices.Chunk(indexes, tallied) {
			p := pass{Counting: counting, predicates: predicates, indexes: batch, where: where}
			tallies, err := p.run(ctx, store, names)
			if err != nil {
				return nil, err
			}
			all = append(all, tallies...)
		}
	}
	slices.SortStableFunc(all, func(a, b Tally) int { return cmp.Compare(a.Predicate, b.Predicate) })
	return all, nil
}

// A pass looks for some of the predicates together.
type pass struct {
	Counting
	predicates []Predicate
	indexes    []int
	where      []Condition

	args    []schema.Arg
	asked   []string // what is asked of shapes, with the values in it
	ofShape []string // the SQL of that
}

func (p *pass) run(ctx context.Context, store *schema.Store, names map[string][]string) ([]Tally, error) {
	rows, err := store.Query(ctx, p.statement(names), p.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Tally
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return nil, err
		}
		t := Tally{Predicate: int(values[0].(int64)), Count: values[1].(int64), Group: values[5:]}
		t.First, _ = values[2].(time.Time)
		t.Last, _ = values[3].(time.Time)
		if places, ok := values[4].(schema.List); ok {
			for _, place := range places {
				members := place.(schema.Struct)
				t.Events = append(t.Events, Place{members[0].Value.(int64), members[1].Value.(int64)})
			}
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

func (p *pass) statement(names map[string][]string) string {
	var found, groups, grouped, conditions []string
	var stored []string
	for _, i := range p.indexes {
		found = append(found, fmt.Sprintf("CASE WHEN (%s\n) THEN %d END", p.condition(i), i))
		for _, name := range p.predicates[i].EventNames {
			stored = append(stored, names[name]...)
		}
	}
	if len(stored) > 0 {
		conditions = append(conditions, "eventName IN (SELECT unnest($eventnames::VARCHAR[]))")
		p.args = append(p.args, schema.Arg{Name: "eventnames", Value: stored})
	}
	for _, w := range p.where {
		conditions = append(conditions, "("+w.SQL+"\n)")
		p.args = append(p.args, w.Args...)
	}
	for i, expression := range p.By {
		groups = append(groups, fmt.Sprintf(",\n%s AS group%d", expression, i))
		grouped = append(grouped, fmt.Sprintf(", group%d", i))
	}
	first := "NULL"
	const list = "list({file: file, position: position} ORDER BY eventTime, eventID, file, position)"
	switch {
	case p.Keep < 0:
		first = list
	case p.Keep >= 1_000_000: // more than arg_min takes
		first = fmt.Sprintf("%s[:%d]", list, p.Keep)
	case p.Keep > 0:
		first = fmt.Sprintf("arg_min({file: file, position: position}, {eventTime: eventTime, eventID: eventID, file: file, position: position}, %d)", p.Keep)
	}
	from := "events"
	if len(p.ofShape) > 0 {
		from += " LEFT JOIN (SELECT shape"
		for i, value := range p.ofShape {
			from += fmt.Sprintf(",\n%s AS shape%d", value, i)
		}
		from += "\nFROM outlines) USING (shape)"
	}
	once := ""
	if p.Once {
		once = "\nQUALIFY eventID IS NULL OR row_number() OVER (PARTITION BY predicate, eventID, recipientAccountId ORDER BY file, position) = 1"
	}
	return "SELECT predicate, count(*), min(eventTime), max(eventTime), " + first + strings.Join(grouped, "") +
		"\nFROM (FROM (SELECT unnest(list_filter([" + strings.Join(found, ",\n") + "], lambda p: p IS NOT NULL)) AS predicate," +
		" eventTime, eventID, recipientAccountId, file, position" + strings.Join(groups, "") +
		"\nFROM " + from + " WHERE " + strings.Join(append(conditions, "true"), " AND ") + ")" + once + ")\nGROUP BY ALL"
}

// parameter is a value that a Binder bound.
var parameter = regexp.MustCompile(`\$v[0-9]+`)

// condition is that of a predicate. Its values have names that no other's have; what it
// asks of shapes are columns.
func (p *pass) condition(i int) string {
	predicate := p.predicates[i]
	values := map[string]any{}
	prefix := "p" + strconv.Itoa(i)
	for _, a := range predicate.Args {
		values["$"+a.Name] = a.Value
		p.args = append(p.args, schema.Arg{Name: prefix + a.Name, Value: a.Value})
	}
	renamed := func(sql string) string {
		return parameter.ReplaceAllStringFunc(sql, func(name string) string { return "$" + prefix + name[1:] })
	}
	var b strings.Builder
	rest := predicate.SQL
	for {
		before, value, after, ok := cutPerShape(rest)
		b.WriteString(renamed(before))
		if !ok {
			return b.String()
		}
		rest = after
		asked := parameter.ReplaceAllStringFunc(value, func(name string) string { return fmt.Sprintf("%q", values[name]) })
		column := slices.Index(p.asked, asked)
		if column < 0 {
			column = len(p.asked)
			p.asked = append(p.asked, asked)
			p.ofShape = append(p.ofShape, renamed(value))
		}
		b.WriteString("shape" + strconv.Itoa(column))
	}
}

// cutPerShape cuts SQL around the first value that perShape made.
func cutPerShape(sql string) (before, value, after string, ok bool) {
	begin, end, _ := strings.Cut(perShape("\x00"), "\x00")
	if before, value, ok = strings.Cut(sql, begin); !ok {
		return sql, "", "", false
	}
	value, after, ok = strings.Cut(value, end)
	return before, value, after, ok
}

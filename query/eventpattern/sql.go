package eventpattern

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"trailbox/query"

	"trailbox/query/record"
	"trailbox/schema"
)

// SQL returns the pattern as an expression over the columns of events: whether EventBridge
// would have found that an event matches. It is never NULL. Whether the event would
// have been there to be matched is another question, see [Rule.Delivered].
func (p *Pattern) SQL(b *record.Binder) string {
	c := compiler{b: b, done: map[string]*clause{}}
	var branches [][]*clause
	for _, b := range branchesOf(p.Root) {
		for _, br := range b.spellings() {
			if clauses, possible := c.branch(br); possible {
				branches = append(branches, clauses)
			}
		}
	}
	if len(branches) == 0 {
		return "false"
	}
	// What all branches have in common comes first, since a plain comparison of a column
	// that all rows must meet spares DuckDB the reading of others.
	var all []*clause
	for _, cl := range branches[0] {
		if inAll(branches, cl) {
			all = append(all, cl)
		}
	}
	var rest []string
	for _, clauses := range branches {
		own := slices.DeleteFunc(slices.Clone(clauses), func(cl *clause) bool { return inAll(branches, cl) })
		if len(own) == 0 { // the others ask for more than this one
			return allOf(all)
		}
		rest = append(rest, allOf(own))
	}
	return record.And(append(c.columnsOf(branches), allOf(append(all, &clause{sql: record.Or(rest...), heavy: true})))...)
}

// allOf joins clauses. Those that read JSON wait for a plain one: DuckDB would otherwise
// take a condition on one column into its scan, and may begin with it.
func allOf(clauses []*clause) string {
	var plain string
	var light, heavy []string
	for _, cl := range clauses {
		if cl.heavy {
			heavy = append(heavy, cl.sql)
			continue
		}
		if plain == "" && cl.column != "" {
			plain = cl.sql
		}
		light = append(light, cl.sql)
	}
	if plain != "" && len(heavy) > 0 {
		heavy = []string{"CASE WHEN " + plain + " THEN " + record.And(heavy...) + " ELSE false END"}
	}
	return record.And(append(light, heavy...)...)
}

// columnsOf are comparisons of columns for which each branch has some values: they follow
// from the branches, but could not be seen there.
func (c *compiler) columnsOf(branches [][]*clause) (comparisons []string) {
	for _, first := range branches[0] {
		var values []string
		for _, clauses := range branches {
			at := slices.IndexFunc(clauses, func(cl *clause) bool { return cl.column != "" && cl.column == first.column })
			if at < 0 {
				values = nil
				break
			}
			values = append(values, clauses[at].values...)
		}
		slices.Sort(values)
		if values = slices.Compact(values); len(values) > 0 && !inAll(branches, first) {
			comparisons = append(comparisons, record.In(first.column, c.b.BindEach(values)))
		}
	}
	return comparisons
}

func inAll(branches [][]*clause, cl *clause) bool {
	return !slices.ContainsFunc(branches, func(clauses []*clause) bool { return !slices.Contains(clauses, cl) })
}

type compiler struct {
	b    *record.Binder
	done map[string]*clause // by the conditions that they were made from
}

// A clause is an expression that must hold. Where it is no more than that a column has
// one of some values, it says so.
type clause struct {
	sql    string
	column string
	values []string
	heavy  bool // it reads JSON
}

// branch returns the clauses of a branch, which is impossible if one can never hold.
func (c *compiler) branch(b branch) (clauses []*clause, possible bool) {
	blocks := map[string][]need{} // by the path of their JSON value
	var order []string
	for _, cond := range b {
		if cond.path[0] == "detail" && len(cond.path) > 1 {
			if root, rest, ok := blockOf(cond.path[1:]); ok {
				at := strings.Join(root, "\x00")
				if blocks[at] == nil {
					order = append(order, at)
				}
				blocks[at] = append(blocks[at], need{rest, cond.name(), cond.tests})
				continue
			}
		}
		clauses = append(clauses, c.once(key(cond.path, cond.tests), func() clause { return c.condition(cond) }))
	}
	for _, at := range order {
		made := quote(at)
		for _, n := range blocks[at] {
			made += key(n.path, n.tests)
		}
		clauses = append(clauses, c.once(made, func() clause {
			return clause{sql: c.block(strings.Split(at, "\x00"), blocks[at]), heavy: true}
		}))
	}
	clauses = slices.DeleteFunc(clauses, func(cl *clause) bool { return cl.sql == "true" })
	return clauses, !slices.ContainsFunc(clauses, func(cl *clause) bool { return cl.sql == "false" })
}

// once compiles what branches have in common once.
func (c *compiler) once(key string, compile func() clause) *clause {
	if c.done[key] == nil {
		cl := compile()
		c.done[key] = &cl
	}
	return c.done[key]
}

// key tells a condition from others.
func key(path []string, tests []Test) string {
	parts := []string{quote(strings.Join(path, "\x00"))}
	for _, t := range tests {
		parts = append(parts, t.String())
	}
	return strings.Join(parts, " ") + "\n"
}

// condition compiles a condition on a single value: of the envelope, or of a member of the
// record that is a text.
func (c *compiler) condition(cond condition) clause {
	texts, plain := equalities(cond.tests)
	absent := strconv.FormatBool(mayBeAbsent(cond.tests))
	if cond.path[0] == "detail" && len(cond.path) > 1 {
		return c.column(cond)
	}
	if len(cond.path) > 1 {
		return clause{sql: absent}
	}
	text := "NULL::VARCHAR"
	switch cond.path[0] {
	case "version":
		text = "'0'"
	case "id":
		return clause{sql: idSQL(cond.tests)}
	case "detail-type":
		if plain {
			if types := eventTypes(texts); len(types) > 0 {
				return c.oneOf("eventType", types)
			}
			return clause{sql: "false"}
		}
		return clause{sql: record.Or(
			c.holds(cond.tests, aText(detailTypeSQL("AWS Console Sign In via CloudTrail"))),
			c.holds(cond.tests, aText(detailTypeSQL("AWS Console Signin via CloudTrail"))),
		)}
	case "source":
		if sources := eventSources(texts); plain && !slices.Contains(texts, "aws.cloudtrail") {
			if len(sources) > 0 {
				return c.oneOf("eventSource", sources)
			}
			return clause{sql: "false"}
		}
		text = sourceSQL
	case "account":
		text = "recipientAccountId"
	case "region":
		text = "awsRegion"
	case "time":
		text = timeSQL
	default:
		return clause{sql: absent}
	}
	if plain && (text == "recipientAccountId" || text == "awsRegion") {
		return c.oneOf(text, texts)
	}
	return clause{sql: c.holds(cond.tests, aText(text))}
}

// column compiles a condition on a member of the record that is a single value with a column,
// or is below one, where there is nothing.
func (c *compiler) column(cond condition) clause {
	path := record.Members(cond.path[1:]...)
	column, isLeaf, _ := record.Documented(strings.Join(cond.path[1:], "."))
	if !isLeaf {
		return clause{sql: strconv.FormatBool(mayBeAbsent(cond.tests))}
	}
	texts, plain := equalities(cond.tests)
	switch text, isText := record.Text(path); {
	case isText && plain && !slices.ContainsFunc(texts, record.IsLiteral):
		// What looks like no number and no boolean was a string.
		return c.oneOf(text, texts)
	case isText && !slices.ContainsFunc(cond.tests, func(t Test) bool { return t.But || !t.isOfTexts() || t.fitsLiteral() }):
		return clause{sql: c.holds(cond.tests, aText(text))}
	case isText:
		kind := record.Kind(c.b, path)
		return clause{sql: c.holds(cond.tests, value{
			text: text, kind: kind,
			present: record.Or(text+" IS NOT NULL", record.Sure(kind+" = 'NULL'")),
		})}
	case column.Kind == schema.Bool && len(cond.tests) == 1 && (cond.tests[0].is(True) || cond.tests[0].is(False)):
		// Next to the column, since it may have been a string.
		return clause{sql: record.And(column.Path+" = "+cond.tests[0].String(), column.Path+" IS NOT NULL",
			record.Sure(record.Kind(c.b, path)+" = 'BOOLEAN'"))}
	}
	return clause{sql: record.Sure("list_transform([" + record.Node(c.b, path) + "], lambda d: " + c.holds(cond.tests, jsonValue("d")) + ")[1]")}
}

// idSQL is what can be said of the id, which EventBridge gave and nobody knows: it is
// there, and is none that was thought of.
func idSQL(tests []Test) string {
	return strconv.FormatBool(slices.ContainsFunc(tests, func(t Test) bool {
		return t.But || t.Op == Exists && !t.Absent
	}))
}

// oneOf is the clause that a column has one of some texts.
func (c *compiler) oneOf(column string, texts []string) clause {
	if slices.ContainsFunc(texts, func(text string) bool { return isIPv6(text) }) {
		var tests []string
		for _, text := range texts {
			tests = append(tests, c.equal(column, text))
		}
		return clause{sql: record.Sure(record.Or(tests...))}
	}
	return clause{sql: record.And(record.In(column, c.b.BindEach(texts)), column+" IS NOT NULL"), column: column, values: texts}
}

// A value is what tests look at, in SQL.
type value struct {
	text    string // VARCHAR: the string, or the text of a number or a boolean
	kind    string // as of record.Kind; empty where it is a string or absent
	present string // whether it is there, never NULL
}

func aText(text string) value {
	return value{text: text, present: "(" + text + " IS NOT NULL)"}
}

// holds is whether one of the tests holds for a value, never NULL.
func (c *compiler) holds(tests []Test, v value) string {
	var parts []string
	for _, t := range tests {
		part := c.test(t, v)
		if t.But {
			part = record.And(v.present, record.Not(part))
		}
		if part != "false" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return "false"
	}
	return record.Sure(record.Or(parts...))
}

// test is whether a value is as a test says, But aside. It is NULL only for an absent
// value.
func (c *compiler) test(t Test, v value) string {
	switch {
	case t.Op == Exists && t.Absent:
		return "NOT " + v.present
	case t.Op == Exists:
		return v.present
	case !t.isOfTexts():
		if v.kind == "" {
			return "false"
		}
		return c.literal(t, v)
	}
	var parts []string
	if t.Op == CIDR {
		parts = append(parts, query.InPrefix(v.text, t.Within, c.b.Bind))
	}
	for _, operand := range t.Values {
		parts = append(parts, c.compare(t, v.text, operand.Text))
	}
	if v.kind == "" {
		return record.Or(parts...)
	}
	return record.And(v.kind+" = 'VARCHAR'", record.Or(parts...))
}

// isOfTexts says that no values but strings can meet a test, But aside.
func (t Test) isOfTexts() bool {
	return t.Op != Exists && t.Op != Numeric && (t.Values == nil || t.Values[0].Kind == String)
}

// is says that a test is for one literal.
func (t Test) is(kind ValueKind) bool {
	return t.Op == Equal && !t.But && t.Values[0].Kind == kind
}

// fitsLiteral says that the text of a JSON number or boolean may meet a test of texts.
func (t Test) fitsLiteral() bool {
	return slices.ContainsFunc(t.Values, func(v Value) bool {
		return strings.Trim(v.Text, "+-.0123456789eEtrufalsTRUFALS*") == ""
	})
}

// literal is whether a value is a number or another literal of a test.
func (c *compiler) literal(t Test, v value) string {
	const numbers = " IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
	number := "TRY_CAST(" + v.text + " AS DOUBLE)"
	if t.Op == Numeric {
		parts := []string{v.kind + numbers, number + " BETWEEN -5e9 AND 5e9"}
		for _, r := range t.Ranges {
			parts = append(parts, number+" "+r.Operator+" "+c.b.Bind(float(r.Number)))
		}
		return record.And(parts...)
	}
	switch t.Values[0].Kind {
	case True:
		return record.And(v.kind+" = 'BOOLEAN'", v.text+" = 'true'")
	case False:
		return record.And(v.kind+" = 'BOOLEAN'", v.text+" = 'false'")
	case Null:
		return "(" + v.kind + " = 'NULL')"
	}
	var parts []string
	for _, operand := range t.Values {
		part := number + " = " + c.b.Bind(float(operand.Text))
		if isInteger(operand.Text) { // doubles do not tell apart all of them
			part = "CASE WHEN " + v.kind + " = 'DOUBLE' THEN " + part +
				" ELSE TRY_CAST(" + v.text + " AS HUGEINT) = " + c.b.Bind(operand.Text) + "::HUGEINT END"
		}
		parts = append(parts, part)
	}
	return record.And(v.kind+numbers, record.Or(parts...))
}

// isInteger says that a number is one that JSON functions keep as an integer.
func isInteger(number string) bool {
	_, signed := strconv.ParseInt(number, 10, 64)
	_, unsigned := strconv.ParseUint(number, 10, 64)
	return signed == nil || unsigned == nil
}

// compare is whether a text is what a test says.
func (c *compiler) compare(t Test, text, operand string) string {
	switch t.Op {
	case Prefix:
		return "starts_with(" + text + ", " + c.b.Bind(operand) + ")"
	case Suffix:
		return "suffix(" + text + ", " + c.b.Bind(operand) + ")"
	case IgnoreCase:
		return "regexp_matches(" + text + ", " + c.b.Bind(`\A`+eitherCase(operand)+`\z`) + ")"
	case PrefixIgnoreCase:
		return "regexp_matches(" + text + ", " + c.b.Bind(`\A`+eitherCase(operand)) + ")"
	case SuffixIgnoreCase:
		return "regexp_matches(" + text + ", " + c.b.Bind(eitherCase(operand)+`\z`) + ")"
	case Wildcard:
		return record.Like(text, c.b.Bind(like(operand)))
	case Equal:
		if !t.But {
			return c.equal(text, operand)
		}
	}
	return text + " = " + c.b.Bind(operand)
}

// equal is whether a text is another one, or the same IP address.
func (c *compiler) equal(text, operand string) string {
	if isIPv6(operand) {
		addr := netip.MustParseAddr(operand)
		return query.InPrefix(text, netip.PrefixFrom(addr, addr.BitLen()), c.b.Bind)
	}
	return text + " = " + c.b.Bind(operand)
}

// isIPv6 says that a text is an IP address that can be spelled in more than one way.
func isIPv6(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && addr.Is6() && addr.Zone() == "" && !strings.Contains(text, ".")
}

// eitherCase is a regular expression for a text with each letter in either case.
func eitherCase(text string) string {
	var b strings.Builder
	for _, r := range text {
		if lower, upper := unicode.ToLower(r), unicode.ToUpper(r); lower != upper {
			b.WriteString("[" + string(lower) + string(upper) + "]")
		} else {
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return b.String()
}

// like turns the text of a wildcard into a pattern of LIKE.
func like(wildcard string) string {
	var b strings.Builder
	for i := 0; i < len(wildcard); i++ {
		switch wildcard[i] {
		case '*':
			b.WriteByte('%')
		case '\\':
			i++
			fallthrough
		default:
			b.WriteString(record.LikeItself(wildcard[i : i+1]))
		}
	}
	return b.String()
}

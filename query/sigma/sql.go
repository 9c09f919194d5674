package sigma

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"trailbox/query"
	"trailbox/query/record"
	"trailbox/schema"
)

// SQL returns the rule as a boolean expression over the columns of events, which is never
// NULL.
func (r *Rule) SQL(b *record.Binder) string {
	c := &compiler{rule: r, binder: b}
	return record.Sure(c.any(r.Conditions))
}

// Predicate is the rule as [record.Tallies] and [record.Matches] take it.
func (r *Rule) Predicate() record.Predicate {
	p := record.Predicate{Condition: r.SQL}
	if names, ok := r.EventNames(); ok {
		p.EventNames = append([]string{}, names...) // not nil, which stands for any
	}
	return p
}

// A compiler writes the SQL of one rule.
type compiler struct {
	rule   *Rule
	binder *record.Binder
}

func (c *compiler) any(parts []Expr) string { return record.Or(c.exprs(parts)...) }

func (c *compiler) exprs(parts []Expr) []string {
	conditions := make([]string, len(parts))
	for i, part := range parts {
		conditions[i] = c.expr(part)
	}
	return conditions
}

func (c *compiler) expr(e Expr) string {
	switch e := e.(type) {
	case Any:
		return c.any(e)
	case All:
		return record.And(c.exprs(e)...)
	case Not:
		return record.Not(c.expr(e.Expr))
	case Ref:
		d, _ := c.rule.detection(string(e))
		return c.detection(d)
	case Of:
		var conditions []string
		for _, d := range c.rule.chosen(e) {
			conditions = append(conditions, c.detection(d))
		}
		if e.All {
			return record.And(conditions...)
		}
		return record.Or(conditions...)
	}
	panic("BUG: a condition of no known kind")
}

func (c *compiler) detection(d Detection) string {
	alternatives := make([]string, len(d.Any))
	for i, items := range d.Any {
		conditions := make([]string, len(items))
		for j, item := range items {
			conditions[j] = c.item(item)
		}
		alternatives[i] = record.And(conditions...)
	}
	return record.Or(alternatives...)
}

func (c *compiler) item(item Item) string {
	var conditions []string
	var tests []textTest // of any value, in one look at the field
	if literals, ok := item.literals(); ok && len(literals) > 1 && !item.All {
		tests = append(tests, c.oneOf(item, literals))
	} else {
		many, rest := c.many(item)
		tests = append(tests, many...)
		for _, value := range rest {
			switch test := c.textTest(item, value); {
			case test == nil:
				conditions = append(conditions, c.compare(item, value))
			case item.All: // another value of the field may match each
				conditions = append(conditions, c.ofField(item.Field, test))
			default:
				tests = append(tests, test)
			}
		}
	}
	if len(tests) > 0 {
		conditions = append(conditions, c.ofField(item.Field, anyOf(tests)))
	}
	switch {
	case item.All:
		return record.And(conditions...)
	case item.Not:
		return record.Not(record.Or(conditions...))
	}
	return record.Or(conditions...)
}

// A textTest is a condition on a text, both SQL expressions.
type textTest func(text string) string

func anyOf(tests []textTest) textTest {
	return func(text string) string {
		var conditions []string
		for _, test := range tests {
			conditions = append(conditions, test(text))
		}
		return record.Or(conditions...)
	}
}

// literals are the values of an item that compares whole text without wildcards.
func (item *Item) literals() (texts []string, ok bool) {
	if item.Op != Equals || len(item.Encode) > 0 {
		return nil, false
	}
	for _, value := range item.Values {
		literal, isLiteral := value.Glob.literal()
		if value.Kind != Text || !isLiteral {
			return nil, false
		}
		texts = append(texts, literal)
	}
	return texts, true
}

// oneOf is the most common test, a list of names.
func (c *compiler) oneOf(item Item, texts []string) textTest {
	bound := make([]string, len(texts))
	for i, text := range texts {
		bound[i] = item.folded(c.binder.Bind(text))
	}
	return func(text string) string { return record.In(item.folded(text), bound) }
}

// folded is text as letters match.
func (item *Item) folded(text string) string {
	if item.Cased {
		return text
	}
	return "lower(" + text + ")"
}

func path(field string) record.Path { return record.Members(strings.Split(field, ".")...) }

// ofField is a condition on any of the texts that a field has. CloudTrail documents most
// fields as text, and those are columns: if there is an object instead of such a text,
// it is not looked into.
func (c *compiler) ofField(field string, test textTest) string {
	if field == "" {
		return test(c.wholeText())
	}
	if column, ok := record.Text(path(field)); ok {
		return test(column)
	}
	return "list_bool_or(list_transform(" + record.Through(c.binder, path(field)) + ", lambda v: " + test("(v ->> '$')") +
		" OR " + record.And("json_type(v) = 'OBJECT'", test(c.unescaped("v::VARCHAR"))) + "))"
}

// wholeText is all text of a record: the values of its members, one in a line, and the JSON of
// those that have members of their own.
func (c *compiler) wholeText() string {
	var texts []string
	for _, column := range columns() {
		text := column.Path + "::VARCHAR"
		switch column.Kind {
		case schema.Time:
			text = "strftime(" + column.Path + ", '%Y-%m-%dT%H:%M:%SZ')"
		case schema.Block:
			text = c.unescaped(text)
		case schema.Resources:
			text = c.unescaped("to_json(" + column.Path + ")::VARCHAR")
		}
		texts = append(texts, text)
	}
	return "concat_ws(chr(10), " + strings.Join(append(texts, c.unescaped("unknown::VARCHAR")), ", ") + ")"
}

// unescaped is the text of JSON with the quotes and backslashes of its strings as they
// are in those: then the policy that a string has in it can be read.
func (c *compiler) unescaped(json string) string {
	return "regexp_replace(" + json + ", " + c.binder.Bind(`\\(["\\/])`) + ", " + c.binder.Bind(`\1`) + ", 'g')"
}

// compare is the condition for a value that is compared with more than a text; the others
// have a textTest.
func (c *compiler) compare(item Item, value Value) string {
	switch op := item.Op; {
	case op == Exists && value.Text == "false":
		return record.Not(c.exists(item.Field))
	case op == Exists:
		return c.exists(item.Field)
	case op.ofTime():
		return string(op) + "(eventTime) = " + c.binder.Bind(value.Text) + "::BIGINT"
	case op == SameAs:
		return c.same(item, value.Text)
	}
	return c.null(item.Field)
}

// textTest compares a text with a value; nil where there is more to it.
func (c *compiler) textTest(item Item, value Value) textTest {
	switch op := item.Op; {
	case op == Exists, op == SameAs, op.ofTime(), value.Kind == Null:
		return nil
	case op.ofOrder():
		sign := map[Op]string{Less: " < ", AtMost: " <= ", Greater: " > ", AtLeast: " >= "}[op]
		return func(text string) string { return c.number(text) + sign + c.double(value.Text) }
	case op == Matches:
		pattern := c.binder.Bind(flagged(item.Flags, value.Text))
		return func(text string) string { return "regexp_matches(" + text + ", " + pattern + ")" }
	case op == InPrefix:
		prefix, _ := parsePrefix(value.Text)
		return func(text string) string { return query.InPrefix(text, prefix, c.binder.Bind) }
	case value.Kind == Number:
		spelled := c.binder.Bind(value.Text)
		return func(text string) string {
			return record.Or(text+" = "+spelled, c.number(text)+" = "+c.double(value.Text))
		}
	case value.Kind == Bool:
		return c.glob(item, Glob{{Text: value.Text}})
	case len(item.Encode) > 0:
		var tests []textTest
		for _, text := range encoded(item.Encode, value.Text) {
			tests = append(tests, c.glob(item, Glob{{Text: text}}.within(op)))
		}
		return anyOf(tests)
	}
	return c.glob(item, value.Glob.within(item.Op))
}

func (c *compiler) exists(field string) string {
	exists := record.Exists(c.binder, path(field))
	if column, ok := record.Text(path(field)); ok {
		return record.Or(column+" IS NOT NULL", exists)
	}
	return record.Or(exists, "len("+record.Through(c.binder, path(field))+") > 0")
}

// null says that a field has no value.
func (c *compiler) null(field string) string {
	if column, ok := record.Text(path(field)); ok {
		return record.And(column+" IS NULL", "coalesce("+record.Kind(c.binder, path(field))+", 'NULL') = 'NULL'")
	}
	return record.Not("list_bool_or(list_transform(" + record.Through(c.binder, path(field)) + ", lambda v: json_type(v) <> 'NULL'))")
}

// number is the number that a text is, NULL for all else.
func (c *compiler) number(text string) string {
	return "CASE WHEN regexp_full_match(" + text + ", " + c.binder.Bind(number.String()) + ") THEN TRY_CAST(" + text + " AS DOUBLE) END"
}

func (c *compiler) double(number string) string { return c.binder.Bind(number) + "::DOUBLE" }

// flagged is a regular expression with its flags in it.
func flagged(flags, pattern string) string {
	if flags == "" {
		return pattern
	}
	return "(?" + flags + ")" + pattern
}

// same compares two fields: any value of the one with any of the other.
func (c *compiler) same(item Item, other string) string {
	left, isColumn := record.Text(path(item.Field))
	right, isOtherColumn := record.Text(path(other))
	if isColumn && isOtherColumn {
		return item.folded(left) + " = " + item.folded(right)
	}
	return "list_has_any(" + c.texts(item, item.Field) + ", " + c.texts(item, other) + ")"
}

// texts is the list of all texts that a field has.
func (c *compiler) texts(item Item, field string) string {
	if column, ok := record.Text(path(field)); ok {
		return "[" + item.folded(column) + "]"
	}
	return "list_transform(" + record.Through(c.binder, path(field)) + ", lambda v: " + item.folded("(v ->> '$')") + ")"
}

// glob compares a whole text.
func (c *compiler) glob(item Item, g Glob) textTest {
	bound := func(text string) string { return item.folded(c.binder.Bind(text)) }
	call := func(function, part string) textTest {
		literal := bound(part)
		return func(text string) string { return function + "(" + item.folded(text) + ", " + literal + ")" }
	}
	if text, ok := g.literal(); ok {
		literal := bound(text)
		return func(text string) string { return item.folded(text) + " = " + literal }
	}
	switch isText := func(i int) bool { return g[i].Wildcard == 0 }; {
	case len(g) == 1 && g[0] == star:
		return func(text string) string { return text + " IS NOT NULL" }
	case len(g) == 2 && g[0] == star && isText(1):
		return call("suffix", g[1].Text)
	case len(g) == 2 && isText(0) && g[1] == star:
		return call("starts_with", g[0].Text)
	case len(g) == 3 && g[0] == star && isText(1) && g[2] == star:
		return call("contains", g[1].Text)
	}
	pattern := bound(like(g))
	return func(text string) string { return record.Like(item.folded(text), pattern) }
}

// like is a Glob as a pattern of LIKE.
func like(g Glob) string {
	var b strings.Builder
	for _, part := range g {
		switch part.Wildcard {
		case '*':
			b.WriteByte('%')
		case '?':
			b.WriteByte('_')
		default:
			b.WriteString(record.LikeItself(part.Text))
		}
	}
	return b.String()
}

// encoded are the texts that a value is encoded to, any of which it may be found as.
func encoded(encodings []Encoding, text string) []string {
	data := []byte(text)
	for _, e := range encodings {
		switch e {
		case Base64:
			return []string{base64.StdEncoding.EncodeToString(data)}
		case Base64Offset:
			return offsets(data)
		default:
			data = inUTF16(e, string(data))
		}
	}
	panic("BUG: values are encoded, but not as base64")
}

// offsets are the forms that data has within a longer text in base64, by what is before
// it: the first and the last letters that have bits of others in them are left out.
func offsets(data []byte) []string {
	var all []string
	for before := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, before), data...))
		first := []int{0, 2, 3}[before]
		last := len(text)
		if (before+len(data))%3 != 0 {
			last--
		}
		if first < last {
			all = append(all, text[first:last])
		}
	}
	return all
}

func inUTF16(e Encoding, text string) []byte {
	units := utf16.Encode([]rune(text))
	if e == UTF16 {
		units = append([]uint16{0xfeff}, units...)
	}
	var data []byte
	for _, u := range units {
		if e == UTF16BE {
			data = append(data, byte(u>>8), byte(u))
		} else {
			data = append(data, byte(u), byte(u>>8))
		}
	}
	return data
}

// EventNames returns values of eventName, in lower case, outside of which the rule can
// match no event, as letters match in either case. It is not ok if there is no such list.
func (r *Rule) EventNames() (names []string, ok bool) {
	set, ok := r.namesOfAny(r.Conditions)
	return slices.Sorted(maps.Keys(set)), ok
}

// A nameSet is a set of names. What is returned may be shared: it is not changed any more.
type nameSet map[string]bool

func (r *Rule) namesOfAny(parts []Expr) (names nameSet, ok bool) {
	names = nameSet{}
	for _, part := range parts {
		more, ok := r.names(part)
		if !ok {
			return nil, false
		}
		maps.Copy(names, more)
	}
	return names, true
}

func (r *Rule) namesOfAll(parts []Expr) (names nameSet, ok bool) {
	for _, part := range parts {
		if more, known := r.names(part); known {
			names, ok = narrowed(names, ok, more), true
		}
	}
	return names, ok
}

func (r *Rule) names(e Expr) (names nameSet, ok bool) {
	switch e := e.(type) {
	case Any:
		return r.namesOfAny(e)
	case All:
		return r.namesOfAll(e)
	case Ref:
		d, _ := r.detection(string(e))
		return d.names()
	case Of:
		var refs []Expr
		for _, d := range r.chosen(e) {
			refs = append(refs, Ref(d.Name))
		}
		if e.All {
			return r.namesOfAll(refs)
		}
		return r.namesOfAny(refs)
	}
	return nil, false // not: the others
}

func (d *Detection) names() (names nameSet, ok bool) {
	names = nameSet{}
	for _, items := range d.Any {
		var some nameSet
		known := false
		for _, item := range items {
			if literals, ok := item.literals(); ok && item.Field == "eventName" && !item.Not {
				set := nameSet{}
				for _, literal := range literals {
					set[strings.ToLower(literal)] = true
				}
				some, known = narrowed(some, known, set), true
			}
		}
		if !known {
			return nil, false
		}
		maps.Copy(names, some)
	}
	return names, true
}

// narrowed leaves those of the names, which are known or not, that are among more.
func narrowed(names nameSet, known bool, more nameSet) nameSet {
	if !known {
		return more
	}
	both := nameSet{}
	for name := range names {
		if more[name] {
			both[name] = true
		}
	}
	return both
}

package metricfilter

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"trailbox/query/record"
)

// What AWS says of patterns that it refuses.
const (
	awsInvalid   = "Invalid metric filter pattern"
	awsWildcards = "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector."
	awsRegexps   = "Your input has exceeded the maximum of 2 regular expressions per filter pattern."
	awsRegexp    = "Failed to compile regular expression."
)

func awsTerm(term string) string { return "Invalid character(s) in term '" + term + "'" }

// Limits of AWS's on one pattern.
const (
	maxRegexps   = 2
	maxWildcards = 3 // selectors with one
)

// maxDepth is more than a pattern of 1024 characters has use for, and less than what DuckDB
// takes.
const maxDepth = 200

// A parser reads a pattern from text[pos:end].
type parser struct {
	text     string
	pos, end int

	// inFields says that conditions are on fields, not on what selectors find, and that
	// they end at a comma.
	inFields bool

	depth              int // of parentheses
	regexps, wildcards int
	warnings           []Warning
}

func (p *parser) warn(offset int, format string, args ...any) {
	p.warnings = append(p.warnings, Warning{Offset: offset, Text: fmt.Sprintf(format, args...)})
}

// fail makes the error of what is at an offset.
func fail(offset int, aws, format string, args ...any) error {
	return &SyntaxError{Offset: offset, AWS: aws, Reason: fmt.Sprintf(format, args...)}
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// space goes on to the next character that is none. In patterns that were taken from a
// shell's script lines may end in a backslash.
func (p *parser) space() {
	for p.pos < p.end {
		switch {
		case isSpace(p.text[p.pos]):
		case strings.HasPrefix(p.rest(), "\\\n") || strings.HasPrefix(p.rest(), "\\\r\n"):
			p.warn(p.pos, `AWS would refuse \ at the end of a line`)
		default:
			return
		}
		p.pos++
	}
}

// rest is what is left to read.
func (p *parser) rest() string { return p.text[p.pos:p.end] }

// take reads a token, if it comes next.
func (p *parser) take(token string) bool {
	if !strings.HasPrefix(p.rest(), token) {
		return false
	}
	p.pos += len(token)
	return true
}

// within leaves only what is between the first character and the last, which must be
// closing.
func (p *parser) within(closing byte) error {
	if p.end == p.pos+1 || p.text[p.end-1] != closing {
		return fail(p.end, fmt.Sprintf("If a filter pattern starts with '%c' it must end with '%c'", p.text[p.pos], closing),
			"the pattern does not end in %c", closing)
	}
	p.pos++
	p.end--
	return nil
}

// here is the next character, for messages.
func (p *parser) here() string {
	if p.pos >= p.end {
		return "the end"
	}
	r, _ := utf8.DecodeRuneInString(p.rest())
	return strconv.QuoteRune(r)
}

// whole reads the expression that a pattern for JSON is.
func (p *parser) whole() (Expr, error) {
	p.space()
	if p.pos == p.end {
		return nil, fail(p.pos, awsInvalid, "there is no condition between { and }")
	}
	expr, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.pos < p.end {
		return nil, fail(p.pos, awsInvalid, "&&, || or the end was expected before %s", p.here())
	}
	return expr, nil
}

// or reads conditions between ||, and goes on to what is behind them.
func (p *parser) or() (Expr, error) { return p.joined("||", "OR", (*parser).and) }

func (p *parser) and() (Expr, error) { return p.joined("&&", "AND", (*parser).unary) }

// joined reads parts between an operator, which some write as a word.
func (p *parser) joined(operator, word string, part func(*parser) (Expr, error)) (Expr, error) {
	var parts []Expr
	for {
		next, err := part(p)
		if err != nil {
			return nil, err
		}
		// (a && b) && c is a && b && c.
		switch same := next.(type) {
		case And:
			if operator == "&&" {
				parts = append(parts, same...)
				break
			}
			parts = append(parts, next)
		case Or:
			if operator == "||" {
				parts = append(parts, same...)
				break
			}
			parts = append(parts, next)
		default:
			parts = append(parts, next)
		}
		p.space()
		at := p.pos
		if !p.take(operator) {
			if !p.word(word) {
				break
			}
			p.warn(at, "AWS would refuse %s: write %s", word, operator)
		}
	}
	switch {
	case len(parts) == 1:
		return parts[0], nil
	case operator == "&&":
		return And(parts), nil
	}
	return Or(parts), nil
}

// word reads a word in letters of either case, if it comes next.
func (p *parser) word(word string) bool {
	rest := p.rest()
	if len(rest) < len(word) || !strings.EqualFold(rest[:len(word)], word) {
		return false
	}
	if next, _ := utf8.DecodeRuneInString(rest[len(word):]); len(rest) > len(word) && isBare(next) {
		return false
	}
	p.pos += len(word)
	return true
}

// unary reads a condition, or an expression in parentheses.
func (p *parser) unary() (Expr, error) {
	p.space()
	start := p.pos
	switch {
	case p.take("("):
		if p.depth++; p.depth > maxDepth {
			return nil, fail(start, "", "parentheses are nested more than %d deep", maxDepth)
		}
		expr, err := p.or()
		if err != nil {
			return nil, err
		}
		p.depth--
		if !p.take(")") {
			return nil, fail(p.pos, awsInvalid, ") was expected before %s, for the ( at byte %d", p.here(), start)
		}
		return expr, nil
	case strings.HasPrefix(p.rest(), "!"):
		return nil, fail(start, awsInvalid, "there is no ! before a condition; turn its operator around, or write NOT EXISTS")
	}
	condition := new(Condition)
	var err error
	if p.inFields {
		condition.Field, err = p.name()
	} else {
		condition.Selector, err = p.selector()
	}
	if err != nil {
		return nil, err
	}
	return condition, p.comparison(condition)
}

func isName(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' }

// isBare says that a value with such a letter needs no quotes.
func isBare(r rune) bool { return isName(r) || r == '.' || r == '*' }

// run reads characters of a sort.
func (p *parser) run(of func(rune) bool) string {
	rest := p.rest()
	n := strings.IndexFunc(rest, func(r rune) bool { return !of(r) })
	if n < 0 {
		n = len(rest)
	}
	p.pos += n
	return rest[:n]
}

// name reads the name of a field.
func (p *parser) name() (string, error) {
	start := p.pos
	name := p.run(isName)
	if name == "" {
		return "", fail(start, awsInvalid, "the name of a field was expected before %s", p.here())
	}
	if name[0] >= '0' && name[0] <= '9' {
		return "", fail(start, awsTerm(name), "the name of a field does not begin with a digit")
	}
	return name, nil
}

// selector reads the path to what a condition is about.
func (p *parser) selector() (record.Path, error) {
	start := p.pos
	if !p.take("$") {
		return nil, fail(start, awsInvalid, "a selector such as $.eventName was expected before %s", p.here())
	}
	var path record.Path
	wild := 0
	for {
		at := p.pos
		switch {
		case p.take(".*"):
			path = append(path, record.Step{IsAny: true})
			wild++
		case p.take(".["):
			name, err := p.quotedName(start)
			if err != nil {
				return nil, err
			}
			path = append(path, record.Step{Name: name})
		case p.take("."):
			name := p.run(isName)
			if name == "" {
				return nil, fail(p.pos, awsInvalid, "the name of a member was expected before %s", p.here())
			}
			path = append(path, record.Step{Name: name})
		case p.take("[*]"):
			if at == start+1 {
				return nil, fail(at, awsTerm("$["), "a record is an object: write $.*")
			}
			path = append(path, record.Step{IsAny: true})
			wild++
		case p.take("["):
			step, err := p.bracket(start, at)
			if err != nil {
				return nil, err
			}
			path = append(path, step)
		case len(path) == 0:
			next := ""
			if r, n := utf8.DecodeRuneInString(p.rest()); n > 0 {
				next = string(r)
			}
			return nil, fail(start, awsTerm("$"+next), "a selector goes on with a member's name: $.eventName")
		default:
			return path, p.countWildcards(start, wild)
		}
	}
}

func (p *parser) countWildcards(start, wild int) error {
	if wild == 0 {
		return nil
	}
	if wild > 1 {
		return fail(start, awsWildcards, "a selector has at most one wildcard")
	}
	if p.wildcards++; p.wildcards > maxWildcards {
		return fail(start, "", "AWS takes at most %d selectors with wildcards in one pattern", maxWildcards)
	}
	return nil
}

// quotedName reads the name in .['...'], up to the bracket.
func (p *parser) quotedName(start int) (string, error) {
	at := p.pos
	if p.take(`"`) {
		return "", fail(at, awsTerm(p.text[start:p.pos]), "single quotes are what is around such a name: .['a.b']")
	}
	name, _, ok := strings.Cut(p.rest(), "']")
	if !p.take("'") || !ok || len(name) < 2 {
		return "", fail(at, awsInvalid, "a name was expected, as in .['a.b']")
	}
	p.pos = at + len(name) + len("']")
	return name[1:], nil
}

// bracket reads what is behind [, which begins at offset at.
func (p *parser) bracket(start, at int) (record.Step, error) {
	if strings.HasPrefix(p.rest(), "'") {
		name, err := p.quotedName(start)
		if err == nil {
			p.warn(at, "AWS would refuse ['%s']: write .['%s']", name, name)
		}
		return record.Step{Name: name}, err
	}
	if at == start+1 {
		return record.Step{}, fail(at, awsTerm("$["), "a record is an object: its members have names")
	}
	digits := p.run(func(r rune) bool { return '0' <= r && r <= '9' })
	if digits == "" {
		next, _ := utf8.DecodeRuneInString(p.rest())
		return record.Step{}, fail(at, awsTerm("["+string(next)), "an index counts from 0; [*] stands for all elements")
	}
	index, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || !p.take("]") {
		return record.Step{}, fail(at, awsInvalid, "an index such as [0] was expected")
	}
	return record.Step{Index: int(index), IsIndex: true}, nil
}

// comparison reads what a condition asks of what its selector finds.
func (p *parser) comparison(c *Condition) error {
	p.space()
	at := p.pos
	switch {
	case p.take("!="):
		c.Op = NotEqual
	case p.take("<="):
		c.Op = LessOrEqual
	case p.take("<>"):
		return fail(at, awsInvalid, "the operator is !=")
	case p.take("<"):
		c.Op = Less
	case p.take(">="):
		c.Op = GreaterOrEqual
	case p.take(">"):
		c.Op = Greater
	case p.take("=="):
		p.warn(at, "AWS would refuse ==: write =")
		c.Op = Equal
	case p.take("="):
		c.Op = Equal
	case p.inFields:
		return fail(at, awsInvalid, "an operator was expected before %s", p.here())
	default:
		return p.asks(c)
	}
	p.space()
	at = p.pos
	err := p.operand(c)
	if name := selectorText(c.Selector); err == nil && slices.Contains(booleans, name) && isBoolean(c.Operand.Text) {
		p.warn(at, "%s is a boolean in CloudTrail's records, which no = or != ever fits: write IS %s", name, strings.ToUpper(c.Operand.Text))
	}
	return err
}

// asks reads what has no operand.
func (p *parser) asks(c *Condition) error {
	at := p.pos
	switch {
	case p.word("IS"):
		p.space()
		at = p.pos
		switch {
		case p.word("NULL"):
			c.Op = IsNull
		case p.word("TRUE"):
			c.Op = IsTrue
		case p.word("FALSE"):
			c.Op = IsFalse
		case p.word("NOT"):
			return fail(at, awsTerm("NOT"), `there is no IS NOT; that a string or a number is there is = "*"`)
		default:
			return fail(at, awsInvalid, "NULL, TRUE or FALSE was expected before %s", p.here())
		}
	case p.word("NOT"):
		p.space()
		if !p.word("EXISTS") {
			return fail(p.pos, awsInvalid, "EXISTS was expected before %s", p.here())
		}
		c.Op = NotExists
	case p.word("EXISTS"):
		return fail(at, awsInvalid, `there is no EXISTS; that a string or a number is there is = "*"`)
	default:
		return fail(at, awsInvalid, "an operator was expected before %s: = != < <= > >= IS NOT EXISTS", p.here())
	}
	return nil
}

// numberText is what a value without quotes is a number by.
var numberText = regexp.MustCompile(`^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$`)

// maxExponent is from where on AWS refuses a number: its exponents have 32 bits.
const maxExponent = 1<<31 - 1

// operand reads what a condition compares with.
func (p *parser) operand(c *Condition) error {
	start := p.pos
	rest := p.rest()
	switch {
	case rest == "":
		return fail(start, awsInvalid, "a value was expected before the end")
	case rest[0] == '"':
		text, err := p.quoted()
		if err != nil {
			return err
		}
		c.Operand = Operand{Kind: Text, Text: text}
		if !c.Op.orders() {
			return nil
		}
		aws := awsTerm(p.text[start:p.pos])
		if p.inFields {
			aws = awsInvalid
		}
		if !numberText.MatchString(text) {
			return fail(start, aws, "%s compares numbers alone", c.Op)
		}
		p.warn(start, "AWS would refuse quotes around a number behind %s", c.Op)
		return p.number(c, text, start)
	case rest[0] == '%':
		if c.Op.orders() {
			return fail(start, awsInvalid, "%s compares numbers alone", c.Op)
		}
		text, err := p.regexp()
		c.Operand = Operand{Kind: Expression, Text: text}
		return err
	case rest[0] == '\'' || strings.HasPrefix(rest, "“") || strings.HasPrefix(rest, "”"):
		return p.otherQuotes(c)
	}
	return p.bare(c)
}

// number makes the operand of a number.
func (p *parser) number(c *Condition, text string, start int) error {
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		if n, err := strconv.ParseInt(exponent, 10, 64); err != nil || n > maxExponent || n < -maxExponent {
			return fail(start, awsInvalid, "the exponent of %s is too large", text)
		}
	}
	c.Operand = Operand{Kind: Number, Text: text}
	return nil
}

// quoted reads a text in quotes. A quote within it has a backslash before.
func (p *parser) quoted() (string, error) {
	start := p.pos
	var text strings.Builder
	for p.pos++; p.pos < p.end; p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return text.String(), nil
		case c == '\\' && p.pos+1 < p.end && p.text[p.pos+1] == '"':
			p.pos++
			text.WriteByte('"')
		default:
			text.WriteByte(c)
		}
	}
	return "", fail(start, awsTerm(p.text[start:p.end]), "the quote is not closed")
}

// otherQuotes reads a text in quotes that AWS does not know, such as those that editors
// put instead of ".
func (p *parser) otherQuotes(c *Condition) error {
	start := p.pos
	closing := "'"
	if p.text[start] != '\'' {
		closing = "“”"
	}
	_, n := utf8.DecodeRuneInString(p.rest())
	p.pos += n
	end := strings.IndexAny(p.rest(), closing)
	if end < 0 {
		return fail(start, awsInvalid, "the quote is not closed")
	}
	text := p.rest()[:end]
	p.pos += end
	_, n = utf8.DecodeRuneInString(p.rest())
	p.pos += n
	return p.mended(c, text, start, "AWS would refuse these quotes")
}

// mended makes a text of what AWS would refuse.
func (p *parser) mended(c *Condition, text string, start int, why string) error {
	switch {
	case c.Op.orders():
		return fail(start, awsInvalid, "%s compares numbers alone", c.Op)
	case strings.HasSuffix(text, `\`):
		return fail(start, awsInvalid, `a value cannot end in \; a regular expression can: %%\\$%%`)
	}
	c.Operand = Operand{Kind: Text, Text: text}
	p.warn(start, "%s: write %s", why, quote(text))
	return nil
}

// bare reads a value without quotes.
func (p *parser) bare(c *Condition) error {
	start := p.pos
	text := p.run(func(r rune) bool { return isBare(r) || r == '+' })
	p.space()
	if !p.atEnd() {
		return p.phrase(c, start)
	}
	switch {
	case text == "":
		return fail(start, awsInvalid, "a value was expected before %s", p.here())
	case numberText.MatchString(text):
		return p.number(c, text, start)
	case c.Op.orders():
		return fail(start, awsInvalid, "%s compares numbers alone", c.Op)
	case strings.EqualFold(text, "null") && !p.inFields:
		if c.Op == Equal {
			p.warn(start, "AWS would refuse = null: write IS NULL")
			c.Op = IsNull
			return nil
		}
		return fail(start, awsInvalid, "null is nothing to compare with; a value that is null is IS NULL")
	case strings.Contains(text, "+"):
		return p.mended(c, text, start, "AWS would refuse this without quotes")
	}
	c.Operand = Operand{Kind: Text, Text: text}
	return nil
}

// atEnd says that a condition is over.
func (p *parser) atEnd() bool {
	rest := p.rest()
	if rest == "" || rest[0] == ')' || strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||") || p.inFields && rest[0] == ',' {
		return true
	}
	if p.inFields {
		return false
	}
	for _, word := range []string{"AND", "OR"} {
		ahead := *p
		if ahead.word(word) {
			if ahead.space(); ahead.take("$") || ahead.take("(") {
				return true
			}
		}
	}
	return false
}

// phrase reads a value that lacks quotes, up to where the condition must be over.
func (p *parser) phrase(c *Condition, start int) error {
	p.pos = start
	for !p.atEnd() {
		r, n := utf8.DecodeRuneInString(p.rest())
		if strings.ContainsRune(`"'$%=<>!(){}&|[]“”`, r) {
			return fail(p.pos, awsTerm(string(r)), "the value needs quotes around it")
		}
		p.pos += n
	}
	text := strings.TrimRight(p.text[start:p.pos], " \t\n\v\f\r")
	return p.mended(c, text, start, "AWS would refuse this without quotes")
}

// booleans are the members of CloudTrail records that are true or false, not "true" or
// "false".
var booleans = []string{"$.readOnly", "$.managementEvent"}

func isBoolean(text string) bool { return text == "true" || text == "false" }

// inRegexp are the characters that a regular expression is made of.
func inRegexp(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`:_#=@/;,-^$?[]{}|\*+.`, r))
}

// regexp reads a regular expression, from % to %.
func (p *parser) regexp() (string, error) {
	start := p.pos
	p.pos++
	text := p.run(inRegexp)
	switch {
	case p.pos == p.end:
		return "", fail(start, awsInvalid, "the regular expression does not end in %%")
	case p.text[p.pos] != '%':
		_, n := utf8.DecodeRuneInString(p.rest())
		return "", fail(p.pos, awsTerm(p.text[start:p.pos+n]), "a regular expression cannot have %s in it; \\x28 stands for a parenthesis, \\x25 for %%", p.here())
	case text == "":
		return "", fail(start, awsTerm("%%"), "the regular expression is empty")
	}
	p.pos++
	if err := checkRegexp(text); err != nil {
		return "", fail(start, awsRegexp, "%s", err)
	}
	if p.regexps++; p.regexps > maxRegexps {
		return "", fail(start, awsRegexps, "a pattern has at most %d regular expressions", maxRegexps)
	}
	return text, nil
}

// escapes are the letters that mean something behind a backslash.
const escapes = "dDsSwWx"

// checkRegexp says what is wrong with a regular expression. All that AWS takes, DuckDB
// takes as well.
func checkRegexp(text string) error {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; i < len(text) && isLetterOrDigit(text[i]) && !strings.Contains(escapes, text[i:i+1]) {
			return fmt.Errorf(`\%c is not among the escapes: \d \D \s \S \w \W \xhh`, text[i])
		}
	}
	_, err := syntax.Parse(text, syntax.Perl)
	return err
}

func isLetterOrDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// bareRegexp reads a pattern that is one regular expression.
func (p *parser) bareRegexp() (string, error) {
	if p.end == p.pos+1 || p.text[p.end-1] != '%' {
		return "", fail(p.end, "If a filter pattern starts with '%' it must end with '%'", "the pattern does not end in %%")
	}
	text, err := p.regexp()
	if err == nil && p.pos < p.end {
		r, _ := utf8.DecodeRuneInString(p.rest())
		err = fail(p.pos, awsTerm(string(r)), "a regular expression stands for itself alone")
	}
	return text, err
}

// fields reads the fields between [ and ].
func (p *parser) fields() ([]Field, error) {
	var fields []Field
	p.space()
	if p.pos == p.end {
		return nil, nil
	}
	for {
		at := p.pos
		field, err := p.field()
		if err != nil {
			return nil, err
		}
		if field.Name != "" && slices.ContainsFunc(fields, func(f Field) bool { return f.Name == field.Name }) {
			return nil, fail(at, "Duplicate field '"+field.Name+"'", "there are two fields of the name %s", field.Name)
		}
		if field.Ellipsis && slices.ContainsFunc(fields, func(f Field) bool { return f.Ellipsis }) {
			return nil, fail(at, "Duplicate field '...'", "... comes once")
		}
		fields = append(fields, field)
		if p.pos == p.end {
			return fields, nil
		}
		if !p.take(",") {
			return nil, fail(p.pos, awsInvalid, "a comma was expected before %s", p.here())
		}
		p.space()
	}
}

// field reads one field, up to the comma.
func (p *parser) field() (Field, error) {
	start := p.pos
	switch {
	case p.pos == p.end || p.text[p.pos] == ',':
		return Field{}, nil
	case p.take("..."):
		p.space()
		return Field{Ellipsis: true}, nil
	case p.text[p.pos] != '(':
		name, err := p.name()
		if err != nil {
			return Field{}, err
		}
		if p.space(); p.pos == p.end || p.text[p.pos] == ',' {
			return Field{Name: name}, nil
		}
		p.pos = start
	}
	expr, err := p.or()
	if err != nil {
		return Field{}, err
	}
	names := fieldsOf(expr, nil)
	for _, name := range names {
		if name != names[0] {
			return Field{}, fail(start, "Multiple variables used in a single filter. Var1 : "+names[0]+", Var2 : "+name, "a condition names the field that it stands in")
		}
	}
	return Field{Name: names[0], Expr: expr}, nil
}

// fieldsOf appends the fields that conditions are on.
func fieldsOf(expr Expr, names []string) []string {
	switch e := expr.(type) {
	case And:
		for _, part := range e {
			names = fieldsOf(part, names)
		}
	case Or:
		for _, part := range e {
			names = fieldsOf(part, names)
		}
	case *Condition:
		names = append(names, e.Field)
	}
	return names
}

// isTerm says that a term with such a letter needs no quotes.
func isTerm(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' }

// terms reads words and phrases. A sign begins a term, even amid a word.
func (p *parser) terms() ([]Term, error) {
	var terms []Term
	for p.space(); p.pos < p.end; p.space() {
		start := p.pos
		term := Term{}
		switch {
		case p.take("-"):
			term.Sign = Excluded
		case p.take("?"):
			term.Sign = Optional
		}
		if p.pos < p.end && p.text[p.pos] == '"' {
			at := p.pos
			var err error
			if term.Text, err = p.quoted(); err != nil {
				return nil, err
			}
			if term.Text == "" {
				return nil, fail(at, awsTerm(`""`), "the phrase is empty")
			}
			if p.pos < p.end && !isSpace(p.text[p.pos]) && p.text[p.pos] != '-' && p.text[p.pos] != '?' {
				return nil, fail(p.pos, awsInvalid, "a space was expected before %s", p.here())
			}
		} else if term.Text = p.run(isTerm); term.Text == "" {
			if p.pos == p.end || isSpace(p.text[p.pos]) {
				return nil, fail(start, awsTerm(string(term.Sign)), "a term was expected behind %s", term.Sign)
			}
			r, _ := utf8.DecodeRuneInString(p.rest())
			if r == '$' {
				return nil, fail(p.pos, awsTerm("$"), "a pattern for JSON begins with { and ends with }")
			}
			return nil, fail(p.pos, awsTerm(string(r)), "a term with %s in it needs quotes", p.here())
		} else if p.pos < p.end && p.text[p.pos] == '"' {
			return nil, fail(p.pos, awsInvalid, "a space was expected before %s", p.here())
		}
		terms = append(terms, term)
	}
	return terms, nil
}

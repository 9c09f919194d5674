package eventpattern

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// together is how many patterns are asked for in one statement.
const together = 25

// compare holds what the store says about patterns against what naive does.
func compare(t *testing.T, store *schema.Store, records []string, patterns []*Pattern) {
	t.Helper()
	var expressions []string
	var answers [][][]*bool // of each statement, record by record
	for some := range slices.Chunk(patterns, together) {
		b := new(record.Binder)
		var list []string
		for _, p := range some {
			list = append(list, "\n"+p.SQL(b))
		}
		expressions = append(expressions, list...)
		answers = append(answers, recordtest.Values[[]*bool](t, store, "["+strings.Join(list, ",")+"]", b.Args()...))
	}
	var choices [][][]requirement
	for _, p := range patterns {
		choices = append(choices, withoutOr(p))
	}
	matched := 0
	for i, text := range records {
		events := eventsOf(t, text)
		for j, p := range patterns {
			got, want := answers[j/together][i][j%together], naive(choices[j], events)
			if got == nil || *got != want {
				t.Errorf("%s\n%s\nnot %v\n%s", p, text, want, expressions[j])
			}
			if want {
				matched++
			}
		}
	}
	t.Logf("%d matches of %d records with %d patterns", matched, len(records), len(patterns))
}

// A generator makes records and patterns that meet now and then.
type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

var (
	texts = []string{
		`""`, `"a"`, `"A"`, `"b"`, `"ab"`, `"a*b"`, `"a%b"`, `"a_b"`, `"x\\y"`, `"é"`, `"É"`, `"5"`, `"true"`, `"null"`, `"\""`,
		`"10.0.0.1"`, `"10.0.1.1"`, `"2001:db8::1"`, `"2001:DB8:0::1"`, `"2001:db8:1::"`, `"AWS Internal"`,
	}
	numbers     = []string{"5", "5.0", "0.5e1", "300", "3e2", "-1", "0.1", "9007199254740993", "9007199254740992", "18446744073709551615", "6000000000", "1e300"}
	memberNames = []string{"a", "b", "c", "a.b", "q\\\"", "0"}
)

func (g generator) scalar() string {
	switch g.IntN(6) {
	case 0:
		return g.one(numbers...)
	case 1:
		return g.one("true", "false", "null")
	}
	return g.one(texts...)
}

// value is a JSON value of any sort.
func (g generator) value(depth int) string {
	if depth == 0 || g.IntN(3) == 0 {
		return g.scalar()
	}
	var parts []string
	if g.IntN(2) == 0 {
		for range g.IntN(4) {
			parts = append(parts, g.value(depth-1))
		}
		return "[" + strings.Join(parts, g.one(",", ", ")) + "]"
	}
	for _, name := range g.names(1 + g.IntN(4)) {
		parts = append(parts, `"`+name+`":`+g.value(depth-1))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// names are some names of members, as a rule the first ones.
func (g generator) names(n int) (some []string) {
	for _, i := range g.Perm(len(memberNames)) {
		if len(some) < n && g.IntN(i+1) < 2 {
			some = append(some, memberNames[i])
		}
	}
	return some
}

// record is a record; n makes it different from others.
func (g generator) record(n int) string {
	members := []string{`"eventVersion":"1.08"`, fmt.Sprintf(`"requestID":"%d"`, n)}
	add := func(often int, name string, value func() string) {
		switch {
		case g.IntN(30) == 0:
			members = append(members, `"`+name+`":`+g.value(2))
		case g.IntN(10) < often:
			members = append(members, `"`+name+`":`+value())
		}
	}
	of := func(values ...string) func() string { return func() string { return g.one(values...) } }
	add(9, "eventName", of(append(texts, `"GetThing"`, `"ListThings"`)...))
	add(8, "eventSource", of(`"iam.amazonaws.com"`, `"ec2.amazonaws.com.cn"`, `"x"`, `"sts.amazonaws.com"`))
	add(8, "eventType", of(`"AwsApiCall"`, `"AwsConsoleSignIn"`, `"AwsCloudTrailInsight"`, `"New"`))
	add(8, "awsRegion", of(`"us-east-1"`, `"eu-west-1"`))
	add(8, "recipientAccountId", of(`"111122223333"`, `"444455556666"`))
	add(8, "eventTime", of(`"2026-03-02T10:00:00Z"`, `"2026-03-02T10:00:00.5Z"`, `"2026-03-02T12:00:00+02:00"`, `"a"`))
	add(5, "eventID", of(fmt.Sprintf(`"11111111-1111-4111-8111-%012x"`, n), fmt.Sprintf(`"ABCDEF11-1111-4111-8111-%012x"`, n), `"a"`))
	add(5, "readOnly", of("true", "false", `"true"`))
	add(5, "managementEvent", of("true", "false"))
	add(5, "sourceIPAddress", of(texts...))
	add(5, "errorCode", g.scalar)
	add(8, "userIdentity", func() string {
		outer := members
		members = nil
		add(5, "type", of(texts...))
		add(3, "arn", g.scalar)
		add(3, "strange", func() string { return g.value(2) })
		add(5, "sessionContext", of(`{"attributes":{"mfaAuthenticated":"false"}}`, `{"attributes":{"mfaAuthenticated":false}}`, `{"attributes":null}`, `{}`))
		inner := "{" + strings.Join(members, ",") + "}"
		members = outer
		return inner
	})
	add(8, "requestParameters", func() string { return g.value(4) })
	add(5, "responseElements", func() string { return g.value(3) })
	add(5, "resources", func() string {
		return g.one(`[]`, `[{"ARN":"a"},{"ARN":"b","accountId":"5"}]`, `[{"ARN":"a","type":"b"},{"type":"a"}]`, `[{"ARN":null}]`, `[{"ARN":"ab","type":null},{"accountId":"a"}]`, `[{"ARN":"a","a":[1]}]`, `["a"]`)
	})
	add(5, "strange", func() string { return g.value(3) })
	g.Shuffle(len(members), func(i, j int) { members[i], members[j] = members[j], members[i] })
	return "{" + strings.Join(members, ",") + "}"
}

// test is one alternative for a field.
func (g generator) test() string {
	text, number := g.one(texts...), g.one(numbers[:7]...)
	wildcard := g.one(`"*"`, `"a*"`, `"*b"`, `"a\\*b"`, `"x\\\\y"`, `"*:*::1"`, `"a%b"`, `"a_b*"`, `""`)
	affix := g.one(`"a"`, `"b"`, `"É"`, `"5"`, `"t"`, `"10."`, `"."`, `"B"`, `"\\"`)
	others := g.one(text, number, "["+text+","+g.one(texts...)+"]", "["+number+","+g.one(numbers[:7]...)+"]")
	return g.one(
		g.scalar(), g.scalar(), text, text,
		`{"exactly":`+text+`}`, `{"prefix":`+affix+`}`, `{"suffix":`+affix+`}`, `{"prefix":""}`,
		`{"equals-ignore-case":`+text+`}`, `{"prefix":{"equals-ignore-case":`+affix+`}}`, `{"suffix":{"equals-ignore-case":`+affix+`}}`,
		`{"wildcard":`+wildcard+`}`,
		`{"anything-but":`+others+`}`, `{"anything-but":{"prefix":`+affix+`}}`, `{"anything-but":{"suffix":[`+affix+`,"1"]}}`,
		`{"anything-but":{"equals-ignore-case":`+text+`}}`, `{"anything-but":{"wildcard":`+wildcard+`}}`,
		`{"numeric":["`+g.one("=", "<", "<=", ">", ">=")+`",`+number+`]}`, `{"numeric":[">",0,"<=",`+g.one("5", "300", "5e9")+`]}`,
		`{"exists":true}`, `{"exists":false}`,
		`{"cidr":"`+g.one("10.0.0.0/24", "2001:db8::/33", "0.0.0.0/0", "::/0")+`"}`,
	)
}

// pattern is a pattern with some fields, each at most once in a branch: what is below a
// field that has tests itself is left out.
func (g generator) pattern() string {
	tops := []string{
		"source", "detail-type", "account", "region", "time", "id", "version", "resources", "replay-name", "detail",
		"detail.eventName", "detail.eventName", "detail.eventSource", "detail.readOnly", "detail.eventTime", "detail.eventID", "detail.sourceIPAddress", "detail.errorCode",
		"detail.userIdentity", "detail.userIdentity.type", "detail.userIdentity.arn", "detail.userIdentity.sessionContext.attributes.mfaAuthenticated",
		"detail.userIdentity.sessionContext.attributes", "detail.requestParameters", "detail.eventName.a", "detail.resources", "detail.strange",
	}
	path := func() []string {
		blocks := []string{"requestParameters", "requestParameters", "requestParameters", "responseElements", "resources", "resources", "strange", "userIdentity.strange"}
		if g.IntN(2) == 0 {
			return strings.Split(g.one(tops...), ".")
		}
		block := g.one(blocks...)
		p := append([]string{"detail"}, strings.Split(block, ".")...)
		if block == "resources" {
			return append(p, g.one("ARN", "accountId", "type", "a"))
		}
		return append(append(p, g.one("a", "b")), g.names(g.IntN(2))...)
	}
	var object func(depth int) string
	object = func(depth int) string {
		root := &tree{}
		for range 1 + g.IntN(5)/2 {
			tests := []string{g.test()}
			for g.IntN(2) == 0 {
				tests = append(tests, g.test())
			}
			root.put(path(), "["+strings.Join(tests, ",")+"]")
		}
		if depth > 0 && g.IntN(3) == 0 {
			root.put([]string{"$or"}, "["+object(depth-1)+","+object(0)+"]")
		}
		return root.String()
	}
	return object(1)
}

// A tree is a pattern in the making.
type tree struct {
	tests    string
	names    []string
	branches map[string]*tree
}

func (n *tree) put(path []string, tests string) {
	if n.tests != "" || len(path) == 0 && n.branches != nil {
		return
	}
	if len(path) == 0 {
		n.tests = tests
		return
	}
	if n.branches[path[0]] == nil {
		if n.branches == nil {
			n.branches = map[string]*tree{}
		}
		n.branches[path[0]] = &tree{}
		n.names = append(n.names, path[0])
	}
	n.branches[path[0]].put(path[1:], tests)
}

func (n *tree) String() string {
	if n.tests != "" {
		return n.tests
	}
	var members []string
	for _, name := range n.names {
		members = append(members, `"`+name+`":`+n.branches[name].String())
	}
	return "{" + strings.Join(members, ",") + "}"
}

// mixed says that with a choice of each $or there are tests of a field and of what is
// below it: of these an array in an array can meet both, which SQL does not see.
func mixed(p *Pattern) bool {
	for _, fields := range withoutOr(p) {
		for _, above := range fields {
			for _, below := range fields {
				if strings.HasPrefix(below.name(), above.name()+".") {
					return true
				}
			}
		}
	}
	return false
}

// Whatever the record and the pattern, SQL says what naive says.
func FuzzSQL(f *testing.F) {
	for seed := range uint64(3) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 0))}
		var records []string
		for n := range 50 {
			records = append(records, g.record(n))
		}
		var patterns []*Pattern
		for len(patterns) < 25 {
			text := g.pattern()
			p, err := Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if mixed(p) {
				continue
			}
			if again, err := Parse(p.String()); err != nil || !reflect.DeepEqual(again.Root, p.Root) {
				t.Fatalf("%s: %v\n%#v\n%#v", p, err, again, p)
			}
			patterns = append(patterns, p)
		}
		compare(t, recordtest.Load(t, records...), records, patterns)
	})
}

// The same for the records of a folder of log files, and patterns made of their values.
func TestCorpus(t *testing.T) {
	records := recordtest.Corpus(t)
	g := generator{rand.New(rand.NewPCG(1, 0))}
	var patterns []*Pattern
	for range 200 {
		record := eventsOf(t, records[g.IntN(len(records))])[0]
		root := &tree{}
		for range 1 + g.IntN(3) {
			f := record.fields[g.IntN(len(record.fields))]
			root.put(escaped(strings.Split(f.path, "\x00")), "["+g.testOf(f.value)+"]")
		}
		p, err := Parse(root.String())
		if err != nil {
			t.Fatalf("%s: %v", root, err)
		}
		patterns = append(patterns, p)
	}
	compare(t, recordtest.Load(t, records...), records, patterns)
}

func escaped(names []string) []string {
	for i, name := range names {
		names[i] = strings.Trim(quote(name), `"`)
	}
	return names
}

// testOf is a test that a value may meet.
func (g generator) testOf(value any) string {
	switch v := value.(type) {
	case string:
		begin, end := quote(strings.ToValidUTF8(v[:len(v)/2], "")), quote(strings.ToValidUTF8(v[len(v)/2:], ""))
		test := g.one(quote(v), quote(v), `{"prefix":`+begin+`}`, `{"suffix":`+end+`}`, `{"equals-ignore-case":`+quote(strings.ToUpper(v))+`}`,
			`{"prefix":{"equals-ignore-case":`+begin+`}}`, `{"anything-but":`+quote(v)+`}`, `{"anything-but":{"equals-ignore-case":`+quote(v)+`}}`, `{"exists":true}`)
		if v != "" && !strings.ContainsAny(v, `\*`) {
			test = g.one(test, test, `{"wildcard":`+quote(v[:1]+"*"+v[len(v)-1:])+`}`)
		}
		return test
	case json.Number:
		if n := float(v.String()); n >= -5e9 && n <= 5e9 {
			return g.one(v.String(), `{"numeric":[">=",`+v.String()+`]}`, `{"anything-but":`+v.String()+`}`, `{"exists":false}`)
		}
		return v.String()
	case bool, nil:
		return g.one(Value{Kind: map[any]ValueKind{true: True, false: False, nil: Null}[v]}.String(), `{"anything-but":"x"}`, `{"exists":false}`)
	}
	return `{"exists":true}`
}

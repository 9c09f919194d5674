package sigma_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
	"trailbox/schema"
)

// read parses one rule that has to be right.
func read(t testing.TB, text string) *sigma.Rule {
	t.Helper()
	set := sigma.Parse("rule.yml", text)
	for _, problem := range set.Problems {
		t.Fatalf("%v\n%s", problem, text)
	}
	if len(set.Rules) != 1 {
		t.Fatalf("%d rules in\n%s", len(set.Rules), text)
	}
	return set.Rules[0]
}

// rule is a rule with that detection, in which line ends stand for themselves.
func rule(detection string) string {
	return "title: Test\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  " +
		strings.ReplaceAll(strings.TrimSpace(detection), "\n", "\n  ") + "\n"
}

// found says which of the store's records each rule matches, by its SQL.
func found(t testing.TB, store *schema.Store, rules []*sigma.Rule) [][]bool {
	t.Helper()
	all := make([][]bool, len(rules))
	for i, r := range rules {
		var b record.Binder
		sql := r.SQL(&b)
		for _, value := range recordtest.Values[*bool](t, store, sql, b.Args()...) {
			if value == nil {
				t.Fatalf("NULL\n%s\n%s", r, sql)
			}
			all[i] = append(all[i], *value)
		}
	}
	return all
}

// agree compares what SQL finds with what walking finds, and what it finds with what
// EventNames promises.
func agree(t testing.TB, store *schema.Store, records []string, rules []*sigma.Rule) (matched int) {
	t.Helper()
	var all []map[string]any
	for _, text := range records {
		all = append(all, decoded(t, text))
	}
	var predicates []record.Predicate
	for _, r := range rules {
		predicates = append(predicates, r.Predicate())
	}
	tallies, err := record.Tallies(t.Context(), store, predicates, record.Counting{})
	if err != nil {
		t.Fatal(err)
	}
	counted := map[int]int{}
	for _, tally := range tallies {
		counted[tally.Predicate] = int(tally.Count)
	}
	for i, results := range found(t, store, rules) {
		if n := len(slices.DeleteFunc(slices.Clone(results), func(result bool) bool { return !result })); n != counted[i] {
			t.Errorf("%d events match, %d are counted\n%s", n, counted[i], rules[i])
		}
		names, isNamed := rules[i].EventNames()
		for j, result := range results {
			if result != matches(t, rules[i], all[j]) {
				var b record.Binder
				t.Errorf("SQL says %v\n%s\n%s\n%s\n%v", result, records[j], rules[i], rules[i].SQL(&b), b.Args())
				break
			}
			if name, _ := all[j]["eventName"].(string); result && isNamed && !slices.Contains(names, strings.ToLower(name)) {
				t.Errorf("%s is not among %q\n%s", name, names, rules[i])
			}
			if result {
				matched++
			}
		}
	}
	return matched
}

var records = []string{
	// 0: an object in a text, numbers, booleans, arrays of both kinds
	`{"eventVersion":"1.08","eventTime":"2026-03-02T10:07:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"us-east-1",` +
		`"sourceIPAddress":"192.0.2.7","userAgent":"[aws-cli/2.15 Python/3.11]","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/admin","userName":"admin"},` +
		`"requestParameters":{"bucketName":"logs","enable":false,"fromPort":22,"layers":["arn:aws:lambda:one","arn:aws:lambda:two"],` +
		`"containerDefinitions":[{"command":["sh","-c","curl 169.254.170.2$X"],"name":"a"},{"command":null,"name":"b"}],` +
		`"policyDocument":"{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\"}"},"responseElements":null,"readOnly":false,"eventType":"AwsApiCall"}`,
	// 1: errors, and a null where text should be
	`{"eventVersion":"1.08","eventTime":"2026-03-02T23:59:59Z","eventSource":"iam.amazonaws.com","eventName":"CreateUser","errorCode":"AccessDenied","errorMessage":"",` +
		`"sourceIPAddress":"2001:db8::1","userAgent":null,"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/aws:admin/x","sessionContext":{"sessionIssuer":{"userName":"admin"}}},` +
		`"requestParameters":{"userName":"admin","fromPort":"22","layers":[],"note":"100%_x"},"responseElements":{"a":null,"publiclyAccessible":true}}`,
	// 2: next to nothing
	`{"eventVersion":"1.08","eventName":"ConsoleLogin","errorMessage":"Failed authentication","additionalEventData":{"MFAUsed":"No"},"responseElements":{"ConsoleLogin":"Failure"},"errorCode":null,"strange":{"b":[{"c":1}]}}`,
	// 3: kinds that are not documented
	`{"eventVersion":"1.08","eventTime":"2026-12-31T00:00:00Z","eventName":"putbucketpolicy","userAgent":{"a":1},"userIdentity":"me","errorCode":["x"],"requestParameters":"text","readOnly":"yes","note":"a\\b*c?"}`,
	// 4: half a character, which DuckDB does not take for JSON
	`{"eventVersion":"1.08","eventName":"Half","requestParameters":{"a":"\ud800"},"responseElements":"\udc00","more":{"x":"\ud800"}}`,
}

// What items mean, one by one: the records that they match.
func TestItems(t *testing.T) {
	store := recordtest.Load(t, records...)
	var rules []*sigma.Rule
	var wants []string
	for _, test := range []struct{ item, want string }{
		{"eventName: putBucketPolicy", "0 3"}, // letters match in either case
		{"eventName|cased: PutBucketPolicy", "0"},
		{"eventName: [CreateUser, ConsoleLogin]", "1 2"},
		{"eventName: Put*Policy", "0 3"},
		{"eventName: Put?ucketPolicy", "0 3"},
		{"eventName: Put?Policy", ""},
		{"eventName|startswith: put", "0 3"},
		{"eventName|endswith: 'login'", "2"},
		{"eventName|contains: [user, login]", "1 2"},
		{"eventName|contains|all: [put, policy]", "0 3"},
		{"eventName|neq: CreateUser", "0 2 3 4"},
		{"userAgent|neq: x", "0 1 2 3 4"}, // true where it is missing
		{"userAgent|contains: '*'", "0"},
		{"userAgent: ''", ""},
		{"errorMessage: ''", "1"},
		{"errorCode|exists: true", "1 2 3"}, // null is there
		{"errorCode|exists: false", "0 4"},
		{"errorCode: null", "0 2 4"},
		{"errorMessage|contains: '*'", "1 2"},
		{"responseElements: null", "0 3"},
		{"responseElements|exists: true", "0 1 2 4"},
		{"responseElements.a|exists: true", "1"},
		{"responseElements.a: null", "0 1 2 3 4"},
		{"userIdentity|exists: true", "0 1 3"},
		{"userIdentity.arn|re: '.+:assumed-role/aws:.+'", "1"},
		{"userIdentity.arn|re: 'ASSUMED'", ""},
		{"userIdentity.arn|re|i: 'ASSUMED'", "1"},
		{"userIdentity.sessionContext.sessionIssuer.userName: admin", "1"},
		{"requestParameters.enable: 'false'", "0"},
		{"requestParameters.enable: false", "0"},
		{"requestParameters.fromPort: '22'", "0 1"},
		{"requestParameters.fromPort: 22", "0 1"},
		{"requestParameters.fromPort: 22.0", "0 1"},
		{"requestParameters.fromPort|gt: 21.5", "0 1"},
		{"requestParameters.fromPort|lt: 22", ""},
		{"requestParameters.fromPort|lte: 22", "0 1"},
		{"requestParameters.fromPort|gte: 23", ""},
		{"requestParameters.layers|contains: '*'", "0"},
		{"requestParameters.layers|endswith: ':two'", "0"},
		{"requestParameters.layers|contains|all: [one, two]", "0"},
		{"requestParameters.layers|exists: true", "0 1"},
		{"requestParameters.containerDefinitions.command|contains: 169.254.170.2", "0"},
		{"requestParameters.containerDefinitions.name: [b]", "0"},
		{"requestParameters|contains: '\"Allow\"'", "0"}, // inside of a string
		{"requestParameters|contains: '\\\\\"Allow'", "0"},
		{"requestParameters|contains: '\"bucketName\":\"logs\"'", "0"},
		{"requestParameters: text", "3"},
		{"requestParameters.note: '100%_x'", "1"},
		{"requestParameters.note: '1?0%*'", "1"},
		{"requestParameters.note: '???????'", ""},
		{"additionalEventData.MFAUsed: 'NO'", "2"},
		{"readOnly: 'false'", "0"},
		{"readOnly: false", "0"},
		{"readOnly: 'yes'", "3"},
		{"note: 'a\\b\\*c\\?'", "3"},
		{"note: 'a\\\\b*'", "3"},
		{"note: 'a\\\\*'", "3"},
		{"strange.b.c: 1", "2"},
		{"sourceIPAddress|cidr: 192.0.2.0/24", "0"},
		{"sourceIPAddress|cidr: ['10.0.0.0/8', '2001:db8::/32']", "1"},
		{"sourceIPAddress|cidr: 192.0.2.7", "0"},
		{"userIdentity.userName|fieldref: requestParameters.userName", ""},
		{"userIdentity.type|fieldref|neq: eventType", "0 1 2 3 4"},
		{"userIdentity.type|fieldref: userIdentity.type", "0 1"},
		{`errorMessage: "Failed authentication\0x"`, ""},
		{`errorMessage|startswith: "F\0"`, ""},
		{"eventTime|hour: [10, 23]", "0 1"},
		{"eventTime|minute: 59", "1"},
		{"eventTime|day: 2", "0 1"},
		{"eventTime|month: 12", "3"},
		{"eventTime|year: 2026", "0 1 3"},
		{"eventTime|week: 10", "0 1"},
		{"eventTime|startswith: '2026-03'", "0 1"},
	} {
		r := read(t, rule("selection:\n  "+test.item+"\ncondition: selection"))
		rules = append(rules, r)
		wants = append(wants, test.want)
	}
	for i, results := range found(t, store, rules) {
		var got []string
		for j, result := range results {
			if result {
				got = append(got, fmt.Sprint(j))
			}
		}
		if strings.Join(got, " ") != wants[i] {
			var b record.Binder
			t.Errorf("matches %v, not %s\n%s\n%s\n%v", got, wants[i], rules[i], rules[i].SQL(&b), b.Args())
		}
	}
	agree(t, store, records, rules)
}

// A value is found in base64 wherever it stands in what was encoded.
func TestEncoded(t *testing.T) {
	const value = "curl é"
	var wide, big []byte
	for _, r := range value {
		wide, big = append(wide, byte(r), 0), append(big, 0, byte(r))
	}
	var events []string
	for before := range 4 {
		for after := range 4 {
			for _, form := range [][]byte{[]byte(value), wide, big} {
				data := slices.Concat([]byte("xyzu")[:before], form, []byte("abcd")[:after])
				events = append(events, fmt.Sprintf(`{"eventVersion":"1.08","apiVersion":"%d","userAgent":%q}`, len(events)%3, base64.StdEncoding.EncodeToString(data)))
			}
		}
	}
	store := recordtest.Load(t, events...)
	for modifiers, form := range map[string]int{
		"base64offset|contains|cased": 0, "wide|base64offset|contains|cased": 1, "utf16le|base64offset|contains|cased": 1, "utf16be|base64offset|contains|cased": 2,
	} {
		r := read(t, rule("a:\n  userAgent|"+modifiers+": "+value+"\ncondition: a"))
		for i, result := range found(t, store, []*sigma.Rule{r})[0] {
			// The other order of bytes is the same, but for the first and the last of them.
			if other := i%3 != form && i%3*form > 0; result != (i%3 == form) && !other {
				t.Errorf("%s matches %s: %v", modifiers, events[i], result)
			}
		}
	}
	mark := fmt.Sprintf(`{"eventVersion":"1.08","userAgent":%q}`, base64.StdEncoding.EncodeToString(append([]byte{0xff, 0xfe}, wide...)))
	r := read(t, rule("a:\n  userAgent|utf16|base64: "+value+"\ncondition: a"))
	if !found(t, recordtest.Load(t, mark), []*sigma.Rule{r})[0][0] {
		t.Errorf("utf16|base64 does not match %s", mark)
	}
}

// FuzzSQL makes rules and records at random; SQL and plain Go agree on them, and so do a
// rule and what is read of its text.
func FuzzSQL(f *testing.F) {
	for seed := range uint64(2) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		var texts []string
		for range 40 {
			texts = append(texts, g.record())
		}
		store := recordtest.Load(t, texts...)
		var rules []*sigma.Rule
		for range 12 {
			made := g.rule()
			r := read(t, made.String())
			if got := bare(r); !reflect.DeepEqual(got, made) {
				t.Fatalf("%#v\nis read as\n%#v\n%s", made, got, made)
			}
			rules = append(rules, r)
		}
		if agree(t, store, texts, rules) == 0 {
			t.Error("nothing matched: the generator makes no pairs")
		}
	})
}

// bare is a rule without what does not belong to its text.
func bare(r *sigma.Rule) *sigma.Rule {
	copied := *r
	copied.File, copied.Line, copied.Warnings = "", 0, nil
	return &copied
}

// A generator makes rules and records of few fields and few values, so that they meet.
type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

var fields = []string{
	"eventName", "errorCode", "userAgent", "sourceIPAddress", "eventTime", "readOnly", "eventID", "userIdentity.arn",
	"userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.other", "requestParameters", "requestParameters.a",
	"requestParameters.a.b", "requestParameters.c", "responseElements.a", "strange", "strange.a", "resources.ARN", "tlsDetails.tlsVersion",
}

var words = []string{
	"", "a", "B", "ab", "Admin", "admin", "22", "022", "2.5", "-1", "true", "false", "null", "É", "é", `c:\d`, `a"b`, "100%_x", "a*b", "a?b",
	"192.0.2.7", "2001:db8::7", "arn:aws:iam::111122223333:user/admin", "YWI=", "eWFiYg==",
}

func (g generator) value(depth int) any {
	switch n := g.IntN(12); {
	case n == 0:
		return nil
	case n == 1:
		return g.IntN(2) == 0
	case n == 2:
		return pick[any](g, 22, -1, 2.5, 0)
	case n <= 4 && depth > 0:
		array := []any{}
		for range g.IntN(3) {
			array = append(array, g.value(depth-1))
		}
		return array
	case n <= 6 && depth > 0:
		object := map[string]any{}
		for range g.IntN(3) {
			object[pick(g, "a", "b", "c")] = g.value(depth - 1)
		}
		return object
	}
	return pick(g, words...)
}

func (g generator) record() string {
	record := map[string]any{"eventVersion": "1.08"}
	for _, field := range fields {
		if g.IntN(3) == 0 {
			continue
		}
		var value any = pick(g, words...)
		switch {
		case g.IntN(5) == 0 || strings.HasPrefix(field, "re") || strings.HasPrefix(field, "strange"):
			value = g.value(3)
		case field == "eventTime":
			value = pick(g, "2026-03-02T10:07:00Z", "2026-12-31T23:59:59Z")
		case field == "eventName":
			value = pick(g, "CreateUser", "createuser", "ConsoleLogin", "Admin")
		case field == "eventID":
			value = fmt.Sprintf("11111111-1111-4111-8111-%012d", g.IntN(1e9))
		}
		put(record, strings.Split(field, "."), value)
	}
	return compact(nil, record)
}

// put puts a value where there is room for it.
func put(object map[string]any, path []string, value any) {
	if len(path) == 1 {
		object[path[0]] = value
		return
	}
	if object[path[0]] == nil {
		object[path[0]] = map[string]any{}
	}
	if inner, ok := object[path[0]].(map[string]any); ok {
		put(inner, path[1:], value)
	}
}

func (g generator) rule() *sigma.Rule {
	r := &sigma.Rule{Meta: sigma.Meta{Title: "Test", ID: "x", Tags: []string{"attack.t1078"}}}
	for _, name := range []string{"selection", "selection_b", "_hidden"} {
		d := sigma.Detection{Name: name}
		for range 1 + g.IntN(2) {
			var items []sigma.Item
			for range 1 + g.IntN(2) {
				item := g.item()
				if !slices.ContainsFunc(items, func(other sigma.Item) bool { return other.Field == item.Field }) {
					items = append(items, item)
				}
			}
			d.Any = append(d.Any, items)
		}
		r.Detections = append(r.Detections, d)
	}
	for range 1 + g.IntN(2) {
		r.Conditions = append(r.Conditions, g.condition(2))
	}
	return r
}

func (g generator) condition(depth int) sigma.Expr {
	if depth > 0 {
		switch g.IntN(6) {
		case 0:
			return sigma.Any{g.condition(depth - 1), g.condition(depth - 1)}
		case 1, 2:
			return sigma.All{g.condition(depth - 1), g.condition(depth - 1)}
		case 3:
			return sigma.Not{Expr: g.condition(depth - 1)}
		}
	}
	if g.IntN(3) == 0 {
		return sigma.Of{All: g.IntN(2) == 0, Pattern: pick(g, "them", "selection*", "*e*", "_*")}
	}
	return sigma.Ref(pick(g, "selection", "selection_b", "_hidden"))
}

func (g generator) item() sigma.Item {
	item := sigma.Item{
		Field: pick(g, fields...),
		Op: pick(g, sigma.Equals, sigma.Equals, sigma.Equals, sigma.Equals, sigma.Contains, sigma.StartsWith, sigma.EndsWith, sigma.Exists,
			sigma.Matches, sigma.InPrefix, sigma.Greater, sigma.AtMost, sigma.SameAs, sigma.Hour),
	}
	text := func(text string) sigma.Value { return sigma.Value{Text: text} }
	var value func() sigma.Value
	switch item.Op {
	case sigma.Exists:
		item.Values = []sigma.Value{{Kind: sigma.Bool, Text: pick(g, "true", "false")}}
		return item
	case sigma.Hour:
		item.Field = "eventTime"
		value = func() sigma.Value { return sigma.Value{Kind: sigma.Number, Text: pick(g, "10", "23", "7")} }
	case sigma.Greater, sigma.AtMost:
		value = func() sigma.Value { return sigma.Value{Kind: sigma.Number, Text: pick(g, "22", "-1", "2.5", "0")} }
	case sigma.InPrefix:
		item.Field = pick(g, item.Field, "sourceIPAddress")
		value = func() sigma.Value { return text(pick(g, "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0")) }
	case sigma.Matches:
		item.Flags = pick(g, "", "", "i", "is")
		value = func() sigma.Value { return text(pick(g, "^a", "al.ce$", `\d+`, "^$", "[A-Z]", "é|b")) }
	case sigma.SameAs:
		item.Cased = g.IntN(2) == 0
		value = func() sigma.Value { return text(pick(g, fields...)) }
	default:
		item.Cased = g.IntN(4) == 0
		if g.IntN(8) == 0 && item.Op != sigma.StartsWith && item.Op != sigma.EndsWith {
			item.Encode = []sigma.Encoding{sigma.Base64}
			value = func() sigma.Value { return text(pick(g, "ab", "yabb")) }
			break
		}
		value = func() sigma.Value { return g.plainValue(item.Op) }
	}
	for range 1 + g.IntN(3) {
		item.Values = append(item.Values, value())
	}
	item.All = g.IntN(4) == 0
	item.Not = !item.All && g.IntN(5) == 0
	return item
}

func (g generator) plainValue(op sigma.Op) sigma.Value {
	if op == sigma.Equals {
		switch g.IntN(8) {
		case 0:
			return sigma.Value{Kind: sigma.Null}
		case 1:
			return sigma.Value{Kind: sigma.Number, Text: pick(g, "22", "-1", "2.50", "1e1")}
		case 2:
			return sigma.Value{Kind: sigma.Bool, Text: pick(g, "true", "false")}
		}
	}
	var glob sigma.Glob
	for range 1 + g.IntN(3) {
		part := sigma.Part{Wildcard: pick[byte](g, 0, 0, '*', '?')}
		if part.Wildcard == 0 {
			part.Text = pick(g, append(words, "createuser", "CONSOLELOGIN")...)
			if part.Text == "" || len(glob) > 0 && glob[len(glob)-1].Wildcard == 0 {
				continue
			}
		}
		glob = append(glob, part)
	}
	return sigma.Value{Glob: glob}
}

// Keywords are looked for in all values of a record, in whatever column or block they are:
// the wanted records are told by looking at their text.
func TestKeywords(t *testing.T) {
	records := []string{
		`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventID":"11111111-1111-4111-8111-000000000001","eventName":"CreateUser","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Mallory","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}}`,
		`{"eventVersion":"1.08","eventTime":"2026-03-02T11:00:00Z","eventID":"11111111-1111-4111-8111-000000000002","eventName":"PutBucketPolicy","requestParameters":{"policy":"{\"Principal\":\"*\"}","bucketName":"mallory-files"},"readOnly":false}`,
		`{"eventVersion":"1.08","eventTime":"2026-03-02T12:00:00Z","eventName":"AssumeRole","resources":[{"ARN":"arn:aws:iam::444455556666:role/deploy","type":"AWS::IAM::Role"}],"tlsDetails":{"tlsVersion":"TLSv1.3"},"strange":{"note":"a mallory of our own"}}`,
		`{"eventVersion":"1.08","errorCode":"AccessDenied","errorMessage":"100% of \"it\"","apiVersion":null}`,
	}
	store := recordtest.Load(t, records...)
	for detection, want := range map[string][]bool{
		"a: [mallory]\ncondition: a":                                   {true, true, true, false},
		"a: mallory\ncondition: not a":                                 {false, false, false, true},
		"a: [createuser, TLSv1.3]\ncondition: a":                       {true, false, true, false},
		"a:\n  '|all': [mallory, files]\ncondition: a":                 {false, true, false, false},
		"a:\n  '|contains|all': [mallory, iam]\ncondition: a":          {true, false, true, false},
		"a: ['user/m*lory', 'our ?wn']\ncondition: a":                  {true, false, true, false},
		"a: [111122223333, 444455556666]\ncondition: a":                {true, false, true, false},
		`a: ['"Principal":"\*"']` + "\ncondition: a":                   {false, true, false, false},
		`a: ['100% of "it"']` + "\ncondition: a":                       {false, false, false, true},
		"a: ['2026-03-02T11', false]\ncondition: a":                    {true, true, false, false},
		"a: [11111111-1111-4111-8111-000000000002]\ncondition: a":      {false, true, false, false},
		"a: [mallory]\nb: {eventName: CreateUser}\ncondition: a and b": {true, false, false, false},
		"a:\n  '|cased': Mallory\ncondition: a":                        {true, false, false, false},
	} {
		if got := found(t, store, []*sigma.Rule{read(t, rule(detection))})[0]; !slices.Equal(got, want) {
			t.Errorf("%s: %v, not %v", detection, got, want)
		}
	}
	r := read(t, rule("a: [x, 'y*']\nb:\n  '|all': [x, y]\ncondition: a or b"))
	if again := read(t, r.String()); !reflect.DeepEqual(bare(again), bare(r)) {
		t.Errorf("%s is read as %s", r, again)
	}
}

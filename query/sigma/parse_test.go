package sigma_test

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailbox/query/sigma"
)

// What a rule cannot have is refused by its name, at its line.
func TestProblems(t *testing.T) {
	for _, test := range []struct{ detection, want string }{
		{"a: {eventName: x}", "4: the detection has no condition"},
		{"a: {eventName: x}\ncondition: b", "5: the condition names b"},
		{"a:\n  eventName|windash: x\ncondition: a", "5: eventName|windash: the modifier windash is not supported"},
		{"a:\n  eventName|expand: '%x%'\ncondition: a", "5: the placeholder x has no value: --placeholder NAME=VALUE,..."},
		{"a:\n  eventName|fuzzy: x\ncondition: a", `5: eventName|fuzzy: there is no modifier "fuzzy"`},
		{"a:\n  eventName|contains|startswith: x\ncondition: a", "5: eventName|contains|startswith: the modifiers contains and startswith do not go together"},
		{"a:\n  eventName|i: x\ncondition: a", "5: eventName|i: the modifier i stands behind re only"},
		{"a:\n  eventName|re|cased: x\ncondition: a", "5: eventName|re|cased: the modifiers re and cased do not go together"},
		{"a:\n  eventName|re: '(?<!x)y'\ncondition: a", `5: eventName|re: regular expression "(?<!x)y" looks around itself with (?<!, which is not supported`},
		{"a:\n  eventName|re: '(x)\\1'\ncondition: a", "5: eventName|re: regular expression"},
		{"a:\n  eventName|cidr: '1.2.3'\ncondition: a", `5: eventName|cidr: "1.2.3" is no range of IP addresses`},
		{"a:\n  eventName|exists: 'yes'\ncondition: a", `5: eventName|exists: exists takes true or false, not "yes"`},
		{"a:\n  eventName|exists: [true, false]\ncondition: a", "5: eventName|exists: exists takes one value"},
		{"a:\n  eventName|gt: x\ncondition: a", `5: eventName|gt: gt takes a number, not "x"`},
		{"a:\n  eventName|contains: null\ncondition: a", "5: eventName|contains: null is compared without modifiers"},
		{"a:\n  eventName|all|neq: [x, y]\ncondition: a", "5: eventName|all|neq: the modifiers all and neq do not go together"},
		{"a:\n  errorCode|hour: 3\ncondition: a", "5: errorCode|hour: hour is supported of eventTime only"},
		{"a:\n  eventName|wide: x\ncondition: a", "5: eventName|wide: wide has to be followed by base64"},
		{"a:\n  eventName|base64offset: x\ncondition: a", "5: eventName|base64offset: base64offset has to be followed by contains"},
		{"a:\n  eventName|base64: 'x*'\ncondition: a", `5: eventName|base64: "x*" has wildcards, which cannot be encoded`},
		{"a:\n  eventName: []\ncondition: a", "5: eventName: the list of values is empty"},
		{"a:\n  eventName: [{x: y}]\ncondition: a", "5: eventName: a value is text"},
		{"a:\n  eventName: x\n  eventName: y\ncondition: a", "6: a has eventName twice"},
		{"a:\n  '|startswith': x\ncondition: a", "5: |startswith: the modifiers contains and startswith do not go together"},
		{"a: [x, {eventName: y}]\ncondition: a", "4: a is no mapping"},
		{"a:\n  user..name: x\ncondition: a", `5: field "user..name" has an empty name`},
		{"a:\n  userIdentity: x\ncondition: a", "5: userIdentity: userIdentity cannot be compared as a whole"},
		{"a: &a {eventName: x}\nb: *a\ncondition: a", "5: YAML aliases (*a) are not supported"},
		{"a: {eventName: x}\ntimeframe: soon\ncondition: a", `5: timespan takes a number and s, m, h or d`},
		{"a: {eventName: x}\ncondition: a | count() > 5", `5: condition "a | count() > 5": an aggregation behind | needs a timeframe`},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: a | max(x) > 5", `6: condition "a | max(x) > 5": the aggregation max is not supported: count, sum and avg are`},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: a | count() more than 5", `is no aggregation such as`},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: a | count() > 5.5.5", `"5.5.5" is no number`},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: [a | count() > 5, a]", "an aggregation behind | cannot be one of several conditions"},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: a | near b", "the condition names b"},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: a | near not a", `near takes names of detections with and between them, not "not a"`},
		{"a: {eventName: x}\ntimeframe: 5m\ncondition: b | count() > 5", "the condition names b"},
		{"a: {eventName: x}\ncondition: 2 of a*", `5: condition "2 of a*": "2" of is not supported`},
		{"a: {eventName: x}\ncondition: 1 of b*", "5: the condition says 1 of b*, but the detection has no such name"},
		{"a: {eventName: x}\ncondition: (a or a", `5: condition "(a or a": a bracket is not closed`},
		{"a: {eventName: x}\ncondition: a and", `5: condition "a and": it ends where a detection should follow`},
		{"a: {eventName: x}\ncondition: a a", `5: condition "a a": unexpected "a"`},
		{"a: {eventName: x}\ncondition: a*", `5: condition "a*": "a*" names several detections`},
		{"a: {eventName: x}\ncondition: " + strings.Repeat("not ", 200) + "a", "brackets and not nest deeper than 100"},
	} {
		text := rule(test.detection)
		set := sigma.Parse("r.yml", text)
		if len(set.Problems) != 1 || len(set.Rules) != 0 {
			t.Errorf("%d problems and %d rules in\n%s", len(set.Problems), len(set.Rules), text)
			continue
		}
		if got := fmt.Sprintf("%d: %s", set.Problems[0].Line, set.Problems[0].Reason); !strings.Contains(got, test.want) {
			t.Errorf("%s\nnot %s\n%s", got, test.want, text)
		}
	}
}

func TestCorrelationProblems(t *testing.T) {
	for _, test := range []struct{ correlation, want string }{
		{"{}", "the correlation has no type"},
		{"{type: event_count, rules: [x], timespan: 5m}", "a correlation of type event_count needs a condition"},
		{"{type: event_count, timespan: 5m, condition: {gte: 2}}", "the correlation names no rules"},
		{"{type: event_count, rules: [x], condition: {gte: 2}}", "the correlation has no timespan"},
		{"{type: event_count, rules: [x], timespan: 5 minutes, condition: {gte: 2}}", `timespan takes a number and s, m, h or d, such as 10m, not "5 minutes"`},
		{"{type: value_count, rules: [x], timespan: 5m, condition: {gte: 2}}", "the condition of a correlation of type value_count needs a field"},
		{"{type: event_count, rules: [x], timespan: 5m, condition: {gte: 2, field: y}}", "a correlation of type event_count counts no field"},
		{"{type: value_percentile, rules: [x], timespan: 5m, condition: {gte: 2, field: y}}", "correlations of type value_percentile are not supported"},
		{"{type: event_count, rules: [x], timespan: 5m, condition: {gte: many}}", `gte takes a number, not "many"`},
		{"{type: temporal, rules: [x], timespan: 5m, condition: x and not y}", `a condition that combines rules by name is not supported: "x and not y"`},
		{"{type: temporal_ordered, rules: [x, y], timespan: 5m, condition: {gte: 2}}", "a condition on rules in their order is not supported"},
		{"{type: event_count, rules: [x], timespan: 5m, condition: {gte: 2}, gap: 5m}", "gap is not supported in a correlation"},
		{"{type: event_count, rules: [y], timespan: 5m, condition: {gte: 2}}", `the correlation refers to "y", which no rule for CloudTrail has for its id, name or title`},
		{"{type: event_count, rules: [c], timespan: 5m, condition: {gte: 2}}", "the correlation refers to itself"},
		{"{type: event_count, rules: [twice], timespan: 5m, condition: {gte: 2}}", `the correlation refers to "twice", which 2 rules have`},
	} {
		text := rule("a: {eventName: A}\ncondition: a") + "name: x\n---\n" + rule("a: {eventName: A}\ncondition: a") + "name: twice\n---\n" +
			rule("a: {eventName: A}\ncondition: a") + "name: twice\n---\ntitle: c\ncorrelation: " + test.correlation + "\n"
		set := sigma.Parse("r.yml", text)
		set.Resolve()
		if len(set.Rules) != 3 || len(set.Problems) != 1 || len(set.Correlations) != 0 {
			t.Errorf("%d rules, %d problems and %d correlations in\n%s", len(set.Rules), len(set.Problems), len(set.Correlations), text)
			continue
		}
		if got := set.Problems[0].Reason; !strings.Contains(got, test.want) {
			t.Errorf("%s\nnot %s", got, test.want)
		}
	}
}

// What runs, but hardly as it was meant, is warned of.
func TestWarnings(t *testing.T) {
	for _, test := range []struct{ detection, want string }{
		{"a: {eventName: CreateUser}\ncondition: a", ""},
		{"a: [CreateUser, DeleteUser]\ncondition: a", ""},
		{"a:\n  status: success\ncondition: a", "[1 the rule can match no CloudTrail event] [5 CloudTrail events have no field status]"},
		{"a:\n  status: success\nb:\n  eventName: x\ncondition: b and not a", "[5 CloudTrail events have no field status]"},
		{"a:\n  eventname: x\ncondition: a", "CloudTrail events have no field eventname: it is eventName"},
		{"a:\n  errorCode: Success\ncondition: a", "CloudTrail writes no errorCode where there is no error"},
		{"a:\n  errorCode: Success\nb:\n  errorCode: null\ncondition: a or b", ""},
		{"a:\n  requestParameters|contains: '\"arn:aws:s3:::<YOUR-BUCKET-NAME>/*\"'\ncondition: a", "requestParameters is compared with the placeholder <YOUR-BUCKET-NAME> as it stands"},
		{"a:\n  errorCode: 'null'\ncondition: a", `"null" in quotes is a text`},
		{"a:\n  userIdentity.arn|contains: requestParameters.userName\ncondition: a", "fieldref compares with the field of that name"},
		{"a:\n  errorCode: [x, null]\ncondition: a", "null within a list of values"},
		{"a:\n  eventName: UpdateFunctionCode\ncondition: a", "CloudTrail records UpdateFunctionCode as UpdateFunctionCode20150331v2"},
		{"a:\n  eventName: [DeleteBucketPublicAccessBlock, DeletePublicAccessBlock]\ncondition: a", "[5 CloudTrail records DeletePublicAccessBlock as DeleteBucketPublicAccessBlock or DeleteAccountPublicAccessBlock]"},
		{"a:\n  eventName: PutEncryptionConfiguration\ncondition: a", "CloudTrail records PutEncryptionConfiguration as PutBucketEncryption"},
		{"a:\n  userIdentity.arn|fieldref: requestParameters.userName\ncondition: a", "userIdentity.arn and requestParameters.userName are hardly ever the same"},
		{"a: {eventName: CreateUser}\nb: {eventName: x}\ncondition: a", "the condition does not use b"},
	} {
		var got []string
		for _, w := range read(t, "\n"+rule(test.detection)).Warnings {
			got = append(got, fmt.Sprintf("[%d %s]", w.Line-1, w.Text))
		}
		if text := strings.Join(got, " "); !strings.Contains(text, test.want) || test.want == "" && text != "" {
			t.Errorf("%s\nnot %s\n%s", text, test.want, test.detection)
		}
	}
}

// A rule that looks for a placeholder says so.
func TestDescribedPlaceholder(t *testing.T) {
	text := rule("a:\n  requestParameters|contains: '<YOUR-BUCKET-NAME>'\ncondition: a")
	if n := len(read(t, text).Warnings); n != 1 {
		t.Errorf("%d warnings, want 1", n)
	}
	if w := read(t, "description: looks for the unchanged <YOUR-BUCKET-NAME>\n"+text).Warnings; len(w) > 0 {
		t.Error(w)
	}
}

// Documents that share their parts are for the logs that one of them names.
func TestSharedDocuments(t *testing.T) {
	const parts = "---\ndetection: {selection: {EventID: 1}}\n---\nlogsource: {product: %s, service: %s}\ndetection: {selection: {EventID: 2}, condition: selection}\n"
	global := "title: Shared\naction: global\ndetection: {condition: selection}\n"
	set := sigma.Parse("f.yml", global+fmt.Sprintf(parts, "windows", "sysmon"))
	if len(set.Problems) > 0 || len(set.Foreign) != 3 || set.Foreign[2].Logsource != "windows/sysmon" {
		t.Errorf("%+v", set)
	}
	set = sigma.Parse("f.yml", global+fmt.Sprintf(parts, "aws", "cloudtrail"))
	if len(set.Problems) < 2 || len(set.Foreign) > 0 {
		t.Errorf("%+v", set)
	}
}

// Values are what YAML and Sigma make of them together.
func TestValues(t *testing.T) {
	text := func(parts ...sigma.Part) sigma.Value { return sigma.Value{Glob: parts} }
	lit := func(text string) sigma.Part { return sigma.Part{Text: text} }
	many, one := sigma.Part{Wildcard: '*'}, sigma.Part{Wildcard: '?'}
	for _, test := range []struct {
		yaml string
		want sigma.Value
	}{
		{"x", text(lit("x"))},
		{"''", text()},
		{"No", text(lit("No"))},
		{"2026-03-02", text(lit("2026-03-02"))},
		{"012345678901", text(lit("012345678901"))}, // an account, no octal number
		{"0x1F", text(lit("0x1F"))},
		{"22", sigma.Value{Kind: sigma.Number, Text: "22"}},
		{"-1.5e3", sigma.Value{Kind: sigma.Number, Text: "-1.5e3"}},
		{"'22'", text(lit("22"))},
		{"True", sigma.Value{Kind: sigma.Bool, Text: "true"}},
		{"'true'", text(lit("true"))},
		{"~", sigma.Value{Kind: sigma.Null}},
		{"'a*b?'", text(lit("a"), many, lit("b"), one)},
		{`'\*\?'`, text(lit("*?"))},
		{`'\\*'`, text(lit(`\`), many)},
		{`'\\\*'`, text(lit(`\*`))},
		{`'a\b\\c\\\\d'`, text(lit(`a\b\c\\d`))},
		{`'\'`, text(lit(`\`))},
	} {
		r := read(t, rule("a:\n  userAgent: "+test.yaml+"\ncondition: a"))
		got := r.Detections[0].Any[0][0].Values[0]
		if !reflect.DeepEqual(got, test.want) && !(len(got.Glob) == 0 && len(test.want.Glob) == 0 && got.Kind == test.want.Kind && got.Text == test.want.Text) {
			t.Errorf("%s is %#v, not %#v", test.yaml, got, test.want)
		}
	}
}

// Conditions bind as they should; what is printed is read as the same.
func TestConditions(t *testing.T) {
	for condition, want := range map[string]string{
		"a or b and not c":                  "a or (b and not c)",
		"(a or b) and c":                    "(a or b) and c",
		"NOT (a AND b) Or c":                "not (a and b) or c",
		"not not a":                         "not (not a)",
		"1 of them and not all of sel*":     "1 of them and not all of sel*",
		"All Of Them":                       "all of them",
		"((a))":                             "a",
		"1 of _internal*":                   "1 of _internal*",
		"[a, b and c]":                      "[a, b and c]",
		"(1 of a*) and(not b)or not(b)":     "(1 of a* and not b) or not b",
		"'sel_1 and _internal_x and s-2.x'": "sel_1 and _internal_x and s-2.x",
	} {
		r := read(t, rule("a: {eventName: a}\nb: {eventName: b}\nc: {eventName: c}\nsel_1: {eventName: d}\ns-2.x: {eventName: e}\n_internal_x: {eventName: f}\ncondition: "+condition))
		var got []string
		for _, e := range r.Conditions {
			got = append(got, e.String())
		}
		text := strings.Join(got, ", ")
		if len(got) > 1 {
			text = "[" + text + "]"
		}
		if text != want {
			t.Errorf("%s is read as %s, not %s", condition, text, want)
		}
		if again := read(t, r.String()); !reflect.DeepEqual(bare(again), bare(r)) {
			t.Errorf("%s is read as %s", r, again)
		}
	}
}

func TestEventNames(t *testing.T) {
	for _, test := range []struct{ detection, want string }{
		{"a: {eventName: [CreateUser, DeleteUser]}\ncondition: a", "createuser deleteuser"},
		{"a: {eventName: CreateUser}\nb: {errorCode: x}\ncondition: a and not b", "createuser"},
		{"a: {eventName: A}\nb: {eventName: B}\ncondition: a or b", "a b"},
		{"a: {eventName: A}\nb: {eventName: B}\ncondition: a and b", ""},
		{"a: {eventName: A}\nb: {errorCode: x}\ncondition: a or b", "any"},
		{"a: {eventName: A}\ncondition: not a", "any"},
		{"a: [{eventName: A}, {eventName: B, errorCode: x}]\ncondition: 1 of them", "a b"},
		{"a: [{eventName: A}, {errorCode: x}]\ncondition: a", "any"},
		{"a: {eventName: Put*}\ncondition: a", "any"},
		{"a: {eventName|contains: Put}\ncondition: a", "any"},
		{"a: {eventName|neq: A}\ncondition: a", "any"},
		{"a: {eventName|cased: A}\nb: {eventName: [A, B]}\ncondition: all of them", "a"},
	} {
		names, ok := read(t, rule(test.detection)).EventNames()
		got := strings.Join(names, " ")
		if !ok {
			got = "any"
		}
		if got != test.want {
			t.Errorf("%q, not %q\n%s", got, test.want, test.detection)
		}
	}
}

// ruleFiles are rules of several files, which refer to each other.
var ruleFiles = []string{"testdata/rules/broken.yml", "testdata/rules/more/sign-in.yaml", "testdata/rules/sign-ins.yml"}

// What is wrong with one document does not keep the others from being read, and
// correlations find what they refer to in other files.
func TestSet(t *testing.T) {
	set := &sigma.Set{}
	for _, name := range ruleFiles {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set.Join(sigma.Parse(name, string(text)))
	}
	set.Resolve()
	var got []string
	for _, r := range set.Rules {
		got = append(got, fmt.Sprintf("%s:%d: %s %v", r.File, r.Line, r.Title, set.Silent()[sigma.Member{Rule: r}]))
	}
	for _, c := range set.Correlations {
		got = append(got, fmt.Sprintf("%s:%d: %s %v", c.File, c.Line, c.Title, set.Silent()[sigma.Member{Correlation: c}]))
	}
	for _, f := range set.Foreign {
		got = append(got, fmt.Sprintf("%s:%d: %s is for %s", f.File, f.Line, f.Title, f.Logsource))
	}
	for _, problem := range set.Problems {
		got = append(got, fmt.Sprintf("%s:%d: %q: %s", problem.File, problem.Line, problem.Title, problem.Reason))
	}
	want := []string{
		"testdata/rules/broken.yml:19: Right false",
		"testdata/rules/more/sign-in.yaml:1: Console Sign-In true",
		"testdata/rules/sign-ins.yml:3: Failed Console Sign-In true",
		"testdata/rules/sign-ins.yml:28: Many Failed Console Sign-Ins true",
		"testdata/rules/sign-ins.yml:43: Many Failed Console Sign-Ins, Then One That Succeeded false",
		"testdata/rules/broken.yml:10: For Another Log is for azure/activitylogs",
		`testdata/rules/broken.yml:7: "Windash": userAgent|windash: the modifier windash is not supported: it is for command lines of Windows`,
		`testdata/rules/broken.yml:37: "": not YAML: did not find expected node content`,
		`testdata/rules/broken.yml:28: "Not Found": the correlation refers to "no_such_rule", which no rule for CloudTrail has for its id, name or title`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Placeholders stand for their values, each in the place of the other, and wildcards among
// them are some.
func TestPlaceholders(t *testing.T) {
	values := sigma.Placeholders{"admins": {"alice", "bob*"}, "where": {"a", "b"}}
	set := values.Parse("r.yml", rule("a:\n  userIdentity.userName|expand: ['%admins%', root]\n  userAgent|expand|contains: 'x-%where%-%admins%'\n  eventName|expand: plain\ncondition: a"))
	if len(set.Rules) != 1 || !set.Placeholders["admins"] || !set.Placeholders["where"] {
		t.Fatal(set.Problems, set.Placeholders)
	}
	want := read(t, rule("a:\n  userIdentity.userName: [alice, 'bob*', root]\n  userAgent|contains: [x-a-alice, 'x-a-bob*', x-b-alice, 'x-b-bob*']\n  eventName: plain\ncondition: a"))
	if got := set.Rules[0]; got.String() != want.String() {
		t.Errorf("%s\nnot\n%s", got, want)
	}
}

// A timeframe without an aggregation limits nothing, and is warned of.
func TestTimeframe(t *testing.T) {
	r := read(t, rule("a: {eventName: x}\ntimeframe: 5m\ncondition: a"))
	if len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0].Text, "timeframe limits nothing") {
		t.Error(r.Warnings)
	}
}

// FuzzParse reads whatever is there: what it makes rules of, it writes and reads again as
// the same.
func FuzzParse(f *testing.F) {
	for _, name := range ruleFiles {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(rule("a: {eventName: A}\nb: [x, 'y*']\ntimeframe: 5m\ncondition: a and not b | count(sourceIPAddress) by userIdentity.arn, awsRegion >= 3"))
	f.Add(rule("a: {eventName: A}\nb: {'|all': [x, y]}\ntimeframe: 90s\ncondition: a | near b"))
	f.Add(rule("a:\n  eventName|utf16|base64offset|contains: [\"\\x07\", 'é', 1]\ncondition: a"))
	f.Fuzz(func(t *testing.T, text string) {
		set := sigma.Parse("r.yml", text)
		for _, r := range set.Rules {
			again := sigma.Parse("r.yml", r.String())
			if len(again.Rules) != 1 || !reflect.DeepEqual(bare(again.Rules[0]), bare(r)) {
				t.Fatalf("%#v\n%s\nis read as %v", r, r, again.Problems)
			}
			r.Predicate()
		}
		for _, c := range set.Correlations {
			again := sigma.Parse("r.yml", c.String())
			if len(again.Correlations) != 1 || again.Correlations[0].String() != c.String() {
				t.Fatalf("%#v\n%s\nis read as %v", c, c, again.Problems)
			}
		}
		set.Resolve()
	})
}

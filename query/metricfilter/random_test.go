package metricfilter

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// Records and patterns of a few names and values, so that they meet often.

var (
	someNames = []string{"a", "b", "c.d", "x-y", "Ä", `q"`, "*", ""}
	someTexts = []string{"", "x", "xy", "X", "true", "false", "null", "1", "1.0", "01", "-1", "1e3", "404", "[1]", `{"a":1}`, "a%b_c", `back\slash`, `say "x"`, "*", "x**y*", "two\nlines", "\u00e9\u4e16"}
	// Numbers whose text is the same in any spelling that a record is given.
	someNumbers  = []string{"0", "1", "-1", "7", "404", "9007199254740993", "18446744073709551616", "-170141183460469231731687303715884105728"}
	otherNumbers = []string{"1.0", "7.5", "0.1", "-0.0", "1e3", "1e309"}
)

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

func jsonText(r *rand.Rand, text string) string {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	if text != "" && text[0] < utf8.RuneSelf && r.IntN(8) == 0 { // an escape that is not needed: such a record has no shape
		rest, _ := json.Marshal(text[1:])
		return fmt.Sprintf(`"\u%04x%s`, text[0], rest[1:])
	}
	return string(encoded)
}

// someValue is a JSON value; plain says that of numbers it is only one that has one text.
func someValue(r *rand.Rand, depth int, plain bool) string {
	switch n := r.IntN(12); {
	case n < 4:
		return jsonText(r, pick(r, someTexts))
	case n < 6 && (plain || r.IntN(2) == 0):
		return pick(r, someNumbers)
	case n < 6:
		return pick(r, otherNumbers)
	case n == 6:
		return "null"
	case n == 7:
		return pick(r, []string{"true", "false"})
	case depth == 0:
		return pick(r, []string{"{}", "[]", "[null]"})
	case n < 10:
		return someObject(r, depth-1, someNames)
	}
	var elements []string
	for range r.IntN(4) {
		elements = append(elements, someValue(r, depth-1, false))
	}
	return "[" + strings.Join(elements, ",") + "]"
}

func someObject(r *rand.Rand, depth int, names []string) string {
	var members []string
	for _, name := range names {
		if r.IntN(2) == 0 {
			members = append(members, jsonText(r, name)+":"+someValue(r, depth, false))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// someRecord has values of all kinds wherever the store keeps some.
func someRecord(r *rand.Rand, n int) string {
	members := []string{`"eventVersion":"1.08"`, fmt.Sprintf(`"requestID":"%d"`, n)}
	add := func(name, value string) { members = append(members, jsonText(r, name)+":"+value) }
	maybe := func() bool { return r.IntN(2) == 0 }
	for _, name := range []string{"eventName", "errorCode", "eventType"} {
		if maybe() {
			add(name, someValue(r, 1, true))
		}
	}
	for _, name := range []string{"readOnly", "managementEvent"} {
		if maybe() {
			add(name, pick(r, []string{"true", "false", `"true"`, `"false"`, "null", "1", `"yes"`}))
		}
	}
	for _, name := range []string{"requestParameters", "responseElements", "strange"} {
		if maybe() {
			add(name, someValue(r, 3, false))
		}
	}
	if maybe() {
		add("eventTime", pick(r, []string{`"2026-03-02T10:00:00Z"`, `"2026-03-02T10:00:00.5Z"`, "null", "7", `"x"`}))
	}
	if maybe() {
		add("eventID", pick(r, []string{`"11111111-1111-4111-8111-111111111111"`, `"ABCDEF11-1111-4111-8111-111111111112"`, "null", "7", `"x"`}))
	}
	if maybe() {
		var elements []string
		for range r.IntN(3) {
			var inner []string
			for _, name := range []string{"ARN", "accountId", "more"} {
				if maybe() && (name != "more" || r.IntN(3) == 0) {
					inner = append(inner, fmt.Sprintf(`"%s":%s`, name, pick(r, []string{`"x"`, `"xy"`, `"1"`, "null", `"true"`, "7"})))
				}
			}
			elements = append(elements, "{"+strings.Join(inner, ",")+"}")
		}
		add("resources", pick(r, []string{"[" + strings.Join(elements, ",") + "]", "null", someValue(r, 1, false)}))
	}
	if maybe() {
		var inner []string
		for _, name := range []string{"type", "invokedBy", "strange", "accountId"} {
			if maybe() {
				inner = append(inner, fmt.Sprintf(`"%s":%s`, name, someValue(r, 1, true)))
			}
		}
		if maybe() {
			inner = append(inner, `"sessionContext":`+pick(r, []string{
				`{"attributes":{"mfaAuthenticated":"true"}}`, `{"attributes":{"mfaAuthenticated":true}}`, `{"attributes":null,"a":1}`, `{"sessionIssuer":{"userName":"x"}}`, "null", "{}", "7",
			}))
		}
		add("userIdentity", pick(r, []string{"{" + strings.Join(inner, ",") + "}", "{" + strings.Join(inner, ",") + "}", "null", `"x"`, "[1]"}))
	}
	return "{" + strings.Join(members, ",") + "}"
}

// someSelectors are of members that the records have values in, or might have.
var someSelectors = []string{
	"$.eventName", "$.errorCode", "$.eventType", "$.readOnly", "$.managementEvent", "$.eventTime", "$.eventID", "$.eventName.a", "$.eventName[0]", "$.eventName[*]",
	"$.userIdentity", "$.userIdentity.type", "$.userIdentity.invokedBy", "$.userIdentity.strange", "$.userIdentity.accountId", "$.userIdentity.*", "$.userIdentity.type.a",
	"$.userIdentity.sessionContext", "$.userIdentity.sessionContext.attributes", "$.userIdentity.sessionContext.attributes.mfaAuthenticated",
	"$.userIdentity.sessionContext.*.mfaAuthenticated", "$.userIdentity.*.attributes", "$.userIdentity[*].a", "$.userIdentity[0]",
	"$.resources", "$.resources.ARN", "$.resources[0]", "$.resources[0].ARN", "$.resources[1].accountId", "$.resources[*].ARN", "$.resources[*].more", "$.resources[*]",
	"$.requestParameters", "$.requestParameters.a", "$.requestParameters.a.b", "$.requestParameters.a[1]", "$.requestParameters.a[*]", "$.requestParameters.*.b", "$.requestParameters[*]",
	"$.requestParameters.['c.d']", "$.requestParameters.x-y", "$.requestParameters.Ä", `$.requestParameters.['q"']`, "$.requestParameters.['*']", "$.requestParameters[0].a",
	"$.responseElements", "$.responseElements.a", "$.responseElements.*", "$.strange", "$.strange.a", "$.strange[0]", "$.strange[*].a", "$.*", "$.*.type", "$.*.a", "$.nothing",
}

func someCondition(r *rand.Rand) string {
	selector := pick(r, someSelectors)
	text := func() string {
		text := pick(r, someTexts)
		if strings.HasSuffix(text, `\`) {
			return `"x"`
		}
		cut := r.IntN(len([]rune(text)) + 1)
		switch r.IntN(4) {
		case 0:
			text = string([]rune(text)[:cut]) + "*"
		case 1:
			text = "*" + string([]rune(text)[cut:])
		case 2:
			text = string([]rune(text)[:cut]) + "*" + string([]rune(text)[cut:])
		}
		return quote(text)
	}
	switch n := r.IntN(12); {
	case n < 3:
		return selector + pick(r, []string{" = ", " != "}) + text()
	case n < 6:
		number := pick(r, append(someNumbers, otherNumbers...))
		return selector + pick(r, []string{" = ", " != ", " < ", " <= ", " > ", " >= "}) + pick(r, []string{number, number, "+1", "7.25", "-1e400", "1e-400", "0.10"})
	case n == 6:
		return selector + pick(r, []string{" = ", " != "}) + pick(r, []string{"%x%", `%^t%`, `%\d%`, "%^$%", `%[^a-z]%`, "%1|e%"})
	case n == 7:
		return selector + pick(r, []string{" IS TRUE", " IS FALSE"})
	case n == 8:
		return selector + " IS NULL"
	}
	return selector + " NOT EXISTS"
}

// somePattern is one that Parse takes: it may try some.
func somePattern(t *testing.T, r *rand.Rand) *Pattern {
	for range 100 {
		text := someCondition(r)
		for range r.IntN(4) {
			text = pick(r, []string{"(" + text + ") && (" + someCondition(r) + ")", "(" + text + ") || " + someCondition(r)})
		}
		if p, err := Parse("{ " + text + " }"); err == nil {
			return p
		}
	}
	t.Fatal("no pattern that can be parsed")
	return nil
}

// agree lets SQL and the plain way judge records and patterns of a random source.
func agree(t *testing.T, r *rand.Rand, records, patterns int) {
	var texts []string
	for i := range records {
		texts = append(texts, someRecord(r, i))
	}
	var parsed []*Pattern
	for range patterns {
		parsed = append(parsed, somePattern(t, r))
	}
	check(t, texts, parsed...)
}

// FuzzAgreement: whatever records and patterns, SQL and the plain way find the same.
func FuzzAgreement(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Add(uint64(3), uint64(4))
	f.Fuzz(func(t *testing.T, a, b uint64) { agree(t, rand.New(rand.NewPCG(a, b)), 60, 40) })
}

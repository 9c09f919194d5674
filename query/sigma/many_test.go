package sigma_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"trailbox/query/record/recordtest"
	"trailbox/query/sigma"
)

// hostileTexts are what a regular expression could take for something else.
var hostileTexts = []string{
	"a.b", "A|B", "(x", "x)", "[a", `a\d`, "^a", "a$", "a+", "{1000}", "%_", "ÄÖ", "ſ", "K", "İ", "line\nfeed", "tab\t", "\x00", "a\x00b", `\E\Q`, "(?i)", `\`, "\u2028", "😀",
}

// A rule of thousands of values says the same as each of them does.
func TestManyValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteByte("abAB01.-/"[random.IntN(9)])
		}
		return b.String()
	}
	var records []string
	record := func(agent string) {
		records = append(records, fmt.Sprintf(`{"eventName": "X", "userAgent": %s, "requestParameters": {"x": [%[1]s, "other"]}}`, quoted(agent)))
	}
	for _, s := range hostileTexts {
		record(s)
		record(strings.ToUpper(s) + "!")
		record("!" + strings.ToLower(s))
		record("\n" + s + "\n")
	}
	for range 100 {
		record(text(20))
	}
	record("")
	store := recordtest.Load(t, records...)
	for _, op := range []sigma.Op{sigma.Equals, sigma.Contains, sigma.StartsWith, sigma.EndsWith} {
		for _, cased := range []bool{false, true} {
			not := cased
			var rules []*sigma.Rule
			for _, field := range []string{"userAgent", "requestParameters.x"} {
				item := sigma.Item{Field: field, Op: op, Cased: cased, Not: not}
				add := func(g ...sigma.Part) { item.Values = append(item.Values, sigma.Value{Kind: sigma.Text, Glob: g}) }
				for _, s := range hostileTexts {
					add(sigma.Part{Text: s})
					add(sigma.Part{Wildcard: '*'}, sigma.Part{Text: s + "!"})
					add(sigma.Part{Text: "!" + s}, sigma.Part{Wildcard: '*'})
					add(sigma.Part{Text: s}, sigma.Part{Wildcard: '?'})
				}
				for range 1_500 {
					add(sigma.Part{Text: text(5 + random.IntN(10))})
				}
				if field != "userAgent" {
					item.Values = item.Values[:150] // the plain way takes long over all in it
				}
				rules = append(rules, &sigma.Rule{
					Detections: []sigma.Detection{{Name: "a", Any: [][]sigma.Item{{item}}}}, Conditions: []sigma.Expr{sigma.Ref("a")},
				})
			}
			if matched := agree(t, store, records, rules); matched == 0 {
				t.Errorf("%s, cased %v, not %v: nothing matches", op, cased, not)
			}
		}
	}
}

func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

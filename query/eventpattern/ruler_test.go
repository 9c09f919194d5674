//go:build ruler

package eventpattern

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// AWS's own matcher says the same of generated patterns and events. RULER is the command that
// runs it (.ci/ruler): it reads a pattern and events a line, and answers with a line.
func TestRuler(t *testing.T) {
	command := strings.Fields(os.Getenv("RULER"))
	if len(command) == 0 {
		t.Fatal("RULER is not set")
	}
	const rounds, patternsInRound, recordsInRound = 40, 25, 20
	compared, matched, refused := 0, 0, 0
	var input bytes.Buffer
	lines := json.NewEncoder(&input)
	type asked struct {
		pattern *Pattern
		events  []string
		ours    []bool
	}
	var all []asked
	for seed := range uint64(rounds) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		var records, events []string
		for n := range recordsInRound {
			r := g.plainRecord(n)
			records, events = append(records, r), append(events, onBus(t, r))
		}
		store := recordtest.Load(t, records...)
		var round []asked
		b := new(record.Binder)
		var list []string
		for len(round) < patternsInRound {
			p, err := Parse(g.pattern())
			if err == nil {
				p, err = Parse((&Pattern{Root: g.dotted(p.Root)}).String())
			}
			if err != nil {
				t.Fatal(err)
			}
			if mixed(p) || !sameToRuler(p) {
				continue
			}
			round = append(round, asked{pattern: p, events: events})
			list = append(list, p.SQL(b))
		}
		for _, answers := range recordtest.Values[[]*bool](t, store, "["+strings.Join(list, ",")+"]", b.Args()...) {
			for i, answer := range answers {
				round[i].ours = append(round[i].ours, answer != nil && *answer)
			}
		}
		for _, a := range round {
			if err := lines.Encode(map[string]any{"pattern": a.pattern.String(), "events": a.events}); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, round...)
	}
	ruler := exec.CommandContext(t.Context(), command[0], command[1:]...)
	ruler.Stdin, ruler.Stderr = &input, os.Stderr
	output, err := ruler.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSuffix(string(output), "\n"), "\n")
	if len(answers) != len(all) {
		t.Fatalf("%d answers to %d patterns", len(answers), len(all))
	}
	for i, a := range all {
		if strings.HasPrefix(answers[i], "error") {
			refused++
			t.Errorf("%s\n%s", a.pattern, answers[i])
			continue
		}
		for j, answer := range strings.Fields(answers[i]) {
			compared++
			if want := answer == "true"; a.ours[j] != want {
				t.Errorf("%s\n%s\nEvent Ruler says %t", a.pattern, a.events[j], want)
			} else if want {
				matched++
			}
		}
	}
	t.Logf("%d patterns, %d of them refused by Event Ruler; %d pairs with events compared, %d match", len(all), refused, compared, matched)
}

// dotted is an object in which some names are joined by dots.
func (g generator) dotted(o Object) Object {
	var joined Object
	for _, m := range o {
		switch {
		case m.Below != nil:
			m.Below = g.dotted(m.Below)
			if inner := m.Below[0]; len(m.Below) == 1 && inner.Or == nil && g.IntN(3) == 0 {
				inner.Name = m.Name + "." + inner.Name
				m = inner
			}
		case m.Or != nil:
			or := m.Or
			m.Or = nil
			for _, alternative := range or {
				m.Or = append(m.Or, g.dotted(alternative))
			}
		}
		joined = append(joined, m)
	}
	return joined
}

// plainRecord is a record in which nothing is different on purpose (see the package's
// documentation): no names with dots, no number that only one of both tells from others, no
// array or object where CloudTrail documents a string, no arrays deep in arrays.
func (g generator) plainRecord(n int) string {
	for {
		text := strings.ReplaceAll(g.record(n), `"a.b":`, `"d":`)
		var members map[string]any
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			panic(err) // the generator's fault
		}
		odd := slices.ContainsFunc(oddNumbers, func(number string) bool { return strings.Contains(text, number) })
		if !odd && isPlain("", members, 0) {
			return text
		}
	}
}

var oddNumbers = []string{"900719925474099", "18446744073709551615", "6000000000", "1e300"}

func isPlain(path string, value any, arrays int) bool {
	column, isLeaf, _ := record.Documented(path)
	leaf := isLeaf && column.Kind != schema.Block && column.Kind != schema.Resources
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if !isPlain(strings.TrimPrefix(path+"."+name, "."), member, 0) {
				return false
			}
		}
		return !leaf
	case []any:
		for _, element := range v {
			if !isPlain(path+"[]", element, arrays+1) {
				return false
			}
		}
		return !leaf && arrays < maxNested
	}
	return true
}

// sameToRuler says that nothing in a pattern is different on purpose. To Event Ruler, which
// compares addresses as texts of digits, a range of all addresses of one family has those of
// the other as well; and what is anything but * may be something, if there are other tests.
func sameToRuler(p *Pattern) bool {
	text := p.String()
	return !strings.Contains(text, `/0"`) && !strings.Contains(text, `"anything-but":{"wildcard":"*"}`) && !strings.Contains(text, `"id":`) && !slices.ContainsFunc(oddNumbers, func(number string) bool { return strings.Contains(text, number) })
}

// onBus is the event in which EventBridge has a record.
func onBus(t *testing.T, text string) string {
	var members map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&members); err != nil {
		t.Fatal(err)
	}
	event := map[string]any{"id": "00000000-0000-4000-8000-000000000000", "resources": []any{}, "detail": json.RawMessage(text)}
	for _, f := range eventOf(members, "Sign In").fields {
		if !strings.Contains(f.path, "\x00") && f.path != "id" {
			event[f.path] = f.value
		}
	}
	line, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return string(line)
}

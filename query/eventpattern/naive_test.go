package eventpattern

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"trailbox/schema"
)

// A field is a value of an event, as a rule engine sees it: with the elements of arrays that
// it is in.
type field struct {
	path     string
	value    any // string, json.Number, bool, nil, or unknown
	elements map[int]int
}

// unknown is a string that is not known.
type unknown struct{}

// event is a record taken apart.
type event struct {
	fields []field
	arrays int
}

// eventsOf takes a record apart into its values, each with the elements of arrays that it
// is in: once for each way in which detail-type is spelled.
func eventsOf(t *testing.T, text string) (events []*event) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var record map[string]any
	if err := decoder.Decode(&record); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return []*event{eventOf(record, "Sign In"), eventOf(record, "Signin")}
}

// naive is whether a pattern matches a record, found without SQL: the fields that are left
// with a choice of each $or are tried on the values of the record's event in the order of
// their names.
func naive(choices [][]requirement, events []*event) bool {
	for _, fields := range choices {
		for _, e := range events {
			if e.matches(fields, nil) {
				return true
			}
		}
	}
	return false
}

// A requirement is a field of a pattern, with its tests.
type requirement struct {
	path  string
	tests []Test
	// spelled is the path with names as the pattern has them, with dots.
	spelled string
}

func (r requirement) name() string { return strings.ReplaceAll(r.path, "\x00", ".") }

// withoutOr are the fields of a pattern in the order of their names, for each choice of
// one alternative of each $or. The choices are the digits of a number that counts up, one
// for each $or, those within alternatives that are not chosen as well. Of several lists of
// tests for a field the last counts.
func withoutOr(p *Pattern) (choices [][]requirement) {
	for number := 0; ; number++ {
		digits := number
		fields := map[string]requirement{}
		var walk func(path string, o Object, chosen bool)
		walk = func(path string, o Object, chosen bool) {
			for _, m := range o {
				below := strings.TrimPrefix(path+"\x00"+m.Name, "\x00")
				switch {
				case m.Or != nil:
					digit := digits % len(m.Or)
					digits /= len(m.Or)
					for i, alternative := range m.Or {
						walk(path, alternative, chosen && i == digit)
					}
				case m.Below != nil:
					walk(below, m.Below, chosen)
				case chosen:
					path := strings.ReplaceAll(below, ".", "\x00")
					fields[path] = requirement{path, m.Tests, below}
				}
			}
		}
		walk("", p.Root, true)
		if digits > 0 { // it has counted through
			return choices
		}
		var all []requirement
		for _, r := range fields {
			all = append(all, r)
		}
		slices.SortFunc(all, func(a, b requirement) int {
			return cmp.Or(strings.Compare(a.name(), b.name()), strings.Compare(a.path, b.path))
		})
		choices = append(choices, all)
	}
}

func eventOf(record map[string]any, signIn string) *event {
	e := new(event)
	e.add("version", "0")
	e.add("id", unknown{})
	if text, ok := scalarText(record["eventType"]); ok {
		detailType, ok := map[string]string{
			"AwsApiCall": "API Call", "AwsConsoleSignIn": "Console " + signIn, "AwsConsoleAction": "Console Action",
			"AwsServiceEvent": "Service Event", "AwsCloudTrailInsight": "Insight", "AwsVpceEvent": "Network Activity Event",
		}[text]
		if ok {
			e.add("detail-type", "AWS "+detailType+" via CloudTrail")
		}
	}
	if text, ok := scalarText(record["eventSource"]); ok {
		e.add("source", "aws."+strings.TrimSuffix(strings.TrimSuffix(text, ".amazonaws.com"), ".amazonaws.com.cn"))
	} else if record["eventType"] == "AwsCloudTrailInsight" {
		e.add("source", "aws.cloudtrail")
	}
	if text, ok := scalarText(record["recipientAccountId"]); ok {
		e.add("account", text)
	}
	if text, ok := scalarText(record["awsRegion"]); ok {
		e.add("region", text)
	}
	if text, ok := record["eventTime"].(string); ok {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			e.add("time", at.UTC().Format("2006-01-02T15:04:05Z"))
		}
	}
	e.flatten("", "detail", record, nil, 0)
	return e
}

func (e *event) add(path string, value any) {
	e.fields = append(e.fields, field{path: path, value: value})
}

func scalarText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// flatten takes a value apart. known is its path in the record while CloudTrail documents
// it, and "?" where it does not; nested is how many arrays it is in one in the other.
func (e *event) flatten(known, path string, value any, elements map[int]int, nested int) {
	leaf, inner := false, known == ""
	for _, c := range schema.Columns() {
		leaf = leaf || c.Path == known && c.Kind != schema.Block && c.Kind != schema.Resources
		inner = inner || strings.HasPrefix(c.Path, known+".")
	}
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			below := "?"
			if inner && !strings.Contains(name, ".") {
				below = strings.TrimPrefix(known+"."+name, ".")
			}
			if !leaf {
				e.flatten(below, path+"\x00"+name, member, elements, 0)
			}
		}
	case []any:
		array := e.arrays
		e.arrays++
		for i, element := range v {
			_, isObject := element.(map[string]any)
			_, isArray := element.([]any)
			switch {
			case leaf || isObject && inner || isArray && nested == maxNested-1:
			case isObject || isArray:
				in := map[int]int{array: i}
				for a, i := range elements {
					in[a] = i
				}
				below := "?"
				if inner {
					below = known
				}
				e.flatten(below, path, element, in, nested+1)
			default:
				e.fields = append(e.fields, field{path, element, elements})
			}
		}
	default:
		e.fields = append(e.fields, field{path, value, elements})
	}
}

// matches is whether fields are met by values that are in the same elements of the arrays
// that they share, and in the elements that earlier fields settled on.
func (e *event) matches(fields []requirement, settled map[int]int) bool {
	if len(fields) == 0 {
		return true
	}
	present := false
	for _, f := range e.fields {
		together, ok := merge(settled, f.elements)
		if f.path != fields[0].path && f.path != fields[0].spelled || !ok {
			continue
		}
		present = true
		for _, test := range fields[0].tests {
			if meets(test, f.value) && e.matches(fields[1:], together) {
				return true
			}
		}
	}
	absent := slices.ContainsFunc(fields[0].tests, func(t Test) bool { return t.Op == Exists && t.Absent })
	return !present && absent && e.matches(fields[1:], settled)
}

func merge(a, b map[int]int) (map[int]int, bool) {
	merged := map[int]int{}
	for array, i := range a {
		merged[array] = i
	}
	for array, i := range b {
		if j, ok := merged[array]; ok && j != i {
			return nil, false
		}
		merged[array] = i
	}
	return merged, true
}

// meets is whether a value that is there meets a test.
func meets(t Test, value any) bool {
	if t.Op == Exists {
		return !t.Absent
	}
	if _, ok := value.(unknown); ok {
		return t.But
	}
	if t.Op == Numeric {
		return inRanges(t.Ranges, value)
	}
	if t.Op == CIDR {
		text, _ := value.(string)
		addr, err := netip.ParseAddr(text)
		return err == nil && t.Within.Contains(addr)
	}
	for _, v := range t.Values {
		if is(t, v, value) {
			return !t.But
		}
	}
	return t.But
}

func is(t Test, operand Value, value any) bool {
	switch v := value.(type) {
	case string:
		return operand.Kind == String && isText(t, operand.Text, v)
	case bool:
		return operand.Kind == True && v || operand.Kind == False && !v
	case nil:
		return operand.Kind == Null
	}
	if operand.Kind != Number {
		return false
	}
	a, b := value.(json.Number).String(), operand.Text
	if isWhole(a) && isWhole(b) {
		x, _ := new(big.Int).SetString(a, 10)
		y, _ := new(big.Int).SetString(b, 10)
		return x.Cmp(y) == 0
	}
	return float(a) == float(b)
}

// isWhole says that a number is an integer of up to 64 bits.
func isWhole(number string) bool {
	n, ok := new(big.Int).SetString(number, 10)
	return ok && (n.IsInt64() || n.IsUint64())
}

func inRanges(ranges []Bound, value any) bool {
	number, ok := value.(json.Number)
	n := float(string(number))
	if !ok || n < -5e9 || n > 5e9 {
		return false
	}
	for _, r := range ranges {
		limit := float(r.Number)
		if !map[string]bool{"=": n == limit, "<": n < limit, "<=": n <= limit, ">": n > limit, ">=": n >= limit}[r.Operator] {
			return false
		}
	}
	return true
}

func isText(t Test, operand, text string) bool {
	switch t.Op {
	case Equal:
		a, errA := netip.ParseAddr(operand)
		b, errB := netip.ParseAddr(text)
		return text == operand || errA == nil && errB == nil && !t.But && a == b && !strings.ContainsAny(operand, ".%")
	case Prefix:
		return strings.HasPrefix(text, operand)
	case Suffix:
		return strings.HasSuffix(text, operand)
	case IgnoreCase, PrefixIgnoreCase, SuffixIgnoreCase:
		have, want := []rune(text), []rune(operand)
		if len(have) < len(want) || t.Op == IgnoreCase && len(have) != len(want) {
			return false
		}
		if t.Op == SuffixIgnoreCase {
			have = have[len(have)-len(want):]
		}
		for i, r := range want {
			if have[i] != unicode.ToLower(r) && have[i] != unicode.ToUpper(r) {
				return false
			}
		}
		return true
	case Wildcard:
		var pattern strings.Builder
		for i := 0; i < len(operand); i++ {
			switch operand[i] {
			case '*':
				pattern.WriteString(".*")
			case '\\':
				i++
				fallthrough
			default:
				fmt.Fprintf(&pattern, `\x{%x}`, operand[i]) // the tests' wildcards are ASCII
			}
		}
		return regexp.MustCompile(`(?s)\A` + pattern.String() + `\z`).MatchString(text)
	}
	return text == operand
}

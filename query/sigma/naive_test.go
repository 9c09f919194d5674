package sigma_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"trailbox/query/sigma"
	"trailbox/schema"
)

// matches says whether a rule matches a record: the plain way, without SQL, by walking
// both.
func matches(t testing.TB, r *sigma.Rule, record map[string]any) bool {
	t.Helper()
	for _, e := range r.Conditions {
		if holds(t, r, e, record) {
			return true
		}
	}
	return false
}

func holds(t testing.TB, r *sigma.Rule, e sigma.Expr, record map[string]any) bool {
	detection := func(d sigma.Detection) bool {
		return slices.ContainsFunc(d.Any, func(items []sigma.Item) bool {
			return !slices.ContainsFunc(items, func(item sigma.Item) bool { return !itemMatches(t, item, record) })
		})
	}
	switch e := e.(type) {
	case sigma.Any:
		return slices.ContainsFunc(e, func(part sigma.Expr) bool { return holds(t, r, part, record) })
	case sigma.All:
		return !slices.ContainsFunc(e, func(part sigma.Expr) bool { return !holds(t, r, part, record) })
	case sigma.Not:
		return !holds(t, r, e.Expr, record)
	case sigma.Ref:
		for _, d := range r.Detections {
			if d.Name == string(e) {
				return detection(d)
			}
		}
	case sigma.Of:
		pattern := strings.ReplaceAll(regexp.QuoteMeta(e.Pattern), `\*`, ".*")
		if e.Pattern == "them" {
			pattern = "[^_].*"
		}
		one, all := false, true
		for _, d := range r.Detections {
			if regexp.MustCompile("^("+pattern+")$").MatchString(d.Name) && (d.Name[0] != '_' || e.Pattern[0] == '_') {
				one, all = one || detection(d), all && detection(d)
			}
		}
		if e.All {
			return all
		}
		return one
	}
	t.Fatalf("condition %v", e)
	return false
}

func itemMatches(t testing.TB, item sigma.Item, record map[string]any) bool {
	one, all := false, true
	for _, value := range item.Values {
		m := valueMatches(t, item, value, record)
		one, all = one || m, all && m
	}
	switch {
	case item.All:
		return all
	case item.Not:
		return !one
	}
	return one
}

func valueMatches(t testing.TB, item sigma.Item, value sigma.Value, record map[string]any) bool {
	nodes := reached(item.Field, record)
	if item.Op == sigma.Exists {
		_, plain := plainly(item.Field, record)
		return (value.Text == "true") == (plain || !isText(item.Field) && len(nodes) > 0)
	}
	if value.Kind == sigma.Null {
		if isText(item.Field) {
			v, _ := plainly(item.Field, record)
			return v == nil
		}
		return !slices.ContainsFunc(nodes, func(v any) bool { return v != nil })
	}
	for _, text := range texts(t, item.Field, record) {
		if textMatches(t, item, value, text, record) {
			return true
		}
	}
	return false
}

func textMatches(t testing.TB, item sigma.Item, value sigma.Value, text string, record map[string]any) bool {
	same := func(a, b string) bool {
		if item.Cased {
			return a == b
		}
		return strings.EqualFold(a, b)
	}
	switch item.Op {
	case sigma.Less, sigma.AtMost, sigma.Greater, sigma.AtLeast:
		a, ok := asNumber(text)
		b, _ := asNumber(value.Text)
		return ok && map[sigma.Op]bool{sigma.Less: a < b, sigma.AtMost: a <= b, sigma.Greater: a > b, sigma.AtLeast: a >= b}[item.Op]
	case sigma.Minute, sigma.Hour, sigma.Day, sigma.Week, sigma.Month, sigma.Year:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return false
		}
		_, week := at.ISOWeek()
		part := map[sigma.Op]int{
			sigma.Minute: at.Minute(), sigma.Hour: at.Hour(), sigma.Day: at.Day(),
			sigma.Week: week, sigma.Month: int(at.Month()), sigma.Year: at.Year(),
		}[item.Op]
		return fmt.Sprint(part) == value.Text
	case sigma.Matches:
		pattern := value.Text
		if item.Flags != "" {
			pattern = "(?" + item.Flags + ")" + pattern
		}
		return regexp.MustCompile(pattern).MatchString(text)
	case sigma.InPrefix:
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return false
		}
		if only, err := netip.ParseAddr(value.Text); err == nil {
			return addr == only
		}
		return netip.MustParsePrefix(value.Text).Contains(addr)
	case sigma.SameAs:
		return slices.ContainsFunc(plainTexts(t, value.Text, record), func(other string) bool {
			return slices.ContainsFunc(plainTexts(t, item.Field, record), func(text string) bool { return same(text, other) })
		})
	}
	if value.Kind == sigma.Number {
		a, ok := asNumber(text)
		b, _ := asNumber(value.Text)
		return ok && a == b
	}
	if value.Kind == sigma.Bool {
		return same(text, value.Text)
	}
	if len(item.Encode) > 0 {
		return encodedMatches(item, value.Text, text, same)
	}
	if !item.Cased {
		text = strings.ToLower(text)
	}
	g := append(sigma.Glob(nil), value.Glob...)
	if item.Op == sigma.Contains || item.Op == sigma.EndsWith {
		g = append(sigma.Glob{{Wildcard: '*'}}, g...)
	}
	if item.Op == sigma.Contains || item.Op == sigma.StartsWith {
		g = append(g, sigma.Part{Wildcard: '*'})
	}
	return globMatches(g, text, item.Cased)
}

// globMatches tries all that a wildcard can stand for.
func globMatches(g sigma.Glob, text string, cased bool) bool {
	if len(g) == 0 {
		return text == ""
	}
	switch g[0].Wildcard {
	case '*':
		for i := range len(text) + 1 {
			if globMatches(g[1:], text[i:], cased) {
				return true
			}
		}
		return false
	case '?':
		_, size := utf8.DecodeRuneInString(text)
		return text != "" && globMatches(g[1:], text[size:], cased)
	}
	literal := g[0].Text
	if !cased {
		literal = strings.ToLower(literal)
	}
	rest, ok := strings.CutPrefix(text, literal)
	return ok && globMatches(g[1:], rest, cased)
}

// encodedMatches looks for a value in base64 by encoding it with all that could be around
// it; encodings of characters are tested apart.
func encodedMatches(item sigma.Item, value, text string, same func(a, b string) bool) bool {
	if item.Encode[0] == sigma.Base64 {
		encoded := base64.StdEncoding.EncodeToString([]byte(value))
		switch item.Op {
		case sigma.Contains:
			return strings.Contains(strings.ToLower(text), strings.ToLower(encoded)) && (!item.Cased || strings.Contains(text, encoded))
		case sigma.Equals:
			return same(text, encoded)
		}
	}
	return false
}

func asNumber(text string) (float64, bool) {
	if !regexp.MustCompile(`^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$`).MatchString(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil
}

// isText says that CloudTrail documents a field as text.
func isText(field string) bool {
	for _, c := range schema.Columns() {
		if c.Path == field {
			return c.Kind == schema.Text
		}
	}
	return false
}

// plainly walks a path without going through arrays.
func plainly(field string, v any) (any, bool) {
	for name := range strings.SplitSeq(field, ".") {
		object, _ := v.(map[string]any)
		member, ok := object[name]
		if !ok {
			return nil, false
		}
		v = member
	}
	return v, true
}

// reached are the values that a path leads to, through arrays.
func reached(field string, v any) []any {
	nodes := []any{v}
	for name := range strings.SplitSeq(field, ".") {
		var next []any
		for _, node := range unpacked(nodes) {
			object, _ := node.(map[string]any)
			if member, ok := object[name]; ok {
				next = append(next, member)
			}
		}
		nodes = next
	}
	return unpacked(nodes)
}

func unpacked(nodes []any) []any {
	var all []any
	for _, node := range nodes {
		if array, ok := node.([]any); ok {
			all = append(all, array...)
		} else {
			all = append(all, node)
		}
	}
	return all
}

// texts are those that a field is compared by.
func texts(t testing.TB, field string, record map[string]any) []string {
	all := plainTexts(t, field, record)
	for _, text := range all {
		if strings.HasPrefix(text, "{") { // no text of the tests begins so
			all = append(all, regexp.MustCompile(`\\(["\\/])`).ReplaceAllString(text, "$1"))
		}
	}
	return all
}

func plainTexts(t testing.TB, field string, record map[string]any) []string {
	nodes := reached(field, record)
	if isText(field) {
		nodes = nil
		if v, ok := plainly(field, record); ok {
			nodes = []any{v}
		}
	}
	var all []string
	for _, node := range nodes {
		switch node := node.(type) {
		case nil:
		case string:
			all = append(all, node)
		case bool:
			all = append(all, fmt.Sprint(node))
		case json.Number:
			all = append(all, node.String())
		default:
			if !isText(field) {
				all = append(all, compact(t, node))
			}
		}
	}
	return all
}

// compact is JSON without white space, members in their order: objects of the tests have
// theirs sorted.
func compact(t testing.TB, v any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// decoded reads a record, with the spelling of its numbers.
func decoded(t testing.TB, text string) map[string]any {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var record map[string]any
	if err := decoder.Decode(&record); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return record
}

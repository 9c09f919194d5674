package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailbox/schema"
)

// lookedUp runs a lookup and returns what it prints, an event a line.
func lookedUp(t *testing.T, store *schema.Store, l Lookup) (names []string, more bool) {
	t.Helper()
	var out bytes.Buffer
	rows, more, err := l.Write(t.Context(), store, &out, FormatCSV, Screen{})
	if err != nil {
		t.Fatalf("%+v: %v", l, err)
	}
	for line := range strings.Lines(out.String()) {
		names = append(names, strings.Split(line, ",")[1])
	}
	if names = names[1:]; int(rows) != len(names) {
		t.Errorf("%+v: %d rows counted, %d printed", l, rows, len(names))
	}
	return names, more
}

// Whatever number of events a page, an instant, or a time that is missing has: each
// comes once, in order.
func TestLookupPages(t *testing.T) {
	const page = 20
	var all []leaves
	add := func(n int, eventTime string) {
		for range n {
			i := len(all)
			l := leaves{"eventName": fmt.Sprint(i), "eventID": fmt.Sprintf("00000000-0000-4000-8000-%012d", i)}
			if eventTime != "" {
				l["eventTime"] = eventTime
			}
			all = append(all, l)
		}
	}
	add(3, "2026-03-02T12:00:05Z")
	add(2*page+7, "2026-03-02T12:00:04Z")
	add(page, "2026-03-02T12:00:03Z")
	add(page-1, "2026-03-02T12:00:02Z")
	add(1, "2026-03-02T12:00:01Z")
	add(page+2, "")
	var want []string
	for _, l := range all {
		want = append(want, l["eventName"])
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)
	store := storeOf(t, backwards)
	for _, rows := range []int{page, len(all) - 1, len(all), 2 * len(all)} { // the last two hold all at once
		if got, more := lookedUp(t, store, Lookup{pageRows: rows}); !slices.Equal(got, want) || more {
			t.Errorf("%d of %d, or not in order; more: %v", len(got), len(want), more)
		}
		for _, n := range []int{1, page - 1, page, page + 1, page + 5, 3 * page, len(want) - 1, len(want), len(want) + 1} {
			got, more := lookedUp(t, store, Lookup{MaxItems: n, pageRows: rows})
			if !slices.Equal(got, want[:min(n, len(want))]) || more != (n < len(want)) {
				t.Errorf("the newest %d: %d, or not in order; more: %v", n, len(got), more)
			}
		}
		if got, _ := lookedUp(t, store, Lookup{pageRows: rows, Filter: Filter{Scope: schema.Scope{Until: utc("2026-03-02T12:00:03Z")}}}); !slices.Equal(got, want[3+3*page+7:4+4*page+6]) {
			t.Errorf("%d within the limits, or not in order", len(got))
		}
	}
}

// Each attribute is a value, compared as a whole, and finds what has it.
func TestLookupAttributes(t *testing.T) {
	values := []string{
		`'`, `"`, `' OR true --`, `x') OR true OR ('x' = 'x`, `'; DROP TABLE events; --`, `/* attributes */ true`, `/* page */ true`,
		`$EventName`, `$lookup0`, `$rows`, `?`, `%`, `_`, `NULL`, "a\nb", "é", "É", "名前", "\u202e", "\x1b[31m", " ", "x", "X", "xx", strings.Repeat("'", 5000),
	}
	var all []leaves
	for i, v := range values {
		all = append(all, leaves{
			"requestID": fmt.Sprint(i), "eventName": v, "eventSource": v, "userIdentity.type": "IAMUser", "userIdentity.userName": v,
			"userIdentity.accessKeyId": v, "touched": "AWS::X::" + strings.NewReplacer("\n", "-", " ", "-").Replace(v) + " " + strings.ReplaceAll(v, "\n", "-"),
		})
	}
	store := storeOf(t, all)
	for i, v := range values {
		name, typ := strings.ReplaceAll(v, "\n", "-"), "AWS::X::"+strings.NewReplacer("\n", "-", " ", "-").Replace(v)
		attributes := []Attribute{
			{"EventName", v}, {"EventSource", v}, {"Username", v}, {"AccessKeyId", v}, {"ResourceName", name}, {"ResourceType", typ},
		}
		for j := range attributes {
			if got := indexes(t, store, values, Lookup{Attributes: attributes[j : j+1]}); !slices.Equal(got, []int{i}) {
				t.Errorf("%.60q: found %v, want %d", attributes[j], got, i)
			}
		}
		if got := indexes(t, store, values, Lookup{Attributes: attributes}); !slices.Equal(got, []int{i}) {
			t.Errorf("%.40q in all of them: found %v, want %d", v, got, i)
		}
	}
	if got := indexes(t, store, values, Lookup{Attributes: []Attribute{{"EventName", "x"}, {"EventName", "X"}}}); got != nil {
		t.Errorf("two names at once: %v", got)
	}
}

// indexes returns where in values the names of the events are that a lookup finds.
func indexes(t *testing.T, store *schema.Store, values []string, l Lookup) (found []int) {
	t.Helper()
	for event, err := range l.events(t.Context(), store, false) {
		if err != nil {
			t.Fatalf("%.80q: %v", l.Attributes, err)
		}
		found = append(found, slices.Index(values, *event.EventName))
	}
	return found
}

// A category is what the event says, and before eventVersion 1.07 what follows from
// the rest. Insights events go by what stood out.
func TestLookupCategories(t *testing.T) {
	store := storeOf(t, []leaves{
		{"eventName": "M", "eventCategory": "Management", "eventTime": "2026-03-02T12:00:09Z"},
		{"eventName": "m", "managementEvent": "true", "eventTime": "2026-03-02T12:00:08Z"},
		{"eventName": "old", "eventTime": "2026-03-02T12:00:07Z"},
		{"eventName": "D", "eventCategory": "Data", "eventTime": "2026-03-02T12:00:06Z"},
		{"eventName": "d", "managementEvent": "false", "eventTime": "2026-03-02T12:00:05Z"},
		{"eventName": "N", "eventCategory": "NetworkActivity", "managementEvent": "false", "eventTime": "2026-03-02T12:00:04Z"},
		{"eventCategory": "Insight", "eventTime": "2026-03-02T12:00:03Z", "insightDetails": `{"eventName":"I","eventSource":"ec2.amazonaws.com"}`},
		{"eventCategory": "Insight", "eventTime": "2026-03-02T12:00:02Z", "insightDetails": `{"eventName":"J","eventSource":"iam.amazonaws.com"}`},
	})
	for _, c := range []struct {
		lookup Lookup
		want   string
	}{
		{Lookup{}, "M m old D d N"},
		{Lookup{Category: "management"}, "M m old"},
		{Lookup{Category: "data"}, "D d"},
		{Lookup{Category: "networkactivity"}, "N"},
		{Lookup{Category: "insight"}, "I J"},
		{Lookup{Category: "insight", Attributes: []Attribute{{"EventName", "J"}}}, "J"},
		{Lookup{Category: "insight", Attributes: []Attribute{{"EventSource", "ec2.amazonaws.com"}}}, "I"},
		{Lookup{Start: utc("2026-03-02T12:00:05Z"), End: utc("2026-03-02T12:00:07Z")}, "old D d"}, // both included
	} {
		if got, _ := lookedUp(t, store, c.lookup); strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %v, want %s", c.lookup, got, c.want)
		}
	}
}

// Each condition is put in by something, and each leaf that has a text is searched.
func TestLookupConditions(t *testing.T) {
	all := conditionsIn(lookupFilterSQL)
	for _, key := range AttributeKeys() {
		if all[string(key)] == "" {
			t.Errorf("no condition for %s", key)
		}
	}
	for _, category := range Categories() {
		if all[string(category)] == "" {
			t.Errorf("no condition for %s", category)
		}
	}
	text := strings.ReplaceAll(all["text"], `"`, "")
	for _, c := range schema.Columns() {
		if c.Kind != schema.Bool && !regexp.MustCompile(`\W`+regexp.QuoteMeta(c.Path)+`\W`).MatchString(text) {
			t.Errorf("text does not look at %s", c.Path)
		}
	}
}

// A word that may be anywhere but within one value is searched for in whole records.
func TestWithinValue(t *testing.T) {
	for word, want := range map[string]bool{
		"intern": true, "arn:aws:s3:::x": true, "not authorized to": true, "a,b": true, "10.0.0.1": true, "(x*y)+%_$": true,
		`"a"`: false, `a\b`: false, "a\nb": false, "é": false, " a": false, "a ": false, ":1": false, "1,": false, "{}": false, "a]": false, "": true,
	} {
		if got := withinValue(word); got != want {
			t.Errorf("%q: %v", word, got)
		}
	}
}

// An event has the members that it has, ReadOnly as text, and its record as a string
// from which the record comes back.
func TestEventJSON(t *testing.T) {
	record := "{ \"a\":\"\\u003c<\\\"\u2028é\\n\"}"
	for _, c := range []struct {
		event Event
		want  string
	}{
		{Event{}, `{"Resources":[],"CloudTrailEvent":""}`},
		{Event{OrderKey: OrderKey{EventID: new("i"), EventTime: new(utc("2026-03-02T12:00:00Z"))}, EventName: new("n"), ReadOnly: new(false), AccessKeyID: new(""), EventSource: new("s"), Username: new("u")},
			`{"EventId":"i","EventName":"n","ReadOnly":"false","AccessKeyId":"","EventTime":"2026-03-02T12:00:00Z","EventSource":"s","Username":"u","Resources":[],"CloudTrailEvent":""}`},
		{Event{Touched: []Resource{{new("AWS::S3::Bucket"), new("b\x1b")}, {nil, new("n")}}, Record: []byte(record)},
			`{"Resources":[{"ResourceType":"AWS::S3::Bucket","ResourceName":"b\u001b"},{"ResourceName":"n"}],"CloudTrailEvent":"{ \"a\":\"\\u003c<\\\"\u2028é\\n\"}"}`},
	} {
		got := c.event.appendJSON(nil)
		var back struct{ CloudTrailEvent string }
		if err := json.Unmarshal(got, &back); string(got) != c.want || err != nil || back.CloudTrailEvent != string(c.event.Record) {
			t.Errorf("%s, want %s (%v)", got, c.want, err)
		}
	}
}

// Text is literal and in any case, a pattern is as it says, and both must fit.
func TestLookupFits(t *testing.T) {
	l := Lookup{Text: "Inter.N", Pattern: regexp.MustCompile(`^\{.*"x":\s*1`)}
	for record, want := range map[string]bool{
		`{"a":"the INTER.n", "x": 1}`: true,
		`{"a":"the INTER.n", "x": 2}`: false,
		`{"a":"the intern", "x": 1}`:  false,
	} {
		if got := l.fits([]byte(record)); got != want {
			t.Errorf("%s: %v", record, got)
		}
	}
}

// What a search finds is put in the order of lookup.sql, and no more of it is kept than
// is asked for.
func TestNewest(t *testing.T) {
	noon := new(utc("2026-03-02T12:00:00Z"))
	var want []hit
	for i, key := range []OrderKey{
		{new(noon.Add(1)), new("b"), 1, 1}, {noon, new("a"), 2, 2}, {noon, new("b"), 1, 2}, {noon, new("b"), 2, 1}, {noon, new("b"), 2, 3}, {noon, nil, 0, 0},
		{nil, new("a"), 0, 0}, {nil, nil, 0, 0},
	} {
		want = append(want, hit{int64(i), key})
	}
	shuffled := slices.Clone(want)
	slices.Reverse(shuffled)
	if got := (&Lookup{}).newest(shuffled); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	slices.Reverse(shuffled)
	if got := (&Lookup{MaxItems: 2}).newest(shuffled); !slices.Equal(got, want[:3]) {
		t.Errorf("the newest 2 and one more: %v", got)
	}
}

// Events that lie far apart are read without what is between them.
func TestLookupRowsSkips(t *testing.T) {
	const part, parts = 2048, 8
	all := make([]leaves, part*parts)
	for i := range all {
		all[i] = leaves{"eventName": fmt.Sprint(i)}
	}
	store := storeOf(t, all)
	var rowids []int64
	for i := range int64(schema.JoinValues / 2) {
		rowids = append(rowids, i, part*(parts-1)+i)
	}
	rows, err := store.Query(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) "+lookupRowsSQL, schema.Arg{Name: "rows", Value: rowids},
		schema.Arg{Name: "first", Value: slices.Min(rowids)}, schema.Arg{Name: "last", Value: slices.Max(rowids)})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(rows.Err())
	}
	plan, err := rows.Values()
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`"operator_cardinality": (\d+),\s*"operator_name": "SEQ_SCAN"`).FindStringSubmatch(fmt.Sprint(plan...))
	if m == nil {
		t.Fatalf("no table is read: %v", plan)
	}
	if n, _ := strconv.Atoi(m[1]); n < len(rowids) || n > len(all)/2 {
		t.Errorf("%d of %d rows are read for %d", n, len(all), len(rowids))
	}
}

// A lookup that begins behind each event of another gives what is left of that: across one
// instant, one eventID, and events without either.
func TestLookupAfter(t *testing.T) {
	var all []leaves
	for i, l := range []leaves{
		{"eventTime": "2026-03-02T12:00:09Z", "eventID": "00000000-0000-4000-8000-000000000001"},
		{"eventTime": "2026-03-02T12:00:09Z", "eventID": "00000000-0000-4000-8000-000000000002"},
		{"eventTime": "2026-03-02T12:00:09Z", "eventID": "00000000-0000-4000-8000-000000000002"}, // with another content
		{"eventTime": "2026-03-02T12:00:09Z", "eventID": "f0000000-0000-4000-8000-000000000002"},
		{"eventTime": "2026-03-02T12:00:09Z"},
		{"eventTime": "2026-03-02T12:00:09Z"},
		{"eventTime": "2026-03-02T12:00:08Z", "eventID": "00000000-0000-4000-8000-000000000003"},
		{"eventTime": "2026-03-02T12:00:07Z", "eventID": "00000000-0000-4000-8000-000000000000"},
		{"eventID": "00000000-0000-4000-8000-000000000004"},
		{"eventID": "00000000-0000-4000-8000-000000000005"},
		{},
		{},
	} {
		l["eventName"], l["position"], l["touched"] = fmt.Sprint(i), fmt.Sprint(i), "AWS::X::X thing"
		all = append(all, l)
	}
	store := storeOf(t, all)
	for _, asked := range []Lookup{
		{},
		{Attributes: []Attribute{{KeyResourceName, "thing"}}},
		{Attributes: []Attribute{{KeyResourceName, "thing"}}, pageRows: 1}, // not few
	} {
		for _, size := range []int{1, 2, 5, len(all), len(all) + 1} {
			l := asked
			l.MaxItems = size
			for at := 0; at < len(all); at += size {
				var events []*Event
				for event, err := range l.events(t.Context(), store, false) {
					if err != nil {
						t.Fatalf("%v %d after %d: %v", asked.Attributes, size, at, err)
					}
					if *event.EventName != fmt.Sprint(at+len(events)) {
						t.Errorf("%v %d: number %d is %s", asked.Attributes, size, at+len(events), *event.EventName)
					}
					if events = append(events, event); len(events) > size {
						break // it tells that there are others
					}
				}
				if want := min(size+1, len(all)-at); len(events) != want {
					t.Fatalf("%v %d after %d: %d events, not %d", asked.Attributes, size, at, len(events), want)
				}
				l.After = &events[min(size, len(events))-1].OrderKey
			}
		}
	}
}

// Times are seconds since 1970 to LookupEvents, in as many digits as they have.
func TestEpochSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-02T12:00:00Z":        "1772452800",
		"2026-03-02T12:00:00.5Z":      "1772452800.5",
		"2026-03-02T12:00:00.000001Z": "1772452800.000001",
		"1969-12-31T23:59:59.25Z":     "-0.75",
		"1970-01-01T00:00:00Z":        "0",
		"9999-12-31T23:59:59.999999Z": "253402300799.999999",
	} {
		if got := EpochSeconds(utc(text)); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

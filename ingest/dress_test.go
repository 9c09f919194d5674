package ingest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trailbox/schema"
)

// dresses are ways to write one record.
func dresses(t *testing.T, record string) map[string]string {
	t.Helper()
	var members map[string]any
	dec := json.NewDecoder(strings.NewReader(record))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		t.Fatal(err)
	}
	sorted, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(record), "", "    "); err != nil {
		t.Fatal(err)
	}
	var sortedIndented bytes.Buffer
	if err := json.Indent(&sortedIndented, sorted, " ", "\t"); err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"as delivered": record, "pretty-printed": indented.String(), "sorted": string(sorted), "sorted, pretty-printed": sortedIndented.String(),
		"white space of Python": strings.NewReplacer(`":"`, `": "`, `","`, `", "`, `":{`, `": {`, `},"`, `}, "`).Replace(record),
		"other escapes":         strings.NewReplacer(`é`, `\u00e9`, `\u003c`, `<`, `\/`, `/`).Replace(record),
		"other numbers":         strings.Replace(record, `"bytesTransferredIn":0.0`, `"bytesTransferredIn":0`, 1),
	}
}

// An event that comes in another dress is a repeat, whichever comes first, in one run or in two,
// and both files come back byte for byte. One with other values is a conflict.
func TestDress(t *testing.T) {
	const record = `{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventSource":"s3.amazonaws.com","eventName":"A","eventID":"00000000-0000-4000-8000-000000000001",` +
		`"userAgent":"a\u003cb\/é {\"x\": 1}","requestParameters":{"z":[1, "two words",{"b":null,"a":true}],"a":"\" : \\"},"additionalEventData":{"bytesTransferredIn":0.0},"resources":[{"type":"t","ARN":"a"}]}`
	all := dresses(t, record)
	var firsts, seconds, thirds []object // each pair with an eventID of its own
	n := int64(0)
	for first, a := range all {
		for second, b := range all {
			n++
			a, b := strings.ReplaceAll(a, guid(1), guid(int(n))), strings.ReplaceAll(b, guid(1), guid(int(n)))
			name := "/" + strings.ReplaceAll(first+", then "+second, " ", "_")
			firsts = append(firsts, object{uri: name + "/1.json", data: logFile(a)})
			seconds = append(seconds, object{uri: name + "/2.json", data: []byte(b + "\n")})
			thirds = append(thirds, object{uri: name + "/3.json", data: logFile(b)})
		}
	}
	files := slices.Concat(firsts, seconds, thirds)
	for name, runs := range map[string][][]object{"one run": {files}, "three runs": {firsts, seconds, thirds}, "backwards": {thirds, seconds, firsts}} {
		store := create(t)
		var sum Summary
		for _, objects := range runs {
			sum = plus(sum, mustRun(t, store, Options{}, &shelf{objects: objects}))
		}
		if sum.EventsNew != n || sum.Repeats != 2*n || sum.Conflicts != 0 || len(sum.Errors) > 0 {
			t.Errorf("%s: %+v", name, sum)
		}
		if got, want := ask(t, store, "SELECT sum(new), sum(repeated), sum(conflicts) FROM files"), fmt.Sprintf("%d|%d|0", n, 2*n); got != want {
			t.Errorf("%s: the ledger says %s, not %s", name, got, want)
		}
		back := rebuilt(t, store)
		for _, f := range files {
			if !bytes.Equal(back[f.uri], f.data) {
				t.Errorf("%s: %s came back as %s", name, f.uri, back[f.uri])
			}
		}
	}
	for name, b := range map[string]string{
		"another value":                              strings.Replace(record, `"A"`, `"B"`, 1),
		"another value, sorted":                      strings.Replace(all["sorted"], `"A"`, `"B"`, 1),
		"values that changed places, pretty-printed": strings.Replace(strings.Replace(all["pretty-printed"], `"type": "t"`, `"type": "a"`, 1), `"ARN": "a"`, `"ARN": "t"`, 1),
		"white space in a value":                     strings.Replace(record, "two words", "two  words", 1),
		"a member more":                              strings.Replace(record, "{", `{"new":null,`, 1),
		"another order in an array":                  strings.Replace(record, `[1, "two words"`, `["two words",1`, 1),
		"a number as text":                           strings.Replace(record, `:0.0`, `:"0.0"`, 1),
	} {
		store := create(t)
		s := mustRun(t, store, Options{}, &shelf{objects: []object{{uri: "/a.json", data: logFile(record)}, {uri: "/b.json", data: logFile(b)}}})
		if s.EventsNew != 2 || s.Conflicts != 1 || s.Repeats != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		if back := rebuilt(t, store); !bytes.Equal(back["/b.json"], logFile(b)) {
			t.Errorf("%s came back as %s", name, back["/b.json"])
		}
	}
}

// Without an eventID white space is no difference, whichever comes first, or in a run before as AWS writes it; all else is
// one. All files come back byte for byte.
func TestDressWithoutID(t *testing.T) {
	const record = `{"eventVersion":"1.0","eventTime":"2013-11-02T10:00:00Z","eventSource":"iam.amazonaws.com","eventName":"A","userAgent":"two  words"}`
	all := dresses(t, record)
	files := []object{
		{uri: "/1.json", data: logFile(all["pretty-printed"])}, {uri: "/2.json", data: logFile(record)}, {uri: "/3.json", data: logFile(all["white space of Python"])},
		{uri: "/4.json", data: logFile(record)}, {uri: "/5.json", data: logFile(all["pretty-printed"])}, {uri: "/6.json", data: []byte(all["pretty-printed"] + "\n" + record)},
	}
	backwards := slices.Clone(files)
	slices.Reverse(backwards)
	other := object{uri: "/7.json", data: logFile(strings.Replace(record, "two  words", "two words", 1))}
	for _, objects := range [][]object{files, backwards, files[1:]} {
		for _, apart := range []bool{false, true} {
			if apart && !bytes.Equal(objects[0].data, logFile(record)) {
				continue // of a stored one it is not known how it would be without
			}
			store := create(t)
			var sum Summary
			for i := range objects {
				if apart {
					sum = plus(sum, mustRun(t, store, Options{}, &shelf{objects: objects[i : i+1]}))
				}
			}
			if !apart {
				sum = mustRun(t, store, Options{Concurrency: 1}, &shelf{objects: objects})
			}
			if sum.EventsNew != 1 || sum.Repeats != sum.Records-1 || sum.Conflicts != 0 {
				t.Errorf("apart %v: %+v", apart, sum)
			}
			if s := mustRun(t, store, Options{}, &shelf{objects: []object{other}}); s.EventsNew != 1 {
				t.Errorf("other white space within a value: %+v", s)
			}
			back := rebuilt(t, store)
			for _, f := range append(slices.Clone(objects), other) {
				if !bytes.Equal(back[f.uri], f.data) {
					t.Errorf("apart %v: %s came back as %s", apart, f.uri, back[f.uri])
				}
			}
		}
	}
}

// Real conflicts, other dresses of each side, and repeats of these, in one file and in several.
func TestDressAmongConflicts(t *testing.T) {
	var objects []object
	want := map[string][]byte{}
	add := func(records ...string) {
		o := object{uri: fmt.Sprintf("/%d.json", len(objects)), data: logFile(records...)}
		objects = append(objects, o)
		want[o.uri] = o.data
	}
	sorted := func(record string) string { return dresses(t, record)["sorted"] }
	pretty := func(record string) string { return dresses(t, record)["pretty-printed"] }
	for id := range 6 {
		a, b := record(id, monday, "A"), record(id, monday, "B")
		add(a, sorted(a), pretty(a))
		add(sorted(a), b)
		add(pretty(b), sorted(b), sorted(b))
		add(dresses(t, b)["sorted, pretty-printed"], a)
	}
	for _, concurrency := range []int{1, 16} {
		for _, batch := range []int64{0, 1} {
			store := create(t)
			s := mustRun(t, store, Options{Concurrency: concurrency, BatchBytes: batch}, &shelf{objects: objects})
			if s.EventsNew != 12 || s.Conflicts != 6 || s.Repeats != 48 {
				t.Errorf("%d at a time: %+v", concurrency, s)
			}
			for uri, data := range rebuilt(t, store) {
				if !bytes.Equal(data, want[uri]) {
					t.Errorf("%d at a time: %s came back as %s", concurrency, uri, data)
				}
			}
		}
	}
}

// What is loaded in part by the user's wish is no file to be given back, and its events are told apart all the same.
func TestDressFiltered(t *testing.T) {
	a, later := record(1, monday, "A"), record(2, tuesday, "A")
	store := create(t)
	objects := []object{{uri: "/a.json", data: logFile(a)}, {uri: "/b.json", data: logFile(dresses(t, a)["sorted"], later)}}
	s := mustRun(t, store, Options{Concurrency: 1, Filter: Filter{Scope: schema.Scope{Until: at(tuesday)}, Slack: DefaultSlack}}, &shelf{objects: objects})
	if s.EventsNew != 1 || s.Repeats != 1 || s.EventsFiltered != 1 || s.Conflicts != 0 {
		t.Errorf("%+v", s)
	}
}

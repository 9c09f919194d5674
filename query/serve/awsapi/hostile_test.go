package awsapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"trailbox/query"
)

// No body makes a handler fail, or answer what was not asked: whatever is in it, of each
// operation.
func TestHostileBodies(t *testing.T) {
	h := opened(t, func(c *Config) { c.Limits = Limits{ResultRows: 10} })
	deep := strings.Repeat(`{"LookupAttributes":[`, 20_000)
	bodies := map[string]string{
		"deep":            deep,
		"deep, and ended": strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"a list":          `[]`,
		"a number":        `1`,
		"two":             `{}{}`,
		"more":            `{} x`,
		"cut":             `{"MaxResults":`,
		"twice":           `{"MaxResults":1,"MaxResults":2}`,
		"not UTF-8":       "{\"NextToken\":\"\xff\"}",
		"NUL":             "{\"NextToken\":\"\x00\"}",
		"XML":             `<?xml version="1.0"?><a/>`,
		"a form":          `Action=LookupEvents`,
	}
	for name, body := range bodies {
		if status, answer := post(h, cloudTrailTarget+"LookupEvents", body); status != http.StatusBadRequest || !strings.Contains(answer, errorText("SerializationException")) {
			t.Errorf("%s: %d %.200s", name, status, answer)
		}
	}
	values := []string{
		`null`, `true`, `-1`, `1e999999999`, `1e-999999999`, `0.1e308`, `99999999999999999999999999999999999999999999`, `1.5`, `"x"`, `""`, `"\u0000"`, `"\ud800"`,
		`"'; DROP TABLE events; --"`, `[]`, `[null]`, `[[[]]]`, `{}`, `[{}]`, `[{"AttributeKey":1}]`, `[{"AttributeKey":"EventName","AttributeValue":null}]`,
		`"` + strings.Repeat("x", 100_000) + `"`,
	}
	members := []string{
		"LookupAttributes", "StartTime", "EndTime", "EventCategory", "MaxResults", "NextToken", "trailNameList", "includeShadowTrails", "Name", "TrailName",
		"EventDataStore", "QueryStatement", "QueryId", "QueryAlias", "QueryParameters", "DeliveryS3Uri", "MaxQueryResults", "QueryStatus", "QueryString", "ClientRequestToken",
		"QueryExecutionContext", "ResultConfiguration", "ExecutionParameters", "QueryExecutionId", "QueryExecutionIds", "QueryResultType", "CatalogName", "DatabaseName",
		"TableName", "Expression", "WorkGroup",
	}
	for _, target := range slices.Sorted(maps.Keys(h.operations())) {
		if !strings.HasPrefix(target, "Amazon") && !strings.HasPrefix(target, "com.") {
			continue
		}
		for i := 0; i < len(values); i += 2 {
			var body strings.Builder
			for j, name := range members {
				fmt.Fprintf(&body, `,%q:%s`, name, values[(i+j*(i%3))%len(values)])
			}

			status, answer := post(h, target, "{"+body.String()[1:]+"}")
			if status >= 500 || !json.Valid([]byte(answer)) {
				t.Errorf("%s of number %d: %d %.300s", target, i, status, answer)
			}
		}
	}
	wait(h)
}

// What is not for a Handler is refused: operations that there are not, other ways to ask, pages in
// browsers, and bodies that are too long.
func TestForeignRequests(t *testing.T) {
	h := opened(t, nil)
	if status, answer := post(h, cloudTrailTarget+"DeleteTrail", `{"Name":"x"}`); status != 400 || !strings.Contains(answer, errorText("UnknownOperationException")) {
		t.Errorf("DeleteTrail: %d %s", status, answer)
	}
	if status, answer := post(h, "", `{}`); status != 400 || !strings.Contains(answer, errorText("UnknownOperationException")) {
		t.Errorf("no operation: %d %s", status, answer)
	}
	if status, answer := post(h, cloudTrailTarget+"LookupEvents", `{"NextToken":"`+strings.Repeat("x", maxBodyBytes)+`"}`); status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, errorText("RequestEntityTooLargeException")) {
		t.Errorf("too long: %d %s", status, answer)
	}
	for _, c := range []struct{ method, path, header, value string }{
		{"POST", "/", "Origin", "http://127.0.0.1:7007"},
		{"POST", "/", "Sec-Fetch-Site", "same-origin"},
		{"GET", "/trailbox/", "Sec-Fetch-Site", "none"},
		{"PUT", "/trailbox/x", "", ""},
		{"DELETE", "/trailbox/results/x.csv", "", ""},
		{"POST", "/x", "", ""},
		{"GET", "/", "X-Amz-Target", cloudTrailTarget + "LookupEvents"},
		{"GET", "/trailbox/../../etc/passwd", "", ""},
		{"GET", "/trailbox/results/", "", ""},
		{"GET", "/no-bucket/x", "", ""},
	} {
		r := httptest.NewRequest(c.method, c.path, strings.NewReader("{}"))
		if c.header != "" {
			r.Header.Set(c.header, c.value)
		}
		if c.method == "POST" {
			r.Header.Set("X-Amz-Target", cloudTrailTarget+"LookupEvents")
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}

// Without a signature nothing is answered, S3's part included.
func TestUnsigned(t *testing.T) {
	h, _ := serve(t, demoShelf(t), nil)
	for _, target := range slices.Sorted(maps.Keys(h.operations())) {
		if status, answer := post(h, target, "{}"); status != 400 || !strings.Contains(answer, errorText("MissingAuthenticationTokenException")) {
			t.Errorf("%s: %d %s", target, status, answer)
		}
	}
	for _, method := range []string{"GET", "HEAD"} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, httptest.NewRequest(method, "/trailbox?list-type=2", nil)); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "ListBucketResult") {
			t.Errorf("%s: %d %s", method, w.Code, w.Body)
		}
	}
}

// The reader of bodies takes what encoding/json takes, if it is an object without a member
// that comes twice, and reads the same from it.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		``, ` {} `, `{"MaxResults":5,"NextToken":"x"}`, `{"StartTime":1772452800.5}`, `{"a":{"a":[1,null,true]}}`, `{"a":1,"a":2}`, `{} {}`, "{\"a\":\"\xff\"}",
		`{"MaxResults":1e9}`, `{"StartTime":1e400}`, strings.Repeat(`{"a":`, 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := parseBody(body)
		var plain map[string]any
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.UseNumber()
		plainErr := dec.Decode(&plain)
		if err != nil {
			return
		}
		if len(strings.TrimSpace(string(body))) == 0 {
			return
		}
		if plainErr != nil || !utf8.Valid(body) {
			t.Fatalf("%q: taken, though %v", body, plainErr)
		}
		if len(m.values) != len(plain) {
			t.Fatalf("%q: %d members, not %d", body, len(m.values), len(plain))
		}
		for name := range plain {
			text, isText := plain[name].(string)
			if got := m.text(name); isText && got != text {
				t.Fatalf("%q: %q, not %q", body, got, text)
			}
			if n, isNumber := plain[name].(json.Number); isNumber {
				if f, err := n.Float64(); m.integer(name, 7) != 7 && (err != nil || float64(m.integer(name, 7)) != f) {
					t.Fatalf("%q: %d, not %v", body, m.integer(name, 7), n)
				}
			}
			m.time(name)
			m.boolean(name, false)
			m.object(name)
			m.texts(name)
			m.objects(name)
		}
	})
}

// Nobody makes a token up, and what was sealed comes out as it was.
func FuzzToken(f *testing.F) {
	key := []byte("key")
	good, err := seal(key, []byte("lookup"), query.OrderKey{File: 3})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "lookup")
	f.Add("", "")
	f.Add("AAAA", "lookup")
	f.Fuzz(func(t *testing.T, token, of string) {
		var begins query.OrderKey
		if open(key, []byte(of), token, &begins) && (token != good || of != "lookup") {
			again, err := seal(key, []byte(of), begins)
			if err != nil || again != token {
				t.Fatalf("%q of %q was taken", token, of)
			}
		}
		at := query.OrderKey{EventID: &of, File: int64(len(token)), Position: 1}
		sealed, err := seal(key, []byte(token), at)
		if err != nil {
			t.Fatal(err)
		}
		var back query.OrderKey
		if len(sealed) <= maxTokenBytes && (!open(key, []byte(token), sealed, &back) || utf8.ValidString(of) && *back.EventID != of || back.File != at.File) {
			t.Fatalf("%q does not open", sealed)
		}
		if open(key, []byte(token+"x"), sealed, &back) || open([]byte("other"), []byte(token), sealed, &back) {
			t.Fatalf("%q opens for another", sealed)
		}
	})
}

package record_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
)

// records are of all the forms that a value can be kept in.
var records = []string{
	`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00Z","eventName":"A","eventID":"11111111-1111-4111-8111-111111111111",` +
		`"userIdentity":{"type":"Root","invokedBy":null,"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}},` +
		`"resources":[{"ARN":"arn:a","accountId":null},{"type":"T"},{}],"readOnly":true,"managementEvent":"true","errorCode":404,"apiVersion":true,` +
		`"requestParameters":{"a":[{"b":1},{"b":[2,null]},{"c":3}],"d":{"b":"x"},"n":null},"responseElements":null}`,
	// No shape: a time and a GUID as CloudTrail does not write them, a member that comes
	// with an escape that is not needed.
	`{"eventVersion":"1.08","eventTime":"2026-03-02T10:00:00.25Z","eventName":"\u0041B","eventID":"ABCDEF11-1111-4111-8111-111111111112",` +
		`"userIdentity":{"type":"Root","invokedBy":null},"resources":[{"ARN":null},{"ARN":"arn:b"}],"errorCode":"404","apiVersion":1.5,"readOnly":false}`,
	// Of other kinds than documented, and without a column.
	`{"eventVersion":"1.08","eventTime":7,"eventName":{"a":["x"]},"eventID":"8","userIdentity":"me","resources":{"ARN":"a"},"readOnly":"yes",` +
		`"errorCode":["x"],"strange":{"a":[{"b":9}]},"tlsDetails":{"tlsVersion":"TLSv1.3","more":[true]},"requestParameters":"text"}`,
	`{"eventVersion":"1.08","userIdentity":null,"resources":null,"requestParameters":null,"eventName":null,"readOnly":null,"strange":null,"eventTime":null}`,
	`{"eventVersion":"1.08","userIdentity":{"sessionContext":7,"strange":{"b":1}},"resources":[],"requestParameters":[{"b":1},{"b":{"b":2}}]}`,
	`{"eventVersion":"1.08","resources":[{"ARN":"a","more":1},7],"requestParameters":{"a":{"b":"y"},"":{"*":1,"q\"\\":2,"a.b":3}}}`,
}

// decoded reads JSON, with the spelling of numbers kept.
func decoded(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// at walks a path in plain Go.
func at(value any, path record.Path) (any, bool) {
	for _, step := range path {
		switch v := value.(type) {
		case map[string]any:
			child, ok := v[step.Name]
			if !ok || step.IsIndex {
				return nil, false
			}
			value = child
		case []any:
			if !step.IsIndex || step.Index >= len(v) {
				return nil, false
			}
			value = v[step.Index]
		default:
			return nil, false
		}
	}
	return value, true
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case bool:
		return "BOOLEAN"
	case string:
		return "VARCHAR"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "DOUBLE"
		}
		return "UBIGINT"
	case []any:
		return "ARRAY"
	}
	return "OBJECT"
}

func index(i int) record.Step { return record.Step{Index: i, IsIndex: true} }

// Whatever form the store keeps a value in, its kind and the value come out as the
// record has them.
func TestNode(t *testing.T) {
	store := recordtest.Load(t, records...)
	paths := []record.Path{
		record.Members("eventName"), record.Members("eventTime"), record.Members("eventID"), record.Members("errorCode"),
		record.Members("apiVersion"), record.Members("readOnly"), record.Members("managementEvent"), record.Members("eventName", "a"),
		append(record.Members("eventName", "a"), index(0)), append(record.Members("errorCode"), index(0)),
		record.Members("userIdentity"), record.Members("userIdentity", "type"), record.Members("userIdentity", "invokedBy"),
		record.Members("userIdentity", "sessionContext"), record.Members("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"),
		record.Members("userIdentity", "strange"), record.Members("userIdentity", "strange", "b"), record.Members("userIdentity.type"),
		record.Members("requestParameters"), record.Members("requestParameters", "a"), record.Members("requestParameters", "a", "b"),
		record.Members("requestParameters", "n"), record.Members("requestParameters", "", "*"), record.Members("requestParameters", "", `q"\`),
		record.Members("requestParameters", "", "a.b"), append(record.Members("requestParameters"), index(1), record.Step{Name: "b"}),
		record.Members("responseElements"), record.Members("resources"), record.Members("resources", "ARN"),
		append(record.Members("resources"), index(0), record.Step{Name: "ARN"}), append(record.Members("resources"), index(0), record.Step{Name: "accountId"}),
		append(record.Members("resources"), index(0), record.Step{Name: "type"}), append(record.Members("resources"), index(1)),
		append(record.Members("resources"), index(2)), append(record.Members("resources"), index(0), record.Step{Name: "more"}),
		record.Members("strange"), record.Members("strange", "a"), record.Members("tlsDetails", "more"), record.Members("tlsDetails"), record.Members("nothing"),
	}
	for _, path := range paths {
		var kinds, nodes record.Binder
		kindSQL, nodeSQL := record.Kind(&kinds, path), record.Node(&nodes, path)
		gotKinds := recordtest.Values[*string](t, store, kindSQL, kinds.Args()...)
		gotNodes := recordtest.Values[*string](t, store, "CAST("+nodeSQL+" AS VARCHAR)", nodes.Args()...)
		for i, text := range records {
			value, ok := at(decoded(t, text), path)
			if !ok {
				if gotKinds[i] != nil || gotNodes[i] != nil {
					t.Errorf("record %d, %v: got %v, want nothing", i, path, recordtest.Shown([]*string{gotKinds[i], gotNodes[i]}))
				}
				continue
			}
			if gotKinds[i] == nil || gotNodes[i] == nil {
				t.Errorf("record %d, %v: got nothing, want %s %s", i, path, kindOf(value), encoded(t, value))
				continue
			}
			if *gotKinds[i] != kindOf(value) {
				t.Errorf("record %d, %v: got %s, want %s", i, path, *gotKinds[i], kindOf(value))
			}
			if dotted := fmt.Sprint(path); dotted != fmt.Sprint(record.Members("userIdentity")) && dotted != fmt.Sprint(record.Members("tlsDetails")) &&
				dotted != fmt.Sprint(record.Members("userIdentity", "sessionContext")) || kindOf(value) != "OBJECT" {
				if got := encoded(t, decoded(t, *gotNodes[i])); got != encoded(t, value) {
					t.Errorf("record %d, %v: got %s, want %s", i, path, got, encoded(t, value))
				}
			}
		}
	}
}

// each walks a path with a wildcard in plain Go: through arrays and objects alike.
func each(value any, path record.Path) []any {
	for i, step := range path {
		if !step.IsAny {
			continue
		}
		var found []any
		above, _ := at(value, path[:i])
		var members []any
		switch v := above.(type) {
		case []any:
			members = v
		case map[string]any:
			for _, member := range v {
				members = append(members, member)
			}
		}
		for _, member := range members {
			if value, ok := at(member, path[i+1:]); ok {
				found = append(found, value)
			}
		}
		return found
	}
	panic("no wildcard")
}

// through walks a path of names in plain Go, through arrays as well.
func through(value any, path record.Path) (found []any) {
	if list, ok := value.([]any); ok {
		for _, element := range list {
			if _, nested := element.([]any); !nested {
				found = append(found, through(element, path)...)
			}
		}
		return found
	}
	if len(path) == 0 {
		return []any{value}
	}
	if object, ok := value.(map[string]any); ok {
		if member, ok := object[path[0].Name]; ok {
			return through(member, path[1:])
		}
	}
	return nil
}

// lists compares two lists of JSON values, but for their order, and for objects with
// members that have columns, which have none here.
func lists(t *testing.T, got string, want []any) (string, string) {
	t.Helper()
	texts := func(values []any) string {
		lines := []string{}
		for _, value := range values {
			if object, ok := value.(map[string]any); ok && (len(object) == 0 || object["attributes"] != nil ||
				object["sessionContext"] != nil || object["type"] != nil || object["tlsVersion"] != nil || object["mfaAuthenticated"] != nil) {
				value = map[string]any{}
			}
			lines = append(lines, encoded(t, value))
		}
		slices.Sort(lines)
		return strings.Join(lines, " ")
	}
	return texts(decoded(t, got).([]any)), texts(want)
}

func TestNodes(t *testing.T) {
	store := recordtest.Load(t, records...)
	wild := record.Step{IsAny: true}
	for _, path := range []record.Path{
		{wild}, append(record.Members("userIdentity"), wild), append(record.Members("userIdentity", "sessionContext"), wild),
		append(record.Members("tlsDetails"), wild), append(record.Members("resources"), wild),
		append(record.Members("resources"), wild, record.Step{Name: "ARN"}), append(record.Members("resources"), wild, record.Step{Name: "accountId"}),
		append(record.Members("requestParameters"), wild), append(record.Members("requestParameters", "a"), wild, record.Step{Name: "b"}),
		append(record.Members("requestParameters", ""), wild), append(record.Members("eventName"), wild), {wild, {Name: "type"}}, {wild, {Name: "b"}},
		append(record.Members("strange"), wild), append(record.Members("strange", "a"), wild, record.Step{Name: "b"}), append(record.Members("nothing"), wild),
	} {
		var b record.Binder
		sql := record.Nodes(&b, path)
		for i, value := range recordtest.Values[string](t, store, "CAST(to_json("+sql+") AS VARCHAR)", b.Args()...) {
			got, want := lists(t, value, each(decoded(t, records[i]), path))
			if got != want {
				t.Errorf("record %d, %v: got %s, want %s", i, path, got, want)
			}
		}
	}
}

func TestThrough(t *testing.T) {
	store := recordtest.Load(t, records...)
	for _, path := range []record.Path{
		record.Members("eventName"), record.Members("eventName", "a"), record.Members("errorCode"), record.Members("userIdentity"),
		record.Members("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"), record.Members("resources"), record.Members("resources", "ARN"),
		record.Members("resources", "accountId"), record.Members("resources", "more"), record.Members("requestParameters"), record.Members("requestParameters", "a"),
		record.Members("requestParameters", "a", "b"), record.Members("requestParameters", "b"), record.Members("requestParameters", "b", "b"),
		record.Members("requestParameters", "d", "b"), record.Members("requestParameters", "", "a.b"), record.Members("strange"),
		record.Members("strange", "a"), record.Members("strange", "a", "b"), record.Members("userIdentity", "strange", "b"), record.Members("tlsDetails", "more"), record.Members("nothing"),
	} {
		var b record.Binder
		sql := record.Through(&b, path)
		for i, value := range recordtest.Values[string](t, store, "CAST(to_json("+sql+") AS VARCHAR)", b.Args()...) {
			got, want := lists(t, value, through(decoded(t, records[i]), path))
			if got != want {
				t.Errorf("record %d, %v: got %s, want %s", i, path, got, want)
			}
		}
	}
}

// Whatever records have in them, no expression makes a query fail.
func TestHostileRecords(t *testing.T) {
	deep := strings.Repeat(`{"a":[`, 3000) + strings.Repeat("]}", 3000)
	store := recordtest.Load(t,
		"{\"eventVersion\":\"1.08\",\"eventName\":\"\xff\",\"requestParameters\":{\"a\":\"\xfe\x01\",\"\xff\":1},\"\xff\":1,\"readOnly\":true}",
		`{"eventVersion":"1.08","eventName":"\ud800","requestParameters":{"a":"\ud800\u0000"},"errorCode":1E400,"strange":{"a":1E400}}`,
		`{"eventVersion":"1.08","requestParameters":`+deep+`,"strange":`+deep+`,"resources":`+deep+`,"eventName":`+deep+`}`,
		`{"eventVersion":"1.08","eventName":"a","eventName":{"a":1},"eventName":null,"requestParameters":{"a":1,"a":[]},"userIdentity":{"type":"a"},"userIdentity":7,"userIdentity":{},"strange":1,"strange":{"a":2}}`,
		`{"eventVersion":"1.08","resources":[{"ARN":"a","ARN":7},{"ARN":null,"":1}],"userIdentity.type":{"a":1},"eventTime":"0000-01-01T00:00:00Z","":{"":1},"a\"b~/\\":{"a":"'"}}`,
	)
	wild := record.Step{IsAny: true}
	for _, top := range []string{
		"eventName", "requestParameters", "strange", "resources", "userIdentity", "readOnly", "eventTime", "errorCode", "userIdentity.type", "", `a"b~/\`, "'", "\x00", "\xff",
	} {
		for _, path := range []record.Path{
			record.Members(top), record.Members(top, "a"), record.Members(top, "a", "a"), record.Members(top, "type"), record.Members(top, ""), record.Members(top, `"\*`),
			{{Name: top}, index(0)}, {{Name: top}, index(0), {Name: "ARN"}},
		} {
			var b record.Binder
			columns := []string{record.Kind(&b, path) + "::VARCHAR", record.Node(&b, path) + "::VARCHAR", record.TextOf(&b, path), record.Exists(&b, path) + "::VARCHAR"}
			if !path[len(path)-1].IsIndex && len(path) < 3 {
				columns = append(columns, record.Through(&b, path)+"::VARCHAR")
			}
			columns = append(columns, record.Nodes(&b, append(slices.Clone(path), wild))+"::VARCHAR")
			if len(path) == 1 {
				columns = append(columns, record.Nodes(&b, record.Path{wild, path[0]})+"::VARCHAR")
			}
			recordtest.Values[[]*string](t, store, "["+strings.Join(columns, ", ")+"]", b.Args()...)
		}
	}
}

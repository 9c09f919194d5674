package eventpattern

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"trailbox/query/record"
)

// A pattern is read, printed, and read again to the same tree.
func TestParse(t *testing.T) {
	for _, text := range []string{
		`{"source":["aws.ec2"]}`,
		`{"detail":{"a":["s","",1,1.50,-3e2,true,false,null]}}`,
		`{"detail":{"a":[{"exactly":"x"},{"prefix":"x"},{"prefix":""},{"suffix":"x"},{"equals-ignore-case":"x"}]}}`,
		`{"detail":{"a":[{"prefix":{"equals-ignore-case":"x"}},{"suffix":{"equals-ignore-case":"x"}}]}}`,
		`{"detail":{"a":[{"wildcard":"a*b\\*c\\\\"},{"wildcard":""}]}}`,
		`{"detail":{"a":[{"anything-but":"x"},{"anything-but":["x","y"]},{"anything-but":1},{"anything-but":[1,2]}]}}`,
		`{"detail":{"a":[{"anything-but":{"prefix":"x"}},{"anything-but":{"suffix":["x","y"]}},{"anything-but":{"equals-ignore-case":["x","y"]}},{"anything-but":{"wildcard":"*x"}}]}}`,
		`{"detail":{"a":[{"numeric":["=",5]},{"numeric":["<",1e3]},{"numeric":[">",0,"<=",5]},{"numeric":[">=",-1.5,"<",5e9]}]}}`,
		`{"detail":{"a":[{"cidr":"10.0.0.0/24"},{"cidr":"2001:db8::/32"},{"exists":true},{"exists":false}]}}`,
		`{"source":["aws.ec2"],"$or":[{"detail":{"a":["x"]}},{"detail":{"$or":[{"b":["y"]},{"c":["z"]}]}}]}`,
		`{"detail":{"prefix":["a field may have the name of an operator"],"<&>\" ":["\u2028\n"]}}`,
	} {
		p, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := p.String(); got != text && !strings.Contains(text, `\u`) {
			t.Errorf("%s is printed as %s", text, got)
		}
		again, err := Parse(p.String())
		if err != nil || !reflect.DeepEqual(again, p) {
			t.Errorf("%s is printed as %s: %v", text, p, err)
		}
	}
}

func TestTree(t *testing.T) {
	p, err := Parse(`{"source":["aws.ec2"],"detail":{"eventName":["RunInstances",{"prefix":"Stop"}],"$or":[{"a":{"b":[1]}},{"c":[null],"d":[{"exists":false}]}]}}`)
	if err != nil {
		t.Fatal(err)
	}
	const want = `all of
  source: "aws.ec2"
  all of
    detail.eventName: "RunInstances" or {"prefix":"Stop"}
    any of
      detail.a.b: 1
      all of
        detail.c: null
        detail.d: {"exists":false}
`
	if got := p.Tree(); got != want {
		t.Errorf("got\n%s", got)
	}
}

// Whatever is taken for a pattern is printed as the same one.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		`{"a":["x",1,null,{"prefix":{"equals-ignore-case":"x"}},{"anything-but":[1,2]},{"numeric":[">",0,"<=",5]}]}`,
		`{"$or":[{"a":{"b":[{"cidr":"10.0.0.0/8"}]}},{"c":[{"exists":false}],"c":[{"anything-but":{"wildcard":"a*\\*"}}]}]}`,
		`{"a":["\ud800\u0000\u2028"]}`, `{"a":[-0,1E400]}`, `{"":[""]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			if refused, ok := errors.AsType[*Error](err); !ok || refused.Offset < 0 || refused.Offset > len(text) {
				t.Errorf("%q: %#v", text, err)
			}
			return
		}
		again, err := Parse(p.String())
		if err != nil || !reflect.DeepEqual(again.Root, p.Root) {
			t.Errorf("%q is printed as %s: %v", text, p, err)
		}
		p.SQL(new(record.Binder))
	})
}

// What EventBridge refuses is refused, with the offset and the reason.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       `event pattern, at byte 0: it is not JSON: it ends too early`,
		`[]`:                                     `event pattern, at byte 0: a pattern is a JSON object, such as {"source": ["aws.iam"]}`,
		`{}`:                                     `event pattern, at byte 0: an empty object is not allowed`,
		`{"a":["x"]} {}`:                         `event pattern, at byte 11: there is more behind the pattern`,
		`{"a":["x"],}`:                           `event pattern, at byte 10: it is not JSON: invalid character '}' looking for beginning of object key string`,
		`{"a":["x"`:                              `event pattern, a, at byte 9: it is not JSON: it ends too early`,
		`{"detail":{"a":"x"}}`:                   `event pattern, detail.a, at byte 15: a field needs an array of what it may be, or an object`,
		`{"detail":{"a":[]}}`:                    `event pattern, detail.a, at byte 15: an empty array is not allowed`,
		`{"detail":{}}`:                          `event pattern, detail, at byte 10: an empty object is not allowed`,
		`{"a":[["x"]]}`:                          `event pattern, a, at byte 6: what a field may be is a string, a number, true, false, null, or an object with an operator`,
		`{"a":[{}]}`:                             `event pattern, a, at byte 7: an operator is missing`,
		`{"a":[{"regex":"x"}]}`:                  `event pattern, a, at byte 7: "regex" is not an operator of EventBridge`,
		`{"a":[{"prefix":1}]}`:                   `event pattern, a, at byte 16: prefix takes a string`,
		`{"a":[{"prefix":"x","suffix":"y"}]}`:    `event pattern, a, at byte 20: an object takes one operator`,
		`{"a":[{"prefix":{"suffix":"x"}}]}`:      `event pattern, a, at byte 17: prefix takes a string or equals-ignore-case`,
		`{"a":[{"wildcard":"a**"}]}`:             `event pattern, a, at byte 18: a wildcard takes one * at a time (byte 1 of "a**")`,
		`{"a":[{"wildcard":"a\\"}]}`:             `event pattern, a, at byte 18: in a wildcard a backslash stands before * or another backslash only (byte 1 of "a\\")`,
		`{"a":[{"wildcard":"\\n"}]}`:             `event pattern, a, at byte 18: in a wildcard a backslash stands before * or another backslash only (byte 0 of "\\n")`,
		`{"a":[{"anything-but":null}]}`:          `event pattern, a, at byte 22: anything-but takes strings or numbers, and no null, true or false`,
		`{"a":[{"anything-but":["x",true]}]}`:    `event pattern, a, at byte 27: anything-but takes strings or numbers, and no null, true or false`,
		`{"a":[{"anything-but":["x",1]}]}`:       `event pattern, a, at byte 27: the list of anything-but must be all strings or all numbers`,
		`{"a":[{"anything-but":[]}]}`:            `event pattern, a, at byte 22: the list of anything-but must not be empty`,
		`{"a":[{"anything-but":{"prefix":""}}]}`: `event pattern, a, at byte 32: prefix in anything-but must not be empty`,
		`{"a":[{"anything-but":{"suffix":["x",""]}}]}`:                    `event pattern, a, at byte 37: suffix in anything-but must not be empty`,
		`{"a":[{"anything-but":{"numeric":["=",1]}}]}`:                    `event pattern, a, at byte 23: anything-but takes strings, numbers, prefix, suffix, equals-ignore-case or wildcard`,
		`{"a":[{"anything-but":{"prefix":"x","suffix":"y"}}]}`:            `event pattern, a, at byte 36: an object takes one operator`,
		`{"a":[{"numeric":5}]}`:                                           `event pattern, a, at byte 17: numeric takes an array, such as [">", 0, "<=", 5]`,
		`{"a":[{"numeric":[]}]}`:                                          `event pattern, a, at byte 18: numeric needs one of = < <= > >= here`,
		`{"a":[{"numeric":["==",5]}]}`:                                    `event pattern, a, at byte 18: numeric needs one of = < <= > >= here`,
		`{"a":[{"numeric":["=","5"]}]}`:                                   `event pattern, a, at byte 22: a number is missing`,
		`{"a":[{"numeric":["<",5,">",0]}]}`:                               `event pattern, a, at byte 24: numeric takes one comparison, or a lower bound and an upper one: [">", 0, "<=", 5]`,
		`{"a":[{"numeric":[">",5,"<",5]}]}`:                               `event pattern, a, at byte 29: the lower bound must be below the upper one`,
		`{"a":[{"numeric":[">",6e9]}]}`:                                   `event pattern, a, at byte 22: 6e9 is too large: EventBridge compares numbers from -5e9 to 5e9`,
		`{"a":[{"cidr":"10.0.0.0"}]}`:                                     `event pattern, a, at byte 14: "10.0.0.0" is not a range of IP addresses such as 192.0.2.0/24 or 2001:db8::/32`,
		`{"a":[{"cidr":"10.0.0.1/32"}]}`:                                  `event pattern, a, at byte 14: EventBridge refuses a range of one address: write "10.0.0.1" without cidr`,
		`{"a":[{"exists":"true"}]}`:                                       `event pattern, a, at byte 16: exists is true or false`,
		`{"$or":{"a":["x"]}}`:                                             `event pattern, at byte 7: $or needs an array of objects`,
		`{"$or":[{"a":["x"]}]}`:                                           `event pattern, at byte 7: $or needs two objects at least`,
		`{"detail":{"$or":["x","y"]}}`:                                    `event pattern, detail, at byte 18: $or takes objects alone`,
		`{"$or":[{"a":["x"]},{"b":{"prefix":["y"]}}]}`:                    `event pattern, b.prefix, at byte 26: "prefix" is an operator's name, which no field inside of $or may have`,
		`{"a":["` + strings.Repeat("x", 4096) + `"]}`:                     `event pattern, at byte 0: it has 4106 characters, and EventBridge takes 4096`,
		strings.Repeat(`{"a":`, 102) + `["x"]` + strings.Repeat(`}`, 102): `event pattern, ` + strings.Repeat("a.", 100) + `a, at byte 501: it is nested more than 100 deep`,
		`{"detail":{"requestParameters":{` + optional(7) + `}}}`:          `event pattern, detail.requestParameters, at byte 0: more than 6 fields below it may be absent or something else, which is too much for trailbox`,
		orOf(11, 3): `event pattern, at byte 0: its $or make more than 1000 combinations`,
	} {
		p, err := Parse(text)
		if err == nil {
			t.Errorf("%s is taken for %s", text, p)
			continue
		}
		if _, ok := errors.AsType[*Error](err); !ok || err.Error() != want {
			t.Errorf("%s\n got %v\nwant %s", text, err, want)
		}
	}
	for _, text := range []string{orOf(10, 3), `{"detail":{"requestParameters":{` + optional(6) + `}}}`, `{"detail":{` + optional(7) + `}}`} {
		if _, err := Parse(text); err != nil {
			t.Error(err)
		}
	}
}

// optional are some fields that may be absent or something else.
func optional(fields int) string {
	var members []string
	for i := range fields {
		members = append(members, fmt.Sprintf(`"a%d":["x",{"exists":false}]`, i))
	}
	return strings.Join(members, ",")
}

// orOf is a pattern with some $or of some branches each.
func orOf(branches, times int) string {
	or := `"$or":[` + strings.TrimSuffix(strings.Repeat(`{"a":["x"]},`, branches), ",") + `]`
	text := `{` + or + `}`
	for range times - 1 {
		text = `{"b":` + text + `,` + or + `}`
	}
	return text
}

// What can be meant otherwise than it works is said.
func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		`{"source":["aws.ec2"]}`:                                                     "",
		`{"detail":{"a":["x"],"a":["y"]}}`:                                           "detail.a: it is there twice, and the last one counts",
		`{"detail":{"a":[{"cidr":"10.0.0.77/24"}]}}`:                                 "detail.a: 10.0.0.77/24 is the range 10.0.0.0/24",
		`{"detail-type":["EC2 Instance State-change Notification"]}`:                 `no event of CloudTrail matches: detail-type ["EC2 Instance State-change Notification"] is not one of CloudTrail's`,
		`{"source":["my.app"]}`:                                                      `no event of CloudTrail matches: source ["my.app"] is not a service of AWS`,
		`{"source":["my.app","aws.ec2"]}`:                                            "",
		`{"detail":{"a":["x"]},"id":["x"]}`:                                          "no event of CloudTrail matches: id is given to an event by EventBridge, and is not in the archive",
		`{"resources":["arn:x"]}`:                                                    "no event of CloudTrail matches: resources is absent from what CloudTrail sends to EventBridge",
		`{"detail":{"EventName":["A"]}}`:                                             "no event of CloudTrail matches: there is no detail.EventName in them, but detail.eventName",
		`{"detail":{"EventName":[{"exists":false}]}}`:                                "",
		`{"detail.userIdentity.Type":["Root"]}`:                                      "no event of CloudTrail matches: there is no detail.userIdentity.Type in them, but detail.userIdentity.type",
		`{"detail":{"requestParameters":{"Name":["a"]}}}`:                            "",
		`{"resources":[{"exists":false}]}`:                                           "",
		`{"replay-name":[{"exists":false}],"source":["aws.s3"]}`:                     "",
		`{"$or":[{"source":["aws.s3"]},{"detail-type":["Object Created"]}]}`:         "",
		`{"$or":[{"source":["my.app"]},{"detail-type":["Object Created"]}]}`:         `no event of CloudTrail matches: source ["my.app"] is not a service of AWS; detail-type ["Object Created"] is not one of CloudTrail's`,
		`{"source":["` + strings.Repeat("x", 2100) + `",{"prefix":"aws."}]}`:         "it has 2133 characters, and an account is granted 2048 unless it asks for more",
		`{"detail":{"b":["x"],"$or":[{"b":["y"]},{"c":["z"]}]},"source":["aws.s3"]}`: "detail.b: it has tests inside of $or and outside, and the last ones count",
	} {
		p, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := strings.Join(p.Warnings, "\n"); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

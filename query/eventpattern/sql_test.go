package eventpattern

import (
	"fmt"
	"strings"
	"testing"

	"trailbox/query/record"
	"trailbox/query/record/recordtest"
	"trailbox/schema"
)

// details are records that differ in requestParameters.a or in what is said.
var details = []string{
	0:  `"requestParameters":{"a":"x"}`,
	1:  `"requestParameters":{"a":"X1"}`,
	2:  `"requestParameters":{"a":""}`,
	3:  `"requestParameters":{"a":null}`,
	4:  `"requestParameters":{"a":1}`,
	5:  `"requestParameters":{"a":"1"}`,
	6:  `"requestParameters":{"a":true}`,
	7:  `"requestParameters":{"a":[]}`,
	8:  `"requestParameters":{"a":{}}`,
	9:  `"requestParameters":{"b":"x"}`,
	10: `"requestParameters":null`,
	11: `"eventVersion":"1.09"`,
	12: `"requestParameters":{"a":["x","y"]}`,
	13: `"requestParameters":{"a":[{"b":"x","c":"1"},{"b":"y","c":"2"}]}`,
	14: `"requestParameters":{"a":[{"b":"x","c":"2"}]}`,
	15: `"requestParameters":{"a":[[{"b":"x"}],[{"b":"y","c":"2"}]]}`,
	16: `"requestParameters":{"a":"10.0.0.7"}`,
	17: `"requestParameters":{"a":"2001:DB8::0:1"}`,
	18: `"requestParameters":{"a":5e0}`,
	19: `"requestParameters":{"a":6000000000}`,
	20: `"resources":[{"ARN":"arn:a","accountId":"1"},{"ARN":"arn:b","type":"T"}]`,
	21: `"errorCode":null`,
	22: `"errorCode":"AccessDenied"`,
	23: `"errorCode":404`,
	24: `"userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}`,
	25: `"readOnly":true`,
	26: `"readOnly":"true"`,
	27: `"new":{"a":[{"b":"x"}]}`,
	28: `"resources":[{"ARN":"arn:n","type":null}]`,
	29: `"requestParameters":{"dot.ted":"x","dotted":"1"}`,
	30: `"requestParameters":{"dot":{"ted":"x"},"dotted":"1"}`,
	31: `"requestParameters":{"dotted":"1"}`,
}

func stored(t *testing.T, members []string) *schema.Store {
	t.Helper()
	var records []string
	for i, m := range members {
		records = append(records, fmt.Sprintf(`{"apiVersion":"%d",%s}`, i, m)) // apiVersion: no two are the same
	}
	for i := range records {
		if !strings.Contains(records[i], `"eventVersion"`) {
			records[i] = strings.Replace(records[i], "{", `{"eventVersion":"1.08",`, 1)
		}
	}
	return recordtest.Load(t, records...)
}

// matches are the indexes of the records that meet an expression.
func matches(t *testing.T, store *schema.Store, b *record.Binder, expression string) string {
	t.Helper()
	var found []string
	for i, value := range recordtest.Values[*bool](t, store, expression, b.Args()...) {
		switch {
		case value == nil:
			t.Errorf("record %d: NULL of %s", i, expression)
		case *value:
			found = append(found, fmt.Sprint(i))
		}
	}
	return strings.Join(found, " ")
}

// What matches what, as EventBridge has it.
func TestSQL(t *testing.T) {
	store := stored(t, details)
	all := "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31"
	but := func(some string) string {
		var left []string
		for _, i := range strings.Fields(all) {
			if !strings.Contains(" "+some+" ", " "+i+" ") {
				left = append(left, i)
			}
		}
		return strings.Join(left, " ")
	}
	const leaves = "0 1 2 3 4 5 6 12 16 17 18 19" // where a is a value or an array of values
	for pattern, want := range map[string]string{
		`"a":["x"]`:                         "0 12",
		`"a":["X"]`:                         "",
		`"a":["x",{"exactly":"X1"}]`:        "0 1 12",
		`"a":[""]`:                          "2",
		`"a":[null]`:                        "3",
		`"a":[1]`:                           "4",
		`"a":[1.0]`:                         "4",
		`"a":["1"]`:                         "5",
		`"a":[true]`:                        "6",
		`"a":[5]`:                           "18",
		`"a":[{"prefix":"x"}]`:              "0 12",
		`"a":[{"prefix":""}]`:               "0 1 2 5 12 16 17",
		`"a":[{"suffix":"1"}]`:              "1 5 17",
		`"a":[{"equals-ignore-case":"x1"}]`: "1",
		`"a":[{"prefix":{"equals-ignore-case":"x"}}]`:                  "0 1 12",
		`"a":[{"suffix":{"equals-ignore-case":"X"}}]`:                  "0 12",
		`"a":[{"wildcard":"*1"}]`:                                      "1 5 17",
		`"a":[{"wildcard":"1*.*.0.*"}]`:                                "16",
		`"a":[{"anything-but":"x"}]`:                                   "1 2 3 4 5 6 12 16 17 18 19",
		`"a":[{"anything-but":["x","y",""]}]`:                          "1 3 4 5 6 16 17 18 19",
		`"a":[{"anything-but":"2001:db8::1"}]`:                         leaves, // no spelling but this one
		`"a":[{"anything-but":1}]`:                                     "0 1 2 3 5 6 12 16 17 18 19",
		`"a":[{"anything-but":{"prefix":"x"}}]`:                        "1 2 3 4 5 6 12 16 17 18 19",
		`"a":[{"anything-but":{"equals-ignore-case":["X","Y","x1"]}}]`: "2 3 4 5 6 16 17 18 19",
		`"a":[{"numeric":["<=",5]}]`:                                   "4 18",
		`"a":[{"numeric":[">",1,"<",6]}]`:                              "18",
		`"a":[{"numeric":[">",0]}]`:                                    "4 18", // 6e9 is out of range
		`"a":[6000000000]`:                                             "19",
		`"a":[{"cidr":"10.0.0.0/24"}]`:                                 "16",
		`"a":[{"cidr":"2001:db8::/32"}]`:                               "17",
		`"a":["2001:db8::1"]`:                                          "17",
		`"a":[{"exactly":"2001:db8::1"}]`:                              "",
		`"a":[{"exists":true}]`:                                        leaves,
		`"a":[{"exists":false}]`:                                       but(leaves),
		`"a":["x",{"exists":false}]`:                                   but("1 2 3 4 5 6 16 17 18 19"),
		`"a":{"b":["x"]}`:                                              "13 14 15",
		`"a":{"b":["x"],"c":["2"]}`:                                    "14",
		`"a":{"b":["y"],"c":["2"]}`:                                    "13 15",
		`"a":{"b":["x"],"c":[{"exists":false}]}`:                       "15", // b has settled on an element
		`"a":{"c":["2"],"b":[{"exists":false}]}`:                       "",   // b comes first, and no element may have one
		`"a":{"b":[{"exists":false}]}`:                                 but("13 14 15"),
		`"a":{"$or":[{"b":["x"],"c":["2"]},{"c":["1"]}]}`:              "13 14",
		`"a":["\u0000",{"equals-ignore-case":"\u0000a"},{"wildcard":"\u0000*"},{"prefix":"\u0000"},{"exactly":"'\\"}]`: "",
		`"\u0000":["x"],"'\"*":["x"],"":["x"]`:                                        "",
		`"a":["x"],"b":["x"]`:                                                         "",
		`"$or":[{"a":["x"]},{"b":["x"]}]`:                                             "0 9 12",
		`"a":["x"],"$or":[{"a":[""]},{"b":[{"exists":false}]}]`:                       "0 2 12", // in one branch the last tests of a count
		`"` + strings.Repeat(`a":{"`, 97) + `a":["x"]` + strings.Repeat(`}`, 97) + ``: "",
	} {
		check(t, store, `{"detail":{"requestParameters":{`+pattern+`}}}`, want)
	}
	for pattern, want := range map[string]string{
		`"detail":[{"exists":true}]`:                                                                                 "", // an object is no value
		`"detail":[{"exists":false}]`:                                                                                all,
		`"detail":{"resources":{"ARN":["arn:b"]}}`:                                                                   "20",
		`"detail":{"resources":{"ARN":["arn:a"],"type":["T"]}}`:                                                      "",
		`"detail":{"resources":{"ARN":["arn:b"],"type":["T"]}}`:                                                      "20",
		`"detail":{"resources":{"ARN":["arn:a"],"type":[{"exists":false}]}}`:                                         "20",
		`"detail":{"resources":{"type":[{"anything-but":"T"}]}}`:                                                     "28",
		`"detail":{"resources":{"type":[{"exists":true}],"ARN":[{"exists":true}]}}`:                                  "20 28",
		`"detail":{"resources":{"type":[null]}}`:                                                                     "28",
		`"detail":{"resources":{"type":[{"anything-but":"x"},{"exists":false}],"ARN":["arn:a"]}}`:                    "20",
		`"detail":{"errorCode":[{"exists":true}]}`:                                                                   "21 22 23",
		`"detail":{"errorCode":[null]}`:                                                                              "21",
		`"detail":{"errorCode":["404"]}`:                                                                             "",
		`"detail":{"errorCode":[404]}`:                                                                               "23",
		`"detail":{"errorCode":[{"prefix":"4"}]}`:                                                                    "",
		`"detail":{"errorCode":[{"anything-but":"AccessDenied"}]}`:                                                   "21 23",
		`"detail":{"errorCode":[{"anything-but":"404"}]}`:                                                            "21 22 23",
		`"detail":{"errorCode":{"a":[{"exists":false}]}}`:                                                            all,
		`"detail":{"userIdentity":{"type":["Root"],"sessionContext":{"attributes":{"mfaAuthenticated":["false"]}}}}`: "24",
		`"detail":{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":[false]}}}}`:                   "",
		`"detail":{"userIdentity":{"type":[{"exists":true}],"arn":[{"exists":false}]}}`:                              "24",
		`"detail":{"readOnly":[true]}`:                                                                               "25",
		`"detail":{"readOnly":["true"]}`:                                                                             "26",
		`"detail":{"readOnly":[{"exists":true}]}`:                                                                    "25 26",
		`"detail":{"userIdentity.type":["Root"]}`:                                                                    "24",
		`"detail.userIdentity.type":["Root"]`:                                                                        "24",
		`"detail.userIdentity":{"sessionContext.attributes.mfaAuthenticated":["false"],"type":[{"exists":true}]}`:    "24",
		`"detail.userIdentity.arn":[{"exists":false}],"detail.userIdentity.type":[{"exists":true}]`:                  "24",
		`"detail.requestParameters":{"a.b":["x"]}`:                                                                   "13 14 15",
		`"detail":{"requestParameters":{"dot.ted":["x"]}}`:                                                           "29 30",
		`"detail":{"requestParameters":{"dot.ted":[{"anything-but":"x"}]}}`:                                          "",
		`"detail":{"requestParameters":{"dot.ted":[{"exists":false}],"dotted":[{"exists":true}]}}`:                   "31",
		`"detail":{"new":{"a":{"b":["x"]}}}`:                                                                         "27",
		`"detail":{"requestParameters":[{"exists":true}]}`:                                                           "10",
	} {
		check(t, store, "{"+pattern+"}", want)
	}
}

func check(t *testing.T, store *schema.Store, pattern, want string) {
	t.Helper()
	p, err := Parse(pattern)
	if err != nil {
		t.Errorf("%s: %v", pattern, err)
		return
	}
	b := new(record.Binder)
	if got := matches(t, store, b, p.SQL(b)); got != want {
		t.Errorf("%s\n got %s\nwant %s", pattern, got, want)
	}
}

// What stands around the record in an event, and what is never delivered.
func TestEnvelope(t *testing.T) {
	const at, call = `"eventTime":"2026-03-02T10:00:00Z","recipientAccountId":"111122223333","awsRegion":"us-east-1",`, `"eventType":"AwsApiCall",`
	store := stored(t, []string{
		0: at + call + `"eventSource":"iam.amazonaws.com","eventName":"CreateUser","managementEvent":true`,
		1: at + call + `"eventSource":"iam.amazonaws.com","eventName":"ListUsers","managementEvent":true`,
		2: at + call + `"eventSource":"s3.amazonaws.com","eventName":"GetObject","managementEvent":false`,
		3: at + call + `"eventSource":"s3.amazonaws.com","eventName":"GetObject","eventCategory":"Data"`,
		4: at + call + `"eventSource":"sts.amazonaws.com","eventName":"GetSessionToken","eventCategory":"Management"`,
		5: at + `"eventType":"AwsConsoleSignIn","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin"`,
		6: at + `"eventType":"AwsServiceEvent","eventSource":"kms.amazonaws.com","eventName":"RotateKey"`,
		7: at + `"eventType":"AwsCloudTrailInsight","insightDetails":{"state":"Start"}`,
		8: `"eventTime":"2026-03-02T10:00:00.5Z","recipientAccountId":"444455556666","awsRegion":"eu-west-1",` + call + `"eventSource":"iam.amazonaws.com.cn","eventName":"DescribeX"`,
	})
	for pattern, want := range map[string]string{
		`"source":["aws.iam"]`:                                           "0 1 8",
		`"source":["aws.cloudtrail"]`:                                    "7",
		`"source":[{"prefix":"aws.s"}]`:                                  "2 3 4 5",
		`"source":[{"anything-but":"aws.iam"}]`:                          "2 3 4 5 6 7",
		`"source":["iam.amazonaws.com"]`:                                 "",
		`"source":{"a":["x"]}`:                                           "",
		`"detail-type":["AWS API Call via CloudTrail"]`:                  "0 1 2 3 4 8",
		`"detail-type":["AWS Console Sign In via CloudTrail"]`:           "5",
		`"detail-type":["AWS Console Signin via CloudTrail"]`:            "5",
		`"detail-type":[{"wildcard":"AWS * Event via *"}]`:               "6",
		`"detail-type":[{"anything-but":"AWS API Call via CloudTrail"}]`: "5 6 7",
		`"detail-type":["EC2 Instance State-change Notification"]`:       "",
		`"account":["444455556666"]`:                                     "8",
		`"region":[{"prefix":"us-"}]`:                                    "0 1 2 3 4 5 6 7",
		`"region":["us-east-1","eu-west-1"],"account":[{"exists":true}]`: "0 1 2 3 4 5 6 7 8",
		`"time":["2026-03-02T10:00:00Z"],"account":["444455556666"]`:     "8",
		`"version":["0"],"account":["444455556666"]`:                     "8",
		`"version":["1"]`:                                                "",
		`"id":["x"]`:                                                     "",
		`"id":[{"anything-but":"x"}],"account":["444455556666"]`:         "8",
		`"resources":["x"]`:                                              "",
		`"resources":[{"exists":false}],"account":["444455556666"]`:      "8",
	} {
		check(t, store, "{"+pattern+"}", want)
	}
	for _, test := range []struct {
		rule Rule
		want string
	}{
		{Rule{State: Enabled}, "0 2 3 4 5 6 7"},
		{Rule{State: EnabledForAll}, "0 1 2 3 4 5 6 7 8"},
		{Rule{State: Disabled}, ""},
		{Rule{State: EnabledForAll, Account: "444455556666", Region: "eu-west-1"}, "8"},
		{Rule{State: EnabledForAll, Account: "444455556666", Region: "us-east-1"}, ""},
	} {
		b := new(record.Binder)
		if got := matches(t, store, b, test.rule.Delivered(b)); got != test.want {
			t.Errorf("delivered to %v: %s, want %s", test.rule, got, test.want)
		}
	}
}

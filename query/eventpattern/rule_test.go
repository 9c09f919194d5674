package eventpattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestNewRule(t *testing.T) {
	const pattern = `{"source":["aws.iam"]}`
	for _, test := range []struct {
		described Description
		want      string
	}{
		{Description{EventPattern: pattern}, " ENABLED   " + pattern},
		{
			Description{
				Name: "r", Arn: "arn:aws:events:us-east-1:111122223333:rule/r", EventPattern: "{\n  \"source\": [\"aws.iam\"]\n}",
				State: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", EventBusName: "default",
			},
			"r ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS 111122223333 us-east-1 " + pattern,
		},
		{
			Description{Name: "r", Arn: "a", State: "DISABLED", EventBusName: "mine", EventPattern: pattern, ScheduleExpression: "rate(1 day)"},
			`r DISABLED   {"source":["aws.iam"]}
it also runs on a schedule, rate(1 day), which is left aside
it is disabled, so that EventBridge delivers nothing to it
its bus is mine, and CloudTrail's events arrive on the default one`,
		},
		{Description{ScheduleExpression: "rate(5 minutes)"}, "it runs on a schedule, rate(5 minutes), and looks at no events"},
		{Description{EventPattern: `{"source":"aws.iam"}`}, "event pattern, source, at byte 10: a field needs an array of what it may be, or an object"},
		{Description{}, "it has no EventPattern"},
		{
			Description{EventPattern: pattern, State: "PAUSED"},
			`its State "PAUSED" is none of ENABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS and DISABLED`,
		},
	} {
		rule, err := NewRule(test.described)
		got := fmt.Sprint(err)
		if err == nil {
			lines := append([]string{fmt.Sprintf("%s %s %s %s %s", rule.Name, rule.State, rule.Account, rule.Region, rule.Pattern)}, rule.Warnings...)
			got = strings.Join(lines, "\n")
		}
		if got != test.want {
			t.Errorf("%+v\n got %s\nwant %s", test.described, got, test.want)
		}
	}
}

// A rule for nothing but calls that only read never gets one of them, unless it asks for all.
func TestUndelivered(t *testing.T) {
	for pattern, want := range map[string]string{
		`{"detail":{"eventName":["GetSecretValue"]}}`:                                           "GetSecretValue",
		`{"detail.eventName":["GetSecretValue","ListUsers"]}`:                                   "GetSecretValue, ListUsers",
		`{"detail":{"eventName":["GetA","GetB","GetC","ListD","DescribeE"]}}`:                   "GetA, GetB, GetC, and 2 more",
		`{"$or":[{"detail":{"eventName":["GetA"]}},{"detail":{"eventName":["ListB"]}}]}`:        "GetA, ListB",
		`{"$or":[{"detail":{"eventName":["GetA"]}},{"detail":{"eventName":["PutB"]}}]}`:         "",
		`{"$or":[{"detail":{"eventName":["GetA"]}},{"detail":{"errorCode":["AccessDenied"]}}]}`: "",
		`{"detail":{"eventName":["GetSecretValue","PutSecretValue"]}}`:                          "",
		`{"detail":{"eventName":[{"prefix":"Get"}]}}`:                                           "",
		`{"detail":{"eventName":["GetSessionToken"]}}`:                                          "",
		`{"source":["aws.s3"],"detail":{"eventName":["GetObject"]}}`:                            "",
		`{"source":["aws.iam"]}`: "",
	} {
		for state, want := range map[State]string{Enabled: want, EnabledForAll: ""} {
			rule, err := NewRule(Description{EventPattern: pattern, State: string(state)})
			if err != nil {
				t.Fatal(err)
			}
			if want != "" {
				want = "EventBridge sends none of these to a rule in state ENABLED: " + want
			}
			if got := strings.Join(rule.Warnings, "; "); got != want {
				t.Errorf("%s of %s\n got %s\nwant %s", state, pattern, got, want)
			}
			if got := rule.Barren(); got != (want != "") {
				t.Errorf("%s of %s: barren %t", state, pattern, got)
			}
		}
	}
}

// A rule that can match nothing says so, whatever the reason.
func TestBarren(t *testing.T) {
	for d, want := range map[Description]bool{
		{EventPattern: `{"source":["aws.iam"]}`}:                                       false,
		{EventPattern: `{"source":["aws.iam"]}`, EventBusName: "mine"}:                 false, // it is run
		{EventPattern: `{"source":["aws.iam"]}`, State: "DISABLED"}:                    true,
		{EventPattern: `{"detail-type":["GuardDuty Finding"]}`}:                        true,
		{EventPattern: `{"detail-type":["GuardDuty Finding"]}`, State: "DISABLED"}:     true,
		{EventPattern: `{"$or":[{"source":["mine"]},{"detail":{"eventName":["A"]}}]}`}: false,
	} {
		rule, err := NewRule(d)
		if err != nil {
			t.Fatal(err)
		}
		if got := rule.Barren(); got != want {
			t.Errorf("%+v: %t, want %t", d, got, want)
		}
	}
}

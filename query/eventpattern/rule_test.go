package eventpattern

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadRules(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{`{"source":["aws.iam"]}`, ` ENABLED   {"source":["aws.iam"]}`},
		{
			`{"Name":"r","Arn":"arn:aws:events:us-east-1:111122223333:rule/r","EventPattern":"{\n  \"source\": [\"aws.iam\"]\n}",
				"State":"ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS","EventBusName":"default","CreatedBy":"111122223333"}`,
			`r ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS 111122223333 us-east-1 {"source":["aws.iam"]}`,
		},
		{
			`{"Name":"r","Arn":"a","State":"DISABLED","EventBusName":"mine","EventPattern":"{\"source\":[\"aws.iam\"]}","ScheduleExpression":"rate(1 day)"}`,
			`r DISABLED   {"source":["aws.iam"]}
it also runs on a schedule, rate(1 day), which is left aside
it is disabled, so that EventBridge delivers nothing to it
its bus is mine, and CloudTrail's events arrive on the default one`,
		},
		{
			`{"Rules":[{"Name":"good","Arn":"a","EventPattern":"{\"source\":[\"aws.iam\"]}","State":"ENABLED"},
				{"Name":"clock","Arn":"a","ScheduleExpression":"rate(5 minutes)","State":"ENABLED"},
				{"Name":"bad","Arn":"a","EventPattern":"{\"source\":\"aws.iam\"}","State":"ENABLED"},
				{"Name":"none","Arn":"a","State":"ENABLED"},
				{"Name":"odd","Arn":"a","EventPattern":"{\"source\":[\"aws.iam\"]}","State":"PAUSED"}]}`,
			`good ENABLED   {"source":["aws.iam"]}
rule clock: it runs on a schedule, rate(5 minutes), and matches no events
rule bad: event pattern, source, at byte 10: a field needs an array of what it may be, or an object
rule none: it has no EventPattern
rule odd: its State "PAUSED" is none of ENABLED, ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS and DISABLED`,
		},
		{`{"Rules":[{"prefix":"x"}]}`, ` ENABLED   {"Rules":[{"prefix":"x"}]}`},
		{`rate(5 minutes)`, `event pattern, at byte 0: it is not JSON: invalid character 'r' looking for beginning of value`},
	} {
		rules, errs := ReadRules([]byte(test.text))
		var got []string
		for _, r := range rules {
			got = append(got, fmt.Sprintf("%s %s %s %s %s", r.Name, r.State, r.Account, r.Region, r.Pattern))
			got = append(got, r.Warnings...)
		}
		for _, err := range errs {
			got = append(got, err.Error())
		}
		if text := strings.Join(got, "\n"); text != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.text, text, test.want)
		}
	}
}

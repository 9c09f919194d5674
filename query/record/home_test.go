package record

import (
	"strings"
	"testing"
)

// Names in other letters than CloudTrail's are found in no record.
func TestMisspelled(t *testing.T) {
	for path, want := range map[string]string{
		"eventName":                "",
		"eventname":                "eventName",
		"EventName":                "eventName",
		"userIdentity.Type":        "userIdentity.type",
		"useridentity.type":        "userIdentity",
		"userIdentity.type":        "",
		"requestParameters.Bucket": "", // which services name as they like
		"RequestParameters.bucket": "requestParameters",
		"tlsdetails":               "tlsDetails",
		"somethingNew":             "", // CloudTrail has new members now and then
	} {
		if got := Misspelled(strings.Split(path, ".")); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

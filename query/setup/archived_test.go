package setup

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"trailbox/query/record/recordtest"
)

// The trails of an archive are as the last records left them, but for those that were deleted.
func TestTrails(t *testing.T) {
	d := diary{region: "eu-west-1"}
	made := map[string]any{
		"name": "audit", "trailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit", "s3BucketName": "logs", "s3KeyPrefix": "p",
		"isMultiRegionTrail": false, "isOrganizationTrail": false, "logFileValidationEnabled": true, "includeGlobalServiceEvents": true,
	}
	d.note("cloudtrail", "CreateTrail", map[string]any{"name": "audit", "s3BucketName": "logs"}, made)
	d.note("cloudtrail", "StartLogging", map[string]any{"name": "audit"}, nil)
	made["isMultiRegionTrail"], made["kmsKeyId"] = true, "arn:aws:kms:eu-west-1:111122223333:key/k"
	d.note("cloudtrail", "UpdateTrail", map[string]any{"name": "audit", "isMultiRegionTrail": true}, made)
	d.note("cloudtrail", "StopLogging", map[string]any{"name": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit"}, nil)
	d.note("cloudtrail", "PutEventSelectors", map[string]any{"trailName": "audit", "advancedEventSelectors": []any{
		map[string]any{"name": "all", "fieldSelectors": []any{map[string]any{"field": "eventCategory", "equals": []string{"Data"}}}},
	}}, nil)
	d.note("cloudtrail", "CreateTrail", map[string]any{"name": "gone"}, map[string]any{"trailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/gone"})
	d.note("cloudtrail", "DeleteTrail", map[string]any{"name": "gone"}, nil)
	// Whoever calls chooses what is in a block: nothing of it breaks an answer.
	d.note("cloudtrail", "UpdateTrail", map[string]any{"name": map[string]any{"x": 1}}, []int{1})
	d.note("cloudtrail", "CreateTrail", map[string]any{"name": "odd"}, map[string]any{"trailARN": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/odd", "s3BucketName": []int{1}, "isMultiRegionTrail": map[string]int{}})
	got, err := Trails(t.Context(), recordtest.Load(t, d.records...))
	if err != nil {
		t.Fatal(err)
	}
	off := false
	want := []Trail{
		{
			ARN: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit", Name: "audit", HomeRegion: "eu-west-1", Logging: &off, Stopped: time.Date(2026, 3, 2, 10, 3, 0, 0, time.UTC),
			Settings: map[string]any{
				"S3BucketName": "logs", "S3KeyPrefix": "p", "KmsKeyId": "arn:aws:kms:eu-west-1:111122223333:key/k", "IsMultiRegionTrail": true,
				"IsOrganizationTrail": false, "LogFileValidationEnabled": true, "IncludeGlobalServiceEvents": true, "HasCustomEventSelectors": true,
			},
			Advanced: []AdvancedEventSelector{{Name: "all", FieldSelectors: []FieldSelector{{Field: "eventCategory", Equals: []string{"Data"}}}}},
		},
		{ARN: "arn:aws:cloudtrail:eu-west-1:111122223333:trail/odd", Name: "odd", HomeRegion: "eu-west-1", Settings: map[string]any{"IsMultiRegionTrail": false}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nnot\n%+v", got, want)
	}
}

// Digests tell of trails that no record is of: of each account its own, and of an organization
// one, whose account they do not name.
func TestTrailsOfDigests(t *testing.T) {
	until := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	s := newState()
	s.add(&record{Account: "111122223333", Region: "us-east-1", Name: "StopLogging", Parameters: `{"name":"known"}`, EventTime: until})
	s.add(&record{Account: "111122223333", Region: "us-east-1", Name: "DeleteTrail", Parameters: `{"name":"gone"}`, EventTime: until})
	of := func(account, trail, object string) digested {
		return digested{Account: account, Home: "us-east-1", Trail: trail, Regions: 2, Until: until, Bucket: "logs", Object: object}
	}
	var got []string
	for _, found := range s.archived([]digested{
		of("111122223333", "known", "AWSLogs/111122223333/CloudTrail-Digest/x"),
		of("111122223333", "gone", "AWSLogs/111122223333/CloudTrail-Digest/x"),
		of("111122223333", "own", "a/b/AWSLogs/111122223333/CloudTrail-Digest/x"),
		of("111122223333", "all", "AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/x"),
		of("444455556666", "own", "AWSLogs/444455556666/CloudTrail-Digest/x"),
		of("444455556666", "all", "AWSLogs/o-exampleorg1/444455556666/CloudTrail-Digest/x"),
	}) {
		text := found.Name + " " + found.ARN
		if found.Settings["IsOrganizationTrail"] == true {
			text += " of an organization"
		}
		if prefix, ok := found.Settings["S3KeyPrefix"]; ok {
			text += " below " + prefix.(string)
		}
		if !*found.Logging {
			text += " stopped"
		}
		if !found.Digested.Equal(until) || found.Settings["IsMultiRegionTrail"] != true {
			t.Errorf("%+v", found)
		}
		got = append(got, text)
	}
	want := []string{
		"all  of an organization",
		"known arn:aws:cloudtrail:us-east-1:111122223333:trail/known stopped",
		"own arn:aws:cloudtrail:us-east-1:111122223333:trail/own below a/b",
		"own arn:aws:cloudtrail:us-east-1:444455556666:trail/own",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

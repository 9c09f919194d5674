package awsapi

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"trailbox/ingest/digesttest"
	"trailbox/query/integrity"
	"trailbox/schema"
)

// The SDK is told of the trail of the demo archive what the record of its making says, whichever
// way it asks.
func TestTrailsOfSDK(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	client := trailClient(url)
	var made struct {
		ResponseElements struct {
			Name, TrailARN, S3BucketName, KmsKeyID                            string
			IsMultiRegionTrail, LogFileValidationEnabled, IsOrganizationTrail bool
		}
		RequestParameters struct{ EventSelectors json.RawMessage }
	}
	var selectors []types.EventSelector
	var started time.Time
	for _, r := range rawRecords(t) {
		switch {
		case !strings.Contains(r.text, `"errorCode"`) && r.EventName == "CreateTrail":
			if err := json.Unmarshal([]byte(r.text), &made); err != nil {
				t.Fatal(err)
			}
		case r.EventName == "PutEventSelectors":
			var put struct {
				RequestParameters struct{ EventSelectors []types.EventSelector }
			}
			if err := json.Unmarshal([]byte(r.text), &put); err != nil {
				t.Fatal(err)
			}
			selectors = put.RequestParameters.EventSelectors
		case r.EventName == "StartLogging":
			started = r.EventTime
		}
	}
	want := made.ResponseElements
	all, err := client.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{})
	if err != nil || len(all.TrailList) != 1 {
		t.Fatalf("%+v %v", all, err)
	}
	got := all.TrailList[0]
	if *got.Name != want.Name || *got.TrailARN != want.TrailARN || *got.S3BucketName != want.S3BucketName || *got.IsMultiRegionTrail != want.IsMultiRegionTrail ||
		*got.LogFileValidationEnabled != want.LogFileValidationEnabled || *got.IsOrganizationTrail != want.IsOrganizationTrail || got.KmsKeyId != nil || *got.HomeRegion != "us-east-1" {
		t.Errorf("%+v, not %+v", got, want)
	}
	one, err := client.GetTrail(t.Context(), &cloudtrail.GetTrailInput{Name: got.TrailARN})
	if err != nil || !reflect.DeepEqual(*one.Trail, got) {
		t.Errorf("%+v %v", one, err)
	}
	list, err := client.ListTrails(t.Context(), &cloudtrail.ListTrailsInput{})
	if err != nil || len(list.Trails) != 1 || *list.Trails[0].TrailARN != want.TrailARN {
		t.Errorf("%+v %v", list, err)
	}
	status, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: &want.Name})
	if err != nil || !*status.IsLogging || !status.StartLoggingTime.Equal(started) || !status.LatestDigestDeliveryTime.Equal(time.Date(2026, 3, 2, 16, 7, 12, 0, time.UTC)) {
		t.Errorf("%+v %v", status, err)
	}
	selected, err := client.GetEventSelectors(t.Context(), &cloudtrail.GetEventSelectorsInput{TrailName: &want.Name})
	if err != nil || len(selected.EventSelectors) != len(selectors) || len(selectors) == 0 ||
		!reflect.DeepEqual(selected.EventSelectors[0].DataResources, selectors[0].DataResources) || selected.EventSelectors[0].ReadWriteType != selectors[0].ReadWriteType {
		t.Errorf("%+v, not %+v (%v)", selected, selectors, err)
	}
	named, err := client.DescribeTrails(t.Context(), &cloudtrail.DescribeTrailsInput{TrailNameList: []string{"prod-trail"}})
	if err != nil || len(named.TrailList) != 0 {
		t.Errorf("a trail that was never seen: %+v %v", named, err)
	}
	if _, err := client.GetTrailStatus(t.Context(), &cloudtrail.GetTrailStatusInput{Name: aws.String("prod-trail")}); !errors.As(err, new(*types.TrailNotFoundException)) {
		t.Errorf("its status: %v", err)
	}
}

// ListPublicKeys has the keys that the store has, of the Region that is asked and of the time.
func TestListPublicKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.duckdb")
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	var keys []integrity.Key
	for i, region := range []string{"eu-west-1", "us-east-1", ""} {
		key := digesttest.NewKey(i, from.AddDate(0, i, 0), from.AddDate(0, i+1, 0))
		some, err := integrity.ParseKeys(digesttest.PublicKeys(digesttest.Epoch, key), region, "test")
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, some...)
	}
	if _, err := integrity.Save(t.Context(), store, &integrity.Result{}, keys, "test"); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, url := serve(t, openShelf(t, path), nil)
	for _, c := range []struct {
		start, end *time.Time
		want       []integrity.Key
	}{
		{nil, nil, []integrity.Key{keys[0], keys[2]}},
		{aws.Time(keys[2].From.Add(time.Hour)), nil, keys[2:]},
		{nil, aws.Time(keys[0].From.Add(time.Hour)), keys[:1]},
	} {
		got, err := trailClient(url).ListPublicKeys(t.Context(), &cloudtrail.ListPublicKeysInput{StartTime: c.start, EndTime: c.end})
		if err != nil || len(got.PublicKeyList) != len(c.want) {
			t.Fatalf("%+v %v", got, err)
		}
		for i, k := range got.PublicKeyList {
			if w := c.want[i]; *k.Fingerprint != w.Fingerprint || string(k.Value) != string(w.DER) || !k.ValidityStartTime.Equal(w.From) || !k.ValidityEndTime.Equal(w.Until) {
				t.Errorf("%+v, not %+v", k, w)
			}
		}
	}
}

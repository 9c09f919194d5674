package awsapi

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"trailbox/schema"
)

// A rawRecord is a record of the demo archive, read without any code of ours.
type rawRecord struct {
	text                                                             string
	EventID, EventName, EventSource, EventCategory, AwsRegion, Error string
	EventTime                                                        time.Time
	ReadOnly                                                         any
	UserIdentity                                                     struct{ AccessKeyID, UserName, Type string }
	RecipientAccountID                                               string
}

// rawRecords are those of the demo archive, each once, in the order of a lookup, but for what
// Insights tells.
func rawRecords(t testing.TB) (records []rawRecord) {
	t.Helper()
	seen := map[string]bool{}
	err := filepath.WalkDir(demoLogs, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "CloudTrail-Aggregated") || strings.Contains(path, "CloudTrail-Digest") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if unpacked, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			var b bytes.Buffer
			b.ReadFrom(unpacked)
			data = b.Bytes()
		}
		var file struct{ Records []json.RawMessage }
		if err := json.Unmarshal(data, &file); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, text := range file.Records {
			r := rawRecord{text: string(text)}
			if err := json.Unmarshal(text, &r); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if !seen[r.text] && r.EventCategory != "Insight" {
				seen[r.text] = true
				records = append(records, r)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(records, func(a, b rawRecord) int {
		return cmp.Or(b.EventTime.Compare(a.EventTime), cmp.Compare(a.EventID, b.EventID))
	})
	return records
}

func idsOf(records []rawRecord) (ids []string) {
	for _, r := range records {
		ids = append(ids, r.EventID)
	}
	return ids
}

// trailClient is AWS's own client of a server of ours.
func trailClient(url string) *cloudtrail.Client {
	return cloudtrail.New(cloudtrail.Options{
		Region: "eu-west-1", BaseEndpoint: &url, RetryMaxAttempts: 5,
		Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
	})
}

// The SDK pages through all events, and gets those of the log files, in order, each once.
func TestLookupPagesOfSDK(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	client := trailClient(url)
	want := rawRecords(t)
	for _, size := range []int32{50, 7} {
		pager := cloudtrail.NewLookupEventsPaginator(client, &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(size)})
		var got []types.Event
		for pager.HasMorePages() {
			page, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Events) > int(size) {
				t.Fatalf("%d events in a page of %d", len(page.Events), size)
			}
			got = append(got, page.Events...)
		}
		if len(got) != len(want) {
			t.Fatalf("%d events, not %d", len(got), len(want))
		}
		for i, e := range got {
			w := &want[i]
			if *e.EventId != w.EventID || *e.CloudTrailEvent != w.text || !e.EventTime.Equal(w.EventTime) || *e.EventName != w.EventName || *e.EventSource != w.EventSource {
				t.Fatalf("number %d of pages of %d: %s %s, not %s", i, size, *e.EventId, *e.CloudTrailEvent, w.text)
			}
			if w.ReadOnly != nil && *e.ReadOnly != fmt.Sprint(w.ReadOnly) || e.AccessKeyId != nil && *e.AccessKeyId != w.UserIdentity.AccessKeyID {
				t.Errorf("%s: ReadOnly %v, AccessKeyId %v", w.text, e.ReadOnly, e.AccessKeyId)
			}
		}
	}
}

// Each attribute, several of them, and both times find what the log files have.
func TestLookupAttributesOfSDK(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	client := trailClient(url)
	all := rawRecords(t)
	some := all[slices.IndexFunc(all, func(r rawRecord) bool { return r.EventName == "CreateUser" && r.UserIdentity.AccessKeyID != "" })]
	attribute := func(key types.LookupAttributeKey, value string) types.LookupAttribute {
		return types.LookupAttribute{AttributeKey: key, AttributeValue: &value}
	}
	byName := func(r *rawRecord) bool { return r.EventName == some.EventName }
	byKey := func(r *rawRecord) bool { return r.UserIdentity.AccessKeyID == some.UserIdentity.AccessKeyID }
	for name, c := range map[string]struct {
		ask  cloudtrail.LookupEventsInput
		fits func(*rawRecord) bool
	}{
		"EventId":     {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("EventId", some.EventID)}}, func(r *rawRecord) bool { return r.EventID == some.EventID }},
		"EventName":   {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("EventName", some.EventName)}}, byName},
		"AccessKeyId": {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("AccessKeyId", some.UserIdentity.AccessKeyID)}}, byKey},
		"EventSource": {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("EventSource", "s3.amazonaws.com")}}, func(r *rawRecord) bool { return r.EventSource == "s3.amazonaws.com" }},
		"ReadOnly":    {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("ReadOnly", "false")}}, func(r *rawRecord) bool { return fmt.Sprint(r.ReadOnly) == "false" }},
		"two of them": {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("EventName", some.EventName), attribute("AccessKeyId", some.UserIdentity.AccessKeyID)}}, func(r *rawRecord) bool { return byName(r) && byKey(r) }},
		"none":        {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{attribute("EventName", "createuser")}}, func(*rawRecord) bool { return false }},
		"both times": {cloudtrail.LookupEventsInput{StartTime: &some.EventTime, EndTime: aws.Time(some.EventTime.Add(time.Minute))}, func(r *rawRecord) bool {
			return !r.EventTime.Before(some.EventTime) && !r.EventTime.After(some.EventTime.Add(time.Minute))
		}},
		"data events": {cloudtrail.LookupEventsInput{EventCategory: "data"}, func(r *rawRecord) bool { return r.EventCategory == "Data" }},
	} {
		var got []string
		for pager := cloudtrail.NewLookupEventsPaginator(client, &c.ask); pager.HasMorePages(); {
			page, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range page.Events {
				got = append(got, *e.EventId)
			}
		}
		want := idsOf(slices.DeleteFunc(slices.Clone(all), func(r rawRecord) bool { return !c.fits(&r) }))
		if !slices.Equal(got, want) || (len(want) == 0) != (name == "none") {
			t.Errorf("%s: %d events, not %d", name, len(got), len(want))
		}
	}
}

// What AWS refuses is refused by the same name, and so that the SDK knows it.
func TestLookupRefusals(t *testing.T) {
	_, url := serve(t, demoShelf(t), nil)
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		ask  cloudtrail.LookupEventsInput
		want error
	}{
		"times":     {cloudtrail.LookupEventsInput{StartTime: aws.Time(now.Add(time.Second)), EndTime: &now}, new(types.InvalidTimeRangeException)},
		"rows":      {cloudtrail.LookupEventsInput{MaxResults: aws.Int32(51)}, new(types.InvalidMaxResultsException)},
		"no rows":   {cloudtrail.LookupEventsInput{MaxResults: aws.Int32(0)}, new(types.InvalidMaxResultsException)},
		"token":     {cloudtrail.LookupEventsInput{NextToken: aws.String("abc")}, new(types.InvalidNextTokenException)},
		"no token":  {cloudtrail.LookupEventsInput{NextToken: aws.String("")}, new(types.InvalidNextTokenException)},
		"category":  {cloudtrail.LookupEventsInput{EventCategory: "other"}, new(types.InvalidEventCategoryException)},
		"attribute": {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: "EventID", AttributeValue: aws.String("x")}}}, new(types.InvalidLookupAttributesException)},
		"value":     {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: "ReadOnly", AttributeValue: aws.String("yes")}}}, new(types.InvalidLookupAttributesException)},
		"length":    {cloudtrail.LookupEventsInput{LookupAttributes: []types.LookupAttribute{{AttributeKey: "EventName", AttributeValue: aws.String(strings.Repeat("x", 2001))}}}, new(types.InvalidLookupAttributesException)},
	} {
		_, err := trailClient(url).LookupEvents(t.Context(), &c.ask)
		var refusal smithy.APIError
		if !errors.As(err, &refusal) || fmt.Sprintf("%T", refusal) != fmt.Sprintf("%T", c.want) || refusal.ErrorMessage() == "" {
			t.Errorf("%s: %v, not a %T", name, err, c.want)
		}
	}
}

// lookup makes a call of LookupEvents, and returns the names of the events and the token.
func lookup(t testing.TB, h http.Handler, body string) (names []string, token string, refusal string) {
	t.Helper()
	_, text := post(h, cloudTrailTarget+"LookupEvents", body)
	var answer struct {
		Type      string `json:"__type"`
		Events    []struct{ EventName string }
		NextToken string
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	for _, e := range answer.Events {
		names = append(names, e.EventName)
	}
	return names, answer.NextToken, answer.Type
}

// A token is of one lookup in one store: it lives on when the handler does not, with other
// rows to a page, and is refused whatever else is changed.
func TestLookupToken(t *testing.T) {
	stores := demoShelf(t)
	anybody := func(c *Config) { c.AccessKey, c.SecretKey = "", "" }
	h, _ := serve(t, stores, anybody)
	restarted, _ := serve(t, stores, anybody)
	_, token, _ := lookup(t, h, `{"MaxResults":5,"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}]}`)
	next, _, _ := lookup(t, h, `{"MaxResults":5,"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"`+token+`"}`)
	again, _, _ := lookup(t, restarted, `{"MaxResults":3,"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"`+token+`"}`)
	if len(next) != 5 || !slices.Equal(again, next[:3]) {
		t.Errorf("after a restart %v, before %v", again, next)
	}
	flipped := []byte(token)
	flipped[len(flipped)/2] ^= 1
	for name, body := range map[string]string{
		"another attribute": `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"false"}],"NextToken":"` + token + `"}`,
		"no attribute":      `{"NextToken":"` + token + `"}`,
		"a time more":       `{"StartTime":1,"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + token + `"}`,
		"a category more":   `{"EventCategory":"data","LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + token + `"}`,
		"a letter":          `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + string(flipped) + `"}`,
		"cut":               `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + token[:len(token)-1] + `"}`,
		"with a line end":   `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + token[:20] + `\n` + token[20:] + `"}`,
		"something else":    `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"AAAA"}`,
		"very long":         `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"` + strings.Repeat("A", 100_000) + `"}`,
	} {
		if names, _, refusal := lookup(t, h, body); refusal != "InvalidNextTokenException" || names != nil {
			t.Errorf("%s: %v, %s", name, names, refusal)
		}
	}
	other := openShelf(t, otherStore(t))
	elsewhere, _ := serve(t, other, anybody)
	if _, _, refusal := lookup(t, elsewhere, `{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"}],"NextToken":"`+token+`"}`); refusal != "InvalidNextTokenException" {
		t.Errorf("in another store: %q", refusal)
	}
}

// otherStore is the path of an empty store, which is another one than the demo's.
func otherStore(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "other.duckdb")
	store, err := schema.Create(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// Strict is as AWS is: 90 days, management events of one Region, one attribute.
func TestLookupStrict(t *testing.T) {
	all := rawRecords(t)
	newest := all[0].EventTime
	now := newest.AddDate(0, 0, historyDays).Add(-12 * time.Hour)
	h, url := serve(t, demoShelf(t), func(c *Config) { c.Strict, c.Now = true, func() time.Time { return now } })
	client := cloudtrail.New(cloudtrail.Options{
		Region: "us-east-1", BaseEndpoint: &url, RetryMaxAttempts: 5, Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
		HTTPClient: &http.Client{Transport: shifted{t, now}},
	})
	var got []string
	for pager := cloudtrail.NewLookupEventsPaginator(client, &cloudtrail.LookupEventsInput{}); pager.HasMorePages(); {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			got = append(got, *e.EventId)
		}
	}
	want := idsOf(slices.DeleteFunc(slices.Clone(all), func(r rawRecord) bool {
		return r.EventTime.Before(newest.Add(-12*time.Hour)) || r.AwsRegion != "us-east-1" || r.EventCategory == "Data" || r.EventCategory == "NetworkActivity"
	}))
	if !slices.Equal(got, want) || len(want) == 0 || len(want) == len(all) {
		t.Errorf("%d events, not %d of %d", len(got), len(want), len(all))
	}
	h.AccessKey, h.SecretKey = "", ""
	for body, code := range map[string]string{
		`{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"true"},{"AttributeKey":"EventName","AttributeValue":"x"}]}`: "InvalidLookupAttributesException",
		`{"EventCategory":"data"}`: "InvalidEventCategoryException",
	} {
		if _, _, refusal := lookup(t, h, body); refusal != code {
			t.Errorf("%s: %q", body, refusal)
		}
	}
}

// shifted signs requests anew for another time.
type shifted struct {
	t   *testing.T
	now time.Time
}

func (s shifted) RoundTrip(r *http.Request) (*http.Response, error) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		return nil, err
	}
	again, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body.Bytes()))
	if err != nil {
		return nil, err
	}
	again.Header.Set("X-Amz-Target", r.Header.Get("X-Amz-Target"))
	if err := signer.SignHTTP(r.Context(), testCredentials, again, hashOf(body.String()), "cloudtrail", "us-east-1", s.now); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(again)
}

// Members of an event that LookupEvents gives are those that it has, and its time is a number.
func TestLookupShape(t *testing.T) {
	status, text := post(opened(t, nil), cloudTrailTarget+"LookupEvents", `{"MaxResults":1}`)
	var answer struct{ Events []map[string]any }
	if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 || len(answer.Events) != 1 {
		t.Fatalf("%d %s (%v)", status, text, err)
	}
	known := []string{"AccessKeyId", "CloudTrailEvent", "EventId", "EventName", "EventSource", "EventTime", "ReadOnly", "Resources", "Username"}
	for name, value := range answer.Events[0] {
		_, number := value.(float64)
		_, list := value.([]any)
		if !slices.Contains(known, name) || number != (name == "EventTime") || list != (name == "Resources") {
			t.Errorf("%s: %v", name, value)
		}
	}
	if names := slices.Collect(maps.Keys(answer.Events[0])); len(names) < 6 {
		t.Errorf("only %v", names)
	}
}

// While another process writes the store, clients are told to try again, and the SDK does.
func TestLookupWhileLocked(t *testing.T) {
	stores := demoShelf(t)
	h, _ := serve(t, stores, func(c *Config) { c.AccessKey, c.SecretKey = "", "" })
	stores.fail(fmt.Errorf("borrow: %w", &schema.LockedError{Path: "/somewhere/t.duckdb", PID: 1}))
	status, text := post(h, cloudTrailTarget+"LookupEvents", `{}`)
	if status != http.StatusServiceUnavailable || !strings.Contains(text, errorText("ServiceUnavailable")) || strings.Contains(text, "somewhere") {
		t.Errorf("%d %s", status, text)
	}
	asked := 0
	var url string
	_, url = serve(t, stores, nil)
	client := cloudtrail.New(cloudtrail.Options{
		Region: "eu-west-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider(testKey, testSecret, ""),
		HTTPClient: &http.Client{Transport: counting{&asked, stores}},
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		}),
	})
	if _, err := client.LookupEvents(t.Context(), &cloudtrail.LookupEventsInput{}); err != nil || asked != 2 {
		t.Errorf("after %d calls: %v", asked, err)
	}
}

// counting counts requests, and ends the lock behind the first.
type counting struct {
	asked  *int
	stores *shelf
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if *c.asked++; *c.asked == 2 {
		c.stores.fail(nil)
	}
	return http.DefaultTransport.RoundTrip(r)
}

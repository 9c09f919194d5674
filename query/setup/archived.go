package setup

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

// A Trail is one that an archive shows, as it was left last: what nothing in the archive says
// is not there.
type Trail struct {
	ARN        string // "" where an organization's is known by its digests alone: they do not name its account
	Name       string
	HomeRegion string
	// Settings are text or bool, by the names that AWS gives them.
	Settings map[string]any
	// Logging is nil where nothing says whether it does; Started and Stopped are when it was
	// last seen to be.
	Logging          *bool
	Started, Stopped time.Time
	Digested         time.Time // the end of what its newest digest covers
	Selectors        []EventSelector
	Advanced         []AdvancedEventSelector
}

// An EventSelector is one, with the members that AWS gives it.
type EventSelector struct {
	ReadWriteType                 string `json:",omitempty"`
	IncludeManagementEvents       bool
	DataResources                 []DataResource
	ExcludeManagementEventSources []string
}

// A DataResource is what data events are recorded of.
type DataResource struct {
	Type   string
	Values []string
}

// An AdvancedEventSelector is one, with the members that AWS gives it.
type AdvancedEventSelector struct {
	Name           string `json:",omitempty"`
	FieldSelectors []FieldSelector
}

// A FieldSelector is a condition of an advanced event selector.
type FieldSelector struct {
	Field         string
	Equals        []string `json:",omitempty"`
	StartsWith    []string `json:",omitempty"`
	EndsWith      []string `json:",omitempty"`
	NotEquals     []string `json:",omitempty"`
	NotStartsWith []string `json:",omitempty"`
	NotEndsWith   []string `json:",omitempty"`
}

// Trails are the trails that an archive shows, by what records say of them and by their
// digests, in the order of their home Regions and names. One that was deleted is not there.
func Trails(ctx context.Context, store *schema.Store) ([]Trail, error) {
	s := newState()
	for r, err := range schema.All[record](store.Query(ctx, withAccount(recordsSQL))) {
		if err != nil {
			return nil, err
		}
		s.add(&r)
	}
	digests, err := schema.Collect[digested](store.Query(ctx, digestedSQL))
	if err != nil {
		return nil, err
	}
	return s.archived(digests), nil
}

// archived are the trails of records and of digests.
func (s *state) archived(digests []digested) []Trail {
	found := map[*trail]*Trail{}
	var trails []*Trail
	for _, arn := range s.order {
		if t := s.trails[arn]; t.deleted == nil {
			found[t] = t.archived()
			trails = append(trails, found[t])
		}
	}
	for _, d := range digests {
		t := s.trailOf(d)
		if t != nil && t.deleted != nil {
			continue
		}
		one := found[t]
		if i := slices.IndexFunc(trails, func(other *Trail) bool { return t == nil && other.isOf(d) }); i >= 0 {
			one = trails[i]
		}
		if one == nil {
			one = d.archived()
			trails = append(trails, one)
		}
		one.addDigests(d)
	}
	all := make([]Trail, len(trails))
	for i, t := range trails {
		all[i] = *t
	}
	slices.SortStableFunc(all, func(a, b Trail) int {
		return cmp.Or(cmp.Compare(a.HomeRegion, b.HomeRegion), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN))
	})
	return all
}

// archived is what records say of a trail.
func (t *trail) archived() *Trail {
	a := &Trail{ARN: t.arn, Name: t.name, HomeRegion: t.home, Settings: map[string]any{}}
	for _, name := range []string{
		"S3BucketName", "S3KeyPrefix", "SnsTopicName", "SnsTopicARN", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn", "KmsKeyId",
	} {
		if value, _ := t.setting(strings.ToLower(name[:1]) + name[1:]); value.text() != "" {
			a.Settings[name] = value.text()
		}
	}
	for _, name := range []string{"IncludeGlobalServiceEvents", "IsMultiRegionTrail", "LogFileValidationEnabled", "IsOrganizationTrail"} {
		if value, _ := t.setting(strings.ToLower(name[:1]) + name[1:]); value.isThere() {
			a.Settings[name] = value.isTrue()
		}
	}
	if t.logging != nil {
		on := t.logging.Name == "StartLogging"
		if a.Logging = &on; on {
			a.Started = t.logging.EventTime
		} else {
			a.Stopped = t.logging.EventTime
		}
	}
	if t.selectors != nil {
		a.addSelectors(readBlock(t.selectors.Parameters))
		a.Settings["HasCustomEventSelectors"] = true
	}
	if t.insights != nil {
		a.Settings["HasInsightSelectors"] = len(readBlock(t.insights.Parameters).at("insightSelectors").list()) > 0
	}
	return a
}

func (t *Trail) addSelectors(parameters block) {
	for _, one := range parameters.at("eventSelectors").list() {
		in := one.at("includeManagementEvents")
		s := EventSelector{
			ReadWriteType: one.at("readWriteType").text(), IncludeManagementEvents: !in.isThere() || in.isTrue(),
			DataResources: []DataResource{}, ExcludeManagementEventSources: append([]string{}, one.at("excludeManagementEventSources").texts()...),
		}
		for _, r := range one.at("dataResources").list() {
			s.DataResources = append(s.DataResources, DataResource{r.at("type").text(), append([]string{}, r.at("values").texts()...)})
		}
		t.Selectors = append(t.Selectors, s)
	}
	for _, one := range parameters.at("advancedEventSelectors").list() {
		s := AdvancedEventSelector{Name: one.at("name").text(), FieldSelectors: []FieldSelector{}}
		for _, f := range one.at("fieldSelectors").list() {
			s.FieldSelectors = append(s.FieldSelectors, FieldSelector{
				Field: f.at("field").text(), Equals: f.at("equals").texts(), StartsWith: f.at("startsWith").texts(), EndsWith: f.at("endsWith").texts(),
				NotEquals: f.at("notEquals").texts(), NotStartsWith: f.at("notStartsWith").texts(), NotEndsWith: f.at("notEndsWith").texts(),
			})
		}
		t.Advanced = append(t.Advanced, s)
	}
}

// organization is that of digests, "" for those of an account's own trail.
func (d *digested) organization() string {
	_, behind, _ := strings.Cut("/"+d.Object, "/AWSLogs/")
	folder, _, _ := strings.Cut(behind, "/")
	if !strings.HasPrefix(folder, "o-") {
		return ""
	}
	return folder
}

// isOf reports whether a trail that is known by digests alone is the one of others: an
// organization's has them in each account.
func (t *Trail) isOf(d digested) bool {
	return t.ARN == "" && d.organization() != "" && t.Name == d.Trail && t.HomeRegion == d.Home && t.Settings["S3BucketName"] == d.Bucket
}

// archived is what digests say of a trail that no record is of.
func (d *digested) archived() *Trail {
	a := &Trail{Name: d.Trail, HomeRegion: d.Home, Settings: map[string]any{"S3BucketName": d.Bucket, "LogFileValidationEnabled": true}}
	if prefix, _, ok := strings.Cut(d.Object, "/AWSLogs/"); ok {
		a.Settings["S3KeyPrefix"] = prefix
	}
	a.Settings["IsOrganizationTrail"] = d.organization() != ""
	if d.organization() == "" {
		a.ARN = trailARN(d.Account, d.Home, d.Trail)
	}
	return a
}

// addDigests adds what digests of an account say besides.
func (t *Trail) addDigests(d digested) {
	if d.Until.After(t.Digested) {
		t.Digested = d.Until
	}
	if d.Regions > 1 && t.Settings["IsMultiRegionTrail"] == nil {
		t.Settings["IsMultiRegionTrail"] = true
	}
	if t.Logging == nil { // CloudTrail writes digests while it logs
		on := true
		t.Logging = &on
	}
}

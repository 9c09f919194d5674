package setup

import (
	"maps"
	"strings"

	"trailbox/query/metricfilter"
	"trailbox/schema"
)

// A state is what records say was set up, each thing as it was left last.
type state struct {
	trails  map[string]*trail     // by ARN
	groups  map[string]*group     // log groups by account, Region and name
	alarms  map[string]*madeAlarm // likewise
	buckets map[string]*madeBucket
	order   []string // of trails, as they came
}

// A trail is one that records are of.
type trail struct {
	arn, account, home, name string

	created   *record
	deleted   *record
	settings  *record // the newest that made it or changed it
	logging   *record // that started it or stopped it
	selectors *record
	insights  *record
}

// A group is a log group.
type group struct {
	created *record
	filters map[string]*madeFilter
}

// A madeFilter is a metric filter.
type madeFilter struct {
	pattern string // [metricfilter.Pattern.Normal]; "" for what is none
	metric  string // with its namespace
}

// A madeAlarm is an alarm.
type madeAlarm struct {
	record     *record
	metric     string // as that of a filter
	hasActions bool
	acts       bool // and they are enabled
}

// A madeBucket is a bucket, with the newest record of each thing that is set.

type madeBucket struct {
	created, policy, versioning, lifecycle, access *record
}

func newState() *state {
	return &state{trails: map[string]*trail{}, groups: map[string]*group{}, alarms: map[string]*madeAlarm{}, buckets: map[string]*madeBucket{}}
}

// add takes a record, newer than those before.
func (s *state) add(r *record) {
	parameters := readBlock(r.Parameters)
	switch r.Name {
	case "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors", "PutInsightSelectors":
		s.addTrail(r, parameters)
	case "CreateLogGroup":
		s.groups[key(r, parameters.at("logGroupName").text())] = &group{created: r, filters: map[string]*madeFilter{}}
	case "DeleteLogGroup":
		delete(s.groups, key(r, parameters.at("logGroupName").text()))
	case "PutMetricFilter":
		s.addFilter(r, parameters)
	case "DeleteMetricFilter":
		delete(s.group(key(r, parameters.at("logGroupName").text())).filters, parameters.at("filterName").text())
	case "PutMetricAlarm":
		enabled := parameters.at("actionsEnabled")
		a := &madeAlarm{record: r, metric: parameters.at("namespace").text() + " " + parameters.at("metricName").text()}
		a.hasActions = len(parameters.at("alarmActions").list()) > 0
		a.acts = a.hasActions && (!enabled.isThere() || enabled.isTrue())
		s.alarms[key(r, parameters.at("alarmName").text())] = a
	case "DeleteAlarms", "EnableAlarmActions", "DisableAlarmActions":
		for _, name := range parameters.at("alarmNames").texts() {
			switch a := s.alarms[key(r, name)]; {
			case r.Name == "DeleteAlarms":
				delete(s.alarms, key(r, name))
			case a != nil:
				a.record, a.acts = r, a.hasActions && r.Name == "EnableAlarmActions"
			}
		}
	default:
		s.addBucket(r, parameters.at("bucketName").text())
	}
}

// toldID is the eventID of what no record says, but AWS itself.
const toldID = "told"

// tell takes what AWS says now. It lists all trails of an account, all metric filters of a log
// group, and all alarms of the Region that the group is in.
func (s *state) tell(told *Told) {
	there := map[string]bool{}
	for _, setting := range told.Settings {
		r := &record{
			EventTime: told.At, EventID: toldID, Account: setting.Account, Region: setting.Region,
			Name: setting.Name, Parameters: setting.Parameters, Response: setting.Response,
		}
		switch r.Name {
		case "CreateTrail":
			there[readBlock(r.Response).at("trailARN").text()] = true
		case "CreateLogGroup":
			maps.DeleteFunc(s.alarms, func(of string, a *madeAlarm) bool {
				return a.record.EventID != toldID && strings.HasPrefix(of, key(r, ""))
			})
		}
		s.add(r)
	}
	for arn, t := range s.trails {
		if told.Whole && t.account == told.Account && !there[arn] {
			t.deleted = &record{EventTime: told.At, EventID: toldID}
		}
	}
}

// key is what something is told by that has its name in an account and a Region.
func key(r *record, name string) string { return r.Account + " " + r.Region + " " + name }

// group returns the log group of that key.
func (s *state) group(key string) *group {
	g := s.groups[key]
	if g == nil {
		g = &group{filters: map[string]*madeFilter{}}
		s.groups[key] = g
	}
	return g
}

func (s *state) addFilter(r *record, parameters block) {
	f := &madeFilter{pattern: normal(parameters.at("filterPattern").text())}
	for _, m := range parameters.at("metricTransformations").list() { // there is one
		f.metric = m.at("metricNamespace").text() + " " + m.at("metricName").text()
	}
	s.group(key(r, parameters.at("logGroupName").text())).filters[parameters.at("filterName").text()] = f
}

// normal is a pattern as patterns are compared.
func normal(text string) string {
	pattern, err := metricfilter.Parse(text)
	if err != nil {
		return ""
	}
	return pattern.Normal()
}

// addTrail takes a record of a trail, which goes by its name or its ARN.
func (s *state) addTrail(r *record, parameters block) {
	arn := readBlock(r.Response).at("trailARN").text()
	for _, name := range []string{parameters.at("name").text(), parameters.at("trailName").text()} {
		switch {
		case arn != "" || name == "":
		case strings.HasPrefix(name, "arn:"):
			arn = name
		default:
			arn = trailARN(r.Account, r.Region, name)
		}
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || !strings.HasPrefix(parts[5], "trail/") {
		return // selectors of an event data store
	}
	t := s.trails[arn]
	if t == nil {
		t = &trail{arn: arn, account: parts[4], home: parts[3], name: strings.TrimPrefix(parts[5], "trail/")}
		s.trails[arn] = t
		s.order = append(s.order, arn)
	}
	switch r.Name {
	case "CreateTrail":
		*t = trail{arn: t.arn, account: t.account, home: t.home, name: t.name, created: r, settings: r}
	case "UpdateTrail":
		t.settings = r
	case "DeleteTrail":
		t.deleted = r
	case "StartLogging", "StopLogging":
		t.logging = r
	case "PutEventSelectors":
		t.selectors = r
	case "PutInsightSelectors":
		t.insights = r
	}
}

func trailARN(account, region, name string) string {
	return "arn:" + schema.Partition(region) + ":cloudtrail:" + region + ":" + account + ":trail/" + name
}

func (s *state) addBucket(r *record, name string) {
	b := s.buckets[name]
	if b == nil {
		b = &madeBucket{}
		s.buckets[name] = b
	}
	switch r.Name {
	case "CreateBucket": // which S3 also answers with success where it is there, in us-east-1
		if b.created == nil {
			b.created = r
		}
	case "DeleteBucket":
		delete(s.buckets, name)
	case "PutBucketPolicy", "DeleteBucketPolicy":
		b.policy = r
	case "PutBucketVersioning":
		b.versioning = r
	case "PutBucketLifecycle", "DeleteBucketLifecycle":
		b.lifecycle = r
	case "PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock":
		b.access = r
	}
}

// setting is what the newest record that made the trail or changed it says of one of its
// settings; known is false where there is no such record.
func (t *trail) setting(name string) (value block, known bool) {
	if t.settings == nil {
		return block{}, false
	}
	if response := readBlock(t.settings.Response); response.isThere() {
		return response.at(name), true // what it does not name is not set
	}
	if name == "logFileValidationEnabled" {
		name = "enableLogFileValidation" // as it is asked for
	}
	value = readBlock(t.settings.Parameters).at(name)
	return value, value.isThere() || t.settings.Name == "CreateTrail"
}

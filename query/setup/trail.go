package setup

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A trailCheck looks at one trail.
type trailCheck struct {
	*checker
	*trail
}

// checkTrail looks at a trail that records are of.
func (c *checker) checkTrail(t *trail) {
	tc := trailCheck{c, t}
	tc.checkLogging()
	tc.checkSettings()
	tc.checkSelectors()
	tc.checkInsights()
	tc.checkBucket()
	tc.checkAlarms()
}

// add adds a finding about the trail by a record, which may be nil.
func (t *trailCheck) add(what string, v Verdict, why string, r *record) {
	if r != nil && r.EventID == toldID {
		why = strings.TrimPrefix(why+"; AWS says so now", "; ")
	}
	t.found(Finding{Account: t.account, Region: t.home, Trail: t.name, What: what, Verdict: v, Why: why, Record: r.source()})
}

// absent adds a finding about something that no record sets: whether it is missing depends on
// whether the archive goes back to when the thing that has it was made.
func (t *trailCheck) absent(what, why string, made *record) {
	if made == nil {
		t.add(what, Untold, "no record sets it: it may have been set before the archive begins", nil)
		return
	}
	t.add(what, Missing, why, made)
}

func (t *trailCheck) checkLogging() {
	switch {
	case t.logging == nil:
		t.absent("logging", "it was made, and never started", t.created)
	case t.logging.Name == "StopLogging":
		t.add("logging", Missing, "it was stopped", t.logging)
	default:
		t.add("logging", InPlace, "it was started", t.logging)
	}
}

// checkSettings looks at what CreateTrail and UpdateTrail set.
func (t *trailCheck) checkSettings() {
	for _, s := range []struct {
		what, name, off string
		isWanted        bool
	}{
		{"all Regions", "isMultiRegionTrail", "it records its home Region alone", true},
		{"global services", "includeGlobalServiceEvents", "it leaves IAM, STS and other global services out", true},
		{"log file validation", "logFileValidationEnabled", "it writes no digests", true},
		{"organization", "isOrganizationTrail", "it is of one account", t.Org},
		{"key", "kmsKeyId", "log files are encrypted with S3's own key", t.Key},
		{"CloudWatch Logs", "cloudWatchLogsLogGroupArn", "it delivers to no log group", true},
	} {
		value, known := t.setting(s.name)
		switch text := value.text(); {
		case !s.isWanted:
		case !known:
			t.add(s.what, Untold, "no record says: aws cloudtrail describe-trails does", nil)
		case text == "" || text == "false":
			t.add(s.what, Missing, s.off, t.settings)
		case text == "true":
			t.add(s.what, InPlace, "", t.settings)
		default:
			t.add(s.what, InPlace, text, t.settings)
		}
	}
}

// selected is what event selectors let through.
type selected struct {
	reads, writes bool // management events
	excluded      []string
	data, network map[string]bool // types of resources; event sources
}

// readSelectors reads event selectors of either kind.
func readSelectors(parameters block) selected {
	s := selected{data: map[string]bool{}, network: map[string]bool{}}
	for _, one := range parameters.at("eventSelectors").list() {
		// Without a word about it, they are in it.
		if in := one.at("includeManagementEvents"); !in.isThere() || in.isTrue() {
			kind := one.at("readWriteType").text()
			s.reads = s.reads || kind != "WriteOnly"
			s.writes = s.writes || kind != "ReadOnly"
			s.excluded = append(s.excluded, one.at("excludeManagementEventSources").texts()...)
		}
		for _, r := range one.at("dataResources").list() {
			s.data[r.at("type").text()] = true
		}
	}
	for _, one := range parameters.at("advancedEventSelectors").list() {
		s.addAdvanced(one)
	}
	return s
}

func (s *selected) addAdvanced(one block) {
	fields := map[string]block{}
	for _, f := range one.at("fieldSelectors").list() {
		fields[f.at("field").text()] = f
	}
	equals := func(field string) []string { return fields[field].at("equals").texts() }
	switch only := equals("readOnly"); {
	case slices.Contains(equals("eventCategory"), "Management"):
		s.reads = s.reads || !slices.Contains(only, "false")
		s.writes = s.writes || !slices.Contains(only, "true")
		s.excluded = append(s.excluded, fields["eventSource"].at("notEquals").texts()...)
	case slices.Contains(equals("eventCategory"), "Data"):
		for _, kind := range equals("resources.type") {
			s.data[kind] = true
		}
	case slices.Contains(equals("eventCategory"), "NetworkActivity"):
		for _, source := range equals("eventSource") {
			s.network[strings.TrimSuffix(source, ".amazonaws.com")] = true
		}
	}
}

func (t *trailCheck) checkSelectors() {
	s, r := selected{reads: true, writes: true}, t.created // which a trail has from the start
	switch {
	case t.selectors != nil:
		s, r = readSelectors(readBlock(t.selectors.Parameters)), t.selectors
	case r == nil:
		t.absent("event selectors", "", nil)
		return
	}
	switch {
	case !s.reads && !s.writes:
		t.add("management events", Missing, "none are recorded", r)
	case !s.reads:
		t.add("management events", Missing, "those that only read are left out", r)
	case !s.writes:
		t.add("management events", Missing, "those that write are left out", r)
	case len(s.excluded) > 0:
		t.add("management events", Missing, "left out are those of "+inWords(s.excluded), r)
	default:
		t.add("management events", InPlace, "", r)
	}
	t.checkListed("data events", t.Data, s.data, r)
	t.checkListed("network activity events", t.Net, s.network, r)
}

// checkListed looks whether all that is wanted is there.
func (t *trailCheck) checkListed(what string, all []string, there map[string]bool, r *record) {
	var gone []string
	for _, one := range all {
		if !there[one] {
			gone = append(gone, one)
		}
	}
	switch {
	case len(all) == 0:
	case len(gone) > 0:
		t.add(what, Missing, "none of "+inWords(gone), r)
	default:
		t.add(what, InPlace, inWords(all), r)
	}
}

func (t *trailCheck) checkInsights() {
	if t.insights == nil {
		t.absent("Insights", "they were never asked for", t.created)
		return
	}
	there := map[string]bool{}
	for _, one := range readBlock(t.insights.Parameters).at("insightSelectors").list() {
		there[one.at("insightType").text()] = true
	}
	t.checkListed("Insights", insightTypes(), there, t.insights)
}

// leastDays is how long log files have to be there: PCI DSS asks for a year.
const leastDays = 365

// checkBucket looks at the bucket of the trail, in whatever account it is.
func (t *trailCheck) checkBucket() {
	name, known := t.setting("s3BucketName")
	if !known || name.text() == "" {
		t.add("bucket", Untold, "no record says which it is: aws cloudtrail describe-trails does", nil)
		return
	}
	b := t.buckets[name.text()]
	if b == nil {
		b = &madeBucket{}
	}
	t.checkBucketPolicy(b)
	t.checkBucketAccess(b)
	switch {
	case b.versioning == nil:
		t.absent("bucket: versions", "they are not kept", b.created)
	case readBlock(b.versioning.Parameters).at("VersioningConfiguration").at("Status").text() != "Enabled":
		t.add("bucket: versions", Missing, "they are not kept", b.versioning)
	default:
		t.add("bucket: versions", InPlace, "", b.versioning)
	}
	t.checkLifecycle(b)
}

func (t *trailCheck) checkBucketPolicy(b *madeBucket) {
	const what = "bucket: policy"
	switch {
	case b.policy == nil:
		t.absent(what, "there is none", b.created)
		return
	case b.policy.Name != "PutBucketPolicy":
		t.add(what, Missing, "it was deleted", b.policy)
		return
	}
	lets, binds := false, true
	for _, s := range readBlock(b.policy.Parameters).at("bucketPolicy").at("Statement").list() {
		if s.at("Effect").text() != "Allow" || !slices.Contains(s.at("Principal").at("Service").texts(), "cloudtrail.amazonaws.com") {
			continue
		}
		lets = true
		binds = binds && isBound(s)
	}
	switch {
	case !lets:
		t.add(what, Missing, "it does not let CloudTrail write", b.policy)
	case !binds:
		t.add(what, Missing, "CloudTrail may write for anybody's trail: no aws:SourceArn", b.policy)
	default:
		t.add(what, InPlace, "", b.policy)
	}
}

// isBound reports whether a statement is for somebody's trails alone.
func isBound(statement block) bool {
	for _, keys := range statement.at("Condition").members() {
		for key := range keys.members() {
			if slices.Contains([]string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid"}, strings.ToLower(key)) {
				return true
			}
		}
	}
	return false
}

// closedSince is from when on S3 lets nobody into new buckets ("Heads-Up: Amazon S3 Security
// Changes Are Coming in April of 2023"), rolled out by the end of that month.
var closedSince = time.Date(2023, time.May, 1, 0, 0, 0, 0, time.UTC)

func (t *trailCheck) checkBucketAccess(b *madeBucket) {
	const what = "bucket: no public access"
	switch {
	case b.access == nil && b.created != nil && b.created.EventTime.After(closedSince):
		t.add(what, InPlace, "as S3 makes buckets", b.created)
	case b.access == nil:
		t.absent(what, "nothing keeps it from being public", b.created)
	case b.access.Name != "PutBucketPublicAccessBlock":
		t.add(what, Missing, "what kept it from being public was deleted", b.access)
	default:
		block := readBlock(b.access.Parameters).at("PublicAccessBlockConfiguration")
		for _, name := range []string{"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"} {
			if !block.at(name).isTrue() {
				t.add(what, Missing, name+" is off", b.access)
				return
			}
		}
		t.add(what, InPlace, "", b.access)
	}
}

func (t *trailCheck) checkLifecycle(b *madeBucket) {
	const what = "bucket: lifecycle"
	switch {
	case b.lifecycle == nil:
		t.absent(what, "log files are kept for ever", b.created)
		return
	case b.lifecycle.Name != "PutBucketLifecycle":
		t.add(what, Missing, "it was deleted: log files are kept for ever", b.lifecycle)
		return
	}
	for _, rule := range readBlock(b.lifecycle.Parameters).at("LifecycleConfiguration").at("Rule").list() {
		days, err := strconv.ParseFloat(rule.at("Expiration").at("Days").text(), 64)
		if err == nil && days < leastDays && rule.at("Status").text() == "Enabled" {
			t.add(what, Missing, fmt.Sprintf("log files are deleted after %g days, less than a year", days), b.lifecycle)
			return
		}
	}
	t.add(what, InPlace, "", b.lifecycle)
}

// checkAlarms looks whether each alarm has a filter on the trail's log group, looks at its
// metric, and does something.
func (t *trailCheck) checkAlarms() {
	arn, known := t.setting("cloudWatchLogsLogGroupArn")
	parts := strings.Split(arn.text(), ":") // arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*
	if len(t.checker.alarms) == 0 {
		return
	}
	switch {
	case !known:
		t.add("alarms", Untold, "no record says which log group they would look at", nil)
		return
	case len(parts) < 7:
		t.add("alarms", Missing, "they have no log group to look at", t.settings)
		return
	}
	at := parts[4] + " " + parts[3] + " "
	g := t.groups[at+parts[6]]
	if g == nil {
		g = &group{}
	}
	metrics := map[string]map[string]bool{} // by pattern
	for _, f := range g.filters {
		if metrics[f.pattern] == nil {
			metrics[f.pattern] = map[string]bool{}
		}
		metrics[f.pattern][f.metric] = true
	}
	alarms := map[string]*madeAlarm{} // by metric, one that acts if there is one
	for _, key := range slices.Sorted(maps.Keys(t.state.alarms)) {
		a := t.state.alarms[key]
		if best := alarms[a.metric]; strings.HasPrefix(key, at) && (best == nil || a.acts && !best.acts) {
			alarms[a.metric] = a
		}
	}
	for _, wanted := range t.checker.alarms {
		t.checkAlarm(wanted.Name, parts[6], metrics[normal(wanted.Filters[0].Pattern)], alarms, g.created)
	}
}

// checkAlarm looks for an alarm among those on metrics, which filters with its pattern make.
func (t *trailCheck) checkAlarm(name, group string, metrics map[string]bool, alarms map[string]*madeAlarm, made *record) {
	what := "alarm " + name
	var best *madeAlarm
	for _, metric := range slices.Sorted(maps.Keys(metrics)) {
		if a := alarms[metric]; a != nil && (best == nil || a.acts && !best.acts) {
			best = a
		}
	}
	switch {
	case len(metrics) == 0:
		t.absent(what, "no metric filter of "+group+" has its pattern", made)
	case best == nil:
		t.absent(what, "there is a metric filter, and no alarm on its metric", made)
	case !best.acts:
		t.add(what, Missing, "it tells nobody: it has no actions, or they are disabled", best.record)
	default:
		t.add(what, InPlace, "", best.record)
	}
}

package cloudtrail

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"trailbox/ingest/bucket"
)

// A Setting is something that is set up now, in the form of the record of the call that sets
// it up.
type Setting struct {
	Account, Region      string
	Name                 string // of the call: CreateTrail, StartLogging, PutMetricFilter ...
	Parameters, Response string // JSON
}

// A SettingsError says what was not told.
type SettingsError struct {
	Region, Operation string
	Err               error
}

func (e *SettingsError) Error() string {
	return fmt.Sprintf("%s in %s: %v", e.Operation, e.Region, e.Err)
}

func (e *SettingsError) Unwrap() error { return e.Err }

// Settings asks each Region for its trails, and for what alarms there are where a trail
// delivers to a log group of the account. What is refused is among the errors, each a
// [*SettingsError] or a [*RegionsError]; the rest is there all the same.
func (s *Source) Settings(ctx context.Context) ([]Setting, []error) {
	all := make([]asker, len(s.regions))
	var group errgroup.Group
	group.SetLimit(regionsAtOnce)
	for i, region := range s.regions {
		all[i] = asker{Source: s, region: region}
		group.Go(func() error {
			all[i].trails(ctx)
			return nil
		})
	}
	group.Wait()
	var settings []Setting
	var errs []error
	if s.regionsErr != nil {
		errs = append(errs, s.regionsErr)
	}
	groups := map[string][]string{} // by Region
	for _, a := range all {
		settings, errs = append(settings, a.settings...), append(errs, a.errs...)
		for _, arn := range a.groups {
			// arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*
			if parts := strings.Split(arn, ":"); len(parts) > 6 && parts[4] == s.account && regionName.MatchString(parts[3]) {
				groups[parts[3]] = append(groups[parts[3]], parts[6])
			}
		}
	}
	for _, region := range slices.Sorted(maps.Keys(groups)) {
		a := asker{Source: s, region: region}
		a.watched(ctx, groups[region])
		settings, errs = append(settings, a.settings...), append(errs, a.errs...)
	}
	return settings, errs
}

// An asker asks a Region.
type asker struct {
	*Source
	region   string
	settings []Setting
	groups   []string // ARNs of log groups that trails deliver to
	errs     []error
}

// found adds a setting.
func (a *asker) found(name string, parameters any, response []byte) {
	text, err := json.Marshal(parameters)
	if err != nil {
		panic(err) // text
	}
	a.settings = append(a.settings, Setting{a.account, a.region, name, string(text), string(response)})
}

// call makes a call, and keeps why it was refused.
func (a *asker) call(ctx context.Context, service, target, body string) ([]byte, error) {
	operation := target[strings.LastIndexByte(target, '.')+1:]
	if target == "" {
		form, _ := url.ParseQuery(body)
		operation = form.Get("Action")
	}
	text, err := a.patiently(ctx, bucket.Call{Service: service, Region: a.region, Target: target, Body: []byte(body), MaxBytes: maxPageBytes})
	if err != nil {
		return nil, &SettingsError{a.region, operation, err}
	}
	return text, nil
}

// of is a call of an operation on one thing, by the member that names it.
func (a *asker) of(ctx context.Context, operation, member, name string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{member: name})
	if err != nil {
		return nil, err
	}
	return a.call(ctx, "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."+operation, string(body))
}

func (a *asker) failed(err error) { a.errs = append(a.errs, err) }

// trails asks for the trails whose home the Region is.
func (a *asker) trails(ctx context.Context) {
	text, err := a.call(ctx, "cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails", `{"includeShadowTrails":false}`)
	var answer struct {
		TrailList []json.RawMessage `json:"trailList"`
	}
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		a.failed(err)
		return
	}
	for _, one := range answer.TrailList {
		var t struct{ TrailARN, HomeRegion, CloudWatchLogsLogGroupArn string }
		if json.Unmarshal(one, &t) != nil || t.TrailARN == "" || t.HomeRegion != a.region {
			continue
		}
		if t.CloudWatchLogsLogGroupArn != "" {
			a.groups = append(a.groups, t.CloudWatchLogsLogGroupArn)
		}
		a.found("CreateTrail", map[string]string{"name": t.TrailARN}, one)
		a.trail(ctx, t.TrailARN)
	}
}

// trail asks what DescribeTrails does not tell.
func (a *asker) trail(ctx context.Context, arn string) {
	text, err := a.of(ctx, "GetTrailStatus", "Name", arn)
	var status struct{ IsLogging bool }
	if err == nil {
		err = json.Unmarshal(text, &status)
	}
	switch {
	case err != nil:
		a.failed(err)
	case status.IsLogging:
		a.found("StartLogging", map[string]string{"name": arn}, nil)
	default:
		a.found("StopLogging", map[string]string{"name": arn}, nil)
	}
	if text, err = a.of(ctx, "GetEventSelectors", "TrailName", arn); err != nil {
		a.failed(err)
	} else {
		a.found("PutEventSelectors", json.RawMessage(text), text)
	}
	text, err = a.of(ctx, "GetInsightSelectors", "TrailName", arn)
	var refused *bucket.APIError
	switch {
	case errors.As(err, &refused) && refused.Code == "InsightNotEnabledException":
		a.found("PutInsightSelectors", map[string]any{"trailName": arn, "insightSelectors": []string{}}, nil)
	case err != nil:
		a.failed(err)
	default:
		a.found("PutInsightSelectors", json.RawMessage(text), text)
	}
}

// maxPages bounds answers that go on: 100 metric filters are all that a log group may have, and
// 50,000 alarms are more than anybody looks at.
const maxPages = 500

// watched asks for the metric filters of log groups, and for the alarms of the Region. A log
// group counts as told of if all of both were: what is not among them is not there.
func (a *asker) watched(ctx context.Context, groups []string) {
	alarms := asker{Source: a.Source, region: a.region}
	if err := alarms.alarms(ctx); err != nil {
		a.failed(err)
		return
	}
	slices.Sort(groups)
	for _, group := range slices.Compact(groups) {
		filters := asker{Source: a.Source, region: a.region}
		if err := filters.filters(ctx, group); err != nil {
			a.failed(err)
			continue
		}
		a.found("CreateLogGroup", map[string]string{"logGroupName": group}, nil)
		a.settings = append(a.settings, filters.settings...)
	}
	a.settings = append(a.settings, alarms.settings...)
}

// filters asks for the metric filters of a log group.
func (a *asker) filters(ctx context.Context, group string) error {
	ask := map[string]string{"logGroupName": group}
	for range maxPages {
		body, err := json.Marshal(ask)
		if err != nil {
			return err
		}
		text, err := a.call(ctx, "logs", "Logs_20140328.DescribeMetricFilters", string(body))
		var answer struct {
			MetricFilters []json.RawMessage `json:"metricFilters"`
			NextToken     string            `json:"nextToken"`
		}
		if err == nil {
			err = json.Unmarshal(text, &answer)
		}
		if err != nil {
			return err
		}
		for _, filter := range answer.MetricFilters {
			a.found("PutMetricFilter", filter, nil)
		}
		if ask["nextToken"] = answer.NextToken; answer.NextToken == "" {
			return nil
		}
	}
	return &SettingsError{a.region, "DescribeMetricFilters", errEndless}
}

// alarms asks for the alarms on metrics that are not AWS's own.
func (a *asker) alarms(ctx context.Context) error {
	form := url.Values{"Action": {"DescribeAlarms"}, "Version": {"2010-08-01"}, "AlarmTypes.member.1": {"MetricAlarm"}, "MaxRecords": {"100"}}
	for range maxPages {
		text, err := a.call(ctx, "monitoring", "", form.Encode())
		var answer struct {
			Alarms []struct {
				AlarmName      string   `json:"alarmName"`
				MetricName     string   `json:"metricName"`
				Namespace      string   `json:"namespace"`
				ActionsEnabled bool     `json:"actionsEnabled"`
				AlarmActions   []string `xml:"AlarmActions>member" json:"alarmActions"`
			} `xml:"DescribeAlarmsResult>MetricAlarms>member"`
			NextToken string `xml:"DescribeAlarmsResult>NextToken"`
		}
		if err == nil {
			err = xml.Unmarshal(text, &answer)
		}
		if err != nil {
			return err
		}
		for _, one := range answer.Alarms {
			if !strings.HasPrefix(one.Namespace, "AWS/") {
				a.found("PutMetricAlarm", one, nil)
			}
		}
		if answer.NextToken == "" {
			return nil
		}
		form.Set("NextToken", answer.NextToken)
	}
	return &SettingsError{a.region, "DescribeAlarms", errEndless}
}

// errEndless ends answers that go on beyond maxPages.
var errEndless = errors.New("the answers go on and on")

package cloudtrail

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"trailbox/ingest/historytest"
)

// describes lets a server answer what is asked about settings: answers are by service, Region
// and operation, with what stands in the request behind them where that matters. Where there
// is none, it refuses.
func describes(server *historytest.Server, answers map[string]string) {
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			region, service := historytest.Signed(r)
			if service == "sts" || service == "ec2" {
				next.ServeHTTP(w, r)
				return
			}
			body, _ := io.ReadAll(r.Body)
			target := r.Header.Get("X-Amz-Target")
			asked := service + " " + region + " " + target[strings.LastIndexByte(target, '.')+1:] + " " + string(body)
			best := ""
			for question := range answers {
				words := strings.Fields(question)
				if len(question) > len(best) && !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(asked, word) }) {
					best = question
				}
			}
			switch text := answers[best]; {
			case best == "":
				historytest.Refuse(w, http.StatusBadRequest, "AccessDeniedException", "not authorized to perform: "+target)
			case strings.HasSuffix(text, "Exception"):
				historytest.Refuse(w, http.StatusBadRequest, text, "")
			default:
				fmt.Fprint(w, text)
			}
		})
	})
}

const (
	mainARN  = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main"
	otherARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/other"
)

// aTrail has two trails, of which one delivers to a log group with filters and alarms on more
// than one page.
func aTrail() map[string]string {
	return map[string]string{
		"cloudtrail eu-west-1 DescribeTrails": `{"trailList":[
			{"Name":"main","TrailARN":"` + mainARN + `","HomeRegion":"eu-west-1","CloudWatchLogsLogGroupArn":"arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/main:*"},
			{"Name":"other","TrailARN":"` + otherARN + `","HomeRegion":"us-east-1"}]}`,
		"cloudtrail us-east-1 DescribeTrails": `{"trailList":[
			{"Name":"other","TrailARN":"` + otherARN + `","HomeRegion":"us-east-1","CloudWatchLogsLogGroupArn":"arn:aws:logs:us-east-1:444455556666:log-group:elsewhere:*"}]}`,
		"cloudtrail eu-west-1 GetTrailStatus " + mainARN:                    `{"IsLogging":true}`,
		"cloudtrail us-east-1 GetTrailStatus " + otherARN:                   `{"IsLogging":false}`,
		"cloudtrail eu-west-1 GetEventSelectors " + mainARN:                 `{"TrailARN":"` + mainARN + `","AdvancedEventSelectors":[]}`,
		"cloudtrail us-east-1 GetEventSelectors " + otherARN:                `{"TrailARN":"` + otherARN + `","EventSelectors":[]}`,
		"cloudtrail eu-west-1 GetInsightSelectors " + mainARN:               `{"TrailARN":"` + mainARN + `","InsightSelectors":[{"InsightType":"ApiErrorRateInsight"}]}`,
		"cloudtrail us-east-1 GetInsightSelectors " + otherARN:              `InsightNotEnabledException`,
		"logs eu-west-1 DescribeMetricFilters CloudTrail/main":              `{"metricFilters":[{"filterName":"one"}],"nextToken":"more/filters"}`,
		"logs eu-west-1 DescribeMetricFilters CloudTrail/main more/filters": `{"metricFilters":[{"filterName":"two"}]}`,
		"monitoring eu-west-1 Action=DescribeAlarms": `<DescribeAlarmsResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><DescribeAlarmsResult><MetricAlarms>
			<member><AlarmName>root</AlarmName><Namespace>CloudTrailMetrics</Namespace><MetricName>Root</MetricName><ActionsEnabled>true</ActionsEnabled>
			<AlarmActions><member>arn:aws:sns:eu-west-1:111122223333:oncall</member></AlarmActions></member>
			<member><AlarmName>cpu</AlarmName><Namespace>AWS/EC2</Namespace><MetricName>CPUUtilization</MetricName></member>
			</MetricAlarms><NextToken>more</NextToken></DescribeAlarmsResult></DescribeAlarmsResponse>`,
		"monitoring eu-west-1 Action=DescribeAlarms NextToken=more": `<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms>
			<member><AlarmName>vpc</AlarmName><Namespace>CloudTrailMetrics</Namespace><MetricName>Vpc</MetricName><ActionsEnabled>false</ActionsEnabled></member>
			</MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>`,
	}
}

// settingsOf are the settings that a server tells of, one a line.
func settingsOf(t *testing.T, answers map[string]string) (string, []error) {
	t.Helper()
	server := newServer(t, "eu-west-1", "us-east-1")
	describes(server, answers)
	settings, errs := quickly(t, server, Options{}).Settings(t.Context())
	var text strings.Builder
	for _, s := range settings {
		if s.Account != historytest.Account {
			t.Errorf("%+v", s)
		}
		fmt.Fprintln(&text, s.Region, s.Name, s.Parameters)
	}
	return text.String(), errs
}

func TestSettings(t *testing.T) {
	got, errs := settingsOf(t, aTrail())
	want := `eu-west-1 CreateTrail {"name":"` + mainARN + `"}
eu-west-1 StartLogging {"name":"` + mainARN + `"}
eu-west-1 PutEventSelectors {"TrailARN":"` + mainARN + `","AdvancedEventSelectors":[]}
eu-west-1 PutInsightSelectors {"TrailARN":"` + mainARN + `","InsightSelectors":[{"InsightType":"ApiErrorRateInsight"}]}
us-east-1 CreateTrail {"name":"` + otherARN + `"}
us-east-1 StopLogging {"name":"` + otherARN + `"}
us-east-1 PutEventSelectors {"TrailARN":"` + otherARN + `","EventSelectors":[]}
us-east-1 PutInsightSelectors {"insightSelectors":[],"trailName":"` + otherARN + `"}
eu-west-1 CreateLogGroup {"logGroupName":"CloudTrail/main"}
eu-west-1 PutMetricFilter {"filterName":"one"}
eu-west-1 PutMetricFilter {"filterName":"two"}
eu-west-1 PutMetricAlarm {"alarmName":"root","metricName":"Root","namespace":"CloudTrailMetrics","actionsEnabled":true,"alarmActions":["arn:aws:sns:eu-west-1:111122223333:oncall"]}
eu-west-1 PutMetricAlarm {"alarmName":"vpc","metricName":"Vpc","namespace":"CloudTrailMetrics","actionsEnabled":false,"alarmActions":null}
`
	if got != want || len(errs) > 0 {
		t.Errorf("%v\n%s", errs, got)
	}
}

// What is refused is named, and nothing is made of it: a log group whose alarms were not told is
// not one without alarms.
func TestSettingsRefused(t *testing.T) {
	answers := aTrail()
	delete(answers, "monitoring eu-west-1 Action=DescribeAlarms NextToken=more")
	answers["monitoring eu-west-1 Action=DescribeAlarms"] = "AccessDeniedException"
	delete(answers, "cloudtrail eu-west-1 GetTrailStatus "+mainARN)
	delete(answers, "cloudtrail us-east-1 DescribeTrails")
	got, errs := settingsOf(t, answers)
	var refused []string
	for _, err := range errs {
		var e *SettingsError
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		refused = append(refused, e.Region+" "+e.Operation)
	}
	if want := []string{"eu-west-1 GetTrailStatus", "us-east-1 DescribeTrails", "eu-west-1 DescribeAlarms"}; !slices.Equal(refused, want) {
		t.Errorf("%q", refused)
	}
	for _, name := range []string{"Logging", "CreateLogGroup", "PutMetricFilter", "other"} {
		if strings.Contains(got, name) {
			t.Errorf("%s is there:\n%s", name, got)
		}
	}
	if !strings.Contains(got, "PutInsightSelectors") {
		t.Errorf("%s", got)
	}
}

// A server that answers the same page again and again ends, too.
func TestSettingsEndless(t *testing.T) {
	answers := aTrail()
	answers["logs eu-west-1 DescribeMetricFilters CloudTrail/main more/filters"] = `{"metricFilters":[],"nextToken":"more/filters"}`
	if _, errs := settingsOf(t, answers); len(errs) != 1 || !errors.Is(errs[0], errEndless) {
		t.Errorf("%v", errs)
	}
}

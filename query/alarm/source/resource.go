package source

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"trailbox/query/alarm"
	"trailbox/query/eventpattern"
)

// The resources that are wanted, by CloudFormation's names.
const (
	typeFilter    = "AWS::Logs::MetricFilter"
	typeAlarm     = "AWS::CloudWatch::Alarm"
	typeComposite = "AWS::CloudWatch::CompositeAlarm"
	typeRule      = "AWS::Events::Rule"

	typeSubscription = "AWS::Logs::SubscriptionFilter" // which is left aside
)

var resourceTypes = []string{typeFilter, typeAlarm, typeComposite, typeRule}

// kindNames are what they are to people.
var kindNames = map[string]string{
	typeFilter: string(alarm.MetricFilter), typeAlarm: "alarm", typeComposite: "alarm", typeRule: string(alarm.EventBridge),
}

// add adds a filter, an alarm or a rule, or the problem that it has.
func (s *stack) add(kind, id string, p *properties) {
	var err error
	s.found = true
	if s.added++; s.added > maxResources {
		if s.added == maxResources+1 {
			s.refuse(s.position(p), kindNames[kind], id, s.full())
		}
		return
	}
	switch kind {
	case typeFilter:
		err = s.addFilter(id, p)
	case typeAlarm:
		err = s.addAlarm(id, p)
	case typeComposite:
		err = s.addComposite(id, p)
	case typeRule:
		err = s.addRule(id, p)
	}
	if err != nil {
		s.refuse(s.position(p), kindNames[kind], id, err)
	}
}

// position is where properties are.
func (s *stack) position(p *properties) alarm.Position {
	return alarm.Position{File: s.file, Line: p.line, Column: p.column}
}

func (s *stack) addFilter(id string, p *properties) error {
	if !p.has("FilterPattern") {
		return p.wrong("FilterPattern", "it is missing")
	}
	pattern, err := p.text("FilterPattern", "")
	if err != nil {
		return err
	}
	name, err := p.text("FilterName", id)
	if err != nil {
		return err
	}
	transformations, err := p.objects("MetricTransformations")
	if err != nil {
		return err
	}
	if len(transformations) == 0 {
		return errors.New("no MetricTransformations: it makes no metric")
	}
	for _, m := range transformations {
		read := alarm.Filter{Name: name, Position: s.position(p), Pattern: pattern, Value: "1", Unit: "None"}
		err := m.textsInto(map[string]*string{
			"MetricName": &read.MetricName, "MetricNamespace": &read.Namespace, "MetricValue": &read.Value, "Unit": &read.Unit,
		})
		if err == nil {
			read.Default, err = m.number("DefaultValue")
		}
		if err == nil {
			read.Dimensions, err = m.dimensions("Dimensions", "Key")
		}
		if err != nil {
			return err
		}
		f, err := alarm.NewFilter(read)
		var refused *alarm.RefusedError
		switch {
		case errors.As(err, &refused):
			return m.located(err)
		case err != nil:
			return p.at("FilterPattern", err)
		}
		if p.has("ApplyOnTransformedLogs") || p.has("FieldSelectionCriteria") {
			f.Notes = append(f.Notes, "ApplyOnTransformedLogs and FieldSelectionCriteria are not looked at")
		}
		s.filters = append(s.filters, f)
	}
	return nil
}

func (s *stack) addComposite(id string, p *properties) error {
	a := &alarm.Alarm{Name: id, ID: id, Position: s.position(p), Notes: p.notes}
	rule := ""
	if err := p.textsInto(map[string]*string{"AlarmName": &a.Name, "AlarmDescription": &a.Description, "AlarmRule": &rule}); err != nil {
		return err
	}
	if rule == "" {
		return p.wrong("AlarmRule", "it is missing")
	}
	if text, ok := strings.CutPrefix(rule, `${"`); ok { // an expression of Terraform that is not known
		rule = strings.TrimSuffix(text, `"}`)
	}
	for _, attribute := range attributes {
		rule = attribute.ReplaceAllString(rule, "$1")
	}
	var err error
	if a.Composite, err = alarm.NewComposite(rule); err != nil {
		return p.located(err)
	}
	if err := s.addActions(a, p); err != nil {
		return err
	}
	s.alarms = append(s.alarms, a)
	return nil
}

// attributes are those of alarms that are not known and stand for the alarm: its ARN as
// CloudFormation and as Terraform writes it.
var attributes = []*regexp.Regexp{
	regexp.MustCompile(`\$\{(\w+)(?:\.Arn)?\}`),
	regexp.MustCompile(`\$\{(aws_cloudwatch_(?:metric|composite)_alarm\.[\w-]+(?:\[[^]]*\])?)\.(?:arn|id|alarm_name)\}`),
}

// addActions reads whose an alarm is, and whom it tells.
func (s *stack) addActions(a *alarm.Alarm, p *properties) error {
	if arn, err := p.text("AlarmArn", ""); err == nil {
		// arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME
		if parts := strings.SplitN(arn, ":", 7); len(parts) == 7 && parts[2] == "cloudwatch" {
			a.Region, a.Account = parts[3], parts[4]
			a.Notes = append(a.Notes, "it sees the events of "+a.Account+" "+a.Region+" alone, unless --together")
		}
	}
	for key, target := range map[string]*[]string{
		"AlarmActions": &a.AlarmActions, "OKActions": &a.OKActions, "InsufficientDataActions": &a.InsufficientDataActions,
	} {
		*target, _ = p.texts(key) // whom AWS would tell does not decide whether it would
	}
	var err error
	if a.ActionsEnabled, err = p.flag("ActionsEnabled", true); err != nil {
		return err
	}
	if !a.ActionsEnabled {
		a.Notes = append(a.Notes, "its actions are switched off: CloudWatch tells nobody")
	}
	return nil
}

func (s *stack) addAlarm(id string, p *properties) error {
	a := &alarm.Alarm{Name: id, ID: id, Position: s.position(p), Notes: p.notes}
	statistic, comparison, missing, extended := string(alarm.Sum), "", string(alarm.MissingMissing), ""
	err := p.textsInto(map[string]*string{
		"AlarmName": &a.Name, "AlarmDescription": &a.Description, "Namespace": &a.Namespace, "MetricName": &a.MetricName,
		"Statistic": &statistic, "ExtendedStatistic": &extended, "ComparisonOperator": &comparison,
		"TreatMissingData": &missing, "Unit": &a.Unit,
	})
	if err != nil {
		return err
	}
	a.Statistic, a.Comparison, a.TreatMissingData = alarm.Statistic(statistic), alarm.Comparison(comparison), alarm.Missing(missing)
	if a.Dimensions, err = p.dimensions("Dimensions", "Name"); err != nil {
		return err
	}
	if err := s.readMetrics(a, p); err != nil {
		return err
	}
	if err := s.addActions(a, p); err != nil {
		return err
	}
	period, err := p.whole("Period", 0)
	if err != nil {
		return err
	}
	a.Period = time.Duration(period) * time.Second
	if a.EvaluationPeriods, err = p.whole("EvaluationPeriods", 1); err != nil {
		return err
	}
	if a.DatapointsToAlarm, err = p.whole("DatapointsToAlarm", a.EvaluationPeriods); err != nil {
		return err
	}
	threshold, err := p.number("Threshold")
	if err != nil {
		return err
	}
	if threshold == nil {
		return p.wrong("Threshold", "it is missing")
	}
	a.Threshold = *threshold
	if extended != "" {
		return p.wrong("ExtendedStatistic", "%s cannot be replayed: only SampleCount, Average, Sum, Minimum and Maximum", extended)
	}
	if err := a.Check(); err != nil {
		return p.located(err)
	}
	s.alarms = append(s.alarms, a)
	return nil
}

// readMetrics reads an alarm that is written as a list of metrics and expressions: one metric
// is put into the plain form.
func (s *stack) readMetrics(a *alarm.Alarm, p *properties) error {
	if p.has("ThresholdMetricId") {
		return p.wrong("ThresholdMetricId", "anomaly detection cannot be replayed")
	}
	if p.has("EvaluationWindow") {
		return p.wrong("EvaluationWindow", "only sliding windows can be replayed")
	}
	list, err := p.objects("Metrics")
	if err != nil || len(list) == 0 {
		return err
	}
	var expressions []alarm.Expression
	var returned, asked []string
	for _, m := range list {
		id, expression := "", ""
		if err := m.textsInto(map[string]*string{"Id": &id, "Expression": &expression}); err != nil {
			return err
		}
		if expression != "" {
			expressions = append(expressions, alarm.Expression{ID: id, Text: expression})
		} else if err := readMetric(a, id, m, p); err != nil {
			return err
		}
		returns, err := m.flag("ReturnData", true)
		if err != nil {
			return err
		}
		if returns {
			returned = append(returned, id)
			if m.has("ReturnData") {
				asked = append(asked, id)
			}
		}
	}
	if len(returned) > 1 && len(asked) == 1 {
		returned = asked
	}
	switch {
	case len(a.Metrics) == 1 && len(expressions) == 0:
		m := a.Metrics[0]
		a.Namespace, a.MetricName, a.Dimensions, a.Unit, a.Statistic, a.Metrics = m.Namespace, m.MetricName, m.Dimensions, m.Unit, m.Statistic, nil
	case len(returned) != 1:
		return p.wrong("Metrics", "one of them has ReturnData, and of %d it is not known which", len(list))
	default:
		if a.Math, err = alarm.NewMath(a.Metrics, expressions, returned[0]); err != nil {
			return p.located(err)
		}
		a.Namespace, a.MetricName, a.Dimensions, a.Unit, a.Statistic = "", "", nil, "", ""
	}
	return nil
}

// readMetric adds a metric of a list, all of which have one period.
func readMetric(a *alarm.Alarm, id string, m, p *properties) error {
	stats, err := m.objects("MetricStat")
	if err != nil || len(stats) != 1 {
		return p.wrong("Metrics", "%s is neither an expression nor a metric", id)
	}
	inner, err := stats[0].objects("Metric")
	if err != nil || len(inner) != 1 {
		return p.wrong("Metrics", "%s has no Metric", id)
	}
	metric := &alarm.Metric{ID: id}
	statistic := ""
	err = errors.Join(
		inner[0].textsInto(map[string]*string{"MetricName": &metric.MetricName, "Namespace": &metric.Namespace}),
		stats[0].textsInto(map[string]*string{"Stat": &statistic, "Unit": &metric.Unit}),
	)
	if err != nil {
		return err
	}
	metric.Statistic = alarm.Statistic(statistic)
	if metric.Dimensions, err = inner[0].dimensions("Dimensions", "Name"); err != nil {
		return err
	}
	period := stats[0].values["Period"]
	if before := p.values["Period"]; before != nil && len(a.Metrics) > 0 && fmt.Sprint(before) != fmt.Sprint(period) {
		return p.wrong("Metrics", "they have several periods, %v and %v", before, period)
	}
	p.values["Period"] = period
	a.Metrics = append(a.Metrics, metric)
	return nil
}

func (s *stack) addRule(id string, p *properties) error {
	d := eventpattern.Description{Name: id}
	err := p.textsInto(map[string]*string{
		"Name": &d.Name, "Arn": &d.Arn, "Description": &d.Description, "State": &d.State, "EventBusName": &d.EventBusName,
	})
	if err != nil {
		return err
	}
	if d.EventPattern, err = p.jsonText("EventPattern"); err != nil {
		return err
	}
	if p.has("ScheduleExpression") {
		if d.ScheduleExpression, err = p.text("ScheduleExpression", ""); err != nil {
			d.ScheduleExpression = "one that is not known" // nothing depends on when
		}
	}
	if _, given := p.positions["EventPattern"]; given && d.EventPattern == "" && d.ScheduleExpression == "" {
		return p.wrong("EventPattern", "it is null")
	}
	r, err := eventpattern.NewRule(d)
	var pattern *eventpattern.Error
	var schedule *eventpattern.ScheduleError
	switch {
	case errors.As(err, &schedule):
		return &asideError{err: err}
	case errors.As(err, &pattern):
		return p.at("EventPattern", err)
	case err != nil:
		return err
	}
	s.set.AddEventRule(r, s.position(p))
	return nil
}

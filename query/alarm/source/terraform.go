package source

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// terraformTypes are the resources that are wanted, by CloudFormation's names.
var terraformTypes = map[string]string{
	"aws_cloudwatch_log_metric_filter": typeFilter,
	"aws_cloudwatch_metric_alarm":      typeAlarm,
	"aws_cloudwatch_composite_alarm":   typeComposite,
	"aws_cloudwatch_event_rule":        typeRule,
}

// unreadTypes are the resources that are alarms, filters and rules, or hold some, and are not
// read: a line says so.
func unreadTypes() map[string]error {
	awscc := errors.New("resources of the provider awscc are not read, those of the provider aws are")
	stack := aside("the template of a stack of CloudFormation is not read here: name it by itself")
	return map[string]error{
		"awscc_logs_metric_filter": awscc, "awscc_cloudwatch_alarm": awscc, "awscc_cloudwatch_composite_alarm": awscc, "awscc_events_rule": awscc,
		"aws_cloudwatch_log_subscription_filter": errSubscription, "aws_cloudformation_stack": stack, "aws_cloudformation_stack_set": stack,
	}
}

// terraformNames are the properties that Terraform names otherwise than CloudFormation,
// letters and underscores aside.
var terraformNames = map[string]map[string]string{
	typeFilter: {"name": "FilterName", "pattern": "FilterPattern", "metric_transformation": "MetricTransformations"},
	typeAlarm:  {"ok_actions": "OKActions", "metric_query": "Metrics"},
	typeRule:   {},
}

// transformationNames are those of a metric_transformation.
var transformationNames = map[string]string{
	"name": "MetricName", "namespace": "MetricNamespace", "value": "MetricValue",
	"default_value": "DefaultValue", "dimensions": "Dimensions", "unit": "Unit",
}

// propertyName is the name of CloudFormation for one of Terraform.
func propertyName(kind, name string) string {
	if n := terraformNames[kind][name]; n != "" {
		return n
	}
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(capital(part))
	}
	return b.String()
}

// transformation renames what is in a metric_transformation.
func transformation(object map[string]any) map[string]any {
	renamed := map[string]any{}
	for name, value := range object {
		if known := transformationNames[name]; known != "" && value != "" { // a plan has "" for what is not given
			renamed[known] = value
		}
	}
	if dimensions, ok := renamed["Dimensions"].(map[string]any); ok && len(dimensions) == 0 {
		delete(renamed, "Dimensions")
	}
	return renamed
}

// metricQuery renames what is in a metric_query, whose metric is a block of its own.
func metricQuery(object map[string]any) map[string]any {
	returned, _ := object["return_data"].(bool)
	renamed := map[string]any{"Id": object["id"], "ReturnData": returned}
	if object["expression"] != "" {
		renamed["Expression"] = object["expression"]
	}
	list, _ := object["metric"].([]any)
	if one, ok := object["metric"].(map[string]any); ok { // in Terraform's JSON
		list = []any{one}
	}
	for _, v := range list {
		metric, _ := v.(map[string]any)
		inner := map[string]any{"Namespace": metric["namespace"], "MetricName": metric["metric_name"]}
		if dimensions := namedDimensions(metric["dimensions"]); dimensions != nil {
			inner["Dimensions"] = dimensions
		}
		stat := map[string]any{"Metric": inner, "Period": metric["period"], "Stat": metric["stat"]}
		if metric["unit"] != "" {
			stat["Unit"] = metric["unit"]
		}
		renamed["MetricStat"] = stat
	}
	return renamed
}

// setTerraform adds an attribute or a block of Terraform to properties.
func (p *properties) setTerraform(kind, name string, n *yaml.Node, value any, err error) {
	if list, ok := value.([]any); ok && name == "metric_transformation" {
		for i := range list {
			if object, ok := list[i].(map[string]any); ok {
				list[i] = transformation(object)
			}
		}
	}
	if list, ok := value.([]any); ok && name == "metric_query" {
		for i := range list {
			if object, ok := list[i].(map[string]any); ok {
				list[i] = metricQuery(object)
			}
		}
	}
	if list, ok := value.([]any); ok && len(list) == 0 || value == "" && name != "pattern" {
		value = nil // not given
	}
	if name == "dimensions" {
		value = namedDimensions(value)
	}
	if name == "is_enabled" && (value == false || value == "false") {
		name, value = "state", "DISABLED"
	}
	p.set(propertyName(kind, name), n, value, err)
}

// namedDimensions are dimensions as CloudFormation has those of alarms.
func namedDimensions(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return v
	}
	var list []any
	for _, name := range slices.Sorted(maps.Keys(object)) {
		list = append(list, map[string]any{"Name": name, "Value": object[name]})
	}
	return list
}

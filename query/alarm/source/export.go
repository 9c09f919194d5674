package source

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
)

// exportLists are the lists that the AWS CLI prints.
var exportLists = []struct{ key, kind string }{
	{"metricFilters", typeFilter}, // aws logs describe-metric-filters
	{"MetricAlarms", typeAlarm},   // aws cloudwatch describe-alarms
	{"CompositeAlarms", typeComposite},
	{"Rules", typeRule}, // aws events list-rules
}

// configLists are the lists in which AWS Config has what it recorded of resources: its
// snapshots and histories, batch-get-resource-config, and select-resource-config, as texts.
var configLists = []string{"configurationItems", "baseConfigurationItems", "Results"}

// isExport says that a document is of what AWS prints of filters, alarms and rules.
func isExport(doc *yaml.Node) bool {
	if doc.Kind == yaml.SequenceNode {
		return len(doc.Content) > 0 && kindOf(doc.Content[0]) != ""
	}
	for _, l := range exportLists {
		if list := child(doc, l.key); list != nil && list.Kind == yaml.SequenceNode {
			return true
		}
	}
	for _, key := range configLists {
		if list := child(doc, key); list != nil && list.Kind == yaml.SequenceNode {
			return true
		}
	}
	return kindOf(doc) != ""
}

// kindOf is the kind of one object that AWS printed; empty for none that is wanted.
func kindOf(n *yaml.Node) string {
	has := func(key string) bool { return child(n, key) != nil }
	switch {
	case child(n, "resourceType") != nil && has("configuration"):
		return child(n, "resourceType").Value
	case has("filterName") && has("filterPattern"):
		return typeFilter
	case has("AlarmName") && has("AlarmRule"):
		return typeComposite
	case has("AlarmName") && (has("MetricName") || has("Metrics")):
		return typeAlarm
	case has("EventPattern"), has("ScheduleExpression") && has("Name"):
		return typeRule
	}
	return ""
}

// readExport adds what AWS prints of filters, alarms and rules.
func (s *stack) readExport(doc *yaml.Node) {
	s.tellMore(doc)
	if doc.Kind == yaml.SequenceNode {
		for _, n := range doc.Content {
			s.addExported(kindOf(n), target(n))
		}
		return
	}
	if kind := kindOf(doc); kind != "" {
		s.addExported(kind, doc)
		return
	}
	for _, l := range exportLists {
		if list := child(doc, l.key); list != nil {
			for _, n := range list.Content {
				s.addExported(l.kind, target(n))
			}
		}
	}
	for _, key := range configLists {
		if list := child(doc, key); list != nil {
			for _, n := range list.Content {
				s.addRecorded(target(n))
			}
		}
	}
}

// tellMore adds the problem that a list is not all that there is.
func (s *stack) tellMore(doc *yaml.Node) {
	for _, key := range []string{"NextToken", "nextToken"} {
		if n := child(doc, key); n != nil && n.Kind == yaml.ScalarNode && scalar(n) != nil {
			s.failed(s.at(n), "", fmt.Errorf("it has %s: there are more, which the AWS CLI prints without --max-items and --no-paginate", key))
		}
	}
}

// addRecorded adds an element of a list of AWS Config, which holds resources of all kinds.
func (s *stack) addRecorded(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode { // a row of select-resource-config
		inner, err := parseJSON([]byte(n.Value))
		if err != nil {
			s.failed(s.at(n), "", err)
			return
		}
		inner.Line, inner.Column = n.Line, n.Column
		n = inner
	}
	s.addExported(kindOf(n), n)
}

// addExported adds one object that AWS printed.
func (s *stack) addExported(kind string, n *yaml.Node) {
	p := exported(n, s.budget)
	if of, _ := p.values["ResourceType"].(string); of != "" {
		if of != typeAlarm && of != typeComposite && of != typeRule {
			return // whatever else AWS Config records
		}
		if !p.has("Configuration") {
			s.refuse(s.at(n), kindNames[of], "", errors.New("it has no configuration"))
			return
		}
		p = s.recorded(p, n)
	} else if kind == "" {
		s.failed(s.at(n), "", errors.New("neither a metric filter, nor an alarm, nor a rule as AWS prints them whole"))
		return
	}
	name := ""
	for _, key := range []string{"FilterName", "AlarmName", "Name", "ResourceName"} {
		if text, ok := p.values[key].(string); ok {
			name = text
			break
		}
	}
	s.add(kind, name, p)
}

// recorded are the properties in a configuration item of AWS Config.
func (s *stack) recorded(item *properties, n *yaml.Node) *properties {
	configuration := child(n, "configuration")
	if configuration.Kind == yaml.ScalarNode { // as the API has it
		inner, err := parseJSON([]byte(configuration.Value))
		if err != nil {
			item.set("EventPattern", configuration, nil, err)
			return item
		}
		configuration = inner
	}
	p := exported(configuration, s.budget)
	p.line, p.column, p.positions = item.line, item.column, map[string]alarm.Position{}
	p.values["ResourceName"] = item.values["ResourceName"]
	return p
}

// exported are the properties of an object that the AWS CLI printed: those of
// CloudFormation, some of them with a small first letter.
func exported(n *yaml.Node, b *budget) *properties {
	p := newProperties(n)
	t := &template{literal: true, budget: b}
	t.begin()
	for key, c := range members(n) {
		value, err := t.value(c)
		if capital(key) != "EventPattern" {
			value = capitals(value)
		}
		p.set(capital(key), c, value, err)
	}
	return p
}

func capital(key string) string {
	if key == "okactions" || key == "oKActions" { // as AWS Config has it
		return "OKActions"
	}
	return strings.ToUpper(key[:min(1, len(key))]) + key[min(1, len(key)):]
}

// capitals are the keys of objects within a list with a capital first letter, and those of
// objects in these.
func capitals(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	for i := range list {
		if object, ok := list[i].(map[string]any); ok {
			list[i] = capitalKeys(object)
		}
	}
	return list
}

// capitalKeys are the keys of an object with a capital first letter. What is below
// dimensions of a metric filter are names of its own.
func capitalKeys(object map[string]any) map[string]any {
	renamed := map[string]any{}
	for key, value := range object {
		key = capital(key)
		if inner, ok := value.(map[string]any); ok && key != "Dimensions" {
			value = capitalKeys(inner)
		}
		renamed[key] = capitals(value)
	}
	return renamed
}

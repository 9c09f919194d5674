package source

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// readExport adds what "aws logs describe-metric-filters" and "aws cloudwatch
// describe-alarms" print.
func (s *stack) readExport(doc *yaml.Node) {
	for _, l := range []struct{ key, kind, name string }{
		{"metricFilters", typeFilter, "filterName"},
		{"MetricAlarms", typeAlarm, "AlarmName"},
		{"CompositeAlarms", typeComposite, "AlarmName"},
	} {
		list := child(doc, l.key)
		if list == nil {
			continue
		}
		for _, n := range list.Content {
			n = target(n)
			name := ""
			if c := child(n, l.name); c != nil {
				name = c.Value
			}
			s.add(l.kind, name, exported(n, s.budget))
		}
	}
}

// exported are the properties of an object that the AWS CLI printed: those of
// CloudFormation, of metric filters with a small first letter.
func exported(n *yaml.Node, b *budget) *properties {
	p := newProperties(n)
	t := &template{literal: true, budget: b}
	t.begin()
	for key, c := range members(n) {
		value, err := t.value(c)
		p.set(capital(key), c, capitals(value), err)
	}
	return p
}

func capital(key string) string {
	return strings.ToUpper(key[:min(1, len(key))]) + key[min(1, len(key)):]
}

// capitals are the keys of objects within a list with a capital first letter.
func capitals(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	for i := range list {
		if object, ok := list[i].(map[string]any); ok {
			renamed := map[string]any{}
			for key, value := range object {
				renamed[capital(key)] = value
			}
			list[i] = renamed
		}
	}
	return list
}

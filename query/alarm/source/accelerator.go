package source

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// readAccelerator adds the metric filters and the alarms that the Landing Zone Accelerator
// makes by its security-config.yaml, cloudWatch of which is given. They belong together,
// whatever their sets.
func (s *stack) readAccelerator(cloudWatch *yaml.Node) {
	for _, l := range []struct{ sets, list, kind, name string }{
		{"metricSets", "metrics", typeFilter, "FilterName"},
		{"alarmSets", "alarms", typeAlarm, "AlarmName"},
	} {
		sets := child(cloudWatch, l.sets)
		if sets == nil {
			continue
		}
		for _, set := range sets.Content {
			list := child(set, l.list)
			if list == nil {
				continue
			}
			regions := strings.Join(valuesOf(child(set, "regions")), ", ")
			for _, n := range list.Content {
				p := exported(target(n), s.budget)
				if regions != "" {
					p.notes = append(p.notes, "deployed to "+regions+": it is run over all Regions, since the log group of a trail has the events of all of them")
				}
				p.values["MetricTransformations"] = []any{map[string]any{
					"MetricName": p.values["MetricName"], "MetricNamespace": p.values["MetricNamespace"], "MetricValue": p.values["MetricValue"],
				}}
				id, _ := plain(p.values[l.name])
				s.add(l.kind, id, p)
			}
		}
	}
}

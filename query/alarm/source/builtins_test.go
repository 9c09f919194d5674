package source

import (
	"slices"
	"strings"
	"testing"

	"trailbox/query/alarm"
)

func TestBuiltins(t *testing.T) {
	set := loaded(t, Options{}, Builtins()...)
	if len(set.Alarms) != 26 || len(set.Rules) != 0 {
		t.Errorf("%d alarms, %d filters without", len(set.Alarms), len(set.Rules))
	}
	for _, a := range set.Alarms {
		for _, f := range a.Filters {
			if len(f.Notes) > 0 { // what AWS would refuse
				t.Errorf("%s: %v", a.Name, f.Notes)
			}
		}
	}
	for version, last := range map[string]string{
		"1.2": "CIS 1.2 3.14 changes of VPCs", "1.4": "CIS 1.4 4.15 changes of AWS Organizations", "3.0": "CIS 3.0 4.15 changes of AWS Organizations",
		"5.0": "CIS 5.0 4.15 changes of AWS Organizations", "6.0": "CIS 6.0 5.15 changes of AWS Organizations",
	} {
		set := loaded(t, Options{Parameters: map[string]string{"Benchmark": version}}, "cis")
		if got := set.Alarms[len(set.Alarms)-1].Name; got != last {
			t.Errorf("%s ends in %s, want %s", version, got, last)
		}
		i := slices.IndexFunc(set.Alarms, func(a *alarm.Alarm) bool { return strings.Contains(a.Name, ".10 ") })
		modifies := strings.Contains(set.Alarms[i].Filters[0].Pattern, "ModifySecurityGroupRules")
		if want := version >= "5.0"; modifies != want {
			t.Errorf("%s: ModifySecurityGroupRules %t", version, modifies)
		}
	}
}

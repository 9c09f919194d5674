package main

import "testing"

// The machine's own zone goes to the store by its name.
func TestZoneName(t *testing.T) {
	for _, test := range []struct{ zone, machine, want string }{
		{"", "", ""},
		{"Asia/Kathmandu", "Europe/Paris", "Asia/Kathmandu"},
		{"Local", "Europe/Paris", "Europe/Paris"},
		{"Local", ":Europe/Paris", "Europe/Paris"},
		{"Local", "Nowhere/Land", ""},
	} {
		t.Setenv("TZ", test.machine)
		var v zoneValue
		if err := v.Set(test.zone); err != nil {
			t.Fatal(err)
		}
		name, err := v.name()
		if name != test.want || (err != nil) != (test.machine == "Nowhere/Land") {
			t.Errorf("%q, TZ %q: %q, %v, want %q", test.zone, test.machine, name, err, test.want)
		}
	}
}

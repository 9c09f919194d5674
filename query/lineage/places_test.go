package lineage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"trailbox/query/record/recordtest"
)

// A use is a call at a second of the log, from an address.
type use struct {
	second  int
	address string
	more    map[string]any
}

func (l *log) uses(by *credential, uses ...use) {
	before, address := l.now, by.address
	for _, u := range uses {
		l.now, by.address = u.second, u.address
		l.event(by, "s3", "ListBuckets", true, nil, nil, u.more)
	}
	l.now, by.address = before, address
}

// network is that of an address, by its text alone: the tests write them out.
func network(address string) string {
	if strings.Contains(address, ":") {
		return "6 " + strings.Join(strings.Split(address, ":")[:2], ":")
	}
	return "4 " + strings.Join(strings.Split(address, ".")[:2], ".")
}

// atOnce says by the definition of help trace, one triple after the other, whether one
// client cannot have made these calls.
func atOnce(uses []use) bool {
	type trip struct{ gone, back int }
	returns := map[string]map[int]int{} // of a network: when it was gone, by when it was back
	for _, b := range uses {
		for _, m := range uses {
			if network(m.address)[0] != network(b.address)[0] || network(m.address) == network(b.address) {
				continue
			}
			gone, back := -1, -1
			for _, u := range uses {
				if network(u.address) != network(m.address) {
					continue
				}
				if u.second < b.second {
					gone = max(gone, u.second)
				}
				if u.second > b.second && (back < 0 || u.second < back) {
					back = u.second
				}
			}
			if gone >= 0 && back >= 0 && back-gone <= 600 {
				of := returns[network(m.address)]
				if of == nil {
					of = map[int]int{}
					returns[network(m.address)] = of
				}
				of[back] = max(of[back], gone)
			}
		}
	}
	for _, of := range returns {
		var trips []trip
		for back, gone := range of {
			trips = append(trips, trip{gone, back})
		}
		for i, t := range trips {
			if t.back-t.gone <= 60 {
				return true
			}
			for _, other := range trips[i+1:] {
				if max(t.back, other.back)-min(t.gone, other.gone) <= 3600 {
					return true
				}
			}
		}
	}
	return false
}

// What one client cannot explain is marked, and what one can is not.
func TestPlaces(t *testing.T) {
	const home, away, third = "203.0.113.7", "198.51.100.9", "192.0.2.1"
	endpoint := map[string]any{"vpcEndpointId": "vpce-0123456789abcdef0"}
	var l log
	want, uses := map[string]bool{}, map[string]string{}
	add := func(name string, marked bool, of ...use) *credential {
		c := l.user(name)
		l.uses(c, of...)
		want[c.key], uses[c.key] = marked, name
		return c
	}
	add("turns", true, use{0, home, nil}, use{20, away, nil}, use{40, home, nil})
	add("moved", false, use{0, home, nil}, use{20, away, nil}, use{40, away, nil})
	add("slow", false, use{0, home, nil}, use{100, away, nil}, use{200, home, nil})
	add("slow, twice", true, use{0, home, nil}, use{100, away, nil}, use{200, home, nil}, use{1700, home, nil}, use{1800, away, nil}, use{1900, home, nil})
	add("slow, twice a day", false, use{0, home, nil}, use{100, away, nil}, use{200, home, nil}, use{7900, home, nil}, use{8000, away, nil}, use{8100, home, nil})
	add("too slow", false, use{0, home, nil}, use{300, away, nil}, use{601, home, nil}, use{900, away, nil}, use{1202, home, nil})
	add("one second", false, use{5, home, nil}, use{5, away, nil}, use{6, home, nil})
	add("busy", true, use{4, home, nil}, use{5, home, nil}, use{5, away, nil}, use{6, home, nil})
	add("pool", false, use{0, home, nil}, use{20, "203.0.200.200", nil}, use{40, home, nil})
	add("rotating", false, use{0, home, nil}, use{10, away, nil}, use{20, third, nil}, use{30, "233.252.0.1", nil})
	add("dual stack", false, use{0, home, nil}, use{20, "2001:db8::1", nil}, use{40, home, nil}, use{50, "2001:db8::1", nil})
	add("IPv6", true, use{0, "2001:db8::1", nil}, use{20, "2001:db9::1", nil}, use{40, "2001:db8::2", nil})
	add("VPC endpoint", false, use{0, home, nil}, use{20, "10.0.0.1", endpoint}, use{40, home, nil})
	add("two VPCs", true, use{0, "10.0.0.1", endpoint}, use{20, "10.1.0.1", endpoint}, use{40, "10.0.0.1", endpoint})
	add("service", false, use{0, home, nil}, use{20, "ec2.amazonaws.com", nil}, use{40, home, nil}, use{41, "AWS Internal", nil}, use{42, home, nil})

	// Calls that a service forwards, with its own address.
	forwarded := add("forwarded", false, use{0, home, nil}, use{40, home, nil})
	by := *forwarded
	by.members = maps.Clone(forwarded.members)
	by.members["invokedBy"] = "cloudformation.amazonaws.com"
	l.uses(&by, use{20, away, nil})

	// The console asks for things through an endpoint of its own; a stolen cookie does not.
	page := func(name string, marked bool, of ...use) {
		c := l.user(name)
		c.key = l.temporaryKey()
		c.members["accessKeyId"] = c.key
		c.members["sessionContext"] = map[string]any{"attributes": map[string]any{"creationDate": l.time(), "mfaAuthenticated": "true"}}
		l.uses(c, of...)
		id := fmt.Sprint(c.members["arn"], " ", l.time())
		want[id], uses[id] = marked, name
	}
	console := map[string]any{"sessionCredentialFromConsole": "true"}
	page("console", false, use{1, home, console}, use{2, "10.1.0.1", endpoint}, use{3, "10.2.0.1", endpoint}, use{4, "10.1.0.1", endpoint}, use{5, home, console})
	page("cookie", true, use{1, home, console}, use{2, away, console}, use{3, home, console})

	// Two keys of one instance.
	for i, address := range []string{home, away} {
		c := l.session(accountA, "profile", "i-0123456789abcdef0", l.temporaryKey())
		l.event(&credential{account: accountA, members: map[string]any{"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}}, "sts", "AssumeRole", true, nil, l.granted(c), nil)
		l.uses(c, use{10 + 10*i, address, nil}, use{40 - 15*i, address, nil})
		want[c.key], uses[c.key] = true, "instance"
	}

	// Random turns, told by the naive way.
	random := rand.New(rand.NewPCG(1, 2))
	addresses := []string{home, home, home, "203.0.113.8", away, away, third, "2001:db8::1", "2001:db9::1"}
	marked := 0
	for i := range 300 {
		var of []use
		for range 2 + random.IntN(8) {
			of = append(of, use{random.IntN([]int{10, 100, 1500, 9000}[i%4]), addresses[random.IntN(len(addresses))], nil})
		}
		slices.SortFunc(of, func(a, b use) int { return a.second - b.second })
		if atOnce(of) {
			marked++
		}
		add(fmt.Sprint(of), atOnce(of), of...)
	}
	if marked < 50 || marked > 250 {
		t.Fatalf("%d of 300 are marked, which tells little", marked)
	}

	random.Shuffle(len(l.records), func(i, j int) { l.records[i], l.records[j] = l.records[j], l.records[i] })
	store := recordtest.Load(t, l.records...)
	all := trace(t, store, Question{})
	for id, marked := range want {
		s := all.Sessions[id]
		if s == nil {
			t.Errorf("%s is not there", uses[id])
			continue
		}
		got := slices.ContainsFunc(s.Marks, func(m string) bool { return strings.HasPrefix(m, "used from two places at once") })
		if got != marked {
			t.Errorf("%s: marked %t, want %t: %q", uses[id], got, marked, s.Marks)
		}
	}
	// One of two sessions of the instance is told of the other's as well.
	f := trace(t, store, Question{What: sessionWith(all, "/i-0123456789abcdef0")})
	if len(f.Sessions) != 1 || len(f.Sessions[f.Seeds[0]].Marks) != 2 {
		t.Errorf("the instance is %+v", f.Sessions)
	}
	for id, name := range uses {
		if name == "slow, twice" {
			mark := strings.Join(all.Sessions[id].Marks, "; ")
			for _, part := range []string{home, away, "2026-03-02T10:00:00Z", "2026-03-02T10:01:40Z", "2026-03-02T10:03:20Z", "2 times", "00000000-0000-4000-8000-"} {
				if !strings.Contains(mark, part) {
					t.Errorf("%q does not have %s", mark, part)
				}
			}
		}
	}
}

package lineage

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

//go:embed places.sql
var placesSQL string

// suspects are the sessions whose events are worth reading for whether they come from two
// places at once: it takes two networks. What is of one instance or task is one unit.
type suspects struct {
	keys, keyUnits, keyless, keylessUnits, principals, console []string
	first, last                                                time.Time
	units                                                      map[string][]*Session
}

// markPlaces marks the sessions that were used from two places at once. Of an instance or a task,
// homes are the addresses that any session of it was used from, by principal.
func (f *Forest) markPlaces(ctx context.Context, store *schema.Store, homes map[string][]string) error {
	s := suspects{units: map[string][]*Session{}}
	for _, id := range f.ids() {
		session := f.Sessions[id]
		if home := homes[session.PrincipalID]; severalNetworks(home) {
			s.addPrincipal(session)
		} else if severalNetworks(session.Addresses) {
			s.add(session)
		}
	}
	if len(s.units) == 0 {
		return nil
	}
	type row struct {
		Unit, Address, OtherAddress string
		Gone, There, Back           time.Time
		EventID, OtherID, BackID    string
		Returns                     int64
	}
	rows, err := schema.Collect[row](s.statement().Query(ctx, store))
	if err != nil {
		return err
	}
	for _, r := range rows {
		times := ""
		if r.Returns > 1 {
			times = fmt.Sprintf(", %d times there and back", r.Returns)
		}
		for _, session := range s.units[r.Unit] {
			session.Marks = append(session.Marks, fmt.Sprintf("used from two places at once: %s at %s, %s at %s, %s again at %s (%s, %s, %s)%s",
				r.Address, stamp(r.Gone, nil), r.OtherAddress, stamp(r.There, nil), r.Address, stamp(r.Back, nil), r.EventID, r.OtherID, r.BackID, times))
		}
	}
	return nil
}

func (s *suspects) add(session *Session) {
	unit := session.ID
	s.units[unit] = []*Session{session}
	for _, key := range session.Keys {
		s.keys, s.keyUnits = append(s.keys, key), append(s.keyUnits, unit)
	}
	if name := session.keyless(); name != "" {
		s.keyless, s.keylessUnits = append(s.keyless, name), append(s.keylessUnits, unit)
	}
	if session.Console {
		s.console = append(s.console, unit)
	}
	s.during(session.FirstUse, session.LastUse)
}

func (s *suspects) addPrincipal(session *Session) {
	unit := session.PrincipalID
	if s.units[unit] == nil {
		s.principals = append(s.principals, unit)
	}
	s.units[unit] = append(s.units[unit], session)
	// Another session of it may have been used before and after.
	const atOnce = 10 * time.Minute
	s.during(session.FirstUse.Add(-atOnce), session.LastUse.Add(atOnce))
}

func (s *suspects) during(first, last time.Time) {
	if s.first.IsZero() || first.Before(s.first) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
}

func (s *suspects) statement() query.Statement {
	return query.Statement{SQL: placesSQL}.With(
		schema.Arg{Name: "keys", Value: nonNil(s.keys)}, schema.Arg{Name: "keyUnits", Value: nonNil(s.keyUnits)},
		schema.Arg{Name: "keyless", Value: nonNil(s.keyless)}, schema.Arg{Name: "keylessUnits", Value: nonNil(s.keylessUnits)},
		schema.Arg{Name: "principals", Value: nonNil(s.principals)}, schema.Arg{Name: "console", Value: nonNil(s.console)},
		schema.Arg{Name: "first", Value: s.first.UTC()}, schema.Arg{Name: "last", Value: s.last.UTC()},
	)
}

// severalNetworks reports whether addresses are of several networks of one kind, see places.sql.
func severalNetworks(addresses []string) bool {
	first := map[bool]netip.Prefix{} // by whether it is of IPv6
	for _, text := range addresses {
		address, err := netip.ParseAddr(text)
		if err != nil {
			continue // of a service
		}
		bits := 16
		if address.Is6() {
			bits = 32
		}
		network, _ := address.WithZone("").Prefix(bits)
		if other, ok := first[address.Is6()]; ok && other != network {
			return true
		}
		first[address.Is6()] = network
	}
	return false
}

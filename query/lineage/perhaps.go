package lineage

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed perhaps.sql
	perhapsSQL string
	//go:embed callers.sql
	callersSQL string
)

// maxCandidates is how many candidates a session gets by address, agent and time. Behind a NAT
// gateway there may be hundreds, of which the first few say as little as the rest.
const maxCandidates = 3

// orphans are sessions of which no link tells where they come from, and by what their events
// go: the list beside says of which session.
type orphans struct {
	sessions, began, arns, keys, keySessions, keyless, keylessSessions []string
	first, last                                                        time.Time
}

// A hint is a caller who may be behind an orphan.
type hint struct {
	Session         string
	AccessKeyID     string // this and the next three: who it is; one of them
	Name            string
	CredentialID    string
	Issuer          string
	IssuerType      string
	Link            string
	EventID         string
	EventTime       time.Time
	SourceIPAddress string
	UserAgent       string
	FirstUse        time.Time // of the orphan, from there
	FirstID         string
}

// addCandidates adds candidates to the sessions of which no link tells where they come from:
// whoever called from the same address with the same agent just before.
func (f *Forest) addCandidates(ctx context.Context, store *schema.Store) error {
	o := f.orphans()
	if len(o.sessions) == 0 {
		return nil
	}
	hints, err := schema.Collect[hint](query.Statement{SQL: query.WithFragments(perhapsSQL)}.With(
		schema.Arg{Name: "sessions", Value: o.sessions}, schema.Arg{Name: "began", Value: o.began}, schema.Arg{Name: "arns", Value: o.arns},
		schema.Arg{Name: "keys", Value: nonNil(o.keys)}, schema.Arg{Name: "keySessions", Value: nonNil(o.keySessions)},
		schema.Arg{Name: "keyless", Value: nonNil(o.keyless)}, schema.Arg{Name: "keylessSessions", Value: nonNil(o.keylessSessions)},
		schema.Arg{Name: "first", Value: o.first.UTC()}, schema.Arg{Name: "last", Value: o.last.UTC()},
	).Query(ctx, store))
	if err != nil || len(hints) == 0 {
		return err
	}
	callers, err := callersOf(ctx, store, hints)
	if err != nil {
		return err
	}
	candidates := map[string][]Link{}
	for i := range hints {
		h := &hints[i]
		c := callers[h.AccessKeyID+h.Name]
		parent := cmp.Or(c.Session, h.CredentialID)
		// Whoever was not there before cannot be where it comes from: what was issued from it
		// acts like it, too.
		late := h.Link == sameClient && !c.Began.IsZero() && !c.Began.Before(f.Sessions[h.Session].FirstUse)
		if late || parent == h.Session || parent == "" && h.Issuer == "" {
			continue
		}
		evidence := fmt.Sprintf("address and agent, %v before %s", h.FirstUse.Sub(h.EventTime), h.FirstID)
		candidates[h.Session] = append(candidates[h.Session], Link{
			h.Session, parent, h.Link, evidence, true, h.IssuerType, h.Issuer, h.EventID, h.EventTime, h.SourceIPAddress, h.UserAgent,
		})
	}
	for id, links := range candidates {
		slices.SortFunc(links, func(a, b Link) int {
			return cmp.Or(cmp.Compare(weakness(a), weakness(b)), b.Time.Compare(a.Time), cmp.Compare(a.Parent+a.Issuer, b.Parent+b.Issuer), cmp.Compare(a.EventID, b.EventID))
		})
		seen := map[string]bool{}
		links = slices.DeleteFunc(links, func(l Link) bool { // a session of several keys
			again := seen[l.Parent+l.Issuer]
			seen[l.Parent+l.Issuer] = true
			return again
		})
		f.Sessions[id].Candidates = int64(len(links))
		f.Links = append(f.Links, links[:min(len(links), maxCandidates)]...)
	}
	slices.SortStableFunc(f.Links, func(a, b Link) int { return f.compare(a.Session, b.Session) })
	return nil
}

func (f *Forest) orphans() (o orphans) {
	linked := map[string]bool{}
	for _, l := range f.Links {
		linked[l.Session] = true
	}
	for _, id := range f.ids() {
		s := f.Sessions[id]
		if linked[id] || s.Kind == "service" || s.FirstUse.IsZero() || !slices.ContainsFunc(s.Addresses, isAddress) {
			continue
		}
		if o.first.IsZero() || s.FirstUse.Before(o.first) {
			o.first = s.FirstUse
		}
		if s.FirstUse.After(o.last) {
			o.last = s.FirstUse
		}
		o.sessions, o.began, o.arns = append(o.sessions, id), append(o.began, s.FirstUse.UTC().Format(time.DateTime+".999999")), append(o.arns, s.ARN)
		for _, key := range s.Keys {
			o.keys, o.keySessions = append(o.keys, key), append(o.keySessions, id)
		}
		if name := s.keyless(); name != "" {
			o.keyless, o.keylessSessions = append(o.keyless, name), append(o.keylessSessions, id)
		}
	}
	return o
}

// A caller is whose a key is, or what goes by an ARN and when it was created.
type caller struct {
	AccessKeyID string
	Name        string
	Session     string
	Began       time.Time // at the latest
}

// callersOf are the callers of hints, by key or name.
func callersOf(ctx context.Context, store *schema.Store, hints []hint) (map[string]caller, error) {
	keys, names := map[string]bool{}, map[string]bool{}
	for i := range hints {
		keys[hints[i].AccessKeyID], names[hints[i].Name] = true, true
	}
	rows, err := schema.Collect[caller](query.Statement{SQL: callersSQL}.With(
		schema.Arg{Name: "keys", Value: slices.Sorted(maps.Keys(keys))}, schema.Arg{Name: "keyless", Value: slices.Sorted(maps.Keys(names))},
	).Query(ctx, store))
	callers := map[string]caller{}
	for _, c := range rows {
		callers[c.AccessKeyID+c.Name] = c
	}
	return callers, err
}

// sameClient is the link of calls that have nothing else in common.
const sameClient = "sameClient"

func weakness(l Link) int {
	if l.Kind == sameClient {
		return 1
	}
	return 0
}

// moreCandidates says how many candidates are not told; "" for none.
func (s *Session) moreCandidates() string {
	if s.Candidates <= maxCandidates {
		return ""
	}
	return fmt.Sprintf("and %d more who called from there with that agent", s.Candidates-maxCandidates)
}

// keyless is by what the events of a session go that have no key; "" for nothing.
func (s *Session) keyless() string {
	if s.ARN == "" || s.Created.IsZero() {
		return ""
	}
	return s.ARN + " " + s.Created.UTC().Format(time.RFC3339)
}

// isAddress tells an address from the name of a service.
func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

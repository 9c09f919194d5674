package lineage

import (
	"cmp"
	"context"
	_ "embed"
	"maps"
	"slices"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed trace.sql
	traceSQL string
	//go:embed every.sql
	everySQL string
	//go:embed some.sql
	someSQL string
)

// A Question is what to trace.
type Question struct {
	// What is an access key, a session, an ARN, a user, a role, an address, an eventID: all
	// sessions that go by it, or that made the event or came of it; "" for all that the filter
	// lets through.
	What string
	query.Filter
	Up, Down bool // to what it comes from, to what came of it
	Depth    int  // how many hops each way; 0 for all
}

// A Forest is sessions and the links between them.
type Forest struct {
	Seeds    []string            // the ids of the sessions that were asked for, in their order
	Sessions map[string]*Session // by id
	Links    []Link              // by when the session began and its id
	Cut      bool                // Question.Depth has left some out
}

// A Session is a credential, or what AWS takes for one.
type Session struct {
	ID             string
	Kind           string
	Keys           []string // access keys
	PrincipalID    string
	ARN            string
	Account        string
	Name           string // of the role's session, or of the user
	SourceIdentity string
	OnBehalfOf     string // a user of Identity Center
	Console        bool
	MFA            bool
	Created        time.Time // this and the next: zero for unknown
	Expires        time.Time
	State          string    // of a key: Active, Inactive or Deleted; "" for unknown
	Ended          time.Time // since when it is Inactive or Deleted
	Valid          *bool     // at the end of the log; nil for unknown
	FirstUse       time.Time
	LastUse        time.Time
	Events         int64
	Writes         int64 // that did not fail
	Errors         int64
	Addresses      []string
	Marks          []string // what speaks against it
	Candidates     int64    // by address, agent and time: more than there are links
}

// Began is when the session was there, as far as the log tells.
func (s *Session) Began() time.Time {
	if s.Created.IsZero() {
		return s.FirstUse
	}
	return s.Created
}

// A Link says where a session comes from, and how that is known.
type Link struct {
	Session    string
	Parent     string // the session that issued it; "" for somebody who has none
	Kind       string // the call, or sourceIdentity, onBehalfOf, invokedBy
	Evidence   string // what joins the two
	Candidate  bool   // it may be so, and is not followed
	IssuerType string // userIdentity.type
	Issuer     string
	EventID    string // this and the rest: the event that shows it, if there is one
	Time       time.Time
	Address    string
	Agent      string
}

// row is a row of trace.sql.
type row struct {
	Session
	Asked       bool
	Places      []string
	Parent      string
	Link        string
	Evidence    string
	Candidate   bool
	IssuerType  string
	Issuer      string
	EventID     string
	Linked      time.Time
	LinkAddress string
	LinkAgent   string
}

// Trace answers a question.
func Trace(ctx context.Context, store *schema.Store, q Question) (*Forest, error) {
	return q.trace(ctx, store, maxNear)
}

// trace is Trace, which makes all sessions and links if there are more rows than that near to
// what was asked for.
func (q *Question) trace(ctx context.Context, store *schema.Store, most int) (*Forest, error) {
	what, eventID, condition := any(q.What), any(nil), q.Condition()
	filtered := condition.SQL != query.And().SQL
	var seeds []seed
	switch _, isEvent := schema.ParseGUID([]byte(q.What)); {
	case q.What == "":
		what = nil
	case isEvent: // that of its caller, and what it issued
		what, eventID = nil, q.What
		event := schema.Arg{Name: "eventID", Value: eventID}
		condition = query.And(condition, query.Statement{SQL: "eventID = $eventID::UUID"}.With(event))
		seeds = []seed{{lookup: "event", args: []schema.Arg{event}}}
	default:
		seeds = seedsOf(q.What)
	}
	matching := query.Statement{SQL: everySQL}
	if filtered || eventID != nil {
		matched, err := match(ctx, store, condition)
		if err != nil {
			return nil, err
		}
		matching = query.Statement{SQL: someSQL}.With(matched)
		if what == nil {
			seeds = append(seeds, matchedSeed(matched))
		}
	}
	sessions, err := sessionsNear(ctx, store, most, q.Up, q.Down, seeds)
	if err != nil {
		return nil, err
	}
	s := query.Statement{SQL: schema.Put(traceSQL, "arn", lookups()["rows: arn"])}.Put("sessions", sessions).Put("matching", matching).
		With(
			schema.Arg{Name: "what", Value: what}, schema.Arg{Name: "eventID", Value: eventID}, schema.Arg{Name: "filtered", Value: filtered},
			schema.Arg{Name: "up", Value: q.Up}, schema.Arg{Name: "down", Value: q.Down},
		)
	rows, err := schema.Collect[row](s.Query(ctx, store))
	if err != nil {
		return nil, err
	}
	f := &Forest{Sessions: map[string]*Session{}}
	homes := map[string][]string{}
	for i := range rows {
		r := &rows[i]
		if f.Sessions[r.ID] == nil {
			session := r.Session
			if len(r.Places) > 1 {
				homes[r.PrincipalID] = r.Places
				session.Marks = append(session.Marks, places(r.Places))
			}
			f.Sessions[r.ID] = &session
			if r.Asked {
				f.Seeds = append(f.Seeds, r.ID)
			}
		}
		if r.Link != "" {
			f.Links = append(f.Links, Link{
				r.ID, r.Parent, r.Link, r.Evidence, r.Candidate, r.IssuerType, r.Issuer, r.EventID, r.Linked, r.LinkAddress, r.LinkAgent,
			})
		}
	}
	if q.Depth > 0 {
		f.cut(q.Depth)
	}
	if err := f.markPlaces(ctx, store, homes); err != nil {
		return nil, err
	}
	return f, f.addCandidates(ctx, store)
}

// places are the addresses of an instance or a task, each of which is used from elsewhere than
// at least one of the others.
func places(addresses []string) string {
	const shown = 4
	text := "one instance or task, used from "
	for i, address := range addresses {
		switch {
		case i == shown:
			return text + " and more"
		case i > 0 && i == len(addresses)-1:
			text += " and "
		case i > 0:
			text += ", "
		}
		text += address
	}
	return text
}

// Children are the ids of the sessions that each one issued, in their order.
func (f *Forest) Children() map[string][]string {
	children := map[string][]string{}
	for _, l := range f.Links {
		if !l.Candidate && l.Parent != "" && f.Sessions[l.Parent] != nil {
			children[l.Parent] = append(children[l.Parent], l.Session)
		}
	}
	return children
}

// Parents are the links of each session: one, or candidates.
func (f *Forest) Parents() map[string][]Link {
	parents := map[string][]Link{}
	for _, l := range f.Links {
		parents[l.Session] = append(parents[l.Session], l)
	}
	return parents
}

// Roots are the ids of the sessions that no other one of the forest issued. Of a circle, which
// has none, it is the first.
func (f *Forest) Roots() []string {
	children, parents := f.Children(), f.Parents()
	var roots []string
	seen := map[string]bool{}
	add := func(id string) {
		roots = append(roots, id)
		reach(id, children, seen)
	}
	ids := f.ids()
	for _, id := range ids {
		if !slices.ContainsFunc(parents[id], func(l Link) bool { return !l.Candidate && f.Sessions[l.Parent] != nil }) {
			add(id)
		}
	}
	for _, id := range ids {
		if !seen[id] {
			add(id)
		}
	}
	slices.SortFunc(roots, f.compare)
	return roots
}

// reach marks what can be reached from a session.
func reach(id string, next map[string][]string, seen map[string]bool) {
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		if !seen[queue[0]] {
			seen[queue[0]] = true
			queue = append(queue, next[queue[0]]...)
		}
	}
}

// ids are the sessions in their order: by when they began.
func (f *Forest) ids() []string { return slices.SortedFunc(maps.Keys(f.Sessions), f.compare) }

func (f *Forest) compare(a, b string) int {
	return cmp.Or(f.Sessions[a].Began().Compare(f.Sessions[b].Began()), cmp.Compare(a, b))
}

// cut leaves out what is more than that many hops away from what was asked for.
func (f *Forest) cut(depth int) {
	up := map[string][]string{}
	for id, links := range f.Parents() {
		for _, l := range links {
			if !l.Candidate {
				up[id] = append(up[id], l.Parent)
			}
		}
	}
	near := map[string]bool{}
	for _, next := range []map[string][]string{f.Children(), up} {
		seen := map[string]bool{}
		level := f.Seeds
		for hop := 0; hop <= depth && len(level) > 0; hop++ {
			var further []string
			for _, id := range level {
				if !seen[id] {
					seen[id] = true
					further = append(further, next[id]...)
				}
			}
			level = further
		}
		maps.Copy(near, seen)
	}
	before := len(f.Sessions)
	maps.DeleteFunc(f.Sessions, func(id string, _ *Session) bool { return !near[id] })
	f.Links = slices.DeleteFunc(f.Links, func(l Link) bool { return f.Sessions[l.Session] == nil })
	f.Cut = len(f.Sessions) < before
}

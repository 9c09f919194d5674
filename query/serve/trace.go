package serve

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/query/lineage"
	"trailbox/query/page"
)

const (
	// How much of a forest a page draws: its table has the rest. A role that a machine takes
	// every hour has thousands of sessions, which nobody reads through.
	maxNodes, maxRoots, maxChildren = 400, 100, 20
	// maxHops is how deep a tree is drawn: each level is indented, and a page has an end.
	maxHops = 40
	// maxKeys is how many access keys of one session a link asks for.
	maxKeys = 10
)

// A forest is sessions, each below the one that issued it, that can be folded.
type forest struct {
	Roots []*session
	More  string // what is not drawn
}

// A session is one of a forest.
type session struct {
	Kind, ID, Who string
	Page          string // of its key
	Asked, Maybe  bool
	Origins       []string // where it comes from
	Did           string
	Events        string // the page of its events
	Marks         []string
	Below         []*session
	Rest          string // what below it is not drawn
	Circle        bool   // it is drawn elsewhere
}

// A drawing draws a forest.
type drawing struct {
	r             *request
	f             *lineage.Forest
	children      map[string][]string
	parents       map[string][]lineage.Link
	asked, wanted map[string]bool
	drawn         map[string]bool
}

// newForest draws as much of a forest as a page has room for.
func (r *request) newForest(f *lineage.Forest) *forest {
	d := &drawing{r: r, f: f, children: f.Children(), parents: f.Parents(), asked: map[string]bool{}, wanted: map[string]bool{}, drawn: map[string]bool{}}
	for _, id := range f.Seeds {
		d.asked[id] = true
		d.want(id)
	}
	roots := f.Roots()
	// Those with what was asked for come first, then those with much below them, or that did much.
	size := func(id string) int64 { return int64(len(d.children[id]))*1000 + f.Sessions[id].Events }
	slices.SortStableFunc(roots, func(a, b string) int {
		return cmp.Or(-compareBools(d.wanted[a], d.wanted[b]), cmp.Compare(size(b), size(a)))
	})
	trees := &forest{}
	for _, id := range roots {
		if len(trees.Roots) == maxRoots || len(d.drawn) >= maxNodes {
			break
		}
		if !d.drawn[id] {
			trees.Roots = append(trees.Roots, d.draw(id, 0))
		}
	}
	if more := len(f.Sessions) - len(d.drawn); more > 0 {
		trees.More = fmt.Sprintf("%s of %s sessions are drawn; the table has all.", query.Count(int64(len(d.drawn))), query.Count(int64(len(f.Sessions))))
	}
	return trees
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// want marks a session and what it comes from: never left out for others of their parent.
func (d *drawing) want(id string) {
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		if d.wanted[queue[0]] {
			continue
		}
		d.wanted[queue[0]] = true
		for _, l := range d.parents[queue[0]] {
			if !l.Candidate && l.Parent != "" {
				queue = append(queue, l.Parent)
			}
		}
	}
}

// draw draws a session and what is below it.
func (d *drawing) draw(id string, depth int) *session {
	d.drawn[id] = true
	s := d.session(id)
	children := slices.Clone(d.children[id])
	slices.SortStableFunc(children, func(a, b string) int { return -compareBools(d.wanted[a], d.wanted[b]) })
	left, events := 0, int64(0)
	for i, child := range children {
		switch {
		case d.drawn[child]:
			again := d.session(child)
			again.Circle, again.Origins, again.Did = true, nil, ""
			s.Below = append(s.Below, again)
		case depth == maxHops || len(d.drawn) >= maxNodes || i >= maxChildren && !d.wanted[child] || i >= 2*maxChildren:
			left++
			events += d.f.Sessions[child].Events
		default:
			s.Below = append(s.Below, d.draw(child, depth+1))
		}
	}
	if left > 0 {
		s.Rest = fmt.Sprintf("and %s more, with %s: the table has them all", query.Count(int64(left)), query.Plural(events, "event"))
	}
	return s
}

// session is a session without what is below it.
func (d *drawing) session(id string) *session {
	of := d.f.Sessions[id]
	s := &session{Kind: page.Show(of.Kind), ID: shorten(page.Show(id)), Asked: d.asked[id], Page: d.r.linkOf("session", id)}
	if s.Page == "" && len(of.Keys) > 0 {
		s.Page = d.r.linkOf("session", of.Keys[0])
	}
	_, who, _ := strings.Cut(of.ARN, ":assumed-role/")
	if who = cmp.Or(who, of.Name, of.ARN, of.PrincipalID, of.OnBehalfOf); !strings.Contains(id, who) {
		s.Who = shorten(page.Show(who))
	}
	for _, l := range d.parents[id] {
		s.Maybe = s.Maybe || l.Candidate
		if len(s.Origins) < 3 {
			s.Origins = append(s.Origins, page.Show(origin(l)))
		}
	}
	for _, m := range of.Marks {
		s.Marks = append(s.Marks, page.Show(m))
	}
	s.Did = page.Show(did(of))
	if n := len(of.Keys); of.Events > 0 && n > 0 && n <= maxKeys {
		keys := url.Values{}
		for _, key := range of.Keys {
			keys.Add("access-key", exact("access-key", key))
		}
		s.Events = "/events?" + keys.Encode()
	}
	return s
}

// origin says where a session comes from.
func origin(l lineage.Link) string {
	text := l.Kind
	if l.Candidate {
		text = "perhaps " + text
	}
	if by := cmp.Or(l.Issuer, l.Parent); by != "" && (l.Parent == "" || l.Candidate) {
		text += " by " + by
	}
	if l.Address != "" {
		text += " from " + l.Address
	}
	if !l.Time.IsZero() {
		text += ", " + page.Stamp(l.Time)
	}
	return text + " (by " + l.Evidence + ")"
}

// did says what a session did, and what became of it.
func did(s *lineage.Session) string {
	words := []string{"never used in the log"}
	if s.Events > 0 {
		words = []string{
			fmt.Sprintf("%s to %s", page.Stamp(s.FirstUse), page.Stamp(s.LastUse)),
			fmt.Sprintf("%s, %s, %s failed", query.Plural(s.Events, "event"), query.Plural(s.Writes, "write"), query.Count(s.Errors)),
		}
		if len(s.Addresses) > 0 {
			from := "from " + s.Addresses[0]
			if more := len(s.Addresses) - 1; more > 0 {
				from += fmt.Sprintf(" and %d more", more)
			}
			words = append(words, from)
		}
	}
	if s.MFA {
		words = append(words, "with MFA")
	}
	switch {
	case s.State == "Deleted" || s.State == "Inactive":
		words = append(words, strings.ToLower(s.State)+" on "+page.Stamp(s.Ended))
	case s.Valid != nil && *s.Valid:
		words = append(words, "still valid at the end of the log")
	case !s.Expires.IsZero():
		words = append(words, "expired on "+page.Stamp(s.Expires))
	}
	return strings.Join(words, " · ")
}

// A traceBody is the page of a trace.
type traceBody struct {
	Bar     *bar
	Unasked string // the page of all sessions, where nobody is asked for; the rest is empty then
	Lead    string
	Cut     string
	Trees   *forest
	Table   *page.Table
}

// trace is the page of who is behind what, and what came of it.
func (s *Server) trace(r *request) (*view, error) {
	question := lineage.Question{What: strings.TrimSpace(r.values.Get("what")), Filter: r.filter, Up: true, Down: true}
	if !utf8.ValidString(question.What) {
		return nil, &problem{Status: 400, Title: "Nothing to trace", Text: "What is asked for is no text."}
	}
	command := []string{"trailbox", "trace"}
	switch way := r.values.Get("way"); way {
	case "":
	case "up", "down":
		question.Up, question.Down = way == "up", way == "down"
		command = append(command, "--"+way)
	default:
		return nil, &problem{Status: 400, Title: "Which way?", Text: "way is up, down, or nothing for both."}
	}
	if text := r.values.Get("depth"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, &problem{Status: 400, Title: "How deep?", Text: "depth is a number of hops, or nothing for all."}
		}
		question.Depth = n
		command = append(command, "--depth="+text)
	}
	if question.What != "" {
		command = append(command, question.What)
	}
	body := &traceBody{Bar: r.newBar(field{Name: "what", Label: "what", Hint: "key, session, user, role, address, eventID"}, field{Name: "way", Label: "way", Hint: "up or down"}, field{Name: "depth", Label: "hops", Hint: "all"})}
	v := &view{Section: "Trace", Title: "Trace", Template: "trace", Name: "trace", Command: commandLine(r.values, command...), Body: body}
	if question.What == "" && len(filterValues(r.values)) == 0 && !r.values.Has("all") && !r.values.Has("form") {
		body.Unasked = r.here("all", "true")
		return v, nil // the sessions of a whole archive take seconds, and are nobody's first question
	}
	run := &told{}
	f, err := lineage.Trace(run.context(r.ctx), r.store, question)
	if err != nil {
		return nil, err
	}
	v.Statements = run.statements
	v.Rows = func() (query.Result, error) { return f.Rows(), nil }
	if r.values.Has("form") {
		return v, nil
	}
	cover, err := r.cover()
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	if f.Cut {
		body.Cut = fmt.Sprintf("What is more than %s away is left out.", query.Plural(int64(question.Depth), "hop"))
	}
	body.Lead = fmt.Sprintf("%s asked for, with what they come from and what was issued from them: %s in all.",
		query.Plural(int64(len(f.Seeds)), "session"), query.Count(int64(len(f.Sessions))))
	body.Trees = r.newForest(f)
	body.Table, _, err = r.tableOf(f.Rows(), nil)
	return v, err
}

// tracePart is the part of an entity's page that tells where it comes from.
func (r *request) tracePart(p part, name string) (*view, error) {
	question := lineage.Question{Filter: r.filter, Up: true, Down: true}
	run := &told{}
	f, err := lineage.Trace(run.context(r.ctx), r.store, question)
	if err != nil {
		return nil, err
	}
	p.Trees, p.All = r.newForest(f), r.link("/trace")
	p.Lead = []string{fmt.Sprintf("%s with these events (marked), with what they come from and what was issued from them. What is not sure is said to be perhaps.",
		query.Plural(int64(len(f.Seeds)), "session"))}
	return &view{
		Section: "Trace", Title: p.Title, Template: "part", Name: "trace", Body: &p, Statements: run.statements,
		Command: commandLine(r.values, "trailbox", "trace"), Rows: func() (query.Result, error) { return f.Rows(), nil },
	}, nil
}

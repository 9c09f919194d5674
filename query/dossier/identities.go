package dossier

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"trailbox/query"
	"trailbox/query/lineage"
	"trailbox/query/page"
)

// identities writes the sessions of the case, where they come from and what came of them. With
// descendants, what these did is of the case from then on.
func (w *work) identities(ctx context.Context) error {
	return w.saveAll(ctx, "identities", "Of identities.csv, and of what descends from its sessions", w.trace)
}

func (w *work) trace(ctx context.Context) error {
	forest, err := lineage.Trace(ctx, w.store, lineage.Question{Filter: w.Filter, Up: true, Down: true})
	if err != nil {
		return err
	}
	w.summary.forest = forest
	if err := w.save("identities", forest.Rows(), func([]any) {}, query.FormatCSV); err != nil {
		return err
	}
	candidates := map[string]bool{}
	for _, l := range forest.Links {
		if l.Candidate {
			candidates[l.Session] = true
		}
	}
	if n := len(candidates); n > 0 {
		w.manifest.limit(false, "where %s from is not sure, and is not followed: identities.csv has the candidates", comes(n))
	}
	if !w.Descendants {
		return nil
	}
	kin, err := lineage.Descendants(ctx, w.store, w.Filter.Who())
	if err == nil {
		w.Filter.Also, w.Filter.Families = kin.Condition(), kin.Families()
		w.manifest.Sessions = int64(len(kin.Sessions))
	}
	return err
}

// comes is how many sessions come from somewhere.
func comes(sessions int) string {
	if sessions == 1 {
		return "1 session comes"
	}
	return fmt.Sprintf("%d sessions come", sessions)
}

func (w *work) identitySection() *section {
	f := w.summary.forest
	s := &section{ID: "identities", Short: "Identities", Title: "Who it was, and what came of them", File: "identities.csv", Count: query.Plural(int64(len(f.Sessions)), "session")}
	if len(f.Sessions) == 0 {
		s.Lead = []string{"No session is behind the events of the case."}
		return s
	}
	s.Lead = []string{fmt.Sprintf("%s with events that were asked for (filled dots), with what they come from and what was issued from them. What hangs on broken lines is not sure.",
		query.Plural(int64(len(f.Seeds)), "session"))}
	if w.Descendants {
		s.Lead = append(s.Lead, "What the sessions that descend from these did is of the case as well.")
	}
	s.Tree = page.NewTree(w.nodes(), "identities.csv")
	return s
}

// nodes are the trees of the sessions. One that several issued hangs on the first.
func (w *work) nodes() (roots []*page.Node) {
	f := w.summary.forest
	children, parents, seen := f.Children(), f.Parents(), map[string]bool{}
	// Candidates are drawn where their only parent is, unless no more than an address speaks for it.
	for _, l := range f.Links {
		if l.Candidate && f.Sessions[l.Parent] != nil && len(parents[l.Session]) == 1 && f.Sessions[l.Session].Candidates == 0 {
			children[l.Parent] = append(children[l.Parent], l.Session)
		}
	}
	var node func(id string) *page.Node
	node = func(id string) *page.Node {
		seen[id] = true
		n := w.node(f.Sessions[id], parents[id])
		for _, child := range children[id] {
			if !seen[child] {
				n.Below = append(n.Below, node(child))
			}
		}
		return n
	}
	below := map[string]bool{}
	for _, ids := range children {
		for _, id := range ids {
			below[id] = true
		}
	}
	all := f.Roots()
	// Those with much below them, or that did much, come first.
	size := func(id string) int64 { return int64(len(children[id]))*1000 + f.Sessions[id].Events }
	slices.SortStableFunc(all, func(a, b string) int { return cmp.Compare(size(b), size(a)) })
	for _, id := range all {
		if !below[id] && !seen[id] {
			roots = append(roots, node(id))
		}
	}
	for _, id := range all { // of circles
		if !seen[id] {
			roots = append(roots, node(id))
		}
	}
	return roots
}

// brief are the marks of a session without their evidence, for which there is no room.
func brief(marks []string) string {
	var all []string
	for _, m := range marks {
		m, _, _ = strings.Cut(m, ": ")
		if len(marks) > 1 { // the name needs some of the room
			m = strings.Replace(m, "one instance or task, used from", "from", 1)
		}
		all = append(all, m)
	}
	slices.Reverse(all) // what weighs most is told last
	return strings.Join(all, "; ")
}

// node is a session as a node of the picture.
func (w *work) node(s *lineage.Session, links []lineage.Link) *page.Node {
	n := &page.Node{
		Kind: s.Kind, Name: s.ID, Mark: brief(s.Marks),
		Asked: slices.Contains(w.summary.forest.Seeds, s.ID),
	}
	// The end of the ARN: of a role, with its session.
	_, who, _ := strings.Cut(s.ARN, ":assumed-role/")
	who = cmp.Or(who, s.Name, s.ARN, s.PrincipalID)
	if who != "" && !strings.Contains(s.ID, who) {
		n.Name += " " + who
	}
	var line []string
	for i, l := range links {
		n.Maybe = n.Maybe || l.Candidate
		if i > 0 {
			continue
		}
		text := "by " + l.Kind
		if l.Candidate {
			text = "perhaps " + text
		}
		if issuer := cmp.Or(l.Parent, l.Issuer); issuer != "" && (l.Parent == "" || s.Candidates > 0) {
			text += " of " + issuer
		}
		line = append(line, text)
	}
	if s.Events == 0 {
		line = append(line, "never used in the log")
	} else {
		line = append(line, fmt.Sprintf("%s to %s", w.clock(s.FirstUse), w.clock(s.LastUse)),
			fmt.Sprintf("%s, %s, %d refused or failed", query.Plural(s.Events, "event"), query.Plural(s.Writes, "write"), s.Errors))
	}
	switch {
	case s.State == "Deleted" || s.State == "Inactive":
		line = append(line, strings.ToLower(s.State))
	case s.Valid != nil && *s.Valid:
		line = append(line, "still valid")
	}
	if s.Events > 0 && len(s.Addresses) > 0 {
		from := "from " + s.Addresses[0]
		if more := len(s.Addresses) - 1; more > 0 {
			from += fmt.Sprintf(" and %d more", more)
		}
		line = append(line, from)
	}
	n.Line = strings.Join(line, " · ")
	n.Title = strings.Join(append([]string{s.ID, s.ARN, n.Line, strings.Join(s.Addresses, ", ")}, s.Marks...), "; ")
	return n
}

package lineage

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"trailbox/query"
)

// A Layout is how trees are written for people.
type Layout struct {
	Width int            // of a line; 0 for any
	Zone  *time.Location // of times; nil for UTC
	First time.Time      // when the store's log begins
}

// maxChildren is how many sessions are shown below one: a role that a machine takes every
// hour has thousands, which nobody reads through.
const maxChildren = 20

// WriteTrees writes the forest for people, each session below the one that issued it: what it
// is, what shows where it comes from, and what it did.
func (f *Forest) WriteTrees(w io.Writer, layout Layout) error {
	t := &trees{Forest: f, Layout: layout, w: bufio.NewWriter(w), children: f.Children(), parents: f.Parents(), seen: map[string]bool{}, asked: map[string]bool{}}
	for _, id := range f.Seeds {
		t.asked[id] = true
	}
	t.wanted = f.wanted()
	for i, id := range f.Roots() {
		if i > 0 {
			t.w.WriteByte('\n')
		}
		t.write(id, "", "")
	}
	return t.w.Flush()
}

type trees struct {
	*Forest
	Layout
	w        *bufio.Writer
	children map[string][]string
	parents  map[string][]Link
	asked    map[string]bool
	wanted   map[string]bool // what was asked for and whatever leads to it: never left out
	seen     map[string]bool // written
}

// wanted is what was asked for, and what that comes from.
func (f *Forest) wanted() map[string]bool {
	up := map[string][]string{}
	for _, l := range f.Links {
		if !l.Candidate && l.Parent != "" {
			up[l.Session] = append(up[l.Session], l.Parent)
		}
	}
	wanted := map[string]bool{}
	for _, id := range f.Seeds {
		reach(id, up, wanted)
	}
	return wanted
}

// write writes a session and what is below it. Before its first line stands branch, before
// the others stem.
func (t *trees) write(id, branch, stem string) {
	s := t.Sessions[id]
	t.seen[id] = true
	mark := ""
	if t.asked[id] {
		mark = "* "
	}
	below := t.below(id)
	inner := stem + "    "
	if len(below) > 0 {
		inner = stem + "│   "
	}
	t.line(branch, inner+"  ", mark+s.title()+" "+s.who())
	for _, l := range t.origins(id) {
		t.line(inner, inner+"  ", l)
	}
	t.line(inner, inner+"  ", t.did(s))
	for _, m := range s.Marks {
		t.line(inner, inner+"  ", "! "+m)
	}
	for i, child := range below {
		branch, next := "├── ", "│   "
		if i == len(below)-1 {
			branch, next = "└── ", "    "
		}
		switch {
		case child == "":
			t.line(stem+branch, stem+next, t.rest(id, below))
		case t.seen[child]:
			t.line(stem+branch, stem+next, t.Sessions[child].title()+" (a circle: it is above)")
		default:
			t.write(child, stem+branch, stem+next)
		}
	}
}

// below are the sessions that are shown below one, and "" where there are more.
func (t *trees) below(id string) []string {
	all := t.children[id]
	if len(all) <= maxChildren {
		return all
	}
	shown := slices.Clone(all[:maxChildren])
	for _, child := range all[maxChildren:] {
		if t.wanted[child] && len(shown) < 2*maxChildren {
			shown = append(shown, child)
		}
	}
	if len(shown) < len(all) {
		shown = append(shown, "")
	}
	return shown
}

// rest says what is not shown.
func (t *trees) rest(id string, shown []string) string {
	seen, events := map[string]bool{}, int64(0)
	for _, child := range shown {
		seen[child] = true
	}
	n := 0
	for _, child := range t.children[id] {
		if !seen[child] {
			n++
			events += t.Sessions[child].Events
		}
	}
	return fmt.Sprintf("and %d more, with %s (-o csv has them all)", n, query.Plural(events, "event"))
}

// origins say where a session comes from, a line each.
func (t *trees) origins(id string) []string {
	var lines []string
	for _, l := range t.parents[id] {
		line := l.Kind
		if l.Candidate {
			line = "? perhaps " + l.Kind
		}
		switch {
		case l.Parent != "" && t.Sessions[l.Parent] == nil:
			line += " by " + l.Parent
		case l.Parent == "" && l.Issuer != "":
			line += " by " + l.Issuer
		case l.Candidate:
			line += " by " + l.Parent
		}
		if l.Address != "" {
			line += " from " + l.Address
		}
		if l.EventID != "" {
			line += ", " + stamp(l.Time, t.Zone) + " " + l.EventID
		}
		lines = append(lines, line+" (by "+l.Evidence+")")
		if len(lines) == maxChildren {
			break
		}
	}
	if more := t.Sessions[id].moreCandidates(); more != "" {
		lines = append(lines, "? "+more)
	}
	if len(lines) == 0 || t.Sessions[id].Candidates > 0 {
		lines = slices.Insert(lines, 0, t.unknown(t.Sessions[id]))
	}
	return lines
}

// unknown says why the log does not tell where a session comes from.
func (t *trees) unknown(s *Session) string {
	switch began := s.Began(); {
	case s.Created.IsZero() && (s.Kind == "long-term key" || s.Kind == "root key"):
		return "made before the log begins, or where it does not reach"
	case !t.First.IsZero() && began.Before(t.First):
		return "issued before the log begins on " + stamp(t.First, t.Zone)
	case s.Console:
		return "no sign-in in the log: it is in us-east-1, in the Region of the sign-in page, or not loaded"
	}
	return "no event in the log issued it: another account's or Region's may have"
}

// did says what a session did.
func (t *trees) did(s *Session) string {
	valid := ""
	switch {
	case s.State == "Deleted" || s.State == "Inactive":
		valid = fmt.Sprintf("; %s on %s", strings.ToLower(s.State), stamp(s.Ended, t.Zone))
	case s.Valid != nil && *s.Valid:
		valid = "; still valid at the end of the log"
		if !s.Expires.IsZero() {
			valid += ", until " + stamp(s.Expires, t.Zone)
		}
	case !s.Expires.IsZero():
		valid = "; expired on " + stamp(s.Expires, t.Zone)
	}
	if s.Events == 0 {
		return "never used in the log" + valid
	}
	return fmt.Sprintf("%s to %s, %s: %s, %s, %s%s", stamp(s.FirstUse, t.Zone), stamp(s.LastUse, t.Zone), from(s.Addresses),
		query.Plural(s.Events, "event"), query.Plural(s.Writes, "write"), query.Plural(s.Errors, "error"), valid)
}

// from are addresses in words.
func from(addresses []string) string {
	const shown = 3
	switch n := len(addresses); {
	case n == 0:
		return "from nowhere told"
	case n > shown:
		return fmt.Sprintf("from %s and %d more", strings.Join(addresses[:shown], ", "), n-shown)
	}
	return "from " + strings.Join(addresses, ", ")
}

// line writes a line, folded at its spaces where it is too long. What is in it was chosen by
// others, so that it is escaped.
func (t *trees) line(first, further, text string) {
	prefix, used := first, 0
	for word := range strings.SplitSeq(query.Escape(text), " ") {
		size := utf8.RuneCountInString(word)
		if used > 0 && t.Width > 0 && utf8.RuneCountInString(prefix)+used+1+size > t.Width {
			t.w.WriteByte('\n')
			prefix, used = further, 0
		}
		if used == 0 {
			t.w.WriteString(prefix + word)
			used = size
			continue
		}
		t.w.WriteString(" " + word)
		used += 1 + size
	}
	t.w.WriteByte('\n')
}

// title is what a session is called: its key, or whose it is and when it began.
func (s *Session) title() string { return s.ID }

// who says what a session is and whose.
func (s *Session) who() string {
	who := cmp.Or(s.ARN, s.PrincipalID, s.OnBehalfOf, s.Account)
	if who == "" || strings.HasPrefix(s.ID, who) {
		who = ""
	} else {
		who = " of " + who
	}
	text := s.Kind + who
	if s.SourceIdentity != "" {
		text += ", source identity " + s.SourceIdentity
	}
	if s.MFA {
		text += ", with MFA"
	}
	return "(" + text + ")"
}

func stamp(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return t.In(zone).Format(time.RFC3339)
}

package lineage

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"trailbox/query"
)

// A picture is how a language of pictures writes a forest.
type picture struct {
	head, foot string
	text       func(lines []string) string // within quotes
	session    string                      // name, text
	issuer     string                      // of no session of the forest: name, text
	sure       string                      // from, to, text
	candidate  string
}

// WriteDOT writes the forest for Graphviz. Names of sessions are chosen by whoever takes a
// role: within quotes, nothing of them is more than text.
func (f *Forest) WriteDOT(w io.Writer) error {
	return f.draw(w, picture{
		head: "digraph trace {\n  rankdir=LR;\n  node [shape=box];\n", foot: "}\n", text: dotText,
		session:   "  %s [label=\"%s\"];\n",
		issuer:    "  %s [label=\"%s\", shape=ellipse];\n",
		sure:      "  %[1]s -> %[2]s [label=\"%[3]s\", style=solid];\n",
		candidate: "  %[1]s -> %[2]s [label=\"%[3]s\", style=dashed];\n",
	})
}

// WriteMermaid writes the forest as a Mermaid flowchart, which wikis and tickets show.
func (f *Forest) WriteMermaid(w io.Writer) error {
	return f.draw(w, picture{
		head: "flowchart LR\n", text: mermaidText,
		session:   "  %s[\"%s\"]\n",
		issuer:    "  %s([\"%s\"])\n",
		sure:      "  %[1]s -->|\"%[3]s\"| %[2]s\n",
		candidate: "  %[1]s -.->|\"%[3]s\"| %[2]s\n",
	})
}

func (f *Forest) draw(w io.Writer, p picture) error {
	b := bufio.NewWriter(w)
	b.WriteString(p.head)
	names := f.names()
	for _, id := range f.ids() {
		fmt.Fprintf(b, p.session, names[id], p.text(f.label(id)))
	}
	for i, l := range f.edges() {
		from := names[l.Parent]
		if from == "" {
			from = fmt.Sprintf("i%d", i)
			fmt.Fprintf(b, p.issuer, from, p.text([]string{l.from()}))
		}
		arrow := p.sure
		if l.Candidate {
			arrow = p.candidate
		}
		fmt.Fprintf(b, arrow, from, names[l.Session], p.text(l.label()))
	}
	b.WriteString(p.foot)
	return b.Flush()
}

// dotText are lines as they stand between the quotes of DOT.
func dotText(lines []string) string {
	for i, line := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(query.Escape(line))
	}
	return strings.Join(lines, `\n`)
}

// mermaidText are lines as they stand between the quotes of Mermaid, which reads HTML and
// Markdown in them: whatever is no letter, digit, space or one of a few signs is an entity.
func mermaidText(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString("<br>")
		}
		for _, r := range query.Escape(line) {
			switch {
			case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r >= 0x80, strings.ContainsRune(" .,:/-+=@", r):
				b.WriteRune(r)
			default:
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	return b.String()
}

// names are what the sessions go by in a picture.
func (f *Forest) names() map[string]string {
	names := map[string]string{}
	for i, id := range f.ids() {
		names[id] = fmt.Sprintf("s%d", i)
	}
	return names
}

// edges are the links with a parent that is in the forest, or with one that may be it, or
// with somebody who has no session.
func (f *Forest) edges() []Link {
	var edges []Link
	for _, l := range f.Links {
		if l.Parent != "" || l.Issuer != "" {
			edges = append(edges, l)
		}
	}
	return edges
}

// from is where a session comes from whose parent is not in the forest.
func (l *Link) from() string {
	if l.Parent != "" {
		return l.Parent
	}
	return l.Issuer
}

func (l *Link) label() []string {
	kind := l.Kind
	if l.Candidate {
		kind += "?"
	}
	if l.Time.IsZero() {
		return []string{kind}
	}
	return []string{kind, stamp(l.Time, nil)}
}

// label is what a session is called in a picture.
func (f *Forest) label(id string) []string {
	s := f.Sessions[id]
	lines := []string{s.title(), s.who()}
	if s.Events > 0 {
		lines = append(lines, query.Plural(s.Events, "event")+", "+query.Plural(s.Writes, "write")+", "+query.Plural(s.Errors, "error"))
	}
	if more := s.moreCandidates(); more != "" {
		lines = append(lines, "? "+more)
	}
	return append(lines, s.Marks...)
}

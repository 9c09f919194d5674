package redact

import (
	"cmp"
	"slices"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// A Review is what somebody has to look at before a copy is given away: what may still tell of
// whom it is.
type Review struct {
	Rows []ReviewRow
	// Bytes are those of all values, Free those of free text, Encoded those that were not looked into.
	Bytes, Free, Encoded int64
}

// A ReviewRow is one place of a copy to be looked at, the largest first.
type ReviewRow struct {
	Path          string // of the member, as the copy has it; or a name's pseudonym
	Why           string
	Values, Bytes int64
	Example       string // of the copy
}

// Result is the review as rows of a table.
func (r *Review) Result() query.Result {
	columns := []schema.ResultColumn{
		{Name: "path", Type: "VARCHAR"}, {Name: "why", Type: "VARCHAR"}, {Name: "values", Type: "BIGINT"},
		{Name: "bytes", Type: "BIGINT"}, {Name: "share", Type: "VARCHAR"}, {Name: "example", Type: "VARCHAR"},
	}
	var rows [][]any
	for _, row := range r.Rows {
		share := any(nil)
		if row.Bytes > 0 {
			share = query.Percent(row.Bytes, r.Bytes)
		}
		rows = append(rows, []any{row.Path, row.Why, row.Values, row.Bytes, share, row.Example})
	}
	return query.NewResult(columns, rows)
}

const (
	whyFree    = "free text: known names and what looks like one are replaced, the rest stays"
	whyEncoded = "encoded: it was not looked into"
	whyMember  = "a member's name that is a name in this archive, too: it stays"
)

// maxExample is how many bytes of an example are shown.
const maxExample = 160

// each calls do with each member within one.
func (m *member) each(do func(*member)) {
	for _, inner := range m.within {
		do(inner)
		inner.each(do)
	}
}

// shown is the path of a member as the copy has it.
func (m *member) shown() string {
	if m.parent == nil || m.parent.parent == nil {
		return m.name
	}
	return m.parent.shown() + "." + m.name
}

// review sums up what the workers have found.
func (r *Redactor) review(workers []*worker) (review Review) {
	type place struct{ path, why string }
	found := map[place]*uses{}
	add := func(path, why string, u *uses) {
		if u.values == 0 {
			return
		}
		sum := found[place{path, why}]
		if sum == nil {
			sum = &uses{example: u.example}
			found[place{path, why}] = sum
		}
		if sum.bytes += u.bytes; u.bytes > 0 {
			sum.values += u.values
		}
		sum.example = min(sum.example, u.example)
	}
	for _, w := range workers {
		review.Bytes += w.bytes
		w.root.each(func(m *member) {
			path := m.shown()
			add(path, whyFree, &m.free)
			add(path, whyEncoded, &m.encoded)
			if out, _ := w.replace(m.plain); m.name == m.plain && out != m.plain && !r.isWord(m.plain) {
				add(path, whyMember, &uses{values: 1})
			}
		})
	}
	for at, u := range found {
		review.Rows = append(review.Rows, ReviewRow{at.path, at.why, u.values, u.bytes, shortened(u.example)})
		switch at.why {
		case whyFree:
			review.Free += u.bytes
		case whyEncoded:
			review.Encoded += u.bytes
		}
	}
	for name, l := range r.leaves {
		if why := r.unsought(name); why != "" && l.used && l.sought && len(name) <= longName {
			review.Rows = append(review.Rows, ReviewRow{Path: l.pseudonym, Why: why})
		}
	}
	slices.SortFunc(review.Rows, func(a, b ReviewRow) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), strings.Compare(a.Path, b.Path), strings.Compare(a.Why, b.Why))
	})
	return review
}

// shortened cuts a text short, at a character.
func shortened(text string) string {
	if len(text) <= maxExample {
		return text
	}
	return strings.ToValidUTF8(text[:maxExample], "") + "…"
}

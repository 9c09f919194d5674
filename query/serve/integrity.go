package serve

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/integrity"
	"trailbox/query/page"
)

// An integrityBody is the page of what proves the archive, and what does not.
type integrityBody struct {
	Bar      *bar
	Verdict  string // of the latest verification
	Good     bool
	Notes    []string
	States   *page.Table
	Days     *proofs
	Chains   *page.Table
	Findings []findingsOf
	Remarks  []findingsOf // what does not count against the archive
	Keys     *page.Table
	Earlier  *page.Table
	Links    []fact // the reports about it
}

// A findingsOf is the findings of a kind.
type findingsOf struct {
	Kind, Means, Class, Count string
	Table                     *page.Table
}

// maxFindings is how many findings of a kind a page shows.
const maxFindings = 50

// integrity is the page of what verify said.
func (s *Server) integrity(r *request) (*view, error) {
	v := &view{
		Section: "Integrity", Title: "Integrity", Template: "integrity", Name: "integrity", Command: "trailbox verify --public-keys FILE",
		Statements: []query.Statement{integrity.FileDaysStatement(), integrity.VerificationsStatement()},
		Rows:       func() (query.Result, error) { return integrity.FileDaysStatement().Query(r.ctx, r.store) },
	}
	if r.values.Has("form") {
		return v, nil
	}
	body := &integrityBody{Bar: r.newBar()}
	v.Body = body
	var (
		cover  query.Coverage
		days   []integrity.FileDay
		all    []integrity.Verification
		latest *integrity.Result
	)
	err := together(
		func() (err error) { cover, err = r.cover(); return err },
		func() (err error) { days, err = integrity.FileDays(r.ctx, r.store); return err },
		func() (err error) { all, latest, err = integrity.Verifications(r.ctx, r.store); return err },
	)
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	if r.isNarrow() {
		body.Notes = append(body.Notes, "Of the filter the period, accounts and Regions count here: files have no actors.")
	}
	before := len(days)
	days = slices.DeleteFunc(days, func(d integrity.FileDay) bool { return !r.isInside(d.Account, d.Region, d.Day) })
	if len(days) < before {
		body.Notes = append(body.Notes, "Files of other times, accounts and Regions are left out, and so are those of which nothing tells.")
	}
	body.States = stateTable(days)
	body.Days = r.newProofs(days)
	body.verdict(all, latest, days)
	if latest != nil {
		body.Chains = r.chainTable(latest.Chains)
		body.Findings, body.Remarks = r.findingsByKind(latest.Findings), r.findingsByKind(latest.Notes)
		body.Keys = keyTable(latest.Keys)
		body.Earlier = earlierTable(all)
	}
	for _, name := range []string{"coverage", "files", "evidence", "conflicts", "new-fields", "trails"} {
		report, err := query.FindReport(name)
		if err != nil {
			return nil, err
		}
		body.Links = append(body.Links, fact{Name: name, Value: report.Title, Href: r.link("/report/" + name)})
	}
	return v, nil
}

// isInside reports whether something of a place and time is where the filter says to look.
func (r *request) isInside(account, region string, t time.Time) bool {
	f := &r.filter
	return f.Account.Lets(account) && f.Region.Lets(region) &&
		(f.Since.IsZero() || t.Add(24*time.Hour).After(f.Since)) && (f.Until.IsZero() || !t.IsZero() && t.Before(f.Until))
}

// verdict says what the latest verification came to.
func (b *integrityBody) verdict(all []integrity.Verification, latest *integrity.Result, days []integrity.FileDay) {
	if latest == nil {
		b.Verdict = "Nobody has verified this store: nothing in it is known to be proven."
		return
	}
	what := "the whole store"
	if latest.Scope != "" {
		what = page.Show(latest.Scope)
	}
	b.Verdict = fmt.Sprintf("Verified on %s (%s): ", page.Stamp(all[0].Started), what)
	unproven := int64(0)
	for state, n := range latest.Files {
		if state != integrity.Proven && state != integrity.Uncovered {
			unproven += n
		}
	}
	switch {
	case len(latest.Chains) == 0:
		b.Verdict += "no digest was there, so that nothing was proven."
	case len(latest.Findings) == 0 && unproven == 0:
		b.Good = true
		b.Verdict += "all that was looked at is proven."
	default:
		b.Verdict += fmt.Sprintf("%s, and %s that are not proven.", query.Plural(int64(len(latest.Findings)), "finding"), query.Plural(unproven, "log file"))
	}
	if latest.Truncated {
		b.Notes = append(b.Notes, fmt.Sprintf("There are more findings than the %s that were kept.", query.Count(integrity.MaxFindings)))
	}
	for _, d := range days {
		if d.State == "not verified" {
			b.Good = false
			b.Notes = append(b.Notes, "Files have come since, or were not looked at: verify again.")
			break
		}
	}
}

// classOfState is how the state of a file is shown.
func classOfState(state string) string {
	switch integrity.State(state) {
	case integrity.Proven:
		return "g"
	case integrity.Altered, integrity.Unlisted, integrity.Superseded, integrity.Unrebuilt, integrity.Orphaned, "damaged", "not read":
		return "e"
	}
	return "w"
}

// stateTable counts files by their state.
func stateTable(days []integrity.FileDay) *page.Table {
	type sum struct{ files, records int64 }
	sums := map[[2]string]sum{}
	for _, d := range days {
		s := sums[[2]string{d.Kind, d.State}]
		sums[[2]string{d.Kind, d.State}] = sum{s.files + d.Files, s.records + d.Records}
	}
	t := &page.Table{Columns: []page.Column{{Name: "kind"}, {Name: "state"}, {Name: "files", Number: true}, {Name: "records", Number: true}}}
	keys := slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1])) })
	for _, key := range keys {
		s := sums[key]
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(key[0], ""), page.NewCell(key[1], classOfState(key[1])), page.NewCell(query.Count(s.files), "num"), page.NewCell(query.Count(s.records), "num"),
		}})
	}
	return t
}

// chainTable lists the chains of digests, by trail.
func (r *request) chainTable(chains []integrity.Chain) *page.Table {
	t := &page.Table{}
	for _, name := range []string{"trail", "account", "Region", "home", "digests#", "proven#", "log files#", "proven#", "wrong#", "unproven#", "not read#", "left out#", "proven from", "until"} {
		name, number := strings.CutSuffix(name, "#")
		t.Columns = append(t.Columns, page.Column{Name: name, Number: number})
	}
	for _, c := range chains {
		if !r.isInside(c.Account, c.Region, lastOf(c)) {
			continue
		}
		trail := page.NewCell(c.Trail, "m")
		if c.Backfill {
			trail = page.NewCell(c.Trail, "m", page.NewCell("backfill: what the hourly digests had missed", ""))
		}
		row := []page.Cell{trail, page.NewCell(c.Account, "m"), page.NewCell(c.Region, "m"), page.NewCell(c.HomeRegion, "m")}
		number := func(n int64, class string) {
			if n == 0 {
				class = ""
			}
			row = append(row, page.NewCell(query.Count(n), "num "+class))
		}
		number(c.Digests, "")
		number(c.DigestsGood, "g")
		number(c.Logs, "")
		number(c.LogsGood, "g")
		number(c.LogsBad, "e")
		number(c.LogsUnproven, "w")
		number(c.LogsArchived, "w")
		number(c.LogsLeftOut, "")
		from, until := "", ""
		if n := len(c.Proven); n > 0 {
			from, until = page.Stamp(c.Proven[0].From), page.Stamp(c.Proven[n-1].Until)
			if n > 1 {
				until += fmt.Sprintf(" (in %d parts)", n)
			}
		}
		row = append(row, page.NewCell(from, "m n"), page.NewCell(until, "m n"))
		t.Rows = append(t.Rows, page.Row{Cells: row})
	}
	return t
}

// lastOf is a time of a chain by which it is inside of a period, or not.
func lastOf(c integrity.Chain) time.Time {
	if n := len(c.Proven); n > 0 {
		return c.Proven[n-1].Until
	}
	return time.Time{}
}

// findingsByKind are findings by their kind, what somebody must have done first.
func (r *request) findingsByKind(all []integrity.Finding) (kinds []findingsOf) {
	by := map[integrity.Kind][]integrity.Finding{}
	for _, f := range all {
		if r.filter.Account.Lets(f.Account) && r.filter.Region.Lets(f.Region) {
			by[f.Kind] = append(by[f.Kind], f)
		}
	}
	names := slices.SortedFunc(maps.Keys(by), func(a, b integrity.Kind) int { return cmp.Or(cmp.Compare(a.Weight(), b.Weight()), cmp.Compare(a, b)) })
	for _, name := range names {
		found := by[name]
		k := findingsOf{Kind: string(name), Means: name.Means(), Count: query.Count(int64(len(found))), Class: "w", Table: &page.Table{}}
		if name.Weight() == 0 {
			k.Class = "e"
		}
		for _, column := range []string{"account", "Region", "trail", "from", "until", "what", "file"} {
			k.Table.Columns = append(k.Table.Columns, page.Column{Name: column})
		}
		for _, f := range found[:min(len(found), maxFindings)] {
			k.Table.Rows = append(k.Table.Rows, page.Row{Cells: []page.Cell{
				page.NewCell(f.Account, "m"), page.NewCell(f.Region, "m"), page.NewCell(f.Trail, "m"), page.NewCell(page.Stamp(f.From), "m n"), page.NewCell(page.Stamp(f.Until), "m n"),
				page.NewCell(f.Detail, ""), page.NewCell(f.URI, "m"),
			}})
		}
		if more := len(found) - maxFindings; more > 0 {
			k.Table.More = fmt.Sprintf("and %s more: trailbox verify -o csv has all", query.Count(int64(more)))
		}
		kinds = append(kinds, k)
	}
	return kinds
}

// keyTable lists the public keys that digests were proven with.
func keyTable(keys []integrity.UsedKey) *page.Table {
	t := &page.Table{Columns: []page.Column{{Name: "fingerprint"}, {Name: "Region"}, {Name: "valid from"}, {Name: "until"}, {Name: "from where"}, {Name: "digests", Number: true}}}
	for _, k := range keys {
		from := page.NewCell(k.Source, "")
		if k.Stored {
			from = page.NewCell(k.Source, "w", page.NewCell("it came with the store", ""))
		}
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(k.Fingerprint, "m"), page.NewCell(k.Region, "m"), page.NewCell(page.Stamp(k.From), "m n"), page.NewCell(page.Stamp(k.Until), "m n"), from, page.NewCell(query.Count(k.Digests), "num"),
		}})
	}
	return t
}

// earlierTable lists the verifications that were kept.
func earlierTable(all []integrity.Verification) *page.Table {
	t := &page.Table{Columns: []page.Column{{Name: "verified"}, {Name: "of"}, {Name: "took"}, {Name: "trailbox"}}}
	for _, v := range all {
		t.Rows = append(t.Rows, page.Row{Cells: []page.Cell{
			page.NewCell(page.Stamp(v.Started), "m n"), page.NewCell(cmp.Or(v.Scope, "the whole store"), ""), page.NewCell(page.Lasting(v.Finished.Sub(v.Started)), "n"), page.NewCell(v.Version, "m"),
		}})
	}
	return t
}

// proofs are a picture of the state of files by account, Region and day.
type proofs struct {
	Width, Height int
	Label         string
	Rows          []proofRow
	Ticks         []page.Tick
	More          string
}

type proofRow struct {
	Account, Region, TextY string
	Cells                  []proofCell
}

// A proofCell is some days of a place. Its Kind is the worst that is known of its files:
// g proven, e wrong or damaged, w unproven, d not verified.
type proofCell struct{ X, Y, W, H, Kind, Title string }

// maxProofSteps is how many steps of the time the picture has at most.
const maxProofSteps = 120

// newProofs draws it.
func (r *request) newProofs(days []integrity.FileDay) *proofs {
	var first, last time.Time
	for _, d := range days {
		if d.Day.IsZero() {
			continue
		}
		if first.IsZero() || d.Day.Before(first) {
			first = d.Day
		}
		if d.Day.After(last) {
			last = d.Day
		}
	}
	if first.IsZero() {
		return nil
	}
	number := int64(last.Sub(first)/(24*time.Hour)) + 1
	each := (number + maxProofSteps - 1) / maxProofSteps // days of a step
	steps := int((number + each - 1) / each)
	type at struct {
		account, region string
		step            int
	}
	counts, files := map[at]map[string]int64{}, map[[2]string]int64{}
	for _, d := range days {
		if d.Day.IsZero() {
			continue
		}
		key := at{d.Account, d.Region, int(int64(d.Day.Sub(first)/(24*time.Hour)) / each)}
		if counts[key] == nil {
			counts[key] = map[string]int64{}
		}
		counts[key][d.State] += d.Files
		files[[2]string{d.Account, d.Region}] += d.Files
	}
	places := slices.SortedFunc(maps.Keys(files), func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(files[b], files[a]), cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
	})
	p := &proofs{Width: page.HeatWidth}
	if more := len(places) - page.MaxPlaces; more > 0 {
		p.More, places = fmt.Sprintf("and %d more accounts and Regions, which have fewer files", more), places[:page.MaxPlaces]
	}
	wide := float64(page.HeatWidth-page.HeatLeft) / float64(steps)
	for i, of := range places {
		top := i * page.HeatRowHeight
		row := proofRow{Account: shorten(page.Show(orNone(of[0]))), Region: shorten(page.Show(orNone(of[1]))), TextY: fmt.Sprint(top + page.HeatRowHeight - 5)}
		for j := range steps {
			states := counts[at{of[0], of[1], j}]
			if states == nil {
				continue
			}
			cell := proofCell{X: coordinate(page.HeatLeft + float64(j)*wide), W: coordinate(min(max(wide-1, 1), 60)), Y: fmt.Sprint(top + 1), H: fmt.Sprint(page.HeatRowHeight - 2), Kind: worst(states)}
			begin := first.Add(time.Duration(int64(j)*each) * 24 * time.Hour)
			var words []string
			for _, state := range slices.Sorted(maps.Keys(states)) {
				words = append(words, query.Count(states[state])+" "+state)
			}
			cell.Title = fmt.Sprintf("%s, %s %s: files: %s", begin.Format(time.DateOnly), row.Account, row.Region, strings.Join(words, ", "))
			row.Cells = append(row.Cells, cell)
		}
		p.Rows = append(p.Rows, row)
	}
	p.Height = len(places)*page.HeatRowHeight + 18
	for j := 0; j < steps; j += max(1, (steps+7)/8) {
		if x := page.HeatLeft + float64(j)*wide; x <= page.HeatWidth-80 || j == 0 {
			p.Ticks = append(p.Ticks, page.Tick{X: coordinate(x), Y: fmt.Sprint(p.Height - 5), Text: first.Add(time.Duration(int64(j)*each) * 24 * time.Hour).Format(time.DateOnly)})
		}
	}
	p.Label = fmt.Sprintf("files of %d accounts and Regions from %s to %s, by what is known of their integrity", len(places), first.Format(time.DateOnly), last.Format(time.DateOnly))
	return p
}

// worst is how the worst of some states is shown.
func worst(states map[string]int64) string {
	rank := map[string]int{"g": 0, "d": 1, "w": 2, "e": 3}
	found := "g"
	for state := range states {
		class := classOfState(state)
		if state == "not verified" {
			class = "d"
		}
		if rank[class] > rank[found] {
			found = class
		}
	}
	return found
}

package setup

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/schema"
)

var (
	//go:embed sql/records.sql
	recordsSQL string
	//go:embed sql/places.sql
	placesSQL string
	//go:embed sql/digested.sql
	digestedSQL string
)

// A Verdict is what is found of a thing that should be there.
type Verdict string

const (
	InPlace Verdict = "in place"
	Missing Verdict = "missing"
	// Untold is what the archive does not tell: nothing is wrong with it as far as is known.
	Untold Verdict = "cannot tell"
)

// A Finding is what the archive says of one thing.
type Finding struct {
	Account string
	Region  string // of a place; the home Region of a trail
	Trail   string // "" for what is no trail's
	What    string
	Verdict Verdict
	Why     string
	Record  *Source // that says so; nil where it is not one record
}

// A Source is the record that a finding goes by.
type Source struct {
	EventTime time.Time
	EventID   string
}

func (r *record) source() *Source {
	if r == nil || r.EventID == toldID {
		return nil
	}
	return &Source{r.EventTime, r.EventID}
}

// Wanted is what should be there. Of the options that count for [Plan] only those are looked
// at that say what is wanted.
type Wanted struct {
	Scope  schema.Scope // accounts, and Regions where something has to be seen
	Trail  string       // only trails of this name; "" for all
	Org    bool         // trails are of an organization
	Key    bool
	Data   []string // types of resources
	Net    []string // event sources without .amazonaws.com
	Alarms []string // sets that come with the program
}

// NewWanted returns what options ask for, or an [*OptionError].
func NewWanted(o Options, scope schema.Scope, trail string) (*Wanted, error) {
	if err := o.checkLists(); err != nil {
		return nil, err
	}
	w := &Wanted{Scope: scope, Trail: trail, Org: o.Organization != "", Key: o.KMS != None, Net: withoutNone(o.Network), Alarms: withoutNone(o.Alarms)}
	for _, name := range withoutNone(o.DataEvents) {
		w.Data = append(w.Data, typeOf(name))
	}
	return w, nil
}

// A place is what the store has of an account and a Region.
type place struct {
	Account, Region       string
	Events, Reads, Writes int64
	Last, Delivered       *time.Time
	Digests               int64
	Digested              *time.Time
}

// A digested trail is one that digests are of.
type digested struct {
	Account, Home, Trail string
	Regions              int64
	Until                time.Time
	Bucket, Object       string // of the newest
}

// A checker finds out what is there.
type checker struct {
	*Wanted
	*state
	told     string // the account that AWS was asked about; "" for none
	alarms   []*alarm.Alarm
	places   []place
	digested []digested
	findings []Finding
}

// Check says of each thing that is wanted whether the archive shows that it is there. It goes
// by the records of how it was set up and by what was delivered; what was set up before the
// archive begins and never changed since leaves no record in it. What AWS says now, if told is
// not nil, counts more than any record.
func Check(ctx context.Context, store *schema.Store, w *Wanted, told *Told) ([]Finding, error) {
	c := &checker{Wanted: w, state: newState()}
	var err error
	if c.alarms, err = alarmsOf(w.Alarms); err != nil {
		return nil, err
	}
	for r, err := range schema.All[record](store.Query(ctx, withAccount(recordsSQL))) {
		if err != nil {
			return nil, err
		}
		c.add(&r)
	}
	if told != nil {
		c.told = told.Account
		c.tell(told)
	}
	if c.places, err = schema.Collect[place](store.Query(ctx, withAccount(placesSQL))); err != nil {
		return nil, err
	}
	if c.digested, err = schema.Collect[digested](store.Query(ctx, digestedSQL)); err != nil {
		return nil, err
	}
	for _, account := range c.accounts() {
		c.checkAccount(account)
	}
	return c.findings, nil
}

// withAccount is a statement with the account of an event in it.
func withAccount(sql string) string { return schema.Put(sql, "account", query.Fragment("account")) }

// accounts are those that the store has something of, or those that were asked for.
func (c *checker) accounts() []string {
	if len(c.Scope.Accounts) > 0 {
		return slices.Compact(slices.Sorted(slices.Values(c.Scope.Accounts)))
	}
	var all []string
	for _, p := range c.places {
		all = append(all, p.Account)
	}
	if c.told != "" {
		all = append(all, c.told)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// found adds a finding.
func (c *checker) found(f Finding) { c.findings = append(c.findings, f) }

// checkAccount looks at what is there of an account, then at its trails.
func (c *checker) checkAccount(account string) {
	if !c.checkPlaces(account) && account != c.told {
		return
	}
	there := 0
	for _, arn := range c.order {
		if t := c.trails[arn]; t.account == account && t.deleted == nil && (c.Trail == "" || t.name == c.Trail) {
			there++
			c.checkTrail(t)
		}
	}
	for _, d := range c.digested {
		if d.Account != account || c.Trail != "" && d.Trail != c.Trail {
			continue
		}
		t := c.trailOf(d)
		if t == nil {
			c.checkDigested(d)
		}
		if t == nil || t.deleted == nil {
			there++
		}
	}
	if there > 0 || c.hasOrganizationTrail() {
		return
	}
	f := Finding{
		Account: account, Trail: c.Trail, What: "trail", Verdict: Untold,
		Why: "no record makes or changes one, and there are no digests of one; aws cloudtrail describe-trails lists them",
	}
	for _, arn := range c.order {
		if t := c.trails[arn]; t.account == account && t.deleted != nil && (c.Trail == "" || t.name == c.Trail) {
			f.Trail, f.Verdict, f.Why, f.Record = t.name, Missing, "it was deleted, and no other is known", t.deleted.source()
		}
	}
	c.found(f)
}

// hasOrganizationTrail says that a trail covers the accounts of an organization.
func (c *checker) hasOrganizationTrail() bool {
	for _, t := range c.trails {
		if of, _ := t.setting("isOrganizationTrail"); of.isTrue() && t.deleted == nil && (c.Trail == "" || t.name == c.Trail) {
			return true
		}
	}
	return false
}

// usualRegions are those that every account of AWS has without opting in ("AWS Regions" in the
// reference of account management).
func usualRegions(partition string) []string {
	switch partition {
	case "aws-cn":
		return []string{"cn-north-1", "cn-northwest-1"}
	case "aws-us-gov":
		return []string{"us-gov-east-1", "us-gov-west-1"}
	}
	return []string{
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
		"eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
}

// digestLag is how much later than the log files digests may be: one an hour, and some time
// until it is there.
const digestLag = 2 * time.Hour

// quietFor is after how long without anything of an account it is told, where there is
// something of others.
const quietFor = 24 * time.Hour

// checkPlaces looks at what was delivered of an account, and reports whether there is anything.
func (c *checker) checkPlaces(account string) bool {
	regions := map[string]place{}
	hasFiles := false
	var all place
	var last, newest time.Time // of the account, of the archive
	partition := schema.Partition("")
	for _, p := range c.places {
		at := time.Time{}
		for _, t := range []*time.Time{p.Last, p.Digested} {
			if t != nil && t.After(at) {
				at = *t
			}
		}
		if newest.Before(at) {
			newest = at
		}
		if p.Account != account {
			continue
		}
		if last.Before(at) {
			last = at
		}
		regions[p.Region], hasFiles = p, hasFiles || p.Delivered != nil
		partition = schema.Partition(p.Region)
		all.Events, all.Reads, all.Writes, all.Digests = all.Events+p.Events, all.Reads+p.Reads, all.Writes+p.Writes, all.Digests+p.Digests
	}
	if last.IsZero() {
		why := "the archive has nothing of this account"
		if hasFiles {
			why = "there are log files of this account, by their names, and no event and no digest"
		}
		c.found(Finding{Account: account, What: "delivery", Verdict: Missing, Why: why})
		return false
	}
	for _, kind := range []struct {
		what string
		n    int64
	}{{"read-only management events", all.Reads}, {"management events that write", all.Writes}} {
		f := Finding{Account: account, What: kind.what, Verdict: InPlace, Why: events(kind.n)}
		if kind.n == 0 {
			f.Verdict, f.Why = Missing, "none among "+events(all.Events)
		}
		c.found(f)
	}
	f := Finding{Account: account, What: "delivery", Verdict: InPlace, Why: "until " + last.Format(time.RFC3339)}
	if newest.Sub(last) > quietFor {
		f.Verdict, f.Why = Missing, fmt.Sprintf("nothing since %s; of other accounts there is until %s", last.Format(time.RFC3339), newest.Format(time.RFC3339))
	}
	c.found(f)
	var untold []string
	for _, region := range c.regionsOf(regions, partition) {
		if p := regions[region]; p.Events == 0 && all.Digests == 0 {
			untold = append(untold, region)
		} else {
			c.checkPlace(account, region, p)
		}
	}
	if len(untold) > 0 {
		c.found(Finding{
			Account: account, What: "recording", Verdict: Untold,
			Why: "no event, and no digest that says that there was none, in " + strings.Join(untold, ", "),
		})
	}
	return true
}

func events(n int64) string {
	if n == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", n)
}

// regionsOf are the Regions to look at of an account: those that it has anyway and those that
// there is something of, or those that were asked for.
func (c *checker) regionsOf(there map[string]place, partition string) []string {
	all := c.Scope.Regions
	if len(all) == 0 {
		all = usualRegions(partition)
		for region := range there {
			if query.IsRegion(region) { // whatever else somebody wrote into a record
				all = append(all, region)
			}
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(all)))
}

// checkPlace looks at what was delivered of an account in a Region. A Region where nothing
// happens has digests all the same, if validation is on.
func (c *checker) checkPlace(account, region string, p place) {
	seen := Finding{Account: account, Region: region, What: "recording", Verdict: InPlace, Why: events(p.Events)}
	switch {
	case p.Events == 0 && p.Digests > 0:
		seen.Why = "no event, which digests say"
	case p.Events == 0:
		seen.Verdict, seen.Why = Missing, "neither an event nor a digest, and there are digests of other Regions"
	}
	c.found(seen)
	f := Finding{Account: account, Region: region, What: "digests", Verdict: InPlace}
	switch {
	case p.Events == 0 && p.Digests == 0:
		return
	case p.Digests == 0:
		f.Verdict, f.Why = Missing, "none: log file validation is off, or they were not loaded"
	case p.Delivered != nil && p.Delivered.Sub(*p.Digested) > digestLag:
		f.Verdict = Missing
		f.Why = fmt.Sprintf("they end at %s, log files go on until %s", p.Digested.Format(time.RFC3339), p.Delivered.Format(time.RFC3339))
	default:
		f.Why = "until " + p.Digested.Format(time.RFC3339)
	}
	c.found(f)
}

// trailOf is the trail of records that digests are of, nil for none: one of the account, or of
// an organization that the account may be in.
func (s *state) trailOf(d digested) *trail {
	for _, t := range s.trails {
		of, _ := t.setting("isOrganizationTrail")
		if t.name == d.Trail && t.home == d.Home && (t.account == d.Account || of.isTrue()) {
			return t
		}
	}
	return nil
}

// checkDigested looks at a trail that digests are of, and no record in this archive.
func (c *checker) checkDigested(d digested) {
	f := Finding{Account: d.Account, Region: d.Home, Trail: d.Trail}
	add := func(what string, verdict Verdict, why string) {
		f.What, f.Verdict, f.Why = what, verdict, why
		c.found(f)
	}
	add("log file validation", InPlace, "digests until "+d.Until.Format(time.RFC3339))
	if d.Regions > 1 {
		add("all Regions", InPlace, fmt.Sprintf("digests of %d Regions", d.Regions))
	} else {
		add("all Regions", Untold, "digests of one Region")
	}
	add("settings", Untold, "no record makes or changes the trail, which is known by its digests: aws cloudtrail describe-trails, get-event-selectors and get-insight-selectors tell")
}

// Table lists findings, those in place only if all are asked for.
func Table(findings []Finding, all bool) query.Result {
	columns := []schema.ResultColumn{
		{Name: "account", Type: "VARCHAR"},
		{Name: "region", Type: "VARCHAR"},
		{Name: "trail", Type: "VARCHAR"},
		{Name: "what", Type: "VARCHAR"},
		{Name: "state", Type: "VARCHAR"},
		{Name: "why", Type: "VARCHAR"},
		{Name: "eventTime", Type: "TIMESTAMP"},
		{Name: "eventID", Type: "VARCHAR"},
	}
	var rows [][]any
	for _, f := range findings {
		if f.Verdict == InPlace && !all {
			continue
		}
		row := []any{f.Account, orNull(f.Region), orNull(f.Trail), f.What, string(f.Verdict), f.Why, nil, nil}
		if f.Record != nil {
			row[6], row[7] = f.Record.EventTime, orNull(f.Record.EventID)
		}
		rows = append(rows, row)
	}
	return query.NewResult(columns, rows)
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Count counts the findings of a verdict.
func Count(findings []Finding, v Verdict) (n int64) {
	for _, f := range findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// inWords lists what is in a list, the first few of it.
func inWords(list []string) string {
	const most = 5
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

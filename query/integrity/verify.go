package integrity

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

var (
	//go:embed sql/digests.sql
	digestsSQL string
	//go:embed sql/unread.sql
	unreadSQL string
	//go:embed sql/asked.sql
	askedSQL string
	//go:embed sql/matches.sql
	matchesSQL string
	//go:embed sql/counts.sql
	countsSQL string
	//go:embed sql/faults.sql
	faultsSQL string
	//go:embed sql/states.sql
	statesSQL string
	//go:embed sql/strays.sql
	straysSQL string
	//go:embed sql/mislabels.sql
	mislabelsSQL string
	//go:embed sql/redacted.sql
	redactedSQL string
	//go:embed sql/shares.sql
	sharesSQL string
)

// A Scope limits a verification. The zero Scope limits nothing.
type Scope struct {
	schema.Scope // of the digests, and of the delivery of log files
	Trail        string
}

// String is the scope for people, empty for the whole store.
func (s *Scope) String() string {
	limits := s.Limits()
	if s.Trail != "" {
		limits = append(limits, "trail "+s.Trail)
	}
	return strings.Join(limits, ", ")
}

// holds reports whether a digest's time is, in part at least, within the scope.
func (s *Scope) holds(start, end time.Time) bool {
	return (s.Since.IsZero() || end.After(s.Since)) && (s.Until.IsZero() || start.Before(s.Until))
}

// args are the values that statements have for the scope.
func (s *Scope) args() []schema.Arg {
	return append(s.Args(), schema.Arg{Name: "trail", Value: orNull(s.Trail)})
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// A Chain is what was found of a trail's digests of one account and Region.
type Chain struct {
	Account      string     `json:"account"`
	Region       string     `json:"region"`
	Trail        string     `json:"trail"`
	HomeRegion   string     `json:"home_region"`
	Backfill     bool       `json:"backfill"`
	Digests      int64      `json:"digests"`
	DigestsGood  int64      `json:"digests_proven"`
	Logs         int64      `json:"log_files_listed"` // = LogsGood + LogsBad + LogsUnproven + LogsArchived + LogsLeftOut
	LogsGood     int64      `json:"log_files_proven"`
	LogsBad      int64      `json:"log_files_wrong"`    // altered, missing, moved, or with bytes added
	LogsUnproven int64      `json:"log_files_unproven"` // listed by digests that are not proven
	LogsArchived int64      `json:"log_files_archived"` // not read, since they have to be restored first
	LogsLeftOut  int64      `json:"log_files_left_out"` // ingest was told not to load their time
	Proven       []Interval `json:"proven"`
}

// An Interval is a time, from its begin to before its end.
type Interval struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// Evidence is what a verification goes by, besides the store.
type Evidence struct {
	// Keys are the public keys. Those of the store itself (Key.Stored) prove nothing to
	// somebody who has the store from others, so that each that is used is a finding,
	// unless TrustStored says that they are good.
	Keys        []Key
	TrustStored bool
	// Unrebuilt are files, log files and digest files, whose rows in the store are not what
	// the files say, or cannot be compared with them.
	Unrebuilt []int32
}

// A Result is what a verification found. Findings has MaxFindings at most; what is more
// is in the counts.
type Result struct {
	Started   time.Time       `json:"started"`
	Scope     string          `json:"scope"`
	Chains    []Chain         `json:"chains"`
	Keys      []UsedKey       `json:"keys"`      // that digests were proven with
	Files     map[State]int64 `json:"log_files"` // of the store
	Events    map[State]int64 `json:"events"`    // likewise
	Findings  []Finding       `json:"findings"`
	Notes     []Finding       `json:"notes"`
	Truncated bool            `json:"truncated"`          // there are more findings than these
	Redacted  bool            `json:"redacted,omitempty"` // names have pseudonyms, so that no digest could prove anything
	Seconds   float64         `json:"seconds"`

	all           []*digest // of the accounts, Regions and trails asked for, whatever their time
	unreadDigests []unreadDigest
	digests       []*digest         // those that were judged
	proven        []int32           // files of digests that are CloudTrail's own
	states        map[State][]int32 // the log files in each state, those that others have taken the place of as well
	lost          []int32           // of those that nothing is wrong with but that their signatures are lost
	unrebuilt     []int32           // as of [Evidence]
	untrusted     bool              // some of the keys prove nothing by themselves
	scope         Scope
}

// MaxFindings is how many findings of each sort a result has at most.
const MaxFindings = 10_000

// Whole reports whether all that was looked at is proven.
func (r *Result) Whole() bool {
	for _, counts := range [...]map[State]int64{r.Files, r.Events} {
		for state, n := range counts {
			if state != Proven && state != Uncovered && n > 0 {
				return false
			}
		}
	}
	return len(r.Findings) == 0 && len(r.digests) > 0
}

// Verify checks the digests of a store with public keys, and its log files by what the
// digests list.
func Verify(ctx context.Context, store *schema.Store, scope Scope, evidence Evidence) (*Result, error) {
	began := time.Now()
	r := &Result{Started: began.UTC(), Scope: scope.String(), scope: scope,
		Chains: []Chain{}, Keys: []UsedKey{}, Findings: []Finding{}, Notes: []Finding{},
		Files: map[State]int64{}, Events: map[State]int64{}, proven: []int32{}, lost: []int32{}, states: map[State][]int32{},
		unrebuilt: append([]int32{}, evidence.Unrebuilt...)}
	var err error
	if r.Redacted, err = schema.One[bool](store.Query(ctx, redactedSQL)); err != nil {
		return nil, err
	}
	digests, err := readDigests(ctx, store, &scope)
	if err != nil {
		return nil, err
	}
	walk := chainWalk{byObject: link(digests), scope: &scope, unread: map[string]bool{}}
	if walk.asked, err = askedSince(ctx, store); err != nil {
		return nil, err
	}
	unrebuilt := make(map[int32]bool, len(r.unrebuilt))
	for _, file := range r.unrebuilt {
		unrebuilt[file] = true
	}
	for _, d := range digests {
		if unrebuilt[d.file] {
			d.fail(DigestUnrebuilt, "what the store has of it is not what the file says, or cannot be compared with it")
		}
	}
	if err := check(ctx, digests, newKeyring(evidence.Keys)); err != nil {
		return nil, err
	}
	r.addKeys(digests, evidence.TrustStored)
	unread, err := r.unread(ctx, store)
	if err != nil {
		return nil, err
	}
	r.all, r.unreadDigests = digests, unread
	var damaged []Finding
	for _, d := range unread {
		walk.unread[d.name] = true
		damaged = append(damaged, d.finding)
	}
	chains := chainsOf(digests)
	for _, chain := range chains {
		walk.walk(chain)
	}
	walk.ends(chains)
	r.take(damaged)
	r.take(walk.findings)
	for _, d := range digests {
		if d.good {
			r.proven = append(r.proven, d.file)
		}
		if d.judged {
			r.digests = append(r.digests, d)
		}
		if d.judged && d.problem == DigestUnprovable {
			r.lost = append(r.lost, d.file)
		}
	}
	for _, chain := range chains {
		r.addChain(chain)
	}
	if err := r.addLogs(ctx, store); err != nil {
		return nil, err
	}
	for _, findings := range [...][]Finding{r.Findings, r.Notes} {
		inOrder(findings)
	}
	r.Seconds = time.Since(began).Seconds()
	return r, nil
}

// take takes findings in, at most MaxFindings of them.
func (r *Result) take(findings []Finding) {
	if len(findings) > MaxFindings {
		findings, r.Truncated = findings[:MaxFindings], true
	}
	for _, f := range findings {
		f.Means = f.Kind.Means()
		if f.Kind.IsNote() {
			r.Notes = append(r.Notes, f)
		} else {
			r.Findings = append(r.Findings, f)
		}
	}
}

// An unreadDigest is a digest file that could not be read, and what its name says.
type unreadDigest struct {
	finding Finding
	chain   chainID
	name    string // as of [schema.Key]
}

// unread finds the digest files that could not be read.
func (r *Result) unread(ctx context.Context, store *schema.Store) (unread []unreadDigest, err error) {
	type row struct {
		chainID
		URI       string
		Delivered time.Time
		Error     string
		Name      string
	}
	for u, err := range schema.All[row](query.Statement{SQL: unreadSQL, Args: r.scope.args()}.Query(ctx, store)) {
		if err != nil {
			return nil, err
		}
		if u.Delivered.IsZero() || r.scope.holds(u.Delivered, u.Delivered) {
			f := Finding{Kind: DigestDamaged, Account: u.Account, Region: u.Region, URI: u.URI, Until: u.Delivered, Detail: u.Error}
			unread = append(unread, unreadDigest{f, u.chainID, u.Name})
		}
	}
	return unread, nil
}

// askedSince is the first time that any run has asked for; zero for no limit.
func askedSince(ctx context.Context, store *schema.Store) (time.Time, error) {
	return schema.One[time.Time](store.Query(ctx, askedSQL))
}

// addChain adds a chain with what was found of its digests.
func (r *Result) addChain(digests []*digest) {
	c := Chain{Proven: []Interval{}}
	for i, d := range digests {
		if !d.judged || i > 0 && digests[i-1].object() == d.object() {
			continue // a copy
		}
		copies := slices.IndexFunc(digests[i:], func(other *digest) bool { return other.object() != d.object() })
		if copies < 0 {
			copies = len(digests) - i
		}
		c.Digests++
		if !slices.ContainsFunc(digests[i:i+copies], func(d *digest) bool { return d.good }) {
			continue
		}
		c.DigestsGood++
		if last := len(c.Proven) - 1; last >= 0 && !d.start.After(c.Proven[last].Until) {
			c.Proven[last].Until = maxTime(c.Proven[last].Until, d.end)
		} else {
			c.Proven = append(c.Proven, Interval{d.start, d.end})
		}
	}
	if c.Digests == 0 {
		return
	}
	id := digests[0].chain
	c.Account, c.Region, c.Trail, c.HomeRegion, c.Backfill = id.Account, id.Region, id.Trail, id.HomeRegion, id.Backfill
	r.Chains = append(r.Chains, c)
}

func maxTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// about is a statement about log files and what the digests list: it begins with
// matches.sql, and the parts go on from there.
func (r *Result) about(parts ...string) query.Statement {
	s := query.Statement{SQL: matchesSQL + strings.Join(parts, ""), Args: r.scope.args()}
	return s.With(schema.Arg{Name: "proven", Value: r.proven}, schema.Arg{Name: "unrebuilt", Value: r.unrebuilt})
}

// addLogs compares the log files with what the digests list.
func (r *Result) addLogs(ctx context.Context, store *schema.Store) error {
	for c, err := range schema.All[listedCount](r.about(countsSQL).Query(ctx, store)) {
		if err != nil {
			return err
		}
		r.addCount(&c)
	}
	if len(r.lost) > 0 || slices.ContainsFunc(r.Chains, func(c Chain) bool { return c.LogsBad+c.LogsArchived > 0 }) {
		statement := r.about(faultsSQL).With(atMost, schema.Arg{Name: "lost", Value: r.lost})
		faults, err := schema.Collect[fault](statement.Query(ctx, store))
		if err != nil {
			return err
		}
		r.take(findingsOf(faults))
	}
	return r.addStates(ctx, store)
}

// atMost is how many findings of a statement are read: one more than are kept, to tell
// that there are more.
var atMost = schema.Arg{Name: "limit", Value: int64(MaxFindings + 1)}

// addStates adds what is proven of each log file of the store, listed or not. What a
// trail does not list another may, so that one alone tells nothing of that.
func (r *Result) addStates(ctx context.Context, store *schema.Store) error {
	if r.scope.Trail != "" {
		return nil
	}
	type share struct {
		State         State
		Files, Events int64
		Numbers       []int32
	}
	for s, err := range schema.All[share](r.about(statesSQL, sharesSQL).Query(ctx, store)) {
		if err != nil {
			return err
		}
		if s.Files > 0 {
			r.Files[s.State] += s.Files
		}
		if s.Files > 0 || s.Events > 0 {
			r.Events[s.State] += s.Events
		}
		r.states[s.State] = append(r.states[s.State], s.Numbers...)
	}
	if r.Files[Unlisted]+r.Files[Undigested]+r.Files[Uncovered]+r.Files[Altered]+r.Files[Unrebuilt]+r.Events[Superseded]+r.Events[Orphaned] == 0 {
		return nil
	}
	named := map[string]bool{}
	for _, f := range r.Findings {
		named[f.URI] = true
	}
	strays, err := schema.Collect[stray](r.about(statesSQL, straysSQL).With(atMost).Query(ctx, store))
	if err != nil {
		return err
	}
	r.take(slices.DeleteFunc(findingsOf(strays), func(f Finding) bool { return f.Kind == LogAltered && named[f.URI] }))
	mislabels, err := schema.Collect[mislabel](r.about(statesSQL, mislabelsSQL).With(atMost).Query(ctx, store))
	if err != nil {
		return err
	}
	r.take(findingsOf(mislabels))
	return nil
}

// A listedCount is a row of counts.sql.
type listedCount struct {
	chainID
	Proven  bool
	Verdict verdict
	Files   int64
}

// addCount adds a count to its chain.
func (r *Result) addCount(count *listedCount) {
	i := slices.IndexFunc(r.Chains, func(c Chain) bool {
		return chainID{c.Account, c.Region, c.Trail, c.HomeRegion, c.Backfill} == count.chainID
	})
	if i < 0 {
		return
	}
	c := &r.Chains[i]
	c.Logs += count.Files
	switch {
	case count.Verdict == verdictLeftOut:
		c.LogsLeftOut += count.Files
	case !count.Proven:
		c.LogsUnproven += count.Files
	case count.Verdict == verdictArchived:
		c.LogsArchived += count.Files
	case count.Verdict == verdictValid:
		c.LogsGood += count.Files
	default:
		c.LogsBad += count.Files
	}
}

// findingsOf are the findings that rows are.
func findingsOf[T interface{ finding() Finding }](rows []T) []Finding {
	findings := make([]Finding, len(rows))
	for i, row := range rows {
		findings[i] = row.finding()
	}
	return findings
}

// A fault is a row of faults.sql.
type fault struct {
	Account, Region, Trail         string
	Verdict                        verdict
	Listed, URI                    string // URI is empty where nothing is here
	DigestStartTime, DigestEndTime time.Time
	HashValue, SHA256              string
	Proven                         bool
}

func (row fault) finding() Finding {
	f := Finding{
		Account: row.Account, Region: row.Region, Trail: row.Trail, URI: cmp.Or(row.URI, row.Listed),
		From: row.DigestStartTime, Until: row.DigestEndTime,
	}
	switch row.Verdict {
	case verdictMissing:
		f.Kind, f.Detail = LogMissing, "a digest lists it, and it is not here"
	case verdictMoved:
		f.Kind, f.Detail = LogMoved, "it was delivered as "+row.Listed
	case verdictTrailing:
		f.Kind, f.Detail = LogTrailing, "more than one gzip member"
	case verdictUnread:
		f.Kind, f.Detail = LogUnread, "it could not be read whole; see report files"
	case verdictArchived:
		f.Kind, f.Detail = LogArchived, "a digest lists it, and it was not read, since it is archived"
	default:
		f.Kind, f.Detail = LogAltered, fmt.Sprintf("its SHA-256 is %s, and the digest has %s", row.SHA256, row.HashValue)
	}
	if !row.Proven {
		f.Detail += "; the signature of that digest is lost"
	}
	return f
}

// A stray is a row of strays.sql.
type stray struct {
	Account, Region string
	State           State
	URI             string
	Since, Until    time.Time
	Files           int64
	Digested        bool // there are digests of the account and Region
}

func (row stray) finding() Finding {
	f := Finding{Account: row.Account, Region: row.Region, URI: row.URI, From: row.Since, Until: row.Until, Files: row.Files}
	switch {
	case row.State == Altered:
		f.Kind, f.Detail = LogAltered, "it has the name of a log file that a digest lists, and another SHA-256"
	case row.State == Uncovered:
		f.Kind, f.Detail = LogUncovered, logFiles(f.Files)+" that no digest lists"
	case row.State == Superseded:
		f.Kind, f.Detail = LogSuperseded, "it was changed or replaced after it was loaded"
	case row.State == Orphaned:
		f.Kind, f.Detail = EventsOrphaned, fmt.Sprintf("%d rows of the table events", f.Files)
		f.Files = 0
	case row.State == Unrebuilt:
		f.Kind, f.Detail = LogUnrebuilt, "its rows in the store are not what it says, or cannot be compared with it"
	case row.State == Unlisted:
		f.Kind, f.Detail = LogUnlisted, "no digest lists it, and those of its time are here"
	case row.Digested:
		f.Kind, f.Detail = LogUndigested, logFiles(f.Files)+" of a time without digests"
	default:
		f.Kind, f.Detail = LogWithoutDigests, logFiles(f.Files)+" and no digest"
	}
	return f
}

// A mislabel is a row of mislabels.sql.
type mislabel struct {
	URI, Account, Region      string
	Delivered                 time.Time
	OtherAccount, OtherRegion string
	Later                     time.Time
	OtherCategory             string
}

func (row mislabel) finding() Finding {
	var parts []string
	if row.OtherAccount != "" {
		parts = append(parts, "events of the account "+row.OtherAccount)
	}
	if row.OtherRegion != "" {
		parts = append(parts, "events of "+row.OtherRegion)
	}
	if !row.Later.IsZero() {
		parts = append(parts, "an event of "+stamp(row.Later)+", after its delivery")
	}
	if row.OtherCategory != "" {
		parts = append(parts, "events of the category "+row.OtherCategory)
	}
	return Finding{
		Kind: LogMislabelled, Account: row.Account, Region: row.Region, URI: row.URI, From: row.Delivered, Until: row.Delivered,
		Detail: "its name says otherwise, and it has " + strings.Join(parts, " and "),
	}
}

func logFiles(n int64) string {
	if n == 1 {
		return "1 log file"
	}
	return fmt.Sprintf("%d log files", n)
}

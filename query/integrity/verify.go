package integrity

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"trailbox/schema"
)

var (
	//go:embed sql/digests.sql
	digestsSQL string
	//go:embed sql/unread.sql
	unreadSQL string
	//go:embed sql/loaded.sql
	loadedSQL string
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
	//go:embed sql/shares.sql
	sharesSQL string
	//go:embed sql/save.sql
	saveSQL string
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

// placeArgs are the values that the statements have for all but the time.
func (s *Scope) placeArgs() []schema.Arg {
	return append(s.Args()[2:], schema.Arg{Name: "trail", Value: orNull(s.Trail)})
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func timeArg(name string, t time.Time) schema.Arg {
	if t.IsZero() {
		return schema.Arg{Name: name}
	}
	return schema.Arg{Name: name, Value: t.UTC()}
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
	Logs         int64      `json:"log_files_listed"` // = LogsGood + LogsBad + LogsUnproven + LogsLeftOut
	LogsGood     int64      `json:"log_files_proven"`
	LogsBad      int64      `json:"log_files_wrong"`    // altered, missing, moved, or with bytes added
	LogsUnproven int64      `json:"log_files_unproven"` // listed by digests that are not proven
	LogsLeftOut  int64      `json:"log_files_left_out"` // ingest was told not to load their time
	Proven       []Interval `json:"proven"`
}

// An Interval is a time, from its begin to before its end.
type Interval struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
}

// A Result is what a verification found. Findings has MaxFindings at most; what is more
// is in the counts.
type Result struct {
	Started   time.Time       `json:"started"`
	Scope     string          `json:"scope"`
	Chains    []Chain         `json:"chains"`
	Files     map[State]int64 `json:"log_files"` // of the store
	Events    map[State]int64 `json:"events"`    // likewise
	Findings  []Finding       `json:"findings"`
	Notes     []Finding       `json:"notes"`
	Truncated bool            `json:"truncated"` // there are more findings than these
	Seconds   float64         `json:"seconds"`

	all           []*digest // of the accounts, Regions and trails asked for, whatever their time
	unreadDigests []Finding
	digests       []*digest // those that were judged
	proven        []int32   // files of digests that are CloudTrail's own
	lost          []int32   // of those that nothing is wrong with but that their signatures are lost
	scope         Scope
}

// MaxFindings is how many findings of each sort a result has at most.
const MaxFindings = 10_000

// Whole reports whether all that was looked at is proven.
func (r *Result) Whole() bool {
	for state, files := range r.Files {
		if state != Proven && state != Uncovered && files > 0 {
			return false
		}
	}
	return len(r.Findings) == 0 && len(r.digests) > 0
}

// Verify checks the digests of a store with public keys, and its log files by what the
// digests list.
func Verify(ctx context.Context, store *schema.Store, scope Scope, keys []Key) (*Result, error) {
	began := time.Now()
	r := &Result{Started: began.UTC(), Scope: scope.String(), scope: scope, Chains: []Chain{}, Findings: []Finding{}, Notes: []Finding{},
		Files: map[State]int64{}, Events: map[State]int64{}, lost: []int32{}}
	digests, err := readDigests(ctx, store, &scope)
	if err != nil {
		return nil, err
	}
	walk := chainWalk{byPlace: link(digests), scope: &scope, unread: map[string]bool{}}
	if walk.loaded, err = loadedTime(ctx, store); err != nil {
		return nil, err
	}
	byFingerprint := map[string][]Key{}
	for _, k := range keys {
		byFingerprint[k.Fingerprint] = append(byFingerprint[k.Fingerprint], k)
	}
	if err := check(ctx, digests, byFingerprint); err != nil {
		return nil, err
	}
	unread, err := r.unread(ctx, store)
	if err != nil {
		return nil, err
	}
	r.all, r.unreadDigests = digests, unread
	for _, f := range unread {
		walk.unread[path.Base(f.URI)] = true
	}
	chains := chainsOf(digests)
	for _, chain := range chains {
		walk.walk(chain)
	}
	walk.ends(chains)
	r.take(unread)
	r.take(walk.findings)
	for _, d := range digests {
		if d.good {
			r.proven = append(r.proven, int32(d.file))
		}
		if d.judged {
			r.digests = append(r.digests, d)
		}
		if d.judged && d.problem == DigestUnprovable {
			r.lost = append(r.lost, int32(d.file))
		}
	}
	for _, chain := range chains {
		r.addChain(chain)
	}
	if err := r.addLogs(ctx, store, &walk.loaded); err != nil {
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

// unread finds the digest files that could not be read.
func (r *Result) unread(ctx context.Context, store *schema.Store) (findings []Finding, err error) {
	err = each(ctx, store, unreadSQL, r.scope.placeArgs(), func(v []any) {
		f := Finding{Kind: DigestDamaged, Account: v[0].(string), Region: v[1].(string), URI: v[2].(string), Detail: v[4].(string)}
		f.Until, _ = v[3].(time.Time)
		if f.Until.IsZero() || r.scope.holds(f.Until, f.Until) {
			findings = append(findings, f)
		}
	})
	return findings, err
}

// loadedTime is the time for which runs have asked for log files.
func loadedTime(ctx context.Context, store *schema.Store) (loaded Scope, err error) {
	err = each(ctx, store, loadedSQL, nil, func(v []any) {
		loaded.Since, _ = v[0].(time.Time)
		loaded.Until, _ = v[1].(time.Time)
	})
	return loaded, err
}

// each calls do with the values of each row of a query.
func each(ctx context.Context, store *schema.Store, statement string, args []schema.Arg, do func([]any)) error {
	rows, err := store.Query(ctx, statement, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		values, err := rows.Values()
		if err != nil {
			return errors.Join(err, rows.Close())
		}
		do(values)
	}
	return errors.Join(rows.Err(), rows.Close())
}

// addChain adds a chain with what was found of its digests.
func (r *Result) addChain(digests []*digest) {
	c := Chain{Proven: []Interval{}}
	for i, d := range digests {
		if !d.judged || i > 0 && digests[i-1].place() == d.place() {
			continue // a copy
		}
		copies := slices.IndexFunc(digests[i:], func(other *digest) bool { return other.place() != d.place() })
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

// logArgs are the values of the statements about log files.
func (r *Result) logArgs(more ...schema.Arg) []schema.Arg {
	proven := r.proven
	if proven == nil {
		proven = []int32{}
	}
	args := append(r.scope.placeArgs(), schema.Arg{Name: "proven", Value: proven})
	return append(args, more...)
}

// addLogs compares the log files with what the digests list.
func (r *Result) addLogs(ctx context.Context, store *schema.Store, loaded *Scope) error {
	limits := []schema.Arg{timeArg("since", r.scope.Since), timeArg("until", r.scope.Until)}
	outside := []schema.Arg{timeArg("loadedSince", loaded.Since), timeArg("loadedUntil", loaded.Until)}
	limit := schema.Arg{Name: "limit", Value: int64(MaxFindings + 1)}

	err := each(ctx, store, matchesSQL+countsSQL, r.logArgs(append(limits, outside...)...), r.addCount)
	if err != nil {
		return err
	}
	var faults []Finding
	if len(r.lost) == 0 && !slices.ContainsFunc(r.Chains, func(c Chain) bool { return c.LogsBad > 0 }) {
		return r.addStates(ctx, store, limits, limit)
	}
	lost := schema.Arg{Name: "lost", Value: r.lost}
	err = each(ctx, store, matchesSQL+faultsSQL, r.logArgs(append(append(limits, outside...), limit, lost)...), func(v []any) {
		faults = append(faults, fault(v))
	})
	if err != nil {
		return err
	}
	r.take(faults)
	return r.addStates(ctx, store, limits, limit)
}

// addStates adds what is proven of each log file of the store, listed or not. What a
// trail does not list another may, so that one alone tells nothing of that.
func (r *Result) addStates(ctx context.Context, store *schema.Store, limits []schema.Arg, limit schema.Arg) error {
	if r.scope.Trail != "" {
		return nil
	}
	err := each(ctx, store, matchesSQL+statesSQL+sharesSQL, r.logArgs(limits...), func(v []any) {
		state := State(v[0].(string))
		r.Files[state] = v[1].(int64)
		r.Events[state] = v[2].(int64)
	})
	if err != nil || r.Files[Unlisted]+r.Files[Undigested]+r.Files[Uncovered]+r.Files[Altered] == 0 {
		return err
	}
	named := map[string]bool{}
	for _, f := range r.Findings {
		named[f.URI] = true
	}
	var strays []Finding
	err = each(ctx, store, matchesSQL+statesSQL+straysSQL, r.logArgs(append(limits, limit)...), func(v []any) {
		if f := stray(v); f.Kind != LogAltered || !named[f.URI] {
			strays = append(strays, f)
		}
	})
	r.take(strays)
	return err
}

// addCount adds a row of counts.sql to its chain.
func (r *Result) addCount(v []any) {
	id := chainID{v[0].(string), v[1].(string), v[2].(string), v[3].(string), v[4].(bool)}
	i := slices.IndexFunc(r.Chains, func(c Chain) bool {
		return chainID{c.Account, c.Region, c.Trail, c.HomeRegion, c.Backfill} == id
	})
	if i < 0 {
		return
	}
	c, proven, became, files := &r.Chains[i], v[5].(bool), verdict(v[6].(string)), v[7].(int64)
	c.Logs += files
	switch {
	case became == verdictLeftOut:
		c.LogsLeftOut += files
	case !proven:
		c.LogsUnproven += files
	case became == verdictValid:
		c.LogsGood += files
	default:
		c.LogsBad += files
	}
}

// fault is a row of faults.sql as a finding.
func fault(v []any) Finding {
	became, listed, uri := verdict(v[3].(string)), v[4].(string), v[5].(string)
	f := Finding{Account: v[0].(string), Region: v[1].(string), Trail: v[2].(string), From: v[6].(time.Time), Until: v[7].(time.Time)}
	f.URI = cmp.Or(uri, listed)
	switch became {
	case verdictMissing:
		f.Kind, f.Detail = LogMissing, "a digest lists it, and it is not here"
	case verdictMoved:
		f.Kind, f.Detail = LogMoved, "it was delivered as "+listed
	case verdictTrailing:
		f.Kind, f.Detail = LogTrailing, "more than one gzip member"
	case verdictUnread:
		f.Kind, f.Detail = LogUnread, "it could not be read whole; see report files"
	default:
		f.Kind, f.Detail = LogAltered, fmt.Sprintf("its SHA-256 is %s, and the digest has %s", v[9].(string), v[8].(string))
	}
	if proven := v[10].(bool); !proven {
		f.Detail += "; the signature of that digest is lost"
	}
	return f
}

// stray is a row of strays.sql as a finding.
func stray(v []any) Finding {
	f := Finding{Account: v[0].(string), Region: v[1].(string), URI: v[3].(string), Files: v[6].(int64)}
	f.From, _ = v[4].(time.Time)
	f.Until, _ = v[5].(time.Time)
	switch state := State(v[2].(string)); {
	case state == Altered:
		f.Kind, f.Detail = LogAltered, "it has the name of a log file that a digest lists, and another SHA-256"
	case state == Uncovered:
		f.Kind, f.Detail = LogUncovered, logFiles(f.Files)+" that no digest lists"
	case state == Unlisted:
		f.Kind, f.Detail = LogUnlisted, "no digest lists it, and those of its time are here"
	case v[7].(bool):
		f.Kind, f.Detail = LogUndigested, logFiles(f.Files)+" of a time without digests"
	default:
		f.Kind, f.Detail = LogWithoutDigests, logFiles(f.Files)+" and no digest"
	}
	return f
}

func logFiles(n int64) string {
	if n == 1 {
		return "1 log file"
	}
	return fmt.Sprintf("%d log files", n)
}

package lineage

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trailbox/query"
	"trailbox/schema"
)

//go:embed near.sql
var nearSQL string

// The views of sessions make all sessions and all links, which takes seconds where there are
// many. They are the same of fewer rows, if these are all that tell of the sessions in question.
// These are looked for step by step, by whatever joins rows in the views, and rather more than
// too few: the views then say what is true. See "Sessions" in schema/definitions.sql: whatever
// joins a session with another there is looked up here.

// maxNear is how many rows are looked for step by step, about. Whoever asks for more is told of
// most sessions, and the views are as fast; a row takes about a kilobyte here.
const maxNear = 50_000

// A nearRow is a row of credential_uses, or of credential_events.
type nearRow struct {
	Issue                                                   bool
	Number                                                  int64
	Key, ARN                                                string
	Second                                                  string // when the session was created, in microseconds
	SignIn, Credential, InvokedBy                           string
	Direct                                                  bool
	Principal, SourceIdentity                               string
	Account, SharedID, Event, EventTime, Name               string
	IssuerType, IssuerPrincipal, IssuerARN                  string
	IssuerKey, IssuerSecond, IssuerSignIn, IssuerCredential string

	is bits
}

// bits say what has to be known of a row.
type bits uint8

const (
	named    bits = 1 << iota // which session it is of: all of it is here, then
	linked                    // where that comes from: whoever may be behind it is named
	up                        // where they come from in turn
	down                      // what came of it
	issuer                    // of an event: that it issued what is asked for
	called                    // of an event: who called, who is named
	calledUp                  // of an event: where they come from
)

// A token is what rows are looked up by: a value, or two. Its kind is the name of the lookup.
type token struct{ kind, value, with string }

// A rowID tells rows apart.
type rowID struct {
	issue  bool
	number int64
}

// near is what has been found.
type near struct {
	store   *schema.Store
	most    int  // rows
	tooMany bool // there are more than that
	rows    map[rowID]*nearRow
	of      map[token][]*nearRow // the rows that a lookup by the token finds, of those here
	asked   map[token]bits       // what has to be known of these
	tried   map[token]bool       // looked up, or open
	open    []token              // not looked up yet
	queue   []*nearRow           // of which more has to be known than before
}

// A seed is rows to begin with: the name of a lookup and its values.
type seed struct {
	lookup string
	args   []schema.Arg
	found  []token // whatever goes by these is among the rows
	rows   int     // how many there are, as far as that is known
}

// matchedSeed are the rows that match has found.
func matchedSeed(matched schema.Arg) seed {
	return seed{lookup: "matched", args: []schema.Arg{matched}, rows: len(matched.Value.([]int64))}
}

// seedsOf are the rows of whoever goes by a name: of a session that has no key, by its ARN and
// when it was created, or for which service.
func seedsOf(what string) []seed {
	seeds := []seed{{
		lookup: "what", args: []schema.Arg{{Name: "what", Value: what}},
		found: []token{{"key", what, ""}, {"signIn", what, ""}, {"credential", what, ""}},
	}}
	if i := strings.LastIndexByte(what, ' '); i > 0 {
		if created, err := time.Parse(time.RFC3339, what[i+1:]); err == nil {
			seeds = append(seeds, seed{lookup: "second", args: pair("second", what[:i], strconv.FormatInt(created.UnixMicro(), 10))})
		}
	}
	if arn, service, found := strings.Cut(what, " by "); found {
		seeds = append(seeds, seed{lookup: "invoked", args: pair("invoked", arn, service)})
	}
	return seeds
}

// pair is the values of a lookup by one pair.
func pair(lookup, value, with string) []schema.Arg {
	return []schema.Arg{{Name: lookup, Value: []string{value}}, {Name: lookup + "With", Value: []string{with}}}
}

// sessionsNear are the views of sessions, made of what is near to some rows, or if these are more
// than that, or none are given, of all.
func sessionsNear(ctx context.Context, store *schema.Store, most int, goUp, goDown bool, seeds []seed) (query.Statement, error) {
	tooMany := slices.ContainsFunc(seeds, func(s seed) bool { return s.rows > most })
	if len(seeds) == 0 || tooMany {
		return whole(), nil
	}
	n, err := findNear(ctx, store, most, goUp, goDown, seeds)
	if err != nil || n == nil {
		return whole(), err
	}
	return n.sessions(), nil
}

// findNear finds what is near to some rows, each way; nil if there are more rows than that.
func findNear(ctx context.Context, store *schema.Store, most int, goUp, goDown bool, seeds []seed) (*near, error) {
	n := &near{store: store, most: most, rows: map[rowID]*nearRow{}, of: map[token][]*nearRow{}, asked: map[token]bits{}, tried: map[token]bool{}}
	want := named | linked | issuer
	if goUp {
		want |= up
	}
	if goDown {
		want |= down
	}
	for _, s := range seeds {
		rows, err := n.lookUp(ctx, []string{s.lookup}, s.args)
		if err != nil {
			return nil, err
		}
		for _, t := range s.found {
			n.tried[t] = true
		}
		for _, r := range rows {
			n.raise(r, want)
		}
		if n.tooMany {
			return nil, nil
		}
	}
	for {
		n.settle()
		if len(n.open) == 0 {
			n.askRest()
			n.settle()
		}
		switch {
		case n.tooMany:
			return nil, nil
		case len(n.open) == 0:
			return n, nil
		}
		if err := n.step(ctx); err != nil {
			return nil, err
		}
	}
}

// step looks up what is open, all of it in one statement.
func (n *near) step(ctx context.Context) error {
	values, with := map[string][]string{}, map[string][]string{}
	for _, t := range n.open {
		values[t.kind] = append(values[t.kind], t.value)
		with[t.kind] = append(with[t.kind], t.with)
	}
	n.open = nil
	kinds := slices.Sorted(maps.Keys(values))
	var args []schema.Arg
	for _, kind := range kinds {
		args = append(args, schema.Arg{Name: kind, Value: values[kind]})
		if strings.Contains(lookups()["uses: "+kind]+lookups()["issues: "+kind], "$"+kind+"With") {
			args = append(args, schema.Arg{Name: kind + "With", Value: with[kind]})
		}
	}
	_, err := n.lookUp(ctx, kinds, args)
	return err
}

// lookUp adds the rows that some lookups find, and returns them.
func (n *near) lookUp(ctx context.Context, kinds []string, args []schema.Arg) ([]*nearRow, error) {
	var tables []string
	for _, table := range [...]string{"use", "issue"} {
		var parts []string
		for _, kind := range kinds {
			if text := lookups()[table+"s: "+kind]; text != "" {
				parts = append(parts, text)
			}
		}
		if len(parts) > 0 {
			tables = append(tables, fmt.Sprintf("SELECT DISTINCT %t AS issue, rowid AS number FROM (\n%s\n)", table == "issue", strings.Join(parts, "\nUNION ALL\n")))
		}
	}
	var found []*nearRow
	unknown := map[bool][]int64{} // numbers, by whether they are of issues
	for id, err := range schema.All[numbered](n.store.Query(ctx, strings.Join(tables, "\nUNION ALL\n"), args...)) {
		if err != nil {
			return nil, err
		}
		if known := n.rows[rowID{id.Issue, id.Number}]; known != nil {
			found = append(found, known)
		} else {
			unknown[id.Issue] = append(unknown[id.Issue], id.Number)
		}
	}
	if len(n.rows)+len(unknown[false])+len(unknown[true]) > n.most {
		n.tooMany = true
		return nil, nil
	}
	for table, numbers := range map[string][]int64{"use": unknown[false], "issue": unknown[true]} {
		if len(numbers) == 0 {
			continue
		}
		rows := lookups()["rows: "+table] + "\nWHERE rowid IN (SELECT unnest($numbers::BIGINT[]))"
		for r, err := range schema.All[nearRow](n.store.Query(ctx, rows, schema.Arg{Name: "numbers", Value: numbers})) {
			if err != nil {
				return nil, err
			}
			found = append(found, n.add(&r))
		}
	}
	return found, nil
}

// numbered is the number of a row.
type numbered struct {
	Issue  bool
	Number int64
}

// lookups are the pieces of near.sql.
var lookups = sync.OnceValue(func() map[string]string {
	all, name := map[string]string{}, ""
	for line := range strings.Lines(nearSQL) {
		switch comment, ok := strings.CutPrefix(line, "-- "); {
		case ok && piece.MatchString(comment):
			name = strings.TrimSpace(comment)
		case !ok && name != "":
			all[name] += line
		}
	}
	for name, text := range all {
		if text = strings.TrimSpace(text); strings.Contains(text, "/* arn */ ") {
			text = schema.Put(text, "arn", all["rows: arn"])
		}
		all[name] = text
	}
	return all
})

var piece = regexp.MustCompile("^(rows|uses|issues): [A-Za-z]+\n$")

// add adds a row, if it is not here yet.
func (n *near) add(r *nearRow) *nearRow {
	id := rowID{r.Issue, r.Number}
	if known := n.rows[id]; known != nil {
		return known
	}
	n.rows[id] = r
	for _, t := range r.tokens() {
		if t.value != "" {
			n.index(t, r)
		}
	}
	return r
}

// index remembers that a token finds a row.
func (n *near) index(t token, r *nearRow) {
	n.of[t] = append(n.of[t], r)
	n.raise(r, given(t.kind, n.asked[t]))
}

// raise has more to be known of a row.
func (n *near) raise(r *nearRow, is bits) {
	if r.is|is != r.is {
		r.is |= is
		n.queue = append(n.queue, r)
	}
}

// ask has more to be known of all rows of a token.
func (n *near) ask(kind, value, with string, is bits) {
	if value == "" || is == 0 {
		return
	}
	t := token{kind, value, with}
	if !n.tried[t] {
		n.tried[t] = true
		n.open = append(n.open, t)
	}
	t = t.key()
	if n.asked[t]|is != n.asked[t] {
		n.asked[t] |= is
		for _, r := range n.of[t] {
			n.raise(r, given(t.kind, n.asked[t]))
		}
	}
}

// settle passes on what has to be known until there is nothing new without a lookup.
func (n *near) settle() {
	for len(n.queue) > 0 {
		r := n.queue[len(n.queue)-1]
		n.queue = n.queue[:len(n.queue)-1]
		n.askSession(r)
		n.askIssuer(r)
		if r.is&issuer != 0 {
			n.askIssued(r)
		}
		if r.is&down != 0 {
			n.askChildren(r)
		}
	}
}

// key is by what the rows of a token are remembered: those of fromPortal by the permission set.
func (t token) key() token {
	if t.kind == "fromPortal" {
		t.with = ""
	}
	return t
}

// given is what has to be known of a row that a token finds.
func given(kind string, is bits) bits {
	switch kind {
	case "calls", "runs", "portal": // who called, not what comes of it
		if is&up != 0 {
			return called | calledUp
		}
		if is != 0 {
			return called
		}
	case "byKey", "bySecond", "bySignIn", "byCredential", "byARN", "byPrincipal":
		if is != 0 {
			return is | issuer
		}
	}
	return is
}

// whole are the views of sessions as they are. See near.sessions.
func whole() query.Statement {
	return sessionsOf("(SELECT rowid AS use, * FROM main.credential_uses)", "(FROM main.credential_events)").With(schema.Arg{Name: "whole"})
}

// sessions are the views of sessions, made of what was found. $whole are the ids of those that
// all is known of.
func (n *near) sessions() query.Statement {
	uses, events, ids := []int64{}, []int64{}, []string{}
	for id := range n.rows {
		if id.issue {
			events = append(events, id.number)
		} else {
			uses = append(uses, id.number)
		}
	}
	for t, is := range n.asked {
		if is&linked != 0 {
			ids = append(ids, t.session())
		}
	}
	slices.Sort(uses)
	slices.Sort(events)
	slices.Sort(ids)
	return sessionsOf(
		"MATERIALIZED (SELECT rowid AS use, * FROM main.credential_uses WHERE rowid IN (SELECT unnest($uses::BIGINT[])))",
		"MATERIALIZED (FROM main.credential_events WHERE rowid IN (SELECT unnest($events::BIGINT[])))",
	).With(
		schema.Arg{Name: "uses", Value: uses}, schema.Arg{Name: "events", Value: events}, schema.Arg{Name: "whole", Value: slices.Compact(ids)},
	)
}

// sessionsOf are the views of sessions, made of some rows of credential_uses, with their
// numbers, and of credential_events.
func sessionsOf(uses, events string) query.Statement {
	return query.Statement{SQL: "credential_uses AS " + uses + ",\ncredential_events AS " + events + ",\n" + schema.SessionsSQL()}
}

// session is the id of the session that goes by a token; "" for none.
func (t token) session() string {
	switch t.kind {
	case "key", "signIn", "credential":
		return t.value
	case "invoked":
		return t.value + " by " + t.with
	case "second":
		if second, err := strconv.ParseInt(t.with, 10, 64); err == nil {
			return t.value + " " + time.UnixMicro(second).UTC().Format(time.RFC3339)
		}
	}
	return ""
}

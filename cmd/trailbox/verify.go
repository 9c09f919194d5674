package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"trailbox/ingest/bucket"
	"trailbox/query"
	"trailbox/query/integrity"
	"trailbox/schema"
)

func verifyCommand() command {
	return command{
		name: "verify", summary: "prove that no log file is missing or altered",
		about: `
CloudTrail signs digest files, which list the log files of an hour with their
hashes. verify checks the signature of each digest in the store, follows their
chains, and compares the log files with what they list: what is altered, missing,
planted or not proven, it names. It takes the store alone, and no network.

The signatures are checked with CloudTrail's public keys, of each Region its own:
  aws cloudtrail list-public-keys --region REGION \
      --start-time ... --end-time ...
prints them for --public-keys, and only those count then; --fetch-keys asks
CloudTrail itself. Either way the store keeps them, and --trust-stored-keys takes
them from there: in a store from somebody else they prove nothing. The digests come with ingest. In a copy of the bucket their
signatures are missing, which S3 keeps as metadata; all but the newest digest of
a chain can be verified all the same. For the newest one put the output of
aws s3api head-object beside it, as NAME.json.gz.metadata.json, before ingest.

--deep also rebuilds each log file from the store, and compares every row and
column with what the file says when it is read again: so the answers are proven,
not only the hashes that were taken at load. --self does this alone, without digests.`,
		prepare: prepareVerify,
	}
}

// verifyFlags are the flags of verify.
type verifyFlags struct {
	store     *storeFlags
	self      *bool
	deep      *bool
	trail     *string
	keyFiles  []string
	fetchKeys *bool
	trustKeys *bool
	awsFormat *bool
	verbose   *bool
	s3        bucket.Options
	scope     scopeFlags
	answer    answerFlags
}

func prepareVerify(flags *pflag.FlagSet) func(context.Context, streams, []string) error {
	f := &verifyFlags{store: storeFlag(flags)}
	flags.StringArrayVar(&f.keyFiles, "public-keys", nil, "public keys, as aws cloudtrail list-public-keys prints them: `[REGION=]FILE`; may be repeated")
	f.fetchKeys = flags.Bool("fetch-keys", false, "ask CloudTrail for the public keys, in the Regions of the digests")
	f.trustKeys = flags.Bool("trust-stored-keys", false, "the store is my own: take the keys in it as CloudTrail's")
	f.scope.define(flags)
	f.trail = flags.String("trail", "", "only the digests of the trail of this `NAME`")
	f.deep = flags.Bool("deep", false, "rebuild each log file from the store, too, and compare its hash and all rows")
	f.self = flags.Bool("self", false, "only rebuild each log file, and compare its rows, and its hash with that of then")
	f.awsFormat = flags.Bool("aws-format", false, "print what aws cloudtrail validate-logs does")
	f.verbose = flags.Bool("verbose", false, "with --aws-format, print valid files, too")
	flags.StringVar(&f.s3.Profile, "profile", "", "with --fetch-keys, the `NAME` of a profile in the AWS configuration")
	flags.StringVar(&f.s3.EndpointURL, "endpoint-url", "", "with --fetch-keys, the `URL` of another server than CloudTrail")
	f.answer.define(flags, "", "without it, words for people; "+query.FormatNames()+", or xlsx with --to: the findings, a row for each")
	f.answer.name = "verify"
	return f.run
}

func (f *verifyFlags) run(ctx context.Context, s streams, args []string) error {
	if len(args) > 0 {
		return &usageError{message: "verify takes no arguments", hint: "trailbox verify --public-keys FILE, or trailbox verify --self"}
	}
	if err := f.scope.check(); err != nil {
		return err
	}
	if err := f.checkAnswer(); err != nil {
		return err
	}
	store, err := f.store.open(ctx, schema.Grants{Prove: *f.deep || *f.self})
	if err != nil {
		return err
	}
	if *f.self {
		return errors.Join(f.runSelf(ctx, s, store), store.Close())
	}
	fresh, err := f.newKeys(ctx, store)
	var v verification
	if err == nil {
		s.page.ask("Is a log file missing or altered?", "")
		err = s.page.know(ctx, store)
	}
	if err == nil {
		v, err = f.verify(ctx, s, store, fresh)
	}
	var told error
	if err == nil && *f.awsFormat {
		told = f.tellAWS(ctx, s, store, v.Result)
	}
	if err := errors.Join(err, store.Close()); err != nil {
		return err
	}
	if !*f.awsFormat {
		told = f.tell(s, &v)
	}
	if errors.Is(told, syscall.EPIPE) { // whoever reads has seen enough
		told = nil
	}
	if err := errors.Join(told, f.save(ctx, s, fresh, v.Result)); err != nil {
		return err
	}
	if !v.Whole() || v.Deep != nil && !v.Deep.sound() {
		return errFindings
	}
	return nil
}

// checkAnswer settles the form of the answer.
func (f *verifyFlags) checkAnswer() error {
	if err := f.answer.check(f.store.path); err != nil {
		return err
	}
	switch {
	case *f.awsFormat && (!f.answer.inWords() || f.answer.to != ""):
		return &usageError{message: "--aws-format is a form of its own", hint: "trailbox verify --aws-format > FILE"}
	case f.answer.isJSON() && len(f.answer.columns) > 0:
		return &usageError{message: "--columns are for tables, CSV, Markdown and workbooks: JSON is one object", hint: "-o csv"}
	}
	return nil
}

// A verification is what verify found.
type verification struct {
	*integrity.Result
	Deep *selfCheck `json:"deep,omitempty"`
}

// asked is what is to be verified.
func (f *verifyFlags) asked() integrity.Scope {
	return integrity.Scope{Scope: f.scope.Scope, Trail: *f.trail}
}

// verify verifies.
func (f *verifyFlags) verify(ctx context.Context, s streams, store *schema.Store, fresh []integrity.Key) (v verification, err error) {
	evidence := integrity.Evidence{Keys: fresh, TrustStored: *f.trustKeys}
	if len(f.keyFiles) == 0 { // or only those count
		stored, err := integrity.StoredKeys(ctx, store)
		if err != nil {
			return v, err
		}
		evidence.Keys = append(slices.Clone(fresh), stored...)
	}
	if *f.deep {
		if v.Deep, err = f.selfCheck(ctx, s, store); err != nil {
			return v, err
		}
		evidence.Unrebuilt = v.Deep.unproven
	}
	v.Result, err = integrity.Verify(ctx, store, f.asked(), evidence)
	return v, err
}

// tellAWS tells the result as the AWS CLI does.
func (f *verifyFlags) tellAWS(ctx context.Context, s streams, store *schema.Store, r *integrity.Result) error {
	if len(r.Chains) == 0 {
		say(s.err, "%s", nothingSigned(r))
	}
	return integrity.WriteAWS(ctx, s.out, s.err, store, r, *f.verbose)
}

// save keeps the result, and the keys that are new, in the store, for the reports. A
// store that cannot be written to, such as evidence on a read-only disk, stays as it is.
func (f *verifyFlags) save(ctx context.Context, s streams, fresh []integrity.Key, result *integrity.Result) error {
	store, err := f.store.open(ctx, schema.Grants{Write: true})
	var turns []integrity.Turn
	if err == nil {
		turns, err = integrity.Save(ctx, store, result, fresh, version())
		err = errors.Join(err, store.Close())
	}
	if err == nil && !*f.answer.quiet {
		for _, t := range turns {
			say(s.err, "%s that an earlier verification found %s: %s now", query.Plural(t.Files, "file"), t.Was, t.Is)
		}
	}
	if err != nil && ctx.Err() == nil && !*f.answer.quiet {
		say(s.err, "not kept in the store, so that reports do not know of it: %v", err)
		return nil
	}
	return err
}

// regionFile is a file with the region that it is of before it.
var regionFile = regexp.MustCompile(`^([a-z]{2,}(?:-[a-z]+)+-\d+)=(.+)$`)

// newKeys are the keys that the flags bring in.
func (f *verifyFlags) newKeys(ctx context.Context, store *schema.Store) ([]integrity.Key, error) {
	var keys []integrity.Key
	for _, arg := range f.keyFiles {
		region, path := "", arg
		if m := regionFile.FindStringSubmatch(arg); m != nil {
			region, path = m[1], m[2]
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		more, err := integrity.ParseKeys(text, region, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		keys = append(keys, more...)
	}
	if !*f.fetchKeys {
		return keys, nil
	}
	times, err := integrity.KeyTimes(ctx, store, f.asked())
	if err != nil {
		return nil, err
	}
	for _, t := range times {
		pages, err := bucket.PublicKeys(ctx, t.Region, t.From, t.Until, f.s3)
		if err != nil {
			return nil, err
		}
		for _, page := range pages {
			more, err := integrity.ParseKeys(page, t.Region, "ListPublicKeys in "+t.Region)
			if err != nil {
				return nil, fmt.Errorf("CloudTrail in %s: %w", t.Region, err)
			}
			keys = append(keys, more...)
		}
	}
	return keys, nil
}

// tell writes the result to where it is to go.
func (f *verifyFlags) tell(s streams, v *verification) error {
	to, done, err := f.answer.stdout(s)
	if err != nil {
		return err
	}
	return errors.Join(f.write(to, v), done())
}

// write writes the result.
func (f *verifyFlags) write(s streams, v *verification) error {
	r, out := v.Result, s.answer()
	switch {
	case f.answer.inWords():
	case s.page != nil:
		// The findings are the table.
		if f.writeStanding(out, r); v.Deep != nil {
			fmt.Fprintln(out)
			if err := v.Deep.tell(out); err != nil {
				return err
			}
		}
		f.writeKeyHint(out, r)
		s.page.prove(r)
		_, err := query.Write(out, findingsTable(append(slices.Clone(r.Findings), r.Notes...)), f.answer.format, s.screen())
		return err
	case f.answer.isJSON():
		return writeObject(s, v, f.answer.format)
	default:
		_, err := query.Write(out, findingsTable(append(slices.Clone(r.Findings), r.Notes...)), f.answer.format, s.screen())
		return err
	}
	return f.writeWords(out, v)
}

// writeWords writes the result for people.
func (f *verifyFlags) writeWords(out io.Writer, v *verification) error {
	r := v.Result
	f.writeStanding(out, r)
	writeFindings(out, r)
	f.writeKeyHint(out, r)
	if v.Deep == nil {
		return nil
	}
	fmt.Fprintln(out)
	return v.Deep.tell(out)
}

// writeStanding writes how far the proofs reach.
func (f *verifyFlags) writeStanding(out io.Writer, r *integrity.Result) {
	if len(r.Chains) == 0 {
		say(out, "%s", nothingSigned(r))
	}
	for i := range r.Chains {
		writeChain(out, &r.Chains[i])
	}
	writeKeys(out, r.Keys)
	fmt.Fprintln(out)
	writeStates(out, "log files", r.Files)
	writeStates(out, "events", r.Events)
}

func nothingSigned(r *integrity.Result) string {
	if r.Redacted {
		return "nothing can be proven: this is a redacted copy, whose records CloudTrail never signed; the store that it was made of can be verified"
	}
	text := "nothing can be proven: the store has no digest files"
	if r.Scope != "" {
		text += " of " + r.Scope
	}
	return text
}

// shownIntervals is how many proven periods of a chain are shown to people.
const shownIntervals = 3

// writeChain writes what was found of the digests of one trail and Region.
func writeChain(w io.Writer, c *integrity.Chain) {
	kind := ""
	if c.Backfill {
		kind = ", backfill digests"
	}
	say(w, "%s %s %s%s", c.Account, c.Region, c.Trail, kind)
	fmt.Fprintf(w, "  %s of %s proven, listing %s: %s proven",
		query.Count(c.DigestsGood), query.Plural(c.Digests, "digest"), query.Plural(c.Logs, "log file"), query.Count(c.LogsGood))
	for _, part := range [...]struct {
		files int64
		what  string
	}{{c.LogsBad, "wrong"}, {c.LogsUnproven, "unproven"}, {c.LogsArchived, "archived and not read"}, {c.LogsLeftOut, "left out by the limits of ingest"}} {
		if part.files > 0 {
			fmt.Fprintf(w, ", %s %s", query.Count(part.files), part.what)
		}
	}
	fmt.Fprintln(w)
	for i, t := range c.Proven {
		if i == shownIntervals && len(c.Proven) > shownIntervals+1 {
			fmt.Fprintf(w, "  and %s more, the last until %s\n", query.Plural(int64(len(c.Proven)-i), "period"), c.Proven[len(c.Proven)-1].Until.Format(time.RFC3339))
			break
		}
		fmt.Fprintf(w, "  proven from %s to %s\n", t.From.Format(time.RFC3339), t.Until.Format(time.RFC3339))
	}
}

// writeKeys writes which keys proved digests, and where each came from.
func writeKeys(w io.Writer, keys []integrity.UsedKey) {
	for _, k := range keys {
		of := k.Region
		if of == "" {
			of = "a list that names no Region"
		}
		came := "given in this run"
		if k.Stored {
			came = "in the store since " + k.Added.Format(time.RFC3339)
		}
		say(w, "%s signed with the key %s of %s", query.Plural(k.Digests, "digest"), k.Fingerprint, of)
		say(w, "  valid from %s to %s; from %s, %s", k.From.Format(time.RFC3339), k.Until.Format(time.RFC3339), k.Source, came)
	}
}

func findingsTable(findings []integrity.Finding) query.Result {
	var columns []schema.ResultColumn
	for _, name := range []string{"kind", "account", "region", "trail", "from", "until", "uri", "files", "detail", "means"} {
		columns = append(columns, schema.ResultColumn{Name: name})
	}
	var rows [][]any
	for _, f := range findings {
		row := []any{string(f.Kind), f.Account, f.Region, f.Trail, nil, nil, f.URI, nil, f.Detail, f.Means}
		if !f.From.IsZero() {
			row[4] = f.From
		}
		if !f.Until.IsZero() {
			row[5] = f.Until
		}
		if f.Files > 0 {
			row[7] = f.Files
		}
		rows = append(rows, row)
	}
	return query.NewResult(columns, rows)
}

// writeStates writes counts by state so that the reader can add them up.
func writeStates(w io.Writer, what string, counts map[integrity.State]int64) {
	var all int64
	var parts []string
	for _, state := range integrity.States() {
		n := counts[state]
		all += n
		if n > 0 || state == integrity.Proven {
			parts = append(parts, query.Count(n)+" "+string(state))
		}
	}
	share := ""
	if all > 0 {
		share = fmt.Sprintf(" (%s proven)", query.Percent(counts[integrity.Proven], all))
	}
	fmt.Fprintf(w, "%-9s %12s = %s%s\n", what, query.Count(all), strings.Join(parts, " + "), share)
}

// shownFindings is how many findings of a kind are shown to people; -o json has more.
const shownFindings = 20

// writeFindings writes findings by kind, with what each kind means, those of most
// weight first.
func writeFindings(w io.Writer, r *integrity.Result) {
	all := slices.Clone(r.Findings)
	all = append(all, r.Notes...)
	slices.SortStableFunc(all, func(a, b integrity.Finding) int {
		return cmp.Or(cmp.Compare(a.Kind.Weight(), b.Kind.Weight()), cmp.Compare(a.Kind, b.Kind))
	})
	for len(all) > 0 {
		kind := all[0].Kind
		n := 0
		for n < len(all) && all[n].Kind == kind {
			n++
		}
		fmt.Fprintln(w)
		say(w, "%s: %s", kind, kind.Means())
		for _, f := range all[:min(n, shownFindings)] {
			say(w, "  %s", findingLine(&f))
		}
		if n > shownFindings {
			fmt.Fprintf(w, "  and %s more: -o json or -o csv\n", query.Count(int64(n-shownFindings)))
		}
		all = all[n:]
	}
}

func findingLine(f *integrity.Finding) string {
	if f.URI != "" {
		return f.URI + ": " + f.Detail
	}
	place := strings.Join(strings.Fields(f.Account+" "+f.Region+" "+f.Trail), " ")
	switch {
	case place == "":
		return "of names that tell no account: " + f.Detail
	case f.Kind == integrity.LogUndigested, f.Kind == integrity.LogWithoutDigests, f.Kind == integrity.LogUncovered:
		return fmt.Sprintf("%s, %s to %s: %s", place, f.From.UTC().Format(time.RFC3339), f.Until.UTC().Format(time.RFC3339), f.Detail)
	}
	return place + ": " + f.Detail
}

// writeKeyHint says how to get at keys that are missing.
func (f *verifyFlags) writeKeyHint(w io.Writer, r *integrity.Result) {
	times := r.MissingKeys()
	if len(times) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWhere AWS can be reached, trailbox verify --fetch-keys gets the keys, or for --public-keys:")
	for _, t := range times {
		say(w, "  aws cloudtrail list-public-keys --region %s --start-time %s --end-time %s > keys-%s.json",
			t.Region, t.From.Format(time.RFC3339), t.Until.Format(time.RFC3339), t.Region)
	}
}

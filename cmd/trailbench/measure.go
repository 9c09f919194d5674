package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// measure fills the table for one archive.
func (b *bench) measure(ctx context.Context, a *archive) (*result, error) {
	r := &result{Archive: a.archiveFacts}
	defer removeStore(b.store("folder"))
	defer removeStore(b.store("s3"))
	steps := []struct {
		part string
		run  func(context.Context, *result, *archive) error
	}{
		{"", b.measureIngest},
		{"rivals", b.measureRivals},
		{"delay", b.measureDelay},
		{"again", b.measureAgain},
		{"queries", b.measureQueries},
		{"long", b.measureFlatness},
	}
	for _, step := range steps {
		if b.skips(step.part) || step.part == "long" && !b.long {
			continue
		}
		if err := step.run(ctx, r, a); err != nil {
			return r, err
		}
	}
	r.Archive = a.archiveFacts
	return r, nil
}

// store is the path of a store in our temporary folder.
func (b *bench) store(name string) string { return filepath.Join(b.temp, name+".duckdb") }

// measureIngest compares loading with what it cannot do without, and S3 with a
// folder. The stores stay for what comes after it.
func (b *bench) measureIngest(ctx context.Context, r *result, a *archive) error {
	list, err := b.list(a, a.folder)
	if err != nil {
		return err
	}
	defer os.Remove(list)
	gunzip := b.yardstick("gunzip", "gunzip", list)
	unpack := b.yardstick("unpack", "unpack", list)
	if _, err := gunzip.run(ctx); err != nil { // now the files are in memory
		return err
	}
	folder := b.load("ingest from a folder", b.store("folder"), a, nil, a.folder)
	contestants := []*contestant{gunzip, unpack, folder}
	if !b.skips("s3") {
		endpoint, stop, err := b.serve(ctx, a.folder, 0)
		if err != nil {
			return err
		}
		contestants = append(contestants, b.load("ingest from S3", b.store("s3"), a, nil, b.fromS3(endpoint)...))
		defer func() {
			r.Notes = append(r.Notes, fmt.Sprintf("The S3 server is on the same cores: it took %.1f s of CPU for each of the %d runs, its start among them.",
				stop()/float64(b.rounds), b.rounds))
		}()
	}
	if err := b.inTurns(ctx, r, contestants...); err != nil {
		return err
	}
	limit := budget{Must: 6, Aim: 4.5, Unit: times} // large files pack better
	if a.isSmall() {
		limit.Must, limit.Aim = 3, 2.2
	}
	r.Rows = append(r.Rows,
		ratioRow("ingest / gunzip", folder.seconds(), gunzip.seconds(), seconds, limit),
		ratioRow("CPU: ingest / gunzip", folder.cpu(), gunzip.cpu(), seconds, limit),
		ratioRow("CPU: unpacking as ingest does / gunzip", unpack.cpu(), gunzip.cpu(), seconds, budget{Must: 1, Aim: 0.5, Unit: times}))
	loads := contestants[2:]
	if !b.skips("s3") {
		r.Rows = append(r.Rows, ratioRow("ingest: S3 / folder", loads[1].seconds(), folder.seconds(), seconds, budget{Must: 1.2, Aim: 1.1, Unit: times}))
	}
	peak := 0.0
	for _, c := range loads {
		peak = max(peak, c.peak().Highest)
	}
	info, err := os.Stat(b.store("folder"))
	if err != nil {
		return err
	}
	size := spreadOf([]float64{float64(info.Size())})
	r.Rows = append(r.Rows,
		numberRow("peak memory of ingest", peak, budget{Must: 768 << 20, Aim: 512 << 20, Unit: memory}),
		ratioRow("size: store / gzip", size, spreadOf([]float64{float64(a.BytesGzip)}), memory, budget{Must: 1.2, Aim: 0.8, Unit: times}))
	return nil
}

// fromS3 are the arguments to read from the server.
func (b *bench) fromS3(endpoint string) []string {
	return []string{"--endpoint-url", endpoint, "--region", "us-east-1", "--concurrency", strconv.Itoa(b.concurrency), "s3://" + bucketName + "/"}
}

// measureRivals compares loading with what else loads log files for SQL, on a sample: some
// of them are slow.
func (b *bench) measureRivals(ctx context.Context, r *result, a *archive) error {
	every := int(a.BytesGzip/(b.sampleMB*1e6)) + 1
	part, err := b.sample(ctx, a, "sample-rivals", func(i int) bool { return i%every == 0 && strings.HasSuffix(a.files[i].path, ".json.gz") })
	if err != nil {
		return err
	}
	defer os.RemoveAll(part.folder)
	store, other := b.store("sample"), b.store("rival")
	defer removeStore(store)
	defer removeStore(other)
	rival := func(name string, load func(context.Context) (records string, s sample, err error)) *contestant {
		return &contestant{trial: trial{Name: name + " of that sample"}, run: func(ctx context.Context) (sample, error) {
			if err := removeStore(other); err != nil {
				return sample{}, err
			}
			records, s, err := load(ctx)
			if err == nil && records != strconv.FormatInt(part.Records, 10) {
				err = fmt.Errorf("%s read %s records, trailbox %d", name, records, part.Records)
			}
			return s, err
		}}
	}
	contestants := []*contestant{b.load("ingest of a sample", store, part, nil, part.folder)}
	var readJSON, clickhouse *contestant
	if b.meets(rivalReadJSON) {
		readJSON = rival("read_json", func(ctx context.Context) (string, sample, error) {
			answer, s, err := b.child(ctx, b.self, "read-json", part.folder, other)
			return strings.TrimSpace(string(answer)), s, err
		})
		contestants = append(contestants, readJSON)
	}
	if c := findChdb(ctx); c != nil && b.meets(rivalChdb) {
		clickhouse = rival("chdb", func(ctx context.Context) (string, sample, error) { return c.load(ctx, b, part.folder, other) })
		contestants = append(contestants, clickhouse)
	}
	if err := b.inTurns(ctx, r, contestants...); err != nil {
		return err
	}
	ours := contestants[0]
	if readJSON != nil {
		limit := budget{Must: 2, Aim: 4, AtLeast: true, Unit: times} // large files are what it is good at
		if part.isSmall() {
			limit.Must, limit.Aim = 3, 6
		}
		r.Rows = append(r.Rows, ratioRow("read_json / ingest", readJSON.seconds(), ours.seconds(), seconds, limit))
	}
	switch {
	case clickhouse != nil:
		limit := budget{Must: 1.3, Aim: 2, AtLeast: true, Unit: times}
		r.Rows = append(r.Rows, ratioRow("CPU: chdb / ingest", clickhouse.cpu(), ours.cpu(), seconds, limit))
	case b.meets(rivalChdb):
		r.Rows = append(r.Rows, row{What: "CPU: chdb / ingest", Met: absent})
		r.Notes = append(r.Notes, "chdb is not installed, or not where python3 finds it: pip install chdb, which is ClickHouse, and again.")
	}
	r.Notes = append(r.Notes, fmt.Sprintf("The sample for rivals is %s: %d files, %d records, %.1f MB of gzip.", oneIn(every), part.Files, part.Records, float64(part.BytesGzip)/1e6))
	return nil
}

// smallFile is what most log files have less of, in bytes of gzip: AWS delivers some kB
// every five minutes where little happens.
const smallFile = 16 << 10

// isSmall reports whether an archive is of such files.
func (f *archiveFacts) isSmall() bool { return f.BytesGzip < int64(f.Files)*smallFile }

func oneIn(every int) string {
	if every == 1 {
		return "the whole archive"
	}
	return fmt.Sprintf("one file in %d", every)
}

// measureDelay compares loading from an S3 that is some way off with getting the
// same objects and doing nothing with them.
func (b *bench) measureDelay(ctx context.Context, r *result, a *archive) error {
	every := (len(a.files)-1)/b.sampleObjects + 1
	part, err := b.sample(ctx, a, "sample-delay", func(i int) bool { return i%every == 0 })
	if err != nil {
		return err
	}
	defer os.RemoveAll(part.folder)
	list, err := b.list(part, "")
	if err != nil {
		return err
	}
	defer os.Remove(list)
	endpoint, stop, err := b.serve(ctx, part.folder, b.latency)
	if err != nil {
		return err
	}
	defer stop()
	store := b.store("sample")
	defer removeStore(store)
	download := b.yardstick("download from delayed S3", "download", "--concurrency", strconv.Itoa(b.concurrency), endpoint, list)
	ours := b.load("ingest from delayed S3", store, part, nil, b.fromS3(endpoint)...)
	folder := b.load("ingest of those from a folder", store, part, nil, part.folder)
	if err := b.inTurns(ctx, r, download, ours, folder); err != nil {
		return err
	}
	what, against := "delayed S3 / download", download
	if slower := slowest([]*trial{&download.trial, &folder.trial}); slower == &folder.trial {
		what, against = "delayed S3 / folder", folder
		r.Notes = append(r.Notes, fmt.Sprintf("Getting the sample from the delayed S3 takes less (%s) than loading it from a folder, so that is what ingest from there is measured against.", seconds.format(download.seconds().Median)))
	}
	r.Rows = append(r.Rows, ratioRow(what, ours.seconds(), against.seconds(), seconds, budget{Must: 1.2, Aim: 1, Unit: times}))
	r.Notes = append(r.Notes, fmt.Sprintf("S3 is delayed by %v for each request; its sample is %s: %d objects, got %d at a time.", b.latency, oneIn(every), part.Files, b.concurrency))
	return nil
}

// measureAgain compares a run that finds nothing new with listing.
func (b *bench) measureAgain(ctx context.Context, r *result, a *archive) error {
	if a.Files < fewFiles {
		r.Notes = append(r.Notes, fmt.Sprintf("Listing %d files takes less than a program takes to start: nothing is said of a second run.", a.Files))
		return nil
	}
	walk := b.yardstick("list the folder", "walk", a.folder)
	again := b.again("ingest again from the folder", b.store("folder"), a.folder)
	if err := b.inTurns(ctx, r, walk, again); err != nil {
		return err
	}
	limit := budget{Must: 1.2, Aim: 1.05, Unit: times}
	r.Rows = append(r.Rows, ratioRow("second run / list, folder", again.seconds(), walk.seconds(), seconds, limit))
	if b.skips("s3") {
		return nil
	}
	// It was loaded without the delay, which does not change what an object is.
	endpoint, stop, err := b.serve(ctx, a.folder, b.latency)
	if err != nil {
		return err
	}
	defer stop()
	list := b.yardstick("list delayed S3", "list", endpoint)
	again = b.again("ingest again from delayed S3", b.store("s3"), b.fromS3(endpoint)...)
	if err := b.inTurns(ctx, r, list, again); err != nil {
		return err
	}
	r.Rows = append(r.Rows, ratioRow("second run / list, delayed S3", again.seconds(), list.seconds(), seconds, limit))
	return nil
}

// fewFiles is up to where a listing takes some hundredths of a second, as the start
// of a process does.
const fewFiles = 5000

// A lookup finds events by one thing.
type lookup struct {
	what   string
	values string   // a query for all values of that thing
	flag   string   // of trailbox lookup, ahead of the value
	report []string // a report and its flag for the same, if it is to be run as well
}

func lookups() []lookup {
	return []lookup{
		{"event ID", "SELECT eventID::VARCHAR AS v FROM events", "--lookup-attributes=AttributeKey=EventId,AttributeValue=", nil},
		{"user", "SELECT username AS v FROM events", "--user=", []string{"timeline", "--actor="}},
		{"access key", "SELECT userIdentity.accessKeyId AS v FROM events", "--key=", nil},
		{"resource", "SELECT unnest(touched).name AS v FROM events", "--resource=", []string{"who", "--resource="}},
		{"address", "SELECT sourceIPAddress AS v FROM events", "--ip=", nil},
	}
}

// ofSomebody are the reports that are never asked for of everybody.
func ofSomebody() []string { return []string{"acts", "timeline"} }

// measureQueries asks the store: each report, and lookups of a value that has neither
// many nor few events, beside those of its kind. All that a lookup finds is printed.
func (b *bench) measureQueries(ctx context.Context, r *result, a *archive) error {
	store := b.store("folder")
	names, _, err := b.child(ctx, b.trailbox, "report")
	if err != nil {
		return err
	}
	var reports, found []*contestant
	ask := func(args ...string) *contestant {
		return b.query(strings.Join(args, " "), slices.Concat(args, []string{"-o", "json", "--store", store})...)
	}
	for line := range strings.Lines(string(names)) {
		// Groups have a line of their own, their reports are indented.
		if fields := strings.Fields(line); strings.HasPrefix(line, "  ") && !slices.Contains(ofSomebody(), fields[0]) {
			reports = append(reports, ask("report", fields[0]))
		}
	}
	var counts []string
	for _, l := range lookups() {
		value, events, err := b.value(ctx, store, l.values)
		if err != nil {
			return err
		}
		if value == "" {
			r.Notes = append(r.Notes, "No event has a value to look up by: "+l.what+".")
			continue
		}
		c := ask("lookup", l.flag+value)
		c.Name = "lookup by " + l.what
		found = append(found, c)
		counts = append(counts, fmt.Sprintf("%d by %s", events, l.what))
		if l.report != nil {
			c := ask("report", l.report[0], l.report[1]+value)
			c.Name = "report " + l.report[0] + " " + strings.TrimSuffix(l.report[1], "=")
			reports = append(reports, c)
		}
	}
	if err := b.inTurns(ctx, r, slices.Concat(reports, found)...); err != nil {
		return err
	}
	limit := budget{Must: 0.5, Aim: 0.1, Unit: seconds}
	var trials []*trial
	for _, c := range reports {
		trials = append(trials, &c.trial)
	}
	slow := slowest(trials)
	r.Rows = append(r.Rows, numberRow(slow.Name+" (slowest)", slow.seconds().Median, limit))
	for _, c := range found {
		r.Rows = append(r.Rows, numberRow(c.Name, c.seconds().Median, limit))
	}
	r.Notes = append(r.Notes, fmt.Sprintf("Reports (%d) and lookups are over %d events, each in a process of its own. The budget is for 1.2 million events in reports, and 10 million in lookups.", len(reports), a.Records-a.Repeats))
	if counts != nil {
		r.Notes = append(r.Notes, "What is looked up has so many events: "+strings.Join(counts, ", ")+".")
	}
	return nil
}

// value returns the value in the middle of all, by how many events have it, and how
// many those are.
func (b *bench) value(ctx context.Context, store, values string) (value string, events int64, err error) {
	answer, _, err := b.child(ctx, b.trailbox, "sql", "-o", "json", "--store", store,
		"WITH counted AS (SELECT v, count(*) AS n FROM ("+values+") WHERE v <> '' GROUP BY v) SELECT v, n FROM counted ORDER BY n, hash(v) LIMIT 1 OFFSET (SELECT count(*) // 2 FROM counted)")
	if err != nil {
		return "", 0, err
	}
	var rows []struct {
		V string
		N int64
	}
	if err := json.Unmarshal(answer, &rows); err != nil || len(rows) == 0 {
		return "", 0, err
	}
	return rows[0].V, rows[0].N, nil
}

// measureFlatness takes the archive apart into a tenth and the rest: an event is to
// cost the same in a tenth as in the whole, and in an empty store as in one that
// has the rest.
func (b *bench) measureFlatness(ctx context.Context, r *result, a *archive) error {
	tenth, err := b.sample(ctx, a, "tenth", func(i int) bool { return i%10 == 0 })
	if err != nil {
		return err
	}
	defer os.RemoveAll(tenth.folder)
	rest, err := b.sample(ctx, a, "rest", func(i int) bool { return i%10 != 0 })
	if err != nil {
		return err
	}
	if rest.Files == 0 {
		r.Notes = append(r.Notes, "One file cannot be taken apart, so that nothing is said of flatness.")
		return nil
	}
	defer os.RemoveAll(rest.folder)
	store, large := b.store("tenth"), b.store("rest")
	defer removeStore(store)
	defer removeStore(large)
	whole := b.load("ingest, all of it", store, a, nil, a.folder)
	alone := b.load("ingest, a tenth", store, tenth, nil, tenth.folder)
	if _, err := b.load("", large, rest, nil, rest.folder).run(ctx); err != nil {
		return err
	}
	added := b.load("ingest, a tenth to the rest", store, tenth, func() error { return copyFile(store, large) }, tenth.folder)
	if err := b.inTurns(ctx, r, alone, added, whole); err != nil {
		return err
	}
	limit := budget{Must: 1.2, Aim: 1.05, Unit: times}
	perEvent := func(s spread, records int64) spread {
		million := 1e6 / float64(records)
		return spread{s.Median * million, s.Lowest * million, s.Highest * million}
	}
	r.Rows = append(r.Rows,
		ratioRow("a million events: all / tenth", perEvent(whole.seconds(), a.Records), perEvent(alone.seconds(), tenth.Records), seconds, limit),
		ratioRow("tenth: added to rest / alone", added.seconds(), alone.seconds(), seconds, limit))
	return nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

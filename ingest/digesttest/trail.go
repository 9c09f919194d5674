package digesttest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// A Trail says what archive to make. Only Hours has no default.
type Trail struct {
	Name         string   // main
	Bucket       string   // example-trail
	Prefix       string   // none; with a slash at its end
	Organization string   // none
	Accounts     []string // 111122223333
	HomeRegion   string   // us-east-1
	Regions      []string // the home region
	Seed         uint64   // another seed, other log files

	Start       time.Time // of the first digest's hour: 2026-03-02T00:12:09Z
	Hours       int
	LogFiles    int  // in an hour of an account and region; 3
	Events      int  // in a log file; 2
	DigestsOnly bool // leaves the log files out, which the digests list all the same

	Quiet  []int // hours in which there was nothing to deliver
	Missed []int // hours of which a backfill digest lists the last log file, which the hour's own digest misses
	Pauses []Pause

	// Keys sign, each from its From on until that of the next. The default is one
	// key that is valid throughout.
	Keys []*Key
}

// A Pause ends a chain: logging, or the validation of log files, stops when that hour begins. The
// chain after it has the same name and no predecessor.
type Pause struct {
	Hour  int
	Hours int // that nothing is delivered in; 0 if the trail was deleted and made anew
}

// backfillAfter is how long after its hour a backfill digest is made.
const backfillAfter = 3*24*time.Hour + 432*time.Millisecond

func (t Trail) withDefaults() Trail {
	t.Name = cmp.Or(t.Name, "main")
	t.Bucket = cmp.Or(t.Bucket, "example-trail")
	t.HomeRegion = cmp.Or(t.HomeRegion, "us-east-1")
	t.LogFiles = cmp.Or(t.LogFiles, 3)
	t.Events = cmp.Or(t.Events, 2)
	if len(t.Accounts) == 0 {
		t.Accounts = []string{"111122223333"}
	}
	if len(t.Regions) == 0 {
		t.Regions = []string{t.HomeRegion}
	}
	if t.Start.IsZero() {
		t.Start = time.Date(2026, 3, 2, 0, 12, 9, 0, time.UTC)
	}
	if len(t.Keys) == 0 {
		t.Keys = []*Key{NewKey(0, t.Start.Add(-10*24*time.Hour), t.hour(t.Hours).Add(10*24*time.Hour))}
	}
	return t
}

// hour is when an hour of the trail begins, which is not when one of the clock does.
func (t *Trail) hour(n int) time.Time { return t.Start.Add(time.Duration(n) * time.Hour) }

// ARN is the trail's name for AWS. It belongs to the first account.
func (t Trail) ARN() string {
	t = t.withDefaults()
	return fmt.Sprintf("arn:aws:cloudtrail:%s:%s:trail/%s", t.HomeRegion, t.Accounts[0], t.Name)
}

// Make makes the archive.
func (t Trail) Make() *Archive {
	t = t.withDefaults()
	a := &Archive{Trail: t}
	for _, account := range t.Accounts {
		for _, region := range t.Regions {
			a.Objects = append(a.Objects, t.Chain(account, region)...)
		}
	}
	return a
}

// Chain makes the objects of one account and region, the oldest first: of each
// hour its log files, then its digest; backfill digests come last.
func (t Trail) Chain(account, region string) []*Object {
	c := chain{Trail: t.withDefaults(), account: account, region: region}
	var objects, missed []*Object
	for hour := range c.Hours {
		starts, paused := c.paused(hour)
		if paused {
			continue
		}
		if starts {
			c.standard = nil
		}
		logs := c.logs(hour)
		if !c.DigestsOnly {
			objects = append(objects, logs...)
		}
		if len(logs) > 0 && slices.Contains(c.Missed, hour) {
			missed = append(missed, logs[len(logs)-1])
			logs = logs[:len(logs)-1]
		}
		c.standard = c.digest(hour, logs, c.standard, false)
		objects = append(objects, c.standard)
	}
	for _, log := range missed {
		c.backfill = c.digest(log.Hour, []*Object{log}, c.backfill, true)
		objects = append(objects, c.backfill)
	}
	return objects
}

// paused reports whether nothing is delivered in an hour, and whether it is one
// with which a chain starts.
func (t *Trail) paused(hour int) (starts, paused bool) {
	for _, p := range t.Pauses {
		starts = starts || hour == p.Hour+p.Hours
		paused = paused || hour >= p.Hour && hour < p.Hour+p.Hours
	}
	return starts, paused
}

// A chain is that of an account and region while it is made.
type chain struct {
	Trail
	account, region    string
	standard, backfill *Object // the latest of each
}

// folder is where a kind of files of a day lies.
func (c *chain) folder(kind string, day time.Time) string {
	folder := c.Prefix + "AWSLogs/"
	if c.Organization != "" {
		folder += c.Organization + "/"
	}
	return folder + c.account + "/" + kind + "/" + c.region + day.Format("/2006/01/02/") + c.account + "_" + kind + "_" + c.region + "_"
}

// digest makes the digest file of an hour.
func (c *chain) digest(hour int, logs []*Object, previous *Object, backfill bool) *Object {
	from, until := c.hour(hour), c.hour(hour+1)
	o := &Object{
		Bucket: c.Bucket, Account: c.account, Region: c.region, Hour: hour, Class: DigestFile,
		Key:  c.folder("CloudTrail-Digest", until) + c.Name + "_" + c.HomeRegion + "_" + until.Format("20060102T150405Z"),
		Meta: map[string]string{},
	}
	made := until
	if backfill {
		o.Key += "_backfill"
		o.Class = BackfillFile
		made = until.Add(backfillAfter)
		o.Meta["backfill-generation-timestamp"] = made.Format("2006-01-02T15:04:05.000Z")
	}
	o.Key += ".json.gz"
	d := Digest{
		AccountID: c.account, StartTime: from.Format(time.RFC3339), EndTime: until.Format(time.RFC3339),
		Bucket: o.Bucket, Object: o.Key, LogFiles: []ListedFile{},
	}
	for _, log := range logs {
		d.LogFiles = append(d.LogFiles, ListedFile{
			Bucket: log.Bucket, Object: log.Key, HashValue: log.hash, HashAlgorithm: "SHA-256",
			NewestEventTime: log.newest.Format(time.RFC3339), OldestEventTime: log.oldest.Format(time.RFC3339),
		})
		d.NewestEventTime = later(d.NewestEventTime, log.newest.Format(time.RFC3339))
		d.OldestEventTime = earlier(d.OldestEventTime, log.oldest.Format(time.RFC3339))
	}
	if previous != nil {
		d.follow(previous)
	}
	o.Sign(d, c.key(made))
	return o
}

// key is the one that signs at a time.
func (c *chain) key(at time.Time) *Key {
	key := c.Keys[0]
	for _, k := range c.Keys[1:] {
		if !k.From.After(at) {
			key = k
		}
	}
	return key
}

func later(a *string, b string) *string { // RFC 3339 sorts as time does
	if a == nil || b > *a {
		return &b
	}
	return a
}

func earlier(a *string, b string) *string {
	if a == nil || b < *a {
		return &b
	}
	return a
}

// logs makes the log files that were delivered in an hour.
func (c *chain) logs(hour int) []*Object {
	if slices.Contains(c.Quiet, hour) {
		return nil
	}
	var objects []*Object
	for n := range c.LogFiles {
		delivered := c.hour(hour).Add(time.Duration(2*n+1) * time.Hour / time.Duration(2*c.LogFiles))
		objects = append(objects, c.log(hour, fmt.Sprint("log ", n), delivered))
	}
	return objects
}

// log makes a log file, another one for another what.
func (c *chain) log(hour int, what string, delivered time.Time) *Object {
	hash := fnv.New64a()
	fmt.Fprint(hash, c.Name, c.account, c.region, hour, what)
	dice := rand.New(rand.NewPCG(c.Seed, hash.Sum64()))

	// What a file is named for is the time of its newest event, rounded up to 5
	// minutes. That may be after the file was delivered.
	newest := delivered.Add(-time.Duration(1+dice.IntN(120)) * time.Second).Truncate(time.Second)
	named := newest.Add(5*time.Minute - 1).Truncate(5 * time.Minute)
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	unique := make([]byte, 16)
	for i := range unique {
		unique[i] = letters[dice.IntN(len(letters))]
	}
	o := &Object{
		Bucket: c.Bucket, Account: c.account, Region: c.region, Hour: hour, Class: LogFile,
		Key:    c.folder("CloudTrail", named) + named.Format("20060102T1504Z") + "_" + string(unique) + ".json.gz",
		newest: newest, oldest: newest,
	}
	var text strings.Builder
	text.WriteString(`{"Records":[`)
	for i := range c.Events {
		if i > 0 {
			text.WriteByte(',')
			o.oldest = o.oldest.Add(-time.Duration(1+dice.IntN(20)) * time.Second)
		}
		c.event(&text, dice, o.oldest)
	}
	text.WriteString(`]}`)
	content := []byte(text.String())
	sum := sha256.Sum256(content)
	o.hash = hex.EncodeToString(sum[:])
	if !c.DigestsOnly {
		o.SetContent(content)
	}
	return o
}

// event writes one of the calls of a deployment.
func (c *chain) event(w *strings.Builder, dice *rand.Rand, at time.Time) {
	call := [...]struct{ source, name, request, readOnly string }{
		{"s3.amazonaws.com", "GetBucketAcl", `{"bucketName":"example-data"}`, "true"},
		{"sts.amazonaws.com", "GetCallerIdentity", `null`, "true"},
		{"ec2.amazonaws.com", "DescribeInstances", `{"instancesSet":{},"filterSet":{}}`, "true"},
		{"iam.amazonaws.com", "CreateAccessKey", `{"userName":"backup-user"}`, "false"},
	}[dice.IntN(4)]
	high, low := dice.Uint64(), dice.Uint64()
	fmt.Fprintf(w, `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDADEPLOYBOTEXAMPLE",`+
		`"arn":"arn:aws:iam::%s:user/deploy-bot","accountId":"%[1]s","accessKeyId":"AKIADEPLOYBOTEXAMPLE","userName":"deploy-bot"},`+
		`"eventTime":"%s","eventSource":"%s","eventName":"%s","awsRegion":"%s","sourceIPAddress":"198.51.100.%d",`+
		`"userAgent":"aws-cli/2.31.0","requestParameters":%s,"responseElements":null,`+
		`"requestID":"%08x-%04x-4%03x-8%03x-%012x","eventID":"%08x-%04x-4%03x-9%03x-%012x","readOnly":%s,`+
		`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"%[1]s","eventCategory":"Management"}`,
		c.account, at.Format(time.RFC3339), call.source, call.name, c.region, dice.IntN(256), call.request,
		low>>32, low>>16&0xffff, low&0xfff, high>>52, high&0xffffffffffff,
		high>>32, high>>16&0xffff, high&0xfff, low>>52, low&0xffffffffffff, call.readOnly)
}

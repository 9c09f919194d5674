package schema

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// at reads a time as RFC 3339 writes it.
func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

const (
	logName16  = "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz"
	digestTime = "_20260302T110405Z"
)

func TestParseKey(t *testing.T) {
	const account, region = "111122223333", "us-east-1"
	delivered := at("2026-03-02T10:05:00Z")
	told := func(class Class, account, region, kind string, delivered time.Time) Key {
		return Key{Class: class, Account: account, Region: region, Kind: kind, Delivered: delivered}
	}
	log := told(ClassLogFile, account, region, "CloudTrail", delivered)
	digest := func(trail, home string, backfill bool) Key {
		k := told(ClassDigestFile, account, region, "CloudTrail-Digest", at("2026-03-02T11:04:05Z"))
		k.Trail, k.HomeRegion, k.Backfill = trail, home, backfill
		return k
	}
	of := func(class Class, kind string) Key { return told(class, account, region, kind, time.Time{}) }
	for _, test := range []struct {
		name string
		key  string
		want Key
	}{
		{"plain", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"prefix with slashes", "audit/prod/2026/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"prefix with a slash before it", "/audit/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"bucket and prefix with a slash before it", "s3://bucket//AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"bucket and prefix", "s3://bucket/a/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"path", "/home/u/copy/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"organization", "AWSLogs/o-exampleorg1/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"organization, prefix", "p/q/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"no underscore, 15 characters", "AWSLogs/111122223333/CloudTrail/us-east-1/2014/06/20/111122223333_CloudTrail_us-east-1_20140620T1255ZHdkvFTXOA3Vnhbc.json.gz",
			told(ClassLogFile, account, region, "CloudTrail", at("2014-06-20T12:55:00Z"))},
		{"15 characters behind the underscore", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh0123456.json.gz", log},
		{"16 characters without underscore", "111122223333_CloudTrail_us-east-1_20260302T1005ZAbCdEfGh01234567.json.gz", log},
		{"unpacked", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + strings.TrimSuffix(logName16, ".gz"), log},
		{"out of its folder", logName16, log},
		{"in another's folder", "/tmp/Config/" + logName16, log},
		{"midnight", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/03/111122223333_CloudTrail_us-east-1_20260303T0000Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, account, region, "CloudTrail", at("2026-03-03T00:00:00Z"))},
		{"account that is no number", "AWSLogs/part-0a/CloudTrail/us-iso-east-1/2026/03/02/part-0a_CloudTrail_us-iso-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, "part-0a", "us-iso-east-1", "CloudTrail", delivered)},
		{"Region of GovCloud", "123456789012_CloudTrail_us-gov-west-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, "123456789012", "us-gov-west-1", "CloudTrail", delivered)},
		// The name knows the account and the Region better than a folder it was moved to.
		{"in another account's folder", "AWSLogs/444455556666/CloudTrail/eu-west-1/2026/03/02/" + logName16, log},
		{"AWSLogs twice", "AWSLogs/backup/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"AWSLogs as the end of a word", "myAWSLogs/444455556666/CloudTrail-Insight/us-east-1/" + logName16, log},

		{"Insights", "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/111122223333_CloudTrail-Insight_us-east-1_20260302T0516Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, account, region, "CloudTrail-Insight", at("2026-03-02T05:16:00Z"))},
		{"Insights, the folder tells", "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/" + logName16,
			told(ClassLogFile, account, region, "CloudTrail-Insight", delivered)},
		{"Insights, the name tells", "111122223333_CloudTrail-Insight_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, account, region, "CloudTrail-Insight", delivered)},
		{"network activity", "AWSLogs/o-exampleorg1/111122223333/CloudTrail-NetworkActivity/us-east-1/2026/03/02/111122223333_CloudTrail-NetworkActivity_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassLogFile, account, region, "CloudTrail-NetworkActivity", delivered)},
		{"aggregated", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/111122223333_CloudTrail-Aggregated_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassAggregatedFile, account, region, "CloudTrail-Aggregated", delivered)},
		{"aggregated, the folder tells", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/" + logName16,
			told(ClassAggregatedFile, account, region, "CloudTrail-Aggregated", delivered)},
		{"aggregated, another name", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/x.json.gz", of(ClassAggregatedFile, "CloudTrail-Aggregated")},
		{"aggregated, the name tells", "111122223333_CloudTrail-Aggregated_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			told(ClassAggregatedFile, account, region, "CloudTrail-Aggregated", delivered)},

		{"digest", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json.gz", digest("demo", "us-east-1", false)},
		{"digest, backfill", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + "_backfill.json.gz", digest("demo", "us-east-1", true)},
		{"digest, organization", "AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_eu-west-1" + digestTime + ".json.gz", digest("demo", "eu-west-1", false)},
		{"digest, out of its folder", "x/111122223333_CloudTrail-Digest_us-east-1_my_trail-1.a_us-east-1" + digestTime + ".json.gz", digest("my_trail-1.a", "us-east-1", false)},
		{"digest, backfill, out of its folder", "111122223333_CloudTrail-Digest_us-east-1_my_trail-1.a_us-east-1" + digestTime + "_backfill.json.gz", digest("my_trail-1.a", "us-east-1", true)},
		{"digest, unpacked", "111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json", digest("demo", "us-east-1", false)},
		{"digest of a trail called as a log file", "111122223333_CloudTrail-Digest_us-east-1_1_CloudTrail_us-east-1_20260302T1005Z_us-east-1" + digestTime + ".json.gz", digest("1_CloudTrail_us-east-1_20260302T1005Z", "us-east-1", false)},
		{"digest folder, log file name", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/" + logName16, told(ClassDigestFile, account, region, "CloudTrail-Digest", delivered)},
		{"digest folder, any name", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x", of(ClassDigestFile, "CloudTrail-Digest")},
		{"metadata of a digest", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json.gz.metadata.json", Key{Class: ClassOtherFile}},

		{"folder marker", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/", Key{Class: ClassOtherFile}},
		{"folder marker of a digest", "AWSLogs/111122223333/CloudTrail-Digest/", Key{Class: ClassOtherFile}},
		{"folder marker called as a log file", logName16 + "/", Key{Class: ClassOtherFile}},
		{"Config", "AWSLogs/111122223333/Config/us-east-1/2026/3/2/ConfigHistory/111122223333_Config_us-east-1_ConfigHistory_AWS::EC2::Instance_20260302T100500Z_20260302T100500Z_1.json.gz", of(ClassOtherFile, "Config")},
		{"flow logs", "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/03/02/111122223333_vpcflowlogs_us-east-1_fl-0a_20260302T1005Z_0a1b2c3d.log.gz", of(ClassOtherFile, "vpcflowlogs")},
		{"load balancer", "p/AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/03/02/111122223333_elasticloadbalancing_us-east-1_app.lb.0a_20260302T1005Z_192.0.2.1_0a.log.gz", of(ClassOtherFile, "elasticloadbalancing")},
		{"JSON of another service", "AWSLogs/111122223333/Config/us-east-1/2026/3/2/x.json", of(ClassOtherFile, "Config")},
		{"README", "AWSLogs/README", Key{Class: ClassOtherFile}},
		{"README below", "AWSLogs/111122223333/CloudTrail/us-east-1/README.md", of(ClassOtherFile, "CloudTrail")},
		{"empty", "", Key{Class: ClassOtherFile}},
		{"slash", "/", Key{Class: ClassOtherFile}},
		{"archive", "logs.tar.gz", Key{Class: ClassOtherFile}},
		{"backup copy", logName16 + ".bak", Key{Class: ClassOtherFile}},

		{"JSON", "events.json", Key{Class: ClassMaybeLogFile}},
		{"JSON lines", "a/b/events.jsonl", Key{Class: ClassMaybeLogFile}},
		{"packed JSON lines", "events.ndjson.gz", Key{Class: ClassMaybeLogFile}},
		{"capitals", "EVENTS.JSONL.GZ", Key{Class: ClassMaybeLogFile}},
		{"other name in the log folder", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/joined.json.gz", of(ClassMaybeLogFile, "CloudTrail")},
		{"copy by a browser", strings.Replace(logName16, ".json.gz", " (1).json.gz", 1), Key{Class: ClassMaybeLogFile}},
		{"14 characters", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh012345.json.gz", Key{Class: ClassMaybeLogFile}},
		{"17 characters", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh012345678.json.gz", Key{Class: ClassMaybeLogFile}},
		{"no account", "_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz", Key{Class: ClassMaybeLogFile}},
		{"no such day", "111122223333_CloudTrail_us-east-1_20260230T1005Z_AbCdEfGh01234567.json.gz", Key{Class: ClassMaybeLogFile}},
		{"no such hour", "111122223333_CloudTrail_us-east-1_20260302T2405Z_AbCdEfGh01234567.json.gz", Key{Class: ClassMaybeLogFile}},

		{"line end behind", logName16 + "\n", Key{Class: ClassOtherFile}},
		{"line end before", "x\n" + logName16, told(ClassLogFile, "x\n"+account, region, "CloudTrail", delivered)},
		{"line end in the Region", strings.Replace(logName16, "us-east-1", "us-east-1\n", 1), Key{Class: ClassMaybeLogFile}},
		{"line end in a digest's name", "111122223333_CloudTrail-Digest_us-east-1_a\nb_us-east-1" + digestTime + ".json.gz", Key{Class: ClassMaybeLogFile}},
		{"way up", "AWSLogs/../../etc/passwd", Key{Class: ClassOtherFile, Account: "..", Kind: "..", Region: "etc"}},
		{"way up to a log file", "../../" + logName16, log},
		{"way up as a name", "AWSLogs/111122223333/CloudTrail/us-east-1/..", of(ClassOtherFile, "CloudTrail")},
		{"backslashes", `AWSLogs\111122223333\CloudTrail\us-east-1\x.json`, Key{Class: ClassMaybeLogFile}},
		{"NUL", "a\x00.json", Key{Class: ClassMaybeLogFile}},
		{"not UTF-8", "\xff\xfe.json", Key{Class: ClassMaybeLogFile}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := ParseKey(test.key)
			got.Folder, got.Name = "", "" // see TestParseKeyPath
			if got != test.want {
				t.Errorf("%q:\ngot  %+v\nwant %+v", test.key, got, test.want)
			}
		})
	}
}

func TestParseKeyPath(t *testing.T) {
	for _, test := range []struct{ key, folder, name string }{
		{"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/a.json.gz", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02", "a.json"},
		{"s3://logs/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/a.json.gz", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02", "a.json"},
		{"s3://logs//p/AWSLogs/o-exampleorg1/111122223333/CloudTrail/a.json", "AWSLogs/o-exampleorg1/111122223333/CloudTrail", "a.json"},
		{"/home/u/AWSLogs/copy/AWSLogs/1/a.json", "AWSLogs/copy/AWSLogs/1", "a.json"},
		{"/evidence/a.json.gz", "", "a.json"},
		{"/evidence/myAWSLogs/1/a.json.gz", "", "a.json"},
		{"/evidence/AWSLogsOfMine/1/a.json.gz", "", "a.json"},
		{"/evidence/myAWSLogs/AWSLogs/1/a.json.gz", "AWSLogs/1", "a.json"},
		{"AWSLogs/a.json", "AWSLogs", "a.json"},
		{"p/AWSLogs//a.json", "AWSLogs/", "a.json"},
		{"AWSLogs/", "AWSLogs", ""},
		{"AWSLogs", "", "AWSLogs"},
		{"a.gz.gz", "", "a.gz"},
		{"a.GZ", "", "a.GZ"},
		{".gz", "", ""},
		{"-", "", "-"},
		{"", "", ""},
	} {
		if k := ParseKey(test.key); k.Folder != test.folder || k.Name != test.name {
			t.Errorf("%q: folder %q, name %q, want %q and %q", test.key, k.Folder, k.Name, test.folder, test.name)
		}
	}
}

// A copy of a log file or of a digest file may lie wherever somebody has put it, but not
// in folders that say something else of it.
func TestLiesWhere(t *testing.T) {
	const delivered = "p/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16
	for uri, want := range map[string]bool{
		"s3://logs/" + delivered:                        true,
		"s3://evidence/case-7/" + delivered:             true,
		"/evidence/" + delivered:                        true,
		"/evidence/" + delivered[len("p/"):]:            true,
		strings.TrimSuffix(delivered, ".gz"):            true,
		"/AWSLogs/copy/" + delivered[len("p/"):]:        true,
		"/evidence/" + logName16:                        true,
		logName16:                                       true,
		"/evidence/x" + logName16:                       false,
		"/evidence/02/" + logName16:                     true,
		"/evidence/AWSLogs/" + logName16:                false,
		"/evidence/AWSLogs/02/" + logName16:             false,
		"/evidence/not" + delivered[len("p/"):]:         true, // these are no folders of the layout's
		strings.Replace(delivered, "/02/", "/01/", 1):   false,
		strings.Replace(delivered, "/us-", "/eu-", 1):   false,
		strings.Replace(delivered, "T1005", "T1010", 1): false,
		delivered + "/more":                             false,
	} {
		k, as := ParseKey(uri), ParseKey(delivered)
		if got := k.LiesWhere(&as); got != want {
			t.Errorf("%s: %v", uri, got)
		}
	}
}

// FuzzParseKey: whatever a key is, it is read without a panic, a log file's says all
// there is to say, and what stands before AWSLogs/ changes nothing.
func FuzzParseKey(f *testing.F) {
	for _, key := range []string{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16,
		"p/AWSLogs/o-exampleorg1/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/" + logName16,
		"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/111122223333_CloudTrail-Digest_us-east-1_a_us-east-1" + digestTime + "_backfill.json.gz",
		"AWSLogs/111122223333/Config/us-east-1/x.json",
		"111122223333_CloudTrail_us-east-1_20140620T1255ZHdkvFTXOA3Vnhbc.json",
		"1_CloudTrail_a_99999999T9999Z_AbCdEfGh01234567.json",
		"1_CloudTrail_a_00010101T0000Z_AbCdEfGh01234567.json",
		"1_CloudTrail-Digest_a_20260302T1005Z_AbCdEfGh01234567.json",
		"AWSLogs/a/b/../c.jsonl", "AWSLogs/", "..", "\n", "", "AWSLogs/a/x.json.xz",
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		k := ParseKey(key)
		if k.Class > ClassOtherFile {
			t.Errorf("class %d", k.Class)
		}
		if k.Class == ClassLogFile && (k.Account == "" || k.Region == "" || k.Kind == "" || k.Delivered.IsZero()) {
			t.Errorf("a log file without what its name tells: %+v", k)
		}
		if k.Trail != "" && (k.Class != ClassDigestFile || k.HomeRegion == "" || k.Delivered.IsZero()) || k.Trail == "" && (k.HomeRegion != "" || k.Backfill) {
			t.Errorf("half a digest's name: %+v", k)
		}
		if k.Folder != "" && k.Folder != "AWSLogs" && !strings.HasPrefix(k.Folder, "AWSLogs/") || !k.LiesWhere(&k) {
			t.Errorf("folder: %+v", k)
		}
		packedBefore := slices.ContainsFunc([]string{".gz", ".bz2", ".xz", ".zst"}, func(end string) bool { return strings.HasSuffix(key, end) })
		if packed := ParseKey(key + ".gz"); packed.LiesWhere(&k) == packedBefore {
			t.Errorf("unpacked it is %+v, else %+v", k, packed)
		}
		if !strings.Contains(key, k.Account) || !strings.Contains(key, k.Region) || !strings.Contains(key, k.Kind) {
			t.Errorf("not from the key: %+v", k)
		}
		if (k.Class == ClassLogFile || k.Class == ClassMaybeLogFile) && !strings.Contains(strings.ToLower(key), "json") {
			t.Errorf("class %d without JSON in the name", k.Class)
		}
		if moved := ParseKey("some/prefix/" + key); moved != k {
			t.Errorf("below a prefix it is %+v, else %+v", moved, k)
		}
	})
}

// What others write into buckets is known by its names, and nothing else is.
func TestIsOtherService(t *testing.T) {
	for path, want := range map[string]bool{
		"logs/2026-03-02-10-05-12-0123456789ABCDEF":                           true,
		"2026-03-02-10-05-12-0123456789ABCDEF":                                true,
		"2026-13-02-10-05-12-0123456789ABCDEF":                                false,
		"2026-03-02-10-05-12-0123456789abcdef":                                false,
		"firehose-1-2026-03-02-10-05-12-00000000-0000-4000-8000-000000000001": false,
		"i/b/all/data/00000000-0000-4000-8000-000000000001.csv.gz":            true,
		"i/b/all/data/00000000-0000-4000-8000-000000000001.parquet":           true,
		"i/b/all/data/evidence.zip":                                           false,
		"i/b/all/00000000-0000-4000-8000-000000000001":                        false,
		"i/b/all/2026-03-02T01-00Z/manifest.checksum":                         true,
		"i/b/all/hive/dt=2026-03-02-01-00/symlink.txt":                        true,
		"AWSLogs/111122223333/ELBAccessLogTestFile":                           true,
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/renamed.log":    false,
		"": false,
	} {
		if got := IsOtherService(path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
}

// The same grammar as regular expressions, for keys read by hand to be compared with.
var (
	logNamePattern = regexp.MustCompile(`^([^/_]+)_(CloudTrail(?:-[A-Za-z]+)?)_([a-z0-9-]+)_(\d{8}T\d{4}Z)_?([A-Za-z0-9]{15,16})\.json(?:\.(?:gz|bz2|xz|zst))?$`)
	pathPattern    = regexp.MustCompile(`(?s)^(?:(?:.*?/)??(AWSLogs(?:/.*)?)/|.*/)?([^/]*?)(?:\.(?:gz|bz2|xz|zst))?$`)
	folderPattern  = regexp.MustCompile(`(?:^|/)AWSLogs/(?:o-[a-z0-9]{10,32}/)?([^/]+)/([^/]+)/(?:([a-z0-9-]+)/)?`)
)

func FuzzKey(f *testing.F) {
	for _, key := range []string{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1205Z_AbCdEfGhIjKlMnOp.json.gz",
		"p/AWSLogs/o-abcdefghij/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/111122223333_CloudTrail-Insight_us-east-1_20260302T1205Z_AbCdEfGhIjKlMnO.json",
		"AWSLogs/o-abcdefghij/CloudTrail/file", "AWSLogs/AWSLogs/a/b/c/", "xAWSLogs/1/2/3/AWSLogs/4/5/", "AWSLogs//a/b/AWSLogs/x/y/z/", "/AWSLogs/a/b/",
		"1_CloudTrail_us-east-1_20140302T1205ZAbCdEfGhIjKlMnOp.json.gz", "1_CloudTrail-_r_20140302T1205Z_AbCdEfGhIjKlMnOp.json", "1_CloudTrail_r_20149902T1205Z__bCdEfGhIjKlMnOp.json.gz.gz",
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		var want [3]string
		if m := folderPattern.FindStringSubmatch(key); m != nil {
			want = [3]string(m[1:])
		}
		account, service, region := parseLogFolder(key)
		if got := [3]string{account, service, region}; got != want {
			t.Errorf("folder of %q: got %q, want %q", key, got, want)
		}
		if m, k := pathPattern.FindStringSubmatch(key), ParseKey(key); m[1] != k.Folder || m[2] != k.Name {
			t.Errorf("path of %q: got %q and %q, want %q", key, k.Folder, k.Name, m[1:])
		}
		name := path.Base(key)
		m := logNamePattern.FindStringSubmatch(name)
		log, ok := parseLogName(name)
		if ok != (m != nil) {
			t.Errorf("name %q: got %v, want %q", name, ok, m)
		}
		if ok && (log != logName{m[1], m[2], m[3], m[4]}) {
			t.Errorf("name %q: got %q, want %q", name, log, m)
		}
	})
}

package ingest

import (
	"path"
	"regexp"
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
	log := Key{LogFile, account, region, "CloudTrail", delivered}
	digest := Key{DigestFile, account, region, "CloudTrail-Digest", at("2026-03-02T11:04:05Z")}
	of := func(class Class, kind string) Key { return Key{class, account, region, kind, time.Time{}} }
	for _, test := range []struct {
		name string
		key  string
		want Key
	}{
		{"plain", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"prefix with slashes", "audit/prod/2026/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"bucket and prefix", "s3://bucket/a/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"path", "/home/u/copy/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"organization", "AWSLogs/o-exampleorg1/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"organization, prefix", "p/q/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"no underscore, 15 characters", "AWSLogs/111122223333/CloudTrail/us-east-1/2014/06/20/111122223333_CloudTrail_us-east-1_20140620T1255ZHdkvFTXOA3Vnhbc.json.gz",
			Key{LogFile, account, region, "CloudTrail", at("2014-06-20T12:55:00Z")}},
		{"15 characters behind the underscore", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh0123456.json.gz", log},
		{"16 characters without underscore", "111122223333_CloudTrail_us-east-1_20260302T1005ZAbCdEfGh01234567.json.gz", log},
		{"unpacked", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + strings.TrimSuffix(logName16, ".gz"), log},
		{"out of its folder", logName16, log},
		{"in another's folder", "/tmp/Config/" + logName16, log},
		{"midnight", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/03/111122223333_CloudTrail_us-east-1_20260303T0000Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, account, region, "CloudTrail", at("2026-03-03T00:00:00Z")}},
		{"account that is no number", "AWSLogs/part-0a/CloudTrail/us-iso-east-1/2026/03/02/part-0a_CloudTrail_us-iso-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, "part-0a", "us-iso-east-1", "CloudTrail", delivered}},
		{"Region of GovCloud", "123456789012_CloudTrail_us-gov-west-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, "123456789012", "us-gov-west-1", "CloudTrail", delivered}},
		// The name knows the account and the Region better than a folder it was moved to.
		{"in another account's folder", "AWSLogs/444455556666/CloudTrail/eu-west-1/2026/03/02/" + logName16, log},
		{"AWSLogs twice", "AWSLogs/backup/AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/" + logName16, log},
		{"AWSLogs as the end of a word", "myAWSLogs/444455556666/CloudTrail-Insight/us-east-1/" + logName16, log},

		{"Insights", "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/111122223333_CloudTrail-Insight_us-east-1_20260302T0516Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, account, region, "CloudTrail-Insight", at("2026-03-02T05:16:00Z")}},
		{"Insights, the folder tells", "AWSLogs/111122223333/CloudTrail-Insight/us-east-1/2026/03/02/" + logName16,
			Key{LogFile, account, region, "CloudTrail-Insight", delivered}},
		{"Insights, the name tells", "111122223333_CloudTrail-Insight_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, account, region, "CloudTrail-Insight", delivered}},
		{"network activity", "AWSLogs/o-exampleorg1/111122223333/CloudTrail-NetworkActivity/us-east-1/2026/03/02/111122223333_CloudTrail-NetworkActivity_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{LogFile, account, region, "CloudTrail-NetworkActivity", delivered}},
		{"aggregated", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/111122223333_CloudTrail-Aggregated_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{AggregatedFile, account, region, "CloudTrail-Aggregated", delivered}},
		{"aggregated, the folder tells", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/" + logName16,
			Key{AggregatedFile, account, region, "CloudTrail-Aggregated", delivered}},
		{"aggregated, another name", "AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2026/03/02/x.json.gz", of(AggregatedFile, "CloudTrail-Aggregated")},
		{"aggregated, the name tells", "111122223333_CloudTrail-Aggregated_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz",
			Key{AggregatedFile, account, region, "CloudTrail-Aggregated", delivered}},

		{"digest", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json.gz", digest},
		{"digest, backfill", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + "_backfill.json.gz", digest},
		{"digest, organization", "AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_eu-west-1" + digestTime + ".json.gz", digest},
		{"digest, out of its folder", "x/111122223333_CloudTrail-Digest_us-east-1_my_trail-1.a_us-east-1" + digestTime + ".json.gz", digest},
		{"digest, backfill, out of its folder", "111122223333_CloudTrail-Digest_us-east-1_my_trail-1.a_us-east-1" + digestTime + "_backfill.json.gz", digest},
		{"digest, unpacked", "111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json", digest},
		{"digest of a trail called as a log file", "111122223333_CloudTrail-Digest_us-east-1_1_CloudTrail_us-east-1_20260302T1005Z_us-east-1" + digestTime + ".json.gz", digest},
		{"digest folder, log file name", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/" + logName16, Key{DigestFile, account, region, "CloudTrail-Digest", delivered}},
		{"digest folder, any name", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/x", of(DigestFile, "CloudTrail-Digest")},
		{"metadata of a digest", "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1" + digestTime + ".json.gz.metadata.json", Key{Class: OtherFile}},

		{"folder marker", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/", Key{Class: OtherFile}},
		{"folder marker of a digest", "AWSLogs/111122223333/CloudTrail-Digest/", Key{Class: OtherFile}},
		{"folder marker called as a log file", logName16 + "/", Key{Class: OtherFile}},
		{"Config", "AWSLogs/111122223333/Config/us-east-1/2026/3/2/ConfigHistory/111122223333_Config_us-east-1_ConfigHistory_AWS::EC2::Instance_20260302T100500Z_20260302T100500Z_1.json.gz", of(OtherFile, "Config")},
		{"flow logs", "AWSLogs/111122223333/vpcflowlogs/us-east-1/2026/03/02/111122223333_vpcflowlogs_us-east-1_fl-0a_20260302T1005Z_0a1b2c3d.log.gz", of(OtherFile, "vpcflowlogs")},
		{"load balancer", "p/AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/03/02/111122223333_elasticloadbalancing_us-east-1_app.lb.0a_20260302T1005Z_192.0.2.1_0a.log.gz", of(OtherFile, "elasticloadbalancing")},
		{"JSON of another service", "AWSLogs/111122223333/Config/us-east-1/2026/3/2/x.json", of(OtherFile, "Config")},
		{"README", "AWSLogs/README", Key{Class: OtherFile}},
		{"README below", "AWSLogs/111122223333/CloudTrail/us-east-1/README.md", of(OtherFile, "CloudTrail")},
		{"empty", "", Key{Class: OtherFile}},
		{"slash", "/", Key{Class: OtherFile}},
		{"archive", "logs.tar.gz", Key{Class: OtherFile}},
		{"backup copy", logName16 + ".bak", Key{Class: OtherFile}},

		{"JSON", "events.json", Key{Class: MaybeLogFile}},
		{"JSON lines", "a/b/events.jsonl", Key{Class: MaybeLogFile}},
		{"packed JSON lines", "events.ndjson.gz", Key{Class: MaybeLogFile}},
		{"capitals", "EVENTS.JSONL.GZ", Key{Class: MaybeLogFile}},
		{"other name in the log folder", "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/joined.json.gz", of(MaybeLogFile, "CloudTrail")},
		{"copy by a browser", strings.Replace(logName16, ".json.gz", " (1).json.gz", 1), Key{Class: MaybeLogFile}},
		{"14 characters", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh012345.json.gz", Key{Class: MaybeLogFile}},
		{"17 characters", "111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh012345678.json.gz", Key{Class: MaybeLogFile}},
		{"no account", "_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json.gz", Key{Class: MaybeLogFile}},
		{"no such day", "111122223333_CloudTrail_us-east-1_20260230T1005Z_AbCdEfGh01234567.json.gz", Key{Class: MaybeLogFile}},
		{"no such hour", "111122223333_CloudTrail_us-east-1_20260302T2405Z_AbCdEfGh01234567.json.gz", Key{Class: MaybeLogFile}},

		{"line end behind", logName16 + "\n", Key{Class: OtherFile}},
		{"line end before", "x\n" + logName16, Key{LogFile, "x\n" + account, region, "CloudTrail", delivered}},
		{"line end in the Region", strings.Replace(logName16, "us-east-1", "us-east-1\n", 1), Key{Class: MaybeLogFile}},
		{"line end in a digest's name", "111122223333_CloudTrail-Digest_us-east-1_a\nb_us-east-1" + digestTime + ".json.gz", Key{Class: MaybeLogFile}},
		{"way up", "AWSLogs/../../etc/passwd", Key{Class: OtherFile, Account: "..", Kind: "..", Region: "etc"}},
		{"way up to a log file", "../../" + logName16, log},
		{"way up as a name", "AWSLogs/111122223333/CloudTrail/us-east-1/..", of(OtherFile, "CloudTrail")},
		{"backslashes", `AWSLogs\111122223333\CloudTrail\us-east-1\x.json`, Key{Class: MaybeLogFile}},
		{"NUL", "a\x00.json", Key{Class: MaybeLogFile}},
		{"not UTF-8", "\xff\xfe.json", Key{Class: MaybeLogFile}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := ParseKey(test.key); got != test.want {
				t.Errorf("%q:\ngot  %+v\nwant %+v", test.key, got, test.want)
			}
		})
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
		"AWSLogs/a/b/../c.jsonl", "AWSLogs/", "..", "\n", "",
	} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, key string) {
		k := ParseKey(key)
		if k.Class > OtherFile {
			t.Errorf("class %d", k.Class)
		}
		if k.Class == LogFile && (k.Account == "" || k.Region == "" || k.Kind == "" || k.Delivered.IsZero()) {
			t.Errorf("a log file without what its name tells: %+v", k)
		}
		if !strings.Contains(key, k.Account) || !strings.Contains(key, k.Region) || !strings.Contains(key, k.Kind) {
			t.Errorf("not from the key: %+v", k)
		}
		if (k.Class == LogFile || k.Class == MaybeLogFile) && !strings.Contains(strings.ToLower(key), "json") {
			t.Errorf("class %d without JSON in the name", k.Class)
		}
		if moved := ParseKey("some/prefix/" + key); moved != k {
			t.Errorf("below a prefix it is %+v, else %+v", moved, k)
		}
	})
}

// The same grammar as regular expressions, for keys read by hand to be compared with.
var (
	logNamePattern = regexp.MustCompile(`^([^/_]+)_(CloudTrail(?:-[A-Za-z]+)?)_([a-z0-9-]+)_(\d{8}T\d{4}Z)_?([A-Za-z0-9]{15,16})\.json(?:\.gz)?$`)
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

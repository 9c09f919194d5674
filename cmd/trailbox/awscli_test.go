//go:build awscli

package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/ingest/digesttest"
)

// serveAWS answers what aws cloudtrail validate-logs asks of CloudTrail and
// of Organizations about a trail.
func serveAWS(t *testing.T, trail digesttest.Trail) (url string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		operation = operation[strings.LastIndex(operation, ".")+1:]
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		answer := json.NewEncoder(w)
		switch operation {
		case "ListPublicKeys":
			var query struct{ StartTime, EndTime float64 }
			if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
				t.Error(err)
			}
			var valid []*digesttest.Key
			for _, k := range publicKeys() {
				if float64(k.From.Unix()) <= query.EndTime && float64(k.Until.Unix()) >= query.StartTime {
					valid = append(valid, k)
				}
			}
			w.Write(digesttest.PublicKeys(digesttest.Epoch, valid...))
		case "DescribeTrails":
			answer.Encode(map[string]any{"trailList": []any{map[string]any{
				"Name": trail.Name, "TrailARN": trail.ARN(), "HomeRegion": trail.HomeRegion, "S3BucketName": trail.Bucket,
				"S3KeyPrefix": strings.TrimSuffix(trail.Prefix, "/"), "IsOrganizationTrail": trail.Organization != "",
			}}})
		case "DescribeOrganization":
			answer.Encode(map[string]any{"Organization": map[string]any{"Id": trail.Organization}})
		default:
			t.Errorf("aws asks for %s", r.Header.Get("X-Amz-Target"))
			http.Error(w, "{}", http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// validateLogs runs AWS's own implementation. The program is $TRAILBOX_AWS, or aws in
// $PATH; without it the test fails: who asks for the build tag wants to know.
func validateLogs(t *testing.T, s3URL, awsURL string, trail digesttest.Trail, account, region string) (code int, stdout, stderr string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), cmp.Or(os.Getenv("TRAILBOX_AWS"), "aws"),
		"cloudtrail", "validate-logs", "--verbose", "--region", region, "--trail-arn", trail.ARN(),
		"--start-time", trail.Start.Format(time.RFC3339), "--end-time", trailEnd(trail).Format(time.RFC3339), "--account-id", account)
	c.Env = append(os.Environ(), "AWS_ENDPOINT_URL_S3="+s3URL, "AWS_ENDPOINT_URL_CLOUDTRAIL="+awsURL, "AWS_ENDPOINT_URL_ORGANIZATIONS="+awsURL)
	var out, talk bytes.Buffer
	c.Stdout, c.Stderr = &out, &talk
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), talk.String()
}

// The verdicts of aws cloudtrail validate-logs and of trailbox verify --aws-format are
// the same, line by line, on archives whole and spoiled, but for what is listed
// as a difference.
func TestAWSAgrees(t *testing.T) {
	differences := awsDifferences()
	for _, r := range append(wholeRows(), spoiledRows()...) {
		if r.noAWS != "" {
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			a := r.trail.Make()
			names := objectNames(a)
			if r.tamper != nil {
				r.tamper(a)
			}
			compareWithAWS(t, a, names, differences[r.name])
		})
		delete(differences, r.name)
	}
	for name := range differences {
		t.Errorf("no row is called %s", name)
	}
}

// An awsDifference says where the two disagree, and why. Files go by their names.
type awsDifference struct {
	why     string
	account string   // that it is about, if not the trail's first one
	aws     []string // lines that only AWS's implementation prints
	ours    []string // lines that only trailbox prints
	exits   bool     // only one of the two finds that something is wrong
}

// compareWithAWS puts an archive into a store and into an S3 server, and compares the
// verdicts on each chain.
func compareWithAWS(t *testing.T, a *digesttest.Archive, names map[string]string, d awsDifference) {
	server := serveArchive(t, a)
	aws := serveAWS(t, a.Trail)
	dir := t.TempDir()
	store, keys := filepath.Join(dir, "t.duckdb"), filepath.Join(dir, "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.Epoch, publicKeys()...), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, talk := call(t, "ingest", "--quiet", "--store", store, "--endpoint-url", server.URL, "s3://"+a.Trail.Bucket+"/"); code != 0 && code != 3 {
		t.Fatal(talk)
	}
	for _, account := range a.Trail.Accounts {
		d := d
		if account != cmp.Or(d.account, a.Trail.Accounts[0]) {
			d = awsDifference{}
		}
		for _, region := range a.Trail.Regions {
			code, out, talk := validateLogs(t, server.URL, aws, a.Trail, account, region)
			ourCode, ourOut, ourTalk := call(t, "verify", "--quiet", "--aws-format", "--verbose", "--store", store, "--public-keys", keys,
				"--account", account, "--aws-region", region, "--trail", a.Trail.Name,
				"--since", a.Trail.Start.Format(time.RFC3339), "--until", trailEnd(a.Trail).Format(time.RFC3339))
			onlyAWS, onlyOurs := differ(names, out+talk, ourOut+ourTalk)
			if !slices.Equal(onlyAWS, d.aws) || !slices.Equal(onlyOurs, d.ours) {
				t.Errorf("%s %s (%s)\nonly aws prints\n%q\nonly trailbox prints\n%q", account, region, d.why, onlyAWS, onlyOurs)
			}
			if agree := (code != 0) == (ourCode != 0); agree == d.exits {
				t.Errorf("%s %s: aws exits with %d, trailbox with %d\n%s", account, region, code, ourCode, ourTalk)
			}
		}
	}
}

func trailEnd(trail digesttest.Trail) time.Time {
	return trail.Start.Add(time.Duration(trail.Hours) * time.Hour)
}

// differ returns the lines that only one of two outputs has, shortened.
func differ(names map[string]string, a, b string) (onlyA, onlyB []string) {
	left := map[string]int{}
	for line := range strings.Lines(b) {
		left[line]++
	}
	for line := range strings.Lines(a) {
		if left[line]--; left[line] < 0 && line != "\n" {
			onlyA = append(onlyA, shorten(names, line))
		}
	}
	for line := range strings.Lines(b) {
		if left[line] > 0 && line != "\n" {
			left[line]--
			onlyB = append(onlyB, shorten(names, line))
		}
	}
	return onlyA, onlyB
}

// shorten puts names in the place of URIs.
func shorten(names map[string]string, line string) string {
	before, uri, found := strings.Cut(strings.TrimSuffix(line, "\n"), "\ts3://")
	if !found {
		return before
	}
	key, verdict, _ := strings.Cut(uri, "\t")
	_, verdict, invalid := strings.Cut(verdict, "INVALID: ")
	if !invalid {
		verdict = "valid"
	}
	return names[path.Base(key)] + " " + verdict
}

// awsDifferences are those that there are, by row.
func awsDifferences() map[string]awsDifference {
	hour := func(hour int) (lines []string) {
		lines = append(lines, fmt.Sprintf("digest %d valid", hour))
		for n := range 3 {
			lines = append(lines, fmt.Sprintf("log %d/%d valid", hour, n))
		}
		return lines
	}
	const header = "Validating log files for trail arn:aws:cloudtrail:us-east-1:%s:trail/organization between 2026-03-02T00:12:09Z and 2026-03-02T08:12:09Z"
	trailing := "it does not look behind the gzip member of a digest, as it does with log files"
	return map[string]awsDifference{
		"an organization": {
			why: "the digests do not tell in which account the trail is", account: "444455556666",
			aws: []string{fmt.Sprintf(header, "111122223333")}, ours: []string{fmt.Sprintf(header, "444455556666")},
		},
		"bytes after a digest's gzip": {
			why: trailing, exits: true,
			aws:  append(hour(4), "8/8 digest files valid", "24/24 log files valid"),
			ours: []string{"7/8 digest files valid, 1/8 digest files INVALID", "21/21 log files valid", "digest 4 invalid format"},
		},
		"a gzip member after a digest's": {
			why: trailing, exits: true,
			aws:  append(hour(4), "8/8 digest files valid", "24/24 log files valid"),
			ours: []string{"7/8 digest files valid, 1/8 digest files INVALID", "21/21 log files valid", "digest 4 unexpected data after end of compressed stream"},
		},
		"a signature lost": {
			why: "trailbox takes it from the next digest, which is signed with it", exits: true,
			aws:  []string{"7/8 digest files valid, 1/8 digest files INVALID", "21/21 log files valid", "digest 4 signature verification failed"},
			ours: append(hour(4), "8/8 digest files valid", "24/24 log files valid"),
		},
		"a digest moved": {
			why: "it begins with the digest whose key comes last, and goes back from the time in that one's name: what is newer it never sees",
			aws: []string{"Results found for 2026-03-02T00:12:09Z to 2026-03-02T04:12:09Z:", "4/5 digest files valid, 1/5 digest files INVALID", "12/12 log files valid"},
			ours: slices.Concat(hour(7), hour(6), hour(5), []string{
				"Results found for 2026-03-02T00:12:09Z to 2026-03-02T08:12:09Z:", "7/8 digest files valid, 1/8 digest files INVALID", "21/21 log files valid",
			}),
		},
		"signed anew with the right key": {
			why: "it does not compare a digest with what its successor says of it", exits: true,
			aws:  []string{"digest 4 valid", "log 4/1 valid", "log 4/2 valid", "8/8 digest files valid", "23/23 log files valid"},
			ours: []string{"7/8 digest files valid, 1/8 digest files INVALID", "21/21 log files valid", "digest 4 signature verification failed"},
		},
		"a backfill digest without its time": {
			why: "it needs the time to ask for the keys of then; trailbox has the keys", exits: true,
			aws:  []string{"2/3 backfill digest files valid, 1/3 backfill digest files INVALID", "23/23 log files valid", "backfill 4 invalid format"},
			ours: []string{"backfill 4 valid", "log 4/2 valid", "3/3 backfill digest files valid", "24/24 log files valid"},
		},
	}
}

package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"trailbox/ingest/digesttest"
	"trailbox/ingest/historytest"
	"trailbox/ingest/s3test"
)

// setup --check tells from digests that a Region is recorded in which nothing happens, that one
// is not, and where digests are missing, or end.
func TestSetupCheckByDigests(t *testing.T) {
	usual := []string{ // "AWS Regions": those that no account opts into
		"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1",
		"eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
	}
	const quiet, gone, unsigned, cutOff = "eu-north-1", "sa-east-1", "eu-west-1", "us-east-1"
	a := digesttest.Trail{Hours: 5, LogFiles: 1, Events: 1, Regions: slices.Concat([]string{cutOff}, slices.DeleteFunc(slices.Clone(usual), func(r string) bool { return r == cutOff }), []string{"me-south-1"})}.Make()
	a.Objects = slices.DeleteFunc(a.Objects, func(o *digesttest.Object) bool {
		switch isDigest := o.Class == digesttest.DigestFile; o.Region {
		case gone:
			return true
		case quiet:
			return !isDigest
		case unsigned:
			return isDigest
		case cutOff:
			return isDigest && o.Hour > 1
		}
		return false
	})
	store, _ := digested(t, a, true)
	code, stdout, stderr := call(t, "setup", "--check", "--verbose", "--store", store, "-o", "csv", "--alarms", "none")
	if code != exitFindings {
		t.Fatalf("code %d, %s", code, stderr)
	}
	var notInPlace []string
	for line := range strings.Lines(stdout) {
		cells := strings.SplitN(line, ",", 6)
		switch {
		case cells[1] == "region" || cells[2] != "" || cells[1] == "":
		case cells[4] == "in place" && cells[3] == "recording":
			usual = slices.DeleteFunc(usual, func(r string) bool { return r == cells[1] })
		case cells[4] != "in place":
			notInPlace = append(notInPlace, strings.TrimSpace(strings.Join(cells[1:], ",")))
		}
	}
	want := []string{
		`eu-west-1,,digests,missing,"none: log file validation is off, or they were not loaded",,`,
		`sa-east-1,,recording,missing,"neither an event nor a digest, and there are digests of other Regions",,`,
		`us-east-1,,digests,missing,"they end at 2026-03-02T02:12:09Z, log files go on until 2026-03-02T04:45:00Z",,`,
	}
	if !slices.Equal(notInPlace, want) || !slices.Equal(usual, []string{gone}) {
		t.Errorf("%s\nnot recorded: %q\n%s", strings.Join(notInPlace, "\n"), usual, stderr)
	}
	for _, line := range []string{
		"111122223333,us-east-1,main,log file validation,in place,", "111122223333,us-east-1,main,all Regions,in place,digests of 16 Regions,",
		"111122223333,us-east-1,main,settings,cannot tell,", "111122223333,me-south-1,,recording,in place,",
		`111122223333,eu-north-1,,recording,in place,"no event, which digests say",`,
	} {
		if !strings.Contains(stdout, line) {
			t.Errorf("no line begins with %s", line)
		}
	}
	if t.Failed() {
		t.Log(stdout)
	}
}

// setup --check --api asks AWS: of a trail that is gone it says so, and what AWS refuses it names.
func TestSetupCheckAPI(t *testing.T) {
	s3test.Credentials(t, "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
	demo(t)
	server := historytest.New(t, "us-east-1", "eu-west-1")
	refuses := ""
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			region, _ := historytest.Signed(r)
			switch {
			case !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeTrails"):
				next.ServeHTTP(w, r)
			case region == refuses:
				historytest.Refuse(w, http.StatusBadRequest, "AccessDeniedException", "not authorized to perform: cloudtrail:DescribeTrails")
			default:
				io.WriteString(w, `{"trailList":[]}`)
			}
		})
	})
	check := func() (stdout, stderr string) {
		t.Helper()
		code, stdout, stderr := call(t, "setup", "--check", "--api", "--endpoint-url", server.URL, "-o", "csv", "--account", historytest.Account)
		if code != exitFindings || !strings.Contains(stderr, "\nAWS was asked about the account 111122223333, in 2 Regions\n") {
			t.Errorf("code %d, %s", code, stderr)
		}
		return stdout, stderr
	}
	stdout, stderr := check()
	if !strings.Contains(stdout, `,audit-trail,trail,missing,"it was deleted, and no other is known",`) || strings.Contains(stderr, "hint") {
		t.Errorf("%s\n%s", stdout, stderr)
	}
	refuses = "us-east-1"
	stdout, stderr = check()
	if !strings.Contains(stdout, ",audit-trail,all Regions,missing,") ||
		!strings.Contains(stderr, "trailbox: DescribeTrails in us-east-1: AccessDeniedException: ") || !strings.Contains(stderr, "hint: the caller needs cloudtrail:DescribeTrails") {
		t.Errorf("%s\n%s", stdout, stderr)
	}
	if code, _, stderr := call(t, "setup", "--check", "--profile", "audit"); code != exitUsage || !strings.Contains(stderr, "hint: trailbox setup --check --api") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

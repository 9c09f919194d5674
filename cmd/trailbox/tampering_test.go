package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// toldAs says which of the tests do what a row of the help's table of tamperings tells.
func toldAs() map[string][]string {
	return map[string][]string{
		"a byte of a log file, or of its packing": {"a byte of a log file", "a byte of a log file's gzip", "a byte of a backfilled log file"},
		"bytes behind a log file's gzip member":   {"bytes after a log file's gzip", "a gzip member after a log file's"},
		"two log files exchanged":                 {"two log files swapped"},
		"a log file deleted":                      {"a log file deleted"},
		"a log file moved to another folder":      {"a log file moved"},
		"a log file planted": {
			"a log file planted", "a log file planted before the first digest", "a log file planted in the last hour", "a log file planted under a name of its own",
		},
		"a log file planted among digests, or as of a kind that AWS does not have": {
			"a log file planted among digests", "a log file planted among digests under a name of its own", "a log file planted as of a kind that AWS does not have",
		},
		"events planted as Insights or network activity that are not, or under another account, Region or time": {
			"management events planted as Insights", "management events planted as network activity", "a log file planted under another's account, Region and time",
		},
		"a byte of a digest, or of its signature": {
			"a byte of a digest", "a byte of a digest's gzip", "a digit of a signature", "a digit of the last signature", "a log file and its digest altered", "the fingerprint of another key",
		},
		"a changed copy of a log file put beside it": {"a changed copy beside a log file"},
		"a digest deleted":                           {"a digest deleted", "a backfill digest deleted"},
		"a run of digests deleted": {
			"a run of digests deleted", "a run of hours deleted", "a false digest of long ago before a deleted one", "a digest of an unknown key from long ago before a deleted one",
		},
		"the old end of a chain cut off":                         {"the first hours cut off"},
		"the new end of a chain cut off":                         {"the last hours cut off", "the last digest deleted"},
		"an old digest put in the place of a newer one":          {"an old digest replayed", "an old digest replayed as the last", "an old digest replayed under a new name"},
		"a digest moved to another folder":                       {"a digest moved"},
		"a digest signed anew with another key":                  {"signed with a foreign key", "signed with a foreign key under the right fingerprint", "signed with a foreign key from there on"},
		"a key that was not valid then, or is another Region's":  {"signed with an expired key"},
		"a digest exchanged for another good one":                {"signed anew with the right key"},
		"bytes behind a digest's gzip member":                    {"bytes after a digest's gzip", "a gzip member after a digest's"},
		"the metadata of digests lost, as a plain download does": {"the last signature lost"},
	}
}

// elsewhere are the rows whose tests are not in the matrix.
func elsewhere() map[string]string {
	return map[string]string{
		"nothing; empty digests, several Regions, an organization, backfill, redelivery, rotated keys": "TestVerifyMatrix/whole",
		"a restart: logging was stopped, or the trail made anew":                                       "TestVerifyMatrix/whole",
		"a log file changed, loaded, and put back":                                                     "TestVerifyEventsWithoutProof",
		"a row written into the store's table of events":                                               "TestVerifyEventsWithoutProof",
		"any column of a row in the store, also one that is derived, and hashes with it":               "TestVerifySelfProvesColumns, TestVerifyDeepProvesRows",
		"a key put into the store":                                                                     "TestVerifyStoredKeys",
		"a view, a macro or a table put into the store":                                                "TestForeignSchema",
		"a log file in an archive of S3, not restored":                                                 "TestVerifyArchived",
		"the archive copied: another bucket, a disk":                                                   "TestVerifyMatrix, in each of its places",
	}
}

// The help's table has a row for all that the tests do, and of what it says is found each
// kind is.
func TestTamperingTable(t *testing.T) {
	_, table, _ := strings.Cut(findTopic("verify").text(), "## What was done to an archive")
	table, _, _ = strings.Cut(table, "\n## ")
	told := map[string]string{}
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) == 3 {
			told[strings.TrimPrefix(cells[0], "| ")] = cells[1]
		}
	}
	delete(told, "what was done")
	delete(told, "---")
	found := map[string][]string{} // kinds, by the names of tests
	for _, row := range spoiledRows() {
		for _, f := range row.finds {
			kind, _, _ := strings.Cut(f, " ")
			found[row.name] = append(found[row.name], kind)
		}
	}
	kind := regexp.MustCompile("`([a-z]+(?:-[a-z]+)+)`")
	tests, others := toldAs(), elsewhere()
	done := map[string]bool{}
	for left, right := range told {
		if others[left] != "" {
			continue
		}
		if tests[left] == nil {
			t.Errorf("no test does this: %s", left)
			continue
		}
		var all, said []string
		for _, name := range tests[left] {
			done[name] = true
			all = append(all, found[name]...)
		}
		for _, m := range kind.FindAllStringSubmatch(right, -1) {
			if said = append(said, m[1]); !slices.Contains(all, m[1]) && m[1] != "key-of-other-region" {
				t.Errorf("%s: no test finds %s, but %q", left, m[1], all)
			}
		}
		for _, name := range tests[left] {
			if !slices.ContainsFunc(found[name], func(kind string) bool { return slices.Contains(said, kind) }) {
				t.Errorf("%s: nothing of what is found is told: %q", name, found[name])
			}
		}
	}
	for left := range maps.Keys(tests) {
		if told[left] == "" {
			t.Errorf("the table does not tell: %s", left)
		}
	}
	for left := range others {
		if told[left] == "" {
			t.Errorf("the table does not tell: %s", left)
		}
	}
	for name, kinds := range found {
		if len(kinds) > 0 && !done[name] {
			t.Errorf("the table does not tell of %s: %q", name, kinds)
		}
	}
}

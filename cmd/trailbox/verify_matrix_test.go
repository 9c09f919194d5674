package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trailbox/ingest/digesttest"
	"trailbox/ingest/s3test"
	"trailbox/query/integrity"
	"trailbox/schema/storetest"
)

// A matrixRow is an archive as a trail delivered it, and what somebody did to it.
type matrixRow struct {
	name   string
	trail  digesttest.Trail
	tamper func(a *digesttest.Archive) // nil: nobody did anything
	finds  []string                    // as [nameObjects] writes findings
	// Where the metadata of the digests is lost: bare is found in place of finds,
	// unless it is nil, and nothing proves the digests that are named as lost, by default
	// the last one of 8 hours.
	bare, lost []string
	noAWS      string // why AWS's implementation is not asked
}

// When all rows begin, but for one.
var trailStart = time.Date(2026, 3, 2, 0, 12, 9, 0, time.UTC)

// The keys of the rows. One key is valid at one time in all rows, since they share a
// list of public keys.
func key() *digesttest.Key       { return keyFor(0, -10*24*time.Hour, 20*24*time.Hour) }
func secondKey() *digesttest.Key { return keyFor(1, 6*time.Hour, 30*24*time.Hour) }

// expiredKey is one that AWS no longer used when the trails began.
func expiredKey() *digesttest.Key { return keyFor(3, -60*24*time.Hour, -30*24*time.Hour) }

// foreignKey is one that AWS never had.
func foreignKey() *digesttest.Key { return keyFor(2, -10*24*time.Hour, 20*24*time.Hour) }

func keyFor(number int, from, until time.Duration) *digesttest.Key {
	return digesttest.NewKey(number, trailStart.Add(from), trailStart.Add(until))
}

// publicKeys are those that AWS says are theirs.
func publicKeys() []*digesttest.Key {
	return []*digesttest.Key{key(), secondKey(), expiredKey(), key().PKIX()}
}

// wholeRows are archives that nobody touched.
func wholeRows() []matrixRow {
	return placed([]matrixRow{
		{name: "one region", trail: digesttest.Trail{Hours: 8}},
		{name: "several regions", trail: digesttest.Trail{Hours: 8, Regions: []string{"", "-b", "-c"}},
			lost: []string{"digest 7", "region b digest 7", "region c digest 7"}},
		{name: "a prefix and an odd name", trail: digesttest.Trail{Hours: 8, Prefix: "cloud/trail/", Name: "a_trail-2.of_us-east-1_20260101T000000Z"}},
		{name: "an organization", trail: digesttest.Trail{Hours: 8, Name: "organization", Organization: "o-exampleorg1", Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"", "-b"}},
			lost: []string{"another account digest 7", "another account region b digest 7", "digest 7", "region b digest 7"}},
		{name: "over midnight", trail: digesttest.Trail{Hours: 8, Start: time.Date(2026, 3, 1, 19, 57, 31, 0, time.UTC)}},
		{name: "nothing delivered", trail: digesttest.Trail{Hours: 8, Quiet: []int{0, 3, 4, 7}}},
		{name: "stopped and started", trail: digesttest.Trail{Hours: 12, Pauses: []digesttest.Pause{{Hour: 4, Hours: 3}}},
			finds: []string{"chain-restart [4, 7)"},
			lost:  []string{"digest 3", "digest 11"}},
		{name: "made anew", trail: digesttest.Trail{Hours: 8, Pauses: []digesttest.Pause{{Hour: 4}}},
			finds: []string{"chain-restart [4, 4)"},
			lost:  []string{"digest 3", "digest 7"}},
		{name: "backfill", trail: digesttest.Trail{Hours: 8, Missed: []int{2, 3, 6}},
			lost: []string{"backfill 6", "digest 7"}},
		{name: "keys take turns", trail: digesttest.Trail{Hours: 12, Missed: []int{2}, Keys: []*digesttest.Key{key(), secondKey()}},
			lost: []string{"backfill 2", "digest 11"}},
		{name: "a key in the other form", trail: digesttest.Trail{Hours: 8, Keys: []*digesttest.Key{key().PKIX()}},
			noAWS: "it reads keys of PKCS #1 only"},
	})
}

// placed gives each row Regions of its own, a name and a key where it has none. The
// regions are none of AWS's: there are more rows.
func placed(rows []matrixRow) []matrixRow {
	for i := range rows {
		t := &rows[i].trail
		if len(t.Regions) == 0 {
			t.Regions = []string{""}
		}
		for j, suffix := range t.Regions {
			t.Regions[j] = fmt.Sprintf("us-test-%d%s", i+1, suffix)
		}
		if t.Name == "" {
			t.Name = fmt.Sprintf("trail-%d", i+1)
		}
		if t.Keys == nil {
			t.Keys = []*digesttest.Key{key()}
		}
	}
	return rows
}

// spoiledRows are archives that somebody tampered with.
func spoiledRows() []matrixRow {
	resign := func(a *digesttest.Archive, key *digesttest.Key) {
		o := a.Digest(4)
		d := o.Digest()
		d.LogFiles = d.LogFiles[1:]
		o.Sign(d, key)
	}
	rows := []matrixRow{
		{name: "a byte of a log file", tamper: func(a *digesttest.Archive) { a.Log(4, 1).Alter(`"sourceIPAddress":"`) },
			finds: []string{"log-altered log 4/1 [4, 5)"}},
		{name: "a byte of a log file's gzip", tamper: func(a *digesttest.Archive) { a.Log(4, 1).Damage() },
			finds: []string{"log-unread log 4/1 [4, 5)"}},
		{name: "bytes after a log file's gzip", tamper: func(a *digesttest.Archive) { a.Log(4, 1).Append([]byte("after")) },
			finds: []string{"log-trailing log 4/1 [4, 5)"}},
		{name: "a gzip member after a log file's", tamper: func(a *digesttest.Archive) { a.Log(4, 1).Append(pack([]byte(" "))) },
			finds: []string{"log-trailing log 4/1 [4, 5)"}},
		{name: "a log file deleted", tamper: func(a *digesttest.Archive) { a.Delete(a.Log(4, 1)) },
			finds: []string{"log-missing log 4/1 [4, 5)"}},
		{name: "a log file moved", tamper: func(a *digesttest.Archive) {
			o := a.Log(4, 1)
			o.Key = strings.Replace(o.Key, "/2026/03/02/", "/2026/03/01/", 1)
		}, finds: []string{"log-moved log 4/1 [4, 5)"}},
		{name: "a log file planted", tamper: func(a *digesttest.Archive) { a.Plant(4) },
			finds: []string{"log-unlisted another file [4.548, 4.548)"}},
		{name: "a log file planted before the first digest", tamper: func(a *digesttest.Archive) { a.Plant(-2) },
			finds: []string{"log-undigested another file [-1.453, -1.453)"}},
		{name: "a log file planted in the last hour", tamper: func(a *digesttest.Archive) { a.Plant(7) },
			finds: []string{"log-undigested another file [7.548, 7.548)"}},
		{name: "a log file planted under a name of its own", tamper: func(a *digesttest.Archive) {
			a.Plant(4)
			o := a.Objects[len(a.Objects)-1]
			o.Key = path.Dir(o.Key) + "/more.json.gz"
		}, finds: []string{"log-undigested another file"}},
		{name: "a log file planted among digests", tamper: func(a *digesttest.Archive) { plantAs(a, "CloudTrail-Digest") },
			finds: []string{"log-unlisted another file [4.548, 4.548)"}, noAWS: "it takes what lies there for a digest"},
		{name: "a log file planted among digests under a name of its own", tamper: func(a *digesttest.Archive) {
			plantAs(a, "CloudTrail-Digest")
			o := a.Objects[len(a.Objects)-1]
			o.Key = path.Dir(o.Key) + "/evil.json"
		}, finds: []string{"log-undigested another file"}, noAWS: "it takes what lies there for a digest"},
		{name: "management events planted as Insights", tamper: func(a *digesttest.Archive) { plantAs(a, "CloudTrail-Insight") },
			finds: []string{"log-mislabelled another file [4.548, 4.548)", "log-unlisted another file [4.548, 4.548)"}},
		{name: "management events planted as network activity", tamper: func(a *digesttest.Archive) { plantAs(a, "CloudTrail-NetworkActivity") },
			finds: []string{"log-mislabelled another file [4.548, 4.548)", "log-unlisted another file [4.548, 4.548)"}},
		{name: "a log file planted under another's account, Region and time", tamper: func(a *digesttest.Archive) {
			a.Plant(5)
			o := a.Objects[len(a.Objects)-1]
			o.Key = strings.NewReplacer("111122223333", "444455556666", "us-east-1", "eu-west-1", "T05", "T04").Replace(o.Key)
		}, finds: []string{"log-mislabelled another file [4.548, 4.548)", "log-without-digests another file [4.548, 4.548)"}},
		{name: "a log file planted as of a kind that AWS does not have", tamper: func(a *digesttest.Archive) { plantAs(a, "CloudTrail-Foo") },
			finds: []string{"log-unlisted another file [4.548, 4.548)"}},
		{name: "a changed copy beside a log file", tamper: func(a *digesttest.Archive) {
			o := a.Log(4, 1)
			a.Copy(o, strings.Replace(o.Key, "/2026/03/02/", "/2026/03/01/", 1)).Alter(`"sourceIPAddress":"`)
		}, finds: []string{"log-altered log 4/1 [4.548, 4.548)"}},
		{name: "two log files swapped", tamper: func(a *digesttest.Archive) { digesttest.Swap(a.Log(4, 0), a.Log(5, 0)) },
			finds: []string{"log-altered log 4/0 [4, 5)", "log-altered log 5/0 [5, 6)", "log-mislabelled log 4/0 [4.214, 4.214)"}},
		{name: "a byte of a digest", tamper: func(a *digesttest.Archive) { a.Digest(4).Alter(`"hashValue":"`) },
			finds: []string{"chain-hash digest 4 [4, 5)", "digest-signature digest 4 [4, 5)"}},
		{name: "a byte of a digest's gzip", tamper: func(a *digesttest.Archive) { a.Digest(4).Damage() },
			finds: []string{"digest-damaged digest 4", "log-undigested [4.214, 4.881)"},
			lost:  []string{"digest 3", "digest 7"}},
		{name: "bytes after a digest's gzip", tamper: func(a *digesttest.Archive) { a.Digest(4).Append([]byte("after")) },
			finds: []string{"digest-damaged digest 4", "log-undigested [4.214, 4.881)"},
			lost:  []string{"digest 3", "digest 7"}},
		{name: "a gzip member after a digest's", tamper: func(a *digesttest.Archive) { a.Digest(4).Append(pack([]byte(" "))) },
			finds: []string{"chain-hash digest 4 [4, 5)", "digest-damaged digest 4 [4, 5)"}},
		{name: "a digit of a signature", tamper: func(a *digesttest.Archive) { a.Digest(4).AlterSignature() },
			finds: []string{"chain-signature digest 4 [4, 5)"}, bare: []string{}},
		{name: "a digit of the last signature", tamper: func(a *digesttest.Archive) { a.Digest(7).AlterSignature() },
			finds: []string{"digest-signature digest 7 [7, 8)"}, bare: []string{}},
		{name: "a signature lost", tamper: func(a *digesttest.Archive) { a.Digest(4).Meta = nil }},
		{name: "the last signature lost", tamper: func(a *digesttest.Archive) { a.Digest(7).Meta = nil },
			finds: []string{"digest-unprovable digest 7 [7, 8)"}, bare: []string{}},
		{name: "another signature algorithm", tamper: func(a *digesttest.Archive) { a.Digest(4).Meta["signature-algorithm"] = "SHA1withRSA" }},
		{name: "a digest deleted", tamper: func(a *digesttest.Archive) { a.Delete(a.Digest(4)) },
			finds: []string{"digest-missing digest 4 [4, 5)", "log-undigested [4.214, 4.881)"},
			lost:  []string{"digest 3", "digest 7"}},
		{name: "a run of digests deleted", tamper: func(a *digesttest.Archive) {
			a.Delete(a.Digest(3), a.Digest(4), a.Digest(5))
		}, finds: []string{"digest-missing [3, 4)", "digest-missing [4, 5)", "digest-missing digest 5 [5, 6)", "log-undigested [3.214, 5.881)"},
			lost: []string{"digest 2", "digest 7"}},
		{name: "a run of hours deleted", tamper: func(a *digesttest.Archive) { a.DeleteHours(3, 5) },
			finds: []string{"digest-missing [3, 4)", "digest-missing [4, 5)", "digest-missing digest 5 [5, 6)"},
			lost:  []string{"digest 2", "digest 7"}},
		{name: "a digest moved", tamper: func(a *digesttest.Archive) {
			o := a.Digest(4)
			o.Key = strings.Replace(o.Key, "/2026/03/02/", "/2026/03/03/", 1)
		}, finds: []string{"digest-moved digest 4 [4, 5)"}},
		{name: "an old digest replayed", tamper: func(a *digesttest.Archive) { digesttest.Replay(a.Digest(2), a.Digest(5)) },
			finds: []string{"digest-missing digest 5 [5, 6)", "digest-moved digest 5 [2, 3)", "log-undigested [5.214, 5.881)"},
			lost:  []string{"digest 4", "digest 7"}},
		{name: "an old digest replayed as the last", tamper: func(a *digesttest.Archive) { digesttest.Replay(a.Digest(2), a.Digest(7)) },
			finds: []string{"digest-moved digest 7 [2, 3)", "log-undigested [7.214, 7.881)"},
			lost:  []string{"digest 6"}},
		{name: "an old digest replayed under a new name", tamper: func(a *digesttest.Archive) {
			o := a.Digest(2)
			a.Copy(o, strings.Replace(o.Key, "T031209Z", "T091209Z", 1))
		}, finds: []string{"digest-moved another file [2, 3)"}},
		{name: "the first hours cut off", tamper: func(a *digesttest.Archive) { a.DeleteHours(0, 2) },
			finds: []string{"digest-missing digest 2"}},
		{name: "the last hours cut off", trail: digesttest.Trail{Hours: 8, Regions: []string{"", "-b"}}, tamper: func(a *digesttest.Archive) { a.DeleteHours(6, 7) },
			finds: []string{"chain-end [6, 8)"},
			lost:  []string{"digest 5", "region b digest 7"}},
		{name: "the last digest deleted", tamper: func(a *digesttest.Archive) { a.Delete(a.Digest(7)) },
			finds: []string{"log-undigested [7.214, 7.881)"},
			lost:  []string{"digest 6"}},
		{name: "a false digest of long ago before a deleted one", tamper: func(a *digesttest.Archive) {
			o := a.Copy(a.Digest(0), strings.Replace(a.Digest(0).Key, "2026", "1926", -1))
			d := o.Digest()
			o.Hour, d.Object, d.StartTime, d.EndTime = -1, o.Key, "1926-03-02T00:12:09Z", "1926-03-02T01:12:09Z"
			o.SignAs(d, foreignKey())
			a.DeleteHours(0, 2)
		}, finds: []string{"digest-missing digest 2", "key-expired another file [-8.766e+05, -8.766e+05)"}},
		{name: "a digest of an unknown key from long ago before a deleted one", tamper: func(a *digesttest.Archive) {
			o := a.Copy(a.Digest(0), strings.Replace(a.Digest(0).Key, "2026", "1926", -1))
			d := o.Digest()
			o.Hour, d.Object, d.StartTime, d.EndTime = -1, o.Key, "1926-03-02T00:12:09Z", "1926-03-02T01:12:09Z"
			o.Sign(d, foreignKey())
			a.DeleteHours(0, 2)
		}, finds: []string{"digest-missing [-8.766e+05, 2)", "digest-missing digest 2 [2, 3)", "key-unknown another file [-8.766e+05, -8.766e+05)"}},
		// Nothing is left that tells of it.
		{name: "all of a Region deleted", trail: digesttest.Trail{Hours: 8, Regions: []string{"", "-b"}},
			tamper: func(a *digesttest.Archive) { a.DeleteHours(0, 7) }, lost: []string{"region b digest 7"},
			noAWS: "without digests it is content, and trailbox proves nothing"},
		{name: "the fingerprint of another key", tamper: func(a *digesttest.Archive) {
			o := a.Digest(4)
			d := o.Digest()
			d.Fingerprint = secondKey().Fingerprint
			o.SignAs(d, key())
		}, finds: []string{"chain-hash digest 4 [4, 5)", "digest-signature digest 4 [4, 5)"}},
		{name: "signed with an expired key", tamper: func(a *digesttest.Archive) { resign(a, expiredKey()) },
			finds: []string{"chain-hash digest 4 [4, 5)", "key-expired digest 4 [4, 5)", "log-unlisted log 4/0 [4.214, 4.214)"}},
		{name: "signed with a foreign key", tamper: func(a *digesttest.Archive) { resign(a, foreignKey()) },
			finds: []string{"chain-hash digest 4 [4, 5)", "key-unknown digest 4 [4, 5)", "log-unlisted log 4/0 [4.214, 4.214)"}},
		{name: "signed with a foreign key under the right fingerprint", tamper: func(a *digesttest.Archive) {
			o := a.Digest(4)
			d := o.Digest()
			d.LogFiles = d.LogFiles[1:]
			o.SignAs(d, foreignKey())
		}, finds: []string{"chain-hash digest 4 [4, 5)", "digest-signature digest 4 [4, 5)", "log-unlisted log 4/0 [4.214, 4.214)"}},
		{name: "signed with a foreign key from there on", tamper: func(a *digesttest.Archive) {
			resign(a, foreignKey())
			for hour := 5; hour < 8; hour++ {
				a.Digest(hour).Follow(a.Digest(hour-1), foreignKey())
			}
		}, finds: []string{"key-unknown [4, 8)", "log-unlisted log 4/0 [4.214, 4.214)"},
			lost: []string{}},
		{name: "signed anew with the right key", tamper: func(a *digesttest.Archive) { resign(a, key()) },
			finds: []string{"chain-hash digest 4 [4, 5)", "chain-signature digest 4 [4, 5)", "log-unlisted log 4/0 [4.214, 4.214)"},
			bare:  []string{"chain-hash digest 4 [4, 5)", "digest-signature digest 4 [4, 5)", "log-unlisted log 4/0 [4.214, 4.214)"}},
		{name: "a log file and its digest altered", tamper: func(a *digesttest.Archive) {
			log := a.Log(4, 0)
			log.Alter(`"sourceIPAddress":"`)
			o := a.Digest(4)
			d := o.Digest()
			i := slices.IndexFunc(d.LogFiles, func(l digesttest.ListedFile) bool { return l.Object == log.Key })
			d.LogFiles[i].HashValue = log.ContentHash()
			o.SignAs(d, foreignKey())
		}, finds: []string{"chain-hash digest 4 [4, 5)", "digest-signature digest 4 [4, 5)"}},
		{name: "a byte of a backfilled log file", trail: digesttest.Trail{Hours: 8, Missed: []int{2, 4}}, tamper: func(a *digesttest.Archive) {
			a.Log(4, 2).Alter(`"sourceIPAddress":"`)
		}, finds: []string{"log-altered log 4/2 [4, 5)"},
			lost: []string{"backfill 4", "digest 7"}},
		{name: "a backfill digest deleted", trail: digesttest.Trail{Hours: 8, Missed: []int{2, 4, 6}}, tamper: func(a *digesttest.Archive) {
			a.Delete(a.Backfill(4))
		}, finds: []string{"digest-missing backfill 4", "log-unlisted log 4/2 [4.881, 4.881)"},
			lost: []string{"backfill 2", "backfill 6", "digest 7"}},
		{name: "a backfill digest without its time", trail: digesttest.Trail{Hours: 8, Missed: []int{2, 4, 6}}, tamper: func(a *digesttest.Archive) {
			delete(a.Backfill(4).Meta, "backfill-generation-timestamp")
		}, lost: []string{"backfill 6", "digest 7"}},
	}
	for i := range rows {
		if rows[i].trail.Hours == 0 {
			rows[i].trail = digesttest.Trail{Hours: 8}
		}
	}
	return placed(rows)
}

// Every tampering is found and named, wherever the archive lies, and nothing else is.
// Without the metadata of the digests one thing more is: that the last one of each
// chain proves nothing, since its signature is lost.
func TestVerifyMatrix(t *testing.T) {
	t.Run("whole", func(t *testing.T) { verifyRows(t, wholeRows()) })
	t.Run("spoiled", func(t *testing.T) { verifyRows(t, spoiledRows()) })
}

// withoutMetadata is what is to be found where the metadata of digests is lost.
func (r *matrixRow) withoutMetadata() []string {
	want := slices.Clone(r.finds)
	if r.bare != nil {
		want = slices.Clone(r.bare)
	}
	lost := r.lost
	if lost == nil {
		lost = []string{"digest 7"}
	}
	for _, name := range lost {
		hour, _ := strconv.Atoi(name[strings.LastIndexByte(name, ' ')+1:])
		want = append(want, fmt.Sprintf("digest-unprovable %s [%d, %d)", name, hour, hour+1))
	}
	return want
}

// verifyRows verifies all rows at once, as trails that deliver into one bucket: each
// has Regions of its own, by which its findings are told from the others'.
func verifyRows(t *testing.T, rows []matrixRow) {
	var objects []*digesttest.Object
	var names []func(integrity.Finding) string
	rowOf := map[string]int{}
	for i, r := range rows {
		a := r.trail.Make()
		names = append(names, nameObjects(a))
		if r.tamper != nil {
			r.tamper(a)
		}
		objects = append(objects, a.Objects...)
		for _, region := range a.Trail.Regions {
			rowOf[region] = i
		}
	}
	for _, way := range []string{"with sidecars", "without sidecars", "S3"} {
		t.Run(way, func(t *testing.T) {
			archive := &digesttest.Archive{Objects: objects}
			var source []string
			if way == "S3" {
				source = []string{"--endpoint-url", serveArchive(t, archive).URL, "s3://" + objects[0].Bucket + "/"}
			} else {
				source = []string{t.TempDir()}
				if err := archive.Write(source[0], way == "with sidecars"); err != nil {
					t.Fatal(err)
				}
			}
			store := loadStore(t, source...)
			all := verifyFindings(t, store)
			found := make([][]string, len(rows))
			for _, f := range all {
				i, known := rowOf[f.Region]
				if !known {
					t.Errorf("a finding of no row: %+v", f)
					continue
				}
				found[i] = append(found[i], names[i](f))
			}
			for i, r := range rows {
				t.Run(r.name, func(t *testing.T) {
					want := slices.Clone(r.finds)
					if way == "without sidecars" {
						want = r.withoutMetadata()
					}
					slices.Sort(want)
					slices.Sort(found[i])
					if !slices.Equal(found[i], want) {
						t.Errorf("%q\nwant\n%q", found[i], want)
					}
				})
			}
			if way == "with sidecars" {
				if err := os.RemoveAll(source[0]); err != nil {
					t.Fatal(err)
				}
				if deep := verifyFindings(t, store, "--deep"); !slices.Equal(deep, all) {
					t.Errorf("rebuilt from the store alone: %+v\nwant\n%+v", deep, all)
				}
			}
		})
	}
}

// serveArchive puts an archive into an S3 server.
func serveArchive(t *testing.T, a *digesttest.Archive) *s3test.Server {
	server := s3test.New(t)
	for _, o := range a.Objects {
		server.Put(o.Bucket, o.Key, o.Data, o.Header()...)
	}
	return server
}

// Digests may come late, in any order: once all are there nothing is missing.
func TestVerifyLateDigests(t *testing.T) {
	row := placed([]matrixRow{{trail: digesttest.Trail{Hours: 6}}})[0]
	a := row.trail.Make()
	names := nameObjects(a)
	folder := t.TempDir()
	write := func(objects ...*digesttest.Object) {
		if err := (&digesttest.Archive{Objects: objects}).Write(folder, true); err != nil {
			t.Fatal(err)
		}
	}
	var late []*digesttest.Object
	for _, o := range a.Objects {
		if o.Class == digesttest.DigestFile && (o.Hour == 1 || o.Hour == 4) {
			late = append(late, o)
		} else {
			write(o)
		}
	}
	store := loadStore(t, folder)
	for _, want := range [][]string{
		{"digest-missing digest 1 [1, 2)", "digest-missing digest 4 [4, 5)", "log-undigested [1.214, 4.881)"},
		{"digest-missing digest 1 [1, 2)", "log-undigested [1.214, 1.881)"},
		nil,
	} {
		var found []string
		for _, f := range verifyFindings(t, store) {
			found = append(found, names(f))
		}
		slices.Sort(found)
		if !slices.Equal(found, want) {
			t.Errorf("%q\nwant\n%q", found, want)
		}
		if len(late) > 0 {
			write(late[len(late)-1])
			late = late[:len(late)-1]
			ingestJSON(t, 0, "--store", store, folder)
		}
	}
}

// A copy proves what the archive does, wherever it lies and however it is packed.
func TestVerifyCopies(t *testing.T) {
	var objects []*digesttest.Object
	for _, r := range wholeRows() {
		objects = append(objects, r.trail.Make().Objects...)
	}
	copies := map[string]func(o *digesttest.Object){
		"in another bucket":    func(o *digesttest.Object) { o.Bucket = "evidence" },
		"below another prefix": func(o *digesttest.Object) { o.Key = "case-7/" + o.Key },
		"in one folder":        func(o *digesttest.Object) { o.Key = path.Base(o.Key) },
		"packed anew": func(o *digesttest.Object) {
			o.Data = pack(o.Content())
		},
		"unpacked": func(o *digesttest.Object) {
			o.Key, o.Data = strings.TrimSuffix(o.Key, ".gz"), o.Content()
		},
		"unpacked under its name": func(o *digesttest.Object) { o.Data = o.Content() },
	}
	for name, change := range copies {
		t.Run(name, func(t *testing.T) {
			a := new(digesttest.Archive)
			for _, o := range objects {
				change(a.Copy(o, o.Key))
			}
			source := []string{t.TempDir()}
			if bucket := a.Objects[0].Bucket; bucket != objects[0].Bucket {
				source = []string{"--endpoint-url", serveArchive(t, a).URL, "s3://" + bucket + "/"}
			} else if err := a.Write(source[0], true); err != nil {
				t.Fatal(err)
			}
			for _, f := range verifyFindings(t, loadStore(t, source...)) {
				if !f.Kind.IsNote() {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// plantAs plants a log file, as if it were of that kind.
func plantAs(a *digesttest.Archive, kind string) {
	a.Plant(4)
	o := a.Objects[len(a.Objects)-1]
	o.Key = strings.Replace(strings.Replace(o.Key, "/CloudTrail/", "/"+kind+"/", 1), "_CloudTrail_", "_"+kind+"_", 1)
}

// loadStore loads an archive into a new store.
func loadStore(t *testing.T, source ...string) (store string) {
	t.Helper()
	store = filepath.Join(t.TempDir(), "t.duckdb")
	storetest.Write(t, store)
	if code, _, talk := call(t, append([]string{"ingest", "--quiet", "--store", store}, source...)...); code != 0 && code != 3 {
		t.Fatal(talk)
	}
	return store
}

// verifyFindings verifies a store and returns what was found, and noted.
func verifyFindings(t *testing.T, store string, args ...string) []integrity.Finding {
	t.Helper()
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, digesttest.PublicKeys(digesttest.ISO8601, publicKeys()...), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, talk := call(t, append([]string{"verify", "--quiet", "--store", store, "--public-keys", keys, "-o", "json"}, args...)...)
	var answer struct{ Findings, Notes []integrity.Finding }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("exit code %d, %v: %s", code, err, talk)
	}
	want := 0
	if len(answer.Findings) > 0 {
		want = 3
	}
	if code != want {
		t.Errorf("exit code %d, want %d with %d findings", code, want, len(answer.Findings))
	}
	return append(answer.Findings, answer.Notes...)
}

// objectNames are names for the objects of an archive, by the last part of their keys:
// the class, the hour, and, of log files, the number in it.
func objectNames(a *digesttest.Archive) map[string]string {
	names := map[string]string{}
	number := map[string]int{}
	for _, o := range a.Objects {
		name := [...]string{"log", "digest", "backfill"}[o.Class] + fmt.Sprintf(" %d", o.Hour)
		if o.Class == digesttest.LogFile {
			number[o.Account+o.Region+name]++
			name += fmt.Sprintf("/%d", number[o.Account+o.Region+name]-1)
		}
		if at := slices.Index(a.Trail.Regions, o.Region); at > 0 {
			name = "region " + string("abc"[at]) + " " + name
		}
		if o.Account != a.Trail.Accounts[0] {
			name = "another account " + name
		}
		names[path.Base(o.Key)] = name
	}
	return names
}

// nameObjects returns what puts a finding into words that are the same wherever
// the archive lies: objects by their names, times by the hours of the trail.
func nameObjects(a *digesttest.Archive) func(integrity.Finding) string {
	names := objectNames(a)
	return func(f integrity.Finding) string {
		text := string(f.Kind)
		switch name, known := names[path.Base(f.URI)]; {
		case known:
			text += " " + name
		case f.URI != "":
			text += " another file"
		}
		if f.From.IsZero() {
			return text
		}
		return fmt.Sprintf("%s [%.4g, %.4g)", text, f.From.Sub(a.Trail.Start).Hours(), f.Until.Sub(a.Trail.Start).Hours())
	}
}

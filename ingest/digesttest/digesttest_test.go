package digesttest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// A digest whose signature OpenSSL made and verified. That it is a signature of
// what toSign says, by a key of that fingerprint, is why the archives here are like
// AWS's.
const (
	vectorContent = `{"awsAccountId":"111122223333","digestStartTime":"2026-01-02T02:04:05Z","digestEndTime":"2026-01-02T03:04:05Z","digestS3Bucket":"synthetic-bucket","digestS3Object":"AWSLogs/111122223333/CloudTrail-Digest/us-east-2/2026/01/02/111122223333_CloudTrail-Digest_us-east-2_demo_us-east-1_20260102T030405Z.json.gz","digestPublicKeyFingerprint":"0001a60382ad6b3743e7f2f2e9557672","digestSignatureAlgorithm":"SHA256withRSA","newestEventTime":null,"oldestEventTime":null,"previousDigestS3Bucket":null,"previousDigestS3Object":null,"previousDigestHashValue":null,"previousDigestHashAlgorithm":null,"previousDigestSignature":null,"logFiles":[]}`
	vectorKey     = `MIIBCgKCAQEA66skQO3EJtQxhff1YHE4LSrXNdqW5ZnfUxgky9SxPEQthxyVElR84lalZ/25vlXSlMEXIh2gJnwMV5ckn6TFoQe0gUeVvZDzOqQO1M1wZ8bXjMlUZwixwr7y1dWYuQ8YQle5RC5mlRbbjX+IttUK34LyN9JwO9c5+IOsbQMhLtzhU8t15cfQKet9fPJi2L4rJZaKth4MdtO0lEJjQaoLgMMDzvPshmC68pvABi3CPHMDlwLndAt75OHYwnukAB3nML64YgxqWu6T3d7J9EGd3rgHRXpAFqpXXCVg65cqpWQf35TszbIDheaLmj+S7porgKkmKNNWU786rUIprKXACwIDAQAB`
	vectorSigned  = `bb29f61ef721343d857db9b3b96848b1f81cc64dc516fdb25d8a01b89d1a72586acb75d714fa3c4e93e1518701924f1284068b536e81fb8bba9a6c8dbf78b0512e7f30ebf8c28c006cfd3184fe4eb93dd925f8a483f355c00e235cba04ce331cdbe9e073ec45e610b74fd4c588aace54b679916ba88bc4605100042b8e40540052b1736a7eb54cd692167b687ec8dce450032f605f5115dad21c995cb068fc6ff54dc6a9abcbe4a150d185ed48e187f863ea630c88f4058754d9a9a5665beace5baeae48620f1b136276c1a7089e6cfdbedc20f0c5c2e0da0c0a95496af3fb0cf487717f86fa72a004d37a777fc5826863fc4f5838de53558ef279b978900d06`
)

func TestSignatureIsOfTheVector(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString(vectorKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	var o Object
	o.SetContent([]byte(vectorContent))
	d := o.Digest()
	if again, err := json.Marshal(d); err != nil || string(again) != vectorContent {
		t.Errorf("written again (%v): %s", err, again)
	}
	if got := fingerprint(der); got != d.Fingerprint {
		t.Errorf("fingerprint %s, want %s", got, d.Fingerprint)
	}
	if err := verify(public, toSign(d.EndTime, d.Bucket, d.Object, o.Content(), ""), vectorSigned); err != nil {
		t.Error(err)
	}
}

func verify(public *rsa.PublicKey, text, signature string) error {
	raw, err := hex.DecodeString(signature)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(text))
	return rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], raw)
}

// everything is a trail with all that trails do.
func everything() Trail {
	start := time.Date(2026, 3, 2, 0, 12, 9, 0, time.UTC)
	return Trail{
		Name: "org_trail-2.main", Prefix: "cloud/trail/", Organization: "o-exampleorg1",
		Accounts: []string{"111122223333", "444455556666"}, Regions: []string{"eu-west-1", "us-east-1"},
		Start: start, Hours: 12, Quiet: []int{3, 7}, Missed: []int{1, 8},
		Pauses: []Pause{{Hour: 5, Hours: 2}, {Hour: 10}},
		Keys: []*Key{
			NewKey(0, start.Add(-20*24*time.Hour), start.Add(5*24*time.Hour)),
			NewKey(1, start.Add(4*time.Hour), start.Add(30*24*time.Hour)).PKIX(),
		},
	}
}

// Every digest is signed, lists what is there and points at the one before it; the
// chains start where they must.
func TestArchiveIsWhole(t *testing.T) {
	a := everything().Make()
	objects := map[string]*Object{}
	var listed, logs, starting, empty, backfills int
	for _, o := range a.Objects {
		if objects[o.Key] != nil {
			t.Errorf("%s: twice", o.Key)
		}
		objects[o.Key] = o
	}
	for _, o := range a.Objects {
		if o.Class == LogFile {
			logs++
			continue
		}
		d := o.Digest()
		if o.Class == BackfillFile {
			backfills++
		}
		if d.Object != o.Key || d.Bucket != o.Bucket || d.AccountID != o.Account {
			t.Errorf("%s: says that it is %s/%s of %s", o.Key, d.Bucket, d.Object, d.AccountID)
		}
		previous := ""
		switch {
		case d.PreviousObject == nil:
			starting++
		default:
			before := objects[*d.PreviousObject]
			previous = *d.PreviousSignature
			sum := sha256.Sum256(before.Content())
			if hex.EncodeToString(sum[:]) != *d.PreviousHashValue || before.Meta["signature"] != previous || before.Class != o.Class {
				t.Errorf("%s: does not follow %s", o.Key, before.Key)
			}
		}
		for _, k := range a.Trail.Keys {
			if k.Fingerprint == d.Fingerprint {
				if err := verify(&k.private.PublicKey, toSign(d.EndTime, d.Bucket, d.Object, o.Content(), previous), o.Meta["signature"]); err != nil {
					t.Errorf("%s: %v", o.Key, err)
				}
			}
		}
		if len(d.LogFiles) == 0 {
			empty++
			if d.NewestEventTime != nil || d.OldestEventTime != nil {
				t.Errorf("%s: event times of no events", o.Key)
			}
		}
		for _, log := range d.LogFiles {
			listed++
			sum := sha256.Sum256(objects[log.Object].Content())
			if hex.EncodeToString(sum[:]) != log.HashValue || *d.OldestEventTime > log.OldestEventTime || *d.NewestEventTime < log.NewestEventTime {
				t.Errorf("%s: is not as %s lists it", log.Object, o.Key)
			}
		}
	}
	// In each of 4 chains 8 hours with 3 log files each; three starts and that of
	// the backfill.
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"log files", logs, 4 * 8 * 3}, {"listed", listed, 4 * 8 * 3}, {"starting digests", starting, 4 * 4},
		{"empty digests", empty, 4 * 2}, {"backfill digests", backfills, 4 * 2}, {"objects", len(a.Objects), 4 * (8*3 + 10 + 2)},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.what, c.want)
		}
	}
	first, last, backfill := a.Digest(2).Digest(), a.Digest(11).Digest(), a.Backfill(1)
	if first.Fingerprint != a.Trail.Keys[0].Fingerprint || last.Fingerprint != a.Trail.Keys[1].Fingerprint {
		t.Error("the keys do not take turns")
	}
	if backfill.Digest().Fingerprint != a.Trail.Keys[1].Fingerprint || backfill.Meta["backfill-generation-timestamp"] != "2026-03-05T02:12:09.432Z" {
		t.Errorf("a backfill digest is signed when it is made: %v", backfill.Meta)
	}
	if want := "cloud/trail/AWSLogs/o-exampleorg1/111122223333/CloudTrail-Digest/eu-west-1/2026/03/02/111122223333_CloudTrail-Digest_eu-west-1_org_trail-2.main_us-east-1_20260302T021209Z_backfill.json.gz"; backfill.Key != want {
		t.Errorf("key %s", backfill.Key)
	}
	if again := everything().Make(); !reflect.DeepEqual(again, a) {
		t.Error("made again it is another archive")
	}
}

func TestPublicKeys(t *testing.T) {
	for form, want := range map[TimeForm]string{Epoch: `"ValidityStartTime": 1770681600,`, ISO8601: `"ValidityStartTime": "2026-02-10T00:00:00.000000+00:00",`} {
		text := PublicKeys(form, NewKey(0, time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC)))
		var answer struct{ PublicKeyList []struct{ Value []byte } }
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatal(err)
		}
		if _, err := x509.ParsePKCS1PublicKey(answer.PublicKeyList[0].Value); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// What a folder holds is what is in memory, with the metadata beside it or without.
func TestWrite(t *testing.T) {
	a := Trail{Hours: 2}.Make()
	for _, sidecars := range []bool{true, false} {
		folder := t.TempDir()
		if err := a.Write(folder, sidecars); err != nil {
			t.Fatal(err)
		}
		files := 0
		filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				files++
			}
			return err
		})
		want := len(a.Objects)
		if sidecars {
			want += 2
		}
		if files != want {
			t.Errorf("sidecars %v: %d files, want %d", sidecars, files, want)
		}
		data, err := os.ReadFile(filepath.Join(folder, a.Digest(1).Key))
		if err != nil || string(data) != string(a.Digest(1).Data) {
			t.Errorf("the second digest: %v", err)
		}
	}
}

// How long archives take that are large enough to measure with.
func BenchmarkChain(b *testing.B) {
	t := Trail{Hours: 200, LogFiles: 50, Events: 1}
	for _, digestsOnly := range []bool{false, true} {
		t.DigestsOnly = digestsOnly
		b.Run(fmt.Sprint("digestsOnly=", digestsOnly), func(b *testing.B) {
			for b.Loop() {
				t.Chain("111122223333", "us-east-1")
			}
			b.ReportMetric(float64(b.N*200*50)/b.Elapsed().Seconds(), "logs/s")
		})
	}
}

package ingest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"trailbox/ingest/logfile"
	"trailbox/schema"
)

// A packed is a member of an archive that a test makes.
type packed struct {
	name string
	data []byte
}

func zipOf(members ...packed) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, m := range members {
		w, err := z.Create(m.name)
		if err == nil {
			_, err = w.Write(m.data)
		}
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	z.Close()
	return buf.Bytes()
}

func tarOf(members ...packed) []byte {
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Mode: 0o600, Size: int64(len(m.data)), ModTime: time.Unix(1772445600, 0)}
		if m.data == nil {
			h.Typeflag, h.Linkname = tar.TypeSymlink, "/etc/passwd"
		}
		if err := w.WriteHeader(h); err != nil {
			panic(err)
		}
		w.Write(m.data)
	}
	w.Close()
	return buf.Bytes()
}

func zstdOf(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return w.EncodeAll(data, nil)
}

func xzOf(data []byte) []byte {
	var buf bytes.Buffer
	w, err := xz.NewWriter(&buf)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		panic(err)
	}
	w.Close()
	return buf.Bytes()
}

// delivered is a log file of two records under a key of AWS's.
func delivered(account string, id int) packed {
	const format = "AWSLogs/%s/CloudTrail/us-east-1/2026/03/02/%[1]s_CloudTrail_us-east-1_20260302T1005Z_%016d.json.gz"
	return packed{fmt.Sprintf(format, account, id), pack(logFile(record(id, monday, "A"), record(id+1, monday, "A")))}
}

// Archives of all forms give what is in them: each member is a file of its own, whose key tells what keys
// tell, and comes back as it was.
func TestArchives(t *testing.T) {
	one, two := delivered("111122223333", 10), delivered("444455556666", 20)
	lines := packed{"notes/lookup export", []byte(`{"CloudTrailEvent":"x"}` + "\n" + whole(30))}
	others := []packed{{"__MACOSX/AWSLogs/._x.json.gz", []byte("\x00\x05\x16\x07")}, {"README.md", []byte("of the collector")}}
	members := append([]packed{one, two, lines}, others...)
	for name, data := range map[string][]byte{
		"zip": zipOf(members...), "tar": tarOf(members...), "tar.gz": pack(tarOf(members...)), "tar.zst": zstdOf(tarOf(members...)), "tar.xz": xzOf(tarOf(members...)),
		"zip in tar in zip": zipOf(packed{"inner.tar", tarOf(packed{"inner.zip", zipOf(members...)})}),
		"tar.gz, twice":     pack(pack(tarOf(members...))),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, folder(t)+"/evidence.bin", data)
			stream := func() Source { return NewStream(bytes.NewReader(data), 1<<20) }
			inMemory := func() Source {
				return &shelf{objects: []object{{uri: "s3://bucket/evidence", data: data, named: true}}}
			}
			for from, source := range map[string]func() Source{"folder": func() Source { return open(t, path) }, "stream": stream, "bucket": inMemory} {
				store := create(t)
				var plan Plan
				if from == "folder" { // which can be looked at without being fetched
					plan = mustPlan(t, source())
				}
				s := mustRun(t, store, Options{}, source())
				if from == "folder" && (plan.FilesListed != s.FilesListed || plan.FilesToFetch != s.FilesLoaded || plan.FilesOther != s.FilesOther ||
					!maps.Equal(plan.NotRead, s.NotRead) || plan.BytesToFetch == 0 || len(plan.Errors) > 0) {
					t.Errorf("the plan was %+v, and it came to %+v", plan, s)
				}
				inner := int64(strings.Count(name, " in "))
				if s.FilesLoaded != 4+inner || s.FilesOther != 2 || s.Records != 5 || s.EventsNew != 5 || s.NotRead[otherPrograms] != 1 || s.NotRead[".md"] != 1 {
					t.Errorf("from a %s: %+v", from, s)
				}
				if got := ask(t, store, "SELECT account, region, delivered, records FROM files WHERE account IS NOT NULL ORDER BY account"); got !=
					"111122223333|us-east-1|2026-03-02T10:05:00Z|2\n444455556666|us-east-1|2026-03-02T10:05:00Z|2" {
					t.Errorf("from a %s: the keys are %s", from, got)
				}
				if got := ask(t, store, "SELECT count(*) FROM files WHERE contains(uri, '!/AWSLogs/') AND folder LIKE 'AWSLogs/%'"); got != "2" {
					t.Errorf("from a %s: %s members by their paths", from, got)
				}
				back := rebuilt(t, store)
				for _, m := range members[:3] {
					if want := unpacked(t, m.data); !slices.ContainsFunc(slices.Collect(maps.Values(back)), func(data []byte) bool { return bytes.Equal(data, want) }) {
						t.Errorf("from a %s: %s did not come back", from, m.name)
					}
				}
				if len(back) != 3 {
					t.Errorf("from a %s: %d files came back", from, len(back))
				}
				again := mustRun(t, store, Options{}, source())
				if known := again.FilesKnown == 1 && again.Records == 0; known != (from != "stream") {
					t.Errorf("from a %s, again: %+v", from, again)
				}
				if again.EventsNew != 0 {
					t.Errorf("from a %s, again: %+v", from, again)
				}
			}
		})
	}
}

// mustPlan is the plan of a run into an empty store.
func mustPlan(t *testing.T, sources ...Source) Plan {
	t.Helper()
	plan, err := MakePlan(t.Context(), nil, sources, Options{MaxFileBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// whole is a record with all that each record has.
func whole(id int) string {
	return strings.Replace(record(id, monday, "A"), "{", `{"eventSource":"iam.amazonaws.com",`, 1)
}

func unpacked(t *testing.T, data []byte) []byte {
	t.Helper()
	var inflater logfile.Inflater
	out, _, err := inflater.Inflate(nil, data, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rebuilt are the files that a store gives back, by their URIs.
func rebuilt(t *testing.T, store *schema.Store) map[string][]byte {
	t.Helper()
	files, err := store.StoredFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	back := map[string][]byte{}
	err = store.Rebuild(t.Context(), files, func(r schema.Rebuilt) error {
		mu.Lock()
		defer mu.Unlock()
		if r.Err != nil {
			t.Errorf("%s: %v", r.URI, r.Err)
		}
		back[r.URI] = r.Data
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// What is wrong with an archive, or with a member, is told, and the rest is read.
func TestBadArchives(t *testing.T) {
	one, two := delivered("111122223333", 10), delivered("444455556666", 20)
	encrypted := zipOf(one, packed{"secret.json", []byte("{}")}, two)
	for at := 0; ; at++ { // the flag of the second member, in front of it and in the directory
		next := bytes.Index(encrypted[at:], []byte("secret.json"))
		if next < 0 {
			break
		}
		if at += next; bytes.HasPrefix(encrypted[at-30:], []byte("PK\x03\x04")) {
			encrypted[at-30+6] |= 1
		} else {
			encrypted[at-46+8] |= 1
		}
	}
	bomb := packed{"bomb.json.gz", pack(make([]byte, 4<<20))}
	large := packed{"large.json", make([]byte, 3<<20)}
	lying := zipOf(one, packed{"lies.json", make([]byte, 1<<20)}, two)
	for i := range lying {
		if bytes.HasPrefix(lying[i:], []byte("PK\x01\x02")) && bytes.HasPrefix(lying[i+46:], []byte("lies.json")) {
			copy(lying[i+24:], []byte{1, 0, 0, 0}) // its size, it says
		}
	}
	var many []packed
	for i := range 40 {
		many = append(many, packed{fmt.Sprint(i, ".json"), make([]byte, 1<<20)})
	}
	whole := tarOf(one, two)
	found := map[string]bool{} // only when all of it is read
	for _, name := range []string{"a member that is a bomb", "a member that says it is small"} {
		found[name] = true
	}
	for _, test := range []struct {
		name    string
		data    []byte
		records int64
		want    string // told
	}{
		{"a password", encrypted, 4, "encrypted with a password"},
		{"a member that is a bomb", zipOf(one, bomb, two), 4, "unpacks to more than"},
		{"a member that is too large", tarOf(one, large, two), 4, "unpacks to more than"},
		{"a member that says it is small", lying, 4, "members of it could not be read: lies.json"},
		{"more than all may have together", pack(pack(tarOf(append([]packed{one}, many...)...))), 2, "unpacks to more than"},
		{"a path that leads out", zipOf(packed{"../../" + one.name, one.data}, two), 4, ErrOutside.Error()},
		{"an absolute path", tarOf(packed{"/" + one.name, one.data}, two), 4, ""},
		{"Windows's own paths", zipOf(packed{strings.ReplaceAll(one.name, "/", `\`), one.data}, two), 4, ""},
		{"links", tarOf(packed{"link.json", nil}, one, two), 4, ""},
		{"cut off", whole[:len(whole)-1600], 2, "the file ends early"},
		{"cut off, packed", pack(whole)[:len(pack(whole))/2], 0, "the file ends early"},
		{"no directory", zipOf(one, two)[:400], 0, "zip"},
		{"a member that is a broken archive", zipOf(one, packed{"x.zip", zipOf(two)[:300]}), 2, "zip"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := folder(t)
			store := create(t)
			source := open(t, write(t, dir+"/evidence", test.data))
			plan := mustPlan(t, source)
			s := mustRun(t, store, Options{}, source)
			if !found[test.name] && (plan.FilesListed != s.FilesListed || plan.FilesToFetch != s.FilesLoaded || plan.FilesDamaged != s.FilesDamaged || len(plan.Errors) != len(s.Errors)) {
				t.Errorf("the plan was %+v, and it came to %+v", plan, s)
			}
			if s.Records != test.records {
				t.Errorf("%d records, not %d: %+v", s.Records, test.records, s)
			}
			told := slices.ContainsFunc(s.Errors, func(f Finding) bool { return strings.Contains(f.Error, test.want) })
			if told != (test.want != "") && (test.want != "" || len(s.Errors) > 0) {
				t.Errorf("told were %+v", s.Errors)
			}
			rebuilt(t, store)
			if again := mustRun(t, store, Options{}, open(t, dir+"/evidence")); test.want != "" && test.want != ErrOutside.Error() && again.FilesDamaged == 0 {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

// A digest file in an archive has its signature from the file of metadata beside it.
func TestArchiveMetadata(t *testing.T) {
	const name = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/03/02/111122223333_CloudTrail-Digest_us-east-1_demo_us-east-1_20260302T110405Z.json.gz"
	digest := packed{name, pack([]byte(`{"awsAccountId":"111122223333","digestStartTime":"2026-03-02T10:04:05Z","digestEndTime":"2026-03-02T11:04:05Z",` +
		`"digestS3Bucket":"logs","digestS3Object":"` + name + `","digestPublicKeyFingerprint":"00000000000000000000000000000000","previousDigestSignature":null,"logFiles":[]}`))}
	metadata := packed{schema.MetadataName(name), []byte(`{"signature":"00ff"}`)}
	for form, data := range map[string][]byte{
		"zip": zipOf(metadata, digest), "tar": tarOf(digest, metadata), "joined": append(unpacked(t, digest.data), logFile(record(1, monday, "A"))...),
	} {
		store := create(t)
		mustRun(t, store, Options{}, open(t, write(t, folder(t)+"/x", data)))
		want := "111122223333|demo|00ff"
		if form == "joined" {
			want = "111122223333|demo|<nil>"
		}
		if got := ask(t, store, "SELECT account, trail, signature FROM digests"); got != want {
			t.Errorf("%s: the digests are %s", form, got)
		}
	}
}

// What a filter leaves out of an archive is loaded when another filter asks for it.
func TestArchiveFilters(t *testing.T) {
	data := zipOf(delivered("111122223333", 10), delivered("444455556666", 20))
	source := open(t, write(t, folder(t)+"/evidence.zip", data))
	store := create(t)
	one := Filter{Scope: schema.Scope{Accounts: []string{"111122223333"}}}
	if s := mustRun(t, store, Options{Filter: one}, source); s.FilesFiltered != 1 || s.EventsNew != 2 {
		t.Errorf("%+v", s)
	}
	if s := mustRun(t, store, Options{Filter: one}, source); s.FilesKnown != 1 || s.FilesListed != 1 {
		t.Errorf("again: %+v", s)
	}
	if s := mustRun(t, store, Options{}, source); s.EventsNew != 2 || s.FilesKnown != 1 {
		t.Errorf("without: %+v", s)
	}
}

// Members of zip files are read by whichever method they are compressed, or named with it.
func TestZipMethods(t *testing.T) {
	data := logFile(record(7, monday, "A"))
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	add := func(method uint16, compressed []byte) {
		h := zip.FileHeader{
			Name: fmt.Sprint(method, ".json"), Method: method, CRC32: crc32.ChecksumIEEE(data),
			CompressedSize64: uint64(len(compressed)), UncompressedSize64: uint64(len(data)),
		}
		w, err := z.CreateRaw(&h)
		if err == nil {
			_, err = w.Write(compressed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	add(0, data)
	add(12, bzip2Of(t))
	add(93, zstdOf(data))
	add(95, xzOf(data))
	for _, unread := range []uint16{9, 14, 98, 77} {
		add(unread, data)
	}
	add(12, zstdOf(data)) // which is not true, and no harm
	z.Close()
	store := create(t)
	s := mustRun(t, store, Options{}, open(t, write(t, folder(t)+"/evidence.zip", buf.Bytes())))
	if s.FilesListed != 10 || s.Records != 5 || s.EventsNew != 1 || s.FilesDamaged != 5 {
		t.Errorf("%+v", s)
	}
	told := ""
	for _, f := range s.Errors {
		told += f.URI[strings.LastIndexByte(f.URI, '/')+1:] + ": " + f.Error + "\n"
	}
	for _, want := range []string{
		"9.json: compressed with Deflate64, which is not read", "14.json: compressed with LZMA, ", "98.json: compressed with PPMd, ",
		"77.json: compressed with method 77 of zip files, ", "evidence.zip: " + ErrMembersLeft.Error(),
	} {
		if !strings.Contains(told, want) {
			t.Errorf("%q is not in %s", want, told)
		}
	}
	// As Python's module zipfile writes them.
	python, err := base64.StdEncoding.DecodeString("UEsDBC4AAAAMAABQYlw59xltmAAAAKsAAAAKAAAAYnppcDIuanNvbkJaaDkxQVkmU1k+MR1sAABQX4BFABAHfVAkIR0aLiOfmiAAahkUENpH6SPU9EwmgB5QamRNDQAAADQDYW1wfcePbU+aZMAiuYDgsIvog91BZAQkYOS0RUVseC8CNDizsSpASCFvIMlkFM+bDjdP0q80huniBvKDDD78DIotIspmvuVdcp3ciKqiHDnJ8/4u5IpwoSB8YjrYUEsDBD8AAgAOAABQYlyJ3nlQhQAAAKsAAAAJAAAAbHptYS5qc29uCQQFAF0AAIAAAD2IhkZTU+/GsqOg+qgdVt1ZI3qYwmahDFg2lzhjzbm7Nk/yDq8Zl/PJ4nlm3gk5zlA4ysbXwdTSJ5xw23b4tjz6Z2DmEt9rVcuCRb54ZCpasjW1UDchffbthoXGTTeRcFIxF+4iUlLsCAgguF3S24j8R8OJovn//sIzgFBLAwQUAAAACAAAUGJcWaTZF3cAAACrAAAADQAAAGRlZmxhdGVkLmpzb26rVgpKTc4vSilWsoquVkotS80rCUstKs7Mz1OyUjLUM7BQ0oGIhmTmpgKFjAyMzHQNjHUNjEIMDawMQCgKpiQ4v7QoGaQoMzFXLzE3sSo/L7G8WC85Pxemwi8RbIgjjO/pAuQZQIEumDABERYwLgRYGCnVxtYCAFBLAQIuAy4AAAAMAABQYlw59xltmAAAAKsAAAAKAAAAAAAAAAAAAACAAQAAAABiemlwMi5qc29uUEsBAj8DPwACAA4AAFBiXIneeVCFAAAAqwAAAAkAAAAAAAAAAAAAAIABwAAAAGx6bWEuanNvblBLAQIUAxQAAAAIAABQYlxZpNkXdwAAAKsAAAANAAAAAAAAAAAAAACAAWwBAABkZWZsYXRlZC5qc29uUEsFBgAAAAADAAMAqgAAAA4CAAAAAA==")
	if err != nil {
		t.Fatal(err)
	}
	if s := mustRun(t, create(t), Options{}, open(t, write(t, folder(t)+"/python.zip", python))); s.EventsNew != 2 || s.FilesDamaged != 2 || !strings.Contains(s.Errors[1].Error, "LZMA") {
		t.Errorf("%+v", s)
	}
}

// bzip2Of is the log file of record 7, packed: Go only unpacks.
func bzip2Of(t *testing.T) []byte {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString("QlpoOTFBWSZTWTlBV00AAD7fgESAEAd90CQhFRouI50KIABoRpIGg0yGnqAAAEqptpTTTNBMmaTINMPKSB1zqhXvqXUPtINGilj0dA8wQaj5TYSKJFrKPE1DrLFEeDiQx4HSuHztnFeD6waQCz2u7UAiojU6ggWLBuRdyRThQkDlBV00")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Log files are unpacked whatever they are packed in.
func TestPackings(t *testing.T) {
	data := logFile(record(7, monday, "A"))
	bzip2 := bzip2Of(t)
	const key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/02/111122223333_CloudTrail_us-east-1_20260302T1005Z_AbCdEfGh01234567.json"
	for name, packed := range map[string][]byte{
		key + ".zst": zstdOf(data), key + ".xz": xzOf(data), key + ".bz2": bzip2, key + ".gz": pack(pack(data)), "x.json": xzOf(zstdOf(pack(data))), "y": bzip2,
	} {
		dir, store := folder(t), create(t)
		write(t, dir+"/"+name, packed)
		if s := mustRun(t, store, Options{}, open(t, dir)); s.FilesLoaded != 1 || s.EventsNew != 1 || len(s.Errors) > 0 {
			t.Errorf("%s: %+v", name, s)
		}
		if back := rebuilt(t, store); len(back) != 1 || !bytes.Equal(back[dir+"/"+name], data) {
			t.Errorf("%s came back as %q", name, back)
		}
		if strings.HasPrefix(name, key) && ask(t, store, "SELECT account, delivered FROM files") != "111122223333|2026-03-02T10:05:00Z" {
			t.Errorf("%s: its key is not known", name)
		}
	}
	for name, file := range map[string][]byte{"xz": xzOf(make([]byte, 8<<20)), "zst": zstdOf(make([]byte, 8<<20)), "gz": pack(pack(make([]byte, 8<<20)))} {
		s := mustRun(t, create(t), Options{}, open(t, write(t, folder(t)+"/bomb.json."+name, file)))
		if len(s.Errors) != 1 || !strings.Contains(s.Errors[0].Error, "unpacks to more than 1048576 bytes") {
			t.Errorf("%s: %+v", name, s.Errors)
		}
		cut := file[:len(file)-20]
		s = mustRun(t, create(t), Options{MaxFileBytes: 16 << 20}, open(t, write(t, folder(t)+"/cut.json."+name, cut)))
		if len(s.Errors) != 1 || !strings.Contains(s.Errors[0].Error, name[:1]) || s.FilesDamaged != 1 {
			t.Errorf("cut %s: %+v", name, s.Errors)
		}
	}
	// A header may ask for 4 GiB of memory.
	greedy := xzOf(data)
	at := bytes.Index(greedy, []byte{0x21, 0x01}) + 2
	greedy[at] = 40
	header := greedy[12 : 12+(int(greedy[12])+1)*4]
	sum := crc32.ChecksumIEEE(header[:len(header)-4])
	copy(header[len(header)-4:], []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)})
	if s := mustRun(t, create(t), Options{}, open(t, write(t, folder(t)+"/greedy.json.xz", greedy))); len(s.Errors) != 1 || !strings.Contains(s.Errors[0].Error, "dictionary") {
		t.Errorf("%+v", s.Errors)
	}
}

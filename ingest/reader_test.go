package ingest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"trailbox/schema"
)

// largeFile is a log file of n records that is shared between readers, with a repeat of
// each tenth record.
func largeFile(n int) []byte {
	padding := bytes.Repeat([]byte("x"), 2*sharedBytes/n)
	var file bytes.Buffer
	file.WriteString(`{"Records":[`)
	for i := range n {
		if i > 0 {
			file.WriteByte(',')
		}
		id := i
		if i%10 == 9 {
			id = i - 1
		}
		fmt.Fprintf(&file, `{"eventTime":"2026-03-02T10:00:00Z","eventID":"%08x-1111-4111-8111-111111111111","userAgent":"\u0041 %d %s","extra":%d,"requestParameters":{"bucketName":"b%d"}}`,
			id, id, padding, id, id)
	}
	file.WriteString("]}")
	return file.Bytes()
}

// Readers that have nothing else to do read a large file together. What they have taken
// stays as it is while others go on, and the file ends up in the ledger once.
func TestReadersShare(t *testing.T) {
	const records = 2000
	whole := largeFile(records)
	for _, test := range []struct {
		name    string
		data    []byte
		status  schema.Status
		records int32
	}{
		{"sound", whole, schema.Loaded, records},
		{"cut off", whole[:len(whole)*3/4], schema.Partial, records * 3 / 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			store := create(t)
			r := &run{store: store, opt: options(Options{BatchBytes: batchBytes, MaxFileBytes: 1 << 30, Progress: new(Progress)}), fetched: newQueue(DefaultMemory / queueShare)}
			if err := r.begin(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			b := newBatch(r, r.fetched, fetched{object: Object{URI: "/large.json"}, data: test.data, file: 1})
			r.fetched.close()

			const readers = 3
			type taken struct {
				position           int32
				id, extra, touched string
			}
			var events [readers][]taken
			var first, all sync.WaitGroup
			first.Add(readers)
			for i := range readers {
				reader := b.NewReader(t.Context())
				all.Go(func() {
					var ev schema.Event
					for met := false; ; {
						ok, err := reader.Next(&ev)
						if err != nil {
							t.Error(err)
						}
						if ok {
							events[i] = append(events[i], taken{ev.Position, string(ev.Leaves[schema.ColEventID][:8]), string(ev.Unknown), string(ev.Touched)})
						}
						if !met { // nobody goes on before each has a part in it
							met = true
							first.Done()
							first.Wait()
						}
						if !ok {
							return
						}
					}
				})
			}
			all.Wait()

			seen := map[int32]bool{}
			for i := range events {
				if len(events[i]) == 0 {
					t.Errorf("reader %d had no part in it", i)
				}
				for _, e := range events[i] {
					want := taken{e.position, fmt.Sprintf("%08x", e.position), fmt.Sprintf(`{"extra":%d}`, e.position), fmt.Sprintf(`[{"type":"AWS::S3::Bucket","name":"b%d"}]`, e.position)}
					if e != want || seen[e.position] {
						t.Fatalf("got %+v, want %+v, seen before: %v", e, want, seen[e.position])
					}
					seen[e.position] = true
				}
			}
			files := b.Ledger().Files
			if len(files) != 1 || files[0].Status != test.status || files[0].Records < test.records-1 || files[0].Records > test.records {
				t.Fatalf("the ledger has %+v", files)
			}
			if f := files[0]; len(seen) != int(f.New) || len(b.Ledger().Repeats) != int(f.Repeated) || f.Repeated != f.Records/10 {
				t.Errorf("%d events, %d repeats, of %+v", len(seen), len(b.Ledger().Repeats), f)
			}
		})
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"
)

// A shape is how an archive's records lie in files.
type shape string

const (
	shapeSmall shape = "small" // as trails of most accounts deliver: 2 to 20 records a file
	shapeLarge shape = "large" // as busy ones do: 50,000 records, the 50 MB that AWS allows
	shapeMixed shape = "mixed" // from one record to 50,000
)

const largestFile = 50_000 // records

// An archiveSpec says what archive to make. The same one is the same to the byte,
// however many cores make it.
type archiveSpec struct {
	shape  shape
	events int // records, those that a second trail delivers again among them
	seed   uint64
}

// madeArchive is what an archive holds, by whoever made it.
type madeArchive struct {
	Files     int   `json:"files"`
	Records   int   `json:"records"`
	Repeats   int   `json:"repeats"` // of records: delivered by both trails
	BytesJSON int64 `json:"bytes_json"`
	BytesGzip int64 `json:"bytes_gzip"`
}

// A plannedFile is a log file before it is made: 8 bytes each, since there are a
// million of them in an archive of ten million events.
type plannedFile struct {
	number  int32 // of the file whose records these are
	records int32 // negative: delivered by the second trail
}

// againEvery is which file the second trail delivers again: a fifth of the records
// of one real archive came twice.
const againEvery = 4

func (spec *archiveSpec) plan() []plannedFile {
	var d dice
	d.seed(spec.seed, diceForSizes, 0, 0)
	var files []plannedFile
	left := int32(spec.events)
	for number := int32(0); left > 0; number++ {
		n := min(spec.draw(&d), left)
		files = append(files, plannedFile{number, n})
		left -= n
		if number%againEvery == 1 && left >= n {
			files = append(files, plannedFile{number, -n})
			left -= n
		}
	}
	return files
}

// draw decides how many records a file has.
func (spec *archiveSpec) draw(d *dice) int32 {
	switch spec.shape {
	case shapeSmall:
		return int32(2 + d.few(24)/2 + d.below(8))
	case shapeLarge:
		return largestFile
	}
	return int32(math.Exp(float64(d.below(1<<20)) / (1 << 20) * math.Log(largestFile)))
}

// A logFile is one whose records are being made.
type logFile struct {
	number    int32
	records   int
	account   int // an index into accounts
	region    string
	delivered time.Time
}

// firstDay is when made-up archives begin. Their length follows from their files: a
// trail of four accounts delivers some thousands a day.
var firstDay = time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)

func daysFor(files int) int { return min(max(files/4000, 5), 1100) }

// locate says where a file was delivered, and what its key is.
func locate(seed uint64, p plannedFile, days int) (f logFile, key string) {
	var d dice
	d.seed(seed, diceForFiles, uint64(p.number), 0)
	f = logFile{number: p.number, records: int(p.records)}
	f.account = d.few(len(accounts))
	f.region = regions[d.below(len(regions))]
	f.delivered = firstDay.Add(time.Duration(d.below(days*288)) * 5 * time.Minute)
	folder, unique := "AWSLogs/", d.append(nil, base64Digits[:32], 16)
	if p.records < 0 {
		f.records = -f.records
		folder, unique = "AWSLogs/o-exampleorg1/", d.append(nil, base64Digits[:32], 16)
	}
	account := accounts[f.account]
	return f, fmt.Sprintf("%s%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", folder, account, f.region,
		f.delivered.Format("2006/01/02"), account, f.region, f.delivered.Format("20060102T1504Z"), unique)
}

// makeArchive writes the archive into a folder. Each core makes a file of its own,
// record by record, so that memory does not depend on how large they are.
func makeArchive(ctx context.Context, folder string, spec archiveSpec) (made madeArchive, err error) {
	m := newMaker(spec.seed)
	files := spec.plan()
	days := daysFor(len(files))
	var next, bytesJSON, bytesGzip atomic.Int64
	var folders sync.Map
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			w := fileMaker{maker: m}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) || ctx.Err() != nil {
					return context.Cause(ctx)
				}
				f, key := locate(spec.seed, files[i], days)
				path := filepath.Join(folder, filepath.FromSlash(key))
				if _, done := folders.LoadOrStore(filepath.Dir(path), true); !done {
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						return err
					}
				}
				if err := w.write(path, &f, files[i].records < 0); err != nil {
					return err
				}
				bytesJSON.Add(w.bytesJSON)
				bytesGzip.Add(w.bytesGzip)
			}
		})
	}
	err = g.Wait()
	made = madeArchive{Files: len(files), BytesJSON: bytesJSON.Load(), BytesGzip: bytesGzip.Load()}
	for _, f := range files {
		made.Records += int(max(f.records, -f.records))
		made.Repeats += int(max(-f.records, 0))
	}
	return made, err
}

// A fileMaker writes log files one after another.
type fileMaker struct {
	*maker
	scene scene
	text  []byte
	gzip  *gzip.Writer
	out   *bufio.Writer

	bytesJSON, bytesGzip int64 // of the last file
}

// write writes a log file. The second trail collects for itself: its file has the
// same records in another order.
func (w *fileMaker) write(path string, f *logFile, again bool) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrNotExist) { // another goroutine is about to make the folder
		if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
			file, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		}
	}
	if err != nil {
		return err
	}
	if w.gzip == nil {
		w.out = bufio.NewWriterSize(nil, 64<<10)
		w.gzip, _ = gzip.NewWriterLevel(nil, 6) // fails for levels that there are not
	}
	w.out.Reset(file)
	w.gzip.Reset(w.out)
	err = errors.Join(w.records(f, again), w.gzip.Close(), w.out.Flush())
	if info, statErr := file.Stat(); statErr == nil {
		w.bytesGzip = info.Size()
	}
	return errors.Join(err, file.Close())
}

func (w *fileMaker) records(f *logFile, again bool) error {
	first := 0
	if again {
		first = f.records / 3
	}
	w.bytesJSON = 0
	w.text = append(w.text[:0], `{"Records":[`...)
	for i := range f.records {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.text = w.record(&w.scene, w.text, f, (first+i)%f.records)
		if len(w.text) >= 64<<10 {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	w.text = append(w.text, "]}"...)
	return w.flush()
}

func (w *fileMaker) flush() error {
	n, err := w.gzip.Write(w.text)
	w.bytesJSON += int64(n)
	w.text = w.text[:0]
	return err
}

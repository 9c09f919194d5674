package main

import (
	"strings"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, test := range []struct {
		numbers []float64
		want    spread
	}{
		{[]float64{3, 1, 2}, spread{2, 1, 3}},
		{[]float64{4, 1, 3, 2}, spread{2.5, 1, 4}},
		{[]float64{7}, spread{7, 7, 7}},
		{nil, spread{}},
	} {
		if got := spreadOf(test.numbers); got != test.want {
			t.Errorf("%v: %+v", test.numbers, got)
		}
	}
}

// The table says what was measured, what was asked for, and whether it was reached,
// in 80 columns.
func TestTable(t *testing.T) {
	walls := func(name string, walls ...float64) *trial {
		tr := &trial{Name: name}
		for _, s := range walls {
			tr.Samples = append(tr.Samples, sample{Seconds: s, CPUSeconds: 2 * s, PeakBytes: 100 << 20})
		}
		return tr
	}
	gunzip, folder := walls("gunzip", 2.5, 2.4, 9), walls("ingest from a folder", 7, 7.5, 7.25)
	r := result{
		Archive: archiveFacts{Name: "small", Files: 154880, BytesGzip: 307e6, ingestCounts: ingestCounts{1220000, 244000, 1770e6}},
		Rows: []row{
			ratioRow("ingest / gunzip", folder.seconds(), gunzip.seconds(), seconds, budget{Must: 3, Aim: 2, Unit: times}),
			ratioRow("read_json / ingest", spread{Median: 120}, spread{Median: 10}, seconds, budget{Must: 10, Aim: 15, AtLeast: true, Unit: times}),
			ratioRow("second run / list, delayed S3", spread{Median: 1.3}, spread{Median: 1}, seconds, budget{Must: 1.2, Aim: 1.05, Unit: times}),
			numberRow("peak memory of ingest", 1<<30+1<<20, budget{Must: 1 << 30, Aim: 512 << 20, Unit: memory}),
			{What: "CPU: chdb / ingest", Met: absent},
			numberRow("lookup by event ID", 0.5, budget{Must: 0.5, Aim: 0.1, Unit: seconds}),
		},
		Trials: []*trial{gunzip, folder},
		Notes:  []string{strings.Repeat("long ", 20)},
	}
	var out strings.Builder
	r.write(&out)
	const want = `small: 154880 files, 1220000 records (244000 of them repeats), 1770.0 MB of
JSON, 307.0 MB of gzip

A / B                                A       B        is   must      aim
ingest / gunzip                 7.25 s  2.50 s     2.90x     3x       2x      ok
read_json / ingest             120.0 s  10.0 s     12.0x  >=10x    >=15x      ok
second run / list, delayed S3   1.30 s  1.00 s     1.30x   1.2x    1.05x   short
peak memory of ingest                           1025 MiB  1 GiB  512 MiB   short
CPU: chdb / ingest                                                        absent
lookup by event ID                                0.50 s  0.5 s    0.1 s      ok

process               median  lowest  highest     CPU   memory
gunzip                2.50 s  2.40 s   9.00 s  5.00 s  100 MiB
ingest from a folder  7.25 s  7.00 s   7.50 s  14.5 s  100 MiB

long long long long long long long long long long long long long long long long
long long long long

`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 81 {
			t.Errorf("%d columns: %s", len(line)-1, line)
		}
	}
}

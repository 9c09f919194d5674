package schema

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
)

// What is around the records, encoded and wrapped around them again, is the file.
func TestEnvelope(t *testing.T) {
	for _, test := range []struct {
		name, head string
		between    []string
		tail       string
		records    int
		texts      int // that are stored
	}{
		{"nothing", "", nil, "", 0, 2},
		{"no record", "", nil, `{"Records":[]}`, 0, 2},
		{"one", `{"Records":[`, nil, `]}`, 1, 2},
		{"one, bare", "", nil, "", 1, 2},
		{"two", `[`, []string{","}, `]`, 2, 3},
		{"three, all the same", `[`, []string{",", ","}, `]`, 3, 3},
		{"three, not the same", `[`, []string{",", ",\n"}, `]`, 3, 4},
		{"the first is another", `[`, []string{"\n,", ",", ","}, `]`, 4, 5},
		{"the last is another", `[`, []string{",", ",", ",", " , "}, `]`, 5, 6},
		{"one in the middle is another", `[`, []string{",", "", ","}, `]`, 4, 5},
		{"nothing between", "", []string{"", "", ""}, "", 4, 3},
		{"long, not UTF-8", strings.Repeat("\xff", 300), []string{"\x00"}, strings.Repeat(" ", 70_000), 2, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			var e Envelope
			e.Gap([]byte("of another file"))
			e.Gap([]byte("of another file"))
			e.Reset()
			var records [][]byte
			want := test.head
			for i := range test.records {
				record := strings.Repeat("r", i)
				records = append(records, []byte(record))
				if i == 0 {
					e.Gap([]byte(test.head))
				} else {
					e.Gap([]byte(test.between[i-1]))
					want += test.between[i-1]
				}
				want += record
			}
			want += test.tail
			encoded := e.Encode([]byte(test.tail))
			got, err := wrap(encoded, records)
			if err != nil || string(got) != want {
				t.Errorf("got %.100q, %v\nwant %.100q", got, err, want)
			}
			texts := 0
			for rest := encoded; len(rest) > 0; texts++ {
				length, n := binary.Uvarint(rest)
				rest = rest[n+int(length):]
			}
			if texts != test.texts {
				t.Errorf("%d texts are stored, want %d", texts, test.texts)
			}

			// With other records than those it does not fit, unless they are as many.
			if test.texts > 3 {
				for _, other := range [][][]byte{records[1:], append(slices.Clone(records), nil)} {
					if _, err := wrap(encoded, other); !errors.Is(err, errEnvelope) {
						t.Errorf("around %d records: %v", len(other), err)
					}
				}
			}
		})
	}
}

func TestWrapDamaged(t *testing.T) {
	records := [][]byte{[]byte("a"), []byte("b")}
	for _, envelope := range []string{
		"", "\x00", "\x01", "\x01a", "\x05abc\x00",
		"\x00\x00",                 // nothing to put between two
		"\x00\x00\x00\x00",         // too much
		"\x00\x00\x80",             // a length that is cut off
		"\x80\x80\x80\x80\x80\x80", // the same
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"\x00\xff\xff\xff\xff\x0f",
	} {
		if got, err := wrap([]byte(envelope), records); !errors.Is(err, errEnvelope) {
			t.Errorf("%q: got %q, %v", envelope, got, err)
		}
	}
}

package logfile

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// packAt packs text at a level of compression.
func packAt(t testing.TB, text []byte, level int) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, level)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// unpackWhole unpacks a file by the fast way alone.
func unpackWhole(file []byte) (data []byte, ok bool) {
	size := int(Unpacked(file))
	return new(wholeInflater).file(make([]byte, 0, size+inflateSlack), file, size)
}

// texts are of each sort that makes deflate do something else: codes of all lengths, matches from near and far.
func texts() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 70<<10)
	skewed := make([]byte, 70<<10) // some bytes are so rare that their codewords have 15 bits
	for i := range noise {
		noise[i] = byte(random.Uint32())
		skewed[i] = byte(min(random.ExpFloat64()*12, 255))
	}
	var far bytes.Buffer // each piece comes again, from up to 32 KiB before
	for i := range 300 {
		far.Write(noise[i*100 : i*100+100])
		at := max(0, i*100-random.IntN(32<<10))
		far.Write(noise[at : at+random.IntN(300)])
	}
	records := []byte(`{"Records":[` + strings.Repeat(recordA+",", 100) + recordA + `]}`)
	return map[string][]byte{
		"nothing": nil, "a byte": []byte("a"), "one byte again": bytes.Repeat([]byte("a"), 70000), "two bytes again": bytes.Repeat([]byte("ab"), 5000),
		"seven bytes again": bytes.Repeat([]byte("abcdefg"), 500), "noise": noise, "skewed": skewed, "from far": far.Bytes(), "records": records,
	}
}

func TestWholeInflater(t *testing.T) {
	for name, text := range texts() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			data, ok := unpackWhole(packAt(t, text, level))
			if !ok || !bytes.Equal(data, text) {
				t.Errorf("%s, level %d: %t, %d bytes of %d", name, level, ok, len(data), len(text))
			}
		}
	}
	var named bytes.Buffer
	w := gzip.NewWriter(&named)
	w.Name = "log.json"
	w.Write([]byte(recordA))
	w.Close()
	if data, ok := unpackWhole(named.Bytes()); !ok || string(data) != recordA {
		t.Errorf("with a name: %t, %q", ok, data)
	}
}

// Damage is left to the reader that tells what it is: each bit of a file is turned over, and each end cut off.
func TestWholeInflaterDamage(t *testing.T) {
	text := []byte(recordA + recordB)
	for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
		file := packAt(t, text, level)
		for bit := range len(file) * 8 {
			damaged := bytes.Clone(file)
			damaged[bit/8] ^= 1 << (bit % 8)
			sameAsReader(t, fmt.Sprintf("level %d, bit %d", level, bit), damaged)
		}
		for n := range file {
			sameAsReader(t, fmt.Sprintf("level %d, %d bytes", level, n), file[:n])
		}
	}
}

// sameAsReader checks that what the fast way takes is what the plain one reads, and that it takes nothing
// of what that does not.
func sameAsReader(t *testing.T, name string, file []byte) {
	t.Helper()
	data, ok := unpackWhole(file)
	if !ok {
		return
	}
	want, members, err := new(Inflater).members(nil, file, 1<<30)
	if err != nil || members != 1 || !bytes.Equal(data, want) {
		t.Errorf("%s: %d bytes were taken, a reader says %v, %d members, %d bytes", name, len(data), err, members, len(want))
	}
}

// FuzzInflate compares the fast way with the plain one. The files get the trailer that belongs to what could be
// read of them, since no change would come by the checksum.
func FuzzInflate(f *testing.F) {
	for _, text := range texts() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level++ {
			file := packAt(f, text[:min(len(text), 3000)], level)
			f.Add(file[10 : len(file)-8])
		}
	}
	f.Fuzz(func(t *testing.T, deflated []byte) {
		text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(deflated)), 1<<20))
		file := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, deflated...)
		file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(text))
		file = binary.LittleEndian.AppendUint32(file, uint32(len(text)))
		sameAsReader(t, "resealed", file)
		if _, ok := unpackWhole(file); ok && err != nil {
			t.Errorf("taken, but %v", err)
		}
	})
}

// A file that is unpacked into a buffer of which there is enough takes no memory.
func TestInflateAllocs(t *testing.T) {
	file := zip(t, strings.Repeat(recordA, 10))
	var f Inflater
	buf, _, err := f.Inflate(nil, file, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(10, func() { buf, _, _ = f.Inflate(buf[:0], file, 1<<20) }); n > 0 {
		t.Errorf("%v allocations for a file", n)
	}
}

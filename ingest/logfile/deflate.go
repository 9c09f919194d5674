package logfile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// A wholeInflater unpacks gzip files that lie in memory as a whole, in one go and straight into
// the buffer that they are to be in: half of the time that a reader takes that must be ready for
// its input to end anywhere and hand out the output in pieces. It takes sound files
// of one member only, such as AWS writes, and says of all others that it does not; the reader
// then says what is the matter with them. So all that it gives out has passed its checksum.
type wholeInflater struct {
	// Behind the entries that the first bits of a codeword lead to are those for codewords that are longer.
	// At most 2,342 and 402 are needed; powers of two spare the check of an index.
	litLenTable [4096]entry
	distTable   [512]entry
}

const (
	maxLitLens    = 288 // literals and lengths; the last two stand for nothing
	maxDistances  = 32  // likewise
	maxCodeword   = 15  // bits
	litLenBits    = 10  // of a codeword, that lead into litLenTable
	distBits      = 8   // likewise
	numPreLengths = 19  // symbols of the code in which lengths of codewords are written
	maxPreLength  = 7   // bits of its codewords
	maxMatch      = 258 // bytes
	endOfBlock    = 256
)

// inflateSlack is how much room is wanted behind the output: a match is copied eight bytes at a time,
// behind up to two literals.
const inflateSlack = maxMatch + 16

// An entry says what a codeword stands for. From its lowest bits on: how many bits there are of the
// codeword and the number behind it, how many of the codeword alone, what kind of entry it is, and the
// value, to which the number is added.
type entry uint32

const (
	entryValue   = 16             // bits below the value
	entryLiteral = entry(1) << 31 // the value is a byte
	entryOther   = entry(1) << 15 // one of the following, or nothing that a codeword may stand for
	entryLonger  = entry(1) << 14 // the codeword goes on: the value is where in the table, by as many bits as would be the codeword's
	entryEnd     = entry(1) << 13
)

// bits returns how many bits the codeword and the number behind it have.
func (e entry) bits() uint { return uint(e & 0xff) }

// codeBits returns how many of them the codeword has.
func (e entry) codeBits() uint { return uint(e>>8) & 15 }

// value returns the value with the number behind the codeword, which the lowest of bits begin with.
func (e entry) value(bits uint64) int {
	return int(e&^entryLiteral>>entryValue) + int(bits&(1<<(e.bits()&63)-1)>>e.codeBits())
}

// litLenEntries are the entries for the symbols of literals and lengths, without bits of a codeword.
var litLenEntries = func() (entries [maxLitLens]entry) {
	for i := range entries {
		switch {
		case i < endOfBlock:
			entries[i] = entryLiteral | entry(i)<<entryValue
		case i == endOfBlock:
			entries[i] = entryOther | entryEnd
		default:
			entries[i] = entryOther
		}
	}
	length := 3
	for i := range 28 {
		extra := max(0, i/4-1)
		entries[endOfBlock+1+i] = entry(length)<<entryValue | entry(extra)
		length += 1 << extra
	}
	entries[285] = maxMatch << entryValue
	return entries
}()

// distEntries are those for the symbols of distances.
var distEntries = func() (entries [maxDistances]entry) {
	distance := 1
	for i := range 30 {
		extra := max(0, i/2-1)
		entries[i] = entry(distance)<<entryValue | entry(extra)
		distance += 1 << extra
	}
	entries[30], entries[31] = entryOther, entryOther
	return entries
}()

// file appends what file, a gzip file that says to have size bytes unpacked, unpacks to, to dst, which has
// room for that and inflateSlack. ok is false where it is not sound, or not of one member, or has what is
// rare in its header; nothing of it is in dst then.
func (w *wholeInflater) file(dst, file []byte, size int) (data []byte, ok bool) {
	const trailer = 8 // checksum and size
	body := deflated(file)
	if len(body) <= trailer || binary.LittleEndian.Uint32(body[len(body)-4:]) != uint32(size) {
		return dst, false
	}
	out := dst[len(dst) : len(dst)+size+inflateSlack]
	if !w.inflate(out, body, size, len(body)-trailer) {
		return dst, false
	}
	if crc32.ChecksumIEEE(out[:size]) != binary.LittleEndian.Uint32(body[len(body)-trailer:]) {
		return dst, false
	}
	return dst[:len(dst)+size], true
}

// deflated returns what follows the header of a gzip file, nil if that has anything but a name.
func deflated(file []byte) []byte {
	const (
		headerBytes = 10
		deflate     = 8
		named       = 8   // a flag
		maxName     = 255 // bytes
	)
	if len(file) < headerBytes || file[2] != deflate || file[3]&^named != 0 {
		return nil
	}
	body := file[headerBytes:]
	if file[3] == 0 {
		return body
	}
	end := bytes.IndexByte(body[:min(len(body), maxName+1)], 0)
	if end < 0 {
		return nil
	}
	return body[end+1:]
}

// A bitReader gives out bits of in, the lowest of each byte first. What it has in advance may be all
// that it can hold.
type bitReader struct {
	in    []byte
	pos   int    // in in
	bits  uint64 // of which those above the first count ones may be set, too: the next byte's
	count uint
}

// fill makes as many bits as can be had ready, of which there are 56 unless the end of in is near.
func (r *bitReader) fill() {
	if r.pos+8 <= len(r.in) {
		r.bits |= binary.LittleEndian.Uint64(r.in[r.pos:]) << (r.count & 63)
		r.pos += int(63-r.count) >> 3
		r.count |= 56
		return
	}
	for r.count <= 56 && r.pos < len(r.in) {
		r.bits |= uint64(r.in[r.pos]) << (r.count & 63)
		r.pos++
		r.count += 8
	}
}

// take gives out n bits of those that are ready.
func (r *bitReader) take(n uint) uint64 {
	bits := r.bits & (1<<(n&63) - 1)
	r.bits >>= n & 63
	r.count -= n
	return bits
}

// at returns how many bytes were begun of.
func (r *bitReader) at() int { return r.pos - int(r.count>>3) }

// inflate unpacks in, which is end bytes and the trailer behind them, to the first size bytes of out.
func (w *wholeInflater) inflate(out, in []byte, size, end int) (ok bool) {
	r := bitReader{in: in}
	n := 0
	for last := uint64(0); last == 0; {
		r.fill()
		if r.count < 3 {
			return false
		}
		last = r.take(1)
		kind := r.take(2)
		switch kind {
		case 0:
			n, ok = stored(&r, out[:size], n)
		case 1:
			ok = w.fixed()
		case 2:
			ok = w.dynamic(&r)
		default:
			return false
		}
		if ok && kind != 0 {
			n, ok = w.block(&r, out, n, size)
		}
		if !ok {
			return false
		}
	}
	return n == size && r.at() == end
}

// stored copies a block that is not compressed.
func stored(r *bitReader, out []byte, n int) (int, bool) {
	at := r.at()
	if at+4 > len(r.in) {
		return n, false
	}
	length := int(binary.LittleEndian.Uint16(r.in[at:]))
	if length != int(^binary.LittleEndian.Uint16(r.in[at+2:])) || at+4+length > len(r.in) || length > len(out)-n {
		return n, false
	}
	copy(out[n:], r.in[at+4:at+4+length])
	*r = bitReader{in: r.in, pos: at + 4 + length}
	return n + length, true
}

// fixed sets the code up that needs no description.
func (w *wholeInflater) fixed() bool {
	var lengths [maxLitLens + maxDistances]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		case i < maxLitLens:
			lengths[i] = 8
		default:
			lengths[i] = 5
		}
	}
	return w.codes(lengths[:maxLitLens], lengths[maxLitLens:])
}

func (w *wholeInflater) codes(litLens, distances []uint8) bool {
	return codeTable(w.litLenTable[:], litLenBits, litLens, litLenEntries[:]) &&
		codeTable(w.distTable[:], distBits, distances, distEntries[:])
}

// preOrder is the order in which the lengths of the code for lengths are written.
var preOrder = [numPreLengths]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// preEntries are the entries for its symbols.
var preEntries = func() (entries [numPreLengths]entry) {
	for i := range entries {
		entries[i] = entry(i) << entryValue
	}
	return entries
}()

// dynamic reads the codes of a block that describes its own.
func (w *wholeInflater) dynamic(r *bitReader) bool {
	r.fill()
	if r.count < 14+numPreLengths*3-31 { // 31 of them are filled up later
		return false
	}
	litLens, distances, preLengths := int(r.take(5))+257, int(r.take(5))+1, int(r.take(4))+4
	if litLens > maxLitLens-2 || distances > maxDistances-2 {
		return false
	}
	var pre [numPreLengths]uint8
	for i := range preLengths {
		if r.count < 3 {
			if r.fill(); r.count < 3 {
				return false
			}
		}
		pre[preOrder[i]] = uint8(r.take(3))
	}
	var table [1 << maxPreLength]entry
	if !codeTable(table[:], maxPreLength, pre[:], preEntries[:]) {
		return false
	}
	var lengths [maxLitLens + maxDistances + 138]uint8 // what is repeated too often is found behind
	for i := 0; i < litLens+distances; {
		if r.count < maxPreLength+7 {
			if r.fill(); r.count < maxPreLength+7 { // there is more in a sound file, if only its trailer
				return false
			}
		}
		e := table[r.bits&(1<<maxPreLength-1)]
		if e&entryOther != 0 {
			return false
		}
		r.take(e.bits())
		symbol := e.value(0)
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		var length uint8
		var times int
		switch symbol {
		case 16:
			if i == 0 {
				return false
			}
			length, times = lengths[i-1], 3+int(r.take(2))
		case 17:
			times = 3 + int(r.take(3))
		default:
			times = 11 + int(r.take(7))
		}
		for range times {
			lengths[i] = length
			i++
		}
		if i > litLens+distances {
			return false
		}
	}
	return lengths[endOfBlock] != 0 && w.codes(lengths[:litLens], lengths[litLens:litLens+distances])
}

// codeTable fills table with the code in which the symbols have codewords of those lengths. The first
// mainBits bits of a codeword lead into it. It takes codes that leave no sequence of bits
// without a meaning, and, as of distances there may be one or none, those of one symbol or none.
func codeTable(table []entry, mainBits int, lengths []uint8, entries []entry) bool {
	var counts, offsets [maxCodeword + 1]int
	for _, length := range lengths {
		counts[length&maxCodeword]++
	}
	unused := counts[0]
	counts[0] = 0
	if len(lengths)-unused < 2 {
		return codeOfOne(table[:1<<mainBits], lengths, entries)
	}
	space := 1
	for length := 1; length <= maxCodeword; length++ {
		space = space<<1 - counts[length]
		offsets[length] = offsets[length-1] + counts[length-1]
		if space < 0 {
			return false
		}
	}
	if space != 0 {
		return false
	}
	var sorted [maxLitLens]uint16 // symbols, by the lengths of their codewords
	for symbol, length := range lengths {
		if length != 0 {
			sorted[offsets[length&maxCodeword]] = uint16(symbol)
			offsets[length&maxCodeword]++
		}
	}

	// Codewords are read from their first bit, which is the lowest one here, so that what a shorter one
	// leads to is repeated at each power of two above it: the table is doubled before the next length.
	symbols := sorted[:len(lengths)-unused]
	codeword := uint(0)
	filled := 1
	for length := 1; length <= mainBits; length++ {
		copy(table[filled:2*filled], table[:filled])
		filled *= 2
		for range counts[length] {
			table[codeword] = entries[symbols[0]] + entry(length)<<8 + entry(length)
			symbols = symbols[1:]
			codeword = nextCodeword(codeword, length)
		}
	}
	// Each group of longer codewords with the same beginning gets a table of its own.
	mask := uint(1)<<mainBits - 1
	var begin, start uint
	var more int // bits, of the group at hand
	end := uint(filled)
	left := 0 // of its table
	for length := mainBits + 1; length <= maxCodeword; length++ {
		for i := range counts[length] {
			if left == 0 {
				begin, start = codeword&mask, end
				more = length - mainBits
				for room := 1<<more - (counts[length] - i); room > 0 && mainBits+more < maxCodeword; {
					more++
					room = room<<1 - counts[mainBits+more]
				}
				left = 1 << more
				end += uint(left)
				if end > uint(len(table)) {
					return false
				}
				table[begin] = entry(start)<<entryValue | entryOther | entryLonger | entry(more)<<8 | entry(mainBits)
			}
			e := entries[symbols[0]] + entry(length-mainBits)<<8 + entry(length-mainBits)
			symbols = symbols[1:]
			for at := start + codeword>>mainBits; at < end; at += 1 << (length - mainBits) {
				table[at] = e
				left--
			}
			codeword = nextCodeword(codeword, length)
		}
	}
	return true
}

// nextCodeword returns the codeword behind one of that length, the first bit of either the lowest one.
func nextCodeword(codeword uint, length int) uint {
	zeros := ^codeword & (1<<length - 1)
	if zeros == 0 {
		return 0 // that was the last one
	}
	bit := uint(1) << (bits.Len(zeros) - 1)
	return codeword&(bit-1) | bit
}

// codeOfOne fills a table for a code of one symbol, whose codeword is a zero, or none.
func codeOfOne(table []entry, lengths []uint8, entries []entry) bool {
	for i := range table {
		table[i] = entryOther
	}
	for symbol, length := range lengths {
		if length > 1 {
			return false
		}
		if length == 1 {
			for i := 0; i < len(table); i += 2 {
				table[i] = entries[symbol] + 1<<8 + 1
			}
		}
	}
	return true
}

// block unpacks a block by the codes that are set up, behind the first n bytes of out.
func (w *wholeInflater) block(r *bitReader, out []byte, n, size int) (int, bool) {
	const (
		litLenMask = 1<<litLenBits - 1
		distMask   = 1<<distBits - 1
		// maxLength and maxDistance are the bits of the longest codewords and the numbers behind them.
		maxLength, maxDistance = maxCodeword + 5, maxCodeword + 13
	)
	in, pos, buf, count := r.in, r.pos, r.bits, r.count
	for n <= size {
		// As in bitReader.fill, which would not be put in place here.
		if pos+8 <= len(in) {
			buf |= binary.LittleEndian.Uint64(in[pos:]) << (count & 63)
			pos += int(63-count) >> 3
			count |= 56
		} else {
			*r = bitReader{in, pos, buf, count}
			r.fill()
			if pos, buf, count = r.pos, r.bits, r.count; count < maxLength+maxDistance {
				return n, false // a sound file has more, if only its trailer
			}
		}
		e := w.litLenTable[buf&litLenMask]
		if e&entryLiteral != 0 {
			buf >>= e.bits() & 63
			count -= e.bits()
			out[n] = byte(e >> entryValue)
			n++
			if e = w.litLenTable[buf&litLenMask]; e&entryLiteral != 0 {
				buf >>= e.bits() & 63
				count -= e.bits()
				out[n] = byte(e >> entryValue)
				n++
				continue
			}
		}
		if e&entryOther != 0 {
			if e&entryLonger != 0 {
				buf >>= litLenBits
				count -= litLenBits
				e = w.litLenTable[(uint64(e>>entryValue)+buf&(1<<e.codeBits()-1))&(uint64(len(w.litLenTable))-1)]
				if e&entryLiteral != 0 {
					buf >>= e.bits() & 63
					count -= e.bits()
					out[n] = byte(e >> entryValue)
					n++
					continue
				}
			}
			if e&entryOther != 0 {
				*r = bitReader{in, pos, buf >> (e.bits() & 63), count - e.bits()}
				return n, e&entryEnd != 0
			}
		}
		length := e.value(buf)
		buf >>= e.bits() & 63
		count -= e.bits()
		if count < maxDistance {
			*r = bitReader{in, pos, buf, count}
			r.fill()
			if pos, buf, count = r.pos, r.bits, r.count; count < maxDistance {
				return n, false
			}
		}
		e = w.distTable[buf&distMask]
		if e&entryOther != 0 {
			if e&entryLonger != 0 {
				buf >>= distBits
				count -= distBits
				e = w.distTable[(uint64(e>>entryValue)+buf&(1<<e.codeBits()-1))&(uint64(len(w.distTable))-1)]
			}
			if e&entryOther != 0 {
				return n, false
			}
		}
		distance := e.value(buf)
		buf >>= e.bits() & 63
		count -= e.bits()
		if distance > n || n+length > size {
			return n, false
		}
		from, to := out[n-distance:], out[n:n+length+8]
		n += length
		switch {
		case distance >= length && length > 32:
			copy(to[:length], from)
		case distance >= 8:
			for i := 0; i < length; i += 8 {
				binary.LittleEndian.PutUint64(to[i:], binary.LittleEndian.Uint64(from[i:]))
			}
		default:
			for i := range length {
				to[i] = from[i]
			}
		}
	}
	return n, false
}

package logfile

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
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

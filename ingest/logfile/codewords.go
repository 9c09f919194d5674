package logfile

import "math/bits"

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

// preEntries are those for the symbols in which lengths of codewords are written.
var preEntries = func() (entries [numPreLengths]entry) {
	for i := range entries {
		entries[i] = entry(i) << entryValue
	}
	return entries
}()

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

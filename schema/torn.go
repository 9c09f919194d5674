package schema

import (
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strconv"
)

// DuckDB writes blocks of metadata anew where they are: what the last commit needs of one
// stays as it is, and what comes is added beside it. A process that is killed within that
// leaves a part of what comes, and the checksum of a block that is not there: the store would
// not open any more. Nothing that the last commit needs is another, so that the checksum is
// all that has to be put right.

// A tornBlock is a block of metadata that was written in part.
type tornBlock struct {
	at  int64  // where in the file it is
	sum uint64 // of what is there
}

// tornText is DuckDB's message, which is the only place where it says which block it is. It
// reads nothing but metadata to open a file.
var tornText = regexp.MustCompile(`Corrupt database file: computed checksum (\d+) does not match stored checksum \d+ in block at location (\d+)`)

// tornIn finds the block because of which a store does not open, if a process was killed while
// it wrote to it: then there is more in the file than its header knows of. In any other file
// such a block is damaged, and nobody knows what stood in it.
func tornIn(f *os.File, err error) (tornBlock, bool) {
	m := tornText.FindStringSubmatch(err.Error())
	if m == nil {
		return tornBlock{}, false
	}
	var torn tornBlock
	torn.sum, _ = strconv.ParseUint(m[1], 10, 64)
	torn.at, _ = strconv.ParseInt(m[2], 10, 64)
	end, ok := knownEnd(f)
	info, err := f.Stat()
	if !ok || err != nil || info.Size() <= end || torn.at+blockSize > end {
		return tornBlock{}, false
	}
	block := make([]byte, blockSize)
	if _, err := f.ReadAt(block, torn.at); err != nil {
		return tornBlock{}, false
	}
	return torn, blockSum(block[8:]) == torn.sum
}

// knownEnd is the end of the blocks that the newer one of DuckDB's two headers knows of. Each
// has checksum, iteration, two places of metadata, the number of blocks, and their size.
func knownEnd(f *os.File) (end int64, ok bool) {
	var newest uint64
	for at := int64(headerBytes / 3); at < headerBytes; at += headerBytes / 3 {
		var header [48]byte
		if _, err := f.ReadAt(header[:], at); err != nil {
			return 0, false
		}
		iteration, blocks, size := binary.LittleEndian.Uint64(header[8:]), binary.LittleEndian.Uint64(header[32:]), binary.LittleEndian.Uint64(header[40:])
		if size == blockSize && iteration > newest && blocks < 1<<40 {
			newest, end, ok = iteration, headerBytes+int64(blocks)*blockSize, true
		}
	}
	return end, ok
}

// blockSum is DuckDB's checksum of a block.
func blockSum(data []byte) uint64 {
	sum := uint64(5381)
	for ; len(data) >= 8; data = data[8:] {
		sum ^= binary.LittleEndian.Uint64(data) * 0xbf58476d1ce4e5b9
	}
	return sum
}

// mendTorn puts right what a killed process has left of a store that does not open.
func mendTorn(path string, openErr error) (mended bool, err error) {
	if !tornText.MatchString(openErr.Error()) {
		return false, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer f.Close()
	torn, ok := tornIn(f, openErr)
	if !ok {
		return false, nil
	}
	if _, err := f.WriteAt(binary.LittleEndian.AppendUint64(nil, torn.sum), torn.at); err != nil {
		return false, err
	}
	return true, f.Sync()
}

// readTorn is what to do about a store that cannot be read because of that; err, if it is
// not so.
func readTorn(path string, err error) error {
	if !tornText.MatchString(err.Error()) {
		return err
	}
	f, openErr := os.Open(path)
	if openErr != nil {
		return err
	}
	defer f.Close()
	if _, ok := tornIn(f, err); !ok {
		return err
	}
	return fmt.Errorf("cannot read %s: the last ingest was killed while it wrote to it; run trailbox ingest on it once to put that right", path)
}

// Mended says that the store did not open as the last process left it, which was killed, and
// that this was put right.
func (s *Store) Mended() bool { return s.mended }

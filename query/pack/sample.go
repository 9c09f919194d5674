package pack

import (
	"bytes"
	"container/heap"
	"crypto/sha256"
	"slices"
	"strconv"
)

// A draw takes the rows with the lowest hashes.
type draw struct {
	seed []byte
	size int
	rows highest
	line []byte // reused
}

// A drawn is a row of a sample.
type drawn struct {
	sum    [sha256.Size]byte
	values []any
}

func newDraw(seed int64, size int) *draw {
	return &draw{seed: append(strconv.AppendInt(nil, seed, 10), '\n'), size: size}
}

// offer shows it a row, by its line in the CSV.
func (d *draw) offer(line []byte, values []any) {
	if d.size == 0 {
		return
	}
	d.line = append(append(d.line[:0], d.seed...), line...)
	sum := sha256.Sum256(d.line)
	if len(d.rows) == d.size {
		if bytes.Compare(sum[:], d.rows[0].sum[:]) >= 0 {
			return
		}
		heap.Pop(&d.rows)
	}
	heap.Push(&d.rows, drawn{sum, slices.Clone(values)})
}

// all are those that were taken, in their order.
func (d *draw) all() []drawn {
	return slices.SortedFunc(slices.Values(d.rows), func(a, b drawn) int { return bytes.Compare(a.sum[:], b.sum[:]) })
}

// highest is a heap with the highest hash on top.
type highest []drawn

func (h highest) Len() int           { return len(h) }
func (h highest) Less(i, j int) bool { return bytes.Compare(h[i].sum[:], h[j].sum[:]) > 0 }
func (h highest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *highest) Push(x any)        { *h = append(*h, x.(drawn)) }

func (h *highest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

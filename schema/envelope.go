package schema

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// An Envelope is what stands around the records of a log file: before the first,
// between them, and behind the last. As delivered by AWS that is {"Records":[ and
// commas and ]}, so that what is between two records is kept once if it is always
// the same.
type Envelope struct {
	records int
	head    []byte
	between [][]byte // nil while there is no record, one element while all are the same
}

// Reset makes the envelope empty.
func (e *Envelope) Reset() { *e = Envelope{} }

// Gap adds what stands before the next record; it is not copied.
func (e *Envelope) Gap(text []byte) {
	e.records++
	switch {
	case e.records == 1:
		e.head = text
	case e.records == 2:
		e.between = [][]byte{text}
	case len(e.between) > 1:
		e.between = append(e.between, text)
	case !bytes.Equal(text, e.between[0]):
		for len(e.between) < e.records-2 {
			e.between = append(e.between, e.between[0])
		}
		e.between = append(e.between, text)
	}
}

// Encode returns the envelope as it is stored, given what stands behind the last
// record: each text behind its length, first the one before the records, then the
// one behind them, then those between.
func (e *Envelope) Encode(tail []byte) []byte {
	out := appendText(nil, e.head)
	out = appendText(out, tail)
	for _, text := range e.between {
		out = appendText(out, text)
	}
	return out
}

func appendText(dst, text []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

var errEnvelope = errors.New("the store's envelope of the file is damaged")

// wrap puts records into an encoded envelope and so gives back the file.
func wrap(envelope []byte, records [][]byte) ([]byte, error) {
	var texts [][]byte
	for len(envelope) > 0 {
		length, n := binary.Uvarint(envelope)
		if n <= 0 || uint64(len(envelope)-n) < length {
			return nil, errEnvelope
		}
		texts = append(texts, envelope[n:n+int(length)])
		envelope = envelope[n+int(length):]
	}
	if len(texts) < 2 {
		return nil, errEnvelope
	}
	head, tail, between := texts[0], texts[1], texts[2:]
	if len(between) > 1 && len(between) != len(records)-1 || len(between) == 0 && len(records) > 1 {
		return nil, errEnvelope
	}
	size := len(head) + len(tail)
	for _, record := range records {
		size += len(record) + 16
	}
	file := append(make([]byte, 0, size), head...)
	for i, record := range records {
		switch {
		case i == 0:
		case len(between) == 1:
			file = append(file, between[0]...)
		default:
			file = append(file, between[i-1]...)
		}
		file = append(file, record...)
	}
	return append(file, tail...), nil
}

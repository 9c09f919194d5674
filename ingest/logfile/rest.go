package logfile

import (
	"bytes"
	"fmt"
)

// Passed counts what a file has beside its records.
type Passed struct {
	Foreign    int // lines and values of other programs
	Aggregated int // events that sum up others
	Digests    int // digest files, joined to log files
	Controls   int // messages of CloudWatch Logs about itself
	OCSF       int // events in OCSF, which are among Foreign too
	Damaged    int // places that are not JSON
}

// Add adds up.
func (p *Passed) Add(q Passed) {
	p.Foreign += q.Foreign
	p.Aggregated += q.Aggregated
	p.Digests += q.Digests
	p.Controls += q.Controls
	p.OCSF += q.OCSF
	p.Damaged += q.Damaged
}

// A rest is what of a file is no record.
type rest struct {
	passed    Passed
	damage    *SyntaxError // the first
	other     *SyntaxError // the first of passed.Foreign
	junk      bool         // something is wrong with one of these
	envelopes int          // around arrays of records
	digest    bool         // something begins as a digest file does
	digests   [][]byte
	reforms   Reforms
	overrun   int // of budget, what is left
}

// broken notes damage.
func (r *rest) broken(offset, records int, err error) {
	r.passed.Damaged++
	if r.damage == nil {
		r.damage = &SyntaxError{Offset: int64(offset), Record: records, Err: err}
	}
}

// foreign notes a value or a line that is not CloudTrail's: what it is, or what is wrong.
func (r *rest) foreign(offset, records int, what string, err error) {
	r.passed.Foreign++
	r.junk = r.junk || err != nil
	if r.other == nil {
		r.other = &SyntaxError{Offset: int64(offset), Record: records, Err: &ForeignError{What: what, Err: err}}
	}
}

// Passed returns what the file that was read to its end has beside its records.
func (d *Decoder) Passed() Passed { return d.rest.passed }

// Digests returns the digest files that are joined to the file that was read to its end, each as it
// stands there.
func (d *Decoder) Digests() [][]byte { return d.rest.digests }

// Reforms returns what had to be changed about records of the file that was read to its end.
func (d *Decoder) Reforms() Reforms { return d.rest.reforms }

// end judges a file that was read to its end.
func (d *Decoder) end() error {
	r := &d.rest
	if r.other != nil {
		foreign := r.other.Err.(*ForeignError)
		foreign.Values, foreign.Junk = r.passed.Foreign, r.junk
	}
	if r.damage != nil {
		r.damage.More = r.passed.Damaged - 1
	}
	if d.records == 0 {
		if other := d.otherSort(); other != nil {
			return other
		}
	}
	switch {
	case r.damage != nil:
		return r.damage
	case r.other != nil && d.records == 0 && r.other.Record == 0 && r.other.Err.(*ForeignError).Err != nil:
		return &SyntaxError{Offset: r.other.Offset, Err: r.other.Err.(*ForeignError).Err}
	case r.other != nil:
		return r.other
	}
	return nil
}

// otherSort says what a file without records is; nil where it is damaged, or where it is a log file
// without any.
func (d *Decoder) otherSort() error {
	r := &d.rest
	if r.other != nil {
		if form := formOf(d.file.data); form != Unknown {
			return &NotLogFileError{What: form.String(), Form: form}
		}
	}
	switch {
	case r.digest && r.passed.Foreign+r.passed.Aggregated+r.envelopes == 0 && (len(r.digests) == 1) != (r.damage != nil):
		return &NotLogFileError{What: "a digest file", Digest: true}
	case r.damage != nil:
		return nil
	case r.passed.Aggregated > 0:
		return &NotLogFileError{What: "a file of aggregated events"}
	case r.passed.OCSF > 0:
		return &NotLogFileError{What: OCSF.String(), Form: OCSF}
	case r.other != nil:
		if what := r.other.Err.(*ForeignError).What; what != "" {
			return &NotLogFileError{What: what}
		}
		return nil
	case r.passed.Controls > 0:
		return &NotLogFileError{What: "a control message of CloudWatch Logs"}
	case r.envelopes > 0 || len(r.digests) > 0:
		return nil
	case len(bytes.TrimSpace(bytes.TrimPrefix(d.file.data, byteOrderMark))) == 0:
		return &NotLogFileError{What: "an empty file"}
	}
	return &NotLogFileError{What: "JSON without Records"}
}

// A ForeignError says that some of a file is not CloudTrail's, and was passed over.
type ForeignError struct {
	Values int    // lines or JSON values
	What   string // the first one is; may be empty
	Err    error  // or what is wrong with it
	Junk   bool   // with one of them at least: it is no JSON, or no record where only records may be
}

func (e *ForeignError) Error() string {
	what := e.What
	if what == "" {
		what = e.Err.Error()
	}
	if e.Values == 1 {
		return "1 value that is not CloudTrail's was passed over: " + what
	}
	return fmt.Sprintf("%d values that are not CloudTrail's were passed over: %s", e.Values, what)
}

func (e *ForeignError) Unwrap() error { return e.Err }

package logfile

import (
	"bytes"
	"regexp"
	"unicode/utf16"
	"unicode/utf8"
)

// A Form is a form in which data come that has no CloudTrail records which could be read.
type Form uint8

const (
	Unknown Form = iota
	CSV
	YAML
	HTML
	XML
	LFSPointer
	Parquet
	ORC
	Avro
	SevenZip
	RAR
	OCSF
	AppleDouble
)

func (f Form) String() string {
	return [...]string{
		Unknown: "of an unknown form", CSV: "CSV", YAML: "YAML", HTML: "an HTML page", XML: "XML",
		LFSPointer: "a git-lfs pointer, not the file that it stands for", Parquet: "a Parquet file", ORC: "an ORC file", Avro: "an Avro file",
		SevenZip: "a 7z archive", RAR: "a RAR archive", OCSF: "events in OCSF, which are not CloudTrail's own records",
		AppleDouble: "what macOS keeps beside a file",
	}[f]
}

// IsForeign reports whether a file of the form is no JSON at all.
func (f Form) IsForeign() bool { return f != Unknown && f != OCSF }

// begins are the first bytes by which some forms are known.
var begins = []struct {
	text string
	form Form
}{
	{"version https://git-lfs.github.com/spec/", LFSPointer},
	{"PAR1", Parquet}, {"ORC", ORC}, {"Obj\x01", Avro},
	{"7z\xbc\xaf\x27\x1c", SevenZip}, {"Rar!\x1a\x07", RAR},
	{"\x00\x05\x16\x07", AppleDouble}, {"\x00\x05\x16\x00", AppleDouble},
}

// formBytes is how much of a file is looked at to tell its form.
const formBytes = 4 << 10

var (
	htmlBegin = regexp.MustCompile(`(?i)^<(!doctype html|html|head|body|!--)`)
	xmlBegin  = regexp.MustCompile(`^<(\?xml|[A-Za-z])`)
	yamlBegin = regexp.MustCompile(`^(---(\s|$)|%YAML|(- )*["']?[A-Za-z_][\w.-]*["']?:(\s|$))`)
)

// formOf tells the form of text that has no records, by its begin.
func formOf(data []byte) Form {
	for _, b := range begins {
		if bytes.HasPrefix(data, []byte(b.text)) {
			return b.form
		}
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), formBytes)], byteOrderMark))
	first, more, _ := bytes.Cut(data, []byte("\n"))
	second, _, _ := bytes.Cut(more, []byte("\n"))
	switch {
	case htmlBegin.Match(data):
		return HTML
	case xmlBegin.Match(data):
		return XML
	case len(first) > 0 && first[0] != '{' && first[0] != '[' && bytes.IndexByte(first, ',') > 0 &&
		(bytes.Count(first, []byte(",")) <= bytes.Count(second, []byte(",")) || len(second) == 0 && first[0] == '"'):
		return CSV
	case yamlBegin.Match(first):
		return YAML
	}
	return Unknown
}

// fromUTF16 returns data as UTF-8 where it is UTF-16, as Windows PowerShell writes what a command
// prints; what it cannot be becomes U+FFFD.
func fromUTF16(data []byte) (text []byte, recoded bool) {
	if len(data) < 2 {
		return data, false
	}
	var high int // which of two bytes has the higher bits
	switch {
	case data[0] == 0xff && data[1] == 0xfe, (data[0] == '{' || data[0] == '[') && data[1] == 0:
		high = 1
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0 && (data[1] == '{' || data[1] == '['):
		high = 0
	default:
		return data, false
	}
	unit := func(i int) rune { return rune(data[i+high])<<8 | rune(data[i+1-high]) }
	text = make([]byte, 0, len(data)/2+len(data)/16)
	for i := 0; i+1 < len(data); i += 2 {
		r := unit(i)
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if i+3 < len(data) {
				low = unit(i + 2)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		if i > 0 || r != '\ufeff' {
			text = utf8.AppendRune(text, r)
		}
	}
	return text, true
}

// Package logfile turns the bytes of a CloudTrail log file into events.
//
// A log file is one gzip member around {"Records":[...]}, so says the
// documentation. What people hold is also: files that a browser unpacked,
// pretty-printed copies, single records, JSON lines, concatenated files, the
// output of aws cloudtrail lookup-events, and whatever collectors wrap records in.
// [Inflate] and [Decoder] take all of these, told apart by content. In front of the
// decoder is a finder: a record has the shape of one wherever it lies, be it in the text of a string,
// and what is inside of a record is its content. Where {"Records":[ begins a file nothing
// else is looked for, so there it costs nothing.
//
// The scanner reads strict JSON (RFC 8259) with two exceptions that real files
// need: bytes that are not UTF-8 and control characters inside strings are taken
// in, and shown as U+FFFD and as escapes. It looks at each byte once, most of
// them inside [bytes.IndexByte], and decodes only the leaves of
// [schema.Columns]; blocks stay the text that they are.
//
// The package does no I/O. A file is held in memory whole: AWS delivers at most
// 50 MB of JSON a file, usually 20 kB.
package logfile

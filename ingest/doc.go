// Package ingest brings an archive of CloudTrail log files into a store: list,
// choose, fetch, unpack, scan, load.
//
//	Source.List ──► choose ──► Fetch (many) ──► queue ──► DuckDB's threads:
//	objects         by key and  bytes in         24 MiB    inflate, decode, check
//	                ledger      memory                     for repeats, fill rows
//
// An object is what a [Source] lists; the ones whose key or name says that they
// are log files or digest files are fetched, digest files with the signature that is
// kept beside them, unless the ledger (the table files) has them already,
// unchanged, or the [Filter] rules them out. Everything else is counted. Folders that
// by their paths hold nothing that the filter wants are not listed at all. A batch
// is as many files as make one transaction: their events and their ledger rows
// are committed together, so a run that was cut off goes on where it was.
// An object that is not what the ledger has is read again: its new row takes the place
// of the old one, which stays ([schema.Store.ChangedFiles]).
//
// Memory: of [Options].Memory the queue has a thirty-second, for objects as delivered;
// each of DuckDB's threads holds one file uncompressed (at most
// [Options].MaxFileBytes, usually 20 kB), and those of more than 4 MiB have an eighth
// together; the set that finds repeats takes an eighth,
// and is let go when that is full. Files and envelopes that are kept as they are have a
// sixteenth until their batch is stored. An archive is taken apart where it lies, one that is larger than
// spoolBytes and comes over a network in a file, so that a member is all of it that is in memory. A row group of events for each thread is DuckDB's,
// and no record has more than [Options].MaxRecordBytes.
//
// Where DuckDB's memory ends all the same, the batch is fetched once more, in ever smaller
// ones: in the end the file that it ends over is alone, and is told of (parts.go).
package ingest

// Package awsapi answers AWS's own clients over a store: the AWS CLI, the SDKs, and what is
// built on them.
//
// # What it answers
//
// A [Handler] speaks AWS JSON 1.1 for CloudTrail and Athena, and as much of S3 as it takes to
// fetch the result of a query of Athena's. What AWS's protocols have several ways for it takes
// as AWS's own clients write it.
//
//   - LookupEvents is a [query.Lookup]. A NextToken has the time, the eventID, the log file
//     and the position of the last event of its page, sealed with what was asked and with
//     the store's seed: it needs no state here, costs the same on each page, and is taken for
//     no other lookup and no other store.
//   - Trails are those that records and digests show, see [setup.Trails].
//   - CloudTrail Lake has one event data store, and Athena one database: both are the store.
//     Statements are translated by package athena, and run in the sandbox of
//     [schema.Store.Typed].
//
// # Who may ask
//
// Each request is signed by Signature Version 4, and the signature, the time and the body are
// checked before anything of it is looked at. A page in a browser is refused whatever it signs.
//
// # Limits
//
// A request has 1 MiB at most, of which some 5 MB become values in memory. LookupEvents takes
// a minute at most, four at a time. Once a client asks for a second page, forty are read at a
// time: that takes some six times as long as one. They wait for 30 seconds and to be asked
// for, eight times 8 MB of them at most.
//
// A statement has half an hour, two of them at a time, and a million rows or 256 MiB. What has
// more fails: a part of a result must not look like all of it. Results are in files that their
// owner alone reads, for a day, 2 GiB of them at most; the folder goes with the Handler. DuckDB
// holds a result in memory before it is written, and counts that among no limit of its own.
package awsapi

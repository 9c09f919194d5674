// Package bucket is the source of log files that is an S3 bucket, or a part of
// one, at AWS or at anything that speaks as S3 does.
//
// [Open] takes s3://bucket/prefix and finds credentials, region and endpoint
// where the AWS CLI finds them. [Source.List] lists all keys that begin with the
// prefix, 1,000 a request; a large bucket it takes apart by its folders, and lists
// some of them at a time. [Source.Fetch] reads one object into memory, with one plain
// GET up to 8 MB (AWS delivers log files of some 20 kB) and a GET for each further
// 8 MB, four at a time. How many objects are fetched at a time the server decides: see
// pace.go. A bucket in another region than the configured one is found there.
//
// An object is read as it lies there: nothing unpacks it on the way, whatever
// its Content-Encoding says. It must still be the object that was listed; when
// another one took its place, that is an error of its own.
//
// Whoever answers need not be S3, and need not mean well: what a page and an error may be,
// how long they may take, and where redirects may lead is in answer.go. Keys that were not
// asked for are refused one by one; a listing that cannot end, ends with an error. What a
// server says goes into messages short, and without what the request was signed with.
//
// The GETs are those of the SDK's feature/s3/manager, which asks for the parts of a large
// object side by side and takes a body that breaks off up where it broke. It is deprecated in
// favor of feature/s3/transfermanager, which is at version 0: until that is 1.0, its
// interface may change with every release.
//
// What S3 refuses comes back as an [*Error], which says what was refused and what
// to do about it. Errors that would meet every object alike come wrapped in an
// [*ingest.StopError].
//
// Besides query/notify, which delivers to SNS, this is the only package that imports the
// AWS SDK.
package bucket

// Package integrity answers whether a store has all of the log files that CloudTrail
// delivered, and each as it was delivered: what AWS calls log file integrity
// validation, here on a copy, with no network, from the store alone.
//
// CloudTrail writes a digest file an hour, for each trail and Region (of an organization
// also for each account). It lists the log files delivered in that hour with their
// hashes, names the digest before it with its hash and its signature, and is signed
// itself; digests so make up a chain. The signature is metadata of the object in S3.
//
// [Verify] reads the digests of a store, checks each one's signature, follows the chains,
// and compares the log files with what the digests list. Who holds a digest's public key
// can prove no more than this: the digest is as CloudTrail wrote it, so are the log files
// with its hashes, and where each digest names the one before none is missing between
// them. Behind the newest digest of a chain nothing is proven.
//
// Facts are from "Custom implementations of CloudTrail log file integrity validation",
// "CloudTrail digest file structure" and the output of aws cloudtrail validate-logs. That
// command leaves the hash of the previous digest, and its signature in the next one,
// unused; here both are checked.
package integrity

// Package digesttest makes archives as a trail delivers them whose log file
// validation is on, and spoils them.
//
// A [Trail] says what archive to make. [Trail.Make] makes it, in memory: for each
// account and each region log files, and a chain of digest files that list them, one
// an hour, each signed by one of the trail's keys and each holding the hash and
// the signature of the one before. The same trail is the same archive, to the
// byte. An [Archive] may then be tampered with: its objects in place
// ([Object.Alter], [Swap], [Replay] ...), or as a whole ([Archive.Delete],
// [Archive.Plant] ...). In the end it goes into a folder ([Archive.Write]) or
// to an S3 server, each object with its [Object.Header].
//
// One that is too large for memory is made chain by chain, by [Trail.Chain].
// [PublicKeys] is what AWS would answer who asks for the keys.
package digesttest

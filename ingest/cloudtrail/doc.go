// Package cloudtrail is the source of events that is CloudTrail's Event history: the
// management events of the last 90 days, which every account has, with a trail or without.
//
// [Open] asks whose account it is (sts:GetCallerIdentity, which takes no permission) and
// which Regions are enabled in it. [Source.List] asks LookupEvents in each of them, 50 events
// at a time, newest first, and not more than twice a second in a Region, which is all that AWS
// allows: 100 events a second, so that a Region with a million events takes three hours.
// Regions are asked side by side. Each answer is an object, kept as CloudTrail gave it.
//
// An object's URI says which time it makes complete:
//
//	cloudtrail://REGION/ACCOUNT/FROM-UNTIL-HASH.json
//
// When its events are in the store, so are all of that Region from FROM on to before UNTIL.
// Answers follow one another back in time: the FROM of one is the UNTIL of the next, and what
// lies between two that the store has is what it has not. So a run asks for what none of them
// covers, however the run before ended; what was committed is never asked for again, but for
// the last minutes, whose events may have come late. An answer of one second alone, or one
// that does not go on where the one before it ended, covers nothing.
//
// [Source.Settings] asks how the account's trails are set up, what they deliver to and which
// alarms look at that, and gives it in the form of the records of the calls that do so.
//
// Requests are those of [bucket.API]: the SDK's client for CloudTrail would be another module,
// for a few operations.
package cloudtrail

// Package notify tells people what alarms and rules have found, once.
//
// # What is news
//
// A [Watch] looks at a store again and again. Each [Watch.Look] evaluates what may have
// become another answer since the last one: the time from there on, and all of the time
// from the earliest event on that a log file has brought since then, however late it
// came. Out of what the evaluation finds it takes what has not been told:
//
//   - A match of a rule is told once, by its key.
//   - An alarm's state is told once for each time that the alarm is in it. Late events
//     make a state begin earlier or end later, and make one of two: none of that is
//     told again (see memory.has), since nobody could do anything but read it again.
//   - What more events could still undo is told when it is settled: some minutes after
//     the time that it is about, when log files usually are there. An alarm on too many
//     events is told at once.
//
// # From the store to the receivers
//
// A [Watcher] goes its rounds: it loads what is new, by what its caller gives it for that,
// looks, records, and delivers. Log files, the words for people and what a round ends with
// are the caller's. A store has one Watcher at a time ([Watcher.Claim]), which has it open
// for as long as a round loads and looks, and then for moments.
//
// What a look decides on is recorded in one transaction ([schema.Store.Tell]): how far it
// was looked, what is told with that, each [Message] and to whom it is due. Nothing is
// delivered before that is in the store, so that a process which is killed forgets no
// message and decides on none twice. What is due then goes to the [Receiver]s, and what
// they took is recorded as done. A message that was taken while the process was killed,
// before that could be recorded, is delivered again, with the same id: at least once, and
// for who looks at the id, once.
//
// A delivery that fails is tried again after a minute, two, four and so on, up to an hour,
// for good. It has 30 seconds; after three failures in a row a receiver is left alone
// until the next round, and none waits for another.
//
// # What is in a message
//
// Events name who did what in words that whoever called the API has chosen. A message
// shows 20 of them at most, each value 300 characters at most: some 60 kB of the 256 KiB
// that SNS takes. JSON has values as they are; mails have control characters as escapes,
// and no line end in a header; chats get them as code, in which neither mentions nor links
// are obeyed. A command gets nothing but JSON on its standard input.
//
// This package is the second and last to open connections to elsewhere, after
// ingest/bucket: only to receivers that the user has named.
package notify

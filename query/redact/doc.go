// Package redact gives an archive away without telling whose it is: the same records, with
// pseudonyms for accounts, keys, principals, names, addresses, hosts and buckets.
//
//	store ──► Learn: all names there are ──► Copy: records with pseudonyms ──► log files
//	                                          └──► review, map (sealed)
//
// Its vocabulary:
//
//   - A name is the smallest piece of text that stands for somebody or something. An ARN or
//     a path has several.
//   - A pseudonym stands for one name, everywhere. It is a function of the name and of the
//     secret of a [Key] alone, so that copies made with one key can be joined, and no two
//     names share one. An account is 12 digits still, a key keeps its prefix, addresses of
//     one network stay in one network.
//   - The kind of a member says what its value is; kinds.txt is the list.
//   - Free text is what may say anything: error messages, agents, descriptions. All names that
//     Learn has found in the whole archive are replaced wherever they stand in it, whatever
//     else stands around them; what is left is in the [Review].
//
// Records keep their shape: members, their order, white space, numbers and times are what they
// were. A record with nothing to replace is the same bytes.
//
// # Memory
//
// All names are held, some 150 bytes each, and the automaton that finds them takes 13 bytes
// for each of their characters that no other name begins with. Of each event there are 12 bytes; of
// records there is one part of partEvents for each of Go's processors, 12 MB as a rule. What was rewritten goes to a file of the
// caller's, packed; nothing that was not rewritten is written anywhere.
package redact

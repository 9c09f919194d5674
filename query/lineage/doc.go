// Package lineage answers who is behind a session, through which credentials they went, and
// what was issued from these: up to the human or the machine, and down to any depth, across
// accounts.
//
// A session is a credential, or what AWS takes for one: a long-term key, the session of a
// role, of the console, of a federated user, of an instance. The views sessions and
// session_links of the store (schema/definitions.sql) have them and the links between them,
// made of what each load has kept of credentials (credential_uses, credential_events). A link
// is the strongest that the log shows: the answer of the call that issued the key; the time
// that a session says it was created at; then names, addresses and times, which are no proof
// by themselves and are marked as candidates. Candidates are shown, and never followed.
//
// The views make all sessions and all links. Of what somebody asks for, the rows that the views
// need are looked up first, step by step (near.go, by the rules in links.go), and the views made
// of these alone: a trace costs what is near to it, not what is in the store. Where more than
// maxNear rows are near, the views are made of all.
//
// Since the views are made of sums, the order in which log files were loaded makes no
// difference, and an event that was delivered twice counts once.
package lineage

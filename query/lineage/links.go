package lineage

import (
	"regexp"
	"slices"
	"strings"
)

// Here is what joins rows in the views of sessions, as questions to near.

// tokens are what finds a row, see near.sql; those without a value do not.
func (r *nearRow) tokens() []token {
	all := []token{
		{"key", r.Key, ""}, {"ofPrincipal", r.Principal, ""}, {"ofIdentity", r.SourceIdentity, ""},
		{"onInstance", r.instance(), ""}, {"fromPortal", r.permission(), ""},
	}
	if r.Second != "" {
		all = append(all, token{"second", r.ARN, r.Second})
	}
	if !r.Issue {
		all = append(all, token{"signIn", r.SignIn, ""}, token{"credential", r.Credential, ""}, token{"ofARN", r.ARN, ""})
		if r.forUser() {
			all = append(all, token{"invoked", r.ARN, r.InvokedBy}, token{"forARN", r.ARN, ""})
		}
		return all
	}
	all = append(all, token{"shared", r.SharedID, ""}, token{"byKey", r.IssuerKey, ""}, token{"bySignIn", r.IssuerSignIn, ""}, token{"byCredential", r.IssuerCredential, ""})
	if r.IssuerSecond != "" {
		all = append(all, token{"bySecond", r.IssuerARN, r.IssuerSecond})
	}
	if r.IssuerType == "AWSAccount" {
		all = append(all, token{"byPrincipal", r.IssuerPrincipal, ""})
	}
	switch {
	case r.Key != "" && r.ARN == "":
		all = append(all, token{"nameless", r.Second, ""})
	case r.Key != "":
		all = append(all, token{"ofARN", r.ARN, ""})
	}
	switch r.Event {
	case "SwitchRole":
		all = append(all, token{"calls", r.ARN, ""}, token{"byARN", r.IssuerARN, ""})
	case "ConsoleLogin":
		all = append(all, token{"calls", r.ARN, ""})
	case "RunInstances":
		all = append(all, token{"runs", r.Name, ""})
	case "GetRoleCredentials", "Federate":
		all = append(all, token{"portal", r.Name, ""})
	}
	return all
}

// forUser reports whether a service called for a user.
func (r *nearRow) forUser() bool { return r.Direct && r.Second != "" && r.InvokedBy != "" }

// instance is the name of the session of a principal, which of an instance is its id.
func (r *nearRow) instance() string {
	_, rest, _ := strings.Cut(r.Principal, ":")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

var ofPermissionSet = regexp.MustCompile(`:assumed-role/AWSReservedSSO_(.*)_[0-9a-f]+/`)

// permission is the permission set of Identity Center that a session is of.
func (r *nearRow) permission() string {
	if found := ofPermissionSet.FindStringSubmatch(r.ARN); found != nil {
		return found[1]
	}
	return ""
}

// issuesKey reports whether an event is one of those that issued_keys is made of.
func (r *nearRow) issuesKey() bool {
	switch r.Event {
	case "", "ConsoleLogin", "SwitchRole", "GetSigninToken", "UpdateAccessKey", "DeleteAccessKey", "RunInstances", "GetRoleCredentials", "Federate":
		return false
	}
	return r.Issue
}

// askSession asks for all that may be of the session of a row.
func (n *near) askSession(r *nearRow) {
	own := r.is & (named | linked | up | down)
	n.ask("key", r.Key, "", own)
	n.ask("shared", r.SharedID, "", own)
	n.ask("signIn", r.SignIn, "", own)
	n.ask("credential", r.Credential, "", own)
	if r.Second != "" {
		n.ask("second", r.ARN, r.Second, own)
	}
	if r.forUser() {
		n.ask("invoked", r.ARN, r.InvokedBy, own)
	}
}

// behind is what has to be known of whoever may be behind a row.
func (r *nearRow) behind() bits {
	switch {
	case r.is&(up|calledUp) != 0:
		return named | linked | up
	case r.is&(linked|called) != 0:
		return named
	}
	return 0
}

// askIssuer asks for whoever made the call.
func (n *near) askIssuer(r *nearRow) {
	is := r.behind()
	n.ask("key", r.IssuerKey, "", is)
	n.ask("signIn", r.IssuerSignIn, "", is)
	n.ask("credential", r.IssuerCredential, "", is)
	if r.IssuerSecond != "" {
		n.ask("second", r.IssuerARN, r.IssuerSecond, is)
	}
	if r.Event == "SwitchRole" {
		n.ask("ofARN", r.IssuerARN, "", is)
	}
}

// askIssued asks for the sessions that an event may have begun, but for that of its key.
func (n *near) askIssued(r *nearRow) {
	is := r.is & (named | linked | up | down)
	switch r.Event {
	case "ConsoleLogin", "SwitchRole":
		n.ask("ofARN", r.ARN, "", is)
	case "RunInstances":
		n.ask("onInstance", r.Name, "", is)
	case "GetRoleCredentials", "Federate":
		_, permission, found := strings.Cut(r.Name, "/")
		if !found {
			permission = r.Name
		}
		if r.EventTime != "" {
			n.ask("fromPortal", permission, r.EventTime, is)
		}
	}
}

// askChildren asks for what the session of a row may have issued.
func (n *near) askChildren(r *nearRow) {
	const is = named | linked | down
	n.ask("byKey", r.Key, "", is)
	n.ask("byPrincipal", r.Principal, "", is)
	if !r.Issue {
		n.ask("bySignIn", r.SignIn, "", is)
		n.ask("byCredential", r.Credential, "", is)
		n.ask("byARN", r.ARN, "", is)
		if r.Second != "" {
			n.ask("bySecond", r.ARN, r.Second, is)
		}
	}
	if r.Direct || r.Issue && r.Key != "" {
		n.ask("forARN", r.ARN, "", is)
	}
}

// askRest asks for what is only of use where nothing better is found, which is known once all
// else has been looked up.
func (n *near) askRest() {
	for _, r := range n.rows {
		n.askMixed(r)
		// Of which key is a session without one? Of the only one that was issued in that second.
		if !r.Issue && r.is&named != 0 && r.ARN != "" && !n.issued(r.Key) {
			n.ask("nameless", r.Second, "", named)
		}
		if r.is&linked == 0 || r.Issue && !r.issuesKey() {
			continue
		}
		if !r.Issue && !n.issued(r.Key) {
			n.ask("calls", r.ARN, "", r.is&(linked|up))
			if r.forUser() {
				n.ask("ofARN", r.ARN, "", r.behind())
			}
		}
		clear := n.clear(r.Key)
		if !clear {
			n.askOrigin(r)
		}
		if !clear || r.is&down != 0 {
			n.askIdentity(r)
		}
	}
}

// askOrigin asks for whoever may be behind a session whose key does not tell.
func (n *near) askOrigin(r *nearRow) {
	is := r.is & (linked | up)
	if strings.Contains(r.Principal, ":i-") || strings.Contains(r.Principal, ":mi-") {
		n.ask("runs", r.instance(), "", is)
	}
	if permission := r.permission(); permission != "" {
		parts := strings.SplitN(r.ARN, ":", 6)
		n.ask("portal", r.Account+"/"+permission, "", is)
		n.ask("portal", parts[min(4, len(parts)-1)]+"/"+permission, "", is)
	}
	if r.Issue && r.IssuerType == "AWSAccount" && r.IssuerKey+r.IssuerSignIn+r.IssuerCredential == "" && !n.callerTold(r) {
		n.ask("ofPrincipal", r.IssuerPrincipal, "", r.behind())
	}
}

// askIdentity asks for the sessions with the same source identity. One follows another only
// where there are two.
func (n *near) askIdentity(r *nearRow) {
	t := token{"ofIdentity", r.SourceIdentity, ""}
	if n.tried[t] && !n.many(t) {
		is := r.behind()
		if r.is&down != 0 {
			is |= named | linked | down
		}
		n.ask(t.kind, t.value, "", is)
		return
	}
	n.ask(t.kind, t.value, "", named)
}

// many reports whether it is certain that a source identity is of more than two sessions: of
// keys that were issued, with nothing else that is of another one.
func (n *near) many(t token) bool {
	keys := map[string]bool{}
	for _, r := range n.of[t] {
		if !keys[r.Key] && r.Key != "" && r.issuesKey() && !slices.ContainsFunc(slices.Concat(n.of[token{"key", r.Key, ""}], n.of[token{"second", r.ARN, r.Second}]), func(o *nearRow) bool {
			return o.SourceIdentity != "" && o.SourceIdentity != t.value
		}) {
			keys[r.Key] = true
		}
	}
	return len(keys) > 2
}

// askMixed asks for what a session may go by whose rows are of several ARNs: by each of them in
// each second.
func (n *near) askMixed(r *nearRow) {
	for _, t := range [...]token{{"key", r.Key, ""}, {"signIn", r.SignIn, ""}, {"credential", r.Credential, ""}} {
		if t.value == "" {
			continue
		}
		for _, o := range n.group(t) {
			if o.Issue == r.Issue && o.ARN != "" && o.ARN != r.ARN && r.Second != "" {
				pair := token{"second", o.ARN, r.Second}
				if !slices.Contains(n.of[pair], r) {
					n.index(pair, r)
				}
				n.ask(pair.kind, pair.value, pair.with, r.is&(named|linked|up|down))
			}
		}
	}
}

// group are the rows of a token, and the events that are the same call as one of them.
func (n *near) group(t token) []*nearRow {
	all := n.of[t]
	for _, r := range n.of[t] {
		if r.SharedID != "" {
			all = append(all[:len(all):len(all)], n.of[token{"shared", r.SharedID, ""}]...)
		}
	}
	return all
}

// issued reports whether an event tells that a key was issued.
func (n *near) issued(key string) bool {
	return key != "" && slices.ContainsFunc(n.of[token{"key", key, ""}], (*nearRow).issuesKey)
}

// clear reports whether the event that issued a key is sure to tell by which other key, so that
// no weaker link counts.
func (n *near) clear(key string) bool {
	if !n.issued(key) {
		return false
	}
	found := false
	for _, r := range n.group(token{"key", key, ""}) {
		switch {
		case !r.issuesKey() || r.IssuerType == "AWSAccount" || r.IssuerType == "AWSService" || r.IssuerKey+r.IssuerCredential+r.IssuerSecond == "":
			continue // there is a better one, or none
		case r.IssuerKey == "" || n.same(r.IssuerKey, key) || r.IssuerSecond != "" && n.sameSecond(r.IssuerARN, r.IssuerSecond, key):
			return false
		}
		found = true
	}
	return found
}

// same reports whether two keys may be of one session.
func (n *near) same(key, issued string) bool {
	return key == issued || slices.ContainsFunc(n.of[token{"key", key, ""}], func(r *nearRow) bool {
		return r.Second != "" && n.sameSecond(r.ARN, r.Second, issued)
	})
}

func (n *near) sameSecond(arn, second, issued string) bool {
	return slices.ContainsFunc(n.of[token{"second", arn, second}], func(r *nearRow) bool { return r.Issue && r.Key == issued })
}

// callerTold reports whether the caller's own account tells of a call, too.
func (n *near) callerTold(r *nearRow) bool {
	return slices.ContainsFunc(append(n.group(token{"key", r.Key, ""}), n.of[token{"shared", r.SharedID, ""}]...), func(o *nearRow) bool {
		return o.issuesKey() && o.IssuerType != "AWSAccount"
	})
}

package lineage

import (
	"time"

	"trailbox/query"
	"trailbox/schema"
)

// Rows are the sessions with their links, a row for each link and for each session without
// one, in the order in which the sessions began.
func (f *Forest) Rows() query.Result {
	result := query.NewResult([]schema.ResultColumn{
		{Name: "session"}, {Name: "asked"}, {Name: "kind"}, {Name: "accessKeyIds"}, {Name: "principalId"}, {Name: "arn"}, {Name: "account"},
		{Name: "sessionName"}, {Name: "sourceIdentity"}, {Name: "mfa"}, {Name: "created"}, {Name: "expires"}, {Name: "state"}, {Name: "valid"},
		{Name: "firstUse"}, {Name: "lastUse"}, {Name: "events"}, {Name: "writes"}, {Name: "errors"}, {Name: "addresses"}, {Name: "marks"},
		{Name: "parent"}, {Name: "link"}, {Name: "evidence"}, {Name: "candidate"}, {Name: "candidates"}, {Name: "issuer"}, {Name: "eventID"}, {Name: "eventTime"},
		{Name: "sourceIPAddress"}, {Name: "userAgent"},
	}, nil)
	asked, parents := map[string]bool{}, f.Parents()
	for _, id := range f.Seeds {
		asked[id] = true
	}
	for _, id := range f.ids() {
		s := f.Sessions[id]
		var valid any
		if s.Valid != nil {
			valid = *s.Valid
		}
		session := []any{
			s.ID, asked[id], s.Kind, list(s.Keys), text(s.PrincipalID), text(s.ARN), text(s.Account),
			text(s.Name), text(s.SourceIdentity), s.MFA, moment(s.Created), moment(s.Expires), text(s.State), valid,
			moment(s.FirstUse), moment(s.LastUse), s.Events, s.Writes, s.Errors, list(s.Addresses), list(s.Marks),
		}
		links := parents[id]
		if len(links) == 0 {
			result.Rows = append(result.Rows, append(session, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil))
		}
		for _, l := range links {
			candidates := any(nil)
			if l.Candidate {
				candidates = max(s.Candidates, int64(len(links)))
			}
			result.Rows = append(result.Rows, append(session[:len(session):len(session)],
				text(l.Parent), l.Kind, l.Evidence, l.Candidate, candidates, text(l.Issuer), text(l.EventID), moment(l.Time), text(l.Address), text(l.Agent)))
		}
	}
	return result
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func list(texts []string) any {
	l := schema.List{}
	for _, t := range texts {
		l = append(l, t)
	}
	return l
}

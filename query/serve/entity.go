package serve

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"trailbox/query"
	"trailbox/query/page"
)

// An entity is a kind of what events are about, and has a page of its own.
type entity struct {
	path, word, filter string
	// values are what of its events the page shows, parts what comes after.
	values, parts []string
}

func entities() []entity {
	return []entity{
		{"/actor", "actor", "actor", []string{"event-name", "event-source", "source-ip", "user-agent", "error-code", "access-key", "aws-region", "account"},
			[]string{"acts", "activity", "sign-ins", "trace", "alive"}},
		{"/key", "access key", "access-key", []string{"event-name", "event-source", "source-ip", "user-agent", "error-code", "actor", "aws-region", "account"},
			[]string{"trace", "acts", "activity", "alive", "access-keys"}},
		{"/role", "role", "actor", []string{"actor", "event-name", "event-source", "source-ip", "user-agent", "error-code", "access-key", "aws-region"},
			[]string{"assumed-roles", "acts", "activity", "trace", "alive"}},
		{"/resource", "resource", "resource", []string{"event-name", "actor", "source-ip", "user-agent", "error-code", "access-key", "aws-region", "account"},
			[]string{"acts", "activity", "alive"}},
		{"/address", "address", "source-ip", []string{"actor", "event-name", "event-source", "user-agent", "error-code", "access-key", "aws-region", "account"},
			[]string{"acts", "activity", "sign-ins", "trace", "alive"}},
	}
}

// entityParts are the parts, by the reports that they are: trace is none.
var entityParts = map[string]later{
	"acts":          {Title: "What matters most", Why: "of its events, what somebody would tell of first"},
	"activity":      {Title: "At which hours", Why: "of the day and of the week, in UTC"},
	"sign-ins":      {Title: "Sign-ins"},
	"assumed-roles": {Title: "Who assumed it"},
	"trace":         {Title: "Where it comes from, and what came of it"},
	"alive":         {Title: "What of it still stands", Why: "what it made or opened and no later call took away; that takes some seconds where there are many events", Dear: true},
	"access-keys":   {Title: "What became of the key", Why: "that takes some seconds where there are many events", Dear: true},
}

// An entityBody is the page of an entity.
type entityBody struct {
	Word, Name string
	Bar        *bar
	Facts      []fact
	Histogram  *page.Histogram
	Traits     []trait
	Later      []later
	Nothing    []string // why there is nothing
	Elsewhere  string   // the page without the limits of time and place
}

// entity is the page of one of a kind.
func (s *Server) entity(kind entity) func(r *request) (*view, error) {
	return func(r *request) (*view, error) {
		name := r.values.Get("name")
		if name == "" || !utf8.ValidString(name) {
			return nil, &problem{
				Status: http.StatusBadRequest, Title: "Which " + kind.word + "?",
				Text: fmt.Sprintf("The page needs its name: %s?name=...", kind.path), Link: r.link("/overview"),
			}
		}
		asked, err := r.asking(kind.filter, exact(kind.filter, name))
		if err != nil {
			return nil, err
		}
		if id := r.values.Get("part"); id != "" {
			return asked.entityPart(kind, name, id)
		}
		return asked.entityPage(r, kind, name)
	}
}

// asking is a request whose filter has a value besides.
func (r *request) asking(filter, value string) (*request, error) {
	asked := *r
	asked.values = url.Values{}
	for name, all := range r.values {
		asked.values[name] = slices.Clone(all)
	}
	asked.values.Set(filter, value)
	f, err := parseFilter(asked.values, r.server.Now())
	if err == nil {
		err = f.Settle(r.ctx, r.store)
	}
	asked.filter = f
	return &asked, err
}

// entityPage is the page; plain is what was asked without the entity.
func (r *request) entityPage(plain *request, kind entity, name string) (*view, error) {
	timeline, err := query.FindReport("timeline")
	if err != nil {
		return nil, err
	}
	v := &view{
		Section: "Overview", Title: kind.word + " " + shorten(page.Show(name)), Template: "entity", Name: kind.word,
		Statements: []query.Statement{query.ProfileStatement(r.filter, maxTraits), query.DaysStatement(r.filter), timeline.Statement(r.filter)},
		Command:    commandLine(r.values, "trailbox", "report", "timeline"),
		Rows:       func() (query.Result, error) { return timeline.Run(r.ctx, r.store, r.filter) },
	}
	if r.values.Has("form") {
		return v, nil
	}
	body := &entityBody{Word: kind.word, Name: page.Show(name), Bar: plain.newBar()}
	v.Body = body
	var (
		cover   query.Coverage
		days    []query.Day
		profile map[string][]query.Trait
		misses  []query.Miss
	)
	err = together(
		func() (err error) { cover, err = r.cover(); return err },
		func() (err error) { profile, err = r.profile(); return err },
		func() (err error) { days, err = r.days(r.filter); return err },
	)
	if err == nil && profile["all"][0].Events == 0 {
		misses, err = r.filter.Misses(r.ctx, r.store)
	}
	if err != nil {
		return nil, err
	}
	v.Cover = &cover
	if profile["all"][0].Events == 0 {
		for i := range misses {
			body.Nothing = append(body.Nothing, shorten(page.Show(misses[i].String())))
		}
		if len(filterValues(plain.values)) > 0 {
			body.Elsewhere = with(kind.path, url.Values{"name": {name}})
		}
	} else {
		body.Facts = r.facts(profile)
		body.Histogram = r.histogram(stepsOf(days))
		body.Traits = r.traits(profile, kind.values...)
	}
	for _, id := range kind.parts {
		l := entityParts[id]
		l.ID, l.Link = id, plain.here("part", id)
		body.Later = append(body.Later, l)
	}
	return v, nil
}

// entityPart is a part of the page.
func (r *request) entityPart(kind entity, name, id string) (*view, error) {
	l, ok := entityParts[id]
	if !ok || !slices.Contains(kind.parts, id) {
		return nil, &problem{Status: http.StatusNotFound, Title: "No such part", Text: "The page has no part of that name."}
	}
	p := part{ID: id, Title: l.Title, All: r.link("/report/" + id)}
	if id == "trace" {
		return r.tracePart(p, name)
	}
	report, err := query.FindReport(id)
	if err != nil {
		return nil, err
	}
	if report.Limits != "" {
		p.Lead = append(p.Lead, "limits: "+report.Limits)
	}
	v, err := r.partOf(&report, r.filter, p, "Overview")
	if err == nil {
		v.Command = commandLine(r.values, "trailbox", "report", id)
	}
	return v, err
}

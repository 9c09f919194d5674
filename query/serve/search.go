package serve

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"trailbox/query"
	"trailbox/schema"
)

// An attribute is what somebody can look events up by.
type attribute struct {
	Name  string // the parameter
	Title string // as AWS's console calls it, or we
}

// attributes are AWS's, in its order and words, and then ours.
func attributes() []attribute {
	return []attribute{
		{"access-key", "AWS access key"}, {"event-id", "Event ID"}, {"event-name", "Event name"}, {"event-source", "Event source"},
		{"read-only", "Read-only"}, {"resource", "Resource name"}, {"resource-type", "Resource type"}, {"user-name", "User name"},
		{"actor", "actor, by any name"}, {"source-ip", "address"}, {"user-agent", "user agent"}, {"error-code", "error code"},
		{"account", "account"}, {"aws-region", "Region"}, {"caller-account", "caller's account"},
		{"request-id", "request ID"}, {"shared-event-id", "shared event ID"}, {"text", "text in the record"},
	}
}

// eventsNames are the parameters that say which events the list has.
func eventsNames() []string {
	return slices.Concat(filterNames(), query.TraitNames(), []string{"text"})
}

// onlyEvents are those parameters of a URL that say which events, and how they are shown.
func (r *request) onlyEvents(more ...string) url.Values {
	only := url.Values{}
	for _, name := range append(eventsNames(), more...) {
		for _, text := range r.values[name] {
			if text != "" {
				only.Add(name, text)
			}
		}
	}
	return only
}

// historyTraits are the traits that the URL asks for.
func (r *request) historyTraits() (traits []query.HistoryTrait, err error) {
	for _, name := range query.TraitNames() {
		for _, text := range r.values[name] {
			if _, isGUID := schema.ParseGUID([]byte(text)); strings.HasSuffix(name, "event-id") && text != "" && !isGUID {
				return nil, &badValue{name, errors.New("it is no GUID, such as 01234567-89ab-4cde-8f01-23456789abcd")}
			}
			if text != "" {
				traits = append(traits, query.HistoryTrait{Name: name, Value: text})
			}
		}
	}
	return traits, nil
}

// search is the URL that what was typed into the field leads to: it is understood by its
// form, and else by what the store has; what that does not have is text in the records.
func (r *request) search() (string, error) {
	values := r.onlyEvents("order", "columns")
	typed, name := strings.TrimSpace(r.values.Get("q")), r.values.Get("attribute")
	if typed == "" {
		return with("/events", values), nil
	}
	if name == "" {
		name, typed = namedValue(typed)
	}
	if _, isGUID := schema.ParseGUID([]byte(typed)); isGUID && (name == "" || name == "event-id") {
		return r.searchID(values, typed)
	}
	if name == "" {
		var err error
		if name, err = query.Recognize(r.ctx, r.store, typed); err != nil {
			return "", err
		}
	}
	switch {
	case name == "":
		name = "text"
	case !slices.ContainsFunc(attributes(), func(a attribute) bool { return a.Name == name }):
		return "", &badValue{"attribute", errors.New("there is none of that name")}
	case name == "read-only" || name == "account" || name == "aws-region":
		values.Del(name) // one of them
	}
	values.Add(name, typed)
	return with("/events", values), nil
}

// namedValue takes apart what names its filter itself, as actor:NAME or --actor=NAME.
func namedValue(typed string) (name, value string) {
	if at := strings.IndexAny(typed, ":= "); at > 0 {
		name, dashes := strings.CutPrefix(typed[:at], "--")
		known := slices.Contains(eventsNames(), name) && name != "since" && name != "until"
		if value := strings.TrimSpace(typed[at+1:]); known && value != "" && (typed[at] != ' ' || dashes) {
			return name, value
		}
	}
	return "", typed
}

// searchID is the event of a GUID, or the list of those that share it.
func (r *request) searchID(values url.Values, typed string) (string, error) {
	h := query.History{}
	for _, name := range []string{"event-id", "request-id", "shared-event-id"} {
		h.Traits = []query.HistoryTrait{{Name: name, Value: typed}}
		page, err := h.Page(r.ctx, r.store, nil, nil, false, 1)
		if err != nil {
			return "", err
		}
		switch {
		case len(page.Rows) == 0:
		case name == "event-id":
			return "/event/" + strings.ToLower(typed), nil
		default:
			return with("/events", url.Values{name: {typed}}), nil
		}
	}
	values.Add("text", typed)
	return with("/events", values), nil
}

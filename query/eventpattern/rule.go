package eventpattern

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trailbox/query/record"
)

// A Rule is an EventBridge rule that matches events.
type Rule struct {
	Name        string // empty for a pattern alone
	Description string
	State       State
	// Account and Region are those of the rule's bus; empty where nothing tells.
	Account, Region string
	Pattern         *Pattern
	Warnings        []string // about the rule; the pattern has its own
}

// State is the state of a rule, in EventBridge's words.
type State string

const (
	Enabled State = "ENABLED"
	// EnabledForAll is for all management events, those that only read as well.
	EnabledForAll State = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
	Disabled      State = "DISABLED"
)

// A Description is what a source says of a rule, by the names that EventBridge has.
type Description struct {
	Name, Arn, Description, State, EventPattern, ScheduleExpression, EventBusName string
}

// A ScheduleError says that a rule looks at no events.
type ScheduleError struct{ Expression string }

func (e *ScheduleError) Error() string {
	return fmt.Sprintf("it runs on a schedule, %s, and looks at no events", e.Expression)
}

// NewRule returns the rule that is described, or why it cannot be used: its pattern's
// [*Error], a [*ScheduleError], or another.
func NewRule(d Description) (*Rule, error) {
	rule := &Rule{Name: d.Name, Description: d.Description, State: State(cmp.Or(d.State, string(Enabled)))}
	switch {
	case d.EventPattern == "" && d.ScheduleExpression != "":
		return nil, &ScheduleError{d.ScheduleExpression}
	case d.EventPattern == "":
		return nil, errors.New("it has no EventPattern")
	case d.ScheduleExpression != "":
		rule.warn("it also runs on a schedule, %s, which is left aside", d.ScheduleExpression)
	}
	switch rule.State {
	case Enabled, EnabledForAll:
	case Disabled:
		rule.warn("it is disabled, so that EventBridge delivers nothing to it")
	default:
		return nil, fmt.Errorf("its State %q is none of %s, %s and %s", rule.State, Enabled, EnabledForAll, Disabled)
	}
	if bus := d.EventBusName; bus != "" && bus != "default" && !strings.HasSuffix(bus, "event-bus/default") {
		rule.warn("its bus is %s, and CloudTrail's events arrive on the default one", bus)
	}
	if parts := strings.SplitN(d.Arn, ":", 6); len(parts) == 6 {
		rule.Region, rule.Account = parts[3], parts[4]
	}
	var err error
	if rule.Pattern, err = Parse(d.EventPattern); err != nil {
		return nil, err
	}
	if names := rule.Pattern.undelivered(); names != "" && rule.State == Enabled {
		rule.warn("EventBridge sends none of these to a rule in state %s: %s", Enabled, names)
	}
	return rule, nil
}

// Barren says that the rule can match no event of CloudTrail, as its warnings say: by its
// pattern, because it is disabled, or because it is for nothing but events that are not sent to it.
func (r *Rule) Barren() bool {
	return r.Pattern.never || r.State == Disabled || r.State == Enabled && r.Pattern.undelivered() != ""
}

// undelivered are the names of events that the pattern is for, if all of them are read-only
// management events, which are sent only to rules that ask for all; empty otherwise.
func (p *Pattern) undelivered() string {
	var all []string
	for _, b := range branchesOf(p.Root) {
		at := slices.IndexFunc(b, func(c condition) bool { return c.name() == "detail.eventName" })
		if at < 0 {
			return ""
		}
		names, plain := equalities(b[at].tests)
		if !plain || slices.ContainsFunc(names, func(name string) bool { return !isUndelivered(name) }) {
			return ""
		}
		for _, name := range names {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	if len(all) > 3 {
		all = append(all[:3:3], fmt.Sprintf("and %d more", len(all)-3))
	}
	return strings.Join(all, ", ")
}

// isUndelivered says that an event of this name is a management event that is sent only to
// rules that ask for all.
func isUndelivered(name string) bool {
	reads := strings.HasPrefix(name, "Describe") || strings.HasPrefix(name, "Get") || strings.HasPrefix(name, "List")
	return reads && !slices.Contains(readsDelivered, name)
}

// readsDelivered are names of reading that are sent to every rule: two of STS, and the data
// events of the services that people record most.
var readsDelivered = []string{
	"GetFederationToken", "GetSessionToken",
	"GetObject", "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention", "GetObjectTagging", "GetObjectTorrent",
	"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListParts", "ListMultipartUploads",
	"GetItem", "GetRecords", "GetShardIterator", "DescribeStream", "ListStreams",
	"GetSnapshotBlock", "ListSnapshotBlocks", "ListChangedBlocks",
	"GetId", "GetOpenIdToken", "GetCredentialsForIdentity",
}

func (r *Rule) warn(text string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(text, args...))
}

// Delivered returns an expression over the columns of events for whether EventBridge would
// have offered an event to the rule at all, so that a match without it is one that the rule
// never had: the rule is not disabled, its bus is the one of the event's account and region,
// and the event is not a management event of the sort that is sent only to rules that ask
// for all. The expression is never NULL.
//
// That a trail was logging, and that an event was not too large, is not looked at.
func (r *Rule) Delivered(b *record.Binder) string {
	if r.State == Disabled {
		return "false"
	}
	var parts []string
	if r.Account != "" {
		parts = append(parts, "recipientAccountId = "+b.Bind(r.Account), "recipientAccountId IS NOT NULL")
	}
	if r.Region != "" {
		parts = append(parts, "awsRegion = "+b.Bind(r.Region), "awsRegion IS NOT NULL")
	}
	if r.State == Enabled {
		parts = append(parts, readsUndelivered)
	}
	return record.And(parts...)
}

// readsUndelivered leaves out management events that are sent only to rules that ask for
// all: those with names of reading, but for two of STS. Events before eventVersion 1.07 may
// not say what they are; nearly all of those are management events.
const readsUndelivered = `NOT coalesce(regexp_matches(eventName, '^(Describe|Get|List)')` +
	` AND coalesce(managementEvent, eventCategory = 'Management', true)` +
	` AND NOT coalesce(eventSource = 'sts.amazonaws.com' AND eventName IN ('GetFederationToken', 'GetSessionToken'), false), false)`

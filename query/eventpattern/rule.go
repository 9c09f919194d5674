package eventpattern

import (
	"encoding/json"
	"fmt"
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

// A RuleError says why a rule cannot be used.
type RuleError struct {
	Name string
	Err  error
}

func (e *RuleError) Error() string { return fmt.Sprintf("rule %s: %v", e.Name, e.Err) }

func (e *RuleError) Unwrap() error { return e.Err }

// ReadRules reads what `aws events describe-rule` or `list-rules` writes, or a pattern
// alone, which is taken for that of an enabled rule. One bad rule does not keep the others
// from being read.
func ReadRules(text []byte) (rules []*Rule, errs []error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil {
		if isString(members["EventPattern"]) || isString(members["ScheduleExpression"]) {
			return readRules([]json.RawMessage{text})
		}
		var list []json.RawMessage
		if json.Unmarshal(members["Rules"], &list) == nil && len(list) > 0 {
			var first map[string]json.RawMessage
			if json.Unmarshal(list[0], &first) == nil && isString(first["Name"]) && isString(first["Arn"]) {
				return readRules(list)
			}
		}
	}
	pattern, err := Parse(string(text))
	if err != nil {
		return nil, []error{err}
	}
	return []*Rule{{State: Enabled, Pattern: pattern}}, nil
}

func isString(text json.RawMessage) bool { return len(text) > 0 && text[0] == '"' }

func readRules(texts []json.RawMessage) (rules []*Rule, errs []error) {
	for _, text := range texts {
		rule, err := readRule(text)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		rules = append(rules, rule)
	}
	return rules, errs
}

func readRule(text json.RawMessage) (*Rule, error) {
	var described struct {
		Name, Arn, Description, State, EventPattern, ScheduleExpression, EventBusName string
	}
	err := json.Unmarshal(text, &described)
	fail := func(err error) (*Rule, error) { return nil, &RuleError{described.Name, err} }
	if err != nil {
		return fail(err)
	}
	rule := &Rule{Name: described.Name, Description: described.Description, State: State(described.State)}
	switch {
	case described.EventPattern == "" && described.ScheduleExpression != "":
		return fail(fmt.Errorf("it runs on a schedule, %s, and matches no events", described.ScheduleExpression))
	case described.EventPattern == "":
		return fail(fmt.Errorf("it has no EventPattern"))
	case described.ScheduleExpression != "":
		rule.warn("it also runs on a schedule, %s, which is left aside", described.ScheduleExpression)
	}
	switch rule.State {
	case "":
		rule.State = Enabled
	case Enabled, EnabledForAll, Disabled:
	default:
		return fail(fmt.Errorf("its State %q is none of %s, %s and %s", rule.State, Enabled, EnabledForAll, Disabled))
	}
	if rule.State == Disabled {
		rule.warn("it is disabled, so that EventBridge delivers nothing to it")
	}
	if bus := described.EventBusName; bus != "" && bus != "default" && !strings.HasSuffix(bus, "event-bus/default") {
		rule.warn("its bus is %s, and CloudTrail's events arrive on the default one", bus)
	}
	if parts := strings.SplitN(described.Arn, ":", 6); len(parts) == 6 {
		rule.Region, rule.Account = parts[3], parts[4]
	}
	if rule.Pattern, err = Parse(described.EventPattern); err != nil {
		return fail(err)
	}
	return rule, nil
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

package sigma

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Correlation looks at what rules match over a span of time.
type Correlation struct {
	Meta
	Type     CorrelationType
	Rules    []string // what it looks at: rules or correlations, by id, name or title
	GroupBy  []string // fields, or names of Aliases
	Aliases  []Alias
	Timespan time.Duration
	// Conditions on what is counted, all of which have to hold; none for temporal types:
	// then all Rules have to match.
	Conditions []Comparison
	Field      string // whose values are counted or added up
	Generate   bool   // what Rules match is reported, too
	Warnings   []Warning

	// Condition is that of the rule with a timeframe and an aggregation that it was made of;
	// own are the events of it then, and Rules how they are told apart.
	Condition string
	own       []*Rule

	// Members are Rules, looked up by [Set.Resolve].
	Members []Member
}

// A CorrelationType says what a correlation counts.
type CorrelationType string

// The types of correlations.
const (
	EventCount      CorrelationType = "event_count"      // events
	ValueCount      CorrelationType = "value_count"      // different values of a field
	ValueSum        CorrelationType = "value_sum"        // numbers of a field, added up
	ValueAvg        CorrelationType = "value_avg"        // their mean
	Temporal        CorrelationType = "temporal"         // different rules
	TemporalOrdered CorrelationType = "temporal_ordered" // rules one after the other
)

func (t CorrelationType) ofField() bool { return t == ValueCount || t == ValueSum || t == ValueAvg }

func (t CorrelationType) isTemporal() bool { return t == Temporal || t == TemporalOrdered }

// An Alias is a name for different fields of different rules.
type Alias struct {
	Name   string
	Fields []AliasField
}

// An AliasField is the field that an alias stands for in events of one rule.
type AliasField struct{ Rule, Field string }

// A Comparison compares what is counted with a number.
type Comparison struct {
	Op     string // gt, gte, lt, lte, eq or neq
	Number float64
}

// Holds says whether the comparison is true of n.
func (c Comparison) Holds(n float64) bool {
	switch c.Op {
	case "gt":
		return n > c.Number
	case "gte":
		return n >= c.Number
	case "lt":
		return n < c.Number
	case "lte":
		return n <= c.Number
	case "eq":
		return n == c.Number
	}
	return n != c.Number
}

// A Member is what a correlation looks at: the one or the other.
type Member struct {
	Rule        *Rule
	Correlation *Correlation
}

func (m Member) meta() *Meta {
	if m.Rule != nil {
		return &m.Rule.Meta
	}
	return &m.Correlation.Meta
}

func (p *parser) correlation(c *Correlation) error {
	node := p.keys["correlation"]
	members, err := p.members(node, "correlation")
	if err != nil {
		return err
	}
	c.Generate = p.text("generate") == "true"
	for _, m := range members {
		switch m.name {
		case "type":
			c.Type = CorrelationType(m.value.Value)
		case "rules":
			c.Rules, err = p.list(m)
		case "group-by":
			c.GroupBy, err = p.list(m)
		case "timespan":
			c.Timespan, err = p.timespan(m.value)
		case "condition":
			err = p.comparisons(c, m.value)
		case "aliases":
			c.Aliases, err = p.aliases(m)
		case "generate":
			if m.value.ShortTag() != "!!bool" {
				return p.refuse(m.value, "generate takes true or false, not %q", m.value.Value)
			}
			c.Generate = strings.EqualFold(m.value.Value, "true")
		default:
			err = p.refuse(m.key, "%s is not supported in a correlation", m.name)
		}
		if err != nil {
			return err
		}
	}
	if reason := c.check(); reason != "" {
		return p.refuse(node, "%s", reason)
	}
	return nil
}

// check says what a correlation lacks.
func (c *Correlation) check() string {
	switch c.Type {
	case EventCount, ValueCount, ValueSum, ValueAvg, Temporal, TemporalOrdered:
	case "":
		return "the correlation has no type"
	default:
		return fmt.Sprintf("correlations of type %s are not supported", c.Type)
	}
	fields := []string{c.Field}
	for _, name := range c.GroupBy {
		if alias := c.alias(name); alias != nil {
			for _, f := range alias.Fields {
				fields = append(fields, f.Field)
			}
		} else {
			fields = append(fields, name)
		}
	}
	for _, field := range fields {
		if field == "" {
			continue // there is none
		}
		if err := checkField(field); err != nil {
			return err.Error()
		}
		if hasMembers(field) {
			return fmt.Sprintf("%s cannot be taken as a whole: name a member of it", field)
		}
	}
	switch {
	case len(c.Rules) == 0:
		return "the correlation names no rules"
	case c.Timespan == 0:
		return "the correlation has no timespan"
	case !c.Type.isTemporal() && len(c.Conditions) == 0:
		return fmt.Sprintf("a correlation of type %s needs a condition", c.Type)
	case c.Type.ofField() && c.Field == "":
		return fmt.Sprintf("the condition of a correlation of type %s needs a field", c.Type)
	case !c.Type.ofField() && c.Field != "":
		return fmt.Sprintf("a correlation of type %s counts no field", c.Type)
	case c.Type == TemporalOrdered && len(c.Conditions) > 0:
		return "a condition on rules in their order is not supported: leave it out, and all of them have to match"
	}
	return ""
}

func (c *Correlation) alias(name string) *Alias {
	for i := range c.Aliases {
		if c.Aliases[i].Name == name {
			return &c.Aliases[i]
		}
	}
	return nil
}

// list is a list of texts, or one.
func (p *parser) list(m member) ([]string, error) {
	nodes := []*yaml.Node{m.value}
	if m.value.Kind == yaml.SequenceNode {
		nodes = m.value.Content
	}
	if len(nodes) > maxListed {
		return nil, p.refuse(m.value, "%v", overLimit("%s of a correlation has more than %d names", m.name, maxListed))
	}
	var texts []string
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			return nil, p.refuse(n, "%s takes names", m.name)
		}
		texts = append(texts, n.Value)
	}
	return texts, nil
}

var timespan = regexp.MustCompile(`^([1-9][0-9]{0,8})([smhd])$`)

func (p *parser) timespan(n *yaml.Node) (time.Duration, error) {
	m := timespan.FindStringSubmatch(n.Value)
	if m == nil {
		return 0, p.refuse(n, "timespan takes a number and s, m, h or d, such as 10m, not %q", n.Value)
	}
	number, _ := strconv.Atoi(m[1])
	span := time.Duration(number) * map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[m[2]]
	if span > 100*365*24*time.Hour {
		return 0, p.refuse(n, "a timespan of %s is longer than any archive", n.Value)
	}
	return span, nil
}

// timespanText is a timespan in the largest unit that it is a multiple of.
func timespanText(span time.Duration) string {
	for _, unit := range []struct {
		span time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}} {
		if span%unit.span == 0 {
			return strconv.Itoa(int(span/unit.span)) + unit.name
		}
	}
	return strconv.Itoa(int(span/time.Second)) + "s"
}

func (p *parser) comparisons(c *Correlation, node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return p.refuse(node, "a condition that combines rules by name is not supported: %q", node.Value)
	}
	members, err := p.members(node, "condition")
	if err != nil {
		return err
	}
	for _, m := range members {
		switch m.name {
		case "gt", "gte", "lt", "lte", "eq", "neq":
			n, err := strconv.ParseFloat(m.value.Value, 64)
			if err != nil || !number.MatchString(m.value.Value) {
				return p.refuse(m.value, "%s takes a number, not %q", m.name, m.value.Value)
			}
			c.Conditions = append(c.Conditions, Comparison{m.name, n})
		case "field":
			if m.value.Kind != yaml.ScalarNode {
				return p.refuse(m.value, "several fields in a condition are not supported")
			}
			if err := checkField(m.value.Value); err != nil {
				return p.refuse(m.value, "%v", err)
			}
			c.Field = m.value.Value
		default:
			return p.refuse(m.key, "%s is not supported in a condition", m.name)
		}
	}
	return nil
}

func (p *parser) aliases(m member) ([]Alias, error) {
	names, err := p.members(m.value, "aliases")
	if err != nil {
		return nil, err
	}
	var aliases []Alias
	for _, m := range names {
		fields, err := p.members(m.value, "alias "+m.name)
		if err != nil {
			return nil, err
		}
		if len(names) > maxListed || len(fields) > maxListed {
			return nil, p.refuse(m.value, "%v", overLimit("a correlation has more than %d aliases, or one of them has more fields", maxListed))
		}
		alias := Alias{Name: m.name}
		for _, f := range fields {
			if err := checkField(f.value.Value); err != nil {
				return nil, p.refuse(f.value, "alias %s: %v", m.name, err)
			}
			alias.Fields = append(alias.Fields, AliasField{Rule: f.name, Field: f.value.Value})
		}
		aliases = append(aliases, alias)
	}
	return aliases, nil
}

// String writes the correlation as YAML; [Parse] gives the same one again.
func (c *Correlation) String() string {
	if c.own != nil {
		return c.aggregateString()
	}
	m := mapping().addText("type", string(c.Type)).addTexts("rules", c.Rules).addTexts("group-by", c.GroupBy)
	m.addText("timespan", timespanText(c.Timespan))
	if len(c.Aliases) > 0 {
		aliases := mapping()
		for _, alias := range c.Aliases {
			fields := mapping()
			for _, f := range alias.Fields {
				fields.addText(f.Rule, f.Field)
			}
			aliases.add(alias.Name, fields)
		}
		m.add("aliases", aliases)
	}
	if len(c.Conditions) > 0 || c.Field != "" {
		condition := mapping()
		for _, comparison := range c.Conditions {
			n := strconv.FormatFloat(comparison.Number, 'f', -1, 64)
			condition.add(comparison.Op, &yaml.Node{Kind: yaml.ScalarNode, Value: n})
		}
		m.add("condition", condition.addText("field", c.Field))
	}
	if c.Generate {
		m.add("generate", &yaml.Node{Kind: yaml.ScalarNode, Value: "true"})
	}
	return c.Meta.foot(c.Meta.head().add("correlation", m)).String()
}

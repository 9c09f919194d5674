package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// aggregation is what stood behind the | of a condition before there were correlations:
//
//	count() by sourceIPAddress > 10
var aggregation = regexp.MustCompile(`(?i)^(\w+)\s*\(\s*([\w.]*)\s*\)\s*(?:by\s+([\w.]+(?:\s*,\s*[\w.]+)*)\s*)?(<=|>=|==|!=|<|>|=)\s*(-?[0-9.]+)$`)

// comparisonOf are the comparisons of correlations by the signs of aggregations.
var comparisonOf = map[string]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "=": "eq", "==": "eq", "!=": "neq"}

// aggregated says that a condition has more than detections to it, and parts it.
func aggregated(condition string) (events, rest string, ok bool) {
	events, rest, ok = strings.Cut(condition, "|")
	return strings.TrimSpace(events), strings.TrimSpace(rest), ok
}

// aggregate makes a correlation of a rule with a timeframe and a condition with a |: of how
// many events match, of how many values a field has in them, of their sum or mean; or of
// detections that match near each other.
func (p *parser) aggregate(c *Correlation, r *Rule, text *yaml.Node, timeframe time.Duration) error {
	events, rest, _ := aggregated(text.Value)
	if timeframe == 0 {
		return p.refuse(text, "condition %s: an aggregation behind | needs a timeframe", excerpt(text.Value))
	}
	c.Timespan, c.Condition = timeframe, text.Value
	conditions := []string{events}
	if word, names, ok := strings.Cut(rest, " "); ok && strings.EqualFold(word, "near") {
		c.Type = Temporal
		for _, name := range regexp.MustCompile(`(?i)\s+and\s+`).Split(strings.TrimSpace(names), -1) {
			if len(strings.Fields(name)) != 1 {
				return p.refuse(text, "near takes names of detections with and between them, not %s", excerpt(name))
			}
			conditions = append(conditions, name)
		}
	} else if err := c.counts(rest); err != nil {
		return p.refuse(text, "condition %s: %v", excerpt(text.Value), err)
	}
	used := newUse(r)
	for _, condition := range conditions {
		e, err := parseCondition(condition)
		if err == nil {
			err = used.check(e)
		}
		if err != nil {
			return p.refuse(text, "%v", err)
		}
		r.Conditions = append(r.Conditions, e)
		c.Rules = append(c.Rules, condition)
		c.own = append(c.own, &Rule{Meta: r.Meta, Detections: r.Detections, Conditions: []Expr{e}})
	}
	if reason := c.check(); reason != "" {
		return p.refuse(text, "%s", reason)
	}
	return nil
}

// counts takes an aggregation in.
func (c *Correlation) counts(text string) error {
	m := aggregation.FindStringSubmatch(text)
	if m == nil {
		return fmt.Errorf("%s is no aggregation such as count() by sourceIPAddress > 10", excerpt(text))
	}
	function, field := strings.ToLower(m[1]), m[2]
	types := map[string]CorrelationType{"count": ValueCount, "sum": ValueSum, "avg": ValueAvg}
	c.Type = types[function]
	switch {
	case c.Type == "":
		return fmt.Errorf("the aggregation %s is not supported: count, sum and avg are", function)
	case function == "count" && field == "":
		c.Type = EventCount
	}
	c.Field = field
	for name := range strings.SplitSeq(m[3], ",") {
		if name = strings.TrimSpace(name); name != "" {
			c.GroupBy = append(c.GroupBy, name)
		}
	}
	if !number.MatchString(m[5]) {
		return fmt.Errorf("%q is no number", m[5])
	}
	var n float64
	fmt.Sscan(m[5], &n)
	c.Conditions = []Comparison{{comparisonOf[m[4]], n}}
	return nil
}

// aggregateString is a correlation as the rule that it was made of.
func (c *Correlation) aggregateString() string {
	doc := c.Meta.head()
	doc.add("logsource", mapping().add("product", plain("aws")).add("service", plain("cloudtrail")))
	detection := mapping()
	for _, d := range c.own[0].Detections {
		detection.add(d.Name, d.yaml())
	}
	detection.addText("timeframe", timespanText(c.Timespan)).addText("condition", c.Condition)
	return c.Meta.foot(doc.add("detection", detection)).String()
}

// isAggregated says that one of the conditions of a rule has a |.
func isAggregated(conditions []*yaml.Node) bool {
	return slices.ContainsFunc(conditions, func(n *yaml.Node) bool { return strings.Contains(n.Value, "|") })
}

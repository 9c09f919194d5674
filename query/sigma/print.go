package sigma

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// String writes the rule as YAML, in the form that all rules have then: [Parse] gives the
// same rule again.
func (r *Rule) String() string {
	doc := r.Meta.head()
	doc.add("logsource", mapping().add("product", plain("aws")).add("service", plain("cloudtrail")))
	detection := mapping()
	for _, d := range r.Detections {
		detection.add(d.Name, d.yaml())
	}
	var conditions []*yaml.Node
	for _, e := range r.Conditions {
		conditions = append(conditions, plain(e.String()))
	}
	detection.add("condition", oneOrList(conditions))
	doc.add("detection", detection)
	return r.Meta.foot(doc).String()
}

// head and foot are what stands before and behind the rule proper.
func (m *Meta) head() *node {
	doc := mapping()
	doc.addText("title", m.Title).addText("id", m.ID).addText("name", m.Name).addText("status", m.Status)
	doc.addText("description", m.Description).addTexts("references", m.References).addText("author", m.Author)
	return doc.addText("date", m.Date).addText("modified", m.Modified).addTexts("tags", m.Tags)
}

func (m *Meta) foot(doc *node) *node {
	return doc.addTexts("falsepositives", m.FalsePositives).addText("level", m.Level)
}

func (d *Detection) yaml() *yaml.Node {
	var alternatives []*yaml.Node
	for _, items := range d.Any {
		m := mapping()
		for _, item := range items {
			var values []*yaml.Node
			for _, value := range item.Values {
				values = append(values, value.yaml())
			}
			m.add(item.key(), oneOrList(values))
		}
		alternatives = append(alternatives, &m.Node)
	}
	return oneOrList(alternatives)
}

// key is the field with the modifiers.
func (item *Item) key() string {
	parts := []string{item.Field}
	for _, e := range item.Encode {
		parts = append(parts, string(e))
	}
	if item.Op != Equals {
		parts = append(parts, string(item.Op))
	}
	parts = append(parts, strings.Split(item.Flags, "")...)
	for _, modifier := range []struct {
		name string
		set  bool
	}{{"cased", item.Cased}, {"all", item.All}, {"neq", item.Not}} {
		if modifier.set {
			parts = append(parts, modifier.name)
		}
	}
	return strings.Join(parts, "|")
}

func (v *Value) yaml() *yaml.Node {
	switch v.Kind {
	case Null:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case Number, Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v.Text}
	}
	if v.Glob != nil {
		return quoted(v.Glob.String())
	}
	return quoted(v.Text)
}

// A node is a mapping that is being written.
type node struct{ yaml.Node }

func mapping() *node { return &node{yaml.Node{Kind: yaml.MappingNode}} }

func (n *node) add(name string, value any) *node {
	switch value := value.(type) {
	case *node:
		n.Content = append(n.Content, plain(name), &value.Node)
	case *yaml.Node:
		n.Content = append(n.Content, plain(name), value)
	}
	return n
}

func (n *node) addText(name, text string) *node {
	if text == "" {
		return n
	}
	return n.add(name, plain(text))
}

func (n *node) addTexts(name string, texts []string) *node {
	if len(texts) == 0 {
		return n
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, text := range texts {
		list.Content = append(list.Content, plain(text))
	}
	return n.add(name, list)
}

func (n *node) String() string {
	var b strings.Builder
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&n.Node); err != nil {
		panic("BUG: a rule that cannot be written: " + err.Error())
	}
	return b.String()
}

// plain is text with quotes only where YAML would read something else.
func plain(text string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(text)
	return n
}

// quoted is text with quotes, as most rules have their values.
func quoted(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.SingleQuotedStyle}
}

func oneOrList(nodes []*yaml.Node) *yaml.Node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return &yaml.Node{Kind: yaml.SequenceNode, Content: nodes}
}

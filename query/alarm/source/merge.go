package source

import "go.yaml.in/yaml/v3"

// A merger puts what "<<" takes from other mappings in its place.
type merger struct {
	done  map[*yaml.Node]bool // mappings that have all they take
	added int
}

// merge does so all below n. What an alias stands for is done before the alias is met.
func (m *merger) merge(n *yaml.Node) error {
	for _, inner := range n.Content {
		if err := m.merge(inner); err != nil {
			return err
		}
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	var own, taken []*yaml.Node
	has := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if key := n.Content[i]; key.ShortTag() == "!!merge" {
			taken = append(taken, n.Content[i+1])
		} else {
			own, has[key.Value] = append(own, key, n.Content[i+1]), true
		}
	}
	m.done[n] = true
	if taken == nil {
		return nil
	}
	for _, from := range taken {
		sources := []*yaml.Node{from}
		if list := target(from); list.Kind == yaml.SequenceNode {
			sources = list.Content
		}
		for _, source := range sources {
			source = target(source)
			if source.Kind != yaml.MappingNode || !m.done[source] || source == n {
				return wrong(from, "<< takes mappings that stand before it")
			}
			if m.added += len(source.Content); m.added > maxDocumentNodes {
				return wrong(from, "%v", overLimit("<< takes more than %d values", maxDocumentNodes))
			}
			for i := 0; i+1 < len(source.Content); i += 2 {
				if key := source.Content[i]; !has[key.Value] {
					own, has[key.Value] = append(own, key, source.Content[i+1]), true
				}
			}
		}
	}
	n.Content = own
	return nil
}

package schema

import (
	_ "embed"
	"strings"
)

//go:embed touched.txt
var touchedRules string

// A TouchedRule says that a member of a record holds the name of a resource.
type TouchedRule struct {
	// Path is the member's dotted path; a part that ends in [] is a list, and the
	// rest of the path is of each of its elements. A part that begins with * is each
	// member whose name ends in what follows.
	Path string
	Type string // of the resource, such as AWS::S3::Bucket; "" where the member does not tell
	// The rule is for all records, unless it names the one eventSource, and maybe the
	// events of it, for which it is.
	EventSource string
	EventNames  []string
}

// TouchedRules are the rules by which the column touched is filled, besides
// resources[]. Of those of one path the first that is for a record counts.
func TouchedRules() []TouchedRule {
	var rules []TouchedRule
	for line := range strings.Lines(touchedRules) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		rule := TouchedRule{Path: fields[0], Type: strings.TrimPrefix(fields[1], "-")}
		if len(fields) > 2 {
			service, events, _ := strings.Cut(fields[2], ":")
			rule.EventSource = service + ".amazonaws.com"
			if events != "" {
				rule.EventNames = strings.Split(events, ",")
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

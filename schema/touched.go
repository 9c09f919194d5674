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
	// rest of the path is of each of its elements.
	Path string
	Type string // of the resource, such as AWS::S3::Bucket
}

// TouchedRules are the rules by which the column touched is filled, besides
// resources[].
func TouchedRules() []TouchedRule {
	var rules []TouchedRule
	for line := range strings.Lines(touchedRules) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] != "#" {
			rules = append(rules, TouchedRule{Path: fields[0], Type: fields[1]})
		}
	}
	return rules
}

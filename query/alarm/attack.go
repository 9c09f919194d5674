package alarm

import (
	"regexp"
	"slices"
	"strings"
)

// Tactics are the tactics of MITRE ATT&CK for enterprises, in its order, as tags of Sigma
// name them behind attack.
func Tactics() []string {
	return []string{
		"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
		"credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
	}
}

var technique = regexp.MustCompile(`^t[0-9]{4}(\.[0-9]{3})?$`)

// attack are the tactics and the techniques of ATT&CK among the tags of a rule, each once and
// in one spelling: older rules have attack.defense_evasion, newer ones
// attack.defense-evasion.
func (r *Rule) attack() (tactics, techniques []string) {
	for _, tag := range r.Tags {
		name, ok := strings.CutPrefix(folded(tag), "attack.")
		switch {
		case !ok:
		case slices.Contains(Tactics(), name):
			tactics = append(tactics, name)
		case technique.MatchString(name):
			techniques = append(techniques, name)
		}
	}
	slices.Sort(techniques)
	return inOrder(tactics), slices.Compact(techniques)
}

// inOrder are tactics in their order, each once.
func inOrder(tactics []string) []string {
	return slices.Compact(slices.SortedFunc(slices.Values(tactics), func(a, b string) int {
		return slices.Index(Tactics(), a) - slices.Index(Tactics(), b)
	}))
}

// folded is a tag in the spelling that tags are compared in.
func folded(tag string) string { return strings.ReplaceAll(strings.ToLower(tag), "_", "-") }

// grouped says what a correlation groups by: each field with its value.
func (r *Rule) grouped(values []string) string {
	var texts []string
	for i, value := range values {
		texts = append(texts, r.correlation.GroupBy[i]+"="+value)
	}
	return strings.Join(texts, ", ")
}

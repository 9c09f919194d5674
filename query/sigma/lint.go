package sigma

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trailbox/schema"
)

// lint warns of items that look like mistakes.
func (p *parser) lint(m member, item Item) {
	if !isField(item.Field) {
		p.warn(m.key, "CloudTrail events have no field %s%s", item.Field, spelling(item.Field))
	}
	if item.Op == SameAs {
		for _, value := range item.Values {
			if !isField(value.Text) {
				p.warn(m.value, "CloudTrail events have no field %s%s", value.Text, spelling(value.Text))
			}
			if isARN(item.Field) != isARN(value.Text) {
				p.warn(m.value, "%s and %s are hardly ever the same: one is an ARN", item.Field, value.Text)
			}
		}
		return
	}
	for _, value := range item.Values {
		text := value.Text
		if value.Glob != nil {
			text = value.Glob.String()
		}
		if found := placeholder.FindString(text); found != "" && !p.describes(found) {
			p.warn(m.value, "%s is compared with the placeholder %s as it stands", item.Field, found)
		}
		literal, _ := value.Glob.literal()
		switch {
		case item.Op.ofText() && strings.Contains(literal, ".") && isField(literal):
			p.warn(m.value, "%s is compared with the text %s; fieldref compares with the field of that name", item.Field, literal)
		case item.Field == "errorCode" && (value.Kind == Null || item.Op == Exists):
			p.asksForNone = true
		case item.Op != Equals || value.Kind != Text:
		case item.Field == "errorCode" && strings.EqualFold(literal, "Success"):
			p.successes = append(p.successes, Warning{m.value.Line, fmt.Sprintf("CloudTrail writes no errorCode where there is no error: %s matches nothing, null would", literal)})
		case item.Field != "eventName" && strings.EqualFold(literal, "null"):
			p.warn(m.value, "%s: %q in quotes is a text; null without them matches what is missing", item.Field, literal)
		case item.Field == "eventName" && recorded(literal) != "":
			p.warn(m.value, "CloudTrail records %s as %s", literal, recorded(literal))
		}
	}
}

// describes says that the rule's description names a text: it looks for just that.
func (p *parser) describes(text string) bool {
	return p.has("description") && strings.Contains(p.keys["description"].Value, text)
}

// allWarnings are those of the items: a rule that asks for no errorCode in another place knows
// how success is written.
func (p *parser) allWarnings() []Warning {
	if p.asksForNone {
		return p.warnings
	}
	return append(p.warnings, p.successes...)
}

// placeholder is what rule writers leave to be filled in.
var placeholder = regexp.MustCompile(`(?i)<[a-z0-9_ -]*your[a-z0-9_ -]*>|%[A-Za-z_]+%`)

// isARN says that a field has ARNs in it, by its name.
func isARN(field string) bool { return strings.HasSuffix(strings.ToLower(field), "arn") }

// recorded is the eventName for a name of the API that CloudTrail does not use; empty for
// those that it uses.
func recorded(name string) string {
	for _, pair := range [][2]string{
		{"UpdateFunctionCode", "UpdateFunctionCode20150331v2"},
		{"UpdateFunctionConfiguration", "UpdateFunctionConfiguration20150331v2"},
		{"CreateEventSourceMapping", "CreateEventSourceMapping20150331"},
		{"GetPublicAccessBlock", "GetBucketPublicAccessBlock or GetAccountPublicAccessBlock"},
		{"PutPublicAccessBlock", "PutBucketPublicAccessBlock or PutAccountPublicAccessBlock"},
		{"DeletePublicAccessBlock", "DeleteBucketPublicAccessBlock or DeleteAccountPublicAccessBlock"},
		{"PutBucketLifecycleConfiguration", "PutBucketLifecycle"},
		{"PutEncryptionConfiguration", "PutBucketEncryption"}, // the name that policies have for it
	} {
		if strings.EqualFold(name, pair[0]) {
			return pair[1]
		}
	}
	return ""
}

// isField says whether a path leads into a CloudTrail record: to a documented member, to
// one that has some, or into a free-form block.
func isField(field string) bool {
	for _, c := range columns() {
		free := c.Kind == schema.Block || c.Kind == schema.Resources
		if field == c.Path || strings.HasPrefix(c.Path, field+".") || free && strings.HasPrefix(field, c.Path+".") {
			return true
		}
	}
	return false
}

// spelling is a hint at a field that differs by the case of its letters.
func spelling(field string) string {
	for _, c := range columns() {
		if strings.EqualFold(field, c.Path) {
			return ": it is " + c.Path
		}
	}
	return ""
}

// Barren says that the rule can match no event of CloudTrail, as one of its warnings says.
func (r *Rule) Barren() bool { return r.anyOutcome(r.Conditions) == never }

// lint warns of a rule that looks like a mistake as a whole.
func lint(r *Rule) []Warning {
	var warnings []Warning
	if r.Barren() {
		warnings = append(warnings, Warning{r.Line, "the rule can match no CloudTrail event"})
	}
	var used []string
	for _, e := range r.Conditions {
		used = r.use(used, e)
	}
	for _, d := range r.Detections {
		if !slices.Contains(used, d.Name) {
			warnings = append(warnings, Warning{r.Line, fmt.Sprintf("the condition does not use %s", d.Name)})
		}
	}
	return warnings
}

// use adds the names of the detections that a condition uses.
func (r *Rule) use(used []string, e Expr) []string {
	switch e := e.(type) {
	case Any:
		for _, part := range e {
			used = r.use(used, part)
		}
	case All:
		return r.use(used, Any(e))
	case Not:
		return r.use(used, e.Expr)
	case Ref:
		return append(used, string(e))
	case Of:
		for _, d := range r.chosen(e) {
			used = append(used, d.Name)
		}
	}
	return used
}

// An outcome is what can be said of a condition before an event is seen.
type outcome int

const (
	maybe outcome = iota
	never
	always
)

func (o outcome) not() outcome {
	switch o {
	case never:
		return always
	case always:
		return never
	}
	return maybe
}

// or and and combine outcomes.
func (o outcome) or(other outcome) outcome {
	switch {
	case o == always || other == always:
		return always
	case o == never && other == never:
		return never
	}
	return maybe
}

func (o outcome) and(other outcome) outcome { return o.not().or(other.not()).not() }

func (r *Rule) anyOutcome(parts []Expr) outcome {
	o := never
	for _, part := range parts {
		o = o.or(r.outcome(part))
	}
	return o
}

func (r *Rule) outcome(e Expr) outcome {
	switch e := e.(type) {
	case Any:
		return r.anyOutcome(e)
	case All:
		o := always
		for _, part := range e {
			o = o.and(r.outcome(part))
		}
		return o
	case Not:
		return r.outcome(e.Expr).not()
	case Ref:
		d, _ := r.detection(string(e))
		return d.outcome()
	case Of:
		var refs []Expr
		for _, d := range r.chosen(e) {
			refs = append(refs, Ref(d.Name))
		}
		if e.All {
			return r.outcome(All(refs))
		}
		return r.anyOutcome(refs)
	}
	return maybe
}

func (d *Detection) outcome() outcome {
	o := never
	for _, items := range d.Any {
		all := always
		for _, item := range items {
			all = all.and(item.outcome())
		}
		o = o.or(all)
	}
	return o
}

// outcome is known of fields that CloudTrail does not have; keywords have none.
func (item *Item) outcome() outcome {
	if item.Field == "" || isField(item.Field) {
		return maybe
	}
	o := never
	for _, value := range item.Values {
		if value.Kind == Null && !item.All || value.Kind == Bool && item.Op == Exists && value.Text == "false" {
			o = always
		}
	}
	if item.Not {
		return o.not()
	}
	return o
}

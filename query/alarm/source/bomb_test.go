package source

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"trailbox/query/alarm"
)

// A bombCase is a source that would take the machine.
type bombCase struct {
	name string
	file string // its name, which says what it is
	text string
	want string // of what the problem says; "" where it is read in the end
}

// attribute is a file of Terraform with one filter whose pattern is that expression.
func attribute(expr string) string {
	return "resource \"aws_cloudwatch_log_metric_filter\" \"bomb\" {\n  name = \"bomb\"\n  pattern = " + expr + "\n" +
		"  metric_transformation {\n    name = \"m\"\n    namespace = \"n\"\n    value = \"1\"\n  }\n}\n"
}

// doubled are local values of which each holds the one before it twice, and a filter that
// needs the last.
func doubled(n int, first, next string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  x0 = %s\n", first)
	for i := range n {
		fmt.Fprintf(&b, "  x%d = %s\n", i+1, strings.ReplaceAll(next, "PREVIOUS", fmt.Sprintf("local.x%d", i)))
	}
	return b.String() + "}\n" + attribute(fmt.Sprintf("jsonencode(local.x%d)", n))
}

// around is text with n times open before it and close behind it.
func around(n int, open, text, close string) string {
	return strings.Repeat(open, n) + text + strings.Repeat(close, n)
}

// property is a template with one filter whose pattern is that, in YAML's flow style.
func property(more, pattern string) string {
	return more + "\nResources:\n  Bomb:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n" +
		"      MetricTransformations: [{MetricName: m, MetricNamespace: n, MetricValue: '1'}]\n      FilterPattern: " + pattern + "\n"
}

// merges are mappings of which each has all keys of the one before it.
func merges(n int) string {
	var b strings.Builder
	b.WriteString("n0: &n0 {k0: 1}\n")
	for i := range n {
		fmt.Fprintf(&b, "n%d: &n%[1]d {<<: *n%d, k%[1]d: 1}\n", i+1, i)
	}
	return b.String()
}

// sigmaRule is a rule of Sigma with that detection.
func sigmaRule(detection string) string {
	return "title: Bomb\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n" + strings.TrimSuffix(detection, "\n") + "\n"
}

// numbered are lines in which the numbers from 1 to n stand.
func numbered(n int, line string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i+1)
	}
	return b.String()
}

func resources(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "resource \"aws_cloudwatch_event_rule\" \"r%d\" {}\n", i)
	}
	return b.String()
}

const (
	kilo  = 1_000
	deepN = 100 * kilo
)

func bombs() []bombCase {
	long := strings.Repeat("x", 10*kilo)
	subs := strings.Repeat("${A}", 1000)
	nest := func(open, text, close string) string { return attribute(around(deepN, open, text, close)) }
	return []bombCase{
		// Expansion.
		{"laughs in lists", "main.tf", doubled(60, `["ha"]`, "[PREVIOUS, PREVIOUS]"), "local.x16: over a limit: a value holds more than 100000 values"},
		{"laughs in objects", "main.tf", doubled(60, `{ha = "ha"}`, "{a = PREVIOUS, b = PREVIOUS}"), "over a limit: a value holds more than 100000 values"},
		{"laughs in templates", "main.tf", doubled(60, `"ha"`, `"${PREVIOUS}${PREVIOUS}"`), "local.x20: over a limit: a value has more than 1048576 bytes of text"},
		{"laughs in heredocs", "main.tf", doubled(60, `"ha"`, "<<E\n${PREVIOUS}${PREVIOUS}\nE"), "over a limit: a value has more than 1048576 bytes of text"},
		{"laughs in concat", "main.tf", doubled(60, `["ha"]`, "concat(PREVIOUS, PREVIOUS)"), "over a limit"},
		{"laughs in format", "main.tf", doubled(60, `"ha"`, `format("%s%[1]s", PREVIOUS)`), "over a limit"},
		{"laughs in join", "main.tf", doubled(60, `"ha"`, `join(PREVIOUS, [PREVIOUS, PREVIOUS])`), "over a limit"},
		{"laughs in jsonencode", "main.tf", doubled(60, `"\""`, `jsonencode(PREVIOUS)`), "over a limit: a value has more than 1048576 bytes of text"},
		{"laughs in merge", "main.tf", doubled(60, `{a = "ha"}`, `merge({a = PREVIOUS}, {b = PREVIOUS})`), "over a limit"},
		{"laughs in replace", "main.tf", doubled(60, `"aa"`, `replace(PREVIOUS, "a", PREVIOUS)`), "over a limit"},
		{"a deep value", "main.tf", doubled(2*kilo, `"x"`, "[PREVIOUS]"), "over a limit: a value nests deeper than 200 levels"},
		{"locals in a long chain", "main.tf", doubled(20*kilo, `"x"`, "PREVIOUS"), ""},
		{"mappings that each take the one before", "t.yaml", merges(2 * kilo), "over a limit: << takes more than 1000000 values"},
		{"locals that need all others", "main.tf", doubled(2*kilo, `"x"`, "[for i in [1, 2]: local]"), ""},

		// Output of functions.
		{"a wide format", "main.tf", attribute(`format("%1000000000s", "x")`), "over a limit: a function could make more than 16 MB of text"},
		{"a precise format", "main.tf", attribute(`format("%.1000000000f", 1)`), "over a limit: a function could make more than 16 MB of text"},
		{"many wide formats", "main.tf", attribute(`format("` + strings.Repeat("%100000d", kilo) + `", 1)`), "over a limit"},
		{"a format of one argument again and again", "main.tf", "locals {\n  x = \"" + long + "\"\n}\n" + attribute(`format("`+strings.Repeat("%[1]s", 50*kilo)+`", local.x)`), "over a limit: texts have too many parts"},
		{"a format of one argument often", "main.tf", "locals {\n  x = \"" + long + "\"\n}\n" + attribute(`format("`+strings.Repeat("%[1]s", kilo)+`", local.x)`), "over a limit"},
		{"formatlist", "main.tf", attribute(`formatlist("%100000s", range(1000))`), "over a limit"},
		{"a format of a huge number", "main.tf", attribute(`format("%d", "1e999999999")`), "over a limit: a function could make"},
		{"a huge number", "main.tf", attribute(`1e999999999`), "main.tf:3:13: over a limit: a number has more than 1000 digits"},
		{"a huge number in a text", "main.tf", attribute(`"${tonumber("1e99999999")}"`), "over a limit: a number has more than 1000 digits"},
		{"a huge number by multiplication", "main.tf", doubled(60, "1e900", "PREVIOUS * PREVIOUS"), "over a limit: a number has more than 1000 digits"},
		{"a number of many digits", "main.tf", attribute(strings.Repeat("9", 900*kilo)), "over a limit: a number has more than 1000 digits"},
		{"indent", "main.tf", attribute(`indent(1000000000, "a\nb")`), "over a limit: a function could make"},
		{"replace in replace", "main.tf", attribute(around(12, "replace(", `"a"`, `, "a", "`+strings.Repeat("a", 100)+`")`)), "over a limit"},
		{"replace by what was found", "main.tf", "locals {\n  x = \"" + long + "\"\n}\n" + attribute(`replace(local.x, "/x/", join("", [for i in range(1000): "$0$0$0$0$0$0$0$0$0$0"]))`), "over a limit"},
		{"a regular expression of many repeats", "main.tf", "locals {\n  x = \"" + long + "\"\n}\n" + attribute(`regex("`+strings.Repeat("(x{1000})?", 1000)+`", local.x)`), "over a limit"},
		{"split", "main.tf", doubled(19, `"ha"`, `"${PREVIOUS}${PREVIOUS}"`) + strings.ReplaceAll(attribute(`split("", local.x19)`), `"bomb"`, `"split"`), "over a limit"},
		{"distinct", "main.tf", attribute("distinct(flatten([for i in range(200): [for j in range(200): i * 200 + j]]))"), "over a limit"},
		{"jsondecode", "main.tf", attribute(`jsondecode(replace("` + long + `", "x", "[[["))`), "over a limit"},
		{"a set", "main.tf", attribute("toset(flatten([for i in range(200): [for j in range(200): i * 200 + j]]))"), "over a limit"},

		{"regexall", "main.tf", doubled(19, `"ha"`, `"${PREVIOUS}${PREVIOUS}"`) + strings.ReplaceAll(attribute(`jsonencode(regexall("", local.x19))`), `"bomb"`, `"regexall"`), "over a limit"},
		{"setproduct", "main.tf", attribute("jsonencode(setproduct(range(1000), range(1000), range(1000)))"), "over a limit: a function could make"},
		{"laughs in coalesce", "main.tf", doubled(60, `"ha"`, `coalesce("${PREVIOUS}${PREVIOUS}", PREVIOUS)`), "over a limit"},
		{"laughs in yamldecode", "main.tf", attribute(`jsonencode(yamldecode("a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]"))`), "over a limit"},
		{"brackets in yamldecode", "main.tf", attribute(`yamldecode(join("", [for i in range(1000): "[[[[[[[[[["]))`), ""},
		{"tries in tries", "main.tf", attribute(around(60, "try(", "1", ", 2)")), "over a limit"},
		{"tries of a bomb", "main.tf", attribute(`try(format("%1000000000s", "x"), "{ $.eventName = X }")`), "over a limit: a function could make more than 16 MB of text"},
		{"can of a bomb", "main.tf", attribute(`tostring(can([for a in range(1000): [for b in range(1000): [for c in range(1000): 1]]]))`), "over a limit"},
		{"templatestring in itself", "main.tf", attribute(`templatestring("` + around(6, "%%{for i in range(1000)}", "x", "%%{endfor}") + `", { range = 1 })`), "over a limit"},
		{"a deep templatestring", "main.tf", attribute(`templatestring(join("", [for i in range(1000): "$${[("]), {})`), "over a limit"},
		{"parseint", "main.tf", attribute(`parseint(join("", [for i in range(1000): "` + strings.Repeat("9", 900) + `"]), 10)`), "over a limit: a function could make"},
		{"csvdecode", "main.tf", attribute(`jsonencode(csvdecode(join("", [for i in range(1000): "` + strings.Repeat("a,", 400) + `"])))`), "over a limit: a function could make"},
		{"matchkeys", "main.tf", "locals {\n  x = flatten([for i in range(100): [for j in range(100): i * 100 + j]])\n}\n" + attribute("jsonencode(matchkeys(local.x, local.x, local.x))"), "over a limit"},
		{"index", "main.tf", "locals {\n  x = flatten([for i in range(100): [for j in range(100): i * 100 + j]])\n}\n" + attribute("jsonencode([for i in local.x: index(local.x, i)])"), "over a limit"},
		{"a tuple that is made a list", "main.tf", attribute("jsonencode(tolist(flatten([for i in range(300): [for j in range(300): i * 300 + j]])))"), "over a limit"},
		{"a tuple that is another one's length", "main.tf", attribute("jsonencode(true ? flatten([for i in range(300): [for j in range(300): i * 300 + j]]) : [])"), "over a limit"},
		{"an object that is made a map", "main.tf", attribute("jsonencode(tomap({for i in flatten([for i in range(100): [for j in range(100): i * 100 + j]]): i => i}))"), "over a limit"},
		{"a variable that is a list of anything", "main.tf", "variable \"x\" {\n  type = list(any)\n  default = [" + strings.Repeat("1,", 90*kilo) + "]\n}\n" + attribute("jsonencode(var.x)"), "over a limit"},
		{"a large value as it is", "main.tf", attribute("jsonencode(flatten([for i in range(100): [for j in range(100): i * 100 + j]]))"), ""},
		{"setunion", "main.tf", "locals {\n  x = flatten([for i in range(100): [for j in range(100): i * 100 + j]])\n}\n" + attribute("jsonencode(setunion(local.x, local.x))"), "over a limit"},
		{"defaults of attributes", "main.tf", "variable \"x\" {\n  type = map(object({ a = optional(string, \"" + long + "\") }))\n  default = {\n" + numbered(1000, "    x%d = {}\n") + "  }\n}\n" + attribute("jsonencode(var.x)"), "over a limit"},
		{"defaults of defaults", "main.tf", "variable \"x\" {\n  type = list(" + around(40, "object({ a = optional(", "string", "), b = optional(any, [1,1,1,1]) })") + ")\n  default = [{}]\n}\n" + attribute("jsonencode(var.x)"), ""},
		{"a module that calls itself", "main.tf", "module \"a\" {\n  source = \"./\"\n  count = 1000\n}\n", "module.a: the module calls itself"},
		{"a file again and again", "main.tf", attribute(`join("", [for i in range(1000): file("main.tf")])`) + "# " + strings.Repeat("x", 100*kilo) + "\n", "over a limit"},
		{"a file that is looked for", "main.tf", attribute(`jsonencode([for i in range(1000): [for j in range(1000): fileexists("nothing")]])`), "over a limit"},
		{"pow", "main.tf", attribute("format(\"%f\", pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300))"), "over a limit"},

		// Work.
		{"nested for", "main.tf", attribute(around(8, "[for i in range(1000): ", "1", "]")), "over a limit"},
		{"nested for that makes nothing", "main.tf", attribute(around(8, "[for i in range(1000): ", "1", " if false]")), ""},
		{"nested for that drops all", "main.tf", attribute("[for a in range(1000): 1 if length([for b in range(1000): 1 if length([for c in range(1000): 1 if false]) > 0]) > 0]"), "over a limit"},
		{"nested for in objects", "main.tf", attribute(around(8, "{for i in range(1000): i => ", "1", "}")), "over a limit"},
		{"nested for in templates", "main.tf", attribute(`"` + around(8, "%{for i in range(1000)}", "x", "%{endfor}") + `"`), "over a limit"},
		{"splats", "main.tf", doubled(40, "[[1]]", "[PREVIOUS[*], PREVIOUS[*]]"), "over a limit"},
		{"comparisons of large values", "main.tf", doubled(15, `["ha"]`, "[PREVIOUS, PREVIOUS]") + strings.ReplaceAll(attribute("[for a in range(1000): [for b in range(1000): local.x15 == local.x15]]"), `"bomb"`, `"compare"`), "over a limit"},
		{"many values of that kind", "main.tf", doubled(2*kilo, `"ha"`, `join("", [for i in range(1000): format("%1000s", "x")])`), "over a limit"},
		{"count", "main.tf", "resource \"aws_cloudwatch_event_rule\" \"bomb\" {\n  count = 5000000\n}\n", "main.tf:1:1: aws_cloudwatch_event_rule.bomb: over a limit: more than 10000 alarms"},
		{"count of a huge number", "main.tf", "resource \"aws_cloudwatch_event_rule\" \"bomb\" {\n  count = 1e300\n}\n", "over a limit: more than 10000 alarms"},
		{"for_each", "main.tf", "resource \"aws_cloudwatch_event_rule\" \"bomb\" {\n  for_each = {for i in flatten([for a in range(200): [for b in range(200): \"${a}.${b}\"]]): i => i}\n}\n", "over a limit"},
		{"count again and again", "main.tf", resources(9*kilo) + "resource \"aws_cloudwatch_event_rule\" \"bomb\" {\n  count = 9000\n}\n", "over a limit: more than 10000 alarms"},
		{"alarms of one name", "main.tf", attribute(`""`) + "resource \"aws_cloudwatch_metric_alarm\" \"a\" {\n  count = 3000\n  alarm_name = \"a\"\n  metric_name = \"m\"\n  namespace = \"n\"\n" +
			"  period = 60\n  evaluation_periods = 1\n  threshold = 1\n  statistic = \"Sum\"\n  comparison_operator = \"GreaterThanThreshold\"\n}\n", ""},
		{"filters that see all others", "main.tf", strings.ReplaceAll(attribute("jsonencode(aws_cloudwatch_log_metric_filter.bomb)"), "name = \"bomb\"", "count = 3000\n  name = \"x\""), ""},
		{"a dynamic block", "main.tf", strings.ReplaceAll(attribute(`""`), "metric_transformation {", "dynamic \"metric_transformation\" {\n    for_each = "+around(3, "[for i in range(1000): ", "1", "]")+"\n    content {}\n  }\n  metric_transformation {"), "over a limit"},

		// Nesting.
		{"parentheses", "main.tf", nest("(", "1", ")"), "main.tf:3:212: over a limit: nested deeper than 200 levels"},
		{"brackets", "main.tf", nest("[", "1", "]"), "over a limit: nested deeper than 200 levels"},
		{"objects", "main.tf", nest("{a=", "1", "}"), "over a limit: nested deeper than 200 levels"},
		{"open brackets", "main.tf", nest("[", "", ""), "over a limit: nested deeper than 200 levels"},
		{"blocks", "main.tf", around(50*kilo, "a {\n", "", "}\n"), "over a limit: nested deeper than 200 levels"},
		{"calls", "main.tf", nest("abs(", "1", ")"), "over a limit: nested deeper than 200 levels"},
		{"templates", "main.tf", nest(`"${`, "1", `}"`), "over a limit: nested deeper than 200 levels"},
		{"directives", "main.tf", attribute(`"` + around(50*kilo, "%{if true}", "x", "%{endif}") + `"`), "over a limit: nested deeper than 200 levels"},
		{"open directives", "main.tf", attribute(`"` + around(50*kilo, "%{~ if true}", "x", "") + `"`), "over a limit: nested deeper than 200 levels"},
		{"directives in a heredoc", "main.tf", attribute("<<E\n" + around(20*kilo, "%{for a in b}\n", "x\n", "%{endfor}\n") + "E"), "over a limit: nested deeper than 200 levels"},
		{"negations", "main.tf", nest("!", "true", ""), "over a limit: an expression has more than 1000 operators"},
		{"signs", "main.tf", nest("-", "1", ""), "over a limit: an expression has more than 1000 operators"},
		{"conditions", "main.tf", attribute("true" + strings.Repeat(" ? 1 : true", 50*kilo)), "over a limit: an expression has more than 1000 operators"},
		{"conditions over lines", "main.tf", attribute("{for a in [1]: a => a" + strings.Repeat(" ?\n 1 : a", 50*kilo) + "}"), "over a limit: an expression has more than 1000 operators"},
		{"sums", "main.tf", attribute("1" + strings.Repeat("+1", deepN)), "over a limit: an expression has more than 1000 operators"},
		{"indexes", "main.tf", attribute("a" + strings.Repeat("[a]", deepN)), "over a limit: an expression has more than 1000 operators"},
		{"splats of splats", "main.tf", attribute("a" + strings.Repeat(".*", deepN)), "over a limit: an expression has more than 1000 operators"},
		{"many words", "main.tf", "locals {\n  x = [" + strings.Repeat("1,", 500*kilo-100) + "]\n}\n", "over a limit: the folder has more than 500000 words and signs"},
		{"a large file", "main.tf", "# " + strings.Repeat("x", 2<<20), "over a limit: a file of Terraform is larger than 1 MB"},
		{"values", "terraform.tfvars", "x = " + around(deepN, "(", "1", ")"), "terraform.tfvars:1:205: over a limit: nested deeper than 200 levels"},

		// Terraform in JSON.
		{"parentheses in JSON", "main.tf.json", `{"locals": {"x": "${` + around(deepN, "(", "1", ")") + `}"}}`, "over a limit: nested deeper than 200 levels"},
		{"brackets in JSON", "main.tf.json", `{"locals": {"x": ` + around(deepN, "[", "1", "]") + `}}`, "over a limit: nested deeper than 200 levels"},
		{"format in JSON", "main.tf.json", `{"locals": {"x": ["${format(\"%1000000000s\", \"x\")}"]}}`, "local.x: over a limit: a function could make more than 16 MB of text"},
		{"nested for in JSON", "main.tf.json", `{"locals": {"x": {"y": "${` + around(8, "[for i in range(1000): ", "1", "]") + `}"}}}`, "over a limit"},
		{"a key in JSON", "main.tf.json", `{"locals": {"x": {"${format(\"%1000000000s\", \"x\")}": 1}}}`, "local.x: over a limit: a function could make more than 16 MB of text"},
		{"a huge number in JSON", "main.tf.json", `{"locals": {"x": 1e999999999}}`, "over a limit: a number has more than 1000 digits"},
		{"laughs in JSON", "main.tf.json", `{"locals": {"x0": "ha"` + func() (s string) {
			for i := range 60 {
				s += fmt.Sprintf(`, "x%d": "${local.x%d}${local.x%d}"`, i+1, i, i)
			}
			return s
		}() + "}}", "local.x20: over a limit: a value has more than 1048576 bytes of text"},

		// CloudFormation.
		{"Fn::Sub", "a.yaml", property("Parameters: {A: {Type: String, Default: "+long+"}}", "!Sub '"+subs+"'"), "Bomb: FilterPattern: over a limit: a property has more than 1048576 bytes of text"},
		{"Fn::Sub in Fn::Sub", "a.yaml", property("", around(50, "!Sub ['${x}${x}', {x: ", "ha", "}]")), "over a limit"},
		{"Fn::Join", "a.yaml", property("", "!Join ["+long+", ["+strings.Repeat("a,", kilo)+"a]]"), "over a limit: a property has more than 1048576 bytes of text"},
		{"loops in loops", "a.yaml", "Resources:\n  Fn::ForEach::A: [A, " + hundred + ", {Fn::ForEach::B: [B, " + hundred + ", {Fn::ForEach::C: [C, " + hundred + ", {'R${A}${B}${C}': {Type: AWS::Events::Rule}}]}]}]\n", "over a limit"},
		{"stacks in stacks", "a.yaml", "Resources:\n" + stacksOf(1000), "over a limit: more than 200 stacks in stacks"},
		{"Fn::Join in Fn::Join", "a.yaml", property("x: {a: &a [z, z, z, z, z, z, z, z, z, z]}", around(100, "!Join [!Join [',', *a], [", "z", ", z]]")), "over a limit: nested deeper than 200 levels"},
		{"Fn::Split", "a.yaml", property("Parameters: {A: {Type: String, Default: '"+strings.Repeat(",", 500*kilo)+"'}}", "!Join ['', !Split [',', !Ref A]]"), "over a limit: a property stands for more than 100000 values"},
		{"a list of parameters", "a.yaml", property("Parameters: {A: {Type: CommaDelimitedList, Default: '"+strings.Repeat(",", 500*kilo)+"'}}", "!Join ['', !Ref A]"), "over a limit: a property stands for more than 100000 values"},
		{"Fn::FindInMap", "a.yaml", property("Mappings: {a: {b: {c: !FindInMap [a, b, c]}}}", "!FindInMap [a, b, c]"), "over a limit: nested deeper than 200 levels"},
		{"Fn::FindInMap twice", "a.yaml", property("Mappings: {a: {b: {c: !Join ['', [!FindInMap [a, b, d], !FindInMap [a, b, d]]], d: !Join ['', [!FindInMap [a, b, c], !FindInMap [a, b, c]]]}}}", "!FindInMap [a, b, c]"), "over a limit"},
		{"functions", "a.yaml", property("", around(300, "!Sub ['${x}', {x: ", "ha", "}]")), "over a limit: nested deeper than 200 levels"},
		{"conditions of CloudFormation", "a.yaml", "Conditions:\n  A: !And [!Condition B, !Condition B]\n  B: !Not [!And [!Condition A, !Condition A]]\nResources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Condition: A\n", "over a limit"},
		{"aliases", "a.yaml", bomb, "over a limit: a property stands for more than 100000 values"},
		{"aliases of a long text", "a.yaml", property("x: &x "+long, "!Join ['', ["+strings.Repeat("*x, ", 9*kilo)+"]]"), "over a limit: a property has more than 1048576 bytes of text"},
		{"aliases of one resource", "a.yaml", strings.Replace(property("", "''"), "Bomb:", "Bomb: &r", 1) + func() string {
			var b strings.Builder
			for i := range 50 * kilo {
				fmt.Fprintf(&b, "  R%d: *r\n", i)
			}
			return b.String()
		}(), "over a limit: more than 10000 alarms"},
		{"aliases of a costly resource", "a.yaml", strings.Replace(property("x: &x "+long, "!Join ['', ["+strings.Repeat("*x, ", 100)+"]]"), "Bomb:", "Bomb: &r", 1) + func() string {
			var b strings.Builder
			for i := range 9 * kilo {
				fmt.Fprintf(&b, "  R%d: *r\n", i)
			}
			return b.String()
		}(), "over a limit"},
		{"brackets in YAML", "a.yaml", "Resources: " + around(deepN, "[", "", "]"), "a.yaml: it cannot be read"},
		{"keys in YAML", "a.yaml", "Resources:\n" + func() string {
			var b strings.Builder
			for i := range 1000 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}(), ""},
		{"brackets in JSON of CloudFormation", "a.json", `{"Resources": ` + around(deepN, "[", "", "]") + "}", "over a limit: nested deeper than 200 levels"},
		{"values in JSON", "a.json", `{"Resources": [` + strings.Repeat("1,", 2000*kilo) + "1]}", "over a limit: more than 1000000 values and keys"},
		{"values in YAML", "a.yaml", "Resources: [" + strings.Repeat("1,", 2000*kilo) + "1]", "over a limit: a file of YAML is larger than 2 MB"},
		{"fewer values in YAML", "a.yaml", "Resources: [" + strings.Repeat("1,", 1000*kilo) + "1]", ""},

		// Plans, exports, rules, patterns.
		{"modules of a plan", "a.json", `{"terraform_version": "1", "values": {"root_module": ` + around(deepN, `{"child_modules": [`, "", "]}") + "}}", "over a limit: nested deeper than 200 levels"},
		{"a plan of many resources", "a.json", `{"terraform_version": "1", "values": {"root_module": {"resources": [` +
			strings.Repeat(`{"type": "aws_cloudwatch_event_rule", "address": "a", "values": {}},`, 20*kilo) + `{}]}}}`, "over a limit: more than 10000 alarms"},
		{"a plan with aliases", "a.yaml", "terraform_version: '1'\nx: &x [" + strings.Repeat("z,", 90*kilo) + "]\nvalues: {root_module: {resources: [" +
			strings.Repeat("{type: aws_cloudwatch_event_rule, address: a, values: {name: *x}},", kilo) + "]}}", "over a limit"},
		{"an export of many alarms", "a.json", `{"MetricAlarms": [` + strings.Repeat(`{"AlarmName": "a"},`, 20*kilo) + `{}]}`, "over a limit: more than 10000 alarms"},
		{"a long text in an export", "a.json", `{"metricFilters": [{"filterName": "a", "filterPattern": "` + strings.Repeat(long, 200) + `"}]}`, "over a limit: a property has more than 1048576 bytes of text"},
		{"parentheses of a pattern", "a.json", `{"metricFilters": [{"filterName": "a", "filterPattern": "{` + around(deepN, "(", "$.a = 1", ")") + `}", "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]}]}`, "filter pattern"},
		{"an event pattern", "a.json", `{"detail": ` + around(deepN, `{"a":`, "1", "}") + "}", "over a limit: nested deeper than 200 levels"},
		{"brackets of Sigma", "a.yml", "title: Bomb\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {eventName: X}\n  condition: " + around(deepN, "(", "a", ")") + "\n", "nest deeper than"},
		{"negations of Sigma", "a.yml", "title: Bomb\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  a: {eventName: X}\n  condition: " + around(deepN, "not ", "a", "") + "\n", "nest deeper than"},
		{"names in a detection of Sigma", "a.yml", sigmaRule(numbered(60*kilo, "  a%d: {eventName: X}\n") + "  condition: a1"), "over a limit: a rule has more than 1000 detections"},
		{"fields of Sigma", "a.yml", sigmaRule("  a:\n" + numbered(60*kilo, "    f%d: X\n") + "  condition: a"), "over a limit: a rule needs more than 10000 comparisons"},
		{"keys of Sigma", "a.yml", sigmaRule("  a: {eventName: X}\n  condition: a\n" + numbered(60*kilo, "k%d: X\n")), ""},
		{"event names of Sigma", "a.yml", sigmaRule("  a:\n    eventName:\n" + numbered(100*kilo, "    - n%d\n") + "  condition: a"), ""},
		{"a condition that names all again and again", "a.yml", sigmaRule(numbered(kilo, "  a%d: {eventName: X}\n") + "  condition: 1 of them" + strings.Repeat(" or all of them", 50*kilo)), "over a limit: a rule needs more than 10000 comparisons"},
		{"conditions that name all", "a.yml", sigmaRule(numbered(kilo, "  a%d: {eventName: X}\n") + "  condition: [" + strings.Repeat("1 of them, ", 50*kilo) + "a1]"), "over a limit: a rule needs more than 10000 comparisons"},
		{"a list again and again", "a.yml", sigmaRule("  a: {eventName: [" + strings.Repeat("XY, ", kilo) + "X]}\n  condition: a" + strings.Repeat(" or a", 500)), "over a limit: a rule compares more than 100000 values"},
		{"a name again and again", "a.yml", sigmaRule("  a: {eventName: X}\n  condition: a" + strings.Repeat(" or a", 2*kilo)), "over a limit: a rule needs more than 10000 comparisons"},
		{"a detection again and again", "a.yml", sigmaRule("  a: {eventName: [" + strings.Repeat("X*Y, ", kilo) + "X]}\n  condition: a" + strings.Repeat(" or a", 100*kilo)), "over a limit: a rule needs more than 10000 comparisons"},
		{"a pattern of many stars", "a.yml", sigmaRule(numbered(10, "  a%d: {eventName: X}\n") + "  condition: 1 of " + around(100*kilo, "a*", "", "")), ""},
		{"a large regular expression of Sigma", "a.yml", sigmaRule("  a: {eventName|re: '((((x{1,10}){1,10}){1,10}){1,10}){1,10}'}\n  condition: a"), "regular expression"},
		{"fields that are deep", "a.yml", sigmaRule("  a: {requestParameters" + strings.Repeat(".a", 200) + ": X}\n  condition: a"), "over a limit"},
		{"a text for a field that is deep", "a.yml", sigmaRule("  a: {requestParameters.a|fieldref: a" + strings.Repeat(".a", 50*kilo) + "}\n  condition: a"), "over a limit: the path of a field has more than 100 names"},
		{"correlations that none can resolve", "a.yml", strings.Repeat("title: C\ncorrelation: {type: temporal, rules: [none], timespan: 5m}\n---\n", 8*kilo), "refers to"},
		{"correlations in a ring", "a.yml", func() string {
			var b strings.Builder
			for i := range 8 * kilo {
				fmt.Fprintf(&b, "title: c%d\ncorrelation: {type: temporal, rules: [c%d], timespan: 5m}\n---\n", i, (i+1)%(8*kilo))
			}
			return b.String()
		}(), "cannot be run"},
		{"correlations on each other", "a.yml", func() string {
			var b strings.Builder
			for i := range kilo {
				fmt.Fprintf(&b, "title: c%d\ncorrelation: {type: temporal, rules: [c%d, c%d], timespan: 5m}\n---\n", i, i+1, i+1)
			}
			return b.String() + strings.Replace(sigmaRule("  a: {eventName: X}\n  condition: a"), "Bomb", "c1000", 1)
		}(), ""},
		{"a correlation of many rules", "a.yml", sigmaRule("  a: {eventName: X}\n  condition: a") + "---\ntitle: C\ncorrelation: {type: temporal, timespan: 5m, rules: [" + strings.Repeat("Bomb, ", 200*kilo) + "Bomb]}\n", "over a limit: rules of a correlation has more than 100 names"},
		{"many rules of Sigma", "a.yml", strings.Repeat(sigmaRule("  a: {eventName: X}\n  condition: a")+"---\n", 15*kilo), "over a limit: a file has more than 10000 documents"},
		{"aliases of Sigma", "a.yml", "x: &a [z, z]\n" + numbered(60, "x%d: &a [*a, *a]\n") + sigmaRule("  a: {eventName: *a}\n  condition: a"), "aliases"},
	}
}

// Whatever a source would take, it is refused by the name of a limit, and what is beside it
// is loaded.
func TestBombs(t *testing.T) {
	for _, b := range bombs() {
		t.Run(b.name, func(t *testing.T) {
			folder := files(t, "bomb/"+b.file, b.text, "good/a.yml", "title: Good\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  selection: {eventName: X}\n  condition: selection\n",
				"bomb/good.tf", "resource \"aws_cloudwatch_event_rule\" \"good\" {\n  name = \"good\"\n  event_pattern = \"{\\\"source\\\": [\\\"aws.s3\\\"]}\"\n}\n")
			if strings.HasSuffix(b.file, ".tfvars") {
				if err := os.WriteFile(filepath.Join(folder, "bomb", "main.tf"), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			set := loadInTime(t, folder)
			text := content(set, folder)
			if !strings.Contains(text, "Sigma Good\n") {
				t.Errorf("the rule beside it is not loaded:\n%.2000s", text)
			}
			i := slices.IndexFunc(set.Problems, func(p alarm.Problem) bool { return strings.Contains(p.Error(), b.want) })
			switch {
			case b.want != "" && i < 0:
				t.Errorf("no problem with %q in\n%.2000s", b.want, text)
			case b.want != "" && set.Problems[i].Position.File == "":
				t.Errorf("the problem has no place: %v", set.Problems[i])
			case b.want == "" && strings.Contains(text, "over a limit"):
				t.Errorf("refused, though it takes little:\n%.2000s", text)
			}
		})
	}
}

// loadInTime loads a folder. A load that does not end, or that takes the machine's memory,
// ends the test by its name.
func loadInTime(t *testing.T, folder string) *alarm.Set {
	t.Helper()
	type loaded struct {
		set *alarm.Set
		err error
	}
	done := make(chan loaded, 1)
	runtime.GC()
	var base, peak runtime.MemStats
	runtime.ReadMemStats(&base)
	go func() {
		set, err := Load([]string{folder}, Options{})
		done <- loaded{set, err}
	}()
	deadline, look := time.After(5*time.Minute), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	most := uint64(0)
	for {
		select {
		case l := <-done:
			if l.err != nil {
				t.Fatal(l.err)
			}
			return l.set
		case <-look.C:
			runtime.ReadMemStats(&peak)
			if held := int64(peak.HeapInuse+peak.StackInuse) - int64(base.HeapInuse+base.StackInuse); held > 0 {
				most = max(most, uint64(held))
			}
			if most > 1<<30 {
				panic(fmt.Sprintf("%s takes %d MB of memory", t.Name(), most>>20)) // before it takes more
			}
		case <-deadline:
			t.Fatalf("%s does not end", t.Name())
		}
	}
}

// hundred is a list of so many texts.
var hundred = "[" + strings.Repeat("x, ", 99) + "x]"

// stacksOf are so many stacks that are made of the file itself.
func stacksOf(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  S%d: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: a.yaml}}\n", i)
	}
	return b.String()
}

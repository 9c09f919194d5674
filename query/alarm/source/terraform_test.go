package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTerraform(t *testing.T) {
	folder := files(t, "main.tf", `
variable "namespace" { default = "CIS" }
variable "threshold" { type = number }
locals {
  label   = "${var.namespace}Metrics"
  filters = {
    root  = { pattern = "{ $.userIdentity.type = \"Root\" }" }
    trail = { pattern = "{ $.eventName = StopLogging }" }
  }
}
data "aws_caller_identity" "me" {}
resource "aws_cloudwatch_log_metric_filter" "each" {
  for_each       = local.filters
  name           = each.key
  pattern        = each.value.pattern
  log_group_name = aws_cloudwatch_log_group.trail.name
  metric_transformation {
    name      = "${each.key}-${data.aws_caller_identity.me.account_id}"
    namespace = local.label
    value     = "1"
  }
}
resource "aws_cloudwatch_metric_alarm" "each" {
  for_each            = local.filters
  alarm_name          = "cis-${each.key}"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  evaluation_periods  = 1
  metric_name         = aws_cloudwatch_log_metric_filter.each[each.key].metric_transformation[0].name
  namespace           = local.label
  period              = "300"
  statistic           = "Sum"
  threshold           = var.threshold
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
resource "aws_cloudwatch_log_metric_filter" "heredoc" {
  name    = "heredoc"
  pattern = <<PATTERN
    { ($.eventName = "ConsoleLogin") &&
      ($.additionalEventData.MFAUsed != "Yes") }
PATTERN
  metric_transformation {
    name          = "heredoc"
    namespace     = "n"
    value         = "1"
    default_value = "0"
  }
}
resource "aws_cloudwatch_event_rule" "rule" {
  name          = "rule"
  event_pattern = jsonencode({ source = ["aws.s3"] })
}
resource "aws_cloudwatch_log_metric_filter" "bad" {
  name    = "bad"
  pattern = var.nothing
  metric_transformation {
    name = "x"
    namespace = "y"
    value = "1"
  }
}
module "alarms" { source = "./alarms" }
`, "terraform.tfvars", "threshold = 2\n", "more.tf", `resource "aws_instance" "x" {
`)
	checkContent(t, folder, Options{}, `
alarm cis-root: Sum >= 2 in 5m
  { $.userIdentity.type = "Root" }
alarm cis-trail: Sum >= 2 in 5m
  { $.eventName = "StopLogging" }
filter heredoc: { $.eventName = "ConsoleLogin" && $.additionalEventData.MFAUsed != "Yes" }
EventBridge rule
main.tf:54:3: aws_cloudwatch_log_metric_filter.bad: FilterPattern: there is no var.nothing
main.tf:61:1: module.alarms: there is no file or folder alarms
more.tf:1:29: Unclosed configuration block: There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.
`)
	set, err := Load([]string{folder}, Options{Parameters: map[string]string{"threshold": "7"}})
	if err != nil || set.Alarms[0].Threshold != 7 {
		t.Errorf("%v, %v", set.Alarms[0].Threshold, err)
	}
}

func TestTerraformPlan(t *testing.T) {
	checkContent(t, files(t, "plan.json", `{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"child_modules": [{"resources": [
  {"address": "module.a.aws_cloudwatch_log_metric_filter.f", "type": "aws_cloudwatch_log_metric_filter", "values": {"name": "f", "pattern": "{ $.eventName = X }",
   "metric_transformation": [{"name": "m", "namespace": "n", "value": "1", "default_value": "", "dimensions": {}, "unit": "None"}]}},
  {"address": "module.a.aws_cloudwatch_metric_alarm.a", "type": "aws_cloudwatch_metric_alarm", "values": {"alarm_name": "a", "comparison_operator": "GreaterThanThreshold",
   "evaluation_periods": 2, "datapoints_to_alarm": null, "metric_name": "m", "namespace": "n", "period": 60, "statistic": "Sum", "threshold": 0, "treat_missing_data": "missing",
   "dimensions": null, "metric_query": [], "ok_actions": null, "unit": ""}}
]}]}}}`), Options{}, `
alarm a: Sum > 0 in 1m, 2 of 2 times
  { $.eventName = "X" }
`)
}

// filter and alarmed are resources of Terraform, with more lines in them.
func filterBlock(label, pattern, more string) string {
	return fmt.Sprintf("resource \"aws_cloudwatch_log_metric_filter\" %q {\n  name = %q\n  log_group_name = \"trail\"\n  pattern = %s\n  %s\n"+
		"  metric_transformation {\n    name = %q\n    namespace = \"n\"\n    value = \"1\"\n  }\n}\n", label, label, pattern, more, label)
}

func alarmBlock(label, metric, threshold, more string) string {
	return fmt.Sprintf("resource \"aws_cloudwatch_metric_alarm\" %q {\n  alarm_name = %q\n  metric_name = %s\n  namespace = \"n\"\n  period = 60\n  evaluation_periods = 1\n"+
		"  statistic = \"Sum\"\n  threshold = %s\n  comparison_operator = \"GreaterThanThreshold\"\n  %s\n}\n", label, label, metric, threshold, more)
}

const rootPattern = `"{ $.userIdentity.type = Root }"`

// The id of a filter is its name, however it is referred to.
func TestTerraformIDs(t *testing.T) {
	checkContent(t, files(t, "main.tf",
		filterBlock("one", rootPattern, "")+alarmBlock("one", "aws_cloudwatch_log_metric_filter.one.id", "0", "")+
			filterBlock("counted", rootPattern, "count = 1")+alarmBlock("counted", "aws_cloudwatch_log_metric_filter.counted[0].id", "0", "")+
			alarmBlock("splat", "one(aws_cloudwatch_log_metric_filter.counted[*].id)", "0", "")+
			filterBlock("each", rootPattern, `for_each = toset(["k"])`)+
			alarmBlock("each", "aws_cloudwatch_log_metric_filter.each[each.key].id", "0", "for_each = aws_cloudwatch_log_metric_filter.each")+
			"resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"trail-logs\"\n}\nresource \"aws_cloudwatch_event_rule\" \"rule\" {\n  name = \"rule\"\n"+
			"  event_pattern = jsonencode({ source = [\"aws.s3\"], detail = { requestParameters = { bucketName = [aws_s3_bucket.logs.id] } } })\n}\n",
	), Options{}, `
alarm one: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
alarm counted: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
alarm splat: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
alarm each: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
EventBridge rule
`)
}

// Types of variables give values their types, and optional attributes their defaults.
func TestTerraformVariables(t *testing.T) {
	text := `
variable "alarms" {
  type = map(object({ threshold = optional(number, 5), name = optional(string) }))
  default = { x = {} }
}
variable "threshold" {
  type = number
  default = 6
  nullable = false
}
variable "names" { type = list(string) }
variable "old" {
  type = "string"
  default = 7
}
variable "wrong" {
  type = number
  default = "many"
}
` + filterBlock("f", rootPattern, "") + alarmBlock("optional", `"f"`, `lookup(each.value, "threshold", 1)`, "for_each = var.alarms") +
		alarmBlock("number", `"f"`, "var.threshold", "") + alarmBlock("list", `"f"`, "length(var.names)", "") +
		alarmBlock("old", `"f"`, "length(var.old)", "") + alarmBlock("wrong", `"f"`, "var.wrong", "")
	alarms := func(optional, number, list string) string {
		const pattern = "  { $.userIdentity.type = \"Root\" }\n"
		return "alarm optional: Sum > " + optional + " in 1m\n" + pattern + "alarm number: Sum > " + number + " in 1m\n" + pattern + list + "alarm old: Sum > 1 in 1m\n" + pattern
	}
	const (
		list    = " in 1m\n  { $.userIdentity.type = \"Root\" }\n"
		wrong   = "main.tf:16:1: var.wrong: its value: a number is required\n"
		refused = "main.tf:82:3: aws_cloudwatch_metric_alarm.wrong: Threshold: var.wrong: its value: a number is required\n"
		missing = "main.tf:60:3: aws_cloudwatch_metric_alarm.list: Threshold: var.names has no value\n"
	)
	checkContent(t, files(t, "main.tf", text), Options{}, alarms("5", "6", "")+wrong+missing+refused)
	checkContent(t, files(t, "main.tf", text), Options{Parameters: map[string]string{
		"names": `["a", "b"]`, "threshold": "8", "alarms": "{ y = { threshold = 9 } }", "wrong": "1",
	}}, alarms("9", "8", "alarm list: Sum > 2"+list)+"alarm wrong: Sum > 1"+list)

	// The files of values replace each other in Terraform's order.
	values := []string{
		"main.tf", text, "terraform.tfvars", "threshold = null\nnames = []\nwrong = 1\n", "terraform.tfvars.json", `{"names": ["a"], "alarms": {"x": {"threshold": 1}}}`,
		"b.auto.tfvars.json", `{"alarms": {"x": {"threshold": 3}}}`, "a.auto.tfvars", "alarms = { x = { threshold = 2 } }\n", "given/more.tfvars", "names = [1, 2, 3, 4]\n",
	}
	checkContent(t, files(t, values...), Options{}, alarms("3", "6", "alarm list: Sum > 1"+list)+"alarm wrong: Sum > 1"+list)
	folder := files(t, append(values, "given/typo.tfvars", "threshhold = 1\n")...)
	more := filepath.Join(folder, "given/more.tfvars")
	checkContent(t, folder, Options{VarFiles: []string{more}}, alarms("3", "6", "alarm list: Sum > 4"+list)+"alarm wrong: Sum > 1"+list)
	checkContent(t, folder, Options{VarFiles: []string{more}, Parameters: map[string]string{"names": "[]"}}, alarms("3", "6", "alarm list: Sum > 0"+list)+"alarm wrong: Sum > 1"+list)

	typo := filepath.Join(folder, "given/typo.tfvars")
	checkContent(t, folder, Options{VarFiles: []string{more, typo}}, alarms("3", "6", "alarm list: Sum > 4"+list)+"alarm wrong: Sum > 1"+list+
		"aside: given/typo.tfvars: threshhold: nothing of Terraform that was loaded has a variable of that name")
	var wanted *UnusedFileError
	if _, err := Load([]string{files(t, "a.yml", sigmaRule("  a: {eventName: X}\n  condition: a"))}, Options{VarFiles: []string{more}}); !errors.As(err, &wanted) {
		t.Errorf("values for nothing: %v", err)
	}
}

// Modules in folders of the source are read as they are called, and by themselves only
// where nothing calls them.
func TestTerraformModules(t *testing.T) {
	module := `
variable "names" { type = set(string) }
variable "pattern" {}
output "names" { value = [for f in aws_cloudwatch_log_metric_filter.f : f.id] }
output "arn" { value = one(values(aws_cloudwatch_metric_alarm.a)[*].arn) }
` + filterBlock("f", "var.pattern", "for_each = var.names") + alarmBlock("a", "aws_cloudwatch_log_metric_filter.f[each.key].id", "0", "for_each = var.names")
	module = strings.NewReplacer("name = \"f\"", "name = each.key", "name = \"a\"", "name = each.key").Replace(module)
	folder := files(t,
		"env/main.tf", `
module "one" {
  source = "../modules/alarms"
  names = ["a"]
  pattern = file("${path.module}/../patterns/root.txt")
}
module "many" {
  for_each = { x = "CreateUser", y = "DeleteUser" }
  source = "../modules/outer"
  event = each.value
}
module "none" {
  count = length(module.one.names) - 1
  source = "../modules/alarms"
  names = []
  pattern = ""
}
module "elsewhere" {
  source = "terraform-aws-modules/cloudwatch/aws//modules/cis-alarms"
}
module "outside" { source = "../../elsewhere" }
module "linked" { source = "../modules/linked" }
module "missing" { source = "../modules/missing" }
module "ring" { source = "../modules/ring" }
module "incomplete" { 
  source = "../modules/alarms"
  names = ["b"]
}
`+filterBlock("elsewhere", "module.elsewhere.pattern", "")+filterBlock("outside", "module.outside.pattern", "")+
			alarmBlock("ours", "module.one.names[0]", "0", "")+filterBlock("arn", "module.one.arn", ""),
		"patterns/root.txt", "{ $.userIdentity.type = Root }",
		"modules/alarms/main.tf", module,
		"modules/outer/main.tf", "variable \"event\" {}\nmodule \"inner\" {\n  source = \"../alarms\"\n  names = [var.event]\n  pattern = templatefile(\"${path.root}/../modules/outer/pattern.tftpl\", { event = var.event })\n}\n",
		"modules/outer/pattern.tftpl", "{ $.eventName = ${event} }",
		"modules/ring/main.tf", "module \"ring\" { source = \"../ring\" }\n",
		"modules/alone/main.tf", filterBlock("alone", rootPattern, ""),
	)
	outside := files(t, "main.tf", filterBlock("stranger", rootPattern, ""))
	if err := os.Symlink(outside, filepath.Join(folder, "modules/linked")); err != nil {
		t.Skip(err)
	}
	within := ", which alone is read: a folder that holds both is a source\n"
	checkContent(t, folder, Options{}, `
alarm ours: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
alarm a: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
alarm CreateUser: Sum > 0 in 1m
  { $.eventName = "CreateUser" }
alarm DeleteUser: Sum > 0 in 1m
  { $.eventName = "DeleteUser" }
filter alone: { $.userIdentity.type = "Root" }
aside: modules/linked: a link to a folder, which is not followed: name that by itself
aside: env/main.tf:12:1: module.none: count is 0 (module.one.names = ["a"])
aside: env/main.tf:18:1: module.elsewhere: a module from elsewhere (terraform-aws-modules/cloudwatch/aws//modules/cis-alarms): its resources are not read; what terraform show -json prints of a plan has them
aside: env/main.tf:21:1: module.outside: the module ../../elsewhere lies outside of `+folder+within+
		"aside: env/main.tf:22:1: module.linked: the module ../modules/linked lies outside of "+folder+within+`env/main.tf:23:1: module.missing: there is no file or folder modules/missing
env/main.tf:32:3: aws_cloudwatch_log_metric_filter.elsewhere: FilterPattern: module.elsewhere.pattern is not known without a plan: what terraform show -json prints of one has it
env/main.tf:43:3: aws_cloudwatch_log_metric_filter.outside: FilterPattern: module.outside.pattern is not known without a plan: what terraform show -json prints of one has it
env/main.tf:65:3: aws_cloudwatch_log_metric_filter.arn: FilterPattern: aws_cloudwatch_metric_alarm.a is not known without a plan: what terraform show -json prints of one has it
modules/alarms/main.tf:9:3: module.incomplete.aws_cloudwatch_log_metric_filter.f["b"]: FilterPattern: module.incomplete.var.pattern has no value: the module is called without it
modules/ring/main.tf:1:1: module.ring.module.ring: the module calls itself
modules/alarms/main.tf:17:1: b: not computable from CloudTrail: no metric filter beside it makes n b
`)
}

// What an expression reads is in the source, also through links.
func TestTerraformFiles(t *testing.T) {
	outside := files(t, "secret.json", "{ $.eventName = Secret }")
	text := ""
	for name, expr := range map[string]string{
		"above": `file("../../secret.json")`, "absolute": fmt.Sprintf("file(%q)", filepath.Join(outside, "secret.json")), "linked": `file("linked.json")`,
		"through": `templatefile("folder/secret.json", {})`, "exists": `tostring(fileexists("folder/secret.json"))`, "set": `join(",", fileset("folder", "*"))`,
		"home": `file(pathexpand("~/secret.json"))`,
	} {
		text += filterBlock(name, expr, "")
	}
	folder := files(t, "main.tf", text+filterBlock("inside", `file("patterns/one.txt")`, "")+filterBlock("rule", `file(each.key)`, `for_each = fileset(path.module, "patterns/**/*.txt")`),
		"patterns/one.txt", "{ $.eventName = One }", "patterns/more/two.txt", "{ $.eventName = Two }")
	if err := errors.Join(os.Symlink(filepath.Join(outside, "secret.json"), filepath.Join(folder, "linked.json")), os.Symlink(outside, filepath.Join(folder, "folder")),
		os.Symlink("one.txt", filepath.Join(folder, "patterns/three.txt"))); err != nil {
		t.Skip(err)
	}
	set, err := Load([]string{folder}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := content(set, folder)
	if strings.Contains(got, "Secret") {
		t.Errorf("read from outside:\n%s", got)
	}
	for name, want := range map[string]string{"inside": "One", "rule": "Two"} {
		if !strings.Contains(got, "filter "+name+": { $.eventName = \""+want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "lies outside of "); n != 6 {
		t.Errorf("%d are refused by name in\n%s", n, got)
	}
}

// Modules of the shapes that are used most load wholly: one with a switch for each of its
// alarms, and one with a map of controls.
func TestTerraformBaseline(t *testing.T) {
	const (
		root = "alarm RootUsage: Sum >= 1 in 5m, missing is notBreaching\n  { $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }\n"
		mfa  = "alarm NoMFA: Sum >= 1 in 5m\n  { $.eventName = \"ConsoleLogin\" && $.additionalEventData.MFAUsed != \"Yes\" }\n"
	)
	filter, alarmed := ": module.alarms[0].aws_cloudwatch_log_metric_filter.", ": module.alarms[0].aws_cloudwatch_metric_alarm."
	none := func(line int, resource, why string) string {
		return fmt.Sprintf("aside: modules/alarms/main.tf:%d:1%s: count is 0 (var.%s_enabled = false)\n", line, resource, why)
	}
	network := none(111, filter+"network", "network") + none(125, alarmed+"network", "network")
	checkContent(t, "testdata/baseline", Options{}, root+mfa+network+none(138, ": module.alarms[0].aws_cloudwatch_event_rule.vault", "vault"))
	checkContent(t, "testdata/baseline", Options{Parameters: map[string]string{"switches": "{ vault = false, network = false, mfa = false }"}}, "EventBridge vault\n"+
		none(51, filter+"root", "root")+none(65, alarmed+"root", "root")+none(83, filter+"mfa", "mfa")+none(97, alarmed+"mfa", "mfa")+network)
	const why = `count is 0 (local.has_trail = false, local.is_alone = false, var.account_type = "member"`
	checkContent(t, "testdata/baseline", Options{Parameters: map[string]string{"account_type": "member"}},
		"aside: main.tf:41:1: module.trail: "+why+")\naside: main.tf:47:1: module.alarms: "+why+", var.trail_to_logs = true)\n")
}

func TestTerraformControls(t *testing.T) {
	const (
		calls  = ", missing is notBreaching\n  { $.errorCode = \"*UnauthorizedOperation\" || $.errorCode = \"AccessDenied*\" }\n"
		root   = ", missing is notBreaching\n  { $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != \"AwsServiceEvent\" }\n"
		signin = ", missing is notBreaching\n  { $.eventName = \"ConsoleLogin\" && $.errorMessage = \"Failed authentication\" }\n"
		off    = ".this: for_each is empty (local.controls = {}, var.control_overrides = {}, var.create = false, var.disabled_controls = [])\n"
	)
	checkContent(t, "testdata/controls", Options{}, "alarm prod-ConsoleSigninFailures: Sum >= 3 in 5m"+signin+"alarm prod-UnauthorizedAPICalls: Sum >= 10 in 1m"+calls+
		"alarm ${local.prefix}ConsoleSigninFailures: Sum >= 3 in 5m"+signin+
		"aside: examples/complete/main.tf:9:1: module.log_group: a module from elsewhere (terraform-aws-modules/cloudwatch/aws//modules/log-group): its resources are not read; what terraform show -json prints of a plan has them\n"+
		"aside: modules/controls/main.tf:77:1: module.off.aws_cloudwatch_log_metric_filter"+off+"aside: modules/controls/main.tf:92:1: module.off.aws_cloudwatch_metric_alarm"+off)
	checkContent(t, "testdata/controls/modules/controls", Options{}, "alarm ConsoleSigninFailures: Sum >= 3 in 5m"+signin+
		"alarm RootUsage: Sum >= 1 in 5m"+root+"alarm UnauthorizedAPICalls: Sum >= 1 in 5m"+calls)
}

// What is not known is told where it is needed, by its cause.
func TestTerraformCauses(t *testing.T) {
	rule := func(label, expr, more string) string {
		return fmt.Sprintf("resource \"aws_cloudwatch_event_rule\" %q {\n  name = %q\n  event_pattern = %s\n  %s\n}\n", label, label, expr, more)
	}
	for _, c := range []struct{ text, want string }{
		{"locals {\n  a = { p = nothing(1) }\n  b = local.a.p\n  c = \"${local.b}x\"\n}\n" + rule("r", "local.c", ""),
			`local.a: Call to unknown function: There is no function named "nothing".`},
		{"locals {\n  a = { p = data.aws_iam_policy_document.d.json }\n}\ndata \"aws_iam_policy_document\" \"d\" {}\n" + rule("r", "local.a.p", ""),
			"EventPattern: data.aws_iam_policy_document.d.json is not known without a plan: what terraform show -json prints of one has it"},
		{rule("r", "data.aws_region.nowhere.name", ""), "EventPattern: there is no data.aws_region.nowhere"},
		{rule("r", "module.this.pattern", ""), "EventPattern: there is no module.this"},
		{"module \"this\" { source = \"cloudposse/label/null\" }\n" + rule("r", "\"\"", "count = module.this.enabled ? 1 : 0"),
			"aws_cloudwatch_event_rule.r: count: module.this.enabled is not known without a plan: what terraform show -json prints of one has it"},
		{"variable \"on\" {}\n" + rule("r", "\"\"", "for_each = var.on ? { a = 1 } : {}"), "aws_cloudwatch_event_rule.r: for_each: var.on has no value"},
		{"data \"aws_caller_identity\" \"me\" {}\n" + rule("r", "jsonencode({ account = [data.aws_caller_identity.me.account_id] })", ""),
			"EventPattern: data.aws_caller_identity.me.account_id is not known, as it is in a replay over events of one account"},
		{"data \"external\" \"x\" {}\n" + rule("r", "each.value", "for_each = { a = data.external.x.result.p }"),
			"EventPattern: data.external.x.result.p is not known without a plan"},
		{"variable \"p\" { default = null }\n" + rule("r", "var.p", ""), "EventPattern: it is null (var.p = null)"},
		{"locals {\n  a = local.b\n  b = local.a\n}\n" + rule("r", "local.a", ""), "EventPattern: local.a refers to itself"},
		{rule("r", "aws_cloudwatch_event_rule.r.name", ""), "aws_cloudwatch_event_rule.r: it refers to itself"},
		{rule("r", "\"{}\"", "") + rule("r", "\"{}\"", ""), "aws_cloudwatch_event_rule.r: a second aws_cloudwatch_event_rule.r"},
		{"resource \"random_id\" \"x\" {}\n" + rule("r", "random_id.x.hex", ""), "EventPattern: random_id.x.hex is not known without a plan"},
		{rule("r", `templatefile("t.json", {})`, ""), `Call to function "templatefile" failed: there is no file or folder t.json.`},
		{rule("r", `"${timestamp()}"`, ""), "EventPattern: not known"},
		{"module \"this\" { source = \"cloudposse/label/null\" }\nmodule \"m\" {\n  source = \"./m\"\n  count = module.this.enabled ? 1 : 0\n}\n",
			"module.m: count: module.this.enabled is not known without a plan"},
	} {
		set, err := Load([]string{files(t, "main.tf", c.text, "m/main.tf", rule("r", "\"\"", ""))}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := content(set, ""); !strings.Contains(got, c.want) {
			t.Errorf("%s\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
}

// Whose data it is, is known where it is given.
func TestTerraformData(t *testing.T) {
	text := "data \"aws_caller_identity\" \"me\" {\n  count = 1\n}\ndata \"aws_region\" \"here\" {}\ndata \"aws_partition\" \"p\" {}\n" +
		filterBlock("f", `"{ $.userIdentity.arn = \"arn:${data.aws_partition.p.partition}:iam::${data.aws_caller_identity.me[0].account_id}:root\" && $.awsRegion != ${data.aws_region.here.id} }"`, "")
	checkContent(t, files(t, "main.tf", text), Options{Parameters: map[string]string{"AWS::AccountId": "111122223333", "AWS::Region": "eu-west-1"}}, `
filter f: { $.userIdentity.arn = "arn:aws:iam::111122223333:root" && $.awsRegion != "eu-west-1" }
`)
	checkContent(t, files(t, "main.tf", text), Options{Account: "444455556666", Region: "us-east-1"}, `
filter f: { $.userIdentity.arn = "arn:aws:iam::444455556666:root" && $.awsRegion != "us-east-1" }
`)
	checkContent(t, files(t, "a.yaml", property("", "!Sub '{ $.recipientAccountId != \"${AWS::AccountId}\" }'")), Options{Account: "444455556666"}, `
filter Bomb: { $.recipientAccountId != "444455556666" }
`)
}

// A dynamic block sees what it is made for.
func TestTerraformDynamic(t *testing.T) {
	checkContent(t, files(t, "main.tf", `
resource "aws_cloudwatch_log_metric_filter" "many" {
  name    = "many"
  pattern = `+rootPattern+`
  dynamic "metric_transformation" {
    for_each = ["one"]
    content {
      name      = "${metric_transformation.value}-metric"
      namespace = "n"
      value     = 1
    }
  }
}
`+alarmBlock("many", `"one-metric"`, "0", "")), Options{}, `
alarm many: Sum > 0 in 1m
  { $.userIdentity.type = "Root" }
`)
}

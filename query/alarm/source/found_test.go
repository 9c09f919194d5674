package source

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// What stands for a file in a folder is read, or has a line that says why not.
func TestLinks(t *testing.T) {
	elsewhere := files(t, "far.yaml", `{Resources: {Far: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`)
	folder := files(t,
		"..data/mounted.yaml", `{Resources: {Mounted: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`, // as Kubernetes mounts a ConfigMap
		"own.yaml", `{Resources: {Own: {Type: AWS::Events::Rule, Properties: `+rule+`}}}`,
		"shared/rule.tf", eventRule,
		"team/main.tf", "locals {\n  a = 1\n}\n",
	)
	for name, to := range map[string]string{
		"mounted.yaml": "..data/mounted.yaml",
		"twice.yaml":   "own.yaml",
		"team/rule.tf": "../shared/rule.tf",
		"again":        "team",
		"far.yaml":     filepath.Join(elsewhere, "far.yaml"),
		"folder":       elsewhere,
		"hidden":       "..data",
		"gone.yaml":    "nowhere.yaml",
		"notes.txt":    filepath.Join(elsewhere, "far.yaml"), // which is no source by its name
		"..now":        "..data",
	} {
		if err := os.Symlink(to, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(folder, "pipe.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	checkContent(t, folder, Options{}, `
EventBridge Own
EventBridge Mounted
EventBridge deleted
EventBridge deleted in team/rule.tf:1:1
pipe.json: neither a file nor a folder
far.yaml: a link out of the folder, which alone is read: name what it leads to by itself
aside: folder: a link to a folder, which is not followed: name that by itself
gone.yaml: a link to what is not there
aside: hidden: a link to a folder, which is not followed: name that by itself
`)
}

// eventRule is a file of Terraform with a rule.
const eventRule = `resource "aws_cloudwatch_event_rule" "deleted" {
  name          = "deleted"
  event_pattern = jsonencode({ detail = { eventName = ["DeleteBucket"] } })
}
`

// OpenTofu has a name of its own for its files.
func TestTofu(t *testing.T) {
	checkContent(t, files(t, "main.tofu", eventRule), Options{}, "EventBridge deleted\n")
}

// Each document of a file of YAML is read, whatever the others are.
func TestDocuments(t *testing.T) {
	checkContent(t, files(t, "many.yaml", `
{Resources: {First: {Type: AWS::Events::Rule, Properties: `+rule+`}}}
---
---
kind: ConfigMap
---
{Resources: {Second: {Type: AWS::Events::Rule, Properties: `+rule+`}}}
`,
		"sigma.yaml", `
kind: Rules
---
title: Trail deleted
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: DeleteTrail}, condition: selection}
`), Options{}, `
EventBridge First
EventBridge Second
Sigma Trail deleted
aside: many.yaml:5: neither a template, nor an export, nor a rule that is known here
sigma.yaml:2: the document has no title: it is no Sigma rule
`)
}

// "<<" takes the keys of other mappings that a mapping does not have itself.
func TestMerge(t *testing.T) {
	checkContent(t, files(t, "t.yaml", `
Resources:
  First: &first
    Type: AWS::Logs::MetricFilter
    Properties: &properties
      FilterPattern: '{ $.eventName = "DeleteTrail" }'
      MetricTransformations: &made [{MetricName: m, MetricNamespace: N, MetricValue: '1'}]
  Second:
    <<: *first
  Third:
    Type: AWS::Logs::MetricFilter
    Properties:
      <<: [{FilterPattern: '{ $.eventName = "StopLogging" }'}, *properties]
  Fourth:
    <<: *first
    Properties: {FilterPattern: '{ $.eventName = "UpdateTrail" }', MetricTransformations: *made}
`,
		"wrong.yaml", "Resources:\n  First: {Type: AWS::Events::Rule, <<: [text]}\n",
		"ring.yaml", "Resources:\n  First: &first {Type: AWS::Events::Rule, <<: *first}\n",
	), Options{}, `
filter First: { $.eventName = "DeleteTrail" }
filter Second: { $.eventName = "DeleteTrail" }
filter Third: { $.eventName = "StopLogging" }
filter Fourth: { $.eventName = "UpdateTrail" }
ring.yaml:2:47: << takes mappings that stand before it
wrong.yaml:2:40: << takes mappings that stand before it
`)
}

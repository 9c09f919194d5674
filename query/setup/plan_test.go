package setup

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v3"

	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
)

// options are those of a whole plan.
func options(change func(*Options)) Options {
	o := Defaults()
	o.Account, o.Region, o.Bucket, o.Email = "111122223333", "eu-west-1", "trail-logs", "oncall@example.org"
	if change != nil {
		change(&o)
	}
	return o
}

// plans are of each kind that templates tell apart.
func plans(t *testing.T) map[string]*Plan {
	t.Helper()
	all := map[string]*Plan{}
	for name, change := range map[string]func(*Options){
		"usual": nil,
		"organization, all alarms": func(o *Options) {
			o.Organization, o.Alarms, o.DataEvents = "o-exampleorgid", source.Builtins(), []string{"s3", "AWS::SQS::Queue"}
		},
		"given key and topic": func(o *Options) {
			o.Email, o.Topic = "", "arn:aws:sns:eu-west-1:111122223333:oncall"
			o.KMS = "arn:aws:kms:eu-west-1:444455556666:key/11112222-3333-4444-5555-666677778888"
		},
		"as little as can be": func(o *Options) {
			o.Region, o.Email, o.KMS = "us-east-1", "", None
			o.DataEvents, o.Network, o.Alarms = []string{None}, []string{None}, []string{None}
		},
		"China": func(o *Options) { o.Region, o.Email = "cn-north-1", "" },
	} {
		p, err := NewPlan(options(change))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = p
	}
	return all
}

// written is a plan as a form.
func written(t *testing.T, p *Plan, form Form) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := p.Write(&text, form); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// What AWS would refuse is refused before anything is written.
func TestRefused(t *testing.T) {
	for _, test := range []struct {
		option string
		change func(*Options)
	}{
		{"Account", func(o *Options) { o.Account = "" }},
		{"Account", func(o *Options) { o.Account = "1111222233334" }},
		{"Account", func(o *Options) { o.Account = "111122223333\n" }},
		{"Region", func(o *Options) { o.Region = "eu-west-9" }},
		{"Region", func(o *Options) { o.Region = "eu-west-1; true" }},
		{"Organization", func(o *Options) { o.Organization = "exampleorgid" }},
		{"Organization", func(o *Options) { o.Organization = "o-short" }},
		{"Trail", func(o *Options) { o.Trail = "" }},
		{"Trail", func(o *Options) { o.Trail = "ab" }},
		{"Trail", func(o *Options) { o.Trail = "my-_trail" }},
		{"Trail", func(o *Options) { o.Trail = "-trail" }},
		{"Trail", func(o *Options) { o.Trail = "trail." }},
		{"Trail", func(o *Options) { o.Trail = "192.168.5.4" }},
		{"Trail", func(o *Options) { o.Trail = "$(id)" }},
		{"Trail", func(o *Options) { o.Trail = strings.Repeat("t", 129) }},
		{"Bucket", func(o *Options) { o.Bucket = "" }},
		{"Bucket", func(o *Options) { o.Bucket = "ab" }},
		{"Bucket", func(o *Options) { o.Bucket = "Logs" }},
		{"Bucket", func(o *Options) { o.Bucket = "a..b" }},
		{"Bucket", func(o *Options) { o.Bucket = "a.-b" }},
		{"Bucket", func(o *Options) { o.Bucket = "a-.b" }},
		{"Bucket", func(o *Options) { o.Bucket = "logs-" }},
		{"Bucket", func(o *Options) { o.Bucket = "192.168.5.4" }},
		{"Bucket", func(o *Options) { o.Bucket = "xn--logs" }},
		{"Bucket", func(o *Options) { o.Bucket = "logs--x-s3" }},
		{"Bucket", func(o *Options) { o.Bucket = "logs'; rm -r ~ '" }},
		{"Bucket", func(o *Options) { o.Bucket = "${path.cwd}" }},
		{"Bucket", func(o *Options) { o.Bucket = strings.Repeat("b", 64) }},
		{"KMS", func(o *Options) { o.KMS = "alias/logs" }},
		{"KMS", func(o *Options) {
			o.KMS = "arn:aws:kms:us-east-1:111122223333:key/11112222-3333-4444-5555-666677778888"
		}},
		{"KMS", func(o *Options) {
			o.KMS = "arn:aws-cn:kms:eu-west-1:111122223333:key/11112222-3333-4444-5555-666677778888"
		}},
		{"Topic", func(o *Options) { o.Email, o.Topic = "", "arn:aws:sns:eu-west-1:444455556666:oncall" }},
		{"Topic", func(o *Options) { o.Email, o.Topic = "", "arn:aws:sns:eu-west-1:111122223333:on call" }},
		{"Email", func(o *Options) { o.Topic = "arn:aws:sns:eu-west-1:111122223333:oncall" }},
		{"Email", func(o *Options) { o.Email = "oncall" }},
		{"Email", func(o *Options) { o.Email = "-x@example.org" }},
		{"Email", func(o *Options) { o.Email = "a@example.org\nb@example.org" }},
		{"Email", func(o *Options) { o.Email = "`id`@example.org" }},
		{"DataEvents", func(o *Options) { o.DataEvents = nil }},
		{"DataEvents", func(o *Options) { o.DataEvents = []string{"s3", None} }},
		{"DataEvents", func(o *Options) { o.DataEvents = []string{"s3", "s3"} }},
		{"DataEvents", func(o *Options) { o.DataEvents = []string{"AWS::S3::Object: x"} }},
		{"Network", func(o *Options) { o.Network = []string{"s3.amazonaws.com"} }},
		{"Alarms", func(o *Options) { o.Alarms = []string{"pci"} }},
		{"KeepDays", func(o *Options) { o.KeepDays = 0 }},
	} {
		o := options(test.change)
		_, err := NewPlan(o)
		var wrong *OptionError
		if !errors.As(err, &wrong) || wrong.Option != test.option {
			t.Errorf("%s: %+v: %v", test.option, o, err)
		}
	}
	for _, change := range []func(*Options){
		func(o *Options) { o.Trail = "a.b-c_d1" },
		func(o *Options) { o.Trail = strings.Repeat("t", 128) },
		func(o *Options) { o.Bucket = "my.logs-2" },
		func(o *Options) { o.Email = "oncall+logs@example.org" },
	} {
		if _, err := NewPlan(options(change)); err != nil {
			t.Error(err)
		}
	}
}

// Templates and Terraform load wholly as alarms, which are those that come with the program.
func TestAlarmsLoad(t *testing.T) {
	for name, p := range plans(t) {
		if len(p.alarms) == 0 {
			continue // what has none is refused as a source of alarms
		}
		for form, file := range map[Form]string{CloudFormation: "t.yaml", Terraform: "t.tf"} {
			path := filepath.Join(t.TempDir(), file)
			if err := os.WriteFile(path, written(t, p, form), 0o600); err != nil {
				t.Fatal(err)
			}
			set, err := source.Load([]string{path}, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(set.Problems)+len(set.Rules) > 0 {
				t.Errorf("%s as %s: %v, %v", name, form, set.Problems, set.Rules)
			}
			sameAlarms(t, name+" as "+string(form), set.Alarms, p)
		}
	}
}

// sameAlarms compares alarms that were loaded with those of a plan.
func sameAlarms(t *testing.T, name string, got []*alarm.Alarm, p *Plan) {
	t.Helper()
	texts := func(all []*alarm.Alarm) (texts []string) {
		for _, a := range all {
			texts = append(texts, strings.Join([]string{
				a.Name, a.Description, a.Condition(), string(a.TreatMissingData), normal(a.Filters[0].Pattern), a.Filters[0].Value,
			}, "\n"))
		}
		slices.Sort(texts)
		return texts
	}
	if got, want := texts(got), texts(p.alarms); !slices.Equal(got, want) {
		t.Errorf("%s: %d alarms, want %d\n%s\n%s", name, len(got), len(want), strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, a := range got {
		if len(a.AlarmActions) != 1 || !a.ActionsEnabled {
			t.Errorf("%s: %s does %q", name, a.Name, a.AlarmActions)
		}
	}
}

// Each form is what it says it is, and no resource is there twice.
func TestForms(t *testing.T) {
	for name, p := range plans(t) {
		if _, diagnostics := hclparse.NewParser().ParseHCL(written(t, p, Terraform), "t.tf"); diagnostics.HasErrors() {
			t.Errorf("%s: %v", name, diagnostics)
		}
		var template struct {
			Resources map[string]any `yaml:"Resources"`
		}
		if err := yaml.Unmarshal(written(t, p, CloudFormation), &template); err != nil || len(template.Resources) < 5+2*len(p.alarms) {
			t.Errorf("%s: %d resources, %v", name, len(template.Resources), err)
		}
		check := exec.Command("bash", "-n")
		check.Stdin = bytes.NewReader(written(t, p, CLI))
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		labels := map[string]bool{}
		for _, a := range p.Alarms() {
			if labels[a.Label()] {
				t.Errorf("%s: two resources %s", name, a.Label())
			}
			labels[a.Label()] = true
		}
		for _, form := range Forms() {
			if strings.Contains(string(written(t, p, form)), "<no value>") {
				t.Errorf("%s as %s lacks a value", name, form)
			}
		}
	}
}

// The forms have the same policies and selectors.
func TestFormsMakeTheSame(t *testing.T) {
	for name, p := range plans(t) {
		policies := []any{plain(t, p.BucketPolicy()), plain(t, p.TrustPolicy()), plain(t, p.RolePolicy())}
		if p.HasNewKey() {
			policies = append(policies, plain(t, p.KeyPolicy()))
		}
		if p.HasTopic() {
			policies = append(policies, plain(t, p.TopicPolicy()))
		}
		for form, got := range map[Form][]any{CloudFormation: templatePolicies(t, p), Terraform: terraformPolicies(t, p)} {
			for _, want := range policies {
				if !slices.ContainsFunc(got, func(v any) bool { return reflect.DeepEqual(v, want) }) {
					t.Errorf("%s as %s lacks %v", name, form, want)
				}
			}
			if len(got) != len(policies) {
				t.Errorf("%s as %s has %d policies, want %d", name, form, len(got), len(policies))
			}
		}
		for _, text := range []string{string(written(t, p, CLI)), string(written(t, p, CloudFormation)), string(written(t, p, Terraform))} {
			for _, s := range p.EventSelectors() {
				if strings.Count(text, `"`+s.Name+`"`) != 1 {
					t.Errorf("%s: %s is not there once", name, s.Name)
				}
			}
		}
	}
}

// plain is a value as JSON is read.
func plain(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return readBlock(string(text)).value
}

// templatePolicies are the policies in a template, wherever they stand.
func templatePolicies(t *testing.T, p *Plan) (all []any) {
	t.Helper()
	var template struct {
		Resources map[string]any `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(written(t, p, CloudFormation), &template); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			if v["Statement"] != nil {
				all = append(all, plain(t, v))
				return
			}
			for _, one := range v {
				walk(one)
			}
		}
	}
	for _, r := range template.Resources {
		walk(r)
	}
	return all
}

// terraformPolicies are those of a file of Terraform.
func terraformPolicies(t *testing.T, p *Plan) (all []any) {
	t.Helper()
	file, diagnostics := hclparse.NewParser().ParseHCL(written(t, p, Terraform), "t.tf")
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	functions := &hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}}
	for _, b := range file.Body.(*hclsyntax.Body).Blocks {
		for _, name := range []string{"policy", "assume_role_policy"} {
			a := b.Body.Attributes[name]
			if a == nil {
				continue
			}
			value, diagnostics := a.Expr.Value(functions)
			if diagnostics.HasErrors() {
				t.Fatal(diagnostics)
			}
			all = append(all, readBlock(value.AsString()).value)
		}
	}
	return all
}

// Whatever a value is, it stays one value: of a shell, of YAML, of Terraform.
func TestQuoting(t *testing.T) {
	for _, text := range []string{
		"", "plain", "it's", `a"b\c`, "$(id) `id` $HOME", "a\nb", "${path.cwd}", "%{ if true }x%{ endif }", "$${a}", "%%{", "- a: b #c", "é\u2028\u00a0", "'\\''", "<&>",
	} {
		out, err := exec.Command("sh", "-c", "printf %s "+inShell(text)).Output()
		if err != nil || string(out) != text {
			t.Errorf("a shell reads %q as %q, %v", text, out, err)
		}
		checkQuotes(t, text)
	}
}

func FuzzQuotes(f *testing.F) {
	f.Add("${a}%{b}$$\x7f\u2028\U0010ffff\x00")
	f.Fuzz(checkQuotes)
}

func checkQuotes(t *testing.T, text string) {
	text = strings.ToValidUTF8(text, "?") // as flags are
	var got map[string]string
	if err := yaml.Unmarshal([]byte("k: "+inYAML(text)+"\n"), &got); err != nil || got["k"] != text {
		t.Errorf("YAML reads %q as %q, %v", text, got["k"], err)
	}
	file, diagnostics := hclparse.NewParser().ParseHCL([]byte("k = "+inHCL(text)+"\n"), "t.tf")
	if diagnostics.HasErrors() {
		t.Fatalf("HCL and %q: %v", text, diagnostics)
	}
	value, diagnostics := file.Body.(*hclsyntax.Body).Attributes["k"].Expr.Value(nil)
	if diagnostics.HasErrors() || value.AsString() != cty.StringVal(text).AsString() { // in its normal form
		t.Errorf("HCL reads %q as %#v, %v", text, value, diagnostics)
	}
}

// CloudTrail writes to the bucket and uses the key for this trail alone, below the account's
// folder and, of an organization, below its own.
func TestPolicies(t *testing.T) {
	for name, p := range plans(t) {
		var folders []string
		for _, policy := range []any{p.BucketPolicy(), p.KeyPolicy()} {
			for _, s := range (block{plain(t, policy)}).at("Statement").list() {
				if s.at("Effect").text() != "Allow" || s.at("Principal").at("Service").text() == "" {
					continue
				}
				if got := s.at("Condition").at("StringEquals").at("aws:SourceArn").text(); got != p.TrailARN() {
					t.Errorf("%s: %s is for %q", name, s.at("Sid").text(), got)
				}
				if s.at("Action").text() == "s3:PutObject" {
					folders = append(folders, s.at("Resource").text())
				}
			}
		}
		want := []string{"arn:" + p.partition() + ":s3:::trail-logs/AWSLogs/111122223333/*"}
		if p.IsOrganization() {
			want = append(want, "arn:aws:s3:::trail-logs/AWSLogs/o-exampleorgid/*")
		}
		if !slices.Equal(folders, want) {
			t.Errorf("%s: CloudTrail writes to %q", name, folders)
		}
	}
}

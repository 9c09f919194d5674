package setup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/schema"
)

// Options are what a person decides. Account, Region and Bucket have to be given.
type Options struct {
	Account      string // that the trail is made in; of an organization, the management account
	Region       string // the trail's home Region
	Organization string // o-exampleorgid; "": the trail is of Account alone
	Trail        string
	Bucket       string
	KMS          string   // the ARN of a key that there is, [NewKey] or [None]
	DataEvents   []string // [DataEventNames] or types of resources, or [None]
	Network      []string // event sources without .amazonaws.com, or [None]
	Alarms       []string // of [source.Builtins], or [None]
	Email        string   // whom the topic tells; "": nobody yet
	Topic        string   // the ARN of a topic that there is; "": a new one
	KeepDays     int      // until log files are deleted
}

const (
	NewKey = "new"
	None   = "none"
)

// Defaults are the options that are usual.
func Defaults() Options {
	return Options{
		Trail: "all-regions", KMS: NewKey, DataEvents: []string{"s3", "lambda"}, Network: networkSources(),
		Alarms: []string{"aws"}, KeepDays: 2557, // CloudTrail Lake's seven years
	}
}

// networkSources are the services that network activity events were first there for ("Logging
// network activity events").
func networkSources() []string { return []string{"cloudtrail", "ec2", "kms", "s3", "secretsmanager"} }

// An OptionError says what is wrong with an option.
type OptionError struct {
	Option  string // its name in [Options]
	Value   string
	Problem string
}

func (e *OptionError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s %s", e.Option, e.Problem)
	}
	return fmt.Sprintf("%s %q %s", e.Option, e.Value, e.Problem)
}

// What values may look like. S3: "General purpose bucket naming rules"; CloudTrail: "Naming
// requirements for CloudTrail resources, S3 buckets, and KMS keys"; Organizations: the API's
// pattern of an organization ID; SNS: CreateTopic.
var (
	accountID      = pattern(`^[0-9]{12}$`)
	organizationID = pattern(`^o-[a-z0-9]{10,32}$`)
	trailName      = pattern(`^[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*$`)
	bucketName     = pattern(`^[a-z0-9](?:[a-z0-9-]|\.[a-z0-9]){1,61}[a-z0-9]$`)
	looksLikeIPv4  = pattern(`^[0-9]+(\.[0-9]+){3}$`)
	keyARN         = pattern(`^arn:(aws[a-z-]*):kms:([a-z0-9-]+):([0-9]{12}):key/[A-Za-z0-9-]{1,64}$`)
	topicARN       = pattern(`^arn:(aws[a-z-]*):sns:([a-z0-9-]+):([0-9]{12}):[A-Za-z0-9_-]{1,256}$`)
	resourceType   = pattern(`^AWS::[A-Za-z0-9]{1,64}::[A-Za-z0-9]{1,64}$`)
	eventSource    = pattern(`^[a-z0-9-]{1,64}$`)
	emailAddress   = pattern(`^[A-Za-z0-9_][A-Za-z0-9.!#%+=?^_{|}~-]{0,63}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$`)
)

// A pattern is compiled when a value is first compared with it: all of them take 5 ms, for which
// no other command has to wait.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// bucketEnds and bucketBegins are reserved by S3.
func bucketBegins() []string { return []string{"xn--", "sthree-", "amzn-s3-demo-"} }
func bucketEnds() []string {
	return []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}
}

// check says what is wrong with the options.
func (o *Options) check() error {
	wrong := func(option, value, problem string) error { return &OptionError{option, value, problem} }
	for _, given := range []struct{ option, value string }{{"Account", o.Account}, {"Region", o.Region}, {"Bucket", o.Bucket}, {"Trail", o.Trail}} {
		if given.value == "" {
			return wrong(given.option, "", "is missing")
		}
	}
	switch {
	case !accountID().MatchString(o.Account):
		return wrong("Account", o.Account, "is no account: they have 12 digits")
	case !query.IsRegion(o.Region):
		return wrong("Region", o.Region, "is no Region")
	case o.Organization != "" && !organizationID().MatchString(o.Organization):
		return wrong("Organization", o.Organization, "is no organization: they are called o- and 10 to 32 small letters and digits")
	case len(o.Trail) < 3 || len(o.Trail) > 128 || !trailName().MatchString(o.Trail) || looksLikeIPv4().MatchString(o.Trail):
		return wrong("Trail", o.Trail, "is no name for a trail: it has 3 to 128 letters, digits, and between them single dots, hyphens or underscores")
	case !isBucketName(o.Bucket):
		return wrong("Bucket", o.Bucket, "is no name for a bucket: it has 3 to 63 small letters, digits, and between them dots or hyphens")
	case o.Email != "" && (len(o.Email) > 254 || !emailAddress().MatchString(o.Email)):
		return wrong("Email", o.Email, "is no mail address")
	case o.Email != "" && o.Topic != "":
		return wrong("Email", o.Email, "is for a new topic, not for one that there is")
	case o.KeepDays < 1 || o.KeepDays > 36500:
		return wrong("KeepDays", fmt.Sprint(o.KeepDays), "is no number of days up to a hundred years")
	}
	if err := o.checkARNs(); err != nil {
		return err
	}
	return o.checkLists()
}

func isBucketName(name string) bool {
	reserved := func(part string) bool { return strings.HasPrefix(name, part) }
	ends := func(part string) bool { return strings.HasSuffix(name, part) }
	return len(name) <= 63 && bucketName().MatchString(name) && !strings.Contains(name, "-.") && !looksLikeIPv4().MatchString(name) &&
		!slices.ContainsFunc(bucketBegins(), reserved) && !slices.ContainsFunc(bucketEnds(), ends)
}

// checkARNs checks what is there already: a key has to be in the Region of the bucket, a topic
// in that of its alarms, and both where the trail is made.
func (o *Options) checkARNs() error {
	for _, given := range []struct {
		option, value, problem string
		form                   func() *regexp.Regexp
		anyAccount             bool
	}{
		{"KMS", o.KMS, "is no ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID, " + NewKey + " or " + None, keyARN, true},
		{"Topic", o.Topic, "is no ARN of a topic: arn:aws:sns:REGION:ACCOUNT:NAME", topicARN, false},
	} {
		if given.value == "" && given.option == "Topic" || given.option == "KMS" && (given.value == NewKey || given.value == None) {
			continue
		}
		m := given.form().FindStringSubmatch(given.value)
		switch {
		case m == nil:
			return &OptionError{given.option, given.value, given.problem}
		case m[1] != schema.Partition(o.Region) || m[2] != o.Region:
			return &OptionError{given.option, given.value, "is not in " + o.Region}
		case m[3] != o.Account && !given.anyAccount:
			return &OptionError{given.option, given.value, "is not in the account " + o.Account}
		}
	}
	return nil
}

// dataTypes are the types of resources that data events are usually recorded of.
func dataTypes() [][2]string {
	return [][2]string{
		{"s3", "AWS::S3::Object"}, {"lambda", "AWS::Lambda::Function"}, {"dynamodb", "AWS::DynamoDB::Table"},
	}
}

// DataEventNames are short names of types of resources.
func DataEventNames() []string {
	var names []string
	for _, t := range dataTypes() {
		names = append(names, t[0])
	}
	return names
}

func (o *Options) checkLists() error {
	for _, list := range []struct {
		option string
		values []string
		takes  func(string) bool
		are    string
	}{
		{"DataEvents", o.DataEvents, func(v string) bool { return typeOf(v) != "" }, strings.Join(DataEventNames(), ", ") + ", a type such as AWS::SQS::Queue"},
		{"Network", o.Network, eventSource().MatchString, strings.Join(networkSources(), ", ")},
		{"Alarms", o.Alarms, func(v string) bool { return slices.Contains(source.Builtins(), v) }, strings.Join(source.Builtins(), ", ")},
	} {
		if len(list.values) == 0 {
			return &OptionError{list.option, "", "is missing: there are " + list.are + " or " + None}
		}
		for i, value := range list.values {
			switch {
			case value == None && len(list.values) > 1:
				return &OptionError{list.option, value, "stands alone"}
			case value != None && !list.takes(value):
				return &OptionError{list.option, value, "is not known: there are " + list.are + " or " + None}
			case slices.Contains(list.values[:i], value):
				return &OptionError{list.option, value, "is there twice"}
			}
		}
	}
	return nil
}

// typeOf is the type of resources that a name or the type itself stands for, "" for none.
func typeOf(name string) string {
	for _, t := range dataTypes() {
		if t[0] == name {
			return t[1]
		}
	}
	if resourceType().MatchString(name) {
		return name
	}
	return ""
}

// withoutNone is a list without None.
func withoutNone(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(v string) bool { return v == None })
}

// A Plan is what is to be made. Its methods are what templates ask for.
type Plan struct {
	Options
	alarms []*alarm.Alarm
}

// NewPlan returns the plan of options, or an [*OptionError].
func NewPlan(o Options) (*Plan, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	alarms, err := alarmsOf(o.Alarms)
	if err != nil {
		return nil, err
	}
	return &Plan{Options: o, alarms: alarms}, nil
}

// alarmsOf are the alarms of sets that come with the program.
func alarmsOf(sets []string) ([]*alarm.Alarm, error) {
	set, err := source.Load(withoutNone(sets), source.Options{})
	if err != nil {
		return nil, err
	}
	if len(set.Problems) > 0 {
		panic("BUG: " + set.Problems[0].Error()) // they come with the program
	}
	return set.Alarms, nil
}

// arn is the ARN of something of the account in the Region.
func (p *Plan) arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", p.partition(), service, p.Region, p.Account, rest)
}

func (p *Plan) partition() string { return schema.Partition(p.Region) }

// TrailARN is the ARN that the trail will have.
func (p *Plan) TrailARN() string { return p.arn("cloudtrail", "trail/"+p.Trail) }

// LogGroup is the log group that the trail delivers to.
func (p *Plan) LogGroup() string { return "CloudTrail/" + p.Trail }

// LogGroupARN is its ARN, as a trail takes it.
func (p *Plan) LogGroupARN() string { return p.arn("logs", "log-group:"+p.LogGroup()+":*") }

// Role is the role by which CloudTrail writes to the log group. A name has 64 characters at
// most, so that the trail's name may have to be cut.
func (p *Plan) Role() string {
	const before = "CloudTrail-CloudWatchLogs-"
	return before + p.Trail[:min(len(p.Trail), 64-len(before))]
}

// RoleARN is its ARN.
func (p *Plan) RoleARN() string {
	return fmt.Sprintf("arn:%s:iam::%s:role/%s", p.partition(), p.Account, p.Role())
}

// TopicName is the name of the topic that alarms publish to. It may have no dots.
func (p *Plan) TopicName() string { return "CloudTrail-" + strings.ReplaceAll(p.Trail, ".", "-") }

// TopicARN is the ARN of that topic, be it new or not.
func (p *Plan) TopicARN() string {
	if p.Topic != "" {
		return p.Topic
	}
	return p.arn("sns", p.TopicName())
}

// KeyAlias is the name of a new key.
func (p *Plan) KeyAlias() string { return "alias/CloudTrail-" + strings.ReplaceAll(p.Trail, ".", "-") }

// HasNewKey, HasKey and HasTopic say what the trail comes with.
func (p *Plan) HasNewKey() bool { return p.KMS == NewKey }
func (p *Plan) HasKey() bool    { return p.KMS != None }
func (p *Plan) HasTopic() bool  { return len(p.alarms) > 0 && p.Topic == "" }

// HasGivenKey says that the key is there already, and its policy somebody's.
func (p *Plan) HasGivenKey() bool { return p.HasKey() && !p.HasNewKey() }

// IsOrganization says whose trail it is.
func (p *Plan) IsOrganization() bool { return p.Organization != "" }

// LocationConstraint is where the bucket is, "" for us-east-1: S3 takes that by leaving it out.
func (p *Plan) LocationConstraint() string {
	if p.Region == "us-east-1" {
		return ""
	}
	return p.Region
}

package setup

// A selector is an advanced event selector.
type selector struct {
	Name           string
	FieldSelectors []fieldSelector
}

type fieldSelector struct {
	Field         string
	Equals        []string `json:",omitempty"`
	NotStartsWith []string `json:",omitempty"`
}

func equals(field, value string) fieldSelector {
	return fieldSelector{Field: field, Equals: []string{value}}
}

// EventSelectors say which events are recorded: all management events, data events of the
// types of resources that are wanted, and what VPC endpoints refused.
func (p *Plan) EventSelectors() []selector {
	all := []selector{{"Management events", []fieldSelector{equals("eventCategory", "Management")}}}
	for _, name := range withoutNone(p.DataEvents) {
		s := selector{"Data events of " + typeOf(name), []fieldSelector{equals("eventCategory", "Data"), equals("resources.type", typeOf(name))}}
		if typeOf(name) == "AWS::S3::Object" {
			// Each log file that is written would be an event of the next one.
			s.FieldSelectors = append(s.FieldSelectors, fieldSelector{
				Field: "resources.ARN", NotStartsWith: []string{"arn:" + p.partition() + ":s3:::" + p.Bucket + "/"},
			})
		}
		all = append(all, s)
	}
	for _, name := range withoutNone(p.Network) {
		all = append(all, selector{"Refused by VPC endpoints for " + name, []fieldSelector{
			equals("eventCategory", "NetworkActivity"), equals("eventSource", name+".amazonaws.com"), equals("errorCode", "VpceAccessDenied"),
		}})
	}
	return all
}

// Insights are the kinds of unusual activity that are looked for.
func (p *Plan) Insights() []string { return insightTypes() }

func insightTypes() []string { return []string{"ApiCallRateInsight", "ApiErrorRateInsight"} }

// InsightSelectors are those kinds, as a trail takes them.
func (p *Plan) InsightSelectors() any {
	type insight struct{ InsightType string }
	var all []insight
	for _, kind := range p.Insights() {
		all = append(all, insight{kind})
	}
	return all
}

// Lifecycle is the bucket's lifecycle, as S3 takes it. Most log files have less than 128 kB,
// which is too small for a cheaper class of storage to be cheaper.
func (p *Plan) Lifecycle() any {
	type days struct{ Days int }
	type noncurrent struct{ NoncurrentDays int }
	type abort struct{ DaysAfterInitiation int }
	type rule struct {
		ID                             string
		Status                         string
		Filter                         struct{ Prefix string }
		Expiration                     days
		NoncurrentVersionExpiration    noncurrent
		AbortIncompleteMultipartUpload abort
	}
	return struct{ Rules []rule }{[]rule{{
		ID: "keep-log-files", Status: "Enabled", Expiration: days{p.KeepDays},
		NoncurrentVersionExpiration: noncurrent{p.NoncurrentDays()}, AbortIncompleteMultipartUpload: abort{7},
	}}}
}

// NoncurrentDays is how long a log file can be had back that was deleted or written over.
func (p *Plan) NoncurrentDays() int { return 365 }

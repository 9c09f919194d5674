package source

import "github.com/zclconf/go-cty/cty"

// accountData are the sources of data that tell where Terraform runs, with what they say by
// the names of CloudFormation's pseudo parameters.
var accountData = map[string]map[string]string{
	"aws_caller_identity": {"account_id": ParameterAccount, "id": ParameterAccount},
	"aws_region":          {"name": ParameterRegion, "id": ParameterRegion, "region": ParameterRegion},
	"aws_partition":       {"partition": "AWS::Partition", "id": "AWS::Partition", "dns_suffix": "AWS::URLSuffix"},
}

// accountWords are what an account and a Region are called.
var accountWords = map[string]string{ParameterAccount: "account", ParameterRegion: "Region"}

// readData gives data its value, as far as it is known without asking AWS.
func (m *module) readData(n *node) {
	attributes := accountData[n.block.Labels[0]]
	if attributes == nil {
		return // each use of it is told
	}
	values := map[string]cty.Value{}
	for name := range n.asked {
		values[name] = cty.UnknownVal(cty.String)
	}
	n.causes = map[string]cause{}
	for name, parameter := range attributes {
		text, ok := m.stack.options.Parameters[parameter]
		m.stack.used[parameter] = true
		switch {
		case ok:
		case parameter == "AWS::Partition":
			text, ok = "aws", true
		case parameter == "AWS::URLSuffix":
			text, ok = "amazonaws.com", true
		}
		values[name] = cty.UnknownVal(cty.String)
		if ok {
			values[name] = cty.StringVal(text)
		} else {
			n.causes[name] = cause{n.name + "." + name + " is not known, as it is in a replay over events of one " + accountWords[parameter], parameter}
		}
	}
	r, fine := m.repeated(n, m.address+n.name)
	if !fine {
		n.cause = r.cause
		return
	}
	all := make([]cty.Value, len(r.instances))
	for i := range all {
		all[i] = object(values)
	}
	n.value = r.value(all)
}

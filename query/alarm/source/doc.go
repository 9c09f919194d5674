// Package source reads alarms and rules from where teams keep them, into an [alarm.Set].
//
// # Words
//
// A source is what [Load] is given: a file, a folder with all that is in it, a filter
// pattern or an event pattern as it is, or the name of a set that comes with the program
// ([Builtins]). What a file holds is told by what is in it, not by its name: a
// CloudFormation template, what "terraform show -json" prints, what the AWS CLI prints of
// filters, alarms and rules, an event pattern, Sigma rules. Files of Terraform go by their
// names.
//
// Templates, Terraform and exports all come to [properties] by the names of CloudFormation,
// of which filters, alarms and rules are made. A [stack] is where the names of metrics
// belong together.
//
// A [configuration] is a folder that Terraform would be run in, with the [module]s that it
// calls; it reads nothing outside of the source that the folder was found in. What its
// expressions refer to are [node]s, each worked out before who needs it. What is not known
// has a [cause], which whoever needs it tells.
//
// # What is worked out
//
// Functions of CloudFormation and expressions of Terraform are worked out as far as
// parameters, variables and their defaults go; those of Terraform by its own answers, of
// which testdata has some hundreds. Names need not be known to be told apart:
// where they depend on what is not there, the reference stands for them. Anything
// else that is not known is a problem of its alarm, filter or rule, which keeps no other
// from being read.
//
// # Limits
//
// Rules come from elsewhere and may be hostile. A file is read whole, 64 MB at most; each
// name and each value in a document takes some 160 bytes besides, and a file of YAML or
// Terraform takes up to a hundred or two hundred times its size until it is parsed, so that
// it may have 2 MB or 1 MB. Nothing nests deeper than 200 levels, which is told before a
// parser sees it. What templates and expressions stand for has a [budget]: so many steps and
// bytes for each property, local value or expression, and so many for the whole source.
// All in all a source takes some 256 MB and a second or two. What would take more is a
// problem with its place and the limit's name; limits.go has them all.
package source

package source

import "embed"

//go:embed alarms/*.yaml
var alarmFiles embed.FS

// Builtins are the names of the sets of alarms that come with the program: AWS's template,
// the alarm on S3 that its documentation once had, and the CIS AWS Foundations Benchmark.
func Builtins() []string { return []string{"aws", "aws-s3", "cis"} }

// builtin is the template of a set that comes with the program.
func builtin(name string) []byte {
	data, err := alarmFiles.ReadFile("alarms/" + name + ".yaml")
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}

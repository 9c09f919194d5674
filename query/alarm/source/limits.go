package source

import (
	"fmt"
	"time"
)

// What a source may cost. Rules come from elsewhere, as log files do: one of them that would
// take the machine is refused by the name of its limit, and the others are loaded.
const (
	// maxDepth bounds how deep documents nest, and functions and expressions in them: what
	// people write stays far below, and each level takes stack, of which Go ends the program
	// when it runs out.
	maxDepth = 200
	// maxNodes bounds how many values one property, one local value or one expression stands
	// for: a few lines whose aliases hold each other can stand for billions.
	maxNodes = 100_000
	// maxTextBytes bounds the texts of one such value. A filter pattern has 1,024 characters
	// at most, an event pattern 4,096, a whole template 1 MB.
	maxTextBytes = 1 << 20
	// maxSteps bounds the values and expressions that are worked out of one source: a second
	// or two of work. 10,000 alarms of 20 properties take a tenth of it.
	maxSteps = 2_000_000
	// maxPartSteps bounds those of one property, one local value or one expression, so that
	// it leaves some to the others.
	maxPartSteps = 200_000
	// maxMadeBytes bounds the texts that functions and templates make in one source, kept
	// or not.
	maxMadeBytes = 64 << 20
	// maxPartBytes bounds those of one property, one local value or one expression.
	maxPartBytes = 8 << 20
	// maxTime ends what the limits above let through. Real sources take milliseconds, and
	// what the limits allow takes a second or two of a machine that has time: a busy one
	// must not refuse what another takes.
	maxTime = time.Minute
	// maxResources bounds the alarms, filters and rules of one source: AWS has 5,000 alarms
	// in an account's Region unless asked for more.
	maxResources = 10_000

	// maxSourceBytes is how large a file of a source may be. Exports of an account with
	// thousands of alarms end at some 10 MB.
	maxSourceBytes = 64 << 20
	// maxYAMLBytes bounds YAML, whose parser takes up to a hundred times the file's size.
	// CloudFormation takes templates up to 1 MB.
	maxYAMLBytes = 2 << 20
	// maxDocuments bounds the documents of one file of YAML.
	maxDocuments = 10_000
	// maxDocumentNodes bounds the values and keys of a file of JSON, each of which takes some
	// 160 bytes: an export of 10 MB has half as many.
	maxDocumentNodes = 1_000_000
	// maxTerraformBytes bounds a file of Terraform, whose parser takes some hundred bytes for
	// each bracket.
	maxTerraformBytes = 1 << 20
	// maxTokens bounds the words and signs of a folder of Terraform, which take up to half a
	// kilobyte each once they are parsed.
	maxTokens = 500_000
	// maxOperators bounds the operators of one expression that brackets do not show: each
	// takes stack as a bracket does.
	maxOperators = 1_000
	// maxJoinedBytes bounds what HCL's parser copies where it joins the parts of texts, the
	// lines of a heredoc for example, one after the other: half a second of work.
	maxJoinedBytes = 1 << 30
	// maxDigits bounds numbers: 1e999999999 is short until it is written out.
	maxDigits = 1_000
)

// A limitError says which limit a source would go beyond.
type limitError struct{ Limit string }

func (e *limitError) Error() string { return "over a limit: " + e.Limit }

func overLimit(format string, args ...any) *limitError {
	return &limitError{fmt.Sprintf(format, args...)}
}

// A budget is what is left of the limits of one source.
type budget struct {
	steps    int
	bytes    int
	part     struct{ steps, bytes int } // that a property, a local value or an expression took
	deadline time.Time
	checked  int         // steps at which the clock was looked at
	refused  *limitError // what ends what is worked out
}

func newBudget() *budget {
	return &budget{steps: maxSteps, bytes: maxMadeBytes, deadline: time.Now().Add(maxTime), checked: maxSteps}
}

// begin begins a property, a local value or an expression.
func (b *budget) begin() { b.part.steps, b.part.bytes = 0, 0 }

// spend takes steps.
func (b *budget) spend(steps int) *limitError {
	if b.part.steps+steps > maxPartSteps {
		return overLimit("it takes more than %d steps to work out", maxPartSteps)
	}
	b.part.steps += steps
	if b.steps -= steps; b.steps < 0 {
		b.steps = 0
		return overLimit("the source takes more than %d steps to work out", maxSteps)
	}
	if b.checked-b.steps >= 50 {
		b.checked = b.steps
		if time.Now().After(b.deadline) {
			b.steps, b.checked = 0, 0
			return overLimit("the source takes longer than %s to work out", maxTime)
		}
	}
	return nil
}

// make takes the bytes of texts that were made.
func (b *budget) make(bytes int) *limitError {
	if bytes > maxTextBytes {
		return overLimit("a value has more than %d bytes of text", maxTextBytes)
	}
	if b.part.bytes += bytes; b.part.bytes > maxPartBytes {
		return overLimit("it makes more than %d MB of text", maxPartBytes>>20)
	}
	if b.bytes -= bytes; b.bytes < 0 {
		b.bytes = 0
		return overLimit("the source makes more than %d MB of text", maxMadeBytes>>20)
	}
	return nil
}

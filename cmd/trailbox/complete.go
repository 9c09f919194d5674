package main

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"trailbox/query"
	"trailbox/query/alarm"
	"trailbox/query/alarm/source"
	"trailbox/query/setup"
	"trailbox/schema"
)

//go:embed completion
var completionFiles embed.FS

// shells are those that there are scripts for.
func shells() []string { return []string{"bash", "zsh", "fish"} }

func completionCommand() command {
	return command{
		name: "completion", args: "SHELL", summary: "a script by which bash, zsh or fish completes commands",
		about: `
The script completes commands, flags, reports and topics, and from the store
accounts, Regions, actors, access keys, event names and event sources. It asks
trailbox itself for them. To have it in each shell:

  echo 'source <(trailbox completion bash)' >> ~/.bashrc
  echo 'source <(trailbox completion zsh)' >> ~/.zshrc
  trailbox completion fish > ~/.config/fish/completions/trailbox.fish

Names of events were chosen by whoever called the API. Those that a shell could
take for more than a word are left out.`,
		prepare: func(*pflag.FlagSet) func(context.Context, streams, []string) error { return runCompletion },
	}
}

func runCompletion(_ context.Context, s streams, args []string) error {
	if len(args) != 1 {
		return &usageError{message: "completion needs the name of a shell", hint: "trailbox completion bash, or zsh, or fish"}
	}
	if !slices.Contains(shells(), args[0]) {
		return &usageError{
			message: fmt.Sprintf("there is no completion for %q", args[0]),
			hint:    suggest("trailbox completion ", args[0], shells(), "trailbox help completion"),
		}
	}
	script, err := completionFiles.ReadFile("completion/trailbox." + args[0])
	if err != nil {
		panic(err) // it is embedded
	}
	_, err = s.out.Write(script)
	return err
}

// completeCommand is what the scripts call: __complete -- WORD..., of which the last word is
// to be completed. It prints a line for each word that it could become, with what it is
// behind a tab, and ":files" where a file would do.
func completeCommand() command {
	return command{
		name: "__complete", hidden: true,
		prepare: func(*pflag.FlagSet) func(context.Context, streams, []string) error { return runComplete },
	}
}

func runComplete(ctx context.Context, s streams, args []string) error {
	if len(args) == 0 {
		return nil
	}
	found := complete(ctx, args)
	out := bufio.NewWriter(s.out)
	for _, word := range found.words {
		if !strings.HasPrefix(word.text, args[len(args)-1]) {
			continue
		}
		if word.about != "" {
			word.about = "\t" + word.about
		}
		fmt.Fprintln(out, word.text+word.about)
	}
	if found.files {
		fmt.Fprintln(out, ":files")
	}
	return out.Flush()
}

// A completion is what a word could become.
type completion struct {
	words []completedWord
	files bool // or the name of a file
}

type completedWord struct{ text, about string }

func (c *completion) add(texts ...string) {
	for _, text := range texts {
		c.words = append(c.words, completedWord{text: text})
	}
}

// complete returns what the last of the words could become, whatever it begins with.
func complete(ctx context.Context, words []string) (found completion) {
	last := words[len(words)-1]
	if len(words) == 1 {
		found.addCommands()
		return found
	}
	c := findCommand(words[0])
	if c == nil || c.hidden {
		return found
	}
	flags, _ := c.flags()
	err := flags.ParseAll(words[1:len(words)-1], func(f *pflag.Flag, value string) error {
		if f.Name == "store" { // of all flags this one matters
			return f.Value.Set(value)
		}
		return nil
	})
	var waiting *pflag.ValueRequiredError
	name, value, hasValue := strings.Cut(last, "=")
	switch {
	case errors.As(err, &waiting):
		found.addValues(ctx, flags, waiting.GetFlag(), "", last)
	case flags.ArgsLenAtDash() >= 0:
		found.addArguments(c.name, flags.Args())
	case hasValue && strings.HasPrefix(name, "--"):
		if f := flags.Lookup(name[2:]); f != nil {
			found.addValues(ctx, flags, f, name+"=", value)
		}
	case strings.HasPrefix(last, "-"):
		flags.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				_, usage := pflag.UnquoteUsage(f)
				found.words = append(found.words, completedWord{"--" + f.Name, usage})
			}
		})
	case c.name == "trace" && len(flags.Args()) == 0:
		found.add(knownNames(ctx, flags, query.AccessKeyName, last)...)
		found.add(knownNames(ctx, flags, query.ActorName, last)...)
	default:
		found.addArguments(c.name, flags.Args())
	}
	return found
}

func (c *completion) addCommands() {
	for _, other := range commands() {
		if !other.hidden {
			c.words = append(c.words, completedWord{other.name, other.summary})
		}
	}
}

func (c *completion) addTopics() {
	for _, t := range topics() {
		c.words = append(c.words, completedWord{t.name, t.summary()})
	}
}

func (c *completion) addReports() {
	for _, r := range query.Reports() {
		c.words = append(c.words, completedWord{r.Name, r.Title})
		if r.Alias != "" {
			c.words = append(c.words, completedWord{r.Alias, "the old name of " + r.Name})
		}
	}
}

// addArguments adds what can stand behind the arguments of a command that are there.
func (c *completion) addArguments(command string, args []string) {
	switch n := len(args); {
	case command == "report" && n == 0, command == "help" && n == 1 && args[0] == "report":
		c.addReports()
	case command == "help" && n == 0:
		c.addCommands()
		for _, t := range topics() {
			if findCommand(t.name) == nil {
				c.words = append(c.words, completedWord{t.name, t.summary()})
			}
		}
		c.words = append(c.words, completedWord{"topic", "a topic that goes by the name of a command"})
	case command == "help" && n == 1 && args[0] == "topic":
		c.addTopics()
	case command == "completion" && n == 0:
		c.add(shells()...)
	case command == "alarm" && n == 0:
		c.add("list", "explain", "replay")
	case command == "alarm":
		c.add(source.Builtins()...)
		c.files = true
	case command == "case":
		if n == 0 {
			c.add("verify")
		}
		c.files = true
	case command == "ingest", command == "watch", command == "extract" && n == 0:
		c.files = true
	}
}

// addValues adds the values that a flag takes, of which value is the beginning; before is
// what stands before it in its word.
func (c *completion) addValues(ctx context.Context, flags *pflag.FlagSet, f *pflag.Flag, before, value string) {
	if kind := f.Value.Type(); kind == "stringSlice" || kind == "match" { // the last of several
		comma := strings.LastIndexByte(value, ',') + 1
		before, value = before+value[:comma], value[comma:]
	}
	var values []string
	switch v := f.Value.(type) {
	case *formatValue:
		values = formatNames(query.Formats())
	case *answerValue:
		values = formatNames(query.Formats(), []query.Format{query.FormatXLSX, query.FormatHTML}, v.own)
	case *optionalBool:
		values = []string{"true", "false"}
	case *colourValue:
		values = []string{"auto", "always", "never"}
	}
	switch f.Name {
	case "account", "caller-account":
		values = knownNames(ctx, flags, query.AccountName, value)
	case "aws-region":
		values = knownNames(ctx, flags, query.RegionName, value)
	case "access-key", "key":
		values = knownNames(ctx, flags, query.AccessKeyName, value)
	case "actor", "user":
		values = knownNames(ctx, flags, query.ActorName, value)
	case "event-name", "event":
		values = knownNames(ctx, flags, query.EventName, value)
	case "event-source":
		values = knownNames(ctx, flags, query.EventSourceName, value)
	case "event-category":
		for _, category := range query.Categories() {
			values = append(values, string(category))
		}
	case "lookup-attributes":
		for _, key := range query.AttributeKeys() {
			values = append(values, "AttributeKey="+string(key)+",AttributeValue=")
		}
	case "states":
		values = []string{string(alarm.InAlarm), string(alarm.OK), string(alarm.InsufficientData)}
	case "form":
		for _, form := range setup.Forms() {
			values = append(values, string(form))
		}
	case "kms":
		values = []string{setup.NewKey, setup.None}
	case "data-events":
		values = append(setup.DataEventNames(), setup.None)
	case "alarms":
		values = append(source.Builtins(), setup.None)
	case "level":
		values = alarm.Levels()
	case "rules":
		values, c.files = source.Builtins(), true
	case "store", "to", "file", "public-keys", "sign", "signers", "timestamp-roots":
		c.files = true
	}
	for _, v := range values {
		c.add(before + v)
	}
}

func formatNames(lists ...[]query.Format) (names []string) {
	for _, f := range slices.Concat(lists...) {
		names = append(names, string(f))
	}
	return names
}

const (
	// maxKnownNames is how many names are offered at most: nobody reads through more.
	maxKnownNames = 300
	// completePatience is how long the store is asked: a key that was pressed has to
	// answer.
	completePatience = time.Second
)

// knownNames are names from the store that the flags name. Without a store, or with one that
// cannot be read now, there are none: nobody wants to read of that in the middle of a line.
func knownNames(ctx context.Context, flags *pflag.FlagSet, kind query.NameKind, typed string) []string {
	path := flags.Lookup("store")
	if path == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	store, err := schema.Open(ctx, path.Value.String())
	if err != nil {
		return nil
	}
	defer store.Close()
	names, err := query.KnownNames(ctx, store, kind, typed, maxKnownNames)
	if err != nil {
		return nil
	}
	return names
}

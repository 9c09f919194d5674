package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// lookFlags are the flags of how an answer looks.
type lookFlags struct {
	columns  []string
	wide     bool
	vertical bool
	noPager  bool
	colour   colourValue
	aside    []string // columns that a table may leave out, unless columns are asked for
	name     string   // what a workbook calls the answer
}

func (f *lookFlags) define(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.columns, "columns", nil, "only these `COLUMNS` (a,b,...), in this order")
	flags.BoolVar(&f.wide, "wide", false, "a table as wide as it is: nothing is said once, shortened or wrapped")
	flags.BoolVar(&f.vertical, "vertical", false, "a table with a line for each column of a row")
	flags.BoolVar(&f.noPager, "no-pager", false, "no pager, be the answer longer than the terminal or not")
	flags.Var(&f.colour, "color", "paint errors, findings and calls that write: `WHEN` is auto (at a terminal, unless NO_COLOR is set), always or never")
}

// isShaped says that the flags shape a table.
func (f *lookFlags) isShaped() bool { return len(f.columns) > 0 || f.wide || f.vertical }

// A colourValue is when to paint.
type colourValue string

func (v *colourValue) Type() string   { return "when" }
func (v *colourValue) String() string { return "auto" }

func (v *colourValue) Set(text string) error {
	switch text {
	case "auto", "always", "never":
		*v = colourValue(text)
	case "on": // as the AWS CLI has it
		*v = "always"
	case "off":
		*v = "never"
	default:
		return errors.New("it is auto, always or never")
	}
	return nil
}

// paints says whether to paint what goes to a terminal or elsewhere; NO_COLOR is what
// https://no-color.org says.
func (v colourValue) paints(terminal bool) bool {
	switch v {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// A pager holds an answer back until it is longer than the terminal, and gives it to $PAGER
// then.
type pager struct {
	out     *os.File
	lines   int // of the terminal
	held    []byte
	command *exec.Cmd
	in      io.WriteCloser
	direct  bool // there is none that could be started
}

// paged is s with a pager for stdout, if that is a terminal and the flags let it; done ends
// it.
func (f *lookFlags) paged(s streams) (to streams, done func() error) {
	out, ok := s.out.(*os.File)
	if !ok || f.noPager || !isTerminal(out) || !isTerminal(s.in) {
		return s, func() error { return nil }
	}
	_, lines, err := term.GetSize(int(out.Fd()))
	if err != nil || lines <= 0 || pagerCommand() == "" {
		return s, func() error { return nil }
	}
	s.pager = &pager{out: out, lines: lines}
	return s, s.pager.close
}

// pagerCommand is $PAGER, or less where there is one; "" for none.
func pagerCommand() string {
	if command, ok := os.LookupEnv("PAGER"); ok {
		if command == "cat" {
			return ""
		}
		return command
	}
	if _, err := exec.LookPath("less"); err == nil {
		return "less"
	}
	return ""
}

func (p *pager) Write(b []byte) (int, error) {
	switch {
	case p.in != nil:
		return p.in.Write(b)
	case p.direct:
		return p.out.Write(b)
	}
	p.held = append(p.held, b...)
	// The line of the prompt and that of stderr are on the screen as well.
	if strings.Count(string(p.held), "\n") > p.lines-3 {
		if err := p.start(); err != nil {
			p.direct = true
		}
		if err := p.flush(); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

func (p *pager) start() error {
	p.command = exec.Command("/bin/sh", "-c", pagerCommand())
	p.command.Stdout, p.command.Stderr = p.out, os.Stderr
	if _, ok := os.LookupEnv("LESS"); !ok {
		p.command.Env = append(os.Environ(), "LESS=FRSX") // long lines go on to the right
	}
	in, err := p.command.StdinPipe()
	if err != nil {
		return err
	}
	if err := p.command.Start(); err != nil {
		return err
	}
	p.in = in
	return nil
}

// flush writes what is held back.
func (p *pager) flush() error {
	held := p.held
	p.held = nil
	if len(held) == 0 {
		return nil
	}
	var err error
	if p.in != nil {
		_, err = p.in.Write(held)
	} else {
		_, err = p.out.Write(held)
	}
	return err
}

// close waits for the reader to leave the pager.
func (p *pager) close() error {
	err := p.flush()
	if p.in == nil {
		return err
	}
	return errors.Join(err, p.in.Close(), p.command.Wait())
}

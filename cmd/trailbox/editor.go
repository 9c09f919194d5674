package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"trailbox/query"
)

// An editor reads lines from a terminal, which are edited, completed, and remembered.
type editor struct {
	in       *os.File
	keys     *keys
	terminal *term.Terminal
}

// newEditor returns an editor that shows on out what is typed. History may be nil.
func newEditor(in *os.File, out io.Writer, completer *query.Completer, history *history) *editor {
	e := &editor{in: in, keys: &keys{in: in}}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{e.keys, out}, "")
	if history != nil {
		e.terminal.History = history
	}
	e.terminal.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		completed, newPos, words := completer.Complete(line, pos)
		if completed == line && len(words) > 1 { // it is for the user to go on
			io.WriteString(e.terminal, offer(words)+"\n")
		}
		return completed, newPos, true
	}
	return e
}

// offer lists words to choose from, not too many.
func offer(words []string) string {
	const most = 40
	text := strings.Join(words[:min(most, len(words))], "  ")
	if len(words) > most {
		text += "  ..."
	}
	return text
}

// readLine is for [session].readLine. The terminal is as it was but while it is read.
func (e *editor) readLine(prompt string) (string, error) {
	state, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", err
	}
	defer term.Restore(int(e.in.Fd()), state)
	if width, height, err := term.GetSize(int(e.in.Fd())); err == nil && width > 0 {
		e.terminal.SetSize(width, height)
	}
	e.terminal.SetPrompt(prompt)
	line, err := e.terminal.ReadLine()
	if e.keys.interrupted {
		e.keys.interrupted = false
		return "", errInterrupted
	}
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}

// keys are what is typed. To the terminal Ctrl-C is the end of all input, so it gets
// keys that empty the line instead.
type keys struct {
	in          io.Reader
	pending     []byte
	interrupted bool // Ctrl-C was among what was read
}

const (
	ctrlC     = "\x03"
	emptyLine = "\x05\x15\r" // Ctrl-E, Ctrl-U, Enter: to the end, erase, go on
)

func (k *keys) Read(p []byte) (int, error) {
	if len(k.pending) == 0 {
		buf := make([]byte, 256)
		n, err := k.in.Read(buf)
		if n == 0 {
			return 0, err
		}
		k.pending = buf[:n]
		if bytes.Contains(k.pending, []byte(ctrlC)) {
			k.interrupted = true
			k.pending = bytes.ReplaceAll(k.pending, []byte(ctrlC), []byte(emptyLine))
		}
	}
	n := copy(p, k.pending)
	k.pending = k.pending[n:]
	return n, nil
}

// A history is the lines that were typed, the latest first for who asks, and a file of
// them, the latest last.
type history struct {
	path  string
	lines []string
}

// maxHistory is how many lines are remembered.
const maxHistory = 1000

// openHistory reads the history of earlier sessions. A machine without a place for it
// has none.
func openHistory() *history {
	folder := os.Getenv("XDG_STATE_HOME")
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil
		}
		folder = filepath.Join(home, ".local", "state")
	}
	h := &history{path: filepath.Join(folder, "trailbox", "sql_history")}
	file, err := os.Open(h.path)
	if err != nil {
		return h
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if line, err := strconv.Unquote(scanner.Text()); err == nil {
			h.lines = append(h.lines, line)
		}
	}
	h.lines = h.lines[max(0, len(h.lines)-maxHistory):]
	return h
}

// Add implements [term.History].
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = slices.Delete(h.lines, 0, max(0, len(h.lines)-maxHistory))
}

// Len implements [term.History].
func (h *history) Len() int { return len(h.lines) }

// At implements [term.History].
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// save writes the history for sessions to come.
func (h *history) save() error {
	if len(h.lines) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	var text bytes.Buffer
	for _, line := range h.lines {
		text.WriteString(strconv.Quote(line) + "\n")
	}
	return os.WriteFile(h.path, text.Bytes(), 0o600)
}

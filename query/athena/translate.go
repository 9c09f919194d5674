package athena

import (
	"slices"
	"strconv"
	"strings"
)

// A statement is one that is being rewritten.
type statement struct {
	text   string
	tokens []token
	trino  bool // it reads a table of Athena or CloudTrail Lake
	lake   bool // it reads one of CloudTrail Lake

	unnamed int         // columns without a name, so far
	places  map[int]int // where in the answer they are, if that had to be asked
	asks    bool        // it has to be

	zones   []zonedName
	output  int          // the SELECT whose columns are the answer's
	shown   []shownTime  // of them
	guesses map[int]bool // offsets of UNNEST(x) AS t(a, b), which may be of a map or a list
	maps    map[int]bool // those that are of maps
	refused error        // what cannot be done
	marks   bool         // what is rendered says where tokens are, see mark
}

// at is a token, one without text behind the last.
func (s *statement) at(i int) *token {
	if i < 0 || i >= len(s.tokens) {
		return &token{pair: -1}
	}
	return &s.tokens[i]
}

// An Origin is whose a table is.
type Origin int

const (
	Nobodys Origin = iota // that nobody knows: it stays as it is
	Own                   // a table of the store's own
	Logs                  // Athena's CloudTrail table
)

// A Catalog is what has to be asked of the store that a statement is for.
type Catalog interface {
	// Origin says whose a table is whose name does not say it, by the parts of the name, in
	// lower case. It stands at an offset of the statement.
	Origin(parts []string, offset int) (Origin, error)
	// Columns are the names of the columns of the answer to a statement of DuckDB's
	// spelling. If that is wrong, so it is at an offset of it, -1 if nobody knows where.
	Columns(statement string) (names []string, wrong int, err error)
}

// A Translation is a statement in DuckDB's spelling.
type Translation struct {
	SQL   string
	spots []spot
}

// A spot is where a token is: in the translation, and in the statement.
type spot struct {
	at, from int
	text     string // as it was written
}

// Source is the place in the statement that a place in its translation comes from; both are
// counted in bytes.
func (t *Translation) Source(at int) int {
	i, found := slices.BinarySearchFunc(t.spots, at, func(s spot, at int) int { return s.at - at })
	if !found {
		i--
	}
	switch {
	case len(t.spots) == 0:
		return at
	case i < 0:
		return t.spots[0].from
	}
	s := t.spots[i]
	if within := at - s.at; within < len(s.text) && strings.HasPrefix(t.SQL[s.at:], s.text) {
		return s.from + within
	}
	return s.from
}

// Translate gives a statement DuckDB's spelling.
func Translate(text string, catalog Catalog) (*Translation, error) {
	s, err := parse(text, catalog)
	if err != nil || s == nil {
		return &Translation{SQL: text}, err
	}
	if s.places, s.maps, err = s.ask(catalog); err != nil {
		return nil, err
	}
	t := s.rewritten()
	return t, s.refused
}

// ask asks DuckDB what the text of a statement does not tell: where in the answer columns
// behind a * are, and whether x in UNNEST(x) AS t(a, b) is a map. What is wrong with the
// statement itself will be told when it is run.
func (s *statement) ask(catalog Catalog) (places map[int]int, maps map[int]bool, err error) {
	maps = map[int]bool{}
	hasStar, unnests := s.hasStar(), slices.ContainsFunc(s.tokens, func(t token) bool { return t.is("unnest") })
	for hasStar || unnests {
		asking, err := parse(s.text, catalog)
		if err != nil {
			return nil, nil, err
		}
		asking.asks, asking.maps = true, maps
		t := asking.rewritten()
		if len(asking.guesses) == 0 && (!hasStar || asking.unnamed == 0) {
			break
		}
		columns, wrong, err := catalog.Columns(t.SQL)
		if err == nil {
			return placed(columns), maps, nil
		}
		from := t.Source(max(wrong, 0))
		if wrong < 0 || maps[from] || !asking.guesses[from] {
			break
		}
		maps[from] = true
	}
	return nil, maps, nil
}

// parse reads a statement, and puts the views in the places of tables; nil if it is DuckDB's
// own.
func parse(text string, catalog Catalog) (*statement, error) {
	s := &statement{text: text, tokens: tokens(text), guesses: map[int]bool{}, marks: !strings.Contains(text, mark)}
	if s.refuseStatement(); s.refused != nil {
		return nil, s.refused
	}
	reads := false // tables of the store's own
	views := map[table]string{}
	for _, t := range s.tables() {
		view := t.view()
		if view == "" {
			whose, err := catalog.Origin(t.parts(), s.tokens[t.first].begin)
			switch {
			case err != nil:
				return nil, err
			case whose == Own:
				reads = true
			case whose == Logs:
				view = logsView
			}
		}
		if view != "" {
			s.trino = true
			s.lake = s.lake || view == lakeView
			views[t] = view
		}
	}
	if reads && !s.trino {
		return nil, nil
	}
	for t, view := range views {
		s.replace(t.first, t.last, s.source(t, view))
	}
	return s, nil
}

// rewritten is the statement when all of it is rewritten.
func (s *statement) rewritten() *Translation {
	if s.trino {
		s.findZones()
		s.findShownTimes()
	}
	// From the right to the left, so that what stands inside of something is done before it.
	for i := len(s.tokens) - 1; i >= 0; i-- {
		s.rewrite(i)
	}
	if len(s.tokens) == 0 {
		return &Translation{SQL: s.text}
	}
	last := s.tokens[len(s.tokens)-1]
	marked := s.gap(0) + s.render(0, len(s.tokens)) + s.text[last.begin+len(last.text):]
	if !s.marks {
		return &Translation{SQL: marked, spots: []spot{{}}}
	}
	t := &Translation{}
	var sql strings.Builder
	for i, part := range strings.Split(marked, mark) {
		if i%2 == 0 {
			sql.WriteString(part)
		} else if k, err := strconv.Atoi(part); err == nil {
			t.spots = append(t.spots, spot{at: sql.Len(), from: s.tokens[k].begin, text: s.tokens[k].text})
		}
	}
	t.SQL = sql.String()
	return t
}

// A mark goes around the number of a token where that stands, in what is rendered, so that
// its place is known wherever in the translation it gets. A statement that has the character
// itself, which DuckDB refuses, has none.
const mark = "\x00"

// move puts a text in the place of tokens that has them in another order.
func (s *statement) move(first, last int, text string) {
	s.replace(first, last, text)
	for i := first + 1; i <= last; i++ {
		s.tokens[i].moved = true
	}
}

// replace puts a text in the place of tokens, unless it is what stands there.
func (s *statement) replace(first, last int, text string) {
	if first == last && strings.EqualFold(s.tokens[first].text, text) {
		return
	}
	for i := first; i <= last; i++ {
		s.tokens[i].now = ""
		if i > first {
			s.tokens[i].before, s.tokens[i].close = "", true
		}
		if i < last {
			s.tokens[i].after = ""
		}
	}
	s.tokens[first].now = text
}

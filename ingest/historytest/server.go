// Package historytest is CloudTrail's Event history for tests, after net/http/httptest:
// [New] starts a server in the test's own process that answers LookupEvents as AWS does, with
// tokens and inclusive times, GetCallerIdentity and DescribeRegions; [Server.Wrap] lets a test
// break it.
package historytest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Account is whose Event history it is.
const Account = "111122223333"

// An Event is one of a Region.
type Event struct {
	ID, Name string
	Time     time.Time
	Record   string // as CloudTrailEvent has it; empty for one made of the others
}

// A Server is CloudTrail in some Regions.
type Server struct {
	URL string

	mu      sync.Mutex
	events  map[string][]Event // by Region, newest first
	asked   []Request
	tokens  map[string]token
	handler http.Handler
}

// A Request is one of LookupEvents.
type Request struct {
	Region             string
	StartTime, EndTime int64
	MaxResults         int
	NextToken          string
	At                 time.Time `json:"-"`
}

type token struct {
	of Request // that it was given for
	at int     // of its events
}

// New starts a server that ends with the test. Its Regions are those named.
func New(tb testing.TB, regions ...string) *Server {
	tb.Helper()
	s := &Server{events: map[string][]Event{}, tokens: map[string]token{}}
	for _, region := range regions {
		s.events[region] = nil
	}
	s.handler = http.HandlerFunc(s.answer)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		handler := s.handler
		s.mu.Unlock()
		handler.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Wrap puts a handler in front of what answers so far, from the next request on.
func (s *Server) Wrap(wrap func(next http.Handler) http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = wrap(s.handler)
}

// Add adds events to a Region.
func (s *Server) Add(region string, events ...Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := append(s.events[region], events...)
	slices.SortStableFunc(all, func(a, b Event) int { return b.Time.Compare(a.Time) })
	s.events[region] = all
}

// Asked are the requests of LookupEvents so far.
func (s *Server) Asked() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// Forget lets all tokens end that were given.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

var scope = regexp.MustCompile(`Credential=[^/]+/\d{8}/([a-z0-9-]+)/([a-z0-9]+)/aws4_request`)

// Signed is the Region and the service that a request is signed for.
func Signed(r *http.Request) (region, service string) {
	m := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return "", ""
	}
	return m[1], m[2]
}

// Refuse answers as CloudTrail refuses.
func Refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		Refuse(w, http.StatusBadRequest, "SerializationException", err.Error())
		return
	}
	region, service := Signed(r)
	switch {
	case service == "sts" && strings.Contains(string(body), "Action=GetCallerIdentity"):
		fmt.Fprintf(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::%s:user/responder</Arn><UserId>AIDAEXAMPLE</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, Account, Account)
	case service == "ec2" && strings.Contains(string(body), "Action=DescribeRegions"):
		s.mu.Lock()
		defer s.mu.Unlock()
		fmt.Fprint(w, `<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>`)
		for name := range s.events {
			fmt.Fprintf(w, `<item><regionName>%s</regionName><optInStatus>opt-in-not-required</optInStatus></item>`, name)
		}
		fmt.Fprint(w, `</regionInfo></DescribeRegionsResponse>`)
	case service == "cloudtrail" && strings.HasSuffix(r.Header.Get("X-Amz-Target"), "CloudTrail_20131101.LookupEvents"):
		ask := Request{Region: region, At: time.Now()}
		if err := json.Unmarshal(body, &ask); err != nil {
			Refuse(w, http.StatusBadRequest, "SerializationException", err.Error())
			return
		}
		s.lookup(w, ask)
	default:
		Refuse(w, http.StatusNotFound, "UnknownOperationException", "")
	}
}

// lookup answers LookupEvents.
func (s *Server) lookup(w http.ResponseWriter, ask Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, ask)
	events, enabled := s.events[ask.Region]
	bare := ask
	bare.NextToken, bare.At = "", time.Time{}
	given, known := s.tokens[ask.NextToken]
	switch {
	case !enabled:
		Refuse(w, http.StatusForbidden, "UnrecognizedClientException", "The security token included in the request is invalid.")
		return
	case ask.StartTime > ask.EndTime:
		Refuse(w, http.StatusBadRequest, "InvalidTimeRangeException", "")
		return
	case ask.MaxResults < 1 || ask.MaxResults > 50:
		Refuse(w, http.StatusBadRequest, "InvalidMaxResultsException", "")
		return
	case ask.NextToken != "" && (!known || given.of != bare):
		Refuse(w, http.StatusBadRequest, "InvalidNextTokenException", "Invalid token or token has expired.")
		return
	}
	var within []Event
	for _, e := range events {
		if t := e.Time.Unix(); t >= ask.StartTime && t <= ask.EndTime {
			within = append(within, e)
		}
	}
	at := min(given.at, len(within))
	page := within[at:min(at+ask.MaxResults, len(within))]
	type event struct {
		EventId, EventName, ReadOnly string
		EventTime                    float64
		CloudTrailEvent              string
	}
	answer := struct {
		Events    []event
		NextToken string `json:",omitempty"`
	}{Events: []event{}}
	for _, e := range page {
		answer.Events = append(answer.Events, event{e.ID, e.Name, "false", float64(e.Time.UnixMilli()) / 1000, cmp.Or(e.Record, e.record(ask.Region))})
	}
	if at += len(page); at < len(within) {
		answer.NextToken = fmt.Sprintf("token-%d", len(s.asked))
		s.tokens[answer.NextToken] = token{bare, at}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	json.NewEncoder(w).Encode(answer)
}

func (e Event) record(region string) string {
	return fmt.Sprintf(`{"eventVersion":"1.11","eventTime":%q,"eventSource":"iam.amazonaws.com","eventName":%q,"awsRegion":%q,"recipientAccountId":%q,"eventID":%q,"eventCategory":"Management"}`,
		e.Time.UTC().Format(time.RFC3339), e.Name, region, Account, e.ID)
}

// Events are n events, one each step, the last at a time. Their IDs go on from first.
func Events(first, n int, last time.Time, step time.Duration) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = Event{
			ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", first+i), Name: "CreateUser",
			Time: last.Add(-time.Duration(n-1-i) * step),
		}
	}
	return events
}

package s3test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"

	"github.com/zeebo/xxh3"
)

// A Fault spoils an answer on its way to the client.
type Fault func(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder)

// Faults are all there are, by their names.
func Faults() map[string]Fault {
	return map[string]Fault{
		"503":        refuse(http.StatusServiceUnavailable, "ServiceUnavailable"),
		"500":        refuse(http.StatusInternalServerError, "InternalError"),
		"SlowDown":   refuse(http.StatusServiceUnavailable, "SlowDown"),
		"reset":      func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) { reset(w) },
		"short body": shortBody,
		"silence":    func(_ http.ResponseWriter, r *http.Request, _ *httptest.ResponseRecorder) { <-r.Context().Done() },
		"stall":      stall,
		"too short":  cut,
		"too long":   tooLong,
		"empty": func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
			w.WriteHeader(http.StatusOK)
		},
		"another page": anotherPage,
	}
}

func refuse(status int, code string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		WriteError(w, status, code, "Please try again.")
	}
}

// reset ends the connection without the usual farewell.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // then with it
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}

// begin writes half of the answer, of which it says that it has n bytes.
func begin(w http.ResponseWriter, answer *httptest.ResponseRecorder, n int) {
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
}

func shortBody(w http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
	begin(w, answer, answer.Body.Len()+1)
	panic(http.ErrAbortHandler)
}

func stall(w http.ResponseWriter, r *http.Request, answer *httptest.ResponseRecorder) {
	begin(w, answer, answer.Body.Len()+1)
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// cut leaves a half of which everything says that it is the whole.
func cut(w http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
	begin(w, answer, answer.Body.Len()/2)
}

func tooLong(w http.ResponseWriter, _ *http.Request, answer *httptest.ResponseRecorder) {
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()+2))
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
	w.Write([]byte("\n\n"))
}

// anotherPage is what a proxy or a hotspot may answer with.
func anotherPage(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<html><body>Please sign in</body></html>")
}

// Spoil lets faults befall a share of all requests. Which ones depends on the seed, on
// what is asked for and how often that was asked before, not on the order in which
// requests come in. It returns how many requests were spoiled so far.
func (s *Server) Spoil(seed uint64, share float64, faults ...Fault) (spoiled func() int) {
	var mu sync.Mutex
	asked := map[string]int{}
	total := 0
	s.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			what := r.Method + r.URL.String() + r.Header.Get("Range")
			mu.Lock()
			asked[what]++
			dice := rand.New(rand.NewPCG(seed, xxh3.HashString(fmt.Sprint(what, asked[what]))))
			hit := dice.Float64() < share
			if hit {
				total++
			}
			mu.Unlock()
			if !hit {
				next.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			faults[dice.IntN(len(faults))](w, r, answer)
		})
	})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return total
	}
}

package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"

	"trailbox/ingest/s3test"
)

var errSlowDown = &quickError{status: http.StatusServiceUnavailable}

// taken is how many fetches a pace lets begin, which then run.
func taken(t *testing.T, p *pace) int {
	t.Helper()
	for n := 0; ; n++ {
		if !p.room.TryAcquire(1) {
			p.room.Release(int64(n))
			for range n {
				if err := p.begin(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			return n
		}
	}
}

// round ends n fetches, and returns how many began in their stead.
func round(t *testing.T, p *pace, n int) (began int) {
	t.Helper()
	for range n {
		p.end()
		began += taken(t, p)
	}
	return began
}

func TestPace(t *testing.T) {
	var retries atomic.Int64
	p := newPace(&retries)
	steps := []struct {
		what string
		got  int
		want int
	}{{"at first", taken(t, p), startAtOnce}}
	step := func(what string, got, want int) {
		steps = append(steps, struct {
			what string
			got  int
			want int
		}{what, got, want})
	}
	// All 32 are in use, so each that ends lets two begin.
	p.end()
	step("one has ended", taken(t, p), 2)
	round(t, p, 31)
	step("at the end of a round", p.limit, 64)
	if p.running != 64 {
		t.Fatalf("%d running", p.running)
	}
	// One slow-down halves; those of the same round do not count.
	for range 10 {
		p.again(errSlowDown)
	}
	step("slowed down", p.limit, 32)
	step("what was taken away is not given out", round(t, p, 32), 0)
	step("then one for one", round(t, p, 5), 5)
	p.again(errSlowDown)
	step("within the round", p.limit, 32)
	round(t, p, 27)
	step("a round later", p.limit, 32+1)
	p.again(errSlowDown)
	step("slowed down again", p.limit, 16)
	p.again(errors.New("connection reset by peer"))
	step("other errors do not count", p.limit, 16)
	for range 20 {
		round(t, p, p.running)
		p.again(errSlowDown)
	}
	step("never below one", p.limit, 1)
	step("from where it rises again", round(t, p, p.running), 2)
	for _, s := range steps {
		if s.got != s.want {
			t.Errorf("%s: %d, want %d", s.what, s.got, s.want)
		}
	}
	if retries.Load() != 10+1+1+1+20 {
		t.Errorf("%d retries", retries.Load())
	}
}

// Who waits for his turn can be called off.
func TestPaceCancel(t *testing.T) {
	p := newPace(new(atomic.Int64))
	taken(t, p)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	if err := p.begin(ctx); err != cause {
		t.Errorf("%v", err)
	}
}

// A server that takes five requests at a time is asked for about as many, not for as
// many as there are fetchers; nothing is lost meanwhile.
func TestFetchAtServersPace(t *testing.T) {
	const objects, fetchers, takes = 1000, 64, 5
	server := s3test.New(t)
	for i := range objects {
		server.Put("logs", fmt.Sprint(i), []byte(fmt.Sprint("s3://logs/", i)))
	}
	var retries atomic.Int64
	patient := func(o *config.LoadOptions) error {
		o.Retryer = func() aws.Retryer {
			return newRetryer(retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 5 * time.Millisecond, nil }))
		}
		return nil
	}
	s, err := open(t.Context(), "s3://logs", Options{EndpointURL: server.URL, Retries: &retries}, patient)
	if err != nil {
		t.Fatal(err)
	}
	list := mustList(t, s)
	var now, refused atomic.Int64
	server.Wrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer now.Add(-1)
			if now.Add(1) > takes {
				refused.Add(1)
				s3test.WriteError(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
				return
			}
			time.Sleep(time.Millisecond) // so that requests meet
			next.ServeHTTP(w, r)
		})
	})
	next := make(chan int)
	var work sync.WaitGroup
	for range fetchers {
		work.Go(func() {
			for i := range next {
				if data, _, err := s.Fetch(t.Context(), list[i]); err != nil || string(data) != list[i].URI {
					t.Errorf("%s: %q, %v", list[i].URI, data, err)
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	work.Wait()
	if limit := s.pace.limit; limit > fetchers/2 {
		t.Errorf("the pace is %d at the end", limit)
	}
	if refused.Load() == 0 || retries.Load() != refused.Load() {
		t.Errorf("%d requests were refused, %d retries counted", refused.Load(), retries.Load())
	}
}

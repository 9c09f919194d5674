package bucket

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"golang.org/x/sync/semaphore"
)

const (
	startAtOnce = 32      // fetches, before it is known what the server takes
	mostAtOnce  = 1 << 16 // more than anybody asks for
)

// A pace is how many objects are fetched at a time. It rises while fetches wait for
// it, by one for each that ends, until the server asks to slow down; then it falls to
// the half of what was going on, and rises by one for each round of fetches. So it
// stays about where the server wants it, and nobody has to know where that is.
type pace struct {
	room    *semaphore.Weighted
	retries *atomic.Int64 // requests made again

	mu      sync.Mutex
	limit   int
	running int
	rising  bool // the server has not asked to slow down yet
	ended   int  // since the limit last changed
	round   int  // ends to wait for until the server's word counts again
	owed    int  // places that the limit took away, and that are still taken
}

func newPace(retries *atomic.Int64) *pace {
	p := &pace{room: semaphore.NewWeighted(mostAtOnce), retries: retries, limit: startAtOnce, rising: true}
	p.room.TryAcquire(mostAtOnce - startAtOnce)
	return p
}

// begin waits until one more object may be fetched; end must follow.
func (p *pace) begin(ctx context.Context) error {
	if err := p.room.Acquire(ctx, 1); err != nil {
		return context.Cause(ctx)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running++
	return nil
}

func (p *pace) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := p.running >= p.limit && p.limit < mostAtOnce
	p.running--
	p.round--
	if p.owed > 0 {
		p.owed--
		return
	}
	p.room.Release(1)
	if p.ended++; wanted && (p.rising || p.ended >= p.limit) {
		p.ended = 0
		p.limit++
		p.room.Release(1)
	}
}

// again notes that a request has to be made again, because of err.
func (p *pace) again(err error) {
	p.retries.Add(1)
	if !throttled(err) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.round > 0 { // this one was on its way when the server last said so
		return
	}
	limit := max(1, min(p.limit, p.running)/2)
	p.owed += p.limit - limit
	p.limit, p.round, p.ended, p.rising = limit, p.running, 0, false
	for p.owed > 0 && p.room.TryAcquire(1) {
		p.owed--
	}
}

// throttled reports whether a server asks for fewer requests.
func throttled(err error) bool {
	var response interface{ HTTPStatusCode() int }
	if errors.As(err, &response) {
		switch response.HTTPStatusCode() {
		case http.StatusServiceUnavailable, http.StatusTooManyRequests:
			return true
		}
	}
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}

// A paced retryer tells of each request that is made again.
type paced struct {
	aws.RetryerV2
	pace *pace
}

func (r paced) GetRetryToken(ctx context.Context, err error) (func(error) error, error) {
	r.pace.again(err)
	return r.RetryerV2.GetRetryToken(ctx, err)
}

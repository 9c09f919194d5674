package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"trailbox/schema"
)

// A Webhook takes notices as JSON by HTTP POST: the message, and a text that a chat
// shows.
type Webhook struct {
	url    *url.URL
	secret *secret
	client *http.Client
}

// What is read of a webhook's answer, and what is shown of it.
const (
	maxAnswerBytes = 4 << 10 // so that no part of the URL is cut off where it is looked for
	maxShownBytes  = 200
)

// NewWebhook returns the receiver at a URL.
func NewWebhook(address string) (*Webhook, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("a webhook is an http or https URL") // which may be secret: it is not told
	}
	return &Webhook{u, newSecret(u), &http.Client{
		// A POST that is sent on elsewhere would arrive as a GET without its body.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements [Receiver]. The path of a webhook's URL is its password.
func (h *Webhook) Name() string {
	return fmt.Sprintf("webhook %s %s", h.url.Host, fingerprint(h.url.String()))
}

// chatMessage is a message with what a chat needs. A chat takes its text and passes
// over what it does not know.
type chatMessage struct {
	Text string `json:"text"`
	// Links in it shall not be fetched.
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
	*Message
}

// Deliver implements [Receiver].
func (h *Webhook) Deliver(ctx context.Context, n *schema.Notice) error {
	m, err := parseMessage(n)
	if err != nil {
		return err
	}
	body, err := marshal(chatMessage{Text: m.chat(), Message: m})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url.String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "trailbox")
	request.Header.Set("Idempotency-Key", n.ID)
	response, err := h.client.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL
		}
		var network *net.OpError // which knows addresses only
		if !errors.As(err, &network) && h.secret.isIn(err.Error()) {
			err = errors.New(notShown)
		}
		return fmt.Errorf("%s: %w", h.url.Host, err)
	}
	defer response.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if response.StatusCode/100 == 2 {
		return nil
	}
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	return &RefusedError{
		Receiver: h.url.Host,
		Answer:   h.shown(response.StatusCode, string(answer)),
		After:    min(time.Duration(max(seconds, 0))*time.Second, maxWait),
	}
}

// notShown stands for words that could give the URL away.
const notShown = "its answer repeats parts of the URL, and is not shown"

// shown is what of an answer is told: not all proxies and error pages know that the path of
// the URL that they repeat is a password.
func (h *Webhook) shown(status int, answer string) string {
	name := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	if h.secret.isIn(answer) {
		return name + " (" + notShown + ")"
	}
	answer = strings.Join(strings.Fields(answer), " ")
	return strings.TrimSpace(name + " " + answer[:min(len(answer), maxShownBytes)])
}

package notify

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"net/url"
	"os"
	"strings"
	"time"

	"trailbox/schema"
)

// A MailServer takes mail by SMTP.
type MailServer struct {
	// URL is smtp://host:port, where TLS begins with STARTTLS if the server has it, or
	// smtps://host:port, where it begins at once. A host and a port alone are smtp.
	URL string
	// User and Password are for servers that ask for them; they are sent over TLS only, or
	// to this machine.
	User, Password string
	From           string
}

// A Mailbox takes notices as mail.
type Mailbox struct {
	to, from       *mail.Address
	host, port     string
	tlsAtOnce      bool
	tls            *tls.Config
	user, password string
}

// NewMailbox returns the receiver with a mail address.
func NewMailbox(to string, server MailServer) (*Mailbox, error) {
	b := &Mailbox{user: server.User, password: server.Password}
	var err error
	if b.to, err = mail.ParseAddress(to); err != nil {
		return nil, fmt.Errorf("%q is not a mail address", to)
	}
	if b.from, err = mail.ParseAddress(server.From); err != nil {
		return nil, fmt.Errorf("%q is not a mail address", server.From)
	}
	address := server.URL
	if !strings.Contains(address, "://") {
		address = "smtp://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("a mail server is HOST:PORT, smtp://HOST:PORT or smtps://HOST:PORT")
	}
	b.host, b.port, b.tlsAtOnce = u.Hostname(), u.Port(), u.Scheme == "smtps"
	b.tls = &tls.Config{ServerName: b.host}
	switch {
	case b.port != "":
	case b.tlsAtOnce:
		b.port = "465"
	default:
		b.port = "25"
	}
	return b, nil
}

// Name implements [Receiver].
func (b *Mailbox) Name() string { return "mail " + b.to.Address }

// Deliver implements [Receiver].
func (b *Mailbox) Deliver(ctx context.Context, n *schema.Notice) error {
	text, err := b.compose(n)
	if err != nil {
		return err
	}
	conn, err := b.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// SMTP's client knows no context.
	hurry := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer hurry()
	err = b.send(conn, text)
	var refused *textproto.Error
	switch {
	case ctx.Err() != nil && err != nil:
		return context.Cause(ctx)
	case errors.As(err, &refused):
		return &RefusedError{Receiver: b.host, Answer: refused.Error()}
	}
	return err
}

func (b *Mailbox) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(b.host, b.port)
	if b.tlsAtOnce {
		return (&tls.Dialer{Config: b.tls}).DialContext(ctx, "tcp", address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

func (b *Mailbox) send(conn net.Conn, text []byte) error {
	c, err := smtp.NewClient(conn, b.host)
	if err != nil {
		return err
	}
	// A name is asked for; a server that does not like this one says so later.
	if name, err := os.Hostname(); err == nil {
		if err := c.Hello(name); err != nil {
			return err
		}
	}
	if offered, _ := c.Extension("STARTTLS"); offered && !b.tlsAtOnce {
		if err := c.StartTLS(b.tls); err != nil {
			return err
		}
	}
	if b.user != "" {
		if err := c.Auth(smtp.PlainAuth("", b.user, b.password, b.host)); err != nil {
			return err
		}
	}
	if err := c.Mail(b.from.Address); err != nil {
		return err
	}
	if err := c.Rcpt(b.to.Address); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	c.Quit() // it has taken the mail, however it parts
	return nil
}

// maxSubjectRunes keeps a subject to what people read of it.
const maxSubjectRunes = 200

// compose writes the mail.
func (b *Mailbox) compose(n *schema.Notice) ([]byte, error) {
	m, err := parseMessage(n)
	if err != nil {
		return nil, err
	}
	subject := []rune(m.subject()) // line ends and other controls are escaped in it
	if len(subject) > maxSubjectRunes {
		subject = append(subject[:maxSubjectRunes-1], '…')
	}
	_, domain, _ := strings.Cut(b.from.Address, "@")
	var mail bytes.Buffer
	for _, header := range [][2]string{
		{"From", b.from.String()},
		{"To", b.to.String()},
		// What looks like an encoded word would be read as one.
		{"Subject", mime.QEncoding.Encode("utf-8", strings.ReplaceAll(string(subject), "=?", "= ?"))},
		{"Date", n.Made.UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%s@%s>", n.ID, domain)},
		{"Auto-Submitted", "auto-generated"}, // so that no answering machine answers
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&mail, "%s: %s\r\n", header[0], header[1])
	}
	mail.WriteString("\r\n")
	body := quotedprintable.NewWriter(&mail)
	if _, err := body.Write([]byte(m.body())); err != nil {
		return nil, err
	}
	return mail.Bytes(), body.Close()
}

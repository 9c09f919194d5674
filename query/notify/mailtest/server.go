package mailtest

import (
	"crypto/tls"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Password is what a user of the server has to know.
const Password = "secret"

// A Mail is a mail that the server took.
type Mail struct {
	From, To string // of its envelope
	User     string // who sent it; "" without a name and a password
	Text     string // as it came
}

// Parse reads the mail's headers; its body is as it came.
func (m *Mail) Parse() (*mail.Message, error) { return mail.ReadMessage(strings.NewReader(m.Text)) }

// A Server is an SMTP server on loopback.
type Server struct {
	Address string
	server  *smtp.Server
	served  chan struct{}

	mu     sync.Mutex
	mails  []Mail
	refuse error
}

// Start starts a server: with TLS by STARTTLS, if it gets a configuration for it, and
// passwords over TLS only, or else without TLS.
func Start(config *tls.Config) (*Server, error) {
	s := &Server{served: make(chan struct{})}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{server: s}, nil }))
	s.server.Domain = "localhost"
	s.server.TLSConfig = config
	s.server.AllowInsecureAuth = config == nil
	s.server.ErrorLog = silence{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.Address = l.Addr().String()
	go func() {
		defer close(s.served)
		s.server.Serve(l)
	}()
	return s, nil
}

// Close ends the server.
func (s *Server) Close() {
	s.server.Close()
	<-s.served
}

// Take returns the mails that have come since it was last called.
func (s *Server) Take() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	mails := s.mails
	s.mails = nil
	return mails
}

// Refuse makes the server refuse the next mail.
func (s *Server) Refuse(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: message}
}

type session struct {
	server *Server
	mail   Mail
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != Password {
			return smtp.ErrAuthFailed
		}
		s.mail.User = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.mail.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	if err := s.server.refuse; err != nil {
		s.server.refuse = nil
		return err
	}
	s.mail.Text = string(text)
	s.server.mails = append(s.server.mails, s.mail)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// silence is for a server whose clients hang up as they like.
type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}

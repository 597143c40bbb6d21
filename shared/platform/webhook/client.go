package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"innkeep.internal/shared/core/fault"
)

// The time that a message may take, and its parts. The whole is half of what a function of the
// events service has, so that what came of it can still be written down.
const (
	Timeout       = 5 * time.Second
	dialTimeout   = 2 * time.Second
	tlsTimeout    = 2 * time.Second
	headerTimeout = 4 * time.Second

	maxReply       = 64 << 10 // bytes that are read of an answer; nobody uses them
	maxReplyHeader = 16 << 10
)

// Options of a Client; the zero value is what a deployed function uses.
type Options struct {
	// Local lets messages go to this machine, by http too: for the local server and for tests.
	Local bool
	// Resolve looks a host up; the machine's resolver when nil.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Roots are the authorities that receivers' certificates may come from; the machine's when nil.
	Roots *x509.CertPool
}

// Client sends messages to receivers outside. It follows no redirect, uses no proxy, dials nothing
// but public addresses, and reads little. It is safe for concurrent use.
type Client struct {
	local   bool
	resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	http    *http.Client
}

// NewClient makes a client.
func NewClient(o Options) *Client {
	c := &Client{local: o.Local, resolve: o.Resolve}
	if c.resolve == nil {
		c.resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	c.http = &http.Client{
		Timeout:       Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:            c.dial,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.Roots},
			TLSHandshakeTimeout:    tlsTimeout,
			ResponseHeaderTimeout:  headerTimeout,
			MaxResponseHeaderBytes: maxReplyHeader,
			DisableCompression:     true, // the limit of an answer is one of bytes as they come
			DisableKeepAlives:      true, // thousands of receivers, few messages each: nothing to keep open
		},
	}
	return c
}

// Check judges an address for registration: ParseURL, and what its host leads to now, as far as the
// resolver answers. A host that is not found is refused; a resolver in trouble refuses nothing,
// since each message is judged again when it is sent.
func (c *Client) Check(ctx context.Context, text string) error {
	u, err := ParseURL(text, c.local)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	_, err = c.lookup(ctx, u.Hostname())
	var dns *net.DNSError
	if err == nil || fault.From(err) != nil || errors.As(err, &dns) && dns.IsNotFound {
		return err
	}
	return nil
}

// errNotFound is a host that the resolver does not know.
var errNotFound = &net.DNSError{Err: "no such host", IsNotFound: true}

// ErrHost means that the resolver knows no such host.
var ErrHost = fault.New(fault.Invalid, "webhook_host_unknown", "there is no host of this name")

// lookup is the addresses of a host. One that is not public among them makes it ErrAddress: who
// mixes them means to be dialled there in the end.
func (c *Client) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	found := []netip.Addr{}
	if ip, err := netip.ParseAddr(host); err == nil {
		found = append(found, ip)
	} else if found, err = c.resolve(ctx, host); err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) && dns.IsNotFound {
			return nil, errors.Join(ErrHost, err)
		}
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.Join(ErrHost, errNotFound)
	}
	for i, ip := range found {
		if ip.Is4In6() && !strings.Contains(host, ":") {
			found[i] = ip.Unmap() // resolvers give IPv4 so; written out it is refused
		}
		if err := CheckIP(found[i], c.local); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// dial resolves the host itself and dials what it has judged, so that a second answer of the DNS
// cannot come in between. control looks again at what the socket is about to do.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	ips, err := c.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{ControlContext: c.control, KeepAlive: -1}
	const tries = 3 // addresses of one host: more would not fit into the time
	var faults []error
	for _, ip := range ips[:min(len(ips), tries)] {
		conn, err := d.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

// control refuses a socket that is about to connect to an address that is not public.
func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return ErrAddress
	}
	return CheckIP(at.Addr(), c.local)
}

// Answer is what came of sending a message.
type Answer struct {
	Status     int           // of HTTP; 0 when there was no answer
	Reason     string        // why there was none: see the reasons
	RetryAfter time.Duration // what the receiver asked for; 0 for nothing
	Took       time.Duration
}

// OK reports whether the receiver has taken the message. A redirect is not taken.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// The reasons for no answer. They are all that an endpoint's owner is told: the text of an error
// would tell him of ports and hosts that he cannot see himself.
const (
	ReasonURL     = "bad_url"
	ReasonAddress = "address_not_public"
	ReasonHost    = "host_unknown"
	ReasonTLS     = "tls_failed"
	ReasonTimeout = "timeout"
	ReasonConnect = "no_connection"
)

// Send posts a body with headers. It gives an Answer in every case.
func (c *Client) Send(ctx context.Context, url string, header http.Header, body []byte) Answer {
	start := time.Now()
	a := c.send(ctx, url, header, body)
	a.Took = time.Since(start)
	return a
}

func (c *Client) send(ctx context.Context, url string, header http.Header, body []byte) Answer {
	u, err := ParseURL(url, c.local)
	if err != nil {
		return Answer{Reason: reason(err)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return Answer{Reason: ReasonURL}
	}
	req.Header = header.Clone()
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{Reason: reason(err)}
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxReply)) // the status has come: that is the answer
	_ = resp.Body.Close()
	return Answer{Status: resp.StatusCode, RetryAfter: retryAfter(resp.Header.Get("Retry-After"), time.Now())}
}

func reason(err error) string {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, ErrURL):
		return ReasonURL
	case errors.Is(err, ErrAddress):
		return ReasonAddress
	case errors.Is(err, ErrHost):
		return ReasonHost
	case errors.As(err, &verify), errors.As(err, &record), errors.As(err, &alert) && alert.Op == "remote error":
		return ReasonTLS // crypto/tls tells the other side's alerts by that word alone
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return ReasonTimeout
	}
	return ReasonConnect
}

// retryAfter reads the header of that name: seconds or a date of HTTP. What is neither is nothing.
func retryAfter(text string, now time.Time) time.Duration {
	const limit = 24 * time.Hour // of what is believed; the schedule has a narrower one
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, limit)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), limit)
}

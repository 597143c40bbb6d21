package house

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"innkeep.internal/functions/gateway/edge"
	"innkeep.internal/shared/platform/gateway"
)

// headerTimeout bounds what a server waits for, as in deployed ones.
const headerTimeout = 5 * time.Second

// Door is the public door over the network of this machine, the functions behind it on another port.
type Door struct {
	URL     string
	client  *http.Client
	servers []*http.Server
}

// Open serves the door and the functions.
func (h *House) Open(ctx context.Context) (_ *Door, err error) {
	d := &Door{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	defer func() {
		if err != nil {
			d.Close()
		}
	}()
	mux := http.NewServeMux()
	for name, part := range h.parts {
		mux.Handle("/"+name+"/", http.StripPrefix("/"+name, part))
	}
	inside, err := d.serve(ctx, mux)
	if err != nil {
		return nil, err
	}
	directory, err := gateway.Config{FunctionURL: inside + "/{name}"}.Directory(edge.Behind(h.catalogue), func(string) (string, bool) { return "", false })
	if err != nil {
		return nil, err
	}
	door, err := edge.New(h.Source, edge.Options{Catalogue: h.catalogue, Network: gateway.Network{Directory: directory, Transport: gateway.NewTransport()}})
	if err != nil {
		return nil, err
	}
	d.URL, err = d.serve(ctx, door)
	return d, err
}

// serve answers on a free port, and gives its URL.
func (d *Door) serve(ctx context.Context, handler http.Handler) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	d.servers = append(d.servers, s)
	go func() { _ = s.Serve(l) }() // it ends with Close
	return "http://" + l.Addr().String(), nil
}

// Close ends the servers; calls that are under way fail.
func (d *Door) Close() {
	for _, s := range d.servers {
		_ = s.Close()
	}
	d.client.CloseIdleConnections()
}

// Must makes a call through the door; an answer of another status is an error.
func (d *Door) Must(ctx context.Context, status int, c Call) error {
	r, err := http.NewRequestWithContext(ctx, c.Method, d.URL+c.Path, strings.NewReader(c.Body))
	if err != nil {
		return err
	}
	r.Header = http.Header{"Authorization": {"Bearer " + c.Token}, "Idempotency-Key": {c.Key}, "Content-Type": {"application/json"}}
	a, err := d.client.Do(r)
	if err != nil {
		return err
	}
	defer a.Body.Close()
	var body bytes.Buffer
	if _, err := io.Copy(&body, a.Body); err != nil {
		return err
	}
	if a.StatusCode != status {
		return fmt.Errorf("%s %s was answered %d: %s", c.Method, c.Path, a.StatusCode, body.String())
	}
	return nil
}

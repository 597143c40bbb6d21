package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// pollEvery is short against the start of the quickest emulator (0.3 s).
const pollEvery = 20 * time.Millisecond

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil //nolint:errcheck // TCP was asked for
}

// waitReady returns when the emulator answers a call. It fails when the emulator ends first, or
// with ctx.
func (p *Process) waitReady(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("it was not ready in time: %w", ctx.Err())
		case <-p.done:
			return errors.New("it ended before it was ready")
		case <-tick.C:
		}
		if p.answers(ctx) {
			return nil
		}
	}
}

// answers sends one call that every server of the kind understands well enough to refuse.
// The Java emulators take connections before they serve them, so that a connection alone
// would say too little.
func (p *Process) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if p.Kind == Firestore {
		return answersHTTP(ctx, p.Addr)
	}
	conn, err := grpc.NewClient("passthrough:///"+p.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return false
	}
	defer conn.Close()
	err = conn.Invoke(ctx, "/innkeep.Probe/Ready", &emptypb.Empty{}, &emptypb.Empty{})
	return status.Code(err) == codes.Unimplemented
}

// answersHTTP asks the Firestore emulator's front page, which says "Ok".
func answersHTTP(ctx context.Context, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

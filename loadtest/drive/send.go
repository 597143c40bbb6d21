package drive

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// patience is how long a caller waits for an answer.
const patience = 15 * time.Second

// NewClient is for so many calls at a time.
func NewClient(atOnce int) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, MaxIdleConns: atOnce, DisableCompression: true}}
}

// answer is what came of a call.
type answer struct {
	status   int    // 0: none came
	fault    string // empty where all went well
	unknown  bool   // a write that may have taken effect
	accepted int    // entries that stand
	entry    string // a single one
	at       time.Time
	cache    string // "l1", "l2", "miss"; empty where it says nothing
}

// reply is the fields of any answer that the driver looks at.
type reply struct {
	Code     string `json:"code"`
	ID       string `json:"id"`
	Accepted int    `json:"accepted"`
	Refused  int    `json:"refused"`
	Results  []struct {
		Problem *struct {
			Code string `json:"code"`
		} `json:"problem"`
	} `json:"results"`
}

// send makes a call.
func send(ctx context.Context, client *http.Client, url string, c call) answer {
	r, err := http.NewRequestWithContext(ctx, c.method, url+c.path, strings.NewReader(c.body))
	if err != nil {
		return answer{fault: err.Error()}
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	if !c.kind.Reads() {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", c.key)
	}
	a, err := client.Do(r)
	if err != nil {
		return broken(c, err)
	}
	defer a.Body.Close()
	if c.kind.Reads() && a.StatusCode == http.StatusOK {
		if _, err := io.Copy(io.Discard, a.Body); err != nil {
			return broken(c, err)
		}
		return answer{status: a.StatusCode, cache: cached(a.Header.Get("Cache-Status"))}
	}
	text, err := io.ReadAll(a.Body)
	if err != nil {
		return broken(c, err)
	}
	return understand(c, a, text)
}

// understand reads the answer to a write, or a refusal.
func understand(c call, a *http.Response, text []byte) answer {
	out := answer{status: a.StatusCode}
	var body reply
	if err := json.Unmarshal(text, &body); err != nil {
		out.fault = strconv.Itoa(a.StatusCode) + " not JSON"
		out.unknown = !c.kind.Reads()
		return out
	}
	if a.StatusCode >= http.StatusMultipleChoices {
		out.fault = strconv.Itoa(a.StatusCode) + " " + body.Code
		out.unknown = !c.kind.Reads() && a.StatusCode >= http.StatusInternalServerError
		return out
	}
	out.at, _ = time.Parse(time.RFC3339Nano, a.Header.Get("Consistency-Token")) // zero where nothing was committed
	switch c.kind {
	case Post:
		out.accepted, out.entry = 1, body.ID
	case Bulk:
		out.accepted = body.Accepted
	}
	if body.Refused > 0 {
		out.fault, out.unknown = "refused item", c.kind == Bulk
		for _, x := range body.Results {
			if x.Problem != nil {
				out.fault += " " + x.Problem.Code
				break
			}
		}
	}
	return out
}

func broken(c call, err error) answer {
	a := answer{fault: "no answer", unknown: !c.kind.Reads()}
	var network net.Error
	if errors.As(err, &network) && network.Timeout() {
		a.fault = "no answer in " + patience.String()
	}
	return a
}

// cached reads Cache-Status: "Innkeep; hit; ttl=3; detail=l1".
func cached(status string) string {
	switch {
	case status == "" || strings.Contains(status, "fwd=bypass"):
		return ""
	case strings.Contains(status, "; hit") && strings.HasSuffix(status, "detail=l1"):
		return "l1"
	case strings.Contains(status, "; hit"):
		return "l2"
	case strings.Contains(status, "collapsed"):
		return "collapsed"
	}
	return "miss"
}

package edge

import (
	"net/http"
	"strings"
)

// passedIn are the headers of a call that its function gets. No other passes: not those by which the
// platform and functions of ours tell who calls, from where and until when, and not those of the
// connection. A test asks that every header of the API's document is among them.
var passedIn = []string{
	"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Consistency-Token", "Content-Type",
	"Content-Encoding", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-Id", "Traceparent", "Tracestate",
	"User-Agent", "X-Request-Id",
}

// keptBack are the headers of an answer that stay inside: what the platform says of itself, cookies,
// which the API does not know, and what the door says itself.
var keptBack = []string{
	"Alt-Svc", "Date", "Function-Execution-Id", "Ratelimit", "Ratelimit-Policy", "Server", "Set-Cookie", "Traceparent", "Via", "X-Cloud-Trace-Context",
	"X-Powered-By", "X-Request-Id", "X-Serverless-Authorization",
}

// keptBackPrefixes begin the names of more of them.
var keptBackPrefixes = []string{"Access-Control-", "X-Forwarded-", "X-Goog-", "X-Google-"}

// security are the headers of every answer that has no other value of them: an answer is data, which
// shows nothing, loads nothing and stands in no frame.
var security = map[string]string{
	"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Referrer-Policy":              "no-referrer",
	"Strict-Transport-Security":    "max-age=63072000; includeSubDomains", // two years
	"X-Content-Type-Options":       "nosniff",
}

// defaults sets what every answer says, where it says nothing else.
func defaults(h http.Header) {
	for name, value := range security {
		if _, there := h[name]; !there {
			h[name] = []string{value}
		}
	}
	if _, there := h["Cache-Control"]; !there {
		h["Cache-Control"] = []string{"no-store"}
	}
}

// inward is the headers of a call as its function gets them. Their values are shared with the call.
func inward(h http.Header) http.Header {
	in := make(http.Header, len(h)+2)
	for _, name := range passedIn {
		if values, there := h[name]; there {
			in[name] = values
		}
	}
	return in
}

// outward takes from an answer's headers what stays inside, and adds what is missing.
func outward(h http.Header) {
	for _, name := range keptBack {
		delete(h, name)
	}
	for name := range h {
		for _, prefix := range keptBackPrefixes {
			if strings.HasPrefix(name, prefix) {
				delete(h, name)
			}
		}
	}
	defaults(h)
}

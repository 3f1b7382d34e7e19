package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// A Fault is what happens to one request on its way to the API server or to Git.
type Fault string

const (
	None        Fault = ""
	KillBefore  Fault = "kill-before"  // The service dies; the request is not forwarded.
	KillAfter   Fault = "kill-after"   // It is forwarded and done; the service dies without the answer.
	Cut         Fault = "cut"          // The whole connection breaks; the request is not forwarded.
	Drop        Fault = "drop"         // It is forwarded and done; the connection breaks in place of the answer.
	SlowRequest Fault = "slow-request" // It is forwarded late.
	SlowAnswer  Fault = "slow-answer"  // It is done at once and answered late, after what watches say of it.
	Conflict    Fault = "409"
	Gone        Fault = "410"
	Throttled   Fault = "429" // With Retry-After.
	Broken      Fault = "500"
	Unavailable Fault = "503"
	Truncate    Fault = "truncate" // Answers end in the middle: of the first event of a watch, of a pack of Git.
	End         Fault = "end"      // A watch ends after its first event.
	Lag         Fault = "lag"      // A watch tells each event late.
	Expire      Fault = "expire"   // A watch says that its resource version is too old.
)

var (
	requestFaults = []Fault{KillBefore, KillAfter, Cut, Drop, SlowRequest, SlowAnswer, Conflict, Gone, Throttled, Broken,
		Unavailable}
	watchFaults = []Fault{KillBefore, Cut, Drop, SlowRequest, Gone, Throttled, Broken, Unavailable, Truncate, End, Lag,
		Expire}
	gitFaults = []Fault{KillBefore, KillAfter, Cut, Drop, SlowRequest, Throttled, Broken, Unavailable, Truncate}
)

// Late is long against what the service does in the meantime, and short against its patience.
const late = 300 * time.Millisecond

// A Request is what the gate saw of one.
type Request struct {
	Verb, Path string
	Watch      bool
}

// A Gate stands before a server, counts the requests from 1 on, and does one fault to one of them.
type Gate struct {
	server http.Handler
	fault  Fault
	at     int
	kill   func() // Ends the service and starts it anew.

	mutex sync.Mutex
	seen  []Request
}

// NewGate does the fault to request number at.
func NewGate(server http.Handler, fault Fault, at int, kill func()) *Gate {
	return &Gate{server: server, fault: fault, at: at, kill: kill}
}

// Seen is all requests so far.
func (g *Gate) Seen() []Request {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return append([]Request(nil), g.seen...)
}

// Struck tells whether the fault was done.
func (g *Gate) Struck() bool { return len(g.Seen()) >= g.at }

func (g *Gate) count(r *http.Request) Fault {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.seen = append(g.seen, Request{r.Method, r.URL.RequestURI(), isWatch(r)})
	if len(g.seen) == g.at {
		return g.fault
	}
	return None
}

func isWatch(r *http.Request) bool { return r.URL.Query().Get("watch") != "" }

func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch fault := g.count(r); fault {
	case None:
		g.server.ServeHTTP(w, r)
	case KillBefore:
		g.kill()
		panic(http.ErrAbortHandler)
	case KillAfter:
		g.finish(w, r)
		g.kill()
		panic(http.ErrAbortHandler)
	case Cut:
		cut(r)
	case Drop:
		g.finish(w, r)
		cut(r)
	case SlowRequest:
		time.Sleep(late)
		g.server.ServeHTTP(w, r)
	case SlowAnswer:
		answer := g.finish(w, r)
		time.Sleep(late)
		answer.send()
	case Truncate, End, Lag:
		g.disturb(w, r, fault)
	case Expire:
		fmt.Fprintf(w, `{"type":"ERROR","object":%s}`+"\n", statusOf(http.StatusGone))
	default:
		refuse(w, fault)
	}
}

// finish lets the server do the request to its end, or until it begins to answer when the answer has no end.
func (g *Gate) finish(w http.ResponseWriter, r *http.Request) *heldAnswer {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	held := &heldAnswer{to: w, header: http.Header{}, code: http.StatusOK}
	if isWatch(r) {
		held.began = cancel
	}
	serveWithin(g.server, held, r.WithContext(ctx))
	return held
}

// disturb passes the answer on, and ends or slows it.
func (g *Gate) disturb(w http.ResponseWriter, r *http.Request, fault Fault) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	serveWithin(g.server, &disturbedAnswer{ResponseWriter: w, fault: fault, end: cancel}, r.WithContext(ctx))
}

// serveWithin does not let the end of the inner answer end the outer one.
func serveWithin(server http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if reason := recover(); reason != nil && reason != http.ErrAbortHandler {
			panic(reason)
		}
	}()
	server.ServeHTTP(w, r)
}

// cut breaks the connection without a word, with all that goes over it.
func cut(r *http.Request) {
	connection := r.Context().Value(harness.Connection{}).(net.Conn)
	if secured, ok := connection.(interface{ NetConn() net.Conn }); ok {
		connection = secured.NetConn()
	}
	connection.Close()
	panic(http.ErrAbortHandler)
}

func refuse(w http.ResponseWriter, fault Fault) {
	var code int
	fmt.Sscan(string(fault), &code)
	w.Header().Set("Content-Type", "application/json")
	if code == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", "1")
	}
	w.WriteHeader(code)
	w.Write(statusOf(code))
}

// statusOf is how an API server says no.
func statusOf(code int) []byte {
	reasons := map[int]string{409: "Conflict", 410: "Expired", 429: "TooManyRequests", 500: "InternalError",
		503: "ServiceUnavailable"}
	return fmt.Appendf(nil, `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",`+
		`"message":"a fault of the test","reason":"%s","code":%d}`, reasons[code], code)
}

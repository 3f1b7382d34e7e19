package main

import (
	"bytes"
	"io"
	"net/http"
	"sync"

	"gitops.spira.dev/tests/support/harness"
)

// A Tapped is one request of the API server.
type Tapped struct {
	Method, Path, Query string
	Body                []byte // Of patches only.
}

func (t Tapped) isWatch() bool { return bytes.Contains([]byte(t.Query), []byte("watch=")) }

// A Tap stands before the API server and keeps what is asked.
type Tap struct {
	server http.Handler
	mutex  sync.Mutex
	seen   []Tapped
}

func (t *Tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tapped := Tapped{r.Method, r.URL.Path, r.URL.RawQuery, nil}
	if r.Method == http.MethodPatch {
		tapped.Body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(tapped.Body))
	}
	t.mutex.Lock()
	t.seen = append(t.seen, tapped)
	t.mutex.Unlock()
	t.server.ServeHTTP(w, r)
}

// Take returns what was asked since the last call, watches aside.
func (t *Tap) Take() []Tapped {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	var taken []Tapped
	for _, request := range t.seen {
		if !request.isWatch() {
			taken = append(taken, request)
		}
	}
	t.seen = nil
	return taken
}

func (p *Place) openTap() error {
	p.tap = &Tap{server: p.bench.cluster.Forward()}
	server, url, err := harness.Listen(p.tap, &p.bench.cluster.Certificate)
	if err != nil {
		return err
	}
	p.closers = append(p.closers, func() { server.Close() })
	p.kubeconfig = p.folder + "/kubeconfig"
	return p.bench.cluster.WriteKubeconfig(p.kubeconfig, url)
}

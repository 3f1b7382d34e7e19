package main

import (
	"bytes"
	"maps"
	"net/http"
	"time"
)

// A heldAnswer keeps what a server answers until it is sent or forgotten.
type heldAnswer struct {
	to     http.ResponseWriter
	header http.Header
	code   int
	body   bytes.Buffer
	began  func() // Called when the answer begins, if set.
}

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(code int) {
	h.code = code
	if h.began != nil {
		h.began()
	}
}

func (h *heldAnswer) Write(bytes []byte) (int, error) { return h.body.Write(bytes) }

func (h *heldAnswer) send() {
	maps.Copy(h.to.Header(), h.header)
	h.to.WriteHeader(h.code)
	h.to.Write(h.body.Bytes())
}

// A disturbedAnswer passes an answer on until its fault ends it, or late.
type disturbedAnswer struct {
	http.ResponseWriter
	fault Fault
	end   func()
	ended bool
}

func (d *disturbedAnswer) WriteHeader(code int) {
	d.Header().Del("Content-Length")
	d.ResponseWriter.WriteHeader(code)
}

func (d *disturbedAnswer) Write(bytes []byte) (int, error) {
	passed := bytes
	switch {
	case d.ended:
		return len(bytes), nil
	case d.fault == Lag:
		time.Sleep(late)
	case d.fault == Truncate:
		passed = bytes[:len(bytes)/2]
	}
	d.ResponseWriter.Write(passed)
	if d.fault != Lag {
		d.ended = true
		d.end()
	}
	return len(bytes), nil
}

func (d *disturbedAnswer) Flush() { d.ResponseWriter.(http.Flusher).Flush() }

package main

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// A Load is the applies of a service, for a bare load generator to repeat.
type Load []Tapped

// record takes the bodies of the objects that a service applied in a namespace, and nothing that it has told of them.
// The label by which services find their members is another one, so that none looks at what the load generator makes.
func record(requests []Tapped, namespace string) Load {
	var load Load
	for _, request := range requests {
		if request.Method != http.MethodPatch || strings.Contains(request.Query, "dryRun") ||
			!strings.Contains(request.Path, "/namespaces/"+namespace+"/") {
			continue
		}
		request.Body = bytes.ReplaceAll(request.Body, []byte("applyset.kubernetes.io/part-of"),
			[]byte("applyset.kubernetes.io/part_of"))
		load = append(load, request)
	}
	return load
}

// in is the load for another namespace, with a name of the same length.
func (l Load) in(before, after string) Load {
	moved := make(Load, len(l))
	for i, request := range l {
		request.Path = strings.ReplaceAll(request.Path, before, after)
		request.Body = bytes.ReplaceAll(request.Body, []byte(before), []byte(after))
		moved[i] = request
	}
	return moved
}

// A Pace is how a load generator goes about it.
type Pace struct {
	concurrency int
	http2       bool
}

func (p Pace) String() string {
	if p.http2 {
		return fmt.Sprintf("%d at a time over HTTP/2", p.concurrency)
	}
	return fmt.Sprintf("%d connections", p.concurrency)
}

var paces = []Pace{{8, false}, {16, false}, {32, false}, {8, true}, {16, true}, {32, true}}

// run dry-runs everything, then applies everything, and does nothing else.
func (l Load) run(cluster *harness.Cluster, pace Pace) (time.Duration, error) {
	transport := cluster.Client.Transport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = pace.concurrency
	if !pace.http2 {
		transport.ForceAttemptHTTP2 = false
		transport.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
		transport.TLSClientConfig.NextProtos = nil
	}
	client := &http.Client{Transport: transport}
	defer client.CloseIdleConnections()
	began := time.Now()
	for _, query := range []string{"fieldManager=load&force=true&dryRun=All", "fieldManager=load&force=true"} {
		if err := l.send(client, cluster.URL.String(), query, pace.concurrency); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

func (l Load) send(client *http.Client, server, query string, concurrency int) error {
	queue := make(chan Tapped)
	failures := make(chan error, len(l))
	var group sync.WaitGroup
	for range concurrency {
		group.Go(func() {
			for request := range queue {
				if err := apply(client, server+request.Path+"?"+query, request.Body); err != nil {
					failures <- err
				}
			}
		})
	}
	for _, request := range l {
		queue <- request
	}
	close(queue)
	group.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func apply(client *http.Client, url string, body []byte) error {
	request, err := http.NewRequest(http.MethodPatch, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/apply-patch+yaml")
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s: %s", url, answer.Status, text)
	}
	return err
}

// best tries every pace once in a namespace of its own.
func (b *Bench) best(load Load, from string) (Pace, error) {
	var best Pace
	fastest := time.Duration(0)
	for _, pace := range paces {
		took, err := b.runLoad(load, from, pace)
		if err != nil {
			return best, err
		}
		if fastest == 0 || took < fastest {
			best, fastest = pace, took
		}
	}
	fmt.Printf("load generator: best of %d paces is %s\n", len(paces), best)
	return best, nil
}

// runLoad repeats a load in a new namespace, which it empties again.
func (b *Bench) runLoad(load Load, from string, pace Pace) (time.Duration, error) {
	name, err := b.newNamespace()
	if err != nil {
		return 0, err
	}
	took, err := load.in(from, name).run(b.cluster, pace)
	if err != nil {
		return 0, err
	}
	return took, b.remove(name)
}

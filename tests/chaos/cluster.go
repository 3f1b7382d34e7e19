package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// A Cluster is the administrator's connection to the API server of tests/cluster.
type Cluster struct {
	url         *url.URL
	client      *http.Client
	certificate tls.Certificate // The API server's own.
	authority   []byte
}

// A JSON is an object as the API server gives it.
type JSON = map[string]any

// openCluster takes the folder of a cluster that runs.
func openCluster(folder string) (*Cluster, error) {
	port, err := os.ReadFile(folder + "/port")
	if err != nil {
		return nil, err
	}
	authority, err := os.ReadFile(folder + "/pki/ca.crt")
	if err != nil {
		return nil, err
	}
	server, err := tls.LoadX509KeyPair(folder+"/pki/kube-apiserver.crt", folder+"/pki/kube-apiserver.key")
	if err != nil {
		return nil, err
	}
	admin, err := tls.LoadX509KeyPair(folder+"/pki/admin.crt", folder+"/pki/admin.key")
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	address, err := url.Parse("https://127.0.0.1:" + strings.TrimSpace(string(port)))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{admin}},
		ForceAttemptHTTP2: true,
	}
	return &Cluster{address, &http.Client{Transport: transport}, server, authority}, nil
}

// call does one request; absent is what a missing object answers.
func (c *Cluster) call(method, path string, body any) (JSON, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, c.url.String()+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusNotFound {
		return nil, nil
	}
	if answer.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	var object JSON
	return object, json.Unmarshal(text, &object)
}

// list is the objects of a collection; none when the server does not know it.
func (c *Cluster) list(path string) ([]JSON, error) {
	answer, err := c.call(http.MethodGet, path, nil)
	if err != nil || answer == nil {
		return nil, err
	}
	items, _ := answer["items"].([]any)
	objects := make([]JSON, 0, len(items))
	for _, item := range items {
		objects = append(objects, item.(JSON))
	}
	return objects, nil
}

// field reads a path of names; nil when it is not there.
func field(object any, path ...string) any {
	for _, name := range path {
		fields, ok := object.(JSON)
		if !ok {
			return nil
		}
		object = fields[name]
	}
	return object
}

func text(object any, path ...string) string {
	value, _ := field(object, path...).(string)
	return value
}

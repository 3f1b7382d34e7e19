package harness

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
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
	Folder      string
	URL         *url.URL
	Client      *http.Client
	Certificate tls.Certificate // The API server's own.
	Authority   []byte          // What verifies it, as PEM.
}

// A JSON is an object as the API server gives it.
type JSON = map[string]any

// OpenCluster takes the folder of a cluster that runs.
func OpenCluster(folder string) (*Cluster, error) {
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
	return &Cluster{folder, address, &http.Client{Transport: transport}, server, authority}, nil
}

// Call does one request. What does not exist is nil, and no error. A patch is a merge patch.
func (c *Cluster) Call(method, path string, body any) (JSON, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, c.URL.String()+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if method == http.MethodPatch {
		request.Header.Set("Content-Type", "application/merge-patch+json")
	}
	answer, err := c.Client.Do(request)
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

// List is the objects of a collection, each with its kind and API version; none when the server does not know it.
func (c *Cluster) List(path string) ([]JSON, error) {
	answer, err := c.Call(http.MethodGet, path, nil)
	if err != nil || answer == nil {
		return nil, err
	}
	items, _ := answer["items"].([]any)
	objects := make([]JSON, 0, len(items))
	for _, item := range items {
		object := item.(JSON)
		object["apiVersion"], object["kind"] = answer["apiVersion"], strings.TrimSuffix(Text(answer, "kind"), "List")
		objects = append(objects, object)
	}
	return objects, nil
}

// Field reads a path of names; nil when it is not there.
func Field(object any, path ...string) any {
	for _, name := range path {
		fields, ok := object.(JSON)
		if !ok {
			return nil
		}
		object = fields[name]
	}
	return object
}

// Text reads a string; "" when it is not there.
func Text(object any, path ...string) string {
	value, _ := Field(object, path...).(string)
	return value
}

// WriteKubeconfig writes one for a server that has the API server's certificate and asks for no account.
func (c *Cluster) WriteKubeconfig(file, server string) error {
	return os.WriteFile(file, fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters:
- name: test
  cluster: {server: %q, certificate-authority-data: %s}
users:
- name: test
  user: {token: of-the-test}
contexts:
- name: test
  context: {cluster: test, user: test}
current-context: test
`, server, base64.StdEncoding.EncodeToString(c.Authority)), 0o600)
}

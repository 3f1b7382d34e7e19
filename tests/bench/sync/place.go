package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// A Place is what one reconciler has for itself: a repository, a namespace, and a way to the API server.
type Place struct {
	bench      *Bench
	name       string // Of the namespace; of the same length for all.
	folder     string
	repository *harness.Repository
	url        string // Of the repository.
	kubeconfig string // A file.
	tap        *Tap   // What was asked of the API server, when it is tapped.
	closers    []func()
}

// place makes one whose repository holds these files. A tapped one reaches the API server by way of a proxy, which counts
// and costs time.
func (b *Bench) place(tapped bool, files harness.Files) (*Place, error) {
	name, err := b.newNamespace()
	if err != nil {
		return nil, err
	}
	place := &Place{bench: b, name: name, folder: b.folder + "/" + name,
		kubeconfig: b.cluster.Folder + "/admin.kubeconfig"}
	if err := os.MkdirAll(place.folder+"/remote", 0o755); err != nil {
		return nil, err
	}
	if place.repository, err = harness.NewRepository(place.folder + "/remote/repository"); err != nil {
		return nil, err
	}
	git, url, err := harness.Listen(harness.ServeGit(place.folder+"/remote"), nil)
	if err != nil {
		return nil, err
	}
	place.url = url + "/repository/.git"
	place.closers = append(place.closers, func() { git.Close() })
	if tapped {
		if err := place.openTap(); err != nil {
			return nil, err
		}
	}
	_, err = place.repository.Commit(files)
	return place, err
}

// newNamespace makes one. Nothing in the cluster would delete it, so that no run can use another's.
func (b *Bench) newNamespace() (string, error) {
	b.worlds++
	name := fmt.Sprintf("bench-%07d-%03d", os.Getpid(), b.worlds)
	_, err := b.cluster.Call("POST", "/api/v1/namespaces", harness.JSON{"metadata": harness.JSON{"name": name}})
	return name, err
}

// close ends what runs, the last first, and removes the namespace's objects.
func (p *Place) close() error {
	for i := len(p.closers) - 1; i >= 0; i-- {
		p.closers[i]()
	}
	return p.bench.remove(p.name)
}

// remove deletes the namespace's objects.
func (b *Bench) remove(namespace string) error {
	for _, path := range []string{"/api/v1/namespaces/" + namespace + "/configmaps",
		"/api/v1/namespaces/" + namespace + "/secrets", "/apis/apps/v1/namespaces/" + namespace + "/deployments"} {
		if _, err := b.cluster.Call("DELETE", path, nil); err != nil {
			return err
		}
	}
	return b.removeEach("/api/v1/namespaces/" + namespace + "/services")
}

// removeEach deletes the objects of a collection one by one, whoever wants to keep them.
func (b *Bench) removeEach(collection string) error {
	found, err := b.cluster.List(collection)
	for _, object := range found {
		path := collection + "/" + harness.Text(object, "metadata", "name")
		if harness.Field(object, "metadata", "finalizers") != nil {
			if _, err := b.cluster.Call("PATCH", path, harness.JSON{"metadata": harness.JSON{"finalizers": nil}}); err != nil {
				return err
			}
		}
		if _, err := b.cluster.Call("DELETE", path, nil); err != nil {
			return err
		}
	}
	return err
}

// environment is the files of one whose overlay holds these manifests.
func (p *Place) environment(name string, manifests []string) harness.Files {
	return harness.Files{
		"environments/" + name + ".yaml": fmt.Sprintf(`apiVersion: gitops.spira.dev/v1alpha1
kind: Environment
metadata: {name: %[1]s}
spec:
  source: {branch: main, path: overlays/%[1]s}
  namespace: %[2]s
`, name, p.name),
		"overlays/" + name + "/kustomization.yaml": "resources: [objects.yaml]\n",
		"overlays/" + name + "/objects.yaml":       strings.Join(manifests, "---\n"),
	}
}

// until asks so seldom that asking takes no more than a tenth of the time.
func until(what string, holds func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		began := time.Now()
		if holds() {
			return nil
		}
		time.Sleep(max(10*time.Millisecond, 9*time.Since(began)))
	}
	return fmt.Errorf("not within %s: %s", patience, what)
}

// An Event is what a watch of the ConfigMaps says.
type Event struct{ kind, name, value string }

func (p *Place) watch() (chan Event, error) {
	answer, err := p.bench.cluster.Client.Get(p.bench.cluster.URL.String() + "/api/v1/namespaces/" + p.name +
		"/configmaps?watch=1")
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("watch: %s", answer.Status)
	}
	p.closers = append(p.closers, func() { answer.Body.Close() })
	events := make(chan Event, 10000)
	go func() {
		for decoder := json.NewDecoder(answer.Body); ; {
			var event harness.JSON
			if decoder.Decode(&event) != nil {
				return
			}
			object := event["object"]
			events <- Event{harness.Text(event, "type"), harness.Text(object, "metadata", "name"),
				harness.Text(object, "data", "value")}
		}
	}()
	return events, nil
}

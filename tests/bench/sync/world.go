package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

const environments = "/apis/gitops.spira.dev/v1alpha1/environments"

// patience is for what is measured and never ends.
const patience = 5 * time.Minute

// A World is a service with a repository and a namespace of its own.
type World struct {
	bench      *Bench
	name       string // Of the namespace; of the same length for all.
	repository *harness.Repository
	service    *harness.Service
	tap        *Tap // What the service asked of the API server, when it is tapped.
	closers    []func()
}

// open makes a world whose service follows a repository without environments. A tapped one reaches the API server by way
// of a proxy, which counts and costs time.
func (b *Bench) open(tapped bool) (*World, error) {
	name, err := b.newNamespace()
	if err != nil {
		return nil, err
	}
	world := &World{bench: b, name: name}
	folder := b.folder + "/" + world.name
	if err := os.MkdirAll(folder+"/remote", 0o755); err != nil {
		return nil, err
	}
	repository, err := harness.NewRepository(folder + "/remote/repository")
	if err != nil {
		return nil, err
	}
	world.repository = repository
	git, gitURL, err := harness.Listen(harness.ServeGit(folder+"/remote"), nil)
	if err != nil {
		return nil, err
	}
	world.closers = append(world.closers, func() { git.Close() })
	world.service = &harness.Service{Binary: b.binary, Folder: folder, Repository: gitURL + "/repository/.git",
		Kubeconfig: b.cluster.Folder + "/admin.kubeconfig"}
	if tapped {
		if err := world.openTap(folder + "/kubeconfig"); err != nil {
			return nil, err
		}
	}
	if _, err := repository.Commit(harness.Files{"environments/README.md": "none yet"}); err != nil {
		return nil, err
	}
	if err := world.service.Start(); err != nil {
		return nil, err
	}
	world.closers = append(world.closers, world.service.Stop)
	return world, world.settle()
}

// newNamespace makes one. Nothing in the cluster would delete it, so that no run can use another's.
func (b *Bench) newNamespace() (string, error) {
	b.worlds++
	name := fmt.Sprintf("bench-%07d-%03d", os.Getpid(), b.worlds)
	_, err := b.cluster.Call("POST", "/api/v1/namespaces", harness.JSON{"metadata": harness.JSON{"name": name}})
	return name, err
}

// settle waits until the service is ready: it has read the repository.
func (w *World) settle() error {
	return until("the service is ready", func() bool {
		answer, err := http.Get(w.service.URL() + "/readyz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
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

// close ends the world and removes from the cluster what it made.
func (w *World) close() error {
	for i := len(w.closers) - 1; i >= 0; i-- {
		w.closers[i]()
	}
	if err := w.bench.remove(w.name); err != nil {
		return err
	}
	return w.bench.removeEnvironments()
}

// remove deletes the namespace's objects.
func (b *Bench) remove(namespace string) error {
	for _, path := range []string{"/api/v1/namespaces/" + namespace + "/configmaps",
		"/api/v1/namespaces/" + namespace + "/secrets", "/apis/apps/v1/namespaces/" + namespace + "/deployments"} {
		if _, err := b.cluster.Call("DELETE", path, nil); err != nil {
			return err
		}
	}
	services, err := b.cluster.List("/api/v1/namespaces/" + namespace + "/services")
	for _, service := range services {
		path := "/api/v1/namespaces/" + namespace + "/services/" + harness.Text(service, "metadata", "name")
		if _, err := b.cluster.Call("DELETE", path, nil); err != nil {
			return err
		}
	}
	return err
}

func (b *Bench) removeEnvironments() error {
	found, err := b.cluster.List(environments)
	for _, environment := range found {
		path := environments + "/" + harness.Text(environment, "metadata", "name")
		if harness.Field(environment, "metadata", "finalizers") != nil {
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

// sync commits the files, tells the service, and returns how long it took from there until all environments are Synced.
func (w *World) sync(files harness.Files, names ...string) (time.Duration, error) {
	commit, err := w.repository.Commit(files)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	w.service.TellOfPush()
	err = w.waitSynced(commit, names...)
	return time.Since(began), err
}

// waitSynced asks the service: its word counts, as that of its status.
func (w *World) waitSynced(commit string, names ...string) error {
	err := until("all are Synced", func() bool {
		synced := 0
		for _, environment := range w.statuses() {
			if harness.Text(environment, "sync") == "Synced" &&
				harness.Text(environment, "revision", "applied") == commit {
				synced++
			}
		}
		return synced == len(names)
	})
	if err != nil {
		log := w.service.Log()
		err = fmt.Errorf("%w\n%s", err, log[max(0, len(log)-4000):])
	}
	return err
}

func (w *World) statuses() []any {
	answer, err := http.Get(w.service.URL() + "/api/v1/environments")
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil
	}
	var body harness.JSON
	if json.Unmarshal(text, &body) != nil {
		return nil
	}
	list, _ := body["environments"].([]any)
	return list
}

// environment is the files of one whose overlay holds these manifests.
func (w *World) environment(name string, manifests []string) harness.Files {
	return harness.Files{
		"environments/" + name + ".yaml": fmt.Sprintf(`apiVersion: gitops.spira.dev/v1alpha1
kind: Environment
metadata: {name: %[1]s}
spec:
  source: {branch: main, path: overlays/%[1]s}
  namespace: %[2]s
`, name, w.name),
		"overlays/" + name + "/kustomization.yaml": "resources: [objects.yaml]\n",
		"overlays/" + name + "/objects.yaml":       strings.Join(manifests, "---\n"),
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

const environments = "/apis/gitops.spira.dev/v1alpha1/environments"

// patience is for what is measured and never ends.
const patience = 5 * time.Minute

// A World is a service with a place of its own.
type World struct {
	*Place
	service *harness.Service
}

// open makes a world whose service follows a repository without environments.
func (b *Bench) open(tapped bool) (*World, error) {
	place, err := b.place(tapped, harness.Files{"environments/README.md": "none yet"})
	if err != nil {
		return nil, err
	}
	world := &World{place, &harness.Service{Binary: b.binary, Folder: place.folder, Repository: place.url,
		Kubeconfig: place.kubeconfig}}
	if err := world.service.Start(); err != nil {
		return nil, err
	}
	world.closers = append(world.closers, world.service.Stop)
	return world, world.settle()
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

// close ends the world and removes from the cluster what it made.
func (w *World) close() error {
	if err := w.Place.close(); err != nil {
		return err
	}
	return w.bench.removeEach(environments)
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

// waitSynced asks the service: its word counts, as that of its status. It asks of one after the other, which costs
// little however many there are.
func (w *World) waitSynced(commit string, names ...string) error {
	synced := 0
	err := until("all are Synced", func() bool {
		for synced < len(names) {
			environment := w.status(names[synced])
			if harness.Text(environment, "sync") != "Synced" ||
				harness.Text(environment, "revision", "applied") != commit {
				return false
			}
			synced++
		}
		return true
	})
	if err != nil {
		log := w.service.Log()
		err = fmt.Errorf("%w\n%s", err, log[max(0, len(log)-4000):])
	}
	return err
}

func (w *World) status(name string) harness.JSON {
	answer, err := http.Get(w.service.URL() + "/api/v1/environments/" + name)
	if err != nil {
		return nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil
	}
	var status harness.JSON
	if json.Unmarshal(text, &status) != nil {
		return nil
	}
	return status
}

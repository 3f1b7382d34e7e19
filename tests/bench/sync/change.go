package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

const changes = 20

// change is one changed object of 1000, from webhook to live; and what is edited or deleted by hand, until it is back.
// What counts is a watch of the API server.
func (b *Bench) change() error {
	world, err := b.open(false)
	if err != nil {
		return err
	}
	objects := mixed("object", 1000-changes)
	for i := range changes {
		objects = append(objects, configMap(changed(i), "1"))
	}
	if _, err := world.sync(world.environment(world.name, objects), world.name); err != nil {
		return err
	}
	events, err := world.watch()
	if err != nil {
		return err
	}
	pushed, err := world.pushChanges(objects, events)
	if err != nil {
		return err
	}
	b.tell("one changed object of 1000, webhook to live: median of 20", median(pushed), "ms", 250)
	b.tell("one changed object of 1000, webhook to live: 95th percentile", percentile(pushed, 0.95), "ms", 500)
	edited, err := world.repeat(events, func(path string) error {
		_, err := b.cluster.Call("PATCH", path, harness.JSON{"data": harness.JSON{"value": "by hand"}})
		return err
	})
	if err != nil {
		return err
	}
	b.tell("edited by hand until reverted: median of 20", median(edited), "ms", 150)
	b.tell("edited by hand until reverted: 95th percentile", percentile(edited, 0.95), "ms", 0)
	deleted, err := world.repeat(events, func(path string) error {
		_, err := b.cluster.Call("DELETE", path, nil)
		return err
	})
	if err != nil {
		return err
	}
	b.tell("deleted by hand until made again: median of 20", median(deleted), "ms", 150)
	b.tell("deleted by hand until made again: 95th percentile", percentile(deleted, 0.95), "ms", 0)
	return world.close()
}

func changed(i int) string { return fmt.Sprintf("changed-%02d", i) }

// An Event is what a watch of the ConfigMaps says.
type Event struct{ kind, name, value string }

func (w *World) watch() (chan Event, error) {
	answer, err := w.bench.cluster.Client.Get(w.bench.cluster.URL.String() + "/api/v1/namespaces/" + w.name +
		"/configmaps?watch=1")
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("watch: %s", answer.Status)
	}
	w.closers = append(w.closers, func() { answer.Body.Close() })
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

// await reads the watch until the object is there with that value, after an event that says otherwise when upset.
func await(events chan Event, name, value string, upset bool) error {
	deadline := time.After(patience)
	for {
		select {
		case event := <-events:
			if event.name != name {
				continue
			}
			good := event.value == value && event.kind != "DELETED"
			if good && !upset {
				return nil
			}
			upset = upset && good
		case <-deadline:
			return fmt.Errorf("%s never had the value %s", name, value)
		}
	}
}

func (w *World) pushChanges(objects []string, events chan Event) ([]float64, error) {
	var times []float64
	for i := range changes {
		value := fmt.Sprint("pushed ", i)
		objects[len(objects)-1] = configMap(changed(changes-1), value)
		commit, err := w.repository.Commit(w.environment(w.name, objects))
		if err != nil {
			return nil, err
		}
		began := time.Now()
		w.service.TellOfPush()
		if err := await(events, changed(changes-1), value, false); err != nil {
			return nil, err
		}
		times = append(times, milliseconds(time.Since(began)))
		if err := w.waitSynced(commit, w.name); err != nil {
			return nil, err
		}
	}
	objects[len(objects)-1] = configMap(changed(changes-1), "1")
	_, err := w.sync(w.environment(w.name, objects), w.name)
	return times, err
}

// repeat does something to each of the objects, and measures from the API server's answer until it is undone.
func (w *World) repeat(events chan Event, act func(path string) error) ([]float64, error) {
	var times []float64
	for i := range changes {
		if err := act("/api/v1/namespaces/" + w.name + "/configmaps/" + changed(i)); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := await(events, changed(i), "1", true); err != nil {
			return nil, err
		}
		times = append(times, milliseconds(time.Since(began)))
	}
	return times, nil
}

func milliseconds(duration time.Duration) float64 { return float64(duration.Microseconds()) / 1000 }

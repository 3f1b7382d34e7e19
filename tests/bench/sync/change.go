package main

import (
	"fmt"
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
	objects := changeable()
	if _, err := world.sync(world.environment(world.name, objects), world.name); err != nil {
		return err
	}
	events, err := world.watch()
	if err != nil {
		return err
	}
	tell := func() error {
		world.service.TellOfPush()
		return nil
	}
	pushed, err := world.pushChanges(changes, objects, events, tell,
		func(commit string) error { return world.waitSynced(commit, world.name) })
	if err != nil {
		return err
	}
	objects[len(objects)-1] = configMap(changed(changes-1), "1")
	if _, err := world.sync(world.environment(world.name, objects), world.name); err != nil {
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
	if err := world.close(); err != nil {
		return err
	}
	return b.changeByFlux()
}

// changeable is 1000 objects, the last ones of which are changed.
func changeable() []string {
	objects := mixed("object", 1000-changes)
	for i := range changes {
		objects = append(objects, configMap(changed(i), "1"))
	}
	return objects
}

func changed(i int) string { return fmt.Sprintf("changed-%02d", i) }

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

// pushChanges commits one changed object after the other, and measures from telling of it until it is live.
func (p *Place) pushChanges(count int, objects []string, events chan Event, tell func() error, wait func(commit string) error) ([]float64, error) {
	var times []float64
	for i := range count {
		value := fmt.Sprint("pushed ", i)
		objects[len(objects)-1] = configMap(changed(changes-1), value)
		commit, err := p.repository.Commit(p.environment(p.name, objects))
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := tell(); err != nil {
			return nil, err
		}
		if err := await(events, changed(changes-1), value, false); err != nil {
			return nil, err
		}
		times = append(times, milliseconds(time.Since(began)))
		if err := wait(commit); err != nil {
			return nil, err
		}
	}
	return times, nil
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

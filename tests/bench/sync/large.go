package main

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// large is an environment of 5000 objects: memory, start-up after a kill, a day's polls and events, and commits.
func (b *Bench) large() error {
	world, err := b.open(true)
	if err != nil {
		return err
	}
	objects := mixed("object", 5000)
	took, err := world.sync(world.environment(world.name, objects), world.name)
	if err != nil {
		return err
	}
	b.tell("5000 objects: first sync, by way of the tap", took.Seconds(), "s", 0)
	time.Sleep(window)
	b.tell("5000 objects: resident memory after the first sync", world.memory("VmRSS"), "MiB", 80)
	b.tell("5000 objects: most memory in the first sync", world.memory("VmHWM"), "MiB", 0)
	if err := b.restart(world); err != nil {
		return err
	}
	if err := b.day(world); err != nil {
		return err
	}
	if err := b.commits(world, objects); err != nil {
		return err
	}
	return world.close()
}

// commits changes one object of the 5000, which all are in one file, again and again.
func (b *Bench) commits(world *World, objects []string) error {
	last := len(objects) - 1
	for i := range changes {
		objects[last] = configMap("changing", fmt.Sprint(i))
		if _, err := world.sync(world.environment(world.name, objects), world.name); err != nil {
			return err
		}
	}
	time.Sleep(window)
	b.tell("5000 objects: resident memory after 20 commits", world.memory("VmRSS"), "MiB", 80)
	return nil
}

func (b *Bench) restart(world *World) error {
	world.tap.Take()
	var times []float64
	for range b.rounds {
		began := time.Now()
		world.service.Kill()
		if err := until("Synced again", world.hasFoundSynced); err != nil {
			return err
		}
		times = append(times, time.Since(began).Seconds())
	}
	time.Sleep(window)
	var lists, writes int
	for _, request := range world.tap.Take() {
		if request.Method != http.MethodGet {
			writes++
			fmt.Printf("written at a start: %s %s?%s %s\n", request.Method, request.Path, request.Query, request.Body)
		} else if strings.Contains(request.Query, "limit=") {
			lists++
		}
	}
	b.tell("5000 objects: from kill -9 to Synced", median(times), "s", 5)
	b.tell("5000 objects: pages listed at a start", float64(lists)/float64(b.rounds), "", 0)
	b.tell("5000 objects: writes at all starts", float64(writes), "", none)
	b.tell("5000 objects: resident memory after a start", world.memory("VmRSS"), "MiB", 80)
	return nil
}

// hasFoundSynced tells whether the process that runs now has found the environment Synced. Its status does not tell that:
// it is what the process before has said, until Git was read.
func (w *World) hasFoundSynced() bool {
	answer, err := http.Get(w.service.URL() + "/metrics")
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return bytes.Contains(text, []byte(`reconciler_reconciles_total{environment="`+w.name+`",result="synced"}`))
}

// day is 2880 polls and 6000 changes of objects by others that are nobody's drift.
func (b *Bench) day(world *World) error {
	objects, err := b.cluster.List("/api/v1/namespaces/" + world.name + "/configmaps")
	if err != nil {
		return err
	}
	spend := func(share int) error {
		for i := range 6000 / share {
			path := "/api/v1/namespaces/" + world.name + "/configmaps/" +
				harness.Text(objects[rand.IntN(len(objects))], "metadata", "name")
			note := harness.JSON{"metadata": harness.JSON{"annotations": harness.JSON{"example.org/note": fmt.Sprint(i)}}}
			if _, err := b.cluster.Call("PATCH", path, note); err != nil {
				return err
			}
			if i%2 == 0 {
				world.service.TellOfPush()
			}
		}
		time.Sleep(window)
		return nil
	}
	if err := spend(6); err != nil {
		return err
	}
	before := world.memory("VmRSS")
	if err := spend(1); err != nil {
		return err
	}
	b.tell("24 h of polls and events: growth of resident memory", world.memory("VmRSS")-before, "MiB", 2)
	return nil
}

package main

import (
	"fmt"
	"time"
)

// window is how long the bench looks on after it did something that should cost nothing.
const window = time.Second

// quiet is what the service asks of the API server when nothing is to be done.
func (b *Bench) quiet() error {
	world, err := b.open(true)
	if err != nil {
		return err
	}
	files := world.environment(world.name, mixed("object", 1000))
	if _, err := world.sync(files, world.name); err != nil {
		return err
	}
	time.Sleep(window)
	world.tap.Take()
	var spent []float64
	for range 10 {
		before := world.cpu()
		world.service.TellOfPush()
		time.Sleep(window / 2)
		spent = append(spent, milliseconds(world.cpu()-before))
	}
	b.tell("webhook without a new commit: requests to the API server in 10", float64(len(world.tap.Take())), "", none)
	b.tell("webhook without a new commit: CPU", median(spent), "ms", 20)
	spent = nil
	for i := range 5 {
		files["README.md"] = fmt.Sprint("edition ", i)
		commit, err := world.repository.Commit(files)
		if err != nil {
			return err
		}
		before := world.cpu()
		world.service.TellOfPush()
		time.Sleep(window)
		spent = append(spent, milliseconds(world.cpu()-before))
		if err := world.waitSynced(commit, world.name); err != nil {
			return err
		}
	}
	b.tell("commit that changes nothing of the environment: requests, each", float64(len(world.tap.Take()))/5, "", 1)
	b.tell("commit that changes nothing of the environment: CPU", median(spent), "ms", 20)
	before := world.cpu()
	time.Sleep(20 * window)
	b.tell("idle for 20 s: requests but watches", float64(len(world.tap.Take())), "", none)
	b.tell("idle for 20 s: CPU", milliseconds(world.cpu()-before), "ms", 0)
	if err := world.close(); err != nil {
		return err
	}
	return b.quietFlux()
}

package main

import (
	"fmt"
	"maps"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

const manyEnvironments = 200

// many is 200 environments of 5 objects, beside the load generator, and with a broken one among them.
func (b *Bench) many() error {
	whole := func(w *World) (time.Duration, error) { return w.syncMany(nil) }
	broken := func(w *World) (time.Duration, error) {
		return w.syncMany([]string{"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: broken}\nspec: {replicas: -1}\n"})
	}
	load, from, err := b.recorded(whole)
	if err != nil {
		return err
	}
	pace, err := b.best(load, from)
	if err != nil {
		return err
	}
	var theirs, ours, ratios, delays, spent []float64
	for range b.rounds {
		loaded, err := b.runLoad(load, from, pace)
		if err != nil {
			return err
		}
		took, err := b.inWorld(func(w *World) (time.Duration, error) {
			before := w.cpu()
			took, err := whole(w)
			spent = append(spent, (w.cpu() - before).Seconds())
			return took, err
		})
		if err != nil {
			return err
		}
		tookBroken, err := b.inWorld(broken)
		if err != nil {
			return err
		}
		theirs = append(theirs, loaded.Seconds())
		ours = append(ours, took.Seconds())
		ratios = append(ratios, took.Seconds()/loaded.Seconds())
		delays = append(delays, tookBroken.Seconds()/took.Seconds())
	}
	b.tell(fmt.Sprintf("200 environments of 5 objects: load generator (%d objects)", len(load)), median(theirs), "s", 0)
	b.tell("200 environments of 5 objects: webhook to Synced", median(ours), "s", 0)
	b.tell("200 environments of 5 objects: CPU of the service", median(spent), "s", 0)
	b.tell("200 environments of 5 objects: times the load generator", median(ratios), "x", 1.25)
	b.tell("200 environments of 5 objects: with a broken one, times without", median(delays), "x", 1.1)
	return nil
}

// syncMany syncs 200 good environments, and a bad one of these manifests when there are any.
func (w *World) syncMany(bad []string) (time.Duration, error) {
	files := harness.Files{}
	var names []string
	for i := range manyEnvironments {
		name := fmt.Sprintf("%s-%03d", w.name, i)
		names = append(names, name)
		maps.Copy(files, w.environment(name, mixed(name, 5)))
	}
	if bad != nil {
		maps.Copy(files, w.environment(w.name+"-bad", bad))
	}
	return w.sync(files, names...)
}

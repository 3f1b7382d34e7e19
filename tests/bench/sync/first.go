package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// recorded syncs once by way of a tap; returns what the service applied and the namespace's name.
func (b *Bench) recorded(make func(*World) (time.Duration, error)) (Load, string, error) {
	world, err := b.open(true)
	if err != nil {
		return nil, "", err
	}
	world.tap.Take()
	if _, err := make(world); err != nil {
		return nil, "", err
	}
	load := record(world.tap.Take(), world.name)
	return load, world.name, world.close()
}

// first is the first sync of 1000 mixed objects, beside the load generator and kubectl.
func (b *Bench) first() error {
	sync := func(w *World) (time.Duration, error) {
		return w.sync(w.environment(w.name, mixed("object", 1000)), w.name)
	}
	load, from, err := b.recorded(sync)
	if err != nil {
		return err
	}
	pace, err := b.best(load, from)
	if err != nil {
		return err
	}
	var ours, theirs, peers, flux, ratios []float64
	for range b.rounds {
		loaded, err := b.runLoad(load, from, pace)
		if err != nil {
			return err
		}
		took, err := b.inWorld(sync)
		if err != nil {
			return err
		}
		theirs = append(theirs, loaded.Seconds())
		ours = append(ours, took.Seconds())
		ratios = append(ratios, took.Seconds()/loaded.Seconds())
		if b.kubectl != "" {
			took, err := b.kubectlApply(mixed("object", 1000))
			if err != nil {
				return err
			}
			peers = append(peers, took.Seconds())
		}
		if b.flux != "" {
			took, err := b.firstByFlux()
			if err != nil {
				return err
			}
			flux = append(flux, took.Seconds())
		}
	}
	b.tell(fmt.Sprintf("first sync of %d objects: load generator", len(load)), median(theirs), "s", 0)
	if len(peers) > 0 {
		b.tell("first sync of 1000 objects: kubectl apply --server-side (no dry-run)", median(peers), "s", 0)
	}
	if len(flux) > 0 {
		b.tell("first sync of 1000 objects: Flux", median(flux), "s", 0)
	}
	b.tell("first sync of 1000 objects: webhook to Synced", median(ours), "s", 0)
	b.tell("first sync of 1000 objects: times the load generator", median(ratios), "x", 1.25)
	return nil
}

func (b *Bench) inWorld(measure func(*World) (time.Duration, error)) (time.Duration, error) {
	world, err := b.open(false)
	if err != nil {
		return 0, err
	}
	took, err := measure(world)
	if err != nil {
		return 0, err
	}
	return took, world.close()
}

func (b *Bench) kubectlApply(manifests []string) (time.Duration, error) {
	name, err := b.newNamespace()
	if err != nil {
		return 0, err
	}
	file := b.folder + "/objects.yaml"
	if err := os.WriteFile(file, []byte(strings.Join(manifests, "---\n")), 0o600); err != nil {
		return 0, err
	}
	began := time.Now()
	output, err := exec.Command(b.kubectl, "--kubeconfig", b.cluster.Folder+"/admin.kubeconfig", "--namespace", name,
		"apply", "--server-side", "--filename", file).CombinedOutput()
	took := time.Since(began)
	if err != nil {
		return 0, fmt.Errorf("kubectl: %w: %s", err, output)
	}
	return took, b.remove(name)
}

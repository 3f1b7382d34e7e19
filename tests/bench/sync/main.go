// Sync measures the engine against etcd and an API server alone.
//
//	sync --cluster DIR --binary reconciler --kubectl FILE [--flux DIR] [--rounds N] [MEASUREMENT...]
//
// Prints a line for each value with its target; exit 1 when one is missed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"

	"gitops.spira.dev/tests/support/harness"
)

// A Bench is what all measurements share.
type Bench struct {
	cluster *harness.Cluster
	folder  string
	binary  string // The service.
	kubectl string
	flux    string // The folder that flux.sh prints; "" without.
	rounds  int
	worlds  int
	missed  bool
}

var measurements = []struct {
	name string
	run  func(*Bench) error
}{
	{"first", (*Bench).first},
	{"change", (*Bench).change},
	{"quiet", (*Bench).quiet},
	{"large", (*Bench).large},
	{"many", (*Bench).many},
}

func main() {
	clusterFolder := flag.String("cluster", "", "the folder of a cluster that runs")
	binary := flag.String("binary", "", "the service")
	kubectl := flag.String("kubectl", "", "a peer")
	flux := flag.String("flux", "", "a peer: the folder that flux.sh prints; none when empty")
	rounds := flag.Int("rounds", 5, "of what is compared")
	flag.Parse()
	if err := run(*clusterFolder, Bench{binary: *binary, kubectl: *kubectl, flux: *flux, rounds: *rounds}, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "sync:", err)
		os.Exit(1)
	}
}

func run(clusterFolder string, bench Bench, names []string) error {
	cluster, err := harness.OpenCluster(clusterFolder)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench-sync-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	bench.cluster, bench.folder = cluster, folder
	for _, measurement := range measurements {
		if len(names) > 0 && !slices.Contains(names, measurement.name) {
			continue
		}
		if err := measurement.run(&bench); err != nil {
			return fmt.Errorf("%s: %w", measurement.name, err)
		}
	}
	if bench.missed {
		return errors.New("some targets are missed")
	}
	return nil
}

// tell prints a value. The target is the most that it may be; 0 for none.
func (b *Bench) tell(what string, value float64, unit string, target float64) {
	verdict := ""
	switch {
	case target == 0:
	case value <= target:
		verdict = fmt.Sprintf("target %g: met", target)
	default:
		verdict = fmt.Sprintf("target %g: MISSED", target)
		b.missed = true
	}
	fmt.Printf("%-78s %9.2f %-8s %s\n", what, value, unit, verdict)
}

// none is a target of nothing at all.
const none = 1e-9

func percentile(values []float64, share float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

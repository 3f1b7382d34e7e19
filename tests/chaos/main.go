// Chaos tells the service's stories with one fault at one request, for every request and every fault, and compares how
// each ends with how it ends undisturbed: the same objects with the same fields and owners, none left over, none that
// Git holds deleted in between, and a parent that names all of its ApplySet.
//
//	chaos --cluster DIR --binary reconciler [--every N] [--parallel N] [--only REGEXP]
//
// Points are named SCENARIO/SIDE:REQUEST:FAULT; --only tells those that match.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

func main() {
	folder := flag.String("cluster", "", "the folder of a cluster that runs")
	binary := flag.String("binary", "", "the service")
	every := flag.Int("every", 1, "tell every N-th point only")
	parallel := flag.Int("parallel", 8, "how many at a time")
	only := flag.String("only", "", "a regular expression of points")
	flag.Parse()
	if err := run(*folder, *binary, *every, *parallel, regexp.MustCompile(*only)); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

func run(clusterFolder, binary string, every, parallel int, only *regexp.Regexp) error {
	cluster, err := harness.OpenCluster(clusterFolder)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "chaos-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	stage := &Stage{binary: binary, folder: folder, cluster: cluster}
	began := time.Now()
	undisturbed, points, err := enumerate(stage, only)
	if err != nil {
		return err
	}
	points = sample(points, every)
	told := tell(stage, points, undisturbed, parallel)
	fmt.Printf("%d points, %d of them reached, %d failed, in %.0f s\n", told.points, told.struck, told.failed,
		time.Since(began).Seconds())
	if told.failed > 0 {
		return errors.New("some points do not end as the undisturbed story does")
	}
	if told.points == 0 {
		return errors.New("no point is called that")
	}
	return nil
}

// enumerate tells each scenario that is asked for undisturbed and counts its requests.
func enumerate(stage *Stage, only *regexp.Regexp) (map[string]State, []Point, error) {
	states := map[string]State{}
	var points []Point
	for _, scenario := range scenarios {
		if !mayMatch(scenario, only) {
			continue
		}
		outcome, log, err := stage.Tell(Point{scenario: scenario})
		if err == nil && len(outcome.wrong) > 0 {
			err = errors.New(strings.Join(outcome.wrong, "\n"))
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s, undisturbed: %w\n%s", scenario.name, err, log)
		}
		states[scenario.name] = outcome.state
		found := slices.DeleteFunc(pointsAmong(scenario, outcome.api, outcome.git),
			func(point Point) bool { return !only.MatchString(point.String()) })
		fmt.Printf("%s: %d requests to the API server, %d to Git: %d points\n", scenario.name, len(outcome.api),
			len(outcome.git), len(found))
		points = append(points, found...)
	}
	return states, points, nil
}

// mayMatch tells whether a point of the scenario can be called that, however many requests it has.
func mayMatch(scenario Scenario, only *regexp.Regexp) bool {
	many := make([]Request, 999)
	return slices.ContainsFunc(pointsAmong(scenario, many, many),
		func(point Point) bool { return only.MatchString(point.String()) })
}

func pointsAmong(scenario Scenario, api, git []Request) []Point {
	var points []Point
	for i, request := range api {
		faults := requestFaults
		if request.Watch {
			faults = watchFaults
		}
		for _, fault := range faults {
			points = append(points, Point{scenario, "api", i + 1, fault})
		}
	}
	for i := range git {
		for _, fault := range gitFaults {
			points = append(points, Point{scenario, "git", i + 1, fault})
		}
	}
	return points
}

// sample keeps every n-th point.
func sample(points []Point, every int) []Point {
	var kept []Point
	for i := 0; i < len(points); i += every {
		kept = append(kept, points[i])
	}
	return kept
}

// A Count is how many points were told, and how they ended.
type Count struct{ points, struck, failed int }

func tell(stage *Stage, points []Point, undisturbed map[string]State, parallel int) Count {
	var count Count
	var mutex sync.Mutex
	var group sync.WaitGroup
	queue := make(chan Point)
	for range parallel {
		group.Go(func() {
			for point := range queue {
				outcome, log, err := stage.Tell(point)
				complaint := complaintOf(outcome, err, undisturbed[point.scenario.name])
				mutex.Lock()
				count.points++
				if outcome.struck {
					count.struck++
				}
				if complaint != "" {
					count.failed++
					fmt.Printf("--- FAIL %s\n%s\n%s\n", point, complaint, log)
				}
				mutex.Unlock()
			}
		})
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	feed(points, queue, interrupted)
	group.Wait()
	return count
}

// feed ends early, with what is told being counted, when it is interrupted.
func feed(points []Point, queue chan<- Point, interrupted <-chan os.Signal) {
	defer close(queue)
	for _, point := range points {
		select {
		case queue <- point:
		case <-interrupted:
			return
		}
	}
}

func complaintOf(outcome Outcome, err error, undisturbed State) string {
	if err != nil {
		return err.Error()
	}
	return strings.Join(append(outcome.wrong, undisturbed.differences(outcome.state)...), "\n")
}

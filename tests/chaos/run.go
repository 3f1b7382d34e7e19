package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// patience is how long the service may take for one step. Only a defect reaches it, also on a busy machine: it is told
// of every push, and never waits for a poll.
const patience = 60 * time.Second

// A Point is one fault at one request of a scenario.
type Point struct {
	scenario Scenario
	side     string // api or git
	at       int
	fault    Fault
}

func (p Point) String() string {
	return fmt.Sprintf("%s/%s:%d:%s", p.scenario.name, p.side, p.at, p.fault)
}

// An Outcome is how a run ended.
type Outcome struct {
	state    State
	api, git []Request
	struck   bool     // The fault was done: the run had that many requests.
	wrong    []string // What must not be, whatever the end state is.
}

// A Stage is what all runs share.
type Stage struct {
	binary, folder string
	cluster        *harness.Cluster
	runs           atomic.Int64
}

// Tell runs a scenario in a namespace, repository and service of its own, with the fault of the point.
func (s *Stage) Tell(point Point) (outcome Outcome, log string, err error) {
	run := Run{fmt.Sprintf("chaos-%d-%d", os.Getpid(), s.runs.Add(1))}
	folder := s.folder + "/" + run.name
	if err := os.MkdirAll(folder+"/remote", 0o755); err != nil {
		return outcome, "", err
	}
	repository, err := harness.NewRepository(folder + "/remote/repository")
	if err != nil {
		return outcome, "", err
	}
	defer func() {
		if cleaned := s.clean(run); err == nil {
			err = cleaned
		}
		os.RemoveAll(folder)
	}()
	_, err = s.cluster.Call("POST", "/api/v1/namespaces", harness.JSON{"metadata": harness.JSON{"name": run.name}})
	if err != nil {
		return outcome, "", err
	}
	scene := &Scene{stage: s, run: run, repository: repository, point: point, jobs: map[string]bool{}}
	if err := scene.open(folder); err != nil {
		return outcome, "", err
	}
	defer scene.close()
	err = scene.play(&outcome)
	return outcome, scene.service.Log(), err
}

// A Scene is a run under way.
type Scene struct {
	stage      *Stage
	run        Run
	repository *harness.Repository
	point      Point

	service  *harness.Service
	api, git *Gate
	jobs     map[string]bool // By UID: those that were seen to their end.
	early    []string        // What was written before its wave's turn.
	closers  []func()
}

func (s *Scene) open(folder string) error {
	kill := func() { s.service.Kill() }
	gate := func(side string) (Fault, int) {
		if s.point.side == side {
			return s.point.fault, s.point.at
		}
		return None, 0
	}
	fault, at := gate("api")
	s.api = NewGate(s.stage.cluster.Forward(), fault, at, kill)
	fault, at = gate("git")
	s.git = NewGate(harness.ServeGit(folder+"/remote"), fault, at, kill)
	apiServer, apiURL, err := harness.Listen(s.api, &s.stage.cluster.Certificate)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { apiServer.Close() })
	gitServer, gitURL, err := harness.Listen(s.git, nil)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() { gitServer.Close() })
	if err := s.stage.cluster.WriteKubeconfig(folder+"/kubeconfig", apiURL); err != nil {
		return err
	}
	s.service = &harness.Service{Binary: s.stage.binary, Folder: folder, Repository: gitURL + "/repository/.git",
		Kubeconfig: folder + "/kubeconfig"}
	s.closers = append(s.closers, s.service.Stop)
	return nil
}

func (s *Scene) close() {
	for i := len(s.closers) - 1; i >= 0; i-- {
		s.closers[i]()
	}
}

func (s *Scene) play(outcome *Outcome) error {
	if s.point.scenario.foreign != nil {
		for path, object := range s.point.scenario.foreign(s.run) {
			if _, err := s.stage.cluster.Call("POST", path, object); err != nil {
				return err
			}
		}
	}
	before, err := s.run.readObjects(s.stage.cluster)
	if err != nil {
		return err
	}
	outcome.state = State{}
	for i, step := range s.point.scenario.steps {
		commit, err := s.repository.Commit(step(s.run))
		if err != nil {
			return err
		}
		if i == 0 {
			err = s.service.Start()
		} else {
			s.service.TellOfPush()
		}
		if err != nil {
			return err
		}
		after, err := s.readEnd(i+1, commit)
		if err != nil {
			return err
		}
		outcome.wrong = append(outcome.wrong, before.remade(after)...)
		if err := s.run.checkApplySet(after); err != nil {
			outcome.wrong = append(outcome.wrong, err.Error())
		}
		if want := s.point.scenario.hooks * (i + 1); len(s.jobs) != want {
			outcome.wrong = append(outcome.wrong, fmt.Sprintf("%d hooks ran until step %d, not %d", len(s.jobs), i+1, want))
		}
		before = after
		outcome.state.add(i+1, s.run, after)
	}
	outcome.wrong = append(outcome.wrong, s.early...)
	outcome.api, outcome.git = s.api.Seen(), s.git.Seen()
	outcome.struck = s.point.fault == None || s.api.Struck() && s.point.side == "api" ||
		s.git.Struck() && s.point.side == "git"
	return nil
}

// readEnd is what lives at the end of a step. A fault may still come after the status has said so, and be told for a
// while; that ends, too.
func (s *Scene) readEnd(step int, commit string) (Objects, error) {
	for {
		if err := s.wait(step, commit); err != nil {
			return nil, err
		}
		objects, err := s.run.readObjects(s.stage.cluster)
		if err != nil {
			return nil, err
		}
		ended, err := s.hasEnded(step, commit, objects[environments+"/"+s.run.name])
		if err != nil || ended {
			return objects, err
		}
	}
}

// wait returns when the environment's resource says that the step came to its end, or when there is none any more.
func (s *Scene) wait(step int, commit string) error {
	var parent harness.JSON
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err := s.finishJobs(); err != nil {
			return err
		}
		var err error
		parent, err = s.stage.cluster.Call("GET", environments+"/"+s.run.name, nil)
		if err != nil {
			return err
		}
		if err := s.finishAwaited(step, parent); err != nil {
			return err
		}
		ended, err := s.hasEnded(step, commit, parent)
		if err != nil || ended {
			return err
		}
	}
	return fmt.Errorf("step %d did not end within %s: %v", step, patience, harness.Field(parent, "status"))
}

func (s *Scene) hasEnded(step int, commit string, parent harness.JSON) (bool, error) {
	scenario := s.point.scenario
	switch {
	case scenario.gone && step == len(scenario.steps):
		return parent == nil, nil
	case step == scenario.failing:
		return s.hasFailed(commit, parent)
	}
	return isSynced(parent, commit), nil
}

func isSynced(parent harness.JSON, commit string) bool {
	return harness.Text(parent, "status", "revision", "applied") == commit && conditionsOf(harness.Field(parent, "status"))["Synced"] == "True"
}

// clean takes everything of the run out of the cluster, so that later runs have no more to look at than the first.
func (s *Stage) clean(run Run) error {
	for _, path := range run.collections() {
		if _, err := s.cluster.Call("DELETE", path, nil); err != nil && !strings.Contains(err.Error(), "405") {
			return err
		}
	}
	for _, path := range run.singles() {
		if strings.HasPrefix(path, environments) {
			if _, err := s.cluster.Call("PATCH", path, harness.JSON{"metadata": harness.JSON{"finalizers": nil}}); err != nil {
				return err
			}
		}
		if _, err := s.cluster.Call("DELETE", path, nil); err != nil {
			return err
		}
	}
	return nil
}

// applySetID is what KEP-3659 says of an Environment of that name.
func applySetID(environment string) string {
	hash := sha256.Sum256([]byte(environment + "..Environment.gitops.spira.dev"))
	return "applyset-" + base64.RawURLEncoding.EncodeToString(hash[:]) + "-v1"
}

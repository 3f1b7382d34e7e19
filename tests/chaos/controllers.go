package main

import (
	"fmt"
	"strings"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// Nothing runs in the cluster of the tests that would do anything about an object. What controllers would do is done here.

// finishJobs has the hooks succeed, or fail where their image says so.
func (s *Scene) finishJobs() error {
	if s.point.scenario.hooks == 0 {
		return nil
	}
	jobs, err := s.stage.cluster.List(jobsOf(s.run.name))
	if err != nil {
		return err
	}
	for _, job := range jobs {
		uid := harness.Text(job, "metadata", "uid")
		if s.jobs[uid] {
			continue
		}
		s.jobs[uid] = true
		path := jobsOf(s.run.name) + "/" + harness.Text(job, "metadata", "name") + "/status"
		if _, err := s.stage.cluster.Call("PATCH", path, harness.JSON{"status": endOf(job)}); err != nil {
			return err
		}
	}
	return nil
}

func endOf(job harness.JSON) harness.JSON {
	now := time.Now().UTC().Format(time.RFC3339)
	if strings.Contains(fmt.Sprint(harness.Field(job, "spec")), failsImage) {
		return harness.JSON{"startTime": now, "failed": 1, "conditions": conditions("FailureTarget", "Failed")}
	}
	return harness.JSON{"startTime": now, "completionTime": now, "succeeded": 1,
		"conditions": conditions("SuccessCriteriaMet", "Complete")}
}

func conditions(types ...string) []harness.JSON {
	var all []harness.JSON
	for _, name := range types {
		all = append(all, harness.JSON{"type": name, "status": "True"})
	}
	return all
}

// hasFailed tells whether the sync of the commit has failed because of its hook, and all of its hooks have ended and
// were let go.
func (s *Scene) hasFailed(commit string, parent harness.JSON) (bool, error) {
	hooks, _ := harness.Field(parent, "status", "hooks").([]any)
	if harness.Text(parent, "status", "lastSync", "revision") != commit || len(hooks) != s.point.scenario.hooks ||
		!strings.Contains(fmt.Sprint(harness.Field(parent, "status", "conditions")), "HookFailed") {
		return false, nil
	}
	for _, hook := range hooks {
		if harness.Text(hook, "result") == "Running" {
			return false, nil
		}
	}
	jobs, err := s.stage.cluster.List(jobsOf(s.run.name))
	for _, job := range jobs {
		if harness.Field(job, "metadata", "finalizers") != nil {
			return false, err
		}
	}
	return true, err
}

// finishAwaited makes a Deployment healthy once the status says that the sync waits for it. Until then nothing of the
// later waves may be as the step has it.
func (s *Scene) finishAwaited(step int, parent harness.JSON) error {
	if !strings.Contains(fmt.Sprint(harness.Field(parent, "status", "waitsFor")), "Deployment") {
		return nil
	}
	deployments, err := s.stage.cluster.List(deploymentsOf(s.run.name))
	if err != nil {
		return err
	}
	for _, deployment := range deployments {
		if harness.Field(deployment, "status", "observedGeneration") == harness.Field(deployment, "metadata", "generation") {
			continue
		}
		if err := s.noteEarly(step); err != nil {
			return err
		}
		status := harness.JSON{"observedGeneration": harness.Field(deployment, "metadata", "generation"), "replicas": 1,
			"updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "conditions": conditions("Available")}
		path := deploymentsOf(s.run.name) + "/" + harness.Text(deployment, "metadata", "name") + "/status"
		if _, err := s.stage.cluster.Call("PATCH", path, harness.JSON{"status": status}); err != nil {
			return err
		}
	}
	return nil
}

// noteEarly looks for ConfigMaps whose content is that of the step, but the one that never changes.
func (s *Scene) noteEarly(step int) error {
	found, err := s.stage.cluster.List("/api/v1/namespaces/" + s.run.name + "/configmaps")
	for _, configMap := range found {
		if harness.Text(configMap, "data", "key") == fmt.Sprint(step) && harness.Text(configMap, "metadata", "name") != "stays" {
			s.early = append(s.early, fmt.Sprintf("%s was written before its turn in step %d",
				harness.Text(configMap, "metadata", "name"), step))
		}
	}
	return err
}

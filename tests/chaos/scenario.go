package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitops.spira.dev/tests/support/harness"
)

// Files are what a commit holds.
type Files = harness.Files

// A Scenario is a story of commits. After each the service is given time to follow.
type Scenario struct {
	name    string
	foreign func(Run) map[string]harness.JSON // What others made before, by collection and manager.
	steps   []func(Run) Files
	hooks   int  // Jobs that each step runs.
	failing int  // The step whose PreSync hook fails, from 1 on; 0 when none does.
	gone    bool // The last step removes the environment.
}

// A Run is what one telling of a scenario calls its things: no two share anything in the cluster.
type Run struct{ name string }

func (r Run) second() string { return r.name + "-second" }
func (r Run) group() string  { return r.name + ".example.org" }

var scenarios = []Scenario{
	{name: "create-change-prune", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "1"), "b": configMap("b", "1"), "s": service("s", 80)})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "2"), "b": configMap("b", "1"), "c": configMap("c", "1"),
				"s": service("s", 81)})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "2"), "c": configMap("c", "1")})
		},
	}},
	{name: "group-kind-change", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": networkPolicy("a"), "b": configMap("b", "1")})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": account("a"), "b": secretOf("b", "1")})
		},
		func(r Run) Files { return r.environment("", Files{"a": configMap("a", "1")}) },
	}},
	{name: "definition-with-object", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"d": definition(r.group()), "o": custom(r.group(), "o", "1"),
				"a": configMap("a", "1")})
		},
		func(r Run) Files {
			return r.environment("", Files{"d": definition(r.group()), "o": custom(r.group(), "o", "2")})
		},
		func(r Run) Files { return r.environment("", Files{"a": configMap("a", "1")}) },
	}},
	{name: "other-namespace", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "1"), "b": secretOf("b", "1")})
		},
		func(r Run) Files {
			return r.environment("", Files{"n": namespace(r.second()), "a": in(r.second(), configMap("a", "1")),
				"b": in(r.second(), secretOf("b", "1"))})
		},
	}},
	{name: "adoption", foreign: func(r Run) map[string]harness.JSON {
		return map[string]harness.JSON{
			"/api/v1/namespaces/" + r.name + "/configmaps?fieldManager=kubectl-client-side-apply": appliedByKubectl("a"),
			"/api/v1/namespaces/" + r.name + "/secrets?fieldManager=kubectl-create":               {"metadata": harness.JSON{"name": "b"}},
		}
	}, steps: []func(Run) Files{
		func(r Run) Files { return r.environment("", Files{"a": configMap("a", "1"), "b": secretOf("b", "1")}) },
		func(r Run) Files { return r.environment("", Files{"a": configMap("a", "2")}) },
	}},
	{name: "waves", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": inWave(0, configMap("a", "1")), "b": inWave(1, configMap("b", "1")),
				"c": inWave(2, secretOf("c", "1"))})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": inWave(2, configMap("a", "2")), "b": inWave(1, configMap("b", "2"))})
		},
	}},
	{name: "waves-that-wait", steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": inWave(0, deployment("a", "1")), "b": inWave(1, configMap("b", "1")),
				"c": inWave(2, secretOf("c", "1"))})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": inWave(0, deployment("a", "2")), "b": inWave(1, configMap("b", "2"))})
		},
	}},
	{name: "hooks", hooks: 2, steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "1"), "before": hook("before", "PreSync", "BeforeHookCreation"),
				"after": hook("after", "PostSync", "HookSucceeded")})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "2"), "before": hook("before", "PreSync", "BeforeHookCreation"),
				"after": hook("after", "PostSync", "HookSucceeded")})
		},
	}},
	{name: "hook-that-fails", hooks: 2, failing: 1, steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "1"), "before": failingHook("before", "PreSync"),
				"after": hook("after", "PostSync", "HookSucceeded"), "failed": hook("failed", "SyncFail", "BeforeHookCreation")})
		},
		func(r Run) Files {
			return r.environment("", Files{"a": configMap("a", "2"), "before": hook("before", "PreSync", "BeforeHookCreation"),
				"after": hook("after", "PostSync", "HookSucceeded")})
		},
	}},
	{name: "environment-deleted", gone: true, steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("deletion: Delete", Files{"a": configMap("a", "1"), "b": service("b", 80)})
		},
		func(Run) Files { return Files{"environments/README.md": "nothing"} },
	}},
	{name: "environment-orphaned", gone: true, steps: []func(Run) Files{
		func(r Run) Files {
			return r.environment("deletion: Orphan", Files{"a": configMap("a", "1"), "b": service("b", 80)})
		},
		func(Run) Files { return Files{"environments/README.md": "nothing"} },
	}},
}

// environment is a repository of one environment that holds these manifests, and one more object at all times: a sync that
// prunes everything would ask first. more is a field of its spec.
func (r Run) environment(more string, manifests Files) Files {
	files := Files{"environments/" + r.name + ".yaml": fmt.Sprintf(`apiVersion: gitops.spira.dev/v1alpha1
kind: Environment
metadata: {name: %[1]s}
spec:
  source: {branch: main, path: overlay}
  namespace: %[1]s
  %[2]s
`, r.name, more)}
	manifests["stays"] = configMap("stays", "1")
	names := slices.Sorted(maps.Keys(manifests))
	for _, name := range names {
		files["overlay/"+name+".yaml"] = manifests[name]
	}
	files["overlay/kustomization.yaml"] = "resources:\n- " + strings.Join(names, ".yaml\n- ") + ".yaml\n"
	return files
}

func configMap(name, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: %s\ndata: {key: %q}\n", name, value)
}

// appliedByKubectl holds a field that Git does not have.
func appliedByKubectl(name string) harness.JSON {
	const last = "kubectl.kubernetes.io/last-applied-configuration"
	applied := fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q},"data":{"key":"0","old":"0"}}`, name)
	return harness.JSON{"metadata": harness.JSON{"name": name, "annotations": harness.JSON{last: applied}},
		"data": harness.JSON{"key": "0", "old": "0"}}
}

func inWave(number int, manifest string) string {
	annotation := fmt.Sprintf("metadata:\n  annotations: {gitops.spira.dev/wave: %q}\n", fmt.Sprint(number))
	return strings.Replace(manifest, "metadata:\n", annotation, 1)
}

func hook(name, phase, policy string) string {
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: %s
  annotations: {gitops.spira.dev/hook: %s, gitops.spira.dev/hook-delete-policy: %s}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: "example.org/idle:1"}]
`, name, phase, policy)
}

// failsImage is that of the Jobs which fail.
const failsImage = "example.org/fails:1"

func failingHook(name, phase string) string {
	return strings.Replace(hook(name, phase, "BeforeHookCreation"), "example.org/idle:1", failsImage, 1)
}

// deployment is healthy once the test says so.
func deployment(name, version string) string {
	return fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
spec:
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec:
      containers: [{name: main, image: "example.org/idle:%[2]s"}]
`, name, version)
}

func secretOf(name, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\nstringData: {key: %q}\n", name, value)
}

func account(name string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: %s\n", name)
}

func service(name string, port int) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata:\n  name: %s\nspec:\n  ports: [{port: %d}]\n", name, port)
}

func networkPolicy(name string) string {
	return fmt.Sprintf("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: %s\n"+
		"spec: {podSelector: {}}\n", name)
}

// namespace stays when its run ends: nothing in the cluster of the tests would take what is in it away.
func namespace(name string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: %s\n", name)
}

func in(namespace, manifest string) string {
	return strings.Replace(manifest, "metadata:\n", "metadata:\n  namespace: "+namespace+"\n", 1)
}

// definition may be pruned.
func definition(group string) string {
	return fmt.Sprintf(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.%[1]s
  annotations: {gitops.spira.dev/prune: confirmed}
spec:
  group: %[1]s
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, group)
}

func custom(group, name, value string) string {
	return fmt.Sprintf("apiVersion: %s/v1\nkind: Widget\nmetadata:\n  name: %s\nvalue: %q\n", group, name, value)
}

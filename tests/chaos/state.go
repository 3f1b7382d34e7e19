package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gitops.spira.dev/tests/support/harness"
)

const environments = "/apis/gitops.spira.dev/v1alpha1/environments"

// collections are the paths under which a run may have left objects.
func (r Run) collections() []string {
	var paths []string
	for _, namespace := range []string{r.name, r.second()} {
		for _, plural := range []string{"configmaps", "secrets", "services", "serviceaccounts"} {
			paths = append(paths, "/api/v1/namespaces/"+namespace+"/"+plural)
		}
		paths = append(paths, "/apis/networking.k8s.io/v1/namespaces/"+namespace+"/networkpolicies",
			"/apis/"+r.group()+"/v1/namespaces/"+namespace+"/widgets", deploymentsOf(namespace), jobsOf(namespace))
	}
	return paths
}

func jobsOf(namespace string) string { return "/apis/batch/v1/namespaces/" + namespace + "/jobs" }

func deploymentsOf(namespace string) string {
	return "/apis/apps/v1/namespaces/" + namespace + "/deployments"
}

// singles are the paths of the objects without a namespace that a run may have made.
func (r Run) singles() []string {
	return []string{environments + "/" + r.name, "/api/v1/namespaces/" + r.name, "/api/v1/namespaces/" + r.second(),
		"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets." + r.group()}
}

// Objects are those that a run has in the cluster, by path.
type Objects map[string]harness.JSON

func (r Run) readObjects(cluster *harness.Cluster) (Objects, error) {
	objects := Objects{}
	for _, path := range r.collections() {
		found, err := cluster.List(path)
		if err != nil {
			return nil, err
		}
		for _, object := range found {
			objects[path+"/"+harness.Text(object, "metadata", "name")] = object
		}
	}
	for _, path := range r.singles() {
		object, err := cluster.Call("GET", path, nil)
		if err != nil {
			return nil, err
		}
		if object != nil {
			objects[path] = object
		}
	}
	return objects, nil
}

// remade is the objects that both have, and that are not the same ones. Each run of a hook has an object of its own.
func (o Objects) remade(later Objects) []string {
	var paths []string
	for path, object := range o {
		if strings.Contains(path, "/jobs/") {
			continue
		}
		if found, ok := later[path]; ok && harness.Text(found, "metadata", "uid") != harness.Text(object, "metadata", "uid") {
			paths = append(paths, "deleted and made again: "+path)
		}
	}
	return paths
}

// A State is everything that each step of a run left in the cluster, by step and path, as text that is the same for
// every run of a scenario that ended the same.
type State map[string]string

func (s State) add(step int, run Run, objects Objects) {
	for path, object := range objects {
		s[fmt.Sprintf("step %d: %s", step, run.anonymous(path))] = run.canonical(object)
	}
}

// checkApplySet: the parent must name all kinds and namespaces of its members.
func (r Run) checkApplySet(objects Objects) error {
	parent := objects[environments+"/"+r.name]
	id := harness.Text(parent, "metadata", "labels", "applyset.kubernetes.io/id")
	annotation := func(name string) []string {
		return strings.Split(harness.Text(parent, "metadata", "annotations", "applyset.kubernetes.io/"+name), ",")
	}
	for _, object := range objects {
		if id == "" || harness.Text(object, "metadata", "labels", "applyset.kubernetes.io/part-of") != id {
			continue
		}
		if kind := groupKind(object); !slices.Contains(annotation("contains-group-kinds"), kind) {
			return fmt.Errorf("the ApplySet does not name %s", kind)
		}
		namespace := harness.Text(object, "metadata", "namespace")
		if namespace != "" && !slices.Contains(annotation("additional-namespaces"), namespace) {
			return fmt.Errorf("the ApplySet does not name the namespace %s", namespace)
		}
	}
	return nil
}

// groupKind is what an ApplySet calls the kind of an object.
func groupKind(object harness.JSON) string {
	kind := harness.Text(object, "kind")
	if group, _, grouped := strings.Cut(harness.Text(object, "apiVersion"), "/"); grouped {
		return kind + "." + group
	}
	return kind
}

// canonical is an object without what is different in every run.
func (r Run) canonical(original harness.JSON) string {
	object := cloned(original)
	metadata, _ := object["metadata"].(harness.JSON)
	uid := harness.Text(object, "metadata", "uid")
	for _, name := range []string{"uid", "resourceVersion", "creationTimestamp", "generation"} {
		delete(metadata, name)
	}
	metadata["managedFields"] = managers(metadata["managedFields"])
	if annotations, ok := metadata["annotations"].(harness.JSON); ok {
		for _, name := range []string{"gitops.spira.dev/digest", "gitops.spira.dev/service"} {
			if annotations[name] != nil {
				annotations[name] = "some"
			}
		}
	}
	if spec, ok := object["spec"].(harness.JSON); ok && spec["clusterIP"] != nil {
		delete(spec, "clusterIP")
		delete(spec, "clusterIPs")
	}
	if status := object["status"]; status != nil {
		object["status"] = conditionsOf(status)
	}
	for _, name := range []string{"apiVersion", "kind"} {
		delete(object, name)
	}
	return r.anonymous(strings.ReplaceAll(text(object), uid, "UID"))
}

func text(object harness.JSON) string {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func cloned(object harness.JSON) harness.JSON {
	var clone harness.JSON
	if err := json.Unmarshal([]byte(text(object)), &clone); err != nil {
		panic(err)
	}
	return clone
}

// managers is who owns which fields. A status has more or fewer of them by what happened on the way.
func managers(entries any) any {
	list, _ := entries.([]any)
	var owners []string
	for _, entry := range list {
		owner := strings.Join([]string{harness.Text(entry, "manager"), harness.Text(entry, "operation"), harness.Text(entry, "subresource")}, " ")
		if harness.Text(entry, "subresource") != "status" {
			fields, _ := json.Marshal(harness.Field(entry, "fieldsV1"))
			owner += string(fields)
		}
		owners = append(owners, owner)
	}
	slices.Sort(owners)
	return owners
}

// conditionsOf is the statuses of the conditions by type.
func conditionsOf(status any) map[string]string {
	list, _ := harness.Field(status, "conditions").([]any)
	conditions := map[string]string{}
	for _, condition := range list {
		conditions[harness.Text(condition, "type")] = harness.Text(condition, "status")
	}
	return conditions
}

// anonymous takes the run's own name out of a text.
func (r Run) anonymous(text string) string {
	return strings.NewReplacer(r.name, "RUN", applySetID(r.name), "APPLYSET").Replace(text)
}

// differences is what one state has that the other has not, line by line.
func (s State) differences(other State) []string {
	var lines []string
	for path, object := range s {
		switch found, ok := other[path]; {
		case !ok:
			lines = append(lines, "missing: "+path)
		case found != object:
			lines = append(lines, "differs: "+path, "  undisturbed: "+object, "  here:        "+found)
		}
	}
	for path, object := range other {
		if _, ok := s[path]; !ok {
			lines = append(lines, "left over: "+path+" "+object)
		}
	}
	slices.Sort(lines)
	return lines
}

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"gitops.spira.dev/tests/support/harness"
)

// A Flux is its two controllers with the settings that they are shipped with, a GitRepository and a Kustomization.
type Flux struct {
	*Place
	controllers []*exec.Cmd
}

func (f *Flux) sources() string {
	return "/apis/source.toolkit.fluxcd.io/v1/namespaces/" + f.name + "/gitrepositories"
}

func (f *Flux) kustomizations() string {
	return "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/" + f.name + "/kustomizations"
}

// openFlux returns when Flux has applied an overlay of one object. It polls nothing while a measurement lasts.
func (b *Bench) openFlux(tapped bool) (*Flux, error) {
	if err := b.defineFlux(); err != nil {
		return nil, err
	}
	place, err := b.place(tapped, harness.Files{"README.md": "nothing yet"})
	if err != nil {
		return nil, err
	}
	flux := &Flux{Place: place}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	storage := place.folder + "/storage"
	if err := os.Mkdir(storage, 0o755); err != nil {
		return nil, err
	}
	if err := flux.start("source-controller", "--storage-path="+storage, "--storage-addr="+address,
		"--storage-adv-addr="+address); err != nil {
		return nil, err
	}
	if err := flux.start("kustomize-controller"); err != nil {
		return nil, err
	}
	commit, err := flux.repository.Commit(flux.environment(flux.name, []string{configMap("begin", "1")}))
	if err != nil {
		return nil, err
	}
	if err := flux.declare(); err != nil {
		return nil, err
	}
	return flux, flux.waitApplied(commit)
}

// openFluxWith returns when Flux has applied these objects.
func (b *Bench) openFluxWith(tapped bool, manifests []string) (*Flux, error) {
	flux, err := b.openFlux(tapped)
	if err != nil {
		return nil, err
	}
	_, err = flux.sync(manifests)
	return flux, err
}

func (b *Bench) defineFlux() error {
	kubectl := func(arguments ...string) error {
		output, err := exec.Command(b.kubectl,
			append([]string{"--kubeconfig", b.cluster.Folder + "/admin.kubeconfig"}, arguments...)...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("kubectl: %w: %s", err, output)
		}
		return nil
	}
	if err := kubectl("apply", "--server-side", "--filename", b.flux+"/definitions"); err != nil {
		return err
	}
	return kubectl("wait", "--for=condition=Established", "--filename", b.flux+"/definitions")
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func (f *Flux) start(name string, arguments ...string) error {
	log, err := os.Create(f.folder + "/" + name + ".log")
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(f.bench.flux+"/bin/"+name,
		append(arguments, "--metrics-addr=0", "--health-addr=127.0.0.1:0", "--log-level=info")...)
	command.Env = append(os.Environ(), "KUBECONFIG="+f.kubeconfig, "RUNTIME_NAMESPACE="+f.name, "TMPDIR="+f.folder)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return err
	}
	f.controllers = append(f.controllers, command)
	f.closers = append(f.closers, func() {
		command.Process.Kill()
		command.Wait()
	})
	return nil
}

func (f *Flux) declare() error {
	metadata := harness.JSON{"name": "bench"}
	if _, err := f.bench.cluster.Call("POST", f.sources(), harness.JSON{
		"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": metadata,
		"spec": harness.JSON{"interval": "1h", "url": f.url, "ref": harness.JSON{"branch": "main"}}}); err != nil {
		return err
	}
	_, err := f.bench.cluster.Call("POST", f.kustomizations(), harness.JSON{
		"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata,
		"spec": harness.JSON{"interval": "1h", "path": "./overlays/" + f.name, "prune": true,
			"targetNamespace": f.name, "sourceRef": harness.JSON{"kind": "GitRepository", "name": "bench"}}})
	return err
}

// tellOfPush does what Flux's receiver of webhooks does.
func (f *Flux) tellOfPush() error {
	_, err := f.bench.cluster.Call("PATCH", f.sources()+"/bench", harness.JSON{"metadata": harness.JSON{
		"annotations": harness.JSON{"reconcile.fluxcd.io/requestedAt": time.Now().Format(time.RFC3339Nano)}}})
	return err
}

// waitApplied waits until the Kustomization says that the commit is applied.
func (f *Flux) waitApplied(commit string) error {
	err := until("Flux has applied it", func() bool {
		return harness.Text(f.status(f.kustomizations()), "lastAppliedRevision") == "main@sha1:"+commit
	})
	if err != nil {
		return fmt.Errorf("%w: %v; %v\n%s", err, f.status(f.sources()), f.status(f.kustomizations()), f.log())
	}
	return nil
}

func (f *Flux) status(collection string) any {
	object, err := f.bench.cluster.Call("GET", collection+"/bench", nil)
	if err != nil {
		return nil
	}
	return harness.Field(object, "status")
}

// log is what the controllers have said of errors.
func (f *Flux) log() string {
	var log string
	for _, name := range []string{"source-controller", "kustomize-controller"} {
		text, _ := os.ReadFile(f.folder + "/" + name + ".log")
		log += string(text[max(0, len(text)-2000):])
	}
	return log
}

// sync commits the objects, tells Flux, and returns how long it took from there until they are applied.
func (f *Flux) sync(manifests []string) (time.Duration, error) {
	commit, err := f.repository.Commit(f.environment(f.name, manifests))
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := f.tellOfPush(); err != nil {
		return 0, err
	}
	err = f.waitApplied(commit)
	return time.Since(began), err
}

func (f *Flux) cpu() time.Duration {
	var sum time.Duration
	for _, controller := range f.controllers {
		sum += cpuOf(controller.Process.Pid)
	}
	return sum
}

func (f *Flux) close() error {
	err := f.Place.close()
	for _, collection := range []string{f.kustomizations(), f.sources()} {
		if err == nil {
			err = f.bench.removeEach(collection)
		}
	}
	return err
}

// What Flux needs minutes for is done a few times only.
const fluxChanges = 5

func (b *Bench) firstByFlux() (time.Duration, error) {
	flux, err := b.openFlux(false)
	if err != nil {
		return 0, err
	}
	took, err := flux.sync(mixed("object", 1000))
	if err != nil {
		return 0, err
	}
	return took, flux.close()
}

func (b *Bench) changeByFlux() error {
	if b.flux == "" {
		return nil
	}
	objects := changeable()
	flux, err := b.openFluxWith(false, objects)
	if err != nil {
		return err
	}
	events, err := flux.watch()
	if err != nil {
		return err
	}
	pushed, err := flux.pushChanges(fluxChanges, objects, events, flux.tellOfPush, flux.waitApplied)
	if err != nil {
		return err
	}
	b.tell(fmt.Sprintf("one changed object of 1000: Flux: median of %d", fluxChanges), median(pushed), "ms", 0)
	return flux.close()
}

// quietFlux is a commit that changes nothing of what the Kustomization applies.
func (b *Bench) quietFlux() error {
	if b.flux == "" {
		return nil
	}
	objects := mixed("object", 1000)
	flux, err := b.openFluxWith(true, objects)
	if err != nil {
		return err
	}
	files := flux.environment(flux.name, objects)
	files["README.md"] = "edition"
	commit, err := flux.repository.Commit(files)
	if err != nil {
		return err
	}
	flux.tap.Take()
	before, began := flux.cpu(), time.Now()
	if err := flux.tellOfPush(); err != nil {
		return err
	}
	if err := flux.waitApplied(commit); err != nil {
		return err
	}
	what := "commit that changes nothing of the environment: Flux: "
	b.tell(what+"until it says so", time.Since(began).Seconds(), "s", 0)
	b.tell(what+"requests", float64(len(flux.tap.Take())), "", 0)
	b.tell(what+"CPU", milliseconds(flux.cpu()-before), "ms", 0)
	return flux.close()
}

package harness

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

const secret = "the secret of the webhooks of a test"

// A Service is the real binary, which can be killed and started again on the same data at any time.
type Service struct {
	Binary, Folder string // The folder exists; it gets the data and the log.
	Repository     string // As a URL.
	Kubeconfig     string // A file.

	mutex   sync.Mutex
	command *exec.Cmd
	url     string
	ended   bool // For good.
}

// Start returns when it listens.
func (s *Service) Start() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.start()
}

// Kill ends it by SIGKILL and starts it again.
func (s *Service) Kill() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ended || s.command == nil {
		return
	}
	s.end()
	if err := s.start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// Stop ends it for good.
func (s *Service) Stop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.ended = true
	if s.command != nil {
		s.end()
	}
}

func (s *Service) end() {
	s.command.Process.Kill()
	s.command.Wait()
	s.command = nil
}

func (s *Service) start() error {
	log, err := os.OpenFile(s.Folder+"/service.log", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := os.WriteFile(s.Folder+"/secret", []byte(secret), 0o600); err != nil {
		return err
	}
	began, _ := log.Seek(0, 2)
	s.command = exec.Command(s.Binary, "serve", "--repository", s.Repository, "--kubeconfig", s.Kubeconfig,
		"--listen", "127.0.0.1:0", "--data-dir", s.Folder+"/data", "--interval", "1h", "--webhook-secret-file",
		s.Folder+"/secret")
	s.command.Stdout, s.command.Stderr = log, log
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.command.Start(); err != nil {
		return err
	}
	address := regexp.MustCompile(`listening on (http://[0-9.:]+)`)
	for range 1000 {
		if found := address.FindStringSubmatch(s.Log()[began:]); found != nil {
			s.url = found[1]
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return fmt.Errorf("the service does not listen: %s", s.Log()[began:])
}

// Log is all that it has said.
func (s *Service) Log() string {
	text, _ := os.ReadFile(s.Folder + "/service.log")
	return string(text)
}

// TellOfPush sends the webhook of a push to main. It may get lost with the service: the next start looks by itself.
func (s *Service) TellOfPush() {
	body := `{"ref":"refs/heads/main"}`
	hash := hmac.New(sha256.New, []byte(secret))
	hash.Write([]byte(body))
	request, err := http.NewRequest(http.MethodPost, s.URL()+"/webhooks/generic", strings.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Signature", "sha256="+hex.EncodeToString(hash.Sum(nil)))
	if answer, err := http.DefaultClient.Do(request); err == nil {
		answer.Body.Close()
	}
}

// URL is where it listens.
func (s *Service) URL() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.url
}

// PID is the process that runs now.
func (s *Service) PID() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.command.Process.Pid
}
